"""Stage features: behaviour of every entity as of each date."""

from fraudml.artifacts import Publication, read_parquet, write_json
from fraudml.asof import walk_back
from fraudml.claims.accepted import Claims
from fraudml.engine import open_engine
from fraudml.features.build import build_features
from fraudml.features.catalogue import FEATURES
from fraudml.features.hits_beside import TABLE, rule_counts
from fraudml.params import Params
from fraudml.stages.workspace import Workspace


def features(params: Params, at: Workspace) -> str:
    """Build the catalogue's features for all as-of dates at once, and distances to peers."""
    time = params.time
    dates = walk_back(time.as_of, step_months=time.step_months, count=time.dates)
    with Publication() as out, open_engine(params.engine, spill=at.spill) as engine:
        found = at.monitored("counts", "at_issue", "beyond", "assessed")
        hits = rule_counts(
            engine,
            engine.read_parquet(found / "counts.parquet"),
            engine.read_parquet(found / "at_issue.parquet"),
            engine.read_parquet(found / "beyond.parquet"),
            read_parquet(found / "assessed.parquet"),
        )
        claims = Claims(engine, at.data("claims"), {TABLE: hits})
        folder = out.folder(at.data("features"))
        report = build_features(engine, claims, dates, params.features, folder)
        write_json(out.file(at.metrics("features")), report)
    rows = ", ".join(f"{one['rows']:,} {grain}" for grain, one in report["grains"].items())
    return (
        f"{len(report['dates'])} as-of dates; rows: {rows}; "
        f"{len(report['not_assessed']):,} of {len(FEATURES):,} features not assessed for want of "
        "tables or columns, those that count rules' hits among them"
    )
