"""Stage explain: additive contributions for the first of each list."""

from fraudml.artifacts import Publication, read_parquet, write_parquet
from fraudml.entities import GRAIN_NAMES
from fraudml.params import Params
from fraudml.scores.explain import explain_grain
from fraudml.stages.workspace import Workspace


def explain(params: Params, at: Workspace) -> str:
    """Say how much each feature moved each listed entity, exactly."""
    rows = 0
    with Publication() as out:
        folder = out.folder(at.data("attributions"))
        for grain in GRAIN_NAMES:
            table = explain_grain(
                grain,
                read_parquet(at.entity_table("scores", grain)),
                read_parquet(at.entity_table("features", grain)),
                read_parquet(at.entity_table("features/peers", grain)),
                at.models(grain),
                params.explain,
            )
            write_parquet(folder / f"{grain}.parquet", table)
            rows += len(table)
    return f"{rows:,} contributions"
