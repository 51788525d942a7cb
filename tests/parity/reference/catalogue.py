"""Every feature of a fund by its plain reference; importing this registers all of them."""

from collections.abc import Container

from fraudml.features.catalogue import features_of, needs_of
from parity.reference import (  # noqa: F401 (each registers the features it holds)
    billed_lines,
    common,
    company,
    expected,
    goods,
    insured,
    patient,
    practitioner,
    prices,
    provider_mix,
    provider_money,
    provider_people,
    provider_stays,
    rule_hits,
    standardised,
    supply,
    surroundings,
    tempo,
    ties,
)
from parity.reference.arithmetic import Number
from parity.reference.registry import MEANINGS
from parity.reference.subjects import Seen, Subject, cohort


def values_at(
    seen: Seen, grain: str, names: Container[str] | None = None
) -> dict[str, dict[str, Number | None]]:
    """{entity: {feature: value}} as of one date; None where a needed column did not come in.

    names  the features asked for; None: all of the grain
    """
    subjects = [Subject(seen, grain, who) for who in cohort(seen, grain)]
    entries = [
        (entry.name, all(seen.fund.came(need) for need in needs_of(entry)))
        for entry in features_of(grain)
        if names is None or entry.name in names
    ]
    return {
        e.id: {name: MEANINGS[grain, name](e) if came else None for name, came in entries}
        for e in subjects
    }
