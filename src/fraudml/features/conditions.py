"""What makes a claim evidence, said once for every grain."""

import ibis.expr.types as ir


def returned(t: ir.Table) -> ir.BooleanValue:
    """A stay begun within 7 days of another at the provider, in the same diagnosis group."""
    return t.inpatient & t.gap_days.between(0, 7) & t.same_as_previous


def followed(t: ir.Table) -> ir.BooleanValue:
    """A stay followed within 7 days by another at the provider, in the same diagnosis group."""
    return t.inpatient & t.next_gap_days.between(0, 7) & t.same_as_next


def sparse(t: ir.Table) -> ir.BooleanValue:
    """A stay of three days or more with under two billed lines a day."""
    return t.inpatient & (t.stay_days >= 3) & (t.lines_n < 2 * t.stay_days)
