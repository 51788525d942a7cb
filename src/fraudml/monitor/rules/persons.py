"""Rules that hold rates against persons, and against whoever serves persons of such rates.

What happens to one person once may be the provider's doing: persons are named where it happens
several times, and more often than others of the same providers explain.
"""

import ibis
import ibis.expr.types as ir

from fraudml.monitor.entry import NOTHING, UNNAMED, Part, Rule, beyond_expected, found, share_of
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.rates import (
    BILLED,
    OWN,
    PERSON,
    RATE,
    beside_totals,
    counted,
    least_likely,
    outlying,
    peer_rate,
    unusual_of_persons,
)
from fraudml.monitor.rules.benefits import at_one_provider
from fraudml.monitor.rules.cards import round_sums
from fraudml.monitor.rules.goods import packs, sold_again
from fraudml.monitor.rules.people import supply
from fraudml.monitor.shared import Shared

_PRIOR = 5.0  # visits of the whole fund that join those of one person: habits show in few


def asked_for_card(at: Shared) -> ir.Table:
    """Claims of which it is said how the person was checked: unchecked is 0 or 1."""
    t = at.claim.filter(at.claim.identity_check.notnull(), at.claim.visit_kind != "emergency")
    return t.mutate(unchecked=(t.identity_check == "none").cast("int64"))


def unchecked_places(at: Shared, values: Values) -> ir.Table:
    """Persons unchecked at one place beyond others there and themselves elsewhere: numbers of both.

    Whoever uses another's card goes where nobody asks; the holder is checked everywhere else.
    values  of a rule: least, times, tail_z
    """
    u = asked_places(at)
    least = values.number("least", u, "on")
    low = least_likely(ibis.greatest(u.hits, 1), values.number("tail_z", u, "on"))
    u = u.filter(
        u.hits.cast("float64") >= least,
        # of whoever goes nowhere else nothing is known: family may fetch all there is
        u.rest_n.cast("float64") >= least,
        low > values.number("times", u, "on") * u.expected,
    )
    return u.select("patient_no", "provider_no")


def asked_places(at: Shared) -> ir.Table:
    """Persons at places, and how many of their claims there would usually be unchecked.

    returns  patient_no, provider_no, n, hits (unchecked), expected (as many as others there have,
             or the person elsewhere), rest_n (the person's claims elsewhere), on, level and
             provider_kind (null)
    """
    u = at.keep("asked_places", lambda: _at_places(at, asked_for_card(at)))
    fund = u.fund_hits.cast("float64") / ibis.greatest(u.fund_n, 1).cast("float64")
    elsewhere = (u.rest_hits.cast("float64") + _PRIOR * fund) / (u.rest_n.cast("float64") + _PRIOR)
    return u.mutate(expected=ibis.greatest(u.expected_e6.cast("float64") / 1e6, u.n * elsewhere))


def unchecked_rows(at: Shared, u: ir.Table, role: str) -> ir.Table:
    """The unchecked claims of persons at places, one hit for each."""
    t = asked_for_card(at)
    rows = t.filter(t.unchecked > 0).semi_join(u, ["patient_no", "provider_no"])
    fen = rows.fund_amount_fen
    return found(rows, Part(("patient_id", "provider_id"), role, NOTHING, fen, fen,
                            happened_on="visited_on", who=("patient_id",)))  # fmt: skip


def _unchecked_at_one(at: Shared, values: Values) -> ir.Table:
    return unchecked_rows(at, unchecked_places(at, values), "unchecked")


def _at_places(at: Shared, t: ir.Table) -> ir.Table:
    """Persons at providers: n, hits, what others there would have, and the same elsewhere.

    t  claims with ``unchecked``, 0 or 1
    """
    keys = ("provider_no", "visit_kind")
    m = t.group_by("patient_no", *keys).agg(n=t.count(), hits=t.unchecked.sum())
    sums = {"n": m.n.sum(), "hits": m.hits.sum()}
    m = beside_totals(m, keys, **{f"here_{name}": whole for name, whole in sums.items()})
    m = beside_totals(m, keys[1:], **{f"all_{name}": m[name].sum() for name in sums})
    rate = peer_rate(m.here_hits - m.hits, m.here_n - m.n, m.all_hits - m.hits, m.all_n - m.n)
    # whole millionths: sums of any order agree
    m = m.mutate(expected_e6=(m.n.cast("float64") * rate * 1e6).round().cast("int64"))
    u = m.group_by("patient_no", "provider_no").agg(
        **{name: m[name].sum() for name in (*sums, "expected_e6")}
    )
    own, every = ibis.window(group_by="patient_no"), ibis.window()
    return u.mutate(
        **{f"rest_{name}": u[name].sum().over(own) - u[name] for name in sums},
        **{f"fund_{name}": u[name].sum().over(every) - u[name] for name in sums},
        on=at.as_of, level=ibis.null("int64"), provider_kind=ibis.null("string"),
    )  # fmt: skip


def _round_amounts(at: Shared, values: Values) -> ir.Table:
    t = round_sums(at, values)
    return unusual_of_persons(at, t, t.round_sum, values, "round_amount", "visit_kind")


def _used(at: Shared) -> ir.Table:
    """Sales of packs that somebody else had got before."""
    s = sold_again(at)
    order = ibis.window(group_by="code", order_by=["nth"])
    s = s.mutate(first_no=s.patient_no.first().over(order))
    return s.filter(s.patient_no != s.first_no)


def _pack_of_another(at: Shared, _values: Values) -> ir.Table:
    used = _used(at)
    return found(used, Part(("patient_id",), "used_pack", NOTHING, used.fund_fen, used.fund_fen,
                            who=("patient_id",)))  # fmt: skip


def _used_packs(at: Shared, values: Values) -> ir.Table:
    """Packs sold to somebody else before, against what others get where the person buys."""
    used = _used(at)
    # purchases, not packs: one bag of several is one event
    lines = packs(at).group_by("patient_no", "provider_no").agg(n=lambda t: t.claim_id.nunique())
    again = used.group_by("patient_no", "provider_no").agg(hits=used.claim_id.nunique())
    m = lines.left_join(again, ["patient_no", "provider_no"])
    m = m.drop("patient_no_right", "provider_no_right").mutate(hits=lambda t: t.hits.coalesce(0))
    here = ibis.window(group_by="provider_no")
    others = (m.hits.sum().over(here) - m.hits).cast("float64") + 0.5
    rate = others / ((m.n.sum().over(here) - m.n).cast("float64") + 1.0)
    m = m.mutate(expected=m.n.cast("float64") * ibis.least(rate, 1.0))
    p = m.group_by("patient_no").agg(hits=m.hits.sum(), expected=m.expected.sum())
    p = p.mutate(on=at.as_of,
                 level=ibis.null("int64"), provider_kind=ibis.null("string"))  # fmt: skip
    p = p.filter(p.hits > 0)
    p = p.filter(
        p.hits.cast("float64") >= values.number("least", p, "on"),
        least_likely(p.hits, values.number("tail_z", p, "on"))
        > values.number("times", p, "on") * p.expected,
    )
    rows = used.semi_join(p, "patient_no")
    return found(rows, Part(("patient_id",), "used_pack", NOTHING, rows.fund_fen, rows.fund_fen,
                            who=("patient_id",)))  # fmt: skip


def _of_one_employer(at: Shared, values: Values) -> ir.Table:
    """The insured of an employer whose people lie at one provider, where many of them do."""
    rows = at_one_provider(at, at.knowledge.values("R24.employer_at_provider"))
    everybody = at.claims.table("patients")
    staff = everybody.group_by(by="employer_id").agg(staff_n=everybody.count())
    rows = rows.inner_join(staff, rows.employer_id == staff.by)
    one = ["provider_no", "employer_id"]
    n = rows.group_by(*one).agg(persons_n=rows.patient_no.nunique())
    rows = rows.inner_join(n, one)
    wanted = values.number("share", rows, "visited_on")
    rows = rows.filter(rows.persons_n.cast("float64") >= wanted * rows.staff_n.cast("float64"))
    mid, fen = beyond_expected(rows.fund_amount_fen, rows.beyond)
    return found(rows, Part(("employer_id", "patient_id"), "of_one_employer", NOTHING, mid, fen,
                            happened_on="visited_on", who=("patient_id",)))  # fmt: skip


def _to_hoarders(at: Shared, values: Values) -> ir.Table:
    """Providers at which more persons than at peers fetch again what they have plenty of."""
    t = supply(at)
    t = t.inner_join(at.provider.select("provider_no", "level", "provider_kind"), "provider_no")
    overlap = (t.reach_before - t.start_day).coalesce(0).cast("float64")
    wanted = values.number("overlap_days", t, "served_on")
    t = t.mutate(early=overlap > wanted, overlap_days=overlap)
    # a person counts once, however many lines are fetched
    pairs = t.group_by("provider_no", "level", "provider_kind", "patient_no").agg(
        early_n=t.early.cast("int64").sum(), served_on=t.served_on.max()
    )
    times = values.number("fetches", pairs, "served_on")
    pairs = pairs.mutate(often=pairs.early_n.cast("float64") >= times)
    over = outlying(at, counted(pairs, pairs.often), values)
    often = pairs.filter(pairs.often).select("provider_no", "patient_no")
    rows = t.filter(t.early).drop("level", "provider_kind")
    rows = rows.semi_join(often, ["provider_no", "patient_no"])
    rows = at.told(rows.inner_join(over, rows.provider_no == over[f"over_{OWN[0]}"]))
    held = ibis.least(rows.overlap_days, rows.days_supply.cast("float64")) * rows.excess_share
    fen = ibis.greatest(rows.fund_fen, 0)
    mid = ibis.greatest(share_of(fen, held, rows.days_supply), 0)
    return found(rows, Part(BILLED, "fetched_early", NOTHING, mid, fen, who=BILLED))


def _more_than_said(at: Shared, values: Values) -> ir.Table:
    """Drugs of which a person gets far more for the days of supply said than others of the item.

    Said to last as long as usual, they pass every check of early fetching.
    """
    drugs = at.limits("item_kind")
    t = at.line.inner_join(drugs.filter(drugs.item_kind == "drug"), "item_no")
    t = t.filter(t.days_supply > 0, t.quantity_e4 > 0, ~t.inpatient)
    t = t.mutate(a_day=t.quantity_e4.cast("float64") / t.days_supply.cast("float64"))
    t = beside_totals(t, ("code_no",), usual=t.a_day.median())
    t = t.mutate(level=ibis.null("int64"), provider_kind=ibis.null("string"))
    often = values.number("of_usual", t, "served_on")
    t = t.mutate(more=t.a_day > often * t.usual, beyond=1.0 - t.usual / t.a_day)
    over = outlying(at, counted(t, t.more, unit=PERSON), values, unit=PERSON)
    rows = t.filter(t.more).drop("level", "provider_kind")
    rows = at.told(rows.inner_join(over, rows.patient_no == over.over_patient_no))
    fen = ibis.greatest(rows.fund_fen, 0)
    mid = (fen.cast("float64") * rows.beyond * rows.excess_share).round().cast("int64")
    return found(rows, Part(("patient_id",), "more_than_said", NOTHING, mid, fen,
                            who=("patient_id",)))  # fmt: skip


_FEN = ("at most what the fund paid of the rows; in the middle, of those beyond the expected",
        "至多为相关行基金支付额；中值为超出预期部分")  # fmt: skip
_ONCE = ("a few times, by the lower limit of their number", "偶发（按数量下限判定）")

PERSONS: tuple[Rule, ...] = (
    Rule(
        id="R11.unchecked_at_one_place", result_type="suspicious", grain="patient", stage="after",
        needs=("claims.identity_check",), thresholds=RATE, clause="41(1)", no_clause=None,
        words=(("a card is used unchecked at one place time and again, and checked elsewhere: ask "
                "who came there"),
               "同一凭证在某一机构屡次未经核验使用，在他处均正常核验：请核实实际就诊人"),
        amount=("at most what the fund paid of the unchecked claims",
                "至多为未核验结算单的基金支付额"),
        exceptions=(("emergencies", "急诊"),
                    ("places that check nobody: others there are unchecked as well",
                     "该机构普遍不核验"),
                    ("persons who are unchecked elsewhere too, or go nowhere else",
                     "在他处亦未核验，或仅在一处就诊的人员"), _ONCE),
        find=_unchecked_at_one,
    ),
    Rule(
        id="R12.early_for_many", result_type="suspicious", grain="provider", stage="after",
        needs=("claim_lines.item_code", "claim_lines.days_supply", "items.kind"),
        thresholds=(*RATE, ("overlap_days", "days"), ("fetches", "count")), clause="38(5)",
        no_clause=None,
        words=("more persons than at peers fetch here again what they still have plenty of",
               "在本机构于药量尚余较多时反复取药的人数高于同类"),
        amount=_FEN,
        exceptions=(("a new supply a few days early", "提前数日续药"),
                    ("persons who did so once", "仅一次的人员"), _ONCE),
        find=_to_hoarders,
    ),
    Rule(
        id="R12.more_than_said", result_type="suspicious", grain="patient", stage="during",
        needs=("claim_lines.item_code", "claim_lines.days_supply", "items.kind"),
        thresholds=(*RATE, ("of_usual", "ratio")), clause="41(3)", no_clause=None,
        words=("a person gets several times the usual amount of drugs for the days of supply said",
               "同一人所取药品数量屡次数倍于所称用药天数的常用量"),
        amount=("at most what the fund paid of the lines; in the middle, of the amount beyond",
                "至多为相关行基金支付额；中值为超出常用量部分"),
        exceptions=(("a double dose: illness and weight differ", "加倍剂量（病情、体重差异）"),
                    ("drugs given during a stay", "住院期间用药"), _ONCE),
        find=_more_than_said,
    ),
    Rule(
        id="R13.pack_of_another", result_type="suspicious", grain="patient", stage="during",
        needs=("claim_lines.trace_code",), thresholds=(), clause=None, no_clause=UNNAMED,
        words=(("a pack that somebody else had got before is settled in this person's name: ask "
               "what was received, and by whom"),
               "已售予他人的追溯码又在此人名下结算：请核实实际领药人及所领药品"),
        amount=("at most what the fund paid of the lines", "至多为相关行基金支付额"),
        exceptions=(("packs that came back in between", "期间退回的包装"),
                    ("whoever got the pack first", "首次购得该包装的人员")),
        find=_pack_of_another,
    ),
    Rule(
        id="R13.used_packs", result_type="suspicious", grain="patient", stage="after",
        needs=("claim_lines.trace_code",), thresholds=RATE, clause=None, no_clause=UNNAMED,
        words=("packs sold to others before are settled for one person several times",
               "已售予他人的药品追溯码多次在同一人名下结算"),
        amount=("at most what the fund paid of the lines", "至多为相关行基金支付额"),
        exceptions=(("what others get at the same providers: it is the seller's doing",
                     "同机构其他人员亦如此（属销售方行为）"),
                    ("packs that came back in between", "期间退回的包装"), _ONCE),
        find=_used_packs,
    ),
    Rule(
        id="R21.person_round_amounts", result_type="suspicious", grain="patient", stage="after",
        needs=("claims.account_amount",), thresholds=(*RATE, ("step_fen", "fen")),
        clause="41(3)", no_clause=None,
        words=("a person pays round sums from the account far more often than others",
               "同一人个人账户支付整数金额的频次远高于他人"),
        amount=_FEN, exceptions=(_ONCE,), find=_round_amounts,
    ),
    Rule(
        id="R24.of_one_employer", result_type="suspicious", grain="patient", stage="after",
        needs=("patients.employer_id", "patients.region_code"), thresholds=(("share", "share"),),
        clause=None, no_clause=UNNAMED,
        words=("a person's employer sends a large share of its insured to bed at one provider",
               "所在单位大比例参保人员集中在一家机构住院"),
        amount=_FEN,
        exceptions=(("the sole provider of a place: its share is expected", "当地唯一机构"),
                    ("large employers of which few lie there", "大单位中少数人员住院")),
        find=_of_one_employer,
    ),
)  # fmt: skip
