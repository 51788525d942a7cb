"""The whole answer to a fault of rows: what is counted, what is kept and where each row is."""

import csv
import gzip
import io
import json
import logging
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from fault import Fault
from spoilt import Key, Row, Sounds, Spoilt, by_key

from ingest_fund import Run

csv.field_size_limit(1 << 30)


class Accounts:
    """Ingests a small fund with a fault and looks for every row of it."""

    def __init__(
        self,
        folder: Path,
        sound: Sounds,
        capfd: pytest.CaptureFixture[str],
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        caplog.set_level(logging.DEBUG)
        self._folder, self._sound, self._capfd, self._caplog = folder, sound, capfd, caplog

    def are_whole(self, fault: Fault) -> None:
        """AssertionError where a row is lost, counted otherwise, or tells of a person."""
        sound = self._sound[fault.tables]
        spoilt = Spoilt(fault, self._folder, sound)
        run = spoilt.run()
        tables = list(run.report["tables"])
        assert {n: run.rules(n) for n in tables if run.rules(n)} == dict(fault.quarantine)
        assert {n: run.warnings(n) for n in tables if run.warnings(n)} == dict(fault.warn)
        for name in tables:
            every_row_has_one_place(run, spoilt.raw, name, fault)
            the_sound_rows_are_as_they_were(run, name, fault, sound.rows.get(name, {}))
        spoilt.nothing_else_was_touched()
        said = self._capfd.readouterr()
        spoilt.nobody_is_named(json.dumps(run.report), *said, self._caplog.text)


def raw_rows(path: Path) -> int:
    """How many rows a raw file has, by other means than the reader's."""
    if path.suffix == ".parquet":
        return int(pq.read_metadata(path).num_rows)
    content = path.read_bytes()
    if path.suffix == ".gz":
        content = gzip.decompress(content)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030", errors="replace")
    rows = csv.reader(io.StringIO(text, newline=""))
    return sum(1 for row in rows if row) - 1


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
