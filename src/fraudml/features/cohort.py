"""Who is described as of each date: entities with a contract, a registration or a claim."""

from datetime import date

import ibis
import ibis.expr.types as ir

from fraudml.entities import GrainName
from fraudml.features.bases import WINDOW_DAYS, Bases
from fraudml.features.numbers import NUMBERS


def dates_with_claims(b: Bases, dates: tuple[date, ...]) -> tuple[date, ...]:
    """Dates by which any claim was settled in the window; the newest date always stays."""
    t = b.claims.table("claims")
    d = b.dates
    seen = d.semi_join(t, [t.settled_on <= d.as_of, t.settled_on > d.since]).select("as_of")
    known = set(b.engine.rows(seen, at_most=len(dates))["as_of"].to_pylist())
    live = max(dates)
    return tuple(day for day in sorted(dates) if day in known or day == live)


def cohort(b: Bases, grain: GrainName) -> ir.Table:
    """One row per entity and as-of date: GRAIN_id, as_of, and GRAIN_no where it has claims."""
    return b.keep(f"cohort_{grain}", lambda: find_cohort(b, grain))


def find_cohort(b: Bases, grain: GrainName) -> ir.Table:
    """The same, not yet computed."""
    make = {"provider": _providers, "practitioner": _practitioners, "patient": _patients}
    return make[grain](b)


def _on_claims(b: Bases, key: str) -> ir.Table:
    """Whoever is named on a live claim: the id, as_of and number of each once."""
    t = b.claim
    number = NUMBERS[key]
    found = t.filter(t[number].notnull()).select(number, "as_of").distinct()
    return b.numbers.named(found, key)


def _under(b: Bases, t: ir.Table, key: str, since: str, until: str) -> ir.Table:
    """Rows known by each date whose term had not ended more than a year before."""
    d = b.dates
    return t.inner_join(
        d,
        [
            t[since].isnull() | (t[since] <= d.as_of),
            t[until].isnull() | (t[until] > d.as_of - ibis.interval(days=WINDOW_DAYS)),
        ],
    ).select(key, "as_of")


def _providers(b: Bases) -> ir.Table:
    table = b.claims.table("providers")
    known = _under(b, table, "provider_id", "contracted_from", "contracted_to").distinct()
    return b.numbers.beside(known, "provider_id")


def _practitioners(b: Bases) -> ir.Table:
    found = _on_claims(b, "practitioner_id").select("practitioner_id", "as_of")
    if b.claims.has("practitioners"):
        table = b.claims.table("practitioners")
        registered = _under(b, table, "practitioner_id", "registered_from", "registered_to")
        found = found.union(registered)
    found = b.keep("practitioners_on_claims", found.distinct)
    if b.claims.has("claim_lines"):
        found = found.union(_on_lines(b, found)).distinct()
    return b.numbers.beside(found, "practitioner_id")


def _on_lines(b: Bases, found: ir.Table) -> ir.Table:
    """Whoever is named on lines alone; lines of those found at every date need no claim looked up.

    found  practitioner_id and as_of, each pair once
    """
    dates = found.group_by("practitioner_id").agg(dates_n=found.count())
    everywhere = dates.filter(dates.dates_n == b.dates_n)
    lines = b.claims.table("claim_lines")
    named = lines.filter(lines.practitioner_id.notnull()).select("claim_id", "practitioner_id")
    others = named.anti_join(everywhere, "practitioner_id")
    return b.beside_dates(others).select("practitioner_id", "as_of")


def _patients(b: Bases) -> ir.Table:
    return _on_claims(b, "patient_id")
