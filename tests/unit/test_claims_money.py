"""What insurance paid an entity."""

import ibis
import pytest

from fraudml.claims.money import insurance_paid


@pytest.mark.parametrize(
    ("fund", "account", "paid"),
    [(700, 300, 700), (0, 300, 300), (None, 300, 300), (700, None, 700), (0, None, 0),
     (-50, 300, 300), (-50, -20, 0), (None, None, 0)],
)  # fmt: skip
def test_it_is_the_fund_s_money_and_that_of_accounts_where_the_fund_paid_nothing(
    fund, account, paid
):
    sums = (ibis.literal(one, "int64") if one is not None else ibis.null("int64")
            for one in (fund, account))  # fmt: skip
    assert ibis.duckdb.connect().execute(insurance_paid(*sums)) == paid
