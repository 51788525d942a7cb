"""params.yaml: nothing unknown, nothing of another type, nothing that changes under way."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from fraudml.errors import ParamsError
from fraudml.params import Params, load_params, parse_params

FILE = Path(__file__).parents[2] / "params.yaml"


def content() -> dict[str, Any]:
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))


def changed(block: str, **values: Any) -> dict[str, Any]:
    return {**content(), block: {**content()[block], **values}}


def test_the_projects_own_params_are_accepted():
    assert load_params(FILE) == parse_params(content())


@pytest.mark.parametrize(
    ("spoilt", "words"),
    [
        (changed("draw", flor=0.2), r"draw\.flor is not a parameter; did you mean floor\?"),
        ({**content(), "leeds": {}}, r"leeds is not a parameter; did you mean leads\?"),
        (changed("train", bags="many"), r"train\.bags = 'many': .*integer"),
        (changed("train", bags=2.0), r"train\.bags = 2\.0"),
        (changed("train", bags=0), r"train\.bags = 0: .*greater than or equal to 1"),
        (changed("draw", floor=1.5), r"draw\.floor = 1\.5"),
        (changed("draw", public_value=7), r"draw\.public_value = 7: .*string; put it in quotes$"),
        (changed("evaluate", k=[]), r"evaluate\.k = "),
        (changed("time", as_of="31.12.2025"), r"time\.as_of"),
        (changed("engine", kind="spork"), r"engine\.kind = 'spork': .*'duckdb' or 'spark'"),
        (changed("engine", master="locla[2]"), r"engine\.master = 'locla\[2\]'"),
        (changed("engine", spark={"memory": "4g"}), r"memory is no option of a Spark session"),
        (changed("engine", spark={"spark.sql.ansi.enabled": False}), r"ansi.* set by the engine"),
        (changed("engine", spark={"spark.ui.enabled": None}), r"engine\.spark\.spark\.ui\.enabled"),
        ({k: v for k, v in content().items() if k != "leads"}, r"leads is missing"),
        (changed("time", as_of="2024-W01-1"), r"time\.as_of: '2024-W01-1' is not a date"),
        (changed("time", as_of="0001-12-31"), r"time\.as_of = .*1900-01-01"),
        (changed("time", as_of="9999-12-31"), r"time\.as_of = .*2999-12-31"),
        (changed("time", dates=600, step_months=600), r"time: .*600 dates at 600 months lead befo"),
        (changed("time", dates=10**6), r"time\.dates = 1000000"),
        (changed("features", shrink_peers=float("inf")), r"shrink_peers = inf: .*finite"),
        (changed("engine", memory_gb=float("nan")), r"memory_gb = nan"),
        (changed("engine", memory_gb=0.0001), r"memory_gb = 0\.0001"),
        (changed("engine", memory_gb=1e12), r"memory_gb = 1000000000000"),
        (changed("engine", threads=100_000), r"threads = 100000"),
        (changed("labels", horizon_days=10**18), r"labels\.horizon_days"),
        (changed("score", fusion_k=10**30), r"score\.fusion_k"),
        (changed("ingest", raw=""), r"ingest\.raw = ''"),
        (changed("ingest", raw="a\0b"), r"ingest\.raw = 'a\\x00b': .*cannot be printed"),
        (changed("ingest", raw="~/fund"), r"ingest\.raw = '~/fund': nobody replaces ~ .* in full"),
        (changed("monitor", knowledge="~ann/own"), r"monitor\.knowledge = '~ann/own': nobody"),
        (changed("track", uri="sqlite:///~/mlflow.db"), r"track\.uri = .*nobody replaces ~"),
        (changed("track", uri="~/mlruns"), r"track\.uri = '~/mlruns': nobody replaces ~"),
        (changed("ingest", currency="  "), r"ingest\.currency = '  ': blank"),
        (changed("track", experiment="a\nb"), r"track\.experiment = .*cannot be printed"),
        (changed("ingest", raw="x" * 5000), r"ingest\.raw = .*at most 1024 characters"),
        (changed("evaluate", k="10"), r"evaluate\.k = '10': .*valid list"),
        (changed("time", as_of=20251231), r"time\.as_of: '20251231' is not a date written YYYY"),
        (changed("time", as_of=None), r"time\.as_of: 'None' is not a date written YYYY-MM-DD"),
        (changed("monitor", knowledge=""), r"monitor\.knowledge = ''"),
        (changed("train", bags="x" * 5000), r"train\.bags = 'x{79}…: .*integer"),
        ([1, 2], r"expected named blocks, found list"),
        (None, r"expected named blocks, found NoneType"),
    ],
)
def test_what_is_wrong_is_said_in_one_line_with_its_place(spoilt, words):
    with pytest.raises(ParamsError, match=words) as refused:
        parse_params(spoilt)
    assert "\n" not in str(refused.value)


def test_a_folder_of_that_name_can_still_be_given():
    assert parse_params(changed("ingest", raw="./~")).ingest.raw == "./~"


@pytest.mark.parametrize("block", Params.model_fields)
def test_a_block_cannot_change_under_way(block):
    params = getattr(load_params(FILE), block)
    name = next(iter(type(params).model_fields))
    with pytest.raises(ValidationError, match="frozen"):
        setattr(params, name, getattr(params, name))


def test_no_parameter_that_changes_results_has_a_value_of_its_own():
    for name, block in Params.model_fields.items():
        fields = block.annotation.model_fields if name != "engine" else {}
        own = [key for key, field in fields.items() if not field.is_required()]
        assert own == (["public_form"] if name == "draw" else [])  # says what was promised


def test_a_public_value_left_blank_is_not_known_yet(tmp_path):
    text = FILE.read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if "public_value:" in line)
    (tmp_path / "params.yaml").write_text(text.replace(line, "  public_value:"), encoding="utf-8")
    assert load_params(tmp_path / "params.yaml").draw.public_value == ""


def test_a_file_that_is_missing_or_not_yaml_is_named(tmp_path):
    with pytest.raises(ParamsError, match=r"params\.yaml is missing"):
        load_params(tmp_path / "params.yaml")
    (tmp_path / "params.yaml").write_text("draw: [", encoding="utf-8")
    with pytest.raises(ParamsError, match="not YAML"):
        load_params(tmp_path / "params.yaml")
    (tmp_path / "params.yaml").write_bytes(b"\xff\xfe\x00d")
    with pytest.raises(ParamsError, match="not readable as UTF-8"):
        load_params(tmp_path / "params.yaml")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("draw: {providers: 5}\ndraw: {providers: 6}", "the key 'draw' stands there twice"),
        ("draw:\n  floor: 0.1\n  floor: 0.2", "the key 'floor' stands there twice"),
        ("time: {as_of: 2025-02-30}", "a date or a number is none: day is out of range"),
        (f"train: {{seed: {'9' * 5000}}}", "a date or a number is none"),
        ("[" * 5000, "too deep within one another"),
        ("time: {step_months: 010}", "line 1, column 21: '010' is no plain number: write it in"),
        ("time: {step_months: 3:20}", "'3:20' is no plain number"),
        ("draw: {floor: 1:20.5}", "'1:20.5' is no plain number"),
        ("train: {seed: 0x10}", "'0x10' is no plain number"),
    ],
)
def test_yaml_that_says_two_things_or_nothing_is_refused_in_one_line(tmp_path, text, words):
    (tmp_path / "params.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ParamsError, match=words) as refused:
        load_params(tmp_path / "params.yaml")
    assert "\n" not in str(refused.value)


def test_a_block_may_take_over_another_one_and_a_mark_of_order_is_read_over(tmp_path):
    text = FILE.read_text(encoding="utf-8").replace("  seed: 735", "  <<: {seed: 735}")
    assert text != FILE.read_text(encoding="utf-8")
    (tmp_path / "params.yaml").write_text(text, encoding="utf-8-sig")
    assert load_params(tmp_path / "params.yaml") == load_params(FILE)


@pytest.mark.parametrize(
    "wrong",
    [
        {"carrier_share": 0.0},
        {"carrier_share": 0.9},
        {"typologies": ["T26"]},
        {"typologies": ["upcoding"]},
        {"strength": "brutal"},
    ],
)
def test_a_wish_that_no_fund_can_keep_is_refused(wrong):
    with pytest.raises(ParamsError, match=next(iter(wrong))):
        parse_params(changed("simulate", **wrong))
