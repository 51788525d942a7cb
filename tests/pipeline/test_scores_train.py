import json
import shutil
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from fraudml.artifacts import digest, read_json
from fraudml.entities import GRAINS
from fraudml.errors import StateError
from fraudml.params import ExplainParams, ScoreParams
from fraudml.scores import backtest as backtest_module
from fraudml.scores.boosted import lessons
from fraudml.scores.cohort import cohorts
from fraudml.scores.explain import BASE, attributions_schema, explain_grain
from fraudml.scores.forest import fit_forest
from fraudml.scores.labelfree import look
from fraudml.scores.model_io import read_models
from fraudml.scores.outcomes import read_outcomes
from fraudml.scores.score import score_grain, scores_schema
from fraudml.scores.train import train_grain
from scores_cases import CUTS, LIVE, PARAMS, labels, one_date, outcome, over_time, tables


def train(folder: Path, features, peers, outcomes, **changes):
    folder.mkdir(parents=True, exist_ok=True)
    arguments = {"fusion_k": 60, "live": LIVE, "models_out": folder} | changes
    return train_grain("provider", features, peers, outcomes, PARAMS, **arguments)


def score(folder: Path, features, peers, live=LIVE):
    return score_grain("provider", features, peers, folder, ScoreParams(fusion_k=60), live=live)


@pytest.fixture(scope="module")
def supervised(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    features, peers = tables(carriers=range(20))
    backtest, report = train(folder, features, peers, one_date())
    return folder, features, peers, backtest, report


def test_training_twice_and_on_shuffled_rows_gives_the_same_bytes(supervised, tmp_path):
    folder, features, peers, backtest, _ = supervised
    back = list(reversed(range(len(features))))
    mixed = np.random.default_rng(1).permutation(len(peers))
    outcomes = one_date().take(list(reversed(range(50))))
    again, _ = train(tmp_path / "again", features.take(back), peers.take(mixed), outcomes)
    assert again.equals(backtest)
    assert digest(tmp_path / "again") == digest(folder)
    assert score(folder, features.take(back), peers.take(mixed)).equals(
        score(folder, features, peers)
    )


def test_models_are_text_and_json_only(supervised):
    names = sorted(path.name for path in supervised[0].iterdir())
    assert {Path(name).suffix for name in names} == {".txt", ".json"}
    assert {"forest.txt", "boosted_00.txt", "boosted_01.txt", "averaged_01.txt"} < set(names)
    for path in supervised[0].iterdir():
        path.read_text(encoding="utf-8")


def test_contributions_add_up_to_every_models_output(supervised):
    folder, features, peers, _, _ = supervised
    scores = score(folder, features, peers)
    table = explain_grain("provider", scores, features, peers, folder, ExplainParams(listed=25))
    assert table.schema == attributions_schema("provider")
    sums = table.to_pandas().groupby(["model", "provider_id"])["contribution"].sum()
    cohort = cohorts("provider", features, peers, [LIVE])[LIVE]
    models = read_models(folder)
    seen = look(cohort, models.forest)
    outputs = {
        "forest": seen.forest,
        "tail": seen.tail,
        "lightgbm": models.supervised.score(seen),
    }
    places = cohort.places()
    for model, output in outputs.items():
        assert len(sums[model]) == 25
        for entity, total in sums[model].items():
            assert total == pytest.approx(output[places[entity]], abs=1e-9)


def test_attributions_show_own_value_peer_median_and_percentile(supervised):
    folder, features, peers, _, _ = supervised
    scores = score(folder, features, peers)
    table = explain_grain("provider", scores, features, peers, folder, ExplainParams(listed=3))
    frame = table.to_pandas()
    row = frame[(frame["model"] == "lightgbm") & (frame["feature"] == "fund_fen_365d")].iloc[0]
    own = features.to_pandas().merge(peers.to_pandas()[["provider_id", "peer_group"]])
    group = own[own["peer_group"].eq(own.set_index("provider_id").peer_group[row.provider_id])]
    assert row["value"] == own.set_index("provider_id").fund_fen_365d[row.provider_id]
    assert row["peer_median"] == group["fund_fen_365d"].median()
    below = (group["fund_fen_365d"] < row["value"]).sum()
    assert row["percentile"] == pytest.approx((below + 0.5) / len(group))
    assert frame[frame["feature"] == BASE]["value"].isna().all()


def test_scores_follow_the_contract(supervised):
    folder, features, peers, _, _ = supervised
    table = score(folder, features, peers)
    assert table.schema == scores_schema("provider")
    frame = table.to_pandas()
    assert frame["rank"].tolist() == list(range(1, len(features) + 1))
    assert frame["anomaly"].between(0, 1).all() and frame["risk"].between(0, 1).all()
    assert frame["probability"].between(0, 1).all()
    assert frame["p_value"].isna().all()
    assert (frame["expected_recovery_fen"].diff().abs().sum()) > 0


def test_expected_recovery_is_probability_times_predicted_amount(supervised):
    folder, features, peers, _, report = supervised
    frame = score(folder, features, peers).to_pandas()
    paid = features.to_pandas().set_index("provider_id")["fund_fen_365d"]
    model = report["amounts"]
    fen = paid[frame["provider_id"]].to_numpy()
    amount = np.minimum(model["scale"] * np.exp(model["intercept"]) * fen ** model["slope"], fen)
    expected = frame["probability"] * amount
    assert np.abs(frame["expected_recovery_fen"] - expected).max() <= 1


def test_planted_carriers_lead_the_list(supervised):
    folder, features, peers, _, _ = supervised
    first = score(folder, features, peers)["provider_id"].to_pylist()[:20]
    assert len(set(first) & {f"P{i:04d}" for i in range(20)}) >= 18


def test_too_few_outcomes_leave_the_order_label_free_and_say_so(tmp_path):
    features, peers = tables()
    _, report = train(tmp_path, features, peers, one_date(14, 30))
    expected = "No supervised model: 14 confirmed outcomes are known and 15 are needed"
    assert report["sentence"].startswith(expected)
    assert read_json(tmp_path / "model.json")["sentence"] == report["sentence"]
    frame = score(tmp_path, features, peers).to_pandas()
    assert frame["supervised_rank"].isna().all() and frame["probability"].isna().all()
    assert (frame["rank"] == frame["label_free_rank"]).all()


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("forest.txt", lambda text: b""),
        ("forest.txt", lambda text: text[:-200]),
        ("forest.txt", lambda text: text.replace(b"left_child=", b"left_child=9", 1)),
        ("boosted_00.txt", lambda text: b"\x80\x04cos\nsystem\n."),
        ("linear.json", lambda text: text.replace(b'"spread": ', b'"spread": 1')),
        ("model.json", lambda text: text.replace(b'"texts"', b'"text"')),
        ("model.json", lambda text: text.replace(b'"choice"', b'"chosen"')),
        ("model.json", lambda text: text.replace(b'"format": ', b'"format": 1')),
    ],
)
def test_models_that_are_not_those_that_were_written_are_refused_in_a_sentence(
    supervised, tmp_path, name, how
):
    folder = shutil.copytree(supervised[0], tmp_path / "models")
    before = (folder / name).read_bytes()
    (folder / name).write_bytes(how(before))
    assert (folder / name).read_bytes() != before
    with pytest.raises(StateError, match="again"):
        read_models(folder)


def asked_for(folder):
    """By place what the program asks of a model.json: every leaf of what is applied."""
    content = read_json(folder / "model.json")
    asked = ("grain", "live", "entities", "choice", "calibration", "amounts", "forest", "texts")
    told = {name: content[name] for name in (*asked, "supervised")}
    for name, inner in list(told.items()):
        if isinstance(inner, dict) and name != "texts":
            told |= {(name, key): value for key, value in inner.items()}
    told |= {("supervised", "boosted", "bags"): 2, ("supervised", "averaged", "spread"): 1.0}
    return [(key,) if isinstance(key, str) else key for key in told]


@pytest.mark.parametrize("value", [None, "x", [], {}, -1, True, float("nan"), float("inf")])
def test_no_wrong_type_in_model_json_ends_as_an_error_of_ours(supervised, tmp_path, value):
    folder, features, peers, _, _ = supervised
    folder = shutil.copytree(folder, tmp_path / "models")
    whole = (folder / "model.json").read_text(encoding="utf-8")
    refused = 0
    for place in asked_for(folder):
        content = json.loads(whole)
        inner = content
        for name in place[:-1]:
            inner = inner[name]
        inner[place[-1]] = value
        (folder / "model.json").write_text(json.dumps(content), encoding="utf-8")
        try:
            risk = score(folder, features, peers)["risk"].to_numpy()
        except StateError as refusal:
            assert "train stage again" in str(refusal)
            refused += 1
        else:
            assert ((risk >= 0) & (risk <= 1)).all(), place
    assert refused >= 15


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("place", 1_000_000, "a place beyond the"),
        ("place", -1, "curves.0.place"),
        ("values", [1.0], "as many scores as values"),
        ("scores", "x", "curves.0.scores"),
        ("weight", None, "curves.0.weight"),
        ("mean", float("nan"), "curves.0.mean"),
    ],
)
def test_a_linear_part_by_another_program_is_refused_by_place(
    supervised, tmp_path, name, value, said
):
    folder = shutil.copytree(supervised[0], tmp_path / "models")
    linear = read_json(folder / "linear.json")
    assert linear["curves"]
    linear["curves"][0][name] = value
    (folder / "linear.json").write_text(json.dumps(linear), encoding="utf-8")
    content = read_json(folder / "model.json")
    content["texts"]["linear.json"] = digest(folder / "linear.json")
    (folder / "model.json").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(StateError, match=rf"linear\.json .*{said}.*train stage again"):
        read_models(folder)


def test_a_model_of_another_catalogue_is_refused_by_the_name_it_asks_for(supervised, tmp_path):
    folder = shutil.copytree(supervised[0], tmp_path / "models")
    for place in ("forest", "supervised"):
        content = read_json(supervised[0] / "model.json")
        content[place]["features" if place == "forest" else "columns"][0] = "peer:gone_365d"
        (folder / "model.json").write_text(json.dumps(content), encoding="utf-8")
        with pytest.raises(StateError, match="asks for peer:gone_365d, which is no feature"):
            read_models(folder)


def test_confirmed_outcomes_with_nobody_to_compare_are_not_learnt_from(tmp_path):
    features, peers = tables(20)
    _, report = train(tmp_path, features, peers, one_date(18, 2))
    assert "at least as many are needed" in report["sentence"]


def test_inspected_entities_that_differ_in_nothing_teach_nothing_and_it_is_said(tmp_path):
    features, peers = tables(20)
    one = PARAMS.model_copy(update={"min_confirmed": 1})
    _, report = train_grain(
        "provider", features, peers, one_date(1, 0), one, fusion_k=60, live=LIVE,
        models_out=tmp_path,
    )  # fmt: skip
    assert "the 1 entities inspected differ in no feature" in report["sentence"]


def test_no_outcomes_at_all_still_give_a_list(tmp_path):
    features, peers = tables()
    backtest, report = train(tmp_path, features, peers, labels([]))
    assert len(backtest) == 0 and report["outcomes"] == 0
    assert len(score(tmp_path, features, peers)) == len(features)


def test_a_fund_without_practitioners_gives_empty_tables(tmp_path):
    features, peers = (t.slice(0, 0) for t in tables(3, grain="practitioner"))
    backtest, report = train_grain(
        "practitioner", features, peers, labels([]), PARAMS,
        fusion_k=60, live=LIVE, models_out=tmp_path,
    )  # fmt: skip
    scores = score_grain(
        "practitioner", features, peers, tmp_path, ScoreParams(fusion_k=60), live=LIVE
    )
    explained = explain_grain(
        "practitioner", scores, features, peers, tmp_path, ExplainParams(listed=5)
    )
    assert (len(backtest), len(scores), len(explained)) == (0, 0, 0)
    assert report["sentence"] == "No practitioners as of 2025-12-31: nothing to rank."
    assert GRAINS["practitioner"].key in scores.column_names


def test_outcomes_of_one_date_are_judged_out_of_fold(supervised):
    _, _, _, backtest, report = supervised
    frame = backtest.to_pandas()
    assert report["scheme"] == "folds" and "closed on 2025-12-31" in report["sentence"]
    assert set(frame["scheme"]) == {"folds"}
    once = frame[frame["model"] == "lightgbm"].groupby(["repeat", "provider_id"]).size()
    assert (once == 1).all() and len(once) == 2 * 50
    ranks = frame.groupby(["as_of", "split", "repeat", "model"])["rank"].apply(sorted)
    assert all(r == list(range(1, len(r) + 1)) for r in ranks)


def test_walking_back_ranks_the_whole_cohort_at_every_cut(tmp_path):
    features, peers = tables(200, CUTS, carriers=range(60))
    backtest, report = train(tmp_path, features, peers, over_time(60, 60))
    frame = backtest.to_pandas()
    assert report["scheme"] == "walk_back"
    assert set(frame["as_of"]) == set(CUTS[:2])
    assert (frame.groupby(["as_of", "model"]).size() == 200).all()
    learnt = frame[frame["model"] == "lightgbm"]
    assert set(learnt["as_of"]) == {CUTS[1]}  # at the first cut no outcome was known yet
    assert {"random", "amount", "amount_per_peer", "forest", "fused"} <= set(frame["model"])


def test_no_outcome_closed_after_a_cut_reaches_a_training_matrix(tmp_path, monkeypatch):
    asked = []

    def spy(known, seen, *, held_out):
        asked.append((max((o.closed_on for o in known), default=None), known))
        return lessons(known, seen, held_out=held_out)

    monkeypatch.setattr(backtest_module, "lessons", spy)
    features, peers = tables(200, CUTS, carriers=range(60))
    _backtest, _ = train(tmp_path, features, peers, over_time(60, 60))
    newest = [day for day, _ in asked]
    assert newest.count(None) == 1  # the first cut
    assert CUTS[0] < sorted(d for d in newest if d)[0] <= CUTS[1]
    assert max(d for d in newest if d) <= LIVE


def test_a_search_uses_the_splits_that_judge_and_is_reported(tmp_path):
    features, peers = tables(200, CUTS, carriers=range(60))
    searched = PARAMS.model_copy(update={"trials": 3})
    _, report = train_grain(
        "provider", features, peers, over_time(60, 60), searched,
        fusion_k=60, live=LIVE, models_out=tmp_path,
    )  # fmt: skip
    assert report["tuning"]["trials"] == 3
    assert read_json(tmp_path / "model.json")["tuning"] == report["tuning"]
    assert report["choice"]["rule"] == "fused" and "3 are needed" in report["choice"]["sentence"]


def test_an_outcome_closed_after_the_live_date_changes_nothing(tmp_path):
    features, peers = tables(carriers=range(20))
    known = one_date()
    late = outcome(60, True, closed_on=LIVE + timedelta(days=1), inspection_id="late")
    train(tmp_path / "a", features, peers, known)
    train(tmp_path / "b", features, peers, labels([*known.to_pylist(), late]))
    assert digest(tmp_path / "a") == digest(tmp_path / "b")


def test_the_held_out_and_the_inspected_are_never_sampled_as_uninspected():
    features, peers = tables()
    cohort = cohorts("provider", features, peers, [LIVE])[LIVE]
    seen = {LIVE: look(cohort, fit_forest(cohort, trees=5, seed=1))}
    found = read_outcomes(one_date(20, 30), "provider", live=LIVE)
    held = frozenset({"P0001", "P0021", "P0100"})
    (lesson,) = lessons(found, seen, held_out=held)
    taught = {cohort.ids[row] for row in lesson.rows}
    free = {cohort.ids[row] for row in lesson.unlabelled}
    assert not held & (taught | free)
    assert taught == {o.entity for o in found} - held
    assert free == set(cohort.ids) - {o.entity for o in found} - held


def test_who_was_paid_nothing_is_last_and_teaches_nothing(tmp_path):
    features, peers = tables(carriers=range(20), paid_nothing=(3, 70))
    train(tmp_path, features, peers, one_date())
    frame = score(tmp_path, features, peers).to_pandas()
    assert set(frame["provider_id"][-2:]) == {"P0003", "P0070"}
    assert frame["anomaly"][-2:].isna().all() and frame["probability"][-2:].isna().all()
    cohort = cohorts("provider", features, peers, [LIVE])[LIVE]
    seen = {LIVE: look(cohort, fit_forest(cohort, trees=5, seed=1))}
    found = read_outcomes(one_date(), "provider", live=LIVE)
    (lesson,) = lessons(found, seen, held_out=frozenset())
    used = {cohort.ids[row] for row in (*lesson.rows, *lesson.unlabelled)}
    assert not used & {"P0003", "P0070"}


def test_models_of_another_date_are_refused(supervised):
    folder, features, peers, _, _ = supervised
    with pytest.raises(StateError, match="trained as of 2025-12-31, the live date is 2026-01-31"):
        score(folder, features, peers, live=date(2026, 1, 31))


def test_features_and_peers_of_different_entities_are_refused(supervised):
    folder, features, peers, _, _ = supervised
    with pytest.raises(StateError, match="do not hold the same providers"):
        score(folder, features, peers.slice(1))


def test_a_missing_catalogue_column_is_refused(supervised):
    folder, features, peers, _, _ = supervised
    with pytest.raises(StateError, match="lacks 1 columns of the present code, first fund_fen"):
        score(folder, features.drop_columns(["fund_fen_365d"]), peers)


def test_a_missing_bag_is_named(supervised, tmp_path):
    folder, features, peers, _, _ = supervised
    for path in folder.iterdir():
        if path.name != "boosted_01.txt":
            (tmp_path / path.name).write_bytes(path.read_bytes())
    with pytest.raises(StateError, match=r"boosted_01\.txt is missing"):
        score(tmp_path, features, peers)


def test_unassessed_columns_enter_no_model(tmp_path):
    features, peers = tables(carriers=range(20))
    name = "fund_fen_per_claim_mean_365d"
    empty = pa.nulls(len(features), pa.float64())
    features = features.set_column(features.column_names.index(name), name, empty)
    peers = peers.set_column(peers.column_names.index(name), name, empty)
    train(tmp_path, features, peers, one_date())
    models = read_models(tmp_path)
    assert name not in models.forest.names
    assert not {name, f"peer:{name}"} & set(models.supervised.columns)


def test_a_fold_over_several_dates_has_one_first_place_not_one_a_date(tmp_path):
    features, peers = tables(120, CUTS, carriers=range(40))
    backtest, report = train(tmp_path, features, peers, over_time(16, 34))
    assert report["scheme"] == "folds"
    fused = backtest.to_pandas().query("model == 'fused'")
    assert fused["as_of"].nunique() == 2
    sure = fused[fused["score"] > 1.0 - 1e-12].groupby(["repeat", "split"]).size()
    assert (sure <= 1).all()
    days = fused.groupby(["repeat", "split", "as_of"])["score"].max().groupby(level=[0, 1])
    assert (days.nunique() == 2).all()
