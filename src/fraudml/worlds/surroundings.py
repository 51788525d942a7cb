"""What surrounds the claims: tips, inspectors and budgets."""

from typing import Any

import numpy as np

from fraudml.worlds.answer import Carrier
from fraudml.worlds.columns import Array, Columns, draw_by
from fraudml.worlds.fund import Fund
from fraudml.worlds.mechanisms import TYPOLOGIES
from fraudml.worlds.providers import REGIONS
from fraudml.worlds.settlement import Ledger

CHANNELS = ("hotline", "web", "letter", "visit")
SKILLS = ("medicine", "pharmacy", "coding", "finance", "data", "law")
_TIP_CHANCE = {"weak": 0.25, "medium": 0.45, "strong": 0.7}


def make_tips(fund: Fund, carriers: list[Carrier]) -> list[dict[str, Any]]:
    """Reports by day: some true, more of them idle and aimed at the large and well known."""
    tips = _true_tips(fund, carriers) + _idle_tips(fund)
    tips.sort(key=lambda t: (t["day"], t["grain"], t["entity"], t["typology"]))
    return tips


def _true_tips(fund: Fund, carriers: list[Carrier]) -> list[dict[str, Any]]:
    rng = fund.rng("tips.true")
    tips = []
    for carrier in carriers:
        plan = carrier.plant.plan
        thin = (
            1.0
            if carrier.grain == "provider"
            else 0.25
            if carrier.grain == "practitioner"
            else 0.04
        )
        for _ in range(int(rng.poisson(_TIP_CHANCE[plan.strength] * 1.6 * thin))):
            day = carrier.plant.start_day + 30 + int(rng.integers(0, fund.window.days))
            named = str(
                rng.choice([plan.typology, "", str(rng.choice(TYPOLOGIES))], p=[0.5, 0.35, 0.15])
            )
            tips.append(_tip(carrier.grain, carrier.entity, day, named, int(rng.integers(4))))
    return [t for t in tips if t["day"] < fund.window.days]


def _idle_tips(fund: Fund) -> list[dict[str, Any]]:
    rng = fund.rng("tips.idle")
    size = np.sqrt(fund.providers["size"])
    n = int(rng.poisson(0.16 * len(size)))
    tips = [
        _tip("provider", int(e), int(d), str(rng.choice(["", *TYPOLOGIES])), int(c))
        for e, d, c in zip(
            draw_by(rng, size, n),
            rng.integers(0, fund.window.days, n),
            rng.integers(4, size=n),
            strict=True,
        )
    ]
    for grain, total in (
        ("practitioner", len(fund.practitioners["provider"])),
        ("patient", len(fund.patients["age"])),
    ):
        for e in rng.integers(0, total, max(2, n // 5)):
            day = int(rng.integers(0, fund.window.days))
            tips.append(_tip(grain, int(e), day, "", int(rng.integers(4))))
    return tips


def _tip(grain: str, entity: int, day: int, typology: str, channel: int) -> dict[str, Any]:
    return {
        "grain": grain,
        "entity": entity,
        "day": day,
        "typology": typology,
        "channel": CHANNELS[channel],
    }


def make_inspectors(fund: Fund) -> list[dict[str, Any]]:
    """Inspectors of every region with skills, days and the providers or owners they must avoid."""
    rng = fund.rng("inspectors")
    n = max(12, len(fund.providers["kind"]) // 8)
    people = []
    for i in range(n):
        skills = sorted(rng.permutation(len(SKILLS))[: int(rng.integers(1, 4))].tolist())
        avoids = rng.integers(0, len(fund.providers["kind"]), int(rng.choice([0, 0, 1, 2])))
        people.append(
            {
                "region": i % len(REGIONS),
                "skills": [SKILLS[s] for s in skills],
                "days": int(rng.integers(8, 31)),
                "avoids": [(int(p), bool(rng.random() < 0.3)) for p in np.unique(avoids)],
            }
        )
    return people


def make_budgets(fund: Fund, ledger: Ledger) -> Columns:
    """region, employee, month, budget_fen, income_fen: last year's outlay, smoothed and rounded."""
    claims, visits = ledger.claims, fund.visits
    provider = visits["provider"][claims["visit"]]
    month = fund.window.month(claims["settled"])
    employee = fund.patients["employee"][visits["patient"][claims["visit"]]].astype(np.int64)
    months = int(month.max()) + 1
    outlay = np.zeros((len(REGIONS), 2, months), dtype=np.int64)
    np.add.at(outlay, (fund.providers["region"][provider], employee, month), claims["fund_fen"])
    level = outlay.sum(axis=2, keepdims=True) // months
    rng = fund.rng("budgets")
    budget = _rounded(level * rng.uniform(0.96, 1.1, outlay.shape))
    income = _rounded(level * rng.uniform(0.98, 1.16, outlay.shape))
    region, scheme, at = np.indices(outlay.shape)
    return {
        "region": region.ravel(),
        "employee": scheme.ravel(),
        "month": at.ravel(),
        "budget_fen": budget.ravel(),
        "income_fen": income.ravel(),
    }


def _rounded(fen: Array) -> Array:
    return np.asarray(np.round(fen / 10_000).astype(np.int64) * 10_000)
