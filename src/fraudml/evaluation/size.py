"""Is a list more than a list of the largest? How far risk follows billing volume."""

import math
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from fraudml.entities import GrainName

_ORDERS = {"rank": "fused", "label_free_rank": "label_free", "supervised_rank": "supervised"}


def size_artefact(
    scores: Mapping[GrainName, pa.Table], ks: tuple[int, ...]
) -> dict[str, dict[str, Any]]:
    """By grain and order: Spearman correlation with billing volume, and overlap of the first k.

    scores   data/scores/GRAIN.parquet with the ranks and ``amount_rank`` (1 bills the most)
    returns  spearman in -1..1 (1: the list is the order of size), ``among_largest@k`` the share
    of the first k that are among the k largest, and by chance; None where a rank is missing.
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
        spearman = float(both[column].corr(both["amount_rank"]))
        orders[name] = {"spearman": None if math.isnan(spearman) else round(spearman, 6)}
        for k in ks:
            first = both[column].le(k)
            overlap = (first & both["amount_rank"].le(k)).sum() / max(1, first.sum())
            orders[name][f"among_largest@{k}"] = round(float(overlap), 6)
            orders[name][f"among_largest_by_chance@{k}"] = round(min(1.0, k / len(both)), 6)
    return orders
