"""The answer key's files, in a folder of their own that only ``grade`` reads."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from fraudml.artifacts import write_json, write_parquet
from fraudml.worlds.answer import Carrier
from fraudml.worlds.billing import claim_ids
from fraudml.worlds.columns import Columns
from fraudml.worlds.files import day, text, whole
from fraudml.worlds.fund import Fund
from fraudml.worlds.plans import Plant
from fraudml.worlds.settlement import Ledger
from fraudml.worlds.tables import ENTITY_IDS

_README = """# Answer key of the demo fund
Written by `fraudml simulate`, read by `fraudml grade` alone.
- `carriers.parquet`: one row per entity and scheme: grain, entity_id (raw), typology, strength,
  amount_fen (what the fund lost by it, by the last day), started_on, stopped_on (null: never)
- `claims.parquet`: one row per false claim (line_no null) or false line, with its typology
- `parameters.json`: everything that was drawn about the schemes
"""


def write_key(
    key: Path,
    fund: Fund,
    ledger: Ledger,
    rows: Columns,
    found: tuple[list[Carrier], tuple[Plant, ...]],
) -> None:
    """carriers.parquet and claims.parquet."""
    carriers, plants = found
    write_parquet(key / "carriers.parquet", _carriers(fund, carriers))
    write_parquet(key / "claims.parquet", _claims(ledger, rows, plants))
    (key / "README.md").write_text(_README, encoding="utf-8")


def write_parameters(key: Path, content: dict[str, Any]) -> None:
    """parameters.json."""
    write_json(key / "parameters.json", content)


def _carriers(fund: Fund, carriers: list[Carrier]) -> pa.Table:
    ids = [ENTITY_IDS[c.grain](np.array([c.entity]))[0].as_py() for c in carriers]
    stop = np.array([c.plant.stop_day for c in carriers], dtype=np.int64)
    start = np.array([c.plant.start_day for c in carriers], dtype=np.int64)
    table = pa.table(
        {
            "grain": pa.array([c.grain for c in carriers], pa.string()),
            "entity_id": pa.array(ids, pa.string()),
            "typology": pa.array([c.plant.plan.typology for c in carriers], pa.string()),
            "strength": pa.array([c.plant.plan.strength for c in carriers], pa.string()),
            "amount_fen": whole(np.array([c.amount_fen.sum() for c in carriers])),
            "started_on": day(fund.window.date(start)),
            "stopped_on": day(fund.window.date(stop), known=stop < fund.window.days),
        }
    )
    return table.sort_by([(name, "ascending") for name in ("grain", "entity_id", "typology")])


def _claims(ledger: Ledger, rows: Columns, plants: tuple[Plant, ...]) -> pa.Table:
    order = np.lexsort((rows["line"], rows["claim"]))
    line = rows["line"][order]
    number = np.where(line >= 0, ledger.lines["line_no"][line], 0)
    names = {p.plan.number: p.plan.typology for p in plants}
    return pa.table(
        {
            "claim_id": claim_ids(rows["claim"][order]),
            "line_no": whole(number, known=line >= 0),
            "typology": text([names[int(p)] for p in rows["plant"][order]]),
        }
    )
