"""One list for each typology: what like entities have, and what chance adds, makes no place."""

from dataclasses import replace
from datetime import date

import pyarrow as pa
import pytest

from feature_runs import engine
from fraudml.claims.accepted import Claims
from fraudml.monitor.by_typology import by_typology
from fraudml.monitor.catalogue import ASKED, RULES
from fraudml.monitor.hits import ask
from fraudml.monitor.judged import Artefacts
from fraudml.monitor.knowledge.base import load
from fraudml.monitor.shared import Shared
from fraudml.monitor.signatures.find import find_artefacts
from tables import draw_claims

AS_OF = date(2024, 12, 31)
HOUSES = {"A": (50, 5), "B": (50, 5), "C": (50, 5), "Big": (500, 50), "Z": (50, 25)}


def only(rule_id):
    return tuple(rule for rule in RULES if rule.id == rule_id)


CAP = only("R05.price_above_cap")


_HEAD = "claim_id | patient_id | provider_id | practitioner_id"


def listed(tmp_path, houses=HOUSES, rules=CAP, slips=None, account=""):
    """by_typology of houses with so many claims of a line each, so many of them above the cap.

    slips  artefacts and their lines in place of those that are found
    account  what accounts paid of each claim, beside the fund
    """
    claims, lines = [], []
    for house, (n, over) in houses.items():
        for k in range(n):
            claims.append(
                f"{house}{k} | p{house}{k % 5} | {house} | d{house} | 2024-03-01 | {account}"
            )
            lines.append(f"{house}{k} | x | 2024-03-01 09:00:00 | {1500 if k < over else 1000}")
    folder = draw_claims(
        tmp_path / "claims",
        claims="\n".join([f"{_HEAD} | admitted_on | account_amount", *claims]),
        claim_lines="\n".join(["claim_id | item_code | served_at | unit_price", *lines]),
        items="""item_code | kind | price_cap
        x | drug | 1000""",
    )
    return lists_of(folder, tmp_path, rules, slips)


def lists_of(folder, tmp_path, rules, slips=None):
    """The rows of by_typology of a claims folder, asked these rules and no other."""
    with engine() as opened:
        at = Shared(opened, Claims(opened, folder), load(ASKED), AS_OF)
        find_artefacts(at, tmp_path)
        artefacts = Artefacts.read(opened, tmp_path)
        if slips is not None:
            artefacts = Artefacts(*(opened.table(t, f"slip-{n}") for n, t in enumerate(slips)))
        made = by_typology(at, ask(at, rules=rules), artefacts)
        return opened.rows(made, at_most=1_000).to_pylist()


def of(rows, grain):
    return {row["entity_id"]: row for row in rows if row["grain"] == grain}


def test_what_like_entities_have_as_often_is_not_beyond_them(tmp_path):
    found = of(listed(tmp_path), "provider")
    assert {who: row["beyond_fen"] for who, row in found.items() if who != "Z"} == {
        "A": 0, "B": 0, "C": 0, "Big": 0,
    }  # fmt: skip
    assert 0 < found["Z"]["beyond_fen"] < found["Z"]["amount_fen"]


def test_ten_times_the_claims_at_the_same_rate_make_no_place(tmp_path):
    found = of(listed(tmp_path), "provider")
    assert (found["Z"]["place"], found["Z"]["typology"]) == (1, "T05")
    assert found["Big"]["hits"] > found["Z"]["hits"]


@pytest.mark.parametrize("grain", ["provider", "practitioner"])
def test_what_accounts_paid_beside_the_fund_is_no_own_money(tmp_path, grain):
    pool = of(listed(tmp_path / "a"), grain)
    both = of(listed(tmp_path / "b", account="3000"), grain)
    assert {who: row["share"] for who, row in both.items()} == {
        who: row["share"] for who, row in pool.items()
    }


@pytest.mark.parametrize("grain", ["provider", "practitioner", "patient"])
def test_the_places_of_a_list_are_one_to_its_length(tmp_path, grain):
    rows = of(listed(tmp_path), grain).values()
    assert sorted(row["place"] for row in rows) == list(range(1, len(rows) + 1))


@pytest.mark.parametrize(("over", "makes_a_place"), [(1, False), (6, True)])
def test_a_single_claim_is_no_pattern(tmp_path, over, makes_a_place):
    found = of(listed(tmp_path, {"A": (50, 0), "B": (500, 0), "One": (50, over)}), "provider")
    assert (found["One"]["beyond_fen"] > 0) == makes_a_place


def test_what_a_whole_house_does_is_not_held_against_a_practitioner(tmp_path):
    rows = listed(tmp_path, rules=tuple(replace(rule, of_house=True) for rule in CAP))
    assert of(rows, "practitioner") == {}
    assert of(rows, "provider")["Z"]["place"] == 1


def test_a_hit_is_counted_once_for_each_claim_in_it(tmp_path):
    found = of(listed(tmp_path), "practitioner")
    assert {who: row["hits"] for who, row in found.items()} == {
        "dA": 5, "dB": 5, "dC": 5, "dBig": 50, "dZ": 25,
    }  # fmt: skip


def test_nobody_to_be_compared_with_and_nothing_beyond_is_no_error(tmp_path):
    assert listed(tmp_path, {"A": (5, 0)}) == []


def test_what_a_slip_accounts_for_is_listed_and_makes_no_place(tmp_path):
    slips = pa.table({"artefact_id": ["s"], "signature": ["D09.unit_jump"]})
    lines = pa.table({
        "artefact_id": ["s"] * 25, "claim_id": [f"Z{k}" for k in range(25)],
        "line_no": pa.nulls(25, pa.int64()), "role": ["wrong"] * 25,
    })  # fmt: skip
    found = of(listed(tmp_path, slips=(slips, lines)), "provider")["Z"]
    assert (found["hits"], found["beyond_fen"]) == (25, 0)
    assert found["place"] > 1


@pytest.mark.parametrize(("people", "listed_too"), [(1, False), (2, True)])
def test_what_is_found_of_persons_is_a_house_s_once_it_is_so_of_two(tmp_path, people, listed_too):
    claims = []
    for p in range(people):
        for n in range(1, 7):
            for house, minute in (("A", 0), ("B", 9)):
                claims.append(f"{house}{p}{n} | p{p} | {house} | 2024-0{n}-10 |"
                              f" 2024-0{n}-10 09:{minute:02d}:00 | outpatient")  # fmt: skip
    claims += [f"C{n} | q{n} | C | 2024-03-10 | 2024-03-10 09:00:00 | outpatient"
               for n in range(60)]  # fmt: skip
    head = "claim_id | patient_id | provider_id | admitted_on | started_at | visit_kind"
    folder = draw_claims(
        tmp_path / "claims",
        claims="\n".join([head, *claims]),
        providers="""provider_id | region_code
        A | 110101
        B | 110102
        C | 110102""",
    )
    rows = lists_of(folder, tmp_path, only("R11.minutes_apart"))
    assert len(of(rows, "patient")) == people
    assert ("B" in of(rows, "provider")) is listed_too


def test_what_a_house_sends_late_is_no_practitioner_s_own(tmp_path):
    head = "claim_id | patient_id | provider_id | practitioner_id | admitted_on | uploaded_at"
    late = [f"a{n} | p{n} | A | d | 2024-03-01 | 2024-09-01 09:00:00" for n in range(30)]
    soon = [f"b{n} | q{n} | B | e | 2024-03-01 | 2024-03-02 09:00:00" for n in range(90)]
    folder = draw_claims(tmp_path / "claims", claims="\n".join([head, *late, *soon]))
    rows = lists_of(folder, tmp_path, only("R25.sent_late"))
    assert set(of(rows, "provider")) == {"A"}
    assert not of(rows, "practitioner")
