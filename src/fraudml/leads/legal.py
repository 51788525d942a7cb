"""Order 735 of the State Council as a lead cites it: title, words, and whether it was in force."""

from dataclasses import dataclass
from datetime import date, timedelta

from fraudml.entities import GrainName
from fraudml.errors import StateError
from fraudml.leads.words import Words
from fraudml.monitor.law.order_735 import IN_FORCE_FROM, article_and_item, lines_of, numeral

# What these articles name is done by the insured; the others speak of providers and whoever works
# for them.
_OF_PERSONS = {17, 41}
TITLE = Words(
    "《医疗保障基金使用监督管理条例》（国务院令第735号）", "State Council Order 735 (2021)"
)

NOT_NAMED = Words("条例未直接点名此行为", "the Order does not name this behaviour directly")


@dataclass(frozen=True)
class Quote:
    """One clause and its words: an article's paragraphs, or its opening and one of its items."""

    clause: str
    title: Words
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Basis:
    """The clause a reason may be held against, or null with the reason why there is none."""

    clause: str | None
    note: Words | None

    def of_rule(self, rule: Words) -> "Basis":
        """The same clause, for a reason that counts the hits of this rule among others."""
        zh, en = f"“{rule.zh}”的条款", f"for: {rule.en}"
        if self.note:
            zh, en = f"{zh}；{self.note.zh}", f"{en}; {self.note.en}"
        return Basis(self.clause, Words(zh, en))


def clause_title(clause: str) -> Words:
    """How a clause is cited.

    >>> clause_title("38(1)").zh, clause_title("15").en
    ('第三十八条（一）', 'Order 735, article 15')
    """
    article, item = article_and_item(clause)
    zh = f"第{numeral(article)}条" + (f"（{numeral(item)}）" if item else "")
    return Words(zh, f"Order 735, article {article}" + (f" ({item})" if item else ""))


def quote(clause: str) -> Quote:
    """The words of a clause such as "15" or "38(1)"; StateError where the law has none such."""
    lines = lines_of(clause)
    if not lines:
        raise StateError(f"Order 735 has no clause {clause!r}: correct the feature catalogue.")
    return Quote(clause, clause_title(clause), lines)


def basis(clause: str | None, as_of: date, window_days: int | None) -> Basis:
    """Whether a clause may be cited for a feature that looks back from ``as_of``.

    Acts before the law was in force are not held against it; where the window began earlier,
    the clause stands and the note says from which day it counts.
    """
    if clause is None:
        return Basis(None, NOT_NAMED)
    if as_of < IN_FORCE_FROM:
        return Basis(
            None,
            Words(
                "截止日早于条例施行日（2021-05-01）",
                "the as-of date lies before the Order came into force (2021-05-01)",
            ),
        )
    if window_days is None or as_of - timedelta(days=window_days) < IN_FORCE_FROM:
        return Basis(
            clause,
            Words(
                "仅适用于2021-05-01及以后的行为", "only for acts on or after 2021-05-01 (in force)"
            ),
        )
    return Basis(clause, None)


def against(found: Basis, grain: GrainName) -> Basis:
    """The basis as far as its article speaks of such an entity at all.

    >>> against(Basis("40(1)", None), "patient").clause, against(Basis("41(2)", None), "patient")
    (None, Basis(clause='41(2)', note=None))
    """
    if found.clause is None:
        return found
    of_persons = article_and_item(found.clause)[0] in _OF_PERSONS
    if of_persons == (grain == "patient"):
        return found
    title = clause_title(found.clause)
    if of_persons:
        zh, en = "针对参保人员，不针对定点医药机构", "speaks of the insured, not of providers"
    else:
        zh, en = "针对定点医药机构，不针对参保人员", "speaks of providers, not of the insured"
    return Basis(None, Words(f"{title.zh}{zh}", f"{title.en} {en}"))
