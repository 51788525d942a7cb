"""The knowledge base: ours is whole, an overlay replaces by key, every fault names its place."""

import csv
from datetime import date
from hashlib import sha256

import ibis
import pytest

from feature_runs import engine
from fraudml.errors import ParamsError, StateError
from fraudml.monitor.catalogue import ASKED, CITED, RULES
from fraudml.monitor.knowledge.base import examine, load
from fraudml.monitor.law import order_735
from fraudml.monitor.law.order_735 import article_sha256, law_text, lines_of, words_of

THRESHOLD = "rule,name,value,unit,level,kind,valid_from,valid_to,source"
CLAUSE = "clause,valid_from,valid_to,words,article_sha256,source"
ITEM = (
    "item_code,valid_from,valid_to,price_cap_fen,sex_limit,age_min,age_max,diagnosis_limit,"
    "level_min,max_daily_quantity,bundle_of,minutes,source"
)
SOURCE = "source,title,note\nours,Notice 12 of the bureau,"
GAP = "R06.split_stay,gap_days"


def overlay(folder, **files):
    """A knowledge folder with these files; a source named ours is always there."""
    folder.mkdir()
    for name, text in {"sources": SOURCE, **files}.items():
        (folder / f"{name}.csv").write_text(text + "\n", encoding="utf-8")
    return folder


def faults(tmp_path, catalogue=None, **files):
    folder = overlay(tmp_path / "own", **files)
    return [str(one) for one in examine(ASKED, folder, catalogue=catalogue, cited=CITED)[1]]


def value(known, name, *, rule="R06.split_stay", level=None, kind=None, on=date(2024, 3, 1)):
    """A threshold as it comes out for one row."""
    row = ibis.memtable(
        {"level": [level], "provider_kind": [kind], "on": [on]},
        schema={"level": "int64", "provider_kind": "string", "on": "date"},
    )
    return row.mutate(v=known.values(rule).number(name, row, "on")).execute()["v"][0]


def cited(known, clause, day):
    """The clause as it is cited for an act of one day."""
    row = ibis.memtable({"on": [day]}, schema={"on": "date"})
    return row.mutate(c=known.clause_of(clause, row.on, row.on)).to_pyarrow()["c"][0].as_py()


def test_what_comes_with_the_program_has_no_fault():
    assert examine(ASKED, cited=CITED)[1] == []


def test_every_clause_of_the_knowledge_base_stands_in_the_law_word_for_word():
    entries = load(ASKED).entries["clauses"]
    assert len(entries) >= len(CITED)
    for entry in entries:
        assert entry["words"] in law_text()
        assert entry["words"] == words_of(entry["clause"])
        assert entry["article_sha256"] == article_sha256(entry["clause"])


def test_a_changed_word_of_the_law_is_noticed(monkeypatch):
    monkeypatch.setattr(order_735, "TEXT_SHA256", "0" * 64)
    law_text.cache_clear()
    with pytest.raises(StateError, match="Order 735"):
        law_text()
    monkeypatch.undo()
    assert law_text()


def test_an_article_that_is_not_there_has_no_lines():
    assert lines_of("51") == lines_of("38(8)") == lines_of("15(1)") == ()
    assert words_of("51") == ""


def test_an_overlay_takes_the_place_of_the_same_key_and_leaves_the_rest(tmp_path):
    known = load(
        ASKED, overlay(tmp_path / "own", thresholds=f"{THRESHOLD}\n{GAP},14,days,,,,,ours")
    )
    assert value(known, "gap_days") == 14
    assert value(known, "shrink", rule="R14.settled_over_stock") == 0.05


def test_the_most_particular_threshold_in_force_holds(tmp_path):
    known = load(ASKED, overlay(tmp_path / "own", thresholds=f"""{THRESHOLD}
{GAP},14,days,,,,,ours
{GAP},10,days,3,,,,ours
{GAP},5,days,3,hospital,2024-01-01,2024-12-31,ours"""))  # fmt: skip
    assert value(known, "gap_days") == value(known, "gap_days", level=2) == 14
    assert value(known, "gap_days", level=3) == 10
    assert value(known, "gap_days", level=3, kind="hospital") == 5
    assert value(known, "gap_days", level=3, kind="hospital", on=date(2025, 1, 1)) == 10


@pytest.mark.parametrize(
    ("row", "what", "remedy"),
    [
        ("R06.splitstay,gap_days,7,days,,,,,ours", "is no rule", "R06.split_stay"),
        ("R06.split_stay,gap,7,days,,,,,ours", "no threshold of R06", "gap_days"),
        (f"{GAP},seven,days,,,,,ours", "'seven' is not a whole number", "Correct the value"),
        (f"{GAP},7.5,days,,,,,ours", "'7.5' is not a whole number", "Correct the value"),
        (f"{GAP},{'9' * 15},days,,,,,ours", "is not a whole number", "Correct the value"),
        (f"{GAP},{'9' * 5000},days,,,,,ours", "999…. Correct", "Correct the value"),
        *((f"R14.settled_over_stock,shrink,{value},share,,,,,ours", "not a share", "Correct")
          for value in ("0_1", "+0.5", "０.5", "1e400", "nan", "-0.1", "0x0")),
        (f"{GAP},7,weeks,,,,,ours", "counted in days, not in 'weeks'", "in days"),
        ("R14.settled_over_stock,shrink,5,share,,,,,ours", "not a share from 0 to 1", "Correct"),
        (f"{GAP},7,days,,,,,", "source is empty", "sources.csv"),
        (f"{GAP},7,days,,,,,theirs", "'theirs' is not in sources.csv", "Add a row there"),
        (f"{GAP},7,days,4,,,,ours", "level = '4' is not allowed", "0, 1, 2, 3"),
        (f"{GAP},7,days,,,2024-02-30,,ours", "'2024-02-30' is not a date", "Correct valid_from"),
        (f"{GAP},7,days,,,2024-W01-1,,ours", "'2024-W01-1' is not a date", "Correct valid_from"),
        (f"{GAP},7,days,,,2024-02-03,2024-01-01,ours", "valid_to is earlier", "Exchange"),
        (f"{GAP},7,days,,,,2024-06-30,ours\n{GAP},8,days,,,2024-06-30,,ours",
         "same days as line 2", "valid_to on the day before"),
        (f"{GAP},7,days,,,2024-01-01,,ours", "for everybody on the days before 2024-01-01",
         "leave valid_from empty"),
        (f"{GAP},7,days,,,,2024-06-30,ours\n{GAP},8,days,,,2024-07-02,,ours",
         "no value for everybody on the days before 2024-07-02", "Add a row"),
        (f"{GAP},7,days,,,,2024-06-30,ours", "for everybody after 2024-06-30", "valid_to empty"),
        ("R06.split_stay,staged_diagnoses,Z51,codes,3,,,,ours", "one list for everybody", "empty"),
        (f"{GAP},7,days", "too many or too few cells", "quotation marks"),
    ],
)  # fmt: skip
def test_a_broken_threshold_is_named_with_file_line_and_remedy(tmp_path, row, what, remedy):
    found = faults(tmp_path, thresholds=f"{THRESHOLD}\n{row}")
    last = 1 + len(row.splitlines())
    told = [one for one in found if what in one and remedy in one]
    assert told and told[0].startswith(f"own/thresholds.csv:{last}: "), found


def test_an_overlay_that_leaves_a_key_without_a_general_value_is_a_fault(tmp_path):
    known, wrong = examine({("R06.split_stay", "another"): "days"})
    assert any("R06.split_stay has no another" in str(one) for one in wrong)
    assert known.entries["thresholds"]


def test_an_item_that_did_not_come_in_is_a_fault_only_where_the_catalogue_is_known(tmp_path):
    row = f"{ITEM}\nx,,,100,,,,,,,y,,ours"
    (tmp_path / "one").mkdir()
    assert faults(tmp_path, items=row) == []
    assert [one.split(". ")[0] for one in faults(tmp_path / "one", ["x"], items=row)] == [
        "own/items.csv:2: the item y is not in the catalogue that came in"
    ]


def test_age_limits_that_cross_are_a_fault(tmp_path):
    (found,) = faults(tmp_path, items=f"{ITEM}\nx,,,,,60,12,,,,,,ours")
    assert found.startswith("own/items.csv:2: age_min is above age_max")


def test_a_clause_whose_words_are_not_the_laws_is_a_fault(tmp_path):
    row = f"38(1),2021-05-01,,（一）分解住院；,{article_sha256('38(1)')},order_735"
    (found,) = faults(tmp_path, clauses=f"{CLAUSE}\n{row}")
    assert found.startswith("own/clauses.csv:2: the words are not those of clause 38(1)")


def test_a_clause_that_the_law_does_not_have_is_a_fault(tmp_path):
    (found,) = faults(tmp_path, clauses=f"{CLAUSE}\nforty,,,words,0,order_735")
    assert found.startswith("own/clauses.csv:2: the words are not those of clause forty")


def test_a_digest_that_is_not_the_articles_is_a_fault_and_the_right_one_is_said(tmp_path):
    row = f"38(1),2021-05-01,,{words_of('38(1)')},0,order_735"
    (found,) = faults(tmp_path, clauses=f"{CLAUSE}\n{row}")
    assert f"Write {article_sha256('38(1)')}" in found


def test_another_jurisdiction_ends_our_clause_and_adds_its_own(tmp_path):
    digest, words = sha256(b"the words").hexdigest(), words_of("38(1)")
    known = load(ASKED, overlay(tmp_path / "own", clauses=f"""{CLAUSE}
38(1),2021-05-01,2022-12-31,{words},{article_sha256('38(1)')},order_735
L-7,2023-01-01,,the words,{digest},ours"""))  # fmt: skip
    last, first = date(2022, 12, 31), date(2023, 1, 1)
    assert (cited(known, "38(1)", last), cited(known, "38(1)", first)) == ("38(1)", None)
    assert (cited(known, "L-7", last), cited(known, "L-7", first)) == (None, "L-7")


def test_a_cited_clause_that_the_base_does_not_have_is_a_fault():
    assert "clause 99 is cited" in str(examine(ASKED, cited=("99",))[1][0])


@pytest.mark.parametrize(
    ("name", "text", "what"),
    [
        ("threshold", THRESHOLD, "own/threshold.csv: no knowledge file has this name. Save"),
        ("thresholds", THRESHOLD.replace("value", "amount"), "'amount' is no column of it"),
        ("thresholds", THRESHOLD.replace(",unit", ""), "the column unit is missing"),
        ("thresholds", f"{THRESHOLD},value", "the column 'value' is there twice"),
        ("thresholds", f"{THRESHOLD}\n{'x' * 200_000}", "thresholds.csv:1: a cell is too long"),
        ("sources", f"{SOURCE}\nours,again,", "the source ours stands here twice"),
    ],
)
def test_a_file_that_is_not_of_its_form_is_a_fault(tmp_path, name, text, what):
    before = csv.field_size_limit(131_072)  # Python's own; tests of ingest raise it
    try:
        assert any(what in one for one in faults(tmp_path, **{name: text}))
    finally:
        csv.field_size_limit(before)


def test_a_file_that_is_not_utf_8_and_a_folder_that_is_not_there_are_faults(tmp_path):
    folder = overlay(tmp_path / "own")
    (folder / "thresholds.csv").write_bytes("限".encode("gb18030"))
    assert "not UTF-8" in str(examine(ASKED, folder)[1][0])
    assert f"{tmp_path}/none: there is no such folder. Name a folder with clauses.csv" in str(
        examine(ASKED, tmp_path / "none")[1][0]
    )


def test_a_folder_that_changes_nothing_is_a_fault_since_another_was_meant(tmp_path):
    (tmp_path / "README.md").write_text("values of the agency, in another folder")
    (fault,) = examine(ASKED, tmp_path, cited=CITED)[1]
    assert "no row of a knowledge file stands there. Name a folder with clauses.csv" in str(fault)


@pytest.mark.parametrize(
    "name",
    ["thresholds.xlsx", "thresholds.csv.gz", "Thresholds.CSV", "thresholds.txt", "items.parquet"],
)
def test_a_file_that_nobody_would_read_is_a_fault_and_notes_are_none(tmp_path, name):
    folder = overlay(tmp_path / "own")
    for note in ("README.md", "readme.txt", ".items.csv.swp", "_old.csv", "minutes.pdf"):
        (folder / note).write_text("about")
    assert examine(ASKED, folder, cited=CITED)[1] == []
    (folder / name).write_text("x")
    (found,) = examine(ASKED, folder, cited=CITED)[1]
    assert str(found).startswith(f"own/{name}: no knowledge file has this name. Save it as CSV")


def test_a_folder_in_place_of_a_file_is_a_fault(tmp_path):
    (overlay(tmp_path / "own") / "items.csv").mkdir()
    assert "own/items.csv: this is no file" in str(examine(ASKED, tmp_path / "own")[1][0])


def test_a_broken_overlay_is_refused_with_its_first_fault_and_the_number_of_others(tmp_path):
    rows = f"{THRESHOLD}\n{GAP},seven,days,,,,,ours\n{GAP},8,days,,,,,ours"
    with pytest.raises(ParamsError, match=r"own/thresholds.csv:\d: .* 1 more: fraudml knowledge"):
        load(ASKED, overlay(tmp_path / "own", thresholds=rows))


def test_every_rule_says_why_it_has_no_clause_and_only_then():
    for rule in RULES:
        assert (rule.clause is None) == (rule.no_clause is not None), rule.id
        assert all(rule.words) and all(rule.amount) and rule.exceptions


def test_the_rules_names_are_their_typologies_and_stand_once():
    ids = [rule.id for rule in RULES]
    assert len(set(ids)) == len(ids)
    assert {rule.typology for rule in RULES} <= {f"T{n:02d}" for n in range(1, 26)}


def test_no_rule_needs_a_column_that_the_contract_does_not_have(tmp_path):
    from fraudml.claims.accepted import Claims
    from tables import draw_claims

    drawn = draw_claims(tmp_path / "claims", claims="""patient_id | provider_id | admitted_on
        p | A | 2024-03-01""")  # fmt: skip
    with engine() as opened:
        claims = Claims(opened, drawn)
        assert all(claims.missing(rule.needs) is not None for rule in RULES)
