"""What came in: the data contract, ingest, checks, pseudonyms, adapters for other formats."""
