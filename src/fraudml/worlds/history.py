"""Six past inspection rounds: chosen with bias, a small random arm, imperfect and late outcomes."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from fraudml.entities import GRAIN_NAMES, GrainName
from fraudml.worlds.answer import Carrier
from fraudml.worlds.columns import Array, Rng
from fraudml.worlds.fund import Fund
from fraudml.worlds.settlement import Ledger

ROUNDS = 6
FOUND = {"weak": 0.5, "medium": 0.75, "strong": 0.9}
_FORMS = {
    "risk": ("key", "special"),
    "clue": ("unannounced", "special"),
    "random": ("daily", "cross"),
}
# arms of a round by grain: (random, risk, clue) as shares of the provider count
_ARMS = {
    "provider": (0.018, 0.062, 0.02),
    "practitioner": (0.018, 0.03, 0.02),
    "patient": (0.018, 0.03, 0.03),
}
_FAULTS = {"provider": 0.05, "practitioner": 0.02, "patient": 0.01}


@dataclass
class History:
    """What is known while the rounds go on; ``rows`` are the inspections so far."""

    fund: Fund
    ledger: Ledger
    carriers: list[Carrier]
    tips: list[dict[str, Any]]
    rng: Rng
    rows: list[dict[str, Any]] = field(default_factory=list)

    def entities(self, grain: GrainName) -> int:
        """How many providers, practitioners or patients there are."""
        table = {
            "provider": self.fund.providers["kind"],
            "practitioner": self.fund.practitioners["provider"],
            "patient": self.fund.patients["age"],
        }[grain]
        return len(table)


def inspect(
    fund: Fund, ledger: Ledger, carriers: list[Carrier], tips: list[dict[str, Any]]
) -> History:
    """All inspections visited within the window."""
    history = History(fund, ledger, carriers, tips, fund.rng("inspections"))
    months = int(fund.window.month(np.array([fund.window.days - 1]))[0]) + 1
    step = max(1, months // 8)
    for number in range(ROUNDS):
        start = fund.window.month_start(months - step * (ROUNDS - number))
        for grain in GRAIN_NAMES:
            _round(history, grain, number, start)
    return history


def _round(history: History, grain: GrainName, number: int, start: int) -> None:
    rng, base = history.rng, len(history.fund.providers["kind"])
    sizes = [max(1, round(share * base)) for share in _ARMS[grain]]
    everyone = history.entities(grain)
    at_random = np.sort(rng.permutation(everyone)[: sizes[0]])
    done = set(at_random.tolist())
    chance = len(at_random) / everyone
    drawn = {"round": number, "start": start}
    for entity in at_random:
        _visit(history, grain, int(entity), drawn | {"arm": "random", "chance": chance})
    for arm, size in (("risk", sizes[1]), ("clue", sizes[2])):
        wish = (
            _by_amount(history, grain, start) if arm == "risk" else _by_clue(history, grain, start)
        )
        chosen = [int(e) for e in wish if int(e) not in done][:size]
        done.update(chosen)
        for entity in chosen:
            _visit(history, grain, entity, drawn | {"arm": arm, "chance": None})


def _by_amount(history: History, grain: GrainName, start: int) -> Array:
    """The biased order of the risk arm: large amounts, this round's two districts, some luck."""
    fund, rng = history.fund, history.rng
    claims = history.ledger.claims
    recent = np.flatnonzero((claims["settled"] < start) & (claims["settled"] >= start - 365))
    owner = fund.visits[grain][claims["visit"][recent]]
    n = history.entities(grain)
    paid = np.zeros(n, dtype=np.int64)
    np.add.at(paid, owner[owner >= 0], claims["fund_fen"][recent][owner >= 0])
    region = fund.providers["region"]
    if grain != "provider":
        region = (
            fund.patients["region"]
            if grain == "patient"
            else region[fund.practitioners["provider"]]
        )
    focus = np.isin(region, rng.integers(0, 8, 2))
    rank = np.argsort(np.argsort(-paid, kind="stable"), kind="stable") / n
    return np.argsort(rank * np.where(focus, 0.5, 1.0) + rng.gumbel(0, 0.16, n), kind="stable")


def _by_clue(history: History, grain: GrainName, start: int) -> list[int]:
    """Entities named in tips of the last half year, and people tied to what was just confirmed."""
    named = [
        t["entity"] for t in history.tips if t["grain"] == grain and start - 183 <= t["day"] < start
    ]
    tied = _tied(history, grain, start)
    mixed = [e for pair in zip(named, tied, strict=False) for e in pair]
    rest = named[len(tied) :] + tied[len(named) :]
    return list(dict.fromkeys(mixed + rest))


def _tied(history: History, grain: GrainName, start: int) -> list[int]:
    """The largest accomplices at providers confirmed and closed before this round began."""
    if grain == "provider":
        return []
    closed = {
        r["entity"]
        for r in history.rows
        if r["grain"] == "provider" and r["result"] == "confirmed" and r["closed"] < start
    }
    people = [c for c in history.carriers if c.grain == grain and c.plant.provider in closed]
    people.sort(key=lambda c: (-int(c.amount_fen.sum()), c.entity))
    return [c.entity for c in people]


def _visit(history: History, grain: GrainName, entity: int, drawn: dict[str, Any]) -> None:
    """Add an inspection; drawn  round, start (day), arm, chance (None unknown)."""
    rng = history.rng
    visited = drawn["start"] + int(rng.integers(0, 26))
    closed = visited + int(rng.integers(30, 151))
    covers = max(visited - 365, 0), visited - 1
    row: dict[str, Any] = drawn | {
        "grain": grain,
        "entity": entity,
        "form": _FORMS[drawn["arm"]][int(rng.integers(2))],
        "visited": visited,
        "closed": closed,
        "covers": covers,
        "person_days": round(float(rng.uniform(2, 9 if grain == "provider" else 3)) * 2) / 2,
    }
    history.rows.append(row | _outcome(history, grain, entity, covers))


def _outcome(
    history: History, grain: GrainName, entity: int, covers: tuple[int, int]
) -> dict[str, Any]:
    """What the visit found: a running scheme by strength, else minor faults or nothing."""
    rng, best, best_fen = history.rng, None, 0
    for carrier in history.carriers:
        if carrier.grain == grain and carrier.entity == entity:
            seen = (carrier.settled >= covers[0]) & (carrier.settled <= covers[1])
            fen = int(carrier.amount_fen[seen].sum())
            luck = float(rng.random())
            if fen > best_fen and luck < FOUND[carrier.plant.plan.strength]:
                best, best_fen = carrier, fen
    if best is not None:
        return _confirmed(rng, best.plant.plan.typology, best_fen, partly=0.2, low=0.35)
    return _unfounded(history, grain, entity, covers)


def _confirmed(rng: Rng, typology: str, fen: int, *, partly: float, low: float) -> dict[str, Any]:
    found = int(fen * float(rng.uniform(low, 0.95)))
    back = int(found * float(rng.choice([1.0, rng.uniform(0.3, 1.0)], p=[0.6, 0.4])))
    return {
        "result": "partly" if rng.random() < partly else "confirmed",
        "typology": typology,
        "confirmed_fen": max(found, 100),
        "recovered_fen": back,
    }


def _unfounded(
    history: History, grain: GrainName, entity: int, covers: tuple[int, int]
) -> dict[str, Any]:
    rng = history.rng
    fault = _FAULTS[grain]
    if grain == "provider":
        fault *= float(min(history.fund.providers["habit_slips"][entity], 4.0))
    if rng.random() < fault:
        paid = _paid_fen(history, grain, entity, covers)
        return _confirmed(
            rng, "T05", int(paid * float(rng.uniform(0.0005, 0.006))), partly=0.7, low=0.5
        )
    result = rng.choice(
        ["legitimate", "data_error", "insufficient", "not_inspected"], p=[0.7, 0.1, 0.14, 0.06]
    )
    return {"result": str(result), "typology": "", "confirmed_fen": None, "recovered_fen": None}


def _paid_fen(history: History, grain: GrainName, entity: int, covers: tuple[int, int]) -> int:
    claims = history.ledger.claims
    owner = history.fund.visits[grain][claims["visit"]]
    mine = (owner == entity) & (claims["settled"] >= covers[0]) & (claims["settled"] <= covers[1])
    return int(claims["fund_fen"][mine].sum())
