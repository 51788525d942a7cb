"""All rules asked of all their cases, once for every test that looks at what they found."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
from pytest import MonkeyPatch

from feature_runs import engine
from fraudml.claims.accepted import Claims
from fraudml.monitor.catalogue import ASKED, CITED
from fraudml.monitor.hits import find_hits
from fraudml.monitor.knowledge.base import load
from fraudml.monitor.shared import Shared
from monitor_all import CASES
from monitor_cases import put_together

CASES_AS_OF = date(2024, 12, 31)


@dataclass(frozen=True)
class Asked:
    """What ``find_hits`` made of the cases on one thread."""

    claims: Path
    out: Path  # its two files and nothing else
    report: dict[str, Any]
    made: list[str]  # the shared tables it computed, each as often as it did


def ask_cases(folder: Path) -> Asked:
    """Ask every rule of every case as of ``CASES_AS_OF``."""
    claims, out = put_together(folder / "claims", CASES), folder / "out"
    out.mkdir()
    made: list[str] = []
    with MonkeyPatch.context() as patch, engine() as opened:
        patch.setattr(Shared, "keep", _noting(Shared.keep, made))
        known = load(ASKED, cited=CITED)
        report = find_hits(opened, Claims(opened, claims), known, CASES_AS_OF, out)
    return Asked(claims, out, report, made)


def _noting(keep: Callable[..., ir.Table], made: list[str]) -> Callable[..., ir.Table]:
    def noting(self: Shared, name: str, make: Callable[[], ir.Table]) -> ir.Table:
        def noted() -> ir.Table:
            made.append(name)
            return make()

        return keep(self, name, noted)

    return noting
