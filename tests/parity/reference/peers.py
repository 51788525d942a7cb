"""How far each entity stands from its peers, group by group, on plain lists."""

from datetime import date
from math import sqrt

from fraudml.features.catalogue import features_of
from fraudml.features.entry import Feature
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
    """peer_group, peers_n, widest_group and every feature's distance, for each entity of a grain.

    values  the features as computed: {entity: {feature: value}}
    """
    paths = {who: _PATHS[grain](seen, who) for who in values}
    working = {who for who in values if _works(values[who])}
    found = {who: _place(paths, working, path, params) for who, path in paths.items()}
    for entry in features_of(grain):
        shapes: dict[Path, Row] = {}
        for who, path in paths.items():
            if path not in shapes:
                groups = [
                    [(values[w][entry.name], _taken_over(entry, values[w]))
                     for w in working if paths[w][i:] == path[i:]]
                    for i in range(3)
                ]  # fmt: skip
                shapes[path] = _shape(groups, entry, params)
            value, n = values[who][entry.name], _taken_over(entry, values[who])
            found[who][entry.name] = _away(value, n, shapes[path], entry)
    return found


def _works(own: dict[str, Number | None]) -> bool:
    """Has claims in the window, or a practitioner's work on lines; unknown counts as yes."""
    claims = own["claims_count_365d"]
    return claims is None or claims > 0 or own.get("day_median_minutes_365d") is not None


def _taken_over(entry: Feature, own: dict[str, Number | None]) -> Number | None:
    """Over how many things a rate is taken: one at least; None where it is no rate."""
    n = None if entry.per is None else own[entry.per]
    return None if n is None else max(n, 1.0)


def _away(value: Number | None, n: Number | None, shape: Row, entry: Feature) -> float | None:
    """Distance from the centre in units of the spread between peers and one's own chance."""
    if value is None or shape.spread is None:
        return None
    if entry.per is None:
        return (value - shape.centre) / shape.spread
    beyond = 0.0
    if n is not None and shape.noise is not None:
        once = shape.noise
        if entry.noise == "counted":
            value = (value * n + shape.pool) / (n + 1)
            once = max(once, sqrt(once * max(value * (1 - value), 0.0)))
        beyond = max(once / n - shape.noise / shape.typical, 0.0)
    return (value - shape.centre) / sqrt(shape.spread**2 + beyond)


def _place(paths: dict[str, Path], working: set[str], path: Path, params: FeaturesParams) -> Row:
    """The finest group with enough members at work, and how many."""
    sizes = [sum(paths[other][i:] == path[i:] for other in working) for i in range(3)]
    level = next((i for i in (0, 1) if sizes[i] >= params.min_peers), 2)
    return Row(peer_group=path[level], peers_n=sizes[level], widest_group=path[-1])


def _shape(groups: list[list[tuple]], entry: Feature, params: FeaturesParams) -> Row:
    """What the finest group looks like, drawn toward its parents; thin groups left out."""
    shape = Row(centre=None, spread=None, typical=None, pool=None, noise=None)
    for group in reversed(groups):
        here = [pair for pair in group if pair[0] is not None]
        if len(here) < params.min_peers:
            continue
        weight = len(here) / (len(here) + params.shrink_peers)
        for name, own in _looks(here, entry, params).items():
            shape[name] = _drawn(own, shape[name], weight)
    if entry.noise == "counted" and shape.pool is not None:
        shape["noise"] = shape.pool * (1 - shape.pool)
    return shape


def _looks(here: list[tuple], entry: Feature, params: FeaturesParams) -> Row:
    """Centre and spread of one group, and of a rate its usual n and what chance does to it."""
    values = [value for value, _ in here]
    middle = median(values)
    looks = Row(centre=middle, spread=_spread(values, middle, STEPS[entry.unit]))
    sizes = known(n for _, n in here)
    if entry.per is None or not sizes:
        return looks
    looks["typical"] = median(sizes)
    if entry.noise == "counted":
        held = sum(half_up(value * n * 10_000) for value, n in here if n is not None)
        looks["pool"] = min(max(held / 10_000 / sum(half_up(n) for n in sizes), 0.0), 1.0)
    else:
        looks["noise"] = _by_size(here, middle, looks.typical, params)
    return looks


def _by_size(here: list[tuple], middle: float, typical: float, params: FeaturesParams):
    """Variance of one thing, as the smaller half of a group spreads wider than the larger half."""
    small = [(abs(value - middle), n) for value, n in here if n is not None and n <= typical]
    large = [(abs(value - middle), n) for value, n in here if n is not None and n > typical]
    if len(small) < params.min_peers or len(large) < params.min_peers:
        return None
    wide, narrow = ((median(away for away, _ in half) / 0.6745) ** 2 for half in (small, large))
    few, many = (median(n for _, n in half) for half in (small, large))
    return min(max((wide - narrow) / (1 / few - 1 / many), 0.0), wide * few)


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
