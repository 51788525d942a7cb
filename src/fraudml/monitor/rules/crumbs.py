"""A rule about small items that stand on a great part of all visits, whatever the illness.

Nobody misses a small sum on a long bill. What the illnesses of a house's own patients lead to
expect is taken from others: an item that goes with an illness is found there too.
"""

import ibis
import ibis.expr.types as ir

from fraudml.monitor.entry import NOTHING, Part, Rule, beyond_expected, found
from fraudml.monitor.items import class_code
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.rates import OWN, PEERS, RATE, expected_within, least_likely
from fraudml.monitor.rules.bundles import bundles, complete_parts
from fraudml.monitor.rules.mix import item_users, usual_prices
from fraudml.monitor.shared import Shared, prefixed

_SEEN = ("outpatient", "chronic", "emergency")
_HOUSE_ITEM = ("provider_id", "item_code")
_GROUP = "diagnosis_group"


def _visits(at: Shared, values: Values) -> ir.Table:
    """Visits of the ill: a check-up has one set of examinations for everybody."""
    c = at.claim.filter(at.claim.visit_kind.isin(_SEEN))
    c = c.filter(~prefixed(c.diagnosis_code, values.codes("check_up_diagnoses")))
    return c.select("claim_no", *OWN, *PEERS, group=c[_GROUP].coalesce("-"))


def _visit_lines(at: Shared, wanted: ir.Table) -> ir.Table:
    """The lines of visits that bill one of a house's candidates, but not as a part of a bundle.

    Those of a whole bundle on one day are counted by other rules.
    """
    t = at.line.filter(at.line.amount_fen > 0, ~at.line.inpatient)
    t = t.semi_join(wanted.select("code_no").distinct(), "code_no")
    day = ("patient_no", "provider_no", "served_on")
    b = complete_parts(at).select(*day, "whole_code")
    p = _part_codes(at)
    b = b.inner_join(p, b.whole_code == p.of_whole).select(*day, code_no="part_code")
    return t.anti_join(b, [*day, "code_no"])


def _part_codes(at: Shared) -> ir.Table:
    b = bundles(at)
    return b.select("part_code", of_whole="whole_code").distinct()


def _candidates(at: Shared, values: Values) -> ir.Table:
    """Small services and exams that a house bills more often than the others that bill them."""
    fees = at.code.filter(prefixed(class_code(at.code.item_code), values.codes("visit_fees")))
    m = item_users(at).mutate(on=at.as_of).anti_join(fees, "code_no")
    m = m.inner_join(usual_prices(at), "code_no")
    more = m.lines_n.cast("float64") * m.others_n.cast("float64") > m.others_hits.cast(
        "float64"
    ) * m.all_lines_n.cast("float64")
    m = m.filter(
        ~m.inpatient,
        m.item_kind.isin(["service", "exam"]),
        m.usual_fen <= values.number("small_fen", m, "on"),
        m.users_n.cast("float64") > values.number("users", m, "on"),
        m.lines_n.cast("float64") >= values.number("least", m, "on"),
        more,
    )
    return m.select(*OWN, "code_no")


def _of_candidates(at: Shared, values: Values) -> ir.Table:
    wanted = at.keep("small_items", lambda: _candidates(at, values))
    return at.keep("small_item_lines", lambda: _visit_lines(at, wanted))


def _visits_of_ill(at: Shared, values: Values) -> ir.Table:
    return at.keep("visits_by_illness", lambda: _visits(at, values))


def _counted(at: Shared, values: Values) -> ir.Table:
    """Candidates beside what the illnesses of the house's own visits lead to expect of them."""
    wanted = at.keep("small_items", lambda: _candidates(at, values))
    v = _visits_of_ill(at, values)
    line = _of_candidates(at, values).select("claim_no", "code_no").inner_join(v, "claim_no")
    own = line.group_by(*OWN, *PEERS, "code_no", "group").agg(hits=line.count())
    n = v.group_by(*OWN, *PEERS, "group").agg(n=v.count())
    return expected_within(wanted, own, n, "code_no", "group")


def small_lines(at: Shared) -> ir.Table:
    """The lines that the rule lists: those of visits beside how much of them is ``beyond``."""
    return at.keep("small_lines", lambda: _found(at, at.knowledge.values("R01.small_items")))


def _found(at: Shared, values: Values) -> ir.Table:
    p = _counted(at, values).mutate(on=at.as_of)
    low = least_likely(p.hits, values.number("tail_z", p, "on"))
    p = p.filter(
        p.hits.cast("float64") >= values.number("least", p, "on"),
        low > values.number("times", p, "on") * p.expected,
        p.hits.cast("float64") >= p.n.cast("float64") * values.number("share", p, "on"),
    )
    over = p.select(*OWN, "code_no", beyond=1.0 - p.expected / p.hits.cast("float64"))
    line = _of_candidates(at, values).inner_join(over, [*OWN, "code_no"])
    # several together are a package: much on one bill, which the rules of treatment count
    line = line.mutate(together=line.amount_fen.sum().over(ibis.window(group_by="claim_no")))
    line = line.inner_join(_visits_of_ill(at, values).select("claim_no", *PEERS), "claim_no")
    small = line.together <= values.number("small_fen", line, "served_on")
    return line.filter(small).drop("together", *PEERS)


def _small_items(at: Shared, _values: Values) -> ir.Table:
    line = at.told(small_lines(at))
    mid, fen = beyond_expected(line.fund_fen, line.beyond)
    return found(line, Part(_HOUSE_ITEM, "small_item", NOTHING, mid, fen, who=("provider_id",)))


CRUMBS: tuple[Rule, ...] = (
    Rule(
        id="R01.small_items", result_type="suspicious", grain="provider", stage="after",
        needs=("claim_lines.item_code", "items.kind", "claims.diagnosis_code"),
        thresholds=(*RATE, ("small_fen", "fen"), ("share", "share"), ("users", "count"),
                    ("check_up_diagnoses", "codes"), ("visit_fees", "codes")),
        clause="40(3)", no_clause=None,
        words=("a small item stands on a great part of all visits, whatever the illness",
               "小额项目不论病种出现在大量就诊中，频次远高于同类"),
        amount=("what the fund paid of those beyond the expected; at most of all",
                "超出预期部分的基金支付额；上限为全部"),
        exceptions=(("check-ups, which have one set of examinations", "体检筛查（项目固定）"),
                    ("what goes with the illnesses of the house: others bill it for them too",
                     "与病种相符的项目（其他机构同病种亦有）"),
                    ("the fee of the visit itself, of which houses use one or another",
                     "挂号费、诊查费和一般诊疗费"),
                    ("items that hardly anybody else of the level and kind bills",
                     "同级同类机构几乎无人开展的项目"),
                    ("what is more than a small sum on one bill: a package",
                     "单价或单次合计较高的项目（套餐）"),
                    ("all parts of a bundle, which another rule counts",
                     "组合项目的全部子项（由其他规则核查）"),
                    ("few such lines, by the lower limit of their number",
                     "按数量下限判定，数量少的不列入")),
        find=_small_items, of_house=True,
    ),
)  # fmt: skip
