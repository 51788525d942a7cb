"""One function per stage: read files, call a room, write files.

Stage = DVC stage = command = function here = block of params.yaml. Each stage has a file of its
own so that DVC re-runs a stage when its own code changed, and no other. The order is the order
of the data; ``simulate`` and ``grade`` stand outside the main pipeline.
"""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from fraudml.params import Params
from fraudml.stages.workspace import Workspace

PIPELINE: tuple[str, ...] = (
    "ingest",
    "check",
    "monitor",
    "features",
    "labels",
    "train",
    "score",
    "explain",
    "leads",
    "draw",
    "evaluate",
    "track",
)
DEMO: tuple[str, ...] = ("simulate", "grade")
STAGES: tuple[str, ...] = (*DEMO, *PIPELINE)


def run_stage(name: str, params: Params, root: Path) -> str:
    """Run one stage in the project folder ``root``; returns what it did, in one line or more."""
    function: Callable[[Params, Workspace], str] = getattr(
        import_module(f"fraudml.stages.{name}"), name
    )
    return function(params, Workspace(root))
