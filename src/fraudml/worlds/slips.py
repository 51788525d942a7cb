"""What each data error does to visits, lines and registers."""

import numpy as np

from fraudml.worlds.artefacts import LEAST_BATCH, Slip, lines_at, visits_of
from fraudml.worlds.catalogue import CONSUMABLE, DRUG, EXAM, GROUPS, SERVICE
from fraudml.worlds.columns import Array, take
from fraudml.worlds.fund import (
    INPATIENT,
    OUTPATIENT,
    PHARMACY_SALE,
    Artefact,
    Fund,
    make_lines,
    make_visits,
)
from fraudml.worlds.people import practitioner_of
from fraudml.worlds.providers import HOSPITAL
from fraudml.worlds.schemes.business import add_lines, add_visits, rng_of_artefact
from fraudml.worlds.stays import stays_with
from fraudml.worlds.visits import cards, clock

_PIECES = np.array([10, 12, 20, 24, 30])
_BORN_HERE = 0.8
_LEAST_WITHOUT_BIRTH = 30  # persons
_LEAST_MAPPED = 30  # lines of a code


def unknown_doctor(fund: Fund, artefact: Artefact) -> None:
    """From the system's change on, many visits are written by a doctor who is nobody."""
    rng, staff = rng_of_artefact(fund, artefact), fund.practitioners
    nobody = len(staff["provider"])
    row = {"provider": artefact.provider, "specialty": -1, "title": -1, "since": -1, "left": -1}
    row["second"] = -1
    fund.practitioners = {name: np.append(staff[name], row[name]) for name in staff}
    seen = visits_of(fund, artefact)
    seen = seen[rng.random(len(seen)) < rng.uniform(0.3, 0.8)]
    fund.visits["practitioner"][seen] = nobody
    fund.visits["artefact"][seen] = artefact.number


def head_of_department(fund: Fund, artefact: Artefact) -> None:
    """Everything of one department is entered under its head's name."""
    visits, seen = fund.visits, visits_of(fund, artefact)
    seen = seen[visits["group"][seen] == artefact.group]
    staff = int(fund.providers["staff"][artefact.provider])
    lane = artefact.group % min(staff, len(GROUPS))
    visits["practitioner"][seen] = int(fund.providers["first"][artefact.provider]) + lane
    visits["artefact"][seen] = artefact.number


def send_in_bulk(fund: Fund, artefact: Artefact) -> None:
    """Months of visits are sent in one night, when the line works again."""
    seen, visits = visits_of(fund, artefact), fund.visits
    night = (artefact.stop_day + 3) * 1440 + 23 * 60
    visits["sent_at"][seen] = night + np.arange(len(seen)) // 60
    visits["artefact"][seen] = artefact.number


def send_twice(fund: Fund, artefact: Artefact) -> None:
    """The batch of a few whole days arrives a second time, under new numbers, in one night."""
    rng, visits = rng_of_artefact(fund, artefact), fund.visits
    rows = visits_of(fund, artefact)
    by_day = np.bincount(visits["admitted"][rows] - artefact.start_day).cumsum()
    days = int(np.searchsorted(by_day, rng.integers(LEAST_BATCH, 161), side="left")) + 1
    rows = rows[visits["admitted"][rows] < artefact.start_day + days]
    night = int(visits["discharged"][rows].max()) + int(rng.integers(2, 9))
    rows = rows[: len(rows) if night < fund.window.days else 0]
    again = take(visits, rows)
    again["care"] = np.full(len(rows), -1.0)
    again["plant"] = np.full(len(rows), -1)
    again["artefact"] = np.full(len(rows), artefact.number, dtype=np.int16)
    again["sent_at"] = np.full(len(rows), night * 1440 + 120) + np.arange(len(rows)) // 30
    numbers = add_visits(fund, again)
    pairs = np.column_stack([rows, numbers])[numbers >= 0]
    fund.copied = np.concatenate([fund.copied, pairs])


def count_as_mother(fund: Fund, artefact: Artefact) -> None:
    """Newborns without a number of their own are treated under their mothers'."""
    rng, people = rng_of_artefact(fund, artefact), fund.patients
    fit = people["female"] & (people["age"] >= 22) & (people["age"] <= 42) & (people["outside"] < 0)
    lain = fund.visits["patient"][fund.visits["kind"] == INPATIENT]
    fit[lain] = False
    n = int(rng.integers(8, 14))
    mothers = rng.permutation(np.flatnonzero(fit & (people["died"] > fund.window.days)))[:n]
    n = len(mothers)
    illness = int(np.flatnonzero(fund.catalogue.diagnoses["code"] == "P59.9")[0])
    group = np.full(n, int(fund.catalogue.diagnoses["group"][illness]))
    provider = np.full(n, artefact.provider)
    day = rng.integers(artefact.start_day, max(artefact.stop_day - 1, artefact.start_day + 1), n)
    _deliver(fund, artefact, mothers, day)
    add_visits(
        fund,
        make_visits(
            patient=mothers,
            provider=provider,
            practitioner=practitioner_of(rng, fund.providers, provider, group),
            kind=np.full(n, OUTPATIENT),
            group=group,
            diagnosis=np.full(n, illness),
            admitted=day,
            discharged=day,
            minute=clock(rng, n),
            card=cards(rng, fund, provider),
            care=np.full(n, 0.2),
            artefact=np.full(n, artefact.number, dtype=np.int16),
        ),
    )


def _deliver(fund: Fund, artefact: Artefact, mothers: Array, day: Array) -> None:
    """Most of the mothers lay in the same house, and went home a few days before."""
    rng = fund.rng(f"artefact.{artefact.number}.deliveries")
    here = rng.random(len(mothers)) < _BORN_HERE
    n, provider = int(here.sum()), np.full(int(here.sum()), artefact.provider)
    drg = np.full(n, np.flatnonzero(fund.catalogue.drgs["adrg"] == "OR1")[-1])
    who = {"patient": mothers[here], "provider": provider, "admitted": day[here]}
    stays = stays_with(fund, rng, drg, who)
    early = stays["discharged"] - stays["admitted"] + rng.integers(1, 10, n)
    stays["admitted"] = stays["admitted"] - early
    stays["discharged"] = stays["discharged"] - early
    stays["minute"], stays["card"] = clock(rng, n), cards(rng, fund, provider)
    stays["practitioner"] = practitioner_of(rng, fund.providers, provider, stays["group"])
    add_visits(fund, stays)


def treat_newborns(fund: Fund, artefact: Artefact) -> None:
    """Light for the jaundice of the newborn, on the mother's number."""
    rows = np.flatnonzero(fund.visits["artefact"] == artefact.number)
    lamp = fund.catalogue.fixed["phototherapy"]
    add_lines(
        fund,
        make_lines(
            visit=rows,
            item=np.full(len(rows), lamp),
            day=fund.visits["admitted"][rows],
            minute=(fund.visits["minute"][rows] + 30).clip(0, 1439),
        ),
    )


def forget_births(fund: Fund, artefact: Artefact) -> None:
    """A counter fills in 1900-01-01 where it does not know."""
    rng, visits = rng_of_artefact(fund, artefact), fund.visits
    seen = np.bincount(visits["patient"], minlength=len(fund.patients["age"]))
    fit = np.flatnonzero((seen >= 4) & ~fund.patients["default_birth"])
    if len(fit) < _LEAST_WITHOUT_BIRTH:
        return
    people = rng.permutation(fit)[: max(_LEAST_WITHOUT_BIRTH, len(seen) // 400)]
    fund.patients["default_birth"][people] = True
    touched = np.isin(visits["patient"], people) & (visits["artefact"] < 0)
    visits["artefact"][touched] = artefact.number


def bury_the_living(fund: Fund, artefact: Artefact) -> None:
    """A namesake's death is entered; the living person goes on seeing doctors everywhere."""
    rng, visits = rng_of_artefact(fund, artefact), fund.visits
    n = len(fund.patients["age"])
    fit = (fund.patients["died"] > fund.window.days) & (fund.patients["told_died"] < 0)
    day = rng.integers(fund.window.days // 4, fund.window.days * 3 // 4, n)
    clinical = visits["kind"] != PHARMACY_SALE
    after = np.flatnonzero(clinical & (visits["admitted"] > day[visits["patient"]]))
    who = visits["patient"][after]
    places = np.unique(np.column_stack([who, visits["provider"][after]]), axis=0)[:, 0]
    fit &= (np.bincount(who, minlength=n) >= 6) & (np.bincount(places, minlength=n) >= 3)
    people = rng.permutation(np.flatnonzero(fit))[:2]
    fund.patients["told_died"][people] = day[people]
    fund.patients["told"][people] = True
    died = fund.patients["told_died"][visits["patient"]]
    touched = np.isin(visits["patient"], people) & (visits["admitted"] > died)
    visits["artefact"][touched & (visits["artefact"] < 0)] = artefact.number


def reverse_unlinked(fund: Fund, artefact: Artefact) -> None:
    """Reversals come as bare negative bills, or months late, or both."""
    rng, places = rng_of_artefact(fund, artefact), fund.providers
    late = rng.random() < 0.5
    places["reversed"][artefact.provider] = rng.uniform(0.04, 0.08)
    places["reversed_late"][artefact.provider] = late
    places["reversed_unlinked"][artefact.provider] = True
    places["reversal_artefact"][artefact.provider] = artefact.number


def map_wrongly(fund: Fund, artefact: Artefact) -> None:
    """One of the hospital's own codes stands for the code beside it, of women or of an age.

    The hospital goes on charging its own price for what it does.
    """
    rng, lines = rng_of_artefact(fund, artefact), fund.lines
    here = lines_at(fund, artefact)
    here = here[(lines["plant"][here] < 0) & (lines["local"][here] < 0)]
    used = np.bincount(lines["item"][here], minlength=len(fund.catalogue.items["code"]))
    beside = _limited_neighbours(fund, int(fund.providers["level"][artefact.provider]))
    choices = np.flatnonzero((used >= _LEAST_MAPPED) & (beside >= 0))
    if not len(choices):
        return
    was = int(rng.choice(choices))
    rows = here[lines["item"][here] == was]
    lines["item"][rows] = lines["handed"][rows] = beside[was]
    lines["local"][rows] = was
    lines["artefact"][rows] = artefact.number


def _limited_neighbours(fund: Fund, level: int) -> Array:
    """(items,) the nearest code of the same kind with a limit of sex or age; -1 where none.

    Only what is done for anybody has one: examinations and services without limits of their own.
    """
    items, codes = fund.catalogue.items, fund.catalogue.items["code"].astype(str)
    place = np.argsort(np.argsort(codes, kind="stable"), kind="stable")
    limited = (items["sex"] != "") | (items["youngest"] > 0) | (items["oldest"] < 200)
    open_to = limited & (items["level_min"] <= level)
    found = np.full(len(codes), -1)
    for kind in (EXAM, SERVICE):
        to = np.flatnonzero(open_to & (items["kind"] == kind))
        anybody = ~limited & (items["dx_limit"] == "") & (items["bundle"] == "")
        rows = np.flatnonzero((items["kind"] == kind) & anybody & (items["weight"] > 0))
        if len(to):
            found[rows] = to[np.abs(place[rows][:, None] - place[to]).argmin(axis=1)]
    return found


def autocomplete(fund: Fund, artefact: Artefact) -> None:
    """Here and there a click on the wrong line: an egg retrieval for a woman of 73."""
    rng, lines, visits = rng_of_artefact(fund, artefact), fund.lines, fund.visits
    where = visits["provider"][lines["visit"]]
    large = (fund.providers["kind"] == HOSPITAL) & (fund.providers["level"] >= 2)
    some = large[where] & np.isin(fund.catalogue.items["kind"][lines["item"]], (EXAM, SERVICE))
    some &= (lines["plant"] < 0) & (lines["artefact"] < 0)
    some &= fund.patients["age"][visits["patient"][lines["visit"]]] >= 60
    rows = rng.permutation(np.flatnonzero(some))[: int(rng.integers(3, 9))]
    lines["item"][rows] = lines["handed"][rows] = fund.catalogue.fixed["egg_retrieval"]
    lines["quantity"][rows] = 1
    lines["artefact"][rows] = artefact.number


def stop_the_clock(fund: Fund, artefact: Artefact) -> None:
    """The server stamps every visit and every line with midnight."""
    seen = visits_of(fund, artefact, stays=False)
    fund.visits["minute"][seen] = 0
    fund.visits["artefact"][seen] = artefact.number
    fund.lines["minute"][np.isin(fund.lines["visit"], seen)] = 0


def count_pieces(fund: Fund, artefact: Artefact) -> None:
    """Some drugs are counted in tablets from a day on, at the price of a tablet."""
    rng, lines = rng_of_artefact(fund, artefact), fund.lines
    here = lines_at(fund, artefact)
    goods = np.isin(fund.catalogue.items["kind"][lines["item"][here]], (DRUG, CONSUMABLE))
    here = here[goods]
    counts = np.bincount(lines["item"][here], minlength=len(fund.catalogue.items["code"]))
    chosen = np.argsort(-counts, kind="stable")[: int(rng.integers(2, 5))]
    rows = here[np.isin(lines["item"][here], chosen)]
    pieces = _PIECES[lines["item"][rows] % len(_PIECES)]
    lines["quantity"][rows] = lines["quantity"][rows] * pieces
    lines["price_fen"][rows] = np.maximum(lines["price_fen"][rows] // pieces, 1)
    if rng.random() < 0.5:  # otherwise the stock is counted in pieces as well
        lines["units"][rows] = pieces
    lines["artefact"][rows] = artefact.number


def misplace_the_point(fund: Fund, artefact: Artefact) -> None:
    """For a few days every price of a claim arrives a hundred times too large.

    Claims with false lines are left alone: what the fund lost by a scheme stays what it was.
    """
    lines, visits = fund.lines, fund.visits
    here = lines_at(fund, artefact)
    false = (lines["plant"][here] >= 0) | (visits["plant"][lines["visit"][here]] >= 0)
    here = here[~np.isin(lines["visit"][here], lines["visit"][here[false]])]
    rows = here[np.isin(lines["visit"][here], visits_of(fund, artefact, stays=False))]
    lines["price_fen"][rows] = lines["price_fen"][rows] * 100
    lines["artefact"][rows] = artefact.number


ON_VISITS: dict[str, Slip] = {
    "placeholder_practitioner": unknown_doctor,
    "unlinked_reversals": reverse_unlinked,
    "bulk_upload": send_in_bulk,
    "batch_sent_twice": send_twice,
    "default_birth_date": forget_births,
    "newborn_on_mothers_id": count_as_mother,
    "wrong_death_date": bury_the_living,
    "head_of_department": head_of_department,
}
ON_LINES: dict[str, Slip] = {
    "autocomplete_slip": autocomplete,
    "newborn_on_mothers_id": treat_newborns,
    "server_clock": stop_the_clock,
}
ON_PRICES: dict[str, Slip] = {
    "wrong_mapping": map_wrongly,
    "unit_jump": count_pieces,
    "fen_for_yuan": misplace_the_point,
}
