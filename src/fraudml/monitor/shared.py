"""The tables all rules start from: what was known by the as-of date, each computed once and kept.

Narrow columns, reversals netted, money in whole fen, quantities in whole ten-thousandths.
"""

from collections.abc import Callable
from datetime import date
from functools import cached_property

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from fraudml.claims.accepted import Claims, reversed_claims
from fraudml.claims.periods import valid_on
from fraudml.engine import Engine
from fraudml.monitor.knowledge.base import Knowledge

SCALE = 10_000  # quantities are counted in ten-thousandths, as whole numbers
DAY = ("patient_id", "provider_id", "item_code", "served_on")  # one item, person and day
DIAGNOSIS_GROUP = 3  # letters of a diagnosis code that make its group

_LIMITS: dict[str, str] = {
    "price_cap_fen": "int64", "sex_limit": "string", "age_min": "int64", "age_max": "int64",
    "level_min": "int64", "max_daily_quantity": "float64", "minutes": "int64",
    "diagnosis_limit": "array<string>", "bundle_of": "array<string>",
}  # fmt: skip
_ARROW = {
    "int64": pa.int64(), "string": pa.string(), "float64": pa.float64(),
    "array<string>": pa.list_(pa.string()),
}  # fmt: skip


def days_between(later: ir.DateValue, earlier: ir.DateValue) -> ir.IntegerValue:
    """Whole days from the earlier date to the later one."""
    return later.delta(earlier, unit="day").cast("int64")


def years_between(later: ir.DateValue, birth: ir.DateValue) -> ir.IntegerValue:
    """Whole years of age, by the calendar: the birthday counts."""
    before = (later.month() < birth.month()) | (
        (later.month() == birth.month()) & (later.day() < birth.day())
    )
    years = later.year().cast("int64") - birth.year().cast("int64")
    return years - before.ifelse(1, 0)


def prefixed(code: ir.StringValue, prefixes: tuple[str, ...]) -> ir.BooleanValue:
    """Whether a code begins with one of these; false where it is not known."""
    held: ir.BooleanValue = ibis.literal(False)
    for prefix in prefixes:
        held = held | code.startswith(prefix).coalesce(False)
    return held


class Shared:
    """What the rules share, as of one date: later settlements and later knowledge do not exist."""

    def __init__(self, engine: Engine, claims: Claims, knowledge: Knowledge, as_of: date) -> None:
        self.engine = engine
        self.claims = claims
        self.knowledge = knowledge
        self.as_of = as_of
        self._kept: dict[str, ir.Table] = {}

    def keep(self, name: str, make: Callable[[], ir.Table]) -> ir.Table:
        """The table of this name, computed when first asked for and never again."""
        if name not in self._kept:
            self._kept[name] = self.engine.keep(make(), f"monitor-{name}")
        return self._kept[name]

    @property
    def claim(self) -> ir.Table:
        """One row per claim that stands: settled by the as-of date, no reversal, not reversed.

        Beside its provider's level, kind, region and contract, and its patient's sex, birth,
        region and death as far as known by then.
        """
        return self.keep("claim", self._claim)

    @property
    def line(self) -> ir.Table:
        """One row per line of such a claim, beside the item's limits of that day."""
        return self.keep("line", self._line)

    def _claim(self) -> ir.Table:
        table = self.claims.table("claims")
        seen = table.filter(table.settled_on <= self.as_of)
        gone = reversed_claims(seen).rename(gone_id="claim_id")
        own = seen.filter(seen.reverses_claim_id.isnull())
        standing = own.anti_join(gone, own.claim_id == gone.gone_id)
        return self._with_patient(self._with_provider(standing.select(**_header(standing))))

    def _with_provider(self, t: ir.Table) -> ir.Table:
        p = self.claims.table("providers")
        known = p.contracted_from.isnull() | (p.contracted_from <= self.as_of)
        ended = (p.contracted_to <= self.as_of).ifelse(p.contracted_to, ibis.null("date"))
        provider = p.select(
            known_provider=p.provider_id, level=p.level, provider_kind=p.kind,
            provider_region=p.region_code,
            contracted_from=(p.contracted_from <= self.as_of).ifelse(
                p.contracted_from, ibis.null("date")
            ),
            contracted_to=known.ifelse(ended, ibis.null("date")),
        )  # fmt: skip
        return t.left_join(provider, t.provider_id == provider.known_provider).drop(
            "known_provider"
        )

    def _with_patient(self, t: ir.Table) -> ir.Table:
        p = self.claims.table("patients")
        death_known_on = p.known_on.coalesce(p.died_on)
        patient = p.select(
            person=p.patient_id, birth_date=p.birth_date, sex=p.sex, patient_region=p.region_code,
            died_on=(death_known_on <= self.as_of).ifelse(p.died_on, ibis.null("date")),
            death_known_on=death_known_on,
        )  # fmt: skip
        return t.left_join(patient, t.patient_id == patient.person).drop("person")

    def _line(self) -> ir.Table:
        h = self.claim
        header = h.select(
            "patient_id", "provider_id", "inpatient", "stay_days", "settled_on", "level",
            "provider_kind", "sex", "birth_date", "diagnoses", header_id=h.claim_id,
            emergency=h.visit_kind == "emergency", header_practitioner=h.practitioner_id,
            claim_fund=h.fund_amount_fen, claim_total=h.total_amount_fen,
        )  # fmt: skip
        lines = self.claims.table("claim_lines")
        joined = lines.inner_join(header, lines.claim_id == header.header_id)
        j = self._with_item(joined.select(**_line(joined)))
        return _judged(j).drop(
            "sex", "sex_limit", "birth_date", "diagnoses", "diagnosis_limit", "bundle_of", "minutes"
        )

    @property
    def repeated_line(self) -> ir.Table:
        """The lines of an item billed several times a day for a person, or beyond its maximum.

        Few: what asks for a day's lines starts from them. The day is that of one provider.
        """
        return self.keep("repeated_line", self._repeated_line)

    def _repeated_line(self) -> ir.Table:
        t = self.line
        days = t.group_by(**{f"day_{name}": t[name] for name in DAY}).agg(
            lines_n=t.count(),
            beyond=(t.quantity_e4 > t.max_daily_quantity * SCALE).coalesce(False).any(),
        )
        several = days.filter((days.lines_n > 1) | days.beyond)
        return t.semi_join(several, [t[name] == several[f"day_{name}"] for name in DAY])

    def _with_item(self, lines: ir.Table) -> ir.Table:
        """Beside the item as it was valid that day; where the catalogue is silent, our limits."""
        dated = lines.mutate(on=ibis.least(lines.served_on, lines.settled_on))
        if self.claims.has("items"):
            dated = _beside(dated, _in_periods(self.claims.table("items")), "catalogue")
        else:
            dated = dated.mutate(
                item_kind=ibis.null("string"), item_known=ibis.null("boolean"),
                **{name: ibis.null(kind) for name, kind in _LIMITS.items()},
            )  # fmt: skip
        if self.knowledge.item_limits:
            dated = _beside(dated, self._own_limits, "knowledge")
        return dated.drop("on")

    @cached_property
    def _own_limits(self) -> ir.Table:
        rows = self.knowledge.item_limits
        columns = {
            "item_code": pa.array([r["item_code"] for r in rows], pa.string()),
            "valid_from": pa.array([r["valid_from"] or date(1, 1, 1) for r in rows], pa.date32()),
            "valid_to": pa.array([r["valid_to"] for r in rows], pa.date32()),
            **{n: pa.array([r[n] for r in rows], _ARROW[kind]) for n, kind in _LIMITS.items()},
        }
        return _in_periods(self.engine.table(pa.table(columns), "monitor-own-limits"))

    @property
    def bundle(self) -> ir.Table:
        """One row per item, day of validity and item already contained in it."""
        return self.keep("bundle", self._bundle)

    def _bundle(self) -> ir.Table:
        found = [self._own_limits] if self.knowledge.item_limits else []
        if self.claims.has("items"):
            found.append(_in_periods(self.claims.table("items")))
        parts = [
            t.filter(t.bundle_of.length() > 0).select(
                "valid_from", "valid_before", whole_item=t.code, part_item=t.bundle_of.unnest()
            )
            for t in found
        ]
        return ibis.union(*parts, distinct=True) if len(parts) > 1 else parts[0].distinct()


def _header(t: ir.Table) -> dict[str, ir.Value]:
    kept = (
        "claim_id", "patient_id", "provider_id", "practitioner_id", "visit_kind", "admitted_on",
        "discharged_on", "settled_on", "diagnosis_code", "department_code", "disposition",
        "total_amount_fen", "fund_amount_fen", "started_at", "referral_filed",
    )  # fmt: skip
    others = t.secondary_diagnoses.join("|").coalesce("")
    return {name: t[name] for name in kept} | {
        "inpatient": t.visit_kind == "inpatient",
        "diagnosis_group": t.diagnosis_code.left(DIAGNOSIS_GROUP),
        "diagnoses": ibis.literal("|") + t.diagnosis_code.coalesce("")
        + (others != "").ifelse(ibis.literal("|") + others, ""),
        "stay_days": days_between(t.discharged_on, t.admitted_on),
        "visited_on": ibis.least(t.admitted_on, t.settled_on),
    }  # fmt: skip


def _line(t: ir.Table) -> dict[str, ir.Value]:
    kept = (
        "claim_id", "line_no", "patient_id", "provider_id", "item_code", "served_at",
        "unit_price_fen", "amount_fen", "days_supply", "trace_code", "inpatient",
        "emergency", "stay_days", "settled_on", "level", "provider_kind", "sex", "birth_date",
        "diagnoses",
    )  # fmt: skip
    of_claim = t.claim_fund.cast("float64") / t.claim_total.cast("float64").nullif(0.0)
    header = t.inpatient.ifelse(ibis.null("string"), t.header_practitioner)
    return {name: t[name] for name in kept} | {
        "served_on": t.served_at.date(),
        "outside_scope": (t.scope == "C").coalesce(False),
        "quantity_e4": (t.quantity * SCALE).round().cast("int64"),
        "practitioner_id": t.practitioner_id.coalesce(header),
        "charged_fund_fen": t.fund_amount_fen,
        "fund_fen": t.fund_amount_fen.coalesce((t.amount_fen * of_claim).round().cast("int64")),
    }


def _judged(t: ir.Table) -> ir.Table:
    """Lines held against the limits of their item; what no limit asks for is not computed."""
    wanted = t.diagnosis_limit.filter(lambda code: t.diagnoses.contains(ibis.literal("|") + code))
    limited = (t.diagnosis_limit.length() > 0).coalesce(False) & (t.diagnoses != "|")
    aged = t.age_min.notnull() | t.age_max.notnull()
    return t.mutate(
        other_diagnosis=limited.ifelse(wanted.length() == 0, False),
        other_sex=(t.sex_limit != t.sex).coalesce(False),
        age=aged.ifelse(years_between(t.served_on, t.birth_date), ibis.null("int64")),
        minutes_total=(t.minutes * t.quantity_e4 / SCALE).round().cast("int64"),
    )


def _in_periods(items: ir.Table) -> ir.Table:
    periods = valid_on(items, "item_code")
    extra = {"item_kind": periods.kind} if "kind" in items.columns else {}
    return periods.select("valid_from", "valid_before", *_LIMITS, code=periods.item_code, **extra)


def _beside(lines: ir.Table, periods: ir.Table, whose: str) -> ir.Table:
    """Lines with the limits of the period they fall into; limits there already come first."""
    mine = periods.rename({f"{whose}_{name}": name for name in periods.columns})
    j = lines.left_join(
        mine,
        [
            lines.item_code == mine[f"{whose}_code"],
            lines.on >= mine[f"{whose}_valid_from"],
            lines.on < mine[f"{whose}_valid_before"],
        ],
    )
    first = whose == "catalogue"
    limits = {
        name: j[f"{whose}_{name}"] if first else j[name].coalesce(j[f"{whose}_{name}"])
        for name in _LIMITS
    }
    if first:
        limits |= {"item_kind": j.catalogue_item_kind, "item_known": j.catalogue_code.notnull()}
    return j.mutate(**limits).drop(*mine.columns)
