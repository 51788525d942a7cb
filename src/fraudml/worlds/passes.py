"""Leave passes: for a day's errand from an honest bed, and for every night of a hung one."""

import numpy as np
import pyarrow as pa

from fraudml.worlds.billing import claim_ids
from fraudml.worlds.columns import Array
from fraudml.worlds.files import moment
from fraudml.worlds.fund import INPATIENT, Fund
from fraudml.worlds.settlement import Ledger

_WRITTEN = 0.75
_MINUTES = 1 << 21  # more than a window has


def leave_passes(fund: Fund, ledger: Ledger) -> pa.Table:
    """One row per pass and hour of leaving."""
    parts = zip(_errands(fund, ledger), _nights(fund, ledger), strict=True)
    place, left, back = (np.concatenate(both) for both in parts)
    _, one = np.unique(place * _MINUTES + left, return_index=True)
    place, left, back = place[one], left[one], back[one]
    return pa.table(
        {
            "claim_id": claim_ids(place),
            "left_at": moment(fund.window.date(left // 1440), left % 1440),
            "back_at": moment(fund.window.date(back // 1440), back % 1440),
        }
    )


def _nights(fund: Fund, ledger: Ledger) -> tuple[Array, Array, Array]:
    """Claim, and the minutes of the window at which somebody left for the night and came back."""
    rng, (stay, night) = fund.rng("passes.nights"), fund.slept_out.T
    live = np.flatnonzero(ledger.live())
    claim = np.full(len(fund.visits["patient"]), -1)
    claim[ledger.claims["visit"][live]] = live
    left = night * 1440 + rng.integers(16 * 60 + 40, 18 * 60 + 30, len(night))
    back = (night + 1) * 1440 + rng.integers(7 * 60, 8 * 60 + 20, len(night))
    settled = claim[stay] >= 0
    return claim[stay][settled], left[settled], back[settled]


def _errands(fund: Fund, ledger: Ledger) -> tuple[Array, Array, Array]:
    """The same for most honest visits elsewhere on a day within an honest stay."""
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
    midnight = visits["admitted"][outing] * 1440
    left = (visits["minute"][outing] - rng.integers(30, 90, len(outing))).clip(0)
    back = (visits["minute"][outing] + rng.integers(60, 240, len(outing))).clip(0, 1439)
    return place, midnight + left, midnight + back
