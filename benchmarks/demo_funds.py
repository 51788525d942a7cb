"""Fresh demo funds, simulated to graded: the fused provider list beside the lists without a model.

    python benchmarks/demo_funds.py [--seeds 5] [--first-seed 1000] [--work DIR]

Each seed makes another fund with other carriers; the pipeline runs on it with params.yaml and is
graded against the key. Differences are paired by fund; the interval is a bootstrap over funds and
says little with five of them, so the smallest difference and the number of funds won are printed
too. Prints JSON.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from fraudml.artifacts import read_parquet
from funds import fund_params, run_due

STAGES = ("simulate", "ingest", "monitor", "features", "labels", "train", "score")
ORDERS = {
    "amount": "amount_rank",
    "amount_per_peer": "amount_per_peer_rank",
    "label_free": "label_free_rank",
    "lightgbm": "supervised_rank",
    "rules": "rules_rank",
    "fused": "rank",
}
BASELINES = ("amount", "amount_per_peer")
KS = (25, 50)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first-seed", type=int, default=1000)
    parser.add_argument("--providers", type=int)
    parser.add_argument("--patients", type=int)
    parser.add_argument("--lines", type=int)
    parser.add_argument("--work", type=Path, help="keep what the stages wrote here")
    options = parser.parse_args()
    funds = []
    with tempfile.TemporaryDirectory() as scratch:
        for seed in range(options.first_seed, options.first_seed + options.seeds):
            folder = (options.work or Path(scratch)) / f"fund_{seed}"
            funds.append(_one_fund(folder, seed, options))
            print(json.dumps(funds[-1]), file=sys.stderr, flush=True)
    print(json.dumps({"funds": funds, "paired": _paired(funds)}, indent=1))


def _one_fund(root: Path, seed: int, options: argparse.Namespace) -> dict[str, Any]:
    given = {k: getattr(options, k) for k in ("providers", "patients", "lines")}
    params = fund_params(root, seed=seed, **{k: v for k, v in given.items() if v})
    seconds = run_due(STAGES, params, root)
    trained = json.loads((root / "reports" / "metrics" / "train.json").read_text())["provider"]
    return {
        "seed": seed,
        "seconds": seconds,
        "confirmed": trained["confirmed"],
        "outcomes": trained["outcomes"],
        "sentence": trained["sentence"],
        **_graded(root),
    }


def _graded(root: Path) -> dict[str, Any]:
    """Precision and planted yuan in the first k of each order, against the answer key."""
    key = root / "data" / "synthetic" / "key" / "carriers.parquet"
    carriers = read_parquet(key).to_pandas()
    carriers = carriers[carriers["grain"] == "provider"]
    carriers = carriers.groupby("entity_id")["amount_fen"].sum() / 100
    scores = read_parquet(root / "data" / "scores" / "provider.parquet").to_pandas()
    yuan = scores["provider_id"].map(carriers)
    figures: dict[str, Any] = {"carriers": len(carriers), "providers": len(scores)}
    for order, column in ORDERS.items():
        if scores[column].isna().all():
            continue
        placed = yuan[scores[column].sort_values().index]
        figures[order] = {
            f"{name}_at_{k}": value
            for k in KS
            for name, value in (
                ("precision", round(float(placed[:k].notna().mean()), 4)),
                ("yuan", round(float(placed[:k].sum()))),
            )
        }
    best = carriers.sort_values(ascending=False)
    figures["ceiling"] = {
        f"{name}_at_{k}": value
        for k in KS
        for name, value in (
            ("precision", round(min(k, len(best)) / k, 4)),
            ("yuan", round(float(best[:k].sum()))),
        )
    }
    return figures


def _paired(funds: list[dict[str, Any]]) -> dict[str, Any]:
    rng = np.random.default_rng(735)
    draws = rng.integers(0, len(funds), (2000, len(funds)))
    paired: dict[str, Any] = {}
    for order in ("label_free", "lightgbm", "fused"):
        for baseline in BASELINES:
            for measure in funds[0][baseline]:
                both = [f for f in funds if order in f]
                if len(both) < len(funds):
                    continue
                gain = np.array([f[order][measure] - f[baseline][measure] for f in both])
                low, high = np.quantile(gain[draws].mean(axis=1), [0.025, 0.975])
                paired[f"{order} - {baseline}: {measure}"] = {
                    "mean": round(float(gain.mean()), 4),
                    "interval_95": [round(float(low), 4), round(float(high), 4)],
                    "smallest": round(float(gain.min()), 4),
                    "won": int((gain > 0).sum()),
                    "of": len(gain),
                }
    return paired


if __name__ == "__main__":
    main()
