"""What each rule of ingest says, in both languages, and what becomes of a row that breaks it."""

from dataclasses import dataclass
from typing import Any

from fraudml.claims.schema import CONTRACT


@dataclass(frozen=True)
class CellRule:
    """A family of rules that any table's cells or rows can break."""

    name: str
    form: str  # how its members are named
    consequence: str  # unless params.yaml says otherwise
    en: str
    zh: str


CELL_RULES: tuple[CellRule, ...] = (
    CellRule("fields", "fields:TABLE", "quarantine",
             "the row has too many or too few fields, or a broken quote", "字段数不符或引号残缺"),
    CellRule("encoding", "encoding:TABLE", "quarantine",
             "bytes that are no text in the file's encoding", "无法按文件编码读取的字节"),
    CellRule("missing", "missing:TABLE.COLUMN", "quarantine",
             "a cell that must be filled is empty", "必填项为空"),
    CellRule("type", "type:TABLE.COLUMN", "quarantine",
             "not a date, time, number or flag as the contract writes it",
             "日期、时间、数字等格式不符"),
    CellRule("value", "value:TABLE.COLUMN", "quarantine",
             "not one of the allowed values", "不在允许取值之内"),
    CellRule("decimals", "decimals:TABLE.COLUMN", "quarantine",
             "money finer than fen", "金额精度小于分"),
    CellRule("first_day", "first_day:TABLE.COLUMN", "quarantine",
             "a month that is not given by its first day", "月份未写作当月第一日"),
    CellRule("rounded", "rounded:TABLE.COLUMN", "refuse",
             "an id that a spreadsheet rounded, such as 1.1E+17", "编号被表格软件取整"),
    CellRule("duplicate_row", "duplicate_row:TABLE", "quarantine",
             "the same row once more; the first is kept", "整行重复，保留第一行"),
    CellRule("duplicate_key", "duplicate_key:TABLE", "quarantine",
             "another row has the same key and says otherwise", "主键相同而内容不同"),
    CellRule("unknown", "unknown:TABLE.COLUMN", "quarantine",
             "it refers to a row that did not come in", "所指记录不存在"),
    CellRule("parent_quarantined", "parent_quarantined", "quarantine",
             "the row it belongs to was set aside", "所属记录已被隔离"),
)  # fmt: skip
_FAMILIES = {rule.name: rule for rule in CELL_RULES}


def rule_words(rule: str, table: str) -> dict[str, Any]:
    """What a rule of ingest says; its id in both languages where the contract does not know it.

    rule     ``family:table``, ``family:table.column``, or the name alone
    returns  ``zh``, ``en``, ``evidence`` (the typology that a broken rule is evidence of, or null)

    >>> rule_words("missing:claims.settled_on", "claims")["en"]
    'settled_on: a cell that must be filled is empty'
    """
    name, _, place = rule.partition(":")
    column = place.partition(".")[2]
    if name in _FAMILIES:
        said, before = _FAMILIES[name], f"{column}: " if column else ""
        return {"zh": before + said.zh, "en": before + said.en, "evidence": None}
    for own in CONTRACT[table].rules:
        if own.name == name:
            return {"zh": own.zh, "en": own.en, "evidence": own.evidence}
    return {"zh": name, "en": name.replace("_", " "), "evidence": None}
