# ruff: noqa: S608  (our own questions about our own files)
"""What the false rows of a mechanism show in the raw tables, as conditions on a row f."""


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

TOGETHER = """(('XA02BC0127', 'XA02BC0528'), ('XZ04AA0018', 'XZ04AB0019'),
    ('XZ04AA0018', 'XZ04AC0040'), ('XZ04AB0019', 'XZ04AC0040'), ('XZ01AA0008', 'XZ01AB0009'),
    ('XJ01CR0201', 'XJ01DC0402'))"""
COLLEAGUES = """(select count(distinct o.patient_id) from claims o join patients p
    using (patient_id) where p.employer_id = (select employer_id from patients q
    where q.patient_id = f.patient_id) and o.provider_id = f.provider_id
    and abs(o.admitted_on - f.admitted_on) < 3 and {})"""
SIGNS |= {
    "every_bed_day": (
        """(select count(distinct o.served_at::date) from claim_lines o where o.claim_id =
        f.claim_id and o.item_code = f.item_code) >= f.discharged_on - f.admitted_on""",
        1,
    ),
    "operation_on_paper": (
        """procedure_codes is not null and drg_code[:3] in ('FM1', 'GC2', 'LE1') and not exists
        (select 1 from claim_lines o where o.claim_id = f.claim_id and o.item_code like '0033%')""",
        1,
    ),
    "all_but_one": (
        """(select count(distinct o.item_code) = len(any_value(i.bundle_of).split('|')) - 1
        from claim_lines o join items i on contains(i.bundle_of, o.item_code)
        and contains(i.bundle_of, f.item_code) where o.claim_id = f.claim_id)""",
        0.9,
    ),
    "every_part": (
        """quantity > 1 and quantity <= (select max(max_daily_quantity::int) from items i
        where i.item_code = f.item_code)""",
        1,
    ),
    "work_up_first": (
        another(
            """o.provider_id = f.provider_id and left(o.drg_code, 3) = left(f.drg_code, 3)
            and f.admitted_on - o.discharged_on between 15 and 27"""
        )
        + """ and (select count(*) from claim_lines o join items i using (item_code)
        where o.claim_id = f.claim_id and i.kind = 'exam') = 0""",
        0.8,
    ),
    "nights_at_home": (
        """exists (select 1 from leave_passes p where p.claim_id = f.claim_id and
        p.left_at::timestamp::date = f.served_at::date)""",
        1,
    ),
    "two_for_one": (
        f"""exists (select 1 from claim_lines o where o.claim_id = f.claim_id and
        ((o.item_code, f.item_code) in {TOGETHER} or (f.item_code, o.item_code) in {TOGETHER}))""",
        1,
    ),
    "check_up": (COLLEAGUES.format("true") + " > 3", 0.9),
    "two_homes": (
        """(select region_code from providers p where p.provider_id = f.provider_id) <>
        (select region_code from patients p where p.patient_id = f.patient_id)""",
        1,
    ),
    "round_of_counters": (
        another(
            """o.provider_id <> f.provider_id and abs(f.admitted_on - o.admitted_on) between 24
            and 36 and exists (select 1 from claim_lines x where x.claim_id = o.claim_id
            and x.item_code = f.item_code)"""
        ),
        0.9,
    ),
    "from_other_shelves": (
        """exists (select 1 from trace_events e where contains(f.trace_code, e.trace_code)
        and e.event = 'purchased' and e.provider_id <> f.provider_id)""",
        0.95,
    ),
    "covered_later": ("trace_code is null", 1),
    "gift_days": ("day(admitted_on) % 10 between 5 and 9", 1),
    "never_off": (
        """(select count(distinct o.admitted_on) from claims o where o.practitioner_id =
        f.practitioner_id and abs(o.admitted_on - f.admitted_on) < 4) > 4""",
        0.9,
    ),
    "too_young": (
        """date_diff('year', (select birth_date::date from patients p where p.patient_id =
        f.patient_id), admitted_on) < 36 and drg_code[:3] in ('CB3', 'ES1', 'FR2', 'FU2', 'BR2')""",
        0.75,  # some birth dates are a data error's
    ),
    "both_in_turn": (
        """scheme = 'resident' and (select count(distinct e.scheme) from enrolments e where
        e.patient_id = f.patient_id and e.enrolled_to is null) = 2""",
        1,
    ),
    "for_a_neighbour": (
        """exists (select 1 from contract_periods s where s.provider_id <> f.provider_id
        and f.admitted_on between suspended_from::date and suspended_to::date)""",
        1,
    ),
    "whole_firm": (
        "account_amount = total_amount and "
        + COLLEAGUES.format("o.total_amount = f.total_amount")
        + " > 3",
        0.9,
    ),
    "long_guests": (
        "referral_filed = 'true' and drg_code like 'TT1%' and discharged_on - admitted_on > 25",
        1,
    ),
    "dear_stock_withheld": (
        """not exists (select 1 from stock_moves s where s.provider_id = f.provider_id and
        s.item_code = f.item_code and s.month::date >= date_trunc('month', f.served_at)) and
        exists (select 1 from stock_moves s where s.provider_id = f.provider_id and
        s.month::date >= date_trunc('month', f.served_at))""",
        0.95,
    ),
}
# what other schemes on the same days would hide: asked where nobody carries another typology
ALONE = ("one_route",)
