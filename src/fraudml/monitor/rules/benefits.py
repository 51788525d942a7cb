"""Rules about entitlement: one illness paid twice, whole staffs in bed."""

import ibis
import ibis.expr.types as ir

from fraudml.claims.calendar import days_between, years_between
from fraudml.claims.regions import pool_of
from fraudml.monitor.copies import COPIED_CLAIM, first_claims
from fraudml.monitor.entry import NOTHING, UNNAMED, Part, Rule, beyond_expected, found
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.rates import RATE, least_likely
from fraudml.monitor.shared import Shared


def _paid_twice(at: Shared, values: Values) -> ir.Table:
    """One stay, or one visit under two schemes, settled again with the same total."""
    t = first_claims(at.claim.filter(at.claim.fund_amount_fen > 0), at)
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


def _two_numbers(at: Shared, values: Values) -> ir.Table:
    """Bills settled under two numbers of persons born on one day: one place, one day, one total.

    Twins fall ill together as children; as adults they hardly have the same bills to the fen.
    """
    same = ["provider_no", "admitted_on", "discharged_on", "total_amount_fen", "birth_date", "sex"]
    t = at.claim.filter(at.claim.fund_amount_fen > 0)
    t = t.filter(t.birth_date.notnull(), t.sex.notnull())
    age = years_between(t.visited_on, t.birth_date).cast("float64")
    t = t.filter(age >= values.number("adult", t, "visited_on"))
    few = at.keep("settled_alike", lambda: _alike(t.select("claim_no", *same, "patient_no"), same))
    n = few.group_by(same).agg(numbers_n=few.patient_no.nunique())
    # a fee that others paid on that day as well says nothing of who paid it
    like = at.claim.select(*same[:4], "patient_no").semi_join(few, same[:4])
    like = like.group_by(same[:4]).agg(all_n=like.patient_no.nunique())
    n = n.inner_join(like, same[:4])
    alone = few.semi_join(n.filter(n.numbers_n == n.all_n), same)
    t = at.claim.semi_join(alone, "claim_no")
    o = t.view().select(*same, other_no="patient_no", other_id="patient_id",
                        other_settled="settled_on")  # fmt: skip
    j = t.inner_join(o, same).filter(lambda r: r.patient_no != r.other_no)
    j = j.mutate(
        pair=ibis.least(j.patient_id, j.other_id) + "|" + ibis.greatest(j.patient_id, j.other_id),
        both_settled_on=ibis.greatest(j.settled_on, j.other_settled),
    )
    n = j.group_by("pair").agg(bills_n=j.claim_id.nunique(), nights=j.stay_days.max())
    j = j.inner_join(n, "pair")
    # each bill is there twice; the days of a stay agree by chance as little as several visits
    several = j.bills_n.cast("float64") >= 2.0 * values.number("bills", j, "visited_on")
    j = j.filter(several | (j.nights > 0))
    # one of both is too much: half of each; the place cannot know of two numbers
    return found(j, Part(("pair", "patient_id"), "second_number", NOTHING,
                         j.fund_amount_fen // 2, j.fund_amount_fen, known_on="both_settled_on",
                         happened_on="visited_on", who=("patient_id",)))  # fmt: skip


def _alike(t: ir.Table, same: list[str]) -> ir.Table:
    """Those of these claims that somebody else's are like in these columns."""
    n = t.group_by(same).agg(one_no=t.patient_no.min(), other_no=t.patient_no.max())
    return t.semi_join(n.filter(n.one_no < n.other_no), same)


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


def at_one_provider(at: Shared, values: Values) -> ir.Table:
    """Stays of one employer's persons at one provider, beyond its share of their prefecture.

    values   of R24.employer_at_provider
    returns  columns of ``Shared.claim`` and home, beyond (0..1: the part that is not expected)
    """
    return at.keep("one_employer", lambda: _at_one_provider(at, values))


def _at_one_provider(at: Shared, values: Values) -> ir.Table:
    t = at.stay.filter(at.stay.employer_id.notnull(), at.stay.patient_region.notnull())
    t = t.mutate(home=pool_of(t.patient_region))
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
    mid, fen = beyond_expected(rows.fund_amount_fen, rows.beyond)
    return found(rows, Part(("provider_id", "employer_id"), "of_one_employer", NOTHING, mid, fen,
                            happened_on="visited_on", who=("provider_id",)))  # fmt: skip


_FEN = ("at most what the fund paid of the claims; in the middle, of those beyond the expected",
        "至多为相关结算单基金支付额；中值为超出预期部分")  # fmt: skip
_SECOND = ("what the fund paid of the later one; at most of both", "后一份的基金支付额；上限为两份")
_FEW = ("few persons, by the lower limit of their number", "按数量下限判定，人数少的不列入")

BENEFITS: tuple[Rule, ...] = (
    Rule(
        id="R18.paid_twice", result_type="suspicious", grain="patient", stage="during",
        needs=(), thresholds=(("days", "days"),), clause="41(2)", no_clause=None,
        words=("one stay, or one visit under two schemes, is settled twice with the same total",
               "同一次住院，或两种险种下的同次就诊，以相同总额重复结算"),
        amount=_SECOND,
        exceptions=(COPIED_CLAIM, ("stays that are days apart", "相隔数日的住院"),
                    ("visits under one scheme", "同一险种下的就诊"),
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
        id="R18.two_numbers", result_type="suspicious", grain="patient", stage="during",
        needs=("patients.birth_date", "patients.sex"),
        thresholds=(("bills", "count"), ("adult", "count")), clause="41(2)", no_clause=None,
        words=(("the same bills are settled under two numbers of persons of one birth date and "
                "sex"),
               "生日、性别相同的两个参保号在同一机构同日以相同总额重复结算"),
        amount=("half of what the fund paid of both; at most of all",
                "两份基金支付额之半；上限为全部"),
        exceptions=(("twins who are children and fall ill together", "同患病的双胞胎儿童"),
                    ("one visit of a day that costs the same", "一次同日同额的就诊"),
                    ("fees that others paid there on that day as well", "当日他人亦有的相同金额"),
                    ("a claim that was reversed, with its reversal", "已冲红的结算单及其冲红")),
        find=_two_numbers,
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
