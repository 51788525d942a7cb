"""The base tables of the catalogue: one row per entity, as-of date and what the family counts.

A family is a group-by of kept facts, so that a distinct count is a count of its rows. Each says
which contract tables it cannot do without and by which columns its rows lead back to claims or
lines.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import ibis
import ibis.expr.types as ir

from fraudml.claims.calendar import days_between
from fraudml.entities import GRAINS
from fraudml.features import communities, cover, goods, surroundings
from fraudml.features import line_families as lf
from fraudml.features.bases import Bases
from fraudml.features.covisits import accompanied
from fraudml.features.days import provider_day, provider_week, served_day
from fraudml.features.hits_beside import hits_beside
from fraudml.features.insured import enrolled
from fraudml.features.line_families import expected_for
from fraudml.features.numbers import NUMBERS, grouped
from fraudml.features.standardised import same_group, same_illness
from fraudml.features.stays import stays
from fraudml.features.tempo import by_hour, by_weekday
from fraudml.features.ties import tied_by

Source = Literal["claim", "line"]


@dataclass(frozen=True)
class Family:
    """One base table: how it is made, what it needs, and how its rows lead back to evidence."""

    name: str
    make: Callable[[Bases], ir.Table]  # columns as_of, the grain's key, and what is aggregated
    tables: tuple[str, ...] = ()  # contract tables without which it does not exist
    source: Source | None = None  # where its evidence is; None: no single rows
    back: tuple[str, ...] = ()  # columns that lead back; empty: its rows are the source's rows


def by_claim(b: Bases) -> ir.Table:
    """The live claims themselves."""
    return b.claim


def _counted(b: Bases, *keys: str) -> ir.Table:
    t = b.claim
    present = t.filter(*[t[NUMBERS.get(key, key)].notnull() for key in keys])
    return grouped(
        present, *keys,
        claims_n=present.count(),
        stays_n=present.inpatient.cast("int64").sum(),
        fund_fen=present.fund_amount_fen.sum(),
        account_fen=present.account_amount_fen.sum().coalesce(0),
        recent_n=present.recent.cast("int64").sum(),
    )  # fmt: skip


def counted(*keys: str) -> Callable[[Bases], ir.Table]:
    """Claims, stays and fund money for each combination of keys, unknown keys left out."""
    return lambda b: b.keep("by_" + "_".join(keys), lambda: _counted(b, *keys))


def patient_year(b: Bases) -> ir.Table:
    """What is known of each patient over the window, at all providers together."""
    return b.keep("patient_year", lambda: _patient_year(b))


def _patient_year(b: Bases) -> ir.Table:
    places = counted("patient_id", "provider_id")(b)
    found = grouped(
        places, "patient_id",
        all_claims_n=places.claims_n.sum(), all_stays_n=places.stays_n.sum(),
        all_fund_fen=places.fund_fen.sum(), providers_n=places.count(),
    )  # fmt: skip
    kinds = counted("patient_id", "diagnosis_group")(b)
    ill = kinds.group_by("patient_no").agg(diagnosis_groups_n=kinds.count())
    found = found.left_join(ill, "patient_no").drop("patient_no_right")
    if not b.claims.has("claim_lines"):
        return found.mutate(oversupply_days=ibis.null("int64"))
    supply = lf.patient_item(b)
    over = supply.group_by("as_of", "patient_id").agg(oversupply_days=supply.oversupply_days.sum())
    over = b.numbers.beside(over, "patient_id").select("patient_no", "oversupply_days")
    return found.left_join(over, "patient_no").drop("patient_no_right")


def provider_patient(b: Bases) -> ir.Table:
    """One row per provider and patient, beside what the patient did everywhere."""
    here = counted("patient_id", "provider_id")(b)
    return here.inner_join(patient_year(b), "patient_no").mutate(
        elsewhere_n=lambda t: t.all_claims_n - t.claims_n,
        oversupplied=lambda t: t.oversupply_days >= lf.OVERSUPPLY_DAYS,
    )


def provider_practitioner(b: Bases) -> ir.Table:
    """One row per provider and practitioner, beside the practitioner's claims everywhere."""
    here = counted("provider_id", "practitioner_id")(b)
    everywhere = here.group_by("practitioner_no").agg(
        all_claims_n=here.claims_n.sum(), providers_n=here.count()
    )
    return here.inner_join(everywhere, "practitioner_no")


def practitioner_patient(b: Bases) -> ir.Table:
    """One row per practitioner and patient, beside what the patient did everywhere."""
    here = counted("practitioner_id", "patient_id")(b)
    return here.inner_join(patient_year(b), "patient_no")


def case_mix(key: str) -> Callable[[Bases], ir.Table]:
    """One row per entity, setting and diagnosis group, beside what all others lead to expect."""
    return lambda b: b.keep(f"case_mix_{key}", lambda: _case_mix(b, key))


_OBSERVED = {
    "fund": "fund_amount_fen", "total": "total_amount_fen", "stay": "stay_days",
    "weight": "weight_e4", "drug": "drug_fen", "exam": "exam_fen", "line": "lines_n",
}  # fmt: skip


def _case_mix(b: Bases, key: str) -> ir.Table:
    t = b.claim
    t = t.filter(t[key].notnull())
    groups = ["as_of", key, "inpatient", "diagnosis_group"]
    sums = {f"{name}_sum": t[column].sum() for name, column in _OBSERVED.items()}
    counts = {f"{name}_n": t[column].count() for name, column in _OBSERVED.items()}
    own = t.group_by(groups).agg(claims_n=t.count(), **sums, **counts)
    return own.mutate(
        **{
            f"{name}_expected": expected_for(
                own, name, within=("as_of", "inpatient", "diagnosis_group")
            )
            for name in _OBSERVED
        }
    )


def heavy_groups(key: str) -> Callable[[Bases], ir.Table]:
    """Grouped stays beside the heaviest group of the same DRG family that anyone uses."""
    return lambda b: b.keep(f"heavy_{key}", lambda: _heavy_groups(b, key))


def _heavy_groups(b: Bases, key: str) -> ir.Table:
    t = b.claim
    t = t.filter(t.drg_code.notnull(), t.weight_e4.notnull())
    used = t.group_by("as_of", "drg_family", "drg_code").agg(group_weight_e4=t.weight_e4.max())
    family = used.group_by("as_of", "drg_family").agg(
        groups_n=used.count(), heaviest_e4=used.group_weight_e4.max()
    )
    heavy = used.inner_join(family, ["as_of", "drg_family"]).filter(lambda j: j.groups_n > 1)
    named = t.filter(t[key].notnull())
    own = named.group_by("as_of", key, "drg_code", "weight_e4").agg(claims_n=named.count())
    joined = own.inner_join(heavy, ["as_of", "drg_code"])
    # A group's weight may change within the window: its heaviest weight stands for the group.
    return joined.mutate(heaviest=joined.group_weight_e4 == joined.heaviest_e4)


PROFILE = ("inpatient", "diagnosis_code", "total_amount_fen", "stay_days", "lines_n",
           "first_item", "last_item")  # fmt: skip


def profile(key: str) -> Callable[[Bases], ir.Table]:
    """Claims of one entity alike in diagnosis, amount, length and lines, and for how many."""
    return lambda b: b.keep(f"profile_{key}", lambda: _profile(b, key))


def _profile(b: Bases, key: str) -> ir.Table:
    t = b.claim
    t = t.filter(t[key].notnull(), t.diagnosis_code.notnull(), t.visit_kind != "pharmacy")
    one = t.group_by("as_of", key, *PROFILE, "patient_id").agg(n=t.count())
    return one.group_by("as_of", key, *PROFILE).agg(claims_n=one.n.sum(), patients_n=one.count())


def procedures(b: Bases) -> ir.Table:
    """One row per provider and procedure code billed."""
    t = b.claim
    each = t.select("as_of", "provider_id", procedure=t.procedure_codes.unnest())
    return each.group_by("as_of", "provider_id", "procedure").agg(claims_n=each.count())


def reversals(b: Bases) -> ir.Table:
    """Reversals settled in the window, each known from its own settlement."""
    t = b.claims.table("claims")
    rows = t.filter(t.reverses_claim_id.notnull())
    d = b.dates
    seen = rows.inner_join(d, [rows.settled_on <= d.as_of, rows.settled_on > d.since])
    return seen.select("as_of", "provider_id", "claim_id", "fund_amount_fen")


def tips(grain: str) -> Callable[[Bases], ir.Table]:
    """Allegations about one kind of entity received in the window."""

    def make(b: Bases) -> ir.Table:
        t = b.claims.table("tips")
        rows = t.filter(t.target_grain == grain)
        d = b.dates
        seen = rows.inner_join(d, [rows.received_on <= d.as_of, rows.received_on > d.since])
        return seen.select("as_of", "tip_id", **{f"{grain}_id": seen.target_id})

    return make


def registrations(b: Bases) -> ir.Table:
    """One row per provider and practitioner registered there, beside all his or her places."""
    t = b.claims.table("practitioners")
    d = b.dates
    ended = t.registered_to < d.as_of  # it holds on its last day
    known = t.inner_join(d, [t.registered_from <= d.as_of, ~ended.coalesce(False)])
    places = known.select("as_of", "provider_id", "practitioner_id").distinct()
    everywhere = ibis.window(group_by=["as_of", "practitioner_id"])
    return places.mutate(providers_n=places.count().over(everywhere))


def visit_times(key: str) -> Callable[[Bases], ir.Table]:
    """One row per entity and exact starting time of visits, to the second."""

    def make(b: Bases) -> ir.Table:
        t = b.claim
        t = t.filter(t[key].notnull(), t.started_at.notnull())
        return t.group_by("as_of", key, "started_at").agg(claims_n=t.count())

    return make


def amounts(key: str) -> Callable[[Bases], ir.Table]:
    """Claims by exact amount, and whether that amount is ``repeated`` here.

    Three claims of it at least, and three times as often as elsewhere: in a thousand claims the
    usual amounts come back by themselves, and a set price does at everybody.
    """

    def make(b: Bases) -> ir.Table:
        here = b.numbers.named(counted(key, "total_amount_fen")(b), "as_of")
        every = here.group_by("as_of", "total_amount_fen").agg(of_amount=here.claims_n.sum())
        own = grouped(here, key, as_of=here.as_of.max(), own_n=here.claims_n.sum())
        whole = own.group_by("as_of").agg(whole_n=own.own_n.sum())
        t = here.inner_join(every, ["as_of", "total_amount_fen"])
        t = t.inner_join(own.drop("as_of"), NUMBERS[key]).inner_join(whole, "as_of")
        t = t.select(*here.columns, "of_amount", "own_n", "whole_n")
        often = t.claims_n * (t.whole_n - t.own_n) >= 3 * (t.of_amount - t.claims_n) * t.own_n
        return t.mutate(repeated=(t.claims_n >= 3) & often)

    return make


def first_and_last(b: Bases) -> ir.Table:
    """One row per provider and patient with the first and the last visit of the window."""
    t = b.claim
    found = t.group_by("as_of", "provider_id", "patient_id").agg(
        first_in=t.admitted_on.min(), last_in=t.admitted_on.max(), claims_n=t.count()
    )
    return found.mutate(span_days=days_between(found.last_in, found.first_in))


_ROWS = Family("claim", by_claim, source="claim")
_LINES = ("claim_lines",)


def _pair(name: str, *keys: str) -> Family:
    return Family(name, counted(*keys), source="claim", back=("as_of", *keys))


ALL: tuple[Family, ...] = (
    _ROWS,
    Family("stay", stays, source="claim", back=("as_of", "claim_id")),
    _pair("provider_visitor", "patient_id", "provider_id"),
    Family("provider_patient", provider_patient, source="claim",
           back=("as_of", "provider_id", "patient_id")),
    Family("provider_practitioner", provider_practitioner, source="claim",
           back=("as_of", "provider_id", "practitioner_id")),
    Family("practitioner_patient", practitioner_patient, source="claim",
           back=("as_of", "practitioner_id", "patient_id")),
    _pair("provider_diagnosis", "provider_id", "diagnosis_code"),
    _pair("provider_drg", "provider_id", "drg_code"),
    Family("provider_amount", amounts("provider_id"), source="claim",
           back=("as_of", "provider_id", "total_amount_fen")),
    _pair("provider_region", "provider_id", "patient_region"),
    _pair("provider_terminal", "provider_id", "terminal_id"),
    _pair("provider_upload", "provider_id", "uploaded_on"),
    _pair("provider_patient_diagnosis", "provider_id", "patient_id", "diagnosis_group"),
    _pair("practitioner_diagnosis", "practitioner_id", "diagnosis_code"),
    _pair("practitioner_provider", "practitioner_id", "provider_id"),
    Family("practitioner_amount", amounts("practitioner_id"), source="claim",
           back=("as_of", "practitioner_id", "total_amount_fen")),
    _pair("patient_provider", "patient_id", "provider_id"),
    _pair("patient_practitioner", "patient_id", "practitioner_id"),
    _pair("patient_diagnosis", "patient_id", "diagnosis_group"),
    Family("provider_span", first_and_last),
    Family("provider_mix", case_mix("provider_id")),
    Family("practitioner_mix", case_mix("practitioner_id")),
    Family("patient_mix", case_mix("patient_id")),
    Family("provider_heavy", heavy_groups("provider_id"), source="claim",
           back=("as_of", "provider_id", "drg_code", "weight_e4")),
    Family("practitioner_heavy", heavy_groups("practitioner_id"), source="claim",
           back=("as_of", "practitioner_id", "drg_code", "weight_e4")),
    Family("provider_profile", profile("provider_id"), source="claim",
           back=("as_of", "provider_id", *PROFILE)),
    Family("practitioner_profile", profile("practitioner_id"), source="claim",
           back=("as_of", "practitioner_id", *PROFILE)),
    Family("provider_day", provider_day, source="claim",
           back=("as_of", "provider_id", "admitted_on")),
    Family("practitioner_day", served_day("practitioner_id"), source="claim",
           back=("as_of", "practitioner_id", "admitted_on")),
    Family("patient_day", served_day("patient_id"), source="claim",
           back=("as_of", "patient_id", "admitted_on")),
    Family("provider_week", provider_week),
    Family("accompanied", accompanied, source="claim",
           back=("as_of", "provider_id", "admitted_on", "patient_id")),
    Family("company_visit", communities.company_visits, source="claim",
           back=("as_of", "provider_id", "admitted_on", "patient_id")),
    Family("supply_overlap", cover.supply_overlap, _LINES, source="line",
           back=("as_of", "provider_id", "patient_id", "item_code")),
    Family("stock_item", cover.stock_items, ("stock_moves",)),
    Family("provider_procedure", procedures),
    Family("provider_time", visit_times("provider_id"), source="claim",
           back=("as_of", "provider_id", "started_at")),
    Family("practitioner_time", visit_times("practitioner_id"), source="claim",
           back=("as_of", "practitioner_id", "started_at")),
    Family("provider_reversal", reversals),
    Family("provider_registration", registrations, ("practitioners",)),
    Family("provider_tip", tips("provider"), ("tips",)),
    Family("practitioner_tip", tips("practitioner"), ("tips",)),
    Family("patient_tip", tips("patient"), ("tips",)),
    Family("over_cap_line", lf.over_cap_line, _LINES, source="line",
           back=("as_of", "claim_id", "line_no")),
    Family("outside_stay_line", lf.outside_stay_line, _LINES, source="line",
           back=("as_of", "claim_id", "line_no")),
    Family("duplicate", lf.duplicate, _LINES, source="line",
           back=("as_of", "provider_id", "patient_id", "item_code", "served_on",
                 "practitioner_id")),
    Family("provider_item", lf.provider_item, _LINES, source="line",
           back=("as_of", "provider_id", "item_code")),
    Family("provider_stock", lf.provider_stock, (*_LINES, "stock_moves"), source="line",
           back=("as_of", "provider_id", "item_code")),
    Family("provider_work", lf.provider_work, _LINES, source="line",
           back=("as_of", "provider_id", "practitioner_id", "served_on")),
    Family("practitioner_work", lf.practitioner_work, _LINES, source="line",
           back=("as_of", "practitioner_id", "served_on")),
    Family("patient_item", lf.patient_item, _LINES, source="line",
           back=("as_of", "patient_id", "item_code")),
    *(Family(f"{grain}_rule_hits", hits_beside(grain, counted(f"{grain}_id")), ("rule_counts",))
      for grain in GRAINS),
    *[Family(f"{grain}_{name}", make(f"{grain}_id"))
      for grain in ("provider", "practitioner")
      for name, make in (("same_illness", same_illness), ("same_group", same_group),
                         ("weekday", by_weekday), ("hour", by_hour))],
    Family("patient_weekday", by_weekday("patient_id")),
    Family("patient_hour", by_hour("patient_id")),
    Family("enrolled", enrolled, ("enrolments",)),
    Family("provider_employer", surroundings.by_employer),
    Family("provider_department", surroundings.by_department),
    Family("away_claim", surroundings.away_claims, source="claim", back=("as_of", "claim_id")),
    Family("operator_patient", surroundings.operator_patients, source="claim",
           back=("as_of", "provider_id", "patient_id")),
    Family("patient_tie", tied_by("patient_id")),
    Family("practitioner_tie", tied_by("practitioner_id")),
    Family("claim_scope", goods.claim_scope, _LINES, source="claim", back=("as_of", "claim_id")),
    Family("trace_code", goods.trace_codes, _LINES),
    Family("local_code", goods.local_codes, _LINES),
    Family("leave", goods.stays_with_leave, ("leave_passes",), source="claim",
           back=("as_of", "claim_id")),
)  # fmt: skip

FAMILIES: dict[str, Family] = {family.name: family for family in ALL}
