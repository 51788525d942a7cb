"""A rule about services and exams that everybody gets, far more often than others give them."""

import ibis.expr.types as ir

from fraudml.monitor.entry import Rule
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.rates import RATE
from fraudml.monitor.rules.bundles import lines_of_complete_parts
from fraudml.monitor.rules.crumbs import small_lines
from fraudml.monitor.rules.mix import ALONE, BEYOND, FEW, items_above_peers
from fraudml.monitor.shared import Shared


def _services_above_peers(at: Shared, values: Values) -> ir.Table:
    counted = lines_of_complete_parts(at).union(small_lines(at).select("claim_no", "line_no"))
    return items_above_peers(at, values, ("service", "exam"), left_out=counted)


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
        amount=BEYOND, exceptions=(ALONE, _ELSEWHERE, FEW), find=_services_above_peers,
    ),
)  # fmt: skip
