"""Makes the case builders beside this file importable from every kind of test."""

# Imported as parity.reference.NAME; a second import by path would register every feature twice.
collect_ignore_glob = ["parity/reference/*"]
