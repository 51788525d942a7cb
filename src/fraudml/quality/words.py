"""The words of the data-quality page: tables, marks and figures in Chinese and in English."""

from collections.abc import Mapping
from typing import Any

from fraudml.leads.words import Words

TABLE_WORDS: dict[str, Words] = {
    "providers": Words("定点医药机构", "providers"),
    "practitioners": Words("医师", "practitioners"),
    "patients": Words("参保人员", "patients"),
    "claims": Words("结算单", "claims"),
    "claim_lines": Words("费用明细行", "claim lines"),
    "items": Words("目录项目", "items"),
    "drg_groups": Words("病组目录", "DRG groups"),
    "stock_moves": Words("进销存", "stock moves"),
    "trace_events": Words("追溯码记录", "traceability events"),
    "leave_passes": Words("请假记录", "leave passes"),
    "enrolments": Words("参保记录", "enrolments"),
    "contract_periods": Words("协议中止记录", "contract suspensions"),
    "tips": Words("举报线索", "tips"),
    "inspections": Words("检查", "inspections"),
    "findings": Words("检查发现", "findings"),
    "inspectors": Words("检查人员", "inspectors"),
    "budgets": Words("基金预算", "budgets"),
}
MARK_WORDS: dict[str, Words] = {
    "partial": Words("不足月", "part of a month"),
    "gap": Words("整月缺失", "nothing came"),
    "dip": Words("骤降", "dip"),
    "surge": Words("骤增", "surge"),
    "fall": Words("此后降低", "lower from here on"),
    "rise": Words("此后升高", "higher from here on"),
}
MEAN_WORDS = Words("单笔均额", "mean amount")
KIND_WORDS: dict[str, Words] = {
    "stopped": Words("停止报送", "stopped sending"),
    "paused": Words("中间断档", "months missing"),
    "fell": Words("近三月大减", "fell in the last three months"),
    "rose": Words("近三月大增", "rose in the last three months"),
}


def count(value: float | None) -> str:
    """A number with separators; a dash where there is none.

    >>> count(1234567), count(0.473), count(2.0)
    ('1,234,567', '0.473', '2')
    """
    if value is None:
        return "–"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.4g}"


def share(part: float | None) -> str:
    """A share as per cent that is 0 % or 100 % only when it is exactly that.

    >>> share(0.99999), share(1.0), share(0.00001), share(0.25), share(None)
    ('>99.9%', '100%', '<0.1%', '25%', '–')
    """
    if part is None:
        return "–"
    if 0 < part < 0.001:
        return "<0.1%"
    if 0.999 < part < 1:
        return ">99.9%"
    return f"{100 * part:.1f}".removesuffix(".0") + "%"


def amount(value: float | None, unit: str | None) -> str:
    """A figure of a column: money as yuan with two decimals, all else as a number.

    >>> amount(276892, "fen"), amount(30, "days")
    ('2,768.92', '30')
    """
    return f"{value / 100:,.2f}" if unit == "fen" and value is not None else count(value)


def levels(at: list[float] | None) -> Words:
    """What low, middle and high of a column are."""
    if at is None:
        return Words("少于100行，不显示", "fewer than 100 rows: not shown")
    if at[0] == 0:
        return Words("最小 · 中位 · 最大", "min · median · max")
    low, high = round(100 * at[0]), round(100 * at[2])
    return Words(f"{low}% · 中位 · {high}% 分位", f"{low} % · median · {high} % quantile")


def times(ratio: float | None) -> str:
    """How many times its neighbours a month is.

    >>> times(0.5), times(100.0)
    ('×0.5', '×100')
    """
    return "" if ratio is None else f"×{ratio:.2g}" if ratio < 10 else f"×{ratio:,.0f}"


def month_marks(month: Mapping[str, Any]) -> list[tuple[Words, str]]:
    """What is odd about one month, with the ratio to its neighbours."""
    found = []
    if month["mark"]:
        ratio = times(month["ratio"]) if month["mark"] != "gap" else ""
        found.append((MARK_WORDS[month["mark"]], ratio))
    if month["mean_mark"]:
        word = MARK_WORDS[month["mean_mark"]]
        both = Words(f"{MEAN_WORDS.zh}{word.zh}", f"{MEAN_WORDS.en}: {word.en}")
        found.append((both, times(month["mean_ratio"])))
    return found
