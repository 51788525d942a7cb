"""In whom the excess sits: drawn as small tables, added up to the fen, and fair to the few."""

from datetime import date

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fraudml.engine import open_engine
from fraudml.leads.ladder import ladders, rungs_of
from fraudml.params import EngineParams

AS_OF = date(2025, 12, 31)
GROUPS = {"A": "g", "B": "g", "C": "h"}
USUAL = {"outpatient": (100, 10_000)}  # 100 fen a claim


@pytest.fixture
def engine(tmp_path):
    with open_engine(EngineParams(kind="duckdb", memory_gb=1.0, threads=1), spill=tmp_path) as e:
        yield e


class Accepted:
    """Accepted claims of one drawn table, as far as the ladder asks."""

    def __init__(self, engine, drawn, absent=()):
        rows = []
        for line in drawn.strip().splitlines()[1:]:
            provider, who, where, day, fen, reverses = (c.strip() for c in line.split("|"))
            rows.append(
                {
                    "provider_id": provider,
                    "practitioner_id": who or None,
                    "department_code": where or None,
                    "visit_kind": "outpatient",
                    "settled_on": date.fromisoformat(day),
                    "fund_amount_fen": int(fen),
                    "reverses_claim_id": reverses or None,
                }
            )
        self.rows, self.absent = engine.table(pa.Table.from_pylist(rows), "drawn"), absent

    def table(self, name):
        return self.rows

    def missing(self, needs):
        return tuple(need for need in needs if need in self.absent)


DRAWN = """provider | who | where | day        | fen | reverses
           A        | P   | X     | 2025-05-01 | 900 |
           A        | Q   | X     | 2025-05-01 | 100 |
           A        |     | Y     | 2025-05-01 | 200 |
           A        | P   | X     | 2024-12-31 | 999 |
           A        | P   | X     | 2026-01-01 | 999 |
           A        | Q   | X     | 2025-06-01 | 700 |
           A        | Q   | X     | 2025-06-02 | -700| C9
           B        | R   | X     | 2025-05-01 | 100 |
           B        | R   | X     | 2025-05-01 | 100 |
           C        | S   | X     | 2025-05-01 | 900 |"""


def by_part(rungs):
    return {
        (rung.kind, rung.part): (rung.claims_n, rung.paid_fen, rung.excess_fen) for rung in rungs
    }


def test_excess_is_what_exceeds_the_peers_price_per_claim_in_the_year(engine):
    found = ladders(engine, Accepted(engine, DRAWN), ["A", "B"], GROUPS, as_of=AS_OF)
    # three claims stand, one was reversed, one is too old and one too new; B's claims cost 100
    assert (found["A"].paid_fen, found["A"].excess_fen) == (1200, 1200 - 3 * 100)
    assert by_part(found["A"].rungs["practitioner_id"]) == {
        ("named", "P"): (1, 900, 73),  # 800 beyond, believed 1 / 11
        ("named", "Q"): (1, 100, 0),
        ("unnamed", None): (1, 200, 100),
        ("spread", None): (0, 0, 727),
    }
    assert found["B"].excess_fen == 2 * 100 - 2 * 400  # A's claims cost 400 on average


def test_a_provider_without_excess_has_rungs_and_no_shares(engine):
    found = ladders(engine, Accepted(engine, DRAWN), ["B"], GROUPS, as_of=AS_OF)["B"]
    assert found.excess_fen < 0
    assert {rung.share for rung in found.rungs["practitioner_id"]} == {None}


def test_a_group_of_one_is_held_to_all_others(engine):
    found = ladders(engine, Accepted(engine, DRAWN), ["C"], GROUPS, as_of=AS_OF)
    assert found["C"].excess_fen == 900 - 280  # (1200 + 200) / 5


def test_columns_that_did_not_come_in_give_no_rungs(engine):
    absent = ("claims.practitioner_id", "claims.reverses_claim_id")
    found = ladders(engine, Accepted(engine, DRAWN, absent), ["A"], GROUPS, as_of=AS_OF)
    assert list(found["A"].rungs) == ["department_code"]


def test_a_provider_without_claims_in_the_year_has_no_ladder(engine):
    assert ladders(engine, Accepted(engine, DRAWN), ["Z"], GROUPS, as_of=AS_OF) == {}


def test_a_handful_of_claims_is_believed_less_than_many_of_the_same_price():
    parts = {"few": {"outpatient": (2, 2_000)}, "many": {"outpatient": (200, 200_000)}}
    rungs = {r.part: r for r in rungs_of(parts, USUAL, 900 * 202)}
    assert rungs["few"].excess_fen == round(1_800 * 2 / 12)
    assert rungs["many"].excess_fen == round(180_000 * 200 / 210)


part = st.tuples(st.integers(-3, 400), st.integers(-10_000, 1_000_000))


@given(st.dictionaries(st.one_of(st.none(), st.text("abc", min_size=1)), part, max_size=12),
       st.integers(-10, 10_000_000))  # fmt: skip
def test_rungs_add_up_to_the_excess_and_shares_to_one(drawn, excess):
    parts = {name: {"outpatient": sums} for name, sums in drawn.items()}
    rungs = rungs_of(parts, USUAL, excess)
    assert sum(rung.excess_fen for rung in rungs) == excess
    assert sum(rung.claims_n for rung in rungs) == sum(n for n, _ in drawn.values())
    assert sum(rung.kind == "named" for rung in rungs) <= 5
    if excess > 0:
        assert sum(rung.share or 0.0 for rung in rungs) == pytest.approx(1.0, abs=1e-4)
