"""Cost of ingest and of features at 5, 20 and 100 million lines, beside a scan and beside rivals.

    python benchmarks/scale.py [--lines 5 20 100] [--parts ingest features spark] [--check]

The lines are made on the fly (scale_fund.py). Features: the nine kinds of table of scale_plan.py
for one as-of date, by the product's own code, by hand-written SQL on the same engine, by Polars and
by pandas, each in a process of its own on two threads; all results are compared. The scan is max()
of every column those tables read. Ingest: ``fraudml ingest`` with every check, beside the engine
parsing the same CSV with declared types. CPU is user and system time, so that a busy machine does
not change the ratios much; wall time is only told. Polars needs the extra ``bench``; a route whose
library is absent, or that does not fit into memory, is printed as such and never as a win.

Prints a table on standard error and JSON on standard output; with --check, exits 1 when a bar of
BARS is missed. Everything is deleted at the end unless --keep.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml

from scale_compare import differences
from scale_fund import FundMaker

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
SPARK_AT = 5  # million lines
PANDAS_UP_TO = 20  # million lines; beyond, its tables do not fit beside anything else
RIVALS = ("polars", "pandas")
FROM = 20  # million lines; below, a second of planning queries decides more than the work does
BARS = {
    "features_to_scan": {20: 14.0, 100: 15.0},
    "features_to_sql": 1.2,
    "ingest_to_parsing": 10.0,
    "peak_gb": 6.0,
}
Figures = dict[str, Any]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=float, nargs="+", default=[5, 20, 100], help="millions")
    parser.add_argument("--parts", nargs="+", default=["ingest", "features", "spark"],
                        choices=["ingest", "features", "spark"])  # fmt: skip
    parser.add_argument("--rivals", nargs="*", default=list(RIVALS), choices=RIVALS)
    parser.add_argument("--catalogue", action="store_true", help="cost of the whole catalogue too")
    parser.add_argument("--work", type=Path, help="folder for the funds and what is made of them")
    parser.add_argument("--keep", action="store_true", help="leave the work folder, and reuse it")
    parser.add_argument("--memory-gb", type=float, default=4.0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--check", action="store_true", help="exit 1 when a bar is missed")
    options = parser.parse_args()
    work = options.work or Path(tempfile.mkdtemp(prefix="fraudml-scale-"))
    sizes: list[Figures] = []
    try:
        for millions in options.lines:
            sizes.append(_size(millions, work / f"{millions:g}", options))
            _tell(sizes[-1])
    finally:
        if not options.keep:
            shutil.rmtree(work, ignore_errors=True)
    missed = [miss for size in sizes for miss in _missed(size)]
    print(json.dumps({"sizes": sizes, "bars": BARS, "missed": missed}, indent=1))
    for miss in missed:
        print(f"MISSED {miss}", file=sys.stderr)
    return 1 if options.check and missed else 0


def _size(millions: float, folder: Path, options: argparse.Namespace) -> Figures:
    claims, raw = folder / "claims", folder / "raw"
    wants_raw = "ingest" in options.parts
    if not (claims / "manifest.json").exists() or (wants_raw and not raw.exists()):
        maker = FundMaker(int(millions * 1e6), folder, threads=options.threads)
        rows = maker.write(claims, raw if wants_raw else None)
        maker.close()
    else:
        tables = json.loads((claims / "manifest.json").read_text())["tables"]
        rows = {name: entry["rows"] for name, entry in tables.items()}
    figures: Figures = {"million_lines": millions, "rows": rows}
    if "features" in options.parts:
        routes = ["scan", "product", "sql", *options.rivals]
        figures["features"] = _features(millions, folder, routes, options)
    if "spark" in options.parts and millions == SPARK_AT:
        figures.setdefault("features", {})["spark"] = _route("spark", folder, options)
    elif "spark" in options.parts:
        print(f"{millions} million lines: Spark runs at {SPARK_AT} only", file=sys.stderr)
    if options.catalogue:
        figures.setdefault("features", {})["catalogue"] = _route("catalogue", folder, options)
    if wants_raw:
        figures["ingest"] = _ingest(folder, options)
    return figures


def _features(
    millions: float, folder: Path, routes: list[str], options: argparse.Namespace
) -> Figures:
    figures: Figures = {}
    for route in routes:
        if route == "pandas" and millions > PANDAS_UP_TO:
            figures[route] = {"failed": f"not run beyond {PANDAS_UP_TO} million lines"}
            continue
        figures[route] = _route(route, folder, options)
        again = _route("scan", folder, options) if route == "product" else None
        if again and "cpu_s" in again:  # before and after: the machine may have been busy
            figures["scan"]["cpu_s"] = round((figures["scan"]["cpu_s"] + again["cpu_s"]) / 2, 2)
    for route in routes[2:]:
        if "cpu_s" in figures[route] and "cpu_s" in figures["product"]:
            figures[route]["differs_in"] = differences(folder / "product", folder / route)
    return figures


def _route(route: str, folder: Path, options: argparse.Namespace) -> Figures:
    """Run one route in a process of its own; its cost, or the last line it died with."""
    command = [
        sys.executable, str(HERE / "scale_routes.py"), route,
        str(folder / ("raw" if route == "parse" else "claims")),
        str(folder / route), "--memory-gb", str(options.memory_gb), "--threads",
        str(options.threads),
    ]  # fmt: skip
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        said = ended.stderr.strip().splitlines() or [f"ended with {ended.returncode}"]
        return {"failed": said[-1][:300]}
    figures: Figures = json.loads(ended.stdout.splitlines()[-1])
    return figures


def _ingest(folder: Path, options: argparse.Namespace) -> Figures:
    parsing = _route("parse", folder, options)
    space = folder / "workspace"
    shutil.rmtree(space, ignore_errors=True)
    space.mkdir(parents=True)
    params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    params["ingest"]["raw"] = str((folder / "raw").resolve())
    params["engine"] |= {"memory_gb": options.memory_gb, "threads": options.threads}
    (space / "params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")
    command = [sys.executable, "-c", "from fraudml.cli import main; main()", "ingest"]
    key = {"FRAUDML_KEY": "5ca1ab1e" * 8}
    with (space / "said.txt").open("w") as said:
        began = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=space, env=os.environ | key, stdout=said, stderr=subprocess.STDOUT
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    product: Figures = {
        "wall_s": round(time.perf_counter() - began, 2),
        "cpu_s": round(used.ru_utime + used.ru_stime, 2),
        "peak_gb": round(used.ru_maxrss / 1e6, 2),
        "said": (space / "said.txt").read_text().strip().splitlines()[-1:],
    }
    if process.returncode:
        product = {"failed": " ".join(product["said"])}
    shutil.rmtree(space, ignore_errors=True)
    return {"parsing": parsing, "product": product}


def _ratio(part: Figures | None, whole: Figures | None) -> float | None:
    if not part or not whole or "cpu_s" not in part or "cpu_s" not in whole:
        return None
    return round(part["cpu_s"] / whole["cpu_s"], 2)


def _missed(size: Figures) -> list[str]:
    """Every bar this size has and does not reach; a product that failed misses them all."""
    at = f"{size['million_lines']:g} million lines"
    features, ingest = size.get("features", {}), size.get("ingest", {})
    found = []
    product = features.get("product")
    if product:
        most = BARS["features_to_scan"].get(size["million_lines"])
        found += _over(f"{at}: features to scan", _ratio(product, features["scan"]), most)
        found += _behind(at, features) if size["million_lines"] >= FROM else []
        found += [
            f"{at}: {route} found other numbers in {', '.join(cost['differs_in'])}"
            for route, cost in features.items()
            if cost.get("differs_in")
        ]
        found += _over(f"{at}: peak GB of features", product.get("peak_gb"), BARS["peak_gb"])
    if ingest:
        to_parsing = _ratio(ingest["product"], ingest["parsing"])
        found += _over(f"{at}: ingest to parsing", to_parsing, BARS["ingest_to_parsing"])
        peak = ingest["product"].get("peak_gb")
        found += _over(f"{at}: peak GB of ingest", peak, BARS["peak_gb"])
    return found


def _behind(at: str, features: Figures) -> list[str]:
    product = features["product"]
    to_sql = _ratio(product, features["sql"])
    found = _over(f"{at}: features to SQL", to_sql, BARS["features_to_sql"])
    for rival in RIVALS:
        if "cpu_s" in features.get(rival, {}):
            found += _over(f"{at}: features to {rival}", _ratio(product, features[rival]), 1.0)
    return found


def _over(what: str, value: float | None, most: float | None) -> list[str]:
    if most is None:
        return []
    if value is None:
        return [f"{what}: not measured"]
    return [f"{what}: {value:g}, at most {most:g}"] if value > most else []


def _tell(size: Figures) -> None:
    lines = size["rows"]["claim_lines"]
    print(f"\n{lines:,} lines, {size['rows']['claims']:,} claims", file=sys.stderr)
    head = f"{'':24}{'CPU s':>9}{'wall s':>9}{'peak GB':>9}{'x scan':>8}"
    for part, base in (("features", "scan"), ("ingest", "parsing")):
        costs = size.get(part, {})
        if costs:
            print(head, file=sys.stderr)
        for route, cost in costs.items():
            if "failed" in cost:
                print(f"{part + ' ' + route:24}{cost['failed']}", file=sys.stderr)
                continue
            ratio = _ratio(cost, costs.get(base))
            cells = (cost["cpu_s"], cost["wall_s"], cost.get("peak_gb", ""), ratio or "")
            told = "".join(
                f"{cell:>{width}}" for cell, width in zip(cells, (9, 9, 9, 8), strict=True)
            )
            differs = "  DIFFERS" if cost.get("differs_in") else ""
            print(f"{part + ' ' + route:24}{told}{differs}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
