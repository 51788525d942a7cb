"""Fixtures that run a test on each engine."""

import pytest
from engines import KINDS, need_spark, opened


@pytest.fixture(scope="session")
def spark():
    """Starts Spark once; every engine opened while it runs is a session of it."""
    need_spark()
    with opened("spark") as engine:
        yield engine


@pytest.fixture(params=KINDS)
def kind(request):
    """The name of an engine that can be opened here."""
    if request.param == "spark":
        request.getfixturevalue("spark")
    return request.param


@pytest.fixture
def engine(kind):
    """An engine of its own for one test, of each kind."""
    with opened(kind) as it:
        yield it
