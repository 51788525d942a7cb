"""The files of one source table, staged as text cells in the scratch folder, in bounded memory."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from fraudml.artifacts import digest
from fraudml.claims.adapters.field_map import SourceFiles
from fraudml.claims.contract_types import Column, Table
from fraudml.claims.csv_text import CsvReader, Unreadable
from fraudml.claims.encodings import as_utf8
from fraudml.claims.parquet_text import parquet_batches
from fraudml.claims.sources import Source, refuse_special
from fraudml.errors import ContractError

PLACE, READABLE = "place", "readable"
_FORMS = {".gz": ".csv.gz", ".parquet": ".parquet"}
_DATA = (".csv", ".gz", ".parquet")
_MOST_SHOWN = 5
_MISFIT = "\ufffd"
_Batch = tuple[pa.Array, pa.RecordBatch, bool]  # row numbers, cells, whether bytes were replaced


@dataclass(frozen=True)
class Wanted:
    """One source column that the map reads, under the safe name it has while staged."""

    name: str
    staged: str
    column: Column  # the first contract column it fills: which parquet types can stand for it
    asked_by: str  # the key of the map that names it
    optional: bool


@dataclass
class StagedSource:
    """A source table as text, and an account of its rows."""

    path: Path
    rows: int = 0
    wrong_fields: int = 0
    lines_of_wrong_fields: int = 0  # more than their number where quotation marks joined lines
    undecodable: int = 0
    first_unreadable: str | None = None  # file and row, never what it says
    files: list[str] = field(default_factory=list)
    encodings: dict[str, str] = field(default_factory=dict)
    present: set[str] = field(default_factory=set)
    left_out: set[str] = field(default_factory=set)

    @property
    def unreadable(self) -> int:
        """Rows with too many or too few fields, or with bytes that fit no encoding."""
        return self.wrong_fields + self.undecodable


def stage_source(
    folder: Path,
    key: str,
    files: SourceFiles,
    wanted: tuple[Wanted, ...],
    scratch: Path,
    *,
    map_name: str,
) -> StagedSource:
    """Every row of every file: place (running), readable, and each wanted column as text.

    A row that cannot be read stays as an empty one, so that it is counted and set aside later.
    Raises ContractError, naming the map's key, where no file answers or a column is missing.
    """
    staged = StagedSource(scratch / f"{key_file(key)}.parquet")
    schema = pa.schema(
        [(PLACE, pa.int64()), (READABLE, pa.bool_())] + [(w.staged, pa.string()) for w in wanted]
    )
    filled = []
    with pq.ParquetWriter(staged.path, schema, compression="lz4") as writer:
        for path in _matching(folder, key, files, map_name):
            before = staged.rows
            shown = path.relative_to(folder).as_posix()
            staged.files.append(shown)
            part = Source(path, shown, _FORMS.get(path.suffix.lower(), ".csv"))
            reader = _FileReader(part, files, wanted, staged, scratch, map_name)
            for cells in reader.batches():
                writer.write_batch(_placed(cells, staged, schema))
            _write_unreadable(writer, reader.wrong_fields, staged, schema)
            filled += [path] if staged.rows > before else []
    _refuse_without_rows(staged, f"{map_name}: sources.{key}")
    _refuse_twice(folder, filled, f"{map_name}: sources.{key}.files")
    return staged


def _refuse_without_rows(staged: StagedSource, place: str) -> None:
    rest = len(staged.files) - _MOST_SHOWN
    shown = ", ".join(staged.files[:_MOST_SHOWN]) + (f" and {rest:,} more" if rest > 0 else "")
    if not staged.rows:
        raise ContractError(
            f"{place}: {shown} holds no rows. Export it again, or take the source out of the map."
        )
    if staged.wrong_fields == staged.rows:
        raise ContractError(
            f"{place}: not one of {staged.rows:,} rows of {shown} has as many fields as its "
            "header. Give every field a name, or set delimiter in the map."
        )


def key_file(key: str) -> str:
    """A file name for a source: its key may hold anything, of any length."""
    return f"source_{sha256(key.encode()).hexdigest()[:16]}"


def _matching(folder: Path, key: str, files: SourceFiles, map_name: str) -> list[Path]:
    place = f"{map_name}: sources.{key}.files"
    named = {p for pattern in files.files for p in folder.glob(pattern)}
    within = {above for p in named for above in p.parents}  # their parts are named as well
    found = sorted(p for p in named if not p.is_dir() or _passed_over(p, within))
    if not found:
        raise ContractError(
            f"{place}: no file in {folder} is called "
            f"{' or '.join(files.files)}. Put the extract there, or correct the pattern."
        )
    for path in found:
        shown = path.relative_to(folder).as_posix()
        if not shown.isprintable():  # bytes that are no text, or a line end
            raise ContractError(f"{place}: the file {shown!a} is no name to print. Rename it.")
        if path.is_dir():
            raise ContractError(f"{place}: {shown} is a folder. Name the parts in it: {shown}/*.")
        refuse_special(path, shown)
    return found


def _passed_over(folder: Path, within: set[Path]) -> bool:
    """Whether a folder is called like a table and nothing in it is read."""
    return folder.suffix.lower() in _DATA and folder not in within


def _refuse_twice(folder: Path, found: list[Path], place: str) -> None:
    """The same file under two names, or beside itself packed, would count every row twice."""
    known: dict[object, Path] = {}
    sizes = Counter(path.stat().st_size for path in found)
    for path in found:
        same: set[object] = {path.with_name(path.name.removesuffix(".gz"))}
        same |= {digest(path)} if sizes[path.stat().st_size] > 1 else set()
        for each in same:
            if each in known:
                names = (p.relative_to(folder).as_posix() for p in (known[each], path))
                raise ContractError(
                    f"{place}: {' and '.join(names)} are the same table twice. Keep one of them."
                )
            known[each] = path


class _FileReader:
    """Reads one file once, in batches of wanted cells."""

    def __init__(
        self,
        part: Source,
        files: SourceFiles,
        wanted: tuple[Wanted, ...],
        staged: StagedSource,
        scratch: Path,
        map_name: str,
    ) -> None:
        self.part = part
        self.files = files
        self.wanted = wanted
        self.staged = staged
        self.scratch = scratch
        self.map_name = map_name
        self.wrong_fields = 0
        self._first_lost: int | None = None

    def batches(self) -> Iterator[dict[str, pa.Array]]:
        """The wanted cells by their staged name; a column that this file lacks is null."""
        source = self._parquet() if self.part.form == ".parquet" else self._csv()
        for numbers, batch, lossy in source:
            names = batch.schema.names
            cells = {
                w.staged: self._cleaned(batch.column(names.index(w.name)))
                if w.name in names
                else pa.nulls(batch.num_rows, pa.string())
                for w in self.wanted
            }
            yield self._without_misfits(cells, numbers) if lossy else cells
        if self._first_lost and self.staged.first_unreadable is None:
            self.staged.first_unreadable = f"{self.part.shown} row {self._first_lost:,}"

    def _parquet(self) -> Iterator[_Batch]:
        self.staged.encodings[self.part.shown] = "parquet"
        kinds = {w.name: Column(w.name, w.column.kind, nullable=True) for w in self.wanted}
        foreign = Table("source", "", "", tuple(kinds.values()))
        for numbers, batch in parquet_batches(foreign, self.part):
            self._note(batch.schema.names)
            yield numbers, batch, False

    def _csv(self) -> Iterator[_Batch]:
        plain = as_utf8(self.part, self.scratch)
        self.staged.encodings[self.part.shown] = plain.encoding
        try:
            reader = CsvReader(self.part, plain, delimiter=self.files.delimiter)
            self._note(reader.header)
            read = {w.name for w in self.wanted}
            only = [name for name in reader.header if name in read] or reader.header[:1]
            for numbers, batch in reader.batches(only):
                yield numbers, batch, plain.lossy
            self._count(reader.unreadable)
        finally:
            if not plain.original:
                plain.path.unlink(missing_ok=True)

    def _count(self, unreadable: list[Unreadable]) -> None:
        self.wrong_fields = len(unreadable)
        self.staged.lines_of_wrong_fields += sum(row.lines for row in unreadable)
        self._lost([row.row_number for row in unreadable[:1]])

    def _lost(self, rows: list[int]) -> None:
        self._first_lost = min((self._first_lost or rows[0], *rows)) if rows else self._first_lost

    def _note(self, header: list[str]) -> None:
        """Refuse a file that lacks a column or has one twice; remember what is not read."""
        for w in self.wanted:
            if header.count(w.name) > 1:
                raise ContractError(
                    f"{self.part.shown}: the column {w.name!r} is there {header.count(w.name)} "
                    "times. Keep one of them."
                )
            if w.name in header:
                self.staged.present.add(w.name)
            elif not w.optional:
                raise ContractError(self._absent(w, header))
        self.staged.left_out |= set(header) - {w.name for w in self.wanted}

    def _absent(self, w: Wanted, header: list[str]) -> str:
        near = get_close_matches(w.name, header, n=1)
        if near:
            remedy = f"Write {near[0]!r} in the map if that is what is meant."
        elif len(header) == 1:
            remedy = (
                "Its first row is one cell: take titles off above the header, or set delimiter."
            )
        else:
            remedy = "Add it to the export, or change the map."
        return (
            f"{self.map_name}: {w.asked_by} reads the column {w.name!r}, which {self.part.shown} "
            f"does not have. {remedy}"
        )

    def _cleaned(self, cells: pa.Array) -> pa.Array:
        """Without the blanks around it; an empty cell and the map's blank words are null."""
        trimmed = pc.utf8_trim_whitespace(cells)
        nothing = pa.array(["", *self.files.blank], pa.string())
        return pc.if_else(pc.is_in(trimmed, nothing), pa.scalar(None, pa.string()), trimmed)

    def _without_misfits(
        self, cells: dict[str, pa.Array], numbers: pa.Array
    ) -> dict[str, pa.Array]:
        """A row with bytes that fit no encoding is emptied whole: a part of it would mislead."""
        misfit = pa.repeat(False, len(numbers))
        for column in cells.values():
            misfit = pc.or_(misfit, pc.fill_null(pc.match_substring(column, _MISFIT), False))
        lost = numbers.filter(misfit)
        self.staged.undecodable += len(lost)
        self._lost(lost[:1].to_pylist())
        null = pa.scalar(None, pa.string())
        emptied = {name: pc.if_else(misfit, null, column) for name, column in cells.items()}
        return {**emptied, READABLE: pc.invert(misfit)}


def _placed(cells: dict[str, pa.Array], staged: StagedSource, schema: pa.Schema) -> pa.RecordBatch:
    count = max((len(column) for column in cells.values()), default=0)
    first = staged.rows
    staged.rows += count
    readable = cells.get(READABLE, pa.repeat(True, count))
    columns = [cells[name] for name in schema.names[2:]]
    return pa.record_batch(
        [pa.array(range(first, first + count), pa.int64()), readable, *columns], schema=schema
    )


def _write_unreadable(
    writer: pq.ParquetWriter, count: int, staged: StagedSource, schema: pa.Schema
) -> None:
    staged.wrong_fields += count
    if count:
        empty = {name: pa.nulls(count, pa.string()) for name in schema.names[2:]}
        writer.write_batch(_placed({**empty, READABLE: pa.repeat(False, count)}, staged, schema))
