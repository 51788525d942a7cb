"""Hits as a whole: as of a date, with their clause, named the same in every run."""

from datetime import date

import pyarrow.parquet as pq
import pytest

from feature_runs import engine
from fraudml.artifacts import digest
from fraudml.claims.accepted import Claims
from fraudml.monitor.catalogue import ASKED, CITED, RULES
from fraudml.monitor.hits import find_hits, knowledge_for
from fraudml.monitor.knowledge.base import load
from monitor_all import CASES
from monitor_cases import put_together
from tables import draw_claims

CLAIM = "claim_id | patient_id | provider_id | admitted_on | discharged_on | settled_on"
AWAY = f"""{CLAIM} | visit_kind
    c1 | p | A | 2021-04-20 | 2021-05-08 | 2021-05-09 | inpatient
    c2 | p | B | 2021-05-04 | 2021-05-04 | 2021-05-30 | outpatient"""


def hits(tmp_path, *, as_of="2024-12-31", overlay=None, **texts):
    """Hits, their lines and the report of claims drawn as text."""
    out = tmp_path / as_of
    out.mkdir(parents=True, exist_ok=True)
    with engine() as opened:
        claims = Claims(opened, draw_claims(out / "claims", **texts))
        known = knowledge_for(opened, claims, overlay)
        report = find_hits(opened, claims, known, date.fromisoformat(as_of), out)
    found = pq.read_table(out / "hits.parquet").to_pylist()
    return found, pq.read_table(out / "hit_lines.parquet").to_pylist(), report


def test_the_two_tables_have_the_columns_of_the_contract(tmp_path):
    hits(tmp_path, claims=AWAY)
    names = [pq.read_schema(tmp_path / "2024-12-31" / f"{n}.parquet").names
             for n in ("hits", "hit_lines")]  # fmt: skip
    assert names == [
        ["hit_id", "rule_id", "typology", "result_type", "as_of", "known_on", "provider_id",
         "practitioner_id", "patient_id", "amount_low_fen", "amount_fen", "amount_high_fen",
         "clause"],
        ["hit_id", "claim_id", "line_no", "role", "amount_low_fen", "amount_fen",
         "amount_high_fen"],
    ]  # fmt: skip


def test_a_hit_is_known_when_the_last_of_its_claims_is_settled(tmp_path):
    (hit,), lines, _ = hits(tmp_path, claims=AWAY)
    assert hit["known_on"] == date(2021, 5, 30)
    assert (hit["provider_id"], hit["patient_id"]) == ("A", "p")
    assert {(row["claim_id"], row["role"]) for row in lines} == {
        ("c1", "stay"), ("c2", "visit_elsewhere"),
    }  # fmt: skip


def test_a_hit_that_rests_on_another_claim_is_known_when_that_one_is_settled(tmp_path):
    """The organ was taken out in January; its bill comes in December, after all visits for it."""
    gone = next(one for one in CASES if one.rule == "R17.organ_is_gone" and one.finds)
    header, removal, *visits = gone.tables["claims"].splitlines()
    told = [f"{header} | settled_on", f"{removal} | 2024-12-20"]
    told += [f"{line} | {line.split('|')[4].strip()}" for line in visits]
    found, _, _ = hits(tmp_path, **(gone.tables | {"claims": "\n".join(told)}))
    known = {hit["known_on"] for hit in found if hit["rule_id"] == gone.rule}
    assert known == {date(2024, 12, 20)}


@pytest.mark.parametrize(("as_of", "n"), [("2021-05-29", 0), ("2021-05-30", 1)])
def test_before_it_is_known_there_is_no_hit(tmp_path, as_of, n):
    assert len(hits(tmp_path, as_of=as_of, claims=AWAY)[0]) == n


def test_a_reversal_takes_the_hit_away_from_its_own_settlement_on(tmp_path):
    text = f"""{CLAIM} | visit_kind | reverses_claim_id
        c1 | p | A | 2024-04-20 | 2024-05-08 | 2024-05-09 | inpatient  |
        c2 | p | B | 2024-05-04 | 2024-05-04 | 2024-05-30 | outpatient |
        r2 | p | B | 2024-05-04 | 2024-05-04 | 2024-07-01 | outpatient | c2"""
    assert len(hits(tmp_path, as_of="2024-06-30", claims=text)[0]) == 1
    assert hits(tmp_path, as_of="2024-07-01", claims=text)[0] == []


@pytest.mark.parametrize(("served", "clause"), [("2021-04-30", None), ("2021-05-01", "38(3)")])
def test_no_clause_is_cited_for_a_day_on_which_it_was_not_in_force(tmp_path, served, clause):
    (hit,), _, _ = hits(
        tmp_path,
        claims=f"""{CLAIM}
            c1 | p | A | {served} | {served} | 2021-06-01""",
        claim_lines=f"""claim_id | item_code | served_at | unit_price
            c1 | x | {served} 09:00:00 | 2000""",
        items="""item_code | kind | price_cap
            x | drug | 1000""",
    )
    assert (hit["rule_id"], hit["clause"]) == ("R05.price_above_cap", clause)


def test_a_hit_that_began_before_the_law_cites_nothing(tmp_path):
    (hit,), _, report = hits(tmp_path, claims=AWAY)
    assert hit["clause"] is None
    counted = report["rules"]["R07.elsewhere_during_stay"]
    assert (counted["clause"], counted["hits_with_clause"]) == ("38(1)", 0)


def test_a_rule_of_conduct_that_the_law_does_not_name_says_so_in_the_figures(tmp_path):
    _, _, report = hits(tmp_path, claims=AWAY, providers="""provider_id | contracted_from
        A | 2020-01-01""")  # fmt: skip
    counted = report["rules"]["R20.outside_contract"]
    assert counted["clause"] is None
    assert counted["no_clause"][0].startswith("the Order does not name")


def test_moved_by_years_every_rule_cites_its_clause_after_the_law_and_none_before(
    asked_cases, tmp_path
):
    assert _clauses_cited(asked_cases.out) == {(rule.id, rule.clause) for rule in RULES}
    moved = [_moved(one, -4) for one in CASES]
    with engine() as opened:
        claims = Claims(opened, put_together(tmp_path / "claims", moved))
        find_hits(opened, claims, load(ASKED, cited=CITED), date(2020, 12, 31), tmp_path)
    assert _clauses_cited(tmp_path) == {(rule.id, None) for rule in RULES}


def _clauses_cited(out):
    """Every rule that has hits, with the clause of each."""
    rows = pq.read_table(out / "hits.parquet").to_pylist()
    return {(row["rule_id"], row["clause"]) for row in rows}


def _moved(one, years):
    """A case with all its days moved by four years, leap days and all."""
    tables = one.tables
    for year in range(2000, 2026):
        old, new = f"{year}-", f"<{year + years}>"
        tables = {name: text.replace(old, new) for name, text in tables.items()}
    clean = {n: t.replace("<", "").replace(">", "-") for n, t in tables.items()}
    return type(one)(one.rule, one.says, one.finds, clean, one.fen)


def test_a_hit_keeps_its_id_when_time_goes_on_and_other_claims_come(tmp_path):
    (one,), _, _ = hits(tmp_path, as_of="2021-05-30", claims=AWAY)
    more = (
        AWAY
        + """
    c3 | q | A | 2021-06-01 | 2021-06-02 | 2021-06-03 | outpatient"""
    )
    (other,), _, _ = hits(tmp_path, as_of="2021-12-31", claims=more)
    assert one["hit_id"] == other["hit_id"]
    assert len(one["hit_id"]) == 20


def test_a_rule_whose_columns_did_not_come_in_is_not_assessed_and_named(tmp_path):
    _, _, report = hits(tmp_path, claims=AWAY)
    assert report["not_assessed"]["R05.price_above_cap"] == [
        "claim_lines.item_code", "items.price_cap",
    ]  # fmt: skip
    assert "R05.price_above_cap" not in report["rules"]
    assert report["rules"]["R07.elsewhere_during_stay"]["hits"] == 1


def test_limits_of_the_overlay_stand_in_where_the_catalogue_is_silent(tmp_path):
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "sources.csv").write_text("source,title,note\nours,Notice 12,\n", encoding="utf-8")
    (folder / "items.csv").write_text(
        "item_code,valid_from,valid_to,price_cap_fen,sex_limit,age_min,age_max,diagnosis_limit,"
        "level_min,max_daily_quantity,bundle_of,minutes,source\n"
        "x,2024-03-02,,900,,,,,,,y,,ours\n",
        encoding="utf-8",
    )
    found, lines, report = hits(
        tmp_path, overlay=folder,
        claims=f"""{CLAIM}
            c1 | p | A | 2024-03-01 | 2024-03-02 | 2024-03-02""",
        claim_lines="""claim_id | line_no | item_code | served_at
            c1 | 1 | x | 2024-03-01 09:00:00
            c1 | 2 | x | 2024-03-02 09:00:00
            c1 | 3 | y | 2024-03-02 09:00:00""",
        items="""item_code | kind
            x | drug
            y | drug""",
    )  # fmt: skip
    assert {row["rule_id"] for row in found} == {"R05.price_above_cap", "R04.unbundled"}
    assert {row["line_no"] for row in lines} == {2, 3}
    assert "R09.quantity_above_daily_maximum" in report["not_assessed"]


def test_a_rule_that_knows_items_by_national_classes_is_not_assessed_where_others_are_billed(
    tmp_path,
):
    def asked(code: str) -> dict[str, list[str]]:
        _, _, report = hits(
            tmp_path / code,
            claims=f"""{CLAIM} | diagnosis_code
                c1 | p | A | 2024-03-01 | 2024-03-02 | 2024-03-02 | I10""",
            claim_lines=f"""claim_id | line_no | item_code | served_at
                c1 | 1 | {code} | 2024-03-01 09:00:00""",
            items=f"""item_code | kind
                {code} | drug""",
        )
        return report["not_assessed"]

    own, national = asked("17"), asked("XJ01DD04")
    assert own["R09.drip_for_a_cold"] == ["claim_lines.item_code (XJ01…)"]
    assert own["R08.dearer_goods"] == ["claim_lines.item_code (X|C…)"]
    assert "R09.services_above_peers" not in own
    assert "R09.drip_for_a_cold" not in national
    assert "R08.dearer_goods" not in national
    assert "R08.dearer_exam" in national


def test_without_any_rule_that_can_be_asked_the_tables_are_empty(tmp_path):
    with engine() as opened:
        claims = Claims(opened, draw_claims(tmp_path / "claims", claims=AWAY))
        report = find_hits(opened, claims, load(ASKED), date(2024, 12, 31), tmp_path, rules=())
    assert pq.read_table(tmp_path / "hits.parquet").num_rows == 0
    assert report["rules"] == {}


def test_the_bytes_do_not_depend_on_the_number_of_threads(asked_cases, asked_of_dates):
    """Nor on what is kept for other dates: one thread and one date here, three and two there."""
    names = sorted(path.name for path in asked_cases.out.iterdir())
    assert names == ["hit_lines.parquet", "hits.parquet"]
    for name in names:
        assert digest(asked_of_dates.out / name) == digest(asked_cases.out / name), name


def test_no_shared_table_is_computed_twice(asked_cases):
    made = asked_cases.made
    assert len(made) == len(set(made))
    assert {"claim", "line", "bundle", "supply", "stock", "pack"} <= set(made)
