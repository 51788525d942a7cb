"""Counts of rule hits for the generated fund, as stage monitor writes them."""

from collections.abc import Iterable
from datetime import date
from random import Random

import pyarrow as pa

from fraudml.entities import GRAINS
from fraudml.features.catalogue import features_of
from fraudml.features.hits_beside import TABLE

_SCHEMA = {
    "counts": pa.schema([("grain", pa.string()), ("entity_id", pa.string()),
                         ("as_of", pa.date32()), ("window_days", pa.int64()),
                         ("rule_id", pa.string()), ("typology", pa.string()),
                         ("result_type", pa.string()), ("hits", pa.int64()),
                         ("claims", pa.int64()), ("amount_fen", pa.int64())]),
    "at_issue": pa.schema([("grain", pa.string()), ("entity_id", pa.string()),
                           ("as_of", pa.date32()), ("violation_fen", pa.int64()),
                           ("suspicious_fen", pa.int64()), ("suspicious_high_fen", pa.int64())]),
    "beyond": pa.schema([("grain", pa.string()), ("entity_id", pa.string()),
                         ("as_of", pa.date32()), ("rule_id", pa.string()),
                         ("typology", pa.string()), ("result_type", pa.string()),
                         ("claims", pa.int64()), ("amount_fen", pa.int64()),
                         ("expected_e6", pa.int64()), ("beyond_fen", pa.int64())]),
    "assessed": pa.schema([("rule_id", pa.string()), ("typology", pa.string()),
                           ("result_type", pa.string()), ("grain", pa.string())]),
}  # fmt: skip
_IDS = {
    "provider": [*(f"A{i}" for i in range(10)), "B"],
    "practitioner": [f"d{i}" for i in range(25)],
    "patient": [f"p{i}" for i in range(70)],
}


def generated_counts(seed: int, *dates: date) -> dict[str, pa.Table]:
    """counts, at_issue, beyond and assessed over all pairs that rules can find.

    A date's do not depend on the dates beside it. The counts of ninety days, which no feature may
    take, stand there too.
    """
    pairs = {grain: sorted(_pairs(grain)) for grain in GRAINS}
    drawn = [_of_date(Random(f"{seed} {day}"), day, pairs) for day in dates]  # noqa: S311
    assessed = [("R", *pair, grain) for grain in GRAINS for pair in pairs[grain]]
    rows = {name: [row for of_date in drawn for row in of_date[name]] for name in drawn[0]}
    rows["assessed"] = assessed
    return {name: _table(name, rows[name]) for name in rows}


def _table(name: str, rows: Iterable[tuple]) -> pa.Table:
    schema = _SCHEMA[name]
    return pa.Table.from_pylist([dict(zip(schema.names, r, strict=True)) for r in rows], schema)


def _pairs(grain: str) -> set[tuple[str, str]]:
    """("T05", "violation") and so on, of the columns that features of a grain ask for."""
    needs = {need for entry in features_of(grain) for need in entry.needs}
    names = {need.partition(".")[2] for need in needs if need.startswith(f"{TABLE}.")}
    split = {tuple(name.split("_")) for name in names if "_" in name}
    return {(typology.upper(), result) for typology, result in split}


def _of_date(draw: Random, day: date, pairs: dict) -> dict[str, list[tuple]]:
    counts, issues, beyond = [], [], []
    for grain, names in _IDS.items():
        for name in names:
            for typology, result in pairs[grain]:
                if draw.random() < 0.3:
                    hits, fen = draw.choice([1, 3, 9, 40]), draw.randrange(90_000)
                    key = (grain, name, day)
                    kind = (f"R.{typology}", typology, result)
                    counts += [(*key, 365, *kind, hits, hits, fen), (*key, 90, *kind, 1, 1, 1)]
                    beyond.append((*key, *kind, hits, fen, 500_000, fen // 2))
            fen = draw.randrange(900_000)
            issues.append((grain, name, day, fen // 3, fen, 2 * fen))
    return {"counts": counts, "at_issue": issues, "beyond": beyond}
