"""Outputs change places whole or not at all."""

import os
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fraudml import artifacts
from fraudml.artifacts import (
    Publication,
    digest,
    read_json,
    read_parquet,
    write_json,
    write_parquet,
)
from fraudml.errors import EngineError, StateError


@pytest.fixture
def old(tmp_path):
    """A folder and a file that an earlier run left."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "old.txt").write_text("old")
    (tmp_path / "file.txt").write_text("old")
    return tmp_path


def publish(at) -> None:
    with Publication() as out:
        (out.folder(at / "folder") / "new.txt").write_text("new")
        out.file(at / "file.txt").write_text("new")


def names(folder) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*"))


def test_outputs_replace_the_old_ones_whole_and_leave_nothing_aside(old):
    publish(old)
    assert names(old) == ["file.txt", "folder", "folder/new.txt"]
    assert (old / "file.txt").read_text() == "new"


def test_outputs_are_replaced_where_the_file_system_cannot_exchange(old, monkeypatch):
    monkeypatch.setattr(artifacts, "_exchange", lambda one, other: False)
    publish(old)
    assert names(old) == ["file.txt", "folder", "folder/new.txt"]


def test_a_folder_may_become_a_file_and_a_file_a_folder(old):
    with Publication() as out:
        out.file(old / "folder").write_text("new")
        out.folder(old / "file.txt")
    assert (old / "folder").is_file()
    assert (old / "file.txt").is_dir()


def test_a_block_that_fails_leaves_the_old_outputs(old):
    before = digest(old)
    with pytest.raises(KeyError), Publication() as out:
        out.file(old / "file.txt").write_text("half")
        (out.folder(old / "folder") / "half.txt").write_text("half")
        raise KeyError("nothing")
    assert digest(old) == before
    assert names(old) == ["file.txt", "folder", "folder/old.txt"]


def test_a_promised_output_that_was_not_written_publishes_none(old):
    before = digest(old)
    with pytest.raises(StateError, match=r"promised file\.txt"), Publication() as out:
        (out.folder(old / "folder") / "new.txt").write_text("new")
        out.file(old / "file.txt")
    assert digest(old) == before


def test_what_a_killed_run_left_aside_is_removed_by_the_next(old):
    (old / ".aside-folder").mkdir()
    (old / ".aside-folder" / "half.txt").write_text("half")
    (old / ".aside-folder.old").mkdir()
    (old / ".aside-file.txt").write_text("half")
    publish(old)
    assert names(old) == ["file.txt", "folder", "folder/new.txt"]


def test_a_place_that_cannot_be_a_folder_is_named(old):
    with pytest.raises(EngineError, match="Cannot make the folder"), Publication() as out:
        out.file(old / "file.txt" / "below" / "table.parquet")


@contextmanager
def not_root():
    """Permission bits hold for whoever is not root: step down where we are."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(before)


def test_a_folder_that_may_not_be_written_to_is_said_plainly():
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "file.txt").write_text("old")
        folder.chmod(0o555)
        with not_root(), pytest.raises(EngineError, match=r"Permission denied.*untouched"):
            publish(folder)
        folder.chmod(0o755)
        assert names(folder) == ["file.txt"]
        assert (folder / "file.txt").read_text() == "old"


@pytest.mark.parametrize(
    ("stop", "said", "words"),
    [
        (OSError(5, "Input/output error"), EngineError, "Input/output error"),
        (KeyboardInterrupt(), KeyboardInterrupt, "^$"),
    ],
)
def test_outputs_already_in_place_are_taken_back_when_a_later_one_cannot_be(
    old, monkeypatch, stop, said, words
):
    before = digest(old)
    put, exchanged = artifacts._put_in_place, []

    def fails_at_the_second(aside, final):
        if exchanged:
            raise stop
        exchanged.append(final)
        return put(aside, final)

    monkeypatch.setattr(artifacts, "_put_in_place", fails_at_the_second)
    for exchange in (artifacts._exchange, lambda one, other: False):
        monkeypatch.setattr(artifacts, "_exchange", exchange)
        exchanged.clear()
        with pytest.raises(said, match=words):
            publish(old)
        assert exchanged
        assert digest(old) == before
        assert names(old) == ["file.txt", "folder", "folder/old.txt"]


def test_an_output_that_was_not_there_before_is_taken_back_too(tmp_path, monkeypatch):
    put, done = artifacts._put_in_place, []

    def fails_at_the_second(aside, final):
        if done:
            raise OSError(28, "No space left on device")
        done.append(final)
        return put(aside, final)

    monkeypatch.setattr(artifacts, "_put_in_place", fails_at_the_second)
    with pytest.raises(EngineError, match="No space left"):
        publish(tmp_path)
    assert done
    assert names(tmp_path) == []


def test_a_folder_that_another_run_is_writing_is_refused_and_left_alone(old):
    with Publication() as first:
        half = first.folder(old / "folder")
        (half / "new.txt").write_text("first")
        with (
            pytest.raises(StateError, match="folder is being written by another run"),
            Publication() as second,
        ):
            second.folder(old / "folder")
    assert names(old) == ["file.txt", "folder", "folder/new.txt"]


def test_an_output_whose_name_begins_alike_or_is_a_pattern_is_left_alone(tmp_path):
    with Publication() as out:
        for name in ("raw2", "raw", "r[a]*w"):
            (out.folder(tmp_path / name) / "new.txt").write_text(name)
    assert (tmp_path / "raw2" / "new.txt").read_text() == "raw2"


def test_a_full_disk_behind_somebody_elses_exception_is_said_plainly(old):
    before = digest(old)
    with pytest.raises(EngineError, match="No space left on device"), Publication() as out:
        out.file(old / "file.txt").write_text("half")
        try:
            raise OSError(28, "No space left on device")
        except OSError as error:
            raise RuntimeError("a library's own words") from error
    assert digest(old) == before


@pytest.mark.parametrize("number", [28, 30, 13])
def test_a_full_or_closed_disk_is_said_plainly_and_the_old_outputs_stay(old, number):
    before = digest(old)
    with (
        pytest.raises(EngineError, match="Earlier outputs are untouched"),
        Publication() as out,
    ):
        out.file(old / "file.txt").write_text("half")
        raise OSError(number, os.strerror(number))
    assert digest(old) == before
    assert names(old) == ["file.txt", "folder", "folder/old.txt"]


def test_json_is_canonical(tmp_path):
    write_json(tmp_path / "a.json", {"b": float("nan"), "a": ("中", pa.scalar(1).as_py())})
    write_json(tmp_path / "b.json", {"a": ["中", 1], "b": None})
    assert digest(tmp_path / "a.json") == digest(tmp_path / "b.json")
    assert read_json(tmp_path / "a.json") == {"a": ["中", 1], "b": None}
    assert (tmp_path / "a.json").read_bytes().endswith(b"}\n")


def test_the_bytes_of_a_table_do_not_depend_on_its_chunks(tmp_path):
    whole = pa.table({"a": [1, 2, 3]})
    write_parquet(tmp_path / "whole.parquet", whole)
    write_parquet(tmp_path / "parts.parquet", pa.concat_tables([whole[:1], whole[1:]]))
    assert digest(tmp_path / "whole.parquet") == digest(tmp_path / "parts.parquet")
    assert pq.read_table(tmp_path / "parts.parquet").equals(whole.combine_chunks())


def test_the_digest_of_a_folder_sees_names_and_contents(tmp_path):
    (tmp_path / "a").write_text("1")
    first = digest(tmp_path)
    (tmp_path / "a").rename(tmp_path / "b")
    second = digest(tmp_path)
    (tmp_path / "b").write_text("2")
    assert len({first, second, digest(tmp_path)}) == 3


def test_a_missing_input_names_the_remedy(tmp_path):
    with pytest.raises(StateError, match=r"scores\.json is missing: run the stage"):
        read_json(tmp_path / "scores.json")


def test_a_broken_parquet_of_an_earlier_stage_is_one_plain_sentence(tmp_path):
    (tmp_path / "scores.parquet").write_bytes(b"not parquet")
    with pytest.raises(StateError, match="cannot be read as parquet"):
        read_parquet(tmp_path / "scores.parquet")


@pytest.mark.parametrize("text", ["", "{", "\0", "[1]", "null", "[" * 100_000, "\udcff"])
def test_json_that_no_stage_wrote_is_one_plain_sentence(tmp_path, text):
    path = tmp_path / "train.json"
    path.write_text(text, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(StateError, match=r"train\.json is not what a stage writes"):
        read_json(path)
    path.unlink()
    path.mkdir()
    with pytest.raises(StateError, match=r"train\.json is not what a stage writes"):
        read_json(path)


def test_a_table_without_a_column_that_is_asked_for_is_one_plain_sentence(tmp_path):
    write_parquet(tmp_path / "scores.parquet", pa.table({"a": [1]}))
    with pytest.raises(StateError, match=r"scores\.parquet has no column risk"):
        read_parquet(tmp_path / "scores.parquet", columns=["a", "risk"])


def test_a_folder_in_place_of_a_table_is_not_an_empty_table(tmp_path):
    (tmp_path / "scores.parquet").mkdir()
    with pytest.raises(StateError, match="cannot be read as parquet"):
        read_parquet(tmp_path / "scores.parquet")


def test_a_json_file_of_another_version_is_refused_where_it_is_read(tmp_path):
    path = tmp_path / "ingest.json"
    path.write_text('{"tables": {}}')
    assert read_json(path, "tables") == {"tables": {}}
    with pytest.raises(StateError, match=r"ingest\.json is not what a stage writes"):
        read_json(path, "tables", "rows_in")
