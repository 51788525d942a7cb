"""The law that rules and reasons are held against, in its own words."""
