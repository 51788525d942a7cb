"""Requests for correction: every slip that was found, as one letter to the provider it concerns.

A slip of the agency's own register (a default date of birth) shows at every provider and is no
provider's to correct: these requests stand apart, by what is to be corrected.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from functools import partial
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import xlsxwriter

from fraudml.artifacts import read_parquet, write_parquet
from fraudml.claims.accepted import Claims
from fraudml.currency import YUAN, Currency
from fraudml.engine import Engine
from fraudml.leads.frame import environment, page, readable
from fraudml.leads.words import Words, clipped, money
from fraudml.leads.workbook import Styles
from fraudml.monitor.judged import Artefacts
from fraudml.monitor.signatures.catalogue import SIGNATURE
from fraudml.monitor.signatures.entry import WRONG, Asked

SHOWN_ROWS = 200  # of one request, in the workbook; the table of rows holds all
_MOST_REQUESTS = 200_000
_WIDE = 60  # letters of a cell that wraps
NOTE = Words(
    "更正请求不是处罚，也不是认定：请核对所列数据，更正或以资料说明无误。",
    "A request for correction is neither a sanction nor a finding: check the rows named here, "
    "correct them, or show by the papers that they are right.",
)
ANSWER = Words(
    "答复方式：逐项注明“已更正”“数据无误（附资料）”或“无法核实”，并写明日期与经办人；"
    "因差错多付的基金一并退回。",
    'How to answer: mark each request "corrected", "right as it is" (with papers) or "cannot be '
    'checked", with the date and who checked; return what the fund overpaid because of the slip.',
)
_HEADS: tuple[tuple[str, str, int], ...] = (
    ("请求编号\nRequest", "correction_id", 24), ("机构代码\nProvider", "provider_id", 14),
    ("机构名称\nName", "provider_name", 28), ("差错类型\nSlip", "artefact", 28),
    ("情况", "words_zh", _WIDE), ("What was found", "words_en", _WIDE),
    ("编码、工号、日期等\nWhich", "code", 24),
    ("涉及结算单\nClaims", "claims_n", 10), ("涉及明细行\nLines", "lines_n", 10),
    ("基金支付额（{money.zh}）\nFund paid ({money.en})", "amount_fen", 16),
    ("起\nFrom", "first_on", 12), ("止\nTo", "last_on", 12),
    ("请核对", "ask_zh", _WIDE), ("Please check", "ask_en", _WIDE),
    ("答复\nAnswer", "answer", 24),
)  # fmt: skip
_ROW_HEADS = (
    ("请求编号\nRequest", "correction_id", 24), ("结算单\nClaim", "claim_id", 26),
    ("行号\nLine", "line_no", 8),
)  # fmt: skip

Row = Mapping[str, Any]


def write_corrections(
    engine: Engine,
    claims: Claims,
    artefacts: Artefacts,
    withdrawn: Sequence[Row],
    out: Path,
    currency: Currency = YUAN,
) -> pa.Table:
    """Write the requests of all artefacts into the folder ``out`` and return them as a table.

    withdrawn  candidates that left the lists: lead_id, grain, id, rank, as_of, words_zh, words_en
    out        receives corrections.parquet, correction_lines.parquet, withdrawn.parquet,
               corrections.xlsx and index.html
    Every artefact is a request, whether or not its entity was a candidate; ``asked`` says whether
    the provider or the agency is asked. Persons appear as
    pseudonyms only.
    """
    _write_lines(artefacts, engine, out)
    requests = _requests(engine, claims, artefacts)
    write_parquet(out / "corrections.parquet", requests)
    write_parquet(out / "withdrawn.parquet", pa.Table.from_pylist(list(withdrawn), _WITHDRAWN))
    rows = requests.to_pylist()
    _write_workbook(engine, rows, out, currency)
    html = _page(rows, withdrawn, currency)
    (out / "index.html").write_text(html, encoding="utf-8")
    return requests


_WITHDRAWN = pa.schema(
    [("lead_id", pa.string()), ("grain", pa.string()), ("id", pa.string()), ("rank", pa.int64()),
     ("as_of", pa.date32()), ("verdict", pa.string()), ("words_zh", pa.string()),
     ("words_en", pa.string())]
)  # fmt: skip
_REQUESTS = pa.schema(
    [("correction_id", pa.string()), ("artefact", pa.string()), ("provider_id", pa.string()),
     ("provider_name", pa.string()), ("code", pa.string()), ("rows", pa.int64()),
     ("claims_n", pa.int64()), ("lines_n", pa.int64()), ("amount_fen", pa.int64()),
     ("first_on", pa.date32()), ("last_on", pa.date32()), ("as_of", pa.date32()),
     ("words_zh", pa.string()), ("words_en", pa.string()), ("ask_zh", pa.string()),
     ("ask_en", pa.string()), ("asked", pa.string())]
)  # fmt: skip


def _write_lines(artefacts: Artefacts, engine: Engine, out: Path) -> None:
    t = artefacts.lines.filter(artefacts.lines.role == WRONG)
    order = ("correction_id", "claim_id", "line_no")
    lines = t.select("claim_id", "line_no", correction_id=t.artefact_id).select(*order)
    engine.make_parquet(lines, out / "correction_lines.parquet", order_by=order)


def _requests(engine: Engine, claims: Claims, artefacts: Artefacts) -> pa.Table:
    rows = artefacts.lines.filter(artefacts.lines.role == WRONG)
    counted = rows.group_by(counted_id=rows.artefact_id).agg(rows=rows.count())
    p = claims.table("providers").select("name", own_id="provider_id")
    t = artefacts.found
    t = t.left_join(p, t.provider_id == p.own_id).drop("own_id")
    t = t.inner_join(counted, t.artefact_id == counted.counted_id).drop("counted_id")
    found = engine.rows(t, at_most=_MOST_REQUESTS).to_pylist()
    ordered = sorted(found, key=lambda r: (r["provider_id"], r["signature"], r["artefact_id"]))
    return pa.Table.from_pylist([_request(row) for row in ordered], _REQUESTS)


def _request(row: Row) -> dict[str, Any]:
    about = SIGNATURE[row["signature"]]
    return {
        **{name: row[name] for name in _REQUESTS.names if name in row},
        "correction_id": row["artefact_id"], "artefact": row["signature"],
        "provider_name": row["name"], "words_zh": about.words[1], "words_en": about.words[0],
        "ask_zh": about.ask[1], "ask_en": about.ask[0], "asked": about.asked,
    }  # fmt: skip


def _write_workbook(engine: Engine, rows: Sequence[Row], out: Path, currency: Currency) -> None:
    as_of = rows[0]["as_of"] if rows else date(1970, 1, 1)
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_numbers": False,
               "strings_to_urls": False}  # fmt: skip
    with xlsxwriter.Workbook(str(out / "corrections.xlsx"), options) as book:
        book.set_properties({
            "title": "数据更正请求 Requests for correction", "comments": f"{NOTE.zh} {NOTE.en}",
            "created": datetime.combine(as_of, time()),
        })  # fmt: skip
        styles = Styles(book)
        heads = tuple((head.format(money=currency), name, width) for head, name, width in _HEADS)
        _sheet(book, styles, "更正请求 Requests", heads, _asked(rows, "provider"))
        _sheet(book, styles, "参保登记 Register", heads, _asked(rows, "agency"))
        _sheet(book, styles, "明细 Rows", _ROW_HEADS, _first_rows(engine, out))


def _first_rows(engine: Engine, out: Path) -> list[dict[str, Any]]:
    t = engine.read_parquet(out / "correction_lines.parquet")
    order = ibis.window(group_by="correction_id", order_by=[t.claim_id, t.line_no])
    first = t.mutate(place=ibis.row_number().over(order))
    first = first.filter(first.place < SHOWN_ROWS).drop("place")
    n = len(read_parquet(out / "corrections.parquet", ["correction_id"]))
    found = engine.rows(first, at_most=max(n, 1) * SHOWN_ROWS).to_pylist()
    rows = sorted(found, key=lambda r: (r["correction_id"], r["claim_id"], r["line_no"] or 0))
    return rows[:_SHEET_ROWS]


_SHEET_ROWS = 1_000_000  # a sheet ends a little later


def _sheet(
    book: Any,
    styles: Styles,
    name: str,
    heads: tuple[tuple[str, str, int], ...],
    rows: Sequence[Row],
) -> None:
    sheet = book.add_worksheet(name)
    sheet.write_string(0, 0, f"{NOTE.zh}{ANSWER.zh} {NOTE.en} {ANSWER.en}", styles.title)
    sheet.set_row(0, 24)
    sheet.set_row(1, 34)
    for place, (head, column, width) in enumerate(heads):
        sheet.set_column(place, place, width)
        sheet.write_string(1, place, head, styles.head)
        for offset, row in enumerate(rows, start=2):
            _cell(sheet, (offset, place), row.get(column), styles, column)
    sheet.freeze_panes(2, 1)
    sheet.autofilter(1, 0, max(len(rows) + 1, 2), len(heads) - 1)


def _cell(sheet: Any, cell: tuple[int, int], value: Any, styles: Styles, column: str) -> None:
    if value is None:
        return
    if isinstance(value, str):
        text = clipped(readable(value), 32_000)
        sheet.write_string(*cell, text, styles.text("wrap", text))
    elif isinstance(value, date):
        sheet.write_datetime(*cell, datetime.combine(value, time()), styles.kinds["date"])
    elif column == "amount_fen":
        sheet.write_number(*cell, value / 100, styles.kinds["money"])
    else:
        sheet.write_number(*cell, value, styles.kinds["whole"])


def _page(rows: Sequence[Row], withdrawn: Sequence[Row], currency: Currency) -> str:
    by_provider: dict[str, list[Row]] = {}
    for row in _asked(rows, "provider"):
        by_provider.setdefault(row["provider_id"], []).append(row)
    ordered = sorted(by_provider.items(), key=lambda one: (-_paid(one[1]), one[0]))
    body = environment().get_template("corrections.html").render(
        providers=ordered, requests_n=sum(len(own) for _, own in ordered), paid=_paid,
        register=_register(_asked(rows, "agency")), withdrawn=withdrawn,
        note=NOTE, answer=ANSWER, amount=partial(money, currency=currency), clipped=clipped,
        Words=Words, unassessed=None,
    )  # fmt: skip
    return page("数据更正请求 Requests for correction", body, wide=True)


def _asked(rows: Sequence[Row], whom: Asked) -> list[Row]:
    return [row for row in rows if row["asked"] == whom]


def _register(rows: Sequence[Row]) -> list[list[Row]]:
    """What the register is to be corrected of, each with the requests of all providers."""
    by_cause: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        by_cause.setdefault((row["artefact"], row["code"] or ""), []).append(row)
    return [by_cause[cause] for cause in sorted(by_cause)]


def _paid(rows: Sequence[Row]) -> int:
    """What the fund paid on the rows of some requests; one row of two requests counts twice."""
    return sum(row["amount_fen"] or 0 for row in rows)
