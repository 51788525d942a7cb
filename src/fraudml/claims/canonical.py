"""From text to canonical types, and the name of every rule that a cell breaks.

Money becomes whole fen, dates and times become dates and times, lists become lists, person ids
are pseudonyms already. A cell that is not what the contract says makes its row break a rule:
``missing:TABLE.COLUMN``, ``type:``, ``value:`` (not one of the allowed), ``decimals:`` (money
finer than fen), ``first_day:`` (a month not given by its first day), ``rounded:`` (an id that
went through a spreadsheet), ``encoding:TABLE``.
"""

from collections.abc import Callable

import ibis
import ibis.expr.types as ir

from fraudml.claims.consequences import Consequences
from fraudml.claims.contract_types import Column, Table
from fraudml.claims.people import ROUNDED, ROUNDED_MARK, ROUNDED_PERSON
from fraudml.claims.plain_cells import PLAIN
from fraudml.claims.readers import plain_name

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
# no year 0000 and no hour 24: engines read them, each as another day
_DAY = r"(\d{3}[1-9]|\d{2}[1-9]\d|\d[1-9]\d{2}|[1-9]\d{3})-\d{2}-\d{2}"
_DATE = f"^{_DAY}$"
_TIME = rf"^{_DAY} ([01]\d|2[0-3]):\d{{2}}:\d{{2}}(\.\d{{1,9}})?$"
# Under a trillion yuan, ten milliards of a number and a milliard of a count: of more, a few rows'
# sums and products no longer fit 64 bits, and one slip of a key would end every later stage.
_MONEY = r"^-?\d{1,12}(\.\d{1,2}0*)?$"
_FINER = r"^-?\d+\.\d{2}\d*[1-9]\d*$"
_COUNT = r"^-?\d{1,9}(\.0+)?$"
_SERIAL = r"^-?\d{1,18}(\.0+)?$"
TOO_LARGE = 1e10
_NUMBER = r"^-?\d+(\.\d+)?([eE][-+]?\d+)?$"
_BLANK = "[\\s\v\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"
_AROUND = f"^{_BLANK}+|{_BLANK}+$"
_UNTIDY = rf"{_BLANK}|\|\||^\||\|$"
_TRUE = ("true", "yes", "1", "y", "t")
_FALSE = ("false", "no", "0", "n", "f")


def typed(table: Table, text: ir.Table, consequences: Consequences) -> ir.Table:
    """Text rows, person ids hashed already, in canonical types.

    text     row_number, undecodable, the contract's columns as text with what says that they are
    plain (``readers.Reading.schema``); a column that did not come in is null
    returns  row_number, the canonical columns, aside: whether a rule of its cells keeps the row
    out. A cell whose rule only warns is null.
    """
    both = _both(table, text)
    columns = {c.canonical: both[_typed(c)] for c in table.columns}
    return both.select("row_number", **columns, aside=_aside(table, both, consequences))


def broken_rules(table: Table, text: ir.Table, consequences: Consequences) -> ir.Table:
    """The rows of which a cell breaks a rule: row_number, rules (their names), aside."""
    both = _both(table, text)
    broken = _broken(table, both)
    listed = ibis.array([ibis.ifelse(found, rule, ibis.null(str)) for rule, found in broken])
    named = listed.filter(lambda rule: rule.notnull())
    rows = both.filter(ibis.or_(*(found for _, found in broken)))
    return rows.select("row_number", rules=named, aside=_aside(table, both, consequences))


def _both(table: Table, text: ir.Table) -> ir.Table:
    """The cells as text and as values; a view, so that no value is worked out twice."""
    values = {_typed(c): _value(c, text) for c in table.columns}
    return text.mutate(**values).view()


def _given(table: Table, both: ir.Table) -> list[Column]:
    """The columns that came in: in others there is no cell to break a rule."""
    return [column for column in table.columns if column.name in both.columns]


def _aside(table: Table, both: ir.Table, consequences: Consequences) -> ir.BooleanValue:
    """Whether a row breaks a rule of its cells that keeps it out: what ``_broken`` says, in short.

    A cell that cannot be read is null, so that no pattern need be tried a second time.
    """
    kept_out = [both.undecodable]
    for column in _given(table, both):
        text, value, name = both[column.name], both[_typed(column)], f"{table.name}.{column.name}"
        if not column.nullable:
            kept_out.append(value.isnull())
        elif column.kind not in ("text", "list"):
            kept_out += _unread(column, name, text, value, consequences)
        if column.kind == "month" and consequences.of(f"first_day:{name}") != "warn":
            kept_out.append((value.day() != 1).coalesce(False))
        if column.kind == "id":
            kept_out.append(_rounded(column, both).coalesce(False))
    return ibis.or_(*kept_out)


def _unread(
    column: Column, name: str, text: ir.StringValue, value: ir.Value, consequences: Consequences
) -> list[ir.BooleanValue]:
    """The cells that are there and cannot be read, as far as that keeps their row out."""
    wrong = text.notnull() & value.isnull()
    grave = consequences.of(f"{'value' if column.values else 'type'}:{name}") != "warn"
    if column.kind != "money":
        return [wrong] if grave else []
    finer_grave = consequences.of(f"decimals:{name}") != "warn"
    if grave == finer_grave:
        return [wrong] if grave else []
    finer = text.re_search(_FINER)
    return [wrong & (finer if finer_grave else ~finer)]


def _typed(column: Column) -> str:
    return f"typed__{column.name}"


def _value(column: Column, rows: ir.Table) -> ir.Value:
    if column.name not in rows.columns:
        return ibis.null(TYPES[column.kind]).coalesce(column.default)
    text = rows[column.name]
    plain = rows[plain_name(column)] if column.kind in PLAIN else ibis.literal(False)
    value = (_serial if column.kind == "count" and column.key else _READ[column.kind])(text, plain)
    if column.values:
        allowed = text.isin(column.values)
        if column.kind == "count":  # 3.0 is 3: so a tool writes whole numbers beside empty cells
            allowed = value.isin([int(one) for one in column.values])
        value = ibis.ifelse(allowed, value, ibis.null(value.type()))
    if column.default is not None:
        value = ibis.ifelse(text.isnull(), column.default, value)
    return value


def _as_written(text: ir.StringValue, _plain: ir.BooleanValue) -> ir.Value:
    return text


def _named(text: ir.StringValue, plain: ir.BooleanValue) -> ir.Value:
    """A name that runs over two lines is none: a quote before it was never closed."""
    return _when(~text.contains("\n"), plain, text)


def _date(text: ir.StringValue, plain: ir.BooleanValue) -> ir.Value:
    return _when(text.re_search(_DATE), plain, text.try_cast("date"))


def _timestamp(text: ir.StringValue, plain: ir.BooleanValue) -> ir.Value:
    return _when(text.re_search(_TIME), plain, text.try_cast("timestamp(6)"))


def _money(text: ir.StringValue, plain: ir.BooleanValue) -> ir.Value:
    yuan = text.try_cast("decimal(18, 2)")
    return _when(text.re_search(_MONEY), plain, (yuan * 100).cast("int64"))


def _count(text: ir.StringValue, plain: ir.BooleanValue) -> ir.Value:
    return _when(text.re_search(_COUNT), plain, _whole(text))


def _serial(text: ir.StringValue, plain: ir.BooleanValue) -> ir.Value:
    """A count that is part of a key: nobody adds it up, and systems number through all claims."""
    return _when(text.re_search(_SERIAL), plain, _whole(text))


def _whole(text: ir.StringValue) -> ir.IntegerValue:
    return text.try_cast("decimal(18, 0)").cast("int64")  # Spark reads no integer from 3.0


def _number(text: ir.StringValue, plain: ir.BooleanValue) -> ir.Value:
    value = text.try_cast("float64")
    bounded = ibis.ifelse(value.abs() < TOO_LARGE, value, ibis.null("float64"))
    return _when(text.re_search(_NUMBER), plain, bounded)


def _flag(text: ir.StringValue, _plain: ir.BooleanValue) -> ir.Value:
    word = text.lower()
    return ibis.cases((word.isin(_TRUE), True), (word.isin(_FALSE), False), else_=None)


def _list(text: ir.StringValue, _plain: ir.BooleanValue) -> ir.Value:
    """The texts between the bars, without blanks; null where there is none."""
    parts = text.re_split(r"\|")  # Spark takes what splits a text for a pattern
    tidy = parts.map(lambda part: part.re_replace(_AROUND, "")).filter(lambda part: part != "")
    some = ibis.ifelse(tidy.length() > 0, tidy, ibis.null("array<string>"))
    return ibis.ifelse(text.re_search(_UNTIDY), some, parts)


def _when(good: ir.BooleanValue, plain: ir.BooleanValue, value: ir.Value) -> ir.Value:
    """The value of a cell that is plain or good; the second is worked out only without the first.

    Of an ``or`` engines work out both sides.
    """
    return ibis.ifelse(ibis.ifelse(plain, True, good), value, ibis.null(value.type()))


_READ: dict[str, Callable[[ir.StringValue, ir.BooleanValue], ir.Value]] = {
    "id": _named,
    "text": _as_written,
    "enum": _as_written,
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
    for column in _given(table, both):
        text, value = both[column.name], both[_typed(column)]
        name = f"{table.name}.{column.name}"
        if not column.nullable:
            empty = value if column.kind == "list" else text
            found.append((f"missing:{name}", empty.isnull()))
        if column.kind == "id":
            found.append((f"rounded:{name}", _rounded(column, both)))
        if column.kind in ("text", "list"):
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


def _rounded(column: Column, both: ir.Table) -> ir.BooleanValue:
    """A number like 1.10101E+17, whose digits are lost; tried only where a + stands."""
    text = both[column.name]
    if column.person and column.person != "target":
        return ibis.ifelse(both[plain_name(column)], False, text.endswith(ROUNDED_MARK))
    pattern = f"{ROUNDED}|{ROUNDED_PERSON}" if column.person else ROUNDED
    return ibis.ifelse(both[plain_name(column)], False, text.re_search(pattern))
