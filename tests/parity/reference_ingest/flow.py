"""A raw folder, table after table: what is accepted, what is set aside, what is warned of.

Cells come first. Then the rules across rows: keys, references and what single rows show are asked
of every row whose cells are sound; what only several rows show is asked of those that stay then.
Undecided tables (lines, while their claims are judged) speak with the rows that stay so far.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fraudml.claims.contract_types import Table
from fraudml.claims.pseudonyms import PseudonymKey
from fraudml.claims.schema import CONTRACT, TABLES
from parity.reference_ingest.judged_cells import Row, judge_cells
from parity.reference_ingest.keys import repeated, unmet
from parity.reference_ingest.outcome import Breach, FolderRefused, Outcome, Place, Values, tally
from parity.reference_ingest.reading import files_of
from parity.reference_ingest.row_rules import ROW_RULES
from parity.reference_ingest.set_rules import SET_RULES
from parity.reference_ingest.words import consequences


def ingest_slowly(raw: Path, key: PseudonymKey, settings: Mapping[str, str]) -> Outcome:
    """What ingest must make of the raw folder; FolderRefused where a row refuses it."""
    run = _Run(consequences(settings))
    institutions: set[str] = set()
    for table in TABLES:
        for file in files_of(table, raw):
            rows = judge_cells(table, file, key, institutions)
            run.refuse([(row.place, rule) for row in rows for rule in row.broken])
            run.raw.setdefault(table.name, []).extend(rows)
            if table.name == "providers":
                institutions |= {row.key["provider_id"] or "" for row in rows if row.key}
    for name in run.raw:
        run.judge(CONTRACT[name])
    for values in run.outcome.accepted["claims"].values():
        run.note_reversal(values)
    return run.outcome


class _Run:
    """One ingest under way; the rows of other tables as the rules see them."""

    def __init__(self, chosen: dict[str, str]) -> None:
        self.chosen = chosen
        self.raw: dict[str, list[Row]] = {}
        self.outcome = Outcome()
        self._set_aside: dict[str, list[Row]] = {}
        self._seen: dict[str, list[Values]] = {}

    def has(self, table: str) -> bool:
        return table in self.raw

    def one(self, table: str, **named: Any) -> Values:
        for values in self.rows(table):
            if all(values[name] == value for name, value in named.items()):
                return values
        return {}

    def rows(self, table: str) -> list[Values]:
        """Accepted rows; of an undecided table those of sound cells under a key of their own."""
        if table not in self._seen and self.has(table):
            sound = self._sound(table)
            lost = repeated(CONTRACT[table], sound)
            self._seen[table] = [v for place, v in sound.items() if place not in lost]
        return self._seen.get(table, [])

    def refuse(self, broken: list[tuple[Place, str]]) -> None:
        """Stop at the rules whose consequence is to refuse the folder."""
        met: dict[str, list[Place]] = {}
        for place, rule in broken:
            if self.chosen[rule] == "refuse":
                met.setdefault(rule, []).append(place)
        if met:
            firsts = {rule: min(places) for rule, places in met.items()}
            raise FolderRefused(
                [Breach(firsts[r][0], r, len(met[r]), firsts[r][1]) for r in sorted(met)]
            )

    def judge(self, table: Table) -> None:
        """Every rule across rows, and the account of the table."""
        found = self._found(table)
        self.refuse([(place, rule) for place, rules in found.items() for rule in rules])
        accepted: dict[Place, Values] = {}
        refused: dict[Place, list[str]] = {}
        warned: list[list[str]] = []
        for row in self.raw[table.name]:
            broken = row.broken | found.get(row.place, set())
            if grave := sorted(rule for rule in broken if self.chosen[rule] == "quarantine"):
                refused[row.place] = grave
            else:
                accepted[row.place] = row.values
                warned.append(sorted(broken))
        self.outcome.rows_in[table.name] = len(self.raw[table.name])
        self.outcome.accepted[table.name] = accepted
        self.outcome.refused[table.name] = refused
        self.outcome.warnings[table.name] = tally(warned)
        self._set_aside[table.name] = [r for r in self.raw[table.name] if r.place in refused]
        self._seen[table.name] = list(accepted.values())

    def note_reversal(self, values: Values) -> None:
        """A claim counts as reversed from its first reversal on."""
        claim, day = values["reverses_claim_id"], values["settled_on"]
        if claim is not None:
            first = self.outcome.reversed_claims.get(claim, day)
            self.outcome.reversed_claims[claim] = min(first, day)

    def _sound(self, table: str) -> dict[Place, Values]:
        return {
            row.place: row.values
            for row in self.raw[table]
            if all(self.chosen[rule] == "warn" for rule in row.broken)
        }

    def _found(self, table: Table) -> dict[Place, set[str]]:
        sound = self._sound(table.name)
        found: dict[Place, set[str]] = {place: set() for place in sound}
        for place, rule in repeated(table, sound).items():
            found[place].add(rule)
        for place, rules in unmet(table, sound, self.outcome.accepted, self._set_aside).items():
            found[place] |= rules
        for place, values in sound.items():
            found[place] |= {
                rule
                for rule, broken in ROW_RULES.items()
                if rule.endswith(f":{table.name}") and broken(values, self)
            }
        staying = {
            place: values
            for place, values in sound.items()
            if not any(self.chosen[rule] == "quarantine" for rule in found[place])
        }
        for rule, places in SET_RULES.items():
            if rule.endswith(f":{table.name}"):
                for place in places(staying, self):
                    found[place].add(rule)
        return found
