"""Keeps what is costly in one process; the builders of cases stand in tests/cases."""

import pytest

from fraudml.cli import collect_seldom
from groups import LONGEST
from hastened import hasten_ibis
from translated import remember_texts

# Imported as parity.reference.NAME; a second import by path would register every feature twice.
collect_ignore_glob = ["parity/reference/*"]


def pytest_configure(config):
    """As the command line does: most of a test's time is spent on building queries."""
    collect_seldom()
    patch = pytest.MonkeyPatch()  # to the end of the process
    remember_texts(patch)
    hasten_ibis(patch)
    if config.pluginmanager.hasplugin("xdist"):
        config.option.loadscopereorder = False  # its own order: groups of many tests first


@pytest.fixture(scope="session")
def asked_cases(tmp_path_factory):
    """All rules asked of all their cases on one thread, once."""
    from monitor_asked import ask_cases  # for the tests that need it alone

    return ask_cases(tmp_path_factory.mktemp("cases"))


@pytest.fixture(scope="session")
def asked_of_dates(asked_cases, tmp_path_factory):
    """The same as the stage asks it, moved to an earlier date, on three threads, once."""
    from monitor_asked import ask_cases_of_dates

    return ask_cases_of_dates(asked_cases.claims, tmp_path_factory.mktemp("dates"))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """For --dist loadgroup: a file's tests run together; so do all that share something costly."""
    if not config.pluginmanager.hasplugin("xdist"):
        return
    groups = {item: _shared_by(item) or item.nodeid.partition("::")[0] for item in items}
    for item, group in groups.items():
        item.add_marker(pytest.mark.xdist_group(group))
    place = {group: number for number, group in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(groups[item], len(LONGEST)))


def _shared_by(item):
    """Spark, which starts once, or the complete run of tests/pipeline/conftest.py.

    All cases that were asked are what Spark's answers are compared with.
    """
    names = getattr(item, "fixturenames", ())
    if _on_spark(item) or "asked_cases" in names:
        return "spark"
    return "complete" if "complete" in names else None


def _on_spark(item):
    params = item.callspec.params.values() if hasattr(item, "callspec") else ()
    return "spark" in params or "spark" in getattr(item, "fixturenames", ())
