"""The one catalogue of features: feeds the query, the dictionary, the reasons and the packets."""

from fraudml.entities import GrainName
from fraudml.features.communities import COMMUNITIES
from fraudml.features.cover import COVER
from fraudml.features.entry import Feature
from fraudml.features.families import FAMILIES
from fraudml.features.goods import GOODS
from fraudml.features.insured import INSURED
from fraudml.features.patient import PATIENT
from fraudml.features.practitioner import PRACTITIONER
from fraudml.features.provider import PROVIDER_HEADER
from fraudml.features.provider_lines import PROVIDER_LINES
from fraudml.features.provider_mix import PROVIDER_MIX
from fraudml.features.rule_hits import RULE_HITS
from fraudml.features.standardised import STANDARDISED
from fraudml.features.surroundings import SURROUNDINGS
from fraudml.features.tempo import TEMPO_OF_ALL
from fraudml.features.ties import TIES

_BY_SUBJECT: tuple[Feature, ...] = (
    *PROVIDER_HEADER,
    *PROVIDER_MIX,
    *PROVIDER_LINES,
    *RULE_HITS["provider"],
    *PRACTITIONER,
    *RULE_HITS["practitioner"],
    *PATIENT,
    *RULE_HITS["patient"],
    *STANDARDISED,
    *TEMPO_OF_ALL,
    *SURROUNDINGS,
    *TIES,
    *COMMUNITIES,
    *COVER,
    *GOODS,
    *INSURED,
)
_OF: dict[GrainName, tuple[Feature, ...]] = {
    grain: tuple(f for f in _BY_SUBJECT if f.grain == grain)
    for grain in ("provider", "practitioner", "patient")
}
FEATURES: tuple[Feature, ...] = tuple(entry for entries in _OF.values() for entry in entries)
_BY_NAME = {(f.grain, f.name): f for f in FEATURES}


def features_of(grain: GrainName) -> tuple[Feature, ...]:
    """The catalogue of one grain, in the order of its columns."""
    return _OF[grain]


def feature(name: str, grain: GrainName) -> Feature:
    """One entry of the catalogue; KeyError where there is none of that name."""
    return _BY_NAME[(grain, name)]


def needs_of(entry: Feature) -> tuple[str, ...]:
    """All contract columns an entry needs, those of its family's tables included."""
    tables = FAMILIES[entry.family].tables
    return tuple(dict.fromkeys((*(_KEY_OF[table] for table in tables), *entry.needs)))


_KEY_OF = {
    "rule_counts": "rule_counts.hits",
    "claim_lines": "claim_lines.item_code",
    "stock_moves": "stock_moves.purchased",
    "tips": "tips.target_id",
    "leave_passes": "leave_passes.left_at",
    "enrolments": "enrolments.enrolled_from",
    "practitioners": "practitioners.practitioner_id",
}
