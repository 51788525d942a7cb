"""Very many patients scored in bounded memory, beside batches through pandas and scikit-learn.

    python benchmarks/scoring_at_size.py --fund DIR --work DIR [--patients 1000000 10000000]

--fund is a project folder after ``features`` and ``train``: its patients are multiplied. A made-up
patient has the columns of each of four blocks from another patient of the same peer group, so that
marginals are those of the fund and whole rows are new. Routes, each in a process of its own:

ours    stage score's function: forest, tail, neighbours, ranks, one file in the order of the ranks
pandas  the same work as somebody at home in pandas and scikit-learn would write it: 100,000 rows of
        both files at a time, merged on the id; distances one-sided and through a logarithm;
        IsolationForest of as many trees and spreads fitted once on the first 50,000;
        NearestNeighbors, ten of the first 5,000 ordinary, as scikit-learn chooses to search; tail
        as a sum of squares; all columns kept until the end, ranked by pandas and written in order
within  what one writes first, where a batch is all there is: forest and neighbours fitted on each
        batch itself. Measured on one batch; grows with their number
rest    ours with forest and neighbours costing nothing: what no faster forest or search can beat

CPU seconds are of all threads. Prints JSON.
"""

import argparse
import json
import math
import resource
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from sklearn.ensemble import IsolationForest
from sklearn.neighbors import NearestNeighbors

from fraudml.artifacts import read_json, write_parquet
from fraudml.features.catalogue import features_of
from fraudml.params import ScoreParams
from fraudml.scores.cohort import AMOUNT, PEER_COLUMNS, hash_prefix
from fraudml.scores.detectors import NEIGHBOURS, ORDINARY, REFERENCE_ROWS, Neighbours
from fraudml.scores.forest import MAX_FIT_ROWS, Forest
from fraudml.scores.score import score_files

KEY, BLOCKS, WRITTEN = "patient_id", 4, 1 << 18
PANDAS_ROWS, TREES, K = 100_000, 300, 60


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fund", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--patients", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--largest-in-pandas", type=int, default=1_000_000)
    parser.add_argument("--route", choices=["ours", "pandas", "within", "rest"])
    options = parser.parse_args()
    if options.route:
        print(json.dumps(_one(options.route, options.fund, options.work)))
        return
    options.work.mkdir(parents=True, exist_ok=True)
    multiply(options.fund, options.work, PANDAS_ROWS)
    within = _process("within", options)
    for patients in options.patients:
        made = multiply(options.fund, options.work, patients)
        result: dict[str, object] = {"patients": patients, **made}
        result["ours"] = _process("ours", options)
        result["rest"] = _process("rest", options)
        if patients <= options.largest_in_pandas:
            result["pandas"] = _process("pandas", options)
            ours, theirs = result["ours"], result["pandas"]
            for unit in ("wall_seconds", "cpu_seconds"):
                result[f"ours_times_as_fast_{unit}"] = round(theirs[unit] / ours[unit], 2)
                result[f"at_most_{unit}"] = round(theirs[unit] / result["rest"][unit], 2)
        result["within_batches"] = within | {"batches": math.ceil(patients / PANDAS_ROWS)}
        spent = within["cpu_seconds"] * patients / PANDAS_ROWS
        result["ours_times_as_fast_as_within"] = round(spent / result["ours"]["cpu_seconds"], 1)
        print(json.dumps(result, indent=1), flush=True)


def multiply(fund: Path, work: Path, patients: int) -> dict[str, object]:
    """Write own.parquet and peers.parquet of so many patients as of the fund's live date."""
    live = _live(fund)
    same = [("as_of", "=", live)]
    own = pq.read_table(fund / "data/features/patient.parquet", filters=same)
    peers = pq.read_table(fund / "data/features/peers/patient.parquet", filters=same)
    names = [f.name for f in features_of("patient")]
    groups = np.array(peers["peer_group"].fill_null("").to_pylist(), dtype=object)
    order = np.argsort(groups, kind="stable")
    _, start, size = np.unique(groups[order], return_index=True, return_counts=True)
    rng = np.random.default_rng(735)
    block = rng.integers(BLOCKS, size=len(names))
    files: list[pq.ParquetWriter] = []
    for first in range(0, patients, WRITTEN):
        n = min(WRITTEN, patients - first)
        base = order[rng.integers(len(order), size=n)]
        code = np.searchsorted(start, np.argsort(order)[base], side="right") - 1
        parents = [
            order[start[code] + (rng.random(n) * size[code]).astype(np.int64)]
            for _ in range(BLOCKS)
        ]
        ids = pa.array([f"{first + row:032x}" for row in range(n)])
        for place, table in enumerate((own, peers)):
            columns = {KEY: ids, "as_of": pa.array([live] * n, pa.date32())}
            for extra in PEER_COLUMNS if table is peers else ():
                columns[extra] = table[extra].combine_chunks().take(pa.array(base))
            for name, part in zip(names, block, strict=True):
                columns[name] = table[name].combine_chunks().take(pa.array(parents[part]))
            made = pa.table(columns)
            if not first:
                path = work / f"{('own', 'peers')[place]}.parquet"
                files.append(pq.ParquetWriter(path, made.schema, compression="zstd"))
            files[place].write_table(made)
    for file in files:
        file.close()
    return {
        "columns": len(names),
        "suspicious_side": sum(f.direction != 0 for f in features_of("patient")),
    }


def _one(route: str, fund: Path, work: Path) -> dict[str, object]:
    began = time.perf_counter()
    if route == "rest":
        _cost_nothing()
    here = route in ("ours", "rest")
    made = _ours(fund, work) if here else _pandas(work, within=route == "within")
    wall = time.perf_counter() - began
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        **made,
        "wall_seconds": round(wall, 1),
        "cpu_seconds": round(used.ru_utime + used.ru_stime, 1),
        "peak_megabytes": used.ru_maxrss // 1024,
    }


def _cost_nothing() -> None:
    for one, name in ((Forest, "score_rows"), (Neighbours, "score")):
        setattr(one, name, lambda self, rows: rows[:, :1].sum(axis=1))


def _process(route: str, options: argparse.Namespace) -> dict[str, float]:
    asked = [sys.executable, __file__, "--fund", options.fund, "--work", options.work]
    done = subprocess.run([*map(str, asked), "--route", route], check=True, stdout=subprocess.PIPE)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _live(fund: Path) -> date:
    return date.fromisoformat(read_json(fund / "models/patient/model.json")["live"])


def _ours(fund: Path, work: Path) -> dict[str, object]:
    table = score_files(
        "patient",
        work / "own.parquet",
        work / "peers.parquet",
        fund / "models/patient",
        ScoreParams(fusion_k=K),
        live=_live(fund),
    )
    write_parquet(work / "ours.parquet", table)
    return {"rows": len(table)}


def _pandas(work: Path, *, within: bool) -> dict[str, object]:
    """A frame at a time, scikit-learn's estimators, pandas' ranks."""
    directed = [f.name for f in features_of("patient") if f.direction != 0]
    signs = np.array([f.direction for f in features_of("patient") if f.direction != 0])
    more = [AMOUNT, "rule_violation_fen_365d", "rule_suspicious_fen_365d"]
    fitted = None
    parts = []
    for own, peers in zip(
        pq.ParquetFile(work / "own.parquet").iter_batches(PANDAS_ROWS, columns=[KEY, *more]),
        pq.ParquetFile(work / "peers.parquet").iter_batches(
            PANDAS_ROWS, columns=[KEY, *dict.fromkeys([*directed, AMOUNT])]
        ),
        strict=True,
    ):
        frame = own.to_pandas().merge(peers.to_pandas(), on=KEY, suffixes=("", "_peer"))
        distance = (frame[directed] * signs).fillna(0.0).clip(lower=0.0)
        distance = np.log1p(distance)
        if fitted is None or within:
            fitted = _fit(distance, every=within)
        forest, spread, near = fitted
        scaled = (distance / spread).to_numpy()
        frame["forest"] = -forest.score_samples(distance.to_numpy())
        frame["tail"] = (scaled**2).sum(axis=1)
        frame["neighbours"] = (near.kneighbors(scaled)[0] ** 2)[:, 1:].mean(axis=1)
        frame["rules"] = (frame[more[1]].fillna(0) + frame[more[2]].fillna(0)) / frame[AMOUNT].clip(
            lower=100_000
        )
        frame["hash"] = hash_prefix(frame[KEY])
        kept = [KEY, "hash", "forest", "tail", "neighbours", "rules", AMOUNT, f"{AMOUNT}_peer"]
        parts.append(frame[[name for name in kept if name in frame]])
    table = pd.concat(parts).sort_values("hash")
    table["anomaly"] = table["forest"].rank(method="min", pct=True)
    fused = sum(1 / (K + table[n].rank(ascending=False, method="first")) for n in kept[2:5])
    table["rank"] = fused.rank(ascending=False, method="first")
    for name in ("rules", AMOUNT):
        table[f"{name}_rank"] = table[name].rank(ascending=False, method="first")
    table.sort_values("rank").to_parquet(work / "pandas.parquet", compression="zstd")
    return {"rows": len(table)}


def _fit(
    distance: pd.DataFrame, *, every: bool
) -> tuple[IsolationForest, pd.Series, NearestNeighbors]:
    sample = distance if every else distance.head(MAX_FIT_ROWS)
    spread = sample.std(ddof=0).replace(0.0, np.inf)
    scaled = (sample / spread).to_numpy()
    tail = (scaled**2).sum(axis=1)
    ordinary = scaled[tail <= np.quantile(tail, ORDINARY)][: None if every else REFERENCE_ROWS]
    forest = IsolationForest(n_estimators=TREES, random_state=735).fit(sample.to_numpy())
    return forest, spread, NearestNeighbors(n_neighbors=NEIGHBOURS + 1).fit(ordinary)


if __name__ == "__main__":
    main()
