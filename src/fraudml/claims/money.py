"""What insurance paid an entity, by which its money at issue is weighed."""

import ibis
import ibis.expr.types as ir


def insurance_paid(fund_fen: ir.Value, account_fen: ir.Value) -> ir.Value:
    """Sums of what the fund and what individual accounts paid of the same claims, as one sum.

    Fen, never negative. The fund's; where it paid nothing, as at most pharmacies, that of the
    accounts. Beside a fund's payment the account pays what is one's own part, of which no rule
    says that the fund lost it.
    """
    fund = ibis.greatest(fund_fen.coalesce(0), 0)
    return (fund > 0).ifelse(fund, ibis.greatest(account_fen.coalesce(0), 0))
