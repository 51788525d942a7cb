"""The four files of a knowledge base: their columns, and reading them with every fault named."""

import csv
import io
import re
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Literal

from fraudml.asof import parse_date
from fraudml.claims.canonical import TOO_LARGE
from fraudml.claims.schema import CONTRACT
from fraudml.errors import ParamsError

Form = Literal["text", "date", "whole", "number", "codes"]
_LONGEST_SAID = 240
_WHOLE_DIGITS = 14  # fen below a trillion yuan
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_TABLE_LIKE = (".csv", ".tsv", ".txt", ".xls", ".parquet", ".json", ".yaml")


@dataclass(frozen=True)
class Field:
    """One column of a knowledge file."""

    name: str
    form: Form = "text"
    needed: bool = True
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True)
class File:
    """One knowledge file: its columns, and those by which an overlay's rows replace ours."""

    name: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    dated: bool = True

    @property
    def file(self) -> str:
        """The file's name in its folder."""
        return f"{self.name}.csv"


@dataclass(frozen=True)
class Entry:
    """One row of a knowledge file, and where it stands."""

    file: str
    line: int
    cells: dict[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.cells[name]


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong, where it stands, and what to do about it."""

    file: str
    line: int | None
    what: str
    remedy: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        what = self.what if len(self.what) <= _LONGEST_SAID else f"{self.what[:_LONGEST_SAID]}…"
        return f"{place}: {what}. {self.remedy}."


_DATES = (Field("valid_from", "date", needed=False), Field("valid_to", "date", needed=False))
_SOURCE = Field("source")
_PROVIDERS = CONTRACT["providers"]
FILES: tuple[File, ...] = (
    File("sources", (Field("source"), Field("title"), Field("note", needed=False)),
         ("source",), dated=False),
    File(
        "thresholds",
        (
            Field("rule"), Field("name"), Field("value"), Field("unit"),
            Field("level", needed=False, allowed=_PROVIDERS.column("level").values),
            Field("kind", needed=False, allowed=_PROVIDERS.column("kind").values),
            *_DATES, _SOURCE,
        ),
        ("rule", "name", "level", "kind"),
    ),
    File(
        "clauses",
        (Field("clause"), *_DATES, Field("words"), Field("article_sha256"), _SOURCE),
        ("clause",),
    ),
    File(
        "items",
        (
            Field("item_code"), *_DATES, Field("price_cap_fen", "whole", needed=False),
            Field("sex_limit", needed=False, allowed=CONTRACT["items"].column("sex_limit").values),
            Field("age_min", "whole", needed=False), Field("age_max", "whole", needed=False),
            Field("diagnosis_limit", "codes", needed=False),
            Field("level_min", "whole", needed=False),
            Field("max_daily_quantity", "number", needed=False),
            Field("bundle_of", "codes", needed=False), Field("minutes", "whole", needed=False),
            _SOURCE,
        ),
        ("item_code",),
    ),
)  # fmt: skip
ITEM_LIMITS = tuple(f.name for f in FILES[-1].fields if not f.needed and f.form != "date")


def read_folder(folder: Path | Traversable, shown: str) -> tuple[list[Entry], list[Fault]]:
    """All rows of a knowledge folder; a file may be absent, one of another name is a fault."""
    names = {form.file for form in FILES}
    remedy = f"Name a folder with {', '.join(sorted(names))} or some of them; null takes ours alone"
    if not folder.is_dir():
        return [], [Fault(str(folder), None, "there is no such folder", remedy)]
    entries: list[Entry] = []
    faults: list[Fault] = []
    for path in sorted(folder.iterdir(), key=lambda p: p.name):
        if path.name in names and not path.is_file():
            faults.append(Fault(f"{shown}/{path.name}", None, "this is no file", "Put a CSV there"))
        elif path.name not in names and _looks_like_a_table(path.name):
            what, remedy = "no knowledge file has this name", _nearest(path.name.lower(), names)
            remedy = f"Save it as CSV in UTF-8 and name it {remedy}, or take it out"
            faults.append(Fault(f"{shown}/{path.name}", None, what, remedy))
    for form in FILES:
        path = folder / form.file
        if path.is_file():
            found, wrong = _read(path, form, f"{shown}/{form.file}")
            entries, faults = entries + found, faults + wrong
    if not entries and not faults:
        faults.append(Fault(str(folder), None, "no row of a knowledge file stands there", remedy))
    return entries, faults


def _looks_like_a_table(name: str) -> bool:
    """What somebody may believe is read: not notes, not hidden files, not our own code."""
    small = name.lower()
    return not small.startswith((".", "_", "readme")) and any(e in small for e in _TABLE_LIKE)


def _nearest(name: str, known: set[str]) -> str:
    return get_close_matches(name, sorted(known), 1, 0.0)[0]


def _read(path: Path | Traversable, form: File, shown: str) -> tuple[list[Entry], list[Fault]]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        return [], [Fault(shown, None, "the file is not UTF-8", "Save it as CSV in UTF-8")]
    reader = csv.DictReader(io.StringIO(text, newline=""), restkey="", restval=None)
    try:
        return _rows(reader, form, shown)
    except csv.Error:  # a cell beyond the limit of Python's reader
        what = "a cell is too long"
        remedy = "Look for a quotation mark that is never closed"
        return [], [Fault(shown, reader.line_num, what, remedy)]


def _rows(reader: "csv.DictReader[str]", form: File, shown: str) -> tuple[list[Entry], list[Fault]]:
    header, known = list(reader.fieldnames or ()), {f.name for f in form.fields}
    faults = [
        Fault(shown, 1, f"the column {name!r} is there twice", "Keep one of them")
        for name in sorted({name for name in header if header.count(name) > 1})
    ] + [
        Fault(shown, 1, f"{name!r} is no column of it",
              f"Name it {_nearest(name, known)}, or drop it")
        for name in header if name not in known
    ] + [
        Fault(shown, 1, f"the column {name} is missing", "Add it; its cells may stay empty where "
              "nothing is said") for name in sorted(known - set(header))
    ]  # fmt: skip
    if faults:
        return [], faults
    entries = []
    for raw in reader:
        line = reader.line_num
        if None in raw.values() or "" in raw:
            faults.append(Fault(shown, line, "the row has too many or too few cells",
                                "Put texts with a comma in quotation marks"))  # fmt: skip
            continue
        cells, wrong = _cells(form, raw, shown, line)
        faults += wrong
        if not wrong:
            entries.append(Entry(shown, line, cells))
    return entries, faults


def _cells(
    form: File, raw: dict[str, str], shown: str, line: int
) -> tuple[dict[str, Any], list[Fault]]:
    cells: dict[str, Any] = {}
    faults = []
    for field in form.fields:
        text = raw[field.name].strip()
        cells[field.name] = None
        if not text:
            if field.needed:
                remedy = _FILL.get(field.name, f"Fill {field.name}")
                faults.append(Fault(shown, line, f"{field.name} is empty", remedy))
        elif field.allowed and text not in field.allowed:
            faults.append(Fault(shown, line, f"{field.name} = {text!r} is not allowed",
                                f"Use {', '.join(field.allowed)}, or leave it empty"))  # fmt: skip
        else:
            value = typed(text, field.form)
            cells[field.name] = value
            if value is None:
                what = f"{field.name} = {text!r} is not {SAID[field.form]}"
                faults.append(Fault(shown, line, what, f"Correct {field.name}"))
    return cells, faults


_FILL = {"source": "Name a row of sources.csv that says where the value comes from"}
SAID: dict[Form, str] = {
    "text": "text", "date": "a date written YYYY-MM-DD", "whole": "a whole number of 0 or more",
    "number": "a number of 0 or more", "codes": "codes separated by |",
}  # fmt: skip


def typed(text: str, form: Form) -> Any:
    """The value written in a cell, or None where it is not of this form.

    >>> typed("7", "whole"), typed("7.5", "whole"), typed("C50|C51", "codes")
    (7, None, ('C50', 'C51'))
    """
    try:
        if form == "date":
            return parse_date(text, name="")
        if form == "whole":
            digits = text.isascii() and text.isdigit() and len(text) <= _WHOLE_DIGITS
            return int(text) if digits else None
        if form == "number":
            value = float(text) if _NUMBER.fullmatch(text) else TOO_LARGE
            return value if value < TOO_LARGE else None
    except (ValueError, ParamsError):
        return None
    if form == "codes":
        codes = tuple(code.strip() for code in text.split("|"))
        return codes if all(codes) else None
    return text
