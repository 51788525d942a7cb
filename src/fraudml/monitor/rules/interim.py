"""Stays that only go on: long ones are settled in between, and nobody came or left."""

import ibis
import ibis.expr.types as ir

from fraudml.claims.calendar import days_between
from fraudml.monitor.entry import Said
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.shared import Shared

GOES_ON: Said = ("a stay that only goes on: settled in between, nobody came",
                 "连续住院的中途结算（并无新入院）")  # fmt: skip
_HOUSE_DAY = ("provider_no", "out_before")


def carried_on(at: Shared) -> ir.Table:
    """Stays whose person had left a bed of the provider that day or the day before.

    An admission brings somebody in; this one does not. Whether a stay was cut to be paid twice is
    asked by the rules of T06.

    returns  claim_no, patient_no, provider_no, admitted_on, out_before, lay_before (days of the
             part before)
    """
    return at.keep("stays_carried_on", lambda: _carried_on(at))


def _carried_on(at: Shared) -> ir.Table:
    t = at.stay.select("claim_no", "patient_no", "provider_no", "admitted_on", "discharged_on")
    here = ibis.window(group_by=["patient_no", "provider_no"], order_by=["admitted_on", "claim_no"])
    lay = days_between(t.discharged_on, t.admitted_on)
    t = t.mutate(out_before=t.discharged_on.lag().over(here), lay_before=lay.lag().over(here))
    gap = days_between(t.admitted_on, t.out_before)
    return t.filter(gap >= 0, gap <= 1).drop("discharged_on")


def settled_between(at: Shared, values: Values) -> ir.Table:
    """Such stays whose part before was long, or settled with most others at the end of a month.

    A stay is cut to be paid twice before it is long: groups are paid for stays of weeks, and long
    ones by the day, which a cut does not change.

    values  of R06.split_stay
    """
    t = carried_on(at)
    long = t.filter(t.lay_before.cast("float64") >= values.number("long_days", t, "admitted_on"))
    return long.select("claim_no").union(_with_others(at, t, values).select("claim_no")).distinct()


def _with_others(at: Shared, t: ir.Table, values: Values) -> ir.Table:
    """Parts that begin as the house settled most of those who lay there at the end of a month."""
    last_day = (t.out_before + ibis.interval(days=1)).cast("date").day() == 1
    t = t.filter(last_day | (t.admitted_on.day() == 1))
    n = t.group_by(*_HOUSE_DAY).agg(on_n=t.patient_no.nunique(), since=t.admitted_on.max())
    n = n.inner_join(at.provider.select("provider_no", "level", "provider_kind"), "provider_no")
    n = n.filter(n.on_n.cast("float64") >= values.number("settled_together", n, "since"))
    s = at.stay.select("patient_no", "admitted_on", "discharged_on", house_no="provider_no")
    there = n.inner_join(
        s,
        [
            n.provider_no == s.house_no,
            s.admitted_on <= n.out_before,
            s.discharged_on >= n.out_before,
        ],
    )
    all_n = there.group_by(*_HOUSE_DAY).agg(on_n=there.on_n.max(), lay_n=there.patient_no.nunique())
    return t.semi_join(all_n.filter(all_n.on_n * 2 > all_n.lay_n), list(_HOUSE_DAY))
