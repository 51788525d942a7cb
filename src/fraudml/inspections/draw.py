"""The public draw: commit to the frame first, draw with a value nobody knew, let anyone check.

What hides the chances before the draw. Everything published is salted with a key made from the
whole frame (every risk included) and, if given, a secret. Without the secret, whoever knows the
risk of all providers but one could try out the last one; and a frame of fewer than about 35
providers has too few possible orders of risk to hide anything from somebody with computers.
Give a secret then (and the same one at the commitment and at the draw). Who is in the frame is
no secret: providers are public institutions.
"""

import shutil
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from fraudml.artifacts import write_json
from fraudml.errors import DrawError
from fraudml.inspections import verify_draw
from fraudml.inspections.chances import chances_of, exact_text
from fraudml.inspections.frame import Unit, frame_lines
from fraudml.inspections.verify_draw import (
    commitment_of,
    form_faults,
    line_of,
    plan_of,
    salt_key_of,
)
from fraudml.params import DrawParams

NOT_PUBLIC = (
    "For the auditor, not for publication: every chance, and the key of the salts. "
    "One leaf: provider_id, region_code, kind, level, running, risk, certain, chance (billionths)."
)


def make_draw(
    units: Sequence[Unit], params: DrawParams, as_of: date, out: Path, *, secret: str = ""
) -> dict[str, Any]:
    """Draw the providers to visit; write commitment, plan, frame and verifier into ``out``.

    With a blank ``params.public_value`` nothing is drawn: publish commitment.json, wait for the
    public value, set it, run again; the commitment stays the same. A fund with fewer providers
    than ``params.providers`` has all of them visited. Returns counts for the report. Raises
    DrawError for an empty frame, a provider named twice, a floor that cannot hold, or a public
    value that is not written as ``params.public_form`` says.
    """
    value, form = canonical_value(params.public_value), canonical_value(params.public_form)
    for fault in form_faults(value, form):
        raise DrawError(f"draw.{fault}")
    frame = frame_lines(units)
    n = min(params.providers, len(frame))
    chances = chances_of(frame, n, params.floor)
    leaves = [[*line, chance] for line, chance in zip(frame, chances, strict=True)]
    salt_key = salt_key_of([line_of(line) for line in frame], secret)
    commitment = commitment_of(
        leaves,
        salt_key,
        {
            "as_of": as_of.isoformat(),
            "asked": params.providers,
            "to_draw": n,
            "floor": exact_text(params.floor),
            "public_form": form,
        },
    )
    plan = plan_of(leaves, salt_key, commitment, value)
    write_json(out / "commitment.json", commitment)
    write_json(out / "plan.json", plan)
    lines = [line_of(leaf) for leaf in leaves]
    whole = {"notice": NOT_PUBLIC, "salt_key": salt_key.hex(), "leaves": lines}
    write_json(out / "frame.json", whole)
    shutil.copyfile(verify_draw.__file__, out / "verify_draw.py")
    return _report(commitment, plan, chances)


def canonical_value(public_value: str) -> str:
    """The public value with single spaces: a copied blank must not change the draw.

    >>> canonical_value(" 03 08  14 ")
    '03 08 14'
    """
    return " ".join(public_value.split())


def _report(commitment: dict[str, Any], plan: dict[str, Any], chances: list[int]) -> dict[str, Any]:
    return {
        "state": plan["state"],
        "units": commitment["units"],
        "asked": commitment["asked"],
        "drawn": len(plan["units"]),
        "certain": commitment["certain"],
        "least_chance": min(chances) / verify_draw.ONE,
        "largest_chance": max(chances) / verify_draw.ONE,
        "merkle_root": commitment["merkle_root"],
        "seed": plan["seed"],
    }
