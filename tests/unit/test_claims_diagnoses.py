"""One form of diagnoses for whoever compares them, whatever a house types."""

import pyarrow as pa
import pytest

from feature_runs import engine
from fraudml.claims.diagnoses import in_one_form

ONE, MANY = pa.string(), pa.list_(pa.string())
TYPES = {"diagnosis_code": ONE, "diagnosis_system": ONE, "patient_id": ONE,
         "secondary_diagnoses": MANY, "diagnosis_limit": MANY,
         "diagnosis_prefixes": MANY}  # fmt: skip


def read(name, rows):
    schema = pa.schema([(column, TYPES[column]) for column in rows[0]])
    with engine() as opened:
        table = in_one_form(name, opened.table(pa.Table.from_pylist(rows, schema), "rows"))
        return opened.rows(table, at_most=100).to_pylist()


@pytest.mark.parametrize(
    ("typed", "read_as"),
    [("n18.000", "N18.000"), ("N18000", "N18.000"), ("J06.9", "J06.9"), ("i10", "I10"),
     ("J06.", "J06"), ("m17.900x003", "M17.900X003"), ("1.2.3", "1.2.3"), ("腰痛", "腰痛"),
     ("", ""), (None, None)],
)  # fmt: skip
def test_a_code_of_icd_10_is_read_in_upper_case_with_its_dot(typed, read_as):
    row = {"diagnosis_code": typed, "diagnosis_system": "ICD-10",
           "secondary_diagnoses": [typed or "x", "e11.9"]}  # fmt: skip
    (found,) = read("claims", [row])
    assert found["diagnosis_code"] == read_as
    assert found["secondary_diagnoses"] == [read_as or "x", "E11.9"]


def test_another_system_keeps_its_dots_and_an_unknown_one_is_ours():
    rows = [{"diagnosis_code": "v57.89", "diagnosis_system": system,
             "secondary_diagnoses": ["e8798"]} for system in ("ICD-9", None)]  # fmt: skip
    kept, ours = read("claims", rows)
    assert (kept["diagnosis_code"], kept["secondary_diagnoses"]) == ("v57.89", ["e8798"])
    assert (ours["diagnosis_code"], ours["secondary_diagnoses"]) == ("V57.89", ["E87.98"])


def test_limits_and_groups_are_compared_with_codes_and_read_alike():
    assert read("items", [{"diagnosis_limit": ["c50", "d24.x"]}]) == [
        {"diagnosis_limit": ["C50", "D24.X"]}
    ]
    assert read("drg_groups", [{"diagnosis_prefixes": None}, {"diagnosis_prefixes": ["j069"]}]) == [
        {"diagnosis_prefixes": None}, {"diagnosis_prefixes": ["J06.9"]},
    ]  # fmt: skip
    assert read("patients", [{"patient_id": "i10"}]) == [{"patient_id": "i10"}]
