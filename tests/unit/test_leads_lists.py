import json
import re
from dataclasses import replace
from datetime import date

import openpyxl
import pyarrow.parquet as pq
import pytest

from fraudml.leads.accounted import Standing
from fraudml.leads.frame import page
from fraudml.leads.lead import lead_id
from fraudml.leads.legitimate.entry import Answer
from fraudml.leads.lists import write_index, write_list
from fraudml.leads.packet import packet
from fraudml.leads.pages import bars, lead_page
from fraudml.leads.words import Words
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


def test_a_page_escapes_its_title_and_allows_no_script_but_its_own():
    text = page("<b>", "<p>body</p>", script="window.mine = 1;")
    assert "<title>&lt;b&gt;</title>" in text
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)[1]
    assert policy.startswith("default-src &#39;none&#39;")
    assert len(re.findall(r"sha256-", policy)) == 2
    assert "script-src &#39;unsafe-inline" not in policy
