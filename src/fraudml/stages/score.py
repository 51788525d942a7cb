"""Stage score: everybody ranked as of the live date."""

from fraudml.artifacts import Publication, read_parquet, write_parquet
from fraudml.entities import GRAIN_NAMES
from fraudml.params import Params
from fraudml.scores.list_error import with_p_values
from fraudml.scores.members import peer_groups
from fraudml.scores.score import score_files
from fraudml.stages.workspace import Workspace


def score(params: Params, at: Workspace) -> str:
    """Apply the models and fuse their ranks."""
    counts, silent = {}, {}
    labels = read_parquet(at.labels)
    with Publication() as out:
        folder = out.folder(at.data("scores"))
        for grain in GRAIN_NAMES:
            peers = at.entity_table("features/peers", grain)
            table = score_files(
                grain,
                at.entity_table("features", grain),
                peers,
                at.models(grain),
                params.score,
                live=params.time.as_of,
            )
            table, silent[grain] = with_p_values(
                grain, table, peer_groups(grain, peers, params.time.as_of), labels
            )
            write_parquet(folder / f"{grain}.parquet", table)
            counts[grain] = len(table)
    ranked = "Ranked " + ", ".join(f"{n:,} {grain}s" for grain, n in counts.items())
    why = [f"{grain}: no p-values: {reason}" for grain, reason in silent.items() if reason]
    return "\n".join([ranked, *why])
