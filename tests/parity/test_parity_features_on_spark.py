"""Features, peers, labels and the rows behind leads: equal on DuckDB and on Spark."""

from datetime import date
from functools import cache
from math import isclose
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from engines import opened

from feature_fund import generated_fund
from feature_runs import PEERS, beside
from fraudml.claims.accepted import Claims
from fraudml.claims.schema import CONTRACT
from fraudml.entities import GRAINS
from fraudml.features.bases import Bases
from fraudml.features.build import build_features
from fraudml.features.catalogue import features_of
from fraudml.features.evidence import evidence_rows
from fraudml.leads.rows import Behind, behind_the_reasons, count_rows
from fraudml.leads.subjects import find_subjects
from fraudml.outcomes.labels import build_labels
from fraudml.params import LabelsParams
from parity import generated
from rule_counts_fund import generated_counts
from tables import Row, write_claims

DATES = (generated.AS_OF[-1], date(2024, 12, 31))
LIVE = DATES[-1]
ENGINES = ("duckdb", "spark")
TABLES = tuple(f"{folder}{grain}.parquet" for folder in ("", "peers/") for grain in GRAINS)


@pytest.fixture(scope="module")
def fund(tmp_path_factory):
    """Accepted claims of a generated fund, and beside them of the odd one of the reference.

    What DuckDB makes of either is what the plain reference makes of it: test_parity_features.py.
    """
    odd, *_ = generated.funds(1, cases_each=7)
    return write_claims(
        tmp_path_factory.mktemp("fund"), beside_each_other(generated_fund(3, claims=900), odd)
    )


def beside_each_other(one: generated.Tables, other: generated.Tables) -> generated.Tables:
    """Both funds as one, with no id in common."""
    return {name: one.get(name, []) + _renamed(name, other.get(name, [])) for name in one | other}


def _renamed(name: str, rows: list[Row]) -> list[Row]:
    ids = {column.canonical for column in CONTRACT[name].columns if column.kind == "id"}
    return [
        {key: f"odd {cell}" if key in ids and cell is not None else cell
         for key, cell in row.items()}
        for row in rows
    ]  # fmt: skip


@pytest.fixture(scope="module")
def built(spark, fund, tmp_path_factory):
    """Each engine's features, peers, labels and rows behind leads."""
    return {kind: _Built(kind, fund, tmp_path_factory.mktemp(kind)) for kind in ENGINES}


class _Built:
    """What one engine makes of the fund."""

    def __init__(self, kind: str, fund: Path, out: Path) -> None:
        self.out = out
        with opened(kind) as engine:
            claims = Claims(engine, fund, beside(engine, generated_counts(3, *DATES)))
            self.report = build_features(engine, claims, DATES, PEERS, out)
            self.labels = build_labels(engine, claims, DATES, LabelsParams(horizon_days=365))
            bases = Bases(engine, claims, (LIVE,))
            self.behind = {grain: self._behind(bases, grain) for grain in GRAINS}

    def _behind(self, bases: Bases, grain: str) -> dict[str, object]:
        ids = sorted(set(self.table(f"{grain}.parquet")[GRAINS[grain].key].to_pylist()))[:12]
        names = [entry.name for entry in features_of(grain) if entry.rows is not None]
        engine, claims = bases.engine, bases.claims
        evidence = engine.keep(
            evidence_rows(engine, claims, grain, names, LIVE, ids, bases=bases), f"weighed_{grain}"
        )
        counted = count_rows(engine, evidence, at_most=len(ids) * len(names))
        pairs = [(entity, feature) for entity, found in counted.items() for feature in found]
        subjects = find_subjects(engine, claims, ids, grain=grain, as_of=LIVE)
        found = Behind({}, {}, counted)
        return {
            "rows": behind_the_reasons(engine, evidence, sorted(pairs), found, grain),
            "subjects": subjects,
        }

    @cache  # noqa: B019 (lives as long as the module)
    def table(self, name: str) -> pa.Table:
        """One of the files that were built."""
        return pq.read_table(self.out / name)


def assert_equal_tables(expected: pa.Table, found: pa.Table) -> None:
    """The same columns, types and rows in one order; floats to 1e-9 relative, nulls alike."""
    assert [(f.name, f.type) for f in found.schema] == [(f.name, f.type) for f in expected.schema]
    assert len(found) == len(expected)
    differing = {}
    for name in expected.column_names:
        pairs = zip(expected[name].to_pylist(), found[name].to_pylist(), strict=True)
        wrong = [pair for pair in pairs if not _same(*pair)]
        if wrong:
            differing[name] = (len(wrong), wrong[0])
    assert differing == {}


def _same(one: object, other: object) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return isclose(one, other, rel_tol=1e-9, abs_tol=0.0)
    return one == other


@pytest.mark.slow
@pytest.mark.parametrize("name", TABLES)
def test_every_feature_and_every_distance_is_equal_on_spark(built, name):
    assert_equal_tables(built["duckdb"].table(name), built["spark"].table(name))


@pytest.mark.slow
def test_the_fund_compared_has_a_value_of_every_feature(built):
    empty = {
        (grain, entry.name)
        for grain in GRAINS
        for entry in features_of(grain)
        if built["duckdb"].table(f"{grain}.parquet")[entry.name].null_count
        == len(built["duckdb"].table(f"{grain}.parquet"))
    }
    assert empty == set()


@pytest.mark.slow
def test_the_reports_and_the_labels_are_equal_on_spark(built):
    assert built["spark"].report == built["duckdb"].report
    assert_equal_tables(built["duckdb"].labels, built["spark"].labels)


@pytest.mark.slow
@pytest.mark.parametrize("grain", GRAINS)
def test_the_rows_behind_each_reason_are_equal_on_spark(built, grain):
    expected, found = (built[kind].behind[grain] for kind in ENGINES)
    assert expected["rows"].by_reason
    assert found == expected


def test_a_table_that_differs_in_one_cell_is_not_equal():
    table = pa.table({"id": ["a", "b"], "share": [0.5, None]})
    for wrong in ([0.5 + 1e-8, None], [0.5, 0.0], [None, None]):
        with pytest.raises(AssertionError):
            assert_equal_tables(
                table, pa.table({"id": ["a", "b"], "share": pa.array(wrong, pa.float64())})
            )
    assert_equal_tables(table, pa.table({"id": ["a", "b"], "share": [0.5 + 1e-12, None]}))
