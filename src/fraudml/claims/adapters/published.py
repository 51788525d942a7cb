"""Files as their publisher hands them out, zipped or gzipped or not, as tables of text.

For publications of a known size that fit in memory; `mapped` streams what may be larger.
"""

import gzip
import zipfile
import zlib
from pathlib import Path
from typing import IO

import pandas as pd

from fraudml.errors import ContractError

FORMS = (".csv", ".csv.gz", ".csv.zip", ".zip")


def read_table(
    source: Path, patterns: tuple[str, ...], columns: tuple[str, ...], publisher: str
) -> pd.DataFrame | None:
    """The one file of these patterns as text, NA and empty as null; None where there is none.

    publisher  whose form it is, named in the remedy
    Raises ContractError for a file that cannot be read or lacks one of the columns, and where
    different files answer to the patterns.
    """
    found = sorted({path for pattern in patterns for path in source.glob(pattern)})
    if not found:
        return None
    if len(found) > 1:
        raise ContractError(
            f"{source}: {' and '.join(path.name for path in found)} hold the same table. Keep one."
        )
    path = found[0]
    table = _read(path, publisher)
    absent = [name for name in columns if name not in table.columns]
    if absent:
        raise ContractError(
            f"{path.name}: the column {absent[0]} is missing among {len(table.columns):,}. "
            f"Use the file as {publisher} publishes it."
        )
    return table[list(columns)]


def require_table(
    source: Path, pattern: str, columns: tuple[str, ...], publisher: str
) -> pd.DataFrame:
    """The same in any of its forms, refused with ContractError where there is no such file."""
    patterns = tuple(f"{pattern}{form}" for form in FORMS)
    table = read_table(source, patterns, columns, publisher)
    if table is None:
        raise ContractError(
            f"{source}: no {pattern}.csv, .csv.gz or .csv.zip. Put the files there as {publisher} "
            "publishes them, packed or not."
        )
    return table


def or_else(first: pd.Series, second: pd.Series) -> pd.Series:
    """The text of the first column, and where it has none that of the second.

    pandas' fillna would guess at the type of a column that is empty throughout.
    """
    return first.where(first.notna(), second)


def _read(path: Path, publisher: str) -> pd.DataFrame:
    try:
        if path.suffix == ".zip":
            return _zipped(path, publisher)
        if path.suffix == ".gz":
            with gzip.open(path) as stream:
                return _text(stream)
        return _text(path)
    except (zipfile.BadZipFile, EOFError, OSError, zlib.error, RuntimeError):
        packed = {".zip": "a zip file", ".gz": "a gzip file"}.get(path.suffix, "readable")
        raise ContractError(
            f"{path.name}: truncated, damaged or not {packed}. Copy it again."
        ) from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError):
        raise ContractError(f"{path.name}: not a readable CSV file. Copy it again.") from None


def _zipped(path: Path, publisher: str) -> pd.DataFrame:
    with zipfile.ZipFile(path) as archive:
        members = [name for name in archive.namelist() if name.lower().endswith(".csv")]
        if len(members) != 1:
            raise ContractError(
                f"{path.name}: holds {len(members)} CSV files instead of one. Use the file as "
                f"{publisher} publishes it."
            )
        with archive.open(members[0]) as stream:
            return _text(stream)


def _text(stream: Path | IO[bytes] | gzip.GzipFile) -> pd.DataFrame:
    table = pd.read_csv(stream, dtype=str, keep_default_na=False, na_values=["NA", ""])
    if not isinstance(table.index, pd.RangeIndex):
        raise pd.errors.ParserError("every row has more fields than the header")
    return table
