"""Honest entities that look like carriers: places of their own kind, changes with a good reason."""

import numpy as np

from fraudml.worlds.catalogue import GROUPS
from fraudml.worlds.columns import Array, Columns, Rng, spread, stack, take, within
from fraudml.worlds.fund import INPATIENT, OUTPATIENT, Fund, make_visits
from fraudml.worlds.people import practitioner_of
from fraudml.worlds.providers import CLINIC, HOSPITAL, PHARMACY, REGIONS
from fraudml.worlds.stays import SEVERITIES
from fraudml.worlds.visits import cards, clock, draw_diagnosis

_SOLE = len(REGIONS) - 1  # the smallest district


def special_places(fund: Fund) -> None:
    """Before any visit: a referral centre, a sole hospital, an orderly corrector, a warehouse."""
    rng, places = fund.rng("innocents.places"), fund.providers
    large = np.flatnonzero((places["kind"] == HOSPITAL) & (places["level"] == 3))
    if len(large):
        centre = rng.permutation(large)[: max(1, len(large) // 8)]
        places["habit_severity"][centre] *= 1.7
        places["habit_stay"][centre] *= 1.15
        places["size"][centre] *= 1.4
        fund.note("referral_centre", "provider", centre)
    hospitals = np.flatnonzero((places["kind"] == HOSPITAL) & (places["region"] == _SOLE))
    others = np.flatnonzero(places["kind"] == HOSPITAL)
    sole = hospitals[:1] if len(hospitals) else others[-1:]
    places["region"][hospitals] = rng.integers(0, 5, len(hospitals))
    places["region"][sole] = _SOLE
    fund.note("sole_provider", "provider", sole)
    corrector = rng.permutation(np.flatnonzero(places["opened"] < 0))[: _few(fund)]
    places["reversed"][corrector] = 0.08
    places["reversed_late"][corrector] = True
    fund.note("late_correction", "provider", corrector)
    _suspensions(fund)
    _warehouses(fund)
    one, other = _twins(fund)
    for name in ("born", "age", "female", "region", "outside"):
        fund.patients[name][other] = fund.patients[name][one]


def _warehouses(fund: Fund) -> None:
    """A chain of shops buys all packs through one of them."""
    rng, places = fund.rng("innocents.warehouses"), fund.providers
    shops = np.flatnonzero((places["kind"] == PHARMACY) & (places["opened"] < 0))
    owners, count = np.unique(places["operator"][shops], return_counts=True)
    for owner in rng.permutation(owners[count >= 2])[: _few(fund)]:
        chain = shops[places["operator"][shops] == owner]
        places["buyer"][chain] = chain[0]
        fund.note("shared_warehouse", "provider", chain[1:])


def _twins(fund: Fund) -> tuple[Array, Array]:
    """Pairs of children, drawn alike before and after they are made to be of one day and place."""
    rng, age = fund.rng("innocents.twins"), fund.patients["age"]
    children = rng.permutation(np.flatnonzero((age >= 2) & (age <= 14)))
    pairs = max(2, len(age) // 4000)
    return children[:pairs], children[pairs : 2 * pairs]


def _suspensions(fund: Fund) -> None:
    """Interrupted contracts that are kept to, of providers and of a hospital's department."""
    rng, places = fund.rng("innocents.suspensions"), fund.providers
    small = np.flatnonzero((places["kind"] != HOSPITAL) & (places["opened"] < 0))
    for provider in rng.permutation(small)[: _few(fund)]:
        begin = int(rng.integers(60, fund.window.days - 120))
        fund.suspend(int(provider), begin, begin + int(rng.integers(29, 90)))
    large = np.flatnonzero((places["kind"] == HOSPITAL) & (places["opened"] < 0))
    for provider in rng.permutation(large)[: _few(fund)]:
        begin = int(rng.integers(60, fund.window.days - 200))
        group = int(rng.integers(len(GROUPS)))
        fund.suspend(int(provider), begin, begin + int(rng.integers(90, 190)), group)
        fund.note("suspended_department", "provider", np.array([provider]))


def _few(fund: Fund) -> int:
    return max(1, len(fund.providers["kind"]) // 150)


def _busy(fund: Fund, visits: Columns, least: int, *kinds: int) -> Array:
    places = fund.providers
    busy = np.bincount(visits["provider"], minlength=len(places["kind"]))
    fits = np.isin(places["kind"], kinds) & (places["opened"] < 0)
    fits &= places["closed"] > fund.window.days
    good = np.flatnonzero(fits & (busy >= least))
    return good if len(good) else np.flatnonzero(fits)[np.argsort(-busy[fits], kind="stable")[:2]]


def _daily(fund: Fund, rng: Rng, who: Columns, **known: Array) -> Columns:
    """Honest visits of one day each; who  patient, provider, day."""
    n, provider = len(who["patient"]), who["provider"]
    diagnosis = known.pop("diagnosis", None)
    if diagnosis is None:
        diagnosis = draw_diagnosis(rng, fund, who["patient"], who["day"])
    group = fund.catalogue.diagnoses["group"][diagnosis]
    usual = {
        "practitioner": practitioner_of(rng, fund.providers, provider, group),
        "minute": clock(rng, n),
        "care": rng.gamma(4.0, 0.25, n),
    }
    return make_visits(
        patient=who["patient"],
        provider=provider,
        kind=np.full(n, OUTPATIENT),
        group=group,
        diagnosis=diagnosis,
        admitted=who["day"],
        discharged=who["day"],
        card=cards(rng, fund, provider),
        **(usual | known),
    )


def _nearby(fund: Fund, rng: Rng, provider: int, n: int, least_age: int) -> Array:
    people = fund.patients
    here = people["region"] == fund.providers["region"][provider]
    fit = np.flatnonzero(here & (people["age"] >= least_age))
    fit = fit if len(fit) else np.flatnonzero(people["age"] >= least_age)
    return np.asarray(fit[rng.integers(len(fit), size=n)])


def busy_times(fund: Fund, visits: Columns) -> Columns:
    """Visits of epidemic weeks, families, new departments, courses, old people and twins."""
    return stack(
        _epidemic(fund, visits),
        _families(fund, visits),
        _department(fund, visits),
        _courses(fund, visits),
        _rounds(fund, visits),
        _twins_together(fund, visits),
    )


def _epidemic(fund: Fund, visits: Columns) -> Columns:
    """Two or three weeks in which a small provider sees three times as many, all with fever."""
    rng = fund.rng("innocents.epidemic")
    codes = fund.catalogue.diagnoses["code"]
    flu = np.flatnonzero(np.isin(codes, ("J06.9", "J20.9")))
    parts = []
    for provider in rng.permutation(_busy(fund, visits, 150, CLINIC, HOSPITAL))[: _few(fund)]:
        usual = (visits["provider"] == provider).sum() / fund.window.days
        length = int(rng.integers(14, 25))
        n = max(30, round(usual * 2.2 * length))
        begin = int(rng.integers(30, fund.window.days - length - 10))
        who = {
            "patient": _nearby(fund, rng, int(provider), n, 3),
            "provider": np.full(n, provider),
            "day": np.sort(rng.integers(begin, begin + length, n)),
        }
        parts.append(_daily(fund, rng, who, diagnosis=flu[rng.integers(len(flu), size=n)]))
        fund.note("epidemic_weeks", "provider", np.array([provider]))
    return stack(*parts)


def _families(fund: Fund, visits: Columns) -> Columns:
    """Three to five relatives go together, every month or two, to the same clinic."""
    rng = fund.rng("innocents.families")
    n = max(4, len(fund.patients["age"]) // 2500)
    homes = _busy(fund, visits, 150, CLINIC, HOSPITAL)
    home = homes[rng.integers(len(homes), size=n)]
    size = rng.integers(3, 6, n)
    outings = rng.integers(6, 13, n)
    family = spread(size)
    member = np.concatenate(
        [_nearby(fund, rng, int(h), int(s), 5) for h, s in zip(home, size, strict=True)]
    )
    trip = spread(outings[family])
    number = within(outings[family])
    f = family[trip]
    day = (rng.integers(0, 40, n)[f] + number * (fund.window.days // 14)).clip(0)
    came = rng.random(len(trip)) < 0.85
    who = {"patient": member[trip], "provider": home[f], "day": day}
    start = rng.integers(520, 900, (n, 13))
    minute = start[f, number] + within(size)[trip] * 6
    fund.note("family_together", "patient", member)
    together = _daily(fund, rng, who, minute=minute)
    return take(together, came & (day < fund.window.days))


def _department(fund: Fund, visits: Columns) -> Columns:
    """A hospital opens rehabilitation: from a day on, a third more visits, all of one group."""
    rng = fund.rng("innocents.department")
    codes = fund.catalogue.diagnoses["code"]
    new = np.flatnonzero(np.isin(codes, ("M79.1", "I69.3", "M48.0")))
    parts = []
    for provider in rng.permutation(_busy(fund, visits, 300, HOSPITAL))[: _few(fund)]:
        begin = int(rng.integers(fund.window.days // 3, fund.window.days * 2 // 3))
        seen = (visits["provider"] == provider).sum() * (1 - begin / fund.window.days)
        n = max(40, round(seen * 0.35))
        who = {
            "patient": _nearby(fund, rng, int(provider), n, 45),
            "provider": np.full(n, provider),
            "day": rng.integers(begin, fund.window.days, n),
        }
        parts.append(_daily(fund, rng, who, diagnosis=new[rng.integers(len(new), size=n)]))
        fund.note("new_department", "provider", np.array([provider]))
    return stack(*parts)


def _numbers(fund: Fund, *codes: str) -> Array:
    return np.flatnonzero(np.isin(fund.catalogue.diagnoses["code"], codes))


def _courses(fund: Fund, visits: Columns) -> Columns:
    """Somebody truly comes two or three times a week for sessions, for a month or two."""
    rng = fund.rng("innocents.courses")
    n = max(3, len(fund.patients["age"]) // 2000)
    homes = _busy(fund, visits, 150, CLINIC, HOSPITAL)
    home = homes[rng.integers(len(homes), size=n)]
    who = np.array([_nearby(fund, rng, int(h), 1, 45)[0] for h in home])
    times = rng.integers(12, 25, n)
    row, turn = spread(times), within(times)
    begin = rng.integers(0, fund.window.days - 70, n)
    day = begin[row] + turn // 3 * 7 + turn % 3 * 2 + rng.integers(0, 2, len(row))
    illness = _numbers(fund, "M54.5", "M79.1", "I69.3")[rng.integers(3, size=n)]
    fund.note("therapy_course", "patient", who)
    at = {"patient": who[row], "provider": home[row], "day": day}
    return _daily(fund, rng, at, diagnosis=illness[row])


def _rounds(fund: Fund, visits: Columns) -> Columns:
    """Old people with many ailments see three departments of a large hospital on one morning."""
    rng, places = fund.rng("innocents.rounds"), fund.providers
    n = max(3, len(fund.patients["age"]) // 2000)
    homes = _busy(fund, visits, 300, HOSPITAL)
    homes = homes[np.argsort(-places["level"][homes], kind="stable")][:4]
    home = homes[rng.integers(len(homes), size=n)]
    who = np.array([_nearby(fund, rng, int(h), 1, 65)[0] for h in home])
    outings = np.full(n, fund.window.days // 61)
    trip = spread(outings).repeat(3)
    number = within(outings).repeat(3)
    stop = np.tile(np.arange(3), n * int(outings[0]))
    day = number * 61 + rng.integers(0, 50, (n, int(outings[0])))[trip, number]
    some = _numbers(fund, "I25.1", "E11.9", "J44.9", "M17.9", "I63.9", "K21.0")
    illness = some[np.argsort(rng.random((n, len(some))), axis=1)[trip, stop]]
    start = rng.integers(490, 600, (n, int(outings[0])))[trip, number]
    fund.note("many_departments", "patient", who)
    at = {"patient": who[trip], "provider": home[trip], "day": day}
    return _daily(fund, rng, at, diagnosis=illness, minute=start + stop * 35)


def _twins_together(fund: Fund, visits: Columns) -> Columns:
    """Twins fall ill together and are seen together; their bills are much alike."""
    rng = fund.rng("innocents.twins.visits")
    one, other = _twins(fund)
    homes = _busy(fund, visits, 150, CLINIC, HOSPITAL)
    times = rng.integers(4, 9, len(one))
    row = spread(times).repeat(2)
    day = np.sort(rng.integers(0, fund.window.days, int(times.sum()))).repeat(2)
    second = np.tile([0, 1], int(times.sum()))
    fund.note("twins", "patient", np.concatenate([one, other]))
    at = {
        "patient": np.where(second > 0, other[row], one[row]),
        "provider": homes[rng.integers(len(homes), size=len(one))][row],
        "day": day,
    }
    cold = np.full(len(row), int(_numbers(fund, "J06.9")[0]))
    return _daily(fund, rng, at, diagnosis=cold, minute=600 + second * 7)


def change_case_mix(fund: Fund) -> None:
    """From a day on a hospital truly takes the severe cases, and does more for them."""
    rng, visits = fund.rng("innocents.case_mix"), fund.visits
    for provider in rng.permutation(_with_stays(fund))[: _few(fund)]:
        begin = int(rng.integers(fund.window.days // 4, fund.window.days * 2 // 3))
        stays = (visits["provider"] == provider) & (visits["kind"] == INPATIENT)
        rows = np.flatnonzero(stays & (visits["admitted"] >= begin))
        rows = rows[(rng.random(len(rows)) < 0.55) & (visits["drg"][rows] % SEVERITIES > 0)]
        drg = visits["drg"][rows] - 1
        was, now = (fund.catalogue.drgs["weight"][d] for d in (visits["drg"][rows], drg))
        visits["drg"][rows] = visits["true_drg"][rows] = drg
        visits["care"][rows] *= now / was
        fund.note("case_mix_change", "provider", np.array([provider]))


def _with_stays(fund: Fund) -> Array:
    visits = fund.visits
    stays = np.bincount(
        visits["provider"][visits["kind"] == INPATIENT], minlength=len(fund.providers["kind"])
    )
    hospital = fund.providers["kind"] == HOSPITAL
    good = np.flatnonzero(hospital & (stays >= 30))
    return good if len(good) else np.flatnonzero(hospital)[np.argsort(-stays[hospital])[:2]]


def move_between_branches(fund: Fund) -> None:
    """A hospital sends the long cases on to its own branch on the day they leave it."""
    rng, visits = fund.rng("innocents.branches"), fund.visits
    pool = _with_stays(fund)
    branches = np.setdiff1d(np.flatnonzero(fund.providers["kind"] == HOSPITAL), pool[:1])
    for home in rng.permutation(pool)[: _few(fund)]:
        branch = int(rng.choice(branches[branches != home]))
        fund.providers["operator"][branch] = fund.providers["operator"][home]
        days = visits["discharged"] - visits["admitted"]
        knife = fund.catalogue.drgs["surgical"][visits["drg"]] > 0  # nobody is operated on twice
        rows = np.flatnonzero(
            (visits["provider"] == home) & (visits["kind"] == INPATIENT) & (days >= 6) & ~knife
        )
        rows = rows[rng.random(len(rows)) < 0.3]
        half = visits["admitted"][rows] + days[rows] // 2
        after = take(visits, rows)
        after["provider"] = np.full(len(rows), branch)
        after["practitioner"] = practitioner_of(
            rng, fund.providers, after["provider"], after["group"]
        )
        after["admitted"] = half
        visits["discharged"][rows] = half
        visits["ending"][rows] = 1
        fund.visits = visits = stack(visits, after)
        fund.note("branch_transfer", "provider", np.array([home, branch]))


def name_the_staged(fund: Fund) -> None:
    """Patients of staged chemotherapy and of dialysis, as the visits turned out."""
    visits, drgs = fund.visits, fund.catalogue.drgs
    kidney = int(np.flatnonzero(fund.catalogue.diagnoses["code"] == "N18.5")[0])
    chemo = (visits["drg"] >= 0) & (drgs["adrg"][visits["drg"]] == "RE1")
    staged = chemo | ((visits["kind"] == OUTPATIENT) & (visits["diagnosis"] == kidney))
    times = np.bincount(visits["patient"][staged], minlength=len(fund.patients["age"]))
    fund.note("staged_treatment", "patient", np.flatnonzero(times >= 4))
