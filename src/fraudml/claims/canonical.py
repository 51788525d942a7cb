"""From text to canonical types, and the name of every rule that a cell breaks.

Money becomes whole fen, dates and times become dates and times, lists become lists, person ids
are pseudonyms already. A cell that is not what the contract says makes its row break a rule:
``missing:TABLE.COLUMN``, ``type:``, ``value:`` (not one of the allowed), ``decimals:`` (money
finer than fen), ``first_day:`` (a month not given by its first day), ``encoding:TABLE``.
"""

from collections.abc import Callable

import ibis
import ibis.expr.types as ir

from fraudml.claims.contract_types import Column, Table

TYPES = {
    "id": "string",
    "text": "string",
    "enum": "string",
    "date": "date",
    "month": "date",
    "timestamp": "timestamp(6)",
    "money": "int64",
    "count": "int64",
    "number": "float64",
    "flag": "boolean",
    "list": "array<string>",
}
_DATE = r"^\d{4}-\d{2}-\d{2}$"
_TIME = r"^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(\.\d{1,9})?$"
_MONEY = r"^-?\d{1,14}(\.\d{1,2}0*)?$"
_FINER = r"^-?\d+\.\d{3,}$"
_COUNT = r"^-?\d{1,18}(\.0+)?$"
_NUMBER = r"^-?\d+(\.\d+)?([eE][-+]?\d+)?$"
_TRUE = ("true", "yes", "1", "y", "t")
_FALSE = ("false", "no", "0", "n", "f")


def typed(table: Table, text: ir.Table) -> ir.Table:
    """Text rows, person ids hashed already, in canonical types.

    text     row_id, source_file, row_number, undecodable, the contract's columns as text
    returns  row_id, the canonical columns, rules: the names of the rules broken, null where none
    """
    both = text.mutate(**{_typed(c): _value(c, text[c.name]) for c in table.columns})
    broken = _broken(table, both)
    listed = ibis.array([ibis.ifelse(found, rule, ibis.null(str)) for rule, found in broken])
    named = listed.filter(lambda rule: rule.notnull())
    rules = ibis.ifelse(ibis.or_(*(found for _, found in broken)), named, ibis.null(named.type()))
    columns = {c.canonical: both[_typed(c)] for c in table.columns}
    return both.select("row_id", **columns, rules=rules)


def _typed(column: Column) -> str:
    return f"typed__{column.name}"


def _value(column: Column, text: ir.StringValue) -> ir.Value:
    value = _READ.get(column.kind, _as_written)(text)
    if column.kind == "enum" or (column.kind == "count" and column.values):
        value = ibis.ifelse(text.isin(column.values), value, ibis.null(value.type()))
    if column.default is not None:
        value = ibis.ifelse(text.isnull(), column.default, value)
    return value


def _as_written(text: ir.StringValue) -> ir.Value:
    return ibis.ifelse(text.contains("\n"), ibis.null(str), text)


def _date(text: ir.StringValue) -> ir.Value:
    return _when(text, _DATE, text.try_cast("date"))


def _timestamp(text: ir.StringValue) -> ir.Value:
    return _when(text, _TIME, text.try_cast("timestamp(6)"))


def _money(text: ir.StringValue) -> ir.Value:
    yuan = text.try_cast("decimal(18, 2)")
    return _when(text, _MONEY, (yuan * 100).cast("int64"))


def _count(text: ir.StringValue) -> ir.Value:
    return _when(text, _COUNT, text.try_cast("int64"))


def _number(text: ir.StringValue) -> ir.Value:
    value = text.try_cast("float64")
    return _when(text, _NUMBER, ibis.ifelse(value.isinf(), ibis.null("float64"), value))


def _flag(text: ir.StringValue) -> ir.Value:
    word = text.lower()
    return ibis.cases((word.isin(_TRUE), True), (word.isin(_FALSE), False), else_=None)


def _list(text: ir.StringValue) -> ir.Value:
    parts = text.split("|").map(lambda part: part.strip())
    return parts.filter(lambda part: part != "")


def _when(text: ir.StringValue, pattern: str, value: ir.Value) -> ir.Value:
    return ibis.ifelse(text.re_search(pattern), value, ibis.null(value.type()))


_READ: dict[str, Callable[[ir.StringValue], ir.Value]] = {
    "date": _date,
    "month": _date,
    "timestamp": _timestamp,
    "money": _money,
    "count": _count,
    "number": _number,
    "flag": _flag,
    "list": _list,
}


def _broken(table: Table, both: ir.Table) -> list[tuple[str, ir.BooleanValue]]:
    found = [(f"encoding:{table.name}", both.undecodable)]
    for column in table.columns:
        text, value = both[column.name], both[_typed(column)]
        name = f"{table.name}.{column.name}"
        if not column.nullable:
            found.append((f"missing:{name}", text.isnull()))
        if column.kind == "text":
            continue
        wrong = text.notnull() & value.isnull()
        if column.kind == "money":
            finer = wrong & text.re_search(_FINER)
            found.append((f"decimals:{name}", finer))
            wrong = wrong & ~text.re_search(_FINER)
        found.append((f"{'value' if column.values else 'type'}:{name}", wrong))
        if column.kind == "month":
            found.append((f"first_day:{name}", value.notnull() & (value.day() != 1)))
    return [(rule, ibis.coalesce(broken, False)) for rule, broken in found]
