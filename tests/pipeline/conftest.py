"""The runs of small projects that several test files copy or look at, each made once."""

import shutil
from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest
from killed import MOMENTS, killed_repro
from planted import plant
from project import (
    KEY,
    LEARNING,
    MARKED,
    NEW,
    OF_DVC,
    OWN,
    make_project,
    outputs,
    repro,
    results,
    run,
    set_params,
)

from fraudml.params import load_params
from fraudml.stages import PIPELINE, run_stage


@pytest.fixture(scope="session")
def complete(tmp_path_factory) -> Path:
    """A project after a complete run, the demo's grade included; tests change copies of it."""
    folder = make_project(tmp_path_factory.mktemp("complete") / "project", LEARNING)
    assert repro(folder) == ["simulate", *PIPELINE]
    assert learnt(folder)
    assert repro(folder, "data/synthetic/dvc.yaml:grade") == ["grade"]
    return folder


def learnt(folder: Path) -> bool:
    """Whether a model was fitted, so that its bytes are among those compared."""
    return "LightGBM learnt" in (folder / "reports/metrics/train.json").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def clean(tmp_path_factory) -> tuple[Path, dict[str, str]]:
    """A project of another fund after its stages before track, and the digests of its answer key.

    Made by itself: in a folder of its own, on one thread, without DVC, and without the answer key
    once it was made. The fund is marked and has faulty rows.
    """
    folder = make_project(tmp_path_factory.mktemp("elsewhere") / "clean", LEARNING)
    set_params(folder, {**NEW, "engine": {"threads": 1}})
    run_stage("simulate", load_params(folder / "params.yaml"), folder)
    key = {path: made for path, made in results(folder).items() if path.startswith(KEY)}
    shutil.rmtree(folder / KEY)
    plant(folder / "data/synthetic/raw", folder / "raw")
    set_params(folder, MARKED)
    params = load_params(folder / "params.yaml")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FRAUDML_KEY", OWN["FRAUDML_KEY"])
        for name in PIPELINE:
            if name != "track":  # it reads dvc.lock, which a run without DVC does not have
                run_stage(name, params, folder)
    assert not (folder / KEY).exists()
    assert learnt(folder)
    return folder, key


class Finished(NamedTuple):
    """A project that was killed again and again, and what all its runs said at debug level."""

    folder: Path
    said: str


@pytest.fixture(scope="session")
def finished(complete, clean, tmp_path_factory) -> Finished:
    """The complete project on its way to the other fund, killed at every moment, then finished."""
    before, after = outputs(complete), outputs(clean[0])
    changed = {path for path in before if before[path] != after[path]}
    assert {"data/claims", "data/features", "models/provider", "reports/leads"} <= changed
    folder = tmp_path_factory.mktemp("killed") / "project"
    shutil.copytree(complete, folder)
    set_params(folder, NEW)
    assert repro(folder, "data/synthetic/dvc.yaml:simulate") == ["simulate"]
    assert plant(folder / "data/synthetic/raw", folder / "raw") > 10_000
    set_params(folder, MARKED)
    delays, seen, said = Random(735), [], []  # noqa: S311 (moments, not secrets)
    for when, longest in MOMENTS:
        said.append(killed_repro(folder, when, delays.uniform(0, longest), **OWN))
        assert when in said[-1], f"never said {when}"
        found = outputs(folder, without=OF_DVC)
        half = {p for p, found_now in found.items() if found_now not in (before[p], after[p])}
        assert not half, f"killed after {when}: {sorted(half)}"
        seen.append(sum(found[path] == after[path] for path in changed - {*OF_DVC}))
    assert seen[-1] > 0, "every kill came before the first new output"
    assert seen == sorted(seen), "a killed run took new outputs away"
    last = run(folder, "dvc", "repro", **OWN)
    assert last.returncode == 0, last.stdout[-3000:] + last.stderr[-3000:]
    return Finished(folder, "".join((*said, last.stdout, last.stderr)))
