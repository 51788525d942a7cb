"""A small field map, its source, and ways to run them, for the tests of the mapped adapter."""

import copy
from pathlib import Path
from typing import Any

import yaml

from fraudml.claims.adapters import adapt

MAP: dict[str, Any] = {
    "says": "a small map",
    "sources": {"visits": {"files": ["visits*.csv", "visits*.csv.gz", "visits*.parquet"]}},
    "tables": {
        "providers": {
            "from": "visits",
            "one_row_per": ["provider_id"],
            "columns": {"provider_id": "hospital"},
        },
        "patients": {
            "from": "visits",
            "one_row_per": ["patient_id"],
            "columns": {"patient_id": "person", "sex": {"column": "sex", "optional": "true"}},
        },
        "claims": {
            "from": "visits",
            "columns": {
                "claim_id": "no",
                "patient_id": "person",
                "provider_id": "hospital",
                "visit_kind": {"constant": "outpatient"},
                "admitted_on": {"column": "day", "date": ["YYYY-MM-DD", "YYYYMMDD"]},
                "discharged_on": {"column": "day", "date": ["YYYY-MM-DD", "YYYYMMDD"]},
                "settled_on": {"column": "day", "date": ["YYYY-MM-DD", "YYYYMMDD"]},
                "total_amount": {"column": "total", "money": "yuan"},
                "fund_amount": {"column": "total", "money": "yuan"},
                "patient_amount": {"constant": "0.00"},
            },
        },
    },
}
HEAD = "no,person,hospital,day,total,sex\n"
VISITS = HEAD + "C1,P1,H1,2024-01-05,10.50,M\nC2,P2,H1,20240106,20,F\n"


def changed(*path_and_value: Any) -> dict[str, Any]:
    """The map with one value set at a path of keys."""
    *path, last, value = path_and_value
    content = copy.deepcopy(MAP)
    place = content
    for part in path:
        place = place[part]
    place[last] = value
    return content


def written(folder: Path, content: object) -> Path:
    """The map as a file."""
    path = folder / "small.yaml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return path


def source_of(folder: Path, **files: str | bytes) -> Path:
    """A source folder with files, dots in their names written as double underscores."""
    source = folder / "source"
    source.mkdir(exist_ok=True)
    for name, content in files.items():
        path = source / name.replace("__", ".")
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return source


def run(folder: Path, content: object, **files: str | bytes) -> dict[str, Any]:
    """The report of an adapt of these files with this map into ``folder``/raw."""
    source = source_of(folder, **files)
    return adapt("mapped", source, folder / "raw", field_map=str(written(folder, content)))
