# ruff: noqa: S608  (our own questions about our own files)
"""Each planted scheme can be seen in the raw rows the key lists; honest look-alikes exist too."""

from datetime import date

import pytest
from worlds_fund import columns, one, opened, rows, simulate

from fraudml.params import SimulateParams
from fraudml.worlds.plans import TYPOLOGIES
from fraudml.worlds.schemes import ON_LINES, ON_VISITS

TOWN = SimulateParams(
    seed=28, providers=120, patients=8000, months=24, lines=400_000, until=date(2025, 12, 31)
)


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    folder = tmp_path_factory.mktemp("town")
    simulate(folder, TOWN)
    return opened(folder)


def own(typology):
    """False rows of a typology at the providers that carry it, with claim columns."""
    return f"""(select k.line_no, c.* from key_claims k join claims c using (claim_id)
        where k.typology = '{typology}' and provider_id in (select entity_id from key_carriers
        where typology = '{typology}' and grain = 'provider'))"""


def test_every_typology_has_a_planter_and_is_carried_in_the_town(town):
    assert set(ON_VISITS) | set(ON_LINES) == set(TYPOLOGIES)
    carried = rows(town, "select distinct typology from key_carriers where grain = 'provider'")
    assert {row[0] for row in carried} == set(TYPOLOGIES)


@pytest.mark.parametrize("typology", TYPOLOGIES)
def test_false_rows_lie_within_the_time_of_their_scheme(town, typology):
    assert (
        one(
            town,
            f"""select count(*) from {own(typology)} f where not exists (
            select 1 from key_carriers k where k.entity_id = f.provider_id
            and k.typology = '{typology}' and grain = 'provider'
            and f.discharged_on >= k.started_on
            and f.admitted_on <= coalesce(k.stopped_on, date '2025-12-31') + 60)""",
        )
        == 0
    )


def test_phantom_visits_and_lines_are_both_there(town):
    assert one(town, f"select count(*) from {own('T01')} where line_no is null") > 20
    assert one(town, f"select count(*) from {own('T01')} where line_no is not null") > 20


def test_a_phantom_visit_never_falls_into_a_stay_of_its_patient(town):
    assert (
        one(
            town,
            f"""select count(*) from {own("T01")} f join claims c using (patient_id)
            where f.line_no is null and c.visit_kind = 'inpatient' and c.claim_id not in
            (select claim_id from key_claims) and f.admitted_on > c.admitted_on
            and f.admitted_on < c.discharged_on""",
        )
        == 0
    )


def test_an_upcoded_stay_costs_less_for_its_weight_than_an_honest_one_of_its_level(town):
    cost = "sum(total_amount)::double / sum(drg_weight)"
    honest = "claim_id not in (select claim_id from key_claims) and drg_code is not null"
    at = f"provider_id in (select provider_id from {own('T03')})"

    false = one(town, f"select {cost} from {own('T03')}")
    assert false < 0.9 * one(town, f"select {cost} from claims where {honest} and {at}")


def test_charging_is_either_the_same_item_twice_or_above_its_cap(town):
    lines = f"""select l.*, i.price_cap::decimal(18, 2) cap, count(*) over (partition by
        l.claim_id, l.item_code, l.served_at) times from claim_lines l join items i on
        l.item_code = i.item_code and l.served_at::date >= i.valid_from::date and
        (i.valid_to is null or l.served_at::date <= i.valid_to::date)
        where l.claim_id in (select claim_id from {own("T05")})"""
    found = f"select * from ({lines}) join {own('T05')} f using (claim_id, line_no)"

    assert one(town, f"select count(*) from ({found}) where unit_price > cap") > 10
    assert one(town, f"select count(*) from ({found}) where times > 1") > 10
    assert one(town, f"select count(*) from ({found}) where unit_price <= cap and times = 1") == 0


def test_a_split_stay_follows_one_at_the_same_provider_within_seven_days(town):
    assert one(town, f"select count(*) from {own('T06')}") > 3
    assert (
        one(
            town,
            f"""select count(*) from {own("T06")} f where not exists (select 1 from claims c
            where c.patient_id = f.patient_id and c.provider_id = f.provider_id
            and c.visit_kind = 'inpatient' and c.claim_id <> f.claim_id
            and f.admitted_on - c.discharged_on between 0 and 7)
            and exists (select 1 from claims c where c.patient_id = f.patient_id
            and c.provider_id = f.provider_id and c.claim_id < f.claim_id)""",
        )
        == 0
    )


def test_people_in_a_hung_bed_are_seen_elsewhere_and_little_is_done_for_them(town):
    def elsewhere(stays):
        return one(
            town,
            f"""select avg(seen::int) from (select s.claim_id, count(c.claim_id) > 0 seen
            from {stays} s left join claims c on c.patient_id = s.patient_id
            and c.provider_id <> s.provider_id and c.visit_kind <> 'inpatient'
            and c.admitted_on > s.admitted_on and c.admitted_on < s.discharged_on group by 1)""",
        )

    def done(stays):
        return one(
            town,
            f"""select avg(billed::double / in_bed) from (select s.claim_id,
            any_value(s.discharged_on - s.admitted_on) as in_bed, count(*) as billed
            from {stays} s join claim_lines l on l.claim_id = s.claim_id group by 1)""",
        )

    honest = """(select * from claims where visit_kind = 'inpatient'
        and discharged_on - admitted_on between 5 and 12
        and claim_id not in (select claim_id from key_claims))"""
    assert elsewhere(own("T07")) > 0.3 > elsewhere(honest)
    assert done(own("T07")) < 0.8 * done(honest)


def test_what_is_swapped_was_never_bought_in_the_quantity_billed(town):
    assert (
        one(
            town,
            f"""with billed as (select provider_id, item_code, sum(quantity) sold, min(f.n) n
            from claim_lines join claims using (claim_id) join (select provider_id,
            item_code, count(*) n from {own("T08")} join claim_lines using (claim_id, line_no)
            group by 1, 2) f using (provider_id, item_code) group by 1, 2),
            moved as (select provider_id, item_code, sum(purchased::int - returned::int)
            + min_by(opening::int, month) - max_by(closing::int, month) used
            from stock_moves group by 1, 2)
            select avg((coalesce(used, 0) < sold)::int) from billed
            left join moved using (provider_id, item_code) where n >= 5""",
        )
        > 0.9
    )


def test_members_of_a_reselling_ring_collect_at_several_counters(town):
    ring = "(select entity_id from key_carriers where typology = 'T12' and grain = 'patient')"

    def counters(people):
        return one(
            town,
            f"""select avg(n) from (select count(distinct provider_id) n from claims
            where visit_kind in ('pharmacy', 'chronic') and patient_id in {people}
            group by patient_id)""",
        )

    assert counters(ring) > 1.5 * counters(f"(select patient_id from patients except {ring})")


def test_the_days_of_an_impossible_practitioner_are_longer_than_a_day(town):
    minutes = """(select practitioner_id, served_at::date served_on, sum(quantity * m) as worked
        from claim_lines join (select distinct item_code, minutes::int as m from items) using
        (item_code) where practitioner_id is not null group by 1, 2)"""
    false = f"(select distinct practitioner_id, admitted_on served_on from {own('T16')})"

    assert (
        one(
            town,
            f"""select quantile_cont(worked, 0.1) from {minutes}
            join {false} using (practitioner_id, served_on)""",
        )
        > 24 * 60
    )
    assert (
        one(
            town,
            f"""select max(worked) from {minutes} anti join {false}
            using (practitioner_id, served_on)""",
        )
        < 24 * 60
    )


def test_limits_of_items_are_broken_by_slips_only(town):
    conflicts = one(
        town,
        """select count(*) from claim_lines join claims using (claim_id) join patients using
        (patient_id) join (select distinct item_code, sex_limit from items) using (item_code)
        where sex_limit <> sex""",
    )
    limited = """select count(*) from claim_lines join (select distinct item_code, sex_limit
        from items) using (item_code) where sex_limit is not null"""

    assert conflicts < 0.02 * one(town, limited)


def test_carriers_are_not_simply_the_largest_billers(town):
    paid = """(select provider_id, percent_rank() over (order by sum(fund_amount)) place
        from claims group by 1)"""
    places = rows(
        town,
        f"""select place from {paid} join (select distinct entity_id provider_id from
        key_carriers where grain = 'provider') using (provider_id)""",
    )

    assert 0.3 < sum(place for (place,) in places) / len(places) < 0.85
    assert min(place for (place,) in places) < 0.6


def test_honest_providers_have_slips_readmissions_and_visits_during_stays(town):
    honest = """provider_id not in (select entity_id from key_carriers)"""
    twice = f"""select claim_id, item_code, served_at from claim_lines join claims
        using (claim_id) where {honest} group by all having count(*) > 1"""
    back = f"""select 1 from claims a join claims b using (patient_id, provider_id)
        where {honest} and a.visit_kind = 'inpatient' and b.visit_kind = 'inpatient'
        and a.claim_id <> b.claim_id and b.reverses_claim_id is null
        and b.admitted_on - a.discharged_on between 1 and 7 and a.drg_code not like 'RE1%'"""

    assert one(town, f"select count(*) from ({twice})") > 20
    assert one(town, f"select count(*) from ({back})") > 5


def test_nothing_in_the_raw_folder_names_a_scheme(town):
    for table in ("claims", "claim_lines", "providers", "practitioners", "patients"):
        assert not {"typology", "plant", "false", "strength"} & set(columns(town, table))


def test_ids_do_not_tell_carriers_from_others(town):
    for grain in ("provider", "practitioner", "patient"):
        lengths = rows(
            town, f"select distinct length({grain}_id), left({grain}_id, 1) from {grain}s"
        )
        assert len(lengths) == 1


def test_amounts_of_the_key_are_positive_and_below_what_the_fund_paid(town):
    assert (
        one(
            town,
            """select count(*) from (select entity_id, sum(amount_fen) / 100 lost from
            key_carriers where grain = 'provider' group by 1) k join (select provider_id,
            sum(fund_amount) paid from claims group by 1) p on entity_id = provider_id
            where lost < 0 or lost > paid""",
        )
        == 0
    )


def test_some_inspections_find_carriers_and_some_miss_them(town):
    closed = """select result in ('confirmed', 'partly') from inspections join key_carriers
        on target_id = entity_id where result is not null and started_on < visited_on::date - 60"""
    results = [row[0] for row in rows(town, closed)]

    assert True in results
    assert False in results
