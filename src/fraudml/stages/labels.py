"""Stage labels: outcomes of past inspections as of the live date."""

from fraudml.artifacts import Publication, write_parquet
from fraudml.asof import walk_back
from fraudml.claims.accepted import Claims
from fraudml.engine import open_engine
from fraudml.outcomes.labels import build_labels
from fraudml.params import Params
from fraudml.stages.workspace import Workspace


def labels(params: Params, at: Workspace) -> str:
    """Map closed inspections to confirmed, cleared or unknown; unknown is never negative."""
    time = params.time
    dates = walk_back(time.as_of, step_months=time.step_months, count=time.dates)
    with Publication() as out, open_engine(params.engine, spill=at.spill) as engine:
        table = build_labels(engine, Claims(engine, at.data("claims")), dates, params.labels)
        write_parquet(out.file(at.data("labels.parquet")), table)
    known = [value for value in table["label"].to_pylist() if value is not None]
    confirmed, cleared = sum(known), len(known) - sum(known)
    return f"{len(table):,} closed inspections: {confirmed:,} confirmed, {cleared:,} cleared"
