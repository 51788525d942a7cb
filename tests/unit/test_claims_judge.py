"""Cells at the edge of their kind, and rows whose neighbours are set aside."""

from pathlib import Path

import pytest

from ingest_fund import FUND, KEY, Run, add, add_like_first, change, csv_of, fund

LAST = "９９"  # full-width digits are no digits


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    return fund(tmp_path, *FUND)


# One row more in its table, like the first one but for these cells, and the rules it breaks.
EDGES = [
    ("claims", {"claim_id": "X1", "admitted_on": "0000-01-01"}, ["type:claims.admitted_on"]),
    ("claims", {"claim_id": "X2", "started_at": "2024-01-01 24:00:00"}, ["type:claims.started_at"]),
    ("claims", {"claim_id": "X3", "account_amount": LAST}, ["type:claims.account_amount"]),
    (
        "claims",
        {"claim_id": "X4", "account_amount": "999999999999999.500"},
        ["type:claims.account_amount"],
    ),
    ("claims", {"claim_id": '"X\n5"'}, ["type:claims.claim_id"]),
    ("claims", {"claim_id": "X6", "patient_id": '"P1\nP2"'}, ["type:claims.patient_id"]),
    ("items", {"item_code": "I3", "name": '"over\ntwo lines"'}, None),
    ("inspectors", {"inspector_id": "N2", "skills": "| |"}, ["missing:inspectors.skills"]),
    ("inspectors", {"inspector_id": "N3", "recused_from": "3.3E+17"}, None),
    ("tips", {"tip_id": "W2", "target_grain": "provider", "target_id": "1.1E+17"},
     ["rounded:tips.target_id"]),
    ("tips", {"tip_id": "W3", "target_grain": "provider", "target_id": "AE+00"}, None),
    ("claim_lines", {"line_no": "11", "quantity": "1e30"}, ["type:claim_lines.quantity"]),
]  # fmt: skip


@pytest.fixture(scope="module")
def edges(tmp_path_factory: pytest.TempPathFactory) -> Run:
    raw = fund(tmp_path_factory.mktemp("edges"), *FUND)
    for table, cells, _ in EDGES:
        add_like_first(raw, table, **cells)
    change(raw, "claims", "E11.9|I10", "E11.9|\u3000I10 ")
    return Run(raw, rules={"rounded": "quarantine"})


@pytest.mark.parametrize("case", range(len(EDGES)), ids=lambda n: str(EDGES[n][1]))
def test_a_cell_at_the_edge_of_its_kind_is_judged_as_the_contract_says(edges, case):
    table, _, rules = EDGES[case]
    before = sum(1 for name, *_ in EDGES[:case] if name == table)
    number = len(csv_of(FUND[table]).splitlines()) + before
    found = {row["row_number"]: row["rules"] for row in edges.refused(table)}
    assert found.get(number) == rules


def test_blanks_around_the_texts_of_a_list_are_no_part_of_them(edges):
    assert edges.rows("claims")[0]["secondary_diagnoses"] == ["E11.9", "I10"]


def test_a_text_over_two_lines_stays_as_it_was_written(edges):
    assert edges.rows("items")[-1]["name"] == "over\ntwo lines"


def test_a_rounded_id_in_a_list_of_recusals_is_a_plain_pseudonym(edges):
    assert edges.rows("inspectors")[-1]["recused_from"] == [KEY.pseudonym("operator", "3.3E+17")]


def test_more_than_one_fen_beside_quantity_times_price_is_warned_of_and_one_fen_is_not(raw):
    like = {"unit_price": "0.03", "quantity": "2.5"}  # 7.5 fen
    add_like_first(raw, "claim_lines", line_no="11", amount="0.09", **like)
    add_like_first(raw, "claim_lines", line_no="12", amount="0.08", **like)
    add_like_first(
        raw, "claim_lines", line_no="13", amount="0.12", unit_price="0.1", quantity="1.1"
    )
    found = Run(raw).warnings("claim_lines")
    assert found == {"amount_is_not_quantity_times_price:claim_lines": 1}


def test_nothing_and_a_question_mark_are_two_things_under_one_key(raw):
    add_like_first(raw, "providers", operator_id="")
    add_like_first(raw, "practitioners", registered_to="")
    add(raw, "items", "I2,2020-01-01,,宫腔镜检查,exam,time,F,,,,?")
    run = Run(raw)
    assert run.rules("items") == {"duplicate_key:items": 2}
    assert run.rules("practitioners")["duplicate_row:practitioners"] == 1


def test_minus_zero_and_zero_are_the_same_under_one_key(raw):
    add_like_first(raw, "stock_moves", returned="-0")
    assert Run(raw).rules("stock_moves") == {"duplicate_row:stock_moves": 1}


def test_a_person_is_a_year_older_on_the_birthday_and_not_a_day_before(raw):
    """Eighteen years hold 6,574 or 6,575 days: a mean year of 365.25 days misses birthdays."""
    change(raw, "items", "阿莫西林,drug,box,,,", "阿莫西林,drug,box,,18,")
    change(raw, "patients", "1950-02-28", "2006-01-02")
    change(raw, "claim_lines", "2024-01-01 08", "2024-01-02 08")
    assert "age_conflict:claim_lines" not in Run(raw).warnings("claim_lines")
    change(raw, "patients", "2006-01-02", "2006-01-03")
    assert Run(raw).warnings("claim_lines")["age_conflict:claim_lines"] == 1


def test_a_period_that_ends_before_it_begins_overlaps_with_none(raw):
    add_like_first(raw, "enrolments", enrolled_from="2022-01-01", enrolled_to="2021-01-01")
    rule = "enrolment_ends_before_it_begins:enrolments"
    assert Run(raw).warnings("enrolments") == {rule: 1}


def test_rows_that_are_set_aside_are_nobodys_neighbours(raw):
    """A copied line, a copied claim, a copied reversal and a doubtful suspension change nothing."""
    for name, row in (("claim_lines", 1), ("claims", 2)):
        add(raw, name, csv_of(FUND[name]).splitlines()[row])
    cells = {"patient_id": "P2", "provider_id": "H2", "practitioner_id": "", "drg_code": "",
             "visit_kind": "outpatient", "reverses_claim_id": "C2", "account_amount": "",
             "admitted_on": "2024-02-01", "discharged_on": "2024-02-01",
             "settled_on": "2024-03-01", "secondary_diagnoses": "", "referral_filed": "",
             "total_amount": "-7", "fund_amount": "-5", "patient_amount": "-2"}  # fmt: skip
    for _ in range(2):
        add_like_first(raw, "claims", claim_id="R1", **cells)
    for until in ("2024-01-31", ""):
        add_like_first(raw, "contract_periods", suspended_from="2024-01-01", suspended_to=until)
    run = Run(raw)
    assert run.rules("claims") == {"duplicate_row:claims": 2}
    assert run.rules("claim_lines") == {"duplicate_row:claim_lines": 1}
    assert run.rules("contract_periods") == {"duplicate_key:contract_periods": 2}
    assert run.warnings("claims") == {}


def test_a_claim_that_is_set_aside_is_unknown_to_its_reversal(raw):
    change(raw, "claims", "2024-01-01,2024-01-03", "2024-01-01,2023-12-31")
    cells = {"patient_id": "P1", "provider_id": "H1", "reverses_claim_id": "C1",
             "discharged_on": "2024-01-03", "total_amount": "-100.50", "fund_amount": "-80",
             "patient_amount": "-20.50"}  # fmt: skip
    add_like_first(raw, "claims", claim_id="R1", **cells)
    add_like_first(raw, "claims", claim_id="R2", **cells)
    run = Run(raw)
    assert run.rules("claims") == {"discharged_before_admitted:claims": 1}
    rules = ("reversal_of_unknown_claim:claims", "reversed_twice:claims")
    assert run.warnings("claims") == dict.fromkeys(rules, 2)


def test_a_warning_is_counted_for_rows_that_stay_and_named_for_none_set_aside(raw):
    """A birth date that only warns: of a sound row, of a copied one, of one of unknown sex."""
    for number in ("P8", "P8", "P9"):
        sex = "F" if number == "P8" else "W"
        add_like_first(raw, "patients", patient_id=number, birth_date="?", sex=sex)
    run = Run(raw, rules={"type:patients.birth_date": "warn"})
    assert run.warnings("patients") == {"type:patients.birth_date": 1}
    assert [row["rules"] for row in run.refused("patients")] == [
        ["duplicate_row:patients"],
        ["value:patients.sex"],
    ]
