"""Scope of lines, traceability codes, codes of a provider's own, leave passes."""

from parity.reference.arithmetic import Row, most, ratio, share
from parity.reference.registry import means
from parity.reference.subjects import Seen, Subject

provider = means("provider")


def _billed_here(e: Subject) -> list[Row]:
    return [line for c in e.claims for line in c.lines]


def _of_scope(e: Subject, scope: str):
    told = [line for line in _billed_here(e) if line.scope is not None]
    part = sum(line.amount for line in told if line.scope == scope)
    return ratio(part, sum(line.amount for line in told))


@means("provider", "patient")
def own_part_fen_share_365d(e: Subject):
    return _of_scope(e, "B")


@means("provider", "patient")
def out_of_scope_fen_share_365d(e: Subject):
    return _of_scope(e, "C")


@provider
def out_of_scope_paid_fen_365d(e: Subject):
    return sum(line.fund_amount or 0 for line in _billed_here(e) if line.scope == "C")


def _sales(seen: Seen) -> dict[str, list[str]]:
    """The provider of each sale of a traceability code."""
    found: dict[str, list[str]] = {}
    for c in seen.claims:
        for line in c.lines:
            if line.quantity > 0:
                for code in line.trace_code or []:
                    found.setdefault(code, []).append(c.provider_id)
    return found


def _codes(e: Subject) -> list[list[str]]:
    """The sales everywhere of each code sold here."""
    return [where for where in e.seen.once("sales", _sales).values() if e.id in where]


@provider
def trace_codes_count_365d(e: Subject):
    return len(_codes(e))


@provider
def reused_trace_codes_share_365d(e: Subject):
    return share(len(where) > 1 for where in _codes(e))


@provider
def trace_codes_sold_elsewhere_count_365d(e: Subject):
    return sum(len(set(where)) > 1 for where in _codes(e))


@provider
def sales_per_trace_code_max_count_365d(e: Subject):
    return most(where.count(e.id) for where in _codes(e))


def _own_codes(e: Subject) -> list[int]:
    """How many codes of the provider's own stand for each national code."""
    pairs = {
        (line.item_code, line.local_item_code)
        for line in _billed_here(e)
        if line.local_item_code is not None
    }
    items = [item for item, _ in pairs]
    return [items.count(item) for item in set(items)]


@provider
def local_codes_per_item_max_count_365d(e: Subject):
    return most(_own_codes(e))


@provider
def several_local_codes_items_share_365d(e: Subject):
    return share(n > 1 for n in _own_codes(e))


def _leave_days(e: Subject, stay: Row) -> int | None:
    """Days of leave of a stay; None without a pass."""
    passes = [p for p in e.seen.fund.table("leave_passes") if p.claim_id == stay.claim_id]
    days = (0 if p.back_at is None else (p.back_at.date() - p.left_at.date()).days for p in passes)
    return sum(max(n, 0) for n in days) if passes else None


@means("provider", "patient")
def leave_stays_share_365d(e: Subject):
    return share(_leave_days(e, c) is not None for c in e.stays)


@provider
def leave_days_share_365d(e: Subject):
    days = sum(_leave_days(e, c) or 0 for c in e.stays if c.stay_days > 0)
    return ratio(days, sum(c.stay_days for c in e.stays))
