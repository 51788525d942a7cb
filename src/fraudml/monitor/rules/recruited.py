"""Rules about people brought in: in batches, again and again, for nothing, out of nowhere.

The null of one batch are the provider's own admissions of the same weekdays, in proportion to its
own lengths of stay and to how busy the fund is on these days; the null of several batches is that
one day in a hundred exceeds its limit by chance.
"""

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from fraudml.claims.calendar import days_between
from fraudml.monitor.entry import NOTHING, Part, Rule, beyond_expected, found
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.rates import BILLED, OWN, PEERS, RATE, Names, least_likely, unusual_of_each
from fraudml.monitor.rules.interim import GOES_ON, carried_on
from fraudml.monitor.rules.runs import IN_A_RUN, settled_in_a_run
from fraudml.monitor.shared import Shared, prefixed

_BY_CHANCE = 0.01  # of the days exceed the limit of ``batch_z`` by chance
_PRIOR_STAYS = 10.0  # of a usual day that the fund is credited with: a small one varies by chance
_STAYS = 3  # before this one within a year: whoever comes a fourth time
_WINDOW = 3  # days that make one batch: a day sooner, a day later
_FIRST = ibis.date(2000, 1, 1)


def _stays(at: Shared, values: Values) -> ir.Table:
    left_out = values.codes("staged_diagnoses") + values.codes("scheduled_diagnoses")
    t = at.stay.filter(at.stay.stay_days >= 1, ~prefixed(at.stay.diagnosis_code, left_out))
    t = t.filter(t.stay_days.cast("float64") <= values.number("longest", t, "admitted_on"))
    return t.mutate(in_day=days_between(t.admitted_on, _FIRST),
                    out_day=days_between(t.discharged_on, _FIRST))  # fmt: skip


def _together(at: Shared, t: ir.Table, unit: Names) -> ir.Table:
    """How many other persons share each pair of days, a day sooner or later: near_n."""
    cells = t.group_by(*unit, "in_day", "out_day").agg(
        persons_n=t.patient_no.nunique(), level=t.level.max(), provider_kind=t.provider_kind.max(),
        admitted_on=t.admitted_on.max(), stay_days=t.stay_days.max(),
    )  # fmt: skip
    cells = at.keep(f"batch_cells_{len(unit)}", lambda: cells)
    steps = [(a, d) for a in (-1, 0, 1) for d in (-1, 0, 1)]
    form = {"in_step": pa.array([a for a, _ in steps], pa.int64()),
            "out_step": pa.array([d for _, d in steps], pa.int64())}  # fmt: skip
    offsets = at.engine.table(pa.table(form), "monitor-batch-steps")
    c = cells.view().cross_join(offsets)
    near = c.select(*unit, "persons_n", in_day=c.in_day + c.in_step, out_day=c.out_day + c.out_step)
    near = near.group_by(*unit, "in_day", "out_day").agg(near_n=near.persons_n.sum() - 1)
    keys = [*unit, "in_day", "out_day"]
    return cells.inner_join(near, keys).filter(lambda r: r.near_n > 0)


def _usual(t: ir.Table, c: ir.Table, unit: Names) -> ir.Table:
    """Other persons that the unit's own weekdays and lengths of stay lead to expect."""
    own = t.group_by(*unit).agg(
        stays_n=t.count(), first=t.in_day.min(), last=t.in_day.max(), days_n=t.in_day.nunique()
    )
    c = _weekdays(t, c.inner_join(own, list(unit)), unit)
    length = t.group_by(*unit, of_days="stay_days").agg(length_n=t.count())
    like = c.select(*unit, "stay_days").distinct().inner_join(length, list(unit))
    like = like.filter((like.stay_days - like.of_days).abs() <= _WINDOW - 1)
    like = like.group_by(*unit, "stay_days").agg(like_n=like.length_n.sum())
    c = c.inner_join(like, [*unit, "stay_days"])
    rest = ibis.greatest(c.stays_n - c.near_n - 1, 0).cast("float64")
    any_day = rest * _WINDOW / (c.last - c.first + 1).cast("float64")
    share = ibis.greatest(c.like_n - c.near_n, 1).cast("float64") / ibis.greatest(
        c.stays_n - c.near_n, 1
    ).cast("float64")
    return c.mutate(usual=ibis.greatest(any_day, c.of_weekdays) * ibis.least(share, 1.0))


def _weekdays(t: ir.Table, c: ir.Table, unit: Names) -> ir.Table:
    """Admissions of a typical week on the three weekdays of a batch: of_weekdays.

    The mean of the roots, squared: a list of every week counts in full, a batch now and then
    hardly.
    """
    weeks = t.group_by(*unit, weekday=t.in_day % 7, week=(t.in_day - t.in_day % 7) / 7)
    weeks = weeks.agg(root=lambda r: r.count().cast("float64").sqrt())
    weeks = weeks.group_by(*unit, "weekday").agg(roots=weeks.root.sum())
    weeks_n = (c.last - c.first).cast("float64") / 7.0 + 1.0
    c = c.mutate(weeks_n=weeks_n, of_weekdays=0.0)
    for step in (-1, 0, 1):
        w = weeks.view()
        c = c.mutate(weekday=(c.in_day + step) % 7)
        j = c.left_join(w, [*unit, "weekday"])
        j = j.drop("weekday", *(f"{name}_right" for name in (*unit, "weekday")))
        typical = (j.roots.coalesce(0.0) / j.weeks_n).pow(2.0)
        c = j.mutate(of_weekdays=j.of_weekdays + typical).drop("roots")
    return c


def _season(at: Shared) -> ir.Table:
    """Admissions of the whole fund on each day, with the day before and after, and usually."""
    s = at.stay.mutate(in_day=days_between(at.stay.admitted_on, _FIRST))
    d = s.group_by("in_day").agg(n=s.count())
    every, order = ibis.window(), ibis.window(order_by="in_day")
    before = (d.in_day - d.in_day.lag().over(order) == 1).ifelse(d.n.lag().over(order), 0)
    after = (d.in_day.lead().over(order) - d.in_day == 1).ifelse(d.n.lead().over(order), 0)
    span = (d.in_day.max().over(every) - d.in_day.min().over(every) + 1).cast("float64")
    return d.select(
        "in_day", fund_n=d.n + before.coalesce(0) + after.coalesce(0),
        fund_usual=_WINDOW * d.n.sum().over(every).cast("float64") / span,
    )  # fmt: skip


def _of_unit(at: Shared, t: ir.Table, values: Values, unit: Names) -> ir.Table:
    """The stays that lie in batches, of units that have several."""
    c = _usual(t, _together(at, t, unit), unit).inner_join(_season(at), "in_day")
    others = (c.fund_n - c.near_n - 1).cast("float64")
    busy = ibis.greatest((others + _PRIOR_STAYS) / (c.fund_usual + _PRIOR_STAYS), 1.0)
    expected = c.usual * busy
    c = c.filter(
        c.near_n.cast("float64") >= values.number("companions", c, "admitted_on"),
        least_likely(c.near_n, values.number("batch_z", c, "admitted_on"))
        > values.number("times", c, "admitted_on") * expected,
    ).mutate(beyond=1.0 - expected / c.near_n.cast("float64"))
    # days that touch are one batch
    days = c.select(*unit, "in_day", "days_n", "level", "provider_kind", "admitted_on")
    order = ibis.window(group_by=list(unit), order_by="in_day")
    first = days.group_by(*unit, "in_day").agg(
        days_n=days.days_n.max(), level=days.level.max(), provider_kind=days.provider_kind.max(),
        admitted_on=days.admitted_on.max(),
    )  # fmt: skip
    apart = (first.in_day - first.in_day.lag().over(order)) >= _WINDOW
    first = first.mutate(starts=apart.coalesce(True).cast("int64"))
    many = first.group_by(*unit, "days_n", "level", "provider_kind").agg(
        batches_n=first.starts.sum(), admitted_on=first.admitted_on.max()
    )
    by_chance = many.days_n.cast("float64") / _WINDOW * _BY_CHANCE
    many = many.filter(
        many.batches_n.cast("float64") >= values.number("batches", many, "admitted_on"),
        least_likely(many.batches_n, values.number("tail_z", many, "admitted_on")) > by_chance,
    )
    c = c.semi_join(many, list(unit)).select(*unit, "in_day", "out_day", "beyond")
    rows = t.inner_join(c, [*unit, "in_day", "out_day"])
    mid, fen = beyond_expected(rows.fund_amount_fen, rows.beyond)
    return found(rows, Part(BILLED, "in_a_batch", NOTHING, mid, fen, happened_on="visited_on",
                            who=BILLED))  # fmt: skip


def _batches(at: Shared, values: Values) -> ir.Table:
    t = at.keep("short_stays", lambda: _stays(at, values))
    named = t.filter(t.practitioner_id.notnull())
    each = _of_unit(at, named, values, (*OWN, "practitioner_id"))
    return _of_unit(at, t, values, OWN).union(each)


def _one_batch(at: Shared, values: Values) -> ir.Table:
    """A single batch that chance does not bring: several persons in on one day, out on another.

    With different illnesses, for an accident, an outbreak or a list of operations has one; at a
    provider where such a day is next to impossible by its own weekdays, lengths of stay and the
    fund's season.
    """
    t = at.stay.anti_join(carried_on(at), "claim_no")
    t = t.filter(t.stay_days >= 1, t.diagnosis_group.notnull())
    t = t.filter(~prefixed(t.diagnosis_code, values.codes("staged_diagnoses")))
    mass = prefixed(t.diagnosis_code, values.codes("mass_diagnoses"))
    planned = prefixed(t.diagnosis_code, values.codes("scheduled_diagnoses"))
    t = t.mutate(
        in_day=days_between(t.admitted_on, _FIRST),
        illness=ibis.cases((mass, "mass"), (planned, "planned"), else_=t.diagnosis_group),
    )  # fmt: skip
    ill = t.group_by(*OWN, "in_day", "stay_days", "illness").agg(
        ill_n=t.patient_no.nunique(), on=t.admitted_on.max()
    )
    c = ill.group_by(*OWN, "in_day", "stay_days").agg(
        persons_n=ill.ill_n.sum(), most_n=ill.ill_n.max(), on=ill.on.max()
    )
    c = c.inner_join(at.provider.select(*OWN, *PEERS), list(OWN))
    c = c.filter(
        c.persons_n.cast("float64") >= values.number("persons", c, "on"),
        c.most_n * 2 <= c.persons_n,
    )
    c = _by_own_habit(t, c).inner_join(_season(at), "in_day")
    others = (c.fund_n - c.persons_n).cast("float64")
    busy = ibis.greatest((others + _PRIOR_STAYS) / (c.fund_usual + _PRIOR_STAYS), 1.0)
    c = c.mutate(expected=c.usual * busy)
    low = least_likely(c.persons_n - 1, values.number("tail_z", c, "on"))
    c = c.filter(low > values.number("times", c, "on") * c.expected)
    c = c.select(*OWN, "in_day", "stay_days",
                 beyond=1.0 - c.expected / c.persons_n.cast("float64"))  # fmt: skip
    rows = t.inner_join(c, [*OWN, "in_day", "stay_days"])
    mid, fen = beyond_expected(rows.fund_amount_fen, rows.beyond)
    return found(rows, Part((*BILLED, "in_day", "stay_days"), "in_one_batch", NOTHING, mid, fen,
                            happened_on="visited_on", who=BILLED))  # fmt: skip


def _by_own_habit(t: ir.Table, c: ir.Table) -> ir.Table:
    """Batches beside the stays of such a day and length that the others of its own give: usual.

    One stay more than there are: what has never been is not impossible.
    """
    own = t.group_by(*OWN).agg(stays_n=t.count(), first=t.in_day.min(), last=t.in_day.max())
    of_weekday = t.group_by(*OWN, weekday=t.in_day % 7).agg(weekday_n=t.count())
    of_length = t.group_by(*OWN, "stay_days").agg(length_n=t.count())
    c = c.mutate(weekday=c.in_day % 7).inner_join(own, list(OWN))
    c = c.inner_join(of_weekday, [*OWN, "weekday"]).inner_join(of_length, [*OWN, "stay_days"])
    days = (c.last - c.first + 1).cast("float64")
    any_day = (c.stays_n - c.persons_n + 1).cast("float64") / days
    such_day = (c.weekday_n - c.persons_n + 1).cast("float64") * 7.0 / ibis.greatest(days, 7.0)
    length = (c.length_n - c.persons_n + 1).cast("float64") / (c.stays_n - c.persons_n + 1).cast(
        "float64"
    )
    return c.mutate(usual=ibis.greatest(any_day, such_day) * length)


def _busloads(at: Shared, values: Values) -> ir.Table:
    """Days on which many persons of one place or one employer come, several such days.

    Always others: whoever is brought once meets nobody twice. Against what the provider has of
    them on its other days of the same weekday: an outreach of every week is a habit.
    """
    left_out = values.codes("staged_diagnoses") + values.codes("check_up_diagnoses")
    t = at.claim.filter(~at.claim.visit_kind.isin(["emergency", "inpatient"]))
    t = t.filter(~prefixed(t.diagnosis_code, left_out))
    t = t.anti_join(settled_in_a_run(at), "claim_no")
    t = t.mutate(weekday=days_between(t.visited_on, _FIRST) % 7)
    # districts, not pools: a bus goes to the next county as well
    away = t.filter(t.patient_region != t.provider_region).mutate(
        origin=ibis.literal("region ") + t.patient_region
    )
    staff = t.filter(t.employer_id.notnull()).mutate(
        origin=ibis.literal("employer ") + t.employer_id
    )
    open_n = t.group_by("provider_no", "weekday").agg(open_n=t.visited_on.nunique())
    d = _origin_days(away).union(_origin_days(staff))
    alike = ("provider_no", "origin", "weekday")
    all_n = d.group_by(*alike).agg(all_n=d.persons_n.sum())
    d = d.inner_join(at.provider.select(*OWN, *PEERS), list(OWN))
    # persons first: on most days nobody else of the place came
    d = d.filter(d.persons_n.cast("float64") >= values.number("persons", d, "visited_on"))
    d = d.inner_join(all_n, list(alike)).inner_join(open_n, ["provider_no", "weekday"])
    usual = (d.all_n - d.persons_n + 1).cast("float64") / d.open_n.cast("float64")
    d = d.filter(
        least_likely(d.persons_n, values.number("tail_z", d, "visited_on"))
        > values.number("times", d, "visited_on") * usual,
    )
    d = d.mutate(days_n=d.count().over(ibis.window(group_by=["provider_no", "origin"])))
    d = d.filter(d.days_n.cast("float64") >= values.number("days", d, "visited_on"))
    keys = ["provider_no", "visited_on", "origin"]
    d = d.select(*keys)
    rows = away.inner_join(d, keys).union(staff.inner_join(d.view(), keys))
    fen = ibis.greatest(rows.fund_amount_fen, 0)
    return found(rows, Part(("provider_id", "origin"), "busload", NOTHING, fen, fen,
                            happened_on="visited_on", who=("provider_id",)))  # fmt: skip


def _origin_days(t: ir.Table) -> ir.Table:
    keys = ("provider_no", "weekday", "visited_on", "origin")
    return t.group_by(*keys).agg(persons_n=t.patient_no.nunique())


def _again_and_again(at: Shared, values: Values) -> ir.Table:
    """Stays after the first few of a person's at one provider within a year of each other."""
    t = at.stay.filter(~prefixed(at.stay.diagnosis_code, values.codes("staged_diagnoses")))
    order = ibis.window(
        group_by=["patient_no", "provider_no"], order_by=["admitted_on", "claim_no"]
    )
    since = days_between(t.admitted_on, t.admitted_on.lag(_STAYS).over(order))
    again = since.cast("float64") <= values.number("days", t, "admitted_on")
    t = t.mutate(again=again.coalesce(False))
    return unusual_of_each(at, t, t.again, values, "again_and_again", "diagnosis_group")


def _nothing_to_pay(at: Shared, values: Values) -> ir.Table:
    """Stays of which the person paid nothing at all, where others of the insurance pay a share."""
    t = at.stay.filter(at.stay.patient_amount_fen.notnull(), at.stay.fund_amount_fen > 0)
    return unusual_of_each(at, t, t.patient_amount_fen <= 0, values, "nothing_to_pay", "scheme")


def _no_other_trace(at: Shared, values: Values) -> ir.Table:
    """Stays of persons who were not seen outside any bed for long before nor after."""
    t = at.stay.filter(~prefixed(at.stay.diagnosis_code, values.codes("staged_diagnoses")))
    c = at.claim.filter(~at.claim.inpatient)
    seen = c.select("patient_no", on="visited_on", stay_no=ibis.null("int64"))
    mine = t.select("patient_no", on="admitted_on", stay_no="claim_no")
    j = seen.union(mine)
    order = {"group_by": "patient_no", "order_by": ["on", "stay_no"]}
    visit = j.stay_no.isnull().ifelse(j.on, ibis.null("date"))
    j = j.mutate(
        before=visit.max().over(ibis.cumulative_window(**order)),
        after=visit.min().over(ibis.window(**order, preceding=0, following=None)),
    )
    j = j.filter(j.stay_no.notnull()).select("before", "after", claim_no="stay_no")
    t = t.inner_join(j, "claim_no")
    far = values.number("days", t, "admitted_on")
    seen = (days_between(t.admitted_on, t.before).cast("float64") <= far).coalesce(False)
    seen |= (days_between(t.after, t.discharged_on).cast("float64") <= far).coalesce(False)
    t = t.mutate(alone=~seen)
    return unusual_of_each(at, t, t.alone, values, "no_other_trace", "diagnosis_group")


_BEYOND = ("at most what the fund paid of the stays; in the middle, beyond the expected",
           "至多为相关住院基金支付额；中值为超出预期部分")  # fmt: skip
_STAGED = ("staged treatment, by its diagnosis", "按疗程的治疗（按诊断）")
_LIKE_CASES = ("the same illnesses at others of the level and kind",
               "真实病情（同诊断、同级同类机构比较）")  # fmt: skip
_FEW = ("few of them, by the lower limit of their number", "按数量下限判定，数量少的不列入")

RECRUITED: tuple[Rule, ...] = (
    Rule(
        id="R02.batches", result_type="suspicious", grain="provider", stage="after", needs=(),
        thresholds=(
            ("companions", "count"), ("batches", "count"), ("longest", "days"),
            ("times", "ratio"), ("batch_z", "ratio"), ("tail_z", "ratio"),
            ("staged_diagnoses", "codes"), ("scheduled_diagnoses", "codes"),
        ),
        clause="40(1)", no_clause=None,
        words=("several times people are admitted and leave together, beyond the usual admissions",
               "多人多次成批同期入院、同期出院，超出机构平日收治规律"),
        amount=("at most what the fund paid of the stays; in the middle, beyond the expected",
                "至多为相关住院基金支付额；中值为超出预期部分"),
        exceptions=(("staged treatment and lists of planned operations, by their diagnoses",
                     "按疗程治疗及集中择期手术（按诊断）"),
                    ("fixed weekdays of admission", "固定入院日"),
                    ("days on which the whole fund admits more", "全基金同期入院增多"),
                    ("a batch or two: an accident, a campaign", "一两批（突发事件、义诊）")),
        find=_batches,
    ),
    Rule(
        id="R02.one_batch", result_type="suspicious", grain="provider", stage="after",
        needs=("claims.diagnosis_code",),
        thresholds=(("persons", "count"), ("times", "ratio"), ("tail_z", "ratio"),
                    ("staged_diagnoses", "codes"), ("mass_diagnoses", "codes"),
                    ("scheduled_diagnoses", "codes")),
        clause="40(1)", no_clause=None,
        words=("people of different illnesses come on one day and leave together on another",
               "不同病种多人同日入院又同日出院，本机构平日几乎不可能"),
        amount=_BEYOND,
        exceptions=(_STAGED,
                    ("an accident or an outbreak, by its diagnoses", "事故或聚集性疫情（按诊断）"),
                    ("a campaign or a list of operations: most have one illness",
                     "义诊或集中手术（多数为同一病种）"),
                    ("weekdays of admission, usual lengths of stay, days on which all admit more",
                     "固定入院日、通常住院天数及全基金同期入院增多"),
                    GOES_ON),
        find=_one_batch,
    ),
    Rule(
        id="R15.busload", result_type="suspicious", grain="provider", stage="after",
        needs=("patients.region_code", "providers.region_code"),
        thresholds=(("persons", "count"), ("days", "count"), ("times", "ratio"),
                    ("tail_z", "ratio"), ("staged_diagnoses", "codes"),
                    ("check_up_diagnoses", "codes")),
        clause="40(1)", no_clause=None,
        words=("many persons of one far place or one employer come on the same days, several times",
               "来自同一外区或同一单位的多人多次于同日集中就诊"),
        amount=("at most what the fund paid of the claims of these days",
                "至多为这些日期结算单的基金支付额"),
        exceptions=(("check-ups and staged treatment, by their diagnoses",
                     "体检及按疗程治疗（按诊断）"),
                    ("an outreach of every week: other days of the weekday are compared",
                     "每周固定巡诊（与同一星期几比较）"),
                    ("a day or two: an accident, a campaign", "一两日（突发事件、义诊）"),
                    IN_A_RUN),
        find=_busloads,
    ),
    Rule(
        id="R02.again_and_again", result_type="suspicious", grain="provider", stage="after",
        needs=("claims.diagnosis_code",),
        thresholds=(*RATE, ("days", "days"), ("staged_diagnoses", "codes")),
        clause="40(1)", no_clause=None,
        words=("the same persons are taken in again and again within a year, beyond peers",
               "同一批人员一年内反复住院，频次高于同类"),
        amount=_BEYOND, exceptions=(_STAGED, _LIKE_CASES, _FEW), find=_again_and_again,
    ),
    Rule(
        id="R02.nothing_to_pay", result_type="suspicious", grain="provider", stage="during",
        needs=("claims.patient_amount",), thresholds=RATE, clause="40(1)", no_clause=None,
        words=("stays cost the person nothing, more often than at peers: free beds bring people in",
               "住院个人零负担的频次高于同类（疑以减免自付诱导住院）"),
        amount=_BEYOND,
        exceptions=(("what the insurance pays in full at peers too: poverty relief",
                     "同类机构同险种亦全额支付（医疗救助）"), _FEW),
        find=_nothing_to_pay,
    ),
    Rule(
        id="R02.no_other_trace", result_type="suspicious", grain="provider", stage="after",
        needs=("claims.diagnosis_code",),
        thresholds=(*RATE, ("days", "days"), ("staged_diagnoses", "codes")),
        clause="40(1)", no_clause=None,
        words=("stays of persons not seen outside a bed for months before and after, beyond peers",
               "住院人员前后数月无任何门诊或购药记录，频次高于同类"),
        amount=_BEYOND, exceptions=(_STAGED, _LIKE_CASES, _FEW), find=_no_other_trace,
    ),
)  # fmt: skip
