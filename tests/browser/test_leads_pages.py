"""The list and a lead's page as Chromium shows them."""

import re

import pytest
from chromium import Browser, Rows, find_chromium, root_of

from fraudml.leads.lists import write_index, write_list
from leads_cases import AS_OF, MARKUP, lead, leads

pytestmark = pytest.mark.browser

GLYPHS = """
const style = getComputedStyle(document.body).fontFamily;
function drawn(letter) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 64;
  const pen = canvas.getContext("2d");
  pen.font = "48px " + style;
  pen.fillText(letter, 4, 52);
  return Array.from(pen.getImageData(0, 0, 64, 64).data).join();
}
const pictures = ["疑", "点", "线", "索", "医", "\\u{10FFFE}"].map(drawn);
found.different = new Set(pictures).size;
found.asked = pictures.length;
"""
SCROLL = """
const box = document.querySelector(".list.current .list-scroll");
found.wider = box.scrollWidth - box.clientWidth;
found.taller = box.scrollHeight - box.clientHeight;
box.scrollLeft = 300; box.scrollTop = 500;
const edge = box.getBoundingClientRect();
const row = box.querySelector("tbody tr:nth-child(9)");
found.moved = row.children[4].getBoundingClientRect().left;
found.still = row.children[4].offsetLeft + edge.left;
found.first = row.children[0].getBoundingClientRect().left - edge.left;
found.head = box.querySelector("thead th").getBoundingClientRect().top - edge.top;
found.page = document.documentElement.scrollWidth - document.documentElement.clientWidth;
"""
PAGE_WIDTH = (
    "found.page = document.documentElement.scrollWidth - document.documentElement.clientWidth;"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("leads")
    some = leads("provider", 30)
    some[3] = lead("provider", "H0004", 4, name=MARKUP, code=MARKUP)
    some[5] = lead("provider", "H0006", 6, name="长" * 2000)
    tables = {
        "provider": write_list(some, grain="provider", as_of=AS_OF, out=out),
        "practitioner": write_list(
            leads("practitioner", 5), grain="practitioner", as_of=AS_OF, out=out
        ),
        "patient": write_list([], grain="patient", as_of=AS_OF, out=out),
    }
    write_index(tables, as_of=AS_OF, out=out)
    return out


@pytest.fixture
def index(folder):
    return folder / "index.html"


@pytest.fixture
def page(folder):
    return folder / "pages" / f"{lead('provider', 'H0001', 1).lead_id}.html"


@pytest.fixture
def browser(tmp_path):
    return Browser(tmp_path)


def test_the_list_shows_all_providers_first(browser, index):
    rows = Rows(browser.dom(index)).shown
    assert [row["data-rank"] for row in rows] == [str(n) for n in range(1, 31)]


def test_a_word_in_the_search_leaves_the_rows_that_hold_it(browser, index):
    dom = browser.dom(index, "q=临江")
    ranks = [int(row["data-rank"]) for row in Rows(dom).shown]
    assert ranks == [rank for rank in range(1, 31) if rank % 8 == 1]
    assert re.search(r'<b class="shown">4</b>', dom)


def test_a_minimum_risk_and_a_region_filter_together(browser, index):
    rows = Rows(browser.dom(index, "min_risk=0.95&region=330105")).shown
    assert rows
    assert all(row["data-region"] == "330105" for row in rows)
    assert all(float(row["data-risk"]) >= 0.95 for row in rows)
    assert len(rows) < 16


def test_a_typology_filter_leaves_that_typology_alone(browser, index):
    everybody = Rows(browser.dom(index)).shown
    code = everybody[0]["data-typology"]
    rows = Rows(browser.dom(index, f"typology={code}")).shown
    assert {row["data-typology"] for row in rows} == {code}
    assert 0 < len(rows) < len(everybody)


def test_filters_that_nobody_fits_leave_a_plain_sentence(browser, index):
    dom = browser.dom(index, "q=nobody-of-this-name")
    assert Rows(dom).shown == []
    assert re.search(r'<p class="empty">', dom)


def test_sorting_by_amount_puts_the_largest_first(browser, index):
    rows = Rows(browser.dom(index, "sort=amount:down")).shown
    amounts = [int(row["data-amount"]) for row in rows]
    assert amounts == sorted(amounts, reverse=True)


def test_another_grain_opens_from_the_address(browser, index):
    dom = browser.dom(index, "grain=practitioner")
    assert re.search(r'<section class="list current" id="list-practitioner"', dom)
    assert len(Rows(dom, "practitioner").shown) == 5


def test_a_click_on_a_heading_sorts_and_a_typed_word_filters(browser, index):
    found = browser.measured(
        index,
        """
        const list = document.querySelector(".list.current");
        list.querySelector("[data-key=risk]").click();
        list.querySelector("[data-key=risk]").click();
        found.first = list.querySelector("tbody tr").dataset.rank;
        const search = list.querySelector("[name=q]");
        search.value = "H0009";
        search.dispatchEvent(new Event("input", { bubbles: true }));
        found.shown = list.querySelectorAll("tbody tr:not([hidden])").length;
        found.address = location.hash;
        list.querySelector("form").reset();
        found.again = list.querySelectorAll("tbody tr:not([hidden])").length;
        """,
    )
    assert found["first"] == "30"
    assert found["shown"] == 1
    assert "q=H0009" in found["address"]
    assert found["again"] == 30


def test_a_wide_list_scrolls_under_a_head_and_a_first_column_that_stay(tmp_path, index):
    found = Browser(tmp_path, width=1000).measured(index, SCROLL)
    assert found["wider"] > 200
    assert found["taller"] > 500
    assert found["moved"] == pytest.approx(found["still"] - 300, abs=2)
    assert found["first"] == pytest.approx(1, abs=1.5)
    assert found["head"] == pytest.approx(1, abs=1.5)
    assert found["page"] == 0


@pytest.mark.parametrize("width", [500, 900])
def test_no_page_is_wider_than_a_small_window(tmp_path, folder, width):
    long = folder / "pages" / f"{lead('provider', 'H0006', 6).lead_id}.html"
    marked = folder / "pages" / f"{lead('provider', 'H0004', 4).lead_id}.html"
    for path in (folder / "index.html", long, marked):
        assert Browser(tmp_path, width=width).measured(path, PAGE_WIDTH)["page"] == 0


def test_no_column_of_words_is_squeezed_to_a_letter_on_a_telephone(tmp_path, page):
    found = Browser(tmp_path, width=500).measured(
        page,
        """
        const cells = [...document.querySelectorAll(".scroll :is(th, td):not(.num)")];
        const seen = cells.map((cell) => cell.getBoundingClientRect().width).filter((w) => w);
        found.cells = seen.length;
        found.narrowest = Math.min(...seen);
        """,
    )
    assert found["cells"] > 50
    assert found["narrowest"] >= 100


def test_chinese_letters_are_drawn_and_not_replaced_by_boxes(browser, index):
    found = browser.measured(index, GLYPHS)
    assert found["different"] == found["asked"]


def test_the_reader_can_choose_one_language(browser, page):
    assert root_of(browser.dom(page))["data-lang"] == "both"
    assert root_of(browser.dom(page, "lang=en"))["lang"] == "en"
    seen = """
    found.zh = Array.from(document.querySelectorAll(".zh")).filter((e) => e.offsetWidth).length;
    found.en = Array.from(document.querySelectorAll(".en")).filter((e) => e.offsetWidth).length;
    """
    english = browser.measured(page, seen, "lang=en")
    chinese = browser.measured(page, seen, "lang=zh")
    assert english["zh"] == 0 < english["en"]
    assert chinese["en"] == 0 < chinese["zh"]


def test_markup_in_a_name_neither_runs_nor_becomes_an_element(browser, folder):
    marked = folder / "pages" / f"{lead('provider', 'H0004', 4).lead_id}.html"
    for path in (marked, folder / "index.html"):
        dom = browser.dom(path)
        assert "<title>taken</title>" not in dom
        assert "<img" not in dom


def test_a_script_that_slipped_into_a_page_would_not_run(browser, page):
    text = page.read_text(encoding="utf-8")
    slipped = page.with_name("slipped.html")
    slipped.write_text(text.replace("</main>", f"{MARKUP}</main>"), encoding="utf-8")
    try:
        assert "<title>taken</title>" not in browser.dom(slipped)
    finally:
        slipped.unlink()


def test_no_page_asks_for_an_outside_address(browser, index, page):
    assert browser.addresses(index) == set()
    assert browser.addresses(page) == set()


def test_the_watch_over_addresses_sees_one_that_is_asked_for(browser, tmp_path):
    bad = tmp_path / "bad.html"
    bad.write_text('<img src="https://fonts.googleapis.com/x.png">', encoding="utf-8")
    assert browser.addresses(bad) == {"https://fonts.googleapis.com/x.png"}


def test_without_a_browser_the_tests_fail_where_ci_is_true_and_are_skipped_elsewhere(monkeypatch):
    monkeypatch.setattr("chromium.shutil.which", lambda name: None)
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match=r"browser\.sh"):
        find_chromium()
    monkeypatch.setenv("CI", "")
    with pytest.raises(pytest.skip.Exception):
        find_chromium()
