"""Make a grain's newest model the champion, if inspections of the past do not speak against it."""

import tempfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml
from pydantic import ValidationError

from fraudml.artifacts import read_json, read_parquet
from fraudml.entities import GrainName
from fraudml.errors import StateError
from fraudml.evaluation.duel import Verdict, duel
from fraudml.params import Params, ScoreParams, TrainParams
from fraudml.scores.train import train_grain
from fraudml.stages.workspace import Workspace
from fraudml.tracking import Decision, Version, contenders, decide, within

PLAIN = "amount_per_peer"
_OF_THE_SPLITS = ("folds", "repeats", "seed", "min_confirmed")


def promote_grain(params: Params, at: Workspace, grain: GrainName, *, force: bool) -> str:
    """Compare challenger and champion on the same splits, decide, and put it on record.

    The champion's parameters are trained again on the present outcomes, so that both are judged by
    the same inspections; without a champion the list by amount against peers stands in for one.
    Raises StateError with the reason where the rule refuses, which ``force`` overrules, on record.
    """
    track = params.track.model_copy(update={"uri": within(params.track.uri, at.root)})
    challenger, champion = contenders(track, grain)
    present = read_json(at.reports("tracking.json"), "fingerprint")["fingerprint"]
    if challenger.fingerprint != present:
        raise StateError(
            f"The challenger of {grain} was made from another state of the data than this folder "
            "holds: run dvc repro, then promote again."
        )
    if champion is not None and champion.number == challenger.number:
        return f"{grain}: version {champion.number} is the champion already."
    verdict = _compared(params, at, grain, champion)
    opponent = f"version {champion.number}" if champion else f"no champion yet, so {PLAIN}"
    decision = Decision(
        promoted=verdict.passed or force,
        forced=force and not verdict.passed,
        sentence=verdict.sentence,
        compared_with=opponent,
        figures=verdict.difference,
    )
    decide(track, grain, challenger, decision)
    if not decision.promoted:
        raise StateError(
            f"Version {challenger.number} of {grain} stays challenger, compared with {opponent}: "
            f"{verdict.sentence} Collect more outcomes, or overrule with --force, on record."
        )
    how = " by force" if decision.forced else ""
    return (
        f"{grain}: version {challenger.number} is champion{how}, compared with {opponent}: "
        f"{verdict.sentence}"
    )


def _compared(params: Params, at: Workspace, grain: GrainName, champion: Version | None) -> Verdict:
    backtest = read_parquet(at.entity_table("backtest", grain))
    if not len(backtest):
        return Verdict(False, "Not judged: no list of the past could be made.", {})
    rule = read_json(at.models(grain) / "model.json", "choice")["choice"]["rule"]
    try:
        other = (backtest, PLAIN) if champion is None else _again(params, at, grain, champion)
    except (ValidationError, yaml.YAMLError):
        said = "the champion was trained with parameters that this version refuses"
        return Verdict(False, f"Not judged: {said}.", {})
    return duel(grain, (backtest, rule), other, params.evaluate, margin=params.track.margin)


def _again(
    params: Params, at: Workspace, grain: GrainName, champion: Version
) -> tuple[pa.Table, str]:
    """The champion's parameters on the present outcomes, judged by the present splits.

    What an older version did not know yet is taken from the present parameters.
    """
    settings = _parsed(champion.params, "train") | {
        name: getattr(params.train, name) for name in _OF_THE_SPLITS
    }
    known = {name: value for name, value in settings.items() if name in TrainParams.model_fields}
    fusion = _parsed(champion.params, "score").get("fusion_k", params.score.fusion_k)
    train = TrainParams(**(params.train.model_dump() | known))
    with tempfile.TemporaryDirectory() as folder:
        backtest, report = train_grain(
            grain,
            read_parquet(at.entity_table("features", grain)),
            read_parquet(at.entity_table("features/peers", grain)),
            read_parquet(at.labels),
            train,
            fusion_k=ScoreParams(fusion_k=fusion).fusion_k,
            live=params.time.as_of,
            models_out=Path(folder),
        )
    return backtest, report["choice"]["rule"]


def _parsed(flat: Any, block: str) -> dict[str, Any]:
    prefix = f"{block}."
    return {
        name.removeprefix(prefix): yaml.safe_load(value)
        for name, value in flat.items()
        if name.startswith(prefix)
    }
