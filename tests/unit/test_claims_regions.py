"""Which divisions pool their money together."""

import ibis
import pytest

from fraudml.claims.regions import pool_of


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("330102", "330127", True),  # two districts of Hangzhou
        ("330102", "330203", False),  # another prefecture
        ("110105", "110228", True),  # a county of a municipality has other first four digits
        ("500101", "500236", True),
        ("310101", "320101", False),
        ("CA", "CA", True),
        ("R0001", "R0002", False),  # codes of an agency's own are compared whole
        ("33010", "33012", False),
    ],
)
def test_districts_of_one_pool_are_one_place(one, other, same):
    told = ibis.duckdb.connect().execute(pool_of(ibis.literal(one)) == pool_of(ibis.literal(other)))
    assert told == same
