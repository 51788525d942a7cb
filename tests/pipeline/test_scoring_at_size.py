"""The benchmark of very many patients runs on a project of the present code."""

import sys
from pathlib import Path

import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import scoring_at_size


def test_patients_are_multiplied_and_both_routes_rank_them_all(complete, tmp_path):
    scoring_at_size.multiply(complete, tmp_path, 700)
    for route in ("ours", "pandas"):
        assert scoring_at_size._one(route, complete, tmp_path)["rows"] == 700
        made = pq.read_table(tmp_path / f"{route}.parquet")
        assert sorted(made["rank"].to_pylist()) == list(range(1, 701))
