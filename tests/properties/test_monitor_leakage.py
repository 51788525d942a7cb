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
from tables import write_claims

LIVE = date(2024, 12, 31)
EARLIER = date(2024, 3, 31)
FILES = ("counts.parquet", "at_issue.parquet")


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
    folder = tmp_path_factory.mktemp("fund")
    write_claims(folder / "claims", generated_fund(7, claims=4000))
    return counted(folder / "claims", folder / "out", LIVE, EARLIER)


@pytest.fixture(scope="module")
def changed_later(tmp_path_factory):
    """The same fund, where what is known after the earlier date is another."""
    folder = tmp_path_factory.mktemp("changed")
    later = changed_after(generated_fund(7, claims=4000), EARLIER, seed=11)
    return counted(write_claims(folder / "claims", later), folder / "out", LIVE, EARLIER)


@pytest.fixture(scope="module")
def of_that_day(fund, tmp_path_factory):
    """What a run on the earlier date would have counted."""
    return counted(fund.parent / "claims", tmp_path_factory.mktemp("day") / "out", EARLIER)


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
def test_changing_what_is_known_later_changes_no_count_of_an_earlier_date(
    fund, changed_later, name
):
    assert len({row.get("rule_id") for row in at(fund, "counts.parquet", EARLIER)}) >= 12
    assert at(changed_later, name, EARLIER) == at(fund, name, EARLIER)
    assert at(changed_later, name, LIVE) != at(fund, name, LIVE)


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
def test_an_earlier_date_says_what_a_run_of_that_day_would_have_said(fund, of_that_day, name):
    assert at(of_that_day, name, EARLIER) == at(fund, name, EARLIER)


@pytest.mark.slow
def test_the_cases_of_all_rules_count_the_same_on_any_day_of_the_year_whatever_follows(tmp_path):
    folder = put_together(tmp_path / "claims", [*CHARGES, *PEOPLE, *GOODS])
    days = [date(2024, month, 1) for month in (4, 6, 7)]
    together = counted(folder, tmp_path / "together", LIVE, *days)
    for day in days:
        alone = counted(folder, tmp_path / day.isoformat(), day)
        for name in FILES:
            assert at(alone, name, day) == at(together, name, day) != []
