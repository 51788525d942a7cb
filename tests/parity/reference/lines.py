"""What is known of the lines of a claim, each beside the catalogue of its day."""

from parity.reference.arithmetic import Row, half_up, ten_thousandths
from parity.reference.fund import Fund, in_force

_MOST = 10**14


def read_lines(fund: Fund, claim: Row) -> list[Row]:
    """The lines of one claim; quantity in ten-thousandths."""
    return [_read(fund, claim, row) for row in fund.lines.get((claim.claim_id,), [])]


def _read(fund: Fund, claim: Row, row: Row) -> Row:
    line = Row(row)
    served_on = row.served_at.date()
    quantity = ten_thousandths(row.quantity)
    day = min(served_on, claim.settled_on)
    item = in_force(fund.items.get((row.item_code,), []), day)
    cap, minutes = (item.price_cap, item.minutes) if item else (None, None)
    above = None if cap is None else row.unit_price > cap
    line.update(
        patient_id=claim.patient_id,
        provider_id=claim.provider_id,
        practitioner_id=row.practitioner_id or claim.practitioner_id,
        served_on=served_on,
        month=served_on.replace(day=1),
        quantity=quantity,
        kind=item and item.kind,
        capped=cap is not None,
        over_cap=above,
        over_cap_fen=_bounded((row.unit_price - cap) * quantity / 10_000) if above else 0,
        outside_stay=not claim.admitted_on <= served_on <= claim.discharged_on,
        minutes=None if minutes is None else _bounded(minutes * quantity / 10_000),
    )
    return line


def _bounded(value: float) -> int:
    """No more than a trillion yuan: of two slips the product has no bound."""
    return max(-_MOST, min(half_up(value), _MOST))
