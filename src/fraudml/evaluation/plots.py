"""Charts as inline SVG, and the same rows as files for ``dvc plots``.

Text stays text in the SVG and names fonts that common systems have, so that Chinese shows; no
script and nothing from outside.
"""

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import altair as alt
import vl_convert

from fraudml.entities import GRAIN_NAMES, GrainName

FONTS = "Noto Sans CJK SC, Microsoft YaHei, PingFang SC, sans-serif"
COLOURS = {  # Okabe-Ito, fit for colour-blind readers; baselines in greys
    "fused": "#b84a00",
    "lightgbm": "#0072b2",
    "forest": "#009e73",
    "label_free": "#56b4e9",
    "tail": "#cc79a7",
    "neighbours": "#e69f00",
    "rules": "#6a3d9a",
    "amount_per_peer": "#a3adb8",
    "amount": "#4a5663",
    "random": "#d5dbe1",
}
NAMES_ZH = {
    "fused": "融合清单",
    "lightgbm": "监督模型",
    "forest": "孤立森林",
    "label_free": "无标签名次（距离与规则）",
    "tail": "尾部异常",
    "neighbours": "近邻距离",
    "rules": "仅规则",
    "amount_per_peer": "同类相比金额",
    "amount": "按金额排序",
    "random": "随机",
}
NAMES_EN = {
    "fused": "fused list",
    "lightgbm": "LightGBM",
    "forest": "isolation forest",
    "label_free": "label-free rank (distances and rules)",
    "tail": "tail score",
    "neighbours": "distance to nearest peers",
    "rules": "rules alone",
    "amount_per_peer": "amount against peers",
    "amount": "by amount",
    "random": "random",
}
NAMES = {model: f"{NAMES_ZH[model]} {NAMES_EN[model]}" for model in NAMES_ZH}
Rows = list[dict[str, Any]]
_NAMESPACE = re.compile(r' xmlns="[^"]*" xmlns:xlink="[^"]*"')  # inline SVG needs none


def precision_curve(rows: Rows) -> str:
    """Precision at every k by model, with the 95 % band of the fused list."""
    shown = [r for r in rows if r["measure"] == "precision" and r["value"] is not None]
    data = alt.Data(values=_named(shown))
    x = alt.X("k:Q", title="length of the list k 清单长度")
    line = alt.Chart(data).mark_line(point={"size": 22}, strokeWidth=2)
    lines = line.encode(
        x=x,
        y=alt.Y("value:Q", title="confirmed among the inspected 查实比例", axis=_axis("precision")),
        color=_colour(shown),
    )
    band = alt.Chart(alt.Data(values=[r for r in shown if r["model"] == "fused"]))
    area = band.mark_area(opacity=0.15, color=COLOURS["fused"]).encode(x=x, y="low:Q", y2="high:Q")
    return _svg(area + lines, width=480, height=240)


def bars_with_ceiling(figures: Mapping[str, Any], measure: str, ks: Iterable[int]) -> str:
    """A measure at each k by model as bars with intervals; the black tick is the ceiling."""
    rows = [
        {"model": model, "k": f"k = {k}", **one[f"{measure}@{k}"]}
        for model, one in figures.items()
        for k in ks
        if one[f"{measure}@{k}"]["value"] is not None
    ]
    base = alt.Chart(alt.Data(values=_named(rows)))
    y = alt.Y("name:N", title=None, sort=[NAMES[m] for m in NAMES], axis=alt.Axis(labelLimit=260))
    x = alt.X("value:Q", title=None, axis=_axis(measure))
    bars = base.mark_bar(height=14).encode(x=x, y=y, color=_colour(rows, legend=False))
    spread = base.mark_rule(strokeWidth=1.5).encode(x="low:Q", x2="high:Q", y=y)
    ceiling = base.mark_tick(thickness=2, color="black", size=19).encode(x="ceiling:Q", y=y)
    layered = alt.layer(bars, spread, ceiling).properties(width=130, height=150)
    column = alt.Column("k:N", title=None, sort=None)
    return _svg(layered.facet(column=column))


def calibration_chart(rows: Rows) -> str:
    """Predicted against observed share confirmed; on the diagonal, the probabilities are true."""
    data = alt.Chart(alt.Data(values=rows))
    top = max(max(r["high"], r["predicted"]) for r in rows)
    diagonal = (
        alt.Chart(alt.Data(values=[{"v": 0.0}, {"v": top}]))
        .mark_line(strokeDash=[4, 4], color="#9aa0a6")
        .encode(x="v:Q", y="v:Q")
    )
    x = alt.X("predicted:Q", title="predicted 预测概率", axis=alt.Axis(format="%"))
    points = data.mark_point(filled=True, size=50, color=COLOURS["lightgbm"]).encode(
        x=x, y=alt.Y("observed:Q", title="confirmed among the inspected 实际查实比例")
    )
    spread = data.mark_rule(color=COLOURS["lightgbm"]).encode(x=x, y="low:Q", y2="high:Q")
    return _svg(diagonal + spread + points, width=260, height=240)


def auc_by_list(rows: Rows) -> str:
    """How well each model ordered the inspected, list by list (cut or repeat)."""
    shown = [r for r in rows if r["auc"] is not None]
    chart = (
        alt.Chart(alt.Data(values=_named(shown)))
        .mark_line(point={"size": 30}, strokeWidth=2)
        .encode(
            x=alt.X("list:N", title="as of 截至日期 / repeat 重复", axis=alt.Axis(labelAngle=0)),
            y=alt.Y("auc:Q", title="AUC among the inspected", scale=alt.Scale(zero=False)),
            color=_colour(shown),
        )
    )
    return _svg(chart, width=480, height=240)


def _named(rows: Rows) -> Rows:
    return [
        {**row, "key": row["model"], "name": NAMES.get(row["model"], row["model"])} for row in rows
    ]


def _colour(rows: Rows, *, legend: bool = True) -> alt.Color:
    present = {row["model"] for row in rows}
    models = [model for model in NAMES if model in present]
    scale = alt.Scale(domain=[NAMES[m] for m in models], range=[COLOURS[m] for m in models])
    shown = alt.Legend(title=None, orient="bottom", columns=3, labelLimit=280) if legend else None
    return alt.Color("name:N", scale=scale, legend=shown)


def _axis(measure: str) -> alt.Axis:
    return alt.Axis(format="~s" if measure == "yuan" else "%", grid=True)


def _svg(chart: Any, **size: int) -> str:
    styled = (
        chart.properties(background="transparent", **size)
        .configure(font=FONTS)
        .configure_view(stroke=None)
        .configure_axis(
            labelFontSize=12, titleFontSize=12, titleFontWeight="normal", gridColor="#eee"
        )
        .configure_legend(labelFontSize=12)
        .configure_header(labelFontSize=13)
    )
    svg = str(vl_convert.vegalite_to_svg(styled.to_dict()))
    return _NAMESPACE.sub("", svg, count=1)


_LONG = {
    "by_k.csv": ("by_k", ("model", "measure", "k", "value", "low", "high", "ceiling", "base")),
    "by_list.csv": (
        "by_list",
        ("list", "model", "inspected", "confirmed", "auc", "average_precision"),
    ),
    "calibration.csv": ("calibration", ("predicted", "observed", "low", "high", "n")),
}


def write_plot_files(folder: Path, curves: Mapping[GrainName, Mapping[str, Rows]]) -> None:
    """Write the rows of all charts as CSV, for ``dvc plots`` and for other programs.

    ``precision_at_k_GRAIN.csv`` has k and one column per model, as DVC draws several lines;
    ``by_k.csv``, ``by_list.csv`` and ``calibration.csv`` are long, with a column ``grain``.
    A figure that was not assessed is an empty cell; a file without rows keeps its header.
    """
    for name, (kind, columns) in _LONG.items():
        rows = [{**row, "grain": g} for g in sorted(curves) for row in curves[g][kind]]
        _write(folder / name, ("grain", *columns), rows)
    for grain in GRAIN_NAMES:
        drawn = curves[grain]["by_k"] if grain in curves else []
        shown = [row for row in drawn if row["measure"] == "precision"]
        lines: dict[int, dict[str, Any]] = {row["k"]: {"k": row["k"]} for row in shown}
        for row in shown:
            lines[row["k"]][row["model"]] = row["value"]
        _write(folder / f"precision_at_k_{grain}.csv", ("k", *NAMES), list(lines.values()))


def _write(path: Path, columns: Sequence[str], rows: Rows) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
