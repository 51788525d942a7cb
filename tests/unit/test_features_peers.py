"""Distances to peers equal a slow plain reference, fall back when thin, and are null when flat."""

from datetime import date
from statistics import median

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from feature_runs import engine
from fraudml.claims.accepted import Claims
from fraudml.entities import PROVIDER
from fraudml.features.bases import Bases
from fraudml.features.catalogue import feature
from fraudml.features.peers import make_peers
from fraudml.params import FeaturesParams
from tables import draw_claims

AS_OF = date(2024, 12, 31)
ENTRY = feature("patient_paid_share_365d", "provider")
MIN_PEERS, SHRINK = 3, 4.0


def reference(value, own, parent, top):
    """The definition, said once more without any engine: lists from finest to coarsest group."""
    centre = spread = None
    for group in (top, parent, own):
        known = [x for x in group if x is not None]
        if len(known) < MIN_PEERS:
            continue
        here = median(known)
        away = [abs(x - here) for x in known]
        wide = median(away) / 0.6745 or 1.253314 * sum(away) / len(away) or None
        w = len(known) / (len(known) + SHRINK)
        centre = here if centre is None else w * here + (1 - w) * centre
        if wide is not None:
            spread = wide if spread is None else w * wide + (1 - w) * spread
    return None if value is None or spread is None else (value - centre) / spread


def distances(tmp_path, rows):
    """rows: (provider, level, kind, region, value) -> {provider: (group, n, distance)}."""
    providers = "provider_id | level | kind | region_code\n" + "\n".join(
        f"{p} | {level} | {kind} | {region}" for p, level, kind, region, _ in rows
    )
    folder = draw_claims(tmp_path / "claims", providers=providers, claims="claim_id")
    table = pa.table(
        {
            "provider_id": [row[0] for row in rows],
            "as_of": pa.array([AS_OF] * len(rows), pa.date32()),
            ENTRY.name: pa.array([row[4] for row in rows], pa.float64()),
        }
    )
    with engine() as opened:
        make_peers(
            Bases(opened, Claims(opened, folder), (AS_OF,)),
            PROVIDER,
            (ENTRY,),
            FeaturesParams(min_peers=MIN_PEERS, shrink_peers=SHRINK),
            features=opened.table(table, "given"),
            path=tmp_path / "peers.parquet",
        )
    found = pq.read_table(tmp_path / "peers.parquet").to_pylist()
    return {r["provider_id"]: (r["peer_group"], r["peers_n"], r[ENTRY.name]) for r in found}


def test_distances_equal_the_plain_reference(tmp_path):
    draw = np.random.default_rng(3)
    rows = [
        (
            f"A{i:02d}",
            int(draw.integers(1, 3)),
            str(draw.choice(["hospital", "clinic"])),
            str(draw.choice(["110101", "110102", "110103"])),
            None if draw.random() < 0.15 else round(float(draw.choice([0.0, draw.random()])), 6),
        )
        for i in range(60)
    ]
    found = distances(tmp_path, rows)
    for provider, level, kind, region, value in rows:
        same_kind = [r for r in rows if r[2] == kind]
        same_level = [r for r in same_kind if r[1] == level]
        same_region = [r for r in same_level if r[3] == region]
        expected = reference(value, *[[r[4] for r in g] for g in
                                      (same_region, same_level, same_kind)])  # fmt: skip
        assert found[provider][2] == pytest.approx(expected, abs=1e-5), provider
        thin = len(same_region) < MIN_PEERS
        assert found[provider][1] == len(same_level if thin else same_region)


def test_a_group_that_is_too_thin_falls_back_to_its_parent_and_says_so(tmp_path):
    rows = [(f"A{i}", 1, "clinic", "110101", i / 10) for i in range(4)]
    rows += [("far", 1, "clinic", "110109", 0.9)]
    found = distances(tmp_path, rows)
    assert found["A0"][:2] == ("level 1 · clinic · 110101", 4)
    assert found["far"][:2] == ("level 1 · clinic", 5)
    assert found["far"][2] == pytest.approx(reference(0.9, [0.9], [0, 0.1, 0.2, 0.3, 0.9],
                                                      [0, 0.1, 0.2, 0.3, 0.9]))  # fmt: skip


def test_where_nobody_differs_there_is_no_distance(tmp_path):
    found = distances(tmp_path, [(f"A{i}", 1, "clinic", "110101", 0.3) for i in range(5)])
    assert {value for _, _, value in found.values()} == {None}


def test_one_who_differs_where_most_are_equal_still_stands_out(tmp_path):
    rows = [(f"A{i}", 1, "clinic", "110101", 0.0) for i in range(9)]
    found = distances(tmp_path, [*rows, ("odd", 1, "clinic", "110101", 0.5)])
    assert found["odd"][2] == pytest.approx(0.5 / (1.253314 * 0.05))
    assert found["A0"][2] == 0.0
