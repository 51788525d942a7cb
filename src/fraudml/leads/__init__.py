"""Why an entity is on the list, in words an inspector can check: reasons, rows, law, pages."""
