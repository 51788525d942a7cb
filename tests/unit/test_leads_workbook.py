"""The list as a workbook: heads, filters, bars, and texts that stay texts."""

from dataclasses import replace
from zipfile import ZipFile

import openpyxl
import pytest

from fraudml.leads.lists import write_list
from fraudml.leads.table import columns
from leads_cases import AS_OF, FORMULA, MARKUP, lead, leads

pytestmark = pytest.mark.filterwarnings("ignore:.*xtension is not supported:UserWarning")


@pytest.fixture
def out(tmp_path):
    return tmp_path / "leads"


def test_codes_of_the_workbook_stand_behind_their_chinese_words(out):
    table = write_list(leads("provider", 2), grain="provider", as_of=AS_OF, out=out)
    book = openpyxl.load_workbook(out / "provider.xlsx")
    heads = [cell.value.split("\n")[1] for cell in book.worksheets[0][2]]
    first = dict(zip(heads, (cell.value for cell in book.worksheets[0][3]), strict=True))
    assert first["Kind"] == "医院 hospital"
    assert first["Placed by"] == f"与同类的距离 {table.listed['source_rank'][0].as_py()}"


def workbook(out, some):
    write_list(some, grain="provider", as_of=AS_OF, out=out)
    return openpyxl.load_workbook(out / "provider.xlsx")


def column(sheet, name):
    return [c.name for c in columns("provider")].index(name) + 1


@pytest.mark.parametrize("text", [FORMULA, "+1", "-1+1", "@SUM(A1)", "http://bad.example"])
def test_a_text_that_looks_like_a_formula_or_a_link_stays_text(out, text):
    sheet = workbook(out, [lead(name=text)]).worksheets[0]
    cell = sheet.cell(3, column(sheet, "name"))
    assert (cell.value, cell.data_type, cell.hyperlink) == (text, "s", None)
    assert cell.quotePrefix is (text[0] in "=+-@")


@pytest.mark.parametrize("field", ["kind", "region_code", "place_id", "place_name"])
@pytest.mark.parametrize("text", [FORMULA, MARKUP, "../../etc/passwd"])
def test_what_a_subject_says_of_itself_is_text_in_the_workbook_and_on_the_page(out, field, text):
    one = lead("practitioner", "pr_0123abcd")
    one = replace(one, subject=replace(one.subject, **{field: text}))
    write_list([one], grain="practitioner", as_of=AS_OF, out=out)
    book = openpyxl.load_workbook(out / "practitioner.xlsx")
    place = [c.name for c in columns("practitioner")].index(field) + 1
    cell = book.worksheets[0].cell(3, place)
    assert (cell.value, cell.data_type, cell.hyperlink) == (text, "s", None)
    page_text = (out / "pages" / f"{one.lead_id}.html").read_text(encoding="utf-8")
    assert "<img" not in page_text
    assert MARKUP not in page_text


@pytest.mark.parametrize("text", [FORMULA, "+1", "@SUM(A1)", MARKUP, "../../etc/passwd"])
def test_an_id_that_looks_like_a_formula_markup_or_a_path_stays_text(out, text):
    sheet = workbook(out, [lead(entity=text)]).worksheets[0]
    cell = sheet.cell(3, column(sheet, "provider_id"))
    assert (cell.value, cell.data_type, cell.hyperlink) == (text, "s", None)


def test_characters_of_control_reach_neither_the_workbook_nor_the_page(out):
    name = "a\0b\x1b[31mc\x07"
    one = lead(name=name, entity="H\0001")
    sheet = workbook(out, [one]).worksheets[0]
    assert sheet.cell(3, column(sheet, "name")).value == "ab[31mc"
    assert sheet.cell(3, column(sheet, "provider_id")).value == "H1"
    text = (out / "pages" / f"{one.lead_id}.html").read_text(encoding="utf-8")
    assert all(c == "\n" or c.isprintable() or ord(c) > 127 for c in text)


def test_an_id_that_looks_like_a_number_stays_text(out):
    sheet = workbook(out, [lead(entity="0012345678901234567")]).worksheets[0]
    cell = sheet.cell(3, column(sheet, "provider_id"))
    assert (cell.value, cell.data_type) == ("0012345678901234567", "s")


def test_the_workbook_has_frozen_heads_filters_bars_and_a_sheet_that_explains(out):
    book = workbook(out, leads("provider", 5))
    sheet, notes = book.worksheets
    assert sheet.freeze_panes == "D3"
    assert sheet.auto_filter.ref.startswith("A2:")
    bars_over = [str(r.sqref) for r in sheet.conditional_formatting]
    assert len(bars_over) == 2
    assert sheet.cell(2, 1).value == "名次\nRank"
    explained = [row[0].value for row in notes.iter_rows(min_row=2)]
    assert explained[: len(columns("provider"))] == [c.name for c in columns("provider")]
    assert "A lead is a suspicion, not a finding." in [r[3].value for r in notes.iter_rows()]


def test_an_unknown_probability_is_an_empty_cell(out):
    sheet = workbook(out, [lead(supervised=False)]).worksheets[0]
    assert sheet.cell(3, column(sheet, "probability")).value is None


def test_a_workbook_says_yuan_where_the_table_counts_fen(out):
    sheet = workbook(out, [lead(supervised=False)]).worksheets[0]
    assert sheet.cell(3, column(sheet, "amount_fen")).value == 456_123.0


def test_a_text_beyond_what_a_cell_holds_is_cut_and_not_lost(out):
    sheet = workbook(out, [lead(name="长" * 40_000)]).worksheets[0]
    assert len(sheet.cell(3, column(sheet, "name")).value) == 32_000


def test_the_workbook_carries_no_date_of_today(out):
    workbook(out, leads("provider", 1))
    with ZipFile(out / "provider.xlsx") as packed:
        assert {entry.date_time[0] for entry in packed.infolist()} == {1980}
        assert "2025-12-31T00:00:00Z" in packed.read("docProps/core.xml").decode()
