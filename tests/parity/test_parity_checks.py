"""Every check of ingest says what a slow ingest in plain Python says, on every engine.

The tables of the unit tests, and generated claims that meet, collide and break every rule. An
ingest takes Spark a minute whatever it reads: it reads one folder that breaks every rule, DuckDB
many more.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, seed, settings

from fraudml.claims.consequences import Consequences
from fraudml.claims.contract_types import Table
from fraudml.claims.schema import CONTRACT, TABLES
from ingest_fund import FUND, KEY, add_like_first, csv_of, fund
from parity.generated_raw import Raw, raw_folders, some_folder, write_raw
from parity.ingest_parity import assert_ingest_parity
from parity.reference_ingest import Outcome, ingest_slowly
from parity.reference_ingest.row_rules import ROW_RULES
from parity.reference_ingest.set_rules import SET_RULES
from parity.spellings import ODD
from unit.test_claims_ingest import BROKEN_ROWS, C1, REVERSALS, SUSPICIOUS_ROWS

pytestmark = pytest.mark.slow

# A folder with a rounded id is refused by default; most generated ones have one.
LENIENT = {"rounded": "quarantine"}
WARNING = LENIENT | {"type": "warn", "value": "warn", "decimals": "warn"}
STRICT = LENIENT | {
    "lines_do_not_add_up": "quarantine",
    "overlapping_validity": "quarantine",
    "reversal_of_unknown_claim": "quarantine",
    "total_is_not_fund_plus_patient": "quarantine",
}
# One of each kind otherwise than by default: cells, rows, sets of rows, rows beside other tables.
OTHERWISE = LENIENT | {
    "value:providers.ownership": "warn",
    "decimals:items.price_cap": "warn",
    "type:claims.started_at": "warn",
    "died_before_birth:patients": "quarantine",
    "overlapping_validity:items": "quarantine",
    "unknown_practitioner:claims": "quarantine",
    "reversal_of_unknown_claim:claims": "quarantine",
    "unknown_target:tips": "quarantine",
}
REFUSING = LENIENT | {"service_after_death": "refuse", "unknown_target:tips": "refuse"}
GENERATED = settings(
    max_examples=3,  # the first of which has next to no rows
    deadline=None,
    database=None,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)


ON_DUCKDB = pytest.mark.parametrize("kind", ["duckdb"], indirect=True)
_SURELY_THERE = {"provider_id": "SURE", "patient_id": "SURE", "claim_id": "SURE"}


def broken_fund(folder: Path) -> Path:
    raw = fund(folder, *FUND)
    for table, cells, _ in BROKEN_ROWS:
        add_like_first(raw, table, **cells)
    return raw


def suspicious_fund(folder: Path) -> Path:
    raw = fund(folder, *FUND)
    for table, cells, _ in SUSPICIOUS_ROWS:
        add_like_first(raw, table, **cells)
    for number, (cells, _) in enumerate(REVERSALS):
        add_like_first(raw, "claims", **(C1 | {"claim_id": f"R{number}"} | cells))
    return raw


def rules_broken_in(outcome: Outcome) -> set[str]:
    """Every rule that a row broke, set aside or warned of."""
    of = outcome.quarantined
    return {rule for name, mild in outcome.warnings.items() for rule in of(name) | mild}


def every_odd_cell(seed: int) -> Raw:
    """A generated folder, and for every odd spelling of each column a row sound but for it."""
    folder = some_folder(seed)
    for table in TABLES:
        name = f"{table.name}.csv"
        rows = folder[name if name in folder else f"{table.name}/a.csv"]
        rows += odd_rows(table, rows[0])
    return folder


def every_broken_rule(seed: int) -> Raw:
    """The same, beside the unit tests' fund with its broken and suspicious rows and reversals."""
    folder = every_odd_cell(seed)
    like_first = [(table, cells) for table, cells, _ in (*BROKEN_ROWS, *SUSPICIOUS_ROWS)]
    like_first += [
        ("claims", C1 | {"claim_id": f"R{number}"} | cells)
        for number, (cells, _) in enumerate(REVERSALS)
    ]
    for name, drawn in FUND.items():
        rows = folder[f"{name}.csv" if f"{name}.csv" in folder else f"{name}/a.csv"]
        names, *sound = (line.split(",") for line in csv_of(drawn).splitlines())
        known = [dict(zip(names, row, strict=True)) for row in sound]
        known += [known[0] | cells for table, cells in like_first if table == name]
        ids = {column.name for column in CONTRACT[name].columns if column.kind == "id"}
        known = [{key: _own(cell) if key in ids else cell for key, cell in row.items()}
                 for row in known]  # fmt: skip
        rows += [list((dict.fromkeys(rows[0], "") | row).values()) for row in known]
        assert all(len(row) == len(rows[0]) for row in rows[-len(known) :])
    return folder


def _own(cell: str) -> str:
    """An id that no generated row has; what is no plain id stays as odd as it is."""
    return f"U{cell}" if cell.isalnum() else cell


def odd_rows(table: Table, header: list[str]) -> list[list[str]]:
    """The row that the unit tests' fund begins with, again and again, each time one cell odd."""
    names, first = (line.split(",") for line in csv_of(FUND[table.name]).splitlines()[:2])
    sound = dict.fromkeys(header, "") | dict(zip(names, first, strict=True))
    sound |= {name: text for name, text in _SURELY_THERE.items() if name in sound}
    own = [c.name for c in table.columns if c.key and not c.refers and c.kind in ("id", "count")]
    odd = [(c.name, text) for c in table.columns for text in ("", *ODD[c.kind])]
    return [
        list((sound | dict.fromkeys(own, str(number)) | {column: text}).values())
        for number, (column, text) in enumerate(odd, 1_000)
    ]


def test_the_reference_has_every_rule_of_the_contract_and_no_other():
    listed = {f"{rule.name}:{table.name}" for table in TABLES for rule in table.rules}
    assert ROW_RULES.keys() | SET_RULES.keys() == listed
    assert not ROW_RULES.keys() & SET_RULES.keys()


@ON_DUCKDB
def test_a_sound_fund_is_accepted_alike(engine, tmp_path):
    outcome = assert_ingest_parity(engine, fund(tmp_path, *FUND), {})
    assert not any(outcome.refused.values())


@ON_DUCKDB
def test_a_reference_that_says_otherwise_is_noticed(engine, tmp_path, monkeypatch):
    raw = fund(tmp_path, *FUND)
    monkeypatch.setitem(ROW_RULES, "negative_budget:budgets", lambda row, others: True)
    with pytest.raises(AssertionError, match="budgets"):
        assert_ingest_parity(engine, raw, {})


@ON_DUCKDB
def test_broken_rows_are_set_aside_alike(engine, tmp_path):
    outcome = assert_ingest_parity(engine, broken_fund(tmp_path), {})
    assert sum(map(len, outcome.refused.values())) == sum(1 for *_, rule in BROKEN_ROWS if rule)


@ON_DUCKDB
def test_suspicious_rows_and_reversals_are_warned_of_alike(engine, tmp_path):
    assert_ingest_parity(engine, suspicious_fund(tmp_path), {})


def test_every_broken_rule_and_odd_cell_of_a_folder_is_judged_alike(engine, tmp_path):
    raw = write_raw(every_broken_rule(9), tmp_path / "raw")
    outcome = assert_ingest_parity(engine, raw, OTHERWISE)
    assert all(outcome.accepted.values())
    for rule, word in OTHERWISE.items() - LENIENT.items():
        table = rule.partition(":")[2].partition(".")[0]
        met = {"quarantine": outcome.quarantined(table), "warn": outcome.warnings[table]}
        assert rule in met.pop(word), rule
        assert all(rule not in other for other in met.values()), rule


@pytest.mark.parametrize(
    ("cell", "rule"),
    [({"level": "9"}, "value:providers.level"),
     ({"contracted_to": "2019-01-01"}, "contract_ends_before_it_begins:providers")],
    ids=["cell", "row"],
)  # fmt: skip
def test_what_is_set_aside_or_warned_of_is_refused_alike_where_asked(engine, tmp_path, cell, rule):
    raw = fund(tmp_path, "providers", "patients", "claims")
    add_like_first(raw, "providers", provider_id="H5", **cell)
    assert rule not in {name for name, word in Consequences().rules() if word == "refuse"}
    assert assert_ingest_parity(engine, raw, {rule: "refuse"}) is None


def test_the_folder_that_every_engine_reads_breaks_every_rule_but_of_bytes_and_keys(tmp_path):
    raw = write_raw(every_broken_rule(9), tmp_path / "raw")
    broken = rules_broken_in(ingest_slowly(raw, KEY, OTHERWISE))
    unmet = {rule for rule, _ in Consequences().rules()} - broken
    cannot_be = {f"type:{t.name}.{c.name}" for t in TABLES for c in t.columns if c.kind == "list"}
    families = {rule.partition(":")[0] for rule in unmet - cannot_be}
    assert families <= {"fields", "encoding", "duplicate_row", "duplicate_key"}
    assert families <= {rule.partition(":")[0] for rule in broken}


@ON_DUCKDB
def test_a_folder_is_refused_alike(engine, tmp_path):
    raw = fund(tmp_path, *FUND)
    add_like_first(raw, "claims", claim_id="X1", provider_id="3.3E+17")
    add_like_first(raw, "patients", patient_id="X2", birth_date="?")
    assert assert_ingest_parity(engine, raw, {}) is None
    assert assert_ingest_parity(engine, raw, {"type": "refuse", "rounded": "quarantine"}) is None
    assert assert_ingest_parity(engine, raw, {"unknown": "refuse", "rounded": "quarantine"})


@ON_DUCKDB
@pytest.mark.parametrize(
    ("chosen", "number"),
    [(LENIENT, 1), (WARNING, 2), (STRICT, 3)],
    ids=["lenient", "warning", "strict"],
)
def test_generated_folders_are_judged_alike(engine, chosen, number):
    @GENERATED
    @seed(number)
    @given(folder=raw_folders())
    def judged_alike(folder: Raw) -> None:
        with TemporaryDirectory() as name:
            assert_ingest_parity(engine, write_raw(folder, Path(name) / "raw"), chosen)

    judged_alike()


@ON_DUCKDB
def test_generated_folders_are_refused_alike(engine, tmp_path):
    raw = write_raw(some_folder(1), tmp_path / "raw")
    assert assert_ingest_parity(engine, raw, REFUSING) is None
    assert assert_ingest_parity(engine, raw, {}) is None


def test_generated_folders_break_and_keep_every_rule(tmp_path):
    """The generator reaches every named rule, and every family of rules of cells and keys."""
    broken, kept = set(), set()
    for number in range(12):
        outcome = ingest_slowly(
            write_raw(some_folder(number), tmp_path / str(number)), KEY, LENIENT
        )
        broken |= rules_broken_in(outcome)
        for table in outcome.accepted:
            kept |= {table} if outcome.accepted[table] else set()
    named = {f"{rule.name}:{table.name}" for table in TABLES for rule in table.rules}
    assert named - broken == set()
    families = {rule.partition(":")[0] for rule in broken}
    assert families >= {
        "fields", "encoding", "missing", "rounded", "type", "value", "decimals", "first_day",
        "duplicate_row", "duplicate_key", "unknown", "parent_quarantined",
    }  # fmt: skip
    assert kept == {table.name for table in TABLES}
