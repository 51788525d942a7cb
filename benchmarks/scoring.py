"""Speed of explaining, as ratios in one run: our route beside shap.TreeExplainer.

    python benchmarks/scoring.py [--listed 500] [--everybody 60000] [--bags 2]

Listed entities go through LightGBM's own contributions, everybody through tables of what leaves
contribute; shap.TreeExplainer is asked for the same rows of the same models, one model at a time,
which uses all cores as it comes. "models" are of a bagged learner (boosted trees, a random forest),
"isolation" is an isolation forest of 300 trees, of which shap explains every hundredth row: its
seconds are those times a hundred. Contributions must add up to the output within 1e-5: the largest
gap is printed, and how far the first rows are from LightGBM's own. Prints JSON.
"""

import argparse
import json
import time
from collections.abc import Callable
from typing import Any

import lightgbm as lgb
import numpy as np
import shap

from fraudml.scores import BaggedPU
from fraudml.scores.forest import ForestText

SHARE = 100


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--listed", type=int, default=500)
    parser.add_argument("--everybody", type=int, default=60_000)
    parser.add_argument("--bags", type=int, default=2)
    parser.add_argument("--columns", type=int, default=60)
    options = parser.parse_args()
    rng = np.random.default_rng(735)
    x = rng.normal(size=(options.everybody, options.columns))
    x[rng.uniform(size=x.shape) < 0.05] = np.nan
    known = np.nan_to_num(x)
    y = known[:, 0] + known[:, 1] * known[:, 2] + rng.normal(size=len(x)) > 1.5
    model = BaggedPU(options.bags).fit(x[:3000], y[:3000])
    texts = (*model.bags_.boosted.texts, *model.bags_.averaged.texts)
    result = {
        "rows_fitted": 3000,
        "columns": options.columns,
        "models": len(texts),
        "listed": _listed(model, texts, x[: options.listed]),
        "everybody": _everybody(model, texts, x),
        "isolation": _isolation(np.maximum(known, 0.0)),
    }
    print(json.dumps(result, indent=1))


def _listed(model: BaggedPU, texts: tuple[str, ...], x: np.ndarray) -> dict[str, object]:
    ours, cpu, exact = _timed(lambda: model.contributions(x))
    theirs, their_cpu, _ = _timed(lambda: [_shap(text, x) for text in texts])
    error = float(np.abs(exact.sum(axis=1) - model.score_rows(x)).max())
    return {
        "rows": len(x),
        **_ratio(ours, cpu, theirs, their_cpu),
        "additive_within": error,
    }


def _everybody(model: BaggedPU, texts: tuple[str, ...], x: np.ndarray) -> dict[str, object]:
    ours, cpu, parts = _timed(lambda: model.contributions(x))
    theirs, their_cpu, _ = _timed(lambda: [_shap(text, x) for text in texts])
    few = x[:200]
    return {
        "rows": len(x),
        **_ratio(ours, cpu, theirs, their_cpu),
        "additive_within": float(np.abs(parts.sum(axis=1) - model.score_rows(x)).max()),
        "from_lightgbm_at_most": float(np.abs(parts[:200] - model.contributions(few)).max()),
    }


def _isolation(x: np.ndarray) -> dict[str, object]:
    forest = ForestText.fit(x, trees=300, seed=735)
    ours, cpu, parts = _timed(lambda: forest.parts(x))
    some = x[::SHARE]
    theirs, their_cpu, _ = _timed(lambda: _shap(forest.text, some))
    return {
        "rows": len(x),
        **_ratio(ours, cpu, theirs * SHARE, their_cpu * SHARE),
        "additive_within": float(np.abs(parts.sum(axis=1) - forest.score(x)).max()),
        "from_lightgbm_at_most": float(np.abs(parts[:200] - forest.parts(x[:200])).max()),
    }


def _ratio(ours: float, cpu: float, theirs: float, their_cpu: float) -> dict[str, float]:
    return {
        "seconds_ours": round(ours, 2),
        "seconds_shap": round(theirs, 2),
        "cpu_seconds_ours": round(cpu, 2),
        "cpu_seconds_shap": round(their_cpu, 2),
        "ours_times_as_fast": round(theirs / ours, 2),
        "ours_times_as_fast_cpu": round(their_cpu / cpu, 2),
    }


def _shap(text: str, x: np.ndarray) -> np.ndarray:
    return np.asarray(shap.TreeExplainer(lgb.Booster(model_str=text)).shap_values(x))


def _timed(work: Callable[[], Any]) -> tuple[float, float, Any]:
    """Seconds of the clock, of all threads, and what was made."""
    began, spent = time.perf_counter(), time.process_time()
    done = work()
    return time.perf_counter() - began, time.process_time() - spent, done


if __name__ == "__main__":
    main()
