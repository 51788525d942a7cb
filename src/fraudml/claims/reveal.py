"""Pseudonyms turned back into ids, with the key and the raw folder: to act on a lead."""

from pathlib import Path

import ibis
import pyarrow as pa

from fraudml.claims.contract_types import Table
from fraudml.claims.people import people_of, person_columns
from fraudml.claims.pseudonyms import PseudonymKey, pseudonym_table
from fraudml.claims.readers import stage_table
from fraudml.claims.schema import CONTRACT
from fraudml.claims.sources import Source, find_sources
from fraudml.engine import Engine
from fraudml.errors import StateError


def reveal(engine: Engine, raw: Path, key: PseudonymKey, pseudonyms: set[str]) -> dict[str, str]:
    """The id behind each of these pseudonyms, found by hashing every person of the raw folder.

    Raises StateError where one is not found: another key, or another extract, made it.
    """
    sources = {
        name: files for name, files in find_sources(raw).items() if person_columns(CONTRACT[name])
    }
    sources["providers"] = find_sources(raw)["providers"]
    texts = {n: _text(engine, CONTRACT[n], files, key) for n, files in sources.items()}
    known = texts["providers"].select("provider_id").distinct()
    people = [each for n, text in texts.items() for each in people_of(CONTRACT[n], text, known)]
    hashed = pseudonym_table(engine, key, ibis.union(*people), "revealed")
    asked = engine.table(pa.table({"asked": pa.array(sorted(pseudonyms), pa.string())}), "asked")
    met = hashed.inner_join(asked, hashed.pseudonym == asked.asked)
    found = engine.rows(met.select("pseudonym", "raw_id"), at_most=len(pseudonyms)).to_pylist()
    if len(found) < len(pseudonyms):
        raise StateError(
            f"{len(pseudonyms) - len(found):,} of {len(pseudonyms):,} pseudonyms belong to nobody "
            f"in {raw} under the key {key.fingerprint()}: use the key and the extract that the "
            "leads were made with."
        )
    return {row["pseudonym"]: row["raw_id"] for row in found}


def _text(engine: Engine, table: Table, files: tuple[Source, ...], key: PseudonymKey) -> ibis.Table:
    staged = stage_table(table, files, engine.scratch, unknown_columns="drop", key=key)
    return engine.read_parquet(staged.path)
