"""Whose pseudonym a lead carries: asked with the key, answered once, and put on record."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

from fraudml.artifacts import read_json, read_parquet
from fraudml.claims.pseudonyms import PseudonymKey
from fraudml.claims.reveal import reveal
from fraudml.entities import GRAINS
from fraudml.errors import StateError
from fraudml.leads.table import accounted_file


def reveal_lead(
    raw: Path, key: PseudonymKey, lead_id: str, *, leads: Path, record: Path
) -> tuple[str, str]:
    """Grain and id of the person behind a lead; a line in ``record`` says that it was asked.

    leads   reports/leads; record  a JSON-lines file that names the lead, never the person.
    Raises StateError for an unknown lead, and where key or extract did not make the list.
    """
    grain, entity = _subject(leads, lead_id)
    person = grain != "provider"
    found = reveal(raw, key, {entity})[entity] if person else entity
    _write_down(record, lead_id, key)
    return grain, found


def same_key(manifest: Path, key: PseudonymKey) -> None:
    """Refuse a key that did not make the accepted claims."""
    made_with = read_json(manifest, "key_fingerprint")["key_fingerprint"]
    if made_with != key.fingerprint():
        raise StateError(
            f"The accepted claims were made with the key {made_with}, yours is "
            f"{key.fingerprint()}: set FRAUDML_KEY to the former, or run dvc repro -f ingest."
        )


def _subject(leads: Path, lead_id: str) -> tuple[str, str]:
    if re.fullmatch(r"[0-9a-f]{20}", lead_id):
        for name, grain in GRAINS.items():
            for file in (f"{name}.parquet", accounted_file(name)):
                table = read_parquet(leads / file, columns=["lead_id", grain.key])
                for row in table.to_pylist():
                    if row["lead_id"] == lead_id:
                        return name, row[grain.key]
    raise StateError("No such lead in the lists: take the 20-character id from the lead's page.")


def _write_down(record: Path, lead_id: str, key: PseudonymKey) -> None:
    record.parent.mkdir(parents=True, exist_ok=True)
    asked = {
        "asked_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "lead_id": lead_id,
        "key_fingerprint": key.fingerprint(),
    }
    with record.open("a", encoding="utf-8") as lines:
        lines.write(json.dumps(asked) + "\n")
