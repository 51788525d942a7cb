"""Products of accepted numbers as whole numbers of 64 bits: one slip must not end a whole run.

Ingest accepts amounts below a trillion and numbers below ten billion; the product of two such
slips, or the square of one, is none. What lies beyond the bounds says no more than they do.
"""

import ibis
import ibis.expr.types as ir

_MOST = 1e14  # fen: a trillion yuan, of which ingest accepts no cell
_MOST_SQUARED = 10**9  # whose squares add up within 64 bits


def whole(value: ir.FloatingValue) -> ir.IntegerValue:
    """To the nearest whole number, no larger than the largest amount; null stays null."""
    within = ibis.cases((value > _MOST, _MOST), (value < -_MOST, -_MOST), else_=value)
    return within.round().cast("int64")


def square(value: ir.IntegerValue) -> ir.IntegerValue:
    """The square of a whole number, or of the bound (a billion) where it is larger."""
    most = _MOST_SQUARED
    within = ibis.cases((value > most, most), (value < -most, -most), else_=value)
    return within * within
