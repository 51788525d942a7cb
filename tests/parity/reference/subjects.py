"""A provider, a practitioner or a patient as known by one as-of date."""

from datetime import date
from functools import cached_property

from parity.reference.arithmetic import Row, grouped
from parity.reference.claims import live_claims
from parity.reference.fund import YEAR, Fund
from parity.reference.visits import beside_each_other


class Seen:
    """Everything known of a fund by one as-of date."""

    def __init__(self, fund: Fund, as_of: date) -> None:
        self.fund, self.as_of = fund, as_of
        self.claims = live_claims(fund, as_of)
        beside_each_other(self.claims)
        self.lines: list[Row] = [line for claim in self.claims for line in claim.lines]
        self.kept: dict[object, object] = {}

    def once(self, name: object, make):
        """A table that many subjects look into, made when first asked for."""
        if name not in self.kept:
            self.kept[name] = make(self)
        return self.kept[name]

    def known_in_window(self, day: date) -> bool:
        """Whether a day lies in the 365 days up to the as-of date."""
        return self.as_of - YEAR < day <= self.as_of

    def of(self, table: str, *names: str) -> dict[tuple, list[Row]]:
        """Live claims or lines grouped by these cells."""
        return self.once((table, names), lambda seen: grouped(getattr(seen, table), *names))

    @cached_property
    def practitioners_registered(self) -> list[Row]:
        """One row per practitioner and provider of a registration that holds on the date."""
        pairs = {
            (r.practitioner_id, r.provider_id)
            for r in self.fund.table("practitioners")
            if r.registered_from <= self.as_of
            and not (r.registered_to is not None and r.registered_to < self.as_of)
        }
        return [Row(practitioner_id=who, provider_id=where) for who, where in sorted(pairs)]


class Subject:
    """One entity of one grain, with the live claims and lines that name it."""

    def __init__(self, seen: Seen, grain: str, name: str) -> None:
        self.seen, self.grain, self.id, self.key = seen, grain, name, f"{grain}_id"
        self.claims: list[Row] = seen.of("claims", self.key).get((name,), [])
        self.lines: list[Row] = seen.of("lines", self.key).get((name,), [])
        self.stays = [claim for claim in self.claims if claim.inpatient]
        self.recent = [claim for claim in self.claims if claim.recent]

    def claims_by(self, *names: str) -> dict[tuple, list[Row]]:
        """The subject's claims grouped by these cells, claims where one is unknown left out."""
        whole = [c for c in self.claims if all(c[name] is not None for name in names)]
        return grouped(whole, *names)

    def everywhere(self, key: str, who: str) -> list[Row]:
        """All live claims of somebody, at whatever provider."""
        return self.seen.of("claims", key).get((who,), [])


def cohort(seen: Seen, grain: str) -> set[str]:
    """Who is described: under contract or registered until a year ago, or named on live claims."""
    return {"provider": _providers, "practitioner": _practitioners, "patient": _patients}[grain](
        seen
    )


def _under(seen: Seen, since: date | None, until: date | None) -> bool:
    begun = since is None or since <= seen.as_of
    return begun and (until is None or until > seen.as_of - YEAR)


def _providers(seen: Seen) -> set[str]:
    rows = seen.fund.table("providers")
    return {p.provider_id for p in rows if _under(seen, p.contracted_from, p.contracted_to)}


def _practitioners(seen: Seen) -> set[str]:
    rows = seen.fund.table("practitioners")
    registered = {
        r.practitioner_id for r in rows if _under(seen, r.registered_from, r.registered_to)
    }
    named = {row.practitioner_id for row in (*seen.claims, *seen.lines)}
    return (registered | named) - {None}


def _patients(seen: Seen) -> set[str]:
    return {claim.patient_id for claim in seen.claims}


def dates_with_claims(fund: Fund, dates: tuple[date, ...]) -> list[date]:
    """Dates in whose year anything was settled; the newest always stays."""
    days = [row.settled_on for row in fund.table("claims")]
    return sorted(
        at for at in dates if at == max(dates) or any(at - YEAR < day <= at for day in days)
    )
