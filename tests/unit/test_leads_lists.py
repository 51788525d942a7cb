import json
import re
from dataclasses import replace
from datetime import date
from zipfile import ZipFile

import openpyxl
import pyarrow.parquet as pq
import pytest

from fraudml.features.catalogue import features_of
from fraudml.features.hits_beside import pair_name
from fraudml.features.rule_hits import hits_feature
from fraudml.leads.accounted import Standing
from fraudml.leads.data_error import Moved, Verdict
from fraudml.leads.frame import page
from fraudml.leads.hits_left import HitsLeft, RuleLeft
from fraudml.leads.lead import lead_id
from fraudml.leads.legitimate.entry import Answer
from fraudml.leads.lists import write_index, write_list
from fraudml.leads.packet import list_row, packet
from fraudml.leads.pages import bars, lead_page
from fraudml.leads.reasons import build_panel
from fraudml.leads.rows import Behind
from fraudml.leads.rule_hits import RuleHits, rule_words
from fraudml.leads.table import columns
from fraudml.leads.words import Words
from fraudml.monitor.catalogue import RULE
from leads_cases import AS_OF, FORMULA, MARKUP, lead, leads

pytestmark = pytest.mark.filterwarnings("ignore:.*xtension is not supported:UserWarning")
OUTSIDE = re.compile(
    r"""(?:src|href|action|srcset|data|poster)\s*=\s*["']?\s*(?:[a-z][a-z0-9+.-]*:)?//"""
    r"""|url\(\s*["']?(?!data:)|@import""",
    re.IGNORECASE,
)


@pytest.fixture
def out(tmp_path):
    return tmp_path / "leads"


def written(out, some, grain="provider"):
    return write_list(some, grain=grain, as_of=AS_OF, out=out)


def test_a_list_has_the_columns_of_the_contract_and_stands_in_order_of_rank(out):
    table = written(out, leads("provider", 5)[::-1]).listed
    contract = ["lead_id", "provider_id", "as_of", "rank", "typology", "amount_fen", "verdict"]
    assert {*contract, "source_rank"} <= set(table.column_names)
    assert table["rank"].to_pylist() == [1, 2, 3, 4, 5]
    assert pq.read_table(out / "provider.parquet").equals(table)


def test_until_data_errors_are_tested_the_verdict_is_null_and_the_page_says_not_assessed(out):
    assert written(out, leads("provider", 3)).listed["verdict"].null_count == 3
    content = packet(lead())
    assert content["verdict"] is None
    assert "Verdict: not assessed" in lead_page(content)


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


def test_codes_of_the_workbook_stand_behind_their_chinese_words(out):
    table = written(out, leads("provider", 2))
    book = openpyxl.load_workbook(out / "provider.xlsx")
    heads = [cell.value.split("\n")[1] for cell in book.worksheets[0][2]]
    first = dict(zip(heads, (cell.value for cell in book.worksheets[0][3]), strict=True))
    assert first["Kind"] == "医院 hospital"
    assert first["Placed by"] == f"与同类的距离 {table.listed['source_rank'][0].as_py()}"


def test_slips_of_one_kind_stand_in_one_row_with_their_number():
    one = slipped(lead(supervised=False))
    artefact = one.verdict.artefacts[0]
    many = tuple(artefact | {"artefact_id": f"s{n}"} for n in range(40))
    text = lead_page(packet(replace(one, verdict=replace(one.verdict, artefacts=many))))
    assert text.count("重复结算的两份均为正数") == 1
    assert "40 项更正请求" in text


def test_ranks_leave_out_the_typologies_that_moved_nothing():
    content = packet(lead(supervised=False))
    nothing = content["panels"][0]["typologies"][0]
    nothing["contribution"] = 0.0
    panel = lead_page(content).split('<section class="panel')[1]
    assert f'<span class="tag">{nothing["typology"]["code"]}</span>' not in panel
    assert "其余 1 类" in panel


def test_expected_recovery_is_the_amount_where_it_was_predicted():
    amount, rests_on = lead().amount
    assert amount == lead().score["expected_recovery_fen"]
    assert rests_on == "expected_recovery"


def test_a_lead_without_attributions_is_listed_and_says_that_it_was_not_explained(out):
    bare = lead()
    object.__setattr__(bare, "panels", ())
    table = written(out, [bare]).listed
    assert table["typology"].to_pylist() == [None]
    text = (out / "pages" / f"{bare.lead_id}.html").read_text(encoding="utf-8")
    assert "This entity was not explained one by one." in text


def test_a_reason_without_rows_says_that_the_figure_is_a_rate():
    assert "No single rows: the figure is a rate or a summary." in lead_page(packet(lead()))


def test_markup_in_a_name_or_a_code_is_shown_as_text_on_every_page(out):
    lists = written(out, [lead(name=MARKUP, code=MARKUP, entity=MARKUP)])
    write_index({"provider": lists}, as_of=AS_OF, out=out)
    for path in [out / "index.html", *sorted((out / "pages").iterdir())]:
        text = path.read_text(encoding="utf-8")
        assert "<img" not in text
        assert '<script>document.title="taken"' not in text
        assert "&lt;script&gt;document.title=" in text


def test_template_marks_in_a_name_are_not_computed():
    assert "{{ 7*7 }}" in lead_page(packet(lead(name="a {{ 7*7 }} b")))


def test_direction_marks_cannot_reverse_what_is_read():
    assert "\u202e" not in lead_page(packet(lead(name="市医院\u202etxt.exe")))


def test_a_name_of_two_thousand_letters_is_cut_in_the_heading_and_whole_below(out):
    name = "长" * 2000
    text = lead_page(packet(lead(name=name)))
    heading = re.search(r"<h1>(.*?)</h1>", text, re.DOTALL)[1]
    assert len(heading) == 80
    assert name in text


def test_no_page_names_an_address_outside(out):
    lists = written(out, [lead(name=FORMULA), *leads("provider", 3)])
    write_index({"provider": lists}, as_of=AS_OF, out=out)
    for path in [out / "index.html", *sorted((out / "pages").iterdir())]:
        assert OUTSIDE.findall(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "bad",
    ['<img src="https://a.example/x.png">', "<a href=//a.example>", "<style>@import 'x'</style>",
     "a{background:url(x.png)}"],
)  # fmt: skip
def test_the_search_for_outside_addresses_finds_them(bad):
    assert OUTSIDE.findall(bad)


def test_every_link_between_the_pages_leads_to_a_file(out):
    lists = written(out, leads("provider", 3))
    write_index({"provider": lists}, as_of=AS_OF, out=out)
    for path in [out / "index.html", *sorted((out / "pages").iterdir())]:
        for target in re.findall(r'href="([^"#][^"]*)"', path.read_text(encoding="utf-8")):
            if not target.startswith("data:"):
                assert (path.parent / target).exists(), target


def test_no_id_or_name_stands_in_a_path(out):
    some = [lead(entity="../../etc/passwd", name="../x"), lead("patient", "pt_secret", 2)]
    for one in some:
        write_list([one], grain=one.grain, as_of=AS_OF, out=out)
    names = {p.name for p in out.rglob("*") if p.is_file()}
    stems = {one.lead_id for one in some}
    files = {f"{g}{s}" for g in ("provider", "patient")
             for s in (".parquet", "_accounted.parquet", ".xlsx")}  # fmt: skip
    assert names == files | {f"{stem}.{end}" for stem in stems for end in ("html", "json")}


def test_a_lead_id_depends_on_grain_id_and_date_and_nothing_else():
    first = lead_id("provider", "H1", AS_OF)
    assert first == lead_id("provider", "H1", AS_OF)
    others = {
        lead_id("practitioner", "H1", AS_OF),
        lead_id("provider", "H2", AS_OF),
        lead_id("provider", "H1", date(2025, 9, 30)),
    }
    assert len(others | {first}) == 4


def test_equal_leads_give_equal_bytes_in_every_file(tmp_path):
    for name in ("one", "two"):
        lists = written(tmp_path / name, leads("provider", 4))
        write_index({"provider": lists}, as_of=AS_OF, out=tmp_path / name)
    for path in sorted(p for p in (tmp_path / "one").rglob("*") if p.is_file()):
        other = tmp_path / "two" / path.relative_to(tmp_path / "one")
        assert path.read_bytes() == other.read_bytes(), path.name


def test_a_packet_holds_what_the_page_shows_with_persons_as_pseudonyms(out):
    one = lead("practitioner", "pr_0123abcd", 7)
    written(out, [one], "practitioner")
    content = json.loads((out / "packets" / f"{one.lead_id}.json").read_text(encoding="utf-8"))
    assert content["id"] == "pr_0123abcd"
    assert content["subject"]["name"] is None
    assert content["explanations"][0]["status"] == "not_tested"
    evidence = [r["evidence"] for r in content["reasons"] if r["evidence"]]
    assert evidence[0]["rows_n"] == 63
    assert len(evidence[0]["shown"]) == 50


def test_an_empty_list_is_written_with_its_columns_and_a_plain_sentence(out):
    lists = written(out, [], "patient")
    assert lists.listed.num_rows == lists.accounted.num_rows == 0
    index = write_index({"patient": lists}, as_of=AS_OF, out=out)
    assert "No leads: nobody of this grain was scored" in index.read_text(encoding="utf-8")


def test_who_is_accounted_for_stands_beside_the_list_with_a_page_that_says_why(out):
    stand = Standing(2, 140, (), leaves=True)
    first, beside = leads("provider", 2)
    found = {"epidemic": Answer(True, Words("疫", "an epidemic"), ("busy",))}
    beside = replace(beside, standing=stand, answers=found)
    lists = write_list([first], [beside], grain="provider", as_of=AS_OF, out=out)
    assert pq.read_table(out / "provider.parquet")["rank"].to_pylist() == [1]
    kept = pq.read_table(out / "provider_accounted.parquet")
    assert kept.select(["rank", "rank_without", "circumstances"]).to_pylist() == [
        {"rank": 2, "rank_without": 140, "circumstances": "epidemic"}
    ]
    assert kept.schema == lists.listed.schema
    index = write_index({"provider": lists}, as_of=AS_OF, out=out).read_text(encoding="utf-8")
    assert f"pages/{beside.lead_id}.html" in index and "Accounted for" in index
    page_text = (out / "pages" / f"{beside.lead_id}.html").read_text(encoding="utf-8")
    assert "rank 2 → 140, and no rule" in page_text and "Not listed for a visit" in page_text
    leads_sheet, beside_sheet, _ = openpyxl.load_workbook(out / "provider.xlsx").worksheets
    assert (leads_sheet.max_row, beside_sheet.max_row) == (3, 3)
    assert "Ask in writing" in beside_sheet.cell(1, 1).value


def test_the_bars_of_a_reason_start_at_zero_and_share_one_scale():
    drawn = bars({"value": 10.0, "peer_median": 40.0, "percentile": 0.25})
    assert drawn == {"value": 23.0, "median": 92.0, "percentile": 25.0}
    assert bars({"value": -1.0, "peer_median": None, "percentile": None})["value"] == 0.0


def workbook(out, some):
    written(out, some)
    return openpyxl.load_workbook(out / "provider.xlsx")


def column(sheet, name):
    return [c.name for c in columns("provider")].index(name) + 1


@pytest.mark.parametrize("text", [FORMULA, "+1", "-1+1", "@SUM(A1)", "http://bad.example"])
def test_a_text_that_looks_like_a_formula_or_a_link_stays_text(out, text):
    sheet = workbook(out, [lead(name=text)]).worksheets[0]
    cell = sheet.cell(3, column(sheet, "name"))
    assert (cell.value, cell.data_type, cell.hyperlink) == (text, "s", None)
    assert cell.quotePrefix is (text[0] in "=+-@")


@pytest.mark.parametrize("field", ["kind", "region_code", "place_id", "place_name"])
@pytest.mark.parametrize("text", [FORMULA, MARKUP, "../../etc/passwd"])
def test_what_a_subject_says_of_itself_is_text_in_the_workbook_and_on_the_page(out, field, text):
    one = lead("practitioner", "pr_0123abcd")
    one = replace(one, subject=replace(one.subject, **{field: text}))
    written(out, [one], "practitioner")
    book = openpyxl.load_workbook(out / "practitioner.xlsx")
    place = [c.name for c in columns("practitioner")].index(field) + 1
    cell = book.worksheets[0].cell(3, place)
    assert (cell.value, cell.data_type, cell.hyperlink) == (text, "s", None)
    page_text = (out / "pages" / f"{one.lead_id}.html").read_text(encoding="utf-8")
    assert "<img" not in page_text
    assert MARKUP not in page_text


@pytest.mark.parametrize("text", [FORMULA, "+1", "@SUM(A1)", MARKUP, "../../etc/passwd"])
def test_an_id_that_looks_like_a_formula_markup_or_a_path_stays_text(out, text):
    sheet = workbook(out, [lead(entity=text)]).worksheets[0]
    cell = sheet.cell(3, column(sheet, "provider_id"))
    assert (cell.value, cell.data_type, cell.hyperlink) == (text, "s", None)


def test_characters_of_control_reach_neither_the_workbook_nor_the_page(out):
    name = "a\0b\x1b[31mc\x07"
    one = lead(name=name, entity="H\0001")
    sheet = workbook(out, [one]).worksheets[0]
    assert sheet.cell(3, column(sheet, "name")).value == "ab[31mc"
    assert sheet.cell(3, column(sheet, "provider_id")).value == "H1"
    text = (out / "pages" / f"{one.lead_id}.html").read_text(encoding="utf-8")
    assert all(c == "\n" or c.isprintable() or ord(c) > 127 for c in text)


def test_an_id_that_looks_like_a_number_stays_text(out):
    sheet = workbook(out, [lead(entity="0012345678901234567")]).worksheets[0]
    cell = sheet.cell(3, column(sheet, "provider_id"))
    assert (cell.value, cell.data_type) == ("0012345678901234567", "s")


def test_the_workbook_has_frozen_heads_filters_bars_and_a_sheet_that_explains(out):
    book = workbook(out, leads("provider", 5))
    sheet, notes = book.worksheets
    assert sheet.freeze_panes == "D3"
    assert sheet.auto_filter.ref.startswith("A2:")
    bars_over = [str(r.sqref) for r in sheet.conditional_formatting]
    assert len(bars_over) == 2
    assert sheet.cell(2, 1).value == "名次\nRank"
    explained = [row[0].value for row in notes.iter_rows(min_row=2)]
    assert explained[: len(columns("provider"))] == [c.name for c in columns("provider")]
    assert "A lead is a suspicion, not a finding." in [r[3].value for r in notes.iter_rows()]


def test_an_unknown_probability_is_an_empty_cell(out):
    sheet = workbook(out, [lead(supervised=False)]).worksheets[0]
    assert sheet.cell(3, column(sheet, "probability")).value is None


def test_a_workbook_says_yuan_where_the_table_counts_fen(out):
    sheet = workbook(out, [lead(supervised=False)]).worksheets[0]
    assert sheet.cell(3, column(sheet, "amount_fen")).value == 456_123.0


def test_a_text_beyond_what_a_cell_holds_is_cut_and_not_lost(out):
    sheet = workbook(out, [lead(name="长" * 40_000)]).worksheets[0]
    assert len(sheet.cell(3, column(sheet, "name")).value) == 32_000


def test_the_workbook_carries_no_date_of_today(out):
    workbook(out, leads("provider", 1))
    with ZipFile(out / "provider.xlsx") as packed:
        assert {entry.date_time[0] for entry in packed.infolist()} == {1980}
        assert "2025-12-31T00:00:00Z" in packed.read("docProps/core.xml").decode()


def test_a_page_escapes_its_title_and_allows_no_script_but_its_own():
    text = page("<b>", "<p>body</p>", script="window.mine = 1;")
    assert "<title>&lt;b&gt;</title>" in text
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)[1]
    assert policy.startswith("default-src &#39;none&#39;")
    assert len(re.findall(r"sha256-", policy)) == 2
    assert "script-src &#39;unsafe-inline" not in policy
