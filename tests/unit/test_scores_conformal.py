"""List error: held with clean entities drawn at random, refused with those inspectors chose."""

import numpy as np
import pytest

from fraudml.scores.conformal import Calibration, benjamini_hochberg, conformal, weighted_p

RNG = np.random.default_rng(8)


def clean(score, *, chance=0.1, drawn=True, group="a"):
    n = len(score)
    groups = [group] * n if isinstance(group, str) else group
    return Calibration(
        np.asarray(score, float), groups, np.full(n, chance), np.full(n, drawn, dtype=bool)
    )


def test_p_values_worked_out_by_hand_with_weights():
    # clean 1, 2, 3 weigh 1, 2, 4; one more of weight 4: 11 in all
    p = weighted_p(np.array([2.5, 3.0, 9.0]), np.array([2.0, 1.0, 3.0]), np.array([2.0, 1, 4]))
    assert p.tolist() == pytest.approx([8 / 11, 8 / 11, 4 / 11])


def test_clean_entities_chosen_by_inspectors_give_no_p_value_and_a_reason():
    found = conformal(
        RNG.normal(size=50), ["a"] * 50, clean(RNG.normal(size=400), drawn=False), share=0.5, k=10
    )
    assert np.isnan(found.p_value).all()
    assert "random arm" in str(found.reason)
    assert found.calibrated == 0


def test_unknown_chances_are_refused_too():
    known = clean(RNG.normal(size=400), chance=np.nan)
    found = conformal(RNG.normal(size=50), ["a"] * 50, known, share=0.5, k=10)
    assert "known chance" in str(found.reason)


@pytest.mark.parametrize(("n_clean", "given"), [(18, False), (19, True)])
def test_as_many_clean_ones_as_the_list_asks_for_and_not_one_fewer(n_clean, given):
    # 100 entities, k = 10, q = .5: the smallest p-value 1 / (c + 1) must reach .05
    found = conformal(
        RNG.normal(size=100), ["a"] * 100, clean(RNG.normal(size=n_clean)), share=0.5, k=10
    )
    assert (~np.isnan(found.p_value)).all() == given
    assert (found.reason is None) == given


def test_one_heavy_clean_entity_makes_the_others_too_few():
    chance = np.array([0.5] * 60 + [0.005])
    many = Calibration(RNG.normal(size=61), ["a"] * 61, chance, np.ones(61, dtype=bool))
    assert conformal(RNG.normal(size=100), ["a"] * 100, many, share=0.5, k=10).reason


def test_only_peer_groups_with_enough_clean_ones_are_served_and_unscored_stay_without():
    score = np.concatenate([RNG.normal(size=59), [np.nan], RNG.normal(size=40)])
    found = conformal(score, ["a"] * 60 + ["b"] * 40, clean(RNG.normal(size=30)), share=0.5, k=10)
    assert (~np.isnan(found.p_value)).tolist() == [True] * 59 + [False] * 41
    assert (found.groups, found.groups_in_all, found.reason) == (1, 2, None)


def test_listing_at_q_holds_the_share_of_clean_ones_when_they_were_drawn_at_random():
    """90 of 100 clean, the others three spreads out; 200 clean ones drawn; q = .2."""
    rng = np.random.default_rng(11)
    false = []
    for _ in range(300):
        score = np.concatenate([rng.normal(size=90), rng.normal(3, 1, 10)])
        found = conformal(score, ["a"] * 100, clean(rng.normal(size=200)), share=0.2, k=10)
        listed = benjamini_hochberg(found.p_value) <= 0.2
        false.append((listed[:90].sum() / listed.sum()) if listed.any() else 0.0)
    assert 0.1 < np.mean(false) < 0.22  # q times the share of clean ones: .18


def test_and_would_not_hold_it_had_complaints_chosen_them():
    """The refusal is no formality: clean ones that nobody suspected break the promise."""
    rng = np.random.default_rng(12)
    false = []
    for _ in range(300):
        score = np.concatenate([rng.normal(size=90), rng.normal(3, 1, 10)])
        quiet = np.sort(rng.normal(size=400))[:200]
        listed = benjamini_hochberg(weighted_p(score, quiet, np.ones(200))) <= 0.2
        false.append((listed[:90].sum() / listed.sum()) if listed.any() else 0.0)
    assert np.mean(false) > 0.4


def test_benjamini_hochberg_worked_out_by_hand():
    found = benjamini_hochberg(np.array([0.02, 0.5, 0.01, np.nan]))
    assert found[:3].tolist() == pytest.approx([0.03, 0.5, 0.03])
    assert np.isnan(found[3])
