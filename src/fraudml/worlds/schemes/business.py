"""What the schemes share: the carrier's own business while the scheme runs."""

import numpy as np

from fraudml.worlds.catalogue import DRUG
from fraudml.worlds.columns import Array, Columns, Rng, spread, stack, take, within
from fraudml.worlds.fund import (
    INPATIENT,
    OUTPATIENT,
    PHARMACY_SALE,
    Artefact,
    Fund,
    born_day,
    make_lines,
    make_visits,
    under_contract,
)
from fraudml.worlds.people import practitioner_of
from fraudml.worlds.plans import Plant
from fraudml.worlds.providers import PHARMACY
from fraudml.worlds.visits import cards, clock, draw_diagnosis
from fraudml.worlds.window import TRACED_FROM_END


def rng_of(fund: Fund, plant: Plant, step: str) -> Rng:
    """A generator of this plant's own."""
    return fund.rng(f"plant.{plant.plan.number}.{step}")


def rng_of_artefact(fund: Fund, artefact: Artefact) -> Rng:
    """A generator of this data error's own."""
    return fund.rng(f"artefact.{artefact.number}.{artefact.name}")


def own_visits(fund: Fund, plant: Plant, *, stays: bool | None = None) -> Array:
    """Visit numbers of the carrier's untouched visits while the scheme runs."""
    visits = fund.visits
    mine = (visits["provider"] == plant.provider) & (visits["plant"] < 0)
    mine &= (visits["admitted"] >= plant.start_day) & (visits["admitted"] < plant.stop_day)
    if stays is not None:
        mine &= (visits["kind"] == INPATIENT) == stays
    return np.flatnonzero(mine)


def share_of(rng: Rng, rows: Array, share: float) -> Array:
    """A drawn part of the rows: at least one where there is any."""
    n = max(1, round(len(rows) * share)) if len(rows) else 0
    return np.sort(rng.permutation(rows)[:n])


def by_accomplices(rng: Rng, plant: Plant, who: Array) -> Array:
    """The practitioners of false visits: mostly those who take part."""
    if not len(plant.practitioners):
        return who
    inside = plant.practitioners[rng.integers(len(plant.practitioners), size=len(who))]
    return np.where(rng.random(len(who)) < 0.8, inside, who)


def own_lines(fund: Fund, plant: Plant, *kinds: int) -> Array:
    """Line numbers of the carrier's untouched lines while the scheme runs, of these item kinds."""
    lines, visits = fund.lines, fund.visits
    visit = lines["visit"]
    mine = (visits["provider"][visit] == plant.provider) & (visits["plant"][visit] < 0)
    mine &= (lines["day"] >= plant.start_day) & (lines["day"] < plant.stop_day)
    mine &= (lines["plant"] < 0) & (lines["quantity"] > 0)
    if kinds:
        mine &= np.isin(fund.catalogue.items["kind"][lines["item"]], kinds)
    return np.flatnonzero(mine)


def own_traced(fund: Fund, plant: Plant) -> Array:
    """The carrier's untouched drug lines of the months in which packs are scanned."""
    own = own_lines(fund, plant, DRUG)
    used = np.concatenate([fund.unscanned, fund.sold_again.ravel()])  # by another scheme
    own = own[~np.isin(own, used)]
    return np.asarray(own[fund.lines["day"][own] >= fund.window.days - TRACED_FROM_END])


def planted(fund: Fund, plant: Plant) -> Array:
    """Numbers of the visits that this plant added or altered."""
    return np.flatnonzero(fund.visits["plant"] == plant.plan.number)


def mark(fund: Fund, plant: Plant, rows: Array, false: Array | float = 1.0) -> None:
    """Say that these lines are this plant's, and which share of each is false."""
    fund.lines["false"][rows] = false
    fund.lines["plant"][rows] = plant.plan.number


def false_lines(fund: Fund, plant: Plant, visit: Array, item: Array, **known: Array) -> None:
    """Add lines that are wholly false: nothing was handed out, on the first day of each visit."""
    rng, n = rng_of(fund, plant, "false_lines"), len(visit)
    visits = fund.visits
    usual = {
        "day": visits["admitted"][visit],
        "minute": (visits["minute"][visit] + rng.integers(1, 40, n)).clip(0, 1439),
        "handed": np.full(n, -1),
        "false": np.ones(n),
        "plant": np.full(n, plant.plan.number),
    }
    add_lines(fund, make_lines(visit=visit, item=item, **(usual | known)))


def plain_items(fund: Fund, plant: Plant, *kinds: int) -> Array:
    """A mask of the items of these kinds that the carrier may bill for anybody."""
    items = fund.catalogue.items
    anybody = (items["sex"] == "") & (items["dx_limit"] == "") & (items["bundle"] == "")
    anybody &= (items["youngest"] == 0) & (items["oldest"] == 200)
    anybody &= items["level_min"] <= fund.providers["level"][plant.provider]
    return np.asarray(anybody & np.isin(items["kind"], kinds))


def neighbours(fund: Fund, plant: Plant, rng: Rng, n: int, fit: Array | bool = True) -> Array:
    """n persons who live near the carrier and survive the window, from 18 years on."""
    people = fund.patients
    good = (people["age"] >= 20) & (people["died"] > fund.window.days) & fit
    good &= people["outside"] < 0
    near = np.flatnonzero(good & (people["region"] == fund.providers["region"][plant.provider]))
    far = np.flatnonzero(good & (people["region"] != fund.providers["region"][plant.provider]))
    return np.concatenate([rng.permutation(near), rng.permutation(far)])[:n]


def firms_nearby(fund: Fund, plant: Plant, rng: Rng, n: int) -> tuple[Array, Array]:
    """About n people at work who survive the window, firm by firm; and the firm of each, from 0.

    Firms of six to eighty, in drawn order, none of them cut in two.
    """
    people = fund.patients
    fit = people["employee"] & (people["age"] >= 20) & (people["age"] < 60)
    fit &= (people["died"] > fund.window.days) & (people["outside"] < 0) & ~people["enrolled"]
    size = np.bincount(people["employer"][fit], minlength=int(people["employer"].max()) + 1)
    firms = rng.permutation(np.flatnonzero((size >= 6) & (size <= 80)))
    firms = firms[: 1 + int(np.searchsorted(np.cumsum(size[firms]), n))]
    place = np.full(len(size), -1)
    place[firms] = np.arange(len(firms))
    staff = np.flatnonzero(fit & (place[people["employer"]] >= 0))
    staff = staff[np.argsort(place[people["employer"][staff]], kind="stable")]
    return staff, place[people["employer"][staff]]


def days_within(rng: Rng, plant: Plant, n: int, margin: int = 1) -> Array:
    """n days while the scheme runs, at least ``margin`` days before it ends."""
    last = max(plant.stop_day - margin, plant.start_day + 1)
    return np.sort(rng.integers(plant.start_day, last, n))


def day_visits_at(
    fund: Fund, plant: Plant, patient: Array, provider: Array, day: Array, **known: Array
) -> Columns:
    """False visits of one day each, with an illness that suits the person unless it is given."""
    rng, n = rng_of(fund, plant, "day_visits"), len(patient)
    diagnosis = known.pop("diagnosis", None)
    if diagnosis is None:
        diagnosis = draw_diagnosis(rng, fund, known.get("person", patient), day)
    group = fund.catalogue.diagnoses["group"][diagnosis]
    shop = fund.providers["kind"][provider] == PHARMACY
    usual = {
        "kind": np.where(shop, PHARMACY_SALE, OUTPATIENT),
        "practitioner": practitioner_of(rng, fund.providers, provider, group),
        "minute": clock(rng, n),
        "card": cards(rng, fund, provider),
        "plant": np.full(n, plant.plan.number),
    }
    return make_visits(
        patient=patient,
        provider=provider,
        diagnosis=diagnosis,
        group=group,
        admitted=day,
        discharged=day,
        **(usual | known),
    )


def possible(fund: Fund, visits: Columns) -> Array:
    """Whether each patient is alive and not in a bed on the first day."""
    who, day = visits["patient"], visits["admitted"]
    inside = (day >= 0) & (visits["discharged"] < fund.window.days)
    return np.asarray(inside & alive(fund, who, day) & ~at_bed(fund, who, day))


def add_visits(fund: Fund, visits: Columns) -> Array:
    """Put new visits behind the others, as far as the providers are designated.

    returns  the number each visit got, -1 where it was left out
    """
    kept = under_contract(fund, visits)
    numbers = np.where(kept, len(fund.visits["patient"]) + np.cumsum(kept) - 1, -1)
    fund.visits = stack(fund.visits, take(visits, kept))
    return numbers


def repeat_visits(
    fund: Fund, plant: Plant | None, rows: Array, *, later: Array, **changed: Array
) -> None:
    """Add copies of these visits some days later; ``copy_lines`` bills in them what these had."""
    again = take(fund.visits, rows)
    again["discharged"] = again["discharged"] + later
    again["admitted"] = again["admitted"] + later
    again["care"] = np.full(len(rows), -1.0)  # nothing is billed but what is copied
    again["loss"] = np.ones(len(rows))
    if plant is not None:
        again["plant"] = np.full(len(rows), plant.plan.number)
    again |= changed
    inside = again["discharged"] < fund.window.days
    numbers = add_visits(fund, take(again, inside))
    pairs = np.column_stack([rows[inside], numbers])[numbers >= 0]
    fund.copied = np.concatenate([fund.copied, pairs])


def copy_lines(fund: Fund) -> None:
    """Bill in repeated visits what was billed in those they repeat; nothing is handed out."""
    source, target = fund.copied[:, 0], fund.copied[:, 1]
    order = np.argsort(source, kind="stable")
    lines = fund.lines
    begin = np.searchsorted(source[order], lines["visit"], side="left")
    end = np.searchsorted(source[order], lines["visit"], side="right")
    row = spread(end - begin)
    pair = order[np.repeat(begin, end - begin) + within(end - begin)]
    new = take(lines, row)
    shift = fund.visits["admitted"][target[pair]] - fund.visits["admitted"][source[pair]]
    new["visit"], new["day"] = target[pair], new["day"] + shift
    new["handed"] = np.full(len(row), -1)
    new["plant"] = np.full(len(row), -1)
    new["artefact"] = fund.visits["artefact"][target[pair]].astype(np.int16)
    add_lines(fund, new)


def place_of(visit: Array, item: Array, day: Array) -> Array:
    """One number for each item of a visit on a day."""
    return (visit * 1024 + item) * 4096 + day


def taken(fund: Fund, visit: Array, place: Array) -> Array:
    """Whether a line stands already at each of these places, which are all in these visits."""
    lines = fund.lines
    here = np.flatnonzero(np.isin(lines["visit"], visit))
    stand = place_of(lines["visit"][here], lines["item"][here], lines["day"][here])
    return np.isin(place, stand)


def move_lines(fund: Fund, rows: Array, visit: Array, day: Array) -> Array:
    """Put lines into these visits on these days; one whose item stands there already stays.

    returns  which of them were moved
    """
    lines = fund.lines
    new = place_of(visit, lines["item"][rows], day)
    _, first = np.unique(new, return_index=True)
    once = np.zeros(len(rows), dtype=bool)
    once[first] = True
    free = once & ~taken(fund, visit, new)
    lines["visit"][rows[free]] = visit[free]
    lines["day"][rows[free]] = day[free]
    return np.asarray(free)


def add_lines(fund: Fund, lines: Columns) -> None:
    """Put new lines behind the others; no line is ever taken away, so that numbers stay."""
    fund.lines = stack(fund.lines, lines)


def at_bed(fund: Fund, patient: Array, day: Array) -> Array:
    """Whether each patient lies in a hospital on that day."""
    visits = fund.visits
    stays = np.flatnonzero(visits["kind"] == INPATIENT)
    width = fund.window.days * 2 + 4000
    begin = np.sort(visits["patient"][stays] * width + visits["admitted"][stays] + 1000)
    order = np.argsort(visits["patient"][stays] * width + visits["admitted"][stays], kind="stable")
    end = (visits["patient"][stays] * width + visits["discharged"][stays] + 1000)[order]
    at = np.searchsorted(begin, patient * width + day + 1000, side="right") - 1
    return np.asarray((at >= 0) & (end[at.clip(0)] >= patient * width + day + 1000))


def meets_a_stay(fund: Fund, stays: Columns) -> Array:
    """Whether another stay of the same patient touches these days."""
    days = (stays["discharged"] - stays["admitted"]) + 3
    row = spread(days)
    busy = at_bed(fund, stays["patient"][row], stays["admitted"][row] - 1 + within(days))
    return np.asarray(np.bincount(row, weights=busy, minlength=len(days)) > 0)


def alive(fund: Fund, patient: Array, day: Array) -> Array:
    """Whether each patient was born before that day and is alive on it."""
    return np.asarray((fund.patients["died"][patient] > day) & (born_day(fund, patient) < day))
