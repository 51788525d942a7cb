"""What the command line does before any stage."""

import gc
import sys

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
