"""The state that the parts of the simulator pass along."""

from dataclasses import dataclass, field

import numpy as np

from fraudml.worlds.catalogue import Catalogue
from fraudml.worlds.columns import Array, Columns, Rng, named_rng
from fraudml.worlds.window import Window

VISIT_KINDS = ("inpatient", "outpatient", "chronic", "emergency", "pharmacy")
INPATIENT, OUTPATIENT, CHRONIC, EMERGENCY, PHARMACY_SALE = range(5)
CARDS = ("card", "ecode", "face", "none")
CARD, ECODE, FACE, NO_CARD = range(4)


@dataclass
class Fund:
    """A fund in the making; ``visits`` and ``lines`` are replaced as it grows.

    visits  patient, provider, practitioner (-1 none), kind, group, diagnosis, drg (-1 none),
            admitted, discharged (day numbers), minute (of the day), card, care (how much is
            done, 1 usual, 0 nothing by itself), true_drg (before upcoding), plant (-1 honest)
    lines   visit, item, day, minute, quantity, price_fen, supply (days, 0 none), handed (the
            item truly given, -1 none), false (share of the amount that is false), plant
    """

    seed: int
    window: Window
    catalogue: Catalogue
    providers: Columns
    practitioners: Columns
    patients: Columns
    visits: Columns = field(default_factory=dict)
    lines: Columns = field(default_factory=dict)

    def rng(self, name: str) -> Rng:
        """The generator for one named purpose."""
        return named_rng(self.seed, name)


def under_contract(fund: Fund, visits: Columns) -> Array:
    """Whether each visit begins and ends while its provider is designated."""
    provider = visits["provider"]
    opened, closed = fund.providers["opened"][provider], fund.providers["closed"][provider]
    return np.asarray((opened <= visits["admitted"]) & (visits["discharged"] <= closed))


def make_visits(**known: Array) -> Columns:
    """Visits with what is known of them; the rest is plain and honest."""
    n = len(known["patient"])
    plain = {
        "practitioner": np.full(n, -1),
        "drg": np.full(n, -1),
        "minute": np.full(n, 600),
        "card": np.zeros(n, dtype=np.int64),
        "care": np.ones(n),
        "plant": np.full(n, -1),
    }
    plain["true_drg"] = known.get("drg", plain["drg"])
    return {name: np.asarray(known.get(name, plain.get(name))) for name in VISIT_COLUMNS}


VISIT_COLUMNS = (
    "patient",
    "provider",
    "practitioner",
    "kind",
    "group",
    "diagnosis",
    "drg",
    "admitted",
    "discharged",
    "minute",
    "card",
    "care",
    "true_drg",
    "plant",
)


def make_lines(**known: Array) -> Columns:
    """Lines with what is known of them; honestly handed out and priced later."""
    n = len(known["visit"])
    plain = {
        "minute": np.zeros(n, dtype=np.int64),
        "quantity": np.ones(n, dtype=np.int64),
        "price_fen": np.zeros(n, dtype=np.int64),
        "supply": np.zeros(n, dtype=np.int64),
        "handed": known["item"],
        "false": np.zeros(n),
        "plant": np.full(n, -1),
    }
    return {name: np.asarray(known.get(name, plain.get(name))) for name in LINE_COLUMNS}


LINE_COLUMNS = (
    "visit",
    "item",
    "day",
    "minute",
    "quantity",
    "price_fen",
    "supply",
    "handed",
    "false",
    "plant",
)
