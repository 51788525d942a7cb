"""Robust distances of providers to their peers in pandas: few rows, shared by Polars and pandas."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from scale_plan import COLUMNS, MIN_PEERS, SHRINK_PEERS, precision_of, result

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
    """Robust distances of providers, drawn toward the parent group."""
    known = providers.set_index("provider_id").reindex(features["provider_id"])
    level = "level " + known["level"].astype("Int64").astype("string").fillna("?")
    kind = known["kind"].astype("string").fillna("?")
    region = known["region_code"].astype("string").fillna("?")
    keys = [kind, level + " · " + kind, level + " · " + kind + " · " + region]
    values = features[list(COLUMNS["provider"])]
    centre: Any = None
    for key in keys:
        group = values.groupby(key.to_numpy())
        n, own = group.transform("count"), group.transform("median")
        away = (values - own).abs()
        middle = away.groupby(key.to_numpy()).transform("median")
        scale = np.array([precision_of(name) for name in values.columns])
        total = (away * scale).round().groupby(key.to_numpy()).transform("sum")
        spread = (middle / 0.6745).where(middle > 0, total / n.clip(lower=1) / scale * 1.253314)
        own, spread = own.where(n >= MIN_PEERS), spread.where((n >= MIN_PEERS) & (spread > 0))
        if centre is None:
            centre, wide = own, spread
            continue
        weight = n / (n + SHRINK_PEERS)
        centre = (weight * own + (1 - weight) * centre).fillna(own).fillna(centre)
        wide = (weight * spread + (1 - weight) * wide).fillna(spread).fillna(wide)
    distances = (values - centre) / wide
    distances.insert(0, "provider_id", features["provider_id"])
    return distances
