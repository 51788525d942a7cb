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

    UTF-8 (with or without BOM) when every byte fits, or when more characters of several bytes fit
    than bytes do not: GB18030, which takes almost anything, would garble them all for the sake of
    a few rows. Else GB18030 when it has fewer misfits. The rows of misfits are set aside by the
    rule ``encoding``.
    """
    try:
        source.path.open("rb").close()
    except OSError as error:
        raise ContractError(
            f"{source.shown}: the file cannot be opened: {error.strerror}."
        ) from None
    path = _decompressed(source, scratch)
    _refuse_foreign(path, source)
    if _fits(path, "utf-8"):
        return PlainText(path, _utf8_name(path), lossy=False, original=path == source.path)
    encoding, lossy = _better_of_two(path)
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


def _better_of_two(path: Path) -> tuple[str, bool]:
    """The encoding of a file that is not all UTF-8, and whether it leaves misfits too."""
    fitting, misfits = _counted(path, "utf-8")
    if fitting > misfits:
        return "utf-8", True
    if _fits(path, "gb18030"):
        return "gb18030", False
    return ("gb18030" if _counted(path, "gb18030")[1] < misfits else "utf-8"), True


def _fits(path: Path, encoding: str) -> bool:
    """Whether every byte is text in this encoding; ends at the first that is not."""
    try:
        return not any("\0" in text for text in _strictly(path, encoding))
    except UnicodeDecodeError:
        return False


def _counted(path: Path, encoding: str) -> tuple[int, int]:
    """How many characters of several bytes fit this encoding, and how many places do not."""
    fitting = misfits = 0
    for text in _decoded(path, encoding):
        lost = text.count("\ufffd")
        misfits += lost
        fitting += len(text) - len(text.encode("ascii", "ignore")) - lost
    return fitting, misfits


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
