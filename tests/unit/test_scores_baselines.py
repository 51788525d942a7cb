import numpy as np
import pyarrow as pa

from fraudml.scores.baselines import (
    amount_per_peer_score,
    amount_score,
    random_score,
)
from fraudml.scores.cohort import cohorts
from scores_cases import LIVE, tables


def cohort(amounts, distances):
    n = len(amounts)
    features, peers = tables(n, carriers=())
    for table, values in ((features, amounts), (peers, distances)):
        at = table.column_names.index("fund_fen_365d")
        changed = table.set_column(at, "fund_fen_365d", pa.array(values, pa.float64()))
        features, peers = (changed, peers) if table is features else (features, changed)
    return cohorts("provider", features, peers, [LIVE])[LIVE]


def by_id(group, score):
    return {entity: float(value) for entity, value in zip(group.ids, score, strict=True)}


def test_amount_orders_by_what_the_fund_paid_and_unknown_is_last():
    group = cohort([5.0, None, 900.0], [0, 0, 0])
    score = by_id(group, amount_score(group))
    assert score["P0002"] > score["P0000"] > score["P0001"]


def test_amount_per_peer_takes_unknown_as_the_peer_median():
    group = cohort([5.0, 6.0, 7.0], [2.0, None, -1.0])
    assert by_id(group, amount_per_peer_score(group)) == {"P0000": 2, "P0001": 0, "P0002": -1}


def test_random_depends_on_seed_and_id_and_not_on_what_was_billed():
    one, other = cohort([1.0, 2.0, 3.0], [0, 0, 0]), cohort([9.0, 8.0, 7.0], [1, 2, 3])
    assert np.array_equal(random_score(one, seed=1), random_score(other, seed=1))
    assert not np.array_equal(random_score(one, seed=1), random_score(one, seed=2))
    assert ((random_score(one, seed=1) >= 0) & (random_score(one, seed=1) < 1)).all()
