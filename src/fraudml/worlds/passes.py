"""Leave passes: what an honest hospital writes down when somebody in bed goes out for a day."""

import numpy as np
import pyarrow as pa

from fraudml.worlds.billing import claim_ids
from fraudml.worlds.files import moment
from fraudml.worlds.fund import INPATIENT, Fund
from fraudml.worlds.settlement import Ledger

_WRITTEN = 0.75


def leave_passes(fund: Fund, ledger: Ledger) -> pa.Table:
    """One row per pass: most honest visits elsewhere on a day within an honest stay have one."""
    visits, rng = fund.visits, fund.rng("passes")
    live = np.flatnonzero(ledger.live())
    of_claim = ledger.claims["visit"][live]
    stays = live[(visits["kind"][of_claim] == INPATIENT) & (visits["plant"][of_claim] < 0)]
    stay = ledger.claims["visit"][stays]
    outings = np.flatnonzero((visits["kind"] != INPATIENT) & (visits["plant"] < 0))
    width = 4096
    order = np.argsort(visits["patient"][stay] * width + visits["admitted"][stay], kind="stable")
    begin = (visits["patient"][stay] * width + visits["admitted"][stay])[order]
    key = visits["patient"][outings] * width + visits["admitted"][outings]
    at = np.searchsorted(begin, key) - 1
    at_stay = stay[order[at.clip(0)]]
    inside = (at >= 0) & (visits["patient"][at_stay] == visits["patient"][outings])
    inside &= visits["admitted"][outings] < visits["discharged"][at_stay]
    inside &= visits["provider"][outings] != visits["provider"][at_stay]
    inside &= rng.random(len(outings)) < _WRITTEN
    outing, place = outings[inside], stays[order[at[inside]]]
    _, one = np.unique(
        np.column_stack([place, visits["admitted"][outing]]), axis=0, return_index=True
    )
    outing, place = outing[one], place[one]
    date = fund.window.date(visits["admitted"][outing])
    left = (visits["minute"][outing] - rng.integers(30, 90, len(outing))).clip(0)
    back = (visits["minute"][outing] + rng.integers(60, 240, len(outing))).clip(0, 1439)
    return pa.table(
        {
            "claim_id": claim_ids(place),
            "left_at": moment(date, left),
            "back_at": moment(date, back),
        }
    )
