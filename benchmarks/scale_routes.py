"""One route through the same work, in a process of its own: prints its cost as JSON.

    python benchmarks/scale_routes.py ROUTE CLAIMS OUT --memory-gb 4 --threads 2

CPU is user and system time of this process after its imports, and of a Java below it.
"""

import argparse
import json
import os
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import scale_plan as plan


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("route", choices=ROUTES)
    parser.add_argument("claims", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--memory-gb", type=float, default=4.0)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    work = ROUTES[options.route](options)
    wall, cpu = time.perf_counter(), _cpu()
    more = work() or {}
    cost = {
        "wall_s": round(time.perf_counter() - wall, 2),
        "cpu_s": round(_cpu() - cpu, 2),
        "peak_gb": round(_peak_kb() / 1e6, 2),
    }
    print(json.dumps(cost | more))


def _scan(options: argparse.Namespace) -> Callable[[], Any]:
    """A bare scan: max() of every column the nine kinds read, in one query a table."""
    con = _duckdb(options)

    def work() -> None:
        for table, columns in plan.READ.items():
            read = ", ".join(f"max({name})" for name in columns)
            files = plan.parts(options.claims, table)
            told = con.execute(f"EXPLAIN SELECT {read} FROM '{files}'").fetchall()[0][1]
            if table in ("claims", "claim_lines") and "PARQUET" not in told:
                raise SystemExit("The scan would be answered from statistics: nothing is read.")
            con.execute(f"SELECT {read} FROM '{files}'").fetchall()

    return work


def _parse(options: argparse.Namespace) -> Callable[[], Any]:
    """The engine parsing every column of the raw CSV with its declared type; max() of each."""
    from fraudml.claims.schema import CONTRACT
    from scale_fund import PRESENT

    con = _duckdb(options)
    kinds = {"date": "DATE", "month": "DATE", "timestamp": "TIMESTAMP", "money": "DECIMAL(18,2)",
             "count": "BIGINT", "number": "DOUBLE"}  # fmt: skip

    def work() -> None:
        for name, columns in PRESENT.items():
            types = {c.name: kinds.get(c.kind, "VARCHAR") for c in CONTRACT[name].columns}
            declared = ", ".join(f"'{column}': '{types[column]}'" for column in columns)
            folder = options.claims / name
            files = folder / "*.csv" if folder.is_dir() else folder.with_suffix(".csv")
            read = ", ".join(f"max({column})" for column in columns)
            con.execute(
                f"SELECT {read} FROM read_csv('{files}', header = true, columns = {{{declared}}})"
            ).fetchall()

    return work


def _sql(options: argparse.Namespace) -> Callable[[], Any]:
    import scale_sql

    con = _duckdb(options)
    return lambda: scale_sql.run(options.claims, options.out, con)


def _polars(options: argparse.Namespace) -> Callable[[], Any]:
    os.environ["POLARS_MAX_THREADS"] = str(options.threads)
    import scale_polars

    return lambda: scale_polars.run(options.claims, options.out)


def _pandas(options: argparse.Namespace) -> Callable[[], Any]:
    import scale_pandas

    return lambda: scale_pandas.run(options.claims, options.out)


def _product(options: argparse.Namespace) -> Callable[[], Any]:
    return _fraudml(options, kind="duckdb", full=False)


def _catalogue(options: argparse.Namespace) -> Callable[[], Any]:
    return _fraudml(options, kind="duckdb", full=True)


def _spark(options: argparse.Namespace) -> Callable[[], Any]:
    return _fraudml(options, kind="spark", full=False)


def _fraudml(options: argparse.Namespace, *, kind: str, full: bool) -> Callable[[], Any]:
    """The product's own code: its catalogue whole, or restricted to the nine kinds of table."""
    from fraudml.claims.accepted import Claims
    from fraudml.engine import open_engine
    from fraudml.entities import GRAINS
    from fraudml.features import build
    from fraudml.features.catalogue import feature
    from fraudml.features.peers import make_peers
    from fraudml.params import EngineParams, FeaturesParams

    _import_late(kind)
    engine_params = EngineParams(kind=kind, memory_gb=options.memory_gb, threads=options.threads)
    peers = FeaturesParams(min_peers=plan.MIN_PEERS, shrink_peers=plan.SHRINK_PEERS)
    dates = (plan.AS_OF,)

    def work() -> dict[str, Any]:
        with open_engine(engine_params, spill=options.out / "spill") as engine:
            spent = _watched(engine)
            claims = Claims(engine, options.claims)
            if full:
                build.build_features(engine, claims, dates, peers, options.out)
                return {"kept": spent}
            chosen = {g: tuple(feature(name, g) for name in plan.COLUMNS[g]) for g in GRAINS}
            bases = build.bases_for(engine, claims, dates, sum(chosen.values(), ()))
            for grain, entries in chosen.items():
                build.make_grain(bases, GRAINS[grain], entries, plan.result(options.out, grain))
            made = engine.read_parquet(plan.result(options.out, "provider"))
            make_peers(bases, GRAINS["provider"], chosen["provider"], peers, features=made,
                       path=plan.result(options.out, "provider_peers"))  # fmt: skip
            return {"kept": spent, "java_cpu_s": round(_cpu(below_only=True), 2)}

    return work


def _import_late(kind: str) -> None:
    """What the product imports when first used, as every other route has before it is timed."""
    import ibis
    import pandas  # noqa: F401 (pyarrow does, at the first array)

    if kind == "duckdb":
        ibis.duckdb  # noqa: B018 (loads the backend)


def _watched(engine: Any) -> dict[str, float]:
    """CPU seconds of each kept table and each written file, by name, filled in while running."""
    spent: dict[str, float] = {}

    def watch(verb: str) -> None:
        real = getattr(engine, verb)

        def timed(expr: Any, target: Any, **more: Any) -> Any:
            before = _cpu()
            made = real(expr, target, **more)
            name = str(target).rpartition("/")[2]
            spent[f"{verb} {name}"] = round(_cpu() - before, 2)
            return made

        setattr(engine, verb, timed)

    watch("keep")
    watch("make_parquet")
    return spent


def _duckdb(options: argparse.Namespace) -> Any:
    import duckdb

    spill = options.out / "spill"
    spill.mkdir(exist_ok=True)
    limits = {"threads": options.threads, "memory_limit": f"{int(options.memory_gb * 1024)}MB"}
    return duckdb.connect(config={**limits, "temp_directory": str(spill)})


def _cpu(*, below_only: bool = False) -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    own = 0.0 if below_only else used.ru_utime + used.ru_stime
    tick = os.sysconf("SC_CLK_TCK")
    return own + sum(sum(map(int, stat[11:13])) / tick for stat in map(_stat, _below()))


def _peak_kb() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for pid in _below():
        status = Path(f"/proc/{pid}/status").read_text().splitlines()
        peak += sum(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
    return peak


def _stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _below() -> list[int]:
    """Processes below this one: Spark's Java."""
    found, last = [], [os.getpid()]
    while last:
        tasks = [Path(f"/proc/{pid}/task/{pid}/children").read_text().split() for pid in last]
        last = [int(child) for children in tasks for child in children]
        found += last
    return found


ROUTES = {
    "scan": _scan,
    "parse": _parse,
    "product": _product,
    "sql": _sql,
    "polars": _polars,
    "pandas": _pandas,
    "spark": _spark,
    "catalogue": _catalogue,
}

if __name__ == "__main__":
    main()
