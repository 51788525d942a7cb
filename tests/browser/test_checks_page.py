"""The data-quality page as Chromium shows it."""

from pathlib import Path

import pytest
from chromium import Browser

from fraudml.artifacts import read_json
from fraudml.monitor.catalogue import RULES
from fraudml.params import load_params
from fraudml.quality.silence import catalogue_features
from fraudml.stages import run_stage
from quality_cases import SILENT, write_workspace

pytestmark = pytest.mark.browser

KINDS = {"feature": len(catalogue_features()), "rule": len(RULES)}
ROOT = Path(__file__).parents[2]
SEEN = """
const first = document.querySelector(".cards").getBoundingClientRect();
found.bottom = first.bottom;
found.cards = Array.from(document.querySelectorAll(".card .value")).map((e) => e.innerText);
found.bars = document.querySelectorAll(".bars rect").length;
found.odd = document.querySelectorAll(".bars rect.odd").length;
found.tall = Array.from(document.querySelectorAll(".bars rect.plain"))
  .filter((e) => e.getBoundingClientRect().height > 20).length;
found.page = document.documentElement.scrollWidth - document.documentElement.clientWidth;
found.title = document.title;
found.text = document.body.innerText;
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    root = tmp_path_factory.mktemp("project")
    write_workspace(root, (ROOT / "params.yaml").read_text(encoding="utf-8"))
    run_stage("check", load_params(root / "params.yaml"), root)
    return root / "reports/checks.html"


def test_the_first_screen_is_the_answer(tmp_path, page):
    found = Browser(tmp_path).measured(page, SEEN)
    assert found["bottom"] < 900
    share, aside, warned, silent, months, providers = found["cards"]
    assert (share, aside, warned, months, providers) == (">99.9%", "3", "7", "1", "3")
    kinds = read_json(page.with_suffix(".json"))["not_assessed"]["kinds"]
    assert silent == ", ".join(f"{kinds[k]['silent']} / {kinds[k]['all']}" for k in KINDS)
    assert all(0 < kinds[k]["silent"] < kinds[k]["all"] == n for k, n in KINDS.items())
    assert found["bars"] == 24 and found["odd"] == 1 and found["tall"] >= 20
    assert SILENT in found["text"] and "静默医院" in found["text"]


def test_the_data_quality_page_asks_for_no_outside_address(tmp_path, page):
    assert Browser(tmp_path).addresses(page) == set()


def test_markup_and_formulas_in_provider_ids_neither_run_nor_become_elements(tmp_path, page):
    browser = Browser(tmp_path)
    found = browser.measured(page, SEEN)
    assert found["title"] == "数据质量 Data quality"
    assert '=HYPERLINK("http://bad.example","x")' in found["text"]
    dom = browser.dom(page)
    assert "<img" not in dom and "<title>taken</title>" not in dom


@pytest.mark.parametrize("width", [500, 900])
def test_wide_tables_scroll_inside_the_page(tmp_path, page, width):
    assert Browser(tmp_path, width=width).measured(page, SEEN)["page"] == 0


def test_each_language_is_left_alone_on_request(tmp_path, page):
    seen = """
    found.zh = Array.from(document.querySelectorAll(".zh")).filter((e) => e.offsetWidth).length;
    found.en = Array.from(document.querySelectorAll(".en")).filter((e) => e.offsetWidth).length;
    """
    english = Browser(tmp_path).measured(page, seen, "lang=en")
    chinese = Browser(tmp_path).measured(page, seen, "lang=zh")
    assert english["zh"] == 0 < english["en"]
    assert chinese["en"] == 0 < chinese["zh"]
