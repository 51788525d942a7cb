"""What may be set in params.yaml: one frozen, typed block per stage, nothing unknown accepted."""

import re
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from fraudml.asof import parse_date
from fraudml.errors import ParamsError
from fraudml.yaml_text import TypedLoader, read_yaml

_FIRST_YEAR = 1900
_LONGEST_SHOWN = 80


def _one_line(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise ValueError("blank, or with a character that cannot be printed")
    return text


def _in_full(text: str) -> str:
    """DVC takes a path as it is written, so that ~ would be a folder of that name."""
    if re.match(r"(\w+:/*)?~", text):
        raise ValueError("nobody replaces ~ by your folder; write the path in full")
    return text


Share = Annotated[float, Field(ge=0.0, le=1.0)]
Positive = Annotated[int, Field(ge=1, lt=2**31)]
Text = Annotated[str, Field(min_length=1, max_length=1024), AfterValidator(_one_line)]
PathText = Annotated[Text, AfterValidator(_in_full)]
Lengths = Annotated[
    tuple[Positive, ...],
    Field(min_length=1),
    BeforeValidator(lambda value: tuple(value) if isinstance(value, list) else value),
]
Typologies = Annotated[
    tuple[Annotated[str, Field(pattern=r"^T(0[1-9]|1\d|2[0-5])$")], ...],
    BeforeValidator(lambda value: tuple(value) if isinstance(value, list) else value),
]
Blank = Annotated[str, BeforeValidator(lambda value: "" if value is None else value)]
Seed = Annotated[int, Field(ge=0, lt=2**31)]
Day = Annotated[date, Field(ge=date(_FIRST_YEAR, 1, 1), le=date(2999, 12, 31))]
Months = Annotated[int, Field(ge=1, le=600)]


class _Block(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


def _day(value: Any, name: str) -> date:
    """YAML makes a date of an unquoted one; whatever else stands there is told as it is written."""
    return value if type(value) is date else parse_date(str(value), name=name)


class TimeParams(_Block):
    """The live as-of date and the earlier ones that training walks back through."""

    as_of: Day
    step_months: Months
    dates: Months

    @model_validator(mode="after")
    def _walks_back_within_the_calendar(self) -> Self:
        if self.as_of.year * 12 - self.step_months * self.dates < _FIRST_YEAR * 12:
            raise ValueError(
                f"{self.dates} dates at {self.step_months} months lead before {_FIRST_YEAR}"
            )
        return self

    @field_validator("as_of", mode="before")
    @classmethod
    def _written_as_a_date(cls, value: Any) -> Any:
        return _day(value, "time.as_of")


# Options of a Spark session that answers depend on: the engine sets them, nobody else.
SPARK_KEEPS = (
    "spark.master", "spark.driver.memory", "spark.sql.ansi.enabled", "spark.sql.session.timeZone",
    "spark.sql.timestampType", "spark.sql.parquet.inferTimestampNTZ.enabled",
)  # fmt: skip


class EngineParams(_Block):
    """How tables are computed; never what comes out."""

    kind: Literal["duckdb", "spark"]
    memory_gb: Annotated[float, Field(ge=0.001, le=1 << 20)]
    threads: Annotated[int, Field(ge=1, le=1024)] | None  # an engine starts as many as it is told
    master: Annotated[str, Field(pattern=r"^(local(\[.+\])?|yarn|(spark|k8s)://.+)$")] = "local[2]"
    spark: dict[str, str | int | float | bool] = {}

    @field_validator("spark")
    @classmethod
    def _names_no_option_of_ours(cls, value: dict[str, Any]) -> dict[str, Any]:
        for name in value:
            if not name.startswith("spark."):
                raise ValueError(f"{name} is no option of a Spark session: those begin with spark.")
            if name in SPARK_KEEPS:
                raise ValueError(f"{name} is set by the engine, so that results stay equal")
        return value


class SimulateParams(_Block):
    """The demo fund; carrier_share, typologies and strength are drawn unless they are given."""

    seed: Seed
    providers: Annotated[int, Field(ge=20)]
    patients: Annotated[int, Field(ge=200)]
    months: Annotated[int, Field(ge=12, le=600)]
    lines: Annotated[int, Field(ge=1000)]
    until: Day
    carrier_share: Annotated[float, Field(gt=0.0, le=0.5)] | None
    typologies: Typologies
    strength: Literal["weak", "medium", "strong"] | None

    @field_validator("until", mode="before")
    @classmethod
    def _written_as_a_date(cls, value: Any) -> Any:
        return _day(value, "simulate.until")


class IngestParams(_Block):
    """Where the raw folder is and what happens to what the contract does not know."""

    raw: PathText
    unknown_columns: Literal["refuse", "drop"]
    currency: Annotated[Text, Field(max_length=20)]
    rules: dict[str, Literal["refuse", "quarantine", "warn"]]


class CheckParams(_Block):
    """When a month or a provider counts as broken with its pace, and how many are named."""

    jump: Annotated[float, Field(gt=1)]
    listed: Positive


class MonitorParams(_Block):
    """What the rules know beside what comes with the program."""

    knowledge: PathText | None


class FeaturesParams(_Block):
    """Peer groups: how many members make a group, and how strongly a thin one is shrunk."""

    min_peers: Positive
    shrink_peers: Annotated[float, Field(ge=0)]


class LabelsParams(_Block):
    """Which inspections count as outcomes."""

    horizon_days: Annotated[int, Field(ge=1, le=36_525)]


class TrainParams(_Block):
    """Models and their splits."""

    seed: Seed
    min_confirmed: Positive
    forest_trees: Positive
    bags: Positive
    rounds: Positive
    folds: Annotated[int, Field(ge=2)]
    repeats: Positive
    trials: Annotated[int, Field(ge=0)]


class ScoreParams(_Block):
    """How ranks are fused."""

    fusion_k: Positive


class ExplainParams(_Block):
    """How many of each list are explained."""

    listed: Positive


class LeadsParams(_Block):
    """How many leads an inspector receives at most, by grain."""

    providers: Positive
    practitioners: Positive
    patients: Positive


class DrawParams(_Block):
    """The public draw."""

    providers: Positive
    floor: Share
    public_form: Blank = ""
    public_value: Blank


class EvaluateParams(_Block):
    """At which list lengths figures are printed, and how intervals are made."""

    k: Lengths
    bootstrap: Annotated[int, Field(ge=100)]
    seed: Seed


class TrackParams(_Block):
    """Where MLflow keeps the runs, and how much a new champion may lose."""

    uri: PathText
    experiment: Text
    margin: Share


class GradeParams(_Block):
    """At which list lengths the demo fund is graded against its answer key."""

    k: Lengths
    bootstrap: Annotated[int, Field(ge=100)]
    seed: Seed


class Params(_Block):
    """Everything in params.yaml."""

    time: TimeParams
    engine: EngineParams
    simulate: SimulateParams
    ingest: IngestParams
    check: CheckParams
    monitor: MonitorParams
    features: FeaturesParams
    labels: LabelsParams
    train: TrainParams
    score: ScoreParams
    explain: ExplainParams
    leads: LeadsParams
    draw: DrawParams
    evaluate: EvaluateParams
    track: TrackParams
    grade: GradeParams


def load_params(path: Path) -> Params:
    """The parameters in a YAML file; one plain sentence for the first thing that is wrong."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ParamsError(f"{path} is missing: run fraudml in the project's folder.") from None
    except UnicodeDecodeError:
        raise ParamsError(f"{path}: not readable as UTF-8 text. Save it again.") from None
    return parse_params(read_yaml(text, TypedLoader, str(path)), source=path.name)


def parse_params(content: Any, *, source: str = "params.yaml") -> Params:
    """The parameters in a nested dictionary; ``source`` names it in the error."""
    if not isinstance(content, dict):
        raise ParamsError(f"{source}: expected named blocks, found {type(content).__name__}.")
    try:
        return Params.model_validate(content)
    except ValidationError as error:
        raise ParamsError(f"{source}: {_sentence(error)}") from None


def _sentence(error: ValidationError) -> str:
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        near = get_close_matches(str(first["loc"][-1]), _names_at(first["loc"][:-1]), 1, 0.0)
        hint = f"; did you mean {near[0]}?" if near else ""
        return f"{place} is not a parameter{hint}"
    if first["type"] == "missing":
        return f"{place} is missing"
    if not place or isinstance(first["input"], dict):
        return f"{place}: {first['msg']}"
    given = repr(first["input"])
    shown = given if len(given) <= _LONGEST_SHOWN else f"{given[:_LONGEST_SHOWN]}…"
    quotes = first["type"] == "string_type" and not isinstance(first["input"], list | type(None))
    remedy = "; put it in quotes" if quotes else ""
    said = first["msg"].removeprefix("Value error, ").replace("tuple", "list")
    return f"{place} = {shown}: {said}{remedy}"


def _names_at(place: tuple[int | str, ...]) -> list[str]:
    block: type[BaseModel] = Params
    for part in place:
        annotation = block.model_fields[str(part)].annotation
        if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
            return []
        block = annotation
    return list(block.model_fields)
