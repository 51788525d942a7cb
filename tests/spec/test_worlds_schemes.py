# ruff: noqa: S608  (our own questions about our own files)
"""Each planted scheme can be seen in the raw rows the key lists; honest look-alikes exist too."""

import pytest
from worlds_fund import TOWN, columns, one, opened, rows, simulate, town_of

from fraudml.worlds.mechanisms import MECHANISMS, PERSONAL, TYPOLOGIES
from fraudml.worlds.schemes import ON_LINES, ON_VISITS


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    folder = tmp_path_factory.mktemp("town")
    simulate(folder, TOWN)
    return opened(folder)


def own(name):
    """False rows of a typology or a mechanism, with claim columns, at providers that carry it."""
    at = f"""(k.typology in {PERSONAL} or provider_id in (select entity_id from key_carriers k2
        where k2.typology = k.typology))"""
    return f"""(select k.line_no, c.* from key_claims k join claims c using (claim_id)
        where '{name}' in (k.typology, k.mechanism) and {at})"""


def test_every_mechanism_has_a_planter():
    names = {f"{t}.{way.name}" for t, ways in MECHANISMS.items() for way in ways}

    assert set(ON_VISITS) | set(ON_LINES) == names


def test_every_typology_has_one_mechanism_that_is_held_out():
    assert len(TYPOLOGIES) == 25
    for ways in MECHANISMS.values():
        assert [way.held_out for way in ways] == [False] * (len(ways) - 1) + [True]


@pytest.mark.parametrize("typology", TYPOLOGIES)
def test_every_mechanism_is_carried_in_the_town_by_its_grains(town, typology):
    for way in MECHANISMS[typology]:
        carried = rows(
            town,
            f"""select distinct grain, held_out from key_carriers
            where typology = '{typology}' and mechanism = '{way.name}'""",
        )
        assert carried, way.name
        assert {held for _, held in carried} == {way.held_out}
        assert {grain for grain, _ in carried} <= set(way.grains)


@pytest.mark.parametrize("typology", TYPOLOGIES)
def test_false_rows_lie_within_the_time_of_their_scheme(town, typology):
    assert (
        one(
            town,
            f"""select count(*) from {own(typology)} f where not exists (
            select 1 from key_carriers k where k.typology = '{typology}'
            and k.entity_id in (f.provider_id, f.patient_id)
            and f.discharged_on >= k.started_on
            and f.admitted_on <= coalesce(k.stopped_on, date '2025-12-31') + 210)""",
        )
        == 0
    )


ANOTHER = "exists (select 1 from claims o where o.claim_id <> f.claim_id and o.patient_id ="
ANOTHER += " f.patient_id and {})"
PARTS = "(select string_agg(bundle_of, '|') from items where bundle_of is not null)"
KIND = "(select any_value(kind) from items i where i.item_code = f.item_code)"
# mechanism -> what its false rows show in the raw tables, and the least share of them that do
SIGNS = {
    "crumbs": ("unit_price <= 75", 1),
    "recruited_batches": (
        """(select count(*) from claims o where o.provider_id = f.provider_id and o.visit_kind =
        'inpatient' and o.admitted_on = f.admitted_on and o.discharged_on = f.discharged_on) > 2""",
        0.7,
    ),
    "copied_stays": (
        ANOTHER.format("o.drg_code = f.drg_code and f.admitted_on - o.admitted_on > 55"),
        0.9,
    ),
    "higher_grade": ("l_claim is not null", 1),
    "panel_and_parts": (
        """exists (select 1 from claim_lines p join items i using (item_code) where
        p.claim_id = f.claim_id and bundle_of is not null)""",
        1,
    ),
    "parts_instead": (f"contains({PARTS}, item_code)", 1),
    "second_settlement": (
        ANOTHER.format("o.provider_id = f.provider_id and f.admitted_on - o.admitted_on < 4"),
        1,
    ),
    "taken_up_again": (
        ANOTHER.format("f.admitted_on - o.discharged_on between 0 and 6"),
        0.95,
    ),
    "beyond_the_limit": (
        ANOTHER.format("f.admitted_on - o.discharged_on between 8 and 13"),
        0.95,
    ),
    "empty_days": (f"{KIND} in ('bed', 'service')", 1),
    "dearer_session": (f"{KIND} = 'service' and unit_price > 40", 1),
    "package": (f"{KIND} = 'exam'", 1),
    "paid_all_the_same": ("scope = 'C' and l_fund > 0", 1),
    "relabelled": ("scope = 'B' and l_fund > 0", 1),
    "two_places": (
        ANOTHER.format(
            "o.provider_id <> f.provider_id and f.admitted_on between o.admitted_on and "
            "o.discharged_on"
        ),
        0.9,
    ),
    "many_cards": ("terminal_id like '%-01'", 1),
    "sold_twice": (
        """exists (select 1 from claim_lines o where o.trace_code is not null and
        o.claim_id <> f.claim_id and split_part(o.trace_code, '|', 1) =
        split_part(f.trace_code, '|', 1))""",
        0.9,
    ),
    "sent_back_first": (
        """exists (select 1 from trace_events e where e.event = 'returned' and
        contains(f.trace_code, e.trace_code) and e.happened_at < f.served_at)""",
        0.9,
    ),
    "lent_licence": (
        """exists (select 1 from claims o where o.practitioner_id = f.practitioner_id and
        o.provider_id <> f.provider_id and o.admitted_on = f.admitted_on)""",
        0.9,
    ),
    "other_sex": (
        """(select sex from patients p where p.patient_id = f.patient_id) is distinct from
        case when diagnosis_code = 'N40' then 'M' else 'F' end""",
        0.95,
    ),
    "twice_in_a_life": (ANOTHER.format("left(o.drg_code, 3) = left(f.drg_code, 3)"), 0.6),
    "two_schemes": (
        ANOTHER.format("o.admitted_on = f.admitted_on and o.scheme <> f.scheme"),
        0.95,
    ),
    "again_by_hand": (
        ANOTHER.format("o.admitted_on = f.admitted_on and f.settled_on - o.settled_on > 30"),
        0.95,
    ),
    "after_death": (
        "admitted_on > (select died_on::date from patients p where p.patient_id = f.patient_id)",
        0.9,
    ),
    "death_not_told": (
        """(select died_on from patients p where p.patient_id = f.patient_id) is null and """
        + ANOTHER.format("o.disposition = 'died' and o.discharged_on < f.admitted_on"),
        0.6,
    ),
    "while_suspended": (
        """exists (select 1 from contract_periods s where s.provider_id = f.provider_id and
        f.admitted_on between suspended_from::date and suspended_to::date)""",
        1,
    ),
    "borrowed_terminal": (
        """not exists (select 1 from claims o where o.terminal_id = f.terminal_id and
        o.claim_id not in (select claim_id from key_claims) and o.total_amount > 0
        and not exists (select 1 from claims r where r.reverses_claim_id = o.claim_id))""",
        1,
    ),
    "round_goods": ("total_amount::int % 100 = 0 and account_amount = total_amount", 1),
    "small_change": (
        ANOTHER.format("o.admitted_on = f.admitted_on and o.provider_id = f.provider_id"),
        0.9,
    ),
    "moved_out": (
        "scope = 'C' or "
        + ANOTHER.format(
            "o.visit_kind = 'inpatient' and o.admitted_on - f.admitted_on between 1 and 2"
        ),
        0.95,
    ),
    "passed_on": (
        "disposition in ('transferred', 'against_advice') and discharged_on - admitted_on < 3",
        0.95,
    ),
    "one_place": ("referral_filed = 'false'", 1),
    "sham_emergency": (ANOTHER.format("o.admitted_on = f.admitted_on"), 0.9),
    "sham_employer": (
        """exists (select 1 from enrolments e where e.patient_id = f.patient_id and
        f.admitted_on - e.enrolled_from::date between 4 and 130)""",
        1,
    ),
    "one_stay_long": (
        """exists (select 1 from enrolments e where e.patient_id = f.patient_id and
        f.admitted_on between e.enrolled_from::date and e.enrolled_to::date
        and e.enrolled_to::date - e.enrolled_from::date < 200)""",
        1,
    ),
    "fields_left_out": (
        """(practitioner_id is null)::int + (diagnosis_code is null)::int
        + (started_at is null)::int >= 2""",
        1,
    ),
    "details_withheld": ("l_claim is null", 1),
}


@pytest.mark.parametrize("mechanism", SIGNS)
def test_what_a_mechanism_does_can_be_seen_in_the_raw_rows(town, mechanism):
    sign, least = SIGNS[mechanism]
    false = f"""(select c.*, l.claim_id l_claim, l.item_code, l.unit_price, l.scope,
        l.fund_amount l_fund, l.trace_code, l.served_at, l.quantity
        from {own(mechanism)} c left join (select distinct on (claim_id, n) * from (
        select *, line_no as n from claim_lines union all
        select *, -1 as n from claim_lines where line_no = 1)) l
        on l.claim_id = c.claim_id and l.n = coalesce(c.line_no, -1))"""

    assert one(town, f"select count(*) from {own(mechanism)}") > 0
    assert one(town, f"select avg(({sign})::int) from {false} f") >= least


def test_invented_stock_opens_with_more_than_the_last_month_closed_with(town):
    gaps = """(select provider_id, opening::int <> lag(closing::int) over (partition by
        provider_id, item_code order by month) as gap from stock_moves)"""
    liars = "(select entity_id from key_carriers where mechanism = 'invented_opening')"

    at = one(town, f"select avg(gap::int) from {gaps} where provider_id in {liars}")
    elsewhere = one(town, f"select avg(gap::int) from {gaps} where provider_id not in {liars}")
    assert at > elsewhere


def test_people_of_a_ring_come_together_far_more_often_than_others(town):
    met = """(select patient_id, max(n) n from (select a.patient_id, count(*) n from claims a
        join claims b on a.provider_id = b.provider_id and a.admitted_on = b.admitted_on
        and a.patient_id <> b.patient_id where a.visit_kind <> 'inpatient'
        group by a.patient_id, b.patient_id) group by 1)"""
    ring = """(select entity_id from key_carriers where mechanism in ('together', 'in_turns')
        and grain = 'patient')"""

    members = one(town, f"select quantile_cont(n, 0.5) from {met} where patient_id in {ring}")
    others = one(town, f"select quantile_cont(n, 0.9) from {met} where patient_id not in {ring}")
    assert members > others


def test_a_second_life_is_led_at_one_place(town):
    places = f"""select quantile_cont(n, 0.8) from (select patient_id, count(distinct provider_id) n
        from {own("second_life")} group by 1)"""

    assert one(town, places) == 1


@pytest.mark.parametrize(
    "artefact",
    [
        "placeholder_practitioner",
        "wrong_mapping",
        "autocomplete_slip",
        "unlinked_reversals",
        "bulk_upload",
        "unit_jump",
        "batch_sent_twice",
        "fen_for_yuan",
        "default_birth_date",
        "newborn_on_mothers_id",
        "server_clock",
        "merged_branch",
        "wrong_death_date",
        "head_of_department",
    ],
)
def test_every_data_error_is_made_and_its_rows_show_it(town, artefact):
    signs = {
        "placeholder_practitioner": "c.practitioner_id in (select practitioner_id from "
        "practitioners where specialty is null) or c.practitioner_id is null",
        "wrong_mapping": "l.local_item_code is not null and l.item_code in "
        "(select item_code from items where sex_limit is not null or age_min is not null "
        "or age_max is not null)",
        "autocomplete_slip": "l.item_code = '003112000030000'",
        "unlinked_reversals": "reverses_claim_id is null",
        "bulk_upload": "hour(uploaded_at) = 23",
        "unit_jump": "abs(l.quantity) >= 10",
        "batch_sent_twice": "exists (select 1 from claims o where o.patient_id = c.patient_id and "
        "o.admitted_on = c.admitted_on and o.claim_id <> c.claim_id)",
        "fen_for_yuan": "l.unit_price >= 100",
        "default_birth_date": "patient_id in (select patient_id from patients "
        "where birth_date = '1900-01-01' or birth_date is null)",
        "newborn_on_mothers_id": "diagnosis_code = 'P59.9' or diagnosis_code is null",
        "server_clock": "started_at is null or hour(started_at) = 0",
        "merged_branch": "discharged_on > (select contracted_to::date from providers p "
        "where p.provider_id = c.provider_id)",
        "wrong_death_date": "admitted_on > (select died_on::date from patients p "
        "where p.patient_id = c.patient_id)",
        "head_of_department": "a.provider_id = c.provider_id",
    }
    made = f"""key_artefacts a join claims c using (claim_id) left join claim_lines l
        on l.claim_id = a.claim_id and l.line_no = a.line_no where artefact = '{artefact}'"""

    assert one(town, f"select count(*) from {made}") > 0
    assert one(town, f"select avg(({signs[artefact]})::int) from {made}") == 1


def test_some_data_errors_fall_on_a_provider_with_a_real_scheme(town):
    assert one(town, "select count(*) from key_artefacts where also_carries is not null") > 0
    assert one(town, "select count(*) from key_artefacts where also_carries is null") > 0


def test_every_lookalike_is_there_and_exists(town):
    names = {row[0] for row in rows(town, "select distinct lookalike from key_lookalikes")}

    assert names == {
        "referral_centre",
        "sole_provider",
        "staged_treatment",
        "epidemic_weeks",
        "screening_day",
        "family_together",
        "new_department",
        "case_mix_change",
        "branch_transfer",
        "unit_conversion",
        "late_correction",
        "suspended_department",
        "shared_warehouse",
        "therapy_course",
        "many_departments",
        "twins",
    }
    for grain in ("provider", "patient"):
        assert (
            one(
                town,
                f"""select count(*) from key_lookalikes where grain = '{grain}' and
                entity_id not in (select {grain}_id from {grain}s)""",
            )
            == 0
        )


def test_phantom_visits_and_lines_are_both_there(town):
    assert one(town, f"select count(*) from {own('false_visits')} where line_no is null") > 20
    assert one(town, f"select count(*) from {own('false_visits')} where line_no is not null") > 20


def test_a_phantom_visit_never_falls_into_a_stay_of_its_patient(town):
    assert (
        one(
            town,
            f"""select count(*) from {own("false_visits")} f join claims c using (patient_id)
            where f.line_no is null and c.visit_kind = 'inpatient' and c.claim_id not in
            (select claim_id from key_claims) and f.admitted_on > c.admitted_on
            and f.admitted_on < c.discharged_on""",
        )
        == 0
    )


def test_an_upcoded_stay_costs_less_for_its_weight_than_an_honest_one_of_its_level(tmp_path):
    town = town_of(tmp_path, "T03")  # other schemes of the same stays would hide it
    cost = "sum(total_amount)::double / sum(drg_weight)"
    honest = "claim_id not in (select claim_id from key_claims) and drg_code is not null"
    at = f"provider_id in (select provider_id from {own('heavier_group')})"

    false = one(town, f"select {cost} from {own('heavier_group')}")
    assert false < 0.9 * one(town, f"select {cost} from claims where {honest} and {at}")


def test_charging_is_either_the_same_item_twice_or_above_its_cap(town):
    lines = f"""select l.*, i.price_cap::decimal(18, 2) cap, count(*) over (partition by
        l.claim_id, l.item_code, l.served_at) times from claim_lines l join items i on
        l.item_code = i.item_code and l.served_at::date >= i.valid_from::date and
        (i.valid_to is null or l.served_at::date <= i.valid_to::date)
        where l.claim_id in (select claim_id from {own("twice_or_over_cap")})"""
    false = own("twice_or_over_cap")
    found = f"select * from ({lines}) join {false} f using (claim_id, line_no)"

    assert one(town, f"select count(*) from ({found}) where unit_price > cap") > 10
    assert one(town, f"select count(*) from ({found}) where times > 1") > 10
    assert one(town, f"select count(*) from ({found}) where unit_price <= cap and times = 1") == 0


def test_a_split_stay_follows_one_at_the_same_provider_within_seven_days(town):
    assert one(town, f"select count(*) from {own('T06')}") > 3
    assert (
        one(
            town,
            f"""select count(*) from {own("taken_up_again")} f where not exists (
            select 1 from claims c
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
    assert elsewhere(own("seen_elsewhere")) > 0.3 > elsewhere(honest)
    assert done(own("seen_elsewhere")) < 0.8 * done(honest)


def test_what_is_swapped_was_never_bought_in_the_quantity_billed(town):
    assert (
        one(
            town,
            f"""with billed as (select provider_id, item_code, sum(quantity) sold, min(f.n) n
            from claim_lines join claims using (claim_id) join (select provider_id,
            item_code, count(*) n from {own("favourites")} join claim_lines
            using (claim_id, line_no)
            group by 1, 2) f using (provider_id, item_code) group by 1, 2),
            moved as (select provider_id, item_code, sum(purchased::int - returned::int)
            + min_by(opening::int, month) - max_by(closing::int, month) used
            from stock_moves group by 1, 2)
            select avg((coalesce(used, 0) < sold)::int) from billed
            left join moved using (provider_id, item_code) where n >= 2""",
        )
        > 0.9
    )


def test_members_of_a_reselling_ring_collect_at_several_counters(town):
    ring = """(select entity_id from key_carriers where mechanism = 'many_counters'
        and grain = 'patient')"""

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
    false = f"(select distinct practitioner_id, admitted_on served_on from {own('long_day')})"

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
    honest = "claim_id not in (select claim_id from key_claims)"
    both = "a.claim_id not in (select claim_id from key_claims) and b.claim_id not in (select "
    both += "claim_id from key_claims)"
    twice = f"""select claim_id, item_code, served_at from claim_lines join claims
        using (claim_id) where {honest} group by all having count(*) > 1"""
    back = f"""select 1 from claims a join claims b using (patient_id, provider_id)
        where {both} and a.visit_kind = 'inpatient' and b.visit_kind = 'inpatient'
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
            sum(fund_amount + coalesce(account_amount, 0)) paid from claims group by 1) p
            on entity_id = provider_id
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


def test_only_a_heavier_group_does_not_admit_the_diagnosis_of_its_stay(town):
    """Else a slip of the simulator would give its carriers away."""
    strange = rows(
        town,
        """select distinct coalesce(k.mechanism, '-') from claims c
        join drg_groups using (drg_code) left join key_claims k using (claim_id)
        where not list_bool_or(list_transform(string_split(diagnosis_prefixes, '|'),
                                              lambda p: starts_with(c.diagnosis_code, p)))""",
    )
    assert {name for (name,) in strange} <= {"heavier_group"}
