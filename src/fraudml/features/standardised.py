"""Cost and outcome side by side, each against what others have with patients of the same kind.

A provider may save money by sending people home too early, and look good on cost alone; or have
many deaths because it takes in the dying. Length, money and weight are therefore read beside
deaths, departures, transfers and returns, and all of them against what everybody else has in the
same diagnosis group (or DRG), setting and age band: the mean of all others, oneself left out.
Visits near the as-of date have had less time to be followed by another; that is so for everybody.
"""

from collections.abc import Callable

import ibis
import ibis.expr.types as ir

from fraudml.claims.calendar import days_between
from fraudml.entities import GrainName
from fraudml.features.bases import Bases
from fraudml.features.entry import (
    CONTEXT,
    SPLIT,
    UPCODING,
    Aggregate,
    Feature,
    Law,
    Writer,
    count_if,
    observed_to_expected,
    ratio,
    sum_if,
)
from fraudml.features.facts import SCALE
from fraudml.features.line_families import expected_for

_ALIKE = ("inpatient", "diagnosis_group", "age_band")
_SAME_GROUP = ("drg_code", "age_band")


def same_illness(key: str) -> Callable[[Bases], ir.Table]:
    """One row per entity, setting, diagnosis group and age band, beside what others have there."""
    return lambda b: b.keep(f"same_illness_{key}", lambda: _beside_others(_seen(b), key, _ALIKE))


def same_group(key: str) -> Callable[[Bases], ir.Table]:
    """One row per entity, DRG and age band, beside what others have there."""

    def make(b: Bases) -> ir.Table:
        t = _seen(b)
        return _beside_others(t.filter(t.drg_code.notnull()), key, _SAME_GROUP)

    return lambda b: b.keep(f"same_group_{key}", lambda: make(b))


def _seen(b: Bases) -> ir.Table:
    """One row per live claim but pharmacy sales: what it took, how it ended and what came next."""
    return b.keep("seen_claims", lambda: _with_next(b.claim))


def _with_next(t: ir.Table) -> ir.Table:
    t = t.filter(t.visit_kind != "pharmacy")
    visits = ibis.window(
        group_by=["as_of", "patient_id", "inpatient"], order_by=["admitted_on", "claim_id"]
    )
    t = t.mutate(
        next_days=days_between(t.admitted_on.lead().over(visits), t.discharged_on),
        next_elsewhere=t.provider_id.lead().over(visits) != t.provider_id,
    )
    # who is handed over is in one episode of care: only its last stay can be come back from
    handed_over = (
        (t.disposition == "transferred") & t.next_elsewhere & t.next_days.between(0, 1)
    ).coalesce(False)
    young, grown, old = t.age_years < 18, t.age_years < 45, t.age_years < 65
    band = ibis.cases((young, 0), (grown, 1), (old, 2), (t.age_years < 80, 3),
                      (t.age_years >= 80, 4))  # fmt: skip
    stay, visit = t.inpatient, ~t.inpatient
    ended = stay & ~handed_over
    return t.select(
        "as_of", "provider_id", "practitioner_id", "inpatient", "diagnosis_group", "drg_code",
        age_band=band.cast("int64"),
        weight=t.weight_e4,
        secondary=t.secondary_n * SCALE,
        stay=_if(stay, t.stay_days * SCALE),
        total=t.total_amount_fen,
        died=_if(stay, _event(t.disposition == "died")),
        left=_if(stay, _event(t.disposition == "against_advice")),
        moved=_if(stay, _event(t.disposition == "transferred")),
        week=_if(ended, _event(t.next_days.between(0, 7).coalesce(False))),
        month=_if(ended, _event(t.next_days.between(0, 30).coalesce(False))),
        soon=_if(visit, _event(t.next_days.between(0, 3).coalesce(False))),
        again=_if(visit, _event(t.next_days.between(0, 7).coalesce(False))),
    )  # fmt: skip


_OBSERVED = ("weight", "secondary", "stay", "total", "died", "left", "moved", "week", "month",
             "soon", "again")  # fmt: skip


def _if(condition: ir.BooleanValue, value: ir.IntegerValue) -> ir.IntegerValue:
    return condition.ifelse(value.cast("int64"), ibis.null("int64"))


def _event(condition: ir.BooleanValue) -> ir.IntegerValue:
    """An event in ten-thousandths, so that an expected fraction of one can be a whole number."""
    return condition.cast("int64") * SCALE


def _beside_others(t: ir.Table, key: str, alike: tuple[str, ...]) -> ir.Table:
    t = t.filter(t[key].notnull())
    sums = {f"{name}_sum": t[name].sum() for name in _OBSERVED}
    counts = {f"{name}_n": t[name].count() for name in _OBSERVED}
    own = t.group_by("as_of", key, *alike).agg(**sums, **counts)
    within = ("as_of", *alike)
    return own.mutate(
        **{f"{name}_expected": expected_for(own, name, within=within) for name in _OBSERVED}
    )


def _amount(name: str) -> Aggregate:
    """Observed over expected, as if five claims more had been as expected."""
    return lambda t: observed_to_expected(
        sum_if(t[f"{name}_sum"], t[f"{name}_expected"].notnull()),
        t[f"{name}_expected"].sum(),
        sum_if(t[f"{name}_n"], t[f"{name}_expected"].notnull()),
    )


def _outcome(name: str) -> Aggregate:
    """Observed over expected events, as if one event more had been seen where one was expected.

    Events are rare: five claims more, as for amounts, would leave 1 of 0.05 expected at ten.
    """

    def value(t: ir.Table) -> ir.Value:
        expected = t[f"{name}_expected"]
        observed = sum_if(t[f"{name}_sum"], expected.notnull())
        known_n = sum_if(t[f"{name}_n"], expected.notnull())
        drawn = ratio(observed + SCALE, expected.sum() + SCALE)
        return (known_n > 0).ifelse(drawn, ibis.null("float64"))

    return value


_ENDING = ("claims.disposition",)
_BOTH: tuple[tuple[str, tuple[str, str], Aggregate, Law, tuple[str, ...]], ...] = (
    ("drg_weight_of_age_to_expected_365d",
     ("DRG weight against what others code for the same diagnoses and ages",
      "权重与同诊断同年龄预期之比"), _amount("weight"), UPCODING, ("claims.drg_weight",)),
    ("secondary_diagnoses_to_expected_365d",
     ("Secondary diagnoses against what others code for the same diagnoses and ages",
      "其他诊断数与同诊断同年龄预期之比"), _amount("secondary"), UPCODING,
     ("claims.secondary_diagnoses",)),
    ("deaths_to_expected_365d", ("Deaths in hospital against those expected of such patients",
     "住院死亡与同类患者预期之比"), _outcome("died"), CONTEXT, _ENDING),
    ("left_against_advice_to_expected_365d",
     ("Stays left against advice against those expected of such patients",
      "非医嘱离院与同类患者预期之比"), _outcome("left"), CONTEXT, _ENDING),
    ("transfers_to_expected_365d", ("Transfers against those expected of such patients",
     "转院与同类患者预期之比"), _outcome("moved"), CONTEXT, _ENDING),
    ("stays_back_in_7_days_to_expected_365d",
     ("Stays, but those handed over, followed by another anywhere within 7 days, against expected",
      "7天内任一机构再住院与同类患者预期之比（不含转院接续）"), _outcome("week"), SPLIT, ()),
    ("stays_back_in_30_days_to_expected_365d",
     ("Stays, but those handed over, followed by another anywhere within 30 days, against expected",
      "30天内任一机构再住院与同类患者预期之比（不含转院接续）"), _outcome("month"), CONTEXT, ()),
)  # fmt: skip
_VISITS: tuple[tuple[str, tuple[str, str], Aggregate], ...] = (
    ("visits_again_in_3_days_to_expected_365d",
     ("Visits followed by another anywhere within 3 days against those expected of such patients",
      "3天内再次门诊与同类患者预期之比"), _outcome("soon")),
    ("visits_again_in_7_days_to_expected_365d",
     ("Visits followed by another anywhere within 7 days against those expected of such patients",
      "7天内再次门诊与同类患者预期之比"), _outcome("again")),
)  # fmt: skip
_GROUPED: tuple[tuple[str, tuple[str, str], Aggregate], ...] = (
    ("stay_days_to_group_expected_365d",
     ("Days of stay against what others need for the same DRG groups and ages",
      "住院日与同病组同年龄预期之比"), _amount("stay")),
    ("billed_fen_to_group_expected_365d",
     ("Billed amount against what others bill for the same DRG groups and ages",
      "费用与同病组同年龄预期之比"), _amount("total")),
)  # fmt: skip


def _of(grain: GrainName) -> tuple[Feature, ...]:
    named = ("claims.practitioner_id",) if grain == "practitioner" else ()
    ill = (*named, "claims.diagnosis_code")
    stay = Writer(grain, f"{grain}_same_illness", ill, per="stays_count_365d")
    visit = Writer(grain, f"{grain}_same_illness", ill, per="claims_count_365d")
    group = Writer(
        grain, f"{grain}_same_group", (*named, "claims.drg_code"), per="stays_count_365d"
    )
    moved = Writer(grain, "claim", (*named, *_ENDING), per="stays_count_365d")
    return (
        *(stay(name, words, value, law, needs=needs) for name, words, value, law, needs in _BOTH),
        *(visit(name, words, value) for name, words, value in _VISITS),
        *(group(name, words, value) for name, words, value in _GROUPED),
        moved("transferred_stays_share_365d", ("Share of stays that end in a transfer",
              "转院占比"),
              lambda t: ratio(count_if(t.inpatient & (t.disposition == "transferred")),
                              count_if(t.inpatient & t.disposition.notnull()))),
    )  # fmt: skip


STANDARDISED: tuple[Feature, ...] = (*_of("provider"), *_of("practitioner"))
