"""What one rule is, and the rows a rule finds.

A rule is a function of the shared tables. It returns rows of one form (``found``): each names a
claim, perhaps a line, and the part it plays; rows with the same key make one hit.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import ibis
import ibis.expr.types as ir

from fraudml.entities import GrainName
from fraudml.monitor.knowledge.base import Values

if TYPE_CHECKING:
    from fraudml.monitor.shared import Shared

ResultType = Literal["violation", "suspicious"]
Stage = Literal["before", "during", "after"]
Find = Callable[["Shared", Values], ir.Table]
Gone = Callable[["Shared"], ir.Table]
Said = tuple[str, str]  # in English and in Chinese


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One entry of the catalogue: what is found, on which legal basis, and what excuses it."""

    id: str  # typology number and a name: R05.price_above_cap
    result_type: ResultType  # a violation needs no further judgement once the rows are true
    grain: GrainName  # whom the hit is about
    stage: Stage  # the earliest moment it can be asked: before, during or after settlement
    needs: tuple[str, ...]  # contract columns without which it is not assessed
    thresholds: tuple[tuple[str, str], ...]  # name and unit; values stand in the knowledge base
    clause: str | None  # of Order 735, only where it names the conduct
    no_clause: Said | None  # why none, where there is none
    words: Said
    amount: Said  # what the amount is: of what the fund paid
    exceptions: tuple[Said, ...]  # legitimate cases that the rule itself leaves out
    find: Find
    classed: tuple[str, ...] = ()  # lists of item codes: where none is billed, it is not assessed
    of_house: bool = False  # what a house does, whoever treats: not a practitioner's own
    gone: Gone | None = None  # the claims that hits may stand on though they stand no more

    @property
    def typology(self) -> str:
        """The typology of the contract that the rule speaks of."""
        return f"T{self.id[1:3]}"


UNNAMED: Said = ("the Order does not name this conduct itself", "条例未直接点名此行为")
ROW_COLUMNS = (
    "hit_key", "claim_id", "line_no", "role", "provider_id", "practitioner_id", "patient_id",
    "known_on", "happened_on", "amount_low_fen", "amount_fen", "amount_high_fen",
)  # fmt: skip


@dataclass(frozen=True)
class Part:
    """How rows take part in a hit."""

    key: tuple[str, ...]  # columns that together name the hit
    role: str
    low: ir.Value
    mid: ir.Value
    high: ir.Value
    known_on: str = "settled_on"
    happened_on: str = "served_on"
    who: tuple[str, ...] = ("provider_id", "practitioner_id", "patient_id")


def found(t: ir.Table, part: Part) -> ir.Table:
    """Rows of a hit in the one form that every rule returns (see ROW_COLUMNS).

    Amounts are whole fen of what the fund paid. A table without ``line_no`` speaks of whole
    claims.
    """
    names = [t[column].cast("string").coalesce("-") for column in part.key]
    people = {
        name: t[name] if name in part.who else ibis.null("string")
        for name in ("provider_id", "practitioner_id", "patient_id")
    }
    return t.select(
        hit_key=ibis.literal("|").join(names) if len(names) > 1 else names[0],
        claim_id=t.claim_id,
        line_no=t.line_no if "line_no" in t.columns else ibis.null("int64"),
        role=ibis.literal(part.role),
        **people,
        known_on=t[part.known_on],
        happened_on=t[part.happened_on],
        amount_low_fen=part.low.cast("int64"),
        amount_fen=part.mid.cast("int64"),
        amount_high_fen=part.high.cast("int64"),
    )


NOTHING = ibis.literal(0, "int64")


def share_of(whole_fen: ir.Value, part: ir.Value, whole: ir.Value) -> ir.IntegerValue:
    """The part of an amount in fen that a part of something stands for, rounded to whole fen."""
    ratio = part.cast("float64") / whole.cast("float64").nullif(0.0)
    return (whole_fen.cast("float64") * ratio).round().cast("int64")


def beyond_expected(
    fund_fen: ir.IntegerValue, share: ir.FloatingValue
) -> tuple[ir.IntegerValue, ir.IntegerValue]:
    """What is at issue of an amount, and at most: its share beyond the expected, and all of it.

    share  of the number or the sum that exceeds what was to be expected; below 0 nothing does
    """
    most = ibis.greatest(fund_fen, 0)
    return (most.cast("float64") * ibis.greatest(share, 0.0)).round().cast("int64"), most
