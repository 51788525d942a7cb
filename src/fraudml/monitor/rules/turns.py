"""Rules about groups of which now these come and now those: in turns, or as a pile of cards.

Many come on the same days because their supplies end on the same days, so the null leaves everybody
the days and draws the minutes: two who come on one day come within minutes of each other as often
as any two visitors of that provider do. A person is named for more companions met time and again
than that gives among all who come on the person's days.
"""

from datetime import date

import ibis
import ibis.expr.types as ir

from fraudml.claims.calendar import days_between
from fraudml.monitor.entry import NOTHING, UNNAMED, Part, Rule, found
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.rates import least_likely
from fraudml.monitor.rules.phantom import bill
from fraudml.monitor.rules.together import CROWD, near
from fraudml.monitor.shared import Shared, prefixed, timed

_PAIR = ("one_no", "other_no")
_BY_PLACE = ("provider_no", *_PAIR)
_PAIR_Z, _PAIR_TAIL = 1.64, 0.05  # standard deviations, and how often chance exceeds them


def _moments(at: Shared, t: ir.Table, *keys: str) -> ir.Table:
    """One row per person, provider and day of claims with a moment: minute, own_n (days)."""
    t = timed(t.filter(~t.inpatient))
    minute = (t.started_at.hour() * 60 + t.started_at.minute()).cast("int32")
    t = t.group_by("patient_no", "provider_no", *keys, on=t.visited_on).agg(minute=minute.min())
    t = t.mutate(
        visitors_n=t.count().over(ibis.window(group_by=["provider_no", "on"])),
        own_n=t.count().over(ibis.window(group_by="patient_no")),
        level=ibis.null("int64"), provider_kind=ibis.null("string"),
    )  # fmt: skip
    # a day of one visitor has no pair, and tells when people come
    return t.filter(t.visitors_n <= CROWD)


def _met(m: ir.Table, values: Values, *keys: str) -> ir.Table:
    """Who met whom within minutes: provider_no, on, one_no, other_no, each pair once.

    keys  columns beside place and day that both must share
    """
    a = m.select("on", "minute", "level", "provider_kind", "provider_no", *keys,
                 one_no="patient_no")  # fmt: skip
    b = m.view().select("on", "provider_no", *keys, other_no="patient_no", other_minute="minute")
    j = a.inner_join(b, ["provider_no", "on", *keys]).filter(lambda t: t.one_no < t.other_no)
    return j.filter(near(j, values)).select("provider_no", "on", *_PAIR).distinct()


def _companions(met: ir.Table, values: Values) -> ir.Table:
    """Pairs that met on several days, in both directions: one_no, other_no, met_n, places_n."""
    n = met.group_by(*_PAIR).agg(
        met_n=met.count(), places_n=met.provider_no.nunique(), on=met.on.max(),
        level=ibis.null("int64"), provider_kind=ibis.null("string"),
    )  # fmt: skip
    n = n.filter(n.met_n.cast("float64") >= values.number("meetings", n, "on"))
    p = n.select(*_PAIR, "met_n", "places_n")
    back = p.select("met_n", "places_n", one_no="other_no", other_no="one_no")
    return p.union(back.select(*p.columns))


def _core(m: ir.Table, met: ir.Table, chance: ir.Table, values: Values, *asked: str) -> ir.Table:
    """Persons with more regular companions than chance gives those who come on such days: one_no.

    asked  thresholds that the number of companions, and of those met at several places, reach
    """
    several = _companions(met, values)
    pairs = _pairs_of(m, _counted(several, values, *asked), chance)
    j = several.inner_join(pairs, list(_PAIR))
    r = _counted(j.filter(least_likely(j.met_n, ibis.literal(_PAIR_Z)) > j.mean), values, *asked)
    # a pair is regular by chance at most once in twenty, and only if it meets twice at all
    twice = 1.0 - (1.0 + pairs.mean) * (-pairs.mean).exp()
    pairs = pairs.mutate(likely_e6=(ibis.least(twice, _PAIR_TAIL) * 1e6).round().cast("int64"))
    r = r.inner_join(pairs.group_by("one_no").agg(likely_e6=pairs.likely_e6.sum()), "one_no")
    low = least_likely(r.companions, values.number("tail_z", r, "on"))
    return r.filter(low > r.likely_e6.cast("float64") / 1e6).select("one_no")


def _counted(pairs: ir.Table, values: Values, *asked: str) -> ir.Table:
    """Persons of enough such pairs: one_no, companions, elsewhere (met at several places)."""
    r = pairs.group_by("one_no").agg(
        companions=pairs.count(), elsewhere=(pairs.places_n > 1).cast("int64").sum(),
        on=ibis.literal(date(2000, 1, 1)), level=ibis.null("int64"),
        provider_kind=ibis.null("string"),
    )  # fmt: skip
    for name in asked:
        r = r.filter(r[name].cast("float64") >= values.number(name, r, "on"))
    return r


def _pairs_of(m: ir.Table, who: ir.Table, chance: ir.Table) -> ir.Table:
    """These persons and all who came on a day of theirs: mean (meetings if minutes were chance)."""
    days = m.select("provider_no", "on", "patient_no").distinct()
    a = days.rename(one_no="patient_no").semi_join(who, "one_no")
    b = days.view().rename(other_no="patient_no")
    j = a.inner_join(b, ["provider_no", "on"]).filter(lambda t: t.one_no != t.other_no)
    both = j.group_by(*_BY_PLACE).agg(both_n=j.count())
    both = both.inner_join(chance, "provider_no")
    # whole millionths: sums of any order agree
    both = both.mutate(
        mean_e6=(both.both_n.cast("float64") * both.chance * 1e6).round().cast("int64")
    )
    return both.group_by(*_PAIR).agg(mean=both.mean_e6.sum().cast("float64") / 1e6)


def _chance(m: ir.Table, values: Values) -> ir.Table:
    """How likely two visitors of one day come within minutes, at most: provider_no, chance.

    Of whole stretches of so many minutes, the same or the next one: an upper limit.
    """
    m = m.mutate(stretch=(m.minute / values.number("minutes", m, "on")).floor().cast("int64"))
    c = m.group_by("provider_no", "stretch").agg(n=m.count())
    o = c.view().select("provider_no", near_stretch="stretch", near_n="n")
    j = c.inner_join(o, "provider_no").filter(lambda t: (t.stretch - t.near_stretch).abs() <= 1)
    pairs = j.group_by("provider_no").agg(near_n=(j.n * j.near_n).sum())
    whole = c.group_by("provider_no").agg(all_n=c.n.sum())
    t = pairs.inner_join(whole, "provider_no")
    every = t.all_n.cast("float64") * t.all_n.cast("float64")
    return t.select("provider_no", chance=t.near_n.cast("float64") / every)


def _days_beside(m: ir.Table, core: ir.Table, chance: ir.Table, values: Values) -> ir.Table:
    """Days on which somebody of a group was beside one of its core: patient_no, provider_no, on.

    Of a group is who was beside the core on more days than chance would have it, given the days
    on which one of the core was there at all. The core itself is.
    """
    a = m.select("provider_no", "on", "minute", "level", "provider_kind", one_no="patient_no")
    b = m.view().select("provider_no", "on", other_no="patient_no", other_minute="minute")
    b = b.semi_join(core.select(other_no="one_no"), "other_no")
    j = a.inner_join(b, ["provider_no", "on"]).filter(lambda t: t.one_no != t.other_no)
    j = j.mutate(beside=near(j, values).cast("int64"))
    d = j.group_by("one_no", "provider_no", "on").agg(beside=j.beside.max(), core_n=j.count())
    d = d.inner_join(chance, "provider_no")
    # whole millionths: sums of any order agree
    likely = ibis.least(d.core_n.cast("float64") * d.chance, 1.0)
    d = d.mutate(likely_e6=(likely * 1e6).round().cast("int64"), level=ibis.null("int64"),
                 provider_kind=ibis.null("string"))  # fmt: skip
    w = d.group_by("one_no").agg(days_n=d.beside.sum(), likely_e6=d.likely_e6.sum(),
                                 on=d.on.max(), level=ibis.null("int64"),
                                 provider_kind=ibis.null("string"))  # fmt: skip
    w = w.filter(w.days_n > 0)
    low = least_likely(w.days_n, values.number("member_z", w, "on"))
    w = w.filter(
        w.days_n.cast("float64") >= values.number("meetings", w, "on"),
        low > w.likely_e6.cast("float64") / 1e6,
    )
    members = w.select("one_no").union(core, distinct=True)
    d = d.filter(d.beside > 0).semi_join(members, "one_no")
    return d.select("provider_no", "on", patient_no="one_no")


def _claims(
    at: Shared, days: ir.Table, role: str, key: tuple[str, ...] = ("provider_id", "patient_id")
) -> ir.Table:
    t = at.claim.filter(~at.claim.inpatient).mutate(on=lambda c: c.visited_on)
    t = t.inner_join(days, ["patient_no", "provider_no", "on"])
    return found(t, Part(key, role, NOTHING, t.fund_amount_fen, t.fund_amount_fen,
                         happened_on="visited_on", who=key))  # fmt: skip


def _in_turns(at: Shared, values: Values) -> ir.Table:
    """Persons who meet several others time and again, and some of them at several places."""
    t = at.claim.filter(~prefixed(at.claim.diagnosis_code, values.codes("staged_diagnoses")))
    m = at.keep("moments", lambda: _moments(at, t))
    chance = at.keep("moments_chance", lambda: _chance(m, values))
    often = m.filter(m.own_n.cast("float64") >= values.number("days", m, "on"))
    met = at.keep("moments_met", lambda: _met(often, values))
    core = at.keep(
        "moments_core", lambda: _core(often, met, chance, values, "companions", "elsewhere")
    )
    return _claims(at, _days_beside(often, core, chance, values), "in_turns")


def _pile_of_cards(at: Shared, values: Values) -> ir.Table:
    """Cards that buy drugs and nothing else at one terminal, one behind another, repeatedly."""
    b = bill(at).filter(lambda r: r.drugs_n == r.lines_n)
    t = at.claim.filter(at.claim.terminal_id.notnull()).semi_join(b, "claim_no")
    m = at.keep("drug_moments", lambda: _moments(at, t, "terminal_id"))
    chance = at.keep("drug_chance", lambda: _chance(m, values))
    met = at.keep("drug_met", lambda: _met(m, values, "terminal_id"))
    core = at.keep("drug_core", lambda: _core(m, met, chance, values, "companions"))
    return _claims(at, _days_beside(m, core, chance, values), "card")


def _steps(at: Shared, values: Values) -> ir.Table:
    """Days on which persons came to a place, beside the two places they came from in few days.

    returns  patient_no, third (place of the day), on; second, second_on, first, first_on; step
             (from second to third within the days), two (from first on, in three districts)
    """
    t = at.claim.filter(~at.claim.visit_kind.isin(["inpatient", "emergency"]))
    t = t.filter(~prefixed(t.diagnosis_code, values.codes("staged_diagnoses")))
    t = t.group_by("patient_no", third="provider_no", on=t.visited_on).agg(
        at=t.started_at.min(), third_region=t.provider_region.max()
    )
    order = ibis.window(group_by="patient_no", order_by=["on", ibis.asc("at", nulls_first=True),
                                                         "third"])  # fmt: skip
    t = t.mutate(
        second=t.third.lag().over(order), second_on=t.on.lag().over(order),
        first=t.third.lag(2).over(order), first_on=t.on.lag(2).over(order),
        second_region=t.third_region.lag().over(order),
        first_region=t.third_region.lag(2).over(order),
        level=ibis.null("int64"), provider_kind=ibis.null("string"),
    ).drop("at")  # fmt: skip
    within = values.number("days", t, "on")
    step = (t.second != t.third) & (days_between(t.on, t.second_on).cast("float64") <= within)
    two = (t.first != t.second) & (t.first != t.third)
    two &= days_between(t.on, t.first_on).cast("float64") <= within
    regions = (t.first_region, t.second_region, t.third_region)
    two &= (regions[0] != regions[1]) & (regions[1] != regions[2]) & (regions[0] != regions[2])
    return t.mutate(step=step.coalesce(False), two=(step & two).coalesce(False))


def _one_route(at: Shared, values: Values) -> ir.Table:
    """Persons who repeat one round of places, where more share it than single steps explain.

    Each place lies in another district: from the clinic at home to the hospital in town and to the
    pharmacy at home is the way of all its patients. Who takes the first step and who takes the
    second are the same persons only as often as among all regulars of the place between, unless
    they go round together.
    """
    t = at.keep("steps", lambda: _steps(at, values))
    rounds = _repeated(t.filter(t.two), values, "first", "second", "third")
    route = ["first", "second", "third"]
    n = rounds.group_by(*route).agg(persons_n=rounds.count())
    n = n.mutate(on=at.as_of, level=ibis.null("int64"), provider_kind=ibis.null("string"))
    n = n.filter(n.persons_n.cast("float64") >= values.number("persons", n, "on"))
    pairs = _repeated(t.filter(t.step), values, "second", "third")
    pairs = pairs.group_by("second", "third").agg(pair_n=pairs.count())
    regulars = _repeated(t, values, "third")
    regulars = regulars.group_by("third").agg(regulars_n=regulars.count())
    n = n.inner_join(pairs.select(first="second", second="third", one_n="pair_n"),
                     ["first", "second"])  # fmt: skip
    n = n.inner_join(pairs.view().rename(two_n="pair_n"), ["second", "third"])
    n = n.inner_join(regulars.rename(second="third"), "second")
    n = n.filter(_more_than_steps(n) > values.number("likelihood", n, "on").ln()).select(*route)
    tours = t.filter(t.two).semi_join(rounds.semi_join(n, route), ["patient_no", *route])
    days = ibis.union(
        tours.select("patient_no", "on", provider_no="third"),
        tours.select("patient_no", on="second_on", provider_no="second"),
        tours.select("patient_no", on="first_on", provider_no="first"),
        distinct=True,
    )
    # most of the places know nothing of it: only the persons are named
    return _claims(at, days, "one_route", ("patient_id",))


def _more_than_steps(n: ir.Table) -> ir.FloatingValue:
    """How much likelier, in logarithms, what is seen is than two steps that know nothing of it.

    The four cells are the regulars of the place between by whether they take the one step and the
    other: where nobody takes one alone, few persons say much. Below 0 where fewer take both.
    Source: the likelihood-ratio test of independence (Woolf 1957), with its sign.
    """
    both, one, two, of = (
        n[name].cast("float64") for name in ("persons_n", "one_n", "two_n", "regulars_n")
    )
    cells = (
        (both, one * two), (one - both, one * (of - two)), (two - both, two * (of - one)),
        (of - one - two + both, (of - one) * (of - two)),
    )  # fmt: skip
    parts = (
        (seen * (seen * of / expected.nullif(0.0)).nullif(0.0).ln()).coalesce(0.0)
        for seen, expected in cells
    )
    ratio = sum(parts, start=ibis.literal(0.0))
    return (both * of > one * two).ifelse(ratio, -ratio)


def _repeated(t: ir.Table, values: Values, *keys: str) -> ir.Table:
    """Persons who did the same several times: patient_no and these keys."""
    n = t.group_by("patient_no", *keys).agg(
        times_n=t.count(), on=t.on.max(), level=ibis.null("int64"),
        provider_kind=ibis.null("string"),
    )  # fmt: skip
    n = n.filter(n.times_n.cast("float64") >= values.number("rounds", n, "on"))
    return n.select("patient_no", *keys)


_FEN = ("at most what the fund paid of the claims of these days",
        "至多为这些日期结算单的基金支付额")  # fmt: skip
_FAMILY = ("a family: fewer companions", "家庭成员（同伴人数少）")
_HABIT = ("fixed weekdays, on which everybody comes", "固定就诊日")
_ASKED = (("meetings", "count"), ("companions", "count"), ("minutes", "minutes"),
          ("tail_z", "ratio"), ("member_z", "ratio"))  # fmt: skip

TURNS: tuple[Rule, ...] = (
    Rule(
        id="R12.pile_of_cards", result_type="suspicious", grain="provider", stage="after",
        needs=("claims.started_at", "claims.terminal_id", "claim_lines.item_code", "items.kind"),
        thresholds=_ASKED, clause="38(5)", no_clause=None,
        words=("the same cards buy drugs at one terminal within minutes of each other, repeatedly",
               "同一批凭证多次在数分钟内于同一终端先后购药"),
        amount=_FEN,
        exceptions=(_FAMILY, _HABIT, ("visits at which more than drugs is billed",
                                       "除药品外另有项目的就诊")),
        find=_pile_of_cards,
    ),
    Rule(
        id="R15.in_turns", result_type="suspicious", grain="provider", stage="after",
        needs=("claims.started_at",),
        thresholds=(*_ASKED, ("days", "count"), ("elsewhere", "count"),
                    ("staged_diagnoses", "codes")),
        clause="40(1)", no_clause=None,
        words=("members of one group come within minutes of each other, in turns, to many places",
               "同一群体成员轮流结伴，在多家机构于数分钟内先后就诊"),
        amount=_FEN,
        exceptions=(("dialysis and other staged treatment, by its diagnosis",
                     "透析等按疗程治疗（按诊断）"), _FAMILY, _HABIT,
                    ("companions who only ever meet at one place", "仅在同一机构相遇者")),
        find=_in_turns,
    ),
    Rule(
        id="R15.one_route", result_type="suspicious", grain="patient", stage="after",
        needs=("providers.region_code",),
        thresholds=(("rounds", "count"), ("persons", "count"), ("days", "days"),
                    ("likelihood", "ratio"), ("staged_diagnoses", "codes")),
        clause=None, no_clause=UNNAMED,
        words=(("several persons repeat one round of the same places within days, each on days of "
                "their own"),
               "多人各自反复按同一顺序在数日内辗转于同几家机构"),
        amount=_FEN,
        exceptions=(("dialysis and other staged treatment, by its diagnosis",
                     "透析等按疗程治疗（按诊断）"), _FAMILY,
                    ("a round once only", "仅一次的轨迹"),
                    ("two places of one district: the way to town and back",
                     "两处同属一区县（往返就医）"),
                    ("as many persons as single steps explain", "单步客流即可解释的人数")),
        find=_one_route,
    ),
)  # fmt: skip
