"""Makes the case builders beside this file importable, and keeps Spark's tests in one process."""

import pytest

# Imported as parity.reference.NAME; a second import by path would register every feature twice.
collect_ignore_glob = ["parity/reference/*"]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """For --dist loadgroup: a file's tests run together; all on Spark too, so it starts once."""
    if not config.pluginmanager.hasplugin("xdist"):
        return
    for item in items:
        group = "spark" if _on_spark(item) else item.nodeid.partition("::")[0]
        item.add_marker(pytest.mark.xdist_group(group))


def _on_spark(item):
    params = item.callspec.params.values() if hasattr(item, "callspec") else ()
    return "spark" in params or "spark" in getattr(item, "fixturenames", ())
