"""Hit, near miss and exception of rules about what comes together too often; money in fen."""

from datetime import date, timedelta

from monitor_cases import Case, case
from monitor_rates import CLAIM, LINE, STAY, names, rows, table

ITEMS = """item_code | kind
    x | service
    y | drug"""


def _at(kind: str, level: int) -> str:
    return f"""provider_id | kind | level
        A | {kind} | {level}
        B | {kind} | {level}"""


def _seen(n: int, clock: str, how: str, item: str, level: int) -> dict[str, str]:
    """Some visits of one day beside the ordinary ones of the provider and of a peer."""
    day = f"A | 2024-03-01 | 2024-03-01 {clock}:00 | {how} | d"
    return {
        "claims": table(
            f"{CLAIM} | started_at | identity_check | practitioner_id",
            rows(f"c{{n}} | p{{n}} | {day}", range(n)),
            rows("a{n} | q{n} | A | {day} | {day} 10:00:00 | card | d", range(20),
                 since="2024-04-01"),
            rows("b{n} | r{n} | B | {day} | {day} 10:00:00 | card | e", range(200),
                 since="2024-01-01"),
        ),
        "claim_lines": table(
            LINE, rows(f"c{{n}} | 1 | {item} | 2024-03-01 09:00:00", range(n)),
            rows("a{n} | 1 | y | 2024-04-01 09:00:00", range(20)),
            rows("b{n} | 1 | y | 2024-04-01 09:00:00", range(200)),
        ),
        "items": ITEMS, "providers": _at("nursing", level),
    }  # fmt: skip


def _batches(ill: str, *days: str, people: int = 6) -> dict[str, str]:
    """People admitted on these days for five, beside one admission every fifth day."""
    stays = [f"c{b}{n} | p{b}{n} | A | {day}-0{3 + n % 2} | {day}-08 | inpatient | {ill} | d"
             for b, day in enumerate(days) for n in range(people)]  # fmt: skip
    usual = [f"a{m}{n} | q{m}{n} | A | 2023-{m:02d}-{day:02d} | 2023-{m:02d}-{day + 5:02d}"
             f" | inpatient | {ill} | e"
             for m in range(1, 13) for n, day in enumerate((1, 6, 11, 16, 21))]  # fmt: skip
    return {"claims": table(f"{STAY} | diagnosis_code | practitioner_id", *stays, *usual)}


def _one_day(people: int, ill: str, usual: int = 20) -> dict[str, str]:
    """People in on one day and out on another, beside one stay every two weeks.

    ill  the letter of the illnesses of the batch, one each, or the one they all have
    """
    codes = [f"{ill}{20 + 2 * n}" if len(ill) == 1 else ill for n in range(people)]
    stays = [f"c{n} | p{n} | A | 2024-05-15 | 2024-05-18 | inpatient | {code}"
             for n, code in enumerate(codes)]  # fmt: skip
    first = date(2023, 9, 4)
    for n in range(usual):
        came = first + timedelta(days=15 * n)
        stays.append(f"a{n} | q{n} | A | {came} | {came + timedelta(days=2 + n % 8)}"
                     f" | inpatient | I{20 + n % 6}")  # fmt: skip
    return {"claims": table(f"{STAY} | diagnosis_code", *stays)}


def _planned(people: int) -> dict[str, str]:
    """As ``_one_day``, half of the people with a senile cataract and half with another."""
    claims = _one_day(people, "H25")["claims"].replace("H25", "H26", people // 2)
    return {"claims": claims}


def _in(*batches: int, people: int = 6) -> str:
    return " ".join(sorted(f"c{b}{n}" for b in batches for n in range(people)))


def _one_person(n: int, column: str, value: str, usual: str, kind: str) -> dict[str, str]:
    head = f"{CLAIM} | visit_kind | {column}"
    return {
        "claims": table(
            head, rows(f"c{{n}} | p | A | {{day}} | {kind} | {value}", range(n)),
            rows(f"b{{n}} | q{{n}} | A | {{day}} | {kind} | {usual}", range(200),
                 since="2024-01-01"),
        ),
        "providers": _at("nursing", 3),
    }  # fmt: skip


def _resold(times: int, others: int) -> dict[str, str]:
    """Packs bought by the first person are settled again for p, or for others as well."""
    claims = [rows("f{n} | f | A | {day}", range(10)),
              rows("c{n} | p | A | {day}", range(times), since="2024-04-01"),
              rows("o{n} | o{n} | A | {day}", range(40), since="2024-05-01"),
              rows("g{n} | g{n} | A | {day}", range(40), since="2024-06-20")]  # fmt: skip
    lines = [rows("f{n} | 1 | y | {day} 09:00:00 | t{n}", range(10)),
             rows("c{n} | 1 | y | {day} 09:00:00 | t{n}", range(times), since="2024-04-01"),
             rows("o{n} | 1 | y | {day} 09:00:00 | u{n}", range(40), since="2024-05-01"),
             rows(f"g{{n}} | 1 | y | {{day}} 09:00:00 | {'u' if others else 'v'}{{n}}", range(40),
                  since="2024-06-20")]  # fmt: skip
    return {"claims": table(CLAIM, *claims),
            "claim_lines": table(f"{LINE} | trace_code", *lines), "items": ITEMS}  # fmt: skip


def _one_bag(packs: int) -> dict[str, str]:
    """Packs bought by the first person lie on one claim of p."""
    return {
        "claims": table(CLAIM, rows("f{n} | f | A | {day}", range(packs)),
                        "c0 | p | A | 2024-04-01", rows("o{n} | o{n} | A | {day}", range(40))),
        "claim_lines": table(
            f"{LINE} | trace_code", rows("f{n} | 1 | y | {day} 09:00:00 | t{n}", range(packs)),
            rows("c0 | {n} | y | 2024-04-01 09:00:00 | t{n}", range(packs)),
            rows("o{n} | 1 | y | {day} 09:00:00 | u{n}", range(40)),
        ),
        "items": ITEMS,
    }  # fmt: skip


def _employed(people: int, staff: int, place: str) -> dict[str, str]:
    stay = "2024-03-01 | 2024-03-05 | inpatient"
    return {
        "claims": table(STAY, rows(f"c{{n}} | p{{n}} | A | {stay}", range(people)),
                        rows(f"b{{n}} | q{{n}} | B | {stay}", range(30))),
        "patients": table("patient_id | region_code | employer_id",
                          rows(f"p{{n}} | {place} | e", range(staff)),
                          rows(f"q{{n}} | {place} | f{{n}}", range(30))),
    }  # fmt: skip


def _early(people: int, days: tuple[int, ...]) -> dict[str, str]:
    """A month's supply fetched by several persons on these days; at a peer once a month."""
    months = [(1, 1), (2, 1), (3, 1)]
    claims = [f"c{p}{n} | p{p} | A | 2024-03-{day:02d} | pharmacy"
              for p in range(people) for n, day in enumerate(days)]  # fmt: skip
    claims += [f"b{p}{n} | q{p} | B | 2024-{m:02d}-{day:02d} | pharmacy"
               for p in range(60) for n, (m, day) in enumerate(months)]  # fmt: skip
    lines = [f"{one.split(' ')[0]} | 1 | y | {one.split(' | ')[3]} 09:00:00 | 30" for one in claims]
    return {
        "claims": table(f"{CLAIM} | visit_kind", *claims),
        "claim_lines": table(f"{LINE} | days_supply", *lines), "items": ITEMS,
        "providers": _at("nursing", 1),
    }  # fmt: skip


def _ring(people: int, days: int, minutes: int, ill: str = "I10") -> dict[str, str]:
    """The same people on some days of other weeks, one after another; others on other days."""
    claims = [f"c{p}{n} | p{p} | A | 2024-{4 + n:02d}-1{n} | outpatient | {ill}"
              f" | 2024-{4 + n:02d}-1{n} {8 + p * minutes // 60:02d}:{p * minutes % 60:02d}:30"
              for n in range(days) for p in range(people)]  # fmt: skip
    claims.append(rows("o{n} | q{n} | A | {day} | outpatient | I10 | {day} 08:00:00", range(120),
                       since="2023-09-01"))  # fmt: skip
    return {"claims": table(f"{CLAIM} | visit_kind | diagnosis_code | started_at", *claims)}


def _met(people: int, days: int) -> str:
    return " | ".join(" ".join(f"c{p}{n}" for n in range(days)) for p in range(people))


_TRACE, _BATCH, _PACKS = "R01.without_trace", "R02.batches", "R13.used_packs"
_WHO, _ROUND, _STAFF, _EARLY = (
    "R11.person_unchecked", "R21.person_round_amounts", "R24.of_one_employer",
    "R12.early_for_many",
)  # fmt: skip
_HOUR, _ALL = "R15.within_the_hour", "R02.one_batch"
_MONTHS = ("2024-03", "2024-05", "2024-09")

BEYOND: list[Case] = [
    case(_TRACE, "eight unchecked visits a minute apart, at nine in the evening, by words alone",
         names(*range(8)), **_seen(8, "21:0{n}", "none", "x", 2)),
    case(_TRACE, "four are few", "", **_seen(4, "21:0{n}", "none", "x", 3)),
    case(_TRACE, "late, but ten minutes apart, checked and with drugs: an evening", "",
         **_seen(6, "21:{n}0", "card", "y", 0)),
    case(_TRACE, "unchecked and by words alone, but at ten and ten minutes apart", "",
         **_seen(6, "10:{n}5", "none", "x", 1)),
    case(_BATCH, "three times six persons come and go together", _in(0, 1, 2),
         **_batches("I11", "2024-02", "2024-06", "2024-10")),
    case(_BATCH, "two batches may be an accident and a campaign", "",
         **_batches("I11", *_MONTHS[:2])),
    case(_BATCH, "three together are no batch", "", **_batches("I11", *_MONTHS, people=3)),
    case(_BATCH, "planned operations of the lens come in lists", "", **_batches("H25", *_MONTHS)),
    case(_ALL, "five of different illnesses come and go on the same days", names(*range(5)),
         **_one_day(5, "K")),
    case(_ALL, "four may meet by chance", "", **_one_day(4, "K")),
    case(_ALL, "five of one illness: a campaign or a list", "", **_one_day(5, "H25")),
    case(_ALL, "a list of lenses, whatever dimmed them", "", **_planned(6)),
    case(_ALL, "five hurt in one accident", "", **_one_day(5, "S")),
    case(_ALL, "an outbreak of the gut", "", **_one_day(5, "A")),
    case(_HOUR, "four of one lasting illness within the hour on three days", _met(4, 3),
         **_ring(4, 3, 15)),
    case(_HOUR, "six within the hour, whatever they have", _met(6, 3),
         **_ring(6, 3, 10, "J06.9")),
    case(_HOUR, "a household of five with a cold", "", **_ring(5, 3, 10, "J06.9")),
    case(_HOUR, "a couple with a child", "", **_ring(3, 3, 15)),
    case(_HOUR, "on two days", "", **_ring(4, 2, 15)),
    case(_HOUR, "the same days, but hours apart", "", **_ring(4, 3, 90)),
    case("R20.terminal_elsewhere", "whoever is not its main user settles through it",
         f"{names(*range(12), mark='a')} | {names(*range(6), mark='b')}", fen=(0, 42000, 126000),
         claims=table(f"{CLAIM} | terminal_id",
                      rows("a{n} | p{n} | A | {day} | t", range(12), step=4),
                      rows("b{n} | q{n} | B | {day} | t", range(6), step=4))),
    case(_WHO, "six visits of one person without a check, where others are checked",
         names(*range(6)), **_one_person(6, "identity_check", "none", "face", "outpatient")),
    case(_WHO, "four are few", "",
         **_one_person(4, "identity_check", "none", "face", "outpatient")),
    case(_WHO, "nobody is checked there", "",
         **_one_person(6, "identity_check", "none", "none", "pharmacy")),
    case(_ROUND, "four payments of a hundred yuan", names(*range(4)),
         **_one_person(4, "account_amount", "10000", "1234", "pharmacy")),
    case(_ROUND, "twice is little", "",
         **_one_person(2, "account_amount", "10000", "1234", "pharmacy")),
    case(_ROUND, "a hundred yuan and a fen", "",
         **_one_person(4, "account_amount", "10001", "1234", "pharmacy")),
    case(_PACKS, "four packs that another person bought first", names(*range(4), line=":1"),
         **_resold(4, 0)),
    case(_PACKS, "two may be slips", "", **_resold(2, 0)),
    case(_PACKS, "four packs of one purchase are one event", "", **_one_bag(4)),
    case(_PACKS, "everybody gets used packs there: it is the seller", "", **_resold(4, 40)),
    case(_STAFF, "eight of an employer's ten lie at one provider",
         " | ".join(f"c{n}" for n in range(8)), **_employed(8, 10, "770101")),
    case(_STAFF, "eight of a hundred", "", **_employed(8, 100, "780101")),
    case(_EARLY, "six persons fetch a month's supply three times in a month",
         " ".join(sorted(f"c{p}{n}:1" for p in range(6) for n in (1, 2))),
         **_early(6, (1, 6, 11))),
    case(_EARLY, "four persons are few", "", **_early(4, (1, 6, 11))),
    case(_EARLY, "once each is no habit", "", **_early(6, (1, 6))),
]  # fmt: skip
