"""Base tables: who was known to do what, beside every as-of date, each computed once and kept."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import cached_property, partial
from weakref import WeakKeyDictionary

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from fraudml.claims.accepted import Claims
from fraudml.claims.regions import pool_of
from fraudml.engine import Engine
from fraudml.features.facts import claim_facts, claim_headers, line_facts
from fraudml.features.numbers import NUMBERS, Numbers

WINDOW_DAYS = 365
RECENT_DAYS = 90
CLAIM = "claim"
LINE = "line_once"
Wanted = Mapping[str, frozenset[str]]  # columns of a kept table, by its name
# What the tables of an engine are of, in the order in which it was asked for: part of their names.
_OF: WeakKeyDictionary[Engine, dict[str, int]] = WeakKeyDictionary()
_MADE_OF = {
    "after_death": ("died_on", "death_known_on"),
    "patient_dead": ("death_known_on",),
    "away": ("patient_region",),
}


class Bases:
    """The tables that families of features start from, for a set of as-of dates.

    A claim stands beside an as-of date if it was settled in the 365 days up to and including
    that date and no reversal of it was settled by then.
    """

    def __init__(
        self,
        engine: Engine,
        claims: Claims,
        dates: tuple[date, ...],
        wanted: Wanted | None = None,
    ) -> None:
        """A kept table that stands in wanted has only the columns it names."""
        self.engine = engine
        self.claims = claims
        self._wanted = wanted or {}
        columns = (f"{name}:{sorted(those)}" for name, those in sorted(self._wanted.items()))
        written = "|".join([str(claims.folder), *(day.isoformat() for day in dates), *columns])
        known = _OF.setdefault(engine, {})
        self._tag = f"features-{known.setdefault(written, len(known))}"
        self.dates = engine.table(_date_rows(dates), f"{self._tag}-dates")
        self.dates_n = len(dates)
        self.numbers = Numbers(claims, dates, self.keep)
        self._kept: dict[str, ir.Table] = {}

    def keep(self, name: str, make: Callable[[], ir.Table]) -> ir.Table:
        """The table of this name, computed when first asked for."""
        if name not in self._kept:
            made = self._only(name, make())
            self._kept[name] = self.engine.keep(made, f"{self._tag}-{name}", wide=name == CLAIM)
        return self._kept[name]

    def computed(
        self,
        name: str,
        source: ir.Table,
        at_most: int,
        schema: pa.Schema,
        compute: Callable[[pa.Table], pa.Table],
    ) -> ir.Table:
        """A kept table that Python makes of rows of a bounded number; refused where more come."""
        rows = partial(self.engine.rows, source, at_most=at_most)
        named = f"{self._tag}-{name}-rows"
        return self.keep(name, lambda: self.engine.table(compute(rows()).cast(schema), named))

    def asked(self, *columns: str) -> bool:
        """Whether any of these columns of the claims, or one made of them, is wanted."""
        wanted = self._wanted.get(CLAIM)
        if wanted is None:
            return True
        made = {source for name in wanted for source in _MADE_OF.get(name, ())}
        return not made.union(wanted).isdisjoint(columns)

    def wants(self, name: str, column: str) -> bool:
        """Whether anybody asked for this column of a kept table."""
        return column in self._wanted.get(name, {column})

    def _only(self, name: str, table: ir.Table) -> ir.Table:
        wanted = self._wanted.get(name, frozenset(table.columns))
        return table.select(*[column for column in table.columns if column in wanted])

    @property
    def line_once(self) -> ir.Table:
        """One row per line, as-of dates aside."""
        return self.keep(LINE, lambda: line_facts(self.claims))

    @property
    def claim_once(self) -> ir.Table:
        """One row per claim, as-of dates aside; not kept, for only ``claim`` is made of it."""
        return self.numbers.of(claim_facts(self.claims, self._lines, self.asked), *self._numbered)

    @property
    def _numbered(self) -> list[str]:
        return [key for key, number in NUMBERS.items() if self.asked(number)]

    def _lines(self) -> ir.Table | None:
        return self.line_once if self.claims.has("claim_lines") else None

    @property
    def claim(self) -> ir.Table:
        """One row per live claim and as-of date."""
        return self.keep(CLAIM, self._claim)

    def _claim(self) -> ir.Table:
        t = self._seen_at(self.live(self.claim_once))
        if self.asked("beds", "away", "outside_contract"):
            t = self._with_provider(t)
        if self.asked(*_OVERLAP.values()):
            t = self._with_overlap(t)
        return self.numbers.dated(t, *self._numbered)

    def live(self, facts: ir.Table) -> ir.Table:
        """Facts that carry settled_on and reversed_on, beside each date at which they count."""
        d = self.dates
        return facts.inner_join(
            d,
            [
                facts.settled_on <= d.as_of,
                facts.settled_on > d.since,
                facts.reversed_on.isnull() | (facts.reversed_on > d.as_of),
            ],
        ).drop("since", "recent_since")

    @cached_property
    def claim_key(self) -> ir.Table:
        """Just enough of a live claim to bring its lines beside the as-of dates."""
        t = self.claim
        return t.select("as_of", "recent", live_claim_id=t.claim_id)

    def beside_dates(self, per_claim: ir.Table) -> ir.Table:
        """Facts with a claim_id, beside each as-of date at which their claim is live."""
        key = self.claim_key
        joined = per_claim.inner_join(key, per_claim.claim_id == key.live_claim_id)
        return joined.drop("live_claim_id")

    def _seen_at(self, t: ir.Table) -> ir.Table:
        """What of a claim is seen differently at different as-of dates."""
        recent_from = t.as_of - ibis.interval(days=RECENT_DAYS)
        t = t.mutate(recent=t.settled_on > recent_from.cast("date")).drop("reversed_on")
        if not self.asked("died_on", "death_known_on"):
            return t
        dead = (t.death_known_on <= t.as_of) & (t.admitted_on > t.died_on)
        gone = (t.death_known_on <= t.as_of).coalesce(False)
        return t.mutate(after_death=dead.coalesce(False), patient_dead=gone).drop(
            "died_on", "death_known_on"
        )

    def _with_provider(self, t: ir.Table) -> ir.Table:
        p = self.claims.table("providers")
        provider = p.select("beds", "contracted_from", "contracted_to", "region_code",
                            known_provider=p.provider_id)  # fmt: skip
        j = t.left_join(provider, t.provider_id == provider.known_provider)
        known = j.contracted_from.isnull() | (j.contracted_from <= j.as_of)
        ended = (j.contracted_to <= j.as_of) & (j.admitted_on > j.contracted_to)
        early = j.admitted_on < j.contracted_from
        assessed = known & (j.contracted_from.notnull() | (j.contracted_to <= j.as_of))
        seen: dict[str, ir.Value] = {
            "beds": known.ifelse(j.beds, ibis.null("int64")),
            "outside_contract": assessed.ifelse(
                (early.coalesce(False) | ended.coalesce(False)), ibis.null("boolean")
            ),
        }
        if self.asked("away"):
            away = pool_of(j.patient_region) != pool_of(j.region_code)
            seen["away"] = known.ifelse(away, ibis.null("boolean"))
        return j.mutate(**seen).drop(
            "contracted_from", "contracted_to", "known_provider", "region_code"
        )

    def _with_overlap(self, t: ir.Table) -> ir.Table:
        pairs = self.keep("overlap", lambda: _overlaps(claim_headers(self.claims, _of_overlaps)))
        d = self.dates
        live = pairs.inner_join(
            d,
            [
                pairs.both_settled_on <= d.as_of,
                pairs.first_settled_on > d.since,
                pairs.first_reversed_on.isnull() | (pairs.first_reversed_on > d.as_of),
            ],
        )
        for side in ("stay", "visit"):
            found = live.group_by(pair_as_of=live.as_of, pair_claim=live[f"{side}_id"]).agg(
                pairs_n=live.count()
            )
            joined = t.left_join(
                found, [t.as_of == found.pair_as_of, t.claim_id == found.pair_claim]
            )
            t = joined.mutate(**{_OVERLAP[side]: joined.pairs_n.coalesce(0)}).drop(
                "pair_as_of", "pair_claim", "pairs_n"
            )
        return t


_OVERLAP = {"stay": "elsewhere_n", "visit": "during_stay_n"}


def _date_rows(dates: tuple[date, ...]) -> pa.Table:
    return pa.table(
        {
            "as_of": pa.array(dates, pa.date32()),
            "since": pa.array([d - timedelta(days=WINDOW_DAYS) for d in dates], pa.date32()),
            "recent_since": pa.array([d - timedelta(days=RECENT_DAYS) for d in dates], pa.date32()),
        }
    )


def _of_overlaps(*columns: str) -> bool:
    return not {"inpatient", "stay_days"}.isdisjoint(columns)


def _overlaps(t: ir.Table) -> ir.Table:
    """Pairs of a stay and a visit of the same patient elsewhere, begun strictly inside the stay."""
    stay = t.filter(t.inpatient, t.stay_days >= 2).select(
        "patient_id", "admitted_on", "discharged_on", "settled_on", "reversed_on",
        stay_id="claim_id", stay_provider="provider_id",
    )  # fmt: skip
    visit = t.select(
        visit_patient="patient_id", visit_id="claim_id", visit_provider="provider_id",
        visited_on="admitted_on", visit_settled_on="settled_on", visit_reversed_on="reversed_on",
    )  # fmt: skip
    j = stay.inner_join(
        visit,
        [
            stay.patient_id == visit.visit_patient,
            stay.stay_provider != visit.visit_provider,
            visit.visited_on > stay.admitted_on,
            visit.visited_on < stay.discharged_on,
        ],
    )
    return j.select(
        "stay_id",
        "visit_id",
        both_settled_on=ibis.greatest(j.settled_on, j.visit_settled_on),
        first_settled_on=ibis.least(j.settled_on, j.visit_settled_on),
        first_reversed_on=ibis.least(j.reversed_on, j.visit_reversed_on),
    )
