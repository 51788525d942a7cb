"""How good the lists were, from inspections alone, and what their figures cannot say."""
