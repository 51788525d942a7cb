"""Every named fault alone in a small fund: refused in one line, or every row accounted for."""

import csv
import io
import json
import logging
import os
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from cell_faults import CELL_FAULTS
from fault import EVERY_PERSON, PLANTED, Fault, make_fund
from file_faults import FILE_FAULTS
from row_faults import ROW_FAULTS

from fraudml.artifacts import digest
from fraudml.claims.schema import CONTRACT
from fraudml.claims.set_checks import PLACE
from fraudml.cli import main
from fraudml.errors import ContractError
from ingest_fund import Run

FAULTS = (*FILE_FAULTS, *CELL_FAULTS, *ROW_FAULTS)
Row = dict[str, Any]
Key = tuple[Any, ...]
TABLES = "|".join(CONTRACT)
FILES = "reversed_claims|typed|refused|facts|manifest"
# every name is ours, a hash, or our name for a table
NAMES = re.compile(rf"({TABLES}|{FILES}|[0-9a-f]{{32}})(\.parquet|\.json)?|data_\d+\.parquet")
OURS = ("claims1", "quarantine1", "parts", "spill")
LONGEST_LINE = 1_000  # characters that anybody reads
csv.field_size_limit(1 << 30)


def cases(faults: tuple[Fault, ...]) -> list[Any]:
    return [
        pytest.param(
            fault,
            id=fault.name,
            marks=[pytest.mark.xfail(strict=True, reason=fault.wrong)] if fault.wrong else [],
        )
        for fault in faults
    ]


@dataclass
class Sound:
    """A small fund before anything is wrong with it: its accepted rows by table and key."""

    rows: dict[str, dict[Key, Row]]
    parts: Path  # as its ingest left them: tables that a fault leaves alone are not read again
    before: dict[str, str]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[tuple[str, ...], Sound]]:
    found = {}
    for tables in {fault.tables for fault in FAULTS}:
        folder = tmp_path_factory.mktemp("sound")
        run = Run(make_fund(folder, tables), parts=folder / "parts")
        assert run.report["quarantined_rows"] == 0
        assert not any(run.warnings(name) for name in tables)
        rows = {name: by_key(name, run.rows(name)) for name in tables}
        found[tables] = Sound(rows, folder / "parts", tree(folder / "parts"))
    yield found
    assert all(tree(one.parts) == one.before for one in found.values())


def by_key(name: str, rows: list[Row]) -> dict[Key, Row]:
    """What the rows say, by their key; no key may be there twice."""
    key = [CONTRACT[name].column(column).canonical for column in CONTRACT[name].key]
    found = {tuple(row[c] for c in key): without_place(row) for row in rows}
    assert len(found) == len(rows), f"a key of {name} is accepted twice"
    return found


def without_place(row: Row) -> Row:
    return {c: value for c, value in row.items() if c not in PLACE}


def raw_rows(path: Path) -> int:
    """How many rows a raw file has, by other means than the reader's."""
    if path.suffix == ".parquet":
        return int(pq.read_metadata(path).num_rows)
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030", errors="replace")
    rows = csv.reader(io.StringIO(text, newline=""))
    return sum(1 for row in rows if row) - 1


def tree(folder: Path) -> dict[str, str]:
    """Every file below a folder with its content's hash, links as what they point at."""
    return {
        str(p.relative_to(folder)): digest(p) if p.is_file() else ""
        for p in sorted(folder.rglob("*"))
    }


def told(folder: Path) -> str:
    """Everything that stands in the files below a folder, and their names."""
    said = []
    for path in sorted(folder.rglob("*")):
        said.append(str(path.relative_to(folder)))
        if path.suffix == ".parquet" and path.is_file():
            table = pq.read_table(path)
            said.append(f"{table.to_pydict()} {table.schema.metadata}")
        elif path.is_file():
            said.append(path.read_bytes().decode("latin-1"))
    return "\n".join(said)


class Spoilt:
    """A small fund with one fault, and a look at everything around it before and after."""

    def __init__(self, fault: Fault, folder: Path, sound: Sound) -> None:
        self.fault = fault
        self.folder = folder
        self.raw = make_fund(folder, fault.tables)
        fault.spoil(self.raw)
        shutil.copytree(sound.parts, folder / "parts", copy_function=os.link)
        self.before = self._around()

    def run(self) -> Run:
        fault = self.fault
        return Run(
            self.raw,
            unknown_columns=fault.unknown_columns,
            rules=dict(fault.rules),
            parts=self.folder / "parts",
        )

    def _around(self) -> dict[str, str]:
        return {k: v for k, v in tree(self.folder).items() if k.split("/")[0] not in OURS}

    def nothing_else_was_touched(self) -> None:
        assert self._around() == self.before
        assert not [*(self.folder / "spill").iterdir()]
        written = [path for place in OURS for path in (self.folder / place).rglob("*")]
        assert [path.name for path in written if not NAMES.fullmatch(path.name)] == []

    def nobody_is_named(self, *said: str) -> None:
        for place in OURS:
            assert EVERY_PERSON not in told(self.folder / place), place
        assert EVERY_PERSON not in "\n".join(said)


@pytest.mark.parametrize("fault", cases(tuple(f for f in FAULTS if f.refuse)))
def test_a_fault_of_the_folder_is_refused_in_one_line(fault, tmp_path, capfd, caplog, sound):
    caplog.set_level(logging.DEBUG)
    spoilt = Spoilt(fault, tmp_path, sound[fault.tables])
    with pytest.raises(ContractError) as refusal:
        spoilt.run()
    said = str(refusal.value)
    assert fault.refuse in said
    assert said.isprintable()
    assert len(said) <= LONGEST_LINE
    spoilt.nothing_else_was_touched()
    spoilt.nobody_is_named(said, *capfd.readouterr(), caplog.text)


@pytest.mark.parametrize("fault", cases(tuple(f for f in FAULTS if not f.refuse)))
def test_a_fault_of_rows_is_counted_and_no_row_is_lost(fault, tmp_path, capfd, caplog, sound):
    caplog.set_level(logging.DEBUG)
    spoilt = Spoilt(fault, tmp_path, sound[fault.tables])
    run = spoilt.run()
    tables = list(run.report["tables"])
    assert {n: run.rules(n) for n in tables if run.rules(n)} == dict(fault.quarantine)
    assert {n: run.warnings(n) for n in tables if run.warnings(n)} == dict(fault.warn)
    for name in tables:
        every_row_has_one_place(run, spoilt.raw, name, fault)
        the_sound_rows_are_as_they_were(run, name, fault, sound[fault.tables].rows.get(name, {}))
    spoilt.nothing_else_was_touched()
    spoilt.nobody_is_named(json.dumps(run.report), *capfd.readouterr(), caplog.text)


def every_row_has_one_place(run: Run, raw: Path, name: str, fault: Fault) -> None:
    """Each row of each raw file is accepted or set aside, once, under its own number."""
    refused = run.refused(name)
    places = Counter((r["source_file"], r["row_number"]) for r in (*run.rows(name), *refused))
    files = run.report["tables"][name]["encodings"]
    expected = {(file, n) for file in files for n in range(1, raw_rows(raw / file) + 1)}
    assert set(places) == expected
    assert set(places.values()) <= {1}
    rows_aside = fault.rows_aside.get(name, sum(fault.quarantine.get(name, {}).values()))
    counted = run.report["tables"][name]
    assert len(refused) == counted["quarantined_rows"] == rows_aside
    assert len(expected) == counted["rows_in"] == counted["accepted"] + rows_aside


def the_sound_rows_are_as_they_were(
    run: Run, name: str, fault: Fault, before: dict[Key, Row]
) -> None:
    after = by_key(name, run.rows(name))
    kept = [key for key in before if key in after]
    assert len(before) - len(kept) == fault.lost.get(name, 0)
    assert sum(after[key] != before[key] for key in kept) == fault.changed.get(name, 0)
    further = [row for key, row in after.items() if key not in before]
    if name in fault.accepts:
        expected = [dict(cells) for cells in fault.accepts[name]]
        pairs = zip(further, expected, strict=True)
        assert [{c: row[c] for c in cells} for row, cells in pairs] == expected


def test_there_are_enough_faults_and_no_two_of_one_name():
    assert len(FAULTS) >= 80
    assert [n for n, times in Counter(f.name for f in FAULTS).items() if times > 1] == []


def test_the_search_for_persons_finds_one_in_a_cell_a_text_and_a_name(tmp_path):
    for name in ("cell", "text", "name"):
        (tmp_path / name).mkdir()
    assert EVERY_PERSON not in told(tmp_path)
    pq.write_table(pa.table({"x": [[PLANTED]]}), tmp_path / "cell" / "a.parquet")
    (tmp_path / "text" / "a.json").write_text(PLANTED)
    (tmp_path / "name" / PLANTED).touch()
    assert all(EVERY_PERSON in told(tmp_path / name) for name in ("cell", "text", "name"))


ROOT = Path(__file__).parents[2]
ON_THE_COMMAND_LINE = (
    "a gzip file cut off",
    "a parquet footer overwritten",
    "a column twice",
    "a rounded id of a person",
    "a field too many",
    "a person twice who disagree",
    "a quantity whose price is beyond 64 bits",
    "an unreadable row over several lines",
)


@pytest.mark.parametrize("name", ON_THE_COMMAND_LINE)
def test_the_command_ends_with_one_line_or_with_counts(name, tmp_path, monkeypatch, capfd, caplog):
    caplog.set_level(logging.DEBUG)
    [fault] = [one for one in FAULTS if one.name == name]
    fault.spoil(make_fund(tmp_path, fault.tables))
    params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    params["ingest"]["raw"] = "raw"
    params["engine"] |= {"memory_gb": 0.5, "threads": 1}
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(params, allow_unicode=True))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FRAUDML_KEY", "7f" * 32)
    monkeypatch.setattr("sys.argv", ["fraudml", "ingest"])
    with pytest.raises(SystemExit) as end:
        main()
    out, err = capfd.readouterr()
    assert EVERY_PERSON not in out + err + caplog.text
    if fault.refuse:
        assert end.value.code == ContractError.exit_code
        assert err.startswith("fraudml: ") and fault.refuse in err
        assert len(err.splitlines()) == 1 and out == ""
        assert not (tmp_path / "data" / "claims").exists()
        return
    assert (end.value.code or 0) == 0
    assert err == ""
    for table, rules in fault.quarantine.items():
        aside = fault.rows_aside.get(table, sum(rules.values()))
        assert re.search(
            rf"^{table}: \d+ rows in = \d+ accepted \+ {aside} quarantined$", out, re.M
        )
        assert all(f"  {rows} quarantined by {rule}\n" in out for rule, rows in rules.items())
