"""Files as their publisher hands them out, zipped or gzipped or not, as tables of text.

For publications of a known size that fit in memory; `mapped` streams what may be larger.
"""

import shutil
import zipfile
import zlib
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import pyarrow as pa

from fraudml.claims.csv_text import CsvReader
from fraudml.claims.encodings import as_utf8
from fraudml.claims.sources import Source
from fraudml.errors import ContractError

FORMS = (".csv", ".csv.gz", ".csv.zip", ".zip")


def read_table(
    source: Path, patterns: tuple[str, ...], columns: tuple[str, ...], publisher: str
) -> pd.DataFrame | None:
    """The one file of these patterns as text, NA and empty as null; None where there is none.

    publisher  whose form it is, named in the remedy
    Raises ContractError for a file that cannot be read to the last row, that lacks one of the
    columns or has it twice, and where different files answer to the patterns.
    """
    found = sorted({path for pattern in patterns for path in source.glob(pattern)})
    if not found:
        return None
    if len(found) > 1:
        raise ContractError(
            f"{source}: {' and '.join(path.name for path in found)} hold the same table. Keep one."
        )
    with TemporaryDirectory(prefix="fraudml-", ignore_cleanup_errors=True) as scratch:
        return _read(found[0], columns, Path(scratch), publisher)


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


def _read(path: Path, columns: tuple[str, ...], scratch: Path, publisher: str) -> pd.DataFrame:
    source = _unzipped(path, scratch, publisher)
    plain = as_utf8(source, scratch)
    reader = CsvReader(source, plain)
    for name in columns:
        if (times := reader.header.count(name)) != 1:
            fault = f"there {times} times" if times else "missing"
            raise ContractError(
                f"{path.name}: the column {name} is {fault} among {len(reader.header):,}. "
                f"Use the file as {publisher} publishes it."
            )
    batches = [batch for _, batch in reader.batches(list(columns))]
    if reader.unreadable:
        raise ContractError(
            f"{path.name}: {len(reader.unreadable):,} rows do not have the "
            f"{len(reader.header):,} fields of the header, first row "
            f"{reader.unreadable[0].row_number:,}. Copy the file again."
        )
    if not plain.encoding.startswith("UTF-8") or plain.lossy:
        raise ContractError(f"{path.name}: not all of it is text in UTF-8. Copy the file again.")
    table: pd.DataFrame = pa.Table.from_batches(batches).select(columns).to_pandas()
    return table.where(table != "NA", None)


def _unzipped(path: Path, scratch: Path, publisher: str) -> Source:
    if path.suffix != ".zip":
        return Source(path, path.name, ".csv.gz" if path.suffix == ".gz" else ".csv")
    try:
        with zipfile.ZipFile(path) as archive:
            members = [name for name in archive.namelist() if name.lower().endswith(".csv")]
            if len(members) != 1:
                raise ContractError(
                    f"{path.name}: holds {len(members)} CSV files instead of one. Use the file as "
                    f"{publisher} publishes it."
                )
            plain = scratch / "member.csv"
            with archive.open(members[0]) as packed, plain.open("wb") as out:
                shutil.copyfileobj(packed, out)
    except (zipfile.BadZipFile, EOFError, zlib.error, RuntimeError):  # also one with a password
        raise ContractError(
            f"{path.name}: truncated, damaged or not a zip file. Copy it again."
        ) from None
    return Source(plain, path.name, ".csv")
