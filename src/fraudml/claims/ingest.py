"""A raw folder into accepted canonical tables and quarantine, with no row lost on the way."""

import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir

from fraudml.artifacts import write_json
from fraudml.claims.accept import Acceptance
from fraudml.claims.accepted import MANIFEST, REVERSED, reversed_claims
from fraudml.claims.consequences import Consequences
from fraudml.claims.contract_types import Table
from fraudml.claims.judge import judge
from fraudml.claims.keys import repeated_keys
from fraudml.claims.lost_zeros import of_lost_zeros
from fraudml.claims.parts import Part, Settings, sound, take_in
from fraudml.claims.people import People, asks_for_institutions
from fraudml.claims.pseudonyms import PseudonymKey
from fraudml.claims.schema import CONTRACT, TABLES
from fraudml.claims.sources import Source, find_sources, passed_over
from fraudml.engine import Engine
from fraudml.errors import ContractError, EngineError
from fraudml.params import IngestParams


def ingest(
    engine: Engine,
    params: IngestParams,
    key: PseudonymKey,
    claims_out: Path,
    quarantine_out: Path,
    *,
    parts: Path | None = None,
) -> dict[str, Any]:
    """Every table of ``params.raw`` into ``claims_out``, its refused rows into quarantine.

    The two folders are those of a Publication: an error leaves them unpublished.
    parts    where parts made by earlier runs lie, by fingerprint; none are kept when absent
    returns  the report: per table rows in, accepted, quarantined and warned by rule, encodings,
             and the files passed over
    Raises ContractError where the folder breaks the contract beyond single rows.
    """
    for folder in (claims_out, quarantine_out):
        folder.mkdir(parents=True, exist_ok=True)
    sources = find_sources(Path(params.raw))
    _refuse_orphans(sources)
    settings = Settings(
        People(key),
        Consequences(params.rules),
        params.unknown_columns,
        parts or engine.scratch / "parts",
    )
    run = _Run(engine, settings, claims_out, quarantine_out)
    for name, files in sources.items():
        run.take_in(CONTRACT[name], files)
    for name in sources:
        run.accept(CONTRACT[name])
    if parts is not None:
        run.forget_unused()
    engine.make_parquet(
        reversed_claims(run("claims")), claims_out / REVERSED, order_by=("claim_id",)
    )
    write_json(claims_out / MANIFEST, run.manifest())
    return run.report() | {"passed_over": passed_over(Path(params.raw))}


def _refuse_orphans(sources: dict[str, tuple[Source, ...]]) -> None:
    """A table that refers to another one is of no use without it."""
    for name in sources:
        for column in CONTRACT[name].columns:
            parent = (column.refers or name).partition(".")[0]
            if parent not in sources:
                raise ContractError(
                    f"{name} is there without {parent}, which its {column.name} refers to. "
                    f"Add {parent}, or leave {name} out."
                )


class _Run:
    """One ingest under way: which parts came in, and what was accepted of them so far."""

    def __init__(
        self, engine: Engine, settings: Settings, claims_out: Path, quarantine_out: Path
    ) -> None:
        self.engine = engine
        self.settings = settings
        self.claims_out = claims_out
        self.quarantine_out = quarantine_out
        self.parts: dict[str, list[Part]] = {}
        self.accepted: dict[str, Acceptance] = {}
        self._kept: dict[str, ir.Table] = {}
        self._repeated: dict[str, ir.Table | None] = {}

    def __call__(self, name: str) -> ir.Table:
        """The accepted rows of a table, or its typed ones where that is not decided yet."""
        if name in self.accepted:
            return self.accepted[name].rows
        return sound(self.engine, self.parts[name])

    def has(self, name: str) -> bool:
        """Whether the table came in."""
        return name in self.parts

    def keep(self, name: str, make: Callable[[], ir.Table]) -> ir.Table:
        """A table computed once and kept for several checks."""
        if name not in self._kept:
            self._kept[name] = self.engine.keep(make(), name)
        return self._kept[name]

    def refused(self, name: str) -> ir.Table | None:
        """The keys, as text, of the rows of a table that were set aside; None where none was."""
        return self.accepted[name].refused if name in self.accepted else None

    def decided(self, name: str) -> bool:
        """Whether it is known which rows of a table stay."""
        return name in self.accepted

    def repeated(self, name: str) -> ir.Table | None:
        """source_file, row_number, rule of the rows whose key another one has; None: no such."""
        if name not in self._repeated:
            rows = sound(self.engine, self.parts[name])
            self._repeated[name] = repeated_keys(self.engine, CONTRACT[name], rows)
        return self._repeated[name]

    def take_in(self, table: Table, files: tuple[Source, ...]) -> None:
        """Read what was not read before."""
        settings = self.settings
        if asks_for_institutions(table):
            settings = self._knowing_institutions()
        self.parts[table.name] = [take_in(self.engine, table, file, settings) for file in files]

    def _knowing_institutions(self) -> Settings:
        """The settings with every provider's id, so that naming one names no person."""
        ids = [self("providers").select("provider_id")]
        for part in self.parts["providers"]:
            ids.append(self.engine.read_parquet(part.refused).select("provider_id"))
        known = ibis.union(*ids).filter(lambda t: t.provider_id.notnull()).distinct()
        found = self.engine.rows(known, at_most=10_000_000).column("provider_id").to_pylist()
        s = self.settings
        people = People(s.people.key, institutions=found)
        return Settings(people, s.consequences, s.unknown_columns, s.cache)

    def accept(self, table: Table) -> None:
        """Judge one table; write its accepted rows and its refused ones."""
        judged = judge(self.engine, table, self, self.settings.consequences)
        acceptance = Acceptance(self.engine, table, self.parts[table.name], judged, self.settings)
        acceptance.write(self.claims_out, self.quarantine_out)
        self.accepted[table.name] = acceptance
        _add_up(table, acceptance.counts(), self.claims_out)

    def forget_unused(self) -> None:
        """Remove the parts that this run had no use for: files that left or changed."""
        used = {part.folder.name for parts in self.parts.values() for part in parts}
        used |= {name for each in self.accepted.values() for name in each.used}
        for entry in self.settings.cache.iterdir():
            if entry.name not in used:
                shutil.rmtree(entry, ignore_errors=True)

    def manifest(self) -> dict[str, Any]:
        """What later stages must know about the tables they find."""
        key = self.settings.people.key
        every = sorted(part.fingerprint for parts in self.parts.values() for part in parts)
        return {
            "tables": {
                name: {
                    "rows": one.counts()["accepted"],
                    "columns_present": self._present(CONTRACT[name]),
                    "parts": one.published,
                }
                for name, one in self.accepted.items()
            },
            "key_fingerprint": key.fingerprint(),
            "demo": key.demo,
            "source_digest": sha256("".join(every).encode()).hexdigest(),
        }

    def _present(self, table: Table) -> list[str]:
        """Raw names of the columns that were handed in and hold at least one value."""
        rows = self(table.name)
        counts = {c.name: rows[c.canonical].count() for c in table.columns}
        found = self.engine.rows(rows.agg(**counts), at_most=1).to_pylist()[0]
        given = {name for part in self.parts[table.name] for name in part.facts["columns"]}
        return [c.name for c in table.columns if found[c.name] and c.name in given]

    def report(self) -> dict[str, Any]:
        """What came of every table, JSON-able."""
        tables = {name: one.counts() for name, one in self.accepted.items()}
        return {
            "tables": tables,
            "absent_tables": [t.name for t in TABLES if t.name not in tables],
            "rows_in": sum(entry["rows_in"] for entry in tables.values()),
            "accepted": sum(entry["accepted"] for entry in tables.values()),
            "quarantined_rows": sum(e["quarantined_rows"] for e in tables.values()),
            "key_fingerprint": self.settings.people.key.fingerprint(),
        }


def _add_up(table: Table, counts: dict[str, Any], claims_out: Path) -> None:
    rows, accepted, refused = (counts[name] for name in ("rows_in", "accepted", "quarantined_rows"))
    if accepted + refused != rows:
        raise EngineError(
            f"{table.name}: {rows:,} rows came in, {accepted:,} were accepted and "
            f"{refused:,} set aside; they must add up. Nothing was published."
        )
    if table.required and not accepted:
        broken = counts["quarantined"]
        raise ContractError(
            f"{table.name}: none of its {rows:,} rows can be accepted"
            + (f"; first rule broken: {min(broken)}" if broken else "")
            + ". Correct the export."
            + "".join(f" {said}" for said in of_lost_zeros(counts["lost_zeros"]))
        )
