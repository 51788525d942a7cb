"""Builds the catalogue for all as-of dates at once: one query per family, one file per grain."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir

from fraudml.claims.accepted import Claims
from fraudml.engine import Engine
from fraudml.entities import GRAINS, Grain
from fraudml.features.bases import Bases
from fraudml.features.catalogue import FEATURES, features_of, needs_of
from fraudml.features.cohort import cohort, dates_with_claims
from fraudml.features.demand import wanted_columns
from fraudml.features.entry import Feature
from fraudml.features.families import FAMILIES
from fraudml.features.numbers import keys_of
from fraudml.features.peers import make_peers
from fraudml.params import FeaturesParams


def build_features(
    engine: Engine,
    claims: Claims,
    dates: tuple[date, ...],
    params: FeaturesParams,
    out: Path,
) -> dict[str, Any]:
    """Write out/GRAIN.parquet and out/peers/GRAIN.parquet; say what could not be assessed.

    dates  as-of dates, the newest is the live one; others by which no claim was settled are
           dropped
    returns the report: dates built, rows and features by grain, and each feature not assessed
    with the contract columns that are missing
    """
    kept = dates_with_claims(Bases(engine, claims, dates), dates)
    bases = bases_for(engine, claims, kept, FEATURES)
    (out / "peers").mkdir(parents=True, exist_ok=True)
    report: dict[str, Any] = {"dates": [day.isoformat() for day in kept], "grains": {}}
    missing: list[dict[str, Any]] = []
    for grain in GRAINS.values():
        path = out / f"{grain.name}.parquet"
        entries = features_of(grain.name)
        make_grain(bases, grain, entries, path)
        lacking = not_assessed(claims, entries)
        make_peers(
            bases,
            grain,
            entries,
            params,
            features=engine.read_parquet(path),
            path=out / "peers" / f"{grain.name}.parquet",
            unknown={each["feature"] for each in lacking},
        )
        missing += lacking
        report["grains"][grain.name] = _counts(bases, grain, entries, lacking)
    return report | {"not_assessed": missing}


def bases_for(
    engine: Engine, claims: Claims, dates: tuple[date, ...], entries: Iterable[Feature]
) -> Bases:
    """Base tables with no more than what the features among these that can be assessed need."""
    assessed = [entry for entry in entries if not claims.missing(needs_of(entry))]
    return Bases(engine, claims, dates, wanted_columns(Bases(engine, claims, dates), assessed))


def not_assessed(claims: Claims, entries: tuple[Feature, ...]) -> list[dict[str, Any]]:
    """Features that cannot be computed from what came in, each with the columns it lacks."""
    found = [(entry, claims.missing(needs_of(entry))) for entry in entries]
    return [
        {"grain": entry.grain, "feature": entry.name, "missing": list(lacks)}
        for entry, lacks in found
        if lacks
    ]


def _counts(
    bases: Bases, grain: Grain, entries: tuple[Feature, ...], lacking: list[dict[str, Any]]
) -> dict[str, Any]:
    who = cohort(bases, grain.name)
    rows = bases.engine.rows(who.agg(n=who.count()), at_most=1)["n"][0].as_py()
    return {"rows": rows, "features": len(entries), "assessed": len(entries) - len(lacking)}


def make_grain(bases: Bases, grain: Grain, entries: tuple[Feature, ...], path: Path) -> None:
    """Write one row per entity and as-of date with one column per catalogue entry."""
    who = cohort(bases, grain.name)
    assessed = [e for e in entries if not bases.claims.missing(needs_of(e))]
    wide = who
    for number, family in enumerate(dict.fromkeys(entry.family for entry in assessed)):
        members = [entry for entry in assessed if entry.family == family]
        found = _aggregated(bases, grain, family, members)
        keys = keys_of(found, grain.key)
        found = found.rename({f"{key}_{number}": key for key in keys})
        same = [who[key] == found[f"{key}_{number}"] for key in keys]
        wide = wide.left_join(found, same)
    columns = {e.name: _filled(wide, e) if e in assessed else _unknown() for e in entries}
    chosen = wide.select(grain.key, "as_of", **columns)
    bases.engine.make_parquet(chosen, path, order_by=("as_of", grain.key))


def _filled(wide: ir.Table, entry: Feature) -> ir.Value:
    return wide[entry.name].coalesce(0.0) if entry.zero_without_rows else wide[entry.name]


def _unknown() -> ir.Value:
    return ibis.null("float64")


def _aggregated(bases: Bases, grain: Grain, family: str, members: list[Feature]) -> ir.Table:
    table = FAMILIES[family].make(bases)
    keys = keys_of(table, grain.key)
    present = table.filter(table[keys[0]].notnull())
    values = {entry.name: entry.value(present).cast("float64") for entry in members}
    grouped = present.group_by(keys).agg(**values)
    return bases.keep(f"{grain.name}-of-{family}", lambda: grouped)
