"""Tests that share something costly run in one process."""

from pathlib import Path

import pytest

from groups import LONGEST

ROOT = Path(__file__).parents[2]


def test_a_test_run_in_parallel_carries_the_group_it_was_given(request):
    """A newer pytest once lost the groups without a word, and Spark started twice."""
    if not hasattr(request.config, "workerinput"):
        pytest.skip("not run in parallel")
    assert request.node.nodeid.endswith("@tests/repo/test_groups.py")


def test_every_group_that_is_begun_first_is_there():
    assert LONGEST[:2] == ("spark", "complete")  # no files: what their tests share
    assert [name for name in LONGEST[2:] if not (ROOT / name).is_file()] == []


def test_in_parallel_the_longest_groups_come_first(request):
    if not hasattr(request.config, "workerinput"):
        pytest.skip("not run in parallel")
    groups = [item.nodeid.rpartition("@")[2] for item in request.session.items]
    begun = list(dict.fromkeys(groups))
    long = [name for name in LONGEST if name in begun]
    assert begun[: len(long)] == long
    assert not request.config.option.loadscopereorder
