"""The treatment itself: courses that bring people back, a case mix that has become heavier."""

import ibis
import ibis.expr.types as ir

from fraudml.claims.calendar import days_between
from fraudml.leads.legitimate.entry import WINDOW_DAYS, Asked, Circumstance, Row, counted
from fraudml.leads.words import Words, percent

# ICD-10: dialysis, rehabilitation, radio- and chemotherapy, and the renal failure behind dialysis.
_STAGED = r"^(Z49|Z50|Z51|N18)"
_BACK_DAYS, _LEAST_BACK, _MOST = 30, 5, 0.5
# A mix is another one where its diagnoses alone lead to expect a twentieth more weight than the
# year before, beyond what everybody's do, and account for four fifths of its rise.
_HEAVIER, _ACCOUNTED, _LEAST_STAYS = 1.05, 0.8, 20
_OF_ALL = ("now_n", "old_n", "now_usual", "old_usual")
_SCALE = 10_000  # weights in whole ten-thousandths: sums that no order changes


def _back(asked: Asked) -> ir.Table:
    t = asked.of_listed(asked.visits)
    t = t.filter(t.visit_kind != "pharmacy", t.diagnosis_code.notnull())
    t = t.filter(t.diagnosis_system.coalesce("ICD-10") == "ICD-10")
    order = ibis.window(group_by=["id", "patient_id"], order_by=["admitted_on", "claim_id"])
    t = t.mutate(out_before=t.discharged_on.lag().over(order))
    t = t.filter(t.admitted_on > asked.since, t.admitted_on <= asked.as_of)
    gap = days_between(t.admitted_on, t.out_before)
    again = ((gap >= 0) & (gap <= _BACK_DAYS)).coalesce(False)
    staged = again & t.diagnosis_code.re_search(_STAGED)
    t = t.mutate(again=again.cast("int64"), staged=staged.cast("int64"))
    return t.group_by("id").agg(back_n=t.again.sum(), staged_n=t.staged.sum())


def _back_said(row: Row) -> Words:
    share = percent(row["staged_n"] / row["back_n"]) if row["back_n"] else percent(0.0)
    return Words(
        f"{_BACK_DAYS} 天内再次就诊 {row['back_n']:,} 次，"
        f"其中化疗、放疗、透析、康复等占 {share.zh}",
        f"{counted(row['back_n'], 'visit')} within {_BACK_DAYS} days of one before, {share.en} for "
        "chemotherapy, radiotherapy, dialysis or rehabilitation",
    )


def _mix(asked: Asked) -> ir.Table:
    t = asked.visits
    before = (asked.since - ibis.interval(days=WINDOW_DAYS)).cast("date")
    t = t.filter(
        t.visit_kind == "inpatient", t.drg_weight.notnull(), t.diagnosis_code.notnull(),
        t.admitted_on > before, t.admitted_on <= asked.as_of,
    )  # fmt: skip
    t = t.mutate(
        illness=t.diagnosis_code.left(3),
        weight=(t.drg_weight * _SCALE).round().cast("int64"),
        now=(t.admitted_on > asked.since).cast("int64"),
    )
    each = t.group_by("provider_id", "illness").agg(
        n=t.count(), weight=t.weight.sum(), now_n=t.now.sum(), now_weight=(t.weight * t.now).sum()
    )
    same = ibis.window(group_by="illness")
    others_n = each.n.sum().over(same) - each.n
    others = each.weight.sum().over(same) - each.weight
    # whole ten-thousandths per stay: what others code for this illness, 0 where there are none
    each = each.mutate(usual=(others_n > 0).ifelse(others / ibis.greatest(others_n, 1), 0.0))
    each = each.filter(each.usual > 0).mutate(usual=each.usual.round().cast("int64"))
    old_n = each.n - each.now_n
    each = each.mutate(old_n=old_n, now_usual=each.usual * each.now_n, old_usual=each.usual * old_n)
    whole = ibis.window()
    each = each.mutate(**{f"all_{n}": each[n].sum().over(whole) for n in _OF_ALL})
    sums = asked.of_listed(each)
    return sums.group_by("id").agg(
        now_n=sums.now_n.sum(), old_n=sums.old_n.sum(),
        now_weight=sums.now_weight.sum(), old_weight=(sums.weight - sums.now_weight).sum(),
        now_usual=sums.now_usual.sum(), old_usual=sums.old_usual.sum(),
        **{f"all_{n}": sums[f"all_{n}"].max() for n in _OF_ALL},
    )  # fmt: skip


def _means(row: Row) -> tuple[float, float, float, float]:
    """Mean weight now and before, and what the diagnoses alone lead to expect now and before."""
    now, old = max(row["now_n"], 1) * _SCALE, max(row["old_n"], 1) * _SCALE
    return (
        row["now_weight"] / now, row["old_weight"] / old,
        row["now_usual"] / now, row["old_usual"] / old,
    )  # fmt: skip


def _changed(row: Row) -> bool:
    if min(row["now_n"], row["old_n"]) < _LEAST_STAYS:
        return False
    now, old, usual, usual_old = _means(row)
    rise = usual / usual_old
    everybody = (row["all_now_usual"] / row["all_now_n"]) / (
        row["all_old_usual"] / row["all_old_n"]
    )
    return bool(rise >= _HEAVIER * everybody and rise - 1 >= _ACCOUNTED * (now / old - 1))


def _changed_said(row: Row) -> Words:
    if min(row["now_n"], row["old_n"]) < _LEAST_STAYS:
        return Words(
            f"可比住院不足 {_LEAST_STAYS} 次（近一年 {row['now_n']:,}，上一年 {row['old_n']:,}）",
            f"fewer than {_LEAST_STAYS} stays to compare ({row['now_n']:,} in the year, "
            f"{row['old_n']:,} in the one before)",
        )
    now, old, usual, usual_old = _means(row)
    return Words(
        f"仅按诊断推算，平均权重应由 {usual_old:.2f} 变为 {usual:.2f}；"
        f"实际由 {old:.2f} 变为 {now:.2f}",
        f"by its diagnoses alone the mean weight should go from {usual_old:.2f} to {usual:.2f}; it "
        f"went from {old:.2f} to {now:.2f}",
    )


STAGED_TREATMENT = Circumstance(
    key="staged_treatment",
    needs=("claims.diagnosis_code",),
    find=_back,
    holds=lambda row: row["back_n"] >= _LEAST_BACK and row["staged_n"] >= _MOST * row["back_n"],
    said=_back_said,
    brings=("return", "back_in", "again_in", "claims_per", "repeat", "visits_per", "^claims_count",
            "chronic_claims_count", "active_days", "accompanied", "companions"),
)  # fmt: skip
CASE_MIX = Circumstance(
    key="case_mix",
    grains=("provider",),
    needs=("claims.drg_weight", "claims.diagnosis_code"),
    find=_mix,
    holds=_changed,
    said=_changed_said,
    brings=("drg_weight_mean", "drg_weight_recent", "drg_weight_per_stay_day", "heaviest_group",
            "secondary_diagnoses", "recent_to_year", "exam_fen_share"),
)  # fmt: skip
