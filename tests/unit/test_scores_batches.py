"""Everybody scored in batches out of files: the same bytes as at once, whatever the batch."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fraudml.errors import StateError
from fraudml.features.catalogue import features_of
from fraudml.params import ScoreParams
from fraudml.scores import ground as ground_module
from fraudml.scores.cohort import MONEY, cohorts
from fraudml.scores.detectors import Neighbours
from fraudml.scores.ground import distinct, ground_of
from fraudml.scores.measure import survey
from fraudml.scores.members import InFiles, InMemory, Without
from fraudml.scores.moments import Moments
from fraudml.scores.score import score_files, score_grain
from fraudml.scores.train import train_grain
from scores_cases import CUTS, LIVE, PARAMS, one_date, tables

HOW = {"params": ScoreParams(fusion_k=60), "live": LIVE}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Models of 150 providers with outcomes, and their tables of three dates in files."""
    folder = tmp_path_factory.mktemp("scored")
    features, peers = tables(150, CUTS, carriers=range(20), paid_nothing=range(140, 150))
    (folder / "models").mkdir()
    train_grain(
        "provider",
        features,
        peers,
        one_date(),
        PARAMS,
        fusion_k=60,
        live=LIVE,
        models_out=folder / "models",
    )
    for table, name in ((features, "own"), (peers, "peers")):
        pq.write_table(table, folder / f"{name}.parquet", row_group_size=64)
    return folder, features, peers


def in_files(folder: Path, batch_rows: int) -> pa.Table:
    own, peers = folder / "own.parquet", folder / "peers.parquet"
    return score_files("provider", own, peers, folder / "models", **HOW, batch_rows=batch_rows)


@pytest.mark.parametrize("batch_rows", [1, 7, 64, 150, 1_000])
def test_a_batch_of_any_size_gives_the_same_scores_as_all_at_once(trained, batch_rows):
    folder, features, peers = trained
    at_once = score_grain("provider", features, peers, folder / "models", **HOW)
    assert at_once["supervised_rank"].null_count == 0
    assert in_files(folder, batch_rows).equals(at_once)


def test_the_order_of_the_rows_in_the_files_changes_no_byte(trained, tmp_path):
    folder, features, peers = trained
    mixed = np.random.default_rng(3).permutation(len(features))
    for table, name in ((features, "own"), (peers, "peers")):
        pq.write_table(table.take(pa.array(mixed)), tmp_path / f"{name}.parquet")
    (tmp_path / "models").symlink_to(folder / "models")
    assert in_files(tmp_path, 11).equals(in_files(folder, 40))


def test_no_batch_holds_more_rows_than_asked_for_nor_rows_of_another_date(trained):
    folder = trained[0]
    members = InFiles("provider", LIVE, folder / "own.parquet", folder / "peers.parquet", rows=40)
    found = list(members.batches(members_features()))
    assert [len(batch) for batch in found] == [40, 40, 40, 30]
    assert {batch.as_of for batch in found} == {LIVE}
    assert found[0].raw.shape == (40, 3)


def members_features():
    return features_of("provider")[:3]


def test_files_whose_rows_differ_are_refused(trained, tmp_path):
    _, features, peers = trained
    pq.write_table(features, tmp_path / "own.parquet")
    pq.write_table(peers.take(pa.array(np.arange(len(peers))[::-1])), tmp_path / "peers.parquet")
    members = InFiles("provider", LIVE, tmp_path / "own.parquet", tmp_path / "peers.parquet")
    with pytest.raises(StateError, match="do not hold the same providers in the same order"):
        survey(members)


def test_files_that_end_apart_are_refused(trained, tmp_path):
    _, features, peers = trained
    pq.write_table(features, tmp_path / "own.parquet")
    pq.write_table(peers.slice(0, len(peers) - 1), tmp_path / "peers.parquet")
    members = InFiles("provider", LIVE, tmp_path / "own.parquet", tmp_path / "peers.parquet", 1)
    with pytest.raises(StateError, match="do not hold the same providers in the same order"):
        survey(members)


def test_an_entity_that_stands_there_twice_is_refused(trained, tmp_path):
    _, features, peers = trained
    for table, name in ((features, "own"), (peers, "peers")):
        twice = pa.concat_tables([table, table.slice(len(table) - 1)])
        pq.write_table(twice, tmp_path / f"{name}.parquet")
    members = InFiles("provider", LIVE, tmp_path / "own.parquet", tmp_path / "peers.parquet")
    with pytest.raises(StateError, match="holds a provider twice on one as-of date"):
        survey(members)


def test_a_file_without_a_column_of_the_catalogue_is_refused(trained, tmp_path):
    _, features, peers = trained
    pq.write_table(features.drop_columns([features.column_names[-1]]), tmp_path / "own.parquet")
    pq.write_table(peers, tmp_path / "peers.parquet")
    members = InFiles("provider", LIVE, tmp_path / "own.parquet", tmp_path / "peers.parquet")
    with pytest.raises(StateError, match="lacks 1 columns of the present code"):
        survey(members)


def test_a_sample_by_hash_is_the_same_in_any_batches(trained, monkeypatch):
    monkeypatch.setattr(ground_module, "MAX_FIT_ROWS", 50)
    folder, features, peers = trained
    whole = survey(InMemory(cohorts("provider", features, peers, [LIVE])[LIVE]))[1]
    files = folder / "own.parquet", folder / "peers.parquet"
    parts = survey(InFiles("provider", LIVE, *files, rows=9))[1]
    assert np.array_equal(parts.neighbours.reference, whole.neighbours.reference)
    assert parts.neighbours.times.sum() == 40  # four in five of the sample
    assert np.array_equal(parts.tail.spread, whole.tail.spread)


def test_where_nobody_was_paid_everybody_teaches():
    features, peers = tables(40, paid_nothing=range(40))
    group = cohorts("provider", features, peers, [LIVE])[LIVE]
    assert ground_of(group).neighbours.times.sum() == 32


def test_spreads_are_those_of_numpy_and_do_not_depend_on_the_cut():
    x = np.random.default_rng(5).normal(size=(1000, 3)).astype(np.float32).astype(float)
    x = np.column_stack([x, np.full(1000, 2.0), 1e-3 * x[:, 0]])
    whole = Moments.none(5).with_rows(x)
    parts = Moments.none(5).with_rows(x[700:]).with_rows(x[:13]).with_rows(x[13:700])
    assert np.array_equal(whole.spread, parts.spread)
    assert whole.spread[[0, 1, 2, 4]] == pytest.approx(x.std(axis=0)[[0, 1, 2, 4]], rel=1e-6)
    assert np.isinf(whole.spread[3])
    assert np.isinf(Moments.none(2).spread).all()


def test_whoever_is_alike_is_scored_once():
    x = np.repeat(np.arange(12.0).reshape(4, 3), 5, axis=0)
    first, copy = distinct(x)
    assert len(first) == 4
    assert np.array_equal(x[first][copy], x)
    assert len(distinct(np.empty((6, 0)))[1]) == 6


def test_copies_in_the_reference_count_as_often_as_they_are():
    rng = np.random.default_rng(1)
    x = np.repeat(rng.normal(size=(30, 2)), rng.integers(1, 9, size=30), axis=0)
    near = Neighbours.fit(x, k=6)
    scaled = x / x.std(axis=0)
    tail = (scaled**2).sum(axis=1)
    ordinary = scaled[tail <= np.quantile(tail, 0.8)]
    for row, score in zip(scaled, near.score(x), strict=True):
        squares = np.sort(((ordinary - row) ** 2).sum(axis=1))
        own = 1 if squares[0] < 1e-20 else 0
        assert score == pytest.approx(squares[own : own + 6].mean(), abs=1e-9)


def test_features_taken_of_one_move_that_one_and_change_nobody_else_much(trained):
    folder = trained[0]
    own, peers = folder / "own.parquet", folder / "peers.parquet"
    whole = score_files("provider", own, peers, folder / "models", **HOW).to_pandas()
    first = whole["provider_id"][0]
    every = frozenset(f.name for f in features_of("provider"))
    taken = score_files(
        "provider", own, peers, folder / "models", **HOW, without={first: every}
    ).to_pandas()
    places = taken.set_index("provider_id")["rank"]
    assert places[first] > 50  # of 150: of whom nothing is known, outcomes say nothing either way
    others = whole["provider_id"][1:20]
    assert (places[others] <= 25).all()
    nothing = score_files("provider", own, peers, folder / "models", **HOW, without={})
    assert nothing.to_pandas()["rank"].equals(whole["rank"])


def test_what_was_paid_stays_known_whatever_is_taken(trained):
    folder = trained[0]
    own, peers = folder / "own.parquet", folder / "peers.parquet"
    members = InFiles("provider", LIVE, own, peers, rows=40)
    one = next(members.batches(features_of("provider"))).ids[0]
    every = frozenset(f.name for f in features_of("provider"))
    batch = next(Without(members, {one: every}).batches(features_of("provider")))
    for values in (batch.raw, batch.peer):
        known = ~np.isnan(values[0])
        assert [f.name for f, there in zip(batch.features, known, strict=True) if there] == [*MONEY]
        assert not np.isnan(values[1]).any()
