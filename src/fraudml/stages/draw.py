"""Stage draw: commitment, chances and the inspection plan."""

import os

from fraudml.artifacts import Publication, read_parquet
from fraudml.inspections.draw import make_draw
from fraudml.inspections.frame import live_units
from fraudml.params import Params
from fraudml.stages.workspace import Workspace

_DESCRIBED_BY = [
    "provider_id", "region_code", "kind", "level", "contracted_from", "contracted_to",
]  # fmt: skip


def draw(params: Params, at: Workspace) -> str:
    """Commit to the frame, then draw from it with the public value.

    The environment variable FRAUDML_DRAW_SECRET, if set, salts the commitment of a small frame.
    """
    scores = read_parquet(at.entity_table("scores", "provider"))
    providers = read_parquet(at.data("claims") / "providers.parquet", columns=_DESCRIBED_BY)
    units = live_units(scores, providers, params.time.as_of)
    secret = os.environ.get("FRAUDML_DRAW_SECRET", "")
    with Publication() as out:
        folder = out.folder(at.reports("draw"))
        report = make_draw(units, params.draw, params.time.as_of, folder, secret=secret)
    return (
        f"{report['state']}: {report['drawn']:,} of {report['units']:,} providers, chances "
        f"{report['least_chance']:.3f} to {report['largest_chance']:.3f}"
    )
