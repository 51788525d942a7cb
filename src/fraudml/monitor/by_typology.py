"""Who stands out by typology: the money at issue beyond what like entities' rate leads to expect.

One list for each typology, as a campaign against one scheme asks for. What a slip of the data
accounts for is listed and makes no place.
"""

from dataclasses import replace

import ibis
import ibis.expr.types as ir

from fraudml.claims.money import insurance_paid
from fraudml.entities import GRAINS, GrainName
from fraudml.monitor.beyond import (
    MONEY,
    beyond_fen,
    claims_held,
    claims_of,
    expected_claims,
    held_rows,
    strata_of,
)
from fraudml.monitor.hits import Found
from fraudml.monitor.judged import Artefacts, judged_hits
from fraudml.monitor.rates import beside
from fraudml.monitor.shared import Shared

ORDER = ("grain", "typology", "entity_id")


def by_typology(at: Shared, found: Found, artefacts: Artefacts) -> ir.Table:
    """One row per grain, typology and entity with hits of it, over all time that was asked.

    returns  grain, typology, entity_id, hits (claims in hits), amount_fen (middle), beyond_fen (of
             hits that no slip accounts for, what exceeds the rate of like entities by the lower
             limit of the count), share (beyond_fen for what insurance paid and the middle entity's
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
    claims = claims_of(claims_held(at, found), name, *MONEY, *strata_of(name))
    rows = held_rows(claims.drop(*MONEY), found.hits, found.rows, name, found.assessed)
    rows = at.keep(f"by-typology-rows-{name}", lambda: rows)
    own = rows.group_by("entity_id", "rule_id", "typology").agg(
        hits=rows.claim_id.nunique(), all_fen=rows.amount_fen.sum()
    )
    left = rows.filter(~rows.explained)
    counts = left.group_by("entity_id", "rule_id").agg(
        claims=left.claim_id.nunique(), amount_fen=left.amount_fen.sum()
    )
    expected = expected_claims(claims, left, name)
    j = beside(own, counts.inner_join(expected, ["entity_id", "rule_id"]),
               ("entity_id", "rule_id"))  # fmt: skip
    j = j.mutate(beyond_fen=beyond_fen(j))
    t = j.group_by("typology", "entity_id").agg(
        hits=j.hits.sum(), amount_fen=j.all_fen.sum(), beyond_fen=j.beyond_fen.sum()
    )
    paid = claims.group_by("entity_id").agg(
        paid_fen=insurance_paid(*(claims[name].sum() for name in MONEY))
    )
    t = t.inner_join(paid, "entity_id")
    usual = paid.filter(paid.paid_fen > 0).agg(usual_fen=lambda p: p.paid_fen.median())
    t = t.cross_join(usual)
    whole = t.paid_fen.cast("float64") + t.usual_fen.cast("float64")
    share = t.beyond_fen.cast("float64") / ibis.greatest(whole, 1.0)
    return t.select(
        "typology", "entity_id", "hits", "amount_fen", "beyond_fen", share=share.coalesce(0.0),
        grain=ibis.literal(name),
    )  # fmt: skip
