"""Builds features on an engine and by the plain reference, and says where they differ."""

from collections.abc import Iterable, Iterator
from datetime import date
from math import isclose
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pyarrow.parquet as pq

from fraudml.claims.accepted import Claims
from fraudml.engine import Engine
from fraudml.entities import GRAINS
from fraudml.features.bases import Bases
from fraudml.features.build import build_features, make_grain
from fraudml.features.catalogue import feature, features_of
from fraudml.params import FeaturesParams
from parity.reference.catalogue import values_at
from parity.reference.fund import Fund, Tables, read_tables
from parity.reference.peers import distances
from parity.reference.shrink import drawn, smallest_fund
from parity.reference.subjects import Seen, dates_with_claims
from tables import write_claims

PEERS = FeaturesParams(min_peers=2, shrink_peers=1.0)
SHOWN = 12  # of many differences


class Difference(NamedTuple):
    """One cell that the engine and the reference do not agree on."""

    file: str  # GRAIN or peers/GRAIN
    as_of: date
    entity: str
    column: str
    found: object
    expected: object

    def __str__(self) -> str:
        return (
            f"{self.file} {self.entity} as of {self.as_of}, {self.column}: "
            f"the engine says {self.found!r}, the reference {self.expected!r}"
        )


def assert_parity(engine: Engine, tables: Tables, dates: tuple[date, ...]) -> None:
    """Fail where any feature or distance to peers of a fund differs from the reference.

    tables  rows by table, in contract names and fen (tests/cases/tables.py)
    Whole numbers must be equal, others to 1e-9. The message shows the smallest fund found that
    still differs in the first feature.
    """
    wrong = list(differences(engine, tables, dates))
    if not wrong:
        return
    shown = "\n".join(str(one) for one in wrong[:SHOWN])
    columns = ", ".join(sorted({f"{d.file}.{d.column}" for d in wrong}))
    text = f"{len(wrong)} cells differ, in {columns}\n{shown}"
    single = next((d for d in wrong if d.file in GRAINS and d.column in _names(d.file)), None)
    if single is not None:
        text += "\n" + _smallest(engine, tables, single)
    raise AssertionError(text)


def _names(grain: str) -> set[str]:
    return {entry.name for entry in features_of(grain)}


def _smallest(engine: Engine, tables: Tables, one: Difference) -> str:
    def differs(smaller: Tables) -> bool:
        return any(_of_one_feature(engine, smaller, one.as_of, one.file, one.column))

    smaller = smallest_fund(tables, differs)
    again = next(iter(_of_one_feature(engine, smaller, one.as_of, one.file, one.column)), one)
    return f"In a smaller fund:\n{again}\n{drawn(smaller)}"


def _of_one_feature(
    engine: Engine, tables: Tables, as_of: date, grain: str, name: str
) -> Iterator[Difference]:
    with TemporaryDirectory(dir=engine.scratch) as folder:
        claims = Claims(engine, write_claims(Path(folder) / "claims", tables))
        path = Path(folder) / f"{grain}.parquet"
        make_grain(Bases(engine, claims, (as_of,)), GRAINS[grain], (feature(name, grain),), path)
        found = _by_entity(path, GRAINS[grain].key).get(as_of, {})
    expected = values_at(Seen(Fund(tables), as_of), grain)
    yield from _compared(grain, as_of, found, expected, [name])


def assert_as_meant(claims: Path, features: Path, grain: str, names: tuple[str, ...]) -> None:
    """Fail where features built from a canonical claims folder differ from the reference.

    features  GRAIN.parquet with these columns
    """
    fund = Fund(read_tables(claims))
    wrong = [
        one
        for as_of, found in _by_entity(features, GRAINS[grain].key).items()
        for one in _compared(grain, as_of, found, values_at(Seen(fund, as_of), grain), names)
    ]
    assert not wrong, "\n".join(map(str, wrong))


def differences(engine: Engine, tables: Tables, dates: tuple[date, ...]) -> Iterator[Difference]:
    """Every cell of features and peers on which the engine and the reference do not agree."""
    with TemporaryDirectory(dir=engine.scratch) as folder:
        out = Path(folder) / "features"
        out.mkdir()
        claims = Claims(engine, write_claims(Path(folder) / "claims", tables))
        report = build_features(engine, claims, dates, PEERS, out)
        fund = Fund(tables)
        described = dates_with_claims(fund, dates)
        assert report["dates"] == [day.isoformat() for day in described]
        for grain in GRAINS.values():
            features = _by_entity(out / f"{grain.name}.parquet", grain.key)
            peers = _by_entity(out / "peers" / f"{grain.name}.parquet", grain.key)
            for as_of in described:
                seen = Seen(fund, as_of)
                yield from _at(seen, grain.name, features.get(as_of, {}), peers.get(as_of, {}))


def _at(seen: Seen, grain: str, features: dict, peers: dict) -> Iterator[Difference]:
    expected = values_at(seen, grain)
    names = sorted(_names(grain))
    yield from _compared(grain, seen.as_of, features, expected, names)
    # Distances are held against the features as the engine wrote them: a difference in the last
    # digit of a feature is judged once, above, not again in units of its spread.
    away = distances(seen, grain, features, PEERS)
    columns = ["peer_group", "peers_n", "widest_group", *names]
    yield from _compared(f"peers/{grain}", seen.as_of, peers, away, columns)


def _by_entity(path: Path, key: str) -> dict[date, dict[str, dict]]:
    found: dict[date, dict[str, dict]] = {}
    for row in pq.read_table(path).to_pylist():
        at = found.setdefault(row["as_of"], {})
        assert row[key] not in at, f"{row[key]} stands twice in {path.name}"
        at[row[key]] = row
    return found


def _compared(
    file: str, as_of: date, found: dict, expected: dict, columns: Iterable[str]
) -> Iterator[Difference]:
    for who in sorted(found.keys() ^ expected.keys()):
        yield Difference(file, as_of, who, "(row)", who in found, who in expected)
    for who in sorted(found.keys() & expected.keys()):
        for column in columns:
            here, there = found[who][column], expected[who][column]
            if not equal(here, there):
                yield Difference(file, as_of, who, column, here, there)


def equal(found: object, expected: object) -> bool:
    """Whether two cells are the same: whole numbers exactly, others to 1e-9."""
    if isinstance(found, float) and isinstance(expected, float):
        return isclose(found, expected, rel_tol=1e-9, abs_tol=1e-9)
    return found == expected
