"""What is known later changes no count of hits as of an earlier date."""

from datetime import date

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from feature_fund import generated_fund
from feature_fund_later import changed_after
from feature_runs import engine
from fraudml.claims.accepted import Claims
from fraudml.monitor.catalogue import ASKED
from fraudml.monitor.counts import write_counts
from fraudml.monitor.dates import SharedOfDates
from fraudml.monitor.hits import ask
from fraudml.monitor.knowledge.base import load
from monitor_cases import put_together
from monitor_charges import CHARGES
from monitor_goods import GOODS
from monitor_people import PEOPLE

LIVE = date(2024, 12, 31)
DAYS = tuple(date(2024, month, 1) for month in (4, 6, 7))
EARLIER = DAYS[0]
CASES = [*CHARGES, *PEOPLE, *GOODS]
FILES = ("counts.parquet", "at_issue.parquet", "beyond.parquet")


def counted(folder, out, live, *earlier):
    """The tables of counts of a claims folder."""
    out.mkdir()
    with engine() as opened:
        claims, known = Claims(opened, folder), load(ASKED)
        shared = SharedOfDates(opened, claims, known, live)
        write_counts(shared, ask(shared), earlier, out)
    return out


def at(folder, name, day):
    table = pq.read_table(folder / name)
    return table.filter(pc.equal(table["as_of"], day)).to_pylist()


@pytest.fixture(scope="module")
def fund(tmp_path_factory):
    """A generated fund, beside it cases of rules, as of the live date and all earlier days."""
    folder = tmp_path_factory.mktemp("fund")
    claims = put_together(folder / "claims", CASES, beside=generated_fund(7, claims=4000))
    return counted(claims, folder / "out", LIVE, *DAYS)


@pytest.fixture(scope="module")
def changed_later(tmp_path_factory):
    """The same, where what is known of the fund after the earliest day is another."""
    folder = tmp_path_factory.mktemp("changed")
    later = changed_after(generated_fund(7, claims=4000), EARLIER, seed=11)
    claims = put_together(folder / "claims", CASES, beside=later)
    return counted(claims, folder / "out", LIVE, EARLIER)


@pytest.fixture(scope="module")
def of_that_day(fund, tmp_path_factory):
    """What a run on each of the earlier days would have counted."""
    out = tmp_path_factory.mktemp("days")
    return {day: counted(fund.parent / "claims", out / day.isoformat(), day) for day in DAYS}


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
def test_changing_what_is_known_later_changes_no_count_of_an_earlier_date(
    fund, changed_later, name
):
    known = {row["rule_id"] for row in of_the_fund(at(fund, "counts.parquet", EARLIER))}
    assert len(known) >= 12
    assert at(changed_later, name, EARLIER) == at(fund, name, EARLIER)
    assert at(changed_later, name, LIVE) != at(fund, name, LIVE)


def of_the_fund(rows):
    """Without those of the cases: their ids stand behind the mark of a case."""
    return [row for row in rows if "." not in row["entity_id"]]


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
def test_an_earlier_date_says_what_a_run_of_that_day_would_have_said(fund, of_that_day, name):
    then = of_the_fund(at(fund, name, EARLIER))
    assert of_the_fund(at(of_that_day[EARLIER], name, EARLIER)) == then != []


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
def test_the_cases_of_all_rules_count_the_same_on_any_day_of_the_year_whatever_follows(
    fund, of_that_day, name
):
    for day in DAYS:
        then = at(fund, name, day)
        assert at(of_that_day[day], name, day) == then
        assert len(of_the_fund(then)) < len(then)
