"""Rules about costs moved onto patients, or patients moved away."""

import ibis
import ibis.expr.types as ir

from fraudml.claims.calendar import days_between
from fraudml.monitor.entry import NOTHING, Part, Rule, found
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.rates import COUNTED, PEERS, RATE, beside_totals, unusual
from fraudml.monitor.rules.stays import during_stay
from fraudml.monitor.shared import Shared

_MOVED_DAYS = 1.0  # between leaving one house of an operator and lying in another


def _outpatient_in_stay(at: Shared, values: Values) -> ir.Table:
    """Visits billed at the stay's own provider on its inner days."""
    s, v = at.stay.filter(at.stay.stay_days >= 2), at.claim
    s = s.select("patient_no", "provider_no", in_on="admitted_on", out_on="discharged_on",
                 stay_claim="claim_id", stay_settled="settled_on")  # fmt: skip
    v = v.filter(~v.visit_kind.isin(["inpatient", "emergency"]))
    j = v.inner_join(s, ["patient_no", "provider_no"])
    j = j.filter(j.visited_on > j.in_on, j.visited_on < j.out_on)
    if at.claims.has("leave_passes"):
        p = at.claims.table("leave_passes")
        away = p.select(pass_claim=p.claim_id, left=p.left_at.date(), back=p.back_at.date())
        j = j.anti_join(
            away,
            [j.stay_claim == away.pass_claim, j.visited_on >= away.left, j.visited_on <= away.back],
        )
    whole = ibis.window(group_by="provider_no")
    j = j.mutate(visits_n=j.count().over(whole),
                 both_known_on=ibis.greatest(j.settled_on, j.stay_settled))  # fmt: skip
    j = j.filter(j.visits_n.cast("float64") >= values.number("visits", j, "visited_on"))
    return found(j, Part(("stay_claim",), "outpatient_in_stay", NOTHING, j.fund_amount_fen,
                         j.fund_amount_fen, known_on="both_known_on", happened_on="visited_on",
                         who=("provider_id", "patient_id")))  # fmt: skip


def _before_admission(at: Shared, values: Values) -> ir.Table:
    """Stays with visits at the same provider in the days before, more often than at peers."""
    return _around(at, values, "before_admission")


def _after_discharge(at: Shared, values: Values) -> ir.Table:
    """Stays with dear visits at the same provider in the days after, more often than at peers."""
    return _around(at, values, "after_discharge")


def _around(at: Shared, values: Values, role: str) -> ir.Table:
    t = at.stay.filter(at.stay.stay_days >= 1)
    v = at.claim.filter(at.claim.visit_kind.isin(["outpatient", "chronic"]))
    v = v.select("patient_no", "provider_no", seen_on="visited_on", seen_fen="total_amount_fen")
    j = t.select("claim_no", "patient_no", "provider_no", "level", "provider_kind", "admitted_on",
                 "discharged_on").inner_join(v, ["patient_no", "provider_no"])  # fmt: skip
    before = days_between(j.admitted_on, j.seen_on).cast("float64")
    after = days_between(j.seen_on, j.discharged_on).cast("float64")
    apart = before if role == "before_admission" else after
    j = j.filter(apart >= 0, apart <= values.number("days", j, "admitted_on"))
    sums = j.group_by("claim_no").agg(before_fen=j.seen_fen.sum())
    t = t.left_join(sums, "claim_no").drop("claim_no_right")
    moved = t.before_fen.cast("float64") >= t.total_amount_fen.cast("float64") * values.number(
        "share", t, "admitted_on"
    )
    return unusual(at, t, moved, values, role)


def _bought_outside(at: Shared, values: Values) -> ir.Table:
    """Stays during which the person buys drugs at pharmacies, more often than at peers."""
    bought = during_stay(at).filter(lambda p: p.visit_kind.isin(["pharmacy", "chronic"]))
    bought = bought.group_by(stay_claim="stay_id").agg(bought_fen=bought.visit_fund.sum())
    t = at.stay.filter(at.stay.stay_days >= 2)
    t = t.left_join(bought, t.claim_id == bought.stay_claim)
    # at issue is what was paid at the counter, not the stay
    t = t.mutate(fund_amount_fen=ibis.greatest(t.bought_fen.coalesce(0), 0))
    return unusual(at, t, t.stay_claim.notnull(), values, "bought_outside")


def _sent_away(at: Shared, values: Values) -> ir.Table:
    """Stays ended by transfer or against advice, more often than for like patients at peers.

    Who lies in a branch's bed the next day was not sent away: it is the same house.
    """
    t = _before_another(at)
    t = t.filter(t.disposition.notnull())
    moved = (t.branch & (t.gap >= 0.0) & (t.gap <= _MOVED_DAYS)).coalesce(False)
    away = t.disposition.isin(["transferred", "against_advice"]) & ~moved
    return unusual(at, t, away, values, "sent_away", "diagnosis_group")


def _before_another(at: Shared) -> ir.Table:
    """Stays beside the person's next one, wherever it is.

    returns  COUNTED, stay_days, disposition, diagnosis_group, other (the next is at another
             provider), branch (of the same operator), gap (days until then), same (illness)
    """
    return at.keep("stays_before_another", lambda: _next_stay(at))


def _next_stay(at: Shared) -> ir.Table:
    p = at.claims.table("providers").select("operator_id", of_provider="provider_id")
    t = at.stay.left_join(p, at.stay.provider_id == p.of_provider).drop("of_provider")
    order = ibis.window(group_by="patient_no", order_by=["admitted_on", "discharged_on",
                                                         "claim_id"])  # fmt: skip
    other = (t.provider_no.lead().over(order) != t.provider_no).coalesce(False)
    branch = (t.operator_id.lead().over(order) == t.operator_id).coalesce(False)
    gap = days_between(t.admitted_on.lead().over(order), t.discharged_on).cast("float64")
    same = (t.diagnosis_group == t.diagnosis_group.lead().over(order)).coalesce(False)
    return t.select(
        *COUNTED, "admitted_on", "stay_days", "disposition", "diagnosis_group",
        other=other, branch=branch & other, gap=gap, same=same,
    )  # fmt: skip


def _passed_on(at: Shared, values: Values) -> ir.Table:
    """Stays broken off within days whose patient lies in another provider's bed at once.

    More often than at the middle peer; a branch of the same operator is the same house.
    """
    t = _before_another(at)
    short = t.stay_days.cast("float64") <= values.number("nights", t, "admitted_on")
    at_once = (t.gap >= 0.0) & (t.gap <= values.number("days", t, "admitted_on"))
    passed = (t.other & ~t.branch & short & at_once & t.same).coalesce(False)
    return unusual(at, t, passed, values, "passed_on", middle=True)


def _own_share(at: Shared) -> ir.Table:
    """Stays by provider and quarter: how many, the patient's share, and its spread."""
    t = at.stay.filter(at.stay.total_amount_fen > 0, at.stay.patient_amount_fen.notnull())
    t = t.mutate(
        quarter=_quarter(t),
        part=(t.patient_amount_fen.cast("float64") / t.total_amount_fen.cast("float64") * 1e6)
        .round().cast("int64"),
    )  # fmt: skip
    return t.group_by("provider_no", *PEERS, "quarter").agg(
        n=t.count(), s=t.part.sum(), ss=(t.part.cast("float64") * t.part.cast("float64")).sum()
    )


def _quarter(t: ir.Table) -> ir.IntegerValue:
    return (t.visited_on.year() * 4 + (t.visited_on.month() + 2) // 3).cast("int64")


def _share_jump(at: Shared, values: Values) -> ir.Table:
    """Quarters in which the patients' share of stays rose beyond the past and beyond the peers."""
    q = at.keep("own_share", lambda: _own_share(at))
    past = ibis.window(group_by="provider_no", order_by="quarter", preceding=(None, 1))
    q = q.mutate(past_n=q.n.sum().over(past), past_s=q.s.sum().over(past),
                 past_ss=q.ss.sum().over(past))  # fmt: skip
    alike = ibis.window(group_by=[*PEERS, "quarter"])
    q = q.mutate(peers_n=q.n.sum().over(alike) - q.n, peers_s=q.s.sum().over(alike) - q.s)
    peers_past = ibis.window(group_by=[*PEERS, "quarter"])
    q = q.mutate(
        peers_past_n=q.past_n.sum().over(peers_past) - q.past_n,
        peers_past_s=q.past_s.sum().over(peers_past) - q.past_s,
        on=at.as_of,
    )
    now, before = _mean(q.s, q.n), _mean(q.past_s, q.past_n)
    # what the peers' own share did meanwhile is no doing of this provider
    drift = (_mean(q.peers_s, q.peers_n) - _mean(q.peers_past_s, q.peers_past_n)).coalesce(0.0)
    error = (_spread(q.ss, now, q.n) / q.n.cast("float64")
             + _spread(q.past_ss, before, q.past_n) / q.past_n.cast("float64")).sqrt()  # fmt: skip
    rise = now - before - ibis.greatest(drift, 0.0)
    low = rise - values.number("tail_z", q, "on") * error
    q = q.filter(
        q.n.cast("float64") >= values.number("least", q, "on"),
        q.past_n.cast("float64") >= values.number("least", q, "on"),
        low > values.number("rise", q, "on") * 1e6,
    )
    jumped = q.select("provider_no", "quarter", rise=rise / 1e6)
    t = at.stay.mutate(quarter=_quarter(at.stay))
    rows = t.inner_join(jumped, ["provider_no", "quarter"])
    shifted = (rows.total_amount_fen.cast("float64") * rows.rise).round().cast("int64")
    high = ibis.greatest(rows.patient_amount_fen, 0)
    return found(rows, Part(("provider_id", "quarter"), "share_risen", NOTHING,
                            ibis.least(shifted, high), high, happened_on="visited_on",
                            who=("provider_id",)))  # fmt: skip


def _share_above(at: Shared, values: Values) -> ir.Table:
    """Stays of which patients pay far more than of the middle one, more often than at peers."""
    t = at.stay.filter(at.stay.total_amount_fen > 0, at.stay.patient_amount_fen >= 0)
    t = t.mutate(part=t.patient_amount_fen.cast("float64") / t.total_amount_fen.cast("float64"))
    alike = (*PEERS, "scheme")
    t = beside_totals(t, alike, usual=t.part.median())
    # at issue is what the patients paid
    t = t.mutate(fund_amount_fen=t.patient_amount_fen)
    above = t.part > t.usual * values.number("of_middle", t, "visited_on")
    return unusual(at, t, above, values, "share_above", "scheme", "diagnosis_group")


def _mean(s: ir.Value, n: ir.Value) -> ir.Value:
    return s.cast("float64") / n.nullif(0).cast("float64")


def _spread(ss: ir.Value, mean: ir.Value, n: ir.Value) -> ir.Value:
    return ibis.greatest(ss / n.nullif(0).cast("float64") - mean * mean, 0.0)


_FEN = ("at most what the fund paid of the claims", "至多为相关结算单基金支付额")
_FEW = ("providers with few such stays, by the lower limit of their number",
        "按数量下限判定，数量少的机构不列入")  # fmt: skip

SHIFTING: tuple[Rule, ...] = (
    Rule(
        id="R22.share_above_peers", result_type="suspicious", grain="provider", stage="after",
        needs=("claims.patient_amount",), thresholds=(*RATE, ("of_middle", "ratio")),
        clause="38(7)", no_clause=None,
        words=("patients pay an unusual share of their stays, more often than for like illnesses",
               "住院个人负担比例偏高，频次高于同类机构同病种"),
        amount=("at most what patients paid; in the middle, beyond the expected",
                "至多为个人支付额；中值为超出预期部分"),
        exceptions=(("illnesses and kinds of insurance in which all pay more: these are compared",
                     "个人负担本就较高的病种及险种（分别比较）"), _FEW),
        find=_share_above,
    ),
    Rule(
        id="R22.bought_outside", result_type="suspicious", grain="provider", stage="during",
        needs=(), thresholds=RATE, clause="38(7)", no_clause=None,
        words=("inpatients buy drugs at pharmacies during the stay, more often than at peers",
               "住院期间患者在药店购药，频次高于同类"),
        amount=("at most what the fund paid at the pharmacies", "至多为药店结算的基金支付额"),
        exceptions=(("the days of admission and discharge, and of a leave pass",
                     "入院日、出院日及请假期间"), _FEW),
        find=_bought_outside,
    ),
    Rule(
        id="R22.after_discharge", result_type="suspicious", grain="provider", stage="during",
        needs=(), thresholds=(*RATE, ("days", "days"), ("share", "share")), clause="38(7)",
        no_clause=None,
        words=("much of a stay's cost is billed in visits just after it, more often than at peers",
               "出院后数日门诊费用占比高，频次高于同类"),
        amount=_FEN,
        exceptions=(("small bills after a stay", "出院后小额费用"), _FEW),
        find=_after_discharge,
    ),
    Rule(
        id="R22.outpatient_in_stay", result_type="suspicious", grain="provider", stage="during",
        needs=(), thresholds=(("visits", "count"),), clause="38(7)", no_clause=None,
        words=("visits are billed at the provider in whose bed the person lies",
               "住院期间在本机构另行结算门诊或购药"),
        amount=_FEN,
        exceptions=(("the days of admission and discharge, and of a leave pass",
                     "入院日、出院日及请假期间"), ("emergencies", "急诊"), ("a few visits",
                                                                            "少量就诊")),
        find=_outpatient_in_stay,
    ),
    Rule(
        id="R22.before_admission", result_type="suspicious", grain="provider", stage="after",
        needs=(), thresholds=(*RATE, ("days", "days"), ("share", "share")), clause="38(7)",
        no_clause=None,
        words=("much of a stay's cost is billed in visits just before it, more often than at peers",
               "入院前数日门诊费用占比高，频次高于同类"),
        amount=_FEN, exceptions=(("small bills before a stay", "入院前小额费用"), _FEW),
        find=_before_admission,
    ),
    Rule(
        id="R22.sent_away", result_type="suspicious", grain="provider", stage="after",
        needs=("claims.disposition",), thresholds=RATE, clause="38(7)", no_clause=None,
        words=("stays end by transfer or against advice, more often than for like patients",
               "转院或自动出院占比高于同类患者"),
        amount=_FEN,
        exceptions=(("a branch of the same operator that takes the patient over by the next day",
                     "同一举办主体的分院于次日前接收"),
                    ("small providers: like levels and kinds are compared",
                     "基层机构（与同级同类比较）"), _FEW),
        find=_sent_away,
    ),
    Rule(
        id="R22.passed_on", result_type="suspicious", grain="provider", stage="after",
        needs=(), thresholds=(*RATE, ("nights", "days"), ("days", "days")), clause="38(7)",
        no_clause=None,
        words=("stays are broken off after a night or two and go on in another provider's bed",
               "入院一两日即出院并随即转入他院住院，频次高于同类"),
        amount=_FEN,
        exceptions=(("a branch of the same operator", "同一举办主体的分院"),
                    ("another illness", "不同病种"),
                    ("small providers that send up: like levels and kinds are compared",
                     "基层上转（与同级同类比较）"), _FEW),
        find=_passed_on,
    ),
    Rule(
        id="R22.share_jump", result_type="suspicious", grain="provider", stage="after",
        needs=("claims.patient_amount",),
        thresholds=(("least", "count"), ("tail_z", "ratio"), ("rise", "share")), clause="38(7)",
        no_clause=None,
        words=("the patients' share of stays jumps in a quarter, beyond past and peers",
               "住院个人负担比例某季度陡升，超过既往及同类"),
        amount=("what patients paid beyond; at most all they paid",
                "患者多负担的金额；上限为个人支付全额"),
        exceptions=(("a rise that the peers share: a new rule of payment",
                     "同类同步上升（政策调整）"), _FEW),
        find=_share_jump,
    ),
)  # fmt: skip
