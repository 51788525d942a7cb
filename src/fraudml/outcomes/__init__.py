"""What inspections found, as labels of the entities inspected."""
