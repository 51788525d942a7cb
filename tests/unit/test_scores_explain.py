"""Explained entities stand beside their peers, one by one as all together."""

from datetime import timedelta
from statistics import median

import numpy as np
import pyarrow as pa
import pytest

from fraudml.errors import StateError
from fraudml.features.catalogue import features_of
from fraudml.params import ExplainParams, ScoreParams
from fraudml.scores.explain import attributions_schema, explain_grain
from fraudml.scores.score import score_grain
from fraudml.scores.train import train_grain
from fraudml.scores.tree_contributions import MANY_ROWS
from scores_cases import LIVE, PARAMS, labels, tables

NAME = next(f.name for f in features_of("practitioner") if f.direction == 1)


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """1,100 practitioners without outcomes, one feature in ties and partly unknown; all scored."""
    folder = tmp_path_factory.mktemp("explained")
    own, peers = tables(MANY_ROWS + 100, grain="practitioner")
    values = [None if n % 7 == 0 else float(n % 5) for n in range(len(own))]
    at = own.column_names.index(NAME)
    own = own.set_column(at, NAME, pa.array(values, pa.float64()))
    train_grain(
        "practitioner", own, peers, labels([]), PARAMS, fusion_k=60, live=LIVE, models_out=folder
    )
    scored = score_grain("practitioner", own, peers, folder, ScoreParams(fusion_k=60), live=LIVE)
    return scored, own, peers, folder


def explained(many, listed: int) -> pa.Table:
    return explain_grain("practitioner", *many, ExplainParams(listed=listed))


def test_median_and_percentile_are_those_of_the_peer_group(many):
    _, own, peers, _ = many
    found = explained(many, 60).to_pylist()
    ids, values = own["practitioner_id"].to_pylist(), own[NAME].to_pylist()
    groups = dict(zip(ids, peers["peer_group"].to_pylist(), strict=True))
    seen = [row for row in found if row["feature"] == NAME and row["model"] == "forest"]
    assert len(seen) == 60
    for row in seen:
        one = row["practitioner_id"]
        known = [
            v
            for i, v in zip(ids, values, strict=True)
            if groups[i] == groups[one] and v is not None
        ]
        value = values[ids.index(one)]
        assert row["value"] == value
        assert row["peer_median"] == median(known)
        if value is None:
            assert row["percentile"] is None
        else:
            below = sum(v < value for v in known) + 0.5 * sum(v == value for v in known)
            assert row["percentile"] == pytest.approx(below / len(known))


@pytest.mark.parametrize("part", ["ids", "date"])
def test_scores_of_another_run_than_the_features_are_refused(many, part):
    scored, own, peers, folder = many
    name = {"ids": "practitioner_id", "date": "as_of"}[part]
    yesterday = pa.array([LIVE - timedelta(days=1)] * len(scored), pa.date32())
    other = yesterday if part == "date" else pa.array([f"x{n}" for n in range(len(scored))])
    scored = scored.set_column(scored.column_names.index(name), name, other)
    with pytest.raises(StateError, match=r"whom features/practitioner\.parquet does not hold"):
        explain_grain("practitioner", scored, own, peers, folder, ExplainParams(listed=5))


def test_everybody_explained_is_as_the_listed_explained(many):
    few, all_of_them = explained(many, 60), explained(many, 10_000)
    assert all_of_them.schema == attributions_schema("practitioner")
    per_model = len(all_of_them) // (MANY_ROWS + 100)
    assert per_model * (MANY_ROWS + 100) == len(all_of_them)

    def parts(table):
        keys = zip(
            *(table[c].to_pylist() for c in ("practitioner_id", "model", "feature")), strict=True
        )
        return dict(zip(keys, table["contribution"].to_pylist(), strict=True))

    everybody = parts(all_of_them)
    assert all(abs(everybody[key] - part) < 1e-9 for key, part in parts(few).items())
    assert np.isfinite(list(everybody.values())).all()
