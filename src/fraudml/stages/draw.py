"""Stage draw: commitment, chances and the inspection plan."""

import os
from typing import Any

import pyarrow as pa

from fraudml.artifacts import Publication, read_json, read_parquet
from fraudml.inspections.draw import make_draw
from fraudml.inspections.frame import live_units
from fraudml.inspections.sheet import plan_sheet
from fraudml.params import Params
from fraudml.stages.tables import of_day, of_fund
from fraudml.stages.workspace import Workspace

_DESCRIBED_BY = [
    "provider_id", "name", "region_code", "kind", "level", "contracted_from", "contracted_to",
]  # fmt: skip


def draw(params: Params, at: Workspace) -> str:
    """Commit to the frame, then draw from it with the public value.

    The environment variable FRAUDML_DRAW_SECRET, if set, salts the commitment of a small frame.
    """
    path = at.entity_table("scores", "provider")
    live = of_day(read_parquet(path), params.time.as_of, path)
    providers = read_parquet(at.data("claims") / "providers.parquet", columns=_DESCRIBED_BY)
    live = of_fund(live, providers, path)
    units = live_units(live, providers, params.time.as_of)
    secret = os.environ.get("FRAUDML_DRAW_SECRET", "")
    with Publication() as out:
        folder = out.folder(at.reports("draw"))
        report = make_draw(units, params.draw, params.time.as_of, folder, secret=secret)
        plan = read_json(folder / "plan.json", "units")
        sheet = plan_sheet(plan, _column(providers, "name"), _column(live, "rank"))
        (folder / "plan.csv").write_text(sheet, encoding="utf-8-sig", newline="")
    return (
        f"{report['state']}: {report['drawn']:,} of {report['units']:,} providers, chances "
        f"{report['least_chance']:.3f} to {report['largest_chance']:.3f}"
    )


def _column(table: pa.Table, name: str) -> dict[str, Any]:
    """By provider the value of a column."""
    return dict(zip(table["provider_id"].to_pylist(), table[name].to_pylist(), strict=True))
