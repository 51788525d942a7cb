"""The one catalogue of rules: feeds the queries, the reference, and what is called not assessed."""

from collections.abc import Iterable

import ibis.expr.types as ir

from fraudml.claims.accepted import Claims
from fraudml.engine import Engine
from fraudml.monitor.entry import Rule
from fraudml.monitor.items import class_code
from fraudml.monitor.knowledge.base import Knowledge
from fraudml.monitor.rules.again import AGAIN
from fraudml.monitor.rules.apart import APART
from fraudml.monitor.rules.benefits import BENEFITS
from fraudml.monitor.rules.bodies import BODIES
from fraudml.monitor.rules.bundles import BUNDLES
from fraudml.monitor.rules.cards import CARDS
from fraudml.monitor.rules.chapters import CHAPTERS
from fraudml.monitor.rules.charges import CHARGES
from fraudml.monitor.rules.checked import CHECKED
from fraudml.monitor.rules.codings import CODINGS
from fraudml.monitor.rules.contracts import CONTRACTS
from fraudml.monitor.rules.counters import COUNTERS
from fraudml.monitor.rules.crumbs import CRUMBS
from fraudml.monitor.rules.empty import EMPTY
from fraudml.monitor.rules.enrolled import ENROLLED
from fraudml.monitor.rules.fees import FEES
from fraudml.monitor.rules.goods import GOODS
from fraudml.monitor.rules.grades import GRADES
from fraudml.monitor.rules.lengths import LENGTHS
from fraudml.monitor.rules.limits import LIMITS
from fraudml.monitor.rules.lives import LIVES
from fraudml.monitor.rules.local_codes import LOCAL_CODES
from fraudml.monitor.rules.mix import MIX
from fraudml.monitor.rules.often import OFTEN
from fraudml.monitor.rules.outsiders import OUTSIDERS
from fraudml.monitor.rules.packages import PACKAGES
from fraudml.monitor.rules.packs import PACKS
from fraudml.monitor.rules.people import PEOPLE
from fraudml.monitor.rules.persons import PERSONS
from fraudml.monitor.rules.phantom import PHANTOM
from fraudml.monitor.rules.quantities import QUANTITIES
from fraudml.monitor.rules.records import RECORDS
from fraudml.monitor.rules.recruited import RECRUITED
from fraudml.monitor.rules.runs import RUNS
from fraudml.monitor.rules.shelves import SHELVES
from fraudml.monitor.rules.shifting import SHIFTING
from fraudml.monitor.rules.signed import SIGNED
from fraudml.monitor.rules.stays import STAYS
from fraudml.monitor.rules.swaps import SWAPS
from fraudml.monitor.rules.taken_back import TAKEN_BACK
from fraudml.monitor.rules.together import TOGETHER
from fraudml.monitor.rules.turns import TURNS
from fraudml.monitor.rules.untreated import UNTREATED
from fraudml.monitor.rules.visits import VISITS
from fraudml.monitor.shared import prefixed
from fraudml.monitor.signatures.catalogue import ASKED as ASKED_BY_SIGNATURES

_ALL = (CHARGES, LIMITS, QUANTITIES, STAYS, PEOPLE, GOODS, RECORDS, PHANTOM, MIX, SWAPS,
        TOGETHER, CARDS, BENEFITS, SHIFTING, VISITS, RECRUITED, PERSONS, APART, AGAIN, EMPTY,
        BUNDLES, GRADES, CRUMBS, CHAPTERS, PACKAGES, PACKS, SHELVES, BODIES, COUNTERS, TURNS,
        LIVES, CODINGS, LENGTHS, OFTEN, CONTRACTS, ENROLLED, SIGNED, RUNS, UNTREATED, FEES,
        LOCAL_CODES, TAKEN_BACK, CHECKED, OUTSIDERS)  # fmt: skip

RULES: tuple[Rule, ...] = tuple(
    sorted((rule for rules in _ALL for rule in rules), key=lambda rule: rule.id)
)
RULE: dict[str, Rule] = {rule.id: rule for rule in RULES}
ASKED: dict[tuple[str, str], str] = {
    (rule.id, name): unit for rule in RULES for name, unit in rule.thresholds
} | ASKED_BY_SIGNATURES
CITED: tuple[str, ...] = tuple(sorted({rule.clause for rule in RULES if rule.clause}))


def lacking(rule: Rule, claims: Claims, knowledge: Knowledge) -> tuple[str, ...]:
    """The columns for want of which a rule is not assessed; our limits of items count as come."""
    return tuple(need for need in claims.missing(rule.needs) if not knowledge.supplies(need))


def not_billed(
    engine: Engine, codes: ir.Table, knowledge: Knowledge, rules: Iterable[Rule]
) -> dict[str, tuple[str, ...]]:
    """What rules lack that know items by the classes of national codes, where others are billed.

    They would find nothing, which is not the same as that there is nothing.
    codes  the codes that were billed: item_code
    rules  one or more, each with ``classed``
    """
    wanted = {
        rule.id: sum((knowledge.values(rule.id).codes(name) for name in rule.classed), ())
        for rule in rules
    }
    code = class_code(codes.item_code)
    billed = {f"of_{n}": prefixed(code, wanted[name]).any() for n, name in enumerate(wanted)}
    (row,) = engine.rows(codes.agg(**billed), at_most=1).to_pylist()
    return {
        name: (f"claim_lines.item_code ({'|'.join(classes)}…)",)
        for n, (name, classes) in enumerate(wanted.items())
        if not row[f"of_{n}"]
    }
