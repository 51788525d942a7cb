"""The list as a workbook for inspectors: frozen heads, filters, bars, and a sheet that explains."""

from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import xlsxwriter

from fraudml.artifacts import computed_in_spreadsheets
from fraudml.currency import YUAN, Currency
from fraudml.entities import GRAINS, GrainName
from fraudml.leads.frame import readable
from fraudml.leads.legal import clause_title
from fraudml.leads.pages import BASES, SOURCES
from fraudml.leads.rule_hits import rule_words
from fraudml.leads.table import Column, columns
from fraudml.leads.typologies import EXPLANATIONS
from fraudml.leads.words import ACCOUNTED_MEANS, Words, clipped, kind_words

_CELL_LIMIT = 32_000
_HEAD_ROW = 1
_NUMBERS = {"whole": "#,##0", "share": "0.0%", "score": "0.000", "money": "#,##0.00"}
_BARS = {"amount_fen": "#9CC3E6", "risk": "#F2B880"}

LIMITS: tuple[Words, ...] = (
    Words("疑点线索是怀疑，不是认定。", "A lead is a suspicion, not a finding."),
    Words("空白表示未评估或未知，绝不表示零。", "Empty means not assessed or unknown, never zero."),
    Words(
        "数据差错判定：fraud_like 未见差错可解释，both 兼有；为空则未评估，约谈前先核对数据。",
        "Verdict: fraud_like, no data error accounts for it; both, one was found beside; empty, "
        "not assessed: check the data first.",
    ),
    Words(
        "合理解释凡数据可检验者已检验，结果与其余待问事项见各线索页面。",
        "Legitimate explanations are tested where the data can answer: see each lead's page, "
        "and ask the others.",
    ),
    Words("个人只以假名出现。", "Persons appear as pseudonyms only."),
    Words(
        "未列入名单不等于没有问题；未检查过的对象是未知，不是清白。",
        "Not being listed is not a clearance; who was never inspected is unknown.",
    ),
)


def write_workbook(
    table: pa.Table,
    accounted: pa.Table,
    path: Path,
    *,
    grain: GrainName,
    as_of: date,
    currency: Currency = YUAN,
) -> None:
    """Write the list, whom a circumstance accounts for, and notes; equal leads give equal bytes.

    Every text is written as text, never as a formula, a link or a number. Raises OSError
    where the path cannot be written.
    """
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
    }
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties(
            {
                "title": f"疑点线索 Leads: {GRAINS[grain].zh} {grain}",
                "comments": LIMITS[0].zh + " " + LIMITS[0].en,
                "created": datetime.combine(as_of, time()),
            }
        )
        styles = Styles(book)
        shown = columns(grain, currency)
        _leads_sheet(book, styles, table, _LEADS, shown, grain=grain, as_of=as_of)
        if len(accounted):
            _leads_sheet(book, styles, accounted, _ACCOUNTED, shown, grain=grain, as_of=as_of)
        _notes_sheet(book, styles, shown)


class Styles:
    """The formats of one workbook."""

    def __init__(self, book: Any) -> None:
        base = {"font_name": "Microsoft YaHei", "font_size": 10, "valign": "top"}
        self.title = book.add_format(
            base | {"bold": True, "font_size": 13, "font_color": "#0B3C5D"}
        )
        self.head = book.add_format(
            base
            | {"bold": True, "text_wrap": True, "valign": "vcenter", "font_color": "#FFFFFF"}
            | {"bg_color": "#0B3C5D", "border": 1, "border_color": "#C9D3DB"}
        )
        text = base | {"num_format": "@"}
        wrap = text | {"text_wrap": True}
        self.kinds = {"text": book.add_format(text), "wrap": book.add_format(wrap)}
        self.quoted = {
            "text": book.add_format(text | {"quote_prefix": True}),
            "wrap": book.add_format(wrap | {"quote_prefix": True}),
        }
        for name, shape in _NUMBERS.items():
            self.kinds[name] = book.add_format(base | {"num_format": shape})
        self.kinds["date"] = book.add_format(base | {"num_format": "yyyy-mm-dd"})

    def text(self, kind: Literal["text", "wrap"], value: str) -> Any:
        """The format for a text; one that looks like a formula stays text when it is edited."""
        return (self.quoted if computed_in_spreadsheets(value) else self.kinds)[kind]


_VERDICTS = {"fraud_like": "未见差错可解释", "both": "兼有", "data_like": "数据差错"}
# Columns that hold codes, and what a code says in Chinese.
_CODES: dict[str, Callable[[str], str]] = {
    "kind": lambda code: kind_words(code).zh,
    "verdict": lambda code: _VERDICTS.get(code, code),
    "amount_basis": lambda code: BASES[code].zh,
    "amount_rule": lambda code: rule_words(code).zh,
    "source_rank": lambda code: SOURCES[code].zh,
    "clause": lambda code: clause_title(code).zh,
    "circumstances": lambda codes: "；".join(EXPLANATIONS[c].zh for c in codes.split("; ")),
}

_LEADS = Words("疑点线索", "Leads")
_ACCOUNTED = Words("合理情形可解释", "Accounted for")


def _leads_sheet(
    book: Any,
    styles: Styles,
    table: pa.Table,
    title: Words,
    shown: tuple[Column, ...],
    *,
    grain: GrainName,
    as_of: date,
) -> None:
    sheet = book.add_worksheet(f"{title.zh} {title.en}")
    limit = LIMITS[0] if title is _LEADS else ACCOUNTED_MEANS
    sheet.write_string(
        0,
        0,
        f"{GRAINS[grain].zh}{title.zh} · {grain}: {title.en} · 截止日 as of {as_of.isoformat()} · "
        f"{limit.zh}{limit.en}",
        styles.title,
    )
    sheet.set_row(0, 24)
    sheet.set_row(_HEAD_ROW, 34)
    for place, column in enumerate(shown):
        sheet.set_column(place, place, column.width)
        sheet.write_string(_HEAD_ROW, place, f"{column.head.zh}\n{column.head.en}", styles.head)
        for offset, value in enumerate(table.column(column.name).to_pylist(), start=1):
            cell = (_HEAD_ROW + offset, place)
            _write(sheet, cell, _said(column.name, value), column=column, styles=styles)
    last = _HEAD_ROW + max(len(table), 1)
    sheet.freeze_panes(_HEAD_ROW + 1, 3)
    sheet.autofilter(_HEAD_ROW, 0, last, len(shown) - 1)
    _bars(sheet, shown, last)
    _paper(sheet)


def _said(column: str, value: Any) -> Any:
    """A code with its Chinese words before it; any other cell as it is.

    >>> _said("verdict", "both"), _said("kind", "clinic"), _said("kind", "全科"), _said("rank", 3)
    ('兼有 both', '诊所 clinic', '全科', 3)
    """
    if value is None or column not in _CODES:
        return value
    words = _CODES[column](value)
    return value if words == value else f"{words} {value}"


def _write(
    sheet: Any, cell: tuple[int, int], value: Any, *, column: Column, styles: Styles
) -> None:
    if value is None:
        return
    if isinstance(value, str):
        kind: Literal["text", "wrap"] = "wrap" if column.show == "wrap" else "text"
        text = clipped(readable(value), _CELL_LIMIT)
        sheet.write_string(*cell, text, styles.text(kind, text))
    elif isinstance(value, date):
        sheet.write_datetime(*cell, datetime.combine(value, time()), styles.kinds["date"])
    else:
        number = value / 100 if column.show == "money" else value
        sheet.write_number(*cell, number, styles.kinds[column.show])


def _bars(sheet: Any, shown: tuple[Column, ...], last: int) -> None:
    for place, column in enumerate(shown):
        if colour := _BARS.get(column.name):
            bar = {"type": "data_bar", "bar_color": colour, "bar_solid": True, "min_type": "num"}
            top = {"min_value": 0} | (
                {"max_type": "num", "max_value": 1} if column.name == "risk" else {}
            )
            sheet.conditional_format(_HEAD_ROW + 1, place, last, place, bar | top)


def _paper(sheet: Any) -> None:
    sheet.set_landscape()
    sheet.set_paper(8)  # A3
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0, _HEAD_ROW)
    sheet.set_footer("&L疑点线索是怀疑，不是认定 A lead is not a finding&R&P / &N")


def _notes_sheet(book: Any, styles: Styles, shown: tuple[Column, ...]) -> None:
    sheet = book.add_worksheet("说明 Notes")
    for place, (head, width) in enumerate(
        (("列\nColumn", 24), ("名称\nName", 30), ("含义", 52), ("Meaning", 62))
    ):
        sheet.set_column(place, place, width)
        sheet.write_string(0, place, head, styles.head)
    wrap = styles.kinds["wrap"]
    lines = [(c.name, f"{c.head.zh} {c.head.en}", c.means.zh, c.means.en) for c in shown]
    lines += [("", "局限 Limits", limit.zh, limit.en) for limit in LIMITS]
    for row, line in enumerate(lines, start=1):
        for place, text in enumerate(line):
            sheet.write_string(row, place, text, wrap)
    sheet.freeze_panes(1, 0)
