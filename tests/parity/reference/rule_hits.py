"""What features of rule hits mean, over counts written as rows of a table ``rule_counts``.

Raw funds hold no counts, so in them these features are null; tests/spec/test_features_rule_hits.py
draws some.
"""

from math import sqrt

from fraudml.features.catalogue import FEATURES
from parity.reference.arithmetic import Number
from parity.reference.registry import MEANINGS
from parity.reference.subjects import Subject


def surely(hits: int) -> float:
    """The lower 95 % limit of a Poisson mean, by the square root."""
    return max(sqrt(hits) - 1.645 / 2, 0.0) ** 2


def to_expected(hits: int, claims: int, others_hits: int, others_claims: int) -> float:
    """Hits less chance over one more than expected."""
    rate = others_hits / others_claims if others_claims else 0.0
    return surely(hits) / (claims * rate + 1)


def fund_share(beyond_fen: int, fund_fen: int, usual_fen: float) -> float | None:
    """Money beyond what like entities have over own fund money and the middle entity's."""
    whole = max(fund_fen, 0) + usual_fen
    return min(max(beyond_fen / whole, 0.0), 1.0) if whole else None


def _of_counts(_subject: Subject) -> Number | None:
    raise AssertionError("a raw fund holds no counts of hits")


for _entry in FEATURES:
    if _entry.family.endswith("_rule_hits"):
        MEANINGS[_entry.grain, _entry.name] = _of_counts
