"""What the rules know: thresholds, clauses, limits of items, and where each comes from."""
