"""Fresh funds with every typology planted: what is found, at which strength, by which mechanism.

    python benchmarks/typologies.py [--seeds 10] [--first-seed 2000] [--shares 0.06 0.25]
                                    [--scored] [--work DIR] [--reports reports]

Each seed and share makes another fund; the stages run on it in processes of their own with
params.yaml, and what they wrote is compared with the answer key. A fund that is in --work already
is not run again: it is known by its seed and share, so use another folder for other options.
``--scored`` trains, scores and writes the leads as well, which the fused list, the false leads and
the verdicts need. Prints JSON; --reports receives typologies.json and .md.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from funds import fund_params, run_due
from typologies_measure import measure
from typologies_tables import floors, scorecard, tables

RULED = ("simulate", "ingest", "monitor")
SCORED = ("features", "labels", "train", "score", "explain", "leads")


def main() -> None:
    options = _options()
    funds = []
    with tempfile.TemporaryDirectory() as scratch:
        for seed in range(options.first_seed, options.first_seed + options.seeds):
            for share in options.shares:
                folder = (options.work or Path(scratch)) / f"fund_{seed}_{share}"
                funds.append(one_fund(folder, seed, share, options))
                print(json.dumps(funds[-1]["about"]), file=sys.stderr, flush=True)
    card = {"funds": [f["about"] for f in funds], **scorecard(funds)}
    if options.write_floor:
        options.write_floor.write_text(json.dumps(floors(card), indent=1) + "\n", encoding="utf-8")
    if options.reports:
        options.reports.mkdir(parents=True, exist_ok=True)
        text = json.dumps(card, indent=1, ensure_ascii=False)
        (options.reports / "typologies.json").write_text(text + "\n", encoding="utf-8")
        (options.reports / "typologies.md").write_text(tables(card), encoding="utf-8")
    print(json.dumps(card, indent=1))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first-seed", type=int, default=2000)
    parser.add_argument("--shares", type=float, nargs="+", default=[0.06, 0.25])
    parser.add_argument("--providers", type=int, default=300)
    parser.add_argument("--patients", type=int, default=20_000)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--typologies", nargs="*", default=[])
    parser.add_argument("--strength", choices=("weak", "medium", "strong"))
    parser.add_argument("--dates", type=int, help="as-of dates; 1 is enough where none is --scored")
    parser.add_argument("--scored", action="store_true", help="train, score and write the leads")
    parser.add_argument("--work", type=Path, help="keep the funds here, and go on from them")
    parser.add_argument("--reports", type=Path, help="write typologies.json and .md here")
    parser.add_argument("--write-floor", type=Path, help="of strong carriers, for the test")
    return parser.parse_args()


def one_fund(root: Path, seed: int, share: float, options: argparse.Namespace) -> dict[str, Any]:
    """Run the stages that have not run yet in this folder, and measure what they wrote."""
    measured = root / ("measured_scored.json" if options.scored else "measured_ruled.json")
    if measured.exists():
        found: dict[str, Any] = json.loads(measured.read_text(encoding="utf-8"))
        return found
    params = fund_params(
        root, dates=options.dates, seed=seed, carrier_share=share, providers=options.providers,
        patients=options.patients, lines=options.lines, typologies=options.typologies,
        strength=options.strength,
    )  # fmt: skip
    stages = (*RULED, *(SCORED if options.scored else ()))
    seconds = run_due(stages, params, root, apart=True)
    found = measure(root)
    found["about"] |= {"seed": seed, "share": share, "seconds": seconds}
    measured.write_text(json.dumps(found), encoding="utf-8")
    return found


if __name__ == "__main__":
    main()
