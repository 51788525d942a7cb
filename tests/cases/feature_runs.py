"""Measures single features of a claims folder drawn as text, or builds the whole catalogue."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from fraudml.claims.accepted import Claims, Derived
from fraudml.engine import Engine, open_engine
from fraudml.entities import GRAINS
from fraudml.features.bases import Bases
from fraudml.features.build import build_features, make_grain
from fraudml.features.catalogue import feature
from fraudml.features.hits_beside import TABLE, rule_counts
from fraudml.params import EngineParams, FeaturesParams
from parity.reference.compare import assert_as_meant
from tables import draw_claims

PEERS = FeaturesParams(min_peers=2, shrink_peers=1.0)


@contextmanager
def engine(threads: int = 1) -> Iterator[Engine]:
    """A small engine of its own for one test."""
    with open_engine(EngineParams(kind="duckdb", memory_gb=1.0, threads=threads)) as opened:
        yield opened


def measured(
    folder: Path, grain: str, *names: str, as_of: str = "2024-12-31", **texts: str
) -> dict[str, Any]:
    """Value of a feature for each entity; a tuple of values where several names are given.

    Fails where the plain reference gives another value.
    """
    drawn = draw_claims(folder / f"claims-{as_of}", **texts)
    entries = tuple(feature(name, grain) for name in names)
    out = folder / f"{grain}.parquet"
    with engine() as opened:
        bases = Bases(opened, Claims(opened, drawn), (date.fromisoformat(as_of),))
        make_grain(bases, GRAINS[grain], entries, out)
    assert_as_meant(drawn, out, grain, names)
    rows = pq.read_table(out).to_pylist()
    values = [tuple(row[name] for name in names) for row in rows]
    keys = [row[GRAINS[grain].key] for row in rows]
    return dict(zip(keys, [v if len(names) > 1 else v[0] for v in values], strict=True))


def build_folder(
    folder: Path,
    out: Path,
    *dates: date,
    threads: int = 1,
    counts: Mapping[str, pa.Table] | None = None,
) -> dict[str, Any]:
    """Build all features of a canonical claims folder into out; returns the report.

    counts  hits of rules beside the claims, as generated_counts makes them; none were counted
            where it is left out
    """
    out.mkdir(parents=True, exist_ok=True)
    with engine(threads) as opened:
        claims = Claims(opened, folder, beside(opened, counts) if counts else None)
        return build_features(opened, claims, dates, PEERS, out)


def beside(opened: Engine, counts: Mapping[str, pa.Table]) -> dict[str, Derived]:
    """Counts of hits as the table that features ask."""
    hits = opened.table(counts["counts"], "counts")
    issues, beyond = (opened.table(counts[name], name) for name in ("at_issue", "beyond"))
    return {TABLE: rule_counts(opened, hits, issues, beyond, counts["assessed"])}


def row_of(path: Path, **where: Any) -> dict[str, Any]:
    """The one row of a parquet file that has these values."""
    rows = [r for r in _rows(path) if all(r[k] == v for k, v in where.items())]
    (row,) = rows
    return row


def _rows(path: Path) -> list[dict[str, Any]]:
    table: pa.Table = pq.read_table(path)
    return table.to_pylist()
