"""What the command line does before any stage."""

import gc
import shutil
import signal
import sys
from pathlib import Path

import pytest

from fraudml.cli import main


def test_a_command_looks_for_garbage_seldom(monkeypatch):
    before = gc.get_threshold()
    try:
        gc.set_threshold(700, 10, 10)
        monkeypatch.setattr(sys, "argv", ["fraudml", "--version"])
        with pytest.raises(SystemExit):
            main()
        assert gc.isenabled()
        assert gc.get_threshold()[0] >= 10_000
    finally:
        gc.set_threshold(*before)


def ended(monkeypatch, capsys, stage) -> tuple[int, str]:
    """The exit code and the line of a command whose work is this function."""
    monkeypatch.setattr(sys, "argv", ["fraudml", "knowledge", "check", "-C", "tests"])
    monkeypatch.setattr("fraudml.cli.load_params", stage)
    before = [signal.getsignal(each) for each in SIGNALS]
    with pytest.raises(SystemExit) as end:
        main()
    assert [signal.getsignal(each) for each in SIGNALS] == before
    return int(end.value.code or 0), capsys.readouterr().err


SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_command_that_is_stopped_tidies_up_and_ends_in_one_line(monkeypatch, capsys, number):
    left = ["scratch"]

    def stage(path):
        try:
            signal.raise_signal(number)
        finally:
            left.clear()

    code, said = ended(monkeypatch, capsys, stage)
    assert code == 128 + number
    assert (
        said == f"fraudml: stopped ({number.name}). Earlier outputs are untouched; run it again.\n"
    )
    assert left == []


def test_what_a_library_makes_of_a_stop_is_a_stop(monkeypatch, capsys):
    def stage(path):
        try:
            signal.raise_signal(signal.SIGTERM)
        except BaseException:
            raise RuntimeError("Query interrupted") from None

    code, said = ended(monkeypatch, capsys, stage)
    assert (code, said.count("\n"), "stopped (SIGTERM)" in said) == (143, 1, True)


def test_ctrl_c_that_spark_heard_in_our_place_is_told_alike(monkeypatch, capsys, tmp_path):
    def stage(name, params, root):
        raise KeyboardInterrupt

    (tmp_path / "params.yaml").touch()
    monkeypatch.setattr("fraudml.cli.load_params", lambda path: None)
    monkeypatch.setattr("fraudml.cli.run_stage", stage)
    monkeypatch.setattr(sys, "argv", ["fraudml", "monitor", "-C", str(tmp_path)])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 130
    assert capsys.readouterr().err.startswith("fraudml: stopped (SIGINT). ")


def test_a_signal_that_the_caller_ignores_stays_ignored(monkeypatch, capsys):
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does
    try:
        monkeypatch.setattr(sys, "argv", ["fraudml", "--version"])
        with pytest.raises(SystemExit) as end:
            main()
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        assert not end.value.code
    finally:
        signal.signal(signal.SIGHUP, before)


def test_the_store_of_a_project_is_found_from_wherever_the_command_is_run(
    monkeypatch, capsys, tmp_path
):
    shutil.copy(Path(__file__).parents[2] / "params.yaml", tmp_path)
    monkeypatch.setattr(sys, "argv", ["fraudml", "where", "-C", str(tmp_path)])
    with pytest.raises(SystemExit):
        main()
    assert f"--backend-store-uri sqlite:///{tmp_path}/mlflow.db\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("uri", "compare"),
    [
        ("postgresql://ann:s3cret@db/runs", "--backend-store-uri postgresql://db/runs"),
        ("https://ann:s3cret@mlflow.example", "https://mlflow.example"),
    ],
)
def test_where_shows_the_store_without_its_password(monkeypatch, capsys, tmp_path, uri, compare):
    params = (Path(__file__).parents[2] / "params.yaml").read_text(encoding="utf-8")
    (tmp_path / "params.yaml").write_text(params.replace("sqlite:///mlflow.db", uri))
    monkeypatch.setattr(sys, "argv", ["fraudml", "where", "-C", str(tmp_path)])
    with pytest.raises(SystemExit):
        main()
    said = capsys.readouterr().out
    assert "s3cret" not in said
    assert next(line for line in said.splitlines() if "Compare" in line).endswith(f" {compare}")


@pytest.mark.parametrize(
    "words",
    [
        ("adapt", "mapped", ".", "~/raw"),
        ("rules", "tune", "R05.price_above_cap", "share", "--out=~/own"),
    ],
)
def test_a_folder_to_write_to_that_nobody_replaces_is_refused(monkeypatch, capsys, words):
    monkeypatch.setattr("sys.argv", ["fraudml", *words])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 3
    said = capsys.readouterr().err
    assert said.startswith("fraudml: ~/") and "nobody replaces ~ here; write the path in" in said
    assert len(said.splitlines()) == 1
