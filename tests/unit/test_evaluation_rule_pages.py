"""What each rule found, as figures and as pages: months, overlap, whom, outcomes, no person."""

import re
from datetime import date

import pytest

from feature_runs import engine
from fraudml.claims.accepted import Claims
from fraudml.evaluation.rule_figures import base_rate, precision, rule_figures
from fraudml.evaluation.rule_pages import share, write_rule_pages
from fraudml.monitor.catalogue import ASKED, CITED
from fraudml.monitor.hits import ask, write_hits
from fraudml.monitor.knowledge.base import load
from fraudml.monitor.shared import Shared
from tables import draw_claims

AS_OF = date(2024, 12, 31)
CAP = "R05.price_above_cap"
FUND = {
    "claims": """claim_id | patient_id | provider_id | admitted_on
        c1 | patientp | A | 2024-03-10
        c2 | patientp | A | 2024-04-10
        c3 | patientq | B | 2024-04-10""",
    "patients": """patient_id | sex
        patientp | M
        patientq | M""",
    "claim_lines": """claim_id | line_no | item_code | served_at | unit_price | amount
        c1 | 1 | f | 2024-03-10 09:00:00 | 3000 | 3000
        c2 | 1 | x | 2024-04-10 09:00:00 | 9000 | 9000
        c3 | 1 | x | 2024-04-10 09:00:00 | 1500 | 1500""",
    "items": """item_code | kind | price_cap | sex_limit
        x | drug | 1000 |
        f | drug | 1000 | F""",
    "inspections": """inspection_id | target_id | visited_on | closed_on | result | amount_confirmed
        i1 | A | 2024-05-01 | 2024-06-01 | confirmed  | 500
        i2 | A | 2024-03-10 | 2024-06-01 | confirmed  | 900
        i3 | B | 2024-05-01 | 2024-06-01 | legitimate |
        i4 | B | 2024-05-01 | 2025-02-01 | confirmed  | 100
        i5 | C | 2024-05-01 | 2024-06-01 | confirmed  | 100""",
}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    out = tmp_path_factory.mktemp("rules")
    known = load(ASKED, cited=CITED)
    with engine() as opened:
        claims = Claims(opened, draw_claims(out / "claims", **FUND))
        found = ask(Shared(opened, claims, known, AS_OF))
        report = write_hits(opened, found, out)
        figures = rule_figures(opened, claims, found.hits, found.rows, AS_OF)
        base = base_rate(opened, claims, AS_OF)
    (out / "pages").mkdir()
    write_rule_pages(out / "pages", report, figures, base, known)
    return figures, base, out / "pages"


def test_only_hits_known_before_the_visit_and_outcomes_known_by_the_date_count(made):
    # i2 went on the day the first hit became known, i4 closes later, C was never hit
    found = made[0][CAP]["precision"]
    assert (found["inspected"], found["confirmed"], found["confirmed_fen"]) == (2, 1, 500)


def test_of_few_inspections_there_is_no_precision(made):
    assert made[0][CAP]["precision"]["share"] is None
    assert share(precision(4, 4, 0, 0)).endswith("not assessed (4 / 4)")
    assert share(precision(5, 4, 0, 0)) == "80% (38–96%), 4 / 5"


def test_what_all_inspections_confirm_stands_beside_it(made):
    assert (made[1]["inspected"], made[1]["confirmed"]) == (4, 3)


def test_months_count_hits_by_the_day_they_were_known(made):
    months = {row["month"]: row["hits"] for row in made[0][CAP]["months"]}
    assert months == {"2024-03": 1, "2024-04": 2}


def test_overlap_is_the_share_of_the_rules_own_rows(made):
    assert [(o["other"], o["share"]) for o in made[0]["R17.other_sex"]["overlap"]] == [(CAP, 1.0)]
    ((other, part),) = [(o["other"], o["share"]) for o in made[0][CAP]["overlap"]]
    assert (other, part) == ("R17.other_sex", pytest.approx(1 / 3))


def test_providers_hit_most_come_first(made):
    assert [e["provider_id"] for e in made[0][CAP]["entities"]] == ["A", "B"]


def test_no_page_names_a_person_or_reaches_outside(made):
    pages = [path.read_text(encoding="utf-8") for path in made[2].glob("*.html")]
    assert len(pages) > 3
    assert not any("patientp" in text or "patientq" in text for text in pages)
    assert not any(re.search(r"(src|href)=\"https?://", text) for text in pages)


def test_a_page_quotes_the_law_or_says_why_it_cannot(made):
    cap = (made[2] / f"{CAP}.html").read_text(encoding="utf-8")
    sex = (made[2] / "R17.other_sex.html").read_text(encoding="utf-8")
    assert "重复收费、超标准收费" in cap
    assert "does not name this conduct" in sex


def test_rules_that_were_not_assessed_stand_on_the_index_with_what_they_lack(made):
    index = (made[2] / "index.html").read_text(encoding="utf-8")
    assert "R13.sold_twice" in index and "trace_code" in index
    assert not (made[2] / "R13.sold_twice.html").exists()
