"""Funds without any fraud: are small providers over-represented at the top all the same?

    python benchmarks/null_fund.py [--seeds 3] [--providers 600] [--work DIR]

Simulated funds with nothing planted run through the pipeline, look-alikes and data slips included.
Printed by decile of billing volume: how many stand in the first tenth of each order, and the band
that all ten deciles keep within together in 95 of 100 funds where size plays no part; and the same
with the ranks dealt out at random, which must lie inside. "at any size" is the label-free order
before what size leads one to expect is taken off. "untouched" stands for the same orders of those
alone on whom the simulator put no look-alike and no slip but single wrong birth dates: slips that
ask for volume (a batch sent twice, a merged branch) are put on large providers, and stand out as
they should. The features behind an excess are named: how
often the smallest and the largest tenth stand more than four spreads beyond their peers, beside
everybody. By kind of provider the share in the first tenth of the fused order is printed too.
Prints JSON; exit code 1 where a decile of the fused order lies outside.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import yaml

from fraudml.artifacts import read_parquet
from fraudml.evaluation.size import Decile, hypergeometric_chances, top_tenth_by_size
from fraudml.features.catalogue import features_of
from fraudml.params import parse_params
from fraudml.scores.cohort import cohorts
from fraudml.scores.labelfree import look
from fraudml.scores.model_io import read_models
from fraudml.worlds import simulate
from funds import fund_params, run_due

STAGES = ("simulate", "ingest", "monitor", "features", "labels", "train", "score")
ORDERS = {"fused": "rank", "label_free": "label_free_rank", "per_peer": "amount_per_peer_rank"}
UNTOUCHED = {f"untouched_{name}": column for name, column in ORDERS.items() if name != "per_peer"}
SHOWN = (*ORDERS, *UNTOUCHED, "at_any_size", "dealt")
EVERYWHERE = "default_birth_date"  # a slip that nearly every provider makes a few times
FAR = 4.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first-seed", type=int, default=5000)
    parser.add_argument("--providers", type=int, default=600)
    parser.add_argument("--patients", type=int, default=20_000)
    parser.add_argument("--lines", type=int, default=500_000)
    parser.add_argument("--work", type=Path, help="keep what the stages wrote here")
    options = parser.parse_args()
    simulate.draw_plans = lambda *_, **__: (0.0, ())  # nothing is planted
    funds = []
    with tempfile.TemporaryDirectory() as scratch:
        for seed in range(options.first_seed, options.first_seed + options.seeds):
            folder = (options.work or Path(scratch)) / f"null_{seed}"
            funds.append(_fund(folder, seed, options))
            print(json.dumps(_shown(funds[-1])["shares"]), file=sys.stderr, flush=True)
    pooled = {order: _pooled([fund["orders"][order] for fund in funds]) for order in SHOWN}
    shown = {"pooled": pooled, "kinds": _kinds(funds), "funds": [_shown(one) for one in funds]}
    print(json.dumps(shown, indent=1))
    return int(any(row["outside"] for row in pooled["fused"]))


def _fund(root: Path, seed: int, options: argparse.Namespace) -> dict[str, Any]:
    sizes = {name: getattr(options, name) for name in ("providers", "patients", "lines")}
    run_due(STAGES, fund_params(root, seed=seed, **sizes), root)
    scores = read_parquet(root / "data" / "scores" / "provider.parquet")
    size = -_floats(scores, "amount_rank")
    orders = {
        name: top_tenth_by_size(-_floats(scores, column), size) for name, column in ORDERS.items()
    }
    plain = _untouched(root, scores)
    for name, column in UNTOUCHED.items():
        orders[name] = top_tenth_by_size(-_floats(scores, column)[plain], size[plain])
    peers = read_parquet(root / "data" / "features" / "peers" / "provider.parquet")
    orders["at_any_size"] = top_tenth_by_size(_at_any_size(root, scores, peers), size)
    dealt = np.random.default_rng(seed).permutation(len(scores)).astype(np.float64)
    orders["dealt"] = top_tenth_by_size(dealt, size)
    return {
        "seed": seed, "orders": orders, "behind": _behind(scores, peers),
        "kinds": _by_kind(scores, peers),
    }  # fmt: skip


def _untouched(root: Path, scores: pa.Table) -> Any:
    """(n,) whether neither a look-alike nor a slip stands with a provider in the answer key."""
    key = root / "data" / "synthetic" / "key"
    alike = read_parquet(key / "lookalikes.parquet").to_pandas()
    slips = read_parquet(key / "artefacts.parquet").to_pandas()
    touched = {
        *alike.loc[alike["grain"].eq("provider"), "entity_id"],
        *slips.loc[slips["artefact"].ne(EVERYWHERE), "provider_id"],
    }
    return np.array([one not in touched for one in scores["provider_id"].to_pylist()])


def _by_kind(scores: pa.Table, peers: pa.Table) -> dict[str, list[int]]:
    """By kind of provider how many stand in the first tenth of the fused order, and of how many."""
    live = scores["as_of"][0]
    frame = peers.filter(pa.compute.equal(peers["as_of"], live)).to_pandas()
    kind = frame.set_index("provider_id").loc[scores["provider_id"].to_pylist(), "widest_group"]
    first = _floats(scores, "rank") <= len(scores) / 10
    return {
        one: [int(first[kind.eq(one)].sum()), int(kind.eq(one).sum())]
        for one in sorted(kind.unique())
    }


def _kinds(funds: Sequence[dict[str, Any]]) -> dict[str, Any]:
    rows = {}
    for one in sorted({kind for fund in funds for kind in fund["kinds"]}):
        listed, of = np.sum([fund["kinds"].get(one, [0, 0]) for fund in funds], axis=0)
        rows[one] = {"entities": int(of), "share": round(float(listed / of), 4)}
    return rows


def _at_any_size(root: Path, scores: pa.Table, peers: pa.Table) -> Any:
    """(n,) higher first: the label-free order in which size still counts."""
    live = scores["as_of"][0].as_py()
    features = read_parquet(root / "data" / "features" / "provider.parquet")
    cohort = cohorts("provider", features, peers, [live])[live]
    params = parse_params(yaml.safe_load((root / "params.yaml").read_text(encoding="utf-8")))
    seen = look(cohort, read_models(root / "models" / "provider").forest)
    ranks = dict(zip(cohort.ids, seen.rank_at_any_size(k=params.score.fusion_k), strict=True))
    return -np.array([ranks[one] for one in scores["provider_id"].to_pylist()], dtype=np.float64)


def _behind(scores: pa.Table, peers: pa.Table) -> list[dict[str, Any]]:
    """Features on which the smallest tenth stands far out more often than everybody does."""
    live = scores["as_of"][0]
    frame = peers.filter(pa.compute.equal(peers["as_of"], live)).to_pandas()
    frame = frame.set_index("provider_id").loc[scores["provider_id"].to_pylist()]
    rank = _floats(scores, "amount_rank")
    tenths = {"smallest": rank > len(rank) * 0.9, "largest": rank <= len(rank) * 0.1}
    rows = []
    for feature in features_of("provider"):
        if feature.direction == 0 or feature.name not in frame:
            continue
        far = frame[feature.name].to_numpy(dtype=np.float64, na_value=0.0) * feature.direction > FAR
        rows.append(
            {
                "feature": feature.name,
                **{name: round(float(far[inside].mean()), 4) for name, inside in tenths.items()},
                "all": round(float(far.mean()), 4),
            }
        )
    rows.sort(key=lambda row: row["all"] - max(row["smallest"], row["largest"]))
    return rows


def _floats(table: pa.Table, name: str) -> Any:
    return table[name].cast(pa.float64()).to_numpy()


def _pooled(funds: Sequence[list[Decile]]) -> list[dict[str, Any]]:
    """All funds added up, with the exact band of the sum."""
    rows = []
    for number, deciles in enumerate(zip(*funds, strict=True), start=1):
        chances = np.ones(1)
        for one in deciles:
            chances = np.convolve(chances, hypergeometric_chances(one.of, one.places, one.size))
        below, above = np.cumsum(chances), np.cumsum(chances[::-1])[::-1]
        low = int(np.flatnonzero(below > 0.0025)[0])
        high = int(np.flatnonzero(above > 0.0025)[-1])
        listed = sum(one.listed for one in deciles)
        size = sum(one.size for one in deciles)
        rows.append(
            {
                "decile": number,
                "entities": size,
                "listed": round(listed, 2),
                "share": round(listed / size, 4),
                "band": [round(low / size, 4), round(high / size, 4)],
                "outside": not low <= listed <= high,
            }
        )
    return rows


def _shown(fund: dict[str, Any]) -> dict[str, Any]:
    orders = {
        name: [one.shown()["share"] for one in deciles] for name, deciles in fund["orders"].items()
    }
    return {"seed": fund["seed"], "shares": orders, "behind": fund["behind"][:8]}


if __name__ == "__main__":
    sys.exit(main())
