"""Groups of patients who keep coming together, more often than their own visiting would bring.

Two patients are tied who met on four days or more (``covisits``) and on more than chance leads one
to expect: each keeps his number of days at a provider, and the days are drawn anew in proportion to
how many came on each. The ties of one as-of date are a graph; its communities are found by Leiden's
method with the constant Potts model at 1/2: in each, more than half of all pairs are tied. Groups
of three or more count. Ties come into Python, claims never; more than TIES_AT_MOST are refused.

Dialysis schedules, families and village screening look the same: a legitimate cause to test.
Sources: Traag, Waltman & van Eck 2019 (Leiden); Traag, Van Dooren & Nesterov 2011 (Potts model).
"""

import hashlib
import random
from collections import Counter

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fraudml.features.bases import Bases
from fraudml.features.covisits import days_at, regular_pairs
from fraudml.features.days import visitors
from fraudml.features.entry import (
    COLLUSION,
    Feature,
    Writer,
    count_if,
    ratio,
    share_if,
    sum_if,
)

TIES_AT_MOST = 20_000_000
LEAST = 3  # people that make a group
HALF = 0.5  # of all pairs tied: what a group needs
_UNIT = 1_000_000  # shares and expectations as whole numbers, so that sums have no order
_FAR = 9  # squared standard deviations of a Poisson count beyond which a tie is no chance
_SEED = 735
MEMBERS = pa.schema(
    [
        ("as_of", pa.date32()),
        ("patient_id", pa.string()),
        ("community", pa.string()),
        ("members_n", pa.int64()),
        ("pairs_n", pa.int64()),
    ]
)


def company_visits(b: Bases) -> ir.Table:
    """One row per provider, day and patient whose visit began, beside the group he belongs to.

    members_n  people in the group, pairs_n: tied pairs in it; null for whoever belongs to none
    in_company  whether two others of the group at least came to the provider on that day
    """
    return b.keep("company_visits", lambda: _company_visits(b))


def _company_visits(b: Bases) -> ir.Table:
    member = b.computed("community", _ties(b), TIES_AT_MOST, MEMBERS, communities)
    member = b.numbers.beside(member, "patient_id").drop("as_of", "patient_id")
    j = visitors(b).left_join(member, "patient_no").drop("patient_no_right")
    here = ibis.window(group_by=["provider_no", "admitted_on", "community"])
    j = j.mutate(present_n=j.community.count().over(here))
    return j.select(
        "provider_no", "admitted_on", "patient_no", "members_n", "pairs_n",
        in_company=(j.community.notnull() & (j.present_n >= LEAST)).coalesce(False),
    )  # fmt: skip


def _ties(b: Bases) -> ir.Table:
    """as_of, one_id, other_id: pairs that met more often than chance leads one to expect."""
    pairs, places = regular_pairs(b), days_at(b)
    one = places.rename(one_no="patient_no")
    theirs = places.view().select("provider_no", other_no="patient_no", their_n="days_n")
    both = pairs.inner_join(one, "one_no")
    both = both.inner_join(theirs, ["provider_no", "other_no"])
    chance = both.group_by("one_no", "other_no", "together_n").agg(
        expected_e6=(both.days_n * both.their_n * both.alike_e6).sum()
    )
    beyond = chance.together_n * _UNIT - chance.expected_e6
    far = (beyond > 0) & (beyond * beyond > chance.expected_e6 * (_FAR * _UNIT))
    tied = chance.filter(far).select("other_no", patient_no="one_no")
    named = b.numbers.named(tied, "as_of", "patient_id")
    named = named.select("as_of", "other_no", one_id="patient_id")
    named = b.numbers.named(named.rename(patient_no="other_no"), "patient_id")
    return named.select("as_of", "one_id", other_id="patient_id")


def communities(ties: pa.Table) -> pa.Table:
    """Who belongs to which group: MEMBERS, groups of LEAST people or more, on each date apart.

    ties  as_of, one_id, other_id, each pair once. Neither their order nor the names' order counts:
    people are numbered by the hash of the id, and a group is named by the first of them.
    """
    parts = []
    for day in sorted(set(ties["as_of"].to_pylist())):
        live = ties.filter(pc.equal(ties["as_of"], pa.scalar(day, pa.date32())))
        parts += [(day, *row) for row in _of_date(live)]
    rows = [dict(zip(MEMBERS.names, part, strict=True)) for part in parts]
    return pa.Table.from_pylist(rows, schema=MEMBERS)


def _of_date(ties: pa.Table) -> list[tuple[str, str, int, int]]:
    import igraph  # here, since only funds with ties need it

    one, other = ties["one_id"].to_pylist(), ties["other_id"].to_pylist()
    people = sorted({*one, *other}, key=lambda who: hashlib.sha256(who.encode()).digest())
    number = {who: place for place, who in enumerate(people)}
    edges = sorted(sorted((number[a], number[b])) for a, b in zip(one, other, strict=True))
    graph = igraph.Graph(len(people), edges)
    igraph.set_random_number_generator(random.Random(_SEED))  # noqa: S311 - a named seed
    found = graph.community_leiden(objective_function="CPM", resolution=HALF, n_iterations=-1)
    group = np.array(found.membership)
    inside = Counter(group[a] for a, b in edges if group[a] == group[b])
    members: dict[int, list[str]] = {}
    for who, of in zip(people, group.tolist(), strict=True):
        members.setdefault(of, []).append(who)
    return [
        (who, those[0], len(those), inside[of])
        for of, those in members.items()
        if len(those) >= LEAST
        for who in those
    ]


def _in_company(t: ir.Table) -> ir.IntegerColumn:
    return t.in_company.ifelse(t.members_n, ibis.null("int64"))


_group = Writer("provider", "company_visit", per="claims_count_365d")
_member = Writer("patient", "company_visit")

COMMUNITIES: tuple[Feature, ...] = (
    _group("community_visits_share_365d",
           ("Share of visits with two others or more of a group that keeps coming together",
            "群体结伴就诊占比"),
           lambda t: share_if(t.in_company), COLLUSION, rows=lambda t: t.in_company),
    _group("community_patients_max_count_365d",
           ("People in the largest group that keeps coming together", "最大结伴群体人数"),
           lambda t: _in_company(t).max(), COLLUSION, rows=lambda t: t.in_company),
    _group("community_pairs_share_365d",
           ("Of all pairs in groups that come together, those that do so regularly",
            "结伴群体内两两反复同行占比"),
           lambda t: ratio(sum_if(t.pairs_n, t.in_company),
                           sum_if(t.members_n * (t.members_n - 1) // 2, t.in_company))),
    _member("community_visits_count_365d",
            ("Visits with two others or more of a group that keeps coming together",
             "群体结伴就诊人次"),
            lambda t: count_if(t.in_company), COLLUSION, rows=lambda t: t.in_company, zero=True),
    _member("community_members_max_count_365d",
            ("People in the group with which one keeps coming", "所属结伴群体人数"),
            lambda t: _in_company(t).max(), COLLUSION, rows=lambda t: t.in_company),
)  # fmt: skip
