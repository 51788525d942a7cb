"""Rules about cards and who used them: far apart, many at once, turned into money."""

import ibis
import ibis.expr.types as ir

from fraudml.claims.calendar import days_between
from fraudml.claims.regions import pool_of
from fraudml.monitor.entry import NOTHING, UNNAMED, Part, Rule, found
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.rates import RATE, unusual
from fraudml.monitor.rules.apart import at_two_places
from fraudml.monitor.rules.phantom import bill
from fraudml.monitor.shared import Shared, prefixed, timed

_BODY = 2  # letters of a diagnosis: teeth and mouth (K0), the lens (H2)


def _far_days(at: Shared, values: Values) -> ir.Table:
    """Days on which one person is seen in two prefectures, again and again."""
    t = at.claim.filter(~at.claim.visit_kind.isin(["emergency", "inpatient"]))
    t = t.filter(t.provider_region.notnull()).mutate(place=pool_of(t.provider_region))
    days = t.group_by("patient_no", "visited_on").agg(low=t.place.min(), high=t.place.max())
    days = days.filter(days.low != days.high).drop("low", "high")
    days = days.mutate(days_n=days.count().over(ibis.window(group_by="patient_no")))
    j = t.inner_join(days, ["patient_no", "visited_on"])
    j = j.filter(j.days_n.cast("float64") >= values.number("days", j, "visited_on"))
    return found(j, Part(("patient_id",), "far_apart", NOTHING, j.fund_amount_fen,
                         j.fund_amount_fen, happened_on="visited_on",
                         who=("patient_id",)))  # fmt: skip


def _practitioner_two_places(at: Shared, values: Values) -> ir.Table:
    """Visits of one practitioner at two providers within minutes."""
    t = at_two_places(at.claim.filter(~at.claim.inpatient), "signed_no", "provider_id", values)
    return found(t, Part(("practitioner_id",), "other_place", NOTHING, t.fund_amount_fen,
                         t.fund_amount_fen, happened_on="visited_on",
                         who=("practitioner_id",)))  # fmt: skip


def _without_rest(at: Shared, values: Values) -> ir.Table:
    """A practitioner with visits on every single day for months."""
    t = at.claim
    t = t.filter(t.practitioner_id.notnull(), ~t.inpatient)
    days = t.select("signed_no", "visited_on").distinct()
    order = ibis.window(group_by="signed_no", order_by="visited_on")
    first = ibis.date(2000, 1, 1)
    days = days.mutate(day=days_between(days.visited_on, first),
                       nth=ibis.row_number().over(order))  # fmt: skip
    days = days.mutate(run=days.day - days.nth)
    days = days.mutate(days_n=days.count().over(ibis.window(group_by=["signed_no", "run"])),
                       level=ibis.null("int64"), provider_kind=ibis.null("string"))  # fmt: skip
    days = days.filter(days.days_n.cast("float64") >= values.number("days", days, "visited_on"))
    days = days.select("signed_no", "visited_on", "run")
    j = t.inner_join(days, ["signed_no", "visited_on"])
    return found(j, Part(("practitioner_id", "run"), "without_rest", NOTHING, NOTHING,
                         j.fund_amount_fen, happened_on="visited_on",
                         who=("practitioner_id",)))  # fmt: skip


def of_other_sex(at: Shared) -> ir.Table:
    """Claims with a diagnosis, or the group a stay is paid by, that only the other sex can have.

    Of groups the first letter names the part of the body, where two letters stand first (CHS-DRG).
    """
    values = at.knowledge.values("R17.diagnosis_of_other_sex")
    t = at.claim.filter(at.claim.sex.notnull())
    kind = t.drg_code.substr(1, 1)
    grouped = (kind >= "A") & (kind <= "Z")
    held: ir.BooleanValue = ibis.literal(False)
    for sex, name in (("M", "women"), ("F", "men")):
        listed, groups = values.codes(f"of_{name}"), values.codes(f"groups_of_{name}")
        others = t.secondary_diagnoses.filter(lambda code, listed=listed: prefixed(code, listed))
        ill = prefixed(t.diagnosis_code, listed) | (others.length() > 0).coalesce(False)
        paid = (grouped & prefixed(t.drg_code, groups)).coalesce(False)
        held = held | ((t.sex == sex) & (ill | paid))
    return t.filter(held)


def _other_sex_diagnosis(at: Shared, _values: Values) -> ir.Table:
    t = of_other_sex(at)
    return found(t, Part(("claim_id",), "diagnosis_of_other_sex", NOTHING, t.fund_amount_fen,
                         t.fund_amount_fen, happened_on="visited_on"))  # fmt: skip


def _after_recorded_death(at: Shared, values: Values) -> ir.Table:
    """Visits that begin after a stay or visit that ended with the person's death."""
    t = at.claim
    ended = t.filter(t.disposition == "died")
    ended = ended.group_by(dead_no=ended.patient_no).agg(
        dead_on=ended.discharged_on.min(), told_on=ended.settled_on.min()
    )
    j = t.inner_join(ended, t.patient_no == ended.dead_no)
    late = days_between(j.admitted_on, j.dead_on).cast("float64")
    j = j.filter(late > values.number("grace_days", j, "admitted_on"))
    j = j.mutate(both_known_on=ibis.greatest(j.settled_on, j.told_on))
    return found(j, Part(("claim_id",), "after_recorded_death", NOTHING, j.fund_amount_fen,
                         j.fund_amount_fen, known_on="both_known_on",
                         happened_on="visited_on"))  # fmt: skip


def _terminal_elsewhere(at: Shared, values: Values) -> ir.Table:
    """A terminal that settles for several providers in the same weeks."""
    t = at.claim.filter(at.claim.terminal_id.notnull())
    used = t.group_by("terminal_id", "provider_no").agg(
        first_on=t.visited_on.min(), last_on=t.visited_on.max(), claims_n=t.count(),
        level=t.level.max(), provider_kind=t.provider_kind.max(),
    )  # fmt: skip
    whole = ibis.window(group_by="terminal_id")
    used = used.mutate(
        providers_n=used.count().over(whole),
        most_n=used.claims_n.max().over(whole),
    )
    other = used.view().select("terminal_id", other_no="provider_no", other_first="first_on",
                               other_last="last_on", other_n="claims_n")  # fmt: skip
    j = used.filter(used.providers_n > 1).inner_join(other, "terminal_id")
    both = ibis.least(j.last_on, j.other_last).delta(
        ibis.greatest(j.first_on, j.other_first), unit="day"
    )
    least = values.number("least", j, "last_on")
    j = j.filter(
        j.provider_no != j.other_no, j.claims_n.cast("float64") >= least,
        j.other_n.cast("float64") >= least,
        both.cast("float64") >= values.number("days", j, "last_on"),
    )  # fmt: skip
    # the terminal is taken for that of its main user: the others settle through it
    shared = j.select("terminal_id", "provider_no", guest=j.claims_n < j.most_n).distinct()
    rows = t.inner_join(shared, ["terminal_id", "provider_no"])
    part = rows.guest.ifelse(rows.fund_amount_fen, 0)
    return found(rows, Part(("provider_id", "terminal_id"), "shared_terminal", NOTHING, part,
                            rows.fund_amount_fen, happened_on="visited_on",
                            who=("provider_id",)))  # fmt: skip


def account_paid(at: Shared) -> ir.Table:
    """Claims paid from the individual account; their money is the account's, so it is counted."""
    t = at.claim.filter(at.claim.account_amount_fen > 0)
    return t.mutate(fund_amount_fen=ibis.greatest(t.fund_amount_fen, 0) + t.account_amount_fen)


def round_sums(at: Shared, values: Values) -> ir.Table:
    """Account payments, beside whether they, or a person's of one day here together, are round.

    Amounts of goods do not add up to a round sum unless somebody sees to it.
    """
    t = account_paid(at)
    step = values.number("step_fen", t, "visited_on").cast("int64")
    day = ibis.window(group_by=["patient_no", "provider_no", "visited_on"])
    together = t.account_amount_fen.sum().over(day) % step == 0
    return t.mutate(round_sum=(t.account_amount_fen % step == 0) | together)


def _round_amounts(at: Shared, values: Values) -> ir.Table:
    t = round_sums(at, values)
    return unusual(at, t, t.round_sum, values, "round_amount", "visit_kind")


def _chosen(at: Shared) -> ir.Table:
    """Bills that the account paid most of: what the fund leaves of a dear pack nobody chose."""
    t = account_paid(at)
    return t.filter(t.account_amount_fen * 2 > t.total_amount_fen)


def _just_below(at: Shared, values: Values) -> ir.Table:
    """Account payments that stay a little below a round sum, as a limit of payments asks for."""
    t = _chosen(at)
    step = values.number("step_fen", t, "visited_on").cast("int64")
    short = (step - t.account_amount_fen % step).cast("float64")
    large = t.account_amount_fen > step
    below = large & (short <= values.number("under_fen", t, "visited_on"))
    return unusual(at, t, below, values, "just_below", "visit_kind")


def _many_cards(at: Shared, values: Values) -> ir.Table:
    """Many persons' cards at one terminal, or one provider, within minutes."""
    t = timed(account_paid(at))
    where = ["provider_no", "terminal_id"]
    order = {"group_by": where, "order_by": ["started_at", "claim_id"]}
    t = t.mutate(at_before=t.started_at.lag(4).over(ibis.window(**order)))
    near = t.started_at.epoch_seconds() - t.at_before.epoch_seconds()
    ends = near.cast("float64") <= values.number("minutes", t, "visited_on") * 60.0
    t = t.mutate(ends=ends.coalesce(False).cast("int64"))
    # the fifth card closes a burst: the four before it belong to it
    nxt = ibis.window(**order, preceding=0, following=4)
    t = t.mutate(burst=t.ends.max().over(nxt))
    t = t.filter(t.burst > 0)
    day = ibis.window(group_by=[*where, "visited_on"])
    one = ibis.window(
        group_by=[*where, "visited_on", "patient_no"], order_by=["started_at", "claim_id"]
    )
    t = t.mutate(first=(ibis.row_number().over(one) == 0).cast("int64"))
    t = t.mutate(persons_n=t.first.sum().over(day))
    t = t.filter(t.persons_n.cast("float64") >= values.number("cards", t, "visited_on"))
    return found(t, Part(("provider_id", "visited_on"), "card", NOTHING, t.fund_amount_fen,
                         t.fund_amount_fen, happened_on="visited_on",
                         who=("provider_id",)))  # fmt: skip


def _same_amount(at: Shared, values: Values) -> ir.Table:
    """One person pays the same large sum from the account again within days, several times."""
    t = _chosen(at).filter(lambda r: ~r.inpatient)
    t = t.filter(~prefixed(t.diagnosis_code, values.codes("staged_diagnoses")))
    same = ["patient_no", "provider_no", "account_amount_fen"]
    t = t.filter(
        t.account_amount_fen.cast("float64") >= values.number("least_fen", t, "visited_on")
    )
    order = ibis.window(group_by=same, order_by=["visited_on", "claim_id"])
    t = t.mutate(gap=days_between(t.visited_on, t.visited_on.lag().over(order)))
    t = t.mutate(again=(t.gap.cast("float64") <= values.number("days", t, "visited_on"))
                 .coalesce(False).cast("int64"))  # fmt: skip
    t = t.mutate(again_n=t.again.sum().over(ibis.window(group_by=same)))
    t = t.filter(t.again_n.cast("float64") + 1.0 >= values.number("times", t, "visited_on"))
    part = (t.again > 0).ifelse(t.fund_amount_fen, 0)
    return found(t, Part(("provider_id", "patient_id", "account_amount_fen"), "same_amount",
                         NOTHING, part, t.fund_amount_fen, happened_on="visited_on",
                         who=("provider_id", "patient_id")))  # fmt: skip


def _account_outside(at: Shared, values: Values) -> ir.Table:
    """Account money that goes mostly into goods outside the fund's scope, more than at peers."""
    t = account_paid(at).inner_join(bill(at).select("claim_no", "outside_fen"), "claim_no")
    t = t.mutate(ill=t.diagnosis_code.left(_BODY))
    mostly = t.outside_fen * 2 > t.total_amount_fen
    return unusual(at, t, mostly, values, "account_outside_scope", "visit_kind", "ill")


_FEN = ("at most what the fund paid of the claims", "至多为相关结算单基金支付额")
_MONEY = ("at most what the fund and the individual account paid", "至多为基金与个人账户支付额")
_FEW = ("providers with few such claims, by the lower limit of their number",
        "按数量下限判定，数量少的机构不列入")  # fmt: skip
_LEFT_BY_FUND = ("what the fund left of a bill that it paid most of", "统筹基金支付后的自付部分")
_NO_TIME = ("visits whose moment is not recorded", "未记录就诊时刻")
_ACCOUNT, _STARTED = "claims.account_amount", "claims.started_at"

CARDS: tuple[Rule, ...] = (
    Rule(
        id="R11.far_days", result_type="suspicious", grain="patient", stage="during",
        needs=("providers.region_code",), thresholds=(("days", "count"),), clause="41(1)",
        no_clause=None,
        words=("a person is seen in two prefectures on one day, again and again",
               "同一人多次于同一日在两个地市就诊"),
        amount=_FEN, exceptions=(("emergencies and stays", "急诊和住院"),
                                 ("a day or two: a journey, a referral", "一两次（出行、转诊）")),
        find=_far_days,
    ),
    Rule(
        id="R16.two_places", result_type="suspicious", grain="practitioner", stage="during",
        needs=(_STARTED, "claims.practitioner_id"),
        thresholds=(("minutes", "minutes"), ("times", "count")), clause=None, no_clause=UNNAMED,
        words=("a practitioner sees patients at two providers within minutes, several times",
               "同一医师数分钟内于两家机构接诊，多次发生"),
        amount=_FEN, exceptions=(("stays", "住院"), _NO_TIME, ("a single time: a slip",
                                                               "仅一次（录入差错）")),
        find=_practitioner_two_places,
    ),
    Rule(
        id="R16.without_rest", result_type="suspicious", grain="practitioner", stage="after",
        needs=("claims.practitioner_id",), thresholds=(("days", "count"),), clause=None,
        no_clause=UNNAMED,
        words=("a practitioner has visits on every day for months; numbers are shared",
               "同一医师连续数月每日接诊；工号可能共用"),
        amount=_FEN, exceptions=(("stays", "住院"), ("a day of rest", "其间有休息日")),
        find=_without_rest,
    ),
    Rule(
        id="R17.diagnosis_of_other_sex", result_type="suspicious", grain="provider",
        stage="before", needs=("claims.diagnosis_code", "patients.sex"),
        thresholds=(("of_women", "codes"), ("of_men", "codes"), ("groups_of_women", "codes"),
                    ("groups_of_men", "codes")),
        clause=None, no_clause=UNNAMED,
        words=("a diagnosis, or the group a stay is paid by, that only the other sex can have",
               "诊断或病组与性别不符"),
        amount=_FEN, exceptions=(("persons whose sex is not known", "性别未知的人员"),),
        find=_other_sex_diagnosis,
    ),
    Rule(
        id="R19.after_recorded_death", result_type="suspicious", grain="patient", stage="during",
        needs=("claims.disposition",), thresholds=(("grace_days", "days"),), clause=None,
        no_clause=UNNAMED,
        words=("a visit or stay begins after one that ended with the person's death",
               "结算单记载死亡离院之后仍有就诊或住院"),
        amount=_FEN, exceptions=(("the days of grace", "宽限日"),), find=_after_recorded_death,
    ),
    Rule(
        id="R20.terminal_elsewhere", result_type="suspicious", grain="provider", stage="during",
        needs=("claims.terminal_id",), thresholds=(("least", "count"), ("days", "days")),
        clause=None, no_clause=UNNAMED,
        words=("one terminal settles for several providers in the same weeks",
               "同一终端同期为多家机构结算"),
        amount=("what the fund paid of whoever is not the terminal's main user; at most all",
                "非主要使用机构的基金支付额；上限为全部"),
        exceptions=(("a terminal handed on: one after the other",
                                  "终端移交（先后使用）"),
                                 ("a few claims", "少量结算")),
        find=_terminal_elsewhere,
    ),
    Rule(
        id="R21.round_amounts", result_type="suspicious", grain="provider", stage="after",
        needs=(_ACCOUNT,), thresholds=(*RATE, ("step_fen", "fen")), clause="38(5)",
        no_clause=None,
        words=("account payments are round sums, more often than at peers",
               "个人账户支付为整数金额，频次高于同类"),
        amount=_MONEY, exceptions=(_FEW,), find=_round_amounts,
    ),
    Rule(
        id="R21.just_below", result_type="suspicious", grain="provider", stage="after",
        needs=(_ACCOUNT,), thresholds=(*RATE, ("step_fen", "fen"), ("under_fen", "fen")),
        clause="38(5)", no_clause=None,
        words=("account payments stay just below a round sum, more often than at peers",
               "个人账户支付金额集中在整数限额之下，频次高于同类"),
        amount=_MONEY,
        exceptions=(("payments below the first round sum", "小额支付"), _LEFT_BY_FUND, _FEW),
        find=_just_below,
    ),
    Rule(
        id="R21.many_cards", result_type="suspicious", grain="provider", stage="during",
        needs=(_ACCOUNT, _STARTED), thresholds=(("cards", "count"), ("minutes", "minutes")),
        clause="38(5)", no_clause=None,
        words=("many cards pay from their accounts at one place within minutes",
               "数分钟内多张卡在同一处以个人账户支付"),
        amount=_MONEY, exceptions=(_NO_TIME, ("a few cards", "少量卡")), find=_many_cards,
    ),
    Rule(
        id="R21.same_amount", result_type="suspicious", grain="provider", stage="during",
        needs=(_ACCOUNT,),
        thresholds=(("times", "count"), ("days", "days"), ("least_fen", "fen"),
                    ("staged_diagnoses", "codes")),
        clause="38(5)", no_clause=None,
        words=("one person pays the same large sum from the account within days, several times",
               "同一人短期内多次以个人账户支付相同大额"),
        amount=_MONEY, exceptions=(("a monthly refill", "每月续药"), ("small sums", "小额"),
                                   _LEFT_BY_FUND,
                                   ("dialysis and other staged treatment, by its diagnosis",
                                    "透析等按疗程治疗（按诊断）")),
        find=_same_amount,
    ),
    Rule(
        id="R21.outside_scope", result_type="suspicious", grain="provider", stage="after",
        needs=(_ACCOUNT, "claim_lines.scope"), thresholds=RATE, clause="38(5)", no_clause=None,
        words=("account money buys mostly goods outside the scope, more often than at peers",
               "个人账户支付多为目录外商品，频次高于同类"),
        amount=_MONEY, exceptions=(_FEW,), find=_account_outside,
    ),
)  # fmt: skip
