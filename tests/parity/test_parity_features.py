"""Every feature and every distance to peers means what a slow plain reference says it means.

On DuckDB; that Spark says the same of the same generated fund: test_parity_features_on_spark.py.
"""

from collections.abc import Iterator
from datetime import date, datetime
from functools import cache
from itertools import chain

import pytest

import feature_runs
from feature_fund import generated_fund
from fraudml.engine import Engine
from fraudml.features.catalogue import FEATURES
from parity import generated
from parity.reference.catalogue import values_at
from parity.reference.compare import assert_parity, equal
from parity.reference.fund import Fund
from parity.reference.registry import MEANINGS
from parity.reference.subjects import Seen

DATES = (generated.NOTHING_KNOWN, *generated.AS_OF)
FUNDS = 3
COLUMNS = generated.OPTIONAL_COLUMNS
ABSENT = {
    "nothing but what is required": (*generated.OPTIONAL_TABLES, *COLUMNS),
    "no lines, and every second column": ("claim_lines", *COLUMNS[::2]),
    "no catalogue, and the other half": ("items", "drg_groups", "practitioners", *COLUMNS[1::2]),
}  # fmt: skip

pytestmark = pytest.mark.slow


@cache
def funds() -> list[generated.Tables]:
    """The generated funds, drawn when first asked for and not when tests are listed."""
    return generated.funds(FUNDS, cases_each=7)


@pytest.fixture
def engine() -> Iterator[Engine]:
    """Of one test: the tables of a second fund have other names, and their queries other texts."""
    with feature_runs.engine() as opened:
        yield opened


def test_every_feature_has_a_reference_and_every_reference_a_feature():
    assert {(entry.grain, entry.name) for entry in FEATURES} == set(MEANINGS)


@pytest.mark.parametrize("number", range(FUNDS))
def test_generated_funds_have_the_features_of_the_reference(engine, number):
    assert_parity(engine, funds()[number], DATES)


@pytest.mark.parametrize("absent", ABSENT.values(), ids=ABSENT)
def test_whatever_did_not_come_in_the_reference_still_agrees(engine, absent):
    assert_parity(engine, generated.without(funds()[1], *absent), generated.AS_OF)


def test_two_years_of_a_larger_fund_have_the_features_of_the_reference(engine):
    tables = generated_fund(7, claims=400)
    assert_parity(engine, tables, (date(2023, 12, 31), date(2024, 3, 31)))


def test_a_fund_without_a_claim_has_the_features_of_the_reference(engine):
    tables = {**generated.without(funds()[2], "claim_lines"), "claims": []}
    assert_parity(engine, tables, DATES)


def more_funds() -> Iterator[generated.Tables]:
    """Further funds, drawn only where the first left a feature without a difference.

    What Hypothesis draws depends on constants of the modules that are loaded, so that the first
    funds are not the same ones in every selection of tests.
    """
    yield generated_fund(7, claims=400)
    for times in (2, 4, 8):
        yield from generated.funds(times * FUNDS, cases_each=7)[FUNDS:]


def test_generated_funds_give_every_feature_values_that_differ():
    """Parity over nothing but nulls or zeros would prove nothing.

    Hits of rules do not come in with a fund: tests/spec/test_features_rule_hits.py draws them.
    """
    silent = {
        (entry.grain, entry.name): set()
        for entry in FEATURES
        if not entry.family.endswith("_rule_hits")
    }
    for tables in chain(funds(), more_funds()):
        for as_of in (*generated.AS_OF, date(2024, 3, 31)):
            seen = Seen(Fund(tables), as_of)
            for grain in {grain for grain, _ in silent}:
                asked = {name: silent[of, name] for of, name in silent if of == grain}
                for row in values_at(seen, grain, asked).values():
                    for name, value in row.items():
                        asked[name].add(value)
        silent = {key: values for key, values in silent.items() if len(values - {None}) < 2}
        if not silent:
            break
    assert list(silent) == []


def test_a_difference_is_shown_in_the_smallest_fund_that_has_it(engine, monkeypatch):
    def wrong(subject):
        return sum(line.over_cap_fen for line in subject.lines) // 2

    monkeypatch.setitem(MEANINGS, ("provider", "over_cap_fen_365d"), wrong)
    with pytest.raises(AssertionError) as caught:
        assert_parity(engine, _one_line_above_its_cap(), (date(2024, 3, 31),))
    text = str(caught.value)
    assert "provider A as of 2024-03-31, over_cap_fen_365d" in text
    assert "the engine says 200.0, the reference 100" in text
    smaller = text.partition("In a smaller fund:")[2]
    assert "claim_id=c1" in smaller and "item_code=x" in smaller
    assert "claim_id=c2" not in smaller and "birth_date" not in smaller


def _one_line_above_its_cap() -> generated.Tables:
    day = date(2024, 3, 1)
    claim = {"patient_id": "p", "provider_id": "A", "visit_kind": "outpatient",
             "admitted_on": day, "discharged_on": day, "settled_on": day, "total_amount": 1_000,
             "fund_amount": 700, "patient_amount": 300}  # fmt: skip
    line = {"claim_id": "c1", "line_no": 1, "item_code": "x", "quantity": 1.0, "amount": 1_200,
            "served_at": datetime(2024, 3, 1, 9), "unit_price": 1_200}  # fmt: skip
    return {
        "providers": [{"provider_id": "A"}],
        "patients": [{"patient_id": "p", "birth_date": date(1950, 1, 1)}],
        "items": [{"item_code": "x", "valid_from": date(2020, 1, 1), "name": "x", "unit": "x",
                   "kind": "drug", "price_cap": 1_000}],
        "claims": [{"claim_id": "c1", **claim}, {"claim_id": "c2", **claim}],
        "claim_lines": [line],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("found", "expected", "same"),
    [
        (2.0, 2, True),
        (2.0 + 1e-9, 2, False),  # a whole number must be met exactly
        (1.0 + 1e-10, 1.0, True),
        (1.0 + 1e-8, 1.0, False),
        (None, None, True),
        (None, 0, False),
        (0.0, None, False),
    ],
)
def test_whole_numbers_are_compared_exactly_and_others_to_a_billionth(found, expected, same):
    assert equal(found, expected) is same
