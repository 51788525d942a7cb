"""Raw CSV files as rows of trimmed text; what cannot be split into fields keeps its number."""

import csv
import gzip
import io
from dataclasses import dataclass, field
from pathlib import Path

from fraudml.claims.contract_types import Table

MISFIT = "\ufffd"


@dataclass
class RawFile:
    """One raw file: rows by number (1 = first after the header), and numbers without fields."""

    shown: str
    rows: dict[int, dict[str, str | None]] = field(default_factory=dict)
    unreadable: list[int] = field(default_factory=list)
    lossy: bool = False  # bytes that are no text stand in it as MISFIT


def files_of(table: Table, raw: Path) -> list[RawFile]:
    """The files of a table in the order of their names; none where it did not come in."""
    if (raw / table.name).is_dir():
        paths = sorted(path for path in (raw / table.name).rglob("*") if path.is_file())
    else:
        paths = [raw / f"{table.name}{form}" for form in (".csv", ".csv.gz")]
    return [_read(table, path, raw) for path in paths if path.exists()]


def _read(table: Table, path: Path, raw: Path) -> RawFile:
    content = path.read_bytes()
    text, lossy = _decoded(gzip.decompress(content) if path.suffix == ".gz" else content)
    found = RawFile(path.relative_to(raw).as_posix(), lossy=lossy)
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    names = [name.strip() for name in header]
    for number, cells in enumerate(rows, start=1):
        if len(cells) != len(names):
            found.unreadable.append(number)
            continue
        given = {name: cell.strip() or None for name, cell in zip(names, cells, strict=True)}
        found.rows[number] = {c.name: given.get(c.name) for c in table.columns}
    return found


def _decoded(content: bytes) -> tuple[str, bool]:
    """UTF-8 where every byte fits, else GB18030 where every byte fits, else the better of both."""
    tried = []
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding), False
        except UnicodeDecodeError:
            text = content.decode(encoding, errors="replace")
            tried.append((text.count(MISFIT), text))
    return min(tried, key=lambda one: one[0])[1], True
