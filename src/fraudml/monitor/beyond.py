"""What rules found of entities beyond what like entities' rate, and chance, lead to expect.

Many rules find honest slips as well, and those come with every claim: what like entities have of
them, and what chance adds, is taken off, so that neither size nor luck says anything.
"""

from collections.abc import Iterable
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from fraudml.entities import GRAINS, GrainName
from fraudml.monitor.entry import Rule
from fraudml.monitor.held import HELD_AGAINST, WINDOWS_DAYS, Told
from fraudml.monitor.hits import Found
from fraudml.monitor.rates import PEERS, beside, least_likely, peer_rate
from fraudml.monitor.shared import Shared

# Standard deviations that chance exceeds once in a thousand: everybody is asked of every rule.
ONCE_IN_A_THOUSAND = 3.1
BEYOND_TYPES = pa.schema(
    [("grain", pa.string()), ("entity_id", pa.string()), ("as_of", pa.date32()),
     ("rule_id", pa.string()), ("typology", pa.string()), ("result_type", pa.string()),
     ("claims", pa.int64()), ("amount_fen", pa.int64()), ("expected_e6", pa.int64()),
     ("beyond_fen", pa.int64())]
)  # fmt: skip
MONEY = ("fund_amount_fen", "account_amount_fen")  # most pharmacies live on accounts alone
_SEVERAL = 2  # persons of whom something is said before it is the house's
_RULE = ("rule_id", "typology", "result_type")
_OF_ENTITY = ("grain", "entity_id", "rule_id")
_OF_CLAIM = ("claim_id", *(grain.key for grain in GRAINS.values()), "settled_on", "visit_kind",
             *MONEY, *PEERS)  # fmt: skip


def beyond_of_year(at: Shared, found: Found) -> ir.Table:
    """BEYOND_TYPES of the hits that became known in the year before their date.

    Slips, which are judged as of the live date alone, stand in it.
    """
    since = _year_before(found.as_of)
    hits = found.hits.filter(found.hits.known_on > since)
    claim = claims_held(at, found).filter(lambda t: t.settled_on > since)
    parts = []
    for name in GRAINS:
        claims = claims_of(claim, name, *strata_of(name))
        rows = held_rows(claims, hits, found.rows, name, found.assessed)
        rows = at.compute(f"year-rows-{name}", rows)
        t = beside(_own(rows, name), expected_claims(claims, rows, name), ("entity_id", "rule_id"))
        parts.append(at.compute(f"year-beyond-{name}", t))
    return _told(ibis.union(*parts), found.as_of)


def beyond_of_left(
    claim: ir.Table, left: Told, of_all: ir.Table, rules: Iterable[Rule]
) -> ir.Table:
    """BEYOND_TYPES of some of a date's hits: expected is what was expected of all of them.

    claim   claims with the ids of their entities
    of_all  data/monitor/beyond.parquet
    """
    rules, parts = tuple(rules), []
    hits = left.hits.filter(left.hits.known_on > _year_before(left.as_of))
    for name in GRAINS:
        rows = held_rows(claims_of(claim, name), hits, left.rows, name, rules)
        parts.append(_own(rows, name))
    day = ibis.date(left.as_of.isoformat())
    of_all = of_all.filter(of_all.as_of == day).select(*_OF_ENTITY, "as_of", "expected_e6")
    t = ibis.union(*parts).inner_join(of_all, list(_OF_ENTITY))
    return t.mutate(beyond_fen=beyond_fen(t)).select(*BEYOND_TYPES.names)


def claims_held(at: Shared, found: Found) -> ir.Table:
    """The claims that stand, and of those that no longer do the ones that hits speak of."""
    parts = [at.claim.select(*_OF_CLAIM)]
    for gone in dict.fromkeys(rule.gone for rule in found.assessed if rule.gone):
        parts.append(gone(at).semi_join(found.rows, "claim_id").select(*_OF_CLAIM))
    return ibis.union(*parts) if len(parts) > 1 else parts[0]


def claims_of(claim: ir.Table, name: GrainName, *columns: str) -> ir.Table:
    """The claims that name an entity of the grain: entity_id, claim_id, columns."""
    key = GRAINS[name].key
    c = claim.filter(claim[key].notnull())
    return c.select("claim_id", *columns, entity_id=c[key])


def strata_of(name: GrainName) -> tuple[str, ...]:
    """The columns of claims that are alike for entities of a grain."""
    return ("visit_kind",) if name == "patient" else ("visit_kind", *PEERS)


def held_rows(
    claims: ir.Table, hits: ir.Table, rows: ir.Table, name: GrainName, rules: Iterable[Rule]
) -> ir.Table:
    """Rows of hits beside whom they are held against, by the claim they stand on.

    A provider answers for every claim it settled, a practitioner for those of hits that name
    nobody else and are about more than persons and less than a whole house, a person for hits that
    name the person. What a rule finds of a person says something of a house once it is so of two.
    returns  the columns of ``claims``, amount_fen, rule_id, typology, result_type, and explained
             where the hits say it
    """
    key = GRAINS[name].key
    further = [c for c in hits.columns if c in (*_RULE, "explained")]
    h = hits.select("hit_id", *further, named=hits[key], who=hits.patient_id)
    t = rows.select("hit_id", "claim_id", "amount_fen")
    t = t.inner_join(h, "hit_id").inner_join(claims, "claim_id")
    same = t.named == t.entity_id
    if name == "patient":
        return t.filter(same).drop("named", "hit_id", "who")
    if name == "practitioner":
        about = [r.id for r in rules if r.grain in HELD_AGAINST[name] and not r.of_house]
        t = t.filter(same | t.named.isnull(), t.rule_id.isin(about))
    else:
        t = _of_several(t, [r.id for r in rules if r.grain == "patient"])
    return t.drop("named", "hit_id", "who")


def _of_several(t: ir.Table, about_persons: list[str]) -> ir.Table:
    """Rows of hits at houses, of rules about persons only where they name two or more of them."""
    p = t.filter(t.rule_id.isin(about_persons))
    p = p.group_by("entity_id", "rule_id").agg(persons_n=p.who.nunique())
    single = p.filter(p.persons_n < _SEVERAL)
    return t.anti_join(single, ["entity_id", "rule_id"])


def expected_claims(claims: ir.Table, rows: ir.Table, name: GrainName) -> ir.Table:
    """Claims in hits of each rule that the entity's own claims would have at like entities.

    returns  entity_id, rule_id, expected_e6: whole millionths, sums of which any order agrees on
    """
    strata = strata_of(name)
    n = claims.group_by("entity_id", *strata).agg(n=claims.count())
    one, kind = ("entity_id", "rule_id"), ("rule_id", *strata)
    own = rows.group_by(*one, *strata).agg(own_hits=rows.claim_id.nunique())
    of_peers = own.group_by(kind).agg(peers_hits=own.own_hits.sum())
    of_all = own.group_by("rule_id", "visit_kind").agg(all_hits=own.own_hits.sum())
    peers_n = n.group_by(strata).agg(peers_n=n.n.sum())
    all_n = n.group_by("visit_kind").agg(all_n=n.n.sum())
    t = own.select(*one).distinct().inner_join(n, "entity_id")
    t = beside(t, peers_n, strata)
    t = beside(t, all_n, ("visit_kind",))
    t = beside(t, own, (*one, *strata))
    t = beside(t, of_peers, kind)
    t = beside(t, of_all, ("rule_id", "visit_kind"))
    hits = {name: t[name].coalesce(0) for name in ("own_hits", "peers_hits", "all_hits")}
    rate = peer_rate(
        hits["peers_hits"] - hits["own_hits"], t.peers_n - t.n,
        hits["all_hits"] - hits["own_hits"], t.all_n - t.n,
    )  # fmt: skip
    t = t.mutate(expected_e6=(t.n.cast("float64") * rate * 1e6).round().cast("int64"))
    return t.group_by(*one).agg(expected_e6=t.expected_e6.sum())


def beyond_fen(t: ir.Table) -> ir.IntegerValue:
    """Of ``amount_fen``, what exceeds the expected by the lower limit of the count of ``claims``.

    Nothing of a single claim, which is no pattern, and where there are none.
    """
    low = least_likely(ibis.greatest(t.claims, 1), ibis.literal(ONCE_IN_A_THOUSAND))
    expected = t.expected_e6.cast("float64") / 1e6
    part = ibis.greatest(1.0 - expected / ibis.greatest(low, 1e-9), 0.0)
    return (t.amount_fen.cast("float64") * part).round().cast("int64").coalesce(0)


def _own(rows: ir.Table, name: GrainName) -> ir.Table:
    t = rows.group_by("entity_id", *_RULE).agg(
        claims=rows.claim_id.nunique(), amount_fen=rows.amount_fen.sum()
    )
    return t.mutate(grain=ibis.literal(name))


def _told(t: ir.Table, day: date) -> ir.Table:
    t = t.mutate(expected_e6=t.expected_e6.coalesce(0), as_of=ibis.date(day.isoformat()))
    return t.mutate(beyond_fen=beyond_fen(t)).select(*BEYOND_TYPES.names)


def _year_before(day: date) -> ir.DateScalar:
    since = day - timedelta(days=max(WINDOWS_DAYS))
    return ibis.date(since.year, since.month, since.day)
