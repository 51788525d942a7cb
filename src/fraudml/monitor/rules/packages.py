"""Rules about what everybody gets, whatever they need: services, exams, a drip for a cold."""

import ibis
import ibis.expr.types as ir

from fraudml.monitor.entry import Rule
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.rates import RATE, unusual_of_each
from fraudml.monitor.rules.bundles import lines_of_complete_parts
from fraudml.monitor.rules.crumbs import small_lines
from fraudml.monitor.rules.mix import ALONE, BEYOND, FEW, SAME_ILLS, items_above_peers
from fraudml.monitor.shared import Shared, prefixed


def _services_above_peers(at: Shared, values: Values) -> ir.Table:
    counted = lines_of_complete_parts(at).union(small_lines(at).select("claim_no", "line_no"))
    return items_above_peers(at, values, ("service", "exam"), left_out=counted)


def _infused(at: Shared, values: Values) -> ir.Table:
    """Claims with an antibiotic that is injected, by its code and by the name of its form."""
    i = at.claims.table("items")
    named = [i.name.contains(word) for word in values.codes("injected_words")]
    codes = i.filter(ibis.or_(*named), prefixed(i.item_code, values.codes("antibiotic_codes")))
    codes = codes.select("item_code").distinct().inner_join(at.code, "item_code")
    t = at.line.filter(at.line.amount_fen > 0, ~at.line.inpatient).semi_join(codes, "code_no")
    return t.select("claim_no", infused=ibis.literal(True)).distinct()


def _drip_for_a_cold(at: Shared, values: Values) -> ir.Table:
    """Visits for light infections and nothing else at which an antibiotic is injected."""
    t = at.claim.filter(at.claim.visit_kind.isin(["outpatient", "chronic"]))
    light = values.codes("light_infections")
    graver = t.secondary_diagnoses.filter(lambda code: ~prefixed(code, light))
    t = t.filter(prefixed(t.diagnosis_code, light), (graver.length() == 0).coalesce(True))
    t = t.left_join(_infused(at, values), "claim_no").drop("claim_no_right")
    return unusual_of_each(at, t, t.infused, values, "drip", "diagnosis_group")


_ELSEWHERE = (
    "small items and the parts of bundles, which other rules count",
    "小额项目及组合项目的子项（由其他规则核查）",
)

PACKAGES: tuple[Rule, ...] = (
    Rule(
        id="R09.services_above_peers", result_type="suspicious", grain="provider", stage="after",
        needs=("claim_lines.item_code", "items.kind"), thresholds=(*RATE, ("users", "count")),
        clause="38(2)", no_clause=None,
        words=("a service or exam is billed far more often than at others who bill it",
               "某诊疗或检查项目的频次远高于同样开展该项目的机构"),
        amount=BEYOND, exceptions=(ALONE, SAME_ILLS, _ELSEWHERE, FEW), find=_services_above_peers,
    ),
    Rule(
        id="R09.drip_for_a_cold", result_type="suspicious", grain="provider", stage="during",
        needs=("claim_lines.item_code", "items.name", "claims.diagnosis_code"),
        thresholds=(*RATE, ("light_infections", "codes"), ("antibiotic_codes", "codes"),
                    ("injected_words", "codes")),
        clause="38(2)", no_clause=None,
        words=("light infections get an antibiotic by needle or drip, far more often than at peers",
               "普通感冒、轻症腹泻等门诊静脉或注射使用抗菌药物，频次高于同类"),
        amount=BEYOND,
        exceptions=(("another diagnosis beside it, which may need one",
                     "另有可能需要抗菌药物的诊断"),
                    ("emergencies and stays", "急诊和住院"),
                    ("what peers give for the same illness", "同类机构同病种同样使用"), FEW),
        find=_drip_for_a_cold, classed=("antibiotic_codes",),
    ),
)  # fmt: skip
