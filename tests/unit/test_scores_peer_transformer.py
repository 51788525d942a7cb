"""The transformer for tables in memory takes the distance that the feature stage takes."""

import numpy as np
import pandas as pd
import pytest
from test_features_peers import COUNTED, MIN_PEERS, SHRINK, distances

from fraudml.scores import PeerTransformer

LEVELS = (("level", "kind", "region"), ("level", "kind"), ("kind",))


def drawn(seed: int) -> list[tuple[str, int, str, str, float | None]]:
    """Ninety providers in groups of all sizes, some without a value, some groups all alike."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(90):
        level, kind = int(rng.integers(1, 4)), str(rng.choice(["clinic", "hospital"]))
        region = f"1100{int(rng.integers(10, 14))}"
        value = None if rng.random() < 0.1 else round(float(rng.gamma(2.0)), 4)
        alike = 1.0 if (level, kind) == (1, "clinic") and rng.random() < 0.8 else value
        rows.append((f"A{number:02d}", level, kind, region, alike))
    return rows


@pytest.mark.parametrize("seed", range(4))
def test_a_feature_that_is_no_rate_has_the_distance_of_the_feature_stage(tmp_path, seed):
    rows = drawn(seed)
    stage = distances(tmp_path, rows)
    table = pd.DataFrame(
        [row[1:] for row in rows], columns=["level", "kind", "region", "value"]
    ).astype({"value": float})
    found = PeerTransformer(LEVELS, min_peers=MIN_PEERS, shrink=SHRINK).fit_transform(table)[:, 0]
    expected = np.array([stage[row[0]][2] for row in rows], dtype=float)
    assert 0 < np.isnan(expected).sum() < 30
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-9)


def test_a_rate_of_few_things_is_held_back_by_the_stage_alone(tmp_path):
    """The funnel needs to know over how many a rate is taken; the transformer is not told."""
    rows = [(f"A{n:02d}", 1, "clinic", "110010", 0.01 * n) for n in range(40)]
    few = distances(tmp_path, rows, entry=COUNTED, over=[200.0] * 39 + [1.0])
    table = pd.DataFrame({"kind": ["clinic"] * 40, "value": [row[4] for row in rows]})
    plain = PeerTransformer((("kind",),), min_peers=MIN_PEERS, shrink=0.0).fit_transform(table)
    assert abs(few["A39"][2]) < abs(plain[39, 0])
