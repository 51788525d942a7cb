"""The files of one source table, staged as text cells in the scratch folder, in bounded memory."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from fraudml.claims.adapters.field_map import SourceFiles
from fraudml.claims.contract_types import Column, Table
from fraudml.claims.encodings import as_utf8
from fraudml.claims.parquet_text import parquet_batches
from fraudml.claims.sources import Source
from fraudml.errors import ContractError

PLACE, READABLE = "place", "readable"
_BLOCK = 8 << 20
_MOST_LINES = 100  # of one row: beyond, a quotation mark was never closed and swallowed others
_FORMS = {".gz": ".csv.gz", ".parquet": ".parquet"}
_MISFIT = "\ufffd"


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
    with pq.ParquetWriter(staged.path, schema, compression="lz4") as writer:
        for path in _matching(folder, key, files, map_name):
            shown = path.relative_to(folder).as_posix()
            staged.files.append(shown)
            part = Source(path, shown, _FORMS.get(path.suffix.lower(), ".csv"))
            reader = _FileReader(part, files, wanted, staged, scratch, map_name)
            for cells in reader.batches():
                writer.write_batch(_placed(cells, staged, schema))
            _write_unreadable(writer, reader.wrong_fields, staged, schema)
    if not staged.rows:
        raise ContractError(
            f"{map_name}: sources.{key}: {', '.join(staged.files)} holds no rows. Export it "
            "again, or take the source out of the map."
        )
    return staged


def key_file(key: str) -> str:
    """A file name for a source: its key may hold anything."""
    return f"source_{key.encode().hex()}"


def _matching(folder: Path, key: str, files: SourceFiles, map_name: str) -> list[Path]:
    found = sorted({p for pattern in files.files for p in folder.glob(pattern) if p.is_file()})
    if not found:
        raise ContractError(
            f"{map_name}: sources.{key}.files: no file in {folder} is called "
            f"{' or '.join(files.files)}. Put the extract there, or correct the pattern."
        )
    return found


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

    def batches(self) -> Iterator[dict[str, pa.Array]]:
        """The wanted cells by their staged name; a column that this file lacks is null."""
        source = self._parquet() if self.part.form == ".parquet" else self._csv()
        for batch, lossy in source:
            names = batch.schema.names
            cells = {
                w.staged: self._cleaned(batch.column(names.index(w.name)))
                if w.name in names
                else pa.nulls(batch.num_rows, pa.string())
                for w in self.wanted
            }
            yield self._without_misfits(cells, batch.num_rows) if lossy else cells

    def _parquet(self) -> Iterator[tuple[pa.RecordBatch, bool]]:
        self.staged.encodings[self.part.shown] = "parquet"
        kinds = {w.name: Column(w.name, w.column.kind, nullable=True) for w in self.wanted}
        foreign = Table("source", "", "", tuple(kinds.values()))
        for _, batch in parquet_batches(foreign, self.part):
            self._note(batch.schema.names)
            yield batch, False

    def _csv(self) -> Iterator[tuple[pa.RecordBatch, bool]]:
        plain = as_utf8(self.part, self.scratch)
        self.staged.encodings[self.part.shown] = plain.encoding
        header = self._header(plain.path)
        self._note(header)
        read = {w.name for w in self.wanted}
        try:
            reader = pyarrow.csv.open_csv(
                plain.path,
                read_options=pyarrow.csv.ReadOptions(
                    column_names=header, skip_rows=1, use_threads=False, block_size=_BLOCK
                ),
                parse_options=pyarrow.csv.ParseOptions(
                    delimiter=self.files.delimiter,
                    newlines_in_values=True,
                    invalid_row_handler=self._refuse,
                ),
                convert_options=pyarrow.csv.ConvertOptions(
                    column_types=dict.fromkeys(header, pa.string()),
                    include_columns=[name for name in header if name in read] or header[:1],
                    strings_can_be_null=False,
                    null_values=[],
                ),
            )
            for batch in reader:
                yield batch, plain.lossy
        except pa.ArrowInvalid as error:
            if "Empty CSV" in str(error):
                return  # a header and no rows
            raise ContractError(
                f"{self.part.shown}: cannot be split into rows. A quotation mark that is never "
                "closed is the usual cause: correct the export."
            ) from None
        finally:
            if not plain.original:
                plain.path.unlink(missing_ok=True)

    def _header(self, path: Path) -> list[str]:
        try:
            with path.open(encoding="utf-8-sig", newline="") as stream:
                names = next(csv.reader(stream, delimiter=self.files.delimiter), [])
        except csv.Error:
            names = []
        if not any(name.strip() for name in names):
            raise ContractError(
                f"{self.part.shown}: the first row holds no column names. Add a header."
            )
        return [name.strip() for name in names]

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
            remedy = "It has a single column: set delimiter in the map."
        else:
            remedy = "Add it to the export, or change the map."
        return (
            f"{self.map_name}: {w.asked_by} reads the column {w.name!r}, which {self.part.shown} "
            f"does not have. {remedy}"
        )

    def _refuse(self, row: pyarrow.csv.InvalidRow) -> str:
        lines = row.text.count("\n") + 1
        if lines > _MOST_LINES:
            return "error"
        self.wrong_fields += 1
        self.staged.lines_of_wrong_fields += lines
        if self.staged.first_unreadable is None:
            self.staged.first_unreadable = f"{self.part.shown} row {row.number - 1:,}"
        return "skip"

    def _cleaned(self, cells: pa.Array) -> pa.Array:
        """Without the blanks around it; an empty cell and the map's blank words are null."""
        trimmed = pc.utf8_trim_whitespace(cells)
        nothing = pa.array(["", *self.files.blank], pa.string())
        return pc.if_else(pc.is_in(trimmed, nothing), pa.scalar(None, pa.string()), trimmed)

    def _without_misfits(self, cells: dict[str, pa.Array], count: int) -> dict[str, pa.Array]:
        """A row with bytes that fit no encoding is emptied whole: a part of it would mislead."""
        misfit = pa.repeat(False, count)
        for column in cells.values():
            misfit = pc.or_(misfit, pc.fill_null(pc.match_substring(column, _MISFIT), False))
        lost = pc.sum(misfit).as_py() or 0
        self.staged.undecodable += lost
        if lost and self.staged.first_unreadable is None:
            self.staged.first_unreadable = self.part.shown
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
