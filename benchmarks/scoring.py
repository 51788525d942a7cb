"""Speed of explaining, as ratios in one run: our route, shap.TreeExplainer, and woodelf.

    python benchmarks/scoring.py [--listed 500] [--everybody 30000] [--bags 2]

Listed entities go through LightGBM's own contributions, bags side by side; shap.TreeExplainer is
asked for the same rows one model at a time. Explaining everybody with woodelf-explainer (not a
dependency; left out with the reason where it is not installed) stands beside it: its contributions
must add up to the output within 1e-5, and the rows that do not are done again by LightGBM and are
counted in its time. Prints JSON.
"""

import argparse
import json
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import lightgbm as lgb
import numpy as np
import pandas as pd
import shap

from fraudml.scores import BaggedPU

ADDITIVE = 1e-5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--listed", type=int, default=500)
    parser.add_argument("--everybody", type=int, default=30_000)
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
        "everybody": _everybody(texts, x),
    }
    print(json.dumps(result, indent=1))


def _listed(model: BaggedPU, texts: tuple[str, ...], x: np.ndarray) -> dict[str, object]:
    ours, exact = _timed(lambda: model.contributions(x))
    theirs, _ = _timed(lambda: [_shap(text, x) for text in texts])
    error = float(np.abs(exact.sum(axis=1) - model.score_rows(x)).max())
    return {
        "rows": len(x),
        "seconds_ours": round(ours, 2),
        "seconds_shap": round(theirs, 2),
        "ours_times_as_fast": round(theirs / ours, 2),
        "additive_within": error,
    }


def _everybody(texts: tuple[str, ...], x: np.ndarray) -> dict[str, object]:
    try:
        from woodelf import WoodelfExplainer
    except ImportError:
        return {"not_measured": "woodelf-explainer is not installed"}
    theirs, _ = _timed(lambda: [_shap(text, x) for text in texts])

    def explained(text: str) -> int:
        booster = lgb.Booster(model_str=text)
        # woodelf divides a random forest by its trees, LightGBM's raw output does not
        summed = lgb.Booster(model_str=text.replace("average_output\n", ""))
        frame = pd.DataFrame(x, columns=booster.feature_name())
        parts = np.asarray(WoodelfExplainer(summed).shap_values(frame, verbose=False))
        base = booster.predict(x[:1], pred_contrib=True)[0, -1]
        off = np.abs(parts.sum(axis=1) + base - booster.predict(x, raw_score=True)) > ADDITIVE
        if off.any():
            parts[off] = booster.predict(x[off], pred_contrib=True)[:, :-1]
        return int(off.sum())

    began = time.perf_counter()
    spent = time.process_time()
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # models side by side, as our own route does
        redone = sum(pool.map(explained, texts))
    cpu = time.process_time() - spent
    ours = time.perf_counter() - began
    return {
        "rows": len(x),
        "seconds_woodelf": round(ours, 2),
        "seconds_shap": round(theirs, 2),
        "cpu_seconds_woodelf": round(cpu, 2),
        "woodelf_times_as_fast": round(theirs / ours, 2),
        "rows_redone": redone,
        "share_redone": round(redone / (len(x) * len(texts)), 5),
    }


def _shap(text: str, x: np.ndarray) -> np.ndarray:
    return np.asarray(shap.TreeExplainer(lgb.Booster(model_str=text)).shap_values(x))


def _timed(work: Callable[[], object]) -> tuple[float, object]:
    began = time.perf_counter()
    done = work()
    return time.perf_counter() - began, done


if __name__ == "__main__":
    main()
