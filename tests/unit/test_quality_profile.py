"""Every column's figures, and how finely they may be shown."""

from datetime import date

import pytest

from feature_runs import engine
from fraudml.claims.accepted import Claims
from fraudml.claims.schema import CONTRACT
from fraudml.quality.fineness import of_people, shown_quantiles
from fraudml.quality.profile import profile
from tables import write_claims


@pytest.fixture
def opened():
    with engine() as it:
        yield it


def profiled(opened, folder, name, rows, **more):
    claims = Claims(opened, write_claims(folder, {name: rows}))
    came = frozenset(c.name for c in CONTRACT[name].columns if claims.assessed(f"{name}.{c.name}"))
    return profile(
        opened, CONTRACT[name], claims.table(name), accepted=len(rows), came=came, **more
    )


def budgets(*fen: int) -> list[dict]:
    return [
        {"region_code": f"33010{n}", "scheme": "resident", "month": date(2025, n + 1, 1),
         "budget_amount": amount, "income_amount": None if n else 5}
        for n, amount in enumerate(fen)
    ]  # fmt: skip


def test_a_table_without_people_shows_least_median_and_most(opened, tmp_path):
    found = profiled(opened, tmp_path, "budgets", budgets(-200, 0, 300, 500))
    amount = found["budget_amount"]
    assert (amount["low"], amount["middle"], amount["high"]) == (-200, 150, 500)
    assert (amount["negative"], amount["zero"], amount["null_share"]) == (1, 1, 0.0)
    assert amount["unit"] == "fen"
    assert found["income_amount"]["null_share"] == 0.75
    assert (found["month"]["first"], found["month"]["last"]) == ("2025-01-01", "2025-04-01")
    assert found["scheme"]["shares"] == {
        "employee": {"rows": 0, "share": 0.0}, "resident": {"rows": 4, "share": 1.0},
    }  # fmt: skip


def patients(count: int) -> list[dict]:
    return [
        {"patient_id": f"p{n:05d}", "birth_date": date(1931 + n % 60, 5, 17),
         "sex": "F" if n % 4 else "M"}
        for n in range(count)
    ]  # fmt: skip


def test_a_date_of_birth_is_shown_by_year_alone(opened, tmp_path):
    found = profiled(opened, tmp_path, "patients", patients(60))
    assert (found["birth_date"]["first"], found["birth_date"]["last"]) == ("1931", "1990")


def test_ids_have_a_null_share_and_nothing_else(opened, tmp_path):
    found = profiled(opened, tmp_path, "patients", patients(60))
    assert set(found["patient_id"]) == {"kind", "unit", "known", "null_share"}


def test_a_column_that_did_not_come_in_is_null_throughout(opened, tmp_path):
    found = profiled(opened, tmp_path, "patients", patients(60))
    assert found["died_on"] == {"kind": "date", "unit": None, "known": 0, "null_share": 1}


def lines(count: int) -> list[dict]:
    return [
        {"claim_id": f"c{n // 3}", "line_no": n % 3 + 1, "item_code": "A",
         "quantity": 1.0, "unit_price": n, "amount": 9_999_999 if n == 7 else n}
        for n in range(count)
    ]  # fmt: skip


def test_the_largest_bill_of_a_person_is_not_shown(opened, tmp_path):
    amount = profiled(opened, tmp_path, "claim_lines", lines(2_000))["amount"]
    assert amount["at"] == [0.01, 0.5, 0.99]
    assert amount["high"] < 2_000


def test_quantiles_of_people_need_ten_rows_beyond_them(opened, tmp_path):
    assert profiled(opened, tmp_path / "a", "claim_lines", lines(300))["amount"]["at"] == [
        0.1, 0.5, 0.9,
    ]  # fmt: skip
    few = profiled(opened, tmp_path / "b", "claim_lines", lines(99))["amount"]
    assert few["at"] is few["low"] is few["high"] is None
    for known in (100, 999, 1_000, 50_000):
        low, _, high = shown_quantiles(known)
        assert known * low >= 10 - 1e-9 and known * (1 - high) >= 10 - 1e-9


def test_a_large_table_is_sampled_by_the_hash_of_its_key_alone(opened, tmp_path):
    rows = lines(3_000)
    whole = profiled(opened, tmp_path / "a", "claim_lines", rows)
    part = profiled(opened, tmp_path / "b", "claim_lines", rows, sample_rows=1_000)
    turned = profiled(opened, tmp_path / "c", "claim_lines", rows[::-1], sample_rows=1_000)
    assert part == turned
    assert part["unit_price"]["middle"] != whole["unit_price"]["middle"]
    assert part["unit_price"]["middle"] == pytest.approx(1_500, rel=0.1)
    assert part["unit_price"]["zero"] == whole["unit_price"]["zero"] == 1
    assert part["unit_price"]["known"] == 3_000


def test_a_table_counted_by_a_date_shows_that_date_by_day_and_others_by_month(opened, tmp_path):
    day = date(2025, 3, 7)
    rows = [{"claim_id": "c1", "patient_id": "p", "provider_id": "H", "visit_kind": "chronic",
             "admitted_on": day, "discharged_on": day, "settled_on": day, "referral_filed": True,
             "total_amount": 1, "fund_amount": 1, "patient_amount": 0}]  # fmt: skip
    found = profiled(opened, tmp_path, "claims", rows, counted_by="settled_on")
    assert found["settled_on"]["first"] == "2025-03-07"
    assert found["admitted_on"]["first"] == "2025-03"
    assert found["referral_filed"]["shares"]["true"] == {"rows": 1, "share": 1.0}


def test_an_empty_table_has_unknown_shares(opened, tmp_path):
    found = profiled(opened, tmp_path, "budgets", [])
    assert found["budget_amount"]["null_share"] is None


@pytest.mark.parametrize(
    ("table", "people"),
    [("claims", True), ("findings", True), ("leave_passes", True), ("enrolments", True),
     ("providers", False), ("items", False), ("stock_moves", False), ("budgets", False)],
)  # fmt: skip
def test_whose_rows_belong_to_people(table, people):
    assert of_people(table) == people
