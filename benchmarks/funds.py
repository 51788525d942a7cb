"""Demo funds of a benchmark's own: params.yaml with other sizes, and every stage run once.

A stage that is done is not run again, so that a benchmark that was stopped goes on where it was. A
fund is known by its folder: other sizes need another one.
"""

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from fraudml.params import Params, parse_params
from fraudml.stages import run_stage

ROOT = Path(__file__).resolve().parents[1]
_RUN = "from fraudml.cli import main; main()"


def fund_params(root: Path, *, dates: int | None = None, **simulate: Any) -> Params:
    """Write the project's params.yaml into a fund's folder, with these values of ``simulate``.

    dates  how many as-of dates; None: as many as the project's
    """
    root.mkdir(parents=True, exist_ok=True)
    content = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    content["simulate"] |= simulate
    content["time"] |= {} if dates is None else {"dates": dates}
    (root / "params.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    return parse_params(content)


def due(root: Path, stages: Sequence[str]) -> list[str]:
    """The stages that have not run in this folder yet, in their order."""
    return [stage for stage in stages if not (root / "done" / stage).exists()]


def run_once(stage: str, params: Params, root: Path, *, apart: bool = False) -> float:
    """Run a stage and remember that it is done; the seconds it took.

    apart  in a process of its own, whose memory is free again afterwards; ends the benchmark with
           what that process said where it fails
    """
    began = time.perf_counter()
    if apart:
        _run_apart(stage, root)
    else:
        run_stage(stage, params, root)
    (root / "done").mkdir(exist_ok=True)
    (root / "done" / stage).touch()
    return round(time.perf_counter() - began, 1)


def run_due(
    stages: Sequence[str], params: Params, root: Path, *, apart: bool = False
) -> dict[str, float]:
    """Run what is due of these stages; seconds by stage, 0 of those done before."""
    seconds = dict.fromkeys(stages, 0.0)
    return seconds | {stage: run_once(stage, params, root, apart=apart)
                      for stage in due(root, stages)}  # fmt: skip


def _run_apart(stage: str, root: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _RUN, stage], cwd=root, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{root}: {stage} ended with {done.returncode}: {done.stderr.strip()[-2000:]}")
