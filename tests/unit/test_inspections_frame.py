from datetime import date, timedelta

import pyarrow as pa
import pytest

from fraudml.errors import DrawError
from fraudml.inspections.frame import Unit, frame_lines, live_units, risk_parts

AS_OF = date(2025, 12, 31)


def unit(name: str, risk: int | None = 1) -> Unit:
    return Unit(name, "110101", "clinic", 1, True, risk)


def test_the_frame_does_not_depend_on_the_order_the_providers_come_in():
    units = [unit("B"), unit("A"), unit("C")]
    assert frame_lines(units) == frame_lines(units[::-1])
    assert [line[0] for line in frame_lines(units)] == ["A", "B", "C"]


@pytest.mark.parametrize(
    ("units", "said"),
    [
        ([], "no provider to draw from"),
        ([unit("A"), unit("A")], "1 of 2 providers stand twice"),
        ([unit("A", 2_000_000_000)], "1 of 1 risks"),
    ],
)
def test_a_frame_nobody_could_check_is_refused(units, said):
    with pytest.raises(DrawError, match=said):
        frame_lines(units)


def test_a_risk_becomes_whole_billionths_and_an_unknown_one_stays_unknown():
    assert [risk_parts(r) for r in (0.0, 0.1, 1.0, None, float("nan"))] == [
        0,
        100_000_000,
        1_000_000_000,
        None,
        None,
    ]


def test_a_risk_outside_0_to_1_is_refused():
    with pytest.raises(DrawError, match="outside"):
        risk_parts(1.5)


def test_the_live_list_alone_makes_the_frame_and_the_provider_table_describes_it():
    scores = pa.table(
        {
            "provider_id": ["A", "B", "C", "old"],
            "as_of": [AS_OF, AS_OF, AS_OF, date(2025, 9, 30)],
            "risk": [0.5, None, 0.25, 0.9],
        }
    )
    providers = pa.table(
        {
            "provider_id": ["A", "B", "unscored"],
            "region_code": ["110101", None, "110101"],
            "kind": ["hospital", "clinic", "clinic"],
            "level": [3, None, 1],
            "contracted_to": [None, date(2025, 6, 30), None],
        }
    )
    assert live_units(scores, providers, AS_OF) == [
        Unit("A", "110101", "hospital", 3, True, 500_000_000),
        Unit("B", None, "clinic", None, False, None),
        Unit("C", None, None, None, None, 250_000_000),
    ]


def running(**terms):
    """By provider whether its contract is said to run on the as-of date."""
    names = [f"P{place}" for place in range(len(next(iter(terms.values()))))]
    scores = pa.table(
        {"provider_id": names, "as_of": [AS_OF] * len(names), "risk": [0.5] * len(names)}
    )
    days = {name: pa.array(those, pa.date32()) for name, those in terms.items()}
    providers = pa.table({"provider_id": names, **days})
    return [unit.running for unit in live_units(scores, providers, AS_OF)]


def test_a_contract_runs_from_its_first_day_to_its_last():
    day = timedelta(days=1)
    assert running(contracted_to=[AS_OF - day, AS_OF, AS_OF + day, None]) == [
        False, True, True, True,
    ]  # fmt: skip
    assert running(contracted_from=[AS_OF, AS_OF + day, None]) == [True, False, True]


def test_of_an_extract_without_terms_nobody_knows_whose_contract_runs():
    assert running(contracted_from=[None, None], contracted_to=[None, None]) == [None, None]
