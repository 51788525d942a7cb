"""The accepted parts of one table and its quarantine, written once it is known which rows stay."""

import os
import shutil
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir

from fraudml.artifacts import (
    Publication,
    parquet_rows,
    read_json,
    read_parquet,
    write_parquet,
)
from fraudml.claims.canonical import broken_rules
from fraudml.claims.contract_types import Table
from fraudml.claims.judge import Judged
from fraudml.claims.parts import (
    FACTS,
    Part,
    Settings,
    by_rule,
    is_kept,
    numbers,
    opened,
    seal,
    sound,
)  # fmt: skip
from fraudml.claims.quarantine import COLUMNS, refused_rows
from fraudml.claims.set_checks import PLACE
from fraudml.engine import Engine

_BATCH = 100_000


class Acceptance:
    """One table after its verdict: the parts as they are published, and the account of its rows.

    A part of which every row stays is published as it was typed, the same file under a second
    name; another is rewritten without the rows set aside, under a name of its own. Neither is
    ever changed.
    """

    def __init__(
        self, engine: Engine, table: Table, parts: list[Part], judged: Judged, settings: Settings
    ) -> None:
        self.engine = engine
        self.table = table
        self.parts = parts
        self.judged = judged
        self.settings = settings
        self.used: set[str] = set()
        self.published: list[dict[str, Any]] = []
        self._accepted: dict[str, Path] = {}
        self._set_aside: list[Path] = []
        self._warnings: list[dict[str, int]] = []
        self._rows = 0
        self._refused_rows = 0
        self.rows: ir.Table = None

    def write(self, claims_out: Path, quarantine_out: Path) -> None:
        """Publish every part, or for a table without parts one file, and the quarantine."""
        lost = self._lost_by_part()
        for part in self.parts:
            rows = part.facts["typed"] - lost.get(part.source.shown, 0)
            entry = self._entry(part, rows)
            self._accepted[entry.name] = entry / "typed.parquet"
            self._set_aside.append(entry / "refused.parquet")
            self._warnings.append(read_json(entry / FACTS)["warnings"])
            self.published.append({"source": part.source.shown, "part": entry.name, "rows": rows})
        self._publish(claims_out)
        path = quarantine_out / f"{self.table.name}.parquet"
        if len(self._set_aside) == 1 and not parquet_rows(self._set_aside[0]):
            write_parquet(path, read_parquet(self._set_aside[0], list(COLUMNS)))
        else:
            quarantine = self.engine.read_parquet(self._set_aside).select(*COLUMNS)
            self.engine.make_parquet(quarantine, path, order_by=PLACE)
        self._refused_rows = parquet_rows(path)

    def _publish(self, claims_out: Path) -> None:
        typed = self.engine.read_parquet(list(self._accepted.values()))
        if not self.table.in_parts:
            path = claims_out / f"{self.table.name}.parquet"
            order = tuple(self.table.column(name).canonical for name in self.table.key)
            self.engine.make_parquet(typed, path, order_by=order)
            self.rows = self.engine.read_parquet(path)
            self._rows = parquet_rows(path)
            return
        folder = claims_out / self.table.name
        folder.mkdir()
        for name, path in self._accepted.items():
            _link(path, folder / f"{name}.parquet")
        self.rows = typed
        self._rows = parquet_rows(folder)

    def _lost_by_part(self) -> dict[str, int]:
        """How many further rows each raw file loses."""
        aside = self.judged.aside
        if aside is None:
            return {}
        rows = aside.select(*PLACE).distinct()
        counted = rows.group_by("source_file").agg(rows=lambda t: t.count())
        found = self.engine.rows(counted, at_most=len(self.parts)).to_pylist()
        return {row["source_file"]: row["rows"] for row in found}

    def _entry(self, part: Part, rows: int) -> Path:
        """The folder of the part without its refused rows: as it was typed, or rewritten."""
        if rows == part.facts["readable"]:
            return part.folder
        aside = self._further(part)
        name = self._fingerprint(part, aside)
        self.used.add(name)
        entry = self.settings.cache / name
        if not is_kept(entry):
            with Publication() as out:
                self._rewrite(part, aside, out.folder(entry))
        return entry

    def _further(self, part: Part) -> ir.Table | None:
        """The rows of a part that rules across rows set aside: row_number, rule."""
        aside = self.judged.aside
        if aside is None:
            return None
        return aside.filter(aside.source_file == part.source.shown).select("row_number", "rule")

    def _fingerprint(self, part: Part, aside: ir.Table | None) -> str:
        total = sha256(f"{part.fingerprint} without its refused rows".encode())
        if aside is not None:
            ordered = aside.order_by(["row_number", "rule"])
            for batch in self.engine.batches(ordered, size=_BATCH):
                total.update(repr(batch.to_pylist()).encode())
        return total.hexdigest()[:32]

    def _rewrite(self, part: Part, aside: ir.Table | None, folder: Path) -> None:
        kept = sound(self.engine, [part])
        if aside is not None:
            kept = kept.anti_join(aside, "row_number")
        self.engine.make_parquet(kept, folder / "typed.parquet", order_by=("row_number",))
        refused = self.engine.read_parquet(part.refused)
        warnings = dict(part.facts["warnings"])
        if aside is not None:
            further = self.engine.scratch / f"further-{part.fingerprint}.parquet"
            for rule, rows in self._tell(part, aside, further).items():
                warnings[rule] -= rows
            refused = ibis.union(refused, self.engine.read_parquet(further))
        self.engine.make_parquet(refused, folder / "refused.parquet", order_by=PLACE)
        seal(folder, {"warnings": {rule: n for rule, n in warnings.items() if n}})

    def _tell(self, part: Part, aside: ir.Table, path: Path) -> dict[str, int]:
        """What the rows said that rules across rows set aside: their file is read once more.

        returns  how often the rules of cells warned of these rows
        """
        by_row = aside.group_by("row_number").agg(rules=aside.rule.collect())
        broken = self.engine.keep(by_row, f"further-{self.table.name}")
        with opened(self.engine, self.table, part.source, self.settings) as file:
            text = file.text(self.engine, numbers(self.engine, broken.select("row_number")))
            refused_rows(self.engine, file.reading, text, broken, path)
            if not part.facts["warnings"]:
                return {}
            mild = broken_rules(self.table, text, self.settings.consequences)
            return {rule: rows for rule, _, rows, _ in by_rule(self.engine, mild)}

    @cached_property
    def refused(self) -> ir.Table | None:
        """The keys, as text, of the rows that were set aside; None where none was."""
        if not self._refused_rows:
            return None
        keys = self.engine.read_parquet(self._set_aside).select(*self.table.key)
        return keys.filter(ibis.or_(*(keys[name].notnull() for name in self.table.key)))

    def counts(self) -> dict[str, Any]:
        """The account of this table's rows, JSON-able."""
        facts = [part.facts for part in self.parts]
        columns = {name for one in facts for name in one["columns"]}
        return {
            "rows_in": sum(one["rows"] for one in facts),
            "accepted": self._rows,
            "quarantined_rows": self._refused_rows,
            "quarantined": _summed([*(f["quarantined"] for f in facts), self.judged.quarantined]),
            "warnings": _summed([*self._warnings, self.judged.warnings]),
            "lost_zeros": self.judged.lost_zeros,
            "encodings": {part.source.shown: part.facts["encoding"] for part in self.parts},
            "absent_columns": [c.name for c in self.table.columns if c.name not in columns],
            "dropped_columns": sorted({name for one in facts for name in one["dropped"]}),
            "parts": len(self.parts),
        }


def _summed(counts: list[dict[str, int]]) -> dict[str, int]:
    rules = sorted({rule for one in counts for rule in one})
    return {rule: sum(one.get(rule, 0) for one in counts) for rule in rules}


def _link(path: Path, name: Path) -> None:
    """The same file, or folder of files, under a second name; a copy where links are impossible."""
    if path.is_dir():
        shutil.copytree(path, name, copy_function=_link_or_copy)
    else:
        _link_or_copy(str(path), str(name))


def _link_or_copy(path: str, name: str) -> None:
    try:
        os.link(path, name)
    except OSError:
        shutil.copyfile(path, name)
