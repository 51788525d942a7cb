"""Providers at which something happens more often than chance and their peers allow.

A count is held against what the same number of cases would give at other providers of the same
level and kind (and stratum), the provider itself left out and few peers drawn toward the whole
fund. Only the lower limit of the count decides, so that a small provider is not listed for a few
cases, and a rate alone is never more than suspicious.
"""

import ibis
import ibis.expr.types as ir

from fraudml.monitor.entry import NOTHING, Part, found
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.shared import Shared

PRIOR = 50.0  # cases of the whole fund that join those of the peers: thin groups lean on it
RATE = (("least", "count"), ("times", "ratio"), ("tail_z", "ratio"))  # asked of by ``outlying``
PEERS = ("level", "provider_kind")


def least_likely(n: ir.NumericValue, z: ir.NumericValue) -> ir.FloatingValue:
    """The lower limit of a count that is seen once: what a Poisson mean may at least have been.

    n  the count, above 0; z  how many standard deviations (3.1: once in a thousand)
    Source: Byar's approximation, Breslow & Day 1987, Statistical Methods in Cancer Research II.
    """
    seen = n.cast("float64")
    root = 1.0 - 1.0 / (9.0 * seen) - z / (3.0 * seen.sqrt())
    return seen * ibis.greatest(root, 0.0).pow(3.0)


def by_provider(t: ir.Table, hit: ir.BooleanValue, *strata: str) -> ir.Table:
    """Cases and hits of each provider, in strata: provider_no, level, provider_kind, n, hits."""
    return t.group_by("provider_no", *PEERS, *strata).agg(
        n=t.count(), hits=hit.coalesce(False).cast("int64").sum()
    )


def outlying(at: Shared, counts: ir.Table, values: Values, *strata: str) -> ir.Table:
    """The providers whose hits exceed what peers would have had, and what those would have had.

    counts   as of ``by_provider``
    strata   columns of it, beside level and kind, within which rates are compared
    returns  outlying_no, observed_n, expected_n, excess_share (of the hits, 0..1)
    """
    alike = ibis.window(group_by=[*PEERS, *strata])
    every = ibis.window(group_by=list(strata)) if strata else ibis.window()
    t = counts.mutate(
        peers_n=counts.n.sum().over(alike) - counts.n,
        peers_hits=counts.hits.sum().over(alike) - counts.hits,
        all_n=counts.n.sum().over(every) - counts.n,
        all_hits=counts.hits.sum().over(every) - counts.hits,
    )
    # half a hit more than was seen: where nobody has any, once is not infinitely more
    fund = (t.all_hits.cast("float64") + 0.5) / (t.all_n.cast("float64") + 1.0)
    rate = (t.peers_hits.cast("float64") + PRIOR * fund) / (t.peers_n.cast("float64") + PRIOR)
    t = t.mutate(expected=(t.all_n > 0).ifelse(t.n.cast("float64") * rate, None))
    whole = t.group_by("provider_no", *PEERS).agg(
        observed_n=t.hits.sum(), expected_n=t.expected.sum(), unlike_n=t.expected.isnull().sum()
    )
    # whoever has nobody to be compared with is not assessed
    whole = whole.filter(whole.observed_n > 0, whole.unlike_n == 0)
    whole = whole.mutate(on=ibis.date(at.as_of.year, at.as_of.month, at.as_of.day))
    low = least_likely(whole.observed_n, values.number("tail_z", whole, "on"))
    over = whole.filter(
        whole.observed_n.cast("float64") >= values.number("least", whole, "on"),
        low > values.number("times", whole, "on") * whole.expected_n,
    )
    return over.select(
        "observed_n", "expected_n", outlying_no=over.provider_no,
        excess_share=1.0 - over.expected_n / over.observed_n.cast("float64"),
    )  # fmt: skip


def beyond_peers(rows: ir.Table, over: ir.Table, role: str) -> ir.Table:
    """The hit claims of outlying providers, one hit for each provider.

    rows  claims, with the columns of ``Shared.claim``
    """
    t = rows.inner_join(over, rows.provider_no == over.outlying_no)
    high = ibis.greatest(t.fund_amount_fen, 0)
    beyond = (t.fund_amount_fen.cast("float64") * t.excess_share).round().cast("int64")
    mid = ibis.least(ibis.greatest(beyond, 0), high)
    return found(t, Part(("provider_id",), role, NOTHING, mid, high, happened_on="visited_on",
                         who=("provider_id",)))  # fmt: skip


def unusual(
    at: Shared, base: ir.Table, hit: ir.BooleanValue, values: Values, role: str, *strata: str
) -> ir.Table:
    """Claims of a base for which something holds, at providers where it holds too often."""
    marked = base.mutate(marked=hit.coalesce(False))
    over = outlying(at, by_provider(marked, marked.marked, *strata), values, *strata)
    return beyond_peers(marked.filter(marked.marked), over, role)
