"""Rules about people who come together more often than their own habits explain.

The null is that of permuting each person's days among the provider's open days of the same
weekday: a pair is then expected on sum(a * b / days) days. Whoever comes every Tuesday meets
whoever else does. Days with more than 200 visitors say nothing about who came with whom.
"""

import hashlib

import ibis.expr.types as ir

from fraudml.monitor.entry import NOTHING, Part, Rule, found
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.rates import PEERS, beside_totals, least_likely
from fraudml.monitor.rules.interim import GOES_ON, carried_on
from fraudml.monitor.rules.people import supply
from fraudml.monitor.rules.runs import IN_A_RUN, settled_in_a_run
from fraudml.monitor.shared import Shared, prefixed, second_of_day

_SUPPLIED = ("claim_lines.days_supply", "items.kind")
_WEEKS = 20  # days that a supply lasts whose end brings somebody back
_EARLY, _LATE = 5, 7  # days before and after its end that are still on time
CROWD = 200  # more visitors than this on one day: not a group
_PERSON_DAY = ("patient_no", "provider_no", "on")


def _days(at: Shared, values: Values, *, inpatient: bool) -> ir.Table:
    """One row per person, provider and day that could be a meeting: minute, mine_n, least."""
    left_out = values.codes("staged_diagnoses")
    # two rules ask of the same days unless an overlay lets them leave out other illnesses
    of = hashlib.sha256("|".join((str(inpatient), *left_out)).encode()).hexdigest()[:12]
    t = at.keep(f"days_shared_{of}", lambda: _shared_days(at, left_out, inpatient=inpatient))
    t = t.inner_join(at.provider.select("provider_no", *PEERS), "provider_no")
    t = t.mutate(least=values.number("days", t, "on"))
    return t.filter(t.mine_n.cast("float64") >= t.least)


def _shared_days(at: Shared, left_out: tuple[str, ...], *, inpatient: bool) -> ir.Table:
    """Days of a person at a provider on which others came: patient_no, provider_no, on, minute.

    illness  one that the claims of the day name; mine_n  how many such days the person has there
    """
    t = at.claim.filter(at.claim.inpatient == inpatient)
    t = t.filter(~prefixed(t.diagnosis_code, left_out))
    # whoever was there already was not admitted; whose supply is at its end comes for that
    t = t.anti_join(carried_on(at) if inpatient else _on_time(at), "claim_no")
    if not inpatient:
        t = t.anti_join(settled_in_a_run(at), "claim_no")
        t = t.anti_join(_residents(at), ["patient_no", "provider_no"])
    minute = t.started_at.hour() * 60 + t.started_at.minute()
    on = t.admitted_on if inpatient else t.visited_on
    t = t.group_by("patient_no", "provider_no", on=on).agg(
        minute=minute.min(where=second_of_day(t.started_at) > 0),  # a bare date is no time of day
        illness=t.diagnosis_code.min(),
    )
    t = beside_totals(t, ("provider_no", "on"), visitors_n=t.count())
    t = t.filter(t.visitors_n.between(2, CROWD)).drop("visitors_n")
    return beside_totals(t, ("patient_no", "provider_no"), mine_n=t.count())


def _residents(at: Shared) -> ir.Table:
    """Persons and the nursing homes that have most of their visits: its round is their doctor."""
    t = at.claim.filter(~at.claim.inpatient)
    n = t.group_by("patient_no", "provider_no").agg(here_n=t.count())
    n = beside_totals(n, ("patient_no",), all_n=n.here_n.sum())
    homes = at.provider.filter(at.provider.provider_kind == "nursing").select("provider_no")
    n = n.filter(n.here_n * 2 > n.all_n).semi_join(homes, "provider_no")
    return n.select("patient_no", "provider_no")


def _on_time(at: Shared) -> ir.Table:
    """Claims that fetch a supply of weeks as the last one ends, and nothing before its time.

    Many begin a month on one day and are out of tablets on one day; a ring comes when it suits.
    """
    if at.claims.missing(_SUPPLIED):
        return at.claim.limit(0).select("claim_no")
    s = supply(at)
    over = s.reach_before - s.start_day  # days that are left of the last supply
    on_time = (s.days_supply >= _WEEKS) & over.between(-_LATE, _EARLY)
    t = s.group_by("claim_no").agg(on_time=on_time.any(), early=(over > _EARLY).any())
    return t.filter(t.on_time, ~t.early.coalesce(False)).select("claim_no")


def _pairs(
    at: Shared, name: str, values: Values, *, inpatient: bool, timed: bool = False
) -> ir.Table:
    """Pairs beyond the null: provider_no, one_no, other_no; each in both directions.

    timed  only who comes within some minutes has met; the null stays that of the whole day
    """
    m = at.keep(f"{name}_days", lambda: _days(at, values, inpatient=inpatient))
    a = m.select("provider_no", "on", "level", "provider_kind", "minute", one_no="patient_no")
    b = m.view().select("provider_no", "on", other_no="patient_no", other_minute="minute")
    met = a.inner_join(b, ["provider_no", "on"]).filter(lambda t: t.one_no < t.other_no)
    if timed:
        met = met.filter(near(met, values))
    n = met.group_by("provider_no", "one_no", "other_no", "level", "provider_kind").agg(
        met_n=met.count(), on=met.on.max()
    )
    n = n.filter(n.met_n.cast("float64") >= values.number("days", n, "on"))
    expected = _expected(at, m, n)
    n = n.inner_join(expected, ["provider_no", "one_no", "other_no"])
    low = least_likely(n.met_n, values.number("tail_z", n, "on"))
    n = n.filter(low > n.expected).select("provider_no", "one_no", "other_no")
    return n.union(n.select("provider_no", one_no="other_no", other_no="one_no"))


def near(t: ir.Table, values: Values) -> ir.BooleanValue:
    """Whether two came within minutes of each other; a bare date is no moment."""
    apart = (t.minute - t.other_minute).abs().cast("float64")
    known = (t.minute > 0) & (t.other_minute > 0)
    return (known & (apart <= values.number("minutes", t, "on"))).coalesce(False)


def _expected(at: Shared, m: ir.Table, pairs: ir.Table) -> ir.Table:
    """Days on which each pair would meet if everybody's days fell anywhere on their weekdays."""
    w = m.mutate(weekday=m.on.day_of_week.index().cast("int32"))
    own = w.group_by("provider_no", "patient_no", "weekday").agg(days_n=w.count())
    opened = at.claim.select("provider_no", on="visited_on").distinct()
    opened = opened.mutate(weekday=opened.on.day_of_week.index().cast("int32"))
    opened = opened.group_by("provider_no", "weekday").agg(open_n=opened.count())
    one = own.select("provider_no", "weekday", one_no="patient_no", one_n="days_n")
    two = own.view().select("provider_no", "weekday", other_no="patient_no", other_n="days_n")
    p = pairs.select("provider_no", "one_no", "other_no").inner_join(one, ["provider_no", "one_no"])
    p = p.inner_join(two, ["provider_no", "other_no", "weekday"])
    p = p.inner_join(opened, ["provider_no", "weekday"])
    each = p.one_n.cast("float64") * p.other_n.cast("float64") / p.open_n.cast("float64")
    return (
        p.mutate(each=each)
        .group_by("provider_no", "one_no", "other_no")
        .agg(expected=lambda t: t.each.sum())
    )


def _company(m: ir.Table, pairs: ir.Table) -> ir.Table:
    """A person's days beside every companion who came on them too: other_no, other_*."""
    there = m.view().select(
        "provider_no", "on", other_no="patient_no", other_minute="minute", other_illness="illness"
    )
    j = m.inner_join(pairs, [m.provider_no == pairs.provider_no, m.patient_no == pairs.one_no])
    j = j.select(*_PERSON_DAY, *PEERS, "minute", "illness", "other_no")
    return j.inner_join(there, ["provider_no", "on", "other_no"])


def _alike(j: ir.Table, values: Values) -> ir.Table:
    """Days on which several companions have one's own illness, and no passing one, time and again.

    A family catches one cold and goes to one check-up; it has no five of one lasting illness.
    """
    same = (j.illness == j.other_illness) & ~prefixed(j.illness, values.codes("shared_diagnoses"))
    j = j.filter(same.coalesce(False))
    days = j.group_by(*_PERSON_DAY, *PEERS).agg(alike_n=j.count())
    days = days.filter(days.alike_n.cast("float64") >= values.number("alike", days, "on"))
    days = beside_totals(days, ("patient_no", "provider_no"), days_n=days.count())
    often = days.days_n.cast("float64") >= values.number("days", days, "on")
    return days.filter(often).select(*_PERSON_DAY)


def _meetings(at: Shared, name: str, values: Values, *, inpatient: bool) -> ir.Table:
    """Claims on days on which a person came with enough regular companions."""
    pairs = at.keep(f"{name}_pairs", lambda: _pairs(at, name, values, inpatient=inpatient))
    m = at.keep(f"{name}_days", lambda: _days(at, values, inpatient=inpatient))
    j = _company(m, pairs)
    days = j.group_by(*_PERSON_DAY, *PEERS).agg(companions_n=j.count())
    many = days.companions_n.cast("float64") >= values.number("companions", days, "on")
    days = days.filter(many).select(*_PERSON_DAY)
    if not inpatient:
        days = days.union(_alike(j, values), distinct=True)
    t = at.claim.filter(at.claim.inpatient == inpatient)
    t = t.mutate(on=t.admitted_on if inpatient else t.visited_on)
    t = t.inner_join(days, ["patient_no", "provider_no", "on"])
    return found(t, Part(("provider_id", "patient_id"), "together", NOTHING, t.fund_amount_fen,
                         t.fund_amount_fen, happened_on="visited_on",
                         who=("provider_id", "patient_id")))  # fmt: skip


def _within_the_hour(at: Shared, values: Values) -> ir.Table:
    """Visits within minutes of several of the companions that a person has time and again."""
    pairs = _pairs(at, "hour", values, inpatient=False, timed=True)
    pairs = at.keep("hour_pairs", lambda: pairs)
    m = at.keep("hour_days", lambda: _days(at, values, inpatient=False))
    regulars = pairs.group_by("provider_no", "one_no").agg(regulars_n=pairs.count())
    j = _company(m, pairs)
    j = j.filter(near(j, values))
    days = j.group_by(*_PERSON_DAY, *PEERS).agg(beside_n=j.count())
    r = regulars.view().select("provider_no", "regulars_n", patient_no="one_no")
    days = days.inner_join(r, ["provider_no", "patient_no"])
    days = (
        days.filter(
            days.regulars_n.cast("float64") >= values.number("companions", days, "on"),
            days.beside_n.cast("float64") >= values.number("beside", days, "on"),
        )
        .select(*_PERSON_DAY)
        .union(_alike(j, values), distinct=True)
    )
    t = at.claim.filter(~at.claim.inpatient)
    t = t.mutate(on=t.visited_on).inner_join(days, ["patient_no", "provider_no", "on"])
    key = ("provider_id", "patient_id")
    return found(t, Part(key, "together", NOTHING, t.fund_amount_fen, t.fund_amount_fen,
                         happened_on="visited_on", who=key))  # fmt: skip


def _visits(at: Shared, values: Values) -> ir.Table:
    return _meetings(at, "visit", values, inpatient=False)


def _stays(at: Shared, values: Values) -> ir.Table:
    return _meetings(at, "stay", values, inpatient=True)


_ASKED = (("days", "count"), ("companions", "count"), ("tail_z", "ratio"),
          ("staged_diagnoses", "codes"))  # fmt: skip
_FEN = (
    "at most what the fund paid of the claims of these days",
    "至多为这些日期结算单的基金支付额",
)
_STAGED = ("dialysis and other staged treatment, by its diagnosis", "透析等按疗程治疗（按诊断）")
_FEWER = ("a couple and the like: fewer companions", "夫妻等（同伴人数少）")
_FAMILY = (
    "a household: fewer companions, unless several have one lasting illness on these days",
    "家庭成员（同伴人数少，且当日并非多人同患一种非一过性疾病）",
)
_REFILL = ("supplies of weeks fetched as the last ones end", "长期用药按期续方取药")
_RESIDENTS = ("residents of a nursing home, on its own rounds", "护理机构对本机构入住者的巡诊")
_COMPANY = (*_ASKED, ("alike", "count"), ("shared_diagnoses", "codes"))

TOGETHER: tuple[Rule, ...] = (
    Rule(
        id="R02.admitted_together", result_type="suspicious", grain="provider", stage="after",
        needs=(), thresholds=_ASKED, clause="40(1)", no_clause=None,
        words=("the same persons are admitted to one provider on the same days, again and again",
               "同一批人员多次同日入住同一机构"),
        amount=_FEN, exceptions=(_STAGED, _FEWER, GOES_ON), find=_stays,
    ),
    Rule(
        id="R15.together", result_type="suspicious", grain="provider", stage="after",
        needs=(), thresholds=_COMPANY, clause="40(1)", no_clause=None,
        words=("the same persons come to one provider on the same days, beyond chance and habit",
               "同一批人员反复同日到同一机构就诊，超出偶然及就诊习惯"),
        amount=_FEN,
        exceptions=(_STAGED, _FAMILY, ("a screening day: once, or a crowd",
                                       "筛查日（一次，或人数众多）"),
                    _REFILL, IN_A_RUN, _RESIDENTS,
                    ("fixed weekdays, on which everybody comes", "固定就诊日")),
        find=_visits,
    ),
    Rule(
        id="R15.within_the_hour", result_type="suspicious", grain="provider", stage="after",
        needs=("claims.started_at",),
        thresholds=(*_COMPANY, ("beside", "count"), ("minutes", "minutes")), clause="40(1)",
        no_clause=None,
        words=("persons come to one provider within the hour of the same others, time and again",
               "固定人员多次在同一小时内先后到同一机构就诊"),
        amount=_FEN,
        exceptions=(_STAGED, _FAMILY, ("visits whose time of day is not recorded",
                                       "未记录时刻的就诊"),
                    _REFILL, IN_A_RUN, _RESIDENTS,
                    ("fixed weekdays, on which everybody comes", "固定就诊日")),
        find=_within_the_hour,
    ),
)  # fmt: skip
