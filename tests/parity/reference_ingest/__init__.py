"""A second, slow ingest in plain Python, written from the contract's words and not from the engine.

``ingest_slowly`` reads a raw folder of CSV files and says what ingest must make of it: which rows
are accepted with which values, which are set aside under which rules, what is warned of. Parity
tests hold it against every engine.
"""

from parity.reference_ingest.flow import ingest_slowly
from parity.reference_ingest.outcome import FolderRefused, Outcome

__all__ = ["FolderRefused", "Outcome", "ingest_slowly"]
