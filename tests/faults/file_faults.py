"""Faults of whole files: how they are packed, encoded, named and laid out, and their columns."""

import csv
import gzip
import io
import os
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from fault import (
    CATALOGUE,
    LINES,
    PLANTED,
    SMALL,
    VISITS,
    Fault,
    Spoil,
    add,
    append,
    change,
    draw,
    every,
    put,
    remove,
    rewrite,
    row_like_first,
    with_column,
)

BOM = b"\xef\xbb\xbf"


def utf8(how: Callable[[str], str]) -> Callable[[str], bytes]:
    return lambda text: how(text).encode()


def columns_of(text: str) -> dict[str, list[str | None]]:
    """The cells of a CSV by column, null where empty."""
    header, *rows = csv.reader(io.StringIO(text))
    return {name: [row[i] or None for row in rows] for i, name in enumerate(header)}


def parquet(text: str) -> bytes:
    cells = columns_of(text)
    out = io.BytesIO()
    pq.write_table(pa.table(cells, pa.schema([(name, pa.string()) for name in cells])), out)
    return out.getvalue()


def flipped(content: bytes, start: int, stop: int) -> bytes:
    return content[:start] + bytes(b ^ 0x5A for b in content[start:stop]) + content[stop:]


def without_header(text: str) -> bytes:
    return text.partition("\n")[2].encode()


def typed(name: str, /, **columns: pa.Array) -> Spoil:
    """The table as parquet with these columns in place of text."""

    def spoil(raw: Path) -> None:
        cells = {n: pa.array(texts) for n, texts in columns_of(draw(name)).items()}
        cells = {n: c for n, c in cells.items() if c.null_count < len(c)}
        (raw / f"{name}.csv").unlink()
        pq.write_table(pa.table(cells | columns), raw / f"{name}.parquet")

    return spoil


def typed_part(name: str, text: str, /, **columns: pa.Array) -> Spoil:
    """One more part of a table, as parquet, with these columns in place of text."""
    cells = {n: c for n, c in columns_of(text).items() if any(c)}
    out = io.BytesIO()
    pq.write_table(pa.table(cells | columns), out)
    return put(f"{name}/2.parquet", out.getvalue())


def twice(raw: Path) -> None:
    """The patients as parquet, their ids in two columns of one name."""
    ids = pa.array(["PERSONP1", "PERSONP2"])
    (raw / "patients.csv").unlink()
    pq.write_table(pa.table([ids, ids], ["patient_id", "patient_id"]), raw / "patients.parquet")


def link(name: str, target: str, *, content: str | None = None, table: str | None = None) -> Spoil:
    """A symbolic link in the raw folder; the content it points at lies beside that folder."""

    def spoil(raw: Path) -> None:
        at = (raw / name).parent / target
        if content is not None:
            at.parent.mkdir(parents=True, exist_ok=True)
            at.write_text(content, encoding="utf-8")
        if table:
            (raw / f"{table}.csv").unlink()
        (raw / name).parent.mkdir(exist_ok=True)
        (raw / name).symlink_to(target)

    return spoil


def in_parts(name: str, *texts: str) -> Spoil:
    """The table as a folder of CSV parts with these texts."""
    parts = [put(f"{name}/{n}.csv", text) for n, text in enumerate(texts, start=1)]
    return every(remove(f"{name}.csv"), *parts)


CLAIMS = draw("claims")
HEAD, FIRST, SECOND = CLAIMS.splitlines(keepends=True)
FLOATING = pa.array([33010619500228.0, 2.0])

FILE_FAULTS = (
    # missing, empty, packed
    Fault("a required table is missing", remove("claims.csv"), refuse="required table claims"),
    Fault("the raw folder is empty", every(*(remove(f"{n}.csv") for n in SMALL)),
          refuse="the required table providers is missing"),
    Fault("a table without the one it refers to", every(remove("inspections.csv")), VISITS,
          refuse="findings is there without inspections"),
    Fault("a file of no bytes", put("claims.csv", b""), refuse="claims.csv: the file is empty"),
    Fault("a file of blank lines", put("claims.csv", b"\n\n\n"), refuse="holds no column names"),
    Fault("a file of blanks", put("claims.csv", b"   \n"), refuse="holds no column names"),
    Fault("a gzip file cut off", rewrite("claims", lambda t: gzip.compress(t.encode())[:-12],
          "claims.csv.gz"), refuse="claims.csv.gz: the gzip file is truncated or damaged"),
    Fault("a gzip file with a flipped bit", rewrite("claims", lambda t: flipped(
          gzip.compress(t.encode()), 60, 61), "claims.csv.gz"), refuse="truncated or damaged"),
    Fault("plain text named gzip", rewrite("claims", str.encode, "claims.csv.gz"),
          refuse="the gzip file is truncated or damaged"),
    Fault("gzip named plain text", rewrite("claims", lambda t: gzip.compress(t.encode())),
          refuse="this is gzip without the ending .csv.gz"),
    Fault("an empty gzip file", rewrite("claims", lambda t: gzip.compress(b""), "claims.csv.gz"),
          refuse="the file is empty"),
    Fault("a gzip file of two members", rewrite("claims", lambda t: gzip.compress(
          t[:300].encode()) + gzip.compress(t[300:].encode()), "claims.csv.gz")),
    Fault("a zip archive", rewrite("claims", lambda t: b"PK\x03\x04" + t.encode(), "claims.zip"),
          refuse="claims.zip: a table is NAME.csv, NAME.csv.gz, NAME.parquet or a folder"),
    Fault("a workbook", rewrite("claims", lambda t: b"PK\x03\x04", "claims.xlsx"),
          refuse="claims.xlsx: a table is NAME.csv"),
    Fault("a workbook named csv", rewrite("claims", lambda t: b"PK\x03\x04" + bytes(2000)),
          refuse="a zip archive or an Excel workbook"),
    # parquet
    Fault("a table as parquet", rewrite("claims", parquet, "claims.parquet")),
    Fault("a parquet file cut off", rewrite("claims", lambda t: parquet(t)[:-100],
          "claims.parquet"), refuse="claims.parquet: not a readable parquet file"),
    Fault("a parquet footer overwritten", rewrite("claims", lambda t: flipped(parquet(t), -400,
          -100), "claims.parquet"), refuse="not a readable parquet file"),
    Fault("parquet pages overwritten", rewrite("claims", lambda t: flipped(parquet(t), 4, 200),
          "claims.parquet"), refuse="not a readable parquet file"),
    Fault("an empty parquet file", rewrite("claims", lambda t: b"", "claims.parquet"),
          refuse="not a readable parquet file"),
    Fault("parquet named csv", rewrite("claims", parquet), refuse="parquet without the ending"),
    Fault("csv named parquet", rewrite("claims", str.encode, "claims.parquet"),
          refuse="not a readable parquet file"),
    Fault("parquet ids as floating numbers", typed("patients", patient_id=FLOATING),
          refuse="the column patient_id is a number with decimals"),
    Fault("parquet ids as decimals", typed("patients",
          patient_id=pa.array([Decimal(1), Decimal(2)], pa.decimal128(38, 10))),
          refuse="the column patient_id is a number with decimals"),
    Fault("parquet ids as lists", typed("patients", patient_id=pa.array([["A", "B"], ["C"]])),
          refuse="the column patient_id is a list, where one value is asked for"),
    Fault("parquet ids as bytes of one length", typed("patients",
          patient_id=pa.array([b"P1", b"P2"], pa.binary(2))),
          refuse="the column patient_id is binary"),
    Fault("parquet NUL in a text", typed("claims", terminal_id=pa.array(["T\0", None])),
          quarantine={"claims": {"encoding:claims": 1}}, lost={"claims": 1}),
    Fault("a parquet list with a member that is null", every(remove("claims.csv"), put(
          "claims/1.csv", HEAD + SECOND), typed_part("claims", HEAD + FIRST.replace("C1,", "X1,"),
          secondary_diagnoses=pa.array([["E11.9", None, "I10"]]))), lost={"claims": 1},
          accepts={"claims": [{"claim_id": "X1", "secondary_diagnoses": ["E11.9", "I10"]}]}),
    Fault("parquet money that Arrow writes as a power", typed("budgets",
          budget_amount=pa.array([12345678901.25])), (*SMALL, "budgets"),
          changed={"budgets": 1}),
    Fault("a column in the names of folders", every(remove("claims.csv"),
          put("claims/drg_weight=1/1.csv", HEAD + FIRST)),
          refuse="the column drg_weight stands in the name of the folder"),
    Fault("folders by a name that is no column, and by a column that is in the parts",
          every(remove("claims.csv"), put("claims/dt=2024/1.csv", HEAD + FIRST),
          put("claims/visit_kind=outpatient/1.csv", HEAD + SECOND))),
    Fault("parquet ids as nested values", typed("patients",
          patient_id=pa.array([{"a": 1}, {"a": 2}])),
          refuse="the column patient_id is nested"),
    Fault("a parquet list of nested values", typed("claims",
          secondary_diagnoses=pa.array([[{"a": 1}], None])),
          refuse="the column secondary_diagnoses is nested"),
    Fault("parquet quantities as durations", typed("claim_lines",
          quantity=pa.array([2, 1, 3], pa.duration("s"))), LINES,
          refuse="the column quantity is a duration"),
    Fault("parquet ids as bytes", typed("patients",
          patient_id=pa.array([b"PERSONP1", b"PERSONP2"])),
          refuse="the column patient_id is binary"),
    Fault("parquet dates with a zone", typed("patients",
          birth_date=pa.array([0, 0], pa.timestamp("s", tz="UTC"))),
          refuse="the column birth_date is a time with a zone"),
    Fault("a parquet column of another type", typed("patients",
          birth_date=pa.array([True, False])),
          refuse="none of its 2 rows can be accepted; first rule broken: type:patients.birth_date"),
    Fault("a parquet column twice", twice, refuse="the column 'patient_id' is there 2 times"),
    Fault("parquet codes as whole numbers", typed("providers",
          region_code=pa.array([330100, 330200]), level=pa.array([3, 1], pa.int8()))),
    Fault("parquet money that binary fractions cannot hold", typed("claims",
          account_amount=pa.array([5.0, 0.1 + 0.2])),
          quarantine={"claims": {"decimals:claims.account_amount": 1}}, lost={"claims": 1}),
    Fault("parquet money that is no number", typed("claims",
          account_amount=pa.array([5.0, float("nan")])),
          quarantine={"claims": {"type:claims.account_amount": 1}}, lost={"claims": 1}),
    # encodings and line ends
    Fault("UTF-16 with its mark", rewrite("claims", lambda t: t.encode("utf-16")),
          refuse="claims.csv: this is UTF-16"),
    Fault("UTF-16 without its mark", rewrite("claims", lambda t: t.encode("utf-16-le")),
          refuse="claims.csv: "),
    Fault("UTF-8 with its mark", rewrite("claims", lambda t: BOM + t.encode())),
    Fault("UTF-8 with its mark twice", rewrite("claims", lambda t: BOM + BOM + t.encode())),
    Fault("GB18030", rewrite("items", lambda t: t.encode("gb18030")), CATALOGUE),
    Fault("GB18030 in one row of UTF-8", rewrite("items", lambda t: t.encode() + row_like_first(
          "items", {"name": "头孢"}).encode("gb18030")), CATALOGUE,
          quarantine={"items": {"encoding:items": 1}}),
    Fault("bytes of no encoding in one row of GB18030", rewrite("items", lambda t: t.encode(
          "gb18030") + row_like_first("items", {"name": "?"}).encode().replace(b"?", b"\xff\xff")),
          CATALOGUE, quarantine={"items": {"encoding:items": 1}}),
    Fault("bytes of no encoding in one row", rewrite("claims", lambda t: t.encode()
          + row_like_first("claims", {"drg_code": "?"}).encode().replace(b"?", b"\xff\xff")),
          quarantine={"claims": {"encoding:claims": 1}}),
    Fault("noise", put("claims.csv", bytes(range(3, 256)) * 40), refuse="claims.csv: "),
    Fault("an escape of the terminal in a column name", change("claims", "claim_id",
          "\x1b[2Jclaim_id"), refuse="claims.csv: the required column claim_id is missing"),
    Fault("line ends CR", rewrite("claims", utf8(lambda t: t.replace("\n", "\r")))),
    Fault("line ends CRLF", rewrite("claims", utf8(lambda t: t.replace("\n", "\r\n")))),
    Fault("line ends CRLF and LF mixed", rewrite("claims", utf8(
          lambda t: t.replace("\n", "\r\n", 2)))),
    Fault("no end of the last line", rewrite("claims", utf8(lambda t: t.rstrip("\n")))),
    Fault("blank lines between rows and at the end", rewrite("claims", utf8(
          lambda t: t.replace("\n", "\n\n") + "\n\n"))),
    Fault("a blank line before an unreadable row", append("claims", f"\n{PLANTED},x\n"),
          quarantine={"claims": {"fields:claims": 1}}),
    Fault("a blank line before an unsound row", every(append("claims", "\n"),
          add("claims", total_amount="?")),
          quarantine={"claims": {"type:claims.total_amount": 1}}),
    # headers
    Fault("a header alone in a required table", put("claims.csv", HEAD),
          refuse="claims: none of its 0 rows can be accepted"),
    Fault("a header alone in an optional table", put("claim_lines.csv",
          draw("claim_lines").splitlines()[0] + "\n")),
    Fault("no header", rewrite("claims", without_header), refuse="claims.csv: "),
    Fault("no header in a table of people", put("patients.csv",
          "PERSONP1,1950-02-28,F,resident\nPERSONP2,1960-01-01,M,employee\n"),
          refuse="patients.csv: "),
    Fault("no header in a table that names a person twice", put("patients.csv",
          "PERSONP1,PERSONP1,F\nPERSONP2,PERSONP2,M\n"), refuse="patients.csv: "),
    Fault("a title above the header", rewrite("claims", utf8(lambda t: "某市结算明细\n" + t)),
          refuse="the required column claim_id is missing"),
    Fault("the header once more among the rows", append("claims", HEAD),
          quarantine={"claims": {
              "value:claims.visit_kind": 1,
              **{f"type:claims.{c}": 1 for c in ("admitted_on", "discharged_on", "settled_on",
                 "total_amount", "fund_amount", "patient_amount", "account_amount",
                 "started_at", "referral_filed")}}}, rows_aside={"claims": 1}),
    Fault("a line of totals at the end", append("claims",
          "合计" + "," * 10 + "107.5,85,22.5,,,,\n"),
          quarantine={"claims": {f"missing:claims.{c}": 1 for c in (
              "patient_id", "provider_id", "visit_kind", "admitted_on", "discharged_on",
              "settled_on")}}, rows_aside={"claims": 1}),
    Fault("a column twice", change("claims", "drg_code", "claim_id"),
          refuse="the column 'claim_id' is there 2 times"),
    Fault("a column in capitals", change("patients", "patient_id", "Patient_ID"),
          refuse="Rename 'Patient_ID' to patient_id"),
    Fault("a column in two spellings", change("patients", "birth_date", "PATIENT_ID"),
          refuse="the column patient_id is there 2 times, in capital and in small letters"),
    Fault("blanks around the column names", change("patients", "patient_id,birth_date",
          " patient_id , birth_date ")),
    Fault("quoted column names", change("patients", "patient_id,birth_date",
          '"patient_id","birth_date"')),
    Fault("a line end in a column name", change("patients", "birth_date", '"birth\n_date"'),
          refuse="patients.csv: the header does not end with the first line"),
    Fault("a required column missing", change("claims", "settled_on", "paid_on"),
          refuse="the required column settled_on is missing"),
    Fault("a column without a name", with_column("patients", "", "", ""), refuse="the column ''"),
    Fault("an unknown column", with_column("patients", "phone", PLANTED, ""),
          refuse="'phone' is unknown to the contract"),
    Fault("an unknown column that is dropped", with_column("patients", "phone", PLANTED, ""),
          unknown_columns="drop"),
    Fault("an unknown column beside tips, even where they are dropped",
          with_column("tips", "reporter", PLANTED), (*SMALL, "tips"), unknown_columns="drop",
          refuse="'reporter' does not belong in tips"),
    Fault("two thousand columns more", rewrite("patients", utf8(lambda t: "".join(
          row + "".join(f",c{n}" for n in range(2000)) + "\n" for row in t.splitlines()))),
          refuse="'c0' is unknown to the contract"),
    Fault("two thousand columns and not the key", rewrite("patients", utf8(lambda t: "".join(
          row + "".join(f",c{n}" for n in range(2000)) + "\n" for row in t.splitlines()).replace(
          "patient_id", "person"))), refuse="the required column patient_id is missing"),
    Fault("semicolons between the fields", rewrite("claims", utf8(lambda t: t.replace(",", ";"))),
          refuse="with commas between the fields"),
    Fault("tabs between the fields", rewrite("claims", utf8(lambda t: t.replace(",", "\t"))),
          refuse="with commas between the fields"),
    # names and folders
    Fault("two files of one table", put("patients.csv.gz",
          gzip.compress(draw("patients").encode())),
          refuse="patients.csv and patients.csv.gz both hold the table patients"),
    Fault("a file and a folder of one table", put("patients/1.csv", draw("patients")),
          refuse="patients and patients.csv both hold the table patients"),
    Fault("a table of another name", put("claim.csv", "x\n1\n"),
          refuse="claim.csv is no table of the contract: remove or rename it; did you mean claims"),
    Fault("an ending in capitals", rewrite("items", str.encode, "items.CSV"), CATALOGUE),
    Fault("a table in capitals", rewrite("items", str.encode, "ITEMS.csv"), CATALOGUE,
          refuse="ITEMS.csv is no table of the contract: remove or rename it; did you mean items"),
    *(Fault(f"an ending that nobody reads: {name}", rewrite("items", str.encode, name), CATALOGUE,
            refuse=f"{name}: a table is NAME.csv") for name in (
                "items.csv.bz2", "items.CSV.zst", "items.parquet.xz", "items.json", "items.lzma")),
    Fault("notes and hidden files", every(put("README.md", "about"), put(".DS_Store", b"\0\0"),
          put("_SUCCESS", b""), put("_items.csv", b"x"), put("adapter.json", b"{}"),
          put(".claims.csv.swp", b"x"))),
    Fault("a folder named like a file", every(rewrite("claims", str.encode, "claims.csv/1.csv")),
          refuse="claims.csv is no table of the contract"),
    Fault("a folder without parts", every(remove("claims.csv"), put("claims/.keep", b"")),
          refuse="claims/: the folder holds no parts"),
    Fault("parts in folders within the folder", every(remove("claims.csv"),
          put("claims/2024/01.csv", HEAD + FIRST), put("claims/2024/02/a.csv", HEAD + SECOND))),
    Fault("parts that are called as notes are", every(remove("claims.csv"),
          put("claims/adapter-north.csv", HEAD + FIRST), put("claims/readme.csv", HEAD + SECOND))),
    Fault("a table that is called as notes are", put("adapter_items.csv", "item_code\n1\n"),
          refuse="adapter_items.csv is no table of the contract"),
    Fault("a part of no known form", every(in_parts("claims", CLAIMS), put("claims/2.txt", HEAD)),
          refuse="claims/2.txt: a part is .csv, .csv.gz or .parquet"),
    Fault("an empty part", every(in_parts("claims", CLAIMS), put("claims/2.csv", b"")),
          refuse="claims/2.csv: the file is empty"),
    Fault("a part of a header alone", in_parts("claims", CLAIMS, HEAD)),
    Fault("parts with other columns in another order", in_parts(
          "patients", "patient_id,birth_date,sex,scheme\nPERSONP1,1950-02-28,F,resident\n",
          "scheme,sex,birth_date,patient_id\nemployee,M,1960-01-01,PERSONP2\n")),
    Fault("a part without a required column", in_parts("patients", draw("patients"), "sex\nF\n"),
          refuse="patients/2.csv: the required column patient_id is missing"),
    Fault("one part parquet and one csv", every(remove("claims.csv"),
          put("claims/1.csv", HEAD + FIRST), put("claims/2.parquet", parquet(HEAD + SECOND)))),
    Fault("the same part twice", in_parts("claims", CLAIMS, CLAIMS),
          quarantine={"claims": {"duplicate_row:claims": 2}}),
    Fault("a file that is a link out of the folder", link("claims.csv", "../elsewhere/claims.csv",
          content=CLAIMS, table="claims")),
    Fault("a file that is a link to nothing", link("claims.csv", "../gone.csv", table="claims"),
          refuse="claims.csv"),
    Fault("a part that is a link to nothing", every(in_parts("claims", CLAIMS),
          link("claims/2.csv", "../gone.csv")), refuse="claims/2.csv"),
    Fault("a folder of parts that is a link", every(in_parts("claims", HEAD + FIRST),
          link("claims/2", "../../archive"), put("../archive/2.csv", HEAD + SECOND)),
          refuse="claims/2: a link to a folder"),
    Fault("a table that is a link to a folder", every(remove("claims.csv"),
          link("claims", "../archive"), put("../archive/1.csv", CLAIMS))),
    Fault("a part whose name looks like a formula and a path", every(remove("claims.csv"),
          put("claims/=cmd|'..%2F<b>.csv", CLAIMS))),
    Fault("a part whose name is of another encoding", every(remove("claims.csv"),
          put("claims/" + os.fsdecode("一月".encode("gb18030")) + ".csv", CLAIMS)),
          refuse="the name of the file is not plain text in UTF-8"),
    Fault("a part with a line end in its name", every(remove("claims.csv"),
          put("claims/a\nb.csv", CLAIMS)), refuse="claims/a?b.csv: the name of the file"),
)  # fmt: skip
