"""Rules about records: sent late, in part, or without what belongs in."""

import ibis
import ibis.expr.types as ir

from fraudml.claims.accepted import reversed_claims
from fraudml.claims.calendar import days_between
from fraudml.claims.regions import pool_of
from fraudml.monitor.entry import NOTHING, Part, Rule, found
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.rates import PEERS, RATE, outlying, unusual
from fraudml.monitor.rules.goods import month_number
from fraudml.monitor.rules.phantom import bill
from fraudml.monitor.shared import Shared


def _practitioner_missing(at: Shared, values: Values) -> ir.Table:
    t = at.claim.filter(at.claim.visit_kind != "pharmacy")
    t = t.mutate(month=month_number(t.visited_on))
    month = ibis.window(group_by=["provider_id", "month"])
    lacking = t.practitioner_id.isnull().cast("int64")
    t = t.mutate(lacking_n=lacking.sum().over(month), claims_n=t.count().over(month))
    share = t.lacking_n.cast("float64") / t.claims_n.cast("float64")
    t = t.filter(
        t.practitioner_id.isnull(),
        t.lacking_n.cast("float64") >= values.number("least_claims", t, "visited_on"),
        share >= values.number("share", t, "visited_on"),
    )
    return found(t, Part(("provider_id", "month"), "practitioner_missing", NOTHING, NOTHING,
                         t.fund_amount_fen, happened_on="visited_on",
                         who=("provider_id",)))  # fmt: skip


def _item_unknown(at: Shared, _values: Values) -> ir.Table:
    t = at.line.left_join(at.limits("known"), "item_no")
    t = at.told(t.filter(~t.known.coalesce(False), t.fund_fen > 0))
    return found(t, Part(("provider_id", "item_code"), "item_unknown", NOTHING, NOTHING,
                         t.fund_fen, who=("provider_id",)))  # fmt: skip


# what a claim should say, and of which claims it is expected
_SAID = ("diagnosis_code", "department_code", "started_at", "identity_check", "terminal_id")


def _fields_missing(at: Shared, values: Values) -> ir.Table:
    """Claims without what nearly all others say, in months in which a provider leaves it out."""
    t = at.claim.filter(at.claim.visit_kind != "pharmacy")
    t = t.mutate(month=month_number(t.visited_on))
    every = ibis.window(group_by="visit_kind")
    lacking = {name: t[name].isnull().cast("int64") for name in _SAID}
    sums = t.group_by("provider_no", "visit_kind", "month", "level", "provider_kind").agg(
        n=t.count(), visited_on=t.visited_on.max(),
        **{f"{name}_n": value.sum() for name, value in lacking.items()},
    )  # fmt: skip
    least = values.number("least_claims", sums, "visited_on")
    share = values.number("share", sums, "visited_on")
    usual = values.number("usual_share", sums, "visited_on")
    all_n = (sums.n.sum().over(every) - sums.n).cast("float64")
    marks = {}
    for name in _SAID:
        own = sums[f"{name}_n"]
        others = (own.sum().over(every) - own).cast("float64")
        marks[f"{name}_out"] = (
            (own.cast("float64") >= least)
            & (own.cast("float64") >= share * sums.n.cast("float64"))
            & (others <= (1.0 - usual) * all_n)
        )
    out = sums.mutate(**marks)
    out = out.filter(ibis.or_(*(out[name] for name in marks)))
    out = out.select("provider_no", "visit_kind", "month", *marks)
    j = t.inner_join(out, ["provider_no", "visit_kind", "month"])
    j = j.filter(ibis.or_(*(j[name].isnull() & j[f"{name}_out"] for name in _SAID)))
    return found(j, Part(("provider_id", "month"), "field_missing", NOTHING, NOTHING,
                         j.fund_amount_fen, happened_on="visited_on",
                         who=("provider_id",)))  # fmt: skip


def _often_missing(at: Shared, values: Values) -> ir.Table:
    """Claims without a field that like providers' claims of the kind name, over all months.

    A month of a small provider has too few claims to judge; a column that nobody sends is missing
    everywhere alike and marks nobody.
    """
    t = at.claim.filter(at.claim.visit_kind != "pharmacy")
    fields = (*_SAID, "practitioner_id", "disposition", "drg_code", "scheme")
    sums = t.group_by("provider_no", *PEERS, "visit_kind").agg(
        n=t.count(), **{name: t[name].isnull().cast("int64").sum() for name in fields}
    )
    sums = at.keep("fields_sent", lambda: sums)
    each = [sums.select("provider_no", *PEERS, "visit_kind", "n", hits=sums[name],
                        field=ibis.literal(name)) for name in fields]  # fmt: skip
    of_field = ("provider_no", "field")
    over = outlying(at, ibis.union(*each), values, ("visit_kind", "field"), of_field)
    j = t.inner_join(over, t.provider_no == over.over_provider_no)
    lacks = [(j.over_field == name) & j[name].isnull() for name in fields]
    j = j.filter(ibis.or_(*lacks))
    return found(j, Part(("provider_id", "over_field"), "field_missing", NOTHING, NOTHING,
                         j.fund_amount_fen, happened_on="visited_on",
                         who=("provider_id",)))  # fmt: skip


def _lines_missing(at: Shared, values: Values) -> ir.Table:
    """Claims without a line, or with lines for a part of the amount, where it happens too often."""
    b = bill(at).select("claim_no", "amount_fen")
    t = at.claim.filter(at.claim.total_amount_fen > 0)
    t = t.left_join(b, "claim_no").drop("claim_no_right")
    least = values.number("share", t, "visited_on") * t.total_amount_fen.cast("float64")
    short = t.amount_fen.coalesce(0).cast("float64") < least
    return unusual(at, t, short, values, "lines_missing", "visit_kind")


def _sent_late(at: Shared, values: Values) -> ir.Table:
    """Claims sent long after the visit or stay was over, at providers where it happens too often.

    A claim settled late was perhaps sent when it was settled: it is late by the days in between.
    """
    raw = at.claims.table("claims")
    sent = raw.select(sent_id="claim_id", sent_on=raw.uploaded_at.date())
    t = at.claim.inner_join(sent.filter(sent.sent_on.notnull()), at.claim.claim_id == sent.sent_id)
    waited = days_between(t.sent_on, t.discharged_on).cast("float64")
    late = waited > values.number("days", t, "visited_on")
    return unusual(at, t, late, values, "sent_late", "inpatient")


def _settled_late(at: Shared, values: Values) -> ir.Table:
    """Claims of which the sending is not known, settled long after, where it happens too often.

    Nobody settles less often than by the quarter. What was settled in time, reversed and settled
    again says nothing, nor what people from elsewhere paid themselves and hand in.
    """
    raw = at.claims.table("claims").filter(lambda r: r.settled_on <= at.as_of)
    sent = raw.filter(raw.uploaded_at.notnull()).select("claim_id")
    again = raw.semi_join(reversed_claims(raw).select("claim_id"), "claim_id")
    t = at.claim.anti_join(sent, "claim_id")
    elsewhere = pool_of(t.patient_region) != pool_of(t.provider_region)
    t = t.filter(~elsewhere.coalesce(False))
    waited = days_between(t.settled_on, t.discharged_on).cast("float64")
    late = waited > values.number("days", t, "visited_on")
    visit = ["patient_id", "provider_id", "admitted_on"]
    mended = t.semi_join(again.select(*visit).distinct(), visit).select("claim_no")
    return unusual(at, t.anti_join(mended, "claim_no"), late, values, "settled_late", "inpatient")


_AT_MOST = ("at most what the fund paid of the rows; no loss by itself",
            "至多为相关行的基金支付额；本身不等于损失")  # fmt: skip

RECORDS: tuple[Rule, ...] = (
    Rule(
        id="R25.practitioner_missing",
        result_type="suspicious",
        grain="provider",
        stage="before",
        needs=("claims.practitioner_id",),
        thresholds=(("share", "share"), ("least_claims", "count")),
        clause="39(3)",
        no_clause=None,
        words=(
            "a large share of a provider's claims of a month names no practitioner",
            "机构当月较大比例的结算单未传送医师",
        ),
        amount=_AT_MOST,
        exceptions=(
            ("pharmacies' sales", "药店购药"),
            ("a few claims of the month", "当月少量缺失"),
            ("an extract that has no practitioners at all", "整批数据均无医师字段"),
        ),
        find=_practitioner_missing,
    ),
    Rule(
        id="R25.item_unknown",
        result_type="suspicious",
        grain="provider",
        stage="before",
        needs=("claim_lines.item_code", "items.item_code"),
        thresholds=(),
        clause="39(3)",
        no_clause=None,
        words=(
            "the fund paid for an item that the catalogue did not have on the day",
            "基金支付了当日目录中不存在的项目",
        ),
        amount=_AT_MOST,
        exceptions=(("lines the fund did not pay", "基金未支付的行"),),
        find=_item_unknown,
    ),
    Rule(
        id="R25.fields_missing",
        result_type="suspicious",
        grain="provider",
        stage="before",
        needs=("claims.diagnosis_code",),
        thresholds=(("share", "share"), ("least_claims", "count"), ("usual_share", "share")),
        clause="39(3)",
        no_clause=None,
        words=(
            "a large share of a provider's claims of a month lacks what nearly all others say",
            "机构当月较大比例的结算单缺少其他机构普遍传送的字段",
        ),
        amount=_AT_MOST,
        exceptions=(
            ("pharmacies' sales", "药店购药"),
            ("a few claims of the month", "当月少量缺失"),
            ("what many others do not say either", "其他机构也普遍缺少的字段"),
        ),
        find=_fields_missing,
    ),
    Rule(
        id="R25.often_missing",
        result_type="suspicious",
        grain="provider",
        stage="after",
        needs=("claims.diagnosis_code",),
        thresholds=RATE,
        clause="39(3)",
        no_clause=None,
        words=(
            "claims lack what like providers send of the same kind of visit, over all months",
            "结算单字段缺失频次高于同类机构同类就诊（不限月份）",
        ),
        amount=_AT_MOST,
        exceptions=(
            ("pharmacies' sales", "药店购药"),
            ("what like providers do not send either", "同类机构也普遍缺少的字段"),
            ("providers with few such claims", "此类结算单很少的机构"),
        ),
        find=_often_missing,
    ),
    Rule(
        id="R25.sent_late",
        result_type="suspicious",
        grain="provider",
        stage="after",
        needs=("claims.uploaded_at",),
        thresholds=(*RATE, ("days", "days")),
        clause="39(3)",
        no_clause=None,
        words=(
            "claims are sent long after the visit, far more often than at peers",
            "结算数据上传明显滞后，频次高于同类",
        ),
        amount=_AT_MOST,
        exceptions=(
            ("a delay that like providers share", "同类机构同样滞后"),
            ("providers with few such claims", "此类结算单很少的机构"),
        ),
        find=_sent_late,
        of_house=True,
    ),
    Rule(
        id="R25.settled_late",
        result_type="suspicious",
        grain="provider",
        stage="after",
        needs=(),
        thresholds=(*RATE, ("days", "days")),
        clause="39(3)",
        no_clause=None,
        words=(
            "claims are settled more than a quarter after the visit, far more often than at peers",
            "就诊结束一个季度以后才结算，频次高于同类",
        ),
        amount=_AT_MOST,
        exceptions=(
            ("claims whose day of sending is known", "已知上传时间的结算单"),
            ("settled again after a reversal", "冲红后重新结算"),
            ("people from elsewhere, who pay first and hand in", "异地参保人员（垫付后报销）"),
            ("a delay that like providers share", "同类机构同样滞后"),
            ("providers with few such claims", "此类结算单很少的机构"),
        ),
        find=_settled_late,
        of_house=True,
    ),
    Rule(
        id="R25.lines_missing",
        result_type="suspicious",
        grain="provider",
        stage="before",
        needs=("claim_lines.item_code",),
        thresholds=(*RATE, ("share", "share")),
        clause="39(3)",
        no_clause=None,
        words=(
            "claims come without lines, or with lines for a part of the amount, beyond peers",
            "结算单无明细或明细合计不足总额，频次高于同类",
        ),
        amount=_AT_MOST,
        exceptions=(("providers with few such claims", "此类结算单很少的机构"),),
        find=_lines_missing,
    ),
)
