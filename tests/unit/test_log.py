"""What is said beside a result: steps and counts, and never the words of an exception."""

import logging
import sys
import warnings

import pytest

from fraudml.errors import StateError
from fraudml.log import set_up, timed, where_it_failed

SECRET = "330106195002280042"


@pytest.fixture(autouse=True)
def as_before(monkeypatch):
    """Logging and Python's own hooks as they were, whatever a test sets up."""
    ours = logging.getLogger("fraudml")
    kept = ours.handlers[:], ours.level, ours.propagate
    monkeypatch.setattr(sys, "unraisablehook", sys.unraisablehook)
    monkeypatch.setattr(warnings, "showwarning", warnings.showwarning)
    yield
    ours.handlers[:], ours.level, ours.propagate = kept


def test_a_step_is_told_with_its_counts_at_debug_level_and_not_above(capsys):
    for level in ("debug", "info"):
        set_up(level)
        with timed(logging.getLogger("fraudml.engine"), "wrote claims.parquet") as said:
            said["rows"] = 12_345
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert "wrote claims.parquet: " in lines[0]
    assert lines[0].endswith(", 12,345 rows")


def test_setting_up_twice_says_everything_once(capsys):
    for _ in range(2):
        set_up("debug")
    logging.getLogger("fraudml.engine").debug("once")
    assert capsys.readouterr().err.count("once") == 1


def test_a_failure_is_told_by_place_and_kind_and_without_somebody_elses_words():
    def fails() -> None:
        try:
            int(SECRET + "x")
        except ValueError as error:
            raise StateError("our own words") from error

    with pytest.raises(StateError) as failure:
        fails()
    told = "\n".join(where_it_failed(failure.value))
    assert "builtins.ValueError" in told
    assert "fraudml.errors.StateError: our own words" in told
    assert " in fails" in told
    assert SECRET not in told


def test_a_cause_that_was_put_away_is_not_told():
    with pytest.raises(StateError) as failure:
        try:
            int("x")
        except ValueError:
            raise StateError("alone") from None
    assert "ValueError" not in "\n".join(where_it_failed(failure.value))


def test_an_exception_that_nobody_can_catch_is_not_printed(capsys):
    class Odd:
        def __del__(self) -> None:
            raise ValueError(SECRET)

    set_up("debug")
    odd = Odd()
    del odd
    said = capsys.readouterr().err
    assert "unseen failure" in said
    assert SECRET not in said


@pytest.mark.parametrize("level", ["warning", "debug"])
def test_a_warning_of_a_library_is_told_at_debug_level_by_kind_and_place_alone(capsys, level):
    set_up(level)
    warnings.warn(SECRET, RuntimeWarning, stacklevel=1)
    said = capsys.readouterr().err
    assert ("RuntimeWarning at " in said and "test_log.py:" in said) == (level == "debug")
    assert SECRET not in said
