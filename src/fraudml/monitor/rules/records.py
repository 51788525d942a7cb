"""Rules about contracts and records: settled without a contract, sent without what belongs in."""

import ibis
import ibis.expr.types as ir

from fraudml.claims.calendar import OPEN_END
from fraudml.monitor.entry import NOTHING, UNNAMED, Part, Rule, found
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.rates import PEERS, RATE, outlying, unusual
from fraudml.monitor.rules.goods import month_number
from fraudml.monitor.rules.phantom import bill
from fraudml.monitor.shared import Shared


def _outside_contract(at: Shared, values: Values) -> ir.Table:
    t = at.claim.filter(at.claim.visit_kind != "emergency")
    early = (t.admitted_on < t.contracted_from).coalesce(False)
    late = t.admitted_on.delta(t.contracted_to, unit="day").cast("float64")
    late = (late > values.number("grace_days", t, "visited_on")).coalesce(False)
    t = t.filter(early | late)
    fen = t.fund_amount_fen
    return found(t, Part(("claim_id",), "outside_contract", fen, fen, fen,
                         happened_on="visited_on"))  # fmt: skip


def _while_suspended(at: Shared, _values: Values) -> ir.Table:
    t = at.claim.filter(at.claim.visit_kind != "emergency")
    p = at.claims.table("contract_periods")
    p = p.filter(p.suspended_from <= at.as_of).select(
        "suspended_from", suspended=p.provider_id, only_department=p.department_code,
        suspended_to=p.suspended_to.coalesce(OPEN_END),
    )  # fmt: skip
    j = t.inner_join(
        p,
        [
            t.provider_id == p.suspended,
            t.admitted_on >= p.suspended_from,
            t.admitted_on <= p.suspended_to,
        ],
    )
    whole = j.only_department.isnull() | (j.only_department == j.department_code)
    j = j.filter(whole.coalesce(False))
    j = j.mutate(both_known_on=ibis.greatest(j.settled_on, j.suspended_from))
    fen = j.fund_amount_fen
    return found(j, Part(("claim_id",), "while_suspended", fen, fen, fen,
                         known_on="both_known_on", happened_on="visited_on"))  # fmt: skip


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
    fields = (*_SAID, "practitioner_id")
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
    """Claims without a single line, at providers where it happens too often."""
    b = bill(at).select("claim_no", "lines_n")
    t = at.claim.filter(at.claim.total_amount_fen > 0)
    t = t.left_join(b, "claim_no").drop("claim_no_right")
    return unusual(at, t, t.lines_n.isnull(), values, "lines_missing", "visit_kind")


_AT_MOST = ("at most what the fund paid of the rows; no loss by itself",
            "至多为相关行的基金支付额；本身不等于损失")  # fmt: skip

RECORDS: tuple[Rule, ...] = (
    Rule(
        id="R20.outside_contract",
        result_type="violation",
        grain="provider",
        stage="before",
        needs=("providers.contracted_from",),
        thresholds=(("grace_days", "days"),),
        clause=None,
        no_clause=UNNAMED,
        words=(
            "a visit or stay begins before the provider's contract did, or after it ended",
            "协议生效前或终止后开始的就诊或住院",
        ),
        amount=("what the fund paid of the claim", "该结算单基金支付额"),
        exceptions=(
            ("a stay that began under the contract", "协议期内入院的住院"),
            ("emergencies", "急诊"),
            ("an end of contract not yet known by the as-of date", "截止日尚未知悉的协议终止"),
        ),
        find=_outside_contract,
    ),
    Rule(
        id="R20.while_suspended",
        result_type="violation",
        grain="provider",
        stage="before",
        needs=("contract_periods.suspended_from",),
        thresholds=(),
        clause=None,
        no_clause=UNNAMED,
        words=(
            "a visit or stay begins while the provider, or its department, is suspended",
            "机构或科室中止协议期间开始的就诊或住院",
        ),
        amount=("what the fund paid of the claim", "该结算单基金支付额"),
        exceptions=(
            ("a stay that began before the suspension", "中止前入院的住院"),
            ("emergencies", "急诊"),
            ("other departments, where only one is suspended", "仅中止某科室时的其他科室"),
        ),
        find=_while_suspended,
    ),
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
        id="R25.lines_missing",
        result_type="suspicious",
        grain="provider",
        stage="before",
        needs=("claim_lines.item_code",),
        thresholds=RATE,
        clause="39(3)",
        no_clause=None,
        words=(
            "claims come without a single line, more often than at peers",
            "结算单无任何明细，频次高于同类",
        ),
        amount=_AT_MOST,
        exceptions=(("providers with few such claims", "此类结算单很少的机构"),),
        find=_lines_missing,
    ),
)
