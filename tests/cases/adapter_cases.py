"""What every test of an adapter needs: its tables as text, and its folder run through ingest."""

from pathlib import Path

import pandas as pd

from fraudml.claims.ingest import ingest
from fraudml.claims.pseudonyms import PseudonymKey
from fraudml.engine import open_engine
from fraudml.params import EngineParams, IngestParams


def table(raw: Path, name: str) -> dict[str, dict[str, str]]:
    """The rows of one table as text, empty for null, by their first cell."""
    return {next(iter(row.values())): row for row in rows(raw, name)}


def rows(raw: Path, name: str) -> list[dict[str, str]]:
    """The rows of one table as text, empty for null, in the file's order."""
    if (raw / f"{name}.parquet").is_file():
        frame = pd.read_parquet(raw / f"{name}.parquet").fillna("")
    else:
        frame = pd.read_csv(raw / f"{name}.csv", dtype=str, keep_default_na=False)
    return [row.to_dict() for _, row in frame.iterrows()]


def accepted(raw: Path, out: Path) -> dict[str, object]:
    """The report of an ingest of ``raw`` into ``out``."""
    params = IngestParams(rules={}, raw=str(raw), unknown_columns="refuse", currency="USD")
    with open_engine(EngineParams(kind="duckdb", memory_gb=1.0, threads=2)) as engine:
        return ingest(engine, params, PseudonymKey(b"k" * 32), out / "claims", out / "aside")
