"""The evaluation page and the grade page: one file each, for a data scientist and a supervisor."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from fraudml.currency import YUAN, Currency
from fraudml.entities import GRAINS, GrainName
from fraudml.evaluation import plots
from fraudml.evaluation.words import ORDER, between, environment, percent, points
from fraudml.leads.frame import page

BASELINE = "amount"
SHOWN = ("fused", "label_free", "forest", "rules", "amount", "random")  # beside the drawn
_EN = {"provider": "Providers", "practitioner": "Practitioners", "patient": "Patients"}
_INSPECTED = {
    "zh": "{grain_zh}{list_zh}前 {k} 名中，已检查者查实 {value}（95% 区间 {spread}）",
    "en": "Of the first {k} {grain} on the {list}, {value} of those inspected were confirmed "
    "(95 % interval {spread})",
}
_PLANTED = {
    "zh": "{grain_zh}{list_zh}前 {k} 名中，{value} 确有植入问题（95% 区间 {spread}）",
    "en": "Of the first {k} {grain} on the {list}, {value} carry a planted scheme "
    "(95 % interval {spread})",
}
_Figures = Mapping[str, Any]


def evaluation_page(
    figures: Mapping[GrainName, _Figures],
    curves: Mapping[GrainName, Mapping[str, plots.Rows]],
    sizes: Mapping[GrainName, _Figures],
    drifts: Mapping[GrainName, _Figures],
    errors: Mapping[GrainName, _Figures],
    *,
    reports: Mapping[str, Mapping[str, Any]],
    ks: Sequence[int],
    currency: Currency = YUAN,
) -> str:
    """reports/evaluation.html from ``evaluate``, ``curves``, ``size_artefact``, ``drift`` and
    ``list_error_figures``.

    reports   by name those of two stages: ingest (rows in, accepted, quarantined and warned) and
              features (what was not assessed for want of which columns)
    Holds no id.
    """
    grains = [
        {
            **_grain(name, one),
            "charts": _charts(one, curves[name], ks, currency) if one["assessed"] else [],
            "selective": _selective(one, ks) if one["assessed"] else [],
        }
        for name, one in figures.items()
    ]
    body = environment().get_template("evaluation.html")
    return page(
        "评估 Evaluation",
        body.render(
            headline=_headline(figures, ks, _INSPECTED),
            grains=grains,
            ks=ks,
            currency=currency,
            sizes=_size_rows(sizes, ks),
            deciles=_decile_rows(sizes),
            errors=[{**_names(grain), "figures": one} for grain, one in errors.items()],
            drifts=[{**_names(grain), "figures": one} for grain, one in drifts.items()],
            quality=_quality(reports["ingest"]),
            absent=reports["ingest"]["absent_tables"],
            missing=_missing(reports["features"]["not_assessed"]),
        ),
        wide=True,
    )


def grade_page(figures: Mapping[GrainName, _Figures], *, ks: Sequence[int]) -> str:
    """reports/grade.html from ``grade``; holds no id."""
    grains = [
        {**_grain(name, one), "charts": _bars(one, ks, YUAN) if one["assessed"] else []}
        for name, one in figures.items()
    ]
    body = environment().get_template("grade.html")
    headline = _headline(figures, ks, _PLANTED)
    # a simulated fund counts in yuan
    html = body.render(headline=headline, grains=grains, ks=ks, currency=YUAN)
    return page("对照答案 Grade", html, wide=True)


def _grain(name: GrainName, figures: _Figures) -> dict[str, Any]:
    return {"name": name, "zh": GRAINS[name].zh, "en": _EN[name], "figures": figures}


def _headline(
    figures: Mapping[GrainName, _Figures], ks: Sequence[int], words: Mapping[str, str]
) -> dict[str, Any] | None:
    """The first grain and k with a figure: our list, the baseline and their difference."""
    for k in sorted(ks, key=lambda k: (k != 25, k)):
        for grain, one in figures.items():
            if one["assessed"]:
                model = _spoken_of(one["models"])
                own = one["models"][model][f"precision@{k}"]
                if own["value"] is not None:
                    return _headline_of(grain, one, model, k, words)
    return None


def _headline_of(
    grain: GrainName, figures: _Figures, model: str, k: int, words: Mapping[str, str]
) -> dict[str, Any]:
    own, other, apart = _beside(figures, model, f"precision@{k}")
    said = {
        name: text.format(
            k=k,
            grain_zh=GRAINS[grain].zh,
            grain=_EN[grain].lower(),
            list_zh=plots.NAMES_ZH[model],
            list=plots.NAMES_EN[model],
            value=percent(own["value"]),
            spread=between(own, percent),
        )
        for name, text in words.items()
    }
    zh, en = said["zh"], said["en"]
    if other and other["value"] is not None:
        zh += f"；按金额排序为 {percent(other['value'])}（{between(other, percent)}）"
        en += f"; ranked by amount, {percent(other['value'])} ({between(other, percent)})"
    if apart and apart["value"] is not None:
        gap = f"{points(apart['value'])}（{between(apart, points)}）"
        zh += f"，相差 {gap} 个百分点"
        en += f"; paired difference {points(apart['value'])} points ({between(apart, points)})"
    return {"zh": zh + "。", "en": en + ".", "cards": _cards(figures, model, k)}


def _cards(figures: _Figures, model: str, k: int) -> list[dict[str, str]]:
    cards = []
    for name, zh, en in (
        (f"precision@{k}", f"前 {k} 名查实比例", f"precision in the first {k}"),
        (f"recall@{k}", f"前 {k} 名查全率", f"recall in the first {k}"),
        ("auc", "AUC（已检查者）", "AUC among the inspected"),
    ):
        own, other, _ = _beside(figures, model, name)
        if own["value"] is None:
            continue
        write = percent if "@" in name else "{:.3f}".format
        known = other is not None and other["value"] is not None
        beside = f"按金额 by amount {write(other['value'])}" if other and known else ""
        limit = f"上限 ceiling {write(own['ceiling'])}" if own["ceiling"] is not None else ""
        sub = " · ".join(part for part in (between(own, write), beside, limit) if part)
        cards.append({"zh": zh, "en": en, "value": write(own["value"]), "sub": sub})
    return cards


def _beside(
    figures: _Figures, model: str, measure: str
) -> tuple[_Figures, _Figures | None, _Figures | None]:
    other = figures["models"].get(BASELINE)
    apart = figures["differences"].get(model, {}).get(BASELINE)
    return (
        figures["models"][model][measure],
        other[measure] if other else None,
        apart[measure] if apart else None,
    )


def _selective(figures: _Figures, ks: Sequence[int]) -> list[dict[str, Any]]:
    """By k and list: the naive figure, those of the drawn, and the bounds."""
    rows = []
    for k in ks:
        for model in (m for m in ORDER if m in SHOWN and m in figures["selective"]["models"]):
            at = figures["selective"]["models"][model]["at"][str(k)]
            naive = figures["models"][model][f"precision@{k}"]
            rows.append({"k": k, "model": model, "naive": naive, **at})
    return rows


def _charts(
    figures: _Figures, curves: Mapping[str, plots.Rows], ks: Iterable[int], currency: Currency
) -> list[dict[str, Any]]:
    charts = []
    if any(r["measure"] == "precision" and r["value"] is not None for r in curves["by_k"]):
        svg = plots.precision_curve(curves["by_k"])
        charts.append(
            _chart(
                svg,
                "清单越长，查实比例如何变化（色带：融合清单的 95% 区间）",
                "Precision as the list grows (band: 95 % of the fused list)",
            )
        )
    charts += _bars(figures, ks, currency)
    if any(row["auc"] is not None for row in curves["by_list"]):
        svg = plots.auc_by_list(curves["by_list"])
        charts.append(_chart(svg, "逐期排序能力", "How well each list ordered the inspected"))
    if curves["calibration"]:
        svg = plots.calibration_chart(curves["calibration"])
        charts.append(
            _chart(
                svg,
                "概率是否属实（虚线为完全属实）",
                "Are the probabilities true? (dashed: perfectly)",
            )
        )
    return charts


def _bars(figures: _Figures, ks: Iterable[int], currency: Currency) -> list[dict[str, Any]]:
    charts = []
    for measure, zh, en in (
        ("recall", "查全率（黑线为区间，竖线为上限）", "Recall (line: interval; tick: ceiling)"),
        (
            "yuan",
            f"每份清单查实金额（{currency.zh}，竖线为上限）",
            f"Amount confirmed per list in {currency.en} (tick: ceiling)",
        ),
    ):
        if any(
            one[f"{measure}@{k}"]["value"] is not None
            for one in figures["models"].values()
            for k in ks
        ):
            charts.append(_chart(plots.bars_with_ceiling(figures["models"], measure, ks), zh, en))
    return charts


def _chart(svg: str, zh: str, en: str) -> dict[str, Any]:
    return {"svg": Markup(svg), "zh": zh, "en": en}  # noqa: S704 (made by vl-convert from figures)


def _quality(ingest: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "table": name,
            "rows_in": one["rows_in"],
            "accepted": one["accepted"],
            "quarantined": one["quarantined_rows"],
            "rules": sorted(one["quarantined"].items()),
            "warnings": sorted(one["warnings"].items()),
        }
        for name, one in ingest["tables"].items()
    ]


def _missing(not_assessed: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Features without their data, gathered under the columns they lack."""
    by_columns: dict[str, list[str]] = {}
    for one in not_assessed:
        by_columns.setdefault(", ".join(one["missing"]), []).append(one["feature"])
    return [
        {"columns": columns, "features": ", ".join(sorted(set(names)))}
        for columns, names in sorted(by_columns.items())
    ]


def _spoken_of(models: _Figures) -> str:
    """The list that headlines speak of: the fused one, where there is one."""
    return next(model for model in ("fused", "label_free", *models) if model in models)


def _names(grain: GrainName) -> dict[str, str]:
    return {"zh": GRAINS[grain].zh, "en": _EN[grain]}


def _decile_rows(sizes: Mapping[GrainName, _Figures]) -> list[dict[str, Any]]:
    """The fused order's share of the first tenth in each decile of billing volume, by grain."""
    return [
        {**_names(grain), "deciles": orders["fused"]["deciles"]}
        for grain, orders in sizes.items()
        if orders["fused"] is not None
    ]


def _size_rows(sizes: Mapping[GrainName, _Figures], ks: Sequence[int]) -> list[dict[str, Any]]:
    names = {"fused": "fused", "label_free": "label_free", "supervised": "lightgbm"}
    return [
        {
            "grain": f"{GRAINS[grain].zh} {_EN[grain]}",
            "order": plots.NAMES[names[order]],
            "spearman": one["spearman"],
            "shares": [one[f"among_largest@{k}"] for k in ks],
        }
        for grain, orders in sizes.items()
        for order, one in orders.items()
        if order in names and one is not None
    ]
