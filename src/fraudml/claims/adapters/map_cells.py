"""Cells of a source as the contract writes them, as expressions that any engine computes.

A cell that cannot be understood passes as it stands: ingest sets its row aside and says why.
"""

from collections.abc import Callable
from functools import reduce

import ibis
import ibis.expr.types as ir

from fraudml.claims.adapters.date_formats import DateFormat, date_regex
from fraudml.claims.adapters.field_map import Cell
from fraudml.claims.contract_types import Column

Find = Callable[[str], ir.StringValue]

_PLAIN = r"^-?\d{1,14}(\.\d{1,8})?$"
_GROUPED = r"^-?\d{1,3}(,\d{3})+(\.\d+)?$"
FINER = r"^-?\d{1,14}\.\d{2}\d*[1-9]\d*$"
_EXACT = "decimal(38, 8)"
ISO = {"date": r"^\d{4}-\d{2}-\d{2}$", "timestamp": r"^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$"}


def made_cell(cell: Cell, column: Column, find: Find) -> ir.StringValue:
    """The text of one contract column; ``find`` gives a source column, null where it is absent."""
    text = found_cell(cell, find)
    if cell.values:
        others = ibis.null(str) if cell.others == "blank" else text
        text = text.cases(*cell.values.items(), else_=others)
    if cell.date:
        text = _dated(text, cell.date, with_time=column.kind == "timestamp")
    if cell.split:
        text = text.translate(cell.split, "|" * len(cell.split))
    if cell.pad is not None:
        short = text.re_search(r"^\d+$") & (text.length() < cell.pad)
        text = ibis.ifelse(short, text.lpad(cell.pad, "0"), text)
    if cell.money and not cell.sum:
        text = _yuan(text, cell.money)
    if cell.rounded:
        text = _rounded(text)
    return text if cell.if_blank is None else ibis.coalesce(text, cell.if_blank)


def found_cell(cell: Cell, find: Find) -> ir.StringValue:
    """The text before anything is done to it."""
    if cell.constant is not None:
        return ibis.literal(cell.constant, "string")
    if cell.column is not None:
        return find(cell.column)
    if cell.sum or cell.product:
        return _computed(cell, find)
    cells = [find(name) for name in cell.first_of or cell.joined or cell.list_of]
    if cell.first_of:
        return ibis.coalesce(*cells)
    return _joined(cells, cell.between) if cell.joined else _listed(cells)


def _computed(cell: Cell, find: Find) -> ir.StringValue:
    if cell.product:
        return _product(*(_yuan(find(name), "yuan") for name in cell.product))
    kind = cell.money or "yuan"
    added = [_yuan(find(name), kind) for name in cell.sum]
    return _sum(added, [_yuan(find(name), kind) for name in cell.minus])


def _joined(parts: list[ir.StringValue], between: str) -> ir.StringValue:
    """All parts, or null where one is: half an id is another id."""
    return reduce(lambda left, right: left + between + right, parts)


def _listed(parts: list[ir.StringValue]) -> ir.StringValue:
    filled = [ibis.ifelse(part.isnull(), "", part + "|") for part in parts]
    return reduce(lambda left, right: left + right, filled).re_replace(r"\|$", "").nullif("")


def _dated(text: ir.StringValue, patterns: tuple[str, ...], *, with_time: bool) -> ir.StringValue:
    formats = [date_regex(pattern) for pattern in patterns]
    branches = [(text.re_search(f.regex), _iso(text, f, with_time=with_time)) for f in formats]
    return ibis.cases(*branches, else_=text)


def _iso(text: ir.StringValue, written: DateFormat, *, with_time: bool) -> ir.StringValue:
    def part(name: str) -> ir.StringValue:
        if name not in written.groups:
            return ibis.literal("00")
        return text.re_extract(written.regex, written.groups[name]).lpad(2, "0")

    year = text.re_extract(written.regex, written.groups["year"])
    day = year + "-" + part("month") + "-" + part("day")
    if not with_time:
        return day
    return day + " " + part("hour") + ":" + part("minute") + ":" + part("second")


def _yuan(text: ir.StringValue, kind: str) -> ir.StringValue:
    bare = text.re_replace(r"^(-?)[¥￥]", r"\1")
    if kind == "yuan":
        return ibis.ifelse(bare.re_search(_GROUPED), bare.replace(",", ""), bare)
    digits = bare.replace("-", "")
    digits = ibis.ifelse(digits.length() < 3, digits.lpad(3, "0"), digits)
    sign = ibis.ifelse(bare.startswith("-"), "-", "")
    whole = sign + digits.left(digits.length() - 2) + "." + digits.right(2)
    return ibis.ifelse(bare.re_search(r"^-?\d{1,16}$"), whole, bare + " fen")


def _rounded(text: ir.StringValue) -> ir.StringValue:
    """To the fen, half away from zero, where it is finer; sums and products come so already."""
    exact = text.try_cast("decimal(38, 20)")
    return ibis.ifelse(text.re_search(FINER), _written(exact.round(2)), text)


def _product(one: ir.StringValue, other: ir.StringValue) -> ir.StringValue:
    unreadable = _unreadable([one, other])
    exact = one.try_cast("decimal(19, 8)") * other.try_cast("decimal(19, 8)")
    written = _written(exact.cast("decimal(38, 16)").round(2))  # Ibis takes it for (19, 8)
    return ibis.coalesce(unreadable, written, one + " x " + other)


def _sum(added: list[ir.StringValue], taken: list[ir.StringValue]) -> ir.StringValue:
    """Exact; null where every cell is, the first unreadable cell where there is one."""
    numbers = [_or_nought(text) for text in added] + [-_or_nought(text) for text in taken]
    total = reduce(lambda left, right: left + right, numbers)
    filled = reduce(lambda left, right: left | right, [text.notnull() for text in added])
    return ibis.coalesce(
        _unreadable(added + taken), ibis.ifelse(filled, _written(total), ibis.null(str))
    )


def _or_nought(text: ir.StringValue) -> ir.DecimalValue:
    return ibis.coalesce(text.try_cast("decimal(28, 8)"), ibis.literal(0).cast("decimal(28, 8)"))


def _unreadable(texts: list[ir.StringValue]) -> ir.StringValue:
    marked = [ibis.ifelse(text.re_search(_PLAIN), ibis.null(str), text) for text in texts]
    return ibis.coalesce(*marked)


def _written(exact: ir.DecimalValue) -> ir.StringValue:
    """A decimal with at least two places and no noughts after them."""
    return exact.cast(_EXACT).cast("string").re_replace(r"(\.\d\d\d*?)0+$", r"\1")


def taken(cell: Cell, column: Column, text: ir.StringColumn, place: ir.Column) -> ir.StringScalar:
    """One cell out of the rows that share a key; an unreadable one wins, so that ingest sees it."""
    if cell.take == "first":
        return text.first(where=text.notnull(), order_by=place)
    if cell.take == "last":
        return text.last(where=text.notnull(), order_by=place)
    if cell.take == "sum":
        good = text.re_search(_PLAIN)
        total = _written(text.try_cast("decimal(28, 8)").sum(where=good))
    else:
        good = text.re_search(ISO.get(column.kind, ""))
        total = getattr(text, cell.take)(where=good)
    return ibis.coalesce(text.first(where=text.notnull() & ~good, order_by=place), total)
