"""Amounts and outcomes beside what all others have with patients of the same kind."""

from parity.reference.arithmetic import Row, grouped, half_up, known, share
from parity.reference.expected import OTHERS_NEEDED, drawn_to_one
from parity.reference.registry import means
from parity.reference.subjects import Seen, Subject

CARE = ("provider", "practitioner")
ILLNESS, GROUP = ("inpatient", "diagnosis_group", "band"), ("drg_code", "band")


def _claims(seen: Seen) -> list[Row]:
    """Live claims but pharmacy sales, with the age band and the days until the next one."""
    kept = [Row(c) for c in seen.claims if c.visit_kind != "pharmacy"]
    for visits in grouped(kept, "patient_id", "inpatient").values():
        for claim, after in zip(visits, [*visits[1:], None], strict=True):
            wait = None if after is None else (after.admitted_on - claim.discharged_on).days
            claim["wait"] = wait
            claim["handed_over"] = (
                claim.disposition == "transferred"
                and wait in (0, 1)
                and after.provider_id != claim.provider_id
            )
    for c in kept:
        age = c.age_years
        c["band"] = None if age is None else sum(age >= edge for edge in (18, 45, 65, 80))
    return kept


def _stay_ended(how: str):
    def told(c: Row):
        return (c.disposition == how) * 10_000 if c.inpatient and c.disposition else None

    return told


def _followed(days: int, *, inpatient: bool):
    def told(c: Row):
        met = c.wait is not None and 0 <= c.wait <= days
        asked = c.inpatient == inpatient and not (inpatient and c.handed_over)
        return met * 10_000 if asked else None

    return told


def _sums(e: Subject, told, alike: tuple[str, ...]) -> tuple[int, int, int]:
    """(own sum, sum expected, own claims) where others have at least five claims of the kind."""
    claims = e.seen.once("claims-seen", _claims)
    kinds = e.seen.once(("kinds", alike), lambda _: grouped(claims, *alike))
    observed = expected = n = 0
    for kind in {tuple(c[name] for name in alike) for c in claims if c[e.key] == e.id}:
        if alike == GROUP and kind[0] is None:
            continue
        named = [c for c in kinds[kind] if c[e.key] is not None]
        own = known(told(c) for c in named if c[e.key] == e.id)
        others = known(told(c) for c in named if c[e.key] != e.id)
        if len(others) >= OTHERS_NEEDED:
            observed += sum(own)
            expected += half_up(len(own) * (sum(others) / len(others)))
            n += len(own)
    return observed, expected, n


def _amount(name: str, told, alike: tuple[str, ...]) -> None:
    def meaning(e: Subject):
        return drawn_to_one(*_sums(e, told, alike))

    meaning.__name__ = name
    means(*CARE)(meaning)


def _outcome(name: str, told) -> None:
    def meaning(e: Subject):
        observed, expected, n = _sums(e, told, ILLNESS)
        return (observed + 10_000) / (expected + 10_000) if n else None

    meaning.__name__ = name
    means(*CARE)(meaning)


def _secondary(c: Row):
    return None if c.secondary_n is None else c.secondary_n * 10_000


_amount("drg_weight_of_age_to_expected_365d", lambda c: c.weight, ILLNESS)
_amount("secondary_diagnoses_to_expected_365d", _secondary, ILLNESS)
_amount(
    "stay_days_to_group_expected_365d",
    lambda c: c.stay_days * 10_000 if c.inpatient else None,
    GROUP,
)
_amount("billed_fen_to_group_expected_365d", lambda c: c.total_amount, GROUP)
_outcome("deaths_to_expected_365d", _stay_ended("died"))
_outcome("left_against_advice_to_expected_365d", _stay_ended("against_advice"))
_outcome("transfers_to_expected_365d", _stay_ended("transferred"))
_outcome("stays_back_in_7_days_to_expected_365d", _followed(7, inpatient=True))
_outcome("stays_back_in_30_days_to_expected_365d", _followed(30, inpatient=True))
_outcome("visits_again_in_3_days_to_expected_365d", _followed(3, inpatient=False))
_outcome("visits_again_in_7_days_to_expected_365d", _followed(7, inpatient=False))


@means(*CARE)
def transferred_stays_share_365d(e: Subject):
    told = [c for c in e.stays if c.disposition is not None]
    return share(c.disposition == "transferred" for c in told)
