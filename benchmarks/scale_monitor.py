"""Cost of the rules at some million lines, beside a bare scan of the columns they read.

    python benchmarks/scale_monitor.py [--lines 2 5] [--claims FOLDER] [--by-rule] [--dates 6]

The lines are made on the fly (scale_fund.py) unless FOLDER holds accepted claims. The scan is max()
of every column that the assessed rules need and of those every rule starts from, only where the
column came in. CPU is user and system time of one process after its imports; the scan is taken
before and after, because the machine may be busy. With --by-rule every shared table and every
rule's rows are told with their own seconds. With --dates the hits are also counted as of so many
dates, three months apart, as the stage does for training. Peak memory is that of the process, the
engine's bound (--memory-gb) with what Python and the allocator hold beside it. Prints JSON.
Everything made is deleted at the end.
"""

import argparse
import json
import os
import resource
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import ibis.expr.types as ir

from fraudml.asof import walk_back
from fraudml.claims.accepted import Claims
from fraudml.claims.schema import CONTRACT
from fraudml.engine import Engine, open_engine
from fraudml.monitor.catalogue import ASKED, CITED, RULES, lacking
from fraudml.monitor.counts import write_counts
from fraudml.monitor.dates import SharedOfDates
from fraudml.monitor.hits import ask, find_hits
from fraudml.monitor.knowledge.base import Knowledge, load
from fraudml.params import EngineParams
from scale_fund import FundMaker
from scale_plan import parts

AS_OF = date(2025, 12, 31)
# What every rule starts from, whatever it needs beside: the header and the line.
ALWAYS = (
    "claims.claim_id", "claims.patient_id", "claims.provider_id", "claims.practitioner_id",
    "claims.visit_kind", "claims.admitted_on", "claims.discharged_on", "claims.settled_on",
    "claims.diagnosis_code", "claims.department_code", "claims.total_amount",
    "claims.fund_amount", "claims.reverses_claim_id", "claim_lines.claim_id",
    "claim_lines.line_no", "claim_lines.item_code", "claim_lines.served_at",
    "claim_lines.quantity", "claim_lines.unit_price", "claim_lines.amount",
    "claim_lines.fund_amount", "claim_lines.practitioner_id",
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=float, nargs="+", default=[2, 5], help="millions")
    parser.add_argument("--claims", type=Path, help="accepted claims instead of made ones")
    parser.add_argument("--by-rule", action="store_true")
    parser.add_argument("--dates", type=int, default=1, help="the live one and earlier ones")
    parser.add_argument("--memory-gb", type=float, default=4.0)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fraudml-monitor-") as made:
        folders = (
            [options.claims] if options.claims else [_fund(n, Path(made)) for n in options.lines]
        )
        print(json.dumps([_cost(folder, Path(made) / "out", options) for folder in folders],
                         indent=1))  # fmt: skip


def _fund(millions: float, work: Path) -> Path:
    folder = work / f"{millions:g}"
    maker = FundMaker(int(millions * 1e6), folder, threads=1)
    maker.write(folder / "claims", None)
    maker.close()
    return folder / "claims"


def _cost(folder: Path, out: Path, options: argparse.Namespace) -> dict[str, Any]:
    out.mkdir(parents=True, exist_ok=True)
    params = EngineParams(kind="duckdb", memory_gb=options.memory_gb, threads=options.threads)
    with open_engine(params, spill=out) as engine:
        claims, known = Claims(engine, folder), load(ASKED, cited=CITED)
        asked = [rule for rule in RULES if not lacking(rule, claims, known)]
        read = sorted({*ALWAYS, *(need for rule in asked for need in rule.needs)})
        read = [need for need in read if claims.assessed(need)]
        before = _scan(folder, read, options)
        spent: dict[str, float] = {}
        keep = engine.keep

        def kept(expr: ir.Table, name: str) -> ir.Table:
            with _watched(spent, name):
                return keep(expr, name)

        if options.by_rule:
            engine.keep = kept  # type: ignore[method-assign]
        cpu, wall = time.process_time(), time.perf_counter()
        find_hits(engine, claims, known, AS_OF, out)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        peak = _peak_gb()
        counted = time.process_time()
        if options.dates > 1:
            _count(engine, claims, known, out, options.dates)
        counted = time.process_time() - counted
        lines = claims.rows_in("claim_lines")
    scan = (before + _scan(folder, read, options)) / 2
    told = dict(sorted(spent.items(), key=lambda one: -one[1]))
    return {
        "lines": lines, "rules": len(asked), "scan_cpu_s": round(scan, 2),
        "monitor_cpu_s": round(cpu, 2), "monitor_to_scan": round(cpu / scan, 1),
        "monitor_wall_s": round(wall, 1), "peak_memory_gb": peak, "dates": options.dates,
        "dates_cpu_s": round(counted, 2), "peak_memory_with_dates_gb": _peak_gb(),
        "spent_cpu_s": told,
    }  # fmt: skip


def _count(engine: Engine, claims: Claims, known: Knowledge, out: Path, dates: int) -> None:
    """Ask as of the live date and earlier ones, and count, as the stage does."""
    at = SharedOfDates(engine, claims, known, AS_OF)
    earlier = walk_back(AS_OF, step_months=3, count=dates)
    write_counts(at, ask(at), earlier, out)


def _peak_gb() -> float:
    """The most memory that this process has held so far."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2)


@contextmanager
def _watched(spent: dict[str, float], name: str) -> Iterator[None]:
    cpu = time.process_time()
    yield
    spent[name] = round(time.process_time() - cpu, 2)


def _scan(folder: Path, read: list[str], options: argparse.Namespace) -> float:
    """CPU seconds of max() over the columns, one query a table."""
    con = duckdb.connect(config={"threads": options.threads})
    cpu = time.process_time()
    for table in sorted({need.split(".")[0] for need in read}):
        names = [need.split(".")[1] for need in read if need.startswith(f"{table}.")]
        wanted = ", ".join(f"max({CONTRACT[table].column(name).canonical})" for name in names)
        con.execute(f"SELECT {wanted} FROM '{parts(folder, table)}'").fetchall()
    return time.process_time() - cpu


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
