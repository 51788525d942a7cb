"""What one artefact signature is, and the rows it returns.

An artefact has one technical cause (a code, a batch, a person's number, a clock), touches all rows
that share it, and selects nothing that pays; fraud selects. Each signature says how it is told
from the fraud it resembles, and which rules it can bring about: it excuses nothing else.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import ibis
import ibis.expr.types as ir

from fraudml.monitor.entry import Said
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.shared import Shared

Find = Callable[[Shared, Values], ir.Table]
Asked = Literal["provider", "agency"]
Cause = Literal["practitioner", "item", "batch", "clock", "person", "claim"]
Repair = Literal[
    "drop",
    "practitioner",
    "uploaded_at",
    "started_at",
    "died_on",
    "birth_date",
    "contracted_to",
    "trace_code",
]


@dataclass(frozen=True, kw_only=True)
class Signature:
    """One entry of the catalogue: the slip, what tells it from fraud, and what to ask for."""

    id: str  # a number and a name: D01.placeholder_practitioner
    cause: Cause  # what all its rows share; ``code`` of the artefact names which one
    needs: tuple[str, ...]  # contract columns without which it is not assessed
    thresholds: tuple[tuple[str, str], ...]  # name and unit; values stand in the knowledge base
    explains: tuple[str, ...]  # rules or typologies that the slip can bring about; nothing else
    repair: Repair  # how the claims read without it: rows dropped, or one column unknown
    words: Said
    ask: Said  # what is asked to be checked, and how to answer
    twin: Said  # the fraud of the same look, and what tells them apart
    find: Find
    asked: Asked = "provider"  # the agency where its own register of the insured is at fault

    def explains_rule(self, rule_id: str) -> bool:
        """Whether a hit of this rule can come from the slip alone."""
        return rule_id in self.explains or f"T{rule_id[1:3]}" in self.explains


ARTEFACT_COLUMNS = (
    "cause_key", "claim_id", "line_no", "role", "provider_id", "code", "known_on", "happened_on",
    "amount_fen",
)  # fmt: skip
WRONG = "wrong"  # the row is the slip's own: without the slip it would not read so
BESIDE = "beside"  # the row shows the slip and is right itself


def touched(
    t: ir.Table, *, key: tuple[str, ...], code: str, role: str = WRONG, on: str = "visited_on"
) -> ir.Table:
    """Rows of an artefact in the one form that every signature returns (ARTEFACT_COLUMNS).

    key   columns that, with the provider, name the cause
    code  the column that says which code, day or person it is
    A table without ``line_no`` speaks of whole claims; amounts are what the fund paid.
    """
    names = [t[column].cast("string").coalesce("-") for column in key]
    whole = "line_no" not in t.columns
    return t.select(
        cause_key=ibis.literal("|").join(names) if len(names) > 1 else names[0],
        claim_id=t.claim_id,
        line_no=ibis.null("int64") if whole else t.line_no,
        role=ibis.literal(role),
        provider_id=t.provider_id,
        code=t[code].cast("string"),
        known_on=t.settled_on,
        happened_on=t[on],
        amount_fen=(t.fund_amount_fen if whole else t.fund_fen).cast("int64"),
    )
