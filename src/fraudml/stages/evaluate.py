"""Stage evaluate: how good the lists were, from inspections alone."""

from collections.abc import Mapping
from dataclasses import dataclass
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
from fraudml.stages.tables import of_day
from fraudml.stages.workspace import Workspace


@dataclass(frozen=True)
class _Read:
    """What earlier stages wrote: the report of train and the tables, by grain."""

    reports: Mapping[GrainName, Any]
    backtests: Mapping[GrainName, pa.Table]
    scores: Mapping[GrainName, pa.Table]
    labels: pa.Table


def _scores(at: Workspace, grain: GrainName, params: Params) -> pa.Table:
    path = at.entity_table("scores", grain)
    return of_day(read_parquet(path), params.time.as_of, path)


def evaluate(params: Params, at: Workspace) -> str:
    """Precision, recall and yuan at k beside the baselines, with intervals and ceilings."""
    read = _Read(
        read_json(at.metrics("train"), *GRAIN_NAMES),
        {grain: read_parquet(at.entity_table("backtest", grain)) for grain in GRAIN_NAMES},
        {grain: _scores(at, grain, params) for grain in GRAIN_NAMES},
        read_parquet(at.labels),
    )
    told = {
        "ingest": read_json(at.metrics("ingest"), "tables", "absent_tables"),
        "features": read_json(at.metrics("features"), "not_assessed"),
    }
    drifts = {grain: _drift(grain, at, read, params) for grain in GRAIN_NAMES}
    sizes = size_artefact(read.scores, params.evaluate.k)
    errors = {grain: _list_error(grain, at, read, params) for grain in GRAIN_NAMES}
    with Publication() as out:
        figures = figures_of(read.backtests, read.reports, params.evaluate, labels=read.labels)
        rows = curves(read.backtests, read.reports, params.evaluate)
        page = evaluation_page(
            figures, rows, sizes, drifts, errors,
            reports=told, ks=params.evaluate.k, currency=currency_of(params.ingest.currency),
        )  # fmt: skip
        out.file(at.reports("evaluation.html")).write_text(page, encoding="utf-8")
        whole = {
            grain: one | {"size": sizes[grain], "drift": drifts[grain], "list_error": errors[grain]}
            for grain, one in figures.items()
        }
        write_json(out.file(at.reports("evaluation.json")), whole)
        write_json(out.file(at.metrics("evaluate")), summary(figures))
        write_plot_files(out.folder(at.reports("plots")), rows)
        cards = out.folder(at.reports("cards"))
        for grain in GRAIN_NAMES:
            card = _card(grain, at, read, whole[grain], max(params.evaluate.k))
            (cards / f"{grain}.md").write_text(card, encoding="utf-8")
    return "\n".join(
        f"{grain}: {one['n_labelled']:,} outcomes, {one['n_confirmed']:,} confirmed"
        + ("" if one["assessed"] else f"; not assessed: {one['reason']}")
        for grain, one in figures.items()
    )


def _card(grain: GrainName, at: Workspace, read: _Read, figures: dict[str, Any], k: int) -> str:
    report = read.reports[grain]
    groups = groups_of(
        grain, read.scores[grain], read.backtests[grain], _attributes(at, grain),
        rule=report["choice"]["rule"], k=k,
    )  # fmt: skip
    return model_card(grain, report, figures, figures["size"], groups, k=k)


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


def _drift(grain: GrainName, at: Workspace, read: _Read, params: Params) -> dict[str, Any]:
    features = read_parquet(at.entity_table("features", grain))
    present = set(features.column_names)
    names = [feature.name for feature in features_of(grain) if feature.name in present]
    live = params.time.as_of
    return drift(grain, features, read.backtests[grain], read.labels, names, live=live)


def _list_error(grain: GrainName, at: Workspace, read: _Read, params: Params) -> dict[str, Any]:
    peers = peer_groups(grain, at.entity_table("features/peers", grain), params.time.as_of)
    return list_error_figures(grain, read.scores[grain], peers, read.labels)
