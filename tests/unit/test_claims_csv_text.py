"""What a CSV file may look like, and what is said of one that may not."""

import csv
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from fraudml.claims import csv_text, encodings
from fraudml.claims.csv_text import CsvReader
from fraudml.claims.encodings import as_utf8
from fraudml.claims.headers import accepted_columns
from fraudml.claims.pseudonyms import PseudonymKey
from fraudml.claims.schema import CONTRACT
from fraudml.claims.sources import Source, find_sources
from fraudml.errors import ContractError

sys.path.insert(0, str(Path(__file__).parents[1] / "fuzz"))
import csv_reference
from fuzz_csv_reader import BLOCKS, SEEDS

KEY = PseudonymKey(b"k" * 32)
ID = "330106195002280042"
Rows = list[tuple[int, tuple[str, ...]]]


class Found:
    """A file as the reader sees it."""

    def __init__(self, path: Path) -> None:
        plain = as_utf8(Source(path, path.name, ".csv"), path.parent)
        reader = CsvReader(Source(path, path.name, ".csv"), plain, KEY)
        self.rows: Rows = [
            (number, tuple(row.values()))
            for numbers, batch in reader.batches()
            for number, row in zip(numbers.to_pylist(), batch.to_pylist(), strict=True)
        ]
        self.header = reader.header
        self.encoding = plain.encoding
        self.unreadable = [(row.row_number, row.detail) for row in reader.unreadable]


@pytest.fixture
def read(tmp_path) -> Callable[[bytes], Found]:
    def it(content: bytes) -> Found:
        path = tmp_path / "t.csv"
        path.write_bytes(content)
        return Found(path)

    return it


TWO: Rows = [(1, ("1", "2")), (2, ("3", "4"))]


@pytest.mark.parametrize(
    "content",
    [
        b"a,b\n1,2\n3,4\n",
        b"a,b\n1,2\n3,4",
        b"a,b\r\n1,2\r\n3,4\r\n",
        b"a,b\r1,2\r3,4\r",
        b"a,b\r\n1,2\n3,4\r",
        b"a,b\n\n1,2\n\r\n\n3,4\n\n\n",
        b'\xef\xbb\xbfa,b\n"1",2\n3,"4"\n',
        b"\xef\xbb\xbf\xef\xbb\xbfa , b\n1,2\n3,4\n",
    ],
    ids=[
        "LF", "no last line end", "CRLF", "CR alone", "mixed line ends", "blank lines",
        "BOM and quotation marks", "BOM twice, blanks around names",
    ],
)  # fmt: skip
def test_the_same_two_rows_however_the_file_is_written(read, content):
    found = read(content)
    assert (found.header, found.rows, found.unreadable) == (["a", "b"], TWO, [])


def test_a_header_alone_is_a_table_of_no_rows(read):
    assert read(b"a,b").rows == read(b"a,b\r\n\r\n").rows == []


def test_a_blank_line_is_no_row_and_takes_no_number(read):
    found = read(b"a,b\n\n1,2\n\n9\n\n3,4\n")
    assert [number for number, _ in found.rows] == [1, 3]
    assert found.unreadable == [(2, "byte offset 10: 1 fields instead of 2")]


def test_a_row_with_a_comma_too_many_is_set_aside_and_one_under_an_unnamed_column_is_not(read):
    assert read(b"a,b\n1,2,\n3,4\n").unreadable == [(1, "byte offset 4: 3 fields instead of 2")]
    assert read(b"a,b,\n1,2,\n").rows == [(1, ("1", "2", None))]


def test_the_place_of_an_unreadable_row_is_its_own_and_not_that_of_bytes_like_it(read):
    content = b'a,b\n21,1\n"x\n1\ny",1\r\n1\n1,2\n1'
    assert read(content).unreadable == [
        (3, f"byte offset {content.index(b'1', 20)}: 1 fields instead of 2"),
        (5, f"byte offset {len(content) - 1}: 1 fields instead of 2"),
    ]


def test_a_quotation_mark_counts_at_the_beginning_of_a_field_only(read):
    found = read(b'a,b\n5" pipe,"say ""ah"""\n"x"y,2\n')
    assert found.rows == [(1, ('5" pipe', 'say "ah"')), (2, ("xy", "2"))]


@pytest.mark.parametrize("stray", [b'3,"4\n5,6\n', b'"3,4\n5,6\n', b'"', b'3,"4\r\n""\r\n5,6\r\n'])
def test_a_quotation_mark_that_is_never_closed_is_refused_with_its_row(read, stray):
    with pytest.raises(ContractError, match=r"t\.csv: row 2 opens a quotation mark that is never"):
        read(b"a,b\n1,2\n" + stray)


@pytest.mark.parametrize("bad", [0, 1, 7])
def test_a_quotation_mark_that_outruns_a_block_is_refused_with_its_row(read, monkeypatch, bad):
    monkeypatch.setattr(csv_text, "_BLOCK", 4096)
    content = b"a,b\n" + b"1,2\n" * 1500 + b"9\n" * bad + b'3,"' + b"5,6\n" * 5000
    with pytest.raises(ContractError, match=rf"t\.csv: row {1501 + bad:,} is longer than"):
        read(content)


def test_a_cell_of_10_megabytes_is_a_cell(read):
    found = read(b"a,b\n1,2\n3," + b"x" * 10_000_000 + b"\n5,6\n")
    assert [(number, len(row[1])) for number, row in found.rows] == [
        (1, 1), (2, 10_000_000), (3, 1)
    ]  # fmt: skip


def test_a_cell_of_40_megabytes_is_refused_with_its_row(read):
    with pytest.raises(ContractError, match=r"t\.csv: row 2 is longer than 16 MB"):
        read(b"a,b\n1,2\n3," + b"x" * 40_000_000 + b"\n5,6\n")


def test_a_line_end_in_a_cell_stays_whole_where_two_blocks_meet(read, monkeypatch):
    for block in range(100, 130):
        monkeypatch.setattr(csv_text, "_BLOCK", block)
        found = read(b"a,b\n" + b'1,"x\r\ny"\r\n' * 40)
        assert {row for _, row in found.rows} == {("1", "x\r\ny")}


def test_a_nul_is_no_character_so_its_row_can_be_set_aside(read):
    found = read(b"a,b\n1\0,2\n3,4\n")
    assert (found.rows, found.encoding) == (
        [(1, ("1\ufffd", "2")), (2, ("3", "4"))],
        "UTF-8 with misfits",
    )


REFUSED = {
    "UTF-16": ("a,b\n1,2\n".encode("utf-16"), "this is UTF-16"),
    "UTF-16 without a mark": ("a,b\n1,2\n".encode("utf-16-le"), "holds NUL bytes"),
    "UTF-32": ("a,b\n".encode("utf-32-be"), "holds NUL bytes"),
    "no names": (b" , \n1,2\n", "holds no column names"),
    "blank line first": (b"\na,b\n1,2\n", "holds no column names"),
    "a name over two lines": (b'"a\nb",c\n1,2\n', "does not end with the first line"),
    "a name never closed": (b'a,"b\n1,2\n', "does not end with the first line"),
    "a name never closed, no line end": (b'a,"b', "does not end with the first line"),
    "a name of 200,000 characters": (b"a," + b"x" * 200_000, "longer than 1 MB"),
    "a header of 2 MB": (b"a," * 1_000_000 + b"b\n", "longer than 1 MB"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_without_a_usable_header_is_refused_in_one_line(read, case):
    content, words = REFUSED[case]
    with pytest.raises(ContractError, match=words) as refusal:
        read(content)
    assert len(str(refusal.value).splitlines()) == 1
    assert len(str(refusal.value)) < 300


def test_a_long_name_is_refused_whatever_others_allow_in_the_same_process(read):
    before = csv.field_size_limit(1 << 30)
    try:
        with pytest.raises(ContractError, match="longer than 1 MB"):
            read(b"a," + b"x" * 200_000)
    finally:
        csv.field_size_limit(before)


def test_an_error_while_a_row_is_set_aside_is_not_lost_in_arrow(read, monkeypatch):
    def fails(*_: object) -> int:
        raise MemoryError("no room")

    monkeypatch.setattr(csv_text, "_place", fails)
    with pytest.raises(MemoryError, match="no room"):
        read(b"a,b\n1\n3,4\n")


def test_more_unreadable_rows_than_anybody_keeps_are_refused(read, monkeypatch):
    monkeypatch.setattr(csv_text, "_MOST_UNREADABLE", 3)
    assert len(read(b"a,b\n" + b"1\n" * 3).unreadable) == 3
    with pytest.raises(ContractError, match="3 rows and more do not have the 2 fields"):
        read(b"a,b\n" + b"1\n" * 4)


@pytest.mark.parametrize("seed", range(len(SEEDS)))
def test_the_reader_agrees_with_the_slow_reference_of_the_fuzzer(tmp_path, seed):
    (tmp_path / "raw").mkdir()
    (tmp_path / "scratch").mkdir()
    blocks = csv_text._BLOCK, csv_reference.encodings._BLOCK
    try:
        for block in BLOCKS:
            for packed in (False, True):
                csv_reference.check(SEEDS[seed], tmp_path, block=block, packed=packed)
    finally:
        csv_text._BLOCK, csv_reference.encodings._BLOCK = blocks


HEADERS = {
    "same name twice": ("patient_id,patient_id", "'patient_id' is there 2 times"),
    "capital letters beside small": ("patient_id,Patient_ID", "patient_id is there 2 times, in"),
    "capital letters": ("PATIENT_ID,SEX", "Rename 'PATIENT_ID' to patient_id"),
    "unnamed column": ("patient_id,", "the column '' is unknown"),
    "semicolons": ("patient_id;sex", "commas between the fields"),
}


def refusal_of(header: list[str]) -> str:
    with pytest.raises(ContractError) as refusal:
        accepted_columns(CONTRACT["patients"], Source(Path(), "t.csv", ".csv"), header, "refuse")
    return str(refusal.value)


@pytest.mark.parametrize("case", HEADERS)
def test_column_names_that_cannot_be_told_apart_are_refused(case):
    header, words = HEADERS[case]
    assert words in refusal_of(header.split(","))


def test_a_first_row_that_is_about_a_person_is_not_shown():
    said = refusal_of([ID, "1950-02-28", "张三"])
    assert ID not in said and "张三" not in said and "1950" not in said
    assert "a header row where there is none" in said


def test_a_first_row_about_a_person_is_not_shown_where_cells_are_twice_or_near_a_column_name():
    assert "张三" not in refusal_of(["张三", "张三", "F"])
    assert "patient_17" not in refusal_of(["patient_17", "1950-02-28", "F"])


def test_column_names_that_cannot_be_printed_are_escaped_and_cut():
    said = refusal_of(["sex", *("\x1b[2J" * 20 + f"{n}" for n in range(20))])
    assert said.isprintable() and "\\x1b[2J" in said
    assert len(said) < 1_000


def test_a_long_number_among_column_names_is_not_shown():
    assert ID not in refusal_of(["patient_id", ID])
    assert ID not in refusal_of(["sex", ID])


def test_extremely_many_columns_end_in_one_short_line_and_soon():
    said = refusal_of(["sex", *(f"column_{n}" for n in range(200_000))])
    assert "and 199,989 more" in said
    assert len(said) < 600


def folder(tmp_path: Path, *names: str) -> Path:
    for name in ("providers.csv", "patients.csv", "claims.csv", *names):
        (tmp_path / name).write_text("a\n1\n")
    return tmp_path


def test_an_ending_in_capital_letters_is_the_same_ending(tmp_path):
    found = find_sources(folder(tmp_path, "items.CSV"))
    assert [source.form for source in found["items"]] == [".csv"]


def test_a_table_without_an_ending_is_refused_and_not_left_out(tmp_path):
    with pytest.raises(ContractError, match=r"items: a table is NAME\.csv"):
        find_sources(folder(tmp_path, "items"))


@pytest.mark.parametrize(
    "name",
    ["items.csv.bz2", "items.CSV.zst", "items.parquet.xz", "items.7z", "items.json", "items.lzma"],
)
def test_a_table_in_a_form_that_nobody_reads_is_refused_and_not_left_out(tmp_path, name):
    with pytest.raises(ContractError, match=f"^{name}: a table is NAME"):
        find_sources(folder(tmp_path, name))


def test_a_table_in_capital_letters_is_refused_and_not_left_out(tmp_path):
    with pytest.raises(ContractError, match=r"ITEMS is no table of the contract.*mean items"):
        find_sources(folder(tmp_path, "ITEMS"))


def test_a_link_to_a_folder_is_followed_for_a_table_and_refused_among_its_parts(tmp_path):
    archive = tmp_path / "archive"
    archive.mkdir()
    (archive / "1.csv").write_text("a\n1\n")
    raw = tmp_path / "raw"
    raw.mkdir()
    (folder(raw) / "items").symlink_to(archive)
    assert [source.shown for source in find_sources(raw)["items"]] == ["items/1.csv"]
    (archive / "again").symlink_to(archive)
    with pytest.raises(ContractError, match=r"^items/again: a link to a folder"):
        find_sources(raw)


def test_a_link_that_leads_nowhere_is_refused_by_name(tmp_path):
    (folder(tmp_path) / "items.csv").symlink_to(tmp_path / "nowhere")
    with pytest.raises(ContractError, match=r"items\.csv: not a file"):
        find_sources(tmp_path)


def test_files_that_may_not_be_opened_are_refused_by_name(tmp_path):
    with pytest.raises(ContractError, match=r"gone\.csv: the file cannot be opened"):
        as_utf8(Source(tmp_path / "gone.csv", "gone.csv", ".csv"), tmp_path)


def test_a_file_name_as_long_as_they_come_can_be_unpacked(tmp_path):
    name = "a" * 244 + ".csv"
    (tmp_path / name).write_bytes(b"a,b\n1\xff,2\n")
    assert as_utf8(Source(tmp_path / name, name, ".csv"), tmp_path).lossy


UTF8, GB = "名\n医院一\n药店\n".encode(), "头孢\n".encode("gb18030")
MIXED = {
    "one row of GB18030 in UTF-8": (UTF8 + GB, "UTF-8 with misfits", "药店"),
    "no other row of several bytes": (b"name\n" + GB, "GB18030", "头孢"),
    "GB18030": (UTF8.decode().encode("gb18030"), "GB18030", "药店"),
    "a row of no encoding in GB18030": (
        UTF8.decode().encode("gb18030") + b"\xff\xff\n",
        "GB18030 with misfits",
        "药店",
    ),
    "a row of no encoding in UTF-8": (UTF8 + b"\xff\xff\n", "UTF-8 with misfits", "药店"),
}


@pytest.mark.parametrize("block", [1, 2, 3, 1 << 20])
@pytest.mark.parametrize("case", MIXED)
def test_a_few_foreign_rows_do_not_turn_the_encoding_of_the_others(
    tmp_path, monkeypatch, case, block
):
    monkeypatch.setattr("fraudml.claims.encodings._BLOCK", block)
    content, encoding, kept = MIXED[case]
    (tmp_path / "items.csv").write_bytes(content)
    plain = as_utf8(Source(tmp_path / "items.csv", "items.csv", ".csv"), tmp_path)
    assert plain.encoding == encoding
    assert kept in plain.path.read_text(encoding="utf-8").splitlines()


def test_a_file_that_is_all_utf8_is_read_once_to_see_it(tmp_path, monkeypatch):
    (tmp_path / "items.csv").write_bytes(UTF8)
    passes = []
    decoder = encodings.codecs.getincrementaldecoder
    monkeypatch.setattr(
        encodings.codecs,
        "getincrementaldecoder",
        lambda name: passes.append(name) or decoder(name),
    )
    as_utf8(Source(tmp_path / "items.csv", "items.csv", ".csv"), tmp_path)
    assert passes == ["utf-8"]
