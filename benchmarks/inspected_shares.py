"""Few inspected: the fused list beside rules alone, and schemes that no inspector had ever seen.

    python benchmarks/inspected_shares.py --work DIR [--seeds 20] [--first-seed 9000]
        [--shares 0.01 0.02 0.05] [--providers 1500] [--patients 60000] [--lines 2000000]
        [--only simulate|ingest|monitor|features|measure]

Each seed makes a fund; its features are made once. For every share another past is written: so many
providers visited, most by amount with some luck, a fifth by clues, a sixth at random; a visit finds
a running scheme by its strength, else it clears or finds minor faults. In a second past a third of
the typologies are never visited: "unseen". Models are trained on what was closed by the live date,
and the lists are judged among providers that nobody visited, by the answer key: lift@100 (precision
over the share of carriers), average precision, yuan@100, recall@100 of the unseen. Every figure has
its ceiling beside it, and random is 1 by definition of lift.

Resumable: a stage that is done is not run again, a fund that is measured is read; --only runs one
step of every fund, so that no single run is long. Differences are paired by fund, with a bootstrap
over funds. Prints JSON of all measured funds in DIR; exit code 1 where a bar is missed.
"""

import argparse
import json
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from sklearn.metrics import average_precision_score

from fraudml.artifacts import read_json, read_parquet, write_json
from fraudml.asof import walk_back
from fraudml.outcomes.labels import LABEL_SCHEMA
from fraudml.params import Params, TrainParams
from fraudml.scores.score import score_grain
from fraudml.scores.train import train_grain
from fraudml.worlds.history import FOUND
from funds import due, fund_params, run_once

STAGES = ("simulate", "ingest", "monitor", "features")
ORDERS = {
    "fused": "rank",
    "rules": "rules_rank",
    "label_free": "label_free_rank",
    "lightgbm": "supervised_rank",
    "amount": "amount_rank",
    "amount_per_peer": "amount_per_peer_rank",
}
K = 100
BARS = {"lift": 4.4, "over_rules": 1.2, "unseen_over_supervised": 1.8}
ARMS = {"random": 0.18, "clue": 0.2}  # the rest by risk, as in the demo fund's history
FAULTS = 0.05
Interval = list[float] | None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first-seed", type=int, default=9000)
    parser.add_argument("--shares", type=float, nargs="+", default=[0.01, 0.02, 0.05])
    parser.add_argument("--providers", type=int, default=1500)
    parser.add_argument("--patients", type=int, default=60_000)
    parser.add_argument("--lines", type=int, default=2_000_000)
    parser.add_argument("--only", choices=[*STAGES, "measure"])
    options = parser.parse_args()
    for seed in range(options.first_seed, options.first_seed + options.seeds):
        _fund(options.work / f"fund_{seed}", seed, options)
    funds = [read_json(path) for path in sorted(options.work.glob("fund_*/result.json"))]
    summary = {str(share): _summary(funds, str(share)) for share in options.shares} if funds else {}
    print(json.dumps({"funds": len(funds), "bars": BARS, "shares": summary}, indent=1))
    return int(any(held is False for one in summary.values() for held in one["held"].values()))


def _fund(root: Path, seed: int, options: argparse.Namespace) -> None:
    if (root / "result.json").exists():
        return
    sizes = {name: getattr(options, name) for name in ("providers", "patients", "lines")}
    params = fund_params(root, seed=seed, **sizes)
    for stage in due(root, STAGES):
        if options.only not in (None, stage):
            return
        print(f"{seed}: {stage}", file=sys.stderr, flush=True)
        run_once(stage, params, root)
    if options.only in (None, "measure"):
        print(f"{seed}: measure", file=sys.stderr, flush=True)
        found = {str(share): _measured(root, params, seed, share) for share in options.shares}
        write_json(root / "result.json", {"seed": seed, "shares": found})


def _measured(root: Path, params: Params, seed: int, share: float) -> dict[str, Any]:
    """Both pasts at one share: all typologies visited, and some never."""
    truth = _truth(root, params.time.as_of)
    rng = np.random.default_rng([seed, round(1e6 * share)])
    kinds = sorted({kind for those in truth["typologies"] for kind in those})
    unseen = set(rng.permutation(kinds)[: max(1, len(kinds) // 3)].tolist())
    seen_all = _lists(root, params, _past(truth, params, share, rng, frozenset()))
    blind = _past(truth, params, share, rng, frozenset(unseen))
    seen_some = _lists(root, params, blind)
    hidden = truth["typologies"].map(lambda those: bool(those) and those <= unseen)
    return {
        "carriers": int(truth["carrier"].sum()),
        "providers": len(truth),
        "all_visited": _figures(truth, *seen_all),
        "some_unseen": {
            **_figures(truth, *seen_some),
            "unseen": {"typologies": sorted(unseen), **_recall(hidden, *seen_some)},
        },
    }


def _truth(root: Path, live: date) -> pd.DataFrame:
    """Every ranked provider: paid (rank of amount), carrier, typologies, strength, started, fen."""
    key = read_parquet(root / "data/synthetic/key/carriers.parquet").to_pandas()
    key = key[key["grain"].eq("provider") & (pd.to_datetime(key["started_on"]).dt.date <= live)]
    features = read_parquet(
        root / "data/features/provider.parquet", ["provider_id", "as_of", "fund_fen_365d"]
    ).to_pandas()
    frame = features[features["as_of"].eq(live)].set_index("provider_id")[["fund_fen_365d"]]
    grouped = key.groupby("entity_id")
    frame["carrier"] = frame.index.isin(key["entity_id"])
    frame["fen"] = grouped["amount_fen"].sum().reindex(frame.index).fillna(0)
    found = grouped["typology"].agg(frozenset).to_dict()
    frame["typologies"] = [found.get(one, frozenset()) for one in frame.index]
    chances = key.assign(found=key["strength"].map(FOUND)).groupby("entity_id")["found"].max()
    frame["found"] = chances.reindex(frame.index).fillna(0.0)
    started = pd.to_datetime(grouped["started_on"].min()).dt.date.to_dict()
    frame["started_on"] = [started.get(one, date.max) for one in frame.index]
    return frame.sort_index()


def _past(
    truth: pd.DataFrame,
    params: Params,
    share: float,
    rng: np.random.Generator,
    unseen: frozenset[str],
) -> pa.Table:
    """data/labels.parquet of providers visited in past rounds, none of an unseen typology."""
    wanted = round(share * len(truth))
    open_to = ~truth["typologies"].map(lambda those: bool(those & unseen)).to_numpy()
    order = np.argsort(np.argsort(-truth["fund_fen_365d"].to_numpy(), kind="stable"))
    by_amount = order / len(truth) + rng.gumbel(0, 0.16, len(truth))
    by_clue = rng.random(len(truth)) - 0.5 * truth["carrier"].to_numpy()  # tips know something
    by_luck = rng.random(len(truth))
    counts = {arm: round(part * wanted) for arm, part in ARMS.items()}
    counts["risk"] = wanted - sum(counts.values())
    days = _dates(params)[:-2]  # so that what was begun then is closed by now
    rows, done = [], ~open_to
    for arm, wish in (("random", by_luck), ("risk", by_amount), ("clue", by_clue)):
        for place in np.flatnonzero(~done)[np.argsort(wish[~done], kind="stable")][: counts[arm]]:
            done[place] = True
            chance = counts["random"] / len(truth) if arm == "random" else None
            one = truth.iloc[place]
            rows.append(_visit(truth.index[place], one, arm, chance, days, rng))
    return pa.Table.from_pylist(rows, schema=LABEL_SCHEMA)


def _dates(params: Params) -> list[date]:
    time = params.time
    return sorted(walk_back(time.as_of, step_months=time.step_months, count=time.dates))


def _visit(
    entity: str,
    one: pd.Series,
    arm: str,
    chance: float | None,
    days: list[date],
    rng: np.random.Generator,
) -> dict[str, Any]:
    as_of = days[int(rng.integers(len(days)))]
    visited = as_of + timedelta(days=int(rng.integers(1, 26)))
    running = one["started_on"] < visited and rng.random() < one["found"]
    confirmed = bool(running or rng.random() < FAULTS)
    return dict.fromkeys(LABEL_SCHEMA.names) | {
        "grain": "provider",
        "entity_id": entity,
        "inspection_id": f"I-{entity}",
        "as_of": as_of,
        "label": int(confirmed),
        "result": "confirmed" if confirmed else "legitimate",
        "visited_on": visited,
        "closed_on": visited + timedelta(days=int(rng.integers(30, 91))),
        "arm": arm,
        "form": "special",
        "chance": chance,
        "amount_confirmed_fen": max(100, int(one["fen"] * 0.5)) if confirmed else None,
    }


def _lists(root: Path, params: Params, past: pa.Table) -> tuple[pd.DataFrame, set[str]]:
    """Every order of the live list, learnt from that past, and whom it visited."""
    features = read_parquet(root / "data/features/provider.parquet")
    peers = read_parquet(root / "data/features/peers/provider.parquet")
    models = root / "models" / "provider"
    models.mkdir(parents=True, exist_ok=True)
    live = params.time.as_of
    k = params.score.fusion_k
    how: dict[str, Any] = {"fusion_k": k, "live": live, "models_out": models}

    def ranked(train: TrainParams) -> pd.DataFrame:
        train_grain("provider", features, peers, past, train, **how)
        scores = score_grain("provider", features, peers, models, params.score, live=live)
        return scores.to_pandas().set_index("provider_id")[list(ORDERS.values())]

    table = ranked(params.train)
    learnt = bool(table["supervised_rank"].notna().any())
    if not learnt:
        # The pipeline learns nothing from so few; the supervised score alone is compared with all
        # the same, learnt from however few there are.
        few = params.train.model_copy(update={"min_confirmed": 1})
        table["supervised_rank"] = ranked(few)["supervised_rank"]
    return table.assign(learnt=learnt), set(past["entity_id"].to_pylist())


def _figures(truth: pd.DataFrame, lists: pd.DataFrame, visited: set[str]) -> dict[str, Any]:
    """Each order among the providers nobody visited."""
    rest = truth[~truth.index.isin(visited)]
    base, n = rest["carrier"].mean(), int(rest["carrier"].sum())
    best = rest["fen"].sort_values(ascending=False)
    figures: dict[str, Any] = {
        "visited": len(visited),
        "learnt": bool(lists["learnt"].all()),
        "ceiling": {
            "lift": min(K, n) / K / base,
            "ap": 1.0,
            "yuan": float(best[:K].sum()) / 100,
        },
    }
    for name, column in ORDERS.items():
        rank = lists[column].reindex(rest.index)
        if rank.isna().all():
            continue
        first = rest.loc[rank.sort_values().index[:K]]
        figures[name] = {
            "lift": float(first["carrier"].mean() / base),
            "ap": float(average_precision_score(rest["carrier"], -rank)),
            "yuan": float(first["fen"].sum()) / 100,
        }
    return figures


def _recall(hidden: pd.Series, lists: pd.DataFrame, visited: set[str]) -> dict[str, Any]:
    """Share of the carriers of unseen typologies alone that stand among the first K."""
    rest = hidden[~hidden.index.isin(visited)]
    found: dict[str, Any] = {"carriers": int(rest.sum())}
    if not rest.any():
        return found
    found["recall"] = {"ceiling": min(1.0, K / int(rest.sum())), "random": K / len(rest)}
    for name, column in ORDERS.items():
        rank = lists[column].reindex(rest.index)
        if not rank.isna().all():
            first = rank.sort_values().index[:K]
            found["recall"][name] = float(rest.loc[first].sum() / rest.sum())
    return found


def _summary(funds: list[dict[str, Any]], share: str) -> dict[str, Any]:
    """Means over funds with intervals, and whether each bar is held by the mean."""
    both = [fund["shares"][share] for fund in funds if share in fund["shares"]]
    rng = np.random.default_rng(735)
    draws = rng.integers(0, len(both), (2000, len(both)))

    def interval(values: list[float]) -> Interval:
        return _round(np.array(values), draws)

    def of(order: str, measure: str) -> list[float]:
        return [one["all_visited"].get(order, {}).get(measure, np.nan) for one in both]

    names = ["ceiling", *ORDERS]
    shown = {m: {name: interval(of(name, m)) for name in names} for m in ("lift", "ap", "yuan")}
    recalls = [one["some_unseen"]["unseen"].get("recall", {}) for one in both]
    recall = {
        name: interval([one.get(name, np.nan) for one in recalls])
        for name in (*ORDERS, "ceiling", "random")
    }
    unseen_ap = {
        name: interval([one["some_unseen"].get(name, {}).get("ap", np.nan) for one in both])
        for name in ORDERS
    }
    paired = [a - b for a, b in zip(of("fused", "lift"), of("rules", "lift"), strict=True)]
    return {
        "funds": len(both),
        "funds_in_whose_order_it_has_a_part": sum(one["all_visited"]["learnt"] for one in both),
        "carriers": [one["carriers"] for one in both],
        "mean_and_interval_95": shown,
        "fused_minus_rules_lift": interval(paired),
        "unseen_recall_at_100": recall,
        "unseen_average_precision": unseen_ap,
        "held": _held(shown, recall, unseen_ap),
    }


def _held(
    shown: dict[str, dict[str, Interval]],
    recall: dict[str, Interval],
    unseen_ap: dict[str, Interval],
) -> dict[str, bool | None]:
    """By the means; null where there is nothing to compare with."""
    lift = shown["lift"]

    def at_least(one: Interval, other: Interval, times: float) -> bool | None:
        return None if one is None or other is None else one[1] >= times * other[1]

    return {
        "lift": at_least(lift["fused"], [1.0] * 3, BARS["lift"]),
        "over_rules": at_least(lift["fused"], lift["rules"], BARS["over_rules"]),
        "unseen_over_supervised": at_least(
            recall["fused"], recall["lightgbm"], BARS["unseen_over_supervised"]
        ),
        "ap_not_lower": at_least(unseen_ap["fused"], unseen_ap["lightgbm"], 1.0),
    }


def _round(values: np.ndarray, draws: np.ndarray) -> Interval:
    """2.5 %, mean, 97.5 % over funds; None where a fund lacks the figure in every draw of funds."""
    if not np.isfinite(values).any():
        return None
    known = np.isfinite(values[draws]).any(axis=1)
    means = np.nanmean(values[draws[known]], axis=1)
    low, high = np.nanquantile(means, [0.025, 0.975])
    return [round(float(v), 4) for v in (low, np.nanmean(values), high)]


if __name__ == "__main__":
    raise SystemExit(main())
