"""Whatever a CSV file was written in, a plain UTF-8 file to read it from.

A NUL is no character of any text: it becomes U+FFFD, as a byte that fits no encoding does, and
its row is set aside.
"""

import codecs
import gzip
import hashlib
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
    try:
        source.path.open("rb").close()
    except OSError as error:
        raise ContractError(
            f"{source.shown}: the file cannot be opened: {error.strerror}."
        ) from None
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
        for text in _decoded(path, encoding):
            out.write(text.encode())
    name = "GB18030" if encoding == "gb18030" else "UTF-8"
    return PlainText(plain, name + (" with misfits" if lossy else ""), lossy, original=False)


def _flat(source: Source) -> str:
    """A short name of its own for every file, whatever its own name is."""
    return hashlib.sha256(source.shown.encode(errors="surrogateescape")).hexdigest()[:16]


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
        start = stream.read(4096)
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
    if b"\0" in start.partition(b"\n")[0]:
        raise ContractError(
            f"{source.shown}: the first row holds NUL bytes, as UTF-16 and binary files do; a "
            "table is CSV in UTF-8 or GB18030. Export it again."
        )


def _utf8_name(path: Path) -> str:
    with path.open("rb") as stream:
        return "UTF-8 with BOM" if stream.read(3) == codecs.BOM_UTF8 else "UTF-8"


def _misfits(path: Path, encoding: str) -> int:
    try:
        if not any("\0" in text for text in _strictly(path, encoding)):
            return 0
    except UnicodeDecodeError:
        pass
    return sum(text.count("\ufffd") for text in _decoded(path, encoding))


def _decoded(path: Path, encoding: str) -> Iterator[str]:
    """The text, with U+FFFD for whatever is none."""
    for text in _blocks(path, codecs.getincrementaldecoder(encoding)("replace")):
        yield text.replace("\0", "\ufffd")


def _strictly(path: Path, encoding: str) -> Iterator[str]:
    yield from _blocks(path, codecs.getincrementaldecoder(encoding)("strict"))


def _blocks(path: Path, decoder: codecs.IncrementalDecoder) -> Iterator[str]:
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            yield decoder.decode(block)
        yield decoder.decode(b"", final=True)
