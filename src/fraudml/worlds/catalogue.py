"""What can be billed and grouped: items, diagnoses and DRG groups, read from the files beside."""

import csv
from dataclasses import dataclass
from importlib.resources import files

import numpy as np

from fraudml.worlds.columns import Array, Columns

GROUPS = (
    "RESP",
    "CARD",
    "ENDO",
    "DIGE",
    "ORTH",
    "NEUR",
    "ONCO",
    "RENA",
    "EYE",
    "GYNE",
    "UROL",
    "PSYC",
    "INFE",
    "DENT",
    "REHA",
    "GENE",
)
ITEM_KINDS = ("drug", "service", "consumable", "bed", "exam")
DRUG, SERVICE, CONSUMABLE, BED, EXAM = range(5)
MCC = np.array(["J96.0", "A41.9", "N17.9", "I21.9", "K72.9"])
CC = np.array(["I10", "E11.9", "J98.1", "D64.9", "E87.6", "I25.1"])
_SEVERITY = (
    ("1", "，伴严重合并症或并发症", 1.55, 1.35),
    ("3", "，伴合并症或并发症", 1.18, 1.12),
    ("5", "，不伴合并症或并发症", 0.86, 0.92),
)


@dataclass(frozen=True)
class Catalogue:
    """items (I rows), diagnoses (D rows), drgs (3 rows for each base group) as columns.

    The procedure of a surgical group is one of ICD-9-CM volume 3 (Chinese edition: ICD-9-CM-3).

    ``fixed`` finds an item by its role in the simulator ("bed2", "surgery3").
    """

    items: Columns
    diagnoses: Columns
    drgs: Columns
    fixed: dict[str, int]

    def of_kind(self, *kinds: int) -> Array:
        """Item numbers of these kinds."""
        return np.flatnonzero(np.isin(self.items["kind"], kinds))

    def shares(self, kind: int, level: int) -> Array:
        """(groups, items) how often an item of the kind is billed for a group at a level."""
        items = self.items
        open_to = (items["kind"] == kind) & (items["level_min"] <= level)
        return np.asarray(items["member"].T * np.where(open_to, items["weight"], 0.0))

    def parts(self, item: int) -> Array:
        """The item numbers that a bundle already contains."""
        held = str(self.items["bundle"][item])
        return np.flatnonzero(np.isin(self.items["code"], held.split("|") if held else []))

    def cap_fen(self, item: Array, late: Array) -> Array:
        """The price cap in force; ``late`` where the second validity period has begun."""
        return np.where(late, self.items["new_cap_fen"][item], self.items["cap_fen"][item])


def load_catalogue() -> Catalogue:
    """The catalogue of the demo fund."""
    rows = file_rows("items.csv")
    fixed = {r["fixed"]: i for i, r in enumerate(rows) if r["fixed"]}
    return Catalogue(_items(rows), _diagnoses(file_rows("diagnoses.csv")), _drgs(), fixed)


def file_rows(name: str) -> list[dict[str, str]]:
    """The rows of a table that lies beside the code."""
    text = files("fraudml.worlds").joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def _text(rows: list[dict[str, str]], *names: str) -> Columns:
    return {name: np.array([r[name] for r in rows], dtype=object) for name in names}


def _fen(text: str) -> int:
    return round(float(text) * 100)


def _items(rows: list[dict[str, str]]) -> Columns:
    member = [[r["groups"] == "*" or g in r["groups"].split("|") for g in GROUPS] for r in rows]
    return _text(rows, "code", "name", "unit", "scope", "sex", "age_min", "age_max", "dx_limit") | {
        "youngest": np.array([int(r["age_min"] or 0) for r in rows]),
        "oldest": np.array([int(r["age_max"] or 200) for r in rows]),
        "bundle": np.array([r["bundle"] for r in rows], dtype=object),
        "kind": np.array([ITEM_KINDS.index(r["kind"]) for r in rows]),
        "cap_fen": np.array([_fen(r["price_cap"]) for r in rows]),
        "new_cap_fen": np.array([_fen(r["new_cap"] or r["price_cap"]) for r in rows]),
        "changes": np.array([bool(r["new_cap"]) for r in rows]),
        "weight": np.array([float(r["weight"]) for r in rows]),
        "minutes": np.array([int(r["minutes"] or 0) for r in rows]),
        "level_min": np.array([int(r["level_min"] or 0) for r in rows]),
        "max_daily": np.array([int(r["max_daily"]) for r in rows]),
        "scope_number": np.array(["ABC".index(r["scope"]) for r in rows]),
        "scope_share": np.array([{"A": 1.0, "B": 0.88, "C": 0.0}[r["scope"]] for r in rows]),
        "member": np.array(member),
    }


def _numbers(rows: list[dict[str, str]], *names: str) -> Columns:
    return {name: np.array([float(r[name]) for r in rows]) for name in names}


def _group(rows: list[dict[str, str]]) -> Array:
    return np.array([GROUPS.index(r["group"]) for r in rows])


def _diagnoses(rows: list[dict[str, str]]) -> Columns:
    numbers = _numbers(rows, "weight", "age_lo", "age_hi", "chronic")
    return _text(rows, "code", "season", "sex") | numbers | {"group": _group(rows)}


def _drgs() -> Columns:
    rows = [
        r
        | {
            "code": r["adrg"] + digit,
            "name": r["name"] + text,
            "weight": f"{float(r['weight']) * heavier:.4f}",
            "days": f"{float(r['days']) * longer:.1f}",
        }
        for r in file_rows("drgs.csv")
        for digit, text, heavier, longer in _SEVERITY
    ]
    names = ("weight", "days", "share", "surgical", "high_level", "age_lo", "age_hi")
    text = _text(rows, "adrg", "code", "name", "prefixes", "sex", "procedure")
    return text | _numbers(rows, *names) | {"group": _group(rows)}
