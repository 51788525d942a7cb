"""Hits counted by entity, window and date; amounts at issue with every claim line once."""

from datetime import date

import pyarrow.parquet as pq
import pytest

from feature_runs import engine
from fraudml.claims.accepted import Claims
from fraudml.monitor.catalogue import ASKED, RULES
from fraudml.monitor.counts import write_counts
from fraudml.monitor.dates import SharedOfDates
from fraudml.monitor.hits import ask
from fraudml.monitor.knowledge.base import load
from monitor_taken_back import TAKEN_BACK
from tables import draw_claims

CLAIM = "claim_id | patient_id | provider_id | practitioner_id | admitted_on"
LINE = "claim_id | line_no | item_code | served_at | unit_price | amount | fund_amount"
CAP = """item_code | kind | price_cap | sex_limit
    x | drug | 1000 |
    f | drug | 1000 | F"""
# Rules that the funds below are drawn for: asking all of them takes three times as long.
DRAWN = {
    "R01.at_night", "R05.duplicate_claim", "R05.price_above_cap", "R06.split_stay",
    "R07.elsewhere_during_stay", "R13.across_people", "R17.other_sex", "R19.service_after_death",
}  # fmt: skip
FEW = tuple(rule for rule in RULES if rule.id in DRAWN)


def counted(tmp_path, *days, rules=FEW, **texts):
    """counts, at_issue and assessed of claims drawn as text, as of these days."""
    with engine() as opened:
        claims, known = Claims(opened, draw_claims(tmp_path / "claims", **texts)), load(ASKED)
        days = sorted(map(date.fromisoformat, days))
        shared = SharedOfDates(opened, claims, known, days[-1])
        write_counts(shared, ask(shared, rules=rules), days[:-1], tmp_path)
    names = ("counts", "at_issue", "assessed")
    return [pq.read_table(tmp_path / f"{name}.parquet").to_pylist() for name in names]


def of(rows, grain, **where):
    return [r for r in rows if r["grain"] == grain and all(r[k] == v for k, v in where.items())]


OVER_CAP = {
    "claims": f"""{CLAIM}
        c1 | p | A | d | 2024-01-10
        c2 | q | A | d | 2024-12-20""",
    "claim_lines": f"""{LINE}
        c1 | 1 | x | 2024-01-10 09:00:00 | 1500 | 1500 | 1500
        c2 | 1 | x | 2024-12-20 09:00:00 | 3000 | 3000 | 3000
        c2 | 2 | x | 2024-12-20 10:00:00 | 2000 | 2000 | 2000""",
    "items": CAP,
}


def test_a_window_counts_hits_by_the_day_they_were_known(tmp_path):
    counts, _, _ = counted(tmp_path, "2024-12-31", **OVER_CAP)
    (near,) = of(counts, "provider", window_days=90)
    (year,) = of(counts, "provider", window_days=365)
    assert (near["hits"], near["claims"], near["amount_fen"]) == (2, 1, 3000)
    assert (year["hits"], year["claims"], year["amount_fen"]) == (3, 2, 3500)
    assert (year["rule_id"], year["typology"]) == ("R05.price_above_cap", "T05")


@pytest.mark.parametrize(("as_of", "n"), [("2024-12-19", 1), ("2024-12-20", 3), ("2025-01-08", 3),
                                          ("2025-01-09", 2)])  # fmt: skip
def test_a_hit_counts_from_the_day_it_is_known_for_a_year(tmp_path, as_of, n):
    counts, _, _ = counted(tmp_path, as_of, **OVER_CAP)
    assert of(counts, "provider", window_days=365)[0]["hits"] == n


def test_beyond_like_entities_is_what_exceeds_their_rate_by_the_lower_limit_of_the_count(tmp_path):
    days = {"A": "2024-03-01", "B": "2024-03-01", "Old": "2023-03-01"}
    rows = [(f"{who}{n}", who, day) for who, day in days.items() for n in range(20)]
    over = {f"{who}{n}" for who, most in (("A", 8), ("B", 2), ("Old", 8)) for n in range(most)}
    counted(
        tmp_path, "2024-12-31",
        claims="\n".join([CLAIM, *(f"{c} | p{c} | {who} | d | {day}" for c, who, day in rows)]),
        claim_lines="\n".join([LINE, *(
            f"{c} | 1 | x | {day} 09:00:00 | {1500 if c in over else 1000} | 1500 | 1500"
            for c, _, day in rows
        )]), items=CAP,
    )  # fmt: skip
    beyond = {
        row["entity_id"]: row for row in pq.read_table(tmp_path / "beyond.parquet").to_pylist()
        if row["grain"] == "provider"
    }  # fmt: skip
    assert set(beyond) == {"A", "B"}  # what is older than a year says nothing of the year
    # B, the only other one: 2 of 20; fifty cases of the fund, with half a hit more, join them
    fund = (2 + 0.5) / (20 + 1)
    rate = (2 + 50 * fund) / (20 + 50)
    assert beyond["A"]["expected_e6"] == pytest.approx(20 * rate * 1e6, abs=1)
    low = 8 * (1 - 1 / 72 - 3.1 / (3 * 8**0.5)) ** 3
    part = max(1 - 20 * rate / low, 0)
    assert (beyond["A"]["claims"], beyond["A"]["amount_fen"]) == (8, 8 * 500)
    assert beyond["A"]["beyond_fen"] == pytest.approx(4000 * part, abs=1)
    assert beyond["B"]["beyond_fen"] == 0


def test_every_date_has_its_own_counts(tmp_path):
    counts, _, _ = counted(tmp_path, "2024-06-30", "2024-12-31", **OVER_CAP)
    hits = {row["as_of"]: row["hits"] for row in of(counts, "provider", window_days=365)}
    assert hits == {date(2024, 6, 30): 1, date(2024, 12, 31): 3}


def test_what_a_provider_billed_is_held_against_it_and_its_doctor_but_not_the_patient(tmp_path):
    counts, issues, _ = counted(tmp_path, "2024-12-31", **OVER_CAP)
    assert {(r["grain"], r["entity_id"]) for r in counts + issues} == {
        ("provider", "A"), ("practitioner", "d"),
    }  # fmt: skip


def test_a_rule_about_patients_counts_for_the_patient_and_for_where_it_was_billed(tmp_path):
    counts, _, _ = counted(
        tmp_path, "2024-12-31",
        claims=f"""{CLAIM}
            c1 | p | A | d | 2024-03-10""",
        patients="""patient_id | died_on
            p | 2024-03-01""",
    )  # fmt: skip
    found = {(r["grain"], r["rule_id"]) for r in counts}
    assert found == {
        ("provider", "R19.service_after_death"),
        ("patient", "R19.service_after_death"),
    }


def test_a_claim_reversed_later_still_counts_on_the_day_before_and_not_after(tmp_path):
    counts, _, _ = counted(
        tmp_path, "2024-06-30", "2024-12-31",
        claims=f"""{CLAIM} | reverses_claim_id
            c1 | p | A | d | 2024-01-10 |
            r1 | p | A | d | 2024-07-01 | c1""",
        claim_lines=f"""{LINE}
            c1 | 1 | x | 2024-01-10 09:00:00 | 1500 | 1500 | 1500""",
        items=CAP,
    )  # fmt: skip
    assert {row["as_of"] for row in counts} == {date(2024, 6, 30)}


def test_a_death_made_known_later_is_no_hit_before(tmp_path):
    counts, _, _ = counted(
        tmp_path, "2024-06-30", "2024-12-31",
        claims=f"""{CLAIM}
            c1 | p | A | d | 2024-03-10""",
        patients="""patient_id | died_on | known_on
            p | 2024-03-01 | 2024-08-01""",
    )  # fmt: skip
    assert {row["as_of"] for row in counts} == {date(2024, 12, 31)}


def test_a_line_that_two_rules_hit_counts_once_and_as_a_violation_first(tmp_path):
    # of 3000 fen 2000 are above the cap (violation), all are for the other sex (suspicious)
    _, issues, _ = counted(
        tmp_path, "2024-12-31",
        claims=f"""{CLAIM}
            c1 | p | A | d | 2024-03-10""",
        patients="""patient_id | sex
            p | M""",
        claim_lines=f"""{LINE}
            c1 | 1 | f | 2024-03-10 09:00:00 | 3000 | 3000 | 3000""",
        items=CAP,
    )  # fmt: skip
    (row,) = of(issues, "provider")
    assert (row["violation_fen"], row["suspicious_fen"]) == (2000, 1000)
    assert row["suspicious_high_fen"] == 1000


def test_a_claim_hit_as_a_whole_and_by_its_lines_counts_the_larger_amount(tmp_path):
    # the second claim repeats the first: its 5000 fen, and 2000 above the cap on either line
    _, issues, _ = counted(
        tmp_path, "2024-12-31",
        claims="""patient_id | provider_id | admitted_on | started_at | fund_amount | diagnosis_code
            p | A | 2024-03-10 | 2024-03-10 09:00:00 | 5000 | I10
            p | A | 2024-03-10 | 2024-03-10 09:00:00 | 5000 | I10""",
        claim_lines=f"""{LINE}
            c1 | 1 | x | 2024-03-10 09:00:00 | 3000 | 3000 | 3000
            c2 | 1 | x | 2024-03-10 09:30:00 | 3000 | 3000 | 3000""",
        items=CAP,
    )  # fmt: skip
    (row,) = of(issues, "provider")
    assert row["violation_fen"] == 5000 + 2000


def test_which_rules_were_assessed_stands_beside_the_counts(tmp_path):
    _, _, assessed = counted(tmp_path, "2024-12-31", rules=RULES, **OVER_CAP)
    names = [row["rule_id"] for row in assessed]
    assert "R05.price_above_cap" in names and "R09.supplied_again" not in names


def test_without_any_rule_the_tables_are_empty(tmp_path):
    assert counted(tmp_path, "2024-12-31", rules=(), **OVER_CAP) == [[], [], []]


def practitioners(counts, rule):
    return {r["entity_id"] for r in of(counts, "practitioner", rule_id=rule)}


def test_a_split_stay_is_held_against_whoever_took_the_person_in_again(tmp_path):
    counts, _, _ = counted(
        tmp_path, "2024-12-31",
        claims=f"""{CLAIM} | discharged_on | visit_kind | diagnosis_code
            c1 | p | A | d | 2024-03-01 | 2024-03-08 | inpatient | I63.9
            c2 | p | A | e | 2024-03-10 | 2024-03-15 | inpatient | I63.9
            c3 | p | A | f | 2024-03-16 | 2024-03-20 | inpatient | I63.9""",
    )  # fmt: skip
    assert practitioners(counts, "R06.split_stay") == {"e", "f"}


def test_a_stay_lived_elsewhere_is_held_against_the_practitioner_of_the_stay(tmp_path):
    counts, _, _ = counted(
        tmp_path, "2024-12-31",
        claims=f"""{CLAIM} | discharged_on | visit_kind
            c1 | p | A | d | 2024-03-01 | 2024-03-08 | inpatient
            c2 | p | B | e | 2024-03-04 | 2024-03-04 | outpatient""",
    )  # fmt: skip
    assert practitioners(counts, "R07.elsewhere_during_stay") == {"d"}


def test_a_rate_of_a_provider_is_held_against_the_practitioners_whose_claims_make_it(tmp_path):
    night = [f"c{n} | p{n} | A | {'de'[n % 2]} | 2024-03-1{n} | 2024-03-1{n} 02:30:00"
             for n in range(8)]  # fmt: skip
    noon = [f"n{n} | q{n} | A | f | 2024-03-1{n} | 2024-03-1{n} 12:30:00" for n in range(8)]
    other = [f"o{n} | o{n} | B | g | 2024-03-{n} | 2024-03-{n} 12:30:00" for n in range(10, 30)]
    text = "\n".join([f"{CLAIM} | started_at", *night, *noon, *other])
    counts, _, _ = counted(tmp_path, "2024-12-31", claims=text)
    assert practitioners(counts, "R01.at_night") == {"d", "e"}
    (row,) = of(counts, "provider", rule_id="R01.at_night", window_days=365)
    assert (row["entity_id"], row["claims"]) == ("A", 8)


def test_a_pack_sold_again_is_held_against_the_later_seller_alone(tmp_path):
    counts, _, _ = counted(
        tmp_path, "2024-12-31",
        claims=f"""{CLAIM}
            c1 | p | A | d | 2024-03-01
            c2 | q | B | e | 2024-03-20""",
        claim_lines=f"""{LINE} | trace_code
            c1 | 1 | x | 2024-03-01 09:00:00 | 900 | 900 | 900 | t1
            c2 | 1 | x | 2024-03-20 09:00:00 | 900 | 900 | 900 | t1""",
        items=CAP,
    )  # fmt: skip
    sold = of(counts, "provider", rule_id="R13.across_people", window_days=365)
    assert [(r["entity_id"], r["amount_fen"]) for r in sold] == [("B", 900)]


def test_hits_on_reversed_claims_are_held_against_their_house_from_the_reversal_on(tmp_path):
    drawn = next(one for one in TAKEN_BACK if one.finds)
    counted(
        tmp_path, "2024-03-02", "2024-12-31",
        rules=tuple(rule for rule in RULES if rule.id == "R21.taken_back"),
        **drawn.tables,
    )  # fmt: skip
    rows = pq.read_table(tmp_path / "beyond.parquet").to_pylist()
    own = [(r["as_of"], r["claims"], r["amount_fen"] > 0) for r in rows if r["entity_id"] == "A"]
    assert own == [(date(2024, 12, 31), 12, True)]
