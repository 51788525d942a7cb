"""What each data error does to visits, lines and registers."""

import numpy as np

from fraudml.worlds.artefacts import Slip, lines_at, visits_of
from fraudml.worlds.catalogue import CONSUMABLE, DRUG, EXAM, GROUPS, SERVICE
from fraudml.worlds.fund import OUTPATIENT, Artefact, Fund, make_lines, make_visits
from fraudml.worlds.people import practitioner_of
from fraudml.worlds.providers import HOSPITAL
from fraudml.worlds.schemes.business import add_lines, add_visits, rng_of_artefact
from fraudml.worlds.visits import cards, clock

_PIECES = np.array([10, 12, 20, 24, 30])


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
    rng, visits = rng_of_artefact(fund, artefact), fund.visits
    seen = visits_of(fund, artefact)
    if not len(seen):
        return
    counts = np.bincount(visits["group"][seen], minlength=len(GROUPS))
    group = int(rng.choice(np.argsort(-counts, kind="stable")[:3]))
    seen = seen[visits["group"][seen] == group]
    staff = fund.providers["staff"][artefact.provider]
    head = int(fund.providers["first"][artefact.provider]) + group % min(int(staff), len(GROUPS))
    visits["practitioner"][seen] = head
    visits["artefact"][seen] = artefact.number


def send_in_bulk(fund: Fund, artefact: Artefact) -> None:
    """Months of visits are sent in one night, when the line works again."""
    seen, visits = visits_of(fund, artefact), fund.visits
    night = (artefact.stop_day + 3) * 1440 + 23 * 60
    visits["sent_at"][seen] = night + np.arange(len(seen)) // 60
    visits["artefact"][seen] = artefact.number


def send_twice(fund: Fund, artefact: Artefact) -> None:
    """A few days' batch arrives a second time, under new numbers."""
    rng, visits = rng_of_artefact(fund, artefact), fund.visits
    rows = visits_of(fund, artefact)[:160]
    again = {name: column[rows] for name, column in visits.items()}
    again["care"] = np.full(len(rows), -1.0)
    again["plant"] = np.full(len(rows), -1)
    again["artefact"] = np.full(len(rows), artefact.number, dtype=np.int16)
    again["delay"] = np.full(len(rows), rng.integers(1, 5), dtype=np.int16)
    numbers = add_visits(fund, again)
    pairs = np.column_stack([rows, numbers])[numbers >= 0]
    fund.copied = np.concatenate([fund.copied, pairs])


def count_as_mother(fund: Fund, artefact: Artefact) -> None:
    """Newborns without a number of their own are treated under their mothers'."""
    rng, people = rng_of_artefact(fund, artefact), fund.patients
    fit = people["female"] & (people["age"] >= 22) & (people["age"] <= 42) & (people["outside"] < 0)
    n = int(rng.integers(5, 14))
    mothers = rng.permutation(np.flatnonzero(fit & (people["died"] > fund.window.days)))[:n]
    n = len(mothers)
    illness = int(np.flatnonzero(fund.catalogue.diagnoses["code"] == "P59.9")[0])
    group = np.full(n, int(fund.catalogue.diagnoses["group"][illness]))
    provider = np.full(n, artefact.provider)
    day = rng.integers(artefact.start_day, max(artefact.stop_day - 1, artefact.start_day + 1), n)
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
    people = rng.permutation(fit)[: max(3, len(seen) // 8000)]
    fund.patients["default_birth"][people] = True
    touched = np.isin(visits["patient"], people) & (visits["artefact"] < 0)
    visits["artefact"][touched] = artefact.number


def bury_the_living(fund: Fund, artefact: Artefact) -> None:
    """A namesake's death is entered; the living person goes on seeing doctors everywhere."""
    rng, visits = rng_of_artefact(fund, artefact), fund.visits
    seen = np.bincount(visits["patient"], minlength=len(fund.patients["age"]))
    fit = (seen >= 10) & (fund.patients["died"] > fund.window.days)
    fit &= fund.patients["told_died"] < 0
    people = rng.permutation(np.flatnonzero(fit))[:2]
    days = rng.integers(fund.window.days // 4, fund.window.days * 3 // 4, len(people))
    fund.patients["told_died"][people] = days
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
    """One of the hospital's own codes is mapped to an examination of women."""
    lines, fixed = fund.lines, fund.catalogue.fixed
    here = lines_at(fund, artefact)
    code = {c: i for i, c in enumerate(fund.catalogue.items["code"])}
    choices = (
        (fixed["cystoscopy"], fixed["hysteroscopy"]),
        (code["002203000010000"], code["002203000030000"]),  # ultrasound of the belly
    )
    for pair in choices:
        was, now = pair
        rows = here[(lines["item"][here] == was) & (lines["plant"][here] < 0)]
        if len(rows) >= 15:
            break
    lines["item"][rows] = now
    lines["handed"][rows] = now
    lines["local"][rows] = was
    lines["artefact"][rows] = artefact.number


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
    """For a few days small prices arrive a hundred times too large."""
    rng, lines = rng_of_artefact(fund, artefact), fund.lines
    here = lines_at(fund, artefact)
    small = here[(lines["price_fen"][here] < 5_000) & (lines["plant"][here] < 0)]
    rows = rng.permutation(small)[:40]
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
    "wrong_mapping": map_wrongly,
    "autocomplete_slip": autocomplete,
    "newborn_on_mothers_id": treat_newborns,
    "server_clock": stop_the_clock,
}
ON_PRICES: dict[str, Slip] = {
    "unit_jump": count_pieces,
    "fen_for_yuan": misplace_the_point,
}
