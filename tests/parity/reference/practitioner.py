"""Features that only practitioners have."""

from parity.reference.arithmetic import share
from parity.reference.registry import means
from parity.reference.subjects import Subject


@means("practitioner")
def unregistered_claims_share_365d(e: Subject):
    return share(c.unregistered for c in e.claims)
