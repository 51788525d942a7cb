"""Rules about entitlement: one illness paid twice, flows out of pattern, insured only when ill."""

import ibis
import ibis.expr.types as ir

from fraudml.claims.calendar import days_between
from fraudml.monitor.entry import NOTHING, UNNAMED, Part, Rule, found
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.rates import RATE, least_likely
from fraudml.monitor.rules.people import PREFECTURE
from fraudml.monitor.shared import Shared


def _paid_twice(at: Shared, values: Values) -> ir.Table:
    """One stay, or one visit under two schemes, settled again with the same total."""
    t = at.claim.filter(at.claim.fund_amount_fen > 0)
    same = ["patient_no", "total_amount_fen", "inpatient"]
    n = t.group_by(same).agg(claims_n=t.count())
    t = t.semi_join(n.filter(n.claims_n > 1), same)
    o = t.view().select(
        *same, other_claim="claim_id", other_in="admitted_on", other_out="discharged_on",
        other_scheme="scheme", other_settled="settled_on", other_place="provider_id",
    )  # fmt: skip
    j = t.inner_join(o, same)
    slack = values.number("days", j, "visited_on")
    apart = ibis.greatest(
        days_between(j.admitted_on, j.other_in).abs(),
        days_between(j.discharged_on, j.other_out).abs(),
    )
    stay = j.inpatient & (apart.cast("float64") <= slack)
    schemes = (j.scheme != j.other_scheme).coalesce(False)
    visit = ~j.inpatient & (apart == 0) & schemes
    j = j.filter(j.claim_id != j.other_claim, (j.stay_days > 0) | schemes, stay | visit)
    j = j.mutate(
        pair=ibis.least(j.claim_id, j.other_claim) + "|" + ibis.greatest(j.claim_id, j.other_claim),
        both_settled_on=ibis.greatest(j.settled_on, j.other_settled),
    )
    later = (j.settled_on > j.other_settled) | (
        (j.settled_on == j.other_settled) & (j.claim_id > j.other_claim)
    )
    return found(j, Part(("pair",), "paid", NOTHING, later.ifelse(j.fund_amount_fen, 0),
                         j.fund_amount_fen, known_on="both_settled_on", happened_on="visited_on",
                         who=("patient_id", "provider_id")))  # fmt: skip


def _settled_again_late(at: Shared, values: Values) -> ir.Table:
    """One visit settled again long after, with the same total, and without a card.

    Two visits of a day cost the same now and then, and both are settled within days. Bills handed
    in by hand come weeks later, when nobody looks for the first settlement.
    """
    same = ["patient_no", "provider_no", "admitted_on", "discharged_on", "total_amount_fen"]
    t = at.claim.filter(at.claim.fund_amount_fen > 0)
    n = t.group_by(same).agg(first_on=t.settled_on.min(), last_on=t.settled_on.max())
    late = days_between(n.last_on, n.first_on) > 0
    t = t.inner_join(n.filter(late).drop("last_on"), same)
    waited = days_between(t.settled_on, t.first_on).cast("float64")
    unchecked = (t.identity_check == "none").coalesce(True)
    t = t.mutate(again=(waited >= values.number("days", t, "admitted_on")) & unchecked)
    whole = ibis.window(group_by=same)
    t = t.mutate(again_n=t.again.cast("int64").sum().over(whole),
                 known_on=t.settled_on.max().over(whole))  # fmt: skip
    t = t.filter(t.again_n > 0)
    part = t.again.ifelse(t.fund_amount_fen, 0)
    key = ("patient_id", "provider_id", "admitted_on", "total_amount_fen")
    return found(t, Part(key, "paid", NOTHING, part, t.fund_amount_fen, known_on="known_on",
                         happened_on="visited_on", who=("patient_id",)))  # fmt: skip


def _two_schemes(at: Shared, values: Values) -> ir.Table:
    """Claims under a second scheme while another one pays: both in use within weeks."""
    t = at.claim.filter(at.claim.scheme.notnull(), at.claim.fund_amount_fen > 0)
    mixed = t.group_by("patient_no").agg(low=t.scheme.min(), high=t.scheme.max())
    t = t.semi_join(mixed.filter(mixed.low != mixed.high), "patient_no")
    order = ibis.window(group_by="patient_no", order_by=["visited_on", "claim_id"])
    t = t.mutate(
        scheme_before=t.scheme.lag().over(order),
        gap=days_between(t.visited_on, t.visited_on.lag().over(order)),
    )
    turned = (t.scheme != t.scheme_before) & (
        t.gap.cast("float64") <= values.number("days", t, "visited_on")
    )
    t = t.mutate(turned=turned.coalesce(False).cast("int64"))
    t = t.mutate(turns_n=t.turned.sum().over(ibis.window(group_by="patient_no")))
    t = t.filter(t.turns_n.cast("float64") >= values.number("turns", t, "visited_on"))
    part = (t.turned > 0).ifelse(t.fund_amount_fen, 0)
    return found(t, Part(("patient_id",), "scheme_in_turn", NOTHING, part, t.fund_amount_fen,
                         happened_on="visited_on", who=("patient_id",)))  # fmt: skip


def _foreign_flow(at: Shared, values: Values) -> ir.Table:
    """Stays of people from one other prefecture, beyond what comes to like providers nearby."""
    t = at.stay.filter(at.stay.patient_region.notnull(), at.stay.provider_region.notnull())
    t = t.mutate(home=t.patient_region.left(PREFECTURE), here=t.provider_region.left(PREFECTURE))
    away = t.filter(t.home != t.here)
    over = _flows(at, t, away, values)
    rows = away.inner_join(over, [away.provider_no == over.flow_to, away.home == over.flow_from])
    fen = ibis.greatest(rows.fund_amount_fen, 0)
    mid = (fen.cast("float64") * ibis.greatest(rows.excess, 0.0)).round().cast("int64")
    return found(rows, Part(("provider_id", "home"), "from_afar", NOTHING, mid, fen,
                            happened_on="visited_on", who=("provider_id",)))  # fmt: skip


def _flows(at: Shared, stays: ir.Table, away: ir.Table, values: Values) -> ir.Table:
    """Flows beyond what like providers of the place draw: flow_to, flow_from, excess."""
    alike = ["here", "level", "provider_kind"]
    own = stays.group_by("provider_no", *alike).agg(own_n=stays.count())
    own = own.mutate(place_n=own.own_n.sum().over(ibis.window(group_by=alike)))
    # a person counts once, however often he comes
    people = away.select("provider_no", "home", "patient_no").distinct()
    m = people.group_by("provider_no", "home").agg(here_n=people.count())
    m = m.inner_join(own, "provider_no")
    m = m.mutate(
        all_n=m.here_n.sum().over(ibis.window(group_by=["home", *alike])),
        on=at.as_of,
    )
    rate = ((m.all_n - m.here_n).cast("float64") + 0.5) / (
        (m.place_n - m.own_n).cast("float64") + 1.0
    )
    expected = m.own_n.cast("float64") * rate
    m = m.filter(
        m.place_n > m.own_n,
        m.here_n.cast("float64") >= values.number("least", m, "on"),
        least_likely(m.here_n, values.number("tail_z", m, "on"))
        > values.number("times", m, "on") * expected,
    )
    return m.select(
        flow_to="provider_no", flow_from="home", excess=1.0 - expected / m.here_n.cast("float64")
    )


def _enrolled_to_be_treated(at: Shared, values: Values) -> ir.Table:
    """Costly stays soon after an enrolment begins, of several persons of one employer."""
    e = at.claims.table("enrolments").filter(lambda t: t.enrolled_from <= at.as_of)
    e = e.filter(e.employer_id.notnull())
    first = e.group_by(enrolled="patient_id", by="employer_id").agg(since=e.enrolled_from.min())
    t = at.stay.filter(at.stay.fund_amount_fen > 0)
    j = t.inner_join(first, t.patient_id == first.enrolled)
    waited = days_between(j.admitted_on, j.since).cast("float64")
    j = j.filter(waited >= 0, waited <= values.number("days", j, "admitted_on"))
    own = ibis.window(group_by="by")
    one = ibis.window(group_by=["by", "patient_no"], order_by=["admitted_on", "claim_id"])
    j = j.mutate(first_stay=(ibis.row_number().over(one) == 0).cast("int64"))
    j = j.mutate(persons_n=j.first_stay.sum().over(own))
    whole = first.group_by(employer="by").agg(members_n=first.count())
    j = j.inner_join(whole, j.by == whole.employer)
    j = j.filter(
        j.persons_n.cast("float64") >= values.number("persons", j, "admitted_on"),
        j.persons_n.cast("float64")
        >= j.members_n.cast("float64") * values.number("share", j, "admitted_on"),
    )
    return found(j, Part(("by", "patient_id"), "soon_after_enrolment", NOTHING, j.fund_amount_fen,
                         j.fund_amount_fen, happened_on="visited_on",
                         who=("provider_id", "patient_id")))  # fmt: skip


def _insured_while_ill(at: Shared, values: Values) -> ir.Table:
    """A short enrolment that begins shortly before a costly stay and ends soon after it."""
    e = at.claims.table("enrolments").filter(lambda t: t.enrolled_to <= at.as_of)
    e = e.select("enrolled_from", "enrolled_to", enrolled="patient_id")
    t = at.stay.filter(at.stay.fund_amount_fen > 0)
    j = t.inner_join(
        e,
        [
            t.patient_id == e.enrolled,
            t.admitted_on >= e.enrolled_from,
            t.admitted_on <= e.enrolled_to,
        ],
    )
    length = days_between(j.enrolled_to, j.enrolled_from).cast("float64")
    j = j.filter(
        length <= values.number("days", j, "admitted_on"),
        j.fund_amount_fen.cast("float64") >= values.number("least_fen", j, "admitted_on"),
        j.disposition.coalesce("home") != "died",
        (j.died_on > j.enrolled_to).coalesce(True),
    )
    j = j.mutate(both_known_on=ibis.greatest(j.settled_on, j.enrolled_to))
    return found(j, Part(("claim_id",), "insured_while_ill", NOTHING, j.fund_amount_fen,
                         j.fund_amount_fen, known_on="both_known_on", happened_on="visited_on",
                         who=("provider_id", "patient_id")))  # fmt: skip


def at_one_provider(at: Shared, values: Values) -> ir.Table:
    """Stays of one employer's persons at one provider, beyond its share of their prefecture.

    values   of R24.employer_at_provider
    returns  columns of ``Shared.claim`` and home, beyond (0..1: the part that is not expected)
    """
    return at.keep("one_employer", lambda: _at_one_provider(at, values))


def _at_one_provider(at: Shared, values: Values) -> ir.Table:
    t = at.stay.filter(at.stay.employer_id.notnull(), at.stay.patient_region.notnull())
    t = t.mutate(home=t.patient_region.left(PREFECTURE))
    p = t.select("patient_no", "provider_no", "employer_id", "home", "level",
                 "provider_kind").distinct()  # fmt: skip
    pairs = p.group_by("provider_no", "employer_id", "home", "level", "provider_kind").agg(
        here_n=p.count()
    )
    of_employer = ibis.window(group_by=["employer_id", "home"])
    of_provider, of_home = (
        ibis.window(group_by=["provider_no", "home"]),
        ibis.window(group_by="home"),
    )
    m = pairs.mutate(
        employer_n=pairs.here_n.sum().over(of_employer),
        provider_n=pairs.here_n.sum().over(of_provider),
        home_n=pairs.here_n.sum().over(of_home),
        on=at.as_of,
    )
    others = (m.home_n - m.employer_n).cast("float64")
    rate = ((m.provider_n - m.here_n).cast("float64") + 0.5) / (others + 1.0)
    expected = m.employer_n.cast("float64") * rate
    m = m.filter(
        m.here_n.cast("float64") >= values.number("least", m, "on"),
        m.home_n > m.employer_n,
        least_likely(m.here_n, values.number("tail_z", m, "on"))
        > values.number("times", m, "on") * expected,
    )
    over = m.select("provider_no", "employer_id", "home",
                    beyond=1.0 - expected / m.here_n.cast("float64"))  # fmt: skip
    return t.inner_join(over, ["provider_no", "employer_id", "home"])


def _employer_at_provider(at: Shared, values: Values) -> ir.Table:
    rows = at_one_provider(at, values)
    fen = ibis.greatest(rows.fund_amount_fen, 0)
    mid = (fen.cast("float64") * ibis.greatest(rows.beyond, 0.0)).round().cast("int64")
    return found(rows, Part(("provider_id", "employer_id"), "of_one_employer", NOTHING, mid, fen,
                            happened_on="visited_on", who=("provider_id",)))  # fmt: skip


_FEN = ("at most what the fund paid of the claims; in the middle, of those beyond the expected",
        "至多为相关结算单基金支付额；中值为超出预期部分")  # fmt: skip
_SECOND = ("what the fund paid of the later one; at most of both", "后一份的基金支付额；上限为两份")
_FEW = ("few persons, by the lower limit of their number", "按数量下限判定，人数少的不列入")
_AT_MOST = ("at most what the fund paid of the stays", "至多为相关住院基金支付额")
_ENROLLED = "enrolments.enrolled_from"

BENEFITS: tuple[Rule, ...] = (
    Rule(
        id="R18.paid_twice", result_type="suspicious", grain="patient", stage="during",
        needs=(), thresholds=(("days", "days"),), clause="41(2)", no_clause=None,
        words=("one stay, or one visit under two schemes, is settled twice with the same total",
               "同一次住院，或两种险种下的同次就诊，以相同总额重复结算"),
        amount=_SECOND,
        exceptions=(("stays that are days apart", "相隔数日的住院"), ("visits under one scheme",
                                                                      "同一险种下的就诊"),
                    ("a claim that was reversed, with its reversal", "已冲红的结算单及其冲红")),
        find=_paid_twice,
    ),
    Rule(
        id="R18.settled_again_late", result_type="suspicious", grain="patient", stage="during",
        needs=("claims.identity_check",), thresholds=(("days", "days"),), clause="41(2)",
        no_clause=None,
        words=("one visit is settled again weeks later with the same total and without a card",
               "同次就诊在数周后以相同总额、无凭证核验再次结算"),
        amount=_SECOND,
        exceptions=(("equal visits of a day, settled within days of each other",
                     "同日同额的两次就诊（短期内先后结算）"),
                    ("a claim that was reversed, with its reversal", "已冲红的结算单及其冲红"),
                    ("a late settlement at which the card was checked", "延迟结算但已核验凭证")),
        find=_settled_again_late,
    ),
    Rule(
        id="R18.two_schemes", result_type="suspicious", grain="patient", stage="during",
        needs=("claims.scheme",), thresholds=(("turns", "count"), ("days", "days")),
        clause="41(2)", no_clause=None,
        words=("a person's claims are settled under two schemes in turn",
               "同一人交替以两种险种结算"),
        amount=("what the fund paid where the scheme turned; at most all",
                "险种转换处的基金支付额；上限为全部"),
        exceptions=(("one change of scheme: a new job", "险种变更一次（就业变化）"),),
        find=_two_schemes,
    ),
    Rule(
        id="R23.foreign_flow", result_type="suspicious", grain="provider", stage="after",
        needs=("patients.region_code", "providers.region_code"), thresholds=RATE, clause=None,
        no_clause=UNNAMED,
        words=("stays of people from one other prefecture, far beyond what comes to like providers",
               "来自某一外地市的住院远超同类机构"),
        amount=_FEN,
        exceptions=(("referral centres: providers of the same level see the same flow",
                     "转诊中心（与同级机构比较）"), _FEW),
        find=_foreign_flow,
    ),
    Rule(
        id="R24.soon_after_enrolment", result_type="suspicious", grain="patient", stage="after",
        needs=(_ENROLLED, "enrolments.employer_id"),
        thresholds=(("days", "days"), ("persons", "count"), ("share", "share")), clause=None,
        no_clause=UNNAMED,
        words=("several persons whom one employer enrolled are admitted within days of it",
               "同一单位多人参保后短期内即住院"),
        amount=_AT_MOST,
        exceptions=(("large employers: a small share of those enrolled",
                     "大单位（占参保人员比例小）"),
                    ("one or two persons", "一两人")),
        find=_enrolled_to_be_treated,
    ),
    Rule(
        id="R24.insured_while_ill", result_type="suspicious", grain="patient", stage="after",
        needs=(_ENROLLED, "enrolments.enrolled_to"),
        thresholds=(("days", "days"), ("least_fen", "fen")), clause=None, no_clause=UNNAMED,
        words=("an enrolment of a few weeks holds a costly stay", "仅参保数周且其间发生高额住院"),
        amount=_AT_MOST,
        exceptions=(("enrolments that ended with a death", "因死亡终止的参保"),
                    ("small amounts", "小额")),
        find=_insured_while_ill,
    ),
    Rule(
        id="R24.employer_at_provider", result_type="suspicious", grain="provider", stage="after",
        needs=("patients.employer_id", "patients.region_code"), thresholds=RATE, clause=None,
        no_clause=UNNAMED,
        words=("persons of one employer lie at one provider, beyond its share of the place",
               "同一单位人员集中在一家机构住院，超过该机构在当地的份额"),
        amount=_FEN,
        exceptions=(("the sole provider of a place: its share is expected", "当地唯一机构"), _FEW),
        find=_employer_at_provider,
    ),
)  # fmt: skip
