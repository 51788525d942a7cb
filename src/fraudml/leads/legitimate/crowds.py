"""Many people at once for a good reason: weeks of infections, a day of check-ups."""

import ibis
import ibis.expr.types as ir

from fraudml.claims.calendar import days_between
from fraudml.leads.legitimate.entry import Asked, Circumstance, Row, counted, several
from fraudml.leads.words import Words, percent

# Acute infections of airways and gut, and notifiable viral diseases (ICD-10 chapters I and X).
_INFECTIONS = r"^(J0[0-9]|J1[0-9]|J2[0-2]|A0[0-9]|B0[0-9]|B34|U07)"
_CHECK_UPS = r"^Z(0[0-9]|1[0-3])"  # ICD-10: examination and screening of people without complaint
_WEEKS = 3
# An epidemic is three weeks with half as many visits again, ten at least, most of what is more
# being infections.
_MORE, _LEAST_MORE, _MOST = 0.5, 10, 0.5
# A day of check-ups is far from the usual one, and hardly anybody comes to it twice.
_DAY_TIMES, _ONCE, _LEAST = 3.0, 0.9, 5


def _coded(t: ir.Table) -> ir.Table:
    """Visits whose diagnosis is coded in ICD-10."""
    return t.filter(t.diagnosis_code.notnull(), t.diagnosis_system.coalesce("ICD-10") == "ICD-10")


def _weeks(asked: Asked) -> ir.Table:
    t = _coded(asked.of_listed(asked.year))
    t = t.mutate(week=t.admitted_on.truncate("W"), acute=t.diagnosis_code.re_search(_INFECTIONS))
    weeks = t.group_by("id", "week").agg(n=t.count(), acute_n=t.acute.cast("int64").sum())
    of_all = ibis.window(group_by="id")
    weeks = weeks.mutate(
        number=days_between(weeks.week, ibis.date(1970, 1, 5)) // 7,
        usual=weeks.n.cast("float64").median().over(of_all) * _WEEKS,
        usual_acute=weeks.acute_n.cast("float64").median().over(of_all) * _WEEKS,
    )
    span = ibis.range_window(
        group_by="id", order_by=weeks.number, preceding=_WEEKS - 1, following=0
    )
    spans = weeks.mutate(n=weeks.n.sum().over(span), acute_n=weeks.acute_n.sum().over(span))
    order = ibis.window(group_by="id", order_by=[spans.n.desc(), spans.week])
    spans = spans.mutate(place=ibis.row_number().over(order))
    top = spans.filter(spans.place == 0)
    return top.select("id", "n", "acute_n", "usual", "usual_acute", last="week")


def _more(row: Row) -> tuple[float, float]:
    """Visits beyond the usual in the busiest weeks, and how many of them are infections."""
    return row["n"] - row["usual"], row["acute_n"] - row["usual_acute"]


def _epidemic(row: Row) -> bool:
    more, acute = _more(row)
    return more >= max(_LEAST_MORE, _MORE * row["usual"]) and acute >= _MOST * more


def _epidemic_said(row: Row) -> Words:
    more, acute = _more(row)
    share = percent(min(1.0, max(0.0, acute) / more)) if more > 0 else percent(0.0)
    usual = f"{row['usual']:,.0f}"
    return Words(
        f"最繁忙的连续三周（末周始于 {row['last']}）就诊 {row['n']:,} 人次，平常 {usual}；"
        f"增量中急性感染占 {share.zh}",
        f"{counted(row['n'], 'visit')} in the three busiest weeks (the last begins "
        f"{row['last']}), usually {usual}; {share.en} of what is more are acute infections",
    )


def _days(asked: Asked) -> ir.Table:
    t = asked.of_listed(asked.year)
    t = t.filter(t.visit_kind.isin(["outpatient", "chronic", "emergency"]))
    check = t.diagnosis_code.re_search(_CHECK_UPS).coalesce(False)
    t = t.mutate(check=check & (t.diagnosis_system.coalesce("ICD-10") == "ICD-10"))
    days = t.group_by("id", "admitted_on").agg(
        n=t.count(), people=t.patient_id.nunique(), checks=t.check.cast("int64").sum()
    )
    order = ibis.window(group_by="id", order_by=[days.n.desc(), days.admitted_on])
    days = days.mutate(
        place=ibis.row_number().over(order),
        usual=days.n.cast("float64").median().over(ibis.window(group_by="id")),
    )
    top = days.filter(days.place == 0)
    return top.select("id", "admitted_on", "n", "people", "checks", "usual")


def _group_visit(row: Row) -> bool:
    return bool(
        row["n"] >= max(_LEAST, _DAY_TIMES * row["usual"])
        and row["people"] >= _ONCE * row["n"]
        and row["checks"] >= _MOST * row["n"]
    )


def _group_visit_said(row: Row) -> Words:
    share, times = percent(row["checks"] / row["n"]), several(row["n"] / max(row["usual"], 1.0))
    return Words(
        f"最繁忙日 {row['admitted_on']} 就诊 {row['n']:,} 人次（平常的 {times} 倍），"
        f"{row['people']:,} 人，体检筛查占 {share.zh}",
        f"busiest day {row['admitted_on']}: {counted(row['n'], 'visit')} ({times} times the usual "
        f"day), {row['people']:,} different people, {share.en} examinations or screening",
    )


_BUSY = (
    "busiest_day", "busiest_week", "per_day_max", "per_week_max", "day_max_minutes", "long_days",
    "claims_recent_to_year", "fund_recent_to_year", "fund_fen_per_claim_recent",
    "patient_paid_recent",
)  # fmt: skip
EPIDEMIC = Circumstance(
    key="epidemic",
    grains=("provider", "practitioner"),
    needs=("claims.diagnosis_code",),
    find=_weeks,
    holds=_epidemic,
    said=_epidemic_said,
    brings=(*_BUSY, "month_to_year", "diagnosis_concentration", "top_diagnosis"),
)
GROUP_VISIT = Circumstance(
    key="group_visit",
    grains=("provider", "practitioner"),
    needs=("claims.diagnosis_code",),
    find=_days,
    holds=_group_visit,
    said=_group_visit_said,
    brings=(*_BUSY, "upload", "same_second", "identical_profile", "accompanied", "repeated_amount",
            "most_frequent_amount", "exam_fen"),
)  # fmt: skip
