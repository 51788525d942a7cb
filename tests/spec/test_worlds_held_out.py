# ruff: noqa: S608  (our own questions about our own files)
"""The newest mechanism of each typology: what its rows show, and what it leaves as it was."""

from datetime import date

import numpy as np
import pytest
from worlds_fund import DRAWN, TOWN, one, opened, simulate

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
NEWEST = {ways[-1].name: typology for typology, ways in MECHANISMS.items()}


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


def another(which):
    """That the same person has another claim o of this kind."""
    return f"""exists (select 1 from claims o where o.claim_id <> f.claim_id and
        o.patient_id = f.patient_id and {which})"""


PART = """exists (select 1 from items i where i.bundle_of is not null
    and contains(i.bundle_of, f.item_code))"""
GRADES = """(('001201000010000', '001201000020000'), ('001204000020000', '001204000030000'),
    ('002103000010000', '002103000020000'), ('004300000010000', '004300000020000'),
    ('001102000020000', '001102000010000'), ('001102000030000', '001102000010000'))"""
# mechanism -> what its false rows show in the raw tables, and the least share of them that do
SIGNS = {
    "course_on_paper": (
        another("o.provider_id = f.provider_id and f.admitted_on - o.admitted_on = 1"),
        0.8,
    ),
    "beds_in_turn": (
        another(
            """o.provider_id = f.provider_id and o.visit_kind = 'inpatient'
            and abs(f.admitted_on - o.admitted_on) between 20 and 220"""
        ),
        0.8,
    ),
    "other_organ": (
        """department_code <> (select mode(department_code) from claims o
        where left(o.drg_code, 3) = left(f.drg_code, 3))""",
        1,
    ),
    "over_days": (
        f"""{PART} and """
        + another(
            """o.provider_id = f.provider_id and
            abs(f.admitted_on - o.admitted_on) between 1 and 3"""
        ),
        0.98,
    ),
    "both_grades": (
        f"""exists (select 1 from claim_lines o where o.claim_id = f.claim_id
        and o.served_at::date = f.served_at::date and ((o.item_code, f.item_code) in {GRADES}
        or (f.item_code, o.item_code) in {GRADES}))""",
        1,
    ),
    "round_trip": (
        another("o.provider_id <> f.provider_id and o.discharged_on = f.admitted_on")
        + " and "
        + another("o.provider_id = f.provider_id and f.admitted_on - o.discharged_on < 15"),
        0.95,
    ),
    "weekends_at_home": (
        """dayofweek(served_at) in (0, 6) and (select any_value(kind) from items i
        where i.item_code = f.item_code) in ('bed', 'service')""",
        1,
    ),
    "other_pack": (
        """exists (select 1 from trace_events e where contains(f.trace_code, e.trace_code)
        and e.provider_id = f.provider_id and e.item_code <> f.item_code)""",
        0.95,
    ),
    "drips": (
        "item_code in ('001203000010000', 'C0201010001', 'XJ01DD0403')",
        1,
    ),
    "found_illness": (
        """item_code in ('XA10BJ0625', 'XZ08AA0063') and not """
        + another("o.diagnosis_code = f.diagnosis_code and o.provider_id <> f.provider_id"),
        0.8,
    ),
    "one_code": ("quantity > 1 and not contains(f.trace_code, '|')", 0.95),
    "passing_illness": (
        "not " + another("o.diagnosis_code = f.diagnosis_code and o.provider_id <> f.provider_id"),
        0.9,
    ),
    "many_ailments": (
        """(select count(distinct department_code) from claims o where o.patient_id = f.patient_id
        and o.provider_id = f.provider_id and o.admitted_on = f.admitted_on) > 2""",
        0.8,
    ),
    "one_route": (
        another(
            """o.provider_id <> f.provider_id and
            abs(f.admitted_on - o.admitted_on) between 1 and 2"""
        ),
        0.85,
    ),
    "all_at_once": (
        """(select count(*) from claims o where o.practitioner_id = f.practitioner_id and
        abs(date_diff('minute', o.started_at, f.started_at)) < 30) > 3""",
        0.9,
    ),
    "after_removal": (
        another(
            """left(o.drg_code, 3) = case when f.diagnosis_code = 'D25.9' then 'NC1' else 'GC2' end
            and f.admitted_on - o.discharged_on >= 60"""
        ),
        0.95,
    ),
    "two_numbers": (
        """exists (select 1 from claims o join patients p using (patient_id) join patients q
        on q.patient_id = f.patient_id and q.birth_date = p.birth_date and q.sex = p.sex
        where o.patient_id <> f.patient_id and o.provider_id = f.provider_id
        and o.admitted_on = f.admitted_on and o.total_amount = f.total_amount)""",
        0.9,
    ),
    "kept_in_bed": (
        """served_at::date > (select died_on::date from patients p
        where p.patient_id = f.patient_id) and admitted_on < (select died_on::date
        from patients p where p.patient_id = f.patient_id)""",
        0.98,
    ),
    "closed_department": (
        """exists (select 1 from contract_periods s where s.provider_id = f.provider_id and
        s.department_code <> f.department_code and f.admitted_on between
        suspended_from::date and suspended_to::date)""",
        1,
    ),
    "monthly_credit": (
        "account_amount = total_amount and "
        + another(
            """o.provider_id = f.provider_id and o.total_amount = f.total_amount
            and abs(f.admitted_on - o.admitted_on) between 24 and 70"""
        ),
        0.9,
    ),
    "sent_out": (
        another(
            """o.visit_kind = 'pharmacy' and o.admitted_on
            between f.admitted_on and f.discharged_on"""
        ),
        0.9,
    ),
    "resort": (
        "referral_filed = 'true' and dayofweek(admitted_on) = 1 and drg_code like 'IZ3%'",
        0.9,
    ),
    "among_the_healthy": (
        """exists (select 1 from enrolments e where e.patient_id = f.patient_id and
        e.employer_id is not null and f.admitted_on - e.enrolled_from::date between 40 and 300)""",
        1,
    ),
    "bought_on_paper": ("trace_code is null", 1),
    "codes_not_scanned": ("trace_code is null", 1),
}


@pytest.mark.parametrize("mechanism", SIGNS)
def test_what_a_mechanism_does_can_be_seen_in_the_raw_rows(town, mechanism):
    sign, least = SIGNS[mechanism]

    assert one(town, f"select count(*) from {own(mechanism)}") > 0
    assert one(town, f"select avg(({sign})::int) from {own(mechanism)} f") >= least


def plan(mechanism, strength):
    typology = NEWEST[mechanism]
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


WITHOUT_LOSS = ("codes_not_scanned",)
# columns of a person's other visits that change with the person's insurance
MOVED = {"among_the_healthy": {"scheme"}}


@pytest.mark.parametrize("mechanism", SIGNS)
def test_what_others_do_is_as_it_was_without_the_scheme(village, mechanism):
    honest, _ = village["none"]
    fund, (plant,) = village[mechanism, 2]
    n = len(honest.visits["patient"])
    others = np.flatnonzero(honest.visits["provider"] != plant.provider)

    assert len(fund.visits["patient"]) >= n
    for name in set(honest.visits) - MOVED.get(mechanism, set()):
        assert (honest.visits[name][others] == fund.visits[name][:n][others]).all(), name


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


def test_no_newest_line_breaks_a_limit_of_its_item(town):
    """Else it would be found by what the simulator forgot, not by what the carrier does."""
    years = "date_diff('year', birth_date::date, served_at::date)"
    age = f"""{years} - (strftime(served_at::date, '%m%d')
        < strftime(birth_date::date, '%m%d'))::int"""
    lines = f"""(select l.* exclude (practitioner_id, fund_amount, department_code), c.*
        exclude (claim_id) from key_claims k join claims c using (claim_id) join claim_lines l on
        l.claim_id = k.claim_id and (k.line_no is null or l.line_no = k.line_no)
        where k.mechanism in {tuple(NEWEST)} and k.claim_id not in
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
        and mechanism in {tuple(NEWEST)} and mechanism {{}} 'sent_out'"""

    assert one(town, false.format("<>")) < 0.01
    assert one(town, false.format("=")) > 0.9
