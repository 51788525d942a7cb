"""Stage evaluate: how good the lists were, from inspections alone."""

from typing import Any

import pyarrow as pa

from fraudml.artifacts import Publication, read_json, read_parquet, write_json
from fraudml.currency import currency_of
from fraudml.entities import GRAIN_NAMES, GrainName
from fraudml.evaluation.card import groups_of, model_card
from fraudml.evaluation.drift import drift
from fraudml.evaluation.evaluate import curves, summary
from fraudml.evaluation.evaluate import evaluate as figures_of
from fraudml.evaluation.list_error import list_error_figures
from fraudml.evaluation.plots import write_plot_files
from fraudml.evaluation.report import evaluation_page
from fraudml.evaluation.size import size_artefact
from fraudml.features.catalogue import features_of
from fraudml.params import Params
from fraudml.scores.members import peer_groups
from fraudml.stages.workspace import Workspace


def evaluate(params: Params, at: Workspace) -> str:
    """Precision, recall and yuan at k beside the baselines, with intervals and ceilings."""
    ks = params.evaluate.k
    reports = read_json(at.metrics("train"), *GRAIN_NAMES)
    ingest = read_json(at.metrics("ingest"), "tables", "absent_tables")
    features = read_json(at.metrics("features"), "not_assessed")
    backtests = {g: read_parquet(at.entity_table("backtest", g)) for g in GRAIN_NAMES}
    scores = {g: read_parquet(at.entity_table("scores", g)) for g in GRAIN_NAMES}
    labels = read_parquet(at.labels)
    drifts = {grain: _drift(grain, at, backtests[grain], labels, params) for grain in GRAIN_NAMES}
    sizes = size_artefact(scores, ks)
    errors = {
        grain: list_error_figures(
            grain,
            scores[grain],
            peer_groups(grain, at.entity_table("features/peers", grain), params.time.as_of),
            labels,
        )
        for grain in GRAIN_NAMES
    }
    with Publication() as out:
        figures = figures_of(backtests, reports, params.evaluate, labels=labels)
        rows = curves(backtests, reports, params.evaluate)
        page = evaluation_page(
            figures,
            rows,
            sizes,
            drifts,
            errors,
            reports={"ingest": ingest, "features": features},
            ks=ks,
            currency=currency_of(params.ingest.currency),
        )
        out.file(at.reports("evaluation.html")).write_text(page, encoding="utf-8")
        beside = {
            grain: {"size": sizes[grain], "drift": drifts[grain], "list_error": errors[grain]}
            for grain in GRAIN_NAMES
        }
        whole = {grain: one | beside[grain] for grain, one in figures.items()}
        write_json(out.file(at.reports("evaluation.json")), whole)
        write_json(out.file(at.metrics("evaluate")), summary(figures))
        write_plot_files(out.folder(at.reports("plots")), rows)
        cards = out.folder(at.reports("cards"))
        for grain in GRAIN_NAMES:
            groups = groups_of(
                grain, scores[grain], backtests[grain], _attributes(at, grain),
                rule=reports[grain]["choice"]["rule"], k=max(ks),
            )  # fmt: skip
            card = model_card(
                grain, reports[grain], figures[grain], sizes[grain], groups, k=max(ks)
            )
            (cards / f"{grain}.md").write_text(card, encoding="utf-8")
    return "\n".join(
        f"{grain}: {one['n_labelled']:,} outcomes, {one['n_confirmed']:,} confirmed"
        + ("" if one["assessed"] else f"; not assessed: {one['reason']}")
        for grain, one in figures.items()
    )


def _attributes(at: Workspace, grain: GrainName) -> dict[str, dict[str, str]]:
    """By attribute, the value of each entity: what the registers say, as far as they came in."""
    found = {}
    for table, key, names in _DESCRIBED_BY[grain]:
        path = at.data("claims") / f"{table}.parquet"
        if not path.exists():
            continue
        rows = read_parquet(path)
        for name in names:
            if name in rows.column_names and rows[name].null_count < len(rows):
                pairs = zip(rows[key].to_pylist(), rows[name].to_pylist(), strict=True)
                found[name] = {e: str(value) for e, value in pairs if value is not None}
    return found


_DESCRIBED_BY: dict[GrainName, tuple[tuple[str, str, tuple[str, ...]], ...]] = {
    "provider": (("providers", "provider_id", ("level", "ownership", "kind", "region_code")),),
    "practitioner": (("practitioners", "practitioner_id", ("specialty", "title")),),
    "patient": (("patients", "patient_id", ("sex", "scheme", "region_code")),),
}


def _drift(
    grain: GrainName, at: Workspace, backtest: pa.Table, labels: pa.Table, params: Params
) -> dict[str, Any]:
    features = read_parquet(at.entity_table("features", grain))
    present = set(features.column_names)
    names = [feature.name for feature in features_of(grain) if feature.name in present]
    return drift(grain, features, backtest, labels, names, live=params.time.as_of)
