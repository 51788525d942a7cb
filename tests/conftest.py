"""Makes the case builders beside this file importable from every kind of test."""
