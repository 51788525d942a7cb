"""What will be planted, drawn from the seed before there is any provider, claim or feature."""

from dataclasses import dataclass

from fraudml.worlds.columns import Array, Rng, named_rng
from fraudml.worlds.mechanisms import MECHANISMS, PERSONAL, TYPOLOGIES, Mechanism, mechanism_of

STRENGTHS = ("weak", "medium", "strong")
LEAST_SHARE, MOST_SHARE = 0.03, 0.10
# the part of its own business a carrier adds or alters, by strength
FRACTION = {
    "T01": ((0.03, 0.08), (0.10, 0.18), (0.24, 0.45)),
    "T02": ((0.05, 0.10), (0.14, 0.24), (0.30, 0.60)),
    "T03": ((0.08, 0.16), (0.20, 0.34), (0.40, 0.75)),
    "T04": ((0.04, 0.08), (0.12, 0.22), (0.30, 0.60)),
    "T05": ((0.02, 0.05), (0.06, 0.12), (0.15, 0.30)),
    "T06": ((0.06, 0.12), (0.15, 0.26), (0.30, 0.50)),
    "T07": ((0.08, 0.16), (0.20, 0.36), (0.45, 0.85)),
    "T08": ((0.04, 0.10), (0.13, 0.25), (0.30, 0.55)),
    "T09": ((0.04, 0.09), (0.12, 0.22), (0.28, 0.50)),
    "T10": ((0.03, 0.06), (0.09, 0.16), (0.22, 0.40)),
    "T11": ((0.15, 0.30), (0.40, 0.70), (0.90, 1.60)),
    "T12": ((0.04, 0.08), (0.10, 0.20), (0.25, 0.50)),
    "T13": ((0.04, 0.08), (0.10, 0.18), (0.22, 0.40)),
    "T14": ((0.04, 0.08), (0.10, 0.20), (0.25, 0.45)),
    "T15": ((0.03, 0.06), (0.09, 0.16), (0.20, 0.40)),
    "T16": ((0.04, 0.08), (0.10, 0.18), (0.22, 0.40)),
    "T17": ((0.02, 0.05), (0.07, 0.12), (0.16, 0.30)),
    "T18": ((0.10, 0.25), (0.35, 0.60), (0.70, 1.00)),
    "T19": ((0.01, 0.02), (0.03, 0.06), (0.08, 0.16)),
    "T20": ((0.03, 0.06), (0.09, 0.15), (0.20, 0.35)),
    "T21": ((0.03, 0.06), (0.09, 0.16), (0.22, 0.40)),
    "T22": ((0.06, 0.12), (0.18, 0.32), (0.45, 0.80)),
    "T23": ((0.04, 0.08), (0.12, 0.20), (0.28, 0.50)),
    "T24": ((0.03, 0.05), (0.07, 0.12), (0.16, 0.30)),
    "T25": ((0.08, 0.15), (0.20, 0.35), (0.50, 0.90)),
}


@dataclass(frozen=True)
class Wish:
    """What a benchmark asks for; the plain one draws everything.

    share       part of the providers that carry; None draws it
    typologies  which are planted
    strength    of all of them; None draws it
    """

    share: float | None = None
    typologies: tuple[str, ...] = TYPOLOGIES
    strength: str | None = None


@dataclass(frozen=True)
class Plan:
    """One scheme to be planted.

    mechanism   by which of its typology's mechanisms
    fraction    part of the carrier's own business that is added or altered
    start       when it begins, as a share of the window
    length      how long it lasts, as a share of the window; beyond the end: never stops
    staff       how many practitioners take part; of persons: how many persons
    dial        a free number in 0..1 for what is particular to the scheme
    second      whether it goes to a provider that already carries another
    """

    number: int
    typology: str
    mechanism: str
    strength: str
    fraction: float
    start: float
    length: float
    staff: int
    dial: float
    second: bool

    @property
    def way(self) -> Mechanism:
        """The entry of the table of mechanisms."""
        return mechanism_of(self.typology, self.mechanism)


@dataclass(frozen=True)
class Plant:
    """A plan in place: who carries it, and from which day to before which day.

    provider  the carrier; where only persons carry, a provider of their neighbourhood
    """

    plan: Plan
    provider: int
    start_day: int
    stop_day: int
    practitioners: Array


def draw_plans(
    seed: int, providers: int, wish: Wish | None = None
) -> tuple[float, tuple[Plan, ...]]:
    """The share of carriers and the plans; needs nothing but the seed and the fund's size.

    >>> share, plans = draw_plans(1, 300)
    >>> 0.03 <= share <= 0.10, len({p.number for p in plans}) == len(plans)
    (True, True)
    """
    wish = wish or Wish()
    rng = named_rng(seed, "schemes")
    share = float(rng.uniform(LEAST_SHARE, MOST_SHARE))
    carriers = min(max(round(share * providers), -(-providers * 3 // 100)), providers // 10)
    if wish.share is not None:
        share, carriers = wish.share, round(wish.share * providers)
    carriers = max(carriers, 1)
    doubled = round(carriers * float(rng.uniform(0.1, 0.35)))
    of_places = [t for t in wish.typologies if t not in PERSONAL]
    of_people = [t for t in wish.typologies if t in PERSONAL]
    groups = -(-carriers * len(of_people) // 8) if of_people else 0
    names = [*_rounds(rng, of_places, carriers + doubled), *_rounds(rng, of_people, groups)]
    strengths = [wish.strength] if wish.strength else list(STRENGTHS)
    turns = {t: int(rng.integers(len(MECHANISMS[t]))) for t in TYPOLOGIES}
    plans = []
    for number, (typology, strength) in enumerate(
        zip(names, _rounds(rng, strengths, len(names)), strict=True)
    ):
        turns[typology] += 1
        ways = MECHANISMS[typology]
        way = ways[turns[typology] % len(ways)]
        second = bool(of_places) and carriers <= number < carriers + doubled
        plans.append(_plan(rng, number, typology, way.name, strength, second=second))
    return share, tuple(plans)


def _rounds(rng: Rng, kinds: list[str], n: int) -> list[str]:
    """Every kind equally often, in drawn order."""
    if not kinds:
        return []
    turns = [rng.permutation(len(kinds)) for _ in range(-(-n // len(kinds)))]
    return [kinds[int(k)] for turn in turns for k in turn][:n]


def _plan(
    rng: Rng, number: int, typology: str, mechanism: str, strength: str, *, second: bool
) -> Plan:
    low, high = FRACTION[typology][STRENGTHS.index(strength)]
    return Plan(
        number=number,
        typology=typology,
        mechanism=mechanism,
        strength=strength,
        fraction=float(rng.uniform(low, high)),
        start=float(rng.choice([0.0, rng.uniform(0.0, 0.55)], p=[0.35, 0.65])),
        length=float(rng.choice([9.0, rng.uniform(0.3, 0.7)], p=[0.7, 0.3])),
        staff=int(rng.integers(1, 4)) if typology not in PERSONAL else int(rng.integers(3, 7)),
        dial=float(rng.random()),
        second=second,
    )
