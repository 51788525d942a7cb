"""Pseudonyms turned back into ids, with the key and the raw folder: to act on a lead."""

from collections import deque
from pathlib import Path
from tempfile import TemporaryDirectory

from fraudml.claims.people import People, person_columns
from fraudml.claims.pseudonyms import PseudonymKey
from fraudml.claims.readers import open_file
from fraudml.claims.schema import CONTRACT
from fraudml.claims.sources import find_sources
from fraudml.errors import StateError


def reveal(raw: Path, key: PseudonymKey, pseudonyms: set[str]) -> dict[str, str]:
    """The id behind each of these pseudonyms, found by hashing every person of the raw folder.

    Raises StateError where one is not found: another key, or another extract, made it.
    """
    people = People(key, wanted=pseudonyms)
    for name, files in find_sources(raw).items():
        if person_columns(CONTRACT[name]):
            for source in files:
                with TemporaryDirectory() as scratch:
                    reading = open_file(
                        CONTRACT[name], source, Path(scratch), people, unknown_columns="drop"
                    )
                    deque(reading.batches(), maxlen=0)
    lost = len(pseudonyms) - len(people.found)
    if lost:
        raise StateError(
            f"{lost:,} of {len(pseudonyms):,} pseudonyms belong to nobody in {raw} under the key "
            f"{key.fingerprint()}: use the key and the extract that the leads were made with."
        )
    return people.found
