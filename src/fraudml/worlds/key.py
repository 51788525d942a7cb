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
from fraudml.worlds.tables import ENTITY_IDS, provider_ids

_README = """# Answer key of the demo fund
Written by `fraudml simulate`, read by `fraudml grade` alone.
- `carriers.parquet`: one row per entity and scheme: grain, entity_id (raw), typology, strength,
  amount_fen (what the fund lost by it, by the last day), started_on, stopped_on (null: never),
  mechanism, held_out (a mechanism that rule authors have not been told of)
- `claims.parquet`: one row per false claim (line_no null) or false line: its typology, mechanism
- `artefacts.parquet`: one row per claim or line that a data error touched: artefact, artefact_id
  (which instance), provider_id, claim_id, line_no (null: the whole claim), started_on, stopped_on,
  also_carries (typologies of the schemes at the same provider, null: none)
- `lookalikes.parquet`: one row per entity whose honest behaviour resembles a scheme: lookalike,
  grain, entity_id
- `parameters.json`: everything that was drawn about schemes, data errors and look-alikes
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
    write_parquet(key / "artefacts.parquet", _artefacts(fund, ledger, plants))
    write_parquet(key / "lookalikes.parquet", _lookalikes(fund))
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
            "mechanism": pa.array([c.plant.plan.mechanism for c in carriers], pa.string()),
            "held_out": pa.array([c.plant.plan.way.held_out for c in carriers], pa.bool_()),
        }
    )
    return table.sort_by([(name, "ascending") for name in ("grain", "entity_id", "typology")])


def _claims(ledger: Ledger, rows: Columns, plants: tuple[Plant, ...]) -> pa.Table:
    order = np.lexsort((rows["line"], rows["claim"]))
    line = rows["line"][order]
    number = np.where(line >= 0, ledger.lines["line_no"][line], 0)
    plans = {p.plan.number: p.plan for p in plants}
    mine = [plans[int(p)] for p in rows["plant"][order]]
    return pa.table(
        {
            "claim_id": claim_ids(rows["claim"][order]),
            "line_no": whole(number, known=line >= 0),
            "typology": text([p.typology for p in mine]),
            "mechanism": text([p.mechanism for p in mine]),
        }
    )


def _artefacts(fund: Fund, ledger: Ledger, plants: tuple[Plant, ...]) -> pa.Table:
    claims, lines = ledger.claims, ledger.lines
    of_claim = fund.visits["artefact"][claims["visit"]].astype(np.int64)
    of_claim = np.where(claims["artefact"] >= 0, claims["artefact"], of_claim)
    claim = np.flatnonzero(of_claim >= 0)
    line = np.flatnonzero((lines["artefact"] >= 0) & (of_claim[lines["claim"]] < 0))
    number = np.concatenate([of_claim[claim], lines["artefact"][line]])
    claim = np.concatenate([claim, lines["claim"][line]])
    line = np.concatenate([np.full(len(claim) - len(line), -1), line])
    order = np.lexsort((line, claim, number))
    number, claim, line = number[order], claim[order], line[order]
    known = {a.number: a for a in fund.artefacts}
    mine = [known[int(a)] for a in number]
    provider = fund.visits["provider"][claims["visit"][claim]]
    carried: dict[int, set[str]] = {}
    for p in plants:
        if "provider" in p.plan.way.grains:
            carried.setdefault(p.provider, set()).add(p.plan.typology)
    stop = np.array([a.stop_day for a in mine], dtype=np.int64)
    line_no = np.where(line >= 0, lines["line_no"][line], 0)
    return pa.table(
        {
            "artefact": text([a.name for a in mine]),
            "artefact_id": whole(number),
            "provider_id": provider_ids(provider),
            "claim_id": claim_ids(claim),
            "line_no": whole(line_no, known=line >= 0),
            "started_on": day(
                fund.window.date(np.array([a.start_day for a in mine], dtype=np.int64))
            ),
            "stopped_on": day(fund.window.date(stop), known=stop < fund.window.days),
            "also_carries": text(["|".join(sorted(carried.get(int(p), ()))) for p in provider]),
        }
    )


def _lookalikes(fund: Fund) -> pa.Table:
    rows = sorted(set(fund.lookalikes))
    ids = [ENTITY_IDS[r.grain](np.array([r.entity]))[0].as_py() for r in rows]
    return pa.table(
        {
            "lookalike": pa.array([r.name for r in rows], pa.string()),
            "grain": pa.array([r.grain for r in rows], pa.string()),
            "entity_id": pa.array(ids, pa.string()),
        }
    )
