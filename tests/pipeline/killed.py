"""A `dvc repro` that is killed with all it started, and the moments at which tests do so."""

import os
import signal
import subprocess
import time
from pathlib import Path

from project import ENVIRONMENT

MOMENTS = (
    ("Running stage 'ingest'", 2.5),
    ("ingest: done", 0.1),  # DVC is writing its own files
    ("Running stage 'features'", 4.0),
    ("features: done", 0.1),
    ("Running stage 'train'", 1.5),
    ("Running stage 'explain'", 1.3),
    ("Running stage 'leads'", 3.0),
    ("Running stage 'track'", 6.0),
)


def killed_repro(folder: Path, when: str, after: float, **environment: str) -> str:
    """Run `dvc repro` and kill all of it so long after it says a thing; all that was said."""
    said = []
    with subprocess.Popen(
        ["dvc", "repro"], cwd=folder, env={**ENVIRONMENT, **environment, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    ) as process:  # fmt: skip
        assert process.stdout
        for line in process.stdout:
            said.append(line)
            if when in line:
                time.sleep(after)
                os.killpg(process.pid, signal.SIGKILL)
                said.append(process.stdout.read())
                break
    return "".join(said)
