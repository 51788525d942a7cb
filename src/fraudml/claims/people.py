"""Person ids become pseudonyms here, while rows are read: no raw id of a person is written."""

import re
from collections.abc import Iterable

import pyarrow as pa

from fraudml.claims.contract_types import Column, Table
from fraudml.claims.pseudonyms import PseudonymKey

_GRAINS_OF_PEOPLE = ("patient", "practitioner")
_REMEMBERED = 3_000_000  # people of one kind; about 250 bytes each
ROUNDED = r"^\d(\.\d+)?[eE]\+\d{2,}$"  # what a spreadsheet makes of a long number
ROUNDED_MARK = "E+00"  # behind the pseudonym of an id that was rounded
ROUNDED_PERSON = r"^[a-z]{2}_[0-9a-f]{32}E\+00$"
BROKEN_MARK = "\n"  # behind the pseudonym of an id that runs over two lines


class People:
    """Replaces the person ids of each batch; what was hashed lately is not hashed again.

    institutions  provider ids: among recusals and targets they are no people
    wanted        pseudonyms whose raw ids are collected in ``found``: for ``fraudml reveal`` alone
    """

    def __init__(
        self,
        key: PseudonymKey,
        *,
        institutions: Iterable[str] = (),
        wanted: Iterable[str] = (),
    ) -> None:
        self.key = key
        self.institutions = frozenset(institutions)
        self.found: dict[str, str] = {}
        self._wanted = frozenset(wanted)
        self._known: dict[str, dict[str, str]] = {}  # by kind: raw id -> what stands for it

    def hide(self, table: Table, cells: dict[str, pa.Array]) -> dict[str, pa.Array]:
        """The same cells, trimmed text by column, with a pseudonym for every person."""
        hidden = dict(cells)
        for column in table.columns:
            if column.person and column.name in cells:
                hidden[column.name] = self._hidden(column, cells)
        return hidden

    def _hidden(self, column: Column, cells: dict[str, pa.Array]) -> pa.Array:
        own = cells[column.name]
        if column.person == "recusals":
            return pa.array([self._recusals(text) for text in own.to_pylist()], pa.string())
        if column.person == "target":
            grains = cells["target_grain"].to_pylist()
            pairs = zip(grains, own.to_pylist(), strict=True)
            return pa.array([self._target(grain, text) for grain, text in pairs], pa.string())
        coded = own.dictionary_encode()
        kind = str(column.person)
        raws = coded.dictionary.to_pylist()
        hashed = list(map(self._known.setdefault(kind, {}).get, raws))
        for place in [at for at, text in enumerate(hashed) if text is None]:
            hashed[place] = self._marked(kind, raws[place])
        return pa.array(hashed, pa.string()).take(coded.indices)

    def _target(self, grain: str | None, raw: str | None) -> str | None:
        """The id of a provider that came in stays; under a wrong grain stands a person's."""
        if raw is None or (grain == "provider" and raw in self.institutions):
            return raw
        return self._marked(grain if grain in _GRAINS_OF_PEOPLE else "unknown", raw)

    def _recusals(self, text: str | None) -> str | None:
        if text is None:
            return None
        names = [name.strip() for name in text.split("|")]
        shown = [
            name if name in self.institutions else self._pseudonym("operator", name)
            for name in names
            if name
        ]
        return "|".join(shown) or None

    def _marked(self, kind: str, raw: str | None) -> str | None:
        """The pseudonym, and behind it what can no longer be seen of the id: that it is none."""
        if raw is None:
            return None
        known = self._known.setdefault(kind, {})
        if raw not in known:
            mark = ROUNDED_MARK if re.match(ROUNDED, raw) else BROKEN_MARK if "\n" in raw else ""
            if len(known) >= _REMEMBERED:
                known.clear()
            known[raw] = self._pseudonym(kind, raw) + mark
        return known[raw]

    def _pseudonym(self, kind: str, raw: str) -> str:
        made = self.key.pseudonym(kind, raw)
        if made in self._wanted:
            self.found[made] = raw
        return made


def asks_for_institutions(table: Table) -> bool:
    """Whether a column of the table may name providers beside people."""
    return any(column.person in ("recusals", "target") for column in table.columns)


def person_columns(table: Table) -> tuple[Column, ...]:
    """The columns of the table that name natural persons."""
    return tuple(c for c in table.columns if c.person)
