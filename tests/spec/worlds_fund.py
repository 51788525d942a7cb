# ruff: noqa: S608  (our own questions about our own files)
"""A simulated fund opened with SQL, for the specifications of the simulator."""

from datetime import date

import duckdb

from fraudml.params import SimulateParams
from fraudml.worlds.simulate import simulate_fund

DRAWN = {"carrier_share": None, "typologies": (), "strength": None}
# every mechanism of every typology is carried in it by somebody
TOWN = SimulateParams(
    seed=53,
    providers=200,
    patients=12_000,
    months=24,
    lines=600_000,
    until=date(2025, 12, 31),
    **(DRAWN | {"carrier_share": 0.5, "strength": "strong"}),
)
TABLES = (
    "providers",
    "practitioners",
    "patients",
    "claims",
    "claim_lines",
    "items",
    "drg_groups",
    "stock_moves",
    "inspections",
    "inspectors",
    "tips",
    "budgets",
    "enrolments",
    "contract_periods",
    "leave_passes",
    "trace_events",
)


def simulate(folder, params):
    raw, key = folder / "raw", folder / "key"
    raw.mkdir(parents=True)
    key.mkdir()
    return simulate_fund(params, raw, key)


def town_of(folder, typology):
    """The town with the schemes of one typology alone, where no other stands on the same stays."""
    simulate(folder, TOWN.model_copy(update={"typologies": (typology,)}))
    return opened(folder)


def opened(folder):
    """A connection on the raw tables (all text where CSV) and the key's."""
    con = duckdb.connect()
    for name in TABLES:
        path = folder / "raw" / name
        parts = f"{path}/*.parquet" if path.is_dir() else f"{path}.parquet"
        source = (
            f"read_parquet('{parts}')"
            if path.is_dir() or path.with_suffix(".parquet").exists()
            else f"read_csv('{path}.csv*', all_varchar=true)"
        )
        con.execute(f"create view {name} as select * from {source}")
    for name in ("carriers", "claims", "artefacts", "lookalikes"):
        path = folder / "key" / f"{name}.parquet"
        con.execute(f"create view key_{name} as select * from read_parquet('{path}')")
    return con


def one(fund, question):
    """The single value that answers a question."""
    return fund.execute(question).fetchone()[0]


def rows(fund, question):
    """All rows that answer a question."""
    return fund.execute(question).fetchall()


def columns(fund, table):
    """The columns of a table, in order."""
    return [row[0] for row in rows(fund, f"describe {table}")]
