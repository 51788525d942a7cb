"""Two slips in one line, or one cell near the largest that is accepted, end no run."""

from datetime import date

import ibis
import pyarrow as pa
import pytest

from feature_runs import engine
from fraudml.claims.accepted import Claims
from fraudml.claims.whole_numbers import square, whole
from fraudml.monitor.catalogue import RULES
from fraudml.monitor.hits import ask
from fraudml.monitor.shared import Shared
from monitor_asked import known
from tables import draw_claims

LINE = "claim_id | line_no | item_code | served_at | quantity | unit_price | amount | fund_amount"
SLIPS = {
    "claims": """
        claim_id | patient_id | provider_id | practitioner_id | admitted_on | diagnosis_code
        c1 | p | A | d | 2024-03-10 | I10
        c2 | q | B | e | 2024-03-10 | I10""",
    "claim_lines": f"""{LINE}
        c1 | 1 | x | 2024-03-10 09:00:00 | 9999999999 | 99999999999999 | 99999999999999 | 1
        c1 | 2 | y | 2024-03-10 09:00:00 | 9999999999 | 100 | 99999999999999 | 1
        c2 | 1 | x | 2024-03-10 09:00:00 | 0.0001 | 99999999999999 | 99999999999999 | 1""",
    "items": """item_code | kind | price_cap | minutes
        x | drug | 1000 |
        y | service | 5000 | 90""",
}  # fmt: skip
MULTIPLY = (
    "R05.dearer_than_others", "R05.more_pieces", "R08.dearer_drugs", "R09.money_above_peers",
    "R09.more_packs", "R16.day_above_24_hours",
)  # fmt: skip


@pytest.fixture(scope="module")
def told():
    """``whole`` of floats and ``square`` of whole numbers, as DuckDB says it."""
    with engine() as opened:
        t = opened.table(
            pa.table({
                "f": pa.array([2.4, -2.6, 1e19, -1e300, None]),
                "n": pa.array([3, -4, 2**62, -(2**62), None], pa.int64()),
            }),
            "numbers",
        )  # fmt: skip
        t = t.mutate(place=ibis.row_number())
        found = t.select("place", whole=whole(t.f), square=square(t.n))
        return opened.rows(found.order_by("place"), at_most=5).to_pylist()


def test_what_no_whole_number_of_64_bits_holds_is_the_bound(told):
    assert [row["whole"] for row in told] == [2, -3, 10**14, -(10**14), None]
    assert [row["square"] for row in told] == [9, 16, 10**18, 10**18, None]


def test_a_slip_of_a_key_ends_no_rule(tmp_path):
    rules = [rule for rule in RULES if rule.id in MULTIPLY]
    assert len(rules) == len(MULTIPLY)
    with engine() as opened:
        claims = Claims(opened, draw_claims(tmp_path / "claims", **SLIPS))
        found = ask(Shared(opened, claims, known(), date(2024, 12, 31)), rules=rules)
        assert not found.missing
        opened.rows(found.hits, at_most=100)
