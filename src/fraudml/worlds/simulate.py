"""A demo fund from one seed: people and places, honest care, planted schemes, past inspections."""

from pathlib import Path
from typing import Any

import numpy as np

from fraudml.artifacts import write_parquet
from fraudml.params import SimulateParams
from fraudml.worlds import artefacts, innocents, slips, tables
from fraudml.worlds.answer import Carrier, carriers, false_rows
from fraudml.worlds.billing import write_billing
from fraudml.worlds.catalogue import load_catalogue
from fraudml.worlds.columns import Array, Columns, height, named_rng, stack, take
from fraudml.worlds.files import write_csv
from fraudml.worlds.fund import INPATIENT, Fund, under_contract
from fraudml.worlds.history import inspect
from fraudml.worlds.key import write_key, write_parameters
from fraudml.worlds.lines import lines_of
from fraudml.worlds.lookalikes import count_quarter_hours, make_slips, screening_days
from fraudml.worlds.mechanisms import TYPOLOGIES
from fraudml.worlds.money import set_prices, settle
from fraudml.worlds.passes import leave_passes
from fraudml.worlds.people import make_patients, make_practitioners
from fraudml.worlds.plans import Plan, Plant, Wish, draw_plans
from fraudml.worlds.planting import assign, parameters, plant_on_lines, plant_on_visits
from fraudml.worlds.providers import make_providers
from fraudml.worlds.schemes.business import alive, at_bed, copy_lines
from fraudml.worlds.settlement import Ledger, make_ledger
from fraudml.worlds.stays import make_stays
from fraudml.worlds.stock import stock_moves
from fraudml.worlds.surroundings import make_budgets, make_inspectors, make_tips
from fraudml.worlds.traces import make_traces
from fraudml.worlds.visits import day_visits
from fraudml.worlds.window import window_of

LINES_PER_PERSON_MONTH = 2.65
CLAIMS_PER_PERSON_MONTH = 0.8


def simulate_fund(params: SimulateParams, raw: Path, key: Path) -> dict[str, Any]:
    """Write a fund in the contract's raw form, and its answer key in a folder apart.

    raw, key  empty folders
    returns   counts of what was written; equal params write equal bytes
    """
    share, plans = draw_plans(params.seed, params.providers, _wish(params))
    fund, plants = grow(params, plans)
    ledger = make_ledger(fund, settle(fund))
    rows = false_rows(fund, ledger, plants)
    found = carriers(fund, ledger, plants, rows)
    counts = _write_raw(fund, ledger, (found, plants), raw)
    write_key(key, fund, ledger, rows, (found, plants))
    write_parameters(key, parameters(share, plans, plants) | _drawn(fund))
    return counts | {"carriers": len({c.entity for c in found if c.grain == "provider"})}


def grow(params: SimulateParams, plans: tuple[Plan, ...]) -> tuple[Fund, tuple[Plant, ...]]:
    """All visits and priced lines, with these schemes and with data errors; nothing settled yet."""
    fund = _honest(params)
    artefacts.merge_branches(fund)
    fund.visits = take(fund.visits, under_contract(fund, fund.visits))
    plants = assign(fund, plans)
    artefacts.choose(fund, plants)
    plant_on_visits(fund, plants)
    artefacts.make(fund, slips.ON_VISITS)
    _bill(fund, plants)
    return fund, plants


def _wish(params: SimulateParams) -> Wish:
    return Wish(params.carrier_share, params.typologies or TYPOLOGIES, params.strength)


def _bill(fund: Fund, plants: tuple[Plant, ...]) -> None:
    """The lines of all visits: honest ones, slips, schemes, data errors; then their prices."""
    fund.lines = lines_of(fund)
    make_slips(fund)
    copy_lines(fund)
    plant_on_lines(fund, plants)
    artefacts.make(fund, slips.ON_LINES)
    set_prices(fund)
    count_quarter_hours(fund)
    artefacts.make(fund, slips.ON_PRICES)


def _drawn(fund: Fund) -> dict[str, Any]:
    """Data errors and look-alikes, for the answer key."""
    return {
        "artefacts": [a._asdict() for a in artefacts.happened(fund)],
        "lookalikes": [one._asdict() for one in sorted(set(fund.lookalikes))],
    }


def _honest(params: SimulateParams) -> Fund:
    """The fund before any scheme: people, places and honest visits."""
    seed, window = params.seed, window_of(params.until, params.months)
    scale = params.lines / (params.patients * params.months * LINES_PER_PERSON_MONTH)
    providers = make_providers(named_rng(seed, "providers"), params.providers)
    patients = make_patients(named_rng(seed, "patients"), params.patients, window, scale)
    claims = params.patients * params.months * CLAIMS_PER_PERSON_MONTH * scale
    expected = _expected(providers, claims)
    staff = make_practitioners(named_rng(seed, "practitioners"), providers, expected, params.months)
    fund = Fund(seed, window, load_catalogue(), providers, staff, patients)
    innocents.special_places(fund)
    fund.visits = make_stays(fund, scale)
    everyday = day_visits(fund, scale)
    more = stack(screening_days(fund), innocents.busy_times(fund, everyday))
    short = _free(fund, stack(everyday, more))
    fund.visits = _possible(fund, stack(fund.visits, short))
    innocents.change_case_mix(fund)
    innocents.move_between_branches(fund)
    innocents.name_the_staged(fund)
    return fund


def _expected(providers: Columns, claims: float) -> Array:
    """Claims each provider is thought to write: by size within its kind."""
    kind, size = providers["kind"], providers["size"]
    share = np.array([0.4, 0.32, 0.26, 0.02])
    total = np.bincount(kind, weights=size, minlength=4)
    return np.asarray(claims * share[kind] * size / total[kind])


def _free(fund: Fund, visits: Columns) -> Columns:
    """Few visits elsewhere while in bed: a relative fetches drugs, a pass is granted."""
    lying = at_bed(fund, visits["patient"], visits["admitted"])
    rng = fund.rng("visits.passes")
    return take(visits, ~lying | (rng.random(len(lying)) < 0.08))


def _possible(fund: Fund, visits: Columns) -> Columns:
    """Nothing after death, outside a contract or the window; a stay ends with death."""
    visits = take(visits, under_contract(fund, visits))
    visits = take(visits, alive(fund, visits["patient"], visits["admitted"] - 1))
    for pause in fund.suspensions:
        during = (visits["admitted"] <= pause.last_day) & (visits["discharged"] >= pause.first_day)
        during &= (pause.group < 0) | (visits["group"] == pause.group)
        visits = take(visits, ~(during & (visits["provider"] == pause.provider)))
    died = fund.patients["died"][visits["patient"]]
    visits["discharged"] = np.minimum(visits["discharged"], died)
    return take(visits, (visits["admitted"] >= 0) & (visits["admitted"] < fund.window.days))


def _write_raw(
    fund: Fund, ledger: Ledger, answer: tuple[list[Carrier], tuple[Plant, ...]], raw: Path
) -> dict[str, Any]:
    found, plants = answer
    traces = make_traces(fund, ledger)
    tips = make_tips(fund, found)
    history = inspect(fund, ledger, found, tips)
    write_billing(fund, ledger, traces.codes, raw)
    write_parquet(raw / "trace_events.parquet", traces.events)
    small = {
        "providers.csv": tables.providers(fund),
        "practitioners.csv": tables.practitioners(fund),
        "patients.csv": tables.patients(fund),
        "items.csv": tables.items(fund),
        "enrolments.csv": tables.enrolments(fund),
        "contract_periods.csv": tables.contract_periods(fund),
        "leave_passes.csv": leave_passes(fund, ledger),
        "drg_groups.csv": tables.drg_groups(fund),
        "stock_moves.csv.gz": tables.stock(fund, stock_moves(fund, ledger, plants)),
        "inspections.csv": tables.inspections(fund, history.rows),
        "inspectors.csv": tables.inspectors(fund, make_inspectors(fund)),
        "tips.csv": tables.tips(fund, tips),
        "budgets.csv": tables.budgets(fund, make_budgets(fund, ledger)),
    }
    for name, table in small.items():
        write_csv(raw / name, table)
    counts = {name.split(".")[0]: table.num_rows for name, table in small.items()}
    stays = int((fund.visits["kind"][ledger.claims["visit"]] == INPATIENT).sum())
    return counts | {
        "trace_events": traces.events.num_rows,
        "claims": height(ledger.claims),
        "claim_lines": height(ledger.lines),
        "stays": stays,
    }
