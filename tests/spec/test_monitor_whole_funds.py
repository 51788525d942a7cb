"""What is common in a whole fund is its custom: rules that look at all of it keep silent."""

from datetime import date

import pyarrow.parquet as pq
import pytest

from feature_runs import engine
from fraudml.claims.accepted import Claims
from fraudml.monitor.catalogue import ASKED, CITED, RULES
from fraudml.monitor.hits import find_hits
from fraudml.monitor.knowledge.base import load
from tables import draw_claims


def _hits(folder, rule, **tables):
    """How many hits one rule has in a fund drawn as text."""
    asked = [one for one in RULES if one.id == rule]
    with engine() as opened:
        claims = Claims(opened, draw_claims(folder / "claims", **tables))
        known = load(ASKED, cited=CITED)
        find_hits(opened, claims, known, date(2024, 12, 31), folder, rules=asked)
    return len(pq.read_table(folder / "hits.parquet"))


def _visits(n, more=""):
    return "\n".join(f"p{k} | A | 2024-{1 + k % 12:02d}-05{more}" for k in range(n))


@pytest.mark.parametrize(("children", "hits"), [(1, 1), (4, 0)])
def test_children_insured_with_their_parents_are_no_employees(tmp_path, children, hits):
    claims = "patient_id | provider_id | admitted_on | scheme\n" + "\n".join(
        f"p{k} | A | 2024-03-05 | {'employee' if k < children else 'resident'}" for k in range(200)
    )
    born = "patient_id | birth_date\n" + "\n".join(f"p{k} | 2015-01-01" for k in range(200))
    assert _hits(tmp_path, "R24.child_employed", claims=claims, patients=born) == hits


@pytest.mark.parametrize(("late", "hits"), [(2, 2), (6, 0)])
def test_an_extract_of_the_last_enrolments_leaves_nobody_uninsured(tmp_path, late, hits):
    since = "patient_id | scheme | region_code | enrolled_from\n" + "\n".join(
        f"p{k} | resident | 110101 | {'2025-01-01' if k < late else '2020-01-01'}"
        for k in range(200)
    )
    once = "\n".join(
        f"p{k} | resident | 110101 | 2010-01-01 | 2011-12-31" for k in range(late)
    )  # each has an earlier enrolment on record: without one, nothing is known of the person
    both = since.replace("enrolled_from", "enrolled_from | enrolled_to").replace(
        "2020-01-01", "2020-01-01 |").replace("2025-01-01", "2025-01-01 |")  # fmt: skip
    claims = "patient_id | provider_id | admitted_on\n" + _visits(200)
    found = _hits(tmp_path, "R24.not_insured", claims=claims, enrolments=f"{both}\n{once}")
    assert found == hits
