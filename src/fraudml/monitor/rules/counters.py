"""Rules about counters: lent to others, used with a pile of cards, or as a cash machine."""

import ibis
import ibis.expr.types as ir

from fraudml.monitor.entry import NOTHING, UNNAMED, Part, Rule, found
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.rates import (
    PEERS,
    RATE,
    beyond_peers,
    counted,
    outlying,
    unusual,
    unusual_of_persons,
)
from fraudml.monitor.rules.cards import account_paid
from fraudml.monitor.rules.phantom import bill
from fraudml.monitor.rules.signed import signed_where_known
from fraudml.monitor.shared import Shared

_TERMINAL = ("provider_no", "terminal_id")


def _lent_terminal(at: Shared, values: Values) -> ir.Table:
    """Terminals with practitioners who are not registered here and people of another district.

    Each alone has its reasons: a visiting specialist, a ward for outsiders. Both together, and at
    one terminal of the house only, are another house behind it.
    """
    t = signed_where_known(at, at.claim.filter(at.claim.terminal_id.notnull()))
    # districts, not pools: the house behind may stand in the next street of another district
    t = t.mutate(
        foreign=t.held.isnull(),
        outsider=(t.patient_region != t.provider_region).coalesce(False),
    )
    over = outlying(at, counted(t, t.foreign, unit=_TERMINAL), values, unit=_TERMINAL)
    lent = _unlike_the_rest(at, values, t)
    over = over.select(provider_no="over_provider_no", terminal_id="over_terminal_id")
    rows = t.semi_join(over.inner_join(lent, list(_TERMINAL)), list(_TERMINAL))
    fen = ibis.greatest(rows.fund_amount_fen, 0)
    mid = rows.foreign.ifelse(fen, 0)
    return found(rows, Part(("provider_id", "terminal_id"), "lent_terminal", NOTHING, mid, fen,
                            happened_on="visited_on", who=("provider_id",)))  # fmt: skip


def _unlike_the_rest(at: Shared, values: Values, t: ir.Table) -> ir.Table:
    """Terminals with more of both than the other terminals of their provider: its key columns.

    What names no practitioner, as a pharmacy's own sales, also tells who comes to a terminal.
    """
    every = at.claim.filter(at.claim.terminal_id.notnull())
    every = every.mutate(outsider=(every.patient_region != every.provider_region).coalesce(False))
    here = every.group_by(*_TERMINAL, *PEERS).agg(
        n=every.count(), outsiders_n=every.outsider.cast("int64").sum(), on=every.visited_on.max()
    )
    signed = t.group_by(*_TERMINAL).agg(foreign_n=t.foreign.cast("int64").sum())
    here = here.left_join(signed, list(_TERMINAL)).drop("provider_no_right", "terminal_id_right")
    here = here.mutate(foreign_n=here.foreign_n.coalesce(0))
    whole, counts = ibis.window(group_by="provider_no"), ("n", "foreign_n", "outsiders_n")
    # before any filter: the other terminals must not be filtered away first
    here = here.mutate(
        **{f"rest_{name}": here[name].sum().over(whole) - here[name] for name in counts}
    )
    z = values.number("tail_z", here, "on")
    beyond = [_beyond(here, name) > z for name in ("foreign_n", "outsiders_n")]
    wanted = here.n.cast("float64") * values.number("share", here, "on")
    here = here.filter(*beyond, here.rest_n > 0, here.foreign_n.cast("float64") >= wanted)
    return here.select(*_TERMINAL)


def _beyond(here: ir.Table, name: str) -> ir.FloatingValue:
    """Standard deviations by which a terminal's share exceeds that of the other terminals."""
    share = (here[f"rest_{name}"].cast("float64") + 0.5) / (here.rest_n.cast("float64") + 1.0)
    n = here.n.cast("float64")
    return (here[name].cast("float64") - n * share) / (n * share * (1.0 - share)).sqrt()


def _sales_of_a_day(at: Shared, values: Values) -> ir.Table:
    """Account payments, beside whether the person paid one so many times here on that day.

    One practitioner, or nobody named: whoever is seen in three departments pays three times.
    """
    t = account_paid(at).filter(lambda r: ~r.inpatient)
    day = ibis.window(group_by=["patient_no", "provider_no", "signed_no", "visited_on"])
    t = t.mutate(sales_n=t.count().over(day))
    wanted = values.number("sales", t, "visited_on")
    return t.mutate(many=t.sales_n.cast("float64") >= wanted)


def _many_sales(at: Shared, values: Values) -> ir.Table:
    t = _sales_of_a_day(at, values)
    return unusual(at, t, t.many, values, "sale_of_many", "visit_kind")


def _person_many_sales(at: Shared, values: Values) -> ir.Table:
    t = _sales_of_a_day(at, values)
    return unusual_of_persons(at, t, t.many, values, "sale_of_many", "visit_kind")


def _shops_of_a_day(at: Shared, values: Values) -> ir.Table:
    """Account payments of days on which a person pays at several pharmacies, again and again."""
    t = account_paid(at).filter(lambda r: r.visit_kind == "pharmacy")
    day = t.group_by("patient_no", "visited_on").agg(places_n=t.provider_no.nunique())
    t = t.inner_join(day, ["patient_no", "visited_on"])
    many = t.places_n.cast("float64") >= values.number("places", t, "visited_on")
    return unusual_of_persons(at, t, many, values, "shop_of_many")


def _months_of_rush(at: Shared, values: Values) -> ir.Table:
    """Months with far more account payments than the three before, beyond what peers have then.

    At the end of a year many spend what is left: the same month of the peers says how many.
    """
    t = account_paid(at).filter(lambda r: ~r.inpatient)
    t = t.mutate(month_no=t.visited_on.year() * 12 + t.visited_on.month())
    months = t.group_by("provider_no", *PEERS, "month_no").agg(hits=t.count())
    order = ibis.window(group_by="provider_no", order_by="month_no")
    before = [months.hits.lag(step).over(order) for step in (1, 2, 3)]
    steady = months.month_no - months.month_no.lag(3).over(order) == 3
    months = months.mutate(n=months.hits + before[0] + before[1] + before[2], steady=steady)
    months = at.keep("months_paid", lambda: months.filter(months.steady.coalesce(False)))
    one = ("provider_no", "month_no")
    over = outlying(at, months.drop("steady"), values, ("month_no",), one)
    return beyond_peers(t, over, "month_of_rush", one)


def _monthly_sums(at: Shared, values: Values) -> ir.Table:
    """Persons who pay one and the same sum in month after month, wholly from the account.

    No drug is on it, so that it is no refill; and only where more persons do so than at peers.
    """
    t = account_paid(at).filter(lambda r: ~r.inpatient)
    t = t.left_join(bill(at).select("claim_no", "drugs_n"), "claim_no").drop("claim_no_right")
    least = values.number("least_fen", t, "visited_on")
    whole = (t.account_amount_fen >= t.total_amount_fen) & (t.drugs_n == 0).coalesce(False)
    t = t.mutate(
        month_no=t.visited_on.year() * 12 + t.visited_on.month(),
        whole=whole & (t.account_amount_fen.cast("float64") >= least),
    )
    same = ["patient_no", "provider_no", "account_amount_fen"]
    n = t.filter(t.whole).group_by(same).agg(
        months_n=lambda r: r.month_no.nunique(), on=lambda r: r.visited_on.max(),
        level=lambda r: r.level.max(), provider_kind=lambda r: r.provider_kind.max(),
    )  # fmt: skip
    often = n.filter(n.months_n.cast("float64") >= values.number("months", n, "on"))
    t = t.left_join(often.select(*same, often=ibis.literal(True)), same)
    t = t.drop(*(f"{name}_right" for name in same))
    t = t.mutate(again=t.often.coalesce(False) & t.whole)
    counts = counted(t, t.again, ("visit_kind",))
    over = outlying(at, counts, values, ("visit_kind",), middle=True)
    rows = t.filter(t.again).inner_join(over, t.provider_no == over.over_provider_no)
    mid = (rows.fund_amount_fen.cast("float64") * rows.excess_share).round().cast("int64")
    key = ("provider_id", "patient_id", "account_amount_fen")
    return found(rows, Part(key, "same_sum", NOTHING, mid, rows.fund_amount_fen,
                            happened_on="visited_on", who=key[:2]))  # fmt: skip


_MONEY = ("at most what fund and individual account paid; in the middle, beyond the expected",
          "至多为基金与个人账户支付额；中值为超出预期部分")  # fmt: skip
_FEW = ("few of them, by the lower limit of their number", "按数量下限判定，数量少的不列入")
_TWO = ("one or two payments of a day", "一日一两次支付")
_ROOMS = ("several departments of a day: different practitioners", "同日多科就诊（不同医师）")

COUNTERS: tuple[Rule, ...] = (
    Rule(
        id="R21.month_of_rush", result_type="suspicious", grain="provider", stage="after",
        needs=("claims.account_amount",), thresholds=RATE, clause="38(5)", no_clause=None,
        words=("a month with far more account payments than those before, beyond the peers' month",
               "某月个人账户支付陡增，超过此前各月及同类机构同月"),
        amount=_MONEY,
        exceptions=(("a season or the end of a year: like providers have it as well",
                     "季节性及年末增长（同类机构亦有）"),
                    ("the first months of a provider", "机构开业初期"), _FEW),
        find=_months_of_rush,
    ),
    Rule(
        id="R20.lent_terminal", result_type="suspicious", grain="provider", stage="after",
        needs=("claims.terminal_id", "claims.practitioner_id", "practitioners.practitioner_id",
               "patients.region_code", "providers.region_code"),
        thresholds=(*RATE, ("share", "share")), clause=None, no_clause=UNNAMED,
        words=("one terminal settles for practitioners not registered here and people from afar",
               "某一终端结算的医师非本机构注册、患者来自外区，疑借与他人"),
        amount=("what the fund paid of claims of such practitioners; at most of all",
                "非本机构注册医师结算单的基金支付额；上限为该终端全部"),
        exceptions=(("visiting practitioners who treat the usual people",
                     "来院多点执业（患者为本地常客）"),
                    ("people from afar treated by the provider's own practitioners",
                     "本院医师接诊外区患者"),
                    ("providers whose list of practitioners did not come in",
                     "医师注册表未报送的机构"),
                    ("a single terminal: nothing to compare with", "仅一台终端"), _FEW),
        find=_lent_terminal,
    ),
    Rule(
        id="R21.many_sales", result_type="suspicious", grain="provider", stage="during",
        needs=("claims.account_amount",), thresholds=(*RATE, ("sales", "count")),
        clause="38(5)", no_clause=None,
        words=("a person pays from the account several times a day here, more often than at peers",
               "同一人一日内多次以个人账户支付，频次高于同类"),
        amount=_MONEY, exceptions=(_TWO, _ROOMS, _FEW), find=_many_sales,
    ),
    Rule(
        id="R21.person_many_sales", result_type="suspicious", grain="patient", stage="during",
        needs=("claims.account_amount",), thresholds=(*RATE, ("sales", "count")),
        clause="41(3)", no_clause=None,
        words=("a person pays from the account several times a day at one place, again and again",
               "同一人反复在同一机构一日内多次以个人账户支付"),
        amount=_MONEY, exceptions=(_TWO, _ROOMS, _FEW), find=_person_many_sales,
    ),
    Rule(
        id="R21.monthly_sum", result_type="suspicious", grain="patient", stage="after",
        needs=("claims.account_amount", "claim_lines.item_code", "items.kind"),
        thresholds=(*RATE, ("months", "count"), ("least_fen", "fen")), clause="41(3)",
        no_clause=None,
        words=("a person pays one sum wholly from the account in month after month, for no drug",
               "同一人逐月以相同金额全额个人账户支付非药品，人数频次高于同类机构"),
        amount=_MONEY,
        exceptions=(("a monthly refill: drugs are on the bill", "每月续药（结算单含药品）"),
                    ("the same goods now and then: fewer months", "偶尔购买同样商品（月数少）"),
                    ("places where such customers are no more than at peers",
                     "此类顾客不多于同类机构的药店"), _FEW),
        find=_monthly_sums,
    ),
    Rule(
        id="R21.shops_of_a_day", result_type="suspicious", grain="patient", stage="during",
        needs=("claims.account_amount",), thresholds=(*RATE, ("places", "count")),
        clause="41(3)", no_clause=None,
        words=("a person pays from the account at several pharmacies on one day, again and again",
               "同一人反复于同日在多家药店以个人账户支付"),
        amount=_MONEY,
        exceptions=(("two pharmacies: what the first one had not", "两家药店（首家缺货）"), _FEW),
        find=_shops_of_a_day,
    ),
)  # fmt: skip
