"""Stage simulate: the demo fund and its answer key."""

from fraudml.artifacts import Publication
from fraudml.params import Params
from fraudml.stages.workspace import Workspace
from fraudml.worlds.simulate import simulate_fund


def simulate(params: Params, at: Workspace) -> str:
    """Make a fund that does not exist, with planted schemes and a key to them."""
    with Publication() as out:
        counts = simulate_fund(params.simulate, out.folder(at.demo_raw), out.folder(at.demo_key))
    return "Demo fund: " + ", ".join(f"{rows:,} {table}" for table, rows in counts.items())
