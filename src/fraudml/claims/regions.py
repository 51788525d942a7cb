"""Divisions as GB/T 2260 numbers them: six digits, the first four of which name the prefecture.

Basic medical insurance is pooled by prefecture, in the four municipalities as a whole. Whoever sees
a doctor in another district of it has not gone elsewhere (异地就医), and needs no filing.
"""

import ibis.expr.types as ir

_DIGITS, _PREFECTURE, _PROVINCE = 6, 4, 2
MUNICIPALITIES = ("11", "12", "31", "50")  # Beijing, Tianjin, Shanghai, Chongqing


def pool_of(region: ir.StringValue) -> ir.StringValue:
    """The part of a division code that names the pool; another kind of code stands for itself."""
    province = region.left(_PROVINCE)
    pool = province.isin(MUNICIPALITIES).ifelse(province, region.left(_PREFECTURE))
    return (region.length() == _DIGITS).ifelse(pool, region)
