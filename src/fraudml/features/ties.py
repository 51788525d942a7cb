"""Ties between providers: patients and practitioners that two of them share.

A pair is counted through who is shared, so the work is the sum of squares of the places each person
uses; whoever uses more than fifty places in a year says nothing about any two of them and is left
out. A town's hospital and its pharmacies share most of their patients: a tie is context, and a
reason only beside others. How many would be shared if people chose places by their size alone is
the number that two large providers of one region must be held against.
"""

from collections.abc import Callable

import ibis
import ibis.expr.types as ir

from fraudml.features.bases import Bases
from fraudml.features.entry import Feature, Writer, count_if, ratio

PLACES_AT_MOST = 50  # more places than this in a year: no tie between any two of them
TIED = 5  # so many people in common make a tie


def tied_by(key: str) -> Callable[[Bases], ir.Table]:
    """One row per provider and other provider with people in common: how many, and of how many.

    shared_n  people seen at both; own_n at this one, their_n at the other, all_n at all places
    added up; elsewhere_n  shared with all others, added up
    """
    return lambda b: b.keep(f"tied_by_{key}", lambda: _tied(b, key))


def _tied(b: Bases, key: str) -> ir.Table:
    t = b.claim
    named = t.filter(t[key].notnull())
    place = named.group_by("as_of", key, "provider_id").agg(claims_n=named.count())
    everywhere = ibis.window(group_by=["as_of", key])
    place = b.keep(
        f"places_of_{key}",
        lambda: place.mutate(places_n=place.count().over(everywhere)).drop("claims_n"),
    )
    at = ibis.window(group_by=["as_of"])
    size = place.group_by("as_of", "provider_id").agg(own_n=place.count())
    size = b.keep(f"sizes_by_{key}", lambda: size.mutate(all_n=size.own_n.sum().over(at)))
    some = place.filter(place.places_n.between(2, PLACES_AT_MOST))
    other = some.view().select(other_at="as_of", other_who=key, other_id="provider_id")
    j = some.inner_join(
        other,
        [some.as_of == other.other_at, some[key] == other.other_who,
         some.provider_id != other.other_id],
    )  # fmt: skip
    pairs = j.group_by("as_of", "provider_id", "other_id").agg(shared_n=j.count())
    sized = pairs.inner_join(size, ["as_of", "provider_id"])
    theirs = size.view().select(their_at="as_of", their_id="provider_id", their_n="own_n")
    sized = sized.inner_join(
        theirs, [sized.as_of == theirs.their_at, sized.other_id == theirs.their_id]
    )
    others = ibis.window(group_by=["as_of", "provider_id"])
    return sized.select(
        "as_of", "provider_id", "shared_n", "own_n", "their_n", "all_n",
        elsewhere_n=sized.shared_n.sum().over(others),
    )  # fmt: skip


def _beyond_size(t: ir.Table) -> ir.Value:
    """The strongest tie over that of size alone, as if five people more had been as expected."""
    chosen = t.their_n.cast("float64") / (t.all_n - t.own_n).cast("float64")
    expected = t.elsewhere_n.cast("float64") * chosen
    return ((t.shared_n.cast("float64") + TIED) / (expected + TIED)).max()


_patients = Writer("provider", "patient_tie", per="patients_count_365d")
_staff = Writer("provider", "practitioner_tie", ("claims.practitioner_id",),
                per="practitioners_count_365d")  # fmt: skip

TIES: tuple[Feature, ...] = (
    _patients("tied_providers_count_365d", ("Providers with five or more patients in common",
              "共有五名以上患者的机构数"), lambda t: count_if(t.shared_n >= TIED), zero=True),
    _patients("closest_provider_patients_share_365d",
              ("Share of patients also seen at the provider most in common",
               "与最密切机构共有患者占比"),
              lambda t: ratio(t.shared_n.max(), t.own_n.max())),
    _patients("closest_provider_to_expected_365d",
              ("Patients in common with the closest provider against those its size would bring",
               "与最密切机构共有患者与按规模预期之比"), _beyond_size),
    _staff("practitioner_tied_providers_count_365d",
           ("Providers with practitioners in common", "共有医师的机构数"),
           lambda t: t.count(), zero=True),
    _staff("closest_provider_practitioners_share_365d",
           ("Share of practitioners also working at the provider most in common",
            "与最密切机构共有医师占比"),
           lambda t: ratio(t.shared_n.max(), t.own_n.max())),
)  # fmt: skip
