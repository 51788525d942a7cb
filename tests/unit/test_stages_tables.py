"""Tables that one stage hands to another: another program's file is refused where it is read."""

import re
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fraudml.artifacts import write_json
from fraudml.entities import GRAINS
from fraudml.errors import StateError
from fraudml.monitor.beyond import BEYOND_TYPES
from fraudml.monitor.held import COUNT_TYPES, ISSUE_TYPES
from fraudml.outcomes.labels import LABEL_SCHEMA
from fraudml.params import load_params
from fraudml.scores.backtest import backtest_schema
from fraudml.scores.explain import attributions_schema
from fraudml.scores.score import scores_schema
from fraudml.stages.draw import draw
from fraudml.stages.leads import leads
from fraudml.stages.tables import FILLED, ONCE, SHARES, TABLES, checked, of_day
from fraudml.stages.track import track
from fraudml.stages.workspace import Workspace

WRITTEN = {
    "labels": LABEL_SCHEMA,
    "backtest": backtest_schema("provider"),
    "scores": scores_schema("provider"),
    "attributions": attributions_schema("provider"),
    "monitor/counts": COUNT_TYPES,
    "monitor/at_issue": ISSUE_TYPES,
    "monitor/beyond": BEYOND_TYPES,
}
KEYED = ("backtest", "scores", "attributions", "features", "features/peers")
FEATURES = pa.schema(
    [("provider_id", pa.string()), ("as_of", pa.date32()), ("fund_fen_365d", pa.float64())]
)


@pytest.mark.parametrize("table", WRITTEN)
def test_a_table_is_said_to_be_what_its_room_writes(tmp_path, table):
    key = GRAINS["provider"].key if table in KEYED else None
    assert {*WRITTEN[table].names} == {*TABLES[table], *([key] if key else [])}
    pq.write_table(WRITTEN[table].empty_table(), tmp_path / "t.parquet")
    assert checked(tmp_path / "t.parquet", table, key) == tmp_path / "t.parquet"


def changed(table: str, name: str, kind: pa.DataType | None) -> pa.Schema:
    """The table's columns with one of another kind, or without it."""
    schema = WRITTEN.get(table, FEATURES)
    place = schema.get_field_index(name)
    if kind is None:
        return schema.remove(place)
    return (
        schema.append(pa.field(name, kind))
        if place < 0
        else schema.set(place, pa.field(name, kind))
    )


@pytest.mark.parametrize(
    ("table", "column", "kind", "says"),
    [
        ("scores", "rank", None, "it has no column rank"),
        ("scores", "rank", pa.string(), "its column rank does not hold whole numbers"),
        ("scores", "as_of", pa.timestamp("us"), "its column as_of does not hold day"),
        ("scores", "verdict", pa.string(), "its column verdict is none of this table's"),
        ("scores", "provider_id", None, "it has no column provider_id"),
        (
            "features",
            "fund_fen_365d",
            pa.string(),
            "its column fund_fen_365d does not hold numbers",
        ),
        ("features", "name", pa.string(), "its column name does not hold numbers"),
        ("labels", "label", pa.bool_(), "its column label does not hold whole numbers"),
    ],
)
def test_a_file_of_another_program_is_refused_by_file_and_column(
    tmp_path, table, column, kind, says
):
    (tmp_path / "params.yaml").touch()
    at = Workspace(tmp_path)
    path = at.data("labels.parquet" if table == "labels" else f"{table}/provider.parquet")
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(changed(table, column, kind).empty_table(), path)
    with pytest.raises(StateError, match=re.escape(f"{path} was made by another")) as refusal:
        at.labels if table == "labels" else at.entity_table(table, "provider")
    assert says in str(refusal.value)


def test_a_table_of_another_grain_and_one_of_monitor_are_refused_too(tmp_path):
    (tmp_path / "params.yaml").touch()
    at = Workspace(tmp_path)
    for folder in ("scores", "monitor"):
        at.data(folder).mkdir(parents=True)
    pq.write_table(WRITTEN["scores"].empty_table(), at.data("scores") / "patient.parquet")
    with pytest.raises(StateError, match="it has no column patient_id"):
        at.entity_table("scores", "patient")
    pq.write_table(ISSUE_TYPES.empty_table(), at.data("monitor") / "counts.parquet")
    with pytest.raises(StateError, match="it has no column rule_id"):
        at.monitored("counts")
    with pytest.raises(StateError, match=r"at_issue\.parquet is missing"):
        at.monitored("at_issue")


def test_a_folder_in_place_of_a_table_and_a_column_twice_are_refused(tmp_path):
    (tmp_path / "t.parquet").mkdir()
    with pytest.raises(StateError, match="cannot be read as parquet"):
        checked(tmp_path / "t.parquet", "labels")
    twice = pa.table([pa.array(["a"]), pa.array(["b"])], names=["grain", "grain"])
    pq.write_table(twice, tmp_path / "twice.parquet")
    with pytest.raises(StateError, match="cannot be read as parquet"):
        checked(tmp_path / "twice.parquet", "labels")


def test_what_names_a_row_stands_among_the_columns_of_its_table():
    for said in (ONCE, FILLED):
        for table, names in said.items():
            assert {*names.split()} <= {*TABLES[table], "(id)"}
    assert {table for table, names in ONCE.items() if "(id)" in names} == {*KEYED} - {"backtest"}


DAY = date(2025, 12, 31)


def scored(tmp_path, *rows, **how):
    """A file of scores of these providers: id, day, and the rank that all other ranks are."""
    made = [
        {"provider_id": who, "as_of": day}
        | dict.fromkeys(FILLED["scores"].split(), rank)
        | {"risk": 0.5}
        for who, day, rank in rows
    ]
    path = tmp_path / "scores.parquet"
    pq.write_table(pa.Table.from_pylist(made, schema=WRITTEN["scores"]), path, **how)
    return path


@pytest.mark.parametrize("how", [{}, {"write_statistics": False}, {"row_group_size": 1}])
@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([("A", DAY, 1), (None, DAY, 2)], "its row 2 has no provider_id"),
        ([("A", DAY, 1), ("B", DAY, 2), ("C", None, 3)], "its row 3 has no as_of"),
        ([("A", DAY, None)], "its row 1 has no rank"),
        ([("A", DAY, 1), ("A", DAY, 2)], "its row 2 repeats the as_of, provider_id of another"),
        ([("B", DAY, 1), ("A", DAY, 2), ("B", DAY, 3)], "its row 3 repeats the as_of, provider_id"),
    ],
)
def test_a_row_without_its_name_and_one_there_twice_are_told_by_file_column_and_row(
    tmp_path, rows, says, how
):
    path = scored(tmp_path, *rows, **how)
    with pytest.raises(StateError, match=re.escape(says)) as refusal:
        checked(path, "scores", "provider_id")
    assert str(path) in str(refusal.value)


@pytest.mark.parametrize("how", [{}, {"write_statistics": False}, {"row_group_size": 1}])
@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("risk", float("nan"), "its row 2 holds nan in risk, not a share from 0 to 1"),
        ("risk", float("inf"), "its row 2 holds inf in risk"),
        ("risk", -0.01, "its row 2 holds -0.01 in risk"),
        ("probability", 1.01, "its row 2 holds 1.01 in probability"),
    ],
)
def test_a_score_that_is_no_share_is_told_by_file_column_and_row(
    tmp_path, column, value, says, how
):
    table = pq.read_table(scored(tmp_path, ("A", DAY, 1), ("B", DAY, 2)))
    place = table.column_names.index(column)
    path = tmp_path / "scores.parquet"
    spoilt = pa.array([0.5, value])
    pq.write_table(table.set_column(place, table.schema.field(place), spoilt), path, **how)
    with pytest.raises(StateError, match=re.escape(says)):
        checked(path, "scores", "provider_id")


def test_a_contribution_without_end_is_refused_and_one_below_zero_read(tmp_path):
    row = dict.fromkeys(WRITTEN["attributions"].names) | {
        "provider_id": "A", "as_of": DAY, "model": "tail", "feature": "x", "contribution": -7.5,
    }  # fmt: skip
    path = tmp_path / "attributions.parquet"
    for value in (-7.5, float("inf")):
        made = [row, row | {"feature": "y", "contribution": value}]
        pq.write_table(pa.Table.from_pylist(made, schema=WRITTEN["attributions"]), path)
        if value == -7.5:
            assert checked(path, "attributions", "provider_id") == path
    with pytest.raises(StateError, match="its row 2 holds inf in contribution, not a finite"):
        checked(path, "attributions", "provider_id")


def test_a_share_is_a_number_of_its_table():
    for table, names in SHARES.items():
        assert {TABLES[table][name] for name in names.split()} == {"numbers"}


@pytest.mark.parametrize("rows", [[], [("A", DAY, 1)], [("B", DAY, 1), ("A", DAY, 2)]])
def test_a_table_of_none_of_one_and_in_any_order_is_read(tmp_path, rows):
    path = scored(tmp_path, *rows)
    assert checked(path, "scores", "provider_id") == path


def test_a_list_of_another_day_than_the_live_one_is_refused_and_an_empty_one_is_none(tmp_path):
    path = scored(tmp_path, ("A", DAY, 1))
    table = pq.read_table(path)
    assert of_day(table, DAY, path) is table
    with pytest.raises(StateError, match="speaks of 2025-12-31 and not of 2026-01-31"):
        of_day(table, date(2026, 1, 31), path)
    assert not len(of_day(table.slice(0, 0), date(2026, 1, 31), path))


def test_a_file_that_is_written_anew_is_looked_at_anew(tmp_path):
    checked(scored(tmp_path, ("A", DAY, 1)), "scores", "provider_id")
    with pytest.raises(StateError, match="its row 1 has no provider_id"):
        checked(scored(tmp_path, (None, DAY, 1), ("B", DAY, 2)), "scores", "provider_id")


@pytest.fixture
def of_yesterday(tmp_path):
    """A project whose list and models are of another day than params.yaml has now."""
    (tmp_path / "params.yaml").touch()
    at = Workspace(tmp_path)
    at.data("scores").mkdir(parents=True)
    scored(tmp_path, ("A", DAY, 1)).rename(at.data("scores") / "provider.parquet")
    for grain in GRAINS:
        at.models(grain).mkdir(parents=True)
        write_json(at.models(grain) / "model.json", {"entities": 1, "live": DAY.isoformat()})
    params = load_params(Path(__file__).parents[2] / "params.yaml")
    moved = params.time.model_copy(update={"as_of": date(2026, 1, 31)})
    return params.model_copy(update={"time": moved}), at


@pytest.mark.parametrize("stage", [draw, leads])
def test_a_stage_run_alone_after_the_day_was_moved_says_it_before_any_work(of_yesterday, stage):
    """Nothing else is there: whatever would be read first would be missing."""
    with pytest.raises(StateError, match="speaks of 2025-12-31 and not of 2026-01-31"):
        stage(*of_yesterday)


@pytest.mark.parametrize("stage", [draw, leads])
def test_lists_of_another_fund_are_told_from_those_of_the_accepted_providers(tmp_path, stage):
    (tmp_path / "params.yaml").touch()
    at = Workspace(tmp_path)
    for folder in ("scores", "claims"):
        at.data(folder).mkdir(parents=True)
    scored(tmp_path, ("A", DAY, 1), ("B", DAY, 2)).rename(at.data("scores") / "provider.parquet")
    terms = pa.array([None], pa.date32())
    register = {
        "provider_id": ["B"],
        "name": ["B"],
        "region_code": ["1"],
        "kind": ["clinic"],
        "level": [1],
    }
    made = pa.table(register | {"contracted_from": terms, "contracted_to": terms})
    pq.write_table(made, at.data("claims") / "providers.parquet")
    with pytest.raises(StateError, match="ranks 1 of 2 providers that data/claims does not hold"):
        stage(load_params(Path(__file__).parents[2] / "params.yaml"), at)


def test_models_of_another_day_are_not_recorded_beside_todays_params(of_yesterday):
    with pytest.raises(StateError, match=r"trained as of 2025-12-31, time\.as_of is 2026-01-31"):
        track(*of_yesterday)
