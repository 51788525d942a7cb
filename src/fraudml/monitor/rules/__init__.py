"""The rules, by what they look at; one catalogue holds them all."""
