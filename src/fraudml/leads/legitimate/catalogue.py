"""Every test of a legitimate explanation, and the answers for who is listed."""

from collections.abc import Mapping, Sequence
from datetime import date

import pyarrow as pa

from fraudml.claims.accepted import Claims
from fraudml.engine import Engine
from fraudml.entities import GRAINS, GrainName
from fraudml.leads.legitimate.branches import BRANCH_TRANSFER
from fraudml.leads.legitimate.crowds import EPIDEMIC, GROUP_VISIT
from fraudml.leads.legitimate.entry import Answer, Asked, Circumstance
from fraudml.leads.legitimate.places import NEW_DEPARTMENT, REFERRAL_CENTRE, SOLE_PROVIDER
from fraudml.leads.legitimate.treatment import CASE_MIX, STAGED_TREATMENT

CIRCUMSTANCES: tuple[Circumstance, ...] = (
    REFERRAL_CENTRE, SOLE_PROVIDER, STAGED_TREATMENT, EPIDEMIC, GROUP_VISIT, NEW_DEPARTMENT,
    CASE_MIX, BRANCH_TRANSFER,
)  # fmt: skip
CAN_BE_TESTED = frozenset(one.key for one in CIRCUMSTANCES)
Answers = Mapping[str, Answer]  # by key of the explanation; absent: the claims cannot say


def answers(
    engine: Engine, claims: Claims, ids: Sequence[str], *, grain: GrainName, as_of: date
) -> dict[str, Answers]:
    """By listed entity what its claims say of each explanation that can be tested.

    An entity without the rows that a test needs, and a test whose columns did not come in, have no
    answer: not testable, which is no "no".
    """
    found: dict[str, dict[str, Answer]] = {one: {} for one in ids}
    listed = engine.table(pa.table({"id": pa.array(sorted(ids), pa.string())}), f"asked_{grain}")
    asked = Asked(claims, GRAINS[grain], listed, as_of)
    for one in CIRCUMSTANCES:
        if not ids or grain not in one.grains or claims.missing(one.needs):
            continue
        for row in engine.rows(one.find(asked), at_most=len(ids)).to_pylist():
            found[row["id"]][one.key] = one.answer(row)
    return dict(found)
