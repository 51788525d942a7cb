"""DVC stage = command = function = block of params.yaml = code that DVC watches."""

import ast
import re
from importlib import import_module

import pytest
import yaml
from stage_code import PIPELINES, ROOT, code_of, declared

from fraudml.cli import app
from fraudml.params import Params
from fraudml.stages import DEMO, PIPELINE, STAGES

_SHARED_BLOCKS = {"time", "engine"}


def dvc_stages() -> dict[str, dict[str, object]]:
    stages: dict[str, dict[str, object]] = {}
    for path in PIPELINES:
        stages |= yaml.safe_load(path.read_text(encoding="utf-8"))["stages"]
    return stages


def test_every_stage_is_a_dvc_stage_a_command_a_function_and_a_block_of_params() -> None:
    commands = {command.name for command in app.registered_commands}
    assert set(dvc_stages()) == set(STAGES)
    assert set(STAGES) <= commands
    assert set(Params.model_fields) - _SHARED_BLOCKS >= set(STAGES)
    for name in STAGES:
        assert callable(getattr(import_module(f"fraudml.stages.{name}"), name))


def test_the_main_pipeline_never_names_the_demo_funds_stages() -> None:
    main = yaml.safe_load(PIPELINES[0].read_text(encoding="utf-8"))["stages"]
    assert list(main) == list(PIPELINE)
    assert not set(main) & set(DEMO)


@pytest.mark.parametrize("stage", STAGES)
def test_dvc_watches_exactly_the_code_that_a_stage_imports(stage: str) -> None:
    named = {name: deps for path in PIPELINES for name, deps in declared(path).items()}
    assert named[stage] == code_of(stage), "run make stage-code"


@pytest.mark.parametrize("stage", STAGES)
def test_dvc_watches_exactly_the_params_that_a_stage_reads(stage: str) -> None:
    source = (ROOT / "src/fraudml/stages" / f"{stage}.py").read_text(encoding="utf-8")
    read = set(re.findall(r"\bparams\.(?!yaml\b)(ingest\.currency|[a-z]+)\b", source)) - {"engine"}
    assert {name.partition(".")[0] for name in read} <= set(Params.model_fields)
    watched = set(dvc_stages()[stage].get("params", []))  # type: ignore[call-overload]
    if stage == "ingest" or stage in DEMO:
        read -= {"ingest"} - watched
    assert watched == read


def test_every_output_stays_when_a_stage_dies() -> None:
    for name, stage in dvc_stages().items():
        for kind in ("outs", "metrics", "plots"):
            for out in stage.get(kind, []):  # type: ignore[attr-defined]
                options = next(iter(out.values()))
                assert options["persist"] is True, f"{name}: {out} would be removed before a run"


@pytest.mark.parametrize("stage", [s for s in STAGES if s not in DEMO])
def test_only_grade_can_name_the_answer_key(stage: str) -> None:
    for path in [ROOT / "src/fraudml/stages" / f"{stage}.py"]:
        names = {
            n.attr for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Attribute)
        }
        assert "demo_key" not in names
    deps = [str(dep) for dep in dvc_stages()[stage]["deps"]]  # type: ignore[attr-defined]
    assert not [dep for dep in deps if "synthetic/key" in dep]
