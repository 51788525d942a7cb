"""Label-free detection on 20 public sets (ADBench): our ensemble beside plain detectors.

    python benchmarks/adbench.py [--data DIR] [--seeds 3]

Each set is scored without its labels; AUC and average precision by set, seeds averaged, and the
ensemble's paired difference to each plain detector with a bootstrap over sets. Prints JSON.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path

import numpy as np
from sklearn.ensemble import IsolationForest
from sklearn.metrics import average_precision_score, roc_auc_score

from fraudml.scores import LabelFreeEnsemble

ROOT = Path(__file__).resolve().parents[1]
PLAIN = ("plain_forest", "ecod")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = os.environ.get("FRAUDML_DATA", str(ROOT.parent / "shared" / "data"))
    parser.add_argument("--data", type=Path, default=Path(default))
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    files = sorted((options.data / "adbench").glob("*.npz"))
    if not files:
        sys.exit(f"{options.data / 'adbench'} holds no sets: give the data with --data.")
    sets = {path.stem: _one_set(path, options.seeds) for path in files}
    print(json.dumps({"sets": sets, "mean": _means(sets), "paired": _paired(sets)}, indent=1))


def _one_set(path: Path, seeds: int) -> dict[str, dict[str, float]]:
    with np.load(path) as content:
        x, y = content["X"].astype(float), content["y"].ravel().astype(int)
    began = time.perf_counter()
    figures: dict[str, list[tuple[float, float]]] = {}
    for seed in range(seeds):
        for name, score in _scores(x, seed).items():
            value = (roc_auc_score(y, score), average_precision_score(y, score))
            figures.setdefault(name, []).append(value)
    print(f"{path.stem}: {time.perf_counter() - began:.1f} s", file=sys.stderr)
    return {
        name: dict(zip(("auc", "ap"), np.mean(values, axis=0).round(4).tolist(), strict=True))
        for name, values in figures.items()
    }


def _scores(x: np.ndarray, seed: int) -> dict[str, np.ndarray]:
    ensemble = LabelFreeEnsemble(random_state=seed, trees=100).fit(x)
    everything = LabelFreeEnsemble(
        ("forest", "tail", "neighbours", "cohesion"), random_state=seed, trees=100
    ).fit(x)
    return {
        "ensemble": -ensemble.score_samples(x),
        "with_cohesion": -everything.score_samples(x),
        **everything.detector_scores(x),
        "plain_forest": -IsolationForest(random_state=seed).fit(x).score_samples(x),
        "ecod": ecod(x),
    }


def ecod(x: np.ndarray) -> np.ndarray:
    """Tails of the empirical distribution, the larger of left, right and by skewness (Li 2022)."""
    n = len(x)
    ordered = np.sort(x, axis=0)
    columns = range(x.shape[1])
    upto = np.column_stack([np.searchsorted(ordered[:, c], x[:, c], "right") for c in columns]) / n
    below = np.column_stack([np.searchsorted(ordered[:, c], x[:, c], "left") for c in columns]) / n
    left, right = -np.log(upto), -np.log(1.0 - below)
    skewed = ((x - x.mean(axis=0)) ** 3).mean(axis=0) < 0
    by_skew = np.where(skewed, left, right)
    return np.maximum(np.maximum(left.sum(axis=1), right.sum(axis=1)), by_skew.sum(axis=1))


def _means(sets: dict[str, dict[str, dict[str, float]]]) -> dict[str, dict[str, float]]:
    names = next(iter(sets.values()))
    return {
        name: {
            m: round(float(np.mean([s[name][m] for s in sets.values()])), 4) for m in ("auc", "ap")
        }
        for name in names
    }


def _paired(sets: dict[str, dict[str, dict[str, float]]]) -> dict[str, dict[str, object]]:
    draws = np.random.default_rng(735).integers(0, len(sets), (5000, len(sets)))
    paired = {}
    for model in ("ensemble", "with_cohesion"):
        for plain in PLAIN:
            gain = np.array([s[model]["auc"] - s[plain]["auc"] for s in sets.values()])
            low, high = np.quantile(gain[draws].mean(axis=1), [0.025, 0.975])
            paired[f"{model} - {plain}: auc"] = {
                "mean": round(float(gain.mean()), 4),
                "interval_95": [round(float(low), 4), round(float(high), 4)],
                "sets_won": f"{int((gain > 0).sum())} of {len(gain)}",
            }
    return paired


if __name__ == "__main__":
    main()
