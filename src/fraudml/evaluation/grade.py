"""The demo fund against its answer key: what inspections alone could never show.

Only ``grade`` reads the key, after everything else has been written. Here every entity's truth is
known, so figures carry no selection bias; they hold for the simulated schemes and no others.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from fraudml.artifacts import read_parquet
from fraudml.entities import GRAINS, GrainName
from fraudml.evaluation.assess import assess
from fraudml.evaluation.bootstrap import wilson
from fraudml.evaluation.metrics import outcomes, ranked
from fraudml.evaluation.tally import CutList, tally
from fraudml.params import GradeParams

ORDERS = {
    "amount": "amount_rank",
    "amount_per_peer": "amount_per_peer_rank",
    "rules": "rules_rank",
    "label_free": "label_free_rank",
    "lightgbm": "supervised_rank",
    "fused": "rank",
}
BASELINES = ("amount", "amount_per_peer", "rules")
Pseudonym = Callable[[GrainName, str], str]


def grade(
    key_folder: Path,
    scores: Mapping[GrainName, pa.Table],
    pseudonym: Pseudonym,
    params: GradeParams,
    leads: Mapping[GrainName, pa.Table] | None = None,
) -> dict[GrainName, dict[str, Any]]:
    """Precision, recall and planted yuan in the first k of each order, by grain.

    key_folder  holds carriers.parquet: grain, entity_id (raw), typology, strength, amount_fen,
                started_on, stopped_on; carriers that start after the as-of date do not count
    pseudonym   (grain, raw id) -> the id used in ``scores``
    leads       reports/leads/GRAIN.parquet; without them nobody says what carriers are listed for
    returns     by grain: assessed, n_ranked, n_carriers, n_carriers_not_ranked (they stand last),
                models and differences as ``evaluate`` gives them, by_typology, named (as of
                ``named``); no id.
                Raises StateError where the key is missing.
    """
    key = read_parquet(key_folder / "carriers.parquet").to_pandas()
    graded: dict[GrainName, dict[str, Any]] = {}
    for grain, table in scores.items():
        carriers = _carriers(grain, table, key, pseudonym)
        graded[grain] = _grade_grain(_truth(grain, table, carriers), carriers, params)
        if leads and graded[grain]["assessed"]:
            graded[grain]["named"] = named(grain, leads[grain], carriers)
    return graded


def named(grain: GrainName, leads: pa.Table, carriers: pd.DataFrame) -> dict[str, Any]:
    """How often a lead names what its carrier does: the typology, or one of several planted.

    leads     reports/leads/GRAIN.parquet: the grain's id, typology
    carriers  id, typology
    returns   listed (carriers among the leads), named, and its share as value, low and high
              (Wilson, 95 %; null where no carrier is listed)
    """
    planted = carriers.groupby("id")["typology"].agg(set)
    rows = zip(leads[GRAINS[grain].key].to_pylist(), leads["typology"].to_pylist(), strict=True)
    right = [said in planted[who] for who, said in rows if who in planted.index]
    low, high = wilson(sum(right), len(right)) if right else (None, None)
    value = round(sum(right) / len(right), 6) if right else None
    return {"listed": len(right), "named": sum(right), "value": value, "low": low, "high": high}


def _carriers(
    grain: GrainName, table: pa.Table, key: pd.DataFrame, pseudonym: Pseudonym
) -> pd.DataFrame:
    """The grain's carriers as of the scores' date, under the ids that the scores use."""
    mine = key[key["grain"].eq(grain)].copy()
    if table.num_rows:
        as_of = pd.Timestamp(table["as_of"][0].as_py())
        mine = mine[pd.to_datetime(mine["started_on"]).le(as_of)]
    mine["id"] = [pseudonym(grain, raw) for raw in mine["entity_id"]]
    return mine


def _truth(grain: GrainName, table: pa.Table, carriers: pd.DataFrame) -> pd.DataFrame:
    """Every ranked entity and every carrier, by id: its ranks and its planted amount (or null)."""
    columns = [GRAINS[grain].key, *ORDERS.values()]
    frame: pd.DataFrame = table.select(columns).to_pandas()
    frame = frame.set_index(columns[0]).astype("float64")
    planted = carriers.groupby("id")["amount_fen"].sum()
    frame = frame.reindex(sorted(set(frame.index) | set(planted.index)))
    frame["planted_fen"] = planted.reindex(frame.index)
    return frame


def _grade_grain(
    truth: pd.DataFrame, carriers: pd.DataFrame, params: GradeParams
) -> dict[str, Any]:
    carrier = truth["planted_fen"].notna()
    about = {
        "n_ranked": int(truth["rank"].notna().sum()),
        "n_carriers": int(carrier.sum()),
        "n_carriers_not_ranked": int((carrier & truth["rank"].isna()).sum()),
    }
    if not about["n_carriers"] or not about["n_ranked"]:
        missing = "entity is ranked" if about["n_carriers"] else "scheme is planted in this grain"
        return {"assessed": False, "reason": f"no {missing}", **about}
    lst = _whole_list(truth)
    counted = tally(
        [lst], entities=len(truth), ks=params.k, resamples=params.bootstrap, seed=params.seed
    )
    figures = assess(counted, params.k, BASELINES)
    return {
        "assessed": True,
        **about,
        **figures,
        "by_typology": _by_typology(truth, carriers, params.k),
    }


def _whole_list(truth: pd.DataFrame) -> CutList:
    known = outcomes(
        truth["planted_fen"].notna().to_numpy().astype(np.float64),
        truth["planted_fen"].to_numpy(dtype=np.float64),
    )
    scores = {
        model: -truth[column].to_numpy(dtype=np.float64)
        for model, column in ORDERS.items()
        if truth[column].notna().any()
    }
    return CutList("live", np.arange(len(truth)), known, scores, scores.get("amount"))


def _by_typology(
    truth: pd.DataFrame, carriers: pd.DataFrame, ks: tuple[int, ...]
) -> list[dict[str, Any]]:
    """Carriers of each typology and strength, and how many of them the first k hold."""
    place = pd.Series(_places(truth), index=truth.index)
    rows = []
    for (typology, strength), part in carriers.groupby(["typology", "strength"], sort=True):
        ids = part["id"].unique()
        row: dict[str, Any] = {
            "typology": typology,
            "strength": strength,
            "carriers": len(ids),
            "yuan": round(float(part["amount_fen"].sum()) / 100, 2),
        }
        found = {f"recall@{k}": round(float(place.loc[ids].lt(k).mean()), 6) for k in ks}
        rows.append({**row, **found})
    return rows


def _places(truth: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Place of each entity in the fused order, 0 first; the unranked last."""
    order = ranked(-truth["rank"].to_numpy(dtype=np.float64), outcomes(np.zeros(len(truth)))).order
    places = np.empty(len(order), dtype=np.int64)
    places[order] = np.arange(len(order))
    return places
