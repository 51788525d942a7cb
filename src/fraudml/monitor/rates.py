"""Providers at which something happens more often than chance and their peers allow.

A count is held against what the same number of cases would give at other providers of the same
level and kind (and stratum), the provider itself left out and few peers drawn toward the whole
fund. Only the lower limit of the count decides, so that a small provider is not listed for a few
cases, and a rate alone is never more than suspicious.
"""

import ibis
import ibis.expr.types as ir

from fraudml.monitor.entry import NOTHING, Part, beyond_expected, found
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.shared import Shared

PRIOR = 50.0  # cases of the whole fund that join those of the peers: thin groups lean on it
RATE = (("least", "count"), ("times", "ratio"), ("tail_z", "ratio"))  # asked of by ``outlying``
_PERSONS = 3  # whose claims make a rate that of a house
_LEAST_OF_ALL = 0.25  # of the rate of all peers together that the middle one is credited with
PEERS = ("level", "provider_kind")
OWN = ("provider_no",)
BILLED = ("provider_id", "practitioner_id")  # a provider's hit, told apart by who treated
SIGNED = ("provider_no", "signed_no")  # the same as whole numbers: groups of text cost more
PERSON = ("patient_no",)
# What a rule may see otherwise than the claim: what is at issue, and since when it is known.
_OF_CLAIM = ("claim_no", "fund_amount_fen", "visited_on", "settled_on")
COUNTED = (*_OF_CLAIM, *SIGNED, *PEERS)  # what a base has of every claim
TOLD = (*BILLED, "patient_id", "claim_id")
Names = tuple[str, ...]


def least_likely(n: ir.NumericValue, z: ir.NumericValue) -> ir.FloatingValue:
    """The lower limit of a count that is seen once: what a Poisson mean may at least have been.

    n  the count, above 0; z  how many standard deviations (3.1: once in a thousand)
    Source: Byar's approximation, Breslow & Day 1987, Statistical Methods in Cancer Research II.
    """
    seen = n.cast("float64")
    root = 1.0 - 1.0 / (9.0 * seen) - z / (3.0 * seen.sqrt())
    return seen * ibis.greatest(root, 0.0).pow(3.0)


def beside_totals(t: ir.Table, keys: Names, **totals: ir.Value) -> ir.Table:
    """Rows beside aggregates of all rows that are alike in these columns, null alike to null.

    A window over whole groups says the same; it sorts or copies all rows for it.
    """
    if not keys:
        return t.cross_join(t.agg(**totals))
    return beside(t, t.group_by(keys).agg(**totals), keys)


def beside(t: ir.Table, other: ir.Table, keys: Names) -> ir.Table:
    """Rows beside those of a table that are alike in these columns, null alike to null.

    other    one row at most of each kind; where it has none, its columns are null
    """
    o = other.rename({f"of_{name}": name for name in keys})
    j = t.left_join(o, [t[name].identical_to(o[f"of_{name}"]) for name in keys])
    return j.drop(*(f"of_{name}" for name in keys))


def peer_rate(
    peers_hits: ir.NumericValue, peers_n: ir.NumericValue,
    all_hits: ir.NumericValue, all_n: ir.NumericValue,
) -> ir.FloatingValue:  # fmt: skip
    """Hits a case at the peers, few of them drawn toward the whole fund; both without oneself."""
    # half a hit more than was seen: where nobody has any, once is not infinitely more
    fund = (all_hits.cast("float64") + 0.5) / (all_n.cast("float64") + 1.0)
    return (peers_hits.cast("float64") + PRIOR * fund) / (peers_n.cast("float64") + PRIOR)


def expected_within(
    wanted: ir.Table, own: ir.Table, n: ir.Table, what: str, within: str
) -> ir.Table:
    """How often providers have something, and how often like cases of others would have had it.

    wanted   provider_no and what: who is asked, and of what
    own      provider_no, level, provider_kind, what, within, hits
    n        provider_no, level, provider_kind, within, n: their cases, those without hits too
    within   the column of cases that are alike, an illness
    returns  provider_no, level, provider_kind, what, n, hits, expected
    """
    kind = (what, within)
    of_peers = own.group_by(*PEERS, *kind).agg(peers_hits=own.hits.sum())
    of_all = own.group_by(*kind).agg(all_hits=own.hits.sum())
    n = beside_totals(n, (*PEERS, within), peers_n=n.n.sum())
    n = beside_totals(n, (within,), all_n=n.n.sum())
    t = wanted.select(*OWN, what).view().inner_join(n, list(OWN))
    t = beside(t, own.select(*OWN, *kind, "hits"), (*OWN, *kind))
    t = beside(t, of_peers, (*PEERS, *kind))
    t = beside(t, of_all, kind)
    t = t.mutate(**{name: t[name].coalesce(0) for name in ("hits", "peers_hits", "all_hits")})
    rate = peer_rate(t.peers_hits - t.hits, t.peers_n - t.n, t.all_hits - t.hits, t.all_n - t.n)
    # whole millionths: sums of any order agree
    t = t.mutate(expected_e6=(t.n.cast("float64") * rate * 1e6).round().cast("int64"))
    return t.group_by(*OWN, *PEERS, what).agg(
        n=t.n.sum(), hits=t.hits.sum(), expected=t.expected_e6.sum().cast("float64") / 1e6
    )


def counted(t: ir.Table, hit: ir.BooleanValue, strata: Names = (), unit: Names = OWN) -> ir.Table:
    """Cases and hits of each unit, in strata: unit, level, provider_kind, strata, n, hits."""
    return t.group_by(*unit, *PEERS, *strata).agg(
        n=t.count(), hits=hit.coalesce(False).cast("int64").sum()
    )


def outlying(
    at: Shared, counts: ir.Table, values: Values, strata: Names = (), unit: Names = OWN,
    *, middle: bool = False,
) -> ir.Table:  # fmt: skip
    """The units whose hits exceed what peers would have had, and what those would have had.

    counts   as of ``counted``
    strata   columns of it, beside level and kind, within which rates are compared
    unit     the columns that name who is asked: a provider, a practitioner at a provider, a person
             (whose claims are compared with those at providers of the same level and kind)
    middle   hold against the middle peer instead of all together, where that one has less: among
             few peers some that do the same hide each other. Never less than a quarter of all
             together: where it is rare, the middle one has none
    returns  the unit as ``over_`` columns, observed_n, expected_n, excess_share (of hits, 0..1)
    """
    sums = {"n": counts.n.sum(), "hits": counts.hits.sum()}
    t = beside_totals(counts, (*PEERS, *strata), **{f"peers_{name}": n for name, n in sums.items()})
    t = beside_totals(t, strata, **{f"all_{name}": t[name].sum() for name in sums})
    t = t.mutate(
        **{f"{of}_{name}": t[f"{of}_{name}"] - t[name] for of in ("peers", "all") for name in sums}
    )
    rate = peer_rate(t.peers_hits, t.peers_n, t.all_hits, t.all_n)
    if middle:
        t = _beside_middle(t, (*PEERS, *strata))
        rate = ibis.greatest(ibis.least(rate, t.middle), _LEAST_OF_ALL * rate)
    # in a stratum that nobody else has, what is seen is what is to be expected
    own = t.hits.cast("float64")
    t = t.mutate(expected=(t.all_n > 0).ifelse(t.n.cast("float64") * rate, own), on=at.as_of)
    # where most do it, nobody can do it far more often: such strata would hide the others
    t = t.mutate(can=(t.all_n > 0) & (rate * values.number("times", t, "on") < 1.0))
    of_place = OWN[0] in unit  # a person has neither level nor kind: only general values hold
    whole = t.group_by(*unit).agg(
        level=t.level.max() if of_place else ibis.null("int64"),
        provider_kind=t.provider_kind.max() if of_place else ibis.null("string"),
        observed_n=t.hits.sum(), expected_n=t.expected.sum(),
        can_n=t.hits.sum(where=t.can).coalesce(0),
        can_expected=t.expected.sum(where=t.can).coalesce(0.0),
    )  # fmt: skip
    whole = whole.filter(whole.observed_n > 0).mutate(on=at.as_of)
    over = whole.filter(
        _too_many(whole, whole.observed_n, whole.expected_n, values)
        | _too_many(whole, whole.can_n, whole.can_expected, values)
    )
    return over.select(
        "observed_n", "expected_n", **{f"over_{name}": over[name] for name in unit},
        excess_share=1.0 - over.expected_n / over.observed_n.cast("float64"),
    )  # fmt: skip


def _too_many(
    t: ir.Table, n: ir.NumericValue, expected: ir.NumericValue, values: Values
) -> ir.BooleanValue:
    """Whether a count is large enough, and its lower limit so many times what was expected."""
    low = least_likely(ibis.greatest(n, 1), values.number("tail_z", t, "on"))
    enough = n.cast("float64") >= values.number("least", t, "on")
    return enough & (low > values.number("times", t, "on") * expected)


def _beside_middle(t: ir.Table, alike: Names) -> ir.Table:
    """Counts beside the rate that the middle one of like units has: middle."""
    each = t.filter(t.n > 0).mutate(own_rate=t.hits.cast("float64") / t.n.cast("float64"))
    return beside(t, each.group_by(*alike).agg(middle=each.own_rate.median()), alike)


def beyond_peers(
    rows: ir.Table, over: ir.Table, role: str, unit: Names = OWN, *, several: bool = False
) -> ir.Table:
    """The hit claims of outlying units: one hit for each provider and practitioner, or person.

    rows     claims, with the columns of ``Shared.claim``
    several  only units at which several persons have hits: see ``_of_several``
    """
    t = _of_outlying(rows, over, unit)
    return _beyond(_of_several(t, unit) if several else t, role, unit)


def _of_outlying(rows: ir.Table, over: ir.Table, unit: Names) -> ir.Table:
    return rows.inner_join(over, [rows[name] == over[f"over_{name}"] for name in unit])


def _beyond(t: ir.Table, role: str, unit: Names) -> ir.Table:
    mid, high = beyond_expected(t.fund_amount_fen, t.excess_share)
    who = BILLED if OWN[0] in unit else ("patient_id",)
    return found(t, Part(who, role, NOTHING, mid, high, happened_on="visited_on", who=who))


def unusual(
    at: Shared, base: ir.Table, hit: ir.BooleanValue, values: Values, role: str, *strata: str,
    middle: bool = False,
) -> ir.Table:  # fmt: skip
    """Claims of a base for which something holds, at providers where it holds too often.

    Peers are those of the provider's own level and kind, whatever the base says of them.
    """
    marked = _marked(base, hit, *OWN, *strata)
    counts = _beside_peers(at, marked, OWN, strata)
    over = outlying(at, counts, values, strata, OWN, middle=middle)
    return _listed(at, marked, over, role, OWN)


def unusual_of_each(
    at: Shared, base: ir.Table, hit: ir.BooleanValue, values: Values, role: str, *strata: str,
    middle: bool = False, several: bool = False,
) -> ir.Table:  # fmt: skip
    """As ``unusual``, and of practitioners with whom it holds too often: few hide among many.

    base     claims with COUNTED and the strata
    several  only units at which several persons have hits: see ``_of_several``
    """
    marked = at.keep(f"marked_{role}", lambda: _marked(base, hit, *SIGNED, *strata))
    each = at.keep(f"counts_{role}", lambda: _beside_peers(at, marked, SIGNED, strata))

    def listed(counts: ir.Table, unit: Names) -> ir.Table:
        over = outlying(at, counts, values, strata, unit, middle=middle)
        return _listed(at, marked, over, role, unit, several=several)

    # claims are counted once: a provider's are the sum of those that each signed, and nobody
    of_place = each.group_by(*OWN, *PEERS, *strata).agg(n=each.n.sum(), hits=each.hits.sum())
    return listed(of_place, OWN).union(listed(each.filter(each.signed_no.notnull()), SIGNED))


def beside_excess(
    at: Shared, rows: ir.Table, each: ir.Table, values: Values, strata: Names = ()
) -> ir.Table:
    """Rows beside the share of hits like theirs that is beyond peers: excess_share, else 0.

    What is suspicious by its frequency alone costs nothing where it is as frequent as
    elsewhere: beyond is the provider, or a practitioner there, whichever by more.
    rows  with SIGNED
    each  as of ``counted``, of SIGNED
    """
    of_place = each.group_by(*OWN, *PEERS, *strata).agg(n=each.n.sum(), hits=each.hits.sum())
    house = outlying(at, of_place, values, strata)
    house = house.select("over_provider_no", of_house="excess_share")
    who = outlying(at, each.filter(each.signed_no.notnull()), values, strata, SIGNED)
    who = who.select(at_no="over_provider_no", by_no="over_signed_no", of_who="excess_share")
    t = rows.left_join(house, rows.provider_no == house.over_provider_no)
    t = t.left_join(who, [t.provider_no == who.at_no, t.signed_no == who.by_no])
    share = ibis.greatest(t.of_house.coalesce(0.0), t.of_who.coalesce(0.0))
    t = t.mutate(excess_share=share)
    return t.drop("over_provider_no", "of_house", "at_no", "by_no", "of_who")


def unusual_of_persons(
    at: Shared, base: ir.Table, hit: ir.BooleanValue, values: Values, role: str, *strata: str
) -> ir.Table:
    """Claims of a base for which something holds, of persons of whom it holds too often."""
    marked = _marked(base, hit, *PERSON, *PEERS, *strata)
    over = outlying(at, counted(marked, marked.marked, strata, PERSON), values, strata, PERSON)
    return _listed(at, marked, over, role, PERSON)


def _marked(base: ir.Table, hit: ir.BooleanValue, *by: str) -> ir.Table:
    """What is kept of every claim of a base, and whether it is a hit; long ids join the few."""
    return base.select(*_OF_CLAIM, *by, marked=hit.coalesce(False))


def _beside_peers(at: Shared, marked: ir.Table, unit: Names, strata: Names) -> ir.Table:
    """As ``counted``, of units at one provider: what that is, is looked up once they are few."""
    counts = marked.group_by(*unit, *strata).agg(
        n=marked.count(), hits=marked.marked.cast("int64").sum()
    )
    p = at.provider.select(*OWN, *PEERS)
    return counts.left_join(p, list(OWN)).drop("provider_no_right")


def _listed(
    at: Shared, marked: ir.Table, over: ir.Table, role: str, unit: Names, *, several: bool = False
) -> ir.Table:
    few = _of_outlying(marked.filter(marked.marked), over, unit)
    told = at.claim.select("claim_no", *TOLD)
    few = few.select(*_OF_CLAIM, *unit, "excess_share").inner_join(told, "claim_no")
    return _beyond(_of_several(few, unit) if several else few, role, unit)


def _of_several(t: ir.Table, unit: Names) -> ir.Table:
    """Hits of units at which several persons have some.

    Claims are counted as if each were a case of its own. Where a person's illness brings the same
    every month, one person is nothing that a house does, however far beyond its peers.
    """
    n = t.group_by(*unit).agg(persons_n=t.patient_id.nunique())
    return t.semi_join(n.filter(n.persons_n >= _PERSONS), list(unit))
