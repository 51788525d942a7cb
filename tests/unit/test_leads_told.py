"""What a lead tells of itself: amounts, clauses, and what is left of it without slips."""

from dataclasses import replace
from datetime import date

import pytest

from fraudml.features.catalogue import features_of
from fraudml.features.hits_beside import pair_name
from fraudml.features.rule_hits import hits_feature
from fraudml.leads.data_error import Moved, Verdict
from fraudml.leads.hits_left import HitsLeft, RuleLeft
from fraudml.leads.packet import list_row, packet
from fraudml.leads.pages import lead_page
from fraudml.leads.reasons import build_panel
from fraudml.leads.rows import Behind
from fraudml.leads.rule_hits import RuleHits, rule_words
from fraudml.monitor.catalogue import RULE
from leads_cases import AS_OF, lead


def test_without_a_model_probability_and_recovery_are_null_and_said_to_be_not_assessed():
    alone = lead(supervised=False)
    assert list_row(alone)["probability"] is None
    assert alone.amount == (45_612_300, "evidence_rows")
    assert "Probability and expected recovery." in lead_page(packet(alone))


def test_where_no_rows_stand_behind_the_reasons_the_rule_with_most_money_says_the_amount():
    days = (date(2025, 1, 3), date(2025, 12, 30))
    hits = tuple(
        RuleHits(rule, 4, 4, (0, fen, 2 * fen), 0, days, 9, ())
        for rule, fen in (("R05.duplicate_line", 70_00), ("R06.split_stay", 1_234_00))
    )
    bare = replace(lead(supervised=False), behind=Behind({}, {}, {}, {}), hits=hits)
    assert bare.amount == (1_234_00, "largest_rule")
    assert "同一人在同一机构短期内" in lead_page(packet(bare)).split("涉及金额")[1][:400]
    assert replace(bare, hits=()).amount == (None, None)


def test_where_nothing_can_be_compared_the_gravest_rule_is_told_with_its_clause():
    days = (date(2025, 1, 3), date(2025, 12, 30))
    suspicion = RuleHits("R06.split_stay", 4, 4, (0, 900_00, 900_00), 4, days, 9, ())
    violation = RuleHits("R05.price_above_cap", 87, 87, (70_00,) * 3, 87, days, 87, ())
    alone = replace(lead(supervised=False), panels=(), hits=(suspicion, violation))
    row, shown = list_row(alone), lead_page(packet(alone))
    assert (row["typology"], row["clause"]) == ("T05", "38(3)")
    assert row["reason_1_en"].endswith(": 87 hits")
    assert row["reason_1_zh"].endswith("：命中 87 次")
    assert row["reason_1_en"] in shown
    assert "No reason to show" not in shown
    some = replace(alone, hits=(suspicion,))
    assert (list_row(some)["typology"], list_row(some)["clause"]) == ("T06", "38(1)")
    nothing = replace(alone, hits=())
    assert list_row(nothing)["typology"] is None
    assert "No reason to show" in lead_page(packet(nothing))


def test_where_a_data_error_accounts_for_all_hits_of_a_rule_it_is_not_told_instead():
    days = (date(2025, 1, 3), date(2025, 12, 30))
    hits = RuleHits("R05.price_above_cap", 87, 87, (70_00,) * 3, 87, days, 87, ())
    left = HitsLeft(by_rule={hits.rule_id: RuleLeft(87, 0)})
    verdict = Verdict("both", hits=left)
    alone = replace(lead(supervised=False), panels=(), hits=(hits,), verdict=verdict)
    assert alone.instead is None
    assert list_row(alone)["clause"] is None


def hits_of(*rules):
    days = (date(2025, 1, 3), date(2025, 12, 30))
    return tuple(RuleHits(rule, 4, 4, (0, fen, 2 * fen), 0, days, 9, ()) for rule, fen in rules)


def slipped(one, *features, weighty=(), by_rule=()):
    """The lead as it is where a data error mostly brought about these reasons."""
    of = {r.feature: r for r in one.reasons}
    moved = tuple(
        Moved(name, of[name].words, of[name].unit, of[name].value, of[name].peer_median, left=0.0)
        for name in features
    )
    hits = HitsLeft(5, 0, 3, 0, weighty, dict(by_rule))
    artefact = {"signature": "D11.unlinked_reversal", "artefact_id": "s1", "code": "x",
                "claims_n": 2, "first_on": AS_OF, "last_on": AS_OF}  # fmt: skip
    return replace(one, verdict=Verdict("both", (artefact,), moved, hits, 1, 29))


def test_a_reason_that_a_slip_mostly_brought_about_stands_last_and_heads_nothing():
    whole = lead(supervised=False)
    first = whole.reasons[0]
    found = slipped(whole, first.feature)
    assert found.reasons[-1] == first
    assert found.typology == whole.reasons[1].typology != first.typology
    row = list_row(found)
    assert (row["reasons_of_slips"], row["rank_repaired"]) == (1, 29)
    assert "◐ mostly data errors, without them" in row["reason_3_en"]
    assert "◐ 主要来自数据差错，剔除后为" in row["reason_3_zh"]
    assert "◐" not in row["reason_1_zh"] + row["reason_2_en"]
    content = packet(found)
    assert [bool(r["without_slips"]) for r in content["reasons"]] == [False, False, True]
    assert "主要来自差错" in lead_page(content)
    assert "主要来自差错" not in lead_page(packet(whole))


def test_where_no_reason_stands_without_slips_the_rule_that_weighs_says_kind_and_amount():
    whole = replace(
        lead(supervised=False),
        hits=hits_of(("R05.duplicate_line", 900_00), ("R06.split_stay", 300_00)),
    )
    left = {"R05.duplicate_line": RuleLeft(4, 0), "R06.split_stay": RuleLeft(1, 200_00)}
    every = [r.feature for r in whole.reasons]
    found = slipped(whole, *every, weighty=("R06.split_stay",), by_rule=left)
    assert (found.typology, found.amount) == ("T06", (200_00, "largest_rule"))
    content, row = packet(found), list_row(found)
    assert row["amount_rule"] == content["amount_rule"]["rule_id"] == "R06.split_stay"
    assert [h["explained"] for h in content["rule_hits"]] == [4, 1]
    page_ = lead_page(content)
    assert "以下理由均主要来自数据差错" in page_
    assert content["papers"][0]["zh"] == "出入院登记与转院记录"
    assert "现场调取" in page_
    assert "余下以“同一人在同一机构短期内" in page_


def test_a_verdict_names_three_rules_the_dearest_first_and_how_many_more():
    names = ["R02.without_care", "R05.duplicate_line", "R06.split_stay", "R07.empty_days"]
    left = {name: RuleLeft(0, fen) for name, fen in zip(names, (1, 400, 300, 200), strict=True)}
    hits = HitsLeft(5, 0, 3, 0, tuple(names), left)
    assert hits.dearest == (names[1], names[2], names[3], names[0])
    said = Verdict("both", (), (), hits, 1, 29).words()
    assert "等 4 条规则为重" in said.zh and "and 1 more rules' hits." in said.en
    assert RULE["R02.without_care"].words[1] not in said.zh
    one = Verdict("both", (), (), replace(hits, weighty=("R06.split_stay",)), 1, 29).words()
    assert "等" not in one.zh.split("余下以")[1] and "more" not in one.en


def test_an_amount_of_a_rule_is_of_the_typology_of_the_lead_before_any_larger_one():
    bare = replace(lead(supervised=False), behind=Behind({}, {}, {}, {}))
    own = {"T03": "R03.operation_not_billed", "T05": "R05.duplicate_line",
           "T06": "R06.split_stay", "T07": "R07.empty_days", "T16": "R16.long_days"}  # fmt: skip
    assert bare.typology in own
    hits = hits_of((own[bare.typology], 10_00), ("R14.settled_over_stock", 999_00))
    assert replace(bare, hits=hits).amount == (10_00, "largest_rule")
    only = replace(bare, hits=hits_of(("R14.settled_over_stock", 999_00)))
    assert only.amount == (999_00, "largest_rule")


def test_a_lead_that_a_list_of_the_rules_explains_has_the_amount_of_that_list_s_rule():
    whole = lead(supervised=False)
    assert whole.amount[1] == "evidence_rows"
    name = "rule_t24_suspicious_fund_share_365d"
    row = {"model": "rules", "feature": name, "typology": "T24", "contribution": 1.0, "value": 0.2,
           "peer_median": 0.0, "percentile": 0.98, "peers_n": 30}  # fmt: skip
    catalogue = {feature.name: feature for feature in features_of("provider")}
    panel = build_panel([row], "rules", catalogue)
    hits = hits_of(("R24.of_one_employer", 50_00), ("R06.split_stay", 999_00))
    found = replace(whole, panels=(*whole.panels, panel), hits=hits)
    assert (found.typology, found.amount) == ("T24", (50_00, "largest_rule"))
    assert found.reasons[1] == whole.reasons[0]
    assert "T24 类规则" in list_row(found)["reason_1_zh"]
    assert replace(found, hits=()).amount == whole.amount


def test_what_is_left_of_a_rule_is_never_told_as_less_than_nothing():
    bare = replace(lead(supervised=False), behind=Behind({}, {}, {}, {}))
    bare = replace(bare, hits=hits_of(("R06.split_stay", 10_00)))
    assert slipped(bare, by_rule={"R06.split_stay": RuleLeft(1, -5_00)}).amount[0] == 0


@pytest.mark.parametrize(
    ("grain", "rule", "cited"),
    [("patient", "R02.overlapping_stays", None), ("patient", "R18.paid_twice", "41(2)"),
     ("provider", "R02.overlapping_stays", "40(1)"), ("provider", "R18.paid_twice", None)],
)  # fmt: skip
def test_a_clause_is_cited_only_against_those_whom_its_article_speaks_of(grain, rule, cited):
    (hits,) = hits_of((rule, 10_00))
    whole = replace(lead(grain, supervised=False), hits=(replace(hits, with_clause=4),))
    content = packet(whole)
    (told,) = content["rule_hits"]
    assert told["clause"] == cited
    assert (told["clause_note"] is None) == bool(cited)
    assert {q["clause"] for q in content["law"]} & {"40(1)", "41(2)"} == {cited} - {None}


def test_a_clause_of_a_later_reason_is_said_to_be_of_that_one():
    whole = lead(supervised=False)
    own = list_row(whole)
    assert own["clause"] and own["clause_note"] is None
    first = whole.reasons[0].typology

    def without(one):
        return replace(one, clause=None) if one.typology == first else one

    panels = tuple(
        replace(p, sums=tuple(replace(s, reasons=tuple(map(without, s.reasons))) for s in p.sums))
        for p in whole.panels
    )
    bare = replace(whole, panels=panels)
    place = next(n for n, r in enumerate(bare.reasons, start=1) if r.clause)
    row = list_row(bare)
    assert row["clause"] == bare.reasons[place - 1].clause and bare.typology == first
    assert f"为第 {place} 条理由（" in row["clause_note"]
    assert f"of reason {place}, " in row["clause_note"]


def counting(*rules):
    """A lead whose first reason counts the hits of these rules and has no clause of its own."""
    whole = lead(supervised=False)
    found = tuple(replace(h, with_clause=h.hits) for h in hits_of(*rules))
    one = RULE[rules[0][0]]
    counts = hits_feature(pair_name(one.typology, one.result_type))
    panels = tuple(
        replace(p, sums=tuple(replace(s, reasons=tuple(
            replace(r, feature=counts, clause=None) for r in s.reasons
        )) for s in p.sums))
        for p in whole.panels
    )  # fmt: skip
    return replace(whole, panels=panels, hits=found)


def test_a_reason_that_counts_hits_cites_the_clause_of_the_rule_with_the_most_at_stake():
    found = counting(("R02.stay_copied", 10_00), ("R02.overlapping_stays", 20_00))
    legal = found.basis_of(found.reasons[0])
    assert (legal.clause, legal.note) == ("40(1)", None)
    mixed = counting(("R03.graver_split", 10_00), ("R03.dearer_grade", 20_00))
    legal = mixed.basis_of(mixed.reasons[0])
    assert legal.clause == "38(3)"
    assert legal.note.zh == f"“{rule_words('R03.dearer_grade').zh}”的条款"
    row = list_row(mixed)
    assert row["clause"] == "38(3)" and row["clause_note"].endswith(legal.note.en)


def test_a_reason_cites_no_clause_of_hits_that_a_slip_or_another_year_brought():
    one = counting(("R02.stay_copied", 10_00))
    reason = one.reasons[0]
    assert one.basis_of(reason).clause == "40(1)"
    assert slipped(one, by_rule={"R02.stay_copied": RuleLeft(4, 0)}).basis_of(reason).clause is None
    old = replace(one, hits=(replace(one.hits[0], hits_year=0),))
    assert old.basis_of(reason).clause is None
    other = replace(one, hits=(replace(one.hits[0], rule_id="R05.price_above_cap"),))
    assert other.basis_of(reason).clause is None


def test_the_list_says_why_the_clause_of_its_reasons_is_not_cited():
    row = list_row(lead("patient", supervised=False))  # its made-up reasons cite article 38
    assert row["clause"] is None
    assert "针对定点医药机构，不针对参保人员" in row["clause_note"]


def test_slips_of_one_kind_stand_in_one_row_with_their_number():
    one = slipped(lead(supervised=False))
    artefact = one.verdict.artefacts[0]
    many = tuple(artefact | {"artefact_id": f"s{n}"} for n in range(40))
    text = lead_page(packet(replace(one, verdict=replace(one.verdict, artefacts=many))))
    assert text.count("重复结算的两份均为正数") == 1
    assert "40 项更正请求" in text
