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
COUNTED = feature("round_amount_claims_share_365d", "provider")
MEASURED = feature("fund_fen_per_claim_mean_365d", "provider")
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


def distances(tmp_path, rows, *, entry=ENTRY, over=None, min_peers=MIN_PEERS, unknown=()):
    """rows: (provider, level, kind, region, value) -> {provider: (group, n, distance)}.

    over  claims of each provider; None: not assessed
    """
    tmp_path.mkdir(exist_ok=True)
    providers = "provider_id | level | kind | region_code\n" + "\n".join(
        f"{p} | {level} | {kind} | {region}" for p, level, kind, region, _ in rows
    )
    folder = draw_claims(tmp_path / "claims", providers=providers, claims="claim_id")
    table = pa.table(
        {
            "provider_id": [row[0] for row in rows],
            "as_of": pa.array([AS_OF] * len(rows), pa.date32()),
            entry.name: pa.array([row[4] for row in rows], pa.float64()),
        }
        | ({} if over is None else {"claims_count_365d": pa.array(over, pa.float64())})
    )
    with engine() as opened:
        make_peers(
            Bases(opened, Claims(opened, folder), (AS_OF,)),
            PROVIDER,
            (entry,),
            FeaturesParams(min_peers=min_peers, shrink_peers=SHRINK),
            features=opened.table(table, "given"),
            path=tmp_path / "peers.parquet",
            unknown=unknown,
        )
    found = pq.read_table(tmp_path / "peers.parquet").to_pylist()
    return {r["provider_id"]: (r["peer_group"], r["peers_n"], r[entry.name]) for r in found}


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


def clinics(values):
    return [(f"A{i:04d}", 1, "clinic", "110101", value) for i, value in enumerate(values)]


def shares_of_deciles(found, over):
    """Share of each decile of volume among the tenth that stand furthest above their peers."""
    away = np.array([found[f"A{i:04d}"][2] for i in range(len(over))])
    top = away >= np.quantile(away, 0.9)
    decile = np.argsort(np.argsort(over, kind="stable"), kind="stable") * 10 // len(over)
    return [float(top[decile == d].mean()) for d in range(10)]


@pytest.mark.parametrize("chance", [0.02, 0.3])
def test_by_chance_alone_the_smallest_do_not_come_first(tmp_path, chance):
    """Shares of 10 to 3,000 claims with one and the same chance: nobody differs from anybody."""
    draw = np.random.default_rng(7)
    over = np.exp(draw.uniform(np.log(10), np.log(3_000), 1_000)).astype(int)
    values = [float(held) / n for held, n in zip(draw.binomial(over, chance), over, strict=True)]
    funnel = shares_of_deciles(distances(tmp_path / "n", clinics(values), entry=COUNTED,
                                         over=over), over)  # fmt: skip
    blind = shares_of_deciles(distances(tmp_path / "none", clinics(values), entry=COUNTED), over)
    assert sum(blind[:2]) / 2 > 0.25  # without n, the smallest fifth takes the list
    assert max(funnel[:2]) <= 0.16  # two standard errors of a decile of 100


def test_means_of_few_claims_are_held_against_what_few_claims_do(tmp_path):
    draw = np.random.default_rng(8)
    over = np.exp(draw.uniform(np.log(10), np.log(3_000), 1_000)).astype(int)
    values = [float(draw.normal(10_000, 4_000 / np.sqrt(n))) for n in over]
    blind = shares_of_deciles(distances(tmp_path / "none", clinics(values), entry=MEASURED), over)
    funnel = shares_of_deciles(distances(tmp_path / "n", clinics(values), entry=MEASURED,
                                         over=over), over)  # fmt: skip
    assert sum(blind[:2]) / 2 > 0.25
    assert sum(funnel[:2]) / 2 < 0.15


def test_one_of_one_is_weak_evidence_and_half_of_a_thousand_is_not(tmp_path):
    values = [0.0, 0.01] * 20 + [1.0, 0.5]
    over = [500] * 40 + [1, 1_000]
    found = distances(tmp_path, clinics(values), entry=COUNTED, over=over)
    assert found["A0040"][2] < 3
    assert found["A0041"][2] > 10


def test_whoever_has_no_claim_in_the_window_is_nobodys_peer(tmp_path):
    values = [0.0] * 8 + [0.1, 0.2, 0.3]
    found = distances(tmp_path, clinics(values), entry=ENTRY, over=[0] * 8 + [100] * 3)
    assert found["A0009"][1:] == (3, 0.0)
    assert found["A0000"][1] == 3


def test_a_feature_that_was_not_assessed_is_null_and_nothing_is_asked_about_it(tmp_path):
    rows = [(f"A{i}", 1, "hospital", "110000", float(i)) for i in range(6)]
    known = distances(tmp_path / "known", rows)
    unknown = distances(tmp_path / "unknown", rows, unknown=(ENTRY.name,))
    assert {cells[2] for cells in unknown.values()} == {None}
    assert {who: cells[:2] for who, cells in unknown.items()} == {
        who: cells[:2] for who, cells in known.items()
    }
    assert all(cells[2] is not None for cells in known.values())
