"""Is a list more than a list of the largest? How far risk follows billing volume."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from scipy.special import betaln

from fraudml.entities import GrainName
from fraudml.evaluation.metrics import FloatArray, IntArray, share_inside

DECILES = 10
LEVEL = 0.95  # of the band that all ten deciles keep within together, where size plays no part

_ORDERS = {"rank": "fused", "label_free_rank": "label_free", "supervised_rank": "supervised"}


def size_artefact(
    scores: Mapping[GrainName, pa.Table], ks: tuple[int, ...]
) -> dict[GrainName, dict[str, Any]]:
    """By grain and order: Spearman correlation with billing volume, and overlap of the first k.

    scores   data/scores/GRAIN.parquet with the ranks and ``amount_rank`` (1 bills the most)
    returns  spearman in -1..1 (1: the list is the order of size), ``among_largest@k`` the share
    of the first k that are among the k largest, and by chance; ``deciles`` of billing volume with
    their share of the first tenth; None where a rank is missing.
    """
    return {grain: _grain(table, ks) for grain, table in scores.items()}


def _grain(table: pa.Table, ks: tuple[int, ...]) -> dict[str, Any]:
    columns = ["amount_rank", *_ORDERS]
    frame = table.select(columns).to_pandas().astype("float64")
    orders: dict[str, Any] = {"n": len(frame)}
    for column, name in _ORDERS.items():
        both = frame[[column, "amount_rank"]].dropna().rank(method="average")
        if len(both) < 3:
            orders[name] = None
            continue
        with np.errstate(invalid="ignore"):  # of an order in which all stand alike there is none
            spearman = float(both[column].corr(both["amount_rank"]))
        orders[name] = {"spearman": None if math.isnan(spearman) else round(spearman, 6)}
        orders[name]["deciles"] = [
            {"decile": number, **one.shown()}
            for number, one in enumerate(
                top_tenth_by_size(
                    -both[column].to_numpy(dtype=np.float64),
                    -both["amount_rank"].to_numpy(dtype=np.float64),
                ),
                start=1,
            )
        ]
        for k in ks:
            first = both[column].le(k)
            overlap = (first & both["amount_rank"].le(k)).sum() / max(1, first.sum())
            orders[name][f"among_largest@{k}"] = round(float(overlap), 6)
            orders[name][f"among_largest_by_chance@{k}"] = round(min(1.0, k / len(both)), 6)
    return orders


@dataclass(frozen=True)
class Decile:
    """One tenth of the entities by billing volume, the smallest first.

    size    entities in it; listed: of them in the first tenth by risk (a tie at its edge shared)
    of, places  entities in all, and places in the first tenth
    low, high  the number listed lies within, in all deciles at once in 95 of 100 funds, where
    size plays no part
    """

    size: int
    listed: float
    of: int
    places: int
    low: int
    high: int

    @property
    def outside(self) -> bool:
        """Whether the decile is over- or under-represented beyond chance."""
        return not self.low <= self.listed <= self.high

    def shown(self) -> dict[str, Any]:
        """The figures for a report."""
        share = round(self.listed / self.size, 6) if self.size else None
        found = {"entities": self.size, "listed": round(self.listed, 6), "share": share}
        return found | {"low": self.low, "high": self.high, "outside": self.outside}


def top_tenth_by_size(score: FloatArray, size: FloatArray) -> list[Decile]:
    """How many of each decile of size stand in the first tenth by score.

    score, size  (n,) higher is more suspicious, larger. The band is hypergeometric, since the first
    tenth has a fixed number of places, and Bonferroni's over the ten deciles.
    """
    n = len(score)
    places = math.ceil(n / DECILES)
    from_top = share_inside(score, score, places)
    order = np.argsort(np.argsort(size, kind="stable"), kind="stable")
    decile: IntArray = order * DECILES // max(1, n)
    found = []
    for number in range(DECILES):
        inside = decile == number
        m = int(inside.sum())
        low, high = hypergeometric_band(n, places, m, outside=(1 - LEVEL) / DECILES)
        found.append(Decile(m, float(from_top[inside].sum()), n, places, low, high))
    return found


def hypergeometric_band(n: int, marked: int, drawn: int, *, outside: float) -> tuple[int, int]:
    """The least and most marked ones among those drawn of n that chance explains.

    Exact, two-sided: beyond either end lies at most half of ``outside``.

    >>> hypergeometric_band(1500, 150, 150, outside=0.005)
    (6, 25)
    """
    chance = hypergeometric_chances(n, marked, drawn)
    below, above = np.cumsum(chance), np.cumsum(chance[::-1])[::-1]
    low = int(np.flatnonzero(below > outside / 2)[0])
    return low, int(np.flatnonzero(above > outside / 2)[-1])


def hypergeometric_chances(n: int, marked: int, drawn: int) -> FloatArray:
    """(drawn + 1,) chances of 0, 1, ... marked ones among those drawn of n without replacement."""
    hits = np.arange(max(0, marked + drawn - n), min(marked, drawn) + 1)
    chances = np.zeros(drawn + 1)
    chances[hits] = np.exp(
        _choose(marked, hits) + _choose(n - marked, drawn - hits) - _choose(n, drawn)
    )
    return chances


def _choose(n: int, k: IntArray | int) -> FloatArray:
    return np.asarray(-np.log(n + 1) - betaln(n - k + 1, np.add(k, 1)), dtype=np.float64)
