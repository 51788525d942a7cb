"""A pipeline killed at any moment leaves old outputs or new ones, and the next run finishes."""

from pathlib import Path

import pytest
from project import GRADED, OF_DVC, outputs, repro, results

pytestmark = [pytest.mark.slow, pytest.mark.timeout(500)]


def test_dvc_takes_no_output_away_to_put_a_link_in_its_place(complete):
    """Between the two there would be no output: [cache] type in .dvc/config must be copy alone."""
    linked = [path for path in outputs(complete) if is_linked(complete / path)]
    assert linked == []


def is_linked(path: Path) -> bool:
    return path.is_symlink() or (path.is_file() and path.stat().st_nlink > 1)


def test_a_killed_pipeline_leaves_old_or_new_outputs_and_the_next_run_finishes(finished, clean):
    """That each kill left old or new ones is asserted where they are killed: conftest.py."""
    folder, after = finished.folder, outputs(clean[0], without=OF_DVC)
    assert "missing" not in after.values()
    assert outputs(folder, without=OF_DVC) == after
    assert (folder / "reports/tracking.json").exists()
    assert not [*(folder / "data").rglob(".aside-*"), *(folder / "reports").rglob(".aside-*")]
    assert repro(folder) == []


def test_a_clean_run_on_one_thread_without_the_answer_key_gives_the_same_bytes(finished, clean):
    folder, key = clean
    made = results(finished.folder)
    once = {path: made[path] for path in made if path not in OF_DVC + GRADED}
    assert key and key.items() <= once.items()
    assert {path.rpartition(".")[2] for path in once} == {"parquet", "json"}
    assert results(folder).items() == once.items() - key.items()
