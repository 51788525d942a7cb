"""Numbers in place of ids tell entities and dates apart, and lead back to both."""

from datetime import date

from feature_runs import engine
from fraudml.claims.accepted import Claims
from fraudml.features.bases import CLAIM, Bases
from fraudml.features.numbers import grouped
from tables import draw_claims

DAYS = (date(2024, 6, 30), date(2024, 12, 31))
CLAIMS = """
    claim_id | patient_id | provider_id | practitioner_id | admitted_on | settled_on
    c1       | p1         | A           | d1              | 2024-03-01  | 2024-03-02
    c2       | p1         | B           |                 | 2024-04-01  | 2024-04-02
    c3       | p2         | A           | d1              | 2024-09-01  | 2024-09-02"""


def asked(tmp_path, question, days=DAYS):
    """The rows that a question to the bases of the claims above has, sorted."""
    folder = draw_claims(tmp_path / "claims", claims=CLAIMS)
    with engine() as opened:
        bases = Bases(opened, Claims(opened, folder), days)
        rows = opened.rows(question(bases), at_most=100).to_pylist()
    return sorted(tuple(map(str, row.values())) for row in rows)


def test_an_entity_has_one_number_beside_each_date_and_nobody_else_has_it(tmp_path):
    def question(b):
        t = b.claim
        return t.select("patient_no", "as_of", "patient_id").distinct()

    rows = asked(tmp_path, question)
    assert len(rows) == len({number for number, *_ in rows}) == 3


def test_numbers_lead_back_to_ids_and_dates(tmp_path):
    def question(b):
        t = grouped(b.claim, "provider_id", n=b.claim.count())
        return b.numbers.named(t, "as_of", "provider_id").drop("provider_no")

    first, last = map(str, DAYS)
    whole = [("1", "B", first), ("1", "B", last), ("1", "A", first), ("2", "A", last)]
    assert asked(tmp_path, question) == sorted(whole)
    assert asked(tmp_path, question, DAYS[1:]) == sorted([("1", "B", last), ("2", "A", last)])


def test_whoever_is_unknown_has_no_number_and_no_name(tmp_path):
    def question(b):
        t = b.claim.select("claim_id", "practitioner_no")
        return b.numbers.named(t, "practitioner_id").select("claim_id", "practitioner_id")

    rows = asked(tmp_path, question, DAYS[1:])
    assert rows == [("c1", "d1"), ("c2", "None"), ("c3", "d1")]


def test_ids_that_no_claim_names_have_no_number(tmp_path):
    def question(b):
        other = b.claim.select("as_of", patient_id=b.claim.claim_id)  # ids of another kind
        return b.numbers.beside(other, "patient_id").select("patient_no").distinct()

    assert asked(tmp_path, question) == [("None",)]


def test_a_claim_that_nobody_asks_the_ids_of_is_kept_without_them(tmp_path):
    folder = draw_claims(tmp_path / "claims", claims=CLAIMS)
    with engine() as opened:
        wanted = {CLAIM: frozenset({"as_of", "claim_id", "patient_no"})}
        claim = Bases(opened, Claims(opened, folder), DAYS, wanted).claim
        assert set(claim.columns) == wanted[CLAIM]
