"""What past inspections say about the lists: backtests of every grain turned into figures.

Walking back: at each cut every model had ranked the whole cohort with what was known by then, and
inspections after the cut are the outcomes. Folds (outcomes that cannot be ordered in time): each
repeat pools its held-out inspected entities. Either way, who was not inspected is unknown.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from fraudml.entities import GRAINS, GrainName
from fraudml.errors import StateError
from fraudml.evaluation.assess import assess
from fraudml.evaluation.bootstrap import wilson
from fraudml.evaluation.metrics import FloatArray, auc, average_precision, outcomes, ranked
from fraudml.evaluation.selective import selective
from fraudml.evaluation.tally import CutList, Tallies, tally
from fraudml.params import EvaluateParams
from fraudml.scores.calibration import probability

BASELINES = ("random", "amount", "amount_per_peer", "rules")
SUMMARISED_MODELS = ("fused", "lightgbm", "label_free", "forest", "amount")
SUMMARISED = ("precision@", "recall@", "yuan@", "average_precision", "auc")
_COUNTED = ("n_confirmed", "n_labelled", "n_carriers", "n_ranked")
CURVE_POINTS = 12
_PER_BIN = 20  # outcomes of one point of the calibration chart


def evaluate(
    backtests: Mapping[GrainName, pa.Table],
    reports: Mapping[GrainName, Mapping[str, Any]],
    params: EvaluateParams,
    *,
    labels: pa.Table,
) -> dict[GrainName, dict[str, Any]]:
    """Precision, recall and yuan at k of every model beside the baselines, by grain.

    backtests  data/backtest/GRAIN.parquet
    reports    the train stage's report of each grain; its ``sentence`` is passed on
    labels     data/labels.parquet: every inspection with its own result and chance
    returns    by grain: assessed, scheme, sentence, counts of outcomes, ``models`` (by model and
    measure: value, low, high, ceiling, base), ``differences`` (by model, baseline and measure)
    and ``selective`` (the same lists by the inspections of known chance); where nothing can be
    said: assessed false, and the reason. Holds no id.
    """
    return {
        grain: _evaluate_grain(grain, table, str(reports[grain]["sentence"]), params)
        | {"selective": selective(grain, table, labels, params)}
        for grain, table in backtests.items()
    }


def _evaluate_grain(
    grain: GrainName, table: pa.Table, sentence: str, params: EvaluateParams
) -> dict[str, Any]:
    frame = _frame(grain, table)
    counts = _counts(frame)
    about = {"sentence": sentence, **counts}
    reason = _not_assessed(counts)
    if reason:
        return {"assessed": False, "reason": reason, **about}
    figures = assess(_tallies(frame, params.k, params), params.k, BASELINES)
    scheme = ", ".join(sorted(frame["scheme"].unique()))
    return {"assessed": True, "scheme": scheme, **about, **figures}


def judged(
    grain: GrainName, table: pa.Table, baselines: tuple[str, ...], params: EvaluateParams
) -> dict[str, Any] | str:
    """Figures of every model in a backtest beside other baselines, or why there are none."""
    frame = _frame(grain, table)
    reason = _not_assessed(_counts(frame))
    return reason or assess(_tallies(frame, params.k, params), params.k, baselines)


def _not_assessed(counts: dict[str, Any]) -> str | None:
    if counts["n_ranked"] == 0:
        return "no list of the past could be made: see the sentence of train"
    if counts["n_labelled"] == 0:
        return "none of the entities ranked was inspected afterwards with a known outcome"
    return None


def summary(figures: Mapping[GrainName, Mapping[str, Any]]) -> dict[str, Any]:
    """The few figures for ``dvc metrics show``: values only, by grain, model and measure.

    Keys hold no ``@``, which MLflow refuses. What was not assessed is absent.
    """
    return {
        grain: {
            **{name[2:]: one[name] for name in _COUNTED if name in one},
            **({"named": one["named"]["value"]} if one.get("named", {}).get("listed") else {}),
            **{
                model: {
                    name.replace("@", "_at_"): measure["value"]
                    for name, measure in measures.items()
                    if name.startswith(SUMMARISED) and measure["value"] is not None
                }
                for model, measures in one["models"].items()
                if model in SUMMARISED_MODELS
            },
        }
        for grain, one in figures.items()
        if one["assessed"]
    }


def curves(
    backtests: Mapping[GrainName, pa.Table],
    reports: Mapping[GrainName, Mapping[str, Any]],
    params: EvaluateParams,
) -> dict[GrainName, dict[str, list[dict[str, Any]]]]:
    """Rows for the charts: by k, by list (cut or repeat), and calibration; by assessed grain."""
    drawn = {}
    for grain, table in backtests.items():
        frame = _frame(grain, table)
        if _not_assessed(_counts(frame)) is None:
            drawn[grain] = {
                "by_k": _by_k(frame, params),
                "by_list": _by_list(frame),
                "calibration": calibration(frame, reports[grain]["calibration"]),
            }
    return drawn


def _frame(grain: GrainName, table: pa.Table) -> pd.DataFrame:
    """The backtest with entity numbers instead of ids and one name per list."""
    frame: pd.DataFrame = table.to_pandas()
    codes, _ = pd.factorize(frame.pop(GRAINS[grain].key), sort=True)
    frame["entity"] = codes
    frame["cut"] = pd.to_datetime(frame.pop("as_of")).dt.strftime("%Y-%m-%d")
    repeat = "repeat " + frame["repeat"].add(1).astype(str)
    frame["list"] = frame["cut"].where(frame["scheme"].eq("walk_back"), repeat)
    frame["label"] = frame["label"].astype("float64")
    _check(grain, frame)
    return frame.sort_values(["list", "model", "entity", "cut"], kind="stable")


def _check(grain: GrainName, frame: pd.DataFrame) -> None:
    """Raise StateError where an entity stands twice in a list, or a lower score stands first."""
    twice = int(frame.duplicated(["list", "model", "entity", "cut"]).sum())
    if twice:
        raise StateError(
            f"backtest/{grain}.parquet: {twice:,} rows repeat an entity within one list and model. "
            "Run the train stage again."
        )
    keys = ["cut", "repeat", "split", "model"]
    highest = frame.groupby(keys)["score"].transform("max")
    below = int((frame["rank"].eq(1) & (frame["score"] < highest)).sum())
    if below:
        raise StateError(
            f"backtest/{grain}.parquet: {below:,} lists put a lower score first; higher must be "
            "more suspicious. Run the train stage again."
        )


def _counts(frame: pd.DataFrame) -> dict[str, Any]:
    once = frame.drop_duplicates(["entity", "cut"])
    known = once[once["label"].notna()]
    confirmed = known[known["label"].eq(1)]
    arms = known["arm"].fillna("unknown")
    return {
        "n_ranked": int(once["entity"].nunique()),
        "n_lists": int(frame["list"].nunique()),
        "n_labelled": len(known),
        "n_confirmed": len(confirmed),
        "n_cleared": len(known) - len(confirmed),
        "n_unknown": len(once) - len(known),
        "n_known_amount": int(confirmed["amount_confirmed_fen"].notna().sum()),
        "n_known_chance": int(known["chance"].notna().sum()),
        "inspected_by_arm": {str(arm): int(n) for arm, n in arms.value_counts().items()},
    }


def _tallies(frame: pd.DataFrame, ks: tuple[int, ...], params: EvaluateParams) -> Tallies:
    found = tally(
        cut_lists(frame),
        entities=int(frame["entity"].max()) + 1,
        ks=ks,
        resamples=params.bootstrap,
        seed=params.seed,
    )
    each = frame[frame["label"].notna()].drop_duplicates(["entity", "cut", "list"])
    return replace(found, own=len(each.drop_duplicates(["entity", "cut"])) / max(1, len(each)))


def cut_lists(frame: pd.DataFrame) -> list[CutList]:
    """One list per cut or repeat, each with every model's order of the same entities."""
    return [_cut_list(str(name), part) for name, part in frame.groupby("list", sort=True)]


def _cut_list(name: str, part: pd.DataFrame) -> CutList:
    key = ["entity", "cut"]
    scores = part.set_index([*key, "model"])["score"].unstack("model").sort_index()
    facts = part.drop_duplicates(key).set_index(key).reindex(scores.index)
    present = [str(m) for m in scores.columns if scores[m].notna().any()]
    by_model = {model: _floats(scores[model]) for model in present}
    return CutList(
        name,
        facts.index.get_level_values("entity").to_numpy(dtype=np.int64),
        outcomes(_floats(facts["label"]), _floats(facts["amount_confirmed_fen"])),
        by_model,
        by_model.get("amount"),
    )


def _floats(column: "pd.Series[Any]") -> FloatArray:
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


def _by_k(frame: pd.DataFrame, params: EvaluateParams) -> list[dict[str, Any]]:
    longest = min(2 * max(params.k), int(frame.groupby("list")["entity"].nunique().min()))
    grid = np.unique(np.linspace(max(1, longest // CURVE_POINTS), longest, CURVE_POINTS).round())
    ks = tuple(int(k) for k in grid)
    models = assess(_tallies(frame, ks, params), ks, ())["models"]
    return [
        {"model": model, "k": k, "measure": measure, **figures[f"{measure}@{k}"]}
        for model, figures in models.items()
        for k in ks
        for measure in ("precision", "recall", "yuan")
    ]


def _by_list(frame: pd.DataFrame) -> list[dict[str, Any]]:
    rows = []
    for lst in cut_lists(frame):
        for model, score in lst.scores.items():
            known = ranked(score, lst.outcomes).inspected()
            once = np.ones((1, len(known.order)))
            rows.append(
                {
                    "list": lst.name,
                    "model": model,
                    "inspected": len(known.order),
                    "confirmed": int(known.sorted.confirmed.sum()),
                    "auc": _number(auc(known, once)[0]),
                    "average_precision": _number(average_precision(known, once)[0]),
                }
            )
    return rows


def _number(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 6)


def calibration(frame: pd.DataFrame, fitted: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Predicted against observed share confirmed, in bins of equal size of the inspected.

    frame   the backtest; the supervised model's scores at past cuts (or held out of its fold, in
            the last repeat: each outcome once, and scores that the curve was not fitted on)
    fitted  the curve of the train report, its ``method`` null without a calibration
    No rows without a calibration, or with fewer than two bins of _PER_BIN outcomes.
    Intervals: Wilson 95 %.
    """
    part = frame[frame["model"].eq("lightgbm") & frame["label"].notna() & frame["score"].notna()]
    part = part[part["repeat"].eq(part["repeat"].max())]
    bins = min(10, len(part) // _PER_BIN)
    if bins < 2 or fitted["method"] is None:
        return []
    ordered = part.sort_values(["score", "entity", "cut", "list"], kind="stable")
    chance = probability(fitted, ordered["score"].to_numpy(dtype=np.float64))
    group = np.arange(len(ordered)) * bins // len(ordered)
    rows = []
    for number in range(bins):
        inside = group == number
        n = int(inside.sum())
        confirmed = float(ordered["label"][inside].sum())
        low, high = wilson(confirmed, n)
        predicted = round(float(chance[inside].mean()), 6)
        observed = round(confirmed / n, 6)
        rows.append(
            {"predicted": predicted, "observed": observed, "low": low, "high": high, "n": n}
        )
    return rows
