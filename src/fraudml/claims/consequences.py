"""What becomes of a row that breaks a rule: the defaults of the contract and what params.yaml set.

A rule is named ``name:table`` or ``name:table.column``; its family is the word before the colon.
"""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from fraudml.claims.contract_types import Column, Consequence, Table
from fraudml.claims.schema import TABLES
from fraudml.errors import ParamsError

PARENT_QUARANTINED = "parent_quarantined"
_WORDS: tuple[Consequence, ...] = ("refuse", "quarantine", "warn")
_NEVER_KEPT = ("refuse", "quarantine")  # a row that cannot be read, typed, keyed or joined
_NEVER_SET_ASIDE = ("refuse", "warn")  # evidence of a typology


class Consequences:
    """The consequence of every rule, for one run of ingest.

    settings  rule, or family of rules -> refuse, quarantine or warn; a rule's own entry wins, and a
              family's reaches those of its rules that can have it
    Raises ParamsError for a rule that does not exist and for a consequence that it cannot have.
    """

    def __init__(self, settings: Mapping[str, str] | None = None) -> None:
        self._allowed = dict(_possible())
        self._of = {rule: default for rule, (default, _) in self._allowed.items()}
        self._beyond: dict[str, str] = {}  # rules that their family's setting does not reach
        chosen = dict(settings or {})
        for name in sorted(chosen, key=lambda n: ":" in n):  # families first, single rules last
            self._set(name, chosen[name])

    def of(self, rule: str) -> Consequence:
        """The consequence of one rule."""
        return self._of[rule]

    def rules(self) -> Iterator[tuple[str, Consequence]]:
        """Every rule with its consequence, in the contract's order."""
        yield from self._of.items()

    def beyond(self) -> dict[str, str]:
        """By setting of a family, as params.yaml has it, the rules it does not reach and why.

        >>> [*Consequences({"decimals": "warn"}).beyond()]
        ['decimals: warn']
        >>> Consequences({"decimals": "refuse"}).beyond()
        {}
        """
        told: dict[str, list[str]] = {}
        for rule, setting in self._beyond.items():
            told.setdefault(setting, []).append(rule)
        return {
            setting: f"{len(rules):,} rules of the family, which stay as they are, first "
            f"{rules[0]}: " + _why_not(rules[0], setting.rpartition(" ")[2])
            for setting, rules in told.items()
        }

    def misses(self, rule: str) -> str | None:
        """The setting of a family that does not reach this rule; None where there is none."""
        return self._beyond.get(rule)

    def _set(self, name: str, word: str) -> None:
        members = [r for r in self._of if name in (r, r.partition(":")[0])]
        if not members:
            near = get_close_matches(name, [*self._of, *_families(self._of)], n=1)
            hint = f"; did you mean {near[0]}?" if near else "; docs/contract.md lists them."
            raise ParamsError(f"params.yaml: ingest.rules: there is no rule {name}{hint}")
        if word not in _WORDS:
            raise ParamsError(
                f"params.yaml: ingest.rules: {name}: {word!r} is none of {', '.join(_WORDS)}."
            )
        possible = [r for r in members if word in self._allowed[r][1]]
        if not possible or (name in self._of and not possible):
            raise ParamsError(f"params.yaml: ingest.rules: {name}: {_why_not(members[0], word)}")
        self._of.update(dict.fromkeys(possible, word))
        for rule in members:
            self._beyond.pop(rule, None)
            if rule not in possible:
                self._beyond[rule] = f"{name}: {word}"


def _possible() -> Iterator[tuple[str, tuple[Consequence, tuple[str, ...]]]]:
    """Every rule with its default and the consequences that it may be given."""
    for table in TABLES:
        for family in ("fields", "encoding", "duplicate_row", "duplicate_key"):
            yield f"{family}:{table.name}", ("quarantine", _NEVER_KEPT)
        for column in table.columns:
            yield from _of_cells(table, column)
        for rule in table.rules:
            allowed: tuple[str, ...] = _WORDS
            if rule.evidence:
                allowed = _NEVER_SET_ASIDE
            elif rule.consequence == "quarantine":
                allowed = _NEVER_KEPT
            yield f"{rule.name}:{table.name}", (rule.consequence, allowed)
    yield PARENT_QUARANTINED, ("quarantine", ("quarantine",))


def _of_cells(
    table: Table, column: Column
) -> Iterator[tuple[str, tuple[Consequence, tuple[str, ...]]]]:
    allowed = _WORDS if column.nullable else _NEVER_KEPT
    for family in cell_rules(column):
        if family == "rounded":
            yield f"rounded:{table.name}.{column.name}", ("refuse", _NEVER_KEPT)
        else:
            yield f"{family}:{table.name}.{column.name}", ("quarantine", allowed)
    if column.refers:
        yield f"unknown:{table.name}.{column.name}", ("quarantine", _NEVER_KEPT)


def cell_rules(column: Column) -> tuple[str, ...]:
    """The families of rules that one cell of this column can break."""
    found = [] if column.nullable else ["missing"]
    if column.kind == "id":
        found.append("rounded")
    if column.kind == "money":
        found.append("decimals")
    if column.kind != "text":
        found.append("value" if column.values else "type")
    if column.kind == "month":
        found.append("first_day")
    return tuple(found)


def _families(rules: Mapping[str, Consequence]) -> set[str]:
    return {rule.partition(":")[0] for rule in rules}


def _why_not(rule: str, word: str) -> str:
    if word == "quarantine":
        return "its rows are evidence and are never set aside; use warn or refuse."
    if rule == PARENT_QUARANTINED:
        return "a row follows the one it belongs to; that cannot be set."
    return "a row without it cannot be read, keyed or joined; use quarantine or refuse."
