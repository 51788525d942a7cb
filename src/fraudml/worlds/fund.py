"""The state that the parts of the simulator pass along."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from fraudml.entities import GrainName
from fraudml.worlds.catalogue import Catalogue
from fraudml.worlds.columns import Array, Columns, Rng, named_rng
from fraudml.worlds.window import Window

VISIT_KINDS = ("inpatient", "outpatient", "chronic", "emergency", "pharmacy")
INPATIENT, OUTPATIENT, CHRONIC, EMERGENCY, PHARMACY_SALE = range(5)
CARDS = ("card", "ecode", "face", "none")
CARD, ECODE, FACE, NO_CARD = range(4)


NO_PRACTITIONER, NO_DIAGNOSIS, NO_START, NO_LINES = 1, 2, 4, 8  # what was not sent, as bits


class Borne(NamedTuple):
    """An entity that bears a plant without being named by a false row of its own."""

    grain: GrainName
    entity: int
    plant: int


class Enrolment(NamedTuple):
    """A period of insurance beside the usual one; stop -1 is open, employer -1 none."""

    patient: int
    employee: bool
    start_day: int
    stop_day: int
    employer: int
    away: bool


class Suspension(NamedTuple):
    """A contract interrupted from and to these days; group -1 the whole provider's."""

    provider: int
    first_day: int
    last_day: int
    group: int = -1


class Artefact(NamedTuple):
    """A data error; provider -1 where it is not one institution's, days from and before.

    group  the department, where it is one department's; -1 otherwise
    """

    number: int
    name: str
    provider: int
    start_day: int
    stop_day: int
    group: int = -1


class Lookalike(NamedTuple):
    """Honest behaviour of one entity that resembles a scheme."""

    name: str
    grain: GrainName
    entity: int


@dataclass
class Fund:
    """A fund in the making; ``visits`` and ``lines`` are replaced as it grows.

    visits  patient, person (who truly came), provider, practitioner (-1 none), kind, group,
            diagnosis, drg (-1 none), admitted, discharged (day numbers), minute (of the day),
            card, care (how much is done, 1 usual, 0 nothing by itself, -1 no bed either),
            true_drg (before upcoding), plant (-1 honest),
            artefact (-1 none), loss (share of a false visit that the fund lost), delay (days by
            which it is settled later), unsent (bits of what was not sent); and, drawn or usual
            where below 0: terminal, ending, referral, scheme (1 employee), account (1/10000 of
            the patient's part), sent_at (minutes after the window began)
    lines   visit, item, day, minute, quantity, price_fen, supply (days, 0 none), handed (the
            item truly given, -1 none), false (share of the amount that is false), plant,
            artefact, units (pieces of a pack that one unit of quantity is counted in); and, as
            usual where below 0: scope (0 A, 1 B, 2 C, 3 C but paid), local (the item whose local
            code stands there)
    borne       plants carried by entities that no false row names
    copied      (n, 2) visit, and the visit that is billed line by line as that one was
    sold_again  (n, 2) line, and the line whose packs it sells once more
    sent_back   lines whose packs had been returned to the supplier
    one_code    lines of several packs of which one was scanned
    booked      lines that the stock is booked for as billed, whatever was handed out and scanned
    unscanned   lines whose packs were not scanned
    elsewhere   (n, 2) line, and the provider that had bought its packs
    covered     lines of goods for which purchases are booked at the half-year's end
    unreported  (n, 3) provider, item and the month from which its stock is reported no more
    slept_out   (n, 2) stay, and the day on whose evening a pass was written until the morning
    shifted     by plant, the visits (or pairs of them) among which costs are moved
    """

    seed: int
    window: Window
    catalogue: Catalogue
    providers: Columns
    practitioners: Columns
    patients: Columns
    visits: Columns = field(default_factory=dict)
    lines: Columns = field(default_factory=dict)
    borne: list[Borne] = field(default_factory=list)
    enrolments: list[Enrolment] = field(default_factory=list)
    suspensions: list[Suspension] = field(default_factory=list)
    copied: Array = field(default_factory=lambda: np.empty((0, 2), dtype=np.int64))
    sold_again: Array = field(default_factory=lambda: np.empty((0, 2), dtype=np.int64))
    sent_back: Array = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    one_code: Array = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    booked: Array = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    unscanned: Array = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    elsewhere: Array = field(default_factory=lambda: np.empty((0, 2), dtype=np.int64))
    covered: Array = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    unreported: Array = field(default_factory=lambda: np.empty((0, 3), dtype=np.int64))
    slept_out: Array = field(default_factory=lambda: np.empty((0, 2), dtype=np.int64))
    shifted: dict[int, Array] = field(default_factory=dict)
    artefacts: list[Artefact] = field(default_factory=list)
    lookalikes: list[Lookalike] = field(default_factory=list)

    def rng(self, name: str) -> Rng:
        """The generator for one named purpose."""
        return named_rng(self.seed, name)

    def bear(self, grain: GrainName, entity: int, plant: int) -> None:
        """Count an entity as a carrier of a plant, with or without false rows of its own."""
        self.borne.append(Borne(grain, entity, plant))

    def note(self, lookalike: str, grain: GrainName, entities: Array) -> None:
        """Write down honest entities that resemble a scheme."""
        self.lookalikes += [Lookalike(lookalike, grain, int(e)) for e in np.unique(entities)]

    def enrol(
        self,
        patient: int,
        *,
        employee: bool,
        start: int,
        stop: int = -1,
        employer: int = -1,
        away: bool = False,
    ) -> None:
        """A further period of insurance; away  in another region than the person's own."""
        self.patients["enrolled"][patient] = True
        self.enrolments.append(Enrolment(patient, employee, start, stop, employer, away))

    def suspend(self, provider: int, first_day: int, last_day: int, group: int = -1) -> None:
        """Interrupt a contract, or that of one department."""
        self.suspensions.append(Suspension(provider, first_day, last_day, group))


def born_day(fund: Fund, patient: Array) -> Array:
    """The day number on which each patient was born; mostly far below 0."""
    born = fund.patients["born"][patient]
    return np.asarray((born - fund.window.first).astype(np.int64))


def age_at(fund: Fund, patient: Array, day: Array) -> Array:
    """Age in whole years on that day."""
    born, at = fund.patients["born"][patient], fund.window.date(day)
    months = (at.astype("datetime64[M]") - born.astype("datetime64[M]")).astype(np.int64)
    early = (at - at.astype("datetime64[M]")) < (born - born.astype("datetime64[M]"))
    return np.asarray((months - early) // 12)


def schemes(fund: Fund, visits: Columns) -> Array:
    """The insurance each visit is settled under: 1 employee, 0 resident."""
    own = fund.patients["employee"][visits["patient"]].astype(np.int64)
    return np.where(visits["scheme"] >= 0, visits["scheme"], own)


def under_contract(fund: Fund, visits: Columns) -> Array:
    """Whether each visit begins and ends while its provider is designated, or still billed for."""
    provider = visits["provider"]
    opened, closed = fund.providers["opened"][provider], fund.providers["closed"][provider]
    closed = closed + fund.providers["grace"][provider]
    return np.asarray((opened <= visits["admitted"]) & (visits["discharged"] <= closed))


def make_visits(**known: Array) -> Columns:
    """Visits with what is known of them; the rest is plain and honest."""
    n = len(known["patient"])
    plain = {
        "practitioner": np.full(n, -1),
        "person": known["patient"],
        "drg": np.full(n, -1),
        "minute": np.full(n, 600),
        "card": np.zeros(n, dtype=np.int64),
        "care": np.ones(n),
        "plant": np.full(n, -1),
        "artefact": np.full(n, -1, dtype=np.int16),
        "loss": np.ones(n),
        "delay": np.zeros(n, dtype=np.int16),
        "unsent": np.zeros(n, dtype=np.int8),
        "terminal": np.full(n, -1, dtype=np.int16),
        "ending": np.full(n, -1, dtype=np.int8),
        "referral": np.full(n, -1, dtype=np.int8),
        "scheme": np.full(n, -1, dtype=np.int8),
        "account": np.full(n, -1, dtype=np.int16),
        "sent_at": np.full(n, -1),
    }
    plain["true_drg"] = known.get("drg", plain["drg"])
    return {name: np.asarray(known.get(name, plain.get(name))) for name in VISIT_COLUMNS}


VISIT_COLUMNS = (
    "patient",
    "provider",
    "practitioner",
    "kind",
    "person",
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
    "artefact",
    "loss",
    "delay",
    "unsent",
    "terminal",
    "ending",
    "referral",
    "scheme",
    "account",
    "sent_at",
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
        "plant": np.full(n, -1, dtype=np.int16),
        "artefact": np.full(n, -1, dtype=np.int16),
        "units": np.ones(n, dtype=np.int16),
        "scope": np.full(n, -1, dtype=np.int8),
        "local": np.full(n, -1, dtype=np.int16),
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
    "artefact",
    "units",
    "scope",
    "local",
)
