"""The one catalogue of artefact signatures: feeds the queries, the reference and the requests."""

from fraudml.monitor.signatures.amounts import AMOUNTS
from fraudml.monitor.signatures.batches import BATCHES
from fraudml.monitor.signatures.codes import CODES
from fraudml.monitor.signatures.contracts import CONTRACTS
from fraudml.monitor.signatures.entry import Signature
from fraudml.monitor.signatures.packs import PACK_CODES
from fraudml.monitor.signatures.people import PEOPLE
from fraudml.monitor.signatures.placeholders import PLACEHOLDERS
from fraudml.monitor.signatures.spans import SPANS

SIGNATURES: tuple[Signature, ...] = tuple(
    sorted(
        (*PLACEHOLDERS, *PEOPLE, *CODES, *AMOUNTS, *BATCHES, *CONTRACTS, *PACK_CODES, *SPANS),
        key=lambda one: one.id,
    )
)
SIGNATURE: dict[str, Signature] = {one.id: one for one in SIGNATURES}
ASKED: dict[tuple[str, str], str] = {
    (one.id, name): unit for one in SIGNATURES for name, unit in one.thresholds
}
