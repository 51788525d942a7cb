"""How likely each provider is to be visited: more with more risk, and never without a floor."""

from collections.abc import Sequence
from fractions import Fraction

from fraudml.errors import DrawError
from fraudml.inspections.frame import FrameLine
from fraudml.inspections.verify_draw import ONE, fair_chances, floor_of


def chances_of(frame: Sequence[FrameLine], n: int, floor: float) -> list[int]:
    """The chance of every unit in whole billionths, adding up to ``n`` exactly.

    As risk squared, capped at 1, at least floor * n / N (rounded down to a billionth); units
    without a risk get the floor, certain units get 1. Where all risks are 0 or unknown, all
    chances are equal. DrawError if the certain units leave too little for everybody's floor.

    >>> frame = [(name, "1", "clinic", 1, True, risk, False)
    ...          for name, risk in (("A", 900_000_000), ("B", 300_000_000), ("C", None))]
    >>> chances_of(frame, 1, 0.3)
    [800000000, 100000000, 100000000]
    """
    size, certain = len(frame), sum(line[6] for line in frame)
    least = floor_of(exact_text(floor), n, size)
    if certain > n or (size - certain) * least > (n - certain) * ONE:
        raise DrawError(
            f"{certain:,} providers are visited in any case; with draw.providers = {n:,} that "
            f"leaves the other {size - certain:,} less than draw.floor = {floor}. "
            "Raise draw.providers or lower draw.floor."
        )
    return fair_chances([line[5] for line in frame], [line[6] for line in frame], n, least)


def exact_text(share: float) -> str:
    """A share as the decimal number that was written, not as its binary neighbour.

    >>> exact_text(0.1)
    '1/10'
    """
    return str(Fraction(repr(share)))
