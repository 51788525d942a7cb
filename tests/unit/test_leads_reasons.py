import math
from dataclasses import replace

from fraudml.features.catalogue import features_of
from fraudml.leads.lead import HEAD, speaking, told
from fraudml.leads.reasons import BASE, build_panel, build_panels, placed_by
from fraudml.leads.words import Words
from leads_cases import CATALOGUE, attributions


def row(feature, contribution, *, value=2.0, peer_median=1.0, percentile=0.9, model="forest"):
    known = CATALOGUE.get(feature)
    return {
        "model": model, "feature": feature, "typology": known.typology if known else None,
        "value": value, "peer_median": peer_median, "percentile": percentile, "peers_n": 30,
        "contribution": contribution,
    }  # fmt: skip


def panel(*rows):
    return build_panel(rows, "forest", CATALOGUE)


def test_contributions_of_one_typology_are_added_before_any_feature_is_named():
    given = panel(
        row("drg_weight_index_365d", 0.5),
        row("readmitted_7d_share_365d", 0.3),
        row("stays_near_limit_share_365d", 0.3),
    )
    assert [(s.typology, s.contribution) for s in given.sums] == [("T06", 0.6), ("T03", 0.5)]
    assert given.leading.typology == "T06"


def test_base_and_sums_add_up_to_what_the_model_said():
    rows = attributions("H1", "lightgbm")
    given = build_panel(rows, "lightgbm", CATALOGUE)
    said = math.fsum(r["contribution"] for r in rows)
    assert math.isclose(given.output, said, abs_tol=1e-12)
    assert math.isclose(given.base + sum(s.contribution for s in given.sums), said, abs_tol=1e-12)


def test_a_feature_that_lowers_the_risk_is_no_reason():
    given = panel(row("drg_weight_index_365d", -0.5), row("readmitted_7d_share_365d", 0.1))
    assert [r.feature for s in given.sums for r in s.reasons] == ["readmitted_7d_share_365d"]


def test_a_feature_without_direction_is_context_however_much_it_moved_the_score():
    given = panel(row("paid_fen_365d", 9.0), row("readmitted_7d_share_365d", 0.1))
    assert given.leading.typology == "T06"
    assert [r.feature for r in given.context] == ["paid_fen_365d"]


def test_a_value_on_the_harmless_side_of_the_peers_is_context():
    given = panel(row("readmitted_7d_share_365d", 0.8, value=0.01, peer_median=0.08))
    assert given.leading is None
    assert [r.feature for r in given.context] == ["readmitted_7d_share_365d"]


def test_what_stays_within_what_was_to_be_expected_is_no_reason_however_few_have_it():
    expected = replace(CATALOGUE["drg_weight_index_365d"], neutral=1.0)
    catalogue = CATALOGUE | {expected.name: expected}
    for value, shown in ((0.031, []), (1.0, []), (1.2, [expected.name])):
        rows = [row(expected.name, 0.9, value=value, peer_median=0.0, percentile=1.0)]
        given = build_panel(rows, "forest", catalogue)
        assert [r.feature for r in given.top_reasons(3, {})] == shown


def test_only_figures_against_an_expectation_have_a_neutral_value_and_violations_none():
    named = {f.name: f.neutral for f in features_of("provider")}
    assert named["drg_weight_to_expected_365d"] == 1.0
    assert named["rule_t21_suspicious_hits_to_expected_365d"] == 1.0
    assert named["rule_t19_violation_hits_to_expected_365d"] is None
    assert named["fund_fen_365d"] is None


def test_a_low_value_is_a_reason_where_less_is_suspicious():
    given = panel(row("stay_days_mean_365d", 0.4, value=4.0, peer_median=8.0))
    assert [r.feature for r in given.top_reasons(3, {})] == ["stay_days_mean_365d"]


def test_a_value_that_is_not_assessed_is_never_a_reason():
    assert panel(row("readmitted_7d_share_365d", 0.8, value=None)).leading is None


def test_one_typology_gives_at_most_two_of_the_first_three_reasons():
    given = panel(
        row("readmitted_7d_share_365d", 0.9),
        row("stays_near_limit_share_365d", 0.8),
        row("stay_days_mean_365d", 0.7, value=1.0, peer_median=8.0),
        row("drg_weight_index_365d", 0.1),
    )
    assert [r.typology for r in given.top_reasons(3, {})] == ["T06", "T06", "T03"]


def test_a_reason_on_one_or_two_rows_stands_behind_every_firmer_one():
    given = panel(
        row("readmitted_7d_share_365d", 0.9),
        row("stays_near_limit_share_365d", 0.8),
        row("drg_weight_index_365d", 0.1),
    )
    rows_n = {"readmitted_7d_share_365d": 2, "stays_near_limit_share_365d": 3}
    assert [r.feature for r in given.top_reasons(3, rows_n)] == [
        "stays_near_limit_share_365d",
        "drg_weight_index_365d",
        "readmitted_7d_share_365d",
    ]


def test_what_one_peer_in_ten_has_as_well_is_named_only_where_nothing_else_is_to_be_said():
    common = row("readmitted_7d_share_365d", 0.9, percentile=0.89)
    telling = row("drg_weight_index_365d", 0.1, percentile=0.95)

    assert [r.feature for r in panel(common, telling).top_reasons(3, {})] == [
        "drg_weight_index_365d"
    ]
    assert [r.feature for r in panel(common).top_reasons(3, {})] == ["readmitted_7d_share_365d"]


def test_where_less_is_suspicious_nine_in_ten_of_the_peers_have_more():
    few = row("stay_days_mean_365d", 0.4, value=4.0, peer_median=8.0, percentile=0.1)
    some = row("stay_days_mean_365d", 0.4, value=4.0, peer_median=8.0, percentile=0.2)

    assert panel(few).top_reasons(1, {})[0].stands_out
    assert not panel(some).top_reasons(1, {})[0].stands_out


def test_the_sentence_gives_own_value_median_percentile_and_number_in_both_languages():
    reason = panel(row("readmitted_7d_share_365d", 0.9, value=0.312, peer_median=0.08)).top_reasons(
        1, {}
    )[0]
    assert reason.sentence().en == (
        "Share of stays followed by another within 7 days: 31.2% "
        "(peer median 8%, above 90% of peers, n=30)"
    )
    assert reason.sentence().zh == (
        "出院后7天内再次入院的住院占比：31.2%（同类中位数 8%，高于 90% 的同类，n=30）"
    )


def test_the_sentence_of_a_feature_of_hits_says_how_many():
    reason = panel(row("readmitted_7d_share_365d", 0.9)).top_reasons(1, {})[0]
    assert "(1 hit, peer median" in reason.sentence(1).en
    assert "(2 hits, peer median" in reason.sentence(2).en
    assert "（命中 2 次，同类中位数" in reason.sentence(2).zh


def test_where_less_is_suspicious_the_sentence_says_below():
    reason = panel(row("stay_days_mean_365d", 0.4, value=4.0, peer_median=8.0)).top_reasons(1, {})[
        0
    ]
    assert "below 10% of peers" in reason.sentence().en


def test_a_model_that_did_not_explain_the_entity_has_no_panel():
    assert build_panel(attributions("H1", "forest"), "lightgbm", CATALOGUE) is None
    assert [p.model for p in build_panels(attributions("H1", "tail"), CATALOGUE)] == ["tail"]


def test_the_best_of_the_ranks_placed_the_lead():
    assert placed_by(12, 9, 3) == "label_free"
    assert placed_by(3, 9, 12) == "supervised"
    assert placed_by(12, 9, 10) == "rules"
    assert placed_by(None, None, 12) == "label_free"


def test_the_panel_of_the_placing_rank_speaks_and_the_other_only_when_it_is_silent():
    loud = [row("readmitted_7d_share_365d", 0.5, model=m) for m in ("lightgbm", "tail")]
    panels = build_panels(loud, CATALOGUE)
    assert speaking(panels, "supervised").model == "lightgbm"
    assert speaking(panels, "label_free").model == "tail"
    silent = [row("paid_fen_365d", 0.5, model="lightgbm"), loud[1]]
    assert speaking(build_panels(silent, CATALOGUE), "supervised").model == "tail"


def said_with_lists(*lists, source="supervised", rows_n=None):
    """The typologies that are told of who stands on these lists of the rules, in their order."""
    catalogue = CATALOGUE | {feature.name: feature for feature in features_of("provider")}
    own = [
        row("readmitted_7d_share_365d", 0.5, model="lightgbm"),
        row("drg_weight_index_365d", 0.4, model="lightgbm"),
        row("stays_near_limit_share_365d", 0.3, model="lightgbm"),
    ]
    panels = build_panels([*own, *lists], catalogue)
    return [reason.typology for reason in told(panels, source, rows_n or {})]


def on_list(typology, place, share=0.1, result="suspicious", **more):
    name = f"rule_{typology.lower()}_{result}_fund_share_365d"
    found = row(name, 1 / place, model="rules", value=share, peer_median=0.0, **more)
    return found | {"typology": typology}


def test_the_list_of_the_rules_one_stands_high_on_is_told_before_what_a_panel_says():
    assert said_with_lists() == ["T06", "T06", "T03"]
    assert said_with_lists(on_list("T24", 1)) == ["T24", "T06", "T06"]
    assert said_with_lists(on_list("T24", 50)) == ["T24", "T06", "T06"]
    assert said_with_lists(on_list("T24", 51)) == ["T06", "T06", "T03"]  # no campaign goes there
    assert said_with_lists(on_list("T24", 1, percentile=0.8)) == ["T06", "T06", "T03"]
    assert said_with_lists(on_list("T24", 1), source="rules") == ["T24"]


def test_of_several_lists_that_comes_first_which_has_most_money_for_the_place():
    more = on_list("T05", 2, share=0.3)
    assert said_with_lists(on_list("T24", 1, share=0.1), more)[0] == "T05"
    assert said_with_lists(on_list("T24", 1, share=0.2), more)[0] == "T24"
    both = (on_list("T05", 4, 0.3), on_list("T05", 4, 0.2, result="violation"))
    assert said_with_lists(on_list("T24", 1, 0.2), *both)[0] == "T05"  # 1/2 of the list is theirs


def test_who_heads_the_list_of_one_more_typology_is_told_so_last():
    assert HEAD == 1 / 10
    first = on_list("T24", 1, share=0.5)
    assert said_with_lists(first, on_list("T15", 10)) == ["T24", "T06", "T15"]
    assert said_with_lists(first, on_list("T15", 11)) == ["T24", "T06", "T06"]
    assert said_with_lists(first, on_list("T06", 1)) == ["T24", "T06", "T06"]  # that is told


def test_one_more_list_takes_no_place_from_a_list_with_more_hits():
    lists = [on_list("T14", 1, 0.27), on_list("T08", 1, 0.24), on_list("T19", 1, 0.07)]
    dear = on_list("T25", 1, 0.13)
    once = {dear["feature"]: 1}
    told_first = said_with_lists(*lists, dear, source="rules", rows_n=once)
    assert told_first == ["T14", "T08", "T19"]  # before: T25, of which there is one hit


def test_a_list_of_hits_that_are_about_others_is_no_reason_to_visit():
    lists = (on_list("T24", 1), on_list("T05", 1, share=0.01))
    none = {"rule_t24_suspicious_fund_share_365d": 0}
    assert said_with_lists(*lists) == ["T24", "T06", "T05"]
    assert said_with_lists(*lists, rows_n=none) == ["T05", "T06", "T06"]
    assert said_with_lists(*lists, rows_n=none, source="rules") == ["T05"]
    alone = said_with_lists(lists[0], rows_n=none, source="rules")
    assert alone == ["T06", "T06", "T03"]  # another panel speaks


def test_the_same_hits_are_not_told_twice():
    count = row("rule_t24_suspicious_hits_to_expected_365d", 9.0, model="lightgbm", peer_median=0.0)
    found = said_with_lists(on_list("T24", 1), count | {"typology": "T24", "value": 9.0})
    assert found == ["T24", "T06", "T06"]


def test_a_model_input_outside_the_catalogue_is_context_under_its_own_name():
    given = panel(row("(anomaly)", 0.7), row(BASE, -1.0))
    assert [r.words.en for r in given.context] == ["Label-free anomaly"]
    assert given.base == -1.0


def test_a_reason_that_counts_hits_begins_with_the_rules_that_made_them():
    reason = panel(row("readmitted_7d_share_365d", 0.5)).top_reasons(1, {})[0]
    rules = [(Words("甲", "one"), 96), (Words("乙", "two"), 5), (Words("丙", "three"), 1)]
    said = reason.sentence(102, rules)
    assert said.zh.startswith("甲 ×96、乙 ×5 等 3 条规则；" + reason.words.zh)
    assert said.en.startswith("one ×96, two ×5 and 1 more; " + reason.words.en)
    assert reason.sentence(96, rules[:1]).en.startswith("one ×96; ")
