"""CMS Part B provider-years with OIG exclusions as labels: our parts on somebody else's table.

    python benchmarks/cms_exclusions.py [--data DIR] [--repeats 5] [--bags 4]

Folds grouped by provider, repeated; without sex, state and year, which are artefacts of how the
file was made (share of positives 16 % in 2016, 4 % in 2019). Ablations stand beside: raw columns
alone, without the specialty's peers, with the artefacts; so does what a label-free order reaches.
Prints JSON; intervals are a bootstrap over providers, differences paired.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.ensemble import IsolationForest
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold

from fraudml.scores import BaggedPU, LabelFreeEnsemble, PeerTransformer

ROOT = Path(__file__).resolve().parents[1]
FILE = "part_b_provider_years.csv"
RAW = [
    "Tot_HCPCS_Cds", "Bene_Male_Cnt", "Bene_Avg_Age", "Tot_Srvcs", "Tot_Benes",
    "Bene_Avg_Risk_Scre", "Tot_Sbmtd_Chrg", "Tot_Mdcr_Pymt_Amt",
]  # fmt: skip
SPECIALTY = "Rndrng_Prvdr_Type"
FULL = "ratios_and_peers"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = os.environ.get("FRAUDML_DATA", str(ROOT.parent / "shared" / "data"))
    parser.add_argument("--data", type=Path, default=Path(default))
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--bags", type=int, default=4)
    parser.add_argument("--bootstrap", type=int, default=500)
    options = parser.parse_args()
    path = options.data / "cms_leie" / FILE
    if not path.exists():
        sys.exit(f"{path} is not there: give the third-party data with --data or FRAUDML_DATA.")
    table = pd.read_csv(path)
    label, group = table["Fraud"].to_numpy(), table["provider_key"].to_numpy()
    runs = {}
    for name in ("raw", "ratios", FULL, "and_artefacts"):
        began = time.perf_counter()
        runs[name] = _out_of_fold(table, name, label, group, options)
        print(f"{name}: {time.perf_counter() - began:.0f} s", file=sys.stderr)
    runs |= _label_free(table)
    print(json.dumps(_figures(runs, label, group, options.bootstrap), indent=1))


def _ratios(table: pd.DataFrame) -> pd.DataFrame:
    """Per person, per service and per code, on a log scale."""
    made = table[RAW].astype(float)
    people, services = made["Tot_Benes"].clip(lower=1), made["Tot_Srvcs"].clip(lower=1)
    codes, paid = made["Tot_HCPCS_Cds"].clip(lower=1), made["Tot_Mdcr_Pymt_Amt"]
    made["services_per_person"] = services / people
    made["paid_per_person"], made["paid_per_service"] = paid / people, paid / services
    made["charged_per_service"] = made["Tot_Sbmtd_Chrg"] / services
    made["charged_per_paid"] = made["Tot_Sbmtd_Chrg"] / paid.clip(lower=1)
    made["male_share"] = made["Bene_Male_Cnt"] / people
    made["people_per_code"], made["services_per_code"] = people / codes, services / codes
    made["paid_per_code"] = paid / codes
    return np.log1p(made.clip(lower=0))


def _columns(table: pd.DataFrame, name: str, fit: np.ndarray) -> np.ndarray:
    """The columns of one ablation; peers are learnt from the rows of ``fit`` alone."""
    if name == "raw":
        return table[RAW].to_numpy(dtype=float)
    values = _ratios(table)
    if name == "ratios":
        return values.to_numpy()
    grouped = values.assign(specialty=table[SPECIALTY])
    peers = PeerTransformer((("specialty",), ())).fit(grouped.iloc[fit])
    away = peers.transform(grouped)
    ordinary = values.iloc[fit].groupby(table[SPECIALTY].iloc[fit]).median()
    medians = ordinary.reindex(table[SPECIALTY]).fillna(values.iloc[fit].median()).to_numpy()
    parts = [values.to_numpy(), away, medians]
    if name == "and_artefacts":
        kept = table[["Rndrng_Prvdr_State_Abrvtn", "Rndrng_Prvdr_Gndr", "year"]]
        parts.append(kept.apply(lambda c: pd.factorize(c, sort=True)[0]).to_numpy(dtype=float))
    return np.column_stack(parts)


def _out_of_fold(
    table: pd.DataFrame,
    name: str,
    label: np.ndarray,
    group: np.ndarray,
    options: argparse.Namespace,
) -> list[np.ndarray]:
    scores = []
    for repeat in range(options.repeats):
        score = np.zeros(len(label))
        split = StratifiedGroupKFold(5, shuffle=True, random_state=repeat)
        for train, test in split.split(table, label, group):
            x = _columns(table, name, train)
            model = BaggedPU(options.bags, 400, random_state=735 + repeat)
            score[test] = model.fit(x[train], label[train]).score_rows(x[test])
        scores.append(score)
    return scores


def _label_free(table: pd.DataFrame) -> dict[str, list[np.ndarray]]:
    raw = table[RAW].to_numpy(dtype=float)
    away = PeerTransformer((("specialty",), ())).fit_transform(
        _ratios(table).assign(specialty=table[SPECIALTY])
    )
    peers = LabelFreeEnsemble(distances=True, trees=100).fit(away)
    return {
        "plain_forest": [-IsolationForest(random_state=0).fit(raw).score_samples(raw)],
        "label_free_on_peers": [-peers.score_samples(away)],
        "sort_by_paid": [table["Tot_Mdcr_Pymt_Amt"].to_numpy()],
    }


def _figures(
    runs: dict[str, list[np.ndarray]], label: np.ndarray, group: np.ndarray, resamples: int
) -> dict[str, object]:
    codes, keys = pd.factorize(group, sort=True)
    rows = [np.flatnonzero(codes == c) for c in range(len(keys))]
    rng = np.random.default_rng(735)
    draws = [np.arange(len(label))]
    for _ in range(resamples):
        draws.append(np.concatenate([rows[c] for c in rng.integers(0, len(keys), len(keys))]))
    sampled = {name: _sampled(scores, label, draws) for name, scores in runs.items()}
    return {
        "rows": len(label),
        "positive": int(label.sum()),
        "providers": len(keys),
        "figures": {name: _interval(values) for name, values in sampled.items()},
        "paired": {
            f"{FULL} - {name}": _interval(sampled[FULL] - values)
            for name, values in sampled.items()
            if name != FULL
        },
    }


def _sampled(scores: list[np.ndarray], label: np.ndarray, draws: list[np.ndarray]) -> np.ndarray:
    """(1 + resamples, 2) AUC and average precision, repeats measured one by one and averaged."""
    return np.array(
        [
            np.mean(
                [
                    (roc_auc_score(label[d], s[d]), average_precision_score(label[d], s[d]))
                    for s in scores
                ],
                axis=0,
            )
            for d in draws
        ]
    )


def _interval(values: np.ndarray) -> dict[str, list[float]]:
    low, high = np.quantile(values[1:], [0.025, 0.975], axis=0)
    return {
        name: [round(float(v), 4) for v in (low[at], values[0, at], high[at])]
        for at, name in enumerate(("auc", "ap"))
    }


if __name__ == "__main__":
    main()
