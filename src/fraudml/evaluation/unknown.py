"""What can be said of entities nobody visited: at worst, at best, and from before the list.

The bounds assume nothing about how inspectors chose, not even that they look where more is wrong
(Manski 1990, worst case): every uninspected entity may be clean, or may owe all it was paid.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from fraudml.evaluation.metrics import FloatArray, share_inside


@dataclass(frozen=True)
class Prior:
    """What outcomes closed before a list led one to expect of an entity in its first k.

    share  (m,) chance of a confirmed finding; fen (m,) confirmed fen; for each drawn unit
    """

    share: FloatArray
    fen: FloatArray


def prior_of(earlier: pd.DataFrame, inside: FloatArray, cuts: "pd.Series[Any]") -> Prior:
    """The expectation at each drawn unit's list, from outcomes of earlier lists known by then.

    earlier  inspections with a result: as_of, closed_on, label, fen; inside (rows,) how much of
    each stood in the first k of its own list. Half an outcome of each kind is added, so that none
    is certain. Any expectation keeps the estimate unbiased; a good one makes it sharper.
    """
    label = earlier["label"].to_numpy(dtype=np.float64)
    fen = np.nan_to_num(earlier["fen"].to_numpy(dtype=np.float64)) * label
    shares, amounts = {}, {}
    for cut in cuts.unique():
        known = (earlier["as_of"].lt(cut) & earlier["closed_on"].le(cut)).to_numpy() * inside
        shares[cut] = (float((known * label).sum()) + 0.5) / (float(known.sum()) + 1.0)
        amounts[cut] = float((known * fen).sum()) / (float(known.sum()) + 1.0)
    return Prior(
        cuts.map(shares).to_numpy(dtype=np.float64), cuts.map(amounts).to_numpy(dtype=np.float64)
    )


def bounds_of(
    lists: Mapping[pd.Timestamp, pd.DataFrame], paid: "pd.Series[Any]", k: int
) -> dict[str, float | None]:
    """Between which values precision and yuan per list of the first k lie, whatever is unknown.

    lists  by cut: entity, score, label (1, 0, nan), amount_confirmed_fen
    paid   by (as_of, entity): fen the fund paid in the year before, below 0 where unknown; nobody
    can owe more. None for the upper yuan where somebody's payments are unknown.
    """
    sums = np.zeros(5)  # places, confirmed, unknown, confirmed fen, further fen possible
    for cut, lst in lists.items():
        score = lst["score"].to_numpy(dtype=np.float64)
        inside = share_inside(score, score, k)
        top = inside > 0
        label = lst["label"].to_numpy(dtype=np.float64)[top]
        fen = lst["amount_confirmed_fen"].to_numpy(dtype=np.float64, na_value=np.nan)[top]
        own = pd.MultiIndex.from_arrays([[cut] * int(top.sum()), lst["entity"][top]])
        most = paid.reindex(own).to_numpy(dtype=np.float64)
        confirmed, unknown = label == 1.0, np.isnan(label)
        open_ = unknown | (confirmed & np.isnan(fen))
        further = np.where(open_, np.where(most >= 0, most, np.nan), 0.0)
        known_fen = np.where(confirmed, np.nan_to_num(fen), 0.0)
        each = np.stack([np.ones(len(label)), confirmed, unknown, known_fen, further])
        sums += (each * inside[top]).sum(axis=1)
    places, n = max(sums[0], 1e-300), max(1, len(lists))
    high = (sums[3] + sums[4]) / 100 / n
    return {
        "precision_low": round(float(sums[1] / places), 6),
        "precision_high": round(float((sums[1] + sums[2]) / places), 6),
        "yuan_low": round(float(sums[3]) / 100 / n, 2),
        "yuan_high": None if np.isnan(high) else round(float(high), 2),
    }
