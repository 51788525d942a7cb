# ruff: noqa: E501 (tables are drawn as wide as they are)
"""What ingest accepts, sets aside, warns of and refuses, on a fund small enough to read."""

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fraudml.claims.accepted import Claims
from fraudml.claims.checks import ROW_CHECKS
from fraudml.claims.schema import CONTRACT, TABLES
from fraudml.claims.set_checks import PLACE, SET_CHECKS
from fraudml.engine import open_engine
from fraudml.errors import ContractError, EngineError, StateError
from ingest_fund import ENGINE, FUND, KEY, ROWS, Run, add, add_like_first, change, csv_of, fund


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """The whole fund."""
    return fund(tmp_path, *FUND)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """The fund's claims and what they cannot do without."""
    return fund(tmp_path, "providers", "patients", "claims")


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return Run(fund(tmp_path_factory.mktemp("sound"), *FUND))


def test_a_sound_fund_is_accepted_whole_and_without_a_warning(sound):
    assert sound.report["quarantined_rows"] == 0
    assert sound.report["rows_in"] == sound.report["accepted"] == ROWS
    assert all(entry["warnings"] == {} for entry in sound.report["tables"].values())
    assert sound.report["absent_tables"] == []
    assert "beds" in sound.report["tables"]["providers"]["absent_columns"]


def test_accepted_claims_have_canonical_names_types_and_values(sound):
    schema = pq.read_schema(sound.files("claims")[0])
    assert list(schema.names) == [*PLACE, *(c.canonical for c in CONTRACT["claims"].columns)]
    assert schema.field("total_amount_fen").type == pa.int64()
    assert schema.field("admitted_on").type == pa.date32()
    assert schema.field("started_at").type == pa.timestamp("us")
    assert schema.field("drg_weight").type == pa.float64()
    assert schema.field("procedure_codes").type.value_type == pa.string()
    first, second = sound.rows("claims")
    assert (first["total_amount_fen"], first["patient_amount_fen"]) == (10050, 2050)
    assert first["secondary_diagnoses"] == ["E11.9", "I10"]
    assert first["diagnosis_system"] == "ICD-10"
    assert (first["referral_filed"], second["referral_filed"]) == (True, None)
    assert second["secondary_diagnoses"] is None
    assert second["practitioner_id"] is None


def test_every_table_of_the_contract_is_written_with_all_its_columns(sound):
    for name in FUND:
        names = pq.read_schema(sound.files(name)[0]).names
        assert names == [*PLACE, *(c.canonical for c in CONTRACT[name].columns)]


def test_people_are_pseudonyms_in_every_table_and_institutions_are_not(sound):
    patient, doctor = KEY.pseudonym("patient", "P2"), KEY.pseudonym("practitioner", "D1")
    operator = KEY.pseudonym("operator", "OP1")
    assert {r["patient_id"] for r in sound.rows("patients")} == {
        KEY.pseudonym("patient", "P1"),
        patient,
    }
    assert sound.rows("claims")[1]["patient_id"] == patient
    assert sound.rows("claim_lines")[0]["practitioner_id"] == doctor
    assert sound.rows("tips")[0]["target_id"] == patient
    assert [r["target_id"] for r in sound.rows("inspections")] == ["H1", doctor]
    assert sound.rows("providers")[0]["operator_id"] == operator
    assert sound.rows("inspectors")[0]["recused_from"] == ["H1", operator]
    assert sound.rows("inspectors")[0]["inspector_id"] == KEY.pseudonym("inspector", "N1")


# One row more in its table, like the first one but for these cells, and the rule it breaks.
BROKEN_ROWS = [
    ("claims", {"claim_id": "X1", "total_amount": "100.555"}, "decimals:claims.total_amount"),
    ("claims", {"claim_id": "X2", "total_amount": "a lot"}, "type:claims.total_amount"),
    ("claims", {"claim_id": "X3", "total_amount": "1e3"}, "type:claims.total_amount"),
    ("claims", {"claim_id": "X4", "total_amount": ""}, "missing:claims.total_amount"),
    ("claims", {"claim_id": "X5", "admitted_on": "2023-02-30"}, "type:claims.admitted_on"),
    ("claims", {"claim_id": "X6", "admitted_on": "01/01/2024"}, "type:claims.admitted_on"),
    ("claims", {"claim_id": "X7", "admitted_on": "2024-1-1"}, "type:claims.admitted_on"),
    ("claims", {"claim_id": "X8", "settled_on": ""}, "missing:claims.settled_on"),
    ("claims", {"claim_id": "X9", "visit_kind": "ward"}, "value:claims.visit_kind"),
    ("claims", {"claim_id": "X10", "visit_kind": "Inpatient"}, "value:claims.visit_kind"),
    ("claims", {"claim_id": "X11", "referral_filed": "perhaps"}, "type:claims.referral_filed"),
    ("claims", {"claim_id": ""}, "missing:claims.claim_id"),
    ("claims", {"claim_id": "X12", "patient_id": ""}, "missing:claims.patient_id"),
    ("claims", {"claim_id": "X13", "patient_id": "P9"}, "unknown:claims.patient_id"),
    ("claims", {"claim_id": "X14", "provider_id": "H9"}, "unknown:claims.provider_id"),
    (
        "claims",
        {"claim_id": "X15", "discharged_on": "2023-12-31"},
        "discharged_before_admitted:claims",
    ),
    ("claims", {"claim_id": "X16", "account_amount": "1_000"}, "type:claims.account_amount"),
    ("claim_lines", {"line_no": "11", "quantity": "two"}, "type:claim_lines.quantity"),
    ("claim_lines", {"line_no": "12", "quantity": "inf"}, "type:claim_lines.quantity"),
    ("claim_lines", {"line_no": "13", "quantity": "1e999"}, "type:claim_lines.quantity"),
    ("claim_lines", {"line_no": "1.5"}, "type:claim_lines.line_no"),
    ("claim_lines", {"claim_id": "C9"}, "unknown:claim_lines.claim_id"),
    ("claim_lines", {"line_no": "14", "served_at": "2024-01-02"}, "type:claim_lines.served_at"),
    (
        "claim_lines",
        {"line_no": "15", "served_at": "2024-01-02 25:30:00"},
        "type:claim_lines.served_at",
    ),
    (
        "claim_lines",
        {"line_no": "16", "served_at": "2024-01-02T09:30:00"},
        "type:claim_lines.served_at",
    ),
    (
        "claim_lines",
        {"line_no": "17", "served_at": "2024-01-02 09:30:00+08"},
        "type:claim_lines.served_at",
    ),
    ("providers", {"provider_id": "H8", "kind": "barber"}, "value:providers.kind"),
    ("providers", {"provider_id": "H7", "level": "4"}, "value:providers.level"),
    ("providers", {"provider_id": "H6", "region_code": ""}, None),
    ("patients", {"patient_id": "P8", "sex": "W"}, "value:patients.sex"),
    ("patients", {"patient_id": "P7", "birth_date": "1950-02-29"}, "type:patients.birth_date"),
    ("practitioners", {"provider_id": "H9"}, "unknown:practitioners.provider_id"),
    ("items", {"item_code": "I9", "name": ""}, "missing:items.name"),
    ("items", {"item_code": "I8", "price_cap": "12.500"}, None),
    ("stock_moves", {"month": "2024-01-15"}, "first_day:stock_moves.month"),
    ("stock_moves", {"provider_id": "H9"}, "unknown:stock_moves.provider_id"),
    ("inspections", {"inspection_id": "X1", "chance": "1.5"}, "chance_outside_0_to_1:inspections"),
    ("inspections", {"inspection_id": "X2", "chance": "0"}, "chance_outside_0_to_1:inspections"),
    ("inspections", {"inspection_id": "X3", "result": "guilty"}, "value:inspections.result"),
    (
        "inspections",
        {"inspection_id": "X4", "target_id": "H9"},
        "unknown_inspected_provider:inspections",
    ),
    (
        "inspections",
        {"inspection_id": "X5", "target_grain": "ward"},
        "value:inspections.target_grain",
    ),
    ("findings", {"inspection_id": "V9"}, "unknown:findings.inspection_id"),
    ("findings", {"finding_no": "2", "typology": "T99"}, "value:findings.typology"),
    ("tips", {"tip_id": "W2", "received_on": ""}, "missing:tips.received_on"),
    (
        "budgets",
        {"month": "2024-02-01", "budget_amount": "1.005"},
        "decimals:budgets.budget_amount",
    ),
]


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, int], list[str]]:
    """The rules broken by each refused row of a fund with all the rows above; and the row numbers."""
    raw = fund(tmp_path_factory.mktemp("broken"), *FUND)
    for table, cells, _ in BROKEN_ROWS:
        add_like_first(raw, table, **cells)
    run = Run(raw)
    assert run.report["rows_in"] == ROWS + len(BROKEN_ROWS)
    return {(t, int(str(r["row_number"]))): r["rules"] for t in FUND for r in run.refused(t)}


def number_of(case: int) -> tuple[str, int]:
    table = BROKEN_ROWS[case][0]
    before = sum(1 for name, _, _ in BROKEN_ROWS[:case] if name == table)
    return table, len(csv_of(FUND[table]).splitlines()) + before


@pytest.mark.parametrize("case", range(len(BROKEN_ROWS)), ids=lambda n: f"{n}-{BROKEN_ROWS[n][2]}")
def test_a_row_that_breaks_the_contract_is_set_aside_under_the_rule_it_breaks(broken, case):
    rule = BROKEN_ROWS[case][2]
    assert broken.get(number_of(case)) == (None if rule is None else [rule])


def test_no_other_row_is_set_aside_with_them(broken):
    assert len(broken) == sum(1 for _, _, rule in BROKEN_ROWS if rule is not None)


def test_a_level_outside_0_to_3_sets_the_provider_aside_and_its_rows_follow(raw):
    change(raw, "providers", "clinic,1", "clinic,4")
    run = Run(raw)
    assert run.rules("providers") == {"value:providers.level": 1}
    assert run.rules("claims") == {"parent_quarantined": 1}
    assert run.rules("claim_lines") == {"parent_quarantined": 1}


def test_a_row_that_breaks_several_rules_names_them_all_and_counts_once(small):
    change(small, "claims", "inpatient,2024-01-01", "ward,yesterday")
    run = Run(small)
    [row] = run.refused("claims")
    assert row["rules"] == ["type:claims.admitted_on", "value:claims.visit_kind"]
    assert run.report["tables"]["claims"]["quarantined_rows"] == 1


def test_lines_and_findings_follow_a_parent_that_was_set_aside(raw):
    change(raw, "claims", "100.5", "?")
    change(raw, "inspections", "special,random", "special,whim")
    run = Run(raw)
    assert run.rules("claim_lines") == {"parent_quarantined": 2}
    assert run.rules("findings") == {"parent_quarantined": 1}
    assert [r["line_no"] for r in run.rows("claim_lines")] == [1]


def test_of_equal_rows_the_first_stays_and_each_further_one_is_set_aside(raw):
    row = csv_of(FUND["claim_lines"]).splitlines()[1]
    add(raw, "claim_lines", row)
    add(raw, "claim_lines", row)
    run = Run(raw)
    assert run.rules("claim_lines") == {"duplicate_row:claim_lines": 2}
    assert [r["row_number"] for r in run.refused("claim_lines")] == [4, 5]
    assert len(run.rows("claim_lines")) == 3


def test_rows_that_disagree_under_one_key_are_all_set_aside(raw):
    add(raw, "claim_lines", "C2,1,I1,2024-02-01 10:00:00,2.5,2.80,8.00,,")
    run = Run(raw)
    assert run.rules("claim_lines") == {"duplicate_key:claim_lines": 2}
    assert [(r["row_number"]) for r in run.refused("claim_lines")] == [3, 4]


def test_a_person_set_aside_is_hashed_in_the_quarantine_too(small):
    change(small, "claims", "100.5", "?")
    run = Run(small)
    [row] = run.refused("claims")
    assert f"patient_id={KEY.pseudonym('patient', 'P1')}" in row["detail"]
    assert "practitioner_id=D1" not in row["detail"]
    assert "total_amount=?" in row["detail"]
    assert (row["source_file"], row["row_number"]) == ("claims.csv", 1)


def test_a_target_of_no_known_grain_is_hashed_all_the_same(raw):
    change(raw, "tips", "patient,P2", "person,33010119600101123X")
    run = Run(raw)
    [row] = run.refused("tips")
    assert "33010119600101123X" not in row["detail"]
    assert KEY.pseudonym("unknown", "33010119600101123X") in row["detail"]


def test_a_row_with_too_few_or_too_many_fields_is_kept_by_place_and_hash_alone(small):
    lines = csv_of(FUND["claims"]).splitlines()
    text = "\n".join([lines[0], "C8,secret", lines[1], lines[2] + ",x,y", "C9,secret"]) + "\n"
    (small / "claims.csv").write_text(text, encoding="utf-8")
    run = Run(small)
    assert run.report["tables"]["claims"]["rows_in"] == 4
    assert run.rules("claims") == {"fields:claims": 3}
    refused = run.refused("claims")
    assert [r["row_number"] for r in refused] == [1, 3, 4]
    offsets = [text.index("C8,secret"), text.index(lines[2]), text.index("C9,secret")]
    assert [r["detail"].split(":")[0] for r in refused] == [f"byte offset {o}" for o in offsets]
    assert "secret" not in json.dumps(refused)
    assert refused[0]["row_hash"] == KEY.digest("row\0C8,secret")


def test_row_numbers_stay_right_across_many_batches_and_unreadable_rows(small, monkeypatch):
    monkeypatch.setattr("fraudml.claims.csv_text._BLOCK", 256)
    rows = [
        f"X{n}" if n % 7 == 0 else f"X{n},,F,,x" if n % 11 == 0 else f"X{n},,F,,"
        for n in range(500)
    ]
    (small / "patients.csv").write_text(
        "patient_id,birth_date,sex,scheme,died_on\nP1,,,,\nP2,,,,\n" + "\n".join(rows) + "\n"
    )
    run = Run(small)
    numbers = {r["row_number"]: r["rules"][0].split(":")[0] for r in run.refused("patients")}
    expected = {
        n + 3: "fields" if n % 7 == 0 else "type" for n in range(500) if n % 7 == 0 or n % 11 == 0
    }
    assert numbers == expected


def test_blanks_around_a_cell_do_not_make_another_person(small):
    change(small, "claims", "C2,P2", " C2 , P2 ")
    assert Run(small).rules("claims") == {}


def test_files_that_a_name_keeps_from_being_read_are_told(small):
    assert Run(small).report["passed_over"] == []
    for name in ("_providers.csv", "claims/_old/1.csv.gz", "claims/_2024.parquet"):
        (small / name).parent.mkdir(exist_ok=True, parents=True)
        (small / name).write_text("x")
    (small / "claims.csv").rename(small / "claims" / "1.csv")
    for name in ("_SUCCESS", ".claims.csv.swp", "._claims.csv", "claims/.old.csv"):
        (small / name).write_text("x")
    assert Run(small).report["passed_over"] == [
        "_providers.csv", "claims/_2024.parquet", "claims/_old/1.csv.gz",
    ]  # fmt: skip


def test_ids_keep_their_leading_zeros(raw):
    for name in (
        "providers",
        "claims",
        "stock_moves",
        "inspections",
        "inspectors",
        "trace_events",
        "contract_periods",
    ):
        path = raw / f"{name}.csv"
        path.write_text(path.read_text().replace("H1", "007"), encoding="utf-8")
    change(raw, "practitioners", "H1", "007")
    run = Run(raw)
    assert run.rows("claims")[0]["provider_id"] == "007"
    assert run.report["quarantined_rows"] == 0


# One row more in its table, like the first one but for these cells, and what is said of it.
SUSPICIOUS_ROWS = [
    ("claims", {"claim_id": "X1", "total_amount": "101"}, "total_is_not_fund_plus_patient"),
    ("claims", {"claim_id": "X2", "account_amount": "21"}, "account_above_patient_amount"),
    ("claims", {"claim_id": "X3", "settled_on": "2024-01-02"}, "settled_before_discharge"),
    (
        "claims",
        {"claim_id": "X4", "total_amount": "-7", "fund_amount": "-2", "patient_amount": "-5"},
        "negative_without_reversal",
    ),
    ("claims", {"claim_id": "X6", "practitioner_id": "D9"}, "unknown_practitioner"),
    ("claims", {"claim_id": "X7", "patient_id": "P3"}, "service_after_death"),
    ("claims", {"claim_id": "X8", "provider_id": "H3", "practitioner_id": ""}, "service_outside_contract"),
    ("claims", {"claim_id": "X9", "patient_id": "P5"}, "service_before_birth"),
    ("claims", {"claim_id": "X10", "drg_code": "ZZ9"}, "unknown_drg"),
    ("claims", {"claim_id": "X11", "started_at": "2024-01-05 08:00:00"}, "started_outside_visit"),
    ("claims", {"claim_id": "X12", "provider_id": "H4", "practitioner_id": ""}, "service_while_suspended"),
    ("claims", {"claim_id": "X13", "practitioner_id": "D2"}, "practitioner_not_registered_then"),
    ("claim_lines", {"line_no": "11", "amount": "3.50"}, "amount_is_not_quantity_times_price"),
    ("claim_lines", {"line_no": "12", "served_at": "2024-01-09 08:00:00"}, "served_outside_stay"),
    ("claim_lines", {"line_no": "13", "item_code": "I9"}, "unknown_item"),
    ("claim_lines", {"line_no": "14", "item_code": "I3"}, "sex_conflict"),
    ("claim_lines", {"line_no": "15", "item_code": "I4"}, "age_conflict"),
    ("claim_lines", {"line_no": "16", "item_code": "I5"}, "item_not_valid_then"),
    ("claim_lines", {"line_no": "17", "fund_amount": "4"}, "fund_above_amount"),
    ("patients", {"patient_id": "P4", "died_on": "1940-01-01"}, "died_before_birth"),
    (
        "patients",
        {"patient_id": "P6", "died_on": "2025-01-02", "known_on": "2025-01-01"},
        "death_known_before_it_happened",
    ),
    ("providers", {"provider_id": "H5", "contracted_to": "2019-01-01"},
     "contract_ends_before_it_begins"),
    ("practitioners", {"practitioner_id": "D3", "registered_to": "2019-01-01"},
     "registration_ends_before_it_begins"),
    ("practitioners", {"registered_from": "2021-01-01"}, "overlapping_registrations"),
    ("items", {"item_code": "I6", "valid_to": "2019-01-01"}, "valid_to_before_valid_from"),
    ("items", {"item_code": "I7", "valid_from": "2021-06-01"}, "overlapping_validity"),
    ("items", {"item_code": "I8", "age_min": "9", "age_max": "8"}, "age_limits_crossed"),
    ("drg_groups", {"drg_code": "B1", "valid_to": "2019-01-01"}, "valid_to_before_valid_from"),
    ("drg_groups", {"valid_from": "2021-06-01"}, "overlapping_validity"),
    ("stock_moves", {"item_code": "I2", "returned": "-1"}, "negative_stock"),
    ("stock_moves", {"month": "2024-02-01", "opening": "14"}, "opening_is_not_last_closing"),
    ("leave_passes", {"left_at": "2024-01-02 12:00:00", "back_at": "2024-01-02 10:00:00"},
     "back_before_leaving"),
    ("leave_passes", {"left_at": "2024-01-02 13:00:00", "back_at": "2024-01-05 10:00:00"},
     "leave_outside_stay"),
    ("enrolments", {"patient_id": "P2", "enrolled_to": "2019-01-01"},
     "enrolment_ends_before_it_begins"),
    ("enrolments", {"scheme": "employee", "enrolled_from": "2022-01-01"},
     "overlapping_enrolments"),
    ("contract_periods", {"provider_id": "H2", "suspended_to": "2022-01-01"},
     "suspension_ends_before_it_begins"),
    ("contract_periods", {"suspended_from": "2023-06-15"}, "overlapping_suspensions"),
    ("inspections", {"inspection_id": "X1", "closed_on": "2024-02-01"}, "closed_before_visited"),
    (
        "inspections",
        {"inspection_id": "X2", "target_grain": "patient", "target_id": "P9"},
        "unknown_target",
    ),
    (
        "inspections",
        {"inspection_id": "X3", "covers_from": "2024-02-01", "covers_to": "2024-01-01"},
        "covers_backwards",
    ),
    (
        "inspections",
        {"inspection_id": "X4", "amount_recovered": "1001"},
        "recovered_above_confirmed",
    ),
    (
        "findings",
        {"finding_no": "2", "amount_confirmed": "1", "amount_recovered": "2"},
        "recovered_above_confirmed",
    ),
    ("tips", {"tip_id": "W2", "target_grain": "provider", "target_id": "H9"}, "unknown_target"),
    ("budgets", {"month": "2024-02-01", "budget_amount": "-1"}, "negative_budget"),
    ("items", {"item_code": "I99", "price_cap": "-0.01"}, "negative_number"),
    ("drg_groups", {"drg_code": "B2", "usual_days": "-6"}, "negative_number"),
    ("inspections", {"inspection_id": "X5", "amount_confirmed": "-1", "amount_recovered": "-2"},
     "negative_number"),
    ("inspections", {"inspection_id": "X6", "closed_on": ""}, "result_without_closing"),
    ("findings", {"finding_no": "3", "amount_confirmed": "-1", "amount_recovered": ""},
     "negative_number"),
    ("inspectors", {"inspector_id": "N2", "days_available": "-5"}, "negative_number"),
]  # fmt: skip


def test_a_suspicious_row_stays_and_is_counted_under_what_is_said_of_it(raw):
    add_like_first(raw, "patients", patient_id="P3", died_on="2023-12-31")
    add_like_first(raw, "patients", patient_id="P5", birth_date="2024-01-02")
    add_like_first(raw, "providers", provider_id="H3", contracted_to="2023-12-31")
    add_like_first(raw, "providers", provider_id="H4")
    add_like_first(raw, "contract_periods", provider_id="H4", suspended_to="2024-01-01")
    add_like_first(raw, "practitioners", practitioner_id="D2", provider_id="H2")
    add_like_first(raw, "items", item_code="I3", sex_limit="M")
    add_like_first(raw, "items", item_code="I4", age_max="5")
    add_like_first(raw, "items", item_code="I5", valid_from="2024-01-02")
    add_like_first(raw, "items", item_code="I7", valid_to="2021-12-31")
    for table, cells, _ in SUSPICIOUS_ROWS:
        add_like_first(raw, table, **cells)
    run = Run(raw)
    assert run.report["quarantined_rows"] == 0
    found = {(t, said): n for t in FUND for said, n in run.warnings(t).items()}
    expected = {(t, f"{said}:{t}"): 1 for t, _, said in SUSPICIOUS_ROWS}
    # further lines of C1 no longer add up to its total; H4, D2 and P5 bring no other warning
    assert found == expected | {("claims", "lines_do_not_add_up:claims"): 1}


def test_a_house_with_fewer_than_no_beds_stays_and_is_counted(raw):
    change(raw, "providers", "operator_id\n", "operator_id,beds\n")
    change(raw, "providers", "OP1\n", "OP1,-3\n")
    change(raw, "providers", "330200,,,\n", "330200,,,,20\n")
    run = Run(raw)
    assert run.report["quarantined_rows"] == 0
    assert run.warnings("providers") == NEGATIVE_BEDS


NEGATIVE_BEDS = {"negative_number:providers": 1}
# One row more among the claims, like the second one but for these cells.
C1 = {"patient_id": "P1", "provider_id": "H1", "settled_on": "2024-03-01", "reverses_claim_id": "C1",
      "total_amount": "-100.50", "fund_amount": "-80", "patient_amount": "-20.50",
      "account_amount": "", "practitioner_id": ""}  # fmt: skip
REVERSALS = [
    ({}, None),
    ({"reverses_claim_id": "C7"}, "reversal_of_unknown_claim"),
    ({"patient_id": "P2"}, "reversal_of_another_visit"),
    ({"settled_on": "2024-01-03"}, "reversal_before_its_claim"),
    ({"total_amount": "-100.40", "fund_amount": "-79.90"}, "reversal_of_another_amount"),
    ({"total_amount": "100.50", "fund_amount": "80", "patient_amount": "20.50"},
     "positive_reversal"),
]  # fmt: skip


@pytest.mark.parametrize(("cells", "said"), REVERSALS, ids=lambda v: str(v)[:40])
def test_a_reversal_stays_beside_its_claim_and_is_warned_of_where_they_do_not_match(
    raw, cells, said
):
    add_like_first(raw, "claims", claim_id="R1", **(C1 | cells))
    run = Run(raw)
    assert len(run.rows("claims")) == 3
    extra = {"reversal_of_another_amount"} if said == "positive_reversal" else set()
    names = {f"{name}:claims" for name in extra | ({said} if said else set())}
    assert run.warnings("claims") == dict.fromkeys(names, 1)


def test_a_claim_reversed_twice_and_a_reversed_reversal_are_warned_of(raw):
    for number in ("R1", "R2"):
        add_like_first(raw, "claims", claim_id=number, **C1)
    add_like_first(raw, "claims", claim_id="R3", **(C1 | {"reverses_claim_id": "R2"}))
    found = Run(raw).warnings("claims")
    assert found["reversed_twice:claims"] == 2
    assert found["reversal_of_reversal:claims"] == 1


def test_the_reversed_claims_are_netted_from_the_first_reversal_on(raw):
    add_like_first(raw, "claims", claim_id="R2", **(C1 | {"settled_on": "2024-05-01"}))
    add_like_first(raw, "claims", claim_id="R1", **C1)
    run = Run(raw)
    [row] = pq.read_table(run.claims / "reversed_claims.parquet").to_pylist()
    assert (row["claim_id"], str(row["reversed_on"])) == ("C1", "2024-03-01")


def test_every_rule_of_the_contract_has_a_check_and_a_case_here():
    listed = {(t.name, rule.name) for t in TABLES for rule in t.rules}
    assert {(c.table, c.rule) for c in (*ROW_CHECKS, *SET_CHECKS)} == listed
    covered = {(t, said) for t, _, said in SUSPICIOUS_ROWS}
    covered |= {(t, rule.split(":")[0]) for t, _, rule in BROKEN_ROWS if rule}
    covered |= {("claims", said) for _, said in REVERSALS if said}
    covered |= {("providers", said.split(":")[0]) for said in NEGATIVE_BEDS}
    covered |= {("claims", name) for name in ("reversed_twice", "reversal_of_reversal",
                                              "lines_do_not_add_up")}  # fmt: skip
    assert listed <= covered


def no_claims(raw):
    (raw / "claims.csv").unlink()


def no_header(raw):
    (raw / "items.csv").write_text("\n\n")


def header_alone(raw):
    path = raw / "patients.csv"
    path.write_text(path.read_text().splitlines()[0] + "\n")


def truncated_gzip(raw):
    text = (raw / "claims.csv").read_bytes()
    (raw / "claims.csv").unlink()
    (raw / "claims.csv.gz").write_bytes(gzip.compress(text)[:-12])


def bad_parquet(raw):
    (raw / "items.csv").unlink()
    (raw / "items.parquet").write_bytes(b"PAR1 nothing else")


def empty_parquet(raw):
    (raw / "items.csv").unlink()
    (raw / "items.parquet").write_bytes(b"")


def floating_ids(raw):
    (raw / "patients.csv").unlink()
    pq.write_table(pa.table({"patient_id": [1.0, 2.0]}), raw / "patients.parquet")


def zoned_times(raw):
    (raw / "claim_lines.csv").unlink()
    when = pa.array([0], pa.timestamp("s", tz="UTC"))
    columns = {n: ["1"] for n in CONTRACT["claim_lines"].mandatory}
    pq.write_table(pa.table({**columns, "served_at": when}), raw / "claim_lines.parquet")


def two_sources(raw):
    pq.write_table(pa.table({"patient_id": ["P1"]}), raw / "patients.parquet")


def open_quote(raw):
    add(raw, "items", 'I3,2020-01-01,"never closed,drug,box,,,')
    add(raw, "items", "\n" * 10 + "x" * (9 << 20))


def rewrite(name, old, new):
    return lambda raw: change(raw, name, old, new)


def write(name, content):
    return lambda raw: (raw / name).write_bytes(content)


def remove(name):
    return lambda raw: (raw / name).unlink()


REFUSALS = [
    (no_claims, "the required table claims is missing"),
    (remove("providers.csv"), "the required table providers is missing"),
    (remove("inspections.csv"), "findings is there without inspections"),
    (rewrite("claims", "patient_id", "patientid"), "Rename 'patientid' to patient_id"),
    (rewrite("claims", "settled_on", "paid"), "claims.csv: the required column settled_on"),
    (rewrite("claims", "secondary_diagnoses", "surgeon"), "'surgeon' is unknown to the contract"),
    (rewrite("claims", "referral_filed", "account_amount"), "'account_amount' is there 2 times"),
    (rewrite("tips", "typology", "reporter"), "must tell nothing about the reporter"),
    (write("items.csv", b""), "items.csv: the file is empty"),
    (write("items.csv", b"item_code;valid_from\nI1;2020-01-01\n"), "with commas between"),
    (write("items.csv", "item_code".encode("utf-16")), "items.csv: this is UTF-16"),
    (write("items.csv", b"PK\x03\x04"), "an Excel workbook"),
    (write("claims.xlsx", b"PK"), "a table is NAME.csv, NAME.csv.gz, NAME.parquet"),
    (write("claim.csv", b"x\n1\n"), "claim.csv is no table of the contract"),
    (no_header, "items.csv: the first row holds no column names"),
    (header_alone, "patients: none of its 0 rows can be accepted"),
    (truncated_gzip, "claims.csv.gz: the gzip file is truncated"),
    (bad_parquet, "items.parquet: not a readable parquet file"),
    (empty_parquet, "items.parquet: not a readable parquet file"),
    (floating_ids, "the column patient_id is a number with decimals"),
    (zoned_times, "the column served_at is a time with a zone"),
    (two_sources, "patients.csv and patients.parquet both hold the table patients"),
    (open_quote, "items.csv: row 3 opens a quotation mark that is never closed"),
    (
        rewrite("claims", "C2,P2", "C2,3.30101E+17"),
        "claims.csv: 1 rows break rounded:claims.patient_id, first at row 2",
    ),
]


@pytest.mark.parametrize(("spoil", "says"), REFUSALS, ids=[says for _, says in REFUSALS])
def test_a_folder_that_rows_alone_cannot_mend_is_refused_in_one_line(raw, spoil, says):
    spoil(raw)
    with pytest.raises(ContractError) as refusal:
        Run(raw)
    assert says in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_missing_raw_folder_is_named_with_the_parameter_to_set(tmp_path):
    with pytest.raises(ContractError, match=r"nowhere is missing: set ingest\.raw"):
        Run(tmp_path / "nowhere")


def test_an_empty_folder_of_parts_is_refused(small):
    (small / "claims.csv").unlink()
    (small / "claims").mkdir()
    with pytest.raises(ContractError, match="claims/: the folder holds no parts"):
        Run(small)


def test_rows_that_do_not_add_up_stop_the_stage(small, monkeypatch):
    monkeypatch.setattr("fraudml.claims.accept.parquet_rows", lambda path: 5)
    with pytest.raises(EngineError, match="they must add up"):
        Run(small)


def test_an_unknown_column_may_be_dropped_but_never_from_tips(raw):
    change(raw, "claims", "secondary_diagnoses", "surgeon")
    run = Run(raw, unknown_columns="drop")
    assert run.report["tables"]["claims"]["dropped_columns"] == ["surgeon"]
    change(raw, "tips", "typology", "reporter")
    with pytest.raises(ContractError, match="'reporter' does not belong in tips"):
        Run(raw, unknown_columns="drop")


def test_notes_beside_the_tables_are_left_alone(small):
    (small / "README.md").write_text("about")
    (small / "adapter.json").write_text("{}")
    (small / ".gitignore").write_text("*")
    assert Run(small).report["quarantined_rows"] == 0


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize(
    ("encoding", "reported"),
    [("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8 with BOM"), ("gb18030", "GB18030")],
)
def test_utf8_with_or_without_bom_and_gb18030_give_the_same_items(
    small, encoding, reported, newline
):
    text = csv_of(FUND["items"]).replace("\n", newline)
    (small / "items.csv").write_bytes(text.encode(encoding))
    run = Run(small)
    assert run.report["tables"]["items"]["encodings"] == {"items.csv": reported}
    assert [r["name"] for r in run.rows("items")] == ["阿莫西林", "宫腔镜检查"]


def test_a_row_with_bytes_of_no_encoding_is_set_aside_and_the_others_stay(small):
    text = csv_of(FUND["items"]).encode()
    (small / "items.csv").write_bytes(text + b"I3,2020-01-01,,bad \xff\xff,drug,box,,,,,\n")
    run = Run(small)
    assert run.rules("items") == {"encoding:items": 1}
    assert run.report["tables"]["items"]["encodings"] == {"items.csv": "UTF-8 with misfits"}
    assert len(run.rows("items")) == 2


def test_parts_of_a_folder_may_be_csv_gzip_and_parquet_with_different_columns(small):
    (small / "patients.csv").unlink()
    parts = small / "patients"
    parts.mkdir()
    (parts / "a.csv").write_text("patient_id,sex\nP1,F\n")
    (parts / "b.csv.gz").write_bytes(gzip.compress(b"sex,patient_id\nM,P2\n"))
    born = pa.array([0], pa.timestamp("ns"))
    pq.write_table(pa.table({"patient_id": ["P3"], "birth_date": born}), parts / "c.parquet")
    run = Run(small)
    rows = {r["patient_id"]: (r["sex"], str(r["birth_date"])) for r in run.rows("patients")}
    assert rows == {
        KEY.pseudonym("patient", "P1"): ("F", "None"),
        KEY.pseudonym("patient", "P2"): ("M", "None"),
        KEY.pseudonym("patient", "P3"): (None, "1970-01-01"),
    }
    assert list(run.report["tables"]["patients"]["encodings"]) == [
        "patients/a.csv",
        "patients/b.csv.gz",
        "patients/c.parquet",
    ]


def test_typed_parquet_gives_the_same_rows_as_the_csv_it_was_made_from(small):
    before = pq.read_table(Run(small).files("claims")[0])
    (small / "claims.csv").unlink()
    accepted = before
    dates = [accepted[n].cast(pa.timestamp("us")) for n in ("admitted_on", "discharged_on")]
    money = [pa.array(v, pa.float64()) for v in ([100.5, 7.0], [80.0, 5.0], [20.5, 2.0])]
    table = pa.table(
        {
            "claim_id": pa.array(["C1", "C2"]).dictionary_encode(),
            "patient_id": ["P1", "P2"],
            "provider_id": ["H1", "H2"],
            "practitioner_id": ["D1", None],
            "visit_kind": accepted["visit_kind"],
            "admitted_on": dates[0],
            "discharged_on": dates[1],
            "settled_on": accepted["settled_on"],
            "secondary_diagnoses": accepted["secondary_diagnoses"],
            "referral_filed": accepted["referral_filed"],
            "total_amount": money[0],
            "fund_amount": money[1],
            "patient_amount": money[2],
            "account_amount": pa.array([5, None], pa.int32()),
            "drg_code": ["A1", None],
        }
    )
    pq.write_table(table, small / "claims.parquet")
    after = pq.read_table(Run(small).files("claims")[0])
    assert after.drop("source_file").to_pylist() == before.drop("source_file").to_pylist()


@pytest.mark.slow
def test_the_bytes_do_not_depend_on_the_number_of_threads(raw):
    many = "".join(f"X{n},1950-01-{n % 33:02d},F,resident,,\n" for n in range(20_000))
    add(raw, "patients", many.strip())
    one, two = Run(raw, threads=1), Run(raw, threads=2)
    for folder, other in ((one.claims, two.claims), (one.aside, two.aside)):
        names = sorted(p.relative_to(folder) for p in folder.rglob("*.*"))
        assert names == sorted(p.relative_to(other) for p in other.rglob("*.*"))
        for name in names:
            assert (folder / name).read_bytes() == (other / name).read_bytes(), name
    assert one.rules("patients")["type:patients.birth_date"] > 0


def test_the_manifest_says_which_columns_were_assessed(raw):
    (raw / "drg_groups.csv").unlink()
    sound = Run(raw)
    with open_engine(ENGINE) as engine:
        claims = Claims(engine, sound.claims)
        assert claims.has("tips") and not claims.has("drg_groups")
        assert claims.assessed("claims.total_amount", "claims.total_amount_fen")
        assert claims.missing(("claims.drg_weight", "patients.died_on", "claims.claim_id")) == (
            "claims.drg_weight",
            "patients.died_on",
        )
        assert not claims.assessed("claims.diagnosis_system")
        assert claims.rows_in("claims") == 2 and claims.rows_in("drg_groups") == 0
        assert claims.table("claims").count().execute() == 2
        with pytest.raises(StateError, match="drg_groups is not among the accepted tables"):
            claims.table("drg_groups")
        with pytest.raises(KeyError):
            claims.assessed("claims.totall")
    assert claims.manifest["key_fingerprint"] == KEY.fingerprint()
