"""Intelligent monitoring: a knowledge base, rules with their clause, hits down to the line."""
