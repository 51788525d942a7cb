"""The three kinds of entity whose behaviour is scored, and what they are called."""

from dataclasses import dataclass
from typing import Literal, get_args

GrainName = Literal["provider", "practitioner", "patient"]


@dataclass(frozen=True)
class Grain:
    """One kind of entity: its key column, its words, and whether it is a natural person."""

    name: GrainName
    key: str
    zh: str
    person: bool


PROVIDER = Grain("provider", "provider_id", "定点医药机构", person=False)
PRACTITIONER = Grain("practitioner", "practitioner_id", "医师", person=True)
PATIENT = Grain("patient", "patient_id", "参保人员", person=True)

GRAINS: dict[GrainName, Grain] = {g.name: g for g in (PROVIDER, PRACTITIONER, PATIENT)}
GRAIN_NAMES: tuple[GrainName, ...] = get_args(GrainName)
