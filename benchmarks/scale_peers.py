"""Robust distances of providers to their peers in pandas: few rows, shared by Polars and pandas."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from scale_plan import COLUMNS, MIN_PEERS, OVER, RATES, SHRINK_PEERS, precision_of, result

ZERO_WITHOUT_ROWS = {
    "provider": ["claims_count_365d", "stays_count_365d", "fund_fen_365d", "fund_fen_90d",
                 "total_fen_365d", "patients_count_365d", "quick_return_stays_count_365d",
                 "over_cap_fen_365d", "accompanied_visits_count_365d"],
    "practitioner": ["claims_count_365d", "fund_fen_365d", "active_days_365d"],
    "patient": ["accompanied_visits_count_365d"],
}  # fmt: skip


def write_peers(features: pd.DataFrame, providers: pd.DataFrame, out: Path) -> None:
    """Write the distances of every provider feature, drawn toward the parent group."""
    _distances(features, providers).to_parquet(result(out, "provider_peers"), index=False)


def _distances(features: pd.DataFrame, providers: pd.DataFrame) -> pd.DataFrame:
    """Robust distances of providers, drawn toward the parent group, rates within their funnel."""
    known = providers.set_index("provider_id").reindex(features["provider_id"])
    level = "level " + known["level"].astype("Int64").astype("string").fillna("?")
    kind = known["kind"].astype("string").fillna("?")
    region = known["region_code"].astype("string").fillna("?")
    keys = [kind, level + " · " + kind, level + " · " + kind + " · " + region]
    values = features[list(COLUMNS["provider"])]
    over = features[OVER].clip(lower=1)
    shape: dict[str, pd.DataFrame] = {}
    for key in keys:
        here, n = _level(values, over, key.to_numpy())
        weight = n / (n + SHRINK_PEERS)
        for name, own in here.items():
            parent, w = shape.get(name), weight[own.columns]
            if parent is not None:
                own = (w * own + (1 - w) * parent).fillna(own).fillna(parent)  # noqa: PLW2901
            shape[name] = own
    chance = shape["noise"].div(over, axis=0) - shape["noise"] / shape["typical"]
    beyond = chance.clip(lower=0).reindex(columns=values.columns).fillna(0)
    wide = np.sqrt(shape["spread"] ** 2 + beyond).where(beyond > 0, shape["spread"])
    distances = (values - shape["centre"]) / wide
    distances.insert(0, "provider_id", features["provider_id"])
    return distances


def _level(
    values: pd.DataFrame, over: pd.Series, key: Any
) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Centre and spread in groups of one level, of rates noise and the usual n; and how many."""
    n, own = (values.groupby(key).transform(how) for how in ("count", "median"))
    away = (values - own).abs()
    middle = away.groupby(key).transform("median")
    scale = np.array([precision_of(name) for name in values.columns])
    total = (away * scale).round().groupby(key).transform("sum")
    spread = (middle / 0.6745).where(middle > 0, total / n.clip(lower=1) / scale * 1.253314)
    rates = values[list(RATES)]
    counted = rates.notna().mul(over, axis=0).where(rates.notna())
    typical = counted.groupby(key).transform("median")
    halves = [_half(away, counted, mark, key) for mark in (counted <= typical, counted > typical)]
    wide, narrow = ((half[1] / 0.6745) ** 2 for half in halves)
    noise = ((wide - narrow) / (1 / halves[0][2] - 1 / halves[1][2])).clip(lower=0)
    noise = noise.clip(upper=wide * halves[0][2])
    noise = noise.where((halves[0][0] >= MIN_PEERS) & (halves[1][0] >= MIN_PEERS))
    enough = n >= MIN_PEERS
    return {
        "centre": own.where(enough),
        "spread": spread.where(enough & (spread > 0)),
        "typical": typical.where(enough[list(RATES)]),
        "noise": noise.where(enough[list(RATES)]),
    }, n


def _half(away: pd.DataFrame, counted: pd.DataFrame, mark: pd.DataFrame, key: Any) -> list[Any]:
    """Members, median deviation and median n of one half of each group, for every member."""
    parts = (counted.where(mark), away[list(RATES)].where(mark))
    members, median = parts[0].groupby(key).transform("count"), "median"
    return [
        members,
        parts[1].groupby(key).transform(median),
        parts[0].groupby(key).transform(median),
    ]
