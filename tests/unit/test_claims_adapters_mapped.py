"""The mapped adapter: each operation on a small table, each refusal, each kind of dirty row."""

import gzip
import json

import pandas as pd
import pytest

from adapter_cases import accepted, rows, table
from fraudml.claims.adapters import adapt
from fraudml.errors import ContractError, ParamsError
from mapped_cases import HEAD, MAP, VISITS, changed, run, source_of, written

NAMES = HEAD.strip().split(",")
CLAIM = ("tables", "claims", "columns")


def test_plain_columns_make_a_folder_that_ingest_accepts_whole(tmp_path):
    report = run(tmp_path, MAP, visits__csv=VISITS)
    assert report["rows"] == {"providers": 1, "patients": 2, "claims": 2}
    assert report["as_of"] == "2024-01-06"
    assert json.loads((tmp_path / "raw" / "adapter.json").read_text()) == report
    names = sorted(p.name for p in (tmp_path / "raw").iterdir())
    assert names == ["adapter.json", "claims.parquet", "patients.parquet", "providers.parquet"]
    assert accepted(tmp_path / "raw", tmp_path)["quarantined_rows"] == 0


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_any_encoding_gives_the_same_tables(tmp_path, encoding):
    content = changed("sources", "visits", "blank", ["无"])
    text = (HEAD + "单1,张三,医院㐀,20240105,1,无\n").encode(encoding)
    run(tmp_path, content, visits__csv=text)
    assert table(tmp_path / "raw", "claims")["单1"]["provider_id"] == "医院㐀"
    assert table(tmp_path / "raw", "patients")["张三"]["sex"] == ""


def test_parts_in_csv_gzip_and_parquet_are_one_source(tmp_path):
    third = pd.DataFrame([["C3", "P1", "H2", "2024-01-07", "1.00", None]], columns=NAMES)
    third.to_parquet(tmp_path / "third.parquet")
    report = run(
        tmp_path,
        MAP,
        visits_1__csv=VISITS,
        visits_2__csv__gz=gzip.compress((HEAD + "C4,P1,H2,2024-01-08,1,M\n").encode()),
        visits_3__parquet=(tmp_path / "third.parquet").read_bytes(),
    )
    assert report["rows"] == {"providers": 2, "patients": 2, "claims": 4}
    assert [claim["claim_id"] for claim in rows(tmp_path / "raw", "claims")] == [
        "C1",
        "C2",
        "C4",
        "C3",
    ]


def test_ids_formulas_markup_and_paths_pass_as_they_stand(tmp_path):
    odd = ["0001", "=1+1", "<b>x</b>", "../../etc", "1.1E+17", "O'Brien", 'say "x"', "a|b", "-"]
    text = HEAD + "".join(
        f'"{one.replace(chr(34), chr(34) * 2)}",P1,H1,20240105,1,M\n' for one in odd
    )
    run(tmp_path, MAP, visits__csv=text)
    assert [claim["claim_id"] for claim in rows(tmp_path / "raw", "claims")] == odd
    assert sorted(p.name for p in tmp_path.iterdir()) == ["raw", "small.yaml", "source"]


def test_a_column_that_no_table_reads_may_stand_twice_and_hold_anything(tmp_path):
    text = b"x," + HEAD.strip().encode() + b',x\n\xff,C1,P1,H1,20240105,1,M,"a\nb"\n'
    report = run(tmp_path, MAP, visits__csv=text)
    assert report["left_out"] == ["visits.x"]
    assert accepted(tmp_path / "raw", tmp_path)["quarantined_rows"] == 0


def test_a_newline_within_quotes_belongs_to_its_cell_and_not_to_the_rows(tmp_path):
    report = run(tmp_path, MAP, visits__csv=VISITS.replace("P2", '"P\n2"'))
    assert (report["rows"]["claims"], report["sources"]["visits"]["wrong_fields"]) == (2, 0)
    assert rows(tmp_path / "raw", "claims")[1]["patient_id"] == "P\n2"


def value_of(tmp_path, column: str, cell: object, head: str, line: str) -> str:
    """What one claims column becomes from one source row with further columns."""
    text = f"{HEAD.strip()},{head}\nC1,P1,H1,20240105,1,M,{line}\n"
    run(tmp_path, changed(*CLAIM, column, cell), visits__csv=text)
    return rows(tmp_path / "raw", "claims")[0][column]


@pytest.mark.parametrize(
    ("written_as", "pattern", "becomes"),
    [
        ("20240131", "YYYYMMDD", "2024-01-31"),
        ("2024/1/5", "YYYY/M/D", "2024-01-05"),
        ("2024年1月5日", "YYYY年M月D日", "2024-01-05"),
        ("2024-01-05 08:09:10", "YYYY-MM-DD hh:mm:ss", "2024-01-05"),
        ("05.01.2024", "DD.MM.YYYY", "2024-01-05"),
        ("2024-02-30", "YYYY-MM-DD", "2024-02-30"),
        ("20240131", "YYYY/M/D", "20240131"),
        ("soon", "YYYYMMDD", "soon"),
        ("", "YYYYMMDD", ""),
    ],
)
def test_a_date_is_turned_round_and_one_in_another_form_stays(
    tmp_path, written_as, pattern, becomes
):
    cell = {"column": "d", "date": [pattern]}
    assert value_of(tmp_path, "admitted_on", cell, "d", written_as) == becomes


@pytest.mark.parametrize(
    ("written_as", "pattern", "becomes"),
    [
        ("2024/1/5 8:09", "YYYY/M/D h:mm", "2024-01-05 08:09:00"),
        ("20240105", "YYYYMMDD", "2024-01-05 00:00:00"),
        ("2024-01-05T08:09:10.123", "YYYY-MM-DDThh:mm:ss.f", "2024-01-05 08:09:10"),
    ],
)
def test_a_time_is_turned_round_and_a_day_alone_begins_at_midnight(
    tmp_path, written_as, pattern, becomes
):
    cell = {"column": "d", "date": pattern}
    assert value_of(tmp_path, "uploaded_at", cell, "d", written_as) == becomes


@pytest.mark.parametrize(
    ("cell", "line", "becomes"),
    [
        ({"column": "a", "money": "yuan"}, '"1,234,567.80",', "1234567.80"),
        ({"column": "a", "money": "yuan"}, "￥12.5,", "12.5"),
        ({"column": "a", "money": "yuan"}, '"1,2",', "1,2"),
        ({"column": "a", "money": "yuan"}, "1e+05,", "1e+05"),
        ({"column": "a", "money": "fen"}, "123456,", "1234.56"),
        ({"column": "a", "money": "fen"}, "-5,", "-0.05"),
        ({"column": "a", "money": "fen"}, "12.5,", "12.5 fen"),
        ({"column": "a", "money": "yuan", "rounded": True}, "0.125,", "0.13"),
        ({"column": "a", "money": "yuan", "rounded": True}, "-0.125,", "-0.13"),
        ({"column": "a", "money": "yuan", "rounded": True}, "12.5000,", "12.5000"),
        ({"column": "a", "money": "yuan"}, "0.125,", "0.125"),
        ({"sum": ["a", "b"], "money": "yuan"}, "0.1,0.2", "0.30"),
        ({"sum": ["a", "b"], "money": "fen"}, "10,5", "0.15"),
        ({"sum": ["a", "b"], "money": "yuan"}, "0.125,1", "1.125"),
        ({"sum": ["a", "b"], "money": "yuan"}, ",1", "1.00"),
        ({"sum": ["a", "b"], "money": "yuan"}, ",", ""),
        ({"sum": ["a", "b"], "money": "yuan"}, "much,1", "much"),
        ({"sum": ["a"], "minus": ["b"], "money": "yuan"}, "1,3.5", "-2.50"),
        ({"sum": ["a"], "minus": ["b"], "money": "yuan"}, "1,x", "x"),
        ({"product": ["a", "b"]}, "12.3456,3", "37.04"),
        ({"product": ["a", "b"]}, "-0.005,1", "-0.01"),
        ({"product": ["a", "b"]}, "2,", ""),
        ({"product": ["a", "b"]}, "2,x", "x"),
        (
            {"product": ["a", "b"]},
            "9999999999.99999999,9999999999.99999999",
            "99999999999999999800.00",
        ),
        ({"product": ["a", "b"]}, "99999999999999,2", "99999999999999 x 2"),
        ({"column": "a", "money": "yuan", "if_blank": "0.00"}, ",", "0.00"),
    ],
)
def test_money_is_exact_or_stays_what_cannot_be_read(tmp_path, cell, line, becomes):
    assert value_of(tmp_path, "total_amount", cell, "a,b", line) == becomes


@pytest.mark.parametrize(
    ("column", "cell", "line", "becomes"),
    [
        ("drg_code", {"first_of": ["nowhere", "a", "b"]}, ",x", "x"),
        ("drg_code", {"joined": ["a", "b"], "between": "-"}, "1,2", "1-2"),
        ("drg_code", {"joined": ["a", "b"], "between": "-"}, "1,", ""),
        ("drg_code", {"column": "a", "pad": 5}, "17,", "00017"),
        ("drg_code", {"column": "a", "pad": 2}, "12345,", "12345"),
        ("drg_code", {"column": "a", "pad": 5}, "x7,", "x7"),
        ("secondary_diagnoses", {"list_of": ["a", "b"]}, "I10,E11", "I10|E11"),
        ("secondary_diagnoses", {"list_of": ["a", "b"]}, ",E11", "E11"),
        ("secondary_diagnoses", {"list_of": ["a", "b"]}, ",", ""),
        ("secondary_diagnoses", {"column": "a", "split": ";、"}, "I10;E11、J18,", "I10|E11|J18"),
        ("visit_kind", {"column": "a", "values": {"1": "inpatient"}}, "1,", "inpatient"),
        ("visit_kind", {"column": "a", "values": {"1": "inpatient"}}, "7,", "7"),
        ("visit_kind", {"column": "a", "values": {"1": "x"}, "others": "blank"}, "7,", ""),
        ("visit_kind", {"column": "a", "if_blank": "chronic"}, ",", "chronic"),
    ],
)
def test_text_is_found_and_changed_as_the_map_says(tmp_path, column, cell, line, becomes):
    assert value_of(tmp_path, column, cell, "a,b", line) == becomes


LINES = "no,line,day,price\nC1,x,20240105,1.10\nC2,y,20240107,5\nC1,z,20240103,2.20\n"
FROM_LINES = changed("sources", "lines", {"files": ["lines.csv"]})
FROM_LINES["tables"]["claim_lines"] = {
    "from": "lines",
    "columns": {
        "claim_id": "no",
        "line_no": {"number_within": "no"},
        "item_code": "line",
        "served_at": {"column": "day", "date": "YYYYMMDD"},
        "quantity": {"constant": "1"},
        "unit_price": {"column": "price", "money": "yuan"},
        "amount": {"column": "price", "money": "yuan"},
    },
}
FROM_LINES["tables"]["claims"] = {
    "from": "lines",
    "one_row_per": "claim_id",
    "columns": {
        **MAP["tables"]["claims"]["columns"],
        "claim_id": "no",
        "patient_id": {"constant": "P1"},
        "provider_id": {"constant": "H1"},
        "admitted_on": {"column": "day", "date": "YYYYMMDD", "take": "min"},
        "discharged_on": {"column": "day", "date": "YYYYMMDD", "take": "max"},
        "settled_on": {"column": "day", "date": "YYYYMMDD", "take": "last"},
        "total_amount": {"column": "price", "money": "yuan", "take": "sum"},
        "fund_amount": {"column": "price", "money": "yuan", "take": "first"},
    },
}


def test_claims_made_of_their_lines_take_first_last_min_max_and_sum(tmp_path):
    report = run(tmp_path, FROM_LINES, visits__csv=VISITS, lines__csv=LINES)
    first = table(tmp_path / "raw", "claims")["C1"]
    assert (first["admitted_on"], first["discharged_on"]) == ("2024-01-03", "2024-01-05")
    assert (first["settled_on"], first["fund_amount"]) == ("2024-01-03", "1.10")
    assert first["total_amount"] == "3.30"
    assert report["tables"]["claims"]["contradicting_keys"] == {"fund_amount": 1, "settled_on": 1}
    lines = [(x["claim_id"], x["line_no"]) for x in rows(tmp_path / "raw", "claim_lines")]
    assert lines == [("C1", "1"), ("C2", "1"), ("C1", "2")]
    assert report["invented"]["claim_lines.served_at"].startswith("00:00:00")


def test_an_unreadable_cell_wins_over_a_sum_or_a_minimum_so_that_ingest_sees_it(tmp_path):
    text = LINES + "C1,w,someday,much\n,v,20240101,7\n"
    report = run(tmp_path, FROM_LINES, visits__csv=VISITS, lines__csv=text)
    first = table(tmp_path / "raw", "claims")["C1"]
    assert (first["admitted_on"], first["total_amount"]) == ("someday", "much")
    assert report["tables"]["claims"]["without_key"] == 1
    taken = accepted(tmp_path / "raw", tmp_path)["tables"]
    assert (taken["claims"]["rows_in"], taken["claims"]["accepted"]) == (2, 1)
    assert (taken["claim_lines"]["rows_in"], taken["claim_lines"]["accepted"]) == (5, 1)


@pytest.mark.parametrize(
    ("where", "left"),
    [
        ({"sex": {"one_of": ["M"]}}, ["C1"]),
        ({"sex": {"not_one_of": ["M"]}}, ["C2", "C3"]),
        ({"sex": {"one_of": ["M", "F"]}, "day": {"one_of": "20240106"}}, ["C2"]),
    ],
)
def test_rows_left_out_by_where_are_counted(tmp_path, where, left):
    content = changed("tables", "claims", "where", where)
    content["tables"]["claims"]["columns"]["settled_on"] = {"constant": "2024-01-05"}
    text = VISITS + "C3,P2,H1,20240107,1,\n"
    report = run(tmp_path, content, visits__csv=text)
    assert [claim["claim_id"] for claim in rows(tmp_path / "raw", "claims")] == left
    account = report["tables"]["claims"]
    assert account == {"source_rows": 3, "not_taken": 3 - len(left), "written": len(left)}


def test_rows_that_cannot_be_read_pass_empty_are_counted_and_set_aside(tmp_path):
    text = (VISITS + "C3,P1,H1\nC4,P1,H1,20240107,1,M,more\n").encode()
    text += b"C5,P\xff1,H1,20240107,1,M\nC6,P1,H1,20240108,1,M\n"
    content = changed("tables", "claims", "where", {"sex": {"one_of": ["M", "F"]}})
    report = run(tmp_path, content, visits__csv=text)
    told = report["sources"]["visits"]
    assert (told["rows"], told["wrong_fields"], told["undecodable"]) == (6, 2, 1)
    assert told["first_unreadable"] == "visits.csv row 3"
    assert told["lines_of_wrong_fields"] == 2
    assert report["tables"]["claims"] == {"source_rows": 6, "not_taken": 0, "written": 6}
    assert report["tables"]["providers"]["without_key"] == 3
    taken = accepted(tmp_path / "raw", tmp_path)["tables"]["claims"]
    assert (taken["rows_in"], taken["accepted"], taken["quarantined_rows"]) == (6, 3, 3)
    assert taken["quarantined"]["missing:claims.claim_id"] == 3


def test_the_report_tells_what_was_rounded_emptied_absent_and_left_out(tmp_path):
    content = changed(*CLAIM, "total_amount", {"column": "total", "money": "yuan", "rounded": True})
    content["tables"]["patients"]["columns"]["sex"] |= {"values": {"M": "M"}, "others": "blank"}
    content["tables"]["patients"]["columns"]["region_code"] = {"column": "town", "optional": True}
    content["tables"]["practitioners"] = {
        "from": "visits",
        "optional": "true",
        "one_row_per": ["practitioner_id", "provider_id"],
        "columns": {
            "practitioner_id": "doctor",
            "provider_id": "hospital",
            "registered_from": {"column": "day", "date": "YYYYMMDD", "take": "min"},
        },
    }
    content["sources"]["visits"]["count_filled"] = ["refused"]
    text = f"{HEAD.strip()},refused,remark\nC1,P1,H1,20240105,1.005,F,yes,\n"
    report = run(tmp_path, content, visits__csv=text)
    assert report["tables"]["claims"]["rounded"] == {"total_amount": 1}
    assert report["tables"]["patients"]["emptied"] == {"sex": 1}
    assert report["absent"] == ["patients.region_code", "practitioners"]
    assert report["left_out"] == ["visits.refused (1 cells filled)", "visits.remark"]
    assert report["invented"] == {
        "claims.patient_amount": "'0.00' for every row",
        "claims.visit_kind": "'outpatient' for every row",
    }
    assert "M = M, all else empty" in report["derived"]["patients.sex"]


BAD_MAPS = [
    (changed("tabels", {}), "tabels is not a key of a field map; did you mean tables"),
    (changed("tables", "claim", {}), "tables.claim.from is missing"),
    (changed(*CLAIM, "claim_idd", "no"), "claim_idd is no column of claims; did you mean claim_id"),
    (changed(*CLAIM, "admitted_on", {"colum": "day"}), "did you mean column"),
    (changed(*CLAIM, "admitted_on", "day"), "admitted_on is a date: say how it is written"),
    (changed(*CLAIM, "total_amount", "total"), "say money: yuan or money: fen"),
    (changed(*CLAIM, "total_amount", {"column": "total", "money": "wan"}), "money"),
    (changed(*CLAIM, "claim_id", {"column": "no", "constant": "1"}), "exactly one of"),
    (changed(*CLAIM, "claim_id", {"column": "no", "optional": True}), "cannot be optional"),
    (changed(*CLAIM, "claim_id", {"column": "no", "take": "last"}), "take needs one_row_per"),
    (changed(*CLAIM, "claim_id", {"column": "no", "date": "YYYYMMDD"}), "is no date"),
    (changed(*CLAIM, "claim_id", {"sum": ["no"], "money": "yuan"}), "is not money"),
    (changed(*CLAIM, "admitted_on", {"column": "day", "date": "YYYYMM"}), "name a whole day"),
    (changed(*CLAIM, "admitted_on", {"column": "day", "date": "YYYYMMDDDD"}), "the day twice"),
    (changed(*CLAIM, "drg_code", {"product": ["a"]}), "product takes two columns"),
    (changed(*CLAIM, "drg_code", {"column": "a", "minus": ["b"]}), "minus goes with sum"),
    (changed(*CLAIM, "drg_code", {"column": "a", "others": "blank"}), "others goes with values"),
    (changed("tables", "claims", "from", "visit"), "'visit' is no source; did you mean visits"),
    (changed("tables", "claims", "where", {"sex": {}}), "either one_of or not_one_of"),
    (changed("tables", "claims", "optional", True), "required by the contract"),
    (changed("tables", "patients", "one_row_per", ["sex"]), "a key cannot be"),
    (changed("tables", "patients", "one_row_per", ["sx"]), "'sx' is no column here; did you mean"),
    (
        changed("tables", "patients", "columns", "sex", {"number_within": "no"}),
        "does not go with one_row_per",
    ),
    (
        changed("tables", "patients", "columns", "sex", {"column": "a", "take": "sum"}),
        "adds up money only",
    ),
    (changed("sources", "more", {"files": ["x"]}), "sources.more is read by no table"),
    (changed("sources", "visits", "files", ["../*.csv"]), "below the source folder"),
    (changed("sources", "visits", "files", ["/etc/*"]), "below the source folder"),
    (changed("sources", "visits", "files", ["."]), "below the source folder"),
    (changed("sources", "visits", "files", ["a**/*.csv"]), "must stand alone between slashes"),
    (changed("sources", "visits", "files", ["v" * 256]), "a name of more than 255 bytes"),
    (changed("sources", "visits", "delimiter", "||"), "delimiter"),
    (changed("sources", "visits", "delimiter", '"'), "delimiter: one ASCII character"),
    (changed("sources", "visits", "delimiter", "，"), "delimiter: one ASCII character"),
    ({k: v for k, v in MAP.items() if k != "sources"}, "sources is missing"),
    ({**MAP, "tables": {"patients": MAP["tables"]["patients"]}}, "the contract requires it"),
    (changed("tables", "claimz", MAP["tables"]["claims"]), "did you mean claims"),
    ("a sentence", "expected says, sources and tables"),
]


@pytest.mark.parametrize(("content", "says"), BAD_MAPS, ids=[says for _, says in BAD_MAPS])
def test_a_map_that_is_wrong_is_refused_by_file_and_key(tmp_path, content, says):
    with pytest.raises(ParamsError, match=says) as refusal:
        run(tmp_path, content, visits__csv=VISITS)
    assert str(refusal.value).startswith("small.yaml: ") and "\n" not in str(refusal.value)
    assert not (tmp_path / "raw").exists()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("says: x\nsays: y\n", "the key 'says' stands there twice"),
        ("says: [", "not YAML: line 1, column 8: "),
        ("says: x\0", "not YAML: it holds a character that no text has"),
        ("says: x\n" + (5 << 20) * "#", "larger than 4 MB, so no field map"),
        ("says: !!python/object/apply:os.system [ls]\n", "says"),
    ],
)
def test_a_map_is_read_as_plain_text_and_never_runs_anything(tmp_path, text, says):
    (tmp_path / "odd.yaml").write_text(text)
    with pytest.raises(ParamsError, match=says):
        adapt("mapped", source_of(tmp_path), tmp_path / "raw", field_map=str(tmp_path / "odd.yaml"))


def test_a_file_of_persons_given_as_the_map_is_not_quoted(tmp_path):
    (tmp_path / "list.csv").write_text("name: 张三: 330106195002280042\n")
    with pytest.raises(ParamsError, match="not YAML: line 1, column 9") as refusal:
        adapt("mapped", source_of(tmp_path), tmp_path / "raw", field_map=f"{tmp_path}/list.csv")
    assert "张三" not in str(refusal.value) and "3301" not in str(refusal.value)


def test_an_unknown_map_is_refused_with_the_nearest_shipped_one(tmp_path):
    with pytest.raises(ParamsError, match=r"did you mean fee_detail\.zh\.yaml"):
        adapt("mapped", source_of(tmp_path), tmp_path / "raw", field_map="fee_details.zh.yaml")
    with pytest.raises(ParamsError, match="no such file and no shipped map"):
        adapt("mapped", source_of(tmp_path), tmp_path / "raw", field_map="x" * 5000)


def test_the_same_source_and_map_give_the_same_bytes(tmp_path):
    run(tmp_path, FROM_LINES, visits__csv=VISITS, lines__csv=LINES)
    first = {p.name: p.read_bytes() for p in (tmp_path / "raw").iterdir()}
    run(tmp_path, FROM_LINES, visits__csv=VISITS, lines__csv=LINES)
    assert {p.name: p.read_bytes() for p in (tmp_path / "raw").iterdir()} == first


FLOATS = pd.DataFrame([[1.5, "P1", "H1", "20240105", "1", "M"]], columns=NAMES)

BAD_SOURCES = [
    ({}, "sources.visits.files: no file in .* is called visits"),
    ({"visits__csv": ""}, "the file is empty"),
    ({"visits__csv": "\n"}, "no column names"),
    ({"visits__csv": HEAD}, "visits.csv holds no rows"),
    (
        {"visits__csv": "no,persons,hospital,day,total\n1,2,3,4,5\n"},
        "reads the column 'person', which visits.csv does not have. Write 'persons' in the map",
    ),
    ({"visits__csv": HEAD.replace(",", ";")}, "take titles off above the header, or set delimit"),
    ({"visits__csv": VISITS.replace("0,", "0,,")}, "not one of 2 rows of visits.csv has as many"),
    ({"visits__csv": "no,no,person,hospital,day,total\n1,2,3,4,5,6\n"}, "'no' is there 2 times"),
    (
        {"visits__csv": HEAD + 'C1,"P1,H1,20240105,1,M\n' + 200 * VISITS},
        "row 1 opens a quotation mark that is never closed",
    ),
    (
        {"visits__csv": VISITS + 'C3,P1,H1,20240105,1,"M\n' + VISITS},
        "row 3 opens a quotation mark that is never closed",
    ),
    ({"visits_1__csv": VISITS, "visits_2__csv": VISITS}, "visits_1.csv and visits_2.csv are the"),
    (
        {"visits__csv": VISITS, "visits__csv__gz": gzip.compress(VISITS.encode())},
        "visits.csv and visits.csv.gz are the same table twice",
    ),
    ({"visits__csv": VISITS, "visits\udcff__csv": VISITS}, "is no name to print. Rename it"),
    ({"visits__csv": 'no,"per\nson"\n1,2\n'}, "the header does not end with the first line"),
    ({"visits__csv": HEAD + "C1,P1,H1,some day,1,M\n"}, "not one of 1 dates is written YYYY"),
    ({"visits__csv": b"PK\x03\x04 xlsx"}, "a zip archive or an Excel workbook"),
    ({"visits__csv__gz": gzip.compress(VISITS.encode())[:-9]}, "gzip file is truncated"),
    ({"visits__csv__gz": b"no gzip"}, "gzip file is truncated or damaged"),
    ({"visits__parquet": b"PAR1 and no more"}, "not a readable parquet file"),
    ({"visits__parquet": FLOATS.to_parquet()}, "the column no is a number with decimals"),
]


@pytest.mark.parametrize(("files", "says"), BAD_SOURCES, ids=[says for _, says in BAD_SOURCES])
def test_a_source_that_does_not_fit_the_map_is_refused_in_one_line(tmp_path, files, says):
    with pytest.raises(ContractError, match=says) as refusal:
        run(tmp_path, MAP, **files)
    assert "\n" not in str(refusal.value)
    assert not (tmp_path / "raw").exists()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["small.yaml", "source"]


def test_a_link_that_leads_nowhere_is_not_passed_over(tmp_path):
    (source_of(tmp_path, visits__csv=VISITS) / "visits_2.csv").symlink_to(tmp_path / "gone")
    with pytest.raises(ContractError, match=r"visits_2\.csv: not a file \(a link that leads"):
        run(tmp_path, MAP)


def test_a_folder_of_parts_is_not_passed_over(tmp_path):
    (source_of(tmp_path, visits__csv=VISITS) / "visits_2.parquet").mkdir()
    with pytest.raises(ContractError, match=r"visits_2\.parquet is a folder. Name the parts in it"):
        run(tmp_path, MAP)


def test_the_parts_of_such_a_folder_are_read_where_the_map_names_them(tmp_path):
    parts = source_of(tmp_path) / "visits.csv"
    parts.mkdir()
    (parts / "1.csv").write_text(VISITS)
    for pattern in ("**/*.csv", "visits.csv/*"):
        report = run(tmp_path, changed("sources", "visits", "files", [pattern]))
        assert report["sources"]["visits"]["files"] == ["visits.csv/1.csv"]


def test_months_without_rows_are_alike_and_no_table_twice(tmp_path):
    report = run(tmp_path, MAP, visits_1__csv=HEAD, visits_2__csv=VISITS, visits_3__csv=HEAD)
    assert report["sources"]["visits"]["rows"] == 2


def test_a_folder_to_write_within_the_source_is_refused(tmp_path):
    source = source_of(tmp_path, visits__csv=VISITS)
    with pytest.raises(ContractError, match="whose files are read: write to a folder beside it"):
        adapt("mapped", source, source / "raw", field_map=str(written(tmp_path, MAP)))


def test_a_where_that_takes_no_claim_is_refused_by_its_key(tmp_path):
    content = changed("tables", "claims", "where", {"sex": {"one_of": ["Q"]}})
    with pytest.raises(
        ContractError, match=r"tables\.claims takes not one of 2 rows: see its where"
    ):
        run(tmp_path, content, visits__csv=VISITS)


def test_none_of_the_columns_of_first_of_is_refused_by_their_names(tmp_path):
    content = changed(*CLAIM, "claim_id", {"first_of": ["id", "number"]})
    with pytest.raises(ContractError, match=r"reads one of id, number; visits\.csv has none"):
        run(tmp_path, content, visits__csv=VISITS)


def test_an_earlier_result_stays_when_the_next_run_fails(tmp_path):
    run(tmp_path, MAP, visits__csv=VISITS)
    before = {p.name: p.read_bytes() for p in (tmp_path / "raw").iterdir()}
    (tmp_path / "source" / "visits.csv").write_text(HEAD)
    with pytest.raises(ContractError):
        adapt(
            "mapped",
            tmp_path / "source",
            tmp_path / "raw",
            field_map=str(written(tmp_path, MAP)),
        )
    assert {p.name: p.read_bytes() for p in (tmp_path / "raw").iterdir()} == before
