# ruff: noqa: S608  (our own questions about our own files)
"""The raw folder of a small fund follows the data contract to the letter."""

import os
import subprocess
import sys
from datetime import date

import pytest
from worlds_fund import DRAWN, TABLES, columns, one, opened, rows, simulate

from fraudml.artifacts import digest
from fraudml.claims.schema import CONTRACT
from fraudml.params import SimulateParams

SMALL = SimulateParams(
    seed=7, providers=40, patients=2000, months=24, lines=40_000, until=date(2025, 12, 31), **DRAWN
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fund")
    simulate(folder, SMALL)
    return folder


@pytest.fixture(scope="module")
def fund(folder):
    return opened(folder)


@pytest.mark.parametrize("name", TABLES)
def test_no_table_has_a_column_the_contract_does_not_know(fund, name):
    written = set(columns(fund, name))
    contract = CONTRACT[name]

    assert written <= {c.name for c in contract.columns}
    assert set(contract.mandatory) <= written


@pytest.mark.parametrize("name", TABLES)
def test_keys_are_unique_and_never_null(fund, name):
    keys = ", ".join(CONTRACT[name].key)
    height = one(fund, f"select count(*) from {name}")
    whole = " and ".join(f"{k} is not null" for k in CONTRACT[name].key)

    assert height > 0 or name == "leave_passes"
    assert (
        one(fund, f"select count(*) from (select distinct {keys} from {name} where {whole})")
        == height
    )


@pytest.mark.parametrize(
    ("table", "column", "other", "key"),
    [
        ("claims", "patient_id", "patients", "patient_id"),
        ("claims", "provider_id", "providers", "provider_id"),
        ("claims", "practitioner_id", "practitioners", "practitioner_id"),
        ("claims", "drg_code", "drg_groups", "drg_code"),
        ("claims", "reverses_claim_id", "claims", "claim_id"),
        ("claim_lines", "claim_id", "claims", "claim_id"),
        ("claim_lines", "item_code", "items", "item_code"),
        ("practitioners", "provider_id", "providers", "provider_id"),
        ("stock_moves", "provider_id", "providers", "provider_id"),
        ("stock_moves", "item_code", "items", "item_code"),
        ("key_claims", "claim_id", "claims", "claim_id"),
    ],
)
def test_every_reference_holds(fund, table, column, other, key):
    given = f"select distinct {column} id from {table} where {column} is not null"

    assert (
        one(fund, f"select count(*) from ({given}) where id not in (select {key} from {other})")
        == 0
    )
    assert one(fund, f"select count(*) from ({given})") > 0


@pytest.mark.parametrize(
    "table", ["claims", "providers", "items", "patients", "inspections", "tips"]
)
def test_coded_columns_hold_the_contracts_words_only(fund, table):
    for column in CONTRACT[table].columns:
        if column.values and column.name in columns(fund, table):
            used = {row[0] for row in rows(fund, f"select distinct {column.name} from {table}")}
            assert used - {None} <= set(column.values), column.name


def test_every_claim_is_the_sum_of_its_lines_and_of_its_payers(fund):
    sums = (
        """select claim_id, sum(amount) total, sum(fund_amount) fund from claim_lines group by 1"""
    )

    assert (
        one(
            fund,
            f"""select count(*) from claims left join ({sums}) s using (claim_id)
        where claim_id not in (select claim_id from key_claims where typology = 'T25')
        and (total is distinct from total_amount or s.fund is distinct from claims.fund_amount
        or total_amount <> claims.fund_amount + patient_amount
        or abs(account_amount) > abs(patient_amount))""",
        )
        == 0
    )


def test_every_line_is_its_quantity_times_its_price(fund):
    assert (
        one(fund, "select count(*) from claim_lines where quantity::int * unit_price <> amount")
        == 0
    )


def test_dates_follow_one_another_and_end_with_the_window(fund):
    assert (
        one(
            fund,
            """select count(*) from claims where admitted_on > discharged_on
        or settled_on < discharged_on or settled_on > date '2025-12-31'
        or admitted_on < date '2024-01-01'""",
        )
        == 0
    )
    assert (
        one(
            fund,
            """select count(*) from claim_lines join claims using (claim_id)
        where served_at::date not between admitted_on and discharged_on""",
        )
        == 0
    )


def test_nothing_is_billed_before_or_after_a_contract_or_after_a_death(fund):
    assert (
        one(
            fund,
            """select count(*) from claims join providers using (provider_id) where
        (admitted_on < contracted_from::date or discharged_on > contracted_to::date)
        and claim_id not in (select claim_id from key_artefacts)""",
        )
        == 0
    )
    assert (
        one(
            fund,
            """select count(*) from claims join patients using (patient_id)
        where admitted_on > died_on::date and claim_id not in (select claim_id from key_artefacts
        union all select claim_id from key_claims)""",
        )
        == 0
    )


def test_nobody_is_billed_before_birth(fund):
    early = """select count(*) from claims join patients using (patient_id)
        where admitted_on < birth_date::date"""

    assert one(fund, early) == 0
    assert one(fund, "select count(*) from patients where birth_date::date > '2024-02-01'") > 0


def test_no_line_is_beyond_the_limits_of_its_item(fund):
    lines = """claim_lines l join claims c using (claim_id) join patients using (patient_id)
        join providers using (provider_id) join (select distinct on (item_code) * from items) i
        using (item_code)"""
    years = "date_diff('year', birth_date::date, served_at::date)"
    # a birthday later in the year makes a person one year younger than the difference of years
    age = f"""{years} - (strftime(served_at::date, '%m%d')
        < strftime(birth_date::date, '%m%d'))::int"""
    for limit, beyond in {
        "sex_limit": "sex <> sex_limit",
        "age_max": f"{age} not between coalesce(age_min::int, 0) and age_max::int",
        "level_min": "level::int < level_min::int",
        "diagnosis_limit": "diagnosis_code is not null and "
        "not regexp_matches(diagnosis_code, '^(' || diagnosis_limit || ')')",
        "max_daily_quantity": "quantity > max_daily_quantity::int and provider_id not in "
        "(select entity_id from key_lookalikes where lookalike = 'unit_conversion') "
        "and claim_id not in (select claim_id from key_claims) "
        "and claim_id not in (select claim_id from key_artefacts where claim_id is not null)",
    }.items():
        planted = """claim_id not in (select claim_id from key_claims union all
            select claim_id from key_artefacts where claim_id is not null)"""
        limited = f"{limit} is not null"
        assert one(fund, f"select count(*) from {lines} where {limited} and {planted}") > 10
        assert (
            one(fund, f"select count(*) from {lines} where {limited} and {planted} and {beyond}")
            == 0
        ), limit


def test_a_reversal_is_the_negative_of_an_earlier_settlement(fund):
    assert one(fund, "select count(*) from claims where reverses_claim_id is not null") > 20
    assert (
        one(
            fund,
            """select count(*) from claims r join claims c on r.reverses_claim_id = c.claim_id
        where r.total_amount <> -c.total_amount or r.fund_amount <> -c.fund_amount
        or r.settled_on <= c.settled_on or c.reverses_claim_id is not null""",
        )
        == 0
    )
    assert (
        one(
            fund,
            """select count(*) from claims where total_amount < 0 and reverses_claim_id is null
            and claim_id not in (select claim_id from key_artefacts)""",
        )
        == 0
    )


def test_item_periods_of_one_code_never_overlap(fund):
    assert one(fund, "select count(*) from items where valid_to is not null") > 0
    assert (
        one(
            fund,
            """select count(*) from items a join items b using (item_code)
        where a.valid_from < b.valid_from
        and coalesce(a.valid_to, '9999-12-31') >= b.valid_from""",
        )
        == 0
    )


def test_nobody_honest_has_an_organ_out_twice_or_gives_birth_twice_in_two_years(fund):
    honest = """(select distinct patient_id, admitted_on, left(drg_code, 3) adrg from claims
        where left(drg_code, 3) in ('GC2', 'NC1', 'OR1') and total_amount > 0 and claim_id not in
        (select claim_id from key_claims union all select claim_id from key_artefacts))"""
    again = f"select count(*) from (select 1 from {honest} group by patient_id, adrg having {{}})"

    assert one(fund, again.format("count(*) = 1")) > 10
    assert one(fund, again.format("count(*) > 1")) == 0


def test_every_operation_of_a_group_has_one_code_of_its_own(fund):
    coded = "select distinct left(drg_code, 3) adrg, procedure_codes code from claims"
    pairs = rows(fund, f"{coded} where procedure_codes is not null")

    assert ("GC2", "51.23") in pairs
    assert len({adrg for adrg, _ in pairs}) == len({code for _, code in pairs}) == len(pairs)


def test_stock_of_each_row_is_of_a_first_of_month(fund):
    assert one(fund, "select count(*) from stock_moves where day(month::date) <> 1") == 0


def test_only_the_random_arm_has_a_chance_and_it_is_size_over_frame(fund):
    assert (
        one(fund, "select count(*) from inspections where (arm = 'random') <> (chance is not null)")
        == 0
    )
    rounds = rows(
        fund,
        """select round_id, count(*), any_value(chance)::double from inspections
        where arm = 'random' and target_grain = 'provider' group by 1""",
    )
    assert len(rounds) == 6
    for _, drawn, chance in rounds:
        assert chance == pytest.approx(drawn / SMALL.providers)


def test_an_open_inspection_has_no_result_and_a_closed_one_closes_late(fund):
    assert one(fund, "select count(*) from inspections where closed_on is null") > 0
    assert (
        one(
            fund,
            """select count(*) from inspections where (closed_on is null) <> (result is null)
        or (closed_on is null and amount_confirmed is not null)
        or (result in ('confirmed', 'partly')) <> (amount_confirmed is not null)
        or closed_on::date - visited_on::date not between 30 and 150
        or covers_to >= visited_on or covers_from > covers_to""",
        )
        == 0
    )


def test_targets_of_inspections_and_tips_exist(fund):
    for table in ("inspections", "tips"):
        for grain in ("provider", "practitioner", "patient"):
            assert (
                one(
                    fund,
                    f"""select count(*) from {table} where target_grain = '{grain}'
                and target_id not in (select {grain}_id from {grain}s)""",
                )
                == 0
            )


def test_carriers_are_three_to_ten_percent_of_the_providers_and_exist(fund):
    carriers = one(
        fund, "select count(distinct entity_id) from key_carriers where grain = 'provider'"
    )

    assert 0.03 <= carriers / SMALL.providers <= 0.10
    for grain in ("provider", "practitioner", "patient"):
        assert (
            one(
                fund,
                f"""select count(*) from key_carriers where grain = '{grain}'
            and entity_id not in (select {grain}_id from {grain}s)""",
            )
            == 0
        )


def test_false_lines_of_the_key_exist(fund):
    assert (
        one(
            fund,
            """select count(*) from key_claims k anti join claim_lines l
        on k.claim_id = l.claim_id and k.line_no = l.line_no where k.line_no is not null""",
        )
        == 0
    )


def test_equal_params_write_equal_bytes_and_another_seed_another_fund(folder, tmp_path):
    simulate(tmp_path / "again", SMALL)
    simulate(tmp_path / "other", SMALL.model_copy(update={"seed": 8}))

    assert digest(tmp_path / "again") == digest(folder)
    assert digest(tmp_path / "other" / "raw") != digest(folder / "raw")


def test_another_process_with_one_thread_writes_the_same_bytes(folder, tmp_path):
    code = (
        "import sys; from pathlib import Path; from fraudml.params import SimulateParams;"
        "from fraudml.worlds.simulate import simulate_fund; raw, key = map(Path, sys.argv[2:]);"
        "simulate_fund(SimulateParams.model_validate_json(sys.argv[1]), raw, key)"
    )
    raw, key = tmp_path / "raw", tmp_path / "key"
    raw.mkdir()
    key.mkdir()
    alone = os.environ | {"PYTHONHASHSEED": "1", "OMP_NUM_THREADS": "1", "TZ": "Asia/Shanghai"}
    command = [sys.executable, "-c", code, SMALL.model_dump_json(), str(raw), str(key)]
    subprocess.run(command, check=True, env=alone)

    assert digest(tmp_path) == digest(folder)


def test_the_end_date_moves_the_window(tmp_path):
    simulate(tmp_path, SMALL.model_copy(update={"until": date(2024, 6, 30), "months": 12}))

    assert str(one(opened(tmp_path), "select min(admitted_on) from claims")) == "2023-07-01"
    assert str(one(opened(tmp_path), "select max(settled_on) from claims")) <= "2024-06-30"
