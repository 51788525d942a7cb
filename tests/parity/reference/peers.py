"""How far each entity stands from its peers, group by group, on plain lists."""

from datetime import date

from fraudml.features.catalogue import features_of
from fraudml.params import FeaturesParams
from parity.reference.arithmetic import Number, Row, half_up, known, median
from parity.reference.claims import age_in_years
from parity.reference.fund import Fund
from parity.reference.subjects import Seen

Values = dict[str, dict[str, Number | None]]
Path = tuple[str, str, str]  # labels of the groups one belongs to, from finest to coarsest

# Deviations are counted in these steps where their mean is taken: fen, thousandths of a day, ...
STEPS = {"fen": 1, "days": 1_000, "share": 1_000_000, "count": 1_000, "ratio": 10_000,
         "minutes": 100, "weight": 10_000}  # fmt: skip


def distances(seen: Seen, grain: str, values: Values, params: FeaturesParams) -> dict[str, Row]:
    """peer_group, peers_n and the distance of every feature, for each entity of a grain.

    values  the features as computed: {entity: {feature: value}}
    """
    paths = {who: _PATHS[grain](seen, who) for who in values}
    found = {who: _place(paths, path, params) for who, path in paths.items()}
    for entry in features_of(grain):
        shapes: dict[Path, tuple] = {}
        for who, path in paths.items():
            if path not in shapes:
                groups = [
                    [values[w][entry.name] for w, other in paths.items() if other[i:] == path[i:]]
                    for i in range(3)
                ]
                shapes[path] = _shape(groups, STEPS[entry.unit], params)
            centre, spread = shapes[path]
            value = values[who][entry.name]
            unknown = value is None or spread is None
            found[who][entry.name] = None if unknown else (value - centre) / spread
    return found


def _place(paths: dict[str, Path], path: Path, params: FeaturesParams) -> Row:
    """The finest group with enough members, and how many."""
    sizes = [sum(other[i:] == path[i:] for other in paths.values()) for i in range(3)]
    level = next((i for i in (0, 1) if sizes[i] >= params.min_peers), 2)
    return Row(peer_group=path[level], peers_n=sizes[level])


def _shape(groups: list[list], step: int, params: FeaturesParams) -> tuple:
    """Centre and spread of the finest group, drawn toward its parents'; thin groups left out."""
    centre = spread = None
    for group in reversed(groups):
        here = known(group)
        if len(here) < params.min_peers:
            continue
        weight = len(here) / (len(here) + params.shrink_peers)
        middle = median(here)
        centre = _drawn(middle, centre, weight)
        spread = _drawn(_spread(here, middle, step), spread, weight)
    return centre, spread


def _drawn(own: float | None, parent: float | None, weight: float) -> float | None:
    if own is None or parent is None:
        return parent if own is None else own
    return weight * own + (1.0 - weight) * parent


def _spread(values: list, middle: float, step: int) -> float | None:
    """Median absolute deviation, or the mean one where most do not differ; None if none does."""
    away = [abs(value - middle) for value in values]
    usual = median(away)
    if usual > 0:
        return usual / 0.6745
    mean = sum(half_up(deviation * step) for deviation in away) / len(away) / step
    return mean * 1.253314 or None


def _words(*parts: object) -> str:
    return " · ".join("?" if part is None else str(part) for part in parts)


def _level(provider: Row | None) -> str:
    return f"level {_words(provider and provider.level)}"


def _provider(seen: Seen, who: str) -> Path:
    p = seen.fund.providers[who]
    level, kind = _level(p), _words(p.kind)
    return _words(level, kind, p.region_code), _words(level, kind), kind


def _practitioner(seen: Seen, who: str) -> Path:
    """By specialty and level of the newest place of registration, else of most claims."""
    rows = [
        r for r in seen.fund.table("practitioners")
        if r.practitioner_id == who and r.registered_from <= seen.as_of
    ]  # fmt: skip
    claims = seen.of("claims", "practitioner_id").get((who,), [])
    places = [c.provider_id for c in claims]
    main = min(set(places), key=lambda place: (-places.count(place), place), default=None)
    specialty = None
    if rows:
        newest = min(rows, key=lambda r: (-r.registered_from.toordinal(), r.provider_id))
        main, specialty = newest.provider_id, newest.specialty
    provider = _known_provider(seen.fund, main, seen.as_of)
    return _words(specialty, _level(provider)), _words(specialty), "all"


def _known_provider(fund: Fund, name: str | None, as_of: date) -> Row | None:
    """A provider, of which nothing is known before its contract begins."""
    p = fund.providers.get(name)
    ahead = p is not None and p.contracted_from is not None and p.contracted_from > as_of
    return None if ahead else p


def _patient(seen: Seen, who: str) -> Path:
    person = seen.fund.patients.get(who) or Row(birth_date=None, sex=None, scheme=None)
    years = age_in_years(person.birth_date, seen.as_of)
    age = f"age {_band(years)}"
    return _words(age, person.sex, person.scheme), age, "all"


def _band(years: int | None) -> str:
    if years is None:
        return "?"
    bands = ((18, "0-17"), (45, "18-44"), (65, "45-64"), (80, "65-79"))
    return next((words for until, words in bands if years < until), "80+")


_PATHS = {"provider": _provider, "practitioner": _practitioner, "patient": _patient}
