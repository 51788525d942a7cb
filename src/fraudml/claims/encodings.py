"""Whatever a CSV file was written in, a plain UTF-8 file to read it from."""

import codecs
import gzip
import shutil
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fraudml.claims.sources import Source
from fraudml.errors import ContractError

_BLOCK = 1 << 20
_FOREIGN = {
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
    b"PK": "a zip archive or an Excel workbook",
    b"\x1f\x8b": "gzip without the ending .csv.gz",
    b"PAR1": "parquet without the ending .parquet",
}


@dataclass(frozen=True)
class PlainText:
    """A UTF-8 file; ``lossy`` where some bytes fitted no encoding and became U+FFFD."""

    path: Path
    encoding: str
    lossy: bool
    original: bool  # byte offsets in it are those of the file that was handed in


def as_utf8(source: Source, scratch: Path) -> PlainText:
    """Decompress and re-encode where needed, in a stream; say which encoding it was.

    UTF-8 (with or without BOM) when every byte fits, else GB18030 when every byte fits, else the
    one of the two with fewer misfits, whose rows are set aside by the rule ``encoding``.
    """
    path = _decompressed(source, scratch)
    _refuse_foreign(path, source)
    misfits = _misfits(path, "utf-8")
    if not misfits:
        return PlainText(path, _utf8_name(path), lossy=False, original=path == source.path)
    other = _misfits(path, "gb18030")
    encoding = "gb18030" if other < misfits else "utf-8"
    lossy = min(other, misfits) > 0
    plain = scratch / f"{_flat(source)}.utf8.csv"
    with plain.open("wb") as out:
        for text in _decoded(path, encoding, errors="replace"):
            out.write(text.encode())
    name = "GB18030" if encoding == "gb18030" else "UTF-8"
    return PlainText(plain, name + (" with misfits" if lossy else ""), lossy, original=False)


def _flat(source: Source) -> str:
    return source.shown.replace("/", "~")


def _decompressed(source: Source, scratch: Path) -> Path:
    if source.form != ".csv.gz":
        return source.path
    plain = scratch / f"{_flat(source)}.csv"
    try:
        with gzip.open(source.path) as packed, plain.open("wb") as out:
            shutil.copyfileobj(packed, out, _BLOCK)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise ContractError(
            f"{source.shown}: the gzip file is truncated or damaged. Copy or export it again."
        ) from None
    return plain


def _refuse_foreign(path: Path, source: Source) -> None:
    with path.open("rb") as stream:
        start = stream.read(4)
    if not start:
        raise ContractError(
            f"{source.shown}: the file is empty, it has not even a header row. Export it again, "
            "or remove it if the table is optional."
        )
    for mark, what in _FOREIGN.items():
        if start.startswith(mark):
            raise ContractError(
                f"{source.shown}: this is {what}, not CSV in UTF-8 or GB18030. Export it again."
            )


def _utf8_name(path: Path) -> str:
    with path.open("rb") as stream:
        return "UTF-8 with BOM" if stream.read(3) == codecs.BOM_UTF8 else "UTF-8"


def _misfits(path: Path, encoding: str) -> int:
    try:
        for _ in _decoded(path, encoding, errors="strict"):
            pass
    except UnicodeDecodeError:
        return sum(text.count("\ufffd") for text in _decoded(path, encoding, errors="replace"))
    return 0


def _decoded(path: Path, encoding: str, *, errors: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            yield decoder.decode(block)
        yield decoder.decode(b"", final=True)
