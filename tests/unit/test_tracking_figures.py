import json

import pytest

from fraudml.errors import StateError
from fraudml.tracking.figures import Figures, flatten
from fraudml.tracking.lock import FINGERPRINT, fingerprint_of, table_hashes

LOCK = """\
schema: '2.0'
stages:
  ingest:
    cmd: fraudml ingest
    deps:
    - {path: data/synthetic/raw, md5: 1111.dir, size: 5}
    - {path: src/fraudml/claims, md5: 2222.dir}
    outs:
    - {path: data/claims, md5: 3333.dir}
  track:
    cmd: fraudml track
    outs:
    - {path: reports/tracking.json, md5: 4444}
"""


def written(folder, **files):
    paths = []
    for name, content in files.items():
        path = folder / f"{name}.json"
        path.write_text(json.dumps(content))
        paths.append(path)
    return paths


def test_a_figure_with_its_interval_is_named_by_measure_then_model():
    nested = {"models": {"fused": {"recall@10": {"value": 0.5, "low": 0.4, "ceiling": None}}}}
    assert dict(flatten(nested, "evaluate")) == {"recall@10/fused": 0.5, "recall@10/fused.low": 0.4}


def test_a_paired_difference_names_both_models():
    nested = {"differences": {"fused": {"amount": {"yuan@25": {"value": 3}}}}}
    assert dict(flatten(nested, "evaluate")) == {"yuan@25/differences fused amount": 3}


def test_a_flag_is_no_number_and_an_unassessed_figure_is_absent_and_not_0():
    figures = {"assessed": True, "auc": None, "n": 0, "f": {"value": None}}
    assert dict(flatten(figures, "train")) == {"train/n": 0}


def test_figures_go_to_their_grain_and_the_rest_to_the_run(tmp_path):
    paths = written(
        tmp_path,
        ingest={"rows": {"claims": 10}},
        train={"provider": {"sentence": "No supervised model: 3 confirmed.", "n": 3}},
        evaluate={"provider": {"models": {"fused": {"yuan@5": {"value": 2, "low": 1}}}}},
    )
    figures = Figures.read(paths)
    assert figures.numbers[None] == {"ingest/rows/claims": 10}
    assert figures.numbers["provider"] == {
        "train/n": 3,
        "yuan_at_5/fused": 2,
        "yuan_at_5/fused.low": 1,
    }
    assert figures.sentences["provider"] == ["No supervised model: 3 confirmed."]
    assert figures.of_the_run() == {"ingest/rows/claims": 10, "provider/yuan_at_5/fused": 2}


def test_a_run_shows_ceilings_of_the_fused_list_alone_and_no_rows_of_single_tables(tmp_path):
    figure = {"yuan@5": {"value": 2, "ceiling": 9}}
    paths = written(
        tmp_path,
        ingest={"rows_in": 12, "tables": {"claims": {"rows_in": 10}}},
        evaluate={"provider": {"models": {"fused": figure, "amount": figure}}},
    )
    numbers = Figures.read(paths).numbers
    assert numbers[None] == {"ingest/rows_in": 12}
    assert set(numbers["provider"]) == {
        "yuan_at_5/fused", "yuan_at_5/fused.ceiling", "yuan_at_5/amount",
    }  # fmt: skip


def test_two_files_with_the_same_figure_are_refused(tmp_path):
    same = {"provider": {"models": {"fused": {"yuan@5": {"value": 2}}}}}
    with pytest.raises(StateError, match="stands in another file too"):
        Figures.read(written(tmp_path, evaluate=same, grade=same))


def test_the_fingerprint_follows_earlier_stages_and_not_what_track_itself_wrote(tmp_path):
    lock = tmp_path / "dvc.lock"
    lock.write_text(LOCK)
    before = fingerprint_of(lock)
    lock.write_text(LOCK.replace("4444", "5555"))
    assert fingerprint_of(lock) == before
    lock.write_text(LOCK.replace("2222", "5555"))
    assert fingerprint_of(lock) != before
    assert FINGERPRINT == "fraudml.fingerprint"


def test_tables_are_listed_with_their_hash_and_code_is_not(tmp_path):
    lock = tmp_path / "dvc.lock"
    lock.write_text(LOCK)
    assert table_hashes(lock) == {"data/claims": "3333.dir", "data/synthetic/raw": "1111.dir"}


@pytest.mark.parametrize("content", ["", "stages: {track: {cmd: x}}"])
def test_a_lock_without_stages_says_what_to_run(tmp_path, content):
    lock = tmp_path / "dvc.lock"
    lock.write_text(content)
    with pytest.raises(StateError, match="dvc repro first"):
        fingerprint_of(lock)


@pytest.mark.parametrize(
    "text", ["<<<<<<< HEAD\n", "- a list\n", "stages: [1]\n", "stages: {a: 5}\n"]
)
def test_a_lock_that_dvc_did_not_write_is_said_in_one_line(tmp_path, text):
    lock = tmp_path / "dvc.lock"
    lock.write_text(text)
    with pytest.raises(StateError, match=r"dvc\.lock is not what DVC writes .*git checkout"):
        fingerprint_of(lock)
