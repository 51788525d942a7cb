"""Champion against challenger: the paired difference of two backtests on the same splits."""

from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from fraudml.entities import GRAINS, GrainName
from fraudml.errors import StateError
from fraudml.evaluation.evaluate import judged
from fraudml.params import EvaluateParams

MEASURE = "average_precision"
_SPLIT = ["as_of", "scheme", "repeat", "split"]


@dataclass(frozen=True)
class Verdict:
    """Whether a challenger may become champion, in figures and in words.

    difference  challenger minus champion in average precision among the inspected, with its 95 %
                interval over entities; None where outcomes do not tell
    """

    passed: bool
    sentence: str
    difference: dict[str, Any]


def duel(
    grain: GrainName,
    challenger: tuple[pa.Table, str],
    champion: tuple[pa.Table, str],
    params: EvaluateParams,
    *,
    margin: float,
) -> Verdict:
    """Judge two orders by the same inspections, entity by entity.

    challenger, champion  a backtest (data/backtest/GRAIN.parquet) and the model in it that the
                          list follows
    margin                loss of average precision that may be risked
    Passes where the interval of the difference includes no loss beyond the margin. An order that
    outcomes cannot judge does not pass. StateError where the splits are not the same.
    """
    one, other = (
        _named(table, model, name)
        for name, (table, model) in (("challenger", challenger), ("champion", champion))
    )
    _same_splits(grain, one, other)
    found = judged(grain, pa.concat_tables([one, other]), ("champion",), params)
    if isinstance(found, str):
        return Verdict(False, f"Not judged: {found}.", {})
    difference = found["differences"]["challenger"]["champion"].get(MEASURE, {})
    return _verdict(difference, margin)


def _verdict(difference: dict[str, Any], margin: float) -> Verdict:
    value, low, high = (difference.get(name) for name in ("value", "low", "high"))
    if value is not None and low is None and difference.get("reason", "").startswith("no interval"):
        low = high = value  # every resample gives the same figure: the two orders are one
    if value is None or low is None or high is None:
        why = difference.get("reason", "no outcomes")
        return Verdict(False, f"Not judged: {why}.", difference)
    said = f"{value:+.3f} average precision ({low:+.3f} to {high:+.3f}) on the same splits"
    if low < -margin:
        return Verdict(
            False, f"{said}: a loss beyond {margin} (track.margin) is not excluded.", difference
        )
    return Verdict(True, f"{said}: no loss beyond {margin} (track.margin).", difference)


def _named(table: pa.Table, model: str, name: str) -> pa.Table:
    chosen = table.filter(pc.equal(table["model"], model))
    at = chosen.column_names.index("model")
    return chosen.set_column(at, "model", pa.array([name] * len(chosen), pa.string()))


def _same_splits(grain: GrainName, one: pa.Table, other: pa.Table) -> None:
    columns = [*_SPLIT, GRAINS[grain].key]
    keys = [sorted(zip(*(t[c].to_pylist() for c in columns), strict=True)) for t in (one, other)]
    if keys[0] != keys[1] or not keys[0]:
        raise StateError(
            f"Champion and challenger of {grain} were not ranked on the same splits "
            f"({len(keys[1]):,} and {len(keys[0]):,} rows): run the train stage again."
        )
