"""Who stands out by typology: the money at issue beyond what like entities' rate leads to expect.

One list for each typology, as a campaign against one scheme asks for. Many rules find honest slips
as well, and those come with every claim: what like entities have of them, and what chance adds, is
taken off first, so that neither size nor luck makes a place. What a slip of the data accounts for
is listed and makes no place.
"""

from dataclasses import replace
from typing import NamedTuple

import ibis
import ibis.expr.types as ir

from fraudml.entities import GRAINS, GrainName
from fraudml.monitor.held import HELD_AGAINST
from fraudml.monitor.hits import Found
from fraudml.monitor.judged import Artefacts, judged_hits
from fraudml.monitor.rates import PEERS, beside, least_likely, peer_rate
from fraudml.monitor.shared import Shared

ONCE_IN_TWENTY = 1.64  # one-sided standard deviations that chance exceeds once in twenty
ORDER = ("grain", "typology", "entity_id")


class _Of(NamedTuple):
    """What is counted of one grain: rows, claims by stratum, and what the fund paid."""

    rows: ir.Table  # entity_id, rule_id, typology, claim_id, strata, amount_fen, explained
    claims: ir.Table  # entity_id, strata, n
    paid: ir.Table  # entity_id, paid_fen
    strata: tuple[str, ...]


def by_typology(at: Shared, found: Found, artefacts: Artefacts) -> ir.Table:
    """One row per grain, typology and entity with hits of it, over all time that was asked.

    A provider answers for every claim it settled, a practitioner for those of hits that name
    nobody else and are about more than persons and less than a whole house, a person for hits that
    name the person.
    returns  grain, typology, entity_id, hits (claims in hits), amount_fen (middle), beyond_fen (of
             hits that no slip accounts for, what exceeds the rate of like entities by the lower
             limit of the count), share (beyond_fen for what the fund paid and the middle entity's
             payment, so that the tiniest do not come first), place (1: the largest share; ties by
             more hits, then by the hash of the id)
    """
    judged = judged_hits(at.engine, found.hits, found.rows, artefacts)
    judged = at.keep("by-typology-judged", lambda: judged)
    each = [_of_grain(at, replace(found, hits=judged), name) for name in GRAINS]
    t = ibis.union(*each)
    tie = t.entity_id.hexdigest("sha256")
    order = [t.share.desc(), t.hits.desc(), tie]
    first = ibis.row_number().over(ibis.window(group_by=["grain", "typology"], order_by=order))
    return t.mutate(place=first + 1).select(
        *ORDER, "hits", "amount_fen", "beyond_fen", "share", "place"
    )


def _of_grain(at: Shared, found: Found, name: GrainName) -> ir.Table:
    of = _of(at, found, name)
    rows = at.keep(f"by-typology-rows-{name}", lambda: of.rows)
    keys = ["entity_id", "rule_id"]
    own = rows.group_by(*keys, "typology").agg(
        hits=rows.claim_id.nunique(), amount_fen=rows.amount_fen.sum()
    )
    left = rows.filter(~rows.explained)
    counts = left.group_by(*keys).agg(
        left_n=left.claim_id.nunique(), left_fen=left.amount_fen.sum()
    )
    j = beside(own, counts.inner_join(_expected(of, left), keys), tuple(keys))
    low = least_likely(j.left_n, ibis.literal(ONCE_IN_TWENTY))
    beyond = ibis.greatest(1.0 - j.expected / ibis.greatest(low, 1e-9), 0.0)
    beyond_fen = (j.left_fen.cast("float64") * beyond).round().cast("int64")
    j = j.mutate(beyond_fen=beyond_fen.coalesce(0))
    t = j.group_by("typology", "entity_id").agg(
        hits=j.hits.sum(), amount_fen=j.amount_fen.sum(), beyond_fen=j.beyond_fen.sum()
    )
    t = t.inner_join(of.paid, "entity_id")
    usual = of.paid.filter(of.paid.paid_fen > 0).agg(usual_fen=lambda p: p.paid_fen.median())
    t = t.cross_join(usual)
    whole = t.paid_fen.cast("float64") + t.usual_fen.cast("float64")
    share = t.beyond_fen.cast("float64") / ibis.greatest(whole, 1.0)
    return t.select(
        "typology", "entity_id", "hits", "amount_fen", "beyond_fen", share=share.coalesce(0.0),
        grain=ibis.literal(name),
    )  # fmt: skip


def _of(at: Shared, found: Found, name: GrainName) -> _Of:
    key = GRAINS[name].key
    strata = ("visit_kind",) if name == "patient" else ("visit_kind", *PEERS)
    c = at.claim.filter(at.claim[key].notnull())
    c = c.select("claim_id", "fund_amount_fen", *strata, entity_id=c[key])
    h = found.hits.select("hit_id", "typology", "explained", named=found.hits[key])
    r = found.rows.select("hit_id", "rule_id", "claim_id", "amount_fen")
    rows = r.inner_join(h, "hit_id").inner_join(c.drop("fund_amount_fen"), "claim_id")
    same = rows.named == rows.entity_id
    if name == "patient":
        rows = rows.filter(same)
    elif name == "practitioner":
        about = [
            rule.id
            for rule in found.assessed
            if rule.grain in HELD_AGAINST[name] and not rule.of_house
        ]
        rows = rows.filter(same | rows.named.isnull(), rows.rule_id.isin(about))
    counts = c.group_by("entity_id", *strata).agg(n=c.count())
    paid = c.group_by("entity_id").agg(paid_fen=ibis.greatest(c.fund_amount_fen.sum(), 0))
    return _Of(rows, counts, paid, strata)


def _expected(of: _Of, rows: ir.Table) -> ir.Table:
    """Claims in hits of each rule that the entity's own claims would have at like entities."""
    one, kind = ("entity_id", "rule_id"), ("rule_id", *of.strata)
    own = rows.group_by(*one, *of.strata).agg(own_hits=rows.claim_id.nunique())
    of_peers = own.group_by(kind).agg(peers_hits=own.own_hits.sum())
    of_all = own.group_by("rule_id", "visit_kind").agg(all_hits=own.own_hits.sum())
    peers_n = of.claims.group_by(of.strata).agg(peers_n=of.claims.n.sum())
    all_n = of.claims.group_by("visit_kind").agg(all_n=of.claims.n.sum())
    t = own.select(*one).distinct().inner_join(of.claims, "entity_id")
    t = beside(t, peers_n, of.strata)
    t = beside(t, all_n, ("visit_kind",))
    t = beside(t, own, (*one, *of.strata))
    t = beside(t, of_peers, kind)
    t = beside(t, of_all, ("rule_id", "visit_kind"))
    hits = {name: t[name].coalesce(0) for name in ("own_hits", "peers_hits", "all_hits")}
    rate = peer_rate(
        hits["peers_hits"] - hits["own_hits"], t.peers_n - t.n,
        hits["all_hits"] - hits["own_hits"], t.all_n - t.n,
    )  # fmt: skip
    # whole millionths: sums of any order agree
    t = t.mutate(expected_e6=(t.n.cast("float64") * rate * 1e6).round().cast("int64"))
    return t.group_by(*one).agg(expected=t.expected_e6.sum().cast("float64") / 1e6)
