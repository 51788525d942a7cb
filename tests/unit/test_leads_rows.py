from datetime import date

import pyarrow as pa
import pytest

from fraudml.engine import open_engine
from fraudml.leads.rows import SHOWN_ROWS, Behind, behind_the_reasons, count_rows
from fraudml.params import EngineParams

SCHEMA = pa.schema(
    [
        ("entity_id", pa.string()), ("feature", pa.string()), ("claim_id", pa.string()),
        ("line_no", pa.int64()), ("served_on", pa.date32()), ("code", pa.string()),
        ("amount_fen", pa.int64()),
    ]
)  # fmt: skip


@pytest.fixture
def engine(tmp_path):
    with open_engine(EngineParams(kind="duckdb", memory_gb=1.0, threads=1), spill=tmp_path) as e:
        yield e


def table(drawn):
    """entity | feature | claim | line | fen, a line each; an empty line number is a whole claim."""
    rows = []
    for line in drawn.strip().splitlines()[1:]:
        entity, feature, claim, number, fen = (cell.strip() for cell in line.split("|"))
        rows.append({
            "entity_id": entity, "feature": feature, "claim_id": claim,
            "line_no": int(number) if number else None, "served_on": date(2025, 5, 1),
            "code": "X1", "amount_fen": int(fen),
        })  # fmt: skip
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def behind(engine, rows, pairs):
    return behind_the_reasons(
        engine, engine.table(rows, "evidence"), pairs, Behind({}, {}, {}), "t"
    )


def test_a_line_behind_two_reasons_is_at_stake_once(engine):
    rows = table("""entity | feature | claim | line | fen
                    A      | f       | C1    | 1    | 100
                    A      | g       | C1    | 1    | 100
                    A      | g       | C1    | 2    |  30""")
    found = behind(engine, rows, [("A", "f"), ("A", "g")])
    assert found.stake_fen == {"A": 130}
    assert found.by_reason["A", "g"].amount_fen == 130


def test_a_claim_that_counts_as_a_whole_takes_in_its_lines(engine):
    rows = table("""entity | feature | claim | line | fen
                    A      | f       | C1    |      | 500
                    A      | g       | C1    | 1    | 100
                    A      | g       | C2    | 1    |  40""")
    assert behind(engine, rows, [("A", "f"), ("A", "g")]).stake_fen == {"A": 540}


def test_rows_of_a_feature_that_is_no_reason_of_this_entity_are_left_aside(engine):
    rows = table("""entity | feature | claim | line | fen
                    A      | f       | C1    | 1    | 100
                    B      | f       | C2    | 1    | 900
                    B      | g       | C3    | 1    |   7""")
    found = behind(engine, rows, [("A", "f"), ("B", "g")])
    assert found.stake_fen == {"A": 100, "B": 7}
    assert set(found.by_reason) == {("A", "f"), ("B", "g")}


def test_all_rows_are_counted_and_the_largest_fifty_shown(engine):
    drawn = "head\n" + "\n".join(f"A|f|C{n:03d}|1|{n}" for n in range(1, 121))
    found = behind(engine, table(drawn), [("A", "f")]).by_reason["A", "f"]
    assert (found.rows_n, found.amount_fen) == (120, 7260)
    assert len(found.shown) == SHOWN_ROWS
    assert [row["amount_fen"] for row in found.shown[:2]] == [120, 119]


def test_a_reason_without_rows_is_absent_and_not_zero(engine):
    found = behind(engine, table("head"), [("A", "f")])
    assert found.by_reason == {}
    assert found.stake_fen == {}


def test_rows_are_counted_by_entity_and_feature(engine):
    rows = table("""entity | feature | claim | line | fen
                    A      | f       | C1    | 1    | 100
                    A      | f       | C1    | 2    | 100
                    B      | g       | C2    |      |  30""")
    found = count_rows(engine, engine.table(rows, "evidence"), at_most=4)
    assert found == {"A": {"f": 2}, "B": {"g": 1}}


def test_hits_of_rules_weigh_beside_claim_rows():
    found = Behind({}, {}, {"A": {"f": 7}}, {"A": {"h": 1}, "B": {"h": 0}})
    assert found.weight("A") == {"f": 7, "h": 1}
    assert found.weight("B") == {"h": 0}
    assert found.weight("C") == {}
