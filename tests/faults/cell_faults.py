"""Faults of single cells: texts that look like something else, and values that are none."""

from datetime import date, datetime

from fault import (
    CATALOGUE,
    LINES,
    PLANTED,
    SMALL,
    Fault,
    add,
    append,
    aside,
    change,
    every,
    line,
    row_like_first,
    stays,
    with_column,
)

FORMULA = "=cmd|' /C calc'!A0"
MARKUP = "<script>alert(1)</script>"
MONEY = ("total_amount", "fund_amount", "patient_amount")
MOST = "999999999999.99"
SUMS = {"claims": {"lines_do_not_add_up:claims": 1}}  # C1 has one line more
STOCK = (*SMALL, "stock_moves")
INSPECTORS = (*SMALL, "inspectors")


def day(name: str, value: str) -> Fault:
    """A day of admission that is none."""
    return aside(name, "claims", "type:claims.admitted_on", admitted_on=value)


def time(name: str, value: str) -> Fault:
    """A time of service that is none."""
    return aside(name, "claim_lines", "type:claim_lines.served_at", LINES, served_at=value)


def money(name: str, value: str, rule: str = "type") -> Fault:
    """An amount that is none."""
    return aside(name, "claims", f"{rule}:claims.account_amount", account_amount=value)


def paid(name: str, value: str, fen: int) -> Fault:
    """An amount in an unusual spelling that is one."""
    return stays(name, "claims", account_amount=value, shows={"account_amount_fen": fen})


def quantity(name: str, value: str) -> Fault:
    """A quantity that is none."""
    return aside(name, "claim_lines", "type:claim_lines.quantity", LINES, quantity=value)


def named(fault: str, text: str) -> Fault:
    """A text that stays as it is in the name of a provider."""
    row = append("providers", line(["H9", "clinic", "1", "330200", "", "", PLANTED, text]))
    spoil = every(with_column("providers", "name", "", ""), row)
    return Fault(fault, spoil, accepts={"providers": [{"name": text}]})


def identified(name: str, written: str, kept: str | None = None) -> Fault:
    """A claim whose id stays as it is."""
    kept = kept or written
    return stays(name, "claims", claim_id=written, shows={"claim_id": kept})


CELL_FAULTS = (
    # texts
    Fault("a text of 10 MB", add("items", name="x" * (10 << 20)), CATALOGUE,
          accepts={"items": [{"name": "x" * (10 << 20)}]}),
    Fault("a day of 10 MB", add("claims", admitted_on="9" * (10 << 20)),
          quarantine={"claims": {"type:claims.admitted_on": 1}}),
    Fault("a text of 1 MB", add("items", name="x" * (1 << 20)), CATALOGUE,
          accepts={"items": [{"name": "x" * (1 << 20)}]}),
    aside("NUL in a text", "items", "encoding:items", CATALOGUE, name="a\0b"),
    Fault("a line end in a text", add("items", name="a\nb"), CATALOGUE,
          accepts={"items": [{"name": "a\nb"}]}),
    Fault("a quotation mark within a text", append("items", row_like_first(
          "items", {"name": "?"}).replace("?", '3" tube')), CATALOGUE,
          accepts={"items": [{"name": '3" tube'}]}),
    Fault("doubled quotation marks in a text", add("items", name='a "b", c'), CATALOGUE,
          accepts={"items": [{"name": 'a "b", c'}]}),
    Fault("a quotation mark never closed in the last row", append("claims",
          row_like_first("claims", {"drg_code": "?"}).replace("?", f'"{PLANTED}')),
          refuse="claims.csv"),
    Fault("a quotation mark never closed before sound rows", every(change("claims", "C2,", '"C2,'),
          add("claims", {"claim_id": "X1"}, {"claim_id": "X2"})), refuse="claims.csv"),
    Fault("a field too many", append("claims", row_like_first("claims", {})[:-1] + ",x\n"),
          quarantine={"claims": {"fields:claims": 1}}),
    Fault("a field too few", append("claims", row_like_first("claims", {}).rpartition(",")[0]
          + "\n"), quarantine={"claims": {"fields:claims": 1}}),
    Fault("a row of one person and nothing else", append("claims", PLANTED + "\n"),
          quarantine={"claims": {"fields:claims": 1}}),
    Fault("an unreadable row over several lines", append("claims", f'"{PLANTED}\na\nb",x\n'),
          quarantine={"claims": {"fields:claims": 1}}),
    Fault("commas at the end of one row", append("claims", row_like_first("claims", {})[:-1]
          + ",,\n"), quarantine={"claims": {"fields:claims": 1}}),
    Fault("rows of commas alone", append("claims", "," * 16 + "\n"),
          quarantine={"claims": {f"missing:claims.{c}": 1 for c in (
              "claim_id", "patient_id", "provider_id", "visit_kind", "admitted_on",
              "discharged_on", "settled_on", *MONEY)}}, rows_aside={"claims": 1}),
    # ids
    identified("a formula as an id", FORMULA),
    identified("markup as an id", MARKUP),
    identified("a relative path as an id", "../../etc/passwd"),
    identified("an absolute path as an id", "/etc/passwd"),
    identified("a query as an id", "'; DROP TABLE claims; --"),
    identified("an id that begins with a plus", "+1"),
    identified("an id that begins with an at", "@SUM(A1)"),
    identified("an id of 100,000 letters", "x" * 100_000),
    identified("leading zeros in an id", "0000123"),
    identified("an emoji as an id", "\U0001f3e5医"),
    identified("full-width digits as an id", "１２３"),
    identified("full-width blanks around an id", "\u3000C9\u3000", "C9"),
    identified("blanks that do not break around an id", "\u00a0C9\u00a0", "C9"),
    identified("a tab in an id", "C\t9"),
    identified("a word for nothing as an id", "NULL"),
    identified("an id with a small e among digits", "1e17"),
    aside("NUL in an id", "claims", "encoding:claims", claim_id="X\0001"),
    Fault("two ids that differ behind NUL", add("claims", {"claim_id": "X\0A"},
          {"claim_id": "X\0B"}), quarantine={"claims": {"encoding:claims": 2}}),
    Fault("a line end in an id", add("claims", claim_id="X\n1"), quarantine={
          "claims": {"type:claims.claim_id": 1}}),
    identified("a carriage return in an id", "X\r1"),
    Fault("a carriage return within a row, which ends it", append("claims",
          row_like_first("claims", {"claim_id": "?"}).replace("?", f"{PLANTED}\rX1")),
          quarantine={"claims": {"fields:claims": 1}}, accepts={"claims": [{"claim_id": "X1"}]}),
    aside("a line end in the id of a person", "claims", "type:claims.patient_id",
          patient_id=f"{PLANTED}\n1"),
    aside("a blank of no width in an id", "claims", "unknown:claims.provider_id",
          provider_id="H1\u200b"),
    aside("an id in other letters", "claims", "unknown:claims.provider_id", provider_id="h1"),
    Fault("a rounded id of a person", add("claims", patient_id="3.30106E+17"),
          refuse="1 rows break rounded:claims.patient_id, first at row 3"),
    Fault("a rounded id of a provider", add("claims", provider_id="3.30106E+17"),
          refuse="1 rows break rounded:claims.provider_id, first at row 3"),
    Fault("a rounded id of a person that is set aside", add("claims", patient_id="3.30106E+17"),
          quarantine={"claims": {"rounded:claims.patient_id": 1}}, rules={"rounded": "quarantine"}),
    # dates
    day("the thirtieth of February", "2023-02-30"),
    day("a day of zeros", "0000-00-00"),
    day("a day in the year zero", "0000-01-01"),
    day("a thirteenth month", "2024-13-01"),
    day("a day without dashes", "20240101"),
    day("a day without its zeros", "2024-1-1"),
    day("a day with slashes", "2024/01/01"),
    day("a day with a time", "2024-01-01 00:00:00"),
    day("a day of a spreadsheet", "45292"),
    day("a day in Chinese", "2024年1月1日"),
    day("a day in full-width digits", "２０２４-01-01"),
    day("a word for nothing as a day", "NULL"),
    stays("the last day there is", "providers", contracted_to="9999-12-31",
          shows={"contracted_to": date(9999, 12, 31)}),
    stays("the first day there is", "patients", birth_date="0001-01-01",
          shows={"birth_date": date(1, 1, 1)}),
    stays("blanks around a day", "providers", contracted_from=" 2020-01-01 ",
          shows={"contracted_from": date(2020, 1, 1)}),
    # times
    time("a time with a T", "2024-01-01T08:00:00"),
    time("a time with a zone", "2024-01-01 08:00:00+08"),
    time("a time with a Z", "2024-01-01 08:00:00Z"),
    time("a time at 24 hours", "2024-01-01 24:00:00"),
    time("a time at 25 hours", "2024-01-01 25:00:00"),
    time("a time in second 60", "2024-01-01 23:59:60"),
    time("a time without seconds", "2024-01-01 08:00"),
    time("a time that is a day", "2024-01-01"),
    time("a time on no day", "2024-02-30 08:00:00"),
    Fault("a time of nine decimals", add("claim_lines", served_at="2024-01-01 08:00:00.123456789"),
          LINES, warn=SUMS, accepts={"claim_lines": [{
              "served_at": datetime(2024, 1, 1, 8, 0, 0, 123456)}]}),
    # money
    money("money of three decimals", "1.005", "decimals"),
    money("money with separators of thousands", "1,000.00"),
    money("money with a sign of currency", "¥100"),
    money("money with a unit", "100元"),
    money("money as a power", "1e3"),
    money("money in brackets", "(100)"),
    money("money with a decimal comma", "100,5"),
    money("money with two points", "1.0.0"),
    money("money with a point and no digit after it", "5."),
    money("money with a plus", "+5"),
    money("money in full-width digits", "５"),
    money("money of a trillion", "1" + "0" * 12),
    money("money below minus a trillion", "-1" + "0" * 12 + ".00"),
    money("money of too many digits", "9" * 15),
    money("money beyond 64 bits", "9" * 40),
    money("money that is no number", "NaN"),
    paid("money with zeros behind its decimals", "5.5000", 550),
    paid("money below zero that is zero", "-0.00", 0),
    paid("money with leading zeros", "0005.5", 550),
    paid("money with blanks around it", " 5 ", 500),
    stays("the most money there is", "claims", total_amount=MOST, fund_amount=MOST,
          patient_amount="0", account_amount="", shows={"total_amount_fen": 99999999999999}),
    stays("negative money without a reversal", "claims", total_amount="-100.5",
          fund_amount="-80", patient_amount="-20.5",
          warn={"claims": {"negative_without_reversal:claims": 1}},
          shows={"total_amount_fen": -10050}),
    # numbers
    quantity("a quantity without end", "inf"),
    quantity("a quantity that is no number", "nan"),
    quantity("a quantity beyond 64 bits", "1e999"),
    quantity("a quantity in hexadecimal", "0x10"),
    quantity("a quantity with a fraction", "1/2"),
    quantity("a quantity with a unit", "2盒"),
    stays("a quantity of minus zero", "claim_lines", LINES, quantity="-0", amount="0",
          warn={}, shows={"quantity": 0.0}),
    quantity("a quantity that nobody can add up", "1e300"),
    quantity("a quantity of ten milliards", "10000000000"),
    stays("a quantity of nearly ten milliards", "claim_lines", LINES, quantity="9999999999.5",
          amount="3", warn=SUMS | {"claim_lines": {
              "amount_is_not_quantity_times_price:claim_lines": 1}},
          shows={"quantity": 9999999999.5}),
    stays("a quantity too small to bill", "claim_lines", LINES, quantity="1e-300", amount="0",
          warn={}, shows={"quantity": 1e-300}),
    aside("stock beyond what can be added up", "stock_moves", "type:stock_moves.opening", STOCK,
          opening="-1.7e308"),
    aside("a count of a milliard", "inspectors", "type:inspectors.days_available", INSPECTORS,
          days_available="1000000000"),
    stays("the largest count", "inspectors", INSPECTORS, days_available="999999999",
          shows={"days_available": 999999999}),
    stays("a number of a line that runs through all claims", "claim_lines", LINES,
          line_no="9" * 18, warn=SUMS, shows={"line_no": int("9" * 18)}),
    aside("a count with a fraction", "claim_lines", "type:claim_lines.line_no", LINES,
          line_no="1.5"),
    aside("a count of nineteen digits", "claim_lines", "type:claim_lines.line_no", LINES,
          line_no="1" * 19),
    Fault("a count with a point and a zero that repeats a key", add("claim_lines", line_no="1.0",
          amount="4", unit_price="2"), LINES,
          quarantine={"claim_lines": {"duplicate_key:claim_lines": 2}}, warn=SUMS,
          lost={"claim_lines": 1}),
    stays("a level of 3.0, as a tool writes it beside empty ones", "providers", level="3.0",
          shows={"level": 3}),
    *(aside(f"a level of {level}", "providers", "value:providers.level", level=level)
      for level in ("4", "4.0", "3.5", "three")),
    # words
    aside("a word in capitals", "claims", "value:claims.visit_kind", visit_kind="INPATIENT"),
    aside("a word in Chinese", "claims", "value:claims.visit_kind", visit_kind="住院"),
    stays("a word with blanks around it", "claims", visit_kind=" inpatient ",
          shows={"visit_kind": "inpatient"}),
    *(stays(f"yes as {word}", "claims", referral_filed=word, shows={"referral_filed": value})
      for word, value in (("TRUE", True), ("Y", True), ("0", False), ("No", False))),
    *(aside(f"yes as {word}", "claims", "type:claims.referral_filed", referral_filed=word)
      for word in ("是", "on", "2")),
    # lists
    stays("a list with blanks around its members", "claims", secondary_diagnoses=" E11.9 | I10 ",
          shows={"secondary_diagnoses": ["E11.9", "I10"]}),
    stays("a list with empty members", "claims", secondary_diagnoses="E11.9||I10|",
          shows={"secondary_diagnoses": ["E11.9", "I10"]}),
    stays("a list of bars alone", "claims", secondary_diagnoses="||",
          shows={"secondary_diagnoses": None}),
    stays("a list with commas", "claims", secondary_diagnoses="E11.9,I10",
          shows={"secondary_diagnoses": ["E11.9,I10"]}),
    aside("a list of bars alone where one is required", "inspectors",
          "missing:inspectors.skills", INSPECTORS, skills="||"),
    Fault("a person in a list of recusals", add("inspectors", recused_from=f"H1|{PLANTED}| "),
          INSPECTORS),
    aside("a grain nobody knows before the id of a person", "tips", "value:tips.target_grain",
          (*SMALL, "tips"), target_grain="person", target_id=PLANTED),
    aside("an unknown typology", "tips", "value:tips.typology", (*SMALL, "tips"), typology="T26"),
    aside("a month by another day than its first", "stock_moves",
          "first_day:stock_moves.month", STOCK, month="2024-06-15"),
    aside("a chance above one", "inspections", "chance_outside_0_to_1:inspections",
          (*SMALL, "practitioners", "inspections"), chance="1.01"),
    # what a spreadsheet, a browser or a shell would run
    named("a formula in a name", FORMULA),
    named("markup in a name", MARKUP),
    named("template marks in a name", "{{ 7*7 }}{% raw %}"),
    named("a path in a name", "../../etc/passwd"),
    named("marks of direction in a name", "医院\u202etxt.exe"),
    named("characters of control in a name", "a\x1b[31mb\x07"),
    named("half a character of UTF-16 in a name", "\U00020000\ufffd"),
    Fault("a formula, a path and markup as ids of persons", add("patients", *(
          {"patient_id": text + PLANTED} for text in (FORMULA, "../../", "/", MARKUP)))),
)  # fmt: skip
