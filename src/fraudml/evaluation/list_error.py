"""How long a list may be before too many of those on it are clean."""

from typing import Any

import numpy as np
import pyarrow as pa

from fraudml.entities import GrainName
from fraudml.scores.conformal import benjamini_hochberg
from fraudml.scores.list_error import FALSE_SHARE, LENGTH, Groups, list_error


def list_error_figures(
    grain: GrainName, scores: pa.Table, peers: Groups, labels: pa.Table
) -> dict[str, Any]:
    """How many may be listed with an expected share of clean ones of at most q, or why unknown.

    Arguments as of ``fraudml.scores.list_error.list_error``. returns assessed, reason, tolerated
    (q), length (k the calibration must suffice for), calibrated, groups, groups_in_all, listed
    """
    found = list_error(grain, scores, peers, labels)
    adjusted = benjamini_hochberg(found.p_value)
    given = found.reason is None
    return {
        "assessed": given,
        "reason": found.reason,
        "tolerated": FALSE_SHARE,
        "length": LENGTH,
        "calibrated": found.calibrated,
        "groups": found.groups,
        "groups_in_all": found.groups_in_all,
        "listed": int(np.sum(adjusted <= FALSE_SHARE)) if given else None,
    }
