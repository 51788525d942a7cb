"""Which files of the raw folder hold which table; what cannot be a table is refused by name."""

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from fraudml.claims.schema import CONTRACT, TABLES
from fraudml.errors import ContractError

_FORMS = (".csv", ".csv.gz", ".parquet")
_DATA_LIKE = {
    *(".csv", ".parquet", ".pq", ".xlsx", ".xls", ".txt", ".tsv", ".dat"),
    *(".gz", ".zip", ".bz2", ".xz", ".zst", ".lz4", ".7z", ".rar", ".tar", ".tgz", ".z"),
}
_HIDDEN = (".", "_")
_NOTES = ("readme", "adapter")


@dataclass(frozen=True)
class Source:
    """One file of a table: where it lies, how it is called in reports, how it is written."""

    path: Path
    shown: str
    form: str


def find_sources(raw: Path) -> dict[str, tuple[Source, ...]]:
    """The files of each table, in the contract's order of tables and by name within a table.

    Raises ContractError for a missing folder, a required table that is absent, a file that looks
    like data and is no table of the contract, and a table that is there twice.
    """
    if not raw.is_dir():
        raise ContractError(
            f"The raw folder {raw} is missing: set ingest.raw in params.yaml to the folder of "
            "the extract."
        )
    claimed: dict[str, Path] = {}
    for entry in sorted(raw.iterdir()):
        name = _table_name(entry)
        if name is None:
            continue
        if name in claimed:
            raise ContractError(
                f"{claimed[name].name} and {entry.name} both hold the table {name}: keep one, or "
                f"put all parts into the folder {name}/."
            )
        claimed[name] = entry
    _refuse_absent(raw, claimed)
    return {t.name: _parts(claimed[t.name], raw) for t in TABLES if t.name in claimed}


def _table_name(entry: Path) -> str | None:
    if _is_hidden(Path(entry.name)):
        return None
    name = entry.name if entry.is_dir() else _stem(entry)
    if not (entry.is_dir() or name.lower() in CONTRACT or _is_data_like(entry)):
        return None
    refuse_special(entry, entry.name)
    if name in CONTRACT:
        if not entry.is_dir() and _form(entry) is None:
            raise ContractError(
                f"{entry.name}: a table is NAME.csv, NAME.csv.gz, NAME.parquet or a folder of "
                "such parts. Export it again as one of these, or remove it."
            )
        return name
    near = get_close_matches(name.lower(), CONTRACT, n=1)
    hint = f"did you mean {near[0]}?" if near else f"the tables are {', '.join(CONTRACT)}."
    raise ContractError(f"{entry.name} is no table of the contract: remove or rename it; {hint}")


def _is_data_like(path: Path) -> bool:
    """Whether any of its endings is one of data: what is packed once more is not overlooked."""
    return not _DATA_LIKE.isdisjoint(ending.lower() for ending in path.suffixes)


def _stem(path: Path) -> str:
    return path.name.partition(".")[0]


def _form(path: Path) -> str | None:
    return next((form for form in _FORMS if path.name.lower().endswith(form)), None)


def refuse_special(entry: Path, shown: str) -> None:
    """A pipe or a link that leads nowhere would hang a run or end it later; so would a bad name."""
    if not shown.isprintable():
        raise ContractError(
            f"{_printable(shown)}: the name of the file is not "
            "plain text in UTF-8 (unpacked from an archive of another encoding?). Rename it."
        )
    if not entry.is_dir() and not entry.is_file():
        raise ContractError(
            f"{shown}: not a file (a link that leads nowhere, or a pipe). Copy the file itself."
        )


def _printable(name: str) -> str:
    text = name.encode(errors="surrogateescape").decode(errors="replace")
    return "".join(c if c.isprintable() else "?" for c in text)


def _refuse_absent(raw: Path, claimed: dict[str, Path]) -> None:
    for table in TABLES:
        if table.required and table.name not in claimed:
            raise ContractError(
                f"{raw}: the required table {table.name} is missing. Add {table.name}.csv, "
                f"{table.name}.csv.gz, {table.name}.parquet or a folder {table.name}/."
            )


def _parts(entry: Path, raw: Path) -> tuple[Source, ...]:
    if not entry.is_dir():
        return (_source(entry, raw),)
    # A link to a folder is not gone into, since it may lead back here; nor is it passed over.
    parts = sorted(
        p
        for p in entry.rglob("*")
        if (p.is_symlink() or not p.is_dir()) and not _is_hidden(p.relative_to(entry))
    )
    if not parts:
        raise ContractError(f"{entry.name}/: the folder holds no parts. Add them or remove it.")
    return tuple(_source(part, raw) for part in parts)


def passed_over(raw: Path) -> list[str]:
    """Files that end like a part and are read by nobody, since a name on the way begins with _.

    Programs keep unfinished parts so, and people what they set aside; a dot hides on purpose.
    """
    found = (path.relative_to(raw) for path in raw.rglob("*") if path.is_file())
    return sorted(_printable(p.as_posix()) for p in found if _form(p) and _set_aside(p))


def _is_hidden(path: Path) -> bool:
    if any(name.startswith(_HIDDEN) for name in path.parts):
        return True
    return path.name.lower().startswith(_NOTES) and _form(path) is None


def _set_aside(path: Path) -> bool:
    firsts = {name[0] for name in path.parts}
    return "_" in firsts and "." not in firsts


def _source(path: Path, raw: Path) -> Source:
    shown = path.relative_to(raw).as_posix()
    refuse_special(path, shown)
    if path.is_dir():
        raise ContractError(f"{shown}: a link to a folder. Copy the folder itself.")
    form = _form(path)
    if form is None:
        raise ContractError(
            f"{shown}: a part is .csv, .csv.gz or .parquet. Export it again as one of these."
        )
    return Source(path, shown, form)
