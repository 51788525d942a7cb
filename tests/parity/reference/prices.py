"""Provider features of prices, substitutes and stock."""

from datetime import date, timedelta
from itertools import pairwise

from parity.reference.arithmetic import (
    Row,
    added,
    grouped,
    half_up,
    median,
    ratio,
    share,
    ten_thousandths,
)
from parity.reference.fund import YEAR
from parity.reference.registry import means
from parity.reference.subjects import Seen, Subject

provider = means("provider")
PROVIDERS_NEEDED = 5


def _items(e: Subject) -> list[Row]:
    """What the provider billed of each item, beside the usual price."""
    return e.seen.once("items", _all_items).get((e.id,), [])


def _all_items(seen: Seen) -> dict[tuple, list[Row]]:
    rows = []
    for (where, code), lines in grouped(seen.lines, "provider_id", "item_code").items():
        quantity, amount = sum(x.quantity for x in lines), sum(x.amount for x in lines)
        if quantity > 0:
            kind = max((x.kind for x in lines if x.kind), default=None)
            price = half_up(amount * 10_000 / quantity)
            rows.append(
                Row(provider_id=where, item_code=code, kind=kind, quantity=quantity,
                    amount=amount, price=price)
            )  # fmt: skip
    _judge(rows)
    return grouped(rows, "provider_id")


def _judge(rows: list[Row]) -> None:
    """Add to each provider's item the usual price and whether a cheaper substitute exists."""
    by_item = grouped(rows, "item_code")
    usual = {code: half_up(median(r.price for r in found)) for (code,), found in by_item.items()}
    kinds = {
        code: max((r.kind for r in found if r.kind), default=None)
        for (code,), found in by_item.items()
    }
    for row in rows:
        code = row.item_code
        alike = [
            usual[other] for other in usual
            if substance(other) == substance(code) and kinds[other] == kinds[code]
        ]  # fmt: skip
        row["dear"] = usual[code] * 2 > min(alike) * 3 if len(alike) > 1 else None
        enough = len(by_item[(code,)]) >= PROVIDERS_NEEDED
        row["usual"] = usual[code] if enough else None


def substance(code: str) -> str:
    """What substitutes have in common: seven characters of a long code, else all but two."""
    return code[:7] if len(code) >= 14 else code[: max(len(code) - 2, 1)]


@provider
def items_count_365d(e: Subject):
    return len(_items(e))


@provider
def price_excess_fen_share_365d(e: Subject):
    compared = [row for row in _items(e) if row.usual is not None]
    above = [max(row.amount - half_up(row.usual * row.quantity / 10_000), 0) for row in compared]
    return ratio(sum(above), sum(row.amount for row in compared))


@provider
def overpriced_items_share_365d(e: Subject):
    compared = [row for row in _items(e) if row.usual is not None]
    return share(row.price * 5 > row.usual * 6 for row in compared)


@provider
def dear_substitutes_share_365d(e: Subject):
    drugs = [row for row in _items(e) if row.kind == "drug" and row.dear is not None]
    return ratio(sum(row.quantity for row in drugs if row.dear), sum(r.quantity for r in drugs))


def _stock(e: Subject) -> list[Row]:
    """Items whose purchases are known: what was settled beside what left the shelves."""
    moves = [m for m in e.seen.fund.table("stock_moves") if m.provider_id == e.id]
    known = [m for m in moves if m.month > e.seen.as_of - YEAR and _known_on(m) <= e.seen.as_of]
    return [_item_stock(e, code, months) for (code,), months in grouped(known, "item_code").items()]


def _books(e: Subject) -> list[list[Row]]:
    """The known months of each item, in order."""
    moves = [m for m in e.seen.fund.table("stock_moves") if m.provider_id == e.id]
    known = [m for m in moves if m.month > e.seen.as_of - YEAR and _known_on(m) <= e.seen.as_of]
    items = grouped(known, "item_code").values()
    return [sorted(months, key=lambda m: m.month) for months in items]


@provider
def growing_stock_items_share_365d(e: Subject):
    whole = ten_thousandths
    return share(
        whole(months[-1].closing) - whole(months[0].opening)
        > sum(whole(m.opening + m.purchased - m.returned - m.closing) for m in months)
        for months in _books(e)
    )


@provider
def broken_stock_items_share_365d(e: Subject):
    def broken(one: Row, following: Row) -> bool:
        next_month = (one.month + timedelta(days=31)).replace(day=1)
        same = ten_thousandths(one.closing) == ten_thousandths(following.opening)
        return following.month == next_month and not same

    return share(any(broken(*two) for two in pairwise(months)) for months in _books(e))


def _known_on(move: Row) -> date:
    following = (move.month + timedelta(days=31)).replace(day=1)
    return move.known_on or following - timedelta(days=1)


def _item_stock(e: Subject, code: str, months: list[Row]) -> Row:
    which = {m.month for m in months}
    sold = [line for line in e.lines if line.item_code == code and line.month in which]
    used = sum(ten_thousandths(m.opening + m.purchased - m.returned - m.closing) for m in months)
    settled, fen = sum(x.quantity for x in sold), sum(x.amount for x in sold)
    gap = settled - used
    unit_fen = ratio(fen, settled)
    over_fen = 0 if unit_fen is None else half_up(max(gap, 0) * unit_fen)
    return Row(
        settled_fen=fen, over_fen=over_fen,
        over=gap * 10 > used and gap > 10_000,
        under=-gap * 10 > used and -gap > 10_000,
    )  # fmt: skip


@provider
def settled_over_stock_share_365d(e: Subject):
    stock = _stock(e)
    return ratio(added(x.over_fen for x in stock), added(x.settled_fen for x in stock))


@provider
def settled_over_stock_fen_365d(e: Subject):
    return sum(x.over_fen for x in _stock(e))


@provider
def over_stock_items_count_365d(e: Subject):
    return sum(x.over for x in _stock(e))


@provider
def under_stock_items_count_365d(e: Subject):
    return sum(x.under for x in _stock(e))
