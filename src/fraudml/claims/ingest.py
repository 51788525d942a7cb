"""A raw folder into accepted canonical tables and quarantine, with no row lost on the way."""

from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow.parquet as pq

from fraudml.artifacts import digest, write_json, write_parquet
from fraudml.claims.accepted import MANIFEST
from fraudml.claims.canonical import typed
from fraudml.claims.checks import CHECKS, checks_of
from fraudml.claims.contract_types import Table
from fraudml.claims.keys import repeated_keys, row_count, unmet_references
from fraudml.claims.people import hidden, people_of
from fraudml.claims.pseudonyms import PseudonymKey, pseudonym_table
from fraudml.claims.quarantine import lost_rows, unreadable_rule, write_quarantine
from fraudml.claims.readers import Staged, stage_table
from fraudml.claims.schema import CONTRACT, TABLES
from fraudml.claims.sources import find_sources
from fraudml.engine import Engine
from fraudml.errors import ContractError, EngineError
from fraudml.params import IngestParams

_MANY_RULES = 10_000


def ingest(
    engine: Engine,
    params: IngestParams,
    key: PseudonymKey,
    claims_out: Path,
    quarantine_out: Path,
) -> dict[str, Any]:
    """Every table of ``params.raw`` into ``claims_out``, its refused rows into quarantine.

    The two folders are those of a Publication: an error leaves them unpublished.
    returns the report: per table rows in, accepted, quarantined and warned by rule, encodings
    Raises ContractError where the folder breaks the contract beyond single rows.
    """
    raw = Path(params.raw)
    run = _Run(engine, params, key, claims_out, quarantine_out)
    for folder in (claims_out, quarantine_out):
        folder.mkdir(parents=True, exist_ok=True)
    for name, sources in find_sources(raw).items():
        run.staged[name] = stage_table(
            CONTRACT[name],
            sources,
            engine.scratch,
            unknown_columns=params.unknown_columns,
            key=key,
        )
    run.refuse_orphans()
    run.hash_people()
    for name in run.staged:
        run.accept(CONTRACT[name])
    run.warn()
    write_json(claims_out / MANIFEST, run.manifest(raw))
    return run.report()


class _Run:
    """One ingest under way: what was staged, hashed, accepted and refused so far."""

    def __init__(
        self,
        engine: Engine,
        params: IngestParams,
        key: PseudonymKey,
        claims_out: Path,
        quarantine_out: Path,
    ) -> None:
        self.engine = engine
        self.params = params
        self.key = key
        self.claims_out = claims_out
        self.quarantine_out = quarantine_out
        self.staged: dict[str, Staged] = {}
        self.tables: dict[str, dict[str, Any]] = {}
        self.pseudonyms: ir.Table = None
        self._accepted_tables: dict[str, ir.Table] = {}
        self._refused: dict[str, ir.Table] = {}

    def refuse_orphans(self) -> None:
        """A table that refers to another one is of no use without it."""
        for name in self.staged:
            for column in CONTRACT[name].columns:
                parent = (column.refers or name).partition(".")[0]
                if parent not in self.staged:
                    raise ContractError(
                        f"{name} is there without {parent}, which its {column.name} refers to. "
                        f"Add {parent}, or leave {name} out."
                    )

    def hash_people(self) -> None:
        """Each distinct person of all tables hashed once."""
        providers = self._text("providers")
        known = providers.select("provider_id").filter(providers.provider_id.notnull()).distinct()
        people = [
            each
            for name in self.staged
            for each in people_of(CONTRACT[name], self._text(name), known)
        ]
        self.pseudonyms = pseudonym_table(self.engine, self.key, ibis.union(*people), "pseudonyms")

    def accept(self, table: Table) -> None:
        """Type, key and join one table; write its accepted rows and its refused ones."""
        self._refuse_rounded_ids(table)
        text = hidden(table, self._text(table.name), self.pseudonyms)
        rows = self.engine.keep(typed(table, text), f"typed_{table.name}")
        fails = self._fails(table, rows, text)
        rules = self._rules(fails)
        good = rows.select("row_id", *(c.canonical for c in table.columns))
        if rules:
            failed = self.engine.keep(fails.select("row_id").distinct(), f"failed_{table.name}")
            good = good.anti_join(failed, "row_id")
            aside = text.semi_join(failed, "row_id").select(*table.key)
            self._refused[table.name] = self.engine.keep(aside, f"refused_{table.name}")
        order = tuple(table.column(name).canonical for name in table.key)
        path = self.claims_out / f"{table.name}.parquet"
        self.engine.make_parquet(good.drop("row_id"), path, order_by=order)
        self._set_aside(table, text, fails if rules else None)
        self._count(table, rules)

    def _set_aside(self, table: Table, text: ir.Table, fails: ir.Table | None) -> None:
        path = self.quarantine_out / f"{table.name}.parquet"
        lost = lost_rows(table, self.staged[table.name].unreadable)
        if fails is None:
            write_parquet(path, lost)
        else:
            write_quarantine(self.engine, table, text, fails, lost, path)

    def _fails(self, table: Table, rows: ir.Table, text: ir.Table) -> ir.Table:
        """row_id and rule of every row that breaks one, kept in the scratch folder."""
        cells = rows.filter(rows.rules.notnull())
        found = [cells.select("row_id", rule=cells.rules.unnest())]
        rest = rows.filter(rows.rules.isnull()).drop("rules")
        found += unmet_references(table, rest, self._accepted, self._refused.get)
        for check in checks_of(table.name, "quarantine"):
            broken = check.fails(lambda name: rest if name == table.name else self._accepted(name))
            rule = f"{check.name}:{table.name}"
            found.append(broken.select("row_id", rule=ibis.literal(rule)))
        repeated = repeated_keys(self.engine, table, rest, text)
        if repeated is not None:
            found.append(repeated)
        return self.engine.keep(ibis.union(*found) if found[1:] else found[0], f"f_{table.name}")

    def _refuse_rounded_ids(self, table: Table) -> None:
        """A spreadsheet that wrote ids as 1.10101E+17 has lost their digits for good."""
        text = self._text(table.name)
        ids = [c.name for c in table.columns if c.kind == "id"]
        counts = {n: text[n].re_search(r"^\d(\.\d+)?[eE]\+\d{2,}$").sum() for n in ids}
        for name, count in self.engine.rows(text.agg(**counts), at_most=1).to_pylist()[0].items():
            if count:
                raise ContractError(
                    f"{table.name}: {count:,} cells of {name} are rounded numbers like 1.1E+17; "
                    "their digits are lost. Export the column as text, not through a spreadsheet."
                )

    def _rules(self, fails: ir.Table) -> dict[str, int]:
        """How many rows break each rule."""
        counted = fails.distinct().group_by("rule").agg(rows=lambda t: t.count()).order_by("rule")
        found = self.engine.rows(counted, at_most=_MANY_RULES).to_pylist()
        return {row["rule"]: row["rows"] for row in found}

    def _count(self, table: Table, rules: dict[str, int]) -> None:
        staged = self.staged[table.name]
        if staged.unreadable:
            rules |= {unreadable_rule(table): len(staged.unreadable)}
        accepted = parquet_rows(self.claims_out / f"{table.name}.parquet")
        refused = parquet_rows(self.quarantine_out / f"{table.name}.parquet")
        if accepted + refused != staged.rows:
            raise EngineError(
                f"{table.name}: {staged.rows:,} rows came in, {accepted:,} were accepted and "
                f"{refused:,} set aside; they must add up. Nothing was published."
            )
        if table.required and not accepted:
            raise ContractError(
                f"{table.name}: none of its {staged.rows:,} rows can be accepted"
                + (f"; first rule broken: {min(rules)}" if rules else "")
                + ". Correct the export."
            )
        self.tables[table.name] = {
            "rows_in": staged.rows,
            "accepted": accepted,
            "quarantined_rows": refused,
            "quarantined": rules,
            "warnings": {},
            "encodings": staged.encodings,
            "absent_columns": [c.name for c in table.columns if c.name not in staged.columns],
            "dropped_columns": sorted(staged.dropped),
        }

    def warn(self) -> None:
        """Count the rows that stay and are suspicious."""
        for check in CHECKS:
            needed = {check.table, *check.needs}
            if check.consequence == "warn" and needed <= self.tables.keys():
                count = row_count(self.engine, check.fails(self._accepted))
                if count:
                    self.tables[check.table]["warnings"][check.name] = count

    def manifest(self, raw: Path) -> dict[str, Any]:
        """What later stages must know about the tables they find."""
        return {
            "tables": {
                name: {"rows": entry["accepted"], "columns_present": self._present(CONTRACT[name])}
                for name, entry in self.tables.items()
            },
            "key_fingerprint": self.key.fingerprint(),
            "demo": self.key.demo,
            "source_digest": digest(raw),
        }

    def _present(self, table: Table) -> list[str]:
        """Raw names of the columns that were handed in and hold at least one value."""
        rows = self._accepted(table.name)
        counts = {c.name: rows[c.canonical].count() for c in table.columns}
        found = self.engine.rows(rows.agg(**counts), at_most=1).to_pylist()[0]
        given = self.staged[table.name].columns
        return [c.name for c in table.columns if found[c.name] and c.name in given]

    def report(self) -> dict[str, Any]:
        """What came of every table, JSON-able."""
        return {
            "tables": self.tables,
            "absent_tables": [t.name for t in TABLES if t.name not in self.tables],
            "rows_in": sum(entry["rows_in"] for entry in self.tables.values()),
            "accepted": sum(entry["accepted"] for entry in self.tables.values()),
            "quarantined_rows": sum(e["quarantined_rows"] for e in self.tables.values()),
            "key_fingerprint": self.key.fingerprint(),
        }

    def _text(self, name: str) -> ir.Table:
        return self.engine.read_parquet(self.staged[name].path)

    def _accepted(self, name: str) -> ir.Table:
        if name not in self._accepted_tables:
            path = self.claims_out / f"{name}.parquet"
            self._accepted_tables[name] = self.engine.read_parquet(path)
        return self._accepted_tables[name]


def parquet_rows(path: Path) -> int:
    """How many rows a parquet file says it holds."""
    return int(pq.read_metadata(path).num_rows)
