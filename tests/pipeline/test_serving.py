"""What MLflow serves scores a table as the pipeline does, in the order of its rows."""

import numpy as np
import pandas as pd
import pytest

from fraudml.errors import ContractError
from fraudml.params import ScoreParams
from fraudml.scores.score import score_grain
from fraudml.scores.train import train_grain
from fraudml.serving import OUTPUTS, input_columns, score_table
from scores_cases import LIVE, PARAMS, one_date, tables


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    features, peers = tables(80)
    train_grain(
        "provider", features, peers, one_date(), PARAMS, fusion_k=60, live=LIVE, models_out=folder
    )
    scores = score_grain(
        "provider", features, peers, folder, ScoreParams(fusion_k=60), live=LIVE
    ).to_pandas()
    own, peer = features.to_pandas(), peers.to_pandas()
    names = [name for name in input_columns("provider") if not name.endswith("__peer_z")]
    table = pd.concat([own[names], peer[names].add_suffix("__peer_z")], axis=1)
    table["widest_group"] = peer["widest_group"]
    return folder, table.set_index(own["provider_id"]), scores.set_index("provider_id")


def test_a_served_model_gives_the_scores_of_the_pipeline(trained):
    folder, table, scores = trained
    served = score_table("provider", folder, table, fusion_k=60)
    for name in ("anomaly", "probability"):
        np.testing.assert_allclose(served[name], scores.loc[served.index, name], atol=1e-12)
    assert list(served.columns) == list(OUTPUTS)
    # ties are broken by the hash of an id that the model is not told: a place or two
    expected = scores.loc[served.index, "risk"]
    assert (served["risk"] - expected).abs().max() < 0.01
    alike = score_table("provider", folder, table.assign(widest_group="clinic"), fusion_k=60)
    assert (alike["risk"] - expected).abs().max() > 0.01


def test_a_table_without_distances_to_peers_is_refused_with_where_they_are(trained):
    folder, table, _ = trained
    own = table[[name for name in table if not name.endswith("__peer_z")]]
    with pytest.raises(ContractError, match=r"data/features/peers/provider\.parquet"):
        score_table("provider", folder, own, fusion_k=60)
    with pytest.raises(ContractError, match=r"lacks 1 of .* first widest_group"):
        score_table("provider", folder, table.drop(columns="widest_group"), fusion_k=60)


def test_rows_keep_their_order(trained):
    folder, table, _ = trained
    forward = score_table("provider", folder, table, fusion_k=60)["anomaly"]
    backward = score_table("provider", folder, table[::-1], fusion_k=60)["anomaly"]
    pd.testing.assert_series_equal(forward, backward[::-1])
