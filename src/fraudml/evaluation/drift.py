"""What has changed between as-of dates: features, scores, and what the random arm finds.

PSI says how much a distribution moved; whether it moved at all is asked of the entities that stand
on both dates (Stuart 1955, Maxwell 1970: bins of the same entities before and after), because two
dates a quarter apart hold mostly the same entities and windows that overlap. Many features are
asked, so p-values are adjusted (Benjamini & Hochberg 1995).
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from scipy.special import gammaincc

from fraudml.entities import GRAINS, GrainName
from fraudml.evaluation.design import Sample, share
from fraudml.evaluation.metrics import FloatArray, IntArray
from fraudml.scores.conformal import benjamini_hochberg

BINS = 10
MIN_ENTITIES = 50  # on both dates: fewer say nothing about a distribution in ten bins
MIN_DRAWN = 5
LISTED = 40
MOVED, Q = 0.1, 0.05  # usual reading of PSI: below .1 little, above .25 much
_MODELS = ("forest", "tail", "lightgbm")
Figure = dict[str, Any]
Counts = NDArray[np.int64]


def drift(
    grain: GrainName,
    features: pa.Table,
    backtest: pa.Table,
    labels: pa.Table,
    names: Sequence[str],
    *,
    live: date,
) -> dict[str, Any]:
    """Features of earlier dates beside the live one, scores from list to list, random arm by date.

    features  data/features/GRAIN.parquet; names: its feature columns
    returns   ``features`` (assessed, reason, compared: features times dates, moved: beyond MOVED
    and Q, rows: the LISTED most moved), ``scores`` (assessed, reason, rows) and
    ``random_arm`` (rows: as_of, drawn, value, low, high)
    """
    return {
        "features": _features(grain, features, names, live),
        "scores": _scores(grain, backtest),
        "random_arm": random_arm(grain, labels),
    }


def _features(grain: GrainName, table: pa.Table, names: Sequence[str], live: date) -> Figure:
    key = GRAINS[grain].key
    dates = sorted({one for one in table["as_of"].unique().to_pylist() if one < live})
    now = _on(table, key, live)
    rows: list[Figure] = []
    for day in dates:
        before = _on(table, key, day)
        for name in names:
            one = _moved(_floats(before[name]), _floats(now[name]), _common(before, now))
            if one is not None:
                rows.append({"date": day.isoformat(), "feature": name, **one})
    if not rows:
        why = (
            f"两个日期都有的对象不足 {MIN_ENTITIES} 个 · no two dates share {MIN_ENTITIES} entities"
        )
        return {"assessed": False, "reason": why, "compared": 0, "moved": 0, "rows": []}
    adjusted = benjamini_hochberg(np.array([row["p"] for row in rows]))
    for row, q in zip(rows, adjusted, strict=True):
        row["q"] = round(float(q), 6)
    rows.sort(key=lambda row: (-row["psi"], row["date"], row["feature"]))
    moved = sum(row["q"] <= Q and row["psi"] >= MOVED for row in rows)
    found = {"assessed": True, "reason": None, "compared": len(rows), "moved": moved}
    return found | {"rows": [row for row in rows if row["q"] <= Q][:LISTED]}


def _on(table: pa.Table, key: str, day: date) -> pd.DataFrame:
    frame: pd.DataFrame = table.filter(pa.compute.equal(table["as_of"], day)).to_pandas()
    return frame.set_index(key).sort_index()


def _common(before: pd.DataFrame, now: pd.DataFrame) -> tuple[IntArray, IntArray]:
    both = before.index.intersection(now.index)
    return before.index.get_indexer(both), now.index.get_indexer(both)


def _floats(column: "pd.Series[Any]") -> FloatArray:
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


def _moved(before: FloatArray, now: FloatArray, common: tuple[IntArray, IntArray]) -> Figure | None:
    """PSI, what chance alone would give, and the p-value of the paired test; None where silent."""
    if len(common[0]) < MIN_ENTITIES or np.isnan(before).all() or np.isnan(now).all():
        return None
    first, second = bins(before, now)
    n = int(max(first.max(), second.max())) + 1
    counts = np.stack([np.bincount(first, minlength=n), np.bincount(second, minlength=n)])
    by_chance = (n - 1) * (1 / len(first) + 1 / len(second))
    return {
        "psi": round(psi(counts[0], counts[1]), 6),
        "by_chance": round(by_chance, 6),
        "p": round(marginal_p(first[common[0]], second[common[1]]), 9),
        "known_before": round(float((~np.isnan(before)).mean()), 6),
        "known_now": round(float((~np.isnan(now)).mean()), 6),
    }


def bins(before: FloatArray, now: FloatArray) -> tuple[IntArray, IntArray]:
    """The bin of every value: tenths of the earlier date, ties together, unknown in a bin apart."""
    known = before[~np.isnan(before)]
    edges = np.unique(np.quantile(known, np.arange(1, BINS) / BINS))
    found = [np.searchsorted(edges, values, side="left") for values in (before, now)]
    last = len(edges) + 1
    first, second = (
        np.where(np.isnan(values), last, one)
        for values, one in zip((before, now), found, strict=True)
    )
    used = np.unique(np.concatenate([first, second]))
    return np.searchsorted(used, first), np.searchsorted(used, second)


def psi(before: Counts, now: Counts) -> float:
    """Population stability index of two histograms; half a count is added to every bin.

    >>> psi(np.array([50, 50]), np.array([50, 50]))
    0.0
    """
    p = (before + 0.5) / (before.sum() + 0.5 * len(before))
    q = (now + 0.5) / (now.sum() + 0.5 * len(now))
    return float(((q - p) * np.log(q / p)).sum())


def marginal_p(before: IntArray, now: IntArray) -> float:
    """Stuart and Maxwell: chance of such a shift between bins were there none.

    before, now  (m,) bins of the same entities; 1 where nobody changed bins

    >>> marginal_p(np.array([0, 1, 1]), np.array([0, 1, 1]))
    1.0
    """
    n = int(max(before.max(), now.max())) + 1
    table = np.bincount(before * n + now, minlength=n * n).reshape(n, n).astype(np.float64)
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    apart = rows - columns
    spread = -(table + table.T)
    np.fill_diagonal(spread, rows + columns - 2 * np.diag(table))
    rank = int(np.linalg.matrix_rank(spread))
    if rank == 0:
        return 1.0
    statistic = float(apart @ np.linalg.pinv(spread, hermitian=True) @ apart)
    return float(gammaincc(rank / 2, max(0.0, statistic) / 2))


def _scores(grain: GrainName, backtest: pa.Table) -> Figure:
    """How far each model's scores moved from one list of the past to the next."""
    frame: pd.DataFrame = backtest.to_pandas()
    if frame.empty or not frame["scheme"].eq("walk_back").all():
        why = "没有逐期的全体清单 · there are no lists of everybody from date to date"
        return {"assessed": False, "reason": why, "rows": []}
    rows = []
    for model in (*_MODELS, "fused"):
        part = frame[frame["model"].eq(model)].set_index(GRAINS[grain].key).sort_index()
        cuts = sorted(part["as_of"].unique())
        lists = [part[part["as_of"].eq(cut)]["score"] for cut in cuts]
        for at in range(1, len(cuts)):
            row = {"model": model, "from": str(cuts[at - 1]), "to": str(cuts[at])}
            rows.append(row | _step(lists[at - 1], lists[at], raw=model in _MODELS))
    return {"assessed": bool(rows), "reason": None if rows else "只有一期 · one list only",
            "rows": rows}  # fmt: skip


def _step(before: "pd.Series[Any]", now: "pd.Series[Any]", *, raw: bool) -> Figure:
    common = _common(before.to_frame(), now.to_frame())
    first, second = _floats(before)[common[0]], _floats(now)[common[1]]
    both = ~np.isnan(first) & ~np.isnan(second)
    ranks = [pd.Series(one[both]).rank() for one in (first, second)]
    with np.errstate(invalid="ignore"):  # of an order in which all stand alike there is none
        order = ranks[0].corr(ranks[1], min_periods=2)
    one = _moved(_floats(before), _floats(now), common) if raw else None
    found = {name: None if one is None else one[name] for name in ("psi", "by_chance", "p")}
    return found | {"spearman": None if np.isnan(order) else round(float(order), 6)}


def random_arm(grain: GrainName, labels: pa.Table) -> Figure:
    """Share confirmed among those the random arm chose, by as-of date: the fund's own weather.

    Nobody's suspicion chose them, so a rise or fall is one of the fund, not of the inspectors.
    Weighted by 1/chance; an inspection of unknown chance is left out and counted.
    """
    table: pd.DataFrame = labels.to_pandas()
    table = table[table["grain"].eq(grain) & table["arm"].eq("random") & table["as_of"].notna()]
    known = table[table["label"].notna() & table["chance"].notna()]
    rows = [_yield_of(str(day), part) for day, part in known.groupby("as_of", sort=True)]
    if len(rows) > 1:
        rows.append(_yield_of("all", known))
    return {
        "assessed": any(row["value"] is not None for row in rows),
        "drawn": len(table),
        "without_result_or_chance": len(table) - len(known),
        "rows": rows,
    }


def _yield_of(name: str, part: pd.DataFrame) -> Figure:
    chance = part["chance"].to_numpy(dtype=np.float64)
    row: Figure = {"as_of": name, "drawn": len(part), "value": None, "low": None, "high": None}
    if len(part) < MIN_DRAWN:
        return row | {
            "reason": f"少于 {MIN_DRAWN} 个 · only {len(part)} drawn, fewer than {MIN_DRAWN}"
        }
    one = share(
        Sample(chance, np.zeros(len(part), dtype=np.int64)),
        part["label"].to_numpy(dtype=np.float64),
        np.ones(len(part)),
    )
    found: Mapping[str, float] = {"value": one.value, "low": one.low, "high": one.high}
    return row | {k: None if np.isnan(v) else round(v, 6) for k, v in found.items()}
