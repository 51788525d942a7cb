"""One fund against its key: places of carriers, false leads, data errors, suppressed carriers.

Counts only: nothing that is returned names an entity.
"""

import hashlib
from pathlib import Path
from typing import Any

import pandas as pd

from fraudml.artifacts import read_parquet
from fraudml.claims.pseudonyms import PseudonymKey, load_key
from fraudml.entities import GRAIN_NAMES, GrainName
from fraudml.evaluation.grade import named
from fraudml.stages.workspace import Workspace

TOP = 50
_TABLES = {"provider": "providers", "practitioner": "practitioners", "patient": "patients"}


def measure(root: Path) -> dict[str, Any]:
    """carriers: one row a carrier and typology with its places; lists; errors; verdicts.

    A place is 0 for the first of its order. ``own`` is the list of the typology's own rules
    (data/monitor/by_typology.parquet), ``fused`` the final rank (null without scores), ``amount``
    what the fund paid.
    """
    at = Workspace(root)
    key = load_key(at.demo_raw, demo_raw=at.demo_raw)
    carriers = read_parquet(at.demo_key / "carriers.parquet").to_pandas()
    pairs = zip(carriers.grain, carriers.entity_id, strict=True)
    carriers["id"] = [_known(key, grain, raw_id) for grain, raw_id in pairs]
    hits_n = len(read_parquet(at.data("monitor") / "hits.parquet", columns=["hit_id"]))
    listed = read_parquet(at.data("monitor") / "by_typology.parquet").to_pandas()
    rows, lists = [], {}
    for grain in GRAIN_NAMES:
        ranks = _ranks(at, grain)
        mine = carriers[carriers.grain.eq(grain)]
        rows += _places(grain, ranks, mine, listed[listed.grain.eq(grain)])
        lists[grain] = _lookalikes(at, key, grain, ranks, set(mine.id))
    return {
        "about": {"carriers": len(carriers), "hits": hits_n},
        "carriers": rows,
        "lookalikes": lists,
        "errors": _errors(at),
        "verdicts": {g: _verdicts(at, g, carriers) for g in GRAIN_NAMES},
    }


def _known(key: PseudonymKey, grain: str, raw_id: str) -> str:
    return raw_id if grain == "provider" else key.pseudonym(grain, raw_id)


def _tie(one: str) -> str:
    return hashlib.sha256(one.encode()).hexdigest()


def _ranks(at: Workspace, grain: GrainName) -> pd.DataFrame:
    """Every entity of the grain by id: its place by amount, and in the fused list if any."""
    name = f"{grain}_id"
    ids = read_parquet(at.data("claims") / f"{_TABLES[grain]}.parquet", columns=[name])
    frame = pd.DataFrame(index=pd.Index(sorted(set(ids[name].to_pylist())), name="id"))
    parts = sorted((at.data("claims") / "claims").glob("*.parquet"))
    paid = pd.concat(
        [read_parquet(p, columns=[name, "fund_amount_fen"]).to_pandas() for p in parts]
    )
    frame["paid"] = paid.groupby(name)["fund_amount_fen"].sum().reindex(frame.index).fillna(0)
    frame["tie"] = [_tie(i) for i in frame.index]
    frame["amount"] = _order(frame, ["paid"])
    scores = at.data("scores") / f"{grain}.parquet"
    if scores.exists():
        rank = read_parquet(scores, columns=[name, "rank"]).to_pandas().set_index(name)["rank"]
        frame["fused"] = rank.reindex(frame.index) - 1
    return frame


def _order(frame: pd.DataFrame, by: list[str]) -> pd.Series:
    """Places from 0, largest first; ties by the hash of the id."""
    falling = [False] * len(by)
    order = frame.sort_values([*by, "tie"], ascending=[*falling, True]).index
    return pd.Series(range(len(order)), index=order).reindex(frame.index)


def _places(
    grain: GrainName, ranks: pd.DataFrame, carriers: pd.DataFrame, listed: pd.DataFrame
) -> list[dict[str, Any]]:
    rows = []
    for typology, part in carriers.groupby("typology", sort=True):
        own = listed[listed.typology.eq(typology)].set_index("entity_id")["place"] - 1
        frame = ranks.assign(own=own.reindex(ranks.index))
        budget = 2 * part.id.nunique()
        for one in part.drop_duplicates("id").itertuples():
            place = frame.loc[one.id] if one.id in frame.index else None
            rows.append(
                {
                    "grain": grain,
                    "typology": typology,
                    "mechanism": one.mechanism,
                    "held_out": bool(one.held_out),
                    "strength": one.strength,
                    "budget": budget,
                    "entities": len(frame),
                    "hit": bool(place is not None and pd.notna(place["own"])),
                    "own": _within(place, "own", budget),
                    "amount": _within(place, "amount", budget),
                    "fused": _within(place, "fused", budget) if "fused" in frame else None,
                }
            )
    return rows


def _within(place: pd.Series | None, order: str, budget: int) -> bool:
    return bool(place is not None and pd.notna(place[order]) and place[order] < budget)


def _lookalikes(
    at: Workspace, key: PseudonymKey, grain: GrainName, ranks: pd.DataFrame, carriers: set[str]
) -> dict[str, Any] | None:
    """Of look-alikes and of other honest entities: how many there are, how many in the top 50."""
    if "fused" not in ranks:
        return None
    table = read_parquet(at.demo_key / "lookalikes.parquet").to_pandas()
    mine = table[table.grain.eq(grain)]
    kinds = {_known(key, grain, e): n for e, n in zip(mine.entity_id, mine.lookalike, strict=True)}
    honest = ranks[~ranks.index.isin(carriers)]
    top = honest["fused"] < TOP
    like = honest.index.isin(list(kinds))
    by_name: dict[str, int] = {}
    for one in honest.index[top & like]:
        by_name[kinds[one]] = by_name.get(kinds[one], 0) + 1
    return {
        "lookalikes": int(like.sum()),
        "lookalikes_top": int((top & like).sum()),
        "others": int((~like).sum()),
        "others_top": int((top & ~like).sum()),
        "by_name": by_name,
        **_on_the_list(at, grain, carriers, set(kinds)),
    }


def _on_the_list(
    at: Workspace, grain: GrainName, carriers: set[str], alike: set[str]
) -> dict[str, int]:
    """Who stands in the leads' own first 50, and who is accounted for by a circumstance."""
    counts = {}
    for name, file in (("listed", f"{grain}.parquet"), ("accounted", f"{grain}_accounted.parquet")):
        ids = read_parquet(at.reports("leads") / file, columns=[f"{grain}_id"])
        some = ids[f"{grain}_id"].to_pylist()[: TOP if name == "listed" else None]
        who = ["carriers" if i in carriers else "lookalikes" if i in alike else "others"
               for i in some]  # fmt: skip
        counts |= {f"{name}_{one}": who.count(one) for one in ("carriers", "lookalikes", "others")}
    return counts


def _errors(at: Workspace) -> list[dict[str, Any]]:
    """One row an instance of a data error: rows, and how many stand in a correction request."""
    planted = read_parquet(at.demo_key / "artefacts.parquet").to_pandas()
    routed = _routed(at)
    rows = []
    for (name, _), part in planted.groupby(["artefact", "artefact_id"], sort=True):
        claims = set(part.claim_id)
        rows.append(
            {
                "artefact": name,
                "claims": len(claims),
                "routed": None if routed is None else len(claims & routed),
                "also_carries": bool(part.also_carries.notna().any()),
            }
        )
    return rows


def _routed(at: Workspace) -> set[str] | None:
    """Claims that a correction request names; None where the gate wrote nothing."""
    path = at.reports("corrections") / "correction_lines.parquet"
    if not path.exists():
        return None
    return set(read_parquet(path, columns=["claim_id"])["claim_id"].to_pylist())


def _verdicts(at: Workspace, grain: GrainName, carriers: pd.DataFrame) -> dict[str, int] | None:
    """Verdicts of the carriers among the candidates: a data_like one left the list, suppressed.

    ``named`` counts the listed ones whose lead names a typology that was planted.
    """
    path = at.reports("leads") / f"{grain}.parquet"
    if not path.exists():
        return None
    planted = carriers[carriers.grain.eq(grain)]
    mine = set(planted.id)
    table = read_parquet(path, columns=[f"{grain}_id", "typology", "verdict"])
    leads = table.to_pandas()
    said = leads[leads[f"{grain}_id"].isin(mine)].verdict.fillna("none")
    counts = {str(k): int(v) for k, v in said.value_counts().items()}
    gone = read_parquet(at.reports("corrections") / "withdrawn.parquet").to_pandas()
    left = gone.grain.eq(grain) & gone.id.isin(mine)
    right = named(grain, table, planted)["named"]
    return counts | {"data_like": int(left.sum()), "named": right}
