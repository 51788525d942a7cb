"""Inspections with known chances against a truth that is known: what the figures are worth.

    python benchmarks/selective_labels.py [--runs 1000] [--seed 735] [--rates 0.05 0.1 0.2]

Each run makes a fund (who is guilty depends on the list's score and on what no list knows, which
tips do), sends inspectors by habit (amounts and tips) to as many as the draw, and draws once with
the house's own chances and pivotal draw. The naive share confirmed among those chosen by habit is
wrong by the margin printed; of the weighted intervals (Wilson on the effective size for precision,
gamma for recall and yuan; see fraudml/evaluation/design.py) the share that covers the fund's own
truth is printed, at several sampling rates, tail weights and list lengths. Where all but five of a
list were inspected, the interval is what those five could change, and must always hold. Prints
JSON; exit code 1 where precision's coverage leaves 936 to 964 of 1,000 at any setting.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fraudml.evaluation.design import FEW_OPEN, Sample, amount, found_share, share, total
from fraudml.evaluation.selective import MIN_EFFECTIVE
from fraudml.inspections.verify_draw import ONE, draw, fair_chances, floor_of

FloatArray = NDArray[np.float64]
PROVIDERS = 1500
LISTS = (50, 100)
TAILS = (0.5, 1.0, 1.5)  # standard deviation of the logarithm of a confirmed amount
BAR = (0.936, 0.964)
ENOUGH = 500  # runs in which the interval is a matter of chance; fewer are printed, not judged
FLOOR = "1/10"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=735)
    parser.add_argument("--rates", type=float, nargs="+", default=[0.05, 0.1, 0.2])
    options = parser.parse_args()
    rows = []
    for rate in options.rates:
        rng = np.random.default_rng([options.seed, round(rate * 1e6)])
        runs = [one for _ in range(options.runs) for one in _run(rng, rate)]
        for k in LISTS:
            of_k = [one for one in runs if one["k"] == k]
            rows.append({"rate": rate, "k": k, **_precision(of_k)})
            for tail in TAILS:
                rows[-1][f"yuan, tail {tail}"] = _covered(of_k, f"yuan {tail}")
        print(json.dumps(rows[-1]), file=sys.stderr, flush=True)
    held = all(_held(row) for row in rows)
    print(json.dumps({"runs": options.runs, "bar": BAR, "held": held, "settings": rows}, indent=1))
    return int(not held)


def _held(row: dict[str, Any]) -> bool:
    """Within the bar where the interval is a matter of chance, and always where it is certain."""
    one = row["precision, weighted (Hajek, Wilson)"]
    certain = row["precision, all but five inspected (certain)"]["covered"]
    enough = one["assessed"] >= ENOUGH
    return certain in (None, 1.0) and (not enough or BAR[0] <= one["covered"] <= BAR[1])


def _run(rng: np.random.Generator, rate: float) -> Iterator[dict[str, Any]]:
    """One fund, its habits and its draw; one result per list length."""
    n = round(PROVIDERS * rate)
    risk = rng.beta(1, 3, PROVIDERS)
    hidden = rng.normal(size=PROVIDERS)
    guilty = rng.random(PROVIDERS) < 1 / (1 + np.exp(3.5 - 5 * risk - 0.8 * hidden))
    habit = 0.7 * hidden + 1.5 * guilty + rng.gumbel(size=PROVIDERS)
    visited = np.argsort(-habit)[:n]
    chances = fair_chances(
        [int(one * ONE) for one in risk], [False] * PROVIDERS, n, floor_of(FLOOR, n, PROVIDERS)
    )
    drawn = np.array(draw(chances, [("", "")] * PROVIDERS, rng.bytes(32).hex()))
    sample = Sample(np.array(chances)[drawn] / ONE, np.zeros(len(drawn), dtype=np.int64))
    logs = rng.normal(size=PROVIDERS)
    for k in LISTS:
        inside = np.zeros(PROVIDERS)
        inside[np.argsort(-risk)[:k]] = 1.0
        yield {"k": k, **_figures(sample, drawn, visited, inside, guilty.astype(float), logs, risk)}


def _figures(
    sample: Sample,
    drawn: NDArray[np.int64],
    visited: NDArray[np.int64],
    inside: FloatArray,
    guilty: FloatArray,
    logs: FloatArray,
    risk: FloatArray,
) -> dict[str, Any]:
    k, own, hit = inside.sum(), inside[drawn], (inside * guilty)[drawn]
    seen = inside[visited].sum()
    truth = float((inside * guilty).sum() / k)
    found: dict[str, Any] = {
        "truth": truth,
        "naive": float((inside * guilty)[visited].sum() / seen) if seen else None,
        "hajek": (share(sample, hit, own, size=k), truth, k - own.sum() > FEW_OPEN),
        "exact": (share(sample, hit, own, size=k), truth, k - own.sum() <= FEW_OPEN),
        "ht": (_part(total(sample, hit), k), truth, own.sum() >= MIN_EFFECTIVE),
        "difference": (
            _part(total(sample, hit - own * 0.5, known=0.5 * k), k),
            truth,
            own.sum() >= MIN_EFFECTIVE,
        ),
        "recall": (
            found_share(sample, own, guilty[drawn]),
            float((inside * guilty).sum() / guilty.sum()),
            guilty[drawn].sum() >= MIN_EFFECTIVE,
        ),
    }
    for tail in TAILS:
        fen = guilty * np.exp(12 + 2 * risk + tail * logs)
        whole = float((inside * fen).sum())
        found[f"yuan {tail}"] = (
            amount(sample, (inside * fen)[drawn]), whole, hit.sum() >= MIN_EFFECTIVE
        )  # fmt: skip
    return found


def _part(one: Any, k: float) -> Any:
    return type(one)(one.value / k, one.low / k, one.high / k)


def _precision(runs: list[dict[str, Any]]) -> dict[str, Any]:
    naive = np.array([one["naive"] - one["truth"] for one in runs if one["naive"] is not None])
    return {
        "truth": round(float(np.mean([one["truth"] for one in runs])), 4),
        "naive is too high by": round(float(naive.mean()), 4),
        "naive is too high in": f"{(naive > 0).sum()} of {len(naive)}",
        "precision, weighted (Hajek, Wilson)": _covered(runs, "hajek"),
        "precision, all but five inspected (certain)": _covered(runs, "exact"),
        "precision, Horvitz-Thompson (normal)": _covered(runs, "ht"),
        "precision, difference (normal)": _covered(runs, "difference"),
        "recall (gamma)": _covered(runs, "recall"),
    }


def _covered(runs: list[dict[str, Any]], name: str) -> dict[str, Any]:
    """How often the interval holds the truth, of the runs in which the figure is assessed."""
    given = [one[name][:2] for one in runs if one[name][2]]
    if not given:
        return {"covered": None, "assessed": 0}
    inside = [one.low <= truth <= one.high for one, truth in given]
    return {
        "covered": round(float(np.mean(inside)), 4),
        "assessed": len(given),
        "bias": round(float(np.mean([one.value / truth - 1 for one, truth in given if truth])), 4),
        "width": round(float(np.median([(e.high - e.low) / t for e, t in given if t])), 4),
    }


if __name__ == "__main__":
    sys.exit(main())
