"""Stage check: what came in, what was set aside and why, and what cannot be assessed."""

from fraudml.artifacts import Publication, read_json, write_json
from fraudml.claims.accepted import Claims
from fraudml.currency import currency_of
from fraudml.engine import open_engine
from fraudml.monitor.hits import knowledge_for
from fraudml.params import Params
from fraudml.quality.assemble import checks, figures
from fraudml.quality.page import checks_page
from fraudml.stages.workspace import Workspace


def check(params: Params, at: Workspace) -> str:
    """Profile every accepted table, mark months and providers that break, name what is silent."""
    with Publication() as out, open_engine(params.engine, spill=at.spill) as engine:
        claims = Claims(engine, at.data("claims"))
        came = read_json(at.metrics("ingest"), "tables", "rows_in", "accepted", "quarantined_rows")
        known = knowledge_for(engine, claims, at.knowledge(params.monitor.knowledge))
        report = checks(engine, claims, came, params.check, known)
        few = figures(report)
        page = checks_page(report, currency_of(params.ingest.currency))
        out.file(at.reports("checks.html")).write_text(page, encoding="utf-8")
        write_json(out.file(at.reports("checks.json")), report)
        write_json(out.file(at.metrics("check")), few)
    features = report["not_assessed"]["kinds"]["feature"]
    return (
        f"{few['rows_in']:,} rows in, {few['quarantined_rows']:,} set aside; "
        f"{features['silent']:,} of {features['all']:,} features not assessed; "
        f"{few['odd_months']:,} months and {few['odd_providers']:,} providers break with their pace"
    )
