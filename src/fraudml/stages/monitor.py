"""Stage monitor: what the rules find, down to the claim line."""

from fraudml.artifacts import Publication, write_json
from fraudml.claims.accepted import Claims
from fraudml.engine import open_engine
from fraudml.monitor.hits import find_hits, knowledge_for
from fraudml.params import Params
from fraudml.stages.workspace import Workspace


def monitor(params: Params, at: Workspace) -> str:
    """Ask every rule of the catalogue as of the live date; say which could not be asked."""
    overlay = at.knowledge(params.monitor.knowledge)
    with Publication() as out, open_engine(params.engine, spill=at.spill) as engine:
        claims = Claims(engine, at.data("claims"))
        known = knowledge_for(engine, claims, overlay)
        folder = out.folder(at.data("monitor"))
        report = find_hits(engine, claims, known, params.time.as_of, folder)
        write_json(out.file(at.metrics("monitor")), report)
    hits = sum(one["hits"] for one in report["rules"].values())
    silent = report["not_assessed"]
    return (
        f"{hits:,} hits of {len(report['rules']):,} rules as of {report['as_of']}; "
        + (f"not assessed for want of columns: {', '.join(silent)}" if silent else "all assessed")
    )
