"""How a provider, a practitioner and a patient behave: one catalogue, over as-of dates at once."""
