# ruff: noqa: S608  (our own questions about our own files)
"""Mechanisms that are or were held out: what their rows show, and what they leave as it was."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from worlds_fund import DRAWN, TOWN, one, opened, simulate, town_of
from worlds_signs import ALONE, SIGNS

from fraudml.params import SimulateParams
from fraudml.worlds import artefacts
from fraudml.worlds.answer import false_rows
from fraudml.worlds.mechanisms import MECHANISMS, PERSONAL
from fraudml.worlds.money import settle
from fraudml.worlds.plans import FRACTION, Plan
from fraudml.worlds.settlement import make_ledger
from fraudml.worlds.simulate import grow

VILLAGE = SimulateParams(
    seed=5, providers=24, patients=3000, months=24, lines=80_000, until=date(2025, 12, 31), **DRAWN
)
TYPOLOGY = {way.name: typology for typology, ways in MECHANISMS.items() for way in ways}


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    folder = tmp_path_factory.mktemp("town")
    simulate(folder, TOWN)
    return opened(folder)


def own(name):
    """False rows of a mechanism at providers that carry its typology, with claim and line."""
    at = f"""(k.typology in {PERSONAL} or provider_id in (select entity_id from key_carriers k2
        where k2.typology = k.typology))"""
    return f"""(select c.*, l.line_no, l.item_code, l.quantity, l.unit_price, l.served_at,
        l.trace_code, l.days_supply, l.amount from key_claims k join claims c using (claim_id)
        left join claim_lines l on l.claim_id = k.claim_id and l.line_no = coalesce(k.line_no, 1)
        where k.mechanism = '{name}' and {at} and c.total_amount > 0)"""


@pytest.mark.parametrize("mechanism", SIGNS)
def test_what_a_mechanism_does_can_be_seen_in_the_raw_rows(town, mechanism, tmp_path):
    sign, least = SIGNS[mechanism]
    if mechanism in ALONE:
        town = town_of(tmp_path, TYPOLOGY[mechanism])

    assert one(town, f"select count(*) from {own(mechanism)}") > 0
    assert one(town, f"select avg(({sign})::int) from {own(mechanism)} f") >= least


def plan(mechanism, strength):
    typology = TYPOLOGY[mechanism]
    low, high = FRACTION[typology][strength]
    return Plan(
        number=0,
        typology=typology,
        mechanism=mechanism,
        strength=("weak", "medium", "strong")[strength],
        fraction=(low + high) / 2,
        start=0.0,
        length=9.0,
        staff=4,
        dial=0.5,
        second=False,
    )


@pytest.fixture(scope="module")
def village():
    """Funds with one scheme, or none, and no data errors: (mechanism, strength) -> fund, plants."""
    wanted = [(name, strength) for name in SIGNS for strength in (0, 2)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(artefacts, "choose", lambda fund, plants: None)
        grown = {(name, s): grow(VILLAGE, (plan(name, s),)) for name, s in wanted}
        return grown | {"none": grow(VILLAGE, ())}


def lost(fund, plants):
    """How many rows are false, and what the fund lost by them."""
    rows = false_rows(fund, make_ledger(fund, settle(fund)), plants)
    return len(rows["claim"]), int(rows["amount_fen"].sum())


@pytest.mark.parametrize("mechanism", SIGNS)
def test_a_stronger_scheme_touches_more_rows(village, mechanism):
    few, _ = lost(*village[mechanism, 0])
    many, _ = lost(*village[mechanism, 2])

    assert few > 0
    assert many > 1.5 * few


@pytest.mark.parametrize("mechanism", SIGNS)
def test_every_false_row_of_a_carrier_can_cost_the_fund_something(village, mechanism):
    assert lost(*village[mechanism, 2])[1] > 0 or mechanism in WITHOUT_LOSS


WITHOUT_LOSS = ("codes_not_scanned", "dear_stock_withheld")
# columns of visits elsewhere that change with a person's insurance, or where they are billed
MOVED = {
    "among_the_healthy": {"scheme"},
    "both_in_turn": {"scheme", "plant"},
    "for_a_neighbour": {"provider", "practitioner", "plant"},
}


@pytest.mark.parametrize("mechanism", SIGNS)
def test_what_others_do_is_as_it_was_without_the_scheme(village, mechanism):
    honest, _ = village["none"]
    fund, (plant,) = village[mechanism, 2]
    n = len(honest.visits["patient"])
    others = np.flatnonzero(honest.visits["provider"] != plant.provider)

    assert len(fund.visits["patient"]) >= n
    for name in set(honest.visits) - MOVED.get(mechanism, set()):
        assert (honest.visits[name][others] == fund.visits[name][:n][others]).all(), name


def test_two_schemes_of_one_shop_never_use_the_same_packs():
    second = replace(plan("codes_not_scanned", 2), number=1, second=True)
    fund, plants = grow(VILLAGE, (plan("sold_twice", 2), second))

    assert len({p.provider for p in plants}) == 1
    assert len(fund.unscanned) > 5
    assert len(fund.sold_again) > 5
    assert not set(fund.unscanned) & set(fund.sold_again.ravel())


def test_a_split_stay_never_runs_into_another_honest_one(town):
    parts = "('taken_up_again', 'beyond_the_limit', 'work_up_first', 'round_trip')"
    split = (
        f"(select c.* from key_claims k join claims c using (claim_id) where mechanism in {parts})"
    )
    meets = f"""select count(*) from {split} f join claims o using (patient_id) where
        o.visit_kind = 'inpatient' and o.total_amount > 0 and o.claim_id not in (select claim_id
        from key_claims union all select claim_id from key_artefacts)
        and o.admitted_on < f.discharged_on and o.discharged_on > f.admitted_on"""

    assert one(town, f"select count(*) from {split}") > 50
    assert one(town, meets) == 0


def test_stock_bought_on_paper_agrees_with_the_bills_and_that_of_other_packs_too(town):
    billed = f"""(select provider_id, item_code, date_trunc('month', served_at)::date as month,
        sum(quantity) sold from claim_lines join claims using (claim_id)
        where (provider_id, item_code) in (select provider_id, item_code
        from {own("bought_on_paper")} union all select provider_id, item_code
        from {own("other_pack")}) and served_at >= date '2025-08-01' group by all)"""
    moved = """(select provider_id, item_code, month::date as month, opening::int
        + purchased::int - returned::int - closing::int used from stock_moves)"""

    found = f"""select avg((used >= sold)::int) from {billed}
        join {moved} using (provider_id, item_code, month)"""
    assert one(town, found) > 0.95


def test_stock_covered_later_lacks_in_its_months_what_the_half_year_has(town):
    goods = f"(select distinct provider_id, item_code from {own('covered_later')})"
    billed = f"""(select provider_id, item_code, date_trunc('month', served_at)::date as month,
        sum(quantity) sold from claim_lines join claims using (claim_id)
        where (provider_id, item_code) in {goods} group by all)"""
    moved = f"""(select provider_id, item_code, month::date as month, opening::int
        + purchased::int - returned::int - closing::int used from stock_moves
        where (provider_id, item_code) in {goods})"""
    months = f"""(select *, coalesce(sold, 0) as billed, month(month) in (6, 12) as covers
        from {moved} left join {billed} using (provider_id, item_code, month))"""
    halves = f"""(select sum(used) >= sum(billed) as agrees from {months}
        group by provider_id, item_code, year(month), month(month) > 6)"""

    assert one(town, f"select avg((used < billed)::int) from {months} where not covers") > 0.1
    assert one(town, f"select avg((used < billed)::int) from {months} where covers") < 0.05
    assert one(town, f"select avg(agrees::int) from {halves}") > 0.9


def test_a_suspended_neighbour_bills_nothing_itself_while_its_people_are_billed(town):
    away = f"""(select distinct s.provider_id, suspended_from::date a, suspended_to::date b
        from contract_periods s join {own("for_a_neighbour")} f on s.provider_id <> f.provider_id
        and f.admitted_on between suspended_from::date and suspended_to::date
        where s.department_code is null and s.provider_id not in (select entity_id
        from key_carriers where typology = 'T20') and exists (select 1 from claims o
        where o.patient_id = f.patient_id and o.provider_id = s.provider_id))"""
    bills = f"""select count(*) from claims join {away} using (provider_id) where admitted_on
        between a and b and total_amount > 0 and claim_id not in (select claim_id from key_claims
        union all select claim_id from key_artefacts)"""

    assert one(town, f"select count(*) from {away}") > 0
    assert one(town, bills) == 0


def test_who_comes_for_gifts_rarely_meets_the_same_people(town):
    met = f"""select quantile_cont(n, 0.9) from (select count(*) n from {own("gift_days")} a
        join {own("gift_days")} b on a.provider_id = b.provider_id
        and a.admitted_on = b.admitted_on and a.patient_id <> b.patient_id
        group by a.patient_id, b.patient_id)"""

    assert one(town, met) < 6


def test_a_pass_never_leaves_its_stay_and_is_written_once(town):
    outside = """select count(*) from leave_passes p join claims c using (claim_id)
        where left_at::timestamp::date not between admitted_on and discharged_on
        or back_at::timestamp::date not between admitted_on and discharged_on
        or back_at < left_at"""

    assert one(town, "select count(*) from leave_passes") > 500
    assert one(town, outside) == 0
    assert one(
        town, "select count(*) from (select distinct claim_id, left_at from leave_passes)"
    ) == one(town, "select count(*) from leave_passes")


def test_little_but_the_bed_is_billed_at_weekends_where_people_go_home(town):
    def at_weekends(stays):
        return one(
            town,
            f"""select avg((dayofweek(served_at) in (0, 6))::int) from claim_lines
            join items using (item_code) where kind in ('drug', 'exam')
            and claim_id in (select claim_id from {stays})""",
        )

    honest = "(select * from claims where visit_kind = 'inpatient')"
    assert at_weekends(own("weekends_at_home")) < 0.5 * at_weekends(honest)


def test_no_such_line_breaks_a_limit_of_its_item(town):
    """Else it would be found by what the simulator forgot, not by what the carrier does."""
    years = "date_diff('year', birth_date::date, served_at::date)"
    age = f"""{years} - (strftime(served_at::date, '%m%d')
        < strftime(birth_date::date, '%m%d'))::int"""
    lines = f"""(select l.* exclude (practitioner_id, fund_amount, department_code), c.*
        exclude (claim_id) from key_claims k join claims c using (claim_id) join claim_lines l on
        l.claim_id = k.claim_id and (k.line_no is null or l.line_no = k.line_no)
        where k.mechanism in {tuple(SIGNS)} and k.claim_id not in
        (select claim_id from key_artefacts where claim_id is not null))"""
    limited = f"""{lines} join patients using (patient_id) join providers using (provider_id)
        join (select distinct on (item_code) * from items) i using (item_code)"""
    broken = f"""sex <> sex_limit or level::int < level_min::int
        or {age} not between age_min::int and age_max::int
        or not regexp_matches(diagnosis_code, '^(' || diagnosis_limit || ')')"""

    assert one(town, f"select count(*) from {limited}") > 1000
    assert one(town, f"select count(*) from {limited} where {broken}") == 0


def test_only_who_is_sent_out_is_billed_elsewhere_while_in_bed(town):
    inside = """exists (select 1 from claims s where s.patient_id = c.patient_id and
        s.claim_id <> c.claim_id and s.visit_kind = 'inpatient' and s.total_amount > 0
        and s.admitted_on < c.admitted_on and s.discharged_on > c.admitted_on)"""
    false = f"""select avg(({inside})::int) from key_claims k join claims c using (claim_id)
        where line_no is null and total_amount > 0 and visit_kind <> 'inpatient'
        and mechanism in {tuple(SIGNS)} and mechanism {{}} 'sent_out'"""

    assert one(town, false.format("<>")) < 0.01
    assert one(town, false.format("=")) > 0.9
