"""Slips of who: one number for a department, a death or a birth entered wrong."""

import ibis
import ibis.expr.types as ir

from fraudml.claims.calendar import days_between, years_between
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.rules.goods import month_number
from fraudml.monitor.shared import Shared, prefixed
from fraudml.monitor.signatures.entry import Signature, touched
from fraudml.monitor.signatures.placeholders import NUMBER_ASK
from fraudml.monitor.signatures.tables import (
    middle_where,
    more,
    number,
    shared_with,
    signed_by,
)

_ROOM = ("provider_id", "place")


def _head_for_all(at: Shared, values: Values) -> ir.Table:
    t = signed_by(at)
    t = t.mutate(month=month_number(t.visited_on))
    each = t.group_by(*_ROOM, "month", "practitioner_id").agg(signed_n=t.count())
    each = at.keep("signature-room-months", lambda: each)
    room = each.view()
    months = room.group_by(*_ROOM, "month").agg(
        all_n=room.signed_n.sum(), ids_n=room.count(), top_n=room.signed_n.max()
    )
    months, (least, one, several, spread) = number(
        at, months, values, "least_claims", "share_of_one", "least_colleagues", "share_before"
    )
    share = months.top_n.cast("float64") / months.all_n.cast("float64")
    enough = months.all_n.cast("float64") >= least
    months = months.mutate(
        alone=enough & (share >= one),
        shared=enough & (months.ids_n.cast("float64") >= several) & (share <= spread),
    )
    rooms = months.group_by(**{f"room_{n}": months[n] for n in _ROOM}).agg(
        usual_n=middle_where(months.all_n, months.shared),
        now_n=middle_where(months.all_n, months.alone),
        shared_months=months.shared.cast("int64").sum(),
    )
    alone = months.filter(months.alone)
    j = alone.inner_join(rooms, [alone[n] == rooms[f"room_{n}"] for n in _ROOM])
    j, (before, change) = number(at, j, values, "months_before", "volume_change")
    steady = (j.now_n <= j.usual_n * (change + 1.0)) & (j.now_n >= j.usual_n / (change + 1.0))
    j = j.filter(steady, j.shared_months.cast("float64") >= before)
    first = j.select(**{f"j_{n}": j[n] for n in (*_ROOM, "month", "top_n")})
    heads = each.inner_join(first, [each[n] == first[f"j_{n}"] for n in (*_ROOM, "month")])
    heads = heads.filter(heads.signed_n == heads.j_top_n)
    rows = shared_with(t, heads, *_ROOM, "month", "practitioner_id")
    return touched(rows, key=("practitioner_id", "place"), code="practitioner_id")


def _death_wrong(at: Shared, values: Values) -> ir.Table:
    checked = at.claims.assessed("claims.identity_check")
    t = more(at, "identity_check") if checked else at.claim.mutate(identity_check=ibis.null("str"))
    t = t.filter(t.died_on.notnull(), t.total_amount_fen > 0)
    every = t.filter(t.visited_on > t.died_on)
    t = t.filter(t.visit_kind != "pharmacy")  # goods may be fetched by anybody
    t = t.mutate(
        after_days=days_between(t.visited_on, t.died_on).cast("float64"),
        by_face=(t.identity_check == "face").coalesce(False).cast("int64"),
        chapter=t.diagnosis_code.left(1),
    )
    after = _known_before(t.filter(t.after_days > 0), t.filter(t.after_days <= 0).view())
    each = after.group_by("patient_id", "provider_id").agg(
        n=after.count(), faces=after.by_face.sum(), longest=after.after_days.max(),
        known_n=after.known_place.sum(), like_n=after.known_chapter.sum(),
    )  # fmt: skip
    persons = each.group_by("patient_id").agg(
        visits=each.n.sum(), providers=each.count(), longest=each.longest.max(),
        seen_at=(each.faces > 0).cast("int64").sum(), provider_id=each.provider_id.min(),
        top_n=each.n.max(), known_n=each.known_n.sum(), like_n=each.like_n.sum(),
    )  # fmt: skip
    persons, (visits, providers, days, faces, places, one, known, houses) = number(
        at, persons, values, "least_visits", "least_providers", "least_days", "least_face_checks",
        "providers_without_face", "most_at_one", "share_known", "independent_providers",
    )  # fmt: skip
    n = persons.visits.cast("float64")
    scattered = (persons.providers.cast("float64") >= places) & (
        persons.top_n.cast("float64") <= one * n
    )
    # a provider that uses a dead person's card can sham a face check, but not visits to others
    several = persons.providers.cast("float64") > places
    by_face = (persons.seen_at.cast("float64") >= faces) | (
        (persons.seen_at > 0) & (scattered | several)
    )
    # a card in other hands brings another illness, or stays with the one who holds it
    spread = persons.providers.cast("float64") >= houses
    at_known = scattered & (persons.known_n.cast("float64") >= known * n)
    by_habit = (at_known | spread) & (persons.like_n.cast("float64") >= known * n)
    alive = persons.filter(
        n >= visits,
        persons.providers.cast("float64") >= providers,
        persons.longest >= days,
        by_face | by_habit,
    )
    return touched(shared_with(every, alive, "patient_id"), key=("patient_id",), code="patient_id")


def _known_before(after: ir.Table, before: ir.Table) -> ir.Table:
    """Visits beside whether their place and kind of illness were the person's before as well."""
    places = before.select(p_who="patient_id", p_place="provider_id").distinct()
    kinds = before.filter(before.chapter.notnull()).view()
    kinds = kinds.select(k_who="patient_id", k_chapter="chapter").distinct()
    j = after.left_join(
        places, [after.patient_id == places.p_who, after.provider_id == places.p_place]
    )
    j = j.mutate(known_place=j.p_who.notnull().cast("int64")).drop("p_who", "p_place")
    j = j.left_join(kinds, [j.patient_id == kinds.k_who, j.chapter == kinds.k_chapter])
    return j.mutate(known_chapter=j.k_who.notnull().cast("int64")).drop("k_who", "k_chapter")


def _newborn(at: Shared, values: Values) -> ir.Table:
    t = at.limited_line
    t = t.filter((t.age > t.age_max).coalesce(False), t.age_max <= 1)
    c = at.claim
    birth = prefixed(c.diagnosis_code, values.codes("delivery_diagnoses"))
    c = c.filter(c.sex == "F", birth).select(mother="patient_id", delivered_on="admitted_on")
    t, (days,) = number(at, t, values, "days")
    j = t.inner_join(c, t.patient_id == c.mother)
    since = days_between(j.served_on, j.delivered_on)
    j = j.filter(since >= -7, since.cast("float64") <= days)
    j = j.drop("mother", "delivered_on").distinct()
    lines = touched(j, key=("patient_id",), code="patient_id", on="served_on")
    return lines.union(_perinatal(at, values))


def _perinatal(at: Shared, values: Values) -> ir.Table:
    """Claims whose own diagnosis is a newborn's, on a woman of child-bearing age."""
    c = at.claim.filter(at.claim.sex == "F", at.claim.birth_date.notnull())
    c = c.filter(prefixed(c.diagnosis_code, values.codes("newborn_diagnoses")))
    c = c.mutate(age=years_between(c.visited_on, c.birth_date).cast("float64"))
    c, (young, old) = number(at, c, values, "age_from", "age_to")
    c = c.filter(c.age >= young, c.age <= old)
    return touched(c, key=("patient_id",), code="patient_id")


def _default_birth(at: Shared, values: Values) -> ir.Table:
    crowd = _births(at)
    whole = at.claim.inner_join(crowd, at.claim.patient_id == crowd.crowd_id)
    whole, (oldest, several, often) = number(
        at, whole, values, "oldest_age", "least_persons_of_default", "times_mean_of_default"
    )
    default = whole.birth_text.isin(values.codes("default_dates"))
    n = whole.persons_n.cast("float64")
    default &= (n >= several) & (n >= often * whole.mean_n)
    whole = whole.filter(default | (whole.oldest > oldest))
    whole = at.keep("signature-default-births", lambda: whole.select(
        "claim_id", "claim_no", "provider_id", "patient_id", "visited_on", "settled_on",
        "fund_amount_fen", "birth_text"))  # fmt: skip
    t = at.limited_line
    odd = (t.age > t.age_max).coalesce(False) | (t.age < t.age_min).coalesce(False)
    t, (least, times) = number(at, t.filter(odd), values, "least_persons", "times_mean")
    j = t.mutate(least=least, times=times)
    sure = whole.view()
    j = j.anti_join(sure, j.claim_no == sure.claim_no)
    again = crowd.view()
    j = j.inner_join(again, j.patient_id == again.crowd_id)
    n = j.persons_n.cast("float64")
    j = j.filter(n >= j.least, n >= j.times * j.mean_n)
    lines = touched(j, key=("birth_text",), code="birth_text", on="served_on")
    return lines.union(touched(whole, key=("birth_text",), code="birth_text"))


def _births(at: Shared) -> ir.Table:
    """One row per person: crowd_id, birth_text, how many share it, the mean of dates, the age."""
    p = at.claims.table("patients")
    p = p.filter(p.birth_date.notnull()).select("patient_id", "birth_date")
    dates = p.group_by("birth_date").agg(persons_n=p.count())
    mean = dates.agg(mean_n=dates.persons_n.sum().cast("float64") / dates.count().cast("float64"))
    j = p.inner_join(dates.cross_join(mean), "birth_date")
    today = at.as_of
    return at.keep("signature-births", lambda: j.select(
        "persons_n", "mean_n", crowd_id="patient_id", birth_text=j.birth_date.cast("string"),
        oldest=years_between(today, j.birth_date).cast("float64")))  # fmt: skip


PEOPLE: tuple[Signature, ...] = (
    Signature(
        id="D02.head_for_department",
        cause="practitioner",
        needs=("claims.practitioner_id", "claims.department_code"),
        thresholds=(
            ("least_claims", "count"), ("share_of_one", "share"), ("least_colleagues", "count"),
            ("share_before", "share"), ("months_before", "count"), ("volume_change", "share"),
        ),
        explains=("T16",),
        repair="practitioner",
        words=(("from one month on a department's claims all carry one practitioner's number, at "
               "the same volume as when several shared them"),
               "科室自某月起全部使用一名医师的工号，总量与多人分担时相同"),
        ask=NUMBER_ASK,
        twin=(("phantom visits add claims to the department and leave the colleagues' own; here "
              "the total stays and the colleagues' disappear"),
              "虚构就诊会增加科室总量且同事的单据仍在；此处总量不变而同事的单据消失"),
        find=_head_for_all,
    ),
    Signature(
        id="D03.death_registered_wrong",
        cause="person",
        needs=("patients.died_on",),
        thresholds=(
            ("least_visits", "count"), ("least_providers", "count"), ("least_days", "days"),
            ("least_face_checks", "count"), ("providers_without_face", "count"),
            ("most_at_one", "share"), ("share_known", "share"),
            ("independent_providers", "count"),
        ),
        explains=("T19",),
        repair="died_on",
        words=(("a person registered as dead is seen long after by several providers: by face, or "
                "where and with the illness they were seen before"),
               "登记死亡的参保人其后长期在多家机构就诊（刷脸，或沿用生前机构与病种），死亡登记疑有误"),
        ask=(("Confirm from the visit's papers that this person was seen; the agency checks the "
             "registration of the death."),
             "请以就诊资料确认本人到诊；由经办机构核对死亡登记。"),
        twin=(("the card of a dead person is used at one place, a new one or a pharmacy, and never "
              "passes a face check at independent providers"),
              "冒用死者凭证多集中于一家、新的机构或药店，且无法在多家独立机构通过人脸核验"),
        find=_death_wrong,
    ),
    Signature(
        id="D04.newborn_on_mother",
        cause="person",
        needs=("claim_lines.item_code", "items.age_max", "patients.birth_date",
               "claims.diagnosis_code"),
        thresholds=(
            ("days", "days"), ("delivery_diagnoses", "codes"), ("newborn_diagnoses", "codes"),
            ("age_from", "count"), ("age_to", "count"),
        ),
        explains=("R17.too_old",),
        repair="drop",
        words=("items for a newborn stand on the mother's number around her delivery",
               "分娩前后新生儿项目记在母亲名下"),
        ask=("Move the newborn's items to the child's own number and send them again.",
             "请将新生儿项目更正至新生儿本人名下后重传。"),
        twin=(("a lent card brings adults' and children's items at any time; these follow a "
              "delivery and are for children under one year alone"),
              "冒名就医的项目不限时间与年龄；此处仅限分娩前后一岁以下项目"),
        find=_newborn,
    ),
    Signature(
        id="D05.default_birth_date",
        cause="person",
        needs=("claim_lines.item_code", "patients.birth_date"),
        thresholds=(
            ("least_persons", "count"), ("times_mean", "ratio"), ("default_dates", "codes"),
            ("oldest_age", "count"), ("least_persons_of_default", "count"),
            ("times_mean_of_default", "ratio"),
        ),
        explains=("R17.too_old", "R17.too_young"),
        repair="birth_date",
        words=("ages conflict for persons who share one birth date with very many others",
               "与大量参保人共用同一出生日期者的年龄冲突，疑为默认日期"),
        ask=("Correct these persons' birth dates in the register of the insured, by their papers.",
             "请依身份证件更正参保登记中这些人员的出生日期。"),
        twin=("services under another's card conflict for persons of any birth date",
              "冒名就医的年龄冲突与出生日期是否集中无关"),
        find=_default_birth,
        asked="agency",
    ),
)  # fmt: skip
