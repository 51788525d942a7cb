"""What a sample with known chances says about everybody: estimates and their design-based spread.

Who was drawn with chance c stands for 1/c entities. Nothing is assumed about who commits what:
the only randomness is the draw's own. Units of chance 1 are a stratum of their own without spread.
Sources: Horvitz & Thompson 1952; Hajek 1971 (ratio); Sarndal, Swensson & Wretman 1992, 6.3
(difference); Deville 1999, variance of fixed-size draws such as the pivotal method; Wilson interval
with the effective sample size: Korn & Graubard 1998, Franco, Little, Louis & Slud 2019; gamma
interval of a weighted sum: Fay & Feuer 1997, joined for ratios as in Zou & Donner 2008; multipliers
for figures that are no sums: Beaumont & Patak 2012.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv

from fraudml.evaluation.bootstrap import wilson
from fraudml.evaluation.metrics import FloatArray, IntArray

NORMAL = 1.959963984540054  # 97.5 % of the standard normal
FEW_OPEN = 5.0  # so few that whole entities, not the normal curve, decide where the truth can lie


@dataclass(frozen=True)
class Estimate:
    """A figure about everybody, from those drawn.

    effective  how many drawn with equal chances would know as much; nan where that has no
    meaning. low and high are nan where the sample cannot say.
    """

    value: float
    low: float
    high: float
    effective: float = math.nan


@dataclass(frozen=True)
class Sample:
    """Entities drawn with known chances; all arrays (m,).

    chance  in (0, 1]; certain units have 1
    draw    number of the draw (list and round) each came from: draws are independent
    """

    chance: FloatArray
    draw: IntArray

    @property
    def weight(self) -> FloatArray:
        """(m,) how many entities each stands for."""
        return np.asarray(1.0 / self.chance)


def kish(weight: FloatArray) -> float:
    """The effective number of units behind unequal weights (Kish 1965).

    >>> round(kish(np.array([1.0, 1.0, 4.0])), 3)
    2.0
    """
    squares = float((weight**2).sum())
    return float(weight.sum()) ** 2 / squares if squares else 0.0


def spread_of_total(sample: Sample, value: FloatArray) -> float:
    """Variance of the sum of value / chance, by draw and added; nan where a draw has one unit.

    value  (m,) 0 for drawn units outside the part of the population that is summed
    Source: Deville 1999, with residuals from the draw's own weighted centre.
    """
    total = 0.0
    for number in np.unique(sample.draw):
        inside = (sample.draw == number) & (sample.chance < 1.0)
        m = int(inside.sum())
        if m == 0:
            continue
        if m == 1:
            return math.nan
        c = (1.0 - sample.chance[inside]) * m / (m - 1)
        z = value[inside] / sample.chance[inside]
        total += float((c * (z - (c * z).sum() / c.sum()) ** 2).sum())
    return total


def share(
    sample: Sample, part: FloatArray, whole: FloatArray, *, size: float | None = None
) -> Estimate:
    """The share of ``part`` in ``whole`` over everybody (Hajek), with a Wilson interval.

    whole  (m,) 1 where the unit belongs to the part of the population asked about, 0 elsewhere
    part   (m,) 0..whole
    size   how many the whole has in the population, over all draws, where that is known: certain
    units then count as they are, and only the rest is estimated; where at most FEW_OPEN are left,
    the interval is what these could still change, which is certain and shorter
    The interval takes the design's effective size p (1 - p) / variance, but never more than Kish's
    with the finite-population factor, which stands in for it where all drawn agree.

    >>> one = share(Sample(np.full(4, 0.1), np.zeros(4, int)), np.array([1., 1, 0, 0]), np.ones(4))
    >>> one.value
    0.5
    """
    certain = sample.chance >= 1.0
    if size is not None and 0 < whole.sum() >= size - FEW_OPEN:
        return _all_but_few(sample, part, whole, size)
    if size is not None and certain.any():
        return _beside_the_certain(sample, part, whole, certain, size)
    standing = float((sample.weight * whole).sum())
    if standing <= 0:
        return Estimate(math.nan, math.nan, math.nan, 0.0)
    p = float((sample.weight * part).sum()) / standing
    effective = _effective(sample, part, whole, p)
    if math.isinf(effective):
        return Estimate(p, p, p, effective)
    if math.isnan(effective):
        return Estimate(p, math.nan, math.nan, 0.0)
    low, high = wilson(p * effective, effective)
    return Estimate(p, low, high, effective)


def _all_but_few(sample: Sample, part: FloatArray, whole: FloatArray, size: float) -> Estimate:
    hits, left = float(part.sum()), max(0.0, size - float(whole.sum()))
    low, high = hits / size, min(1.0, (hits + left) / size)
    standing = float((sample.weight * whole).sum())
    p = float((sample.weight * part).sum()) / standing
    return Estimate(min(max(p, low), high), low, high, float(whole.sum()))


def _beside_the_certain(
    sample: Sample,
    part: FloatArray,
    whole: FloatArray,
    certain: NDArray[np.bool_],
    size: float,
) -> Estimate:
    sure, hits = float(whole[certain].sum()), float(part[certain].sum())
    open_ = max(0.0, size - sure)
    others = Sample(sample.chance[~certain], sample.draw[~certain])
    rest = share(others, part[~certain], whole[~certain])
    if open_ <= 0:
        p = hits / sure if sure else math.nan
        return Estimate(p, p, p, math.inf)
    if math.isnan(rest.value):  # some are open and none of them was drawn
        p = hits / sure if sure else math.nan
        return Estimate(p, hits / size, (hits + open_) / size, sure)
    value, low, high = ((hits + open_ * one) / size for one in (rest.value, rest.low, rest.high))
    return Estimate(value, low, high, rest.effective + sure)


def _effective(sample: Sample, part: FloatArray, whole: FloatArray, p: float) -> float:
    weight = sample.weight * whole
    open_ = float((weight**2 * (1.0 - sample.chance)).sum())
    if open_ <= 0:
        return math.inf
    by_weights = float(weight.sum()) ** 2 / open_
    spread = spread_of_total(sample, part - p * whole) / float(weight.sum()) ** 2
    if math.isnan(spread):
        return math.nan
    # A few hits among those of little weight hide the heavy ones that were not drawn: the variance
    # seen is then too small, and the weights alone say how much can be known.
    return min(p * (1.0 - p) / spread, by_weights) if spread > 0 and 0 < p < 1 else by_weights


def total(sample: Sample, value: FloatArray, *, known: float = 0.0) -> Estimate:
    """A total over everybody, summed over the draws: Horvitz-Thompson, or a difference estimate.

    value  (m,) each drawn unit's value, or its difference from a prediction; 0 outside the part
    of the population that is summed
    known  the sum of the predictions over that part; they must not come from these outcomes
    The interval is normal: right for bounded values, too narrow for heavy tails (see ``amount``).
    """
    middle = known + float((sample.weight * value).sum())
    half = NORMAL * math.sqrt(spread_of_total(sample, value))
    return Estimate(middle, middle - half, middle + half)


def amount(sample: Sample, value: FloatArray) -> Estimate:
    """A total of rare and unequal amounts (Horvitz-Thompson) with Fay and Feuer's gamma interval.

    value  (m,) not below 0, mostly 0. The upper limit allows for one more unit as heavy as the
    heaviest that was found: it leans to the wide side, where a normal interval is too narrow.

    >>> one = amount(Sample(np.full(4, 0.5), np.zeros(4, int)), np.array([1.0, 1, 1, 0]))
    >>> one.value, round(one.low, 3), round(one.high, 3)
    (6.0, 2.202, 15.286)
    """
    weighted = sample.weight * value
    return _gamma(float(weighted.sum()), _open(sample, weighted), _heaviest(sample, weighted))


def _open(sample: Sample, weighted: FloatArray) -> float:
    return float(((1.0 - sample.chance) * weighted**2).sum())


def _heaviest(sample: Sample, weighted: FloatArray) -> float:
    return float((weighted * (sample.chance < 1.0)).max(initial=0.0))


def _gamma(middle: float, spread: float, heaviest: float) -> Estimate:
    if spread <= 0:  # nothing found, or by certain units alone
        most = heaviest * float(gammaincinv(1.0, 0.975)) if heaviest else math.nan
        return Estimate(middle, middle, middle if middle > 0 else most)
    high_middle, high_spread = middle + heaviest, spread + heaviest**2
    low = spread / middle * float(gammaincinv(middle**2 / spread, 0.025))
    high = high_spread / high_middle * float(gammaincinv(high_middle**2 / high_spread, 0.975))
    return Estimate(middle, low, high)


def found_share(sample: Sample, inside: FloatArray, confirmed: FloatArray) -> Estimate:
    """Of all confirmed there would be, the share that stands inside a list: recall.

    inside, confirmed  (m,) 0..1
    The few confirmed outside the list weigh most, and may not have been drawn at all: both sums get
    a gamma interval, whose heaviest unit is the heaviest drawn, confirmed or not.
    """
    weight = sample.weight
    parts = [weight * confirmed * inside, weight * confirmed * (1.0 - inside)]
    heaviest = [_heaviest(sample, weight * (side > 0)) for side in (inside, 1.0 - inside)]
    top, rest = (
        _gamma(float(one.sum()), _open(sample, one), most)
        for one, most in zip(parts, heaviest, strict=True)
    )
    if top.value <= 0:
        value = 0.0 if rest.value > 0 else math.nan
        return Estimate(value, math.nan, math.nan)
    odds = rest.value / top.value
    up = math.hypot(rest.high - rest.value, odds * (top.value - top.low))
    down = math.hypot(rest.value - rest.low, odds * (top.high - top.value))
    return Estimate(
        top.value / (top.value + rest.value),
        top.value / (top.value + rest.value + up),
        top.value / (top.value + max(0.0, rest.value - down)),
        kish(weight * confirmed),
    )


def multipliers(sample: Sample, *, resamples: int, seed: int) -> FloatArray:
    """(1 + resamples, m) weights of the units, the data first, each resample as another draw.

    Weight times 1 + sqrt(1 - chance) times a centred exponential: mean 1/chance, the spread of the
    draw, never negative; certain units never change. Source: Beaumont & Patak 2012.
    """
    noise = np.random.default_rng(seed).exponential(size=(resamples, len(sample.chance))) - 1.0
    drawn = sample.weight * (1.0 + np.sqrt(1.0 - sample.chance) * noise)
    return np.concatenate([sample.weight[None, :], drawn])
