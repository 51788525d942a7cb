"""What can be wrong with a knowledge base beyond single cells: each with its remedy."""

from collections.abc import Iterator, Mapping
from datetime import date
from difflib import get_close_matches
from hashlib import sha256
from itertools import pairwise

from fraudml.errors import StateError
from fraudml.monitor.knowledge.forms import FILES, SAID, Entry, Fault, Form, typed
from fraudml.monitor.law.order_735 import article_sha256, words_of

Entries = Mapping[str, tuple[Entry, ...]]
LAW = "order_735"
UNITS: dict[str, Form] = {
    "days": "whole", "minutes": "whole", "fen": "whole", "count": "whole", "share": "number",
    "ratio": "number", "quantity": "number", "codes": "codes",
}  # fmt: skip


def faults_of(
    entries: Entries,
    asked: Mapping[tuple[str, str], str],
    catalogue: frozenset[str] | None,
    cited: frozenset[str],
) -> list[Fault]:
    """All faults of a merged knowledge base, in the order of its files."""
    return [
        *_sources(entries),
        *_periods(entries),
        *_thresholds(entries, asked),
        *_clauses(entries, cited),
        *_items(entries, catalogue),
    ]


def _sources(entries: Entries) -> Iterator[Fault]:
    known: dict[str, Entry] = {}
    for entry in entries["sources"]:
        if entry["source"] in known:
            yield _fault(entry, f"the source {entry['source']} stands here twice",
                         "Keep one of the rows")  # fmt: skip
        known[entry["source"]] = entry
    for name in ("thresholds", "clauses", "items"):
        for entry in entries[name]:
            if entry["source"] not in known:
                yield _fault(entry, f"the source {entry['source']!r} is not in sources.csv",
                             "Add a row there that says where the value comes from")  # fmt: skip


def _periods(entries: Entries) -> Iterator[Fault]:
    """Periods that end before they begin, and rows of one key that hold on the same day."""
    for form in FILES:
        by_key: dict[tuple[object, ...], list[Entry]] = {}
        for entry in entries[form.name] if form.dated else ():
            by_key.setdefault(tuple(entry[k] for k in form.key), []).append(entry)
            if entry["valid_to"] and entry["valid_to"] < (entry["valid_from"] or date.min):
                yield _fault(entry, "valid_to is earlier than valid_from", "Exchange the dates")
        for same in by_key.values():
            ordered = sorted(same, key=lambda e: e["valid_from"] or date.min)
            for one, other in pairwise(ordered):
                if (one["valid_to"] or date.max) >= (other["valid_from"] or date.min):
                    yield _fault(
                        other,
                        f"it holds on the same days as line {one.line} for the same "
                        f"{', '.join(form.key)}",
                        "End the earlier row with valid_to on the day before",
                    )


def _thresholds(entries: Entries, asked: Mapping[tuple[str, str], str]) -> Iterator[Fault]:
    rules = {rule for rule, _ in asked}
    general: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries["thresholds"]:
        rule, name = entry["rule"], entry["name"]
        if rule not in rules:
            yield _fault(
                entry, f"{rule!r} is no rule", _near(rule, rules, "Rules stand in docs/rules.md")
            )
            continue
        names = {n for r, n in asked if r == rule}
        if name not in names:
            yield _fault(entry, f"{name!r} is no threshold of {rule}",
                         _near(name, names, _has(names)))  # fmt: skip
            continue
        unit = asked[rule, name]
        if entry["unit"] != unit:
            yield _fault(entry, f"{name} is counted in {unit}, not in {entry['unit']!r}",
                         f"Write the value in {unit}")  # fmt: skip
        elif (value := typed(entry["value"], UNITS[unit])) is None or (
            unit == "share" and value > 1
        ):
            form = "a share from 0 to 1" if unit == "share" else SAID[UNITS[unit]]
            yield _fault(entry, f"{name} = {entry['value']!r} is not {form}", "Correct the value")
        if entry["level"] is None and entry["kind"] is None:
            general.setdefault((rule, name), []).append(entry)
        elif unit == "codes":
            yield _fault(entry, f"{name} is one list for everybody",
                         "Leave level and kind empty")  # fmt: skip
    for (_, name), held in general.items():
        yield from _days_without(name, held)
    for rule, name in sorted(set(asked) - set(general)):
        yield Fault("thresholds.csv", None, f"{rule} has no {name} for every level and kind",
                    "Add a row with level and kind empty")  # fmt: skip


def _days_without(name: str, held: list[Entry]) -> Iterator[Fault]:
    """Days on which a threshold has no value for everybody: the rule would find nothing then."""
    ordered = sorted(held, key=lambda e: e["valid_from"] or date.min)
    before = [None, *ordered[:-1]]
    for last, entry in zip(before, ordered, strict=True):
        since, until = entry["valid_from"], last["valid_to"] if last else None
        if since and (last is None or (until and (since - until).days > 1)):
            yield _fault(entry, f"{name} has no value for everybody on the days before {since}",
                         "Add a row that holds until then, or leave valid_from empty")  # fmt: skip
    if until := ordered[-1]["valid_to"]:
        yield _fault(ordered[-1], f"{name} has no value for everybody after {until}",
                     "Add a row that holds from then on, or leave valid_to empty")  # fmt: skip


def _clauses(entries: Entries, cited: frozenset[str]) -> Iterator[Fault]:
    for entry in entries["clauses"]:
        ours = entry["source"] == LAW
        try:
            words = words_of(entry["clause"]) if ours else entry["words"]
        except StateError:
            words = ""
        if not words or entry["words"] != words:
            yield _fault(entry, f"the words are not those of clause {entry['clause']}",
                         "Copy them word for word, or name another source")  # fmt: skip
            continue
        digest = article_sha256(entry["clause"]) if ours else sha256(words.encode()).hexdigest()
        if entry["article_sha256"] != digest:
            yield _fault(entry, "article_sha256 is not the digest of "
                         + ("the article" if ours else "the words"), f"Write {digest}")  # fmt: skip
    known = {entry["clause"] for entry in entries["clauses"]}
    for clause in sorted(cited - known):
        yield Fault("clauses.csv", None, f"clause {clause} is cited and not here", "Add its row")


def _items(entries: Entries, catalogue: frozenset[str] | None) -> Iterator[Fault]:
    for entry in entries["items"]:
        codes = (entry["item_code"], *(entry["bundle_of"] or ()))
        for code in codes if catalogue is not None else ():
            if code not in (catalogue or ()):
                yield _fault(entry, f"the item {code} is not in the catalogue that came in",
                             "Correct the code, or hand the item in with items")  # fmt: skip
        if (entry["age_min"] or 0) > (entry["age_max"] if entry["age_max"] is not None else 999):
            yield _fault(entry, "age_min is above age_max", "Exchange them")


def _fault(entry: Entry, what: str, remedy: str) -> Fault:
    return Fault(entry.file, entry.line, what, remedy)


def _near(name: str, known: set[str], otherwise: str) -> str:
    """What may have been meant; where nothing known looks like it, what to do otherwise."""
    near = get_close_matches(name, sorted(known), 1)
    return f"Did you mean {near[0]}" if near else otherwise


def _has(names: set[str]) -> str:
    return f"It has {', '.join(sorted(names))}" if names else "It has none: take the row out"
