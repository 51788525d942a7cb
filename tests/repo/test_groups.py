"""Tests that share something costly run in one process."""

import pytest


def test_a_test_run_in_parallel_carries_the_group_it_was_given(request):
    """A newer pytest once lost the groups without a word, and Spark started twice."""
    if not hasattr(request.config, "workerinput"):
        pytest.skip("not run in parallel")
    assert request.node.nodeid.endswith("@tests/repo/test_groups.py")
