# ruff: noqa: S608  (our own questions about our own files)
"""What ingest would warn of in a simulated fund was planted: a scheme, an error or a look-alike."""

from datetime import date

import pytest
from worlds_fund import DRAWN, one, opened, simulate

from fraudml.params import SimulateParams

FUND = SimulateParams(
    seed=31,
    providers=80,
    patients=6000,
    months=24,
    lines=200_000,
    until=date(2025, 12, 31),
    **DRAWN,
)
PLANTED = """claim_id in (select claim_id from key_claims union all
    select claim_id from key_artefacts)"""


@pytest.fixture(scope="module")
def fund(tmp_path_factory):
    folder = tmp_path_factory.mktemp("warned")
    simulate(folder, FUND)
    return opened(folder)


@pytest.mark.parametrize(
    ("warning", "claims"),
    [
        (
            "sex_conflict",
            """claim_lines join claims using (claim_id) join patients using (patient_id)
            join (select distinct item_code, sex_limit from items) using (item_code)
            where sex <> sex_limit""",
        ),
        (
            "practitioner_not_registered_then",
            """claims c where practitioner_id is not null and not exists (select 1 from
            practitioners p where p.practitioner_id = c.practitioner_id and
            p.provider_id = c.provider_id and c.admitted_on >= registered_from::date
            and (registered_to is null or c.admitted_on <= registered_to::date))""",
        ),
        (
            "service_outside_contract",
            """claims join providers using (provider_id) where admitted_on <
            contracted_from::date or discharged_on > contracted_to::date""",
        ),
        (
            "service_while_suspended",
            """claims c join contract_periods s using (provider_id) where
            admitted_on between suspended_from::date and suspended_to::date
            and coalesce(s.department_code, c.department_code) = c.department_code""",
        ),
        (
            "service_after_death",
            """claims join patients using (patient_id) where admitted_on > died_on::date""",
        ),
        (
            "negative_without_reversal",
            "claims where total_amount < 0 and reverses_claim_id is null",
        ),
        (
            "served_outside_stay",
            """claim_lines join claims using (claim_id) where served_at::date not between
            admitted_on and discharged_on""",
        ),
    ],
)
def test_a_warning_is_given_for_planted_rows_only(fund, warning, claims):
    reversed_too = f"""({PLANTED} or reverses_claim_id in (select claim_id from claims
        where {PLANTED}))"""

    assert one(fund, f"select count(*) from {claims} and not {reversed_too}") == 0, warning


def test_enrolments_overlap_only_where_two_schemes_pay(fund):
    doubled = "select entity_id from key_carriers where mechanism in "
    doubled += "('two_schemes', 'both_in_turn')"

    assert (
        one(
            fund,
            f"""select count(*) from enrolments a join enrolments b using (patient_id)
            where (a.enrolled_from, a.scheme) < (b.enrolled_from, b.scheme) and
            coalesce(a.enrolled_to, '9999-12-31') >= b.enrolled_from
            and patient_id not in ({doubled})""",
        )
        == 0
    )


def test_honest_providers_keep_to_their_suspensions(fund):
    kept = """select count(*) from contract_periods where provider_id not in
        (select entity_id from key_carriers where mechanism = 'while_suspended')"""

    assert one(fund, kept) > 0
