"""Whom each entity is compared with: its peer group, and the coarser groups that one falls back to.

Providers by level, kind and region; practitioners by specialty and level of the place they work at
most; patients by age, sex and insurance.
"""

from functools import reduce

import ibis
import ibis.expr.types as ir

from fraudml.claims.calendar import years_between
from fraudml.features.bases import Bases
from fraudml.features.numbers import grouped


def _words(*parts: ir.Value) -> ir.StringValue:
    texts = [part.cast("string").coalesce("?") for part in parts]
    return reduce(lambda left, right: left + " · " + right, texts)


def _provider_groups(b: Bases, features: ir.Table) -> ir.Table:
    known = _providers_at(b)
    t = _left(features, known, "provider_id")
    level = ibis.literal("level ") + t.level.cast("string").coalesce("?")
    kind = t.kind.coalesce("?")
    return t.mutate(
        group_0=_words(level, kind, t.region_code), group_1=_words(level, kind), group_2=kind
    ).drop("level", "kind", "region_code")


def _providers_at(b: Bases) -> ir.Table:
    """Level, kind and region of each provider known by each date."""
    p = b.claims.table("providers")
    d = b.dates.select("as_of")
    known = p.inner_join(d, [p.contracted_from.isnull() | (p.contracted_from <= d.as_of)])
    return known.select("provider_id", "as_of", "level", "kind", "region_code")


def _practitioner_groups(b: Bases, features: ir.Table) -> ir.Table:
    t = _left(features, _main_place(b), "practitioner_id")
    providers = _providers_at(b).select("provider_id", "level", seen_at="as_of")
    j = t.left_join(providers, [t.main_id == providers.provider_id, t.as_of == providers.seen_at])
    specialty = j.specialty.coalesce("?")
    level = ibis.literal("level ") + j.level.cast("string").coalesce("?")
    return j.mutate(
        group_0=_words(specialty, level), group_1=specialty, group_2=ibis.literal("all")
    ).drop("main_id", "provider_id", "seen_at", "specialty", "level")


def _main_place(b: Bases) -> ir.Table:
    """The newest registration known by each date; else the provider with most claims."""
    t = b.claim
    named = t.filter(t.practitioner_no.notnull())
    places = grouped(named, "practitioner_id", "provider_id", n=named.count())
    places = b.numbers.named(places, "as_of", "practitioner_id", "provider_id")
    busiest = _first(places, ["as_of", "practitioner_id"], [places.n.desc(), places.provider_id])
    busiest = busiest.select("as_of", "practitioner_id", busy_id="provider_id")
    if not b.claims.has("practitioners"):
        return busiest.select(
            "as_of", "practitioner_id", main_id="busy_id", specialty=ibis.null("string")
        )
    r = b.claims.table("practitioners")
    d = b.dates.select("as_of")
    known = r.inner_join(d, [r.registered_from <= d.as_of])
    newest = _first(known, ["as_of", "practitioner_id"],
                    [known.registered_from.desc(), known.provider_id])  # fmt: skip
    newest = newest.select("as_of", "practitioner_id", "specialty", main_id="provider_id")
    j = newest.outer_join(busiest, ["as_of", "practitioner_id"])
    return j.select(
        as_of=j.as_of.coalesce(j.as_of_right),
        practitioner_id=j.practitioner_id.coalesce(j.practitioner_id_right),
        main_id=j.main_id.coalesce(j.busy_id),
        specialty=j.specialty,
    )


def _first(t: ir.Table, keys: list[str], order: list[ir.Value]) -> ir.Table:
    window = ibis.window(group_by=keys, order_by=order)
    numbered = t.mutate(place=ibis.row_number().over(window))
    return numbered.filter(numbered.place == 0).drop("place")


def _patient_groups(b: Bases, features: ir.Table) -> ir.Table:
    p = b.claims.table("patients")
    person = p.select("patient_id", "birth_date", "sex", "scheme")
    t = features.left_join(person, "patient_id").drop("patient_id_right")
    years = years_between(t.as_of, t.birth_date)
    band = (
        ibis.cases((years < 18, "0-17"), (years < 45, "18-44"), (years < 65, "45-64"),
                   (years < 80, "65-79"), (years >= 80, "80+"))
    ).coalesce("?")  # fmt: skip
    age = ibis.literal("age ") + band
    return t.mutate(
        group_0=_words(age, t.sex, t.scheme), group_1=age, group_2=ibis.literal("all")
    ).drop("birth_date", "sex", "scheme")


def _left(features: ir.Table, known: ir.Table, key: str) -> ir.Table:
    joined = features.left_join(known, [key, "as_of"])
    return joined.drop(f"{key}_right", "as_of_right")


GROUPS = {
    "provider": _provider_groups,
    "practitioner": _practitioner_groups,
    "patient": _patient_groups,
}
