"""Stage leads: audit lists with reasons, rows and articles."""

from fraudml.artifacts import Publication, read_parquet, require
from fraudml.claims.accepted import Claims
from fraudml.engine import open_engine
from fraudml.entities import GRAIN_NAMES, GrainName
from fraudml.leads.build import LeadInputs, build_leads
from fraudml.leads.lists import write_index
from fraudml.params import Params
from fraudml.stages.workspace import Workspace


def leads(params: Params, at: Workspace) -> str:
    """Write the list of every grain as table, workbook and pages."""
    as_of, tables = params.time.as_of, {}
    limits: dict[GrainName, int] = {
        "provider": params.leads.providers,
        "practitioner": params.leads.practitioners,
        "patient": params.leads.patients,
    }
    with Publication() as out, open_engine(params.engine, spill=at.spill) as engine:
        folder = out.folder(at.reports("leads"))
        claims = Claims(engine, at.data("claims"))
        hits, lines = (require(at.data("monitor") / f"{n}.parquet") for n in ("hits", "hit_lines"))
        found = engine.read_parquet(hits), engine.read_parquet(lines)
        for grain in GRAIN_NAMES:
            inputs = LeadInputs(
                read_parquet(at.entity_table("scores", grain)),
                read_parquet(at.entity_table("attributions", grain)),
                read_parquet(at.entity_table("features/peers", grain)),
                found,
            )
            tables[grain] = build_leads(
                engine, claims, inputs, grain=grain, limit=limits[grain], as_of=as_of, out=folder
            )
        write_index(tables, as_of=as_of, out=folder)
    return "Leads: " + ", ".join(f"{len(table):,} {grain}s" for grain, table in tables.items())
