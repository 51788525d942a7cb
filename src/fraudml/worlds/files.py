"""The contract's raw files: big tables as parquet parts, small ones as CSV."""

import gzip
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from fraudml.artifacts import write_parquet
from fraudml.worlds.columns import Array


def yuan(fen: Array, *, known: Array | None = None) -> pa.Array:
    """Whole fen as decimal yuan with two places; null where not known."""
    words = np.empty((len(fen), 2), dtype=np.int64)
    words[:, 0], words[:, 1] = fen, np.asarray(fen, dtype=np.int64) >> 63
    values = pa.Array.from_buffers(pa.decimal128(18, 2), len(fen), [None, pa.py_buffer(words)])
    return values if known is None else pc.if_else(pa.array(known), values, None)


def text(values: Sequence[Any] | Array, rows: Array | None = None) -> pa.Array:
    """Texts, or the texts at these positions; an empty text or a position below 0 is null."""
    words = pa.array([v if v else None for v in values], pa.string())
    if rows is None:
        return words
    return words.take(pa.array(rows, pa.int32(), mask=np.asarray(rows) < 0))


def numbered(prefix: str, numbers: Array, width: int) -> pa.Array:
    """Ids such as C000000012; a number below 0 is null."""
    digits = pc.utf8_lpad(pa.array(numbers, pa.int64()).cast(pa.string()), width, "0")
    ids = pc.binary_join_element_wise(pa.scalar(prefix), digits, pa.scalar(""))
    return pc.if_else(pa.array(np.asarray(numbers) >= 0), ids, pa.scalar(None, pa.string()))


def day(dates: Array, *, known: Array | None = None) -> pa.Array:
    """datetime64[D] as dates; null where not known."""
    values = np.asarray(dates).astype("datetime64[D]")
    return pa.array(values, pa.date32(), mask=None if known is None else ~np.asarray(known))


def moment(dates: Array, minutes: Array) -> pa.Array:
    """A date and minutes after its midnight as a timestamp."""
    at = np.asarray(dates).astype("datetime64[us]") + np.asarray(minutes).astype("timedelta64[m]")
    return pa.array(at, pa.timestamp("us"))


def whole(values: Array, *, known: Array | None = None) -> pa.Array:
    """Whole numbers; null where not known."""
    return pa.array(
        np.asarray(values, dtype=np.int64), mask=None if known is None else ~np.asarray(known)
    )


def write_csv(path: Path, table: pa.Table) -> None:
    """A table as CSV, compressed when the name ends in .gz; the bytes depend on the table alone."""
    stream = io.BytesIO()
    csv.write_csv(table, stream, csv.WriteOptions(quoting_style="needed"))
    content = stream.getvalue()
    if path.suffix == ".gz":
        packed = io.BytesIO()
        with gzip.GzipFile(fileobj=packed, mode="wb", filename="", mtime=0, compresslevel=6) as out:
            out.write(content)
        content = packed.getvalue()
    path.write_bytes(content)


def write_part(folder: Path, number: int, table: pa.Table) -> None:
    """One parquet part of a folder of parts."""
    folder.mkdir(exist_ok=True)
    write_parquet(folder / f"part-{number:02d}.parquet", table)
