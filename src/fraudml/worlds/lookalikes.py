"""What looks like a scheme and is not: slips, quarter-hour units, screening days."""

import numpy as np

from fraudml.worlds.columns import Array, Columns, spread, stack, take
from fraudml.worlds.fund import OUTPATIENT, Fund, make_visits
from fraudml.worlds.people import practitioner_of
from fraudml.worlds.providers import CLINIC, HOSPITAL, PHARMACY
from fraudml.worlds.visits import cards

_DOUBLED, _OVER_CAP = 0.0009, 0.0006
_QUARTER_HOURS = 0.03
_LONG_MINUTES = 25


def make_slips(fund: Fund) -> None:
    """Lines entered twice and prices above the cap by mistake, more at careless providers."""
    rng, lines = fund.rng("slips"), fund.lines
    slips = fund.providers["habit_slips"][fund.visits["provider"][lines["visit"]]]
    luck = rng.random(len(slips))
    over = np.flatnonzero(luck > 1 - _OVER_CAP * slips.clip(0, 20))
    late = lines["day"][over] >= fund.window.change_day
    cap = fund.catalogue.cap_fen(lines["item"][over], late)
    lines["price_fen"][over] = np.ceil(cap * rng.uniform(1.01, 1.3, len(over))).astype(np.int64)
    twice = take(lines, luck < _DOUBLED * slips.clip(0, 20))
    fund.lines = stack(lines, twice)


def count_quarter_hours(fund: Fund) -> None:
    """A few providers enter long sessions in quarter hours: more units, each at a part price."""
    rng, lines, items = fund.rng("quarter-hours"), fund.lines, fund.catalogue.items
    so = rng.random(len(fund.providers["kind"])) < _QUARTER_HOURS
    clinical = fund.providers["kind"] != PHARMACY
    so |= np.arange(len(so)) == rng.choice(np.flatnonzero(clinical))
    minutes = items["minutes"][lines["item"]]
    long = so[fund.visits["provider"][lines["visit"]]] & (minutes >= _LONG_MINUTES)
    long &= (minutes < 60) & (lines["plant"] < 0) & (lines["artefact"] < 0)
    fund.note("unit_conversion", "provider", np.flatnonzero(so & clinical))
    units = np.where(long, minutes // 15, 1)
    lines["quantity"] = lines["quantity"] * units
    lines["price_fen"] = np.maximum(lines["price_fen"] // units, 1)


def screening_days(fund: Fund) -> Columns:
    """People of one neighbourhood examined one behind another on a day, at a small provider."""
    rng, providers = fund.rng("screening"), fund.providers
    small = np.flatnonzero(
        (providers["kind"] == CLINIC) | ((providers["kind"] == HOSPITAL) & (providers["level"] < 2))
    )
    hosts = small[rng.random(len(small)) < 0.1]
    host = np.repeat(hosts, rng.integers(1, 5, len(hosts)))
    guests = rng.integers(8, 26, len(host))
    row = spread(guests)
    provider = host[row]
    patient = _neighbours(fund, providers["region"][provider])
    illness = int(np.flatnonzero(fund.catalogue.diagnoses["code"] == "Z00.0")[0])
    group = np.full(len(row), int(fund.catalogue.diagnoses["group"][illness]))
    day = rng.integers(0, fund.window.days, len(host))[row]
    fund.note("screening_day", "provider", hosts)
    return make_visits(
        patient=patient,
        provider=provider,
        practitioner=practitioner_of(rng, providers, provider, group * 0),
        kind=np.full(len(row), OUTPATIENT),
        group=group,
        diagnosis=np.full(len(row), illness),
        admitted=day,
        discharged=day,
        minute=(480 + np.arange(len(row)) % 26 * 6).clip(0, 1439),
        card=cards(rng, fund, provider),
        care=np.full(len(row), 1.3),
    )


def _neighbours(fund: Fund, region: Array) -> Array:
    """A person of each region, drawn."""
    rng = fund.rng("screening.people")
    order = np.argsort(fund.patients["region"], kind="stable")
    count = np.bincount(fund.patients["region"], minlength=8)
    start = np.cumsum(count) - count
    return np.asarray(
        order[start[region] + np.floor(rng.random(len(region)) * count[region]).astype(np.int64)]
    )
