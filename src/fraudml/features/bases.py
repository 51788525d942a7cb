"""Base tables: who was known to do what, beside every as-of date, each computed once and kept."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import cached_property
from hashlib import sha256

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from fraudml.claims.accepted import Claims
from fraudml.engine import Engine
from fraudml.features.facts import claim_facts, days_between, line_facts

WINDOW_DAYS = 365
RECENT_DAYS = 90


class Bases:
    """The tables that families of features start from, for a set of as-of dates.

    A claim stands beside an as-of date if it was settled in the 365 days up to and including
    that date and no reversal of it was settled by then.
    """

    def __init__(self, engine: Engine, claims: Claims, dates: tuple[date, ...]) -> None:
        self.engine = engine
        self.claims = claims
        written = "|".join([str(claims.folder), *(day.isoformat() for day in dates)])
        self._tag = f"features-{sha256(written.encode()).hexdigest()[:12]}"
        self.dates = engine.table(_date_rows(dates), f"{self._tag}-dates")
        self._kept: dict[str, ir.Table] = {}

    def keep(self, name: str, make: Callable[[], ir.Table]) -> ir.Table:
        """The table of this name, computed when first asked for."""
        if name not in self._kept:
            self._kept[name] = self.engine.keep(make(), f"{self._tag}-{name}")
        return self._kept[name]

    @property
    def line_once(self) -> ir.Table:
        """One row per line, as-of dates aside."""
        return self.keep("line_once", lambda: line_facts(self.claims))

    @property
    def claim_once(self) -> ir.Table:
        """One row per claim, as-of dates aside."""
        lines = self.line_once if self.claims.has("claim_lines") else None
        return self.keep("claim_once", lambda: claim_facts(self.claims, lines))

    @property
    def claim(self) -> ir.Table:
        """One row per live claim and as-of date, beside the patient's neighbouring visits."""
        return self.keep("claim", self._claim)

    def _claim(self) -> ir.Table:
        live = self.live(self.claim_once)
        return _with_neighbours(self._with_overlap(self._with_provider(_seen_at(live))))

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

    def _with_provider(self, t: ir.Table) -> ir.Table:
        p = self.claims.table("providers")
        provider = p.select("beds", "contracted_from", "contracted_to", "region_code",
                            known_provider=p.provider_id)  # fmt: skip
        j = t.left_join(provider, t.provider_id == provider.known_provider)
        known = j.contracted_from.isnull() | (j.contracted_from <= j.as_of)
        ended = (j.contracted_to <= j.as_of) & (j.admitted_on > j.contracted_to)
        early = j.admitted_on < j.contracted_from
        assessed = known & (j.contracted_from.notnull() | (j.contracted_to <= j.as_of))
        return j.mutate(
            beds=known.ifelse(j.beds, ibis.null("int64")),
            away=known.ifelse(j.patient_region != j.region_code, ibis.null("boolean")),
            outside_contract=assessed.ifelse(
                (early.coalesce(False) | ended.coalesce(False)), ibis.null("boolean")
            ),
        ).drop("contracted_from", "contracted_to", "known_provider", "region_code")

    def _with_overlap(self, t: ir.Table) -> ir.Table:
        pairs = self.keep("overlap", lambda: _overlaps(self.claim_once))
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


def _seen_at(t: ir.Table) -> ir.Table:
    """What of a claim is seen differently at different as-of dates."""
    recent_from = t.as_of - ibis.interval(days=RECENT_DAYS)
    dead = (t.death_known_on <= t.as_of) & (t.admitted_on > t.died_on)
    gone = (t.death_known_on <= t.as_of).coalesce(False)
    return t.mutate(
        recent=t.settled_on > recent_from.cast("date"),
        after_death=dead.coalesce(False),
        patient_dead=gone,
    ).drop("reversed_on", "died_on", "death_known_on")


def _with_neighbours(t: ir.Table) -> ir.Table:
    """Days since the patient's previous visit of the kind here, and to the next one."""
    here = ibis.window(
        group_by=["as_of", "patient_id", "provider_id", "inpatient"],
        order_by=["admitted_on", "claim_id"],
    )
    anywhere = ibis.window(
        group_by=["as_of", "patient_id", "inpatient"], order_by=["admitted_on", "claim_id"]
    )
    t = t.mutate(
        previous_out=t.discharged_on.lag().over(here),
        previous_group=t.diagnosis_group.lag().over(here),
        next_in=t.admitted_on.lead().over(here),
        next_group=t.diagnosis_group.lead().over(here),
        before_out=t.discharged_on.lag().over(anywhere),
        before_provider=t.provider_id.lag().over(anywhere),
    )
    return t.mutate(
        gap_days=days_between(t.admitted_on, t.previous_out),
        next_gap_days=days_between(t.next_in, t.discharged_on),
        same_as_previous=t.diagnosis_group == t.previous_group,
        same_as_next=t.diagnosis_group == t.next_group,
        gap_elsewhere_days=(t.before_provider != t.provider_id).ifelse(
            days_between(t.admitted_on, t.before_out), ibis.null("int64")
        ),
    ).drop("previous_out", "previous_group", "next_in", "next_group", "before_out",
           "before_provider")  # fmt: skip


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
