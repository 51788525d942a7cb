"""Hypothesis strategies for small funds: nulls, ties, ends of windows, and whatever may be absent.

A fund is drawn as one catalogue (items and DRG groups with their periods) and many small cases,
each with its own providers, people and claims. Cases are drawn one by one, each within what
Hypothesis can draw at once, and joined: the whole is built in one go, and features that look at
others (prices, expected weights, peers) see more than one case.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from fraudml.claims.schema import CONTRACT
from tables import Row

Tables = dict[str, list[Row]]
Draw = Callable[[st.SearchStrategy[Any]], Any]

# The second ends a leap year, the third stands 90 days after it, the last has no claim behind it.
AS_OF = (date(2023, 6, 30), date(2024, 2, 29), date(2024, 5, 29))
NOTHING_KNOWN = date(2019, 1, 1)
_BASE = AS_OF[1]
# Days beside the middle date: ends of its year and of its 90 days, the other dates, and around.
_EDGES = (0, 1, -1, -89, -90, -91, -364, -365, -366, 90, 91, -244, -245, -609)
DAYS = st.one_of(st.sampled_from(_EDGES), st.integers(-40, 10), st.integers(-700, 120)).map(
    lambda days: _BASE + timedelta(days=days)
)
_ITEMS = ("x01a", "x01b", "x02a", "XN05BA01000011", "XN05BA01000029", "ZZ")
_DRGS = ("FA11", "FA13", "FA15", "GB21", "G")
_DIAGNOSES = ("I10.1", "I10.9", "I1", "J18.9", "E11")
_KINDS = ("inpatient", "inpatient", "inpatient", "outpatient", "chronic", "emergency", "pharmacy")
_AMOUNTS = (0, 1, 9_999, 10_000, 20_000, 33_333, 47_100, 58_200, 69_300, 71_400, 123_456)


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A value, or now and then nothing known."""
    return st.one_of(values, values, st.none())


def pick(*values: Any) -> st.SearchStrategy[Any]:
    """One of these values."""
    return st.sampled_from(values)


@st.composite
def periods(draw: Draw, key: str, codes: tuple[str, ...], cells: dict[str, Any]) -> list[Row]:
    """Catalogue rows: none, one or several periods a code, ended, overlapping or open."""
    rows = []
    for code in codes:
        for since in draw(st.sets(pick(-900, -365, -100, -20, -1, 0, 30), min_size=1, max_size=3)):
            row = {name: draw(values) for name, values in cells.items()}
            until = draw(pick(None, None, -90, -1, 0, 300))  # days on which claims often fall
            start = _BASE + timedelta(days=since)
            end = None if until is None else _BASE + timedelta(days=max(until, since))
            rows.append({key: code, "valid_from": start, "valid_to": end, **row})
    return rows


ITEM_CELLS = {
    "name": st.just("item"), "unit": st.just("piece"),
    "kind": pick("drug", "drug", "exam", "drug", "service"),
    "price_cap": maybe(pick(500, 1_000, 1_001)), "minutes": pick(None, 1, 61, 61, 480),
}  # fmt: skip
DRG_CELLS = {
    "name": st.just("group"), "weight": pick(1.0, 2.0),
    "usual_days": pick(0.0, 3.0, 4.5, 7.3333),
}  # fmt: skip


@st.composite
def cases(draw: Draw) -> Tables:
    """One case: 3 to 8 providers, 4 to 12 practitioners, 5 to 20 patients, 10 to 80 claims."""
    providers = [_provider(draw, f"A{i}") for i in range(draw(st.integers(3, 8)))]
    staff = [f"d{i}" for i in range(draw(st.integers(4, 12)))]
    patients = [_patient(draw, f"p{i}") for i in range(draw(st.integers(5, 20)))]
    # Few places and people are drawn far more often, so that visits meet.
    whom = {
        "patient_id": _often([row["patient_id"] for row in patients]),
        "provider_id": _often([row["provider_id"] for row in providers]),
        "practitioner_id": maybe(_often(staff)),
    }
    billed = st.sampled_from([_billed(draw) for _ in range(10)])
    whom["bill"] = st.sampled_from([_bill(draw, billed) for _ in range(8)])
    claims = _claims(draw, whom)
    claims += _together(draw, claims[0], patients)
    claims += _ward(draw, claims[0], whom)
    lines = [line for claim in claims for line in _lines(draw, claim, billed, staff)]
    for claim in claims:
        del claim["usual_lines"]
    places = [row["provider_id"] for row in providers]
    people = {"provider": places, "practitioner": staff,
              "patient": [row["patient_id"] for row in patients]}  # fmt: skip
    return {
        "providers": providers,
        "practitioners": _registrations(draw, staff, places),
        "patients": patients,
        "claims": claims + _reversals(draw, claims) + _groups_among_strangers(claims[0], patients),
        "claim_lines": lines,
        "stock_moves": _stock(draw, places),
        "tips": [_tip(draw, n, people) for n in range(draw(st.integers(0, 16)))],
        "leave_passes": _passes(draw, claims),
        "enrolments": _enrolments(draw, people["patient"]),
    }


def _often(names: list[str]) -> st.SearchStrategy[str]:
    return st.one_of(st.sampled_from(names[:2]), st.sampled_from(names))


def _provider(draw: Draw, name: str) -> Row:
    return {
        "provider_id": name, "kind": draw(maybe(pick("hospital", "clinic"))),
        "level": draw(maybe(pick(0, 2))), "region_code": draw(maybe(pick("330102", "330203"))),
        "beds": draw(maybe(pick(0, 1, 40))), "contracted_from": draw(maybe(DAYS)),
        "contracted_to": draw(maybe(DAYS)), "operator_id": draw(maybe(pick("o1", "o2"))),
    }  # fmt: skip


def _registrations(draw: Draw, staff: list[str], places: list[str]) -> list[Row]:
    rows = [
        {"practitioner_id": draw(_often(staff)), "provider_id": draw(_often(places)),
         "registered_from": draw(DAYS), "registered_to": draw(maybe(DAYS)),
         "specialty": draw(maybe(pick("internal", "surgery")))}
        for _ in range(draw(st.integers(0, 20)))
    ]  # fmt: skip
    return _once(rows, "practitioner_id", "provider_id", "registered_from")


def _once(rows: list[Row], *key: str) -> list[Row]:
    """The rows without those that repeat a key."""
    return list({tuple(row[name] for name in key): row for row in rows}.values())


def _patient(draw: Draw, name: str) -> Row:
    died = draw(st.one_of(st.none(), DAYS))
    heard = draw(maybe(pick(0, 1, 30, 400)))
    later = None if died is None or heard is None else died + timedelta(days=heard)
    born = draw(maybe(pick(date(1900, 1, 1), date(1944, 2, 29), date(1959, 2, 28),
                           date(2006, 3, 1), date(2024, 2, 1))))  # fmt: skip
    return {
        "patient_id": name, "birth_date": born, "sex": draw(maybe(pick("F", "M"))),
        "scheme": draw(maybe(pick("employee", "resident"))), "died_on": died, "known_on": later,
        "region_code": draw(maybe(pick("330102", "330127", "330203", "110109"))),
        "employer_id": draw(maybe(pick("e1", "e2"))),
    }  # fmt: skip


def _claims(draw: Draw, whom: dict[str, st.SearchStrategy[Any]]) -> list[Row]:
    """Claims of which half begin from an earlier one: a return, a copy, a visit meanwhile."""
    claims: list[Row] = []
    for number in range(draw(st.integers(10, 80))):
        echo = draw(pick(None, *_ECHOES, "copy")) if claims else None
        earlier = draw(st.sampled_from(claims[-4:])) if echo else None
        name = f"c{number:02d}"
        new = _ECHOES[echo](draw, earlier, whom) if echo else _claim(draw, whom)
        claims.append({**new, "claim_id": name})
    return claims


def _together(draw: Draw, like: Row, patients: list[Row]) -> list[Row]:
    """Now and then two or three people begin a visit at one place on the same days."""
    group = draw(pick([], patients[:2], patients[1:4], patients[1:4]))
    days = draw(st.lists(pick(*range(-60, 0, 7)), min_size=3, max_size=5, unique=True))
    return [
        {**_moved(like, _BASE + timedelta(days=day), 0), "visit_kind": "outpatient",
         "patient_id": who["patient_id"], "claim_id": f"t{day + 60:02d}{n}"}
        for day in days
        for n, who in enumerate(group)
    ]  # fmt: skip


def _groups_among_strangers(like: Row, patients: list[Row]) -> list[Row]:
    """Three who always come on the same seven days; and two others, with two more in part.

    The rest come two by two on other days: else chance alone would bring everybody together. In a
    third of the cases, without lines and without a draw.
    """
    if len(patients) < 10 or len(patients) % 3:
        return []
    one, two, three, four, five, six, seven, *others = patients
    met = [(-54 + 7 * n, [three, six, seven]) for n in range(7)]
    met += [
        (-55 + 7 * n, [one, two, *([four] if n >= 2 else []), *([five] if n <= 4 else [])])
        for n in range(7)
    ]
    n_others = len(others)
    pairs = [
        [others[n % n_others], others[(n + 1 + (n // 7) % (n_others - 1)) % n_others]]
        for n in range(36)
    ]
    met += [(-61 - n, pair) for n, pair in enumerate(pairs)]
    return [
        {**_moved(like, _BASE + timedelta(days=day), 0), "visit_kind": "outpatient",
         "patient_id": who["patient_id"], "claim_id": f"g{day + 99:02d}{n}"}
        for day, those in met
        for n, who in enumerate(those)
    ]  # fmt: skip


def _ward(draw: Draw, like: Row, whom: dict[str, st.SearchStrategy[Any]]) -> list[Row]:
    """Stays for one illness in one DRG, of different people, that last and end differently."""
    days = draw(st.lists(pick(1, 2, 4, 9), min_size=6, max_size=12))
    people = ("patient_id", "provider_id", "practitioner_id")
    return [
        {**_moved(like, _BASE + timedelta(days=draw(pick(-300, -60, -20, -12))), stay),
         **{key: draw(whom[key]) for key in people}, "claim_id": f"w{n:02d}",
         "visit_kind": "inpatient", "diagnosis_code": "J18.9", "drg_code": "FA11",
         "disposition": draw(pick("home", "died", "against_advice", "transferred"))}
        for n, stay in enumerate(days)
    ]  # fmt: skip


def _returned(draw: Draw, earlier: Row, whom: dict[str, st.SearchStrategy[Any]]) -> Row:
    """The same person again, some days after going home; at times with another diagnosis."""
    days = (earlier["discharged_on"] - earlier["admitted_on"]).days
    since = earlier["discharged_on"] + timedelta(days=draw(pick(0, 3, 4, 7, 8, 30, 31, -1)))
    new = _moved(earlier, since, days)
    return {**new, "diagnosis_code": draw(pick(earlier["diagnosis_code"], *_DIAGNOSES))}


def _copied(draw: Draw, earlier: Row, whom: dict[str, st.SearchStrategy[Any]]) -> Row:
    """The same bill, for somebody else or by somebody else."""
    key = draw(pick("patient_id", "patient_id", "practitioner_id", "provider_id"))
    return {**earlier, key: draw(whom[key])}


def _meanwhile(draw: Draw, earlier: Row, whom: dict[str, st.SearchStrategy[Any]]) -> Row:
    """The same person elsewhere, on the first, a middle or the last day or soon after."""
    days = (earlier["discharged_on"] - earlier["admitted_on"]).days
    since = earlier["admitted_on"] + timedelta(days=draw(pick(0, 1, days, days + 3, days + 4)))
    kind = draw(pick(earlier["visit_kind"], "outpatient"))
    length = days if kind == "inpatient" else 0
    new = _moved(earlier, since, length)
    return {**new, "visit_kind": kind, "provider_id": draw(whom["provider_id"])}


_ECHOES = {"return": _returned, "copy": _copied, "meanwhile": _meanwhile}


def _moved(claim: Row, since: date, days: int) -> Row:
    """A claim begun on another day; it is settled as long after as before."""
    later = (since - claim["admitted_on"]) + timedelta(days=days) - (
        claim["discharged_on"] - claim["admitted_on"]
    )  # fmt: skip
    out = since + timedelta(days=days)
    return {**claim, "admitted_on": since, "discharged_on": out,
            "settled_on": claim["settled_on"] + later}  # fmt: skip


def _claim(draw: Draw, whom: dict[str, st.SearchStrategy[Any]]) -> Row:
    kind = draw(pick(*_KINDS))
    admitted = draw(DAYS)
    days = draw(pick(0, 1, 2, 3, 7, 8, 30)) if kind == "inpatient" else draw(pick(0, 0, 0, 2))
    out = admitted + timedelta(days=days)
    settled = out + timedelta(days=draw(pick(0, 0, 1, 5, 90)))
    people = {key: draw(values) for key, values in whom.items() if key != "bill"}
    return {
        **people, **draw(whom["bill"]), "visit_kind": kind, "admitted_on": admitted,
        "discharged_on": out, "settled_on": settled,
        "started_at": draw(maybe(_clock(admitted))), "uploaded_at": draw(maybe(_clock(settled, 8))),
    }  # fmt: skip


def _bill(draw: Draw, billed: st.SearchStrategy[Row]) -> Row:
    """What a claim is for and what it costs; several claims of a case have one and the same."""
    lines = draw(st.lists(billed, max_size=4))
    return {
        "diagnosis_code": draw(maybe(pick(*_DIAGNOSES))),
        "secondary_diagnoses": draw(pick(None, [], ["E11"], ["E11", "I10.1", "J18.9"])),
        "procedure_codes": draw(pick(None, [], ["00.1"], ["00.1", "00.1", "00.2", "00.3"])),
        "drg_code": draw(maybe(pick(*_DRGS))),
        "drg_weight": draw(maybe(pick(0.0, 0.5, 1.23456, 2.00005))),
        "total_amount": draw(pick(*_AMOUNTS, sum(line["amount"] for line in lines))),
        "fund_amount": draw(pick(*_AMOUNTS)),
        "patient_amount": draw(pick(0, 1, 3_000)),
        "account_amount": draw(maybe(pick(0, 500, 9_999, 10_000))),
        "disposition": draw(maybe(pick("home", "died", "against_advice", "transferred"))),
        "identity_check": draw(maybe(pick("card", "none"))),
        "terminal_id": draw(maybe(pick("t1", "t2"))),
        "department_code": draw(maybe(pick("01", "02"))),
        "referral_filed": draw(maybe(pick(True, False))),
        "usual_lines": lines,
    }  # fmt: skip


def _clock(day: date, later: int = 0) -> st.SearchStrategy[datetime]:
    """A time of that day or up to some days later; the last two share a second."""
    midnight = datetime(day.year, day.month, day.day)
    seconds = pick(0, 6 * 3600 - 1, 6 * 3600, 22 * 3600 - 1, 22 * 3600, 33_000.25, 33_000.75)
    return st.tuples(pick(0, later), seconds).map(
        lambda drawn: midnight + timedelta(days=drawn[0], seconds=drawn[1])
    )


def _reversals(draw: Draw, claims: list[Row]) -> list[Row]:
    """Some claims are cancelled once or twice, on the day or long after."""
    chosen = draw(st.lists(st.sampled_from(claims), max_size=6))
    return [
        {
            **claim, "claim_id": f"r{n}-{claim['claim_id']}",
            "reverses_claim_id": claim["claim_id"],
            "settled_on": claim["settled_on"] + timedelta(days=draw(pick(0, 1, 30, 200))),
            "total_amount": -claim["total_amount"], "fund_amount": -claim["fund_amount"],
            "patient_amount": -claim["patient_amount"],
        }
        for n, claim in enumerate(chosen)
    ]  # fmt: skip


# One pack, two, or the same one twice; few of very many are sold a second time.
_PACKS = st.one_of(
    st.none(), st.lists(st.integers(1, 400).map(str), max_size=2), st.just(["1", "1"])
)


def _billed(draw: Draw) -> Row:
    """An item, its quantity and its price; several lines of a case have one and the same."""
    return {
        "item_code": draw(_often(list(_ITEMS))), "days_supply": draw(maybe(pick(0, 7, 30, 90))),
        "quantity": draw(pick(1.0, 1.0, 2.0, 0.3333, 30.0, -1.0)),
        "unit_price": draw(pick(999, 1_000, 1_001, 2_500)),
        "amount": draw(pick(1_000, 1_001, 2_500, 10_000, 0, -1_000)),
        "scope": draw(maybe(pick("A", "B", "C"))), "fund_amount": draw(maybe(pick(0, 700))),
        "local_item_code": draw(maybe(pick("l1", "l2"))),
    }  # fmt: skip


def _lines(draw: Draw, claim: Row, billed: st.SearchStrategy[Row], staff: list[str]) -> list[Row]:
    """Lines of one claim, in and beside its days, some by another practitioner."""
    stay = (claim["discharged_on"] - claim["admitted_on"]).days
    offsets, who = pick(0, 0, 1, stay, -1, stay + 1, 20), st.sampled_from([None, None, *staff[:3]])
    others = draw(pick(None, None, 0, 2, 9))
    chosen = claim["usual_lines"] if others is None else [draw(billed) for _ in range(others)]
    return [
        {"claim_id": claim["claim_id"], "line_no": number, **line, "practitioner_id": draw(who),
         "trace_code": draw(_PACKS),
         "served_at": _nine(claim["admitted_on"], draw(offsets))}
        for number, line in enumerate(chosen, start=1)
    ]  # fmt: skip


def _passes(draw: Draw, claims: list[Row]) -> list[Row]:
    """Leave from some stays: an afternoon, some days, not back yet."""
    chosen = draw(st.lists(st.sampled_from(claims), max_size=5))
    rows = []
    for claim in chosen:
        days = draw(pick(None, 0, 1, 3))
        left = _nine(claim["admitted_on"], draw(pick(0, 1)))
        back = None if days is None else left + timedelta(days=days, hours=4)
        rows.append({"claim_id": claim["claim_id"], "left_at": left, "back_at": back})
    return _once(rows, "claim_id", "left_at")


def _enrolments(draw: Draw, patients: list[str]) -> list[Row]:
    """Several schemes and regions, some ended on or about the dates."""
    rows = [
        {"patient_id": draw(_often(patients)), "scheme": draw(pick("employee", "resident")),
         "region_code": draw(pick("330102", "330203")), "enrolled_from": draw(DAYS),
         "enrolled_to": draw(maybe(DAYS))}
        for _ in range(draw(st.integers(0, 12)))
    ]  # fmt: skip
    return _once(rows, "patient_id", "scheme", "region_code", "enrolled_from")


def _nine(day: date, later: int) -> datetime:
    return datetime(day.year, day.month, day.day, 9) + timedelta(days=later)


def _stock(draw: Draw, places: list[str]) -> list[Row]:
    """Stock of the months around the middle date, of the items and places most often drawn."""
    months = pick(date(2023, 2, 1), date(2023, 3, 1), *[date(2024, 2, 1), date(2024, 1, 1)] * 2)
    count = pick(0.0, 1.0, 2.5, 30.0)
    rows = [
        {"provider_id": draw(_often(places)), "item_code": draw(_often(list(_ITEMS))),
         "month": draw(months), "opening": draw(count), "purchased": draw(count),
         "returned": draw(count), "closing": draw(count), "known_on": draw(maybe(DAYS))}
        for _ in range(draw(st.integers(0, 20)))
    ]  # fmt: skip
    return _once(rows, "provider_id", "item_code", "month")


def _tip(draw: Draw, number: int, people: dict[str, list[str]]) -> Row:
    grain = draw(st.sampled_from(sorted(people)))
    return {
        "tip_id": f"tip{number}", "received_on": draw(DAYS), "channel": "phone",
        "target_grain": grain, "target_id": draw(st.sampled_from(people[grain])),
    }  # fmt: skip


def joined(drawn: list[Tables]) -> Tables:
    """Cases as one fund: ids get the number of their case, codes are everybody's."""
    names = dict.fromkeys(name for case in drawn for name in case)
    return {
        name: [_numbered(row, f"k{n}-") for n, case in enumerate(drawn) for row in case[name]]
        for name in names
    }


_OWN = ("claim_id", "provider_id", "practitioner_id", "patient_id", "tip_id", "target_id",
        "reverses_claim_id")  # fmt: skip


def _numbered(row: Row, prefix: str) -> Row:
    return {
        key: f"{prefix}{value}" if key in _OWN and value is not None else value
        for key, value in row.items()
    }


def without(tables: Tables, *absent: str) -> Tables:
    """The fund without these tables ("items") and columns ("claims.drg_code")."""
    columns = {name for name in absent if "." in name}
    return {
        table: [
            {key: None if f"{table}.{key}" in columns else value for key, value in row.items()}
            for row in rows
        ]
        for table, rows in tables.items()
        if table not in absent
    }


OPTIONAL_TABLES = tuple(
    name
    for name in (
        "practitioners",
        "claim_lines",
        "items",
        "drg_groups",
        "stock_moves",
        "tips",
        "leave_passes",
        "enrolments",
    )
)
OPTIONAL_COLUMNS = tuple(
    f"{table}.{column.name}"
    for table in ("providers", "patients", "practitioners", "claims", "claim_lines", "items")
    for column in CONTRACT[table].columns
    if column.nullable
)


def drawn_examples(strategy: st.SearchStrategy[Any], count: int) -> list[Any]:
    """The first examples that Hypothesis draws of a strategy: the same ones every time."""
    found: list[Any] = []

    @settings(
        max_examples=count, derandomize=True, deadline=None, database=None,
        phases=(Phase.generate,), suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(strategy)
    def collect(example: Any) -> None:
        found.append(example)

    collect()
    return found


def funds(count: int, *, cases_each: int) -> list[Tables]:
    """Funds of several cases over one catalogue; all tables and columns are there."""
    catalogues = st.fixed_dictionaries(
        {
            "items": periods("item_code", _ITEMS, ITEM_CELLS),
            "drg_groups": periods("drg_code", _DRGS, DRG_CELLS),
        }
    )
    rows = drawn_examples(catalogues, count)
    drawn = drawn_examples(cases(), count * cases_each)
    return [{**joined(drawn[n::count]), **catalogue} for n, catalogue in enumerate(rows)]
