"""Kaggle provider fraud, raw files to ranked lists: our supervised order beside sort-by-amount.

    python benchmarks/kaggle_provider_fraud.py [--data DIR] [--repeats 5] [--skip-test]

Train part: the published labels, 5 folds over providers, repeated; every provider is scored only
by models that never saw it. Test part: all claims through to a scored list. Prints JSON.
The label mostly says "bills a lot", so every figure stands beside sort-by-amount, with intervals
of the paired difference: bootstrap over providers, each repeat measured and the mean taken.
"""

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from fraudml.artifacts import read_parquet
from fraudml.claims.accepted import Claims
from fraudml.claims.adapters import adapt
from fraudml.engine import open_engine
from fraudml.params import Params, parse_params
from fraudml.scores.train import train_grain
from fraudml.stages import run_stage

ROOT = Path(__file__).resolve().parents[1]
SOURCE = "kaggle_provider_fraud"
K = 100
MEASURES = ("auc", "ap", f"precision_at_{K}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = os.environ.get("FRAUDML_DATA", str(ROOT.parent / "shared" / "data"))
    parser.add_argument("--data", type=Path, default=Path(default))
    parser.add_argument("--work", type=Path, help="keep what the stages wrote here")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--bootstrap", type=int, default=1000)
    parser.add_argument("--skip-test", action="store_true")
    options = parser.parse_args()
    source = options.data / SOURCE
    if not source.is_dir():
        sys.exit(f"{source} is not there: give the third-party data with --data or FRAUDML_DATA.")
    with tempfile.TemporaryDirectory() as scratch:
        work = options.work or Path(scratch)
        result = {"train": _train_part(source, work / "train", options)}
        if not options.skip_test:
            result["test"] = _test_part(source, work / "test")
    result["peak_memory_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps(result, indent=1, sort_keys=True))


def _prepare(source: Path, root: Path, part: str, **train: int) -> tuple[Params, dict[str, float]]:
    """Adapter, ingest, features and labels in the folder ``root``; seconds by step."""
    root.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("FRAUDML_KEY", "0123456789abcdef" * 4)  # nobody is hidden here
    seconds, began = {}, time.perf_counter()
    if not (root / "raw").exists():
        adapt("kaggle-provider-fraud", source, root / "raw", part=part)
    seconds["adapt"] = time.perf_counter() - began
    content = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    content["time"]["as_of"] = json.loads((root / "raw" / "adapter.json").read_text())["as_of"]
    content["ingest"]["raw"] = str(root / "raw")
    content["train"].update(train)
    (root / "params.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    params = parse_params(content)
    for stage in ("ingest", "monitor", "features", "labels"):
        began = time.perf_counter()
        if not (root / "reports" / "metrics" / f"{stage}.json").exists():
            print(f"{part}: {stage}", file=sys.stderr)
            run_stage(stage, params, root)
        seconds[stage] = time.perf_counter() - began
    return params, {name: round(value, 1) for name, value in seconds.items()}


def _train_part(source: Path, root: Path, options: argparse.Namespace) -> dict[str, Any]:
    params, seconds = _prepare(source, root, "train", folds=5, repeats=options.repeats)
    began = time.perf_counter()
    models = root / "models" / "provider"
    models.mkdir(parents=True, exist_ok=True)
    backtest, report = train_grain(
        "provider",
        read_parquet(root / "data" / "features" / "provider.parquet"),
        read_parquet(root / "data" / "features" / "peers" / "provider.parquet"),
        read_parquet(root / "data" / "labels.parquet"),
        params.train,
        fusion_k=params.score.fusion_k,
        live=params.time.as_of,
        models_out=models,
    )
    seconds["train"] = round(time.perf_counter() - began, 1)
    ranked = run_stage("score", params, root) if (root / "models" / "patient").exists() else None
    amount = _amount_over_all_claims(params, root)
    frame = backtest.to_pandas()
    figures = {
        cohort: _compare(frame[frame["provider_id"].isin(who)], amount, options.bootstrap)
        for cohort, who in (
            ("all_published", set(frame["provider_id"])),
            ("with_claims", set(amount)),
        )
    }
    features = read_parquet(root / "data" / "features" / "provider.parquet", ["provider_id"])
    labelled = frame["provider_id"].nunique()
    return {
        "seconds": seconds,
        "sentence": report["sentence"],
        "calibration": report["calibration"],
        "providers": len(set(features["provider_id"].to_pylist())),
        "providers_unlabelled": len(set(features["provider_id"].to_pylist())) - labelled,
        "ranked": ranked,
        **figures,
    }


def _amount_over_all_claims(params: Params, root: Path) -> dict[str, float]:
    """What the fund reimbursed each provider over every claim in the file, in fen."""
    with open_engine(params.engine, spill=root / ".spill") as engine:
        claims = Claims(engine, root / "data" / "claims").table("claims")
        total = claims.group_by("provider_id").agg(fen=claims.fund_amount_fen.sum())
        rows = engine.rows(total, at_most=100_000)
    return dict(zip(rows["provider_id"].to_pylist(), rows["fen"].to_pylist(), strict=True))


def _compare(frame: Any, amount: dict[str, float], resamples: int) -> dict[str, Any]:
    """Each order's figures, and the paired difference of ours with sort-by-amount."""
    ids = sorted(frame["provider_id"].unique())
    label = frame.groupby("provider_id")["label"].first()[ids].to_numpy(dtype=int)
    orders = {"sort_by_amount": [np.array([float(amount.get(i, 0)) for i in ids])]}
    for model in ("lightgbm", "fused", "forest", "tail", "amount_per_peer", "random"):
        part = frame[frame["model"] == model]
        wide = part.pivot_table(index="repeat", columns="provider_id", values="score", dropna=False)
        wide = wide.reindex(columns=ids)
        orders[model] = [np.nan_to_num(row, nan=np.nanmin(row) - 1) for row in wide.to_numpy()]
    draws = np.random.default_rng(735).integers(0, len(ids), (resamples, len(ids)))
    rows = [np.arange(len(ids)), *draws]
    sampled = {
        model: np.array([np.mean([_measure(s[r], label[r]) for s in scores], axis=0) for r in rows])
        for model, scores in orders.items()
        if model in ("sort_by_amount", "lightgbm")
    }
    plain = {
        m: np.mean([_measure(s, label) for s in scores], axis=0) for m, scores in orders.items()
    }
    return {
        "providers": len(ids),
        "confirmed": int(label.sum()),
        "figures": {
            model: dict(zip(MEASURES, np.round(values, 4).tolist(), strict=True))
            for model, values in plain.items()
        },
        "intervals_95": {model: _intervals(values) for model, values in sampled.items()},
        "lightgbm_minus_sort_by_amount": _intervals(
            sampled["lightgbm"] - sampled["sort_by_amount"]
        ),
    }


def _measure(score: np.ndarray, label: np.ndarray) -> tuple[float, float, float]:
    """AUC, average precision (ties counted as one step, as scikit-learn does), precision at K."""
    order = np.argsort(-score, kind="stable")
    s, y = score[order], label[order]
    ends = np.flatnonzero(np.append(s[1:] != s[:-1], True))
    found, seen = np.cumsum(y)[ends], ends + 1
    gained = np.diff(found, prepend=0)
    cleared = np.diff(seen - found, prepend=0)
    p, n = found[-1], seen[-1] - found[-1]
    auc = np.sum(cleared * (found - gained + gained / 2)) / (p * n)
    ap = np.sum(gained * found / seen) / p
    return float(auc), float(ap), float(np.mean(y[:K]))


def _intervals(values: np.ndarray) -> dict[str, list[float]]:
    low, high = np.quantile(values[1:], [0.025, 0.975], axis=0)
    columns = zip(MEASURES, low, values[0], high, strict=True)
    return {name: [round(float(v), 4) for v in (a, b, c)] for name, a, b, c in columns}


def _test_part(source: Path, root: Path) -> dict[str, Any]:
    """The test set has no labels: every claim goes in, a ranked list of every grain comes out."""
    params, seconds = _prepare(source, root, "test")
    for stage in ("train", "score", "explain"):
        began = time.perf_counter()
        print(f"test: {stage}", file=sys.stderr)
        run_stage(stage, params, root)
        seconds[stage] = round(time.perf_counter() - began, 1)
    counts: dict[str, Any] = {"seconds": seconds}
    for grain in ("provider", "practitioner", "patient"):
        scores = read_parquet(root / "data" / "scores" / f"{grain}.parquet")
        counts[grain] = {
            "ranked": len(scores),
            "with_an_anomaly": len(scores) - scores["anomaly"].null_count,
            "ranks_are_1_to_n": sorted(scores["rank"].to_pylist())
            == list(range(1, len(scores) + 1)),
        }
    with open_engine(params.engine, spill=root / ".spill") as engine:
        return counts | claims_counted(Claims(engine, root / "data" / "claims"))


def claims_counted(claims: Claims) -> dict[str, int]:
    """How many claims were accepted, and of how many providers."""
    t = claims.table("claims")
    counts = t.agg(claims=t.count(), providers_with_claims=t.provider_id.nunique())
    found: dict[str, int] = claims.engine.rows(counts, at_most=1).to_pylist()[0]
    return found


if __name__ == "__main__":
    main()
