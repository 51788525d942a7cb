"""What will be planted, drawn from the seed before there is any provider, claim or feature."""

from dataclasses import dataclass

import numpy as np

from fraudml.worlds.columns import Array, Rng, named_rng

TYPOLOGIES = ("T01", "T03", "T05", "T06", "T07", "T08", "T12", "T16")
STRENGTHS = ("weak", "medium", "strong")
LEAST_SHARE, MOST_SHARE = 0.03, 0.10
# the part of its own business a carrier adds or alters, by strength
FRACTION = {
    "T01": ((0.03, 0.08), (0.10, 0.18), (0.24, 0.45)),
    "T03": ((0.08, 0.16), (0.20, 0.34), (0.40, 0.75)),
    "T05": ((0.02, 0.05), (0.06, 0.12), (0.15, 0.30)),
    "T06": ((0.06, 0.12), (0.15, 0.26), (0.30, 0.50)),
    "T07": ((0.08, 0.16), (0.20, 0.36), (0.45, 0.85)),
    "T08": ((0.04, 0.10), (0.13, 0.25), (0.30, 0.55)),
    "T12": ((0.04, 0.08), (0.10, 0.20), (0.25, 0.50)),
    "T16": ((0.04, 0.08), (0.10, 0.18), (0.22, 0.40)),
}


@dataclass(frozen=True)
class Plan:
    """One scheme to be planted.

    fraction    part of the carrier's own business that is added or altered
    start       when it begins, as a share of the window
    length      how long it lasts, as a share of the window; beyond the end: never stops
    staff       how many practitioners take part
    dial        a free number in 0..1 for what is particular to the scheme
    second      whether it goes to a provider that already carries another
    """

    number: int
    typology: str
    strength: str
    fraction: float
    start: float
    length: float
    staff: int
    dial: float
    second: bool


@dataclass(frozen=True)
class Plant:
    """A plan in place: who carries it, and from which day to before which day."""

    plan: Plan
    provider: int
    start_day: int
    stop_day: int
    practitioners: Array


def draw_plans(seed: int, providers: int) -> tuple[float, tuple[Plan, ...]]:
    """The share of carriers and the plans; needs nothing but the seed and the fund's size.

    >>> share, plans = draw_plans(1, 300)
    >>> 0.03 <= share <= 0.10, len({p.number for p in plans}) == len(plans)
    (True, True)
    """
    rng = named_rng(seed, "schemes")
    share = float(rng.uniform(LEAST_SHARE, MOST_SHARE))
    carriers = min(max(round(share * providers), -(-providers * 3 // 100)), providers // 10)
    carriers = max(carriers, 1)
    doubled = round(carriers * float(rng.uniform(0.1, 0.35)))
    order = _rounds(rng, len(TYPOLOGIES), carriers + doubled)
    strengths = _rounds(rng, len(STRENGTHS), carriers + doubled)
    plans = tuple(
        _plan(rng, i, TYPOLOGIES[t], int(s), second=i >= carriers)
        for i, (t, s) in enumerate(zip(order, strengths, strict=True))
    )
    return share, plans


def _rounds(rng: Rng, kinds: int, n: int) -> Array:
    """Every kind equally often, in drawn order."""
    return np.concatenate([rng.permutation(kinds) for _ in range(-(-n // kinds))])[:n]


def _plan(rng: Rng, number: int, typology: str, strength: int, *, second: bool) -> Plan:
    low, high = FRACTION[typology][strength]
    return Plan(
        number=number,
        typology=typology,
        strength=STRENGTHS[strength],
        fraction=float(rng.uniform(low, high)),
        start=float(rng.choice([0.0, rng.uniform(0.0, 0.55)], p=[0.35, 0.65])),
        length=float(rng.choice([9.0, rng.uniform(0.3, 0.7)], p=[0.7, 0.3])),
        staff=int(rng.integers(1, 4)),
        dial=float(rng.random()),
        second=second,
    )
