"""Stage score: everybody ranked as of the live date."""

from fraudml.artifacts import Publication, read_parquet, write_parquet
from fraudml.entities import GRAIN_NAMES
from fraudml.params import Params
from fraudml.scores.score import score_grain
from fraudml.stages.workspace import Workspace


def score(params: Params, at: Workspace) -> str:
    """Apply the models and fuse their ranks."""
    counts = {}
    with Publication() as out:
        folder = out.folder(at.data("scores"))
        for grain in GRAIN_NAMES:
            table = score_grain(
                grain,
                read_parquet(at.entity_table("features", grain)),
                read_parquet(at.entity_table("features/peers", grain)),
                at.models(grain),
                params.score,
                live=params.time.as_of,
            )
            write_parquet(folder / f"{grain}.parquet", table)
            counts[grain] = len(table)
    return "Ranked " + ", ".join(f"{n:,} {grain}s" for grain, n in counts.items())
