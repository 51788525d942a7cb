"""What an entity has beside what all others have for the same diagnoses."""

from parity.reference.arithmetic import half_up, known, ratio
from parity.reference.registry import means
from parity.reference.subjects import Subject

OTHERS_NEEDED = 5
CARE = ("provider", "practitioner")


def beside_others(e: Subject, cell: str, *, stays_only: bool = False) -> tuple[int, int, int]:
    """(own sum, sum expected, own claims) over settings and diagnosis groups of which others
    have at least five claims. Claims without a diagnosis are compared with each other."""
    observed = expected = n = 0
    names = ("inpatient", "diagnosis_group")
    whole = e.seen.of("claims", *names)
    for key in {(c.inpatient, c.diagnosis_group) for c in e.claims}:
        alike = [c for c in whole[key] if c[e.key] is not None]
        own = known(c[cell] for c in alike if c[e.key] == e.id)
        others = known(c[cell] for c in alike if c[e.key] != e.id)
        if len(others) < OTHERS_NEEDED or (stays_only and not key[0]):
            continue
        observed += sum(own)
        expected += half_up(len(own) * (sum(others) / len(others)))
        n += len(own)
    return observed, expected, n


def drawn_to_one(observed: int, expected: int, n: int) -> float | None:
    """Observed over expected, as if five claims more had been as expected."""
    if not n:
        return None
    pull = expected * 5.0 / n
    return ratio(observed + pull, expected + pull)


def _against_others(name: str, cell: str, *grains: str, stays_only: bool = False) -> None:
    def meaning(e: Subject):
        return drawn_to_one(*beside_others(e, cell, stays_only=stays_only))

    meaning.__name__ = name
    means(*grains)(meaning)


_against_others("drg_weight_to_expected_365d", "weight", *CARE)
_against_others("fund_to_expected_365d", "fund_amount", *CARE)
_against_others("drug_fen_to_expected_365d", "drug_fen", *CARE)
_against_others("exam_fen_to_expected_365d", "exam_fen", "provider")
_against_others("lines_to_expected_365d", "lines_n", "provider")
_against_others("stay_days_to_expected_365d", "stay_days", "provider", stays_only=True)


@means("patient")
def fund_to_expected_365d(e: Subject):
    observed, expected, _ = beside_others(e, "fund_amount")
    return ratio(observed, expected)
