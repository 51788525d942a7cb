"""Branches of one house: a patient who is moved between them is no second admission."""

import ibis.expr.types as ir

from fraudml.claims.calendar import days_between
from fraudml.leads.legitimate.entry import Asked, Circumstance, Row, counted
from fraudml.leads.words import Words, percent

# Moves between branches are a practice where there are ten in the year, one stay in ten.
_LEAST, _SHARE = 10, 0.1


def _moved(asked: Asked) -> ir.Table:
    """Stays of the year, and of them those that a recorded transfer joins to one at a branch."""
    p = asked.claims.table("providers")
    p = p.filter(p.operator_id.notnull()).select("provider_id", "operator_id")
    stays = asked.visits.filter(asked.visits.visit_kind == "inpatient")
    stays = stays.select("claim_id", "provider_id", "patient_id", "admitted_on", "discharged_on",
                         "disposition")  # fmt: skip
    t = stays.inner_join(p, "provider_id")
    first = t.filter(t.disposition == "transferred").select(
        from_claim="claim_id", who="patient_id", house="operator_id", left_at="provider_id",
        out_on="discharged_on",
    )  # fmt: skip
    then = t.view()
    gap = days_between(then.admitted_on, first.out_on)
    pairs = first.inner_join(
        then, [first.who == then.patient_id, first.house == then.operator_id]
    ).filter(first.left_at != then.provider_id, gap >= 0, gap <= 1)
    moved = pairs.select(moved_claim="from_claim").union(
        pairs.select(moved_claim="claim_id"), distinct=True
    )
    own = stays.filter(stays.admitted_on > asked.since, stays.admitted_on <= asked.as_of)
    j = own.left_join(moved, own.claim_id == moved.moved_claim)
    each = j.group_by("provider_id").agg(
        stays_n=j.count(), moved_n=j.moved_claim.notnull().cast("int64").sum()
    )
    return asked.of_listed(each).drop("provider_id")


def _said(row: Row) -> Words:
    share = percent(row["moved_n"] / row["stays_n"])
    return Words(
        f"与同一举办主体的其他院区之间有转院记录的住院 {row['moved_n']:,} 次，占住院 {share.zh}",
        f"{counted(row['moved_n'], 'stay')} ({share.en} of all) joined to one at another branch of "
        "the operator by a recorded transfer",
    )


BRANCH_TRANSFER = Circumstance(
    key="branch_transfer",
    grains=("provider",),
    needs=("providers.operator_id", "claims.disposition"),
    find=_moved,
    holds=lambda row: row["moved_n"] >= max(_LEAST, _SHARE * row["stays_n"]),
    said=_said,
    brings=("taken_over", "transfer", "stays_back_in", "visits_again", "half_usual_stays",
            "stay_to_usual", "one_day_stays", "stays_per_patient_everywhere", "shared_patients",
            "places_per_patient", "shared_practitioners", "registered_elsewhere",
            "claims_elsewhere", "elsewhere_during_stay", "visits_during_stay_elsewhere",
            "closest_provider", "tied_providers", "community"),
)  # fmt: skip
