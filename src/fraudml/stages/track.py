"""Stage track: the run in MLflow."""

import subprocess

import yaml

from fraudml.artifacts import Publication, read_json, write_json
from fraudml.entities import GRAIN_NAMES, GrainName
from fraudml.errors import StateError
from fraudml.params import Params
from fraudml.serving import LOADER, OUTPUTS, PACKAGE, WIDEST, input_columns
from fraudml.stages.workspace import Workspace
from fraudml.tracking import PipelineRun, ServedModel, record_run, within, without_password


def track(params: Params, at: Workspace) -> str:
    """Record params, figures, plots, models, input hashes and the commit; nothing personal."""
    about = {g: read_json(at.models(g) / "model.json", "entities", "live") for g in GRAIN_NAMES}
    _of_one_day(params, {grain: told["live"] for grain, told in about.items()})
    settings = {"fusion_k": params.score.fusion_k}
    run = PipelineRun(
        params=yaml.safe_load((at.root / "params.yaml").read_text(encoding="utf-8")),
        metrics=[at.reports("evaluation.json")]
        + [at.metrics(stage) for stage in ("ingest", "features", "train")],
        plots=[at.reports("plots")],
        report=at.reports("evaluation.html"),
        models=[
            ServedModel(
                grain,
                at.models(grain),
                input_columns(grain),
                OUTPUTS,
                (WIDEST,),
                settings,
                card=at.reports("cards") / f"{grain}.md",
            )
            for grain in GRAIN_NAMES
            if about[grain]["entities"] > 0
        ],
        loader=LOADER,
        lock=at.root / "dvc.lock",
        commit=_git(at, "rev-parse", "HEAD") or "not a git repository",
        dirty=bool(_git(at, "status", "--porcelain")),
        package=PACKAGE,
    )
    with Publication() as out:
        path = out.file(at.reports("tracking.json"))
        own = {"uri": within(params.track.uri, at.root)}
        report = record_run(params.track.model_copy(update=own), run)
        write_json(path, report)
    where = without_password(own["uri"])
    return f"Run {report['fingerprint'][:8]} in MLflow at {where}"


def _of_one_day(params: Params, live: dict[GrainName, str]) -> None:
    """Models of another day would stand in MLflow beside parameters that never made them."""
    for grain, day in live.items():
        if day != params.time.as_of.isoformat():
            raise StateError(
                f"The models of {grain}s were trained as of {day}, time.as_of is "
                f"{params.time.as_of}: run the pipeline again (dvc repro)."
            )


def _git(at: Workspace, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=at.root, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""
