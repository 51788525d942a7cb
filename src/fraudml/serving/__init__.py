"""The trained models over any feature table: what MLflow serves, usable without MLflow."""

from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from fraudml.entities import GRAINS, GrainName
from fraudml.errors import ContractError
from fraudml.features.catalogue import features_of
from fraudml.params import ScoreParams
from fraudml.scores.model_io import read_models
from fraudml.scores.score import score_grain

LOADER = Path(__file__).parent / "mlflow_model.py"
PACKAGE = Path(__file__).parents[1]
OUTPUTS = ("anomaly", "probability", "expected_recovery_fen", "risk")
_PEER = "__peer_z"


WIDEST = "widest_group"  # the one column that is text


def input_columns(grain: GrainName) -> tuple[str, ...]:
    """The columns that a served model of this grain reads beside WIDEST, all doubles.

    Null means not assessed.
    """
    names = [feature.name for feature in features_of(grain)]
    return (*names, *(name + _PEER for name in names))


def score_table(
    grain: GrainName, folder: Path, table: pd.DataFrame, *, fusion_k: int
) -> pd.DataFrame:
    """Score the rows of a table, in its order.

    folder   models/GRAIN
    table    (n, 2f) doubles, the columns of ``input_columns``; and WIDEST, each one's widest peer
             group as text, in which distances beyond size and kind are taken
    returns  (n, 4) doubles: OUTPUTS. ``anomaly`` and ``risk`` compare the rows with each other,
    so score everybody at once; ``probability`` and the recovery stand alone.

    Raises ``ContractError`` where a column is absent (unknown values are null, never left out), is
    there twice, or holds what is no finite number.
    """
    _require_columns(grain, table)
    live = date.fromisoformat(read_models(folder).about["live"])
    names = [feature.name for feature in features_of(grain)]
    ids = [f"{row:012d}" for row in range(len(table))]
    own = _entities(grain, ids, live, {name: table[name] for name in names})
    peer = _entities(grain, ids, live, {name: table[name + _PEER] for name in names})
    peer = peer.append_column("peer_group", pa.array(["all"] * len(table), pa.string()))
    peer = peer.append_column("peers_n", pa.array([len(table)] * len(table), pa.int64()))
    peer = peer.append_column(WIDEST, _cells(table[WIDEST], pa.string()))
    scored = score_grain(grain, own, peer, folder, ScoreParams(fusion_k=fusion_k), live=live)
    found = scored.select([GRAINS[grain].key, *OUTPUTS]).to_pandas().sort_values(GRAINS[grain].key)
    result: pd.DataFrame = found[list(OUTPUTS)].astype("float64").set_axis(table.index, axis=0)
    return result


def _require_columns(grain: GrainName, table: pd.DataFrame) -> None:
    wanted = (*input_columns(grain), WIDEST)
    counted = Counter(table.columns)
    twice = [name for name in wanted if counted[name] > 1]
    if twice:
        raise ContractError(f"The table has the column {twice[0]} twice: keep one of them.")
    absent = [name for name in wanted if not counted[name]]
    if not absent:
        return
    beside = f"{WIDEST}, and a column NAME{_PEER} beside every feature NAME, are columns of"
    raise ContractError(
        f"The table lacks {len(absent):,} of {len(wanted):,} columns, first "
        f"{absent[0]}: {beside} data/features/peers/{grain}.parquet; unknown values are null."
    )


def _entities(
    grain: GrainName, ids: list[str], live: date, columns: dict[str, "pd.Series[Any]"]
) -> pa.Table:
    return pa.table(
        {
            GRAINS[grain].key: pa.array(ids, pa.string()),
            "as_of": pa.array([live] * len(ids), pa.date32()),
            **{name: _cells(column, pa.float64()) for name, column in columns.items()},
        }
    )


def _cells(column: "pd.Series[Any]", kind: pa.DataType) -> pa.Array:
    """The column in Arrow; an error names it and never shows a cell, which may be somebody's."""
    what = "texts" if kind == pa.string() else "finite numbers"
    try:
        cells = pa.array(column, kind, from_pandas=True)
        sound = kind == pa.string() or not pc.any(pc.is_inf(cells)).as_py()
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        sound = False
    if not sound:
        raise ContractError(
            f"The column {column.name} holds cells that are no {what}; unknown is null."
        )
    return cells
