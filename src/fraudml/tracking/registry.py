"""Champion and challenger in MLflow's registry: who they are, and what was decided about them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fraudml.entities import GrainName
from fraudml.errors import StateError
from fraudml.params import TrackParams
from fraudml.tracking.describe import how_to_load
from fraudml.tracking.lock import FINGERPRINT
from fraudml.tracking.record import registered_name, store

CHAMPION, CHALLENGER, FORMER = "champion", "challenger", "former-champion"


@dataclass(frozen=True)
class Version:
    """One registered model: its number, the state of DVC it was made from, its run's parameters."""

    number: str
    fingerprint: str
    params: Mapping[str, str]


@dataclass(frozen=True)
class Decision:
    """What was decided about a challenger, and why; forced where a person overruled the rule."""

    promoted: bool
    forced: bool
    sentence: str
    compared_with: str
    figures: Mapping[str, Any]


def contenders(track: TrackParams, grain: GrainName) -> tuple[Version, Version | None]:
    """The challenger and, where there is one, the champion; StateError without a challenger."""
    with store(track):
        challenger = _by_alias(grain, CHALLENGER)
        if challenger is None:
            raise StateError(
                f"{registered_name(grain)} has no challenger in the registry: run the track stage "
                "first (dvc repro track)."
            )
        return challenger, _by_alias(grain, CHAMPION)


def decide(track: TrackParams, grain: GrainName, version: Version, decision: Decision) -> None:
    """Put a decision on record, and the alias where it was in favour.

    Tags of the version say what was compared and found; the registered model's description says
    in words why the champion is champion. A refusal is recorded as well.
    """
    import mlflow

    name = registered_name(grain)
    with store(track):
        client = mlflow.MlflowClient()
        for key, value in _tags(decision).items():
            client.set_model_version_tag(name, version.number, key, value)
        if not decision.promoted:
            return
        former = _by_alias(grain, CHAMPION)
        if former is not None and former.number != version.number:
            client.set_registered_model_alias(name, FORMER, former.number)
        client.set_registered_model_alias(name, CHAMPION, version.number)
        client.update_registered_model(name, description=_note(grain, version, decision, former))


def _by_alias(grain: GrainName, alias: str) -> Version | None:
    import mlflow
    from mlflow.exceptions import MlflowException

    client, name = mlflow.MlflowClient(), registered_name(grain)
    try:
        found = client.get_model_version_by_alias(name, alias)
    except MlflowException as error:
        if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            return None
        raise
    run = client.get_run(found.run_id)
    return Version(str(found.version), found.tags.get(FINGERPRINT, ""), run.data.params)


def _tags(decision: Decision) -> dict[str, str]:
    tags = {
        "fraudml.decision": "promoted" if decision.promoted else "refused",
        "fraudml.decision_reason": decision.sentence,
        "fraudml.compared_with": decision.compared_with,
        "fraudml.forced": str(decision.forced).lower(),
    }
    numbers = {k: decision.figures.get(k) for k in ("value", "low", "high")}
    return tags | {f"fraudml.difference.{k}": str(v) for k, v in numbers.items() if v is not None}


def _note(grain: GrainName, version: Version, decision: Decision, former: Version | None) -> str:
    how = "**by force, against the rule**" if decision.forced else "by the rule"
    before = f" The champion before was version {former.number}." if former else ""
    return (
        f"Ranks every {grain} for inspection. **Champion: version {version.number}**, promoted "
        f"{how}, compared with {decision.compared_with}: {decision.sentence}{before} `challenger` "
        "is the newest version; `fraudml promote` compares the two on the same splits.\n\n"
        + how_to_load(grain, CHAMPION)
    )
