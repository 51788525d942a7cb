"""What ingest says of a raw folder, in plain Python."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

Place = tuple[str, int]  # source_file, row_number
Values = dict[str, Any]  # canonical column -> value


@dataclass
class Outcome:
    """One ingest: by table and place what was accepted and refused, by rule how many rows.

    refused  place -> the rules that keep the row out, sorted
    """

    rows_in: dict[str, int] = field(default_factory=dict)
    accepted: dict[str, dict[Place, Values]] = field(default_factory=dict)
    refused: dict[str, dict[Place, list[str]]] = field(default_factory=dict)
    warnings: dict[str, dict[str, int]] = field(default_factory=dict)
    reversed_claims: dict[str, date] = field(default_factory=dict)

    def quarantined(self, table: str) -> dict[str, int]:
        """How many rows each rule keeps out."""
        return tally(self.refused[table].values())


@dataclass(frozen=True)
class Breach:
    """A rule that refuses the folder: in which file, by how many rows, the first of them."""

    source_file: str
    rule: str
    rows: int
    first: int


class FolderRefused(Exception):  # noqa: N818 (it is an outcome, not a mistake)
    """Rows break rules whose consequence is refuse; ``breaches`` are those met at one time."""

    def __init__(self, breaches: list[Breach]) -> None:
        super().__init__(", ".join(breach.rule for breach in breaches))
        self.breaches = breaches


def tally(rules_by_row: Any) -> dict[str, int]:
    """How often each rule stands in several lists of rules."""
    counts: dict[str, int] = {}
    for rules in rules_by_row:
        for rule in rules:
            counts[rule] = counts.get(rule, 0) + 1
    return dict(sorted(counts.items()))
