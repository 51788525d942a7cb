"""The knowledge base as the rules ask it: ours, with an agency's overlay put over it by key."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir

from fraudml.claims.calendar import OPEN_END
from fraudml.errors import ParamsError
from fraudml.monitor.knowledge.faults import UNITS, faults_of
from fraudml.monitor.knowledge.forms import FILES, ITEM_LIMITS, Entry, Fault, read_folder, typed

Asked = Mapping[tuple[str, str], str]  # (rule, name of a threshold): its unit
OURS = "knowledge"


@dataclass(frozen=True)
class Knowledge:
    """Everything the rules know beside the claims, valid and without contradiction."""

    entries: Mapping[str, tuple[Entry, ...]]  # by the name of the file

    def values(self, rule: str) -> "Values":
        """The thresholds of one rule."""
        return Values(tuple(e for e in self.entries["thresholds"] if e["rule"] == rule))

    def clause_of(self, clause: str | None, first: ir.DateValue, last: ir.DateValue) -> ir.Value:
        """The clause where it was in force from the first to the last day, null elsewhere."""
        held: ir.Value = ibis.null("string")
        for entry in self.entries["clauses"]:
            if entry["clause"] == clause:
                held = _within(entry, first, last).ifelse(entry["clause"], held)
        return held

    @property
    def item_limits(self) -> tuple[Entry, ...]:
        """Limits of items where the catalogue may be silent."""
        return self.entries["items"]

    def supplies(self, need: str) -> bool:
        """Whether an item limit ("items.minutes") stands here for at least one item."""
        table, _, column = need.partition(".")
        name = f"{column}_fen" if column == "price_cap" else column
        return (
            table == "items"
            and name in ITEM_LIMITS
            and any(e[name] is not None for e in self.item_limits)
        )


@dataclass(frozen=True)
class Values:
    """The thresholds of one rule, by level and kind of provider and by day."""

    entries: tuple[Entry, ...]

    def number(self, name: str, t: ir.Table, on: str) -> ir.Value:
        """The value that holds for each row: the most particular one in force that day.

        t   has ``level`` and ``provider_kind``, and the day ``on``
        """
        own = sorted((e for e in self.entries if e["name"] == name), key=_particular)
        value: ir.Value = ibis.null("float64")
        for entry in own:
            held = _holds(entry, t, on)
            number = float(typed(entry["value"], UNITS[entry["unit"]]))
            value = ibis.literal(number) if held is None else held.ifelse(number, value)
        return value

    def codes(self, name: str) -> tuple[str, ...]:
        """A list of codes; the same for everybody."""
        found = [e["value"] for e in self.entries if e["name"] == name]
        return tuple(code for text in found for code in typed(text, "codes"))


def _particular(entry: Entry) -> int:
    return (entry["level"] is not None) + (entry["kind"] is not None)


def _holds(entry: Entry, t: ir.Table, on: str) -> ir.BooleanValue | None:
    """Whether an entry holds for a row; None: for every row."""
    parts: list[ir.BooleanValue] = []
    if entry["level"] is not None:
        parts.append((t.level == int(entry["level"])).coalesce(False))
    if entry["kind"] is not None:
        parts.append((t.provider_kind == entry["kind"]).coalesce(False))
    if entry["valid_from"] or entry["valid_to"]:
        parts.append(_within(entry, t[on], t[on]))
    return None if not parts else ibis.and_(*parts)


def _within(entry: Entry, first: ir.DateValue, last: ir.DateValue) -> ir.BooleanValue:
    begun = first >= (entry["valid_from"] or date(1, 1, 1))
    return (begun & (last <= (entry["valid_to"] or OPEN_END))).coalesce(False)


def examine(
    asked: Asked,
    overlay: Path | None = None,
    *,
    catalogue: Iterable[str] | None = None,
    cited: Iterable[str] = (),
) -> tuple[Knowledge, list[Fault]]:
    """The knowledge base, and all that is wrong with it and with the overlay.

    catalogue  the item codes that came in; None: unknown, so no item is called unknown
    cited      the clauses that rules cite
    """
    ours, faults = read_folder(files("fraudml.monitor.knowledge"), OURS)
    over: list[Entry] = []
    if overlay is not None:
        over, more = read_folder(overlay, overlay.name)
        faults += more
    entries = {form.name: _merged(form, ours, over) for form in FILES}
    known = None if catalogue is None else frozenset(catalogue)
    faults += faults_of(entries, asked, known, frozenset(cited))
    return Knowledge(entries), faults


def load(asked: Asked, overlay: Path | None = None, **more: Any) -> Knowledge:
    """The knowledge base; ParamsError with the first fault where something is wrong with it."""
    known, faults = examine(asked, overlay, **more)
    if faults:
        rest = f" {len(faults) - 1} more: fraudml knowledge check." if len(faults) > 1 else ""
        raise ParamsError(f"{faults[0]}{rest}")
    return known


def _merged(form: Any, ours: list[Entry], over: list[Entry]) -> tuple[Entry, ...]:
    """Our rows and the overlay's: all of ours with a key that the overlay names give way."""
    mine = [e for e in ours if e.file.endswith(f"/{form.file}")]
    theirs = [e for e in over if e.file.endswith(f"/{form.file}")]
    named = {tuple(e[k] for k in form.key) for e in theirs}
    return (*(e for e in mine if tuple(e[k] for k in form.key) not in named), *theirs)
