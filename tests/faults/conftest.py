"""The sound funds that the faults of one file are held against."""

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.register_assert_rewrite("spoilt", "accounted")

from accounted import Accounts  # noqa: E402 (only what is imported later is rewritten)
from spoilt import Sounds, tree  # noqa: E402


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sounds]:
    found = Sounds(tmp_path_factory.mktemp("sound"))
    yield found
    assert all(tree(one.parts) == one.before for one in found.values())


@pytest.fixture
def accounts(
    tmp_path: Path,
    sound: Sounds,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> Accounts:
    return Accounts(tmp_path, sound, capfd, caplog)
