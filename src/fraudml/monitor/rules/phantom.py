"""Rules about visits and stays that did not happen: in bed elsewhere, copied, by nobody."""

import ibis
import ibis.expr.types as ir

from fraudml.claims.calendar import days_between
from fraudml.monitor.copies import COPIED_CLAIM, first_claims
from fraudml.monitor.entry import NOTHING, Part, Rule, found
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.rates import (
    BILLED,
    OWN,
    PEERS,
    RATE,
    unusual,
    unusual_of_each,
)
from fraudml.monitor.rules.stays import during_stay
from fraudml.monitor.shared import SCALE, Shared, prefixed, timed

_SAME = ("inpatient", "diagnosis_code", "lines_n", "first_code", "last_code", "pieces_e4")
_CONTENT = (*_SAME, "total_amount_fen")
_LIKE = 10  # stays of others that a share needs
_NIGHT_ENDS = 5  # o'clock
_PRIMES = (7_919, 1_000_003)  # spread codes and quantities; sums stay far below 64 bits
_FIRST = ibis.date(2000, 1, 1)
_TWO_BEYOND = 1.5  # one person more than beds may be a matter of an hour


def _while_in_bed(at: Shared, values: Values) -> ir.Table:
    pairs = during_stay(at)
    seen = pairs.select("visit_id").distinct()
    base = at.claim.filter(~at.claim.visit_kind.isin(["inpatient", "emergency"]))
    t = base.left_join(seen, base.claim_id == seen.visit_id)
    return unusual(at, t, t.visit_id.notnull(), values, "while_in_bed")


def bill(at: Shared) -> ir.Table:
    """One row per claim with lines: how many of which kind, and marks of what it contains.

    ``content`` is equal where the items and their quantities are, ``course`` where these stand on
    the same days after the first as well. Also of claims that do not stand as of the date: it is
    joined to those that do.
    """
    return at.lasting("bill", lambda: _bill(at))


def _bill(at: Shared) -> ir.Table:
    i = at.limits("item_kind")
    t = at.every_line.filter(at.every_line.amount_fen > 0)
    t = t.left_join(i, "item_no").drop("item_no_right")
    kinds = {f"{k}s_n": (t.item_kind == k).cast("int64").sum() for k in
             ("bed", "exam", "drug", "service")}  # fmt: skip
    kinds["unknowns_n"] = t.item_kind.isnull().cast("int64").sum()
    mark = (t.code_no.cast("int64") * _PRIMES[0] + t.quantity_e4) % _PRIMES[1]
    mark = mark * mark % _PRIMES[1]
    day = days_between(t.served_on, _FIRST)
    b = t.group_by("claim_no").agg(
        lines_n=t.count(), first_code=t.code_no.min(), last_code=t.code_no.max(),
        amount_fen=t.amount_fen.sum(), pieces_e4=t.quantity_e4.sum(),
        outside_fen=t.outside_scope.ifelse(t.amount_fen, 0).sum(),
        content=mark.sum(), on_days=(mark * day).sum(), first_day=day.min(), **kinds,
    )  # fmt: skip
    return b.mutate(course=b.on_days - b.content * b.first_day).drop("on_days", "first_day")


def _copies(at: Shared, values: Values, *, inpatient: bool) -> ir.Table:
    """Claims of several persons with one content at one provider, rare elsewhere.

    What many providers bill alike is a standard package; staged treatment repeats itself, and a
    day of screening or a list of planned operations gives everybody the same.
    """
    b = bill(at)
    t = at.claim.filter(at.claim.inpatient == inpatient, at.claim.total_amount_fen > 0)
    t = t.filter(t.diagnosis_code.notnull())
    t = t.inner_join(b, "claim_no")
    t = t.filter(t.lines_n.cast("float64") >= values.number("least_lines", t, "visited_on"))
    alike = "scheduled_diagnoses" if inpatient else "check_up_diagnoses"
    left_out = values.codes("staged_diagnoses") + values.codes(alike)
    t = t.filter(~prefixed(t.diagnosis_code, left_out))
    each = t.group_by("provider_no", *_CONTENT, "patient_no").agg(
        claims_n=t.count(), level=t.level.max(), provider_kind=t.provider_kind.max(),
        visited_on=t.visited_on.max(),
    )  # fmt: skip
    here = each.group_by("provider_no", *_CONTENT).agg(
        persons_n=each.patient_no.count(), claims_n=each.claims_n.sum(), level=each.level.max(),
        provider_kind=each.provider_kind.max(), visited_on=each.visited_on.max(),
    )  # fmt: skip
    # a package is one wherever it is billed, and at whatever price
    places = here.group_by(*_SAME).agg(all_n=here.claims_n.sum())
    own = here.group_by("provider_no", *_SAME).agg(own_n=here.claims_n.sum())
    many = (
        here.filter(here.persons_n.cast("float64") >= values.number("persons", here, "visited_on"))
        .inner_join(places, list(_SAME))
        .inner_join(own, ["provider_no", *_SAME])
    )
    of_all = (many.claims_n + many.all_n - many.own_n).cast("float64")
    many = many.filter(
        many.claims_n.cast("float64") >= of_all * values.number("share_here", many, "visited_on"),
    ).select("provider_no", *_CONTENT)
    j = t.inner_join(many, ["provider_no", *_CONTENT])
    order = ibis.window(group_by=["provider_no", *_CONTENT], order_by=["admitted_on", "claim_id"])
    j = j.mutate(nth=ibis.row_number().over(order), first_claim=j.claim_id.first().over(order))
    again = (j.nth > 0).ifelse(j.fund_amount_fen, 0)
    return found(j, Part(("first_claim", "practitioner_id"), "same_content", NOTHING, again,
                         j.fund_amount_fen, happened_on="visited_on", who=BILLED))  # fmt: skip


def _same_visits(at: Shared, values: Values) -> ir.Table:
    return _copies(at, values, inpatient=False)


def _same_stays(at: Shared, values: Values) -> ir.Table:
    return _copies(at, values, inpatient=True)


def _at_night(at: Shared, values: Values) -> ir.Table:
    t = at.claim
    t = timed(t.filter(~t.visit_kind.isin(["emergency", "inpatient"])))
    return unusual(at, t, t.started_at.hour() < _NIGHT_ENDS, values, "at_night", "visit_kind")


def _without_care(at: Shared, values: Values) -> ir.Table:
    """Stays of a night or more without a bed, or without any exam, where others have both.

    A line of which the catalogue does not say the kind may be the bed or the exam.
    """
    b = bill(at).filter(lambda r: r.unknowns_n == 0)
    b = b.select("claim_no", "beds_n", "exams_n", "drugs_n", "services_n")
    t = at.stay.filter(at.stay.stay_days >= 1)
    t = t.inner_join(b, "claim_no")
    # a kind that part of the stays for the illness do without proves nothing
    untold = t.diagnosis_group.isnull()  # of whom only the house is known
    like = {f"like_{name}": untold.ifelse(t[name], None) for name in PEERS}
    t = t.mutate(**like)
    ill, own = (ibis.window(group_by=[*more, "diagnosis_group", *like]) for more in ((), OWN))
    n, others_n = t.count().over(ill), t.count().over(ill) - t.count().over(own)

    def usual(kind: str) -> ir.FloatingValue:
        has = (t[kind] > 0).cast("int64")
        of_all = has.sum().over(ill)
        of_others = (of_all - has.sum().over(own)).cast("float64") / others_n.nullif(0)
        return (others_n >= _LIKE).ifelse(of_others, of_all.cast("float64") / n)

    wanted = values.number("usual_share", t, "visited_on")
    kinds = ("beds_n", "exams_n", "drugs_n", "services_n")
    bare = ibis.or_(*((t[kind] == 0) & (usual(kind) >= wanted) for kind in kinds))
    t = t.mutate(bare=bare)
    return unusual_of_each(at, t, t.bare, values, "without_care", "diagnosis_group")


def _beds_exceeded(at: Shared, values: Values) -> ir.Table:
    """Nights on which more persons of this fund lay at a provider than it has beds."""
    t = at.stay.filter(at.stay.beds > 0, at.stay.stay_days >= 1)
    t = t.filter(t.stay_days <= 366)
    ends = t.select("provider_no", "beds", on="admitted_on", change=ibis.literal(1, "int64")).union(
        t.select("provider_no", "beds", on="discharged_on", change=ibis.literal(-1, "int64"))
    )
    days = ends.group_by("provider_no", "beds", "on").agg(change=ends.change.sum())
    order = {"group_by": "provider_no", "order_by": "on"}
    days = days.mutate(
        in_bed=days.change.sum().over(ibis.cumulative_window(**order)),
        until=days.on.lead().over(ibis.window(**order)),
    )
    p = at.provider.select("provider_no", "level", "provider_kind")
    days = days.inner_join(p, "provider_no")
    limit = days.beds.cast("float64") * (1.0 + values.number("extra_share", days, "on"))
    over = days.filter(
        days.in_bed.cast("float64") > ibis.greatest(limit, days.beds.cast("float64") + _TWO_BEYOND)
    )
    over = over.select("in_bed", "on", "until", "beds", full_no="provider_no")
    j = t.drop("beds").inner_join(
        over,
        [
            t.provider_no == over.full_no,
            t.admitted_on < over.until,
            t.discharged_on > over.on,
        ],
    )
    worst = j.group_by("claim_no").agg(
        beyond=((j.in_bed - j.beds).cast("float64") / j.in_bed.cast("float64")).max()
    )
    t = t.inner_join(worst, "claim_no")
    mid = (t.fund_amount_fen.cast("float64") * t.beyond).round().cast("int64")
    return found(t, Part(BILLED, "beyond_beds", NOTHING, mid, t.fund_amount_fen,
                         happened_on="visited_on", who=BILLED))  # fmt: skip


def _overlapping_stays(at: Shared, values: Values) -> ir.Table:
    """Two stays of one person on the same nights; a day in common is a transfer."""
    one = first_claims(at.stay, at)
    two = one.view()
    two = two.select(
        "patient_no", other_claim=two.claim_id, other_no=two.claim_no,
        other_place=two.provider_id, other_in=two.admitted_on, other_out=two.discharged_on,
        other_settled=two.settled_on,
    )  # fmt: skip
    j = one.inner_join(two, "patient_no")
    nights = ibis.least(j.discharged_on, j.other_out).delta(
        ibis.greatest(j.admitted_on, j.other_in), unit="day"
    )
    j = j.filter(
        j.claim_id != j.other_claim,
        nights.cast("float64") >= values.number("nights", j, "admitted_on"),
    )
    both = _in_bed_together(at, j)
    both = both.mutate(
        pair=ibis.least(j.claim_id, j.other_claim) + "|" + ibis.greatest(j.claim_id, j.other_claim),
        both_settled_on=ibis.greatest(j.settled_on, j.other_settled),
    )
    paid = ibis.greatest(both.fund_amount_fen, 0)
    return found(both, Part(("pair",), "stay", NOTHING, (both.claim_id > both.other_claim).ifelse(
        paid, 0), paid, known_on="both_settled_on",
        happened_on="visited_on", who=("provider_id", "patient_id")))  # fmt: skip


def _in_bed_together(at: Shared, pairs: ir.Table) -> ir.Table:
    """The pairs but those whose first stay bills its bed no longer than to the second's first day.

    A discharge that bears the date of its settlement bills its bed up to the true one.
    """
    if not at.claims.has("claim_lines"):
        return pairs
    first = (pairs.admitted_on <= pairs.other_in).ifelse(pairs.claim_no, pairs.other_no)
    days = ibis.greatest(pairs.admitted_on, pairs.other_in).delta(
        ibis.least(pairs.admitted_on, pairs.other_in), unit="day"
    )
    pairs = pairs.mutate(first_no=first, days_before=days.cast("int64"))
    t = at.line.filter(at.line.inpatient, at.line.amount_fen > 0)
    t = t.semi_join(pairs.select(claim_no=pairs.first_no).distinct(), "claim_no")
    t = t.inner_join(at.limits("item_kind"), "item_no").filter(lambda r: r.item_kind == "bed")
    beds = t.group_by(bed_claim=t.claim_no).agg(beds_e4=t.quantity_e4.sum())
    j = pairs.left_join(beds, pairs.first_no == beds.bed_claim)
    return j.filter((j.beds_e4 > (j.days_before + 1) * SCALE).coalesce(True))


_FEN = (
    "at most what the fund paid of the claims; in the middle, of those beyond the expected",
    "至多为相关结算单基金支付额；中值为超出预期部分",
)
_AFTER_FIRST = (
    "what the fund paid after the first; at most of all",
    "首份以后的基金支付额；上限为全部",
)
_FEW = ("providers with few such claims, by the lower limit of their number",
        "按数量下限判定，数量少的机构不列入")  # fmt: skip
_LINES = "claim_lines.item_code"
_COPIES = (
    ("least_lines", "count"), ("persons", "count"), ("share_here", "share"),
    ("staged_diagnoses", "codes"),
)  # fmt: skip
_PACKAGE = (
    "contents that other providers bill too, at any price: a standard package",
    "其他机构也有的标准套餐",
)
_STAGED = ("staged treatment, by its diagnosis", "按疗程的治疗（按诊断）")

PHANTOM: tuple[Rule, ...] = (
    Rule(
        id="R01.billed_while_in_bed", result_type="suspicious", grain="provider", stage="after",
        needs=(), thresholds=RATE, clause="40(3)", no_clause=None,
        words=("visits are billed for persons who lie in bed elsewhere, more often than at peers",
               "为正在他院住院的人员结算门诊或购药，频次高于同类"),
        amount=_FEN,
        exceptions=(("emergencies", "急诊"),
                    ("the days of admission and discharge, and of a leave pass",
                     "入院日、出院日及请假期间"), _FEW),
        find=_while_in_bed,
    ),
    Rule(
        id="R01.same_content", result_type="suspicious", grain="provider", stage="after",
        needs=(_LINES, "claims.diagnosis_code"),
        thresholds=(*_COPIES, ("check_up_diagnoses", "codes")), clause="40(3)", no_clause=None,
        words=("visits of several persons have one diagnosis, the same lines and the same amount",
               "多人就诊的诊断、明细与金额完全相同"),
        amount=_AFTER_FIRST, exceptions=(_PACKAGE, _STAGED, ("claims of few lines", "明细行数少"),
                                           ("check-ups and screening, by their diagnoses",
                                            "体检及筛查（按诊断）")),
        find=_same_visits,
    ),
    Rule(
        id="R01.at_night", result_type="suspicious", grain="provider", stage="during",
        needs=("claims.started_at",), thresholds=RATE, clause="40(3)", no_clause=None,
        words=("visits that are no emergencies begin between midnight and five o'clock",
               "非急诊就诊发生于零点至五点，频次高于同类"),
        amount=_FEN,
        exceptions=(("emergencies and stays", "急诊和住院"),
                    ("visits whose time of day is not recorded", "未记录时刻的就诊"), _FEW),
        find=_at_night,
    ),
    Rule(
        id="R02.without_care", result_type="suspicious", grain="provider", stage="after",
        needs=(_LINES, "items.kind"), thresholds=(*RATE, ("usual_share", "share")),
        clause="40(1)", no_clause=None,
        words=("stays without any bed, exam, drug or service line that nearly all stays have",
               "住院缺少几乎所有住院都有的床位、检查、药品或服务明细"),
        amount=_FEN,
        exceptions=(("stays that end on the day they began", "当日出入院"),
                    ("kinds that part of the stays for the same illness do without",
                     "同病种住院并非普遍具备的明细类别"), _FEW),
        find=_without_care,
    ),
    Rule(
        id="R02.beds_exceeded", result_type="suspicious", grain="provider", stage="after",
        needs=("providers.beds",), thresholds=(("extra_share", "share"),),
        clause="40(1)", no_clause=None,
        words=("on some nights more insured persons lie there than the provider has beds",
               "某些夜间在院参保人数超过床位数"),
        amount=("the share beyond the beds of what the fund paid; at most all",
                "超出床位部分的基金支付额；上限为全部"),
        exceptions=(("extra beds up to the allowed share", "允许比例内的加床"),
                    ("the day of discharge", "出院日"),
                    ("providers whose beds are not known", "床位数未知的机构")),
        find=_beds_exceeded,
    ),
    Rule(
        id="R02.overlapping_stays", result_type="suspicious", grain="patient", stage="during",
        needs=(), thresholds=(("nights", "days"),), clause="40(1)", no_clause=None,
        words=("one person lies in two stays on the same nights", "同一人两次住院时间重叠"),
        amount=("what the fund paid of the second; at most of both",
                "第二次住院基金支付额；上限为两次"),
        exceptions=(("a day in common: a transfer", "仅一日重合（转院）"),
                    ("the bed of the first is billed no longer than to the second's first day",
                     "前次住院的床位费未计至后次入院之后（出院日期误填）"),
                    COPIED_CLAIM),
        find=_overlapping_stays,
    ),
    Rule(
        id="R02.same_content", result_type="suspicious", grain="provider", stage="after",
        needs=(_LINES, "claims.diagnosis_code"),
        thresholds=(*_COPIES, ("scheduled_diagnoses", "codes")), clause="40(1)", no_clause=None,
        words=("stays of several persons have one diagnosis, the same lines and the same amount",
               "多人住院的诊断、明细与金额完全相同"),
        amount=_AFTER_FIRST, exceptions=(_PACKAGE, _STAGED, ("stays of few lines", "明细行数少"),
                                           ("planned operations that are all alike, by diagnosis",
                                            "内容统一的集中择期手术（按诊断）")),
        find=_same_stays,
    ),
)  # fmt: skip
