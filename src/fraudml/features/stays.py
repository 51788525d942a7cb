"""Stays beside the same patient's stays before and after, here and elsewhere."""

import ibis
import ibis.expr.types as ir

from fraudml.claims.calendar import days_between
from fraudml.features.bases import Bases


def stays(b: Bases) -> ir.Table:
    """One row per live inpatient claim: days since the patient's last stay, and to the next.

    gap_days, next_gap_days, same_as_previous and same_as_next look at the stays at this provider;
    gap_elsewhere_days at the last stay anywhere, null where that was here too. Null at the ends.
    """
    return b.keep("stays", lambda: _with_gaps(_inpatient(b)))


def _inpatient(b: Bases) -> ir.Table:
    t = b.claim
    return t.filter(t.inpatient).select(
        "as_of", "claim_id", "patient_no", "provider_no", "practitioner_no", "inpatient",
        "admitted_on", "discharged_on", "diagnosis_group",
    )  # fmt: skip


def _with_gaps(t: ir.Table) -> ir.Table:
    order = ["admitted_on", "claim_id"]
    here = ibis.window(group_by=["patient_no", "provider_no"], order_by=order)
    anywhere = ibis.window(group_by="patient_no", order_by=order)
    t = t.mutate(
        previous_out=t.discharged_on.lag().over(here),
        previous_group=t.diagnosis_group.lag().over(here),
        next_in=t.admitted_on.lead().over(here),
        next_group=t.diagnosis_group.lead().over(here),
        before_out=t.discharged_on.lag().over(anywhere),
        before_provider=t.provider_no.lag().over(anywhere),
    )
    return t.mutate(
        gap_days=days_between(t.admitted_on, t.previous_out),
        next_gap_days=days_between(t.next_in, t.discharged_on),
        same_as_previous=t.diagnosis_group == t.previous_group,
        same_as_next=t.diagnosis_group == t.next_group,
        gap_elsewhere_days=(t.before_provider != t.provider_no).ifelse(
            days_between(t.admitted_on, t.before_out), ibis.null("int64")
        ),
    ).drop("previous_out", "previous_group", "next_in", "next_group", "before_out",
           "before_provider", "admitted_on", "discharged_on", "diagnosis_group")  # fmt: skip
