import numpy as np
import pyarrow as pa
import pytest

from fraudml.features.catalogue import features_of
from fraudml.scores.cohort import Cohort, cohorts
from fraudml.scores.tail import tail_parts, tail_score
from scores_cases import LIVE, entity, tables

SPLIT = next(f.name for f in features_of("provider") if f.typology == "T06" and f.direction == 1)
UPCODING = next(f.name for f in features_of("provider") if f.typology == "T03" and f.direction == 1)


def cohort(distances: dict[str, list[float]]) -> Cohort:
    n = len(next(iter(distances.values())))
    features, peers = tables(n, carriers=())
    for f in features_of("provider"):
        at = peers.column_names.index(f.name)
        column = pa.array(distances.get(f.name, [0.0] * n), pa.float64())
        peers = peers.set_column(at, f.name, column)
    return cohorts("provider", features, peers, [LIVE])[LIVE]


def by_number(group: Cohort, values) -> list[float]:
    found = dict(zip(group.ids, values, strict=True))
    return [float(found[entity(number)]) for number in range(len(group))]


def test_each_feature_adds_its_squared_distance_in_units_of_its_spread_over_the_cohort():
    e = np.e - 1  # log(1 + e) = 1, and the spread of 0, 0, 0, 1 is sqrt(3) / 4
    group = cohort({SPLIT: [0, 0, 0, e], UPCODING: [0, 0, e, e]})
    assert by_number(group, tail_score(group)) == pytest.approx([0, 0, 4, 16 / 3 + 4], abs=1e-5)


def test_standing_out_on_the_harmless_side_adds_nothing():
    group = cohort({SPLIT: [-8.0, 0.0, 1.0]})
    assert by_number(group, tail_score(group))[:2] == [0.0, 0.0]


def test_the_parts_add_up_to_the_score():
    features, peers = tables()
    group = cohorts("provider", features, peers, [LIVE])[LIVE]
    names, parts = tail_parts(group)
    assert parts.shape == (len(group), len(names))
    assert np.array_equal(parts.sum(axis=1), tail_score(group))


def test_nothing_varies_and_nobody_stands_out():
    group = cohort({SPLIT: [1.0, 1.0]})
    assert tail_score(group).tolist() == [0.0, 0.0]
