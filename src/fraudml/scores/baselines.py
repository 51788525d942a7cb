"""The lists anybody could make without a model; a model that does not beat them is not used."""

import hashlib

import numpy as np

from fraudml.scores.arrays import FloatArray
from fraudml.scores.cohort import AMOUNT, Cohort


def random_score(cohort: Cohort, *, seed: int) -> FloatArray:
    """(n,) uniform numbers that depend on the seed, the date and the id alone."""
    return np.array([_uniform(f"{seed}|{cohort.as_of}|{entity}") for entity in cohort.ids])


def _uniform(text: str) -> float:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6]) / float(1 << 48)


def amount_score(cohort: Cohort) -> FloatArray:
    """(n,) fen the fund paid in 365 days; unknown counts as least."""
    place = cohort.column(AMOUNT)
    if place is None:
        return np.zeros(len(cohort))
    return np.nan_to_num(cohort.raw[:, place], nan=-1.0)


def amount_per_peer_score(cohort: Cohort) -> FloatArray:
    """(n,) the same amount as a distance to the peer group; unknown counts as at the median."""
    place = cohort.column(AMOUNT)
    if place is None:
        return np.zeros(len(cohort))
    return np.nan_to_num(cohort.peer[:, place], nan=0.0)
