"""Months of a table, and providers that stop, pause or change."""

from datetime import date, timedelta

import pytest

from feature_runs import engine
from fraudml.claims.accepted import Claims
from fraudml.claims.schema import CONTRACT
from fraudml.quality.providers import Span, provider_breaks
from fraudml.quality.volumes import Month, by_month, months_of, volume, whole_months
from quality_cases import claims_of, month_start
from tables import write_claims

FIRST = 2024 * 12
JANUARY_31 = date(2024, 1, 31)


def month(place: int, rows: int = 1_000, first: int = 1, last: int = 28) -> Month:
    start = month_start(place)
    return Month(FIRST + place, rows, rows * 100, start.replace(day=first), start.replace(day=last))


def marked(months) -> list[tuple[str, str]]:
    said = volume("claims", months, jump=1.5)
    return [(one["month"], one["mark"]) for one in said["months"] if one["mark"]]


def test_a_month_without_rows_stands_in_the_series_as_a_gap():
    months = [month(place) for place in range(12) if place != 5]
    said = volume("claims", months, jump=1.5)
    assert len(said["months"]) == 12
    assert said["months"][5] == {
        "month": "2024-06", "rows": 0, "fen": 0, "mark": "gap", "ratio": 0.0,
        "mean_mark": None, "mean_ratio": None,
    }  # fmt: skip


def test_the_first_and_last_month_delivered_in_part_are_partial_and_no_break():
    months = [month(0, 300, first=20), *(month(p) for p in range(1, 11)), month(11, 350, last=10)]
    assert marked(months) == [("2024-01", "partial"), ("2024-12", "partial")]
    assert whole_months(volume("claims", months, jump=1.5)) == (
        list(range(FIRST + 1, FIRST + 11)),
        [],
    )


def test_a_few_quiet_days_at_the_end_make_no_partial_month():
    assert marked([month(place, last=25) for place in range(12)]) == []


def test_a_table_with_few_rows_may_end_early_in_the_month():
    assert marked([month(place, rows=4, last=15) for place in range(12)]) == []


def test_a_table_counted_by_whole_months_has_no_partial_one():
    months = [Month(FIRST + p, 500, None, month_start(p), month_start(p)) for p in range(12)]
    assert [one["mark"] for one in volume("stock_moves", months, jump=1.5)["months"]] == [None] * 12


def test_dates_more_than_a_year_away_are_counted_apart():
    months = [Month(1900 * 12, 3), *(month(place) for place in range(12)), Month(2099 * 12, 2)]
    said = volume("claims", months, jump=1.5)
    assert said["far"] == {"rows": 5, "first": "1900-01", "last": "2099-01"}
    assert len(said["months"]) == 12


def test_no_months_at_all_are_no_error():
    said = volume("claims", [], jump=1.5)
    assert said["months"] == [] and whole_months(said) == ([], [])


@pytest.fixture
def opened():
    with engine() as it:
        yield it


def broken(opened, folder, claims, *, listed=10, providers=(), empty=()):
    known = {row["provider_id"]: row for row in providers}
    rows = [known.get(i, {"provider_id": i}) for i in sorted({c["provider_id"] for c in claims})]
    at = Claims(opened, write_claims(folder, {"claims": claims, "providers": rows}))
    kept = by_month(opened, CONTRACT["claims"], at.table("claims"), money=True)
    span = Span(FIRST, FIRST + 23, tuple(FIRST + place for place in empty))
    return provider_breaks(
        opened, "claims", kept, at.table("providers"), span, jump=1.5, listed=listed
    )


def test_months_are_summed_in_the_engine_over_all_providers(opened, tmp_path):
    claims = claims_of("A", 30, range(2)) + claims_of("B", 10, range(1, 2))
    at = Claims(opened, write_claims(tmp_path, {"claims": claims}))
    kept = by_month(opened, CONTRACT["claims"], at.table("claims"), money=True)
    assert months_of(opened, kept) == [
        Month(FIRST, 30, 210_000, date(2024, 1, 1), date(2024, 1, 28)),
        Month(FIRST + 1, 40, 280_000, date(2024, 2, 1), date(2024, 2, 28)),
    ]


def test_who_stopped_sending_is_named_with_what_is_missing(opened, tmp_path):
    found = broken(opened, tmp_path, claims_of("A", 30, range(24)) + claims_of("B", 30, range(20)))
    assert (found["stopped"], found["ended"]) == (1, 0)
    assert found["listed"] == [{
        "provider_id": "B", "name": None, "kind": "stopped", "last_month": "2025-08", "months": 4,
        "expected": 120, "rows": 0, "missing": 120,
    }]  # fmt: skip


def test_silence_since_the_contract_ended_is_no_break(opened, tmp_path):
    ended = {"provider_id": "B", "contracted_to": date(2025, 8, 31)}
    claims = claims_of("A", 30, range(24)) + claims_of("B", 30, range(20))
    found = broken(opened, tmp_path, claims, providers=[ended])
    assert (found["stopped"], found["ended"], found["listed"]) == (0, 1, [])


def test_silence_long_before_the_contract_ended_is_a_break(opened, tmp_path):
    later = {"provider_id": "B", "contracted_to": date(2025, 11, 30)}
    claims = claims_of("A", 30, range(24)) + claims_of("B", 30, range(20))
    assert broken(opened, tmp_path, claims, providers=[later])["stopped"] == 1


def test_a_provider_with_few_rows_may_be_silent_for_months(opened, tmp_path):
    claims = (
        claims_of("A", 30, range(24)) + claims_of("B", 2, range(1)) + claims_of("C", 1, range(22))
    )
    found = broken(opened, tmp_path, claims)
    assert found["listed"] == []


def test_months_missing_in_the_middle_are_a_pause(opened, tmp_path):
    claims = claims_of("A", 30, range(24))
    claims += claims_of("B", 30, range(10)) + claims_of("B", 30, range(13, 24))
    (one,) = broken(opened, tmp_path, claims)["listed"]
    assert (one["kind"], one["months"], one["missing"]) == ("paused", 3, 90)


def test_a_month_in_which_nothing_came_from_anybody_is_no_providers_pause(opened, tmp_path):
    claims = claims_of("A", 90, range(10)) + claims_of("A", 90, range(11, 24))
    claims += claims_of("B", 30, range(10)) + claims_of("B", 30, range(11, 20))
    found = broken(opened, tmp_path, claims, empty=(10,))
    assert found["paused"] == 0
    (one,) = found["listed"]
    assert (one["provider_id"], one["last_month"], one["months"]) == ("B", "2025-08", 4)
    assert one["missing"] == 120


def test_a_fall_is_measured_against_the_movement_of_all(opened, tmp_path):
    whole, last = range(21), range(21, 24)
    claims = [row for name in "ABCDEFGH" for row in claims_of(name, 100, whole)]
    alone = (
        claims + [r for n in "BCDEFGH" for r in claims_of(n, 100, last)] + claims_of("A", 20, last)
    )
    (one,) = broken(opened, tmp_path / "alone", alone)["listed"]
    assert (one["provider_id"], one["kind"], one["rows"]) == ("A", "fell", 60)
    together = claims + [row for name in "ABCDEFGH" for row in claims_of(name, 20, last)]
    assert broken(opened, tmp_path / "all", together)["listed"] == []


def test_the_list_is_cut_at_its_length_and_the_count_is_not(opened, tmp_path):
    claims = claims_of("A", 30, range(24))
    for number in range(5):
        claims += claims_of(f"S{number}", 30 + number, range(18))
    found = broken(opened, tmp_path, claims, listed=2)
    assert found["stopped"] == 5
    assert [one["provider_id"] for one in found["listed"]] == ["S4", "S3"]


def test_the_calendar_turns_the_year_in_the_partial_test():
    year_end = Month(FIRST + 11, 1_000, None, date(2024, 12, 1), date(2024, 12, 31))
    months = [month(place) for place in range(11)] + [year_end]
    assert marked(months) == []
    assert JANUARY_31 - timedelta(days=30) == month_start(0)
