"""A place of its own kind: the only one around, one that others send to, one that is new."""

import ibis
import ibis.expr.types as ir

from fraudml.claims.calendar import days_between
from fraudml.leads.legitimate.entry import Asked, Circumstance, Row, counted, several
from fraudml.leads.words import Words, kind_words, level_words, percent

# A department is new if the provider had billed for three months before it first did.
_BEFORE_DAYS, _NEW_SHARE = 90, 0.1
# Others send to a place if it takes in twice its share of all transferred stays, and ten of them.
_TIMES, _LEAST = 2.0, 10
# Where one in five of a kind stands alone in its district, its peers do as well.
_FEW_ALONE = 0.2
_LEVEL_UNKNOWN = 0


def _contracted(asked: Asked) -> ir.Table:
    t = asked.claims.table("providers")
    begun = t.contracted_from.isnull() | (t.contracted_from <= asked.as_of)
    ended = (t.contracted_to < asked.as_of).coalesce(False)
    t = t.filter(begun, ~ended, t.region_code.notnull(), t.kind.notnull())
    return t.select(
        "provider_id", "region_code", "kind", rated=t.level.coalesce(_LEVEL_UNKNOWN)
    )  # fmt: skip


def _around(asked: Asked) -> ir.Table:
    own = _contracted(asked)
    o = own.view()
    others = o.select(
        other="provider_id", other_region="region_code", other_kind="kind", other_rated="rated"
    )
    j = own.left_join(
        others,
        [
            own.region_code == others.other_region,
            own.kind == others.other_kind,
            own.rated <= others.other_rated,
            own.provider_id != others.other,
        ],
    )
    near = j.group_by("provider_id", "region_code", "kind", "rated").agg(others_n=j.other.count())
    alike = ibis.window(group_by="kind")
    near = near.mutate(
        kind_n=near.count().over(alike),
        alone_n=(near.others_n == 0).cast("int64").sum().over(alike),
    )
    return asked.of_listed(near).drop("provider_id")


def _sole(row: Row) -> bool:
    return bool(row["others_n"] == 0 and row["alone_n"] <= _FEW_ALONE * row["kind_n"])


def _sole_said(row: Row) -> Words:
    kind, level = kind_words(row["kind"]), level_words(row["rated"])
    rated = row["rated"] != _LEVEL_UNKNOWN
    above = Words(f"{level.zh}及以上", f" of {level.en} or above") if rated else Words("", "")
    return Words(
        f"{row['region_code']} 内{above.zh}{kind.zh}另有 {row['others_n']:,} 家；"
        f"全部{kind.zh} {row['kind_n']:,} 家中 {row['alone_n']:,} 家为当地唯一",
        f"{counted(row['others_n'], f'other {kind.en}')}{above.en} in {row['region_code']}; of "
        f"{row['kind_n']:,} in all, {row['alone_n']:,} stand alone",
    )


def _departments(asked: Asked) -> ir.Table:
    t = asked.of_listed(asked.visits)
    t = t.filter(t.department_code.notnull())
    rooms = t.group_by("id", "department_code").agg(
        opened=t.admitted_on.min(),
        n=((t.admitted_on > asked.since) & (t.admitted_on <= asked.as_of)).cast("int64").sum(),
    )
    began = rooms.opened.min().over(ibis.window(group_by="id"))
    late = days_between(rooms.opened, began) >= _BEFORE_DAYS
    rooms = rooms.mutate(new=late & (rooms.opened > asked.since))
    new = rooms.new.ifelse(1, 0).cast("int64")
    return rooms.group_by("id").agg(
        n=rooms.n.sum(), new_n=(rooms.n * new).sum(), new_departments=new.sum(),
        opened=rooms.new.ifelse(rooms.opened, ibis.null("date")).min(),
    )  # fmt: skip


def _new(row: Row) -> bool:
    return bool(row["new_departments"] and row["new_n"] >= _NEW_SHARE * row["n"])


def _new_said(row: Row) -> Words:
    if not row["new_departments"]:
        return Words("近一年没有新出现的科室", "no department first billed in the year")
    share = percent(row["new_n"] / row["n"]) if row["n"] else percent(0.0)
    return Words(
        f"{row['new_departments']:,} 个科室自 {row['opened']} 起首次结算，占全年就诊 {share.zh}",
        f"{counted(row['new_departments'], 'department')} first billed from {row['opened']} on, "
        f"with {share.en} of the year's visits",
    )


def _sent(asked: Asked) -> ir.Table:
    t = asked.year.filter(asked.year.visit_kind == "inpatient")
    v = asked.visits
    left = v.filter(v.visit_kind == "inpatient", v.disposition == "transferred").view()
    left = left.select(who="patient_id", place="provider_id", out_on="discharged_on").distinct()
    j = t.left_join(left, [t.patient_id == left.who, t.provider_id != left.place])
    gap = days_between(j.admitted_on, j.out_on)
    j = j.mutate(came=((gap >= 0) & (gap <= 1)).coalesce(False).cast("int64"))
    stays = j.group_by("provider_id", "claim_id").agg(came=j.came.max())
    each = stays.group_by("provider_id").agg(stays_n=stays.count(), came_n=stays.came.sum())
    whole = ibis.window()
    each = each.mutate(
        all_stays_n=each.stays_n.sum().over(whole), all_came_n=each.came_n.sum().over(whole)
    )
    found = asked.of_listed(each)
    return found.drop("provider_id")


def _times(row: Row) -> float:
    usual = row["all_came_n"] / row["all_stays_n"]
    return row["came_n"] / row["stays_n"] / usual if usual else 0.0


def _sent_said(row: Row) -> Words:
    times = several(_times(row))
    return Words(
        f"由其他机构转入的住院 {row['came_n']:,} 次（住院 {row['stays_n']:,} 次），"
        f"为全部机构平均的 {times} 倍",
        f"{row['came_n']:,} of {counted(row['stays_n'], 'stay')} came from other providers within "
        f"a day, {times} times the share of all providers",
    )


SOLE_PROVIDER = Circumstance(
    key="sole_provider",
    grains=("provider",),
    needs=("providers.region_code", "providers.kind"),
    find=_around,
    holds=_sole,
    said=_sole_said,
    brings=("stay_days_per_bed", "busiest_day", "busiest_week", "per_day_max", "per_week_max",
            "closest_provider", "tied_providers", "employer", "day_max_minutes", "long_days",
            "identical_profile", "repeated_amount", "community"),
)  # fmt: skip
NEW_DEPARTMENT = Circumstance(
    key="new_department",
    grains=("provider",),
    needs=("claims.department_code",),
    find=_departments,
    holds=_new,
    said=_new_said,
    brings=(
        "recent_to_year",
        "month_to_year",
        "drg_weight_mean",
        "busiest_day",
        "busiest_week",
        "exam_fen",
    ),
)
REFERRAL_CENTRE = Circumstance(
    key="referral_centre",
    grains=("provider",),
    needs=("claims.disposition",),
    find=_sent,
    holds=lambda row: row["came_n"] >= _LEAST and _times(row) >= _TIMES,
    said=_sent_said,
    brings=("drg_weight", "secondary_diagnoses", "heaviest_group", "away", "taken_over",
            "claims_elsewhere", "exam_fen", "back_in"),
)  # fmt: skip
