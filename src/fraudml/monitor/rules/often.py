"""Rules about too much of one thing for one person: on one day, within days, in several parts.

Some services are given several times a day, some exams are checked every day. What is done once by
everybody else is not done twice here by chance, so each item is compared with itself.
"""

import ibis
import ibis.expr.types as ir

from fraudml.claims.calendar import days_between
from fraudml.claims.whole_numbers import square
from fraudml.monitor.entry import NOTHING, Part, Rule, found
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.rates import BILLED, PEERS, RATE, beside_totals, outlying, unusual_of_each
from fraudml.monitor.rules.mix import item_mix
from fraudml.monitor.rules.phantom import bill
from fraudml.monitor.shared import SCALE, Shared, prefixed

_ITEM = ("provider_no", "code_no")
_ALIKE = ("code_no", "inpatient")
_ONE = ["claim_no", "code_no", "served_on"]
_ORDER = ["second", "line_no"]


def _too_often(
    at: Shared, lines: ir.Table, values: Values, role: str, kinds: tuple[str, ...]
) -> ir.Table:
    """Of these repeats those of items that a provider repeats more often than all others do.

    lines  claim_no, line_no, provider_no, code_no and inpatient of every repeat, in the fund
    """
    n = item_mix(at).inner_join(at.limits("item_kind"), "item_no")
    n = n.filter(n.item_kind.isin(kinds)).select(*_ITEM, "inpatient", "lines_n")
    hits = lines.group_by(*_ITEM, "inpatient").agg(hits=lines.count())
    n = n.left_join(hits, [*_ITEM, "inpatient"])
    n = n.select(*_ITEM, "inpatient", n="lines_n", hits=n.hits.coalesce(0))
    n = n.inner_join(at.provider.select("provider_no", *PEERS), "provider_no")
    over = outlying(at, n, values, _ALIKE, _ITEM)
    t = lines.inner_join(
        over,
        [lines.provider_no == over.over_provider_no, lines.code_no == over.over_code_no],
    )
    t = at.told(t)
    fen = ibis.greatest(t.fund_fen, 0)
    mid = (fen.cast("float64") * ibis.greatest(t.excess_share, 0.0)).round().cast("int64")
    return found(t, Part((*BILLED, "item_code"), role, NOTHING, mid, fen, who=BILLED))


def _again_in_a_day(at: Shared, values: Values) -> ir.Table:
    """Lines of a service or exam after the first of the day on one claim: a copy has its own.

    Outside stays of consumables as well: a session takes one of each that others bill once, while
    what an operation uses no diagnosis tells.
    """
    t = at.repeated_line
    goods = (t.item_kind == "consumable") & ~t.inpatient
    t = t.filter(t.amount_fen > 0, t.item_kind.isin(["service", "exam"]) | goods)
    t = t.mutate(nth=ibis.row_number().over(ibis.window(group_by=_ONE, order_by=_ORDER)))
    t = at.keep("again_in_a_day", lambda: t.filter(t.nth > 0).drop("nth"))
    return _too_often(at, t, values, "again_in_a_day", ("service", "exam", "consumable"))


def _exam_repeated(at: Shared, values: Values) -> ir.Table:
    """Exams that the person had here on another of the last days."""
    kind = at.limits("item_kind")
    t = at.line.inner_join(kind.filter(kind.item_kind == "exam"), "item_no")
    t = t.filter(t.amount_fen > 0)
    order = ibis.window(
        group_by=["patient_no", *_ITEM], order_by=["served_on", "second", "claim_no", "line_no"]
    )
    gap = days_between(t.served_on, t.served_on.lag().over(order))
    t = t.mutate(gap=gap).filter(lambda r: r.gap > 0)
    t = t.inner_join(at.provider.select("provider_no", *PEERS), "provider_no")
    t = t.filter(t.gap.cast("float64") <= values.number("days", t, "served_on")).drop("gap", *PEERS)
    t = at.keep("exams_repeated", lambda: t)
    return _too_often(at, t, values, "exam_repeated", ("exam",))


def _session_lines(at: Shared, values: Values) -> ir.Table:
    """Lines of treatment that has its days of the week, outside stays, by the item's name."""
    i = at.claims.table("items")
    i = i.filter(ibis.or_(*(i.name.contains(word) for word in values.codes("session_words"))))
    codes = i.select("item_code").distinct().inner_join(at.code, "item_code")
    t = at.line.filter(at.line.amount_fen > 0, at.line.quantity_e4 > 0, ~at.line.inpatient)
    t = t.semi_join(codes, "code_no")
    days = days_between(t.served_on, ibis.date(1970, 1, 5))  # a Monday
    return t.mutate(week=(days.cast("float64") / 7.0).floor().cast("int64"))


def _beyond_week(at: Shared, t: ir.Table, values: Values) -> ir.Table:
    """Days of a person beyond what a week allows: patient_no, served_on.

    A session moved over a holiday is missing from a week beside it, as where a treatment begins,
    ends or goes on in a ward: such weeks are left out.
    """
    day = t.select("patient_no", "week", "served_on").distinct()
    n = day.group_by("patient_no", "week").agg(days_n=day.count())
    n = n.mutate(level=ibis.null("int64"), provider_kind=ibis.null("string"), on=at.as_of)
    n = n.mutate(most=values.number("sessions", n, "on"))
    full = n.filter(n.days_n.cast("float64") >= n.most).select("patient_no", "week").view()
    over = n.filter(n.days_n.cast("float64") > n.most).select("patient_no", "week", "most")
    for beside in (-1, 1):
        over = over.mutate(other=over.week + beside)
        over = over.semi_join(full, [over.patient_no == full.patient_no, over.other == full.week])
    nth = ibis.row_number().over(ibis.window(group_by=["patient_no", "week"], order_by="served_on"))
    day = day.mutate(nth=nth).inner_join(over, ["patient_no", "week"])
    return day.filter(day.nth.cast("float64") >= day.most).select("patient_no", "served_on")


def _fourth_session(at: Shared, values: Values) -> ir.Table:
    t = at.keep("session_lines", lambda: _session_lines(at, values))
    days = at.keep("sessions_beyond_week", lambda: _beyond_week(at, t, values))
    t = t.semi_join(days, ["patient_no", "served_on"]).drop("week")
    return _too_often(at, t, values, "fourth_session", ("service", "exam"))


def _split_prescription(at: Shared, values: Values) -> ir.Table:
    """Visits settled beside another of the same person, day and department, at peers seldom.

    One of the same amount is the same visit sent again, which other rules count.
    """
    t = at.claim.filter(at.claim.visit_kind.isin(["outpatient", "chronic"]))
    t = t.filter(t.total_amount_fen > 0)
    one = ["patient_no", "provider_no", "visited_on", "department_code"]
    last = t.total_amount_fen.lag().over(
        ibis.window(group_by=one, order_by=["total_amount_fen", "claim_no"])
    )
    t = t.mutate(more=(last != t.total_amount_fen).coalesce(False))
    return unusual_of_each(at, t, t.more, values, "same_day", "visit_kind")


def _more_pieces(at: Shared, values: Values, kinds: tuple[str, ...], role: str) -> ir.Table:
    """Lines of more pieces than usual of items with far more of them a line than at all others."""
    m = item_mix(at).inner_join(at.limits("item_kind"), "item_no")
    m = m.filter(m.item_kind.isin(kinds), m.pieces_e4 > 0)
    m = m.inner_join(at.provider.select("provider_no", *PEERS), "provider_no")
    mean = m.pieces_e4.cast("float64") * 100.0 / (m.lines_n.cast("float64") * SCALE)
    cost = (m.amount_fen.cast("float64") / m.lines_n.cast("float64")).round().cast("int64")
    # whole numbers: sums of any order agree
    m = m.mutate(mean_e2=mean.round().cast("int64"), line_fen=cost)
    m = beside_totals(
        m, (*_ALIKE, *PEERS), users_n=m.count(), means=m.mean_e2.sum(), costs=m.line_fen.sum(),
        squares=square(m.mean_e2).sum(),
    )  # fmt: skip
    others = (m.users_n - 1).cast("float64").nullif(0.0)
    e = (m.means - m.mean_e2).cast("float64") / others
    squares = (m.squares - square(m.mean_e2)).cast("float64") / others
    sd = ibis.greatest(squares - e * e, 0.0).sqrt()
    e_fen = (m.costs - m.line_fen).cast("float64") / others
    m = m.mutate(e_e2=e, e_fen=e_fen, sd=sd, on=at.as_of)
    over = m.filter(
        # more pieces for the same sum are smaller ones
        m.line_fen.cast("float64") > m.e_fen * values.number("times", m, "on"),
        m.users_n.cast("float64") > values.number("users", m, "on"),
        m.lines_n.cast("float64") >= values.number("least", m, "on"),
        m.mean_e2.cast("float64") > m.e_e2 * values.number("times", m, "on"),
        m.mean_e2.cast("float64") > m.e_e2 + m.sd * values.number("tail_z", m, "on"),
    ).select(*_ITEM, "inpatient", "e_e2")
    over = over.anti_join(_as_many_a_day(at, over, values), [*_ITEM, "inpatient"])
    t = at.line.filter(at.line.amount_fen > 0).inner_join(over, [*_ITEM, "inpatient"])
    usual = t.e_e2 * SCALE / 100.0
    t = t.mutate(beyond=1.0 - usual / t.quantity_e4.cast("float64").nullif(0.0))
    t = at.told(t.filter(t.beyond > 0))
    fen = ibis.greatest(t.fund_fen, 0)
    mid = (fen.cast("float64") * t.beyond).round().cast("int64")
    return found(t, Part((*BILLED, "item_code"), role, NOTHING, mid, fen, who=BILLED))


def _as_many_a_day(at: Shared, over: ir.Table, values: Values) -> ir.Table:
    """Of items of stays those that are no more than others' by the day: billed in lumps.

    over     provider_no, code_no, inpatient of items with more pieces a line than at others
    returns  those of them with as many pieces as others for each day of the stays that have them
    """
    codes = over.filter(over.inpatient).select("code_no").distinct()
    t = at.line.filter(at.line.inpatient, at.line.amount_fen > 0).semi_join(codes, "code_no")
    t = t.group_by(*_ITEM, "claim_no").agg(pieces_e4=t.quantity_e4.sum())
    t = t.inner_join(at.claim.select("claim_no", "stay_days"), "claim_no")
    own = t.group_by(*_ITEM).agg(
        pieces_e4=t.pieces_e4.sum(), days=(t.stay_days.cast("int64") + 1).sum()
    )
    own = own.inner_join(at.provider.select("provider_no", *PEERS), "provider_no")
    own = own.mutate(a_day_e4=own.pieces_e4 // own.days, on=at.as_of)
    own = beside_totals(own, ("code_no", *PEERS), users_n=own.count(), all_e4=own.a_day_e4.sum())
    e = (own.all_e4 - own.a_day_e4).cast("float64") / (own.users_n - 1).cast("float64").nullif(0.0)
    few = own.a_day_e4.cast("float64") <= e * values.number("times", own, "on")
    return own.filter(few).select(*_ITEM, inpatient=ibis.literal(True))


def _more_services(at: Shared, values: Values) -> ir.Table:
    return _more_pieces(at, values, ("service", "exam"), "more_pieces")


def _more_drugs(at: Shared, values: Values) -> ir.Table:
    return _more_pieces(at, values, ("drug",), "more_packs")


def _many_drugs(at: Shared, values: Values) -> ir.Table:
    """Visits with more kinds of drugs on a day than a prescription may name, beyond peers."""
    t = at.claim.filter(at.claim.visit_kind.isin(["outpatient", "chronic"]))
    t = t.inner_join(bill(at).select("claim_no", "drugs_n"), "claim_no")
    most = values.number("drugs", t, "visited_on")
    # no more kinds than lines: few claims need their lines
    few = t.filter(t.drugs_n.cast("float64") > most).select("claim_no")
    t = t.left_join(_kinds_of_a_day(at, few, values), "claim_no").drop("claim_no_right")
    many = t.kinds_n.cast("float64") > values.number("drugs", t, "visited_on")
    return unusual_of_each(at, t, many, values, "many_drugs", "diagnosis_group",
                           several=True)  # fmt: skip


def _kinds_of_a_day(at: Shared, claims: ir.Table, values: Values) -> ir.Table:
    """Most kinds of drugs that these claims have on one day, herbs aside: claim_no, kinds_n."""
    kind = at.limits("item_kind")
    t = at.line.filter(at.line.amount_fen > 0).semi_join(claims, "claim_no")
    t = t.inner_join(kind.filter(kind.item_kind == "drug"), "item_no")
    t = t.anti_join(_herbs(at, values), "code_no")
    t = t.group_by("claim_no", "served_on").agg(kinds_n=t.code_no.nunique())
    return t.group_by("claim_no").agg(kinds_n=t.kinds_n.max())


def _herbs(at: Shared, values: Values) -> ir.Table:
    """Herbs of a decoction, by their national code or by what they are counted in: code_no."""
    c = at.code.filter(prefixed(at.code.item_code, values.codes("herb_codes"))).select("code_no")
    if at.claims.missing(("items.unit",)):
        return c
    i = at.claims.table("items")
    i = i.filter(i.unit.isin(values.codes("herb_units"))).select("item_code").distinct()
    return c.union(i.inner_join(at.code, "item_code").select("code_no")).distinct()


def _long_supply(at: Shared, values: Values) -> ir.Table:
    """Ordinary visits with a supply beyond a week, more often than at peers for such illnesses."""
    d = at.line.filter(~at.line.inpatient, at.line.days_supply > 0)
    d = d.group_by("claim_no").agg(longest=d.days_supply.max())
    t = at.claim.filter(at.claim.visit_kind == "outpatient").inner_join(d, "claim_no")
    long = t.longest.cast("float64") > values.number("days", t, "visited_on")
    return unusual_of_each(at, t, long, values, "long_supply", "diagnosis_group",
                           several=True)  # fmt: skip


_EACH = ("each item is compared with itself at others of the level and kind",
         "逐项与同级同类机构的同一项目比较")  # fmt: skip
_FEW = ("few of them, by the lower limit of their number", "按数量下限判定，数量少的不列入")
_LATER = ("at most what the fund paid after the first; in the middle, beyond the expected",
          "至多为首次以后的基金支付额；中值为超出预期部分")  # fmt: skip

_BEYOND_WEEK = ("at most what the fund paid of sessions beyond a week's; mid: beyond the expected",
                "至多为超出每周次数部分的基金支付额；中值为超出预期部分")  # fmt: skip
_PIECES = ("what the fund paid beyond the usual number of pieces; at most of the lines",
           "超出通常数量部分的基金支付额；上限为相关明细")  # fmt: skip
_LUMPS = ("stays billed in lumps: no more pieces a day than others",
          "住院汇总计费：按日计不多于其他机构")  # fmt: skip
_SMALLER = ("smaller units: a line costs no more than usual", "计价单位较小：每行金额不高于通常")
_WIDE = ("items of which others bill now more, now fewer: beyond their spread only",
         "数量本身差异大的项目（按离散程度判定）")  # fmt: skip
_ALL = ("at most what the fund paid of the claims; in the middle, beyond the expected",
        "至多为相关结算单基金支付额；中值为超出预期部分")  # fmt: skip
_ILLNESS = ("the same illnesses at others of the level and kind",
            "真实病情（同诊断、同级同类机构比较）")  # fmt: skip

OFTEN: tuple[Rule, ...] = (
    Rule(
        id="R05.again_in_a_day", result_type="suspicious", grain="provider", stage="during",
        needs=("claim_lines.item_code", "items.kind"), thresholds=RATE, clause="38(3)",
        no_clause=None,
        words=("a service, exam or session's consumable is billed again on one day, beyond peers",
               "同一诊疗、检查项目或门诊耗材在同一结算单同日多次收费，频次高于同类"),
        amount=_LATER,
        exceptions=(_EACH, ("consumables of a stay: what an operation uses", "住院期间的耗材"),
                    ("what everybody gives several times a day", "普遍每日多次的项目"),
                    _FEW),
        find=_again_in_a_day,
    ),
    Rule(
        id="R01.fourth_session", result_type="suspicious", grain="provider", stage="after",
        needs=("claim_lines.item_code", "items.kind", "items.name"),
        thresholds=(*RATE, ("sessions", "count"), ("session_words", "codes")), clause="40(3)",
        no_clause=None,
        words=("more sessions of dialysis for a person than a week has, more often than at peers",
               "同一人一周内血液透析次数超过规定，频次高于同类"),
        amount=_BEYOND_WEEK,
        exceptions=(("a session moved from a week beside it, which has one less",
                     "因节假日等由相邻周调整的治疗（相邻周相应减少）"),
                    ("weeks in which the treatment begins, ends or goes on in a ward",
                     "开始、结束透析或住院期间的周"),
                    ("stays, where the acutely ill have more", "住院期间（急重症次数较多）"),
                    ("as many as at peers", "与同类机构相当"), _FEW),
        find=_fourth_session,
    ),
    Rule(
        id="R09.exam_repeated", result_type="suspicious", grain="provider", stage="after",
        needs=("claim_lines.item_code", "items.kind"), thresholds=(*RATE, ("days", "days")),
        clause="38(2)", no_clause=None,
        words=("an exam is done again for the same person within days, more often than at peers",
               "数日内对同一人重复进行同一检查，频次高于同类"),
        amount=_LATER,
        exceptions=(_EACH, ("what everybody checks again", "普遍需要复查的项目"),
                    ("exams at another provider before", "此前在他院的检查"), _FEW),
        find=_exam_repeated,
    ),
    Rule(
        id="R09.split_prescription", result_type="suspicious", grain="provider", stage="during",
        needs=(), thresholds=RATE, clause="38(2)", no_clause=None,
        words=("one visit is settled in several claims of a day, more often than at peers",
               "同一人同日同科室多次结算（分解处方），频次高于同类"),
        amount=_LATER,
        exceptions=(("another department", "不同科室"),
                    ("the same amount again, which other rules count", "相同金额由其他规则核查"),
                    ("emergencies, stays and pharmacies", "急诊、住院和药店"), _FEW),
        find=_split_prescription,
    ),
    Rule(
        id="R05.more_pieces", result_type="suspicious", grain="provider", stage="after",
        needs=("claim_lines.item_code", "items.kind"), thresholds=(*RATE, ("users", "count")),
        clause="38(3)", no_clause=None,
        words=("a service or exam is billed in far more pieces a line than at all others",
               "某诊疗或检查项目每行计收数量远高于其他机构"),
        amount=_PIECES, exceptions=(_EACH, _WIDE, _SMALLER, _LUMPS, _FEW), find=_more_services,
    ),
    Rule(
        id="R09.more_packs", result_type="suspicious", grain="provider", stage="after",
        needs=("claim_lines.item_code", "items.kind"), thresholds=(*RATE, ("users", "count")),
        clause="38(2)", no_clause=None,
        words=("a drug is given out in far more packs a line than at all others",
               "某药品每次开药数量远高于其他机构"),
        amount=_PIECES, exceptions=(_EACH, _WIDE, _SMALLER, _LUMPS, _FEW), find=_more_drugs,
    ),
    Rule(
        id="R09.many_drugs", result_type="suspicious", grain="provider", stage="after",
        needs=("claim_lines.item_code", "items.kind", "claims.diagnosis_code"),
        thresholds=(*RATE, ("drugs", "count"), ("herb_codes", "codes"), ("herb_units", "codes")),
        clause="38(2)", no_clause=None,
        words=("visits with more kinds of drugs than a prescription may name, beyond peers",
               "门诊药品品种数超过单张处方上限，频次高于同类"),
        amount=_ALL,
        exceptions=(_ILLNESS, ("as many as a prescription may name", "处方上限以内"),
                    ("the same drugs on several days of a claim: a month settled at once",
                     "按月合并结算、分日使用的同一药品"),
                    ("herbs of a decoction", "中药饮片"), _FEW),
        find=_many_drugs,
    ),
    Rule(
        id="R09.long_supply", result_type="suspicious", grain="provider", stage="before",
        needs=("claim_lines.days_supply", "claims.diagnosis_code"),
        thresholds=(*RATE, ("days", "days")), clause="38(2)", no_clause=None,
        words=("ordinary visits with a supply for more than a week, more often than at peers",
               "普通门诊处方用量超过七日，频次高于同类"),
        amount=_ALL,
        exceptions=(_ILLNESS, ("visits settled as chronic care", "门诊慢特病"),
                    ("emergencies, stays and pharmacies", "急诊、住院和药店"), _FEW),
        find=_long_supply,
    ),
)  # fmt: skip
