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

FIRST = input_columns("provider")[0]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    features, peers = tables(90)  # of 80 the list follows the outcomes alone, whatever the kind
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


@pytest.mark.parametrize(
    ("column", "cell", "says"),
    [
        (FIRST, "PERSON330106195002280042", "no finite numbers"),
        (FIRST, "5", "no finite numbers"),
        (FIRST, np.inf, "no finite numbers"),
        (f"{FIRST}__peer_z", -np.inf, "no finite numbers"),
        (FIRST, [1], "no finite numbers"),
        (FIRST, pd.Timestamp("2024-01-01"), "no finite numbers"),
        ("widest_group", 5, "no texts"),
    ],
)
def test_a_cell_that_no_model_can_read_names_its_column_and_never_itself(
    trained, column, cell, says
):
    folder, table, _ = trained
    spoilt = table.assign(**{column: pd.Series([cell] * len(table), index=table.index)})
    with pytest.raises(ContractError, match=f"column {column} holds cells that are {says}") as told:
        score_table("provider", folder, spoilt, fusion_k=60)
    assert "PERSON" not in str(told.value)


def test_a_column_that_is_there_twice_is_refused_and_order_and_further_ones_do_not_matter(trained):
    folder, table, _ = trained
    with pytest.raises(ContractError, match=f"the column {FIRST} twice"):
        score_table("provider", folder, pd.concat([table, table[[FIRST]]], axis=1), fusion_k=60)
    plain = score_table("provider", folder, table, fusion_k=60)
    other = score_table("provider", folder, table[table.columns[::-1]].assign(x=1), fusion_k=60)
    pd.testing.assert_frame_equal(plain, other)


def test_one_row_and_no_row_are_scored(trained):
    folder, table, _ = trained
    for rows in (0, 1):
        assert len(score_table("provider", folder, table[:rows], fusion_k=60)) == rows
