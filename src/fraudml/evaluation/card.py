"""The model card of one grain: what it learnt from, how good it was, for whom, and not for what.

After Mitchell et al. 2019. Groups of fewer than 11 entities are put together, and so are shares
among fewer than 11 inspected left out: a card may be published, a person may not be read off it.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from fraudml.entities import GRAINS, GrainName
from fraudml.evaluation.bootstrap import wilson
from fraudml.evaluation.metrics import auc, outcomes, ranked
from fraudml.evaluation.size import hypergeometric_chances
from fraudml.leads.frame import readable
from fraudml.leads.words import clipped

SMALLEST = 11
SMALLER = "(smaller groups)"
_LONGEST_NAME = 60
_AUC_FROM = 11  # confirmed and cleared, of each
_BY_CHANCE = 0.05  # that any group at all is named although the list knows no groups
_MEASURES = ("average_precision", "auc", "auc_within_size")
_READ_SO = (
    "Value (95 % interval over entities), among the inspected; read every column beside `amount` "
    "and `random`. precision_weighted counts each outcome by 1 / its chance of having been drawn, "
    "where that is known."
)
_MODELS = ("fused", "lightgbm", "label_free", "rules", "amount_per_peer", "amount", "random")


def groups_of(
    grain: GrainName,
    scores: pa.Table,
    backtest: pa.Table,
    attributes: Mapping[str, Mapping[str, str]],
    *,
    rule: str,
    k: int,
) -> list[dict[str, Any]]:
    """How the list treats each group: its share of all, of the first k, and what was found there.

    scores, backtest  data/scores/GRAIN.parquet and data/backtest/GRAIN.parquet
    attributes        by name of the attribute, the value of each entity; others are "?"
    returns  rows: attribute, value, entities, share, share_of_list, low, high (95 % of the share
    of the list, Wilson), over (whether so many would be listed by chance in fewer than one fund in
    twenty, all groups looked at together), inspected, confirmed_share with confirmed_low and
    confirmed_high, auc; null where too few
    """
    key = GRAINS[grain].key
    listed = scores.select([key, "rank"]).to_pandas()
    past = _past(backtest, rule, key)
    rows = []
    for name, values in attributes.items():
        value = _merged(listed[key].map(values).fillna("?").astype(str))
        kept = set(value)
        then = past[key].map(values).fillna("?").astype(str)
        then = then.where(then.isin(kept), SMALLER)
        for one in sorted(kept):
            now = listed["rank"][value == one]
            rows.append(_group(name, one, now, len(listed), past[then == one], min(k, len(listed))))
    return [row | {"over": row["by_chance"] * len(rows) < _BY_CHANCE} for row in rows]


def _past(backtest: pa.Table, rule: str, key: str) -> pd.DataFrame:
    """Each inspected entity once, with the score of its newest list."""
    frame: pd.DataFrame = backtest.to_pandas()
    known = frame[frame["model"].eq(rule) & frame["label"].notna() & frame["repeat"].eq(0)]
    ordered = known.sort_values(["as_of", key], ascending=[False, True], kind="stable")
    return ordered.drop_duplicates(key)


def _merged(values: "pd.Series[Any]") -> "pd.Series[Any]":
    counts = values.map(values.value_counts())
    return values.where(counts >= SMALLEST, SMALLER)


def _group(
    name: str, value: str, now: "pd.Series[Any]", everybody: int, past: pd.DataFrame, k: int
) -> dict[str, Any]:
    share, in_list = len(now) / everybody, int((now <= k).sum())
    low, high = wilson(in_list, k)
    inspected, confirmed = len(past), int(past["label"].eq(1).sum())
    enough = inspected >= SMALLEST
    spread = wilson(confirmed, inspected) if enough else (None, None)
    return {
        "attribute": name,
        "value": value,
        "entities": len(now),
        "share": round(share, 6),
        "share_of_list": round(in_list / k, 6),
        "low": low,
        "high": high,
        "by_chance": _by_chance(in_list, len(now), everybody, k),
        "inspected": inspected if enough else None,
        "confirmed_share": round(confirmed / inspected, 6) if enough else None,
        "confirmed_low": spread[0],
        "confirmed_high": spread[1],
        "auc": _auc(past, confirmed) if enough else None,
    }


def _by_chance(in_list: int, group: int, everybody: int, k: int) -> float:
    """Chance that at least so many of a group stand in a list of k that was drawn from everybody.

    >>> round(_by_chance(2, 2, 10, 2), 4)
    0.0222
    """
    return float(hypergeometric_chances(everybody, group, k)[in_list:].sum())


def _auc(past: pd.DataFrame, confirmed: int) -> float | None:
    if min(confirmed, len(past) - confirmed) < _AUC_FROM:
        return None
    label = past["label"].to_numpy(dtype=np.float64)
    known = ranked(past["score"].to_numpy(dtype=np.float64), outcomes(label)).inspected()
    return round(float(auc(known, np.ones((1, len(known.order))))[0]), 6)


def model_card(
    grain: GrainName,
    report: Mapping[str, Any],
    figures: Mapping[str, Any],
    size: Mapping[str, Any],
    groups: list[dict[str, Any]],
    *,
    k: int,
) -> str:
    """The card as Markdown, from the figures of train and evaluate."""
    parts = [
        f"# Model card: {grain}",
        f"Models as of {report['live']}. Ranks every {grain} for inspection; names nobody.",
        "## What it is",
        report["sentence"],
        report["tuning"]["sentence"],
        report["calibration"]["sentence"] + " " + report["amounts"]["sentence"],
        "## Data and labels",
        _data(report, figures),
        "## How good it was",
        *_performance(figures, k),
        "## Is it a list of the largest?",
        _size(size, k),
        "## For whom",
        *_for_whom(groups, k),
        "## Not for",
        _NOT_FOR,
    ]
    return "\n\n".join(parts) + "\n"


def _data(report: Mapping[str, Any], figures: Mapping[str, Any]) -> str:
    arms = ", ".join(f"{arm} {n:,}" for arm, n in figures.get("inspected_by_arm", {}).items())
    return (
        f"{report['entities']:,} entities on the live date; {report['outcomes']:,} inspections "
        f"with a known result, {report['confirmed']:,} confirmed. Inspectors chose most, so "
        "what nobody looked for is not in them. Chosen by: "
        f"{arms or 'no inspection could be judged'}; with a known chance of having been drawn: "
        f"{figures.get('n_known_chance', 0):,}. Who was not inspected is unknown, never negative."
    )


def _performance(figures: Mapping[str, Any], k: int) -> list[str]:
    if not figures["assessed"]:
        return [f"Not assessed: {figures['reason']}."]
    models = [name for name in _MODELS if name in figures["models"]]
    rows = {
        measure: [figures["models"][name].get(measure, {}) for name in models]
        for measure in (f"precision@{k}", f"recall@{k}", *_MEASURES)
    }
    rows[f"precision_weighted@{k}"] = [_weighted(figures, name, k) for name in models]
    table = [f"| | {' | '.join(models)} |", "|---" * (len(models) + 1) + "|"]
    for measure, row in rows.items():
        table.append(f"| {measure} | {' | '.join(map(_interval, row))} |")
    reasons = [one["reason"] for one in rows[f"precision_weighted@{k}"] if one.get("reason")]
    why = {reason.split(" · ")[-1] for reason in reasons}  # the card is in English
    told = [f"precision_weighted: {'; '.join(sorted(why))}."] if why else []
    return [_READ_SO, "\n".join(table), *told]


def _weighted(figures: Mapping[str, Any], model: str, k: int) -> Mapping[str, Any]:
    """Precision of the whole first k from the inspections of known chance, or why it is unknown."""
    selective: Mapping[str, Any] = figures.get("selective", {})
    if not selective.get("assessed"):
        return {"reason": selective.get("reason")}
    at = selective["models"].get(model, {}).get("at", {}).get(f"{k}", {})
    found: Mapping[str, Any] = at.get("precision", {}).get("hajek", {})
    return found


def _interval(figure: Mapping[str, Any]) -> str:
    if figure.get("value") is None:
        return "not assessed"
    ends = [figure.get("low"), figure.get("high")]
    shown = f" ({ends[0]:.2f} to {ends[1]:.2f})" if None not in ends else ""
    return f"{figure['value']:.2f}{shown}"


def _size(size: Mapping[str, Any], k: int) -> str:
    one = size.get("fused")
    if not one or one["spearman"] is None:
        return "Not assessed: too few entities, or no amounts."
    return (
        f"Rank correlation of the list with billing volume {one['spearman']:+.2f}; of the first "
        f"{k}, {one[f'among_largest@{k}']:.0%} are among the {k} largest, "
        f"{one[f'among_largest_by_chance@{k}']:.0%} by chance."
    )


def _for_whom(groups: list[dict[str, Any]], k: int) -> list[str]:
    if not groups:
        return ["Nothing is known about the entities that could tell groups apart."]
    head = f"| group | entities | of all | of the first {k} | inspected | confirmed | AUC |"
    rows = [head, "|---|---|---|---|---|---|---|"]
    rows += [_row(group) for group in groups]
    over = [_name(g) for g in groups if g["over"]]
    said = f"More often in the list than among all, beyond chance: {', '.join(over)}."
    return [
        "\n".join(rows),
        (said if over else "No group is in the list more often than among all, beyond chance.")
        + " A group may be there for what it does or for how it is measured: look before acting.",
    ]


def _name(g: Mapping[str, Any]) -> str:
    """A group in one cell of a table, whatever a register calls it."""
    value = " ".join(readable(g["value"]).replace("|", "/").split())
    return f"{g['attribute']} {clipped(value, _LONGEST_NAME)}"


def _row(g: Mapping[str, Any]) -> str:
    confirmed = "too few"
    if g["confirmed_share"] is not None:
        confirmed = f"{g['confirmed_share']:.0%} ({g['confirmed_low']:.0%} to "
        confirmed += f"{g['confirmed_high']:.0%})"
    area = "too few" if g["auc"] is None else f"{g['auc']:.2f}"
    inspected = "too few" if g["inspected"] is None else f"{g['inspected']:,}"
    return (
        f"| {_name(g)} | {g['entities']:,} | {g['share']:.0%} | "
        f"{g['share_of_list']:.0%} ({g['low']:.0%} to {g['high']:.0%}) | {inspected} | "
        f"{confirmed} | {area} |"
    )


_NOT_FOR = """\
- Finding anybody guilty, or stopping a payment, a contract or a benefit: a lead is a suspicion to \
be inspected.
- Deciding about one patient or one practitioner without an inspector who reads the rows.
- Another fund, another year or another contract without training on its own data.
- Saying how much fraud there is: inspections were mostly not drawn at random; `evaluation.html` \
says what those that were drawn can tell.
- Replacing the random part of the draw: only it can show what this list does not see."""
