"""What model.json and linear.json must hold for a model to be applied: by name, type and size.

Sentences and counts for people stand beside it and are not asked about.
"""

from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from fraudml.entities import GrainName
from fraudml.errors import StateError
from fraudml.scores.fusion import Rule

Names = Annotated[list[str], Field(max_length=100_000)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Above = Annotated[float, Field(allow_inf_nan=False, gt=0.0)]


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")


class _Curve(_Told):
    """The numbers that turn a score into a probability, by method."""

    method: Literal["platt", "beta", "isotonic"] | None
    slope: Number | None = None
    intercept: Number | None = None
    middle: Number | None = None
    width: Above | None = None
    weights: list[Number] | None = None
    constant: Number | None = None
    knots: list[Number] | None = None
    values: list[Annotated[float, Field(ge=0.0, le=1.0)]] | None = None

    @model_validator(mode="after")
    def _has_the_numbers_of_its_method(self) -> Self:
        needs: dict[str | None, tuple[object, ...]] = {
            None: (),
            "platt": (self.slope, self.intercept),
            "beta": (self.middle, self.width, self.weights, self.constant),
            "isotonic": (self.knots, self.values),
        }
        if None in needs[self.method]:
            raise ValueError("a number of its method is missing")
        if self.method == "isotonic" and not 0 < len(self.knots or ()) == len(self.values or ()):
            raise ValueError("as many values as knots are needed")
        if self.method == "beta" and len(self.weights or ()) != len(("below", "above")):
            raise ValueError("two weights are needed")
        return self


class _Amounts(_Told):
    slope: Number | None
    intercept: Number | None
    scale: Above | None

    @model_validator(mode="after")
    def _all_or_none(self) -> Self:
        if len({self.slope is None, self.intercept is None, self.scale is None}) > 1:
            raise ValueError("slope, intercept and scale belong together")
        return self


class _Choice(_Told):
    rule: Rule


class _Forest(_Told):
    features: Names


class _Part(_Told):
    bags: Annotated[int, Field(ge=1, le=100_000)]
    centre: Number
    spread: Above


class _Supervised(_Told):
    columns: Names
    confirmed: Annotated[int, Field(ge=0)]
    trust: Annotated[float, Field(ge=0.0, allow_inf_nan=False)]
    boosted_share: Annotated[float, Field(ge=0.0, le=1.0)]
    linear_share: Annotated[float, Field(ge=0.0, le=1.0)]
    boosted: _Part
    averaged: _Part


class _ModelFile(_Told):
    grain: GrainName
    live: str
    entities: Annotated[int, Field(ge=0)]
    choice: _Choice
    calibration: _Curve
    amounts: _Amounts
    forest: _Forest
    supervised: _Supervised | None
    texts: dict[str, str]

    @model_validator(mode="after")
    def _of_a_day(self) -> Self:
        date.fromisoformat(self.live)
        return self


class _Weighed(_Told):
    """One column of the linear part."""

    place: Annotated[int, Field(ge=0)]
    values: list[Number]
    scores: list[Number]
    mean: Number
    weight: Number

    @model_validator(mode="after")
    def _a_score_for_each_value(self) -> Self:
        if not 1 < len(self.values) == len(self.scores):
            raise ValueError("as many scores as values are needed")
        return self


class _LinearFile(_Told):
    curves: list[_Weighed]
    spread: Above


def asked_of_model_file(content: dict[str, Any], folder: str) -> None:
    """StateError, naming the place, where model.json does not hold what is asked of it."""
    _asked(_ModelFile, content, f"{folder}/model.json", or_else="live")


def asked_of_linear_file(content: dict[str, Any], folder: str, columns: int) -> None:
    """The same of linear.json, whose places are among so many columns of the model."""
    _asked(_LinearFile, content, f"{folder}/linear.json", or_else="curves")
    if any(curve["place"] >= columns for curve in content["curves"]):
        raise _refused(f"{folder}/linear.json", f"a place beyond the {columns:,} columns")


def _asked(form: type[_Told], content: dict[str, Any], file: str, *, or_else: str) -> None:
    try:
        form.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or or_else
        said = first["msg"].removeprefix("Value error, ")
        raise _refused(file, f"{place}: {said}") from None


def _refused(file: str, said: str) -> StateError:
    return StateError(
        f"{file} is not what this version writes there: {said}. Run the train stage again "
        "(dvc repro -f train)."
    )
