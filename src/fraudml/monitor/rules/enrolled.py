"""Rules about being insured: only when ill, only on paper, or not at all."""

import ibis
import ibis.expr.types as ir

from fraudml.claims.calendar import OPEN_END, days_between, years_between
from fraudml.monitor.entry import NOTHING, UNNAMED, Part, Rule, beyond_expected, found
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.rates import beside, beside_totals, least_likely
from fraudml.monitor.shared import Shared

_HERE = ("provider_id", "patient_id")


def _enrolled_to_be_treated(at: Shared, values: Values) -> ir.Table:
    """Stays, or other costly care, soon after an enrolment begins, of several of one employer."""
    e = at.claims.table("enrolments").filter(lambda t: t.enrolled_from <= at.as_of)
    e = e.filter(e.employer_id.notnull())
    first = e.group_by(enrolled="patient_id", by="employer_id").agg(since=e.enrolled_from.min())
    t = at.claim.filter(at.claim.fund_amount_fen > 0)
    j = t.inner_join(first, t.patient_id == first.enrolled)
    waited = days_between(j.admitted_on, j.since).cast("float64")
    j = j.filter(waited >= 0, waited <= values.number("days", j, "admitted_on"))
    j = _costly(j, ["by", "patient_no"], values)
    one = ibis.window(group_by=["by", "patient_no"], order_by=["admitted_on", "claim_id"])
    j = j.mutate(first_of=(ibis.row_number().over(one) == 0).cast("int64"))
    j = j.mutate(persons_n=j.first_of.sum().over(ibis.window(group_by="by")))
    whole = first.group_by(employer="by").agg(members_n=first.count())
    j = j.inner_join(whole, j.by == whole.employer)
    j = j.filter(
        j.persons_n.cast("float64") >= values.number("persons", j, "admitted_on"),
        j.persons_n.cast("float64")
        >= j.members_n.cast("float64") * values.number("share", j, "admitted_on"),
    )
    return found(j, Part(("by", "patient_id"), "soon_after_enrolment", NOTHING, j.fund_amount_fen,
                         j.fund_amount_fen, happened_on="visited_on", who=_HERE))  # fmt: skip


def _first_years(at: Shared, values: Values) -> ir.Table:
    """What the fund paid of whom employers enrolled, in the first year of each that is on record.

    returns  patient_id, by (the employer), since, new (enrolled after the records begin), dear
    """
    e = at.claims.table("enrolments").filter(lambda t: t.enrolled_from <= at.as_of)
    e = e.filter(e.employer_id.notnull())
    e = e.group_by("patient_id", by=e.employer_id).agg(since=e.enrolled_from.min())
    paid = at.claim.filter(at.claim.fund_amount_fen > 0)
    e = _of_nobody(e.cross_join(paid.agg(first_on=paid.visited_on.min())))
    e = e.mutate(since=ibis.greatest(e.since, e.first_on), new=e.since > e.first_on)
    t = paid.select("fund_amount_fen", "visited_on", who="patient_id")
    j = e.inner_join(t, e.patient_id == t.who)
    day = days_between(j.visited_on, j.since).cast("float64")
    j = j.filter(day >= 0.0, day <= values.number("days", j, "since"))
    year = j.group_by("patient_id", "by").agg(all_fen=j.fund_amount_fen.sum())
    e = beside(e, year, ("patient_id", "by"))
    dear = e.all_fen.cast("float64") >= values.number("least_fen", e, "since")
    return e.mutate(dear=dear.coalesce(False)).select("patient_id", "by", "since", "new", "dear")


def _all_dear(at: Shared, values: Values) -> ir.Table:
    """The first year of whom a firm enrolled, where most of them are dear, as hardly anybody is."""
    e = at.keep("first_years", lambda: _first_years(at, values))
    firm = e.group_by("by").agg(
        n=e.count(), dear_n=e.dear.cast("int64").sum(),
        new_n=e.new.cast("int64").sum(), hits=(e.new & e.dear).cast("int64").sum(),
    )  # fmt: skip
    firm = _of_nobody(beside_totals(firm, (), all_n=firm.n.sum(), all_dear=firm.dear_n.sum()))
    firm = firm.mutate(on=at.as_of)
    others = (firm.all_dear - firm.dear_n).cast("float64") + 0.5
    rate = others / ((firm.all_n - firm.n).cast("float64") + 1.0)
    expected = firm.new_n.cast("float64") * rate
    low = least_likely(ibis.greatest(firm.hits, 1), values.number("tail_z", firm, "on"))
    hits = firm.hits.cast("float64")
    firm = firm.filter(
        hits >= values.number("persons", firm, "on"),
        hits >= firm.new_n.cast("float64") * values.number("share", firm, "on"),
        low > values.number("times", firm, "on") * expected,
    )
    firm = firm.select("by", beyond=1.0 - expected / hits)
    who = e.filter(e.new, e.dear).inner_join(firm, "by")
    who = who.select("by", "since", "beyond", enrolled="patient_id")
    t = at.claim.filter(at.claim.fund_amount_fen > 0)
    j = t.inner_join(who, t.patient_id == who.enrolled)
    day = days_between(j.visited_on, j.since).cast("float64")
    j = j.filter(day >= 0.0, day <= values.number("days", _of_nobody(j), "since"))
    mid, fen = beyond_expected(j.fund_amount_fen, j.beyond)
    return found(j, Part(("by", "patient_id"), "all_dear", NOTHING, mid, fen,
                         happened_on="visited_on", who=_HERE))  # fmt: skip


def _costly(t: ir.Table, keys: list[str], values: Values) -> ir.Table:
    """Stays, and whatever else a person of these keys had where it cost a year's insurance."""
    t = t.mutate(all_fen=t.fund_amount_fen.sum().over(ibis.window(group_by=keys)))
    dear = t.all_fen.cast("float64") >= values.number("least_fen", t, "admitted_on")
    return t.filter(t.inpatient | dear)


def _insured_while_ill(at: Shared, values: Values) -> ir.Table:
    """A short enrolment that begins shortly before costly care and ends soon after it."""
    e = at.claims.table("enrolments").filter(lambda t: t.enrolled_to <= at.as_of)
    e = e.select("enrolled_from", "enrolled_to", enrolled="patient_id")
    t = at.claim.filter(at.claim.fund_amount_fen > 0)
    j = t.inner_join(
        e,
        [
            t.patient_id == e.enrolled,
            t.admitted_on >= e.enrolled_from,
            t.admitted_on <= e.enrolled_to,
        ],
    )
    one = ibis.window(group_by=["enrolled", "enrolled_from"])
    j = j.mutate(
        all_fen=j.fund_amount_fen.sum().over(one),
        died=(j.disposition == "died").coalesce(False).cast("int64").max().over(one),
    )
    length = days_between(j.enrolled_to, j.enrolled_from).cast("float64")
    j = j.filter(
        length <= values.number("days", j, "admitted_on"),
        j.all_fen.cast("float64") >= values.number("least_fen", j, "admitted_on"),
        j.died == 0,
        (j.died_on > j.enrolled_to).coalesce(True),
    )
    j = j.mutate(both_known_on=ibis.greatest(j.settled_on, j.enrolled_to))
    return found(j, Part(("patient_id", "enrolled_from"), "insured_while_ill", NOTHING,
                         j.fund_amount_fen, j.fund_amount_fen, known_on="both_known_on",
                         happened_on="visited_on", who=_HERE))  # fmt: skip


def _not_insured(at: Shared, values: Values) -> ir.Table:
    """What the fund paid for a person on a day of no enrolment, though others are on record.

    An extract may hold the last enrolment only, and an enrolment may act from an earlier day:
    where that is common nothing is said.
    """
    e = at.claims.table("enrolments").filter(lambda t: t.enrolled_from <= at.as_of)
    e = e.select("enrolled_from", enrolled="patient_id", until=e.enrolled_to.coalesce(OPEN_END))
    known = e.select("enrolled").distinct()
    t = at.claim.filter(at.claim.fund_amount_fen > 0)
    t = t.semi_join(known, t.patient_id == known.enrolled)
    each = t.select("claim_no", "patient_id", "admitted_on")
    j = each.inner_join(e, each.patient_id == e.enrolled)
    slack = values.number("days", _of_nobody(j), "admitted_on")
    late = days_between(j.admitted_on, j.until).cast("float64")
    early = days_between(j.enrolled_from, j.admitted_on).cast("float64")
    covered = j.filter(late <= slack, early <= slack).select("claim_no").distinct()
    out = t.anti_join(covered, "claim_no")
    share = out.agg(n=out.count()).cross_join(t.agg(all_n=t.count()))
    out = out.cross_join(share)
    rare = out.n.cast("float64") <= values.number("usual", out, "visited_on") * out.all_n
    out = out.filter(rare)
    fen = out.fund_amount_fen
    return found(out, Part(("patient_id",), "not_insured", NOTHING, fen, fen,
                           happened_on="visited_on", who=_HERE))  # fmt: skip


def _of_nobody(t: ir.Table) -> ir.Table:
    """Rows of no provider: only general values hold."""
    return t.mutate(level=ibis.null("int64"), provider_kind=ibis.null("string"))


def _child_employed(at: Shared, values: Values) -> ir.Table:
    """Care paid by the insurance of employees for a person too young to be one."""
    t = at.claim.filter(at.claim.fund_amount_fen > 0, at.claim.birth_date.notnull())
    age = years_between(t.visited_on, t.birth_date).cast("float64")
    t = t.filter(age >= 0.0, age < values.number("age", t, "visited_on"), t.scheme.notnull())
    t = t.mutate(employed=t.scheme == "employee")
    n = t.agg(n=t.employed.cast("int64").sum(), all_n=t.count())
    t = t.filter(t.employed).cross_join(n)
    # where children are insured with their parents, they are insured as employees
    t = t.filter(t.n.cast("float64") <= values.number("usual", t, "visited_on") * t.all_n)
    return found(t, Part(("patient_id",), "child_employed", NOTHING, t.fund_amount_fen,
                         t.fund_amount_fen, happened_on="visited_on", who=_HERE))  # fmt: skip


_AT_MOST = ("at most what the fund paid of the claims", "至多为相关结算单基金支付额")
_ENROLLED = "enrolments.enrolled_from"

ENROLLED: tuple[Rule, ...] = (
    Rule(
        id="R24.soon_after_enrolment", result_type="suspicious", grain="patient", stage="after",
        needs=(_ENROLLED, "enrolments.employer_id"),
        thresholds=(("days", "days"), ("persons", "count"), ("share", "share"),
                    ("least_fen", "fen")),
        clause=None, no_clause=UNNAMED,
        words=(("several persons whom one employer enrolled are admitted, or treated at great "
                "cost, within days of it"),
               "同一单位多人参保后短期内即住院或发生高额费用"),
        amount=_AT_MOST,
        exceptions=(("large employers: a small share of those enrolled",
                     "大单位（占参保人员比例小）"),
                    ("one or two persons", "一两人"), ("small bills of visits", "门诊小额费用")),
        find=_enrolled_to_be_treated,
    ),
    Rule(
        id="R24.all_dear", result_type="suspicious", grain="patient", stage="after",
        needs=(_ENROLLED, "enrolments.employer_id"),
        thresholds=(("days", "days"), ("persons", "count"), ("share", "share"),
                    ("least_fen", "fen"), ("times", "ratio"), ("tail_z", "ratio")),
        clause=None, no_clause=UNNAMED,
        words=("most of those whom an employer enrolled are dear in their first year, as few are",
               "单位新参保人员首年多数发生高额费用，比例远高于其他单位"),
        amount=("what the fund paid of their first year beyond the expected; at most of all",
                "首年超出预期部分的基金支付额；上限为首年全部"),
        exceptions=(("a few of many whom a large employer enrolled", "大单位新参保人员中的少数"),
                    ("whom it enrolled before the records begin", "数据起始日前已参保的人员"),
                    ("one or two persons", "一两人")),
        find=_all_dear,
    ),
    Rule(
        id="R24.insured_while_ill", result_type="suspicious", grain="patient", stage="after",
        needs=(_ENROLLED, "enrolments.enrolled_to"),
        thresholds=(("days", "days"), ("least_fen", "fen")), clause=None, no_clause=UNNAMED,
        words=("an enrolment of a few weeks holds costly care", "仅参保数周且其间发生高额费用"),
        amount=_AT_MOST,
        exceptions=(("enrolments that ended with a death", "因死亡终止的参保"),
                    ("small amounts", "小额")),
        find=_insured_while_ill,
    ),
    Rule(
        id="R24.not_insured", result_type="suspicious", grain="patient", stage="before",
        needs=(_ENROLLED,), thresholds=(("days", "days"), ("usual", "share")), clause=None,
        no_clause=UNNAMED,
        words=("the fund paid for a person who was not enrolled on that day",
               "参保人当日不在参保有效期内而由基金支付"),
        amount=_AT_MOST,
        exceptions=(("the days in which an enrolment is written up, or a newborn's acts back",
                     "参保登记宽限期（含新生儿追溯参保）"),
                    ("persons of whom no enrolment is on record", "无任何参保记录的人员"),
                    ("extracts in which it is common: only the last enrolment is kept",
                     "普遍存在的数据（仅保留最近一次参保）")),
        find=_not_insured,
    ),
    Rule(
        id="R24.child_employed", result_type="suspicious", grain="patient", stage="before",
        needs=("claims.scheme", "patients.birth_date"),
        thresholds=(("age", "count"), ("usual", "share")), clause=None, no_clause=UNNAMED,
        words=("a child below the age of employment is paid for by the insurance of employees",
               "未满法定就业年龄者以职工医保结算"),
        amount=_AT_MOST,
        exceptions=(("funds in which children are insured with their parents",
                     "子女随父母参加职工医保的统筹区"),
                    ("persons whose birth date is not known", "出生日期未知的人员")),
        find=_child_employed,
    ),
)  # fmt: skip
