"""All rules asked of all their cases, once for every test that looks at what they found."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
from pytest import MonkeyPatch

from feature_runs import engine
from fraudml.claims.accepted import Claims
from fraudml.engine import Engine
from fraudml.engine.embedded import DuckEngine
from fraudml.monitor.by_typology import ORDER, by_typology
from fraudml.monitor.catalogue import ASKED, CITED, RULES
from fraudml.monitor.counts import write_counts
from fraudml.monitor.dates import SharedOfDates
from fraudml.monitor.entry import Rule
from fraudml.monitor.hits import Found, ask, ask_again, write_hits
from fraudml.monitor.judged import Artefacts
from fraudml.monitor.knowledge.base import Knowledge, load
from fraudml.monitor.shared import Shared
from fraudml.monitor.signatures.find import find_artefacts
from monitor_all import CASES
from monitor_cases import put_together

CASES_AS_OF, EARLIER = date(2024, 12, 31), date(2024, 6, 30)
Rows = tuple[list[str], list[str]]


@dataclass(frozen=True)
class Asked:
    """What was found of the cases as of one date alone, on one thread."""

    claims: Path
    out: Path  # its two files and nothing else
    report: dict[str, Any]
    made: list[str]  # the shared tables it computed, each as often as it did
    rows: Rows


@dataclass(frozen=True)
class AskedOfDates:
    """What the stage finds of them: a date that is moved to an earlier one, on three threads."""

    out: Path  # what ``write_of_dates`` writes
    report: dict[str, Any]
    live: Rows
    earlier: Rows
    as_of: date  # the day of ``earlier``, as it says itself
    kept: Counter[str]  # how often each table was computed
    translated: int  # queries translated only because the date was moved


def ask_cases(folder: Path) -> Asked:
    """Ask every rule of every case as of ``CASES_AS_OF``."""
    claims, out = put_together(folder / "claims", CASES), folder / "out"
    out.mkdir()
    made: list[str] = []
    with MonkeyPatch.context() as patch, engine() as opened:
        patch.setattr(Shared, "keep", _noting(Shared.keep, made))
        found = ask(Shared(opened, Claims(opened, claims), known(), CASES_AS_OF))
        report = write_hits(opened, found, out)
        return Asked(claims, out, report, made, rows_of(opened, found))


def ask_cases_of_dates(claims: Path, out: Path) -> AskedOfDates:
    """Ask as of ``CASES_AS_OF`` and move the same questions to ``EARLIER``."""
    kept: list[str] = []
    translated: list[ir.Table] = []
    seen: list[tuple[date, Rows, int]] = []  # day, what was found, queries translated for it

    def moving(at: SharedOfDates, found: Found, day: date) -> Found:
        seen.append((found.as_of, rows_of(opened, found), 0))
        before = len(translated)
        again = ask_again(at, found, day)
        moved = len(translated) - before
        seen.append((again.as_of, rows_of(opened, again), moved))
        return again

    with MonkeyPatch.context() as patch, engine(threads=3) as opened:
        patch.setattr(DuckEngine, "keep", _kept(DuckEngine.keep, kept))
        patch.setattr(DuckEngine, "_typed", _translated(DuckEngine._typed, translated))
        patch.setattr("fraudml.monitor.counts.ask_again", moving)
        report = write_of_dates(opened, claims, out)
    (_, live, _), (day, earlier, moved) = seen
    return AskedOfDates(out, report, live, earlier, day, Counter(kept), moved)


def write_of_dates(
    opened: Engine,
    claims: Path,
    out: Path,
    *,
    rules: Iterable[Rule] = RULES,
    earlier: Iterable[date] = (EARLIER,),
) -> dict[str, Any]:
    """Write what the stage writes of hits as of ``CASES_AS_OF`` and before; returns the report."""
    at = SharedOfDates(opened, Claims(opened, claims), known(), CASES_AS_OF)
    live = ask(at, rules=rules)
    report = write_hits(opened, live, out)
    find_artefacts(at, out, signatures=())
    lists = by_typology(at, live, Artefacts.read(opened, out))
    opened.make_parquet(lists, out / "by_typology.parquet", order_by=ORDER)
    write_counts(at, live, earlier, out)
    return report


def known() -> Knowledge:
    """The knowledge base as it came, each clause that a rule cites in it."""
    return load(ASKED, cited=CITED)


def rows_of(opened: Engine, found: Found) -> Rows:
    """All rows and all hits found, in an order of their own."""
    rows = opened.rows(found.rows, at_most=100_000).to_pylist()
    hits = opened.rows(found.hits, at_most=100_000).to_pylist()
    return sorted(map(repr, rows)), sorted(map(repr, hits))


def _noting(keep: Callable[..., ir.Table], made: list[str]) -> Callable[..., ir.Table]:
    def noting(self: Shared, name: str, make: Callable[[], ir.Table]) -> ir.Table:
        def noted() -> ir.Table:
            made.append(name)
            return make()

        return keep(self, name, noted)

    return noting


def _kept(keep: Callable[..., ir.Table], names: list[str]) -> Callable[..., ir.Table]:
    def noting(self: DuckEngine, expr: ir.Table, name: str) -> ir.Table:
        names.append(name.removeprefix("monitor-"))
        return keep(self, expr, name)

    return noting


def _translated(typed: Callable[..., str], queries: list[ir.Table]) -> Callable[..., str]:
    def noting(self: DuckEngine, expr: ir.Table) -> str:
        queries.append(expr)
        return typed(self, expr)

    return noting
