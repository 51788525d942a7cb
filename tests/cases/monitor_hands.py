"""Hit, near miss and exception of the rules about hands, bodies, groups and around stays."""

from monitor_cases import Case, case
from monitor_rates import CLAIM, LINE, STAY, names, rows, table

_PLACES, _CLOCK, _LONG = "R16.places_of_a_day", "R16.around_the_clock", "R16.long_days"
_BED, _CHRONIC, _DEAD, _AGE = (
    "R11.seen_while_in_bed", "R18.chronic_in_stay", "R19.lines_after_death",
    "R17.diagnosis_of_other_age",
)  # fmt: skip
_BUS, _BELOW, _ROUND = "R15.busload", "R21.just_below", "R21.round_amounts"
_RUSH, _OWN = "R21.month_of_rush", "R22.share_above_peers"
_OLD, _OUTSIDE, _AFTER = "R17.too_old", "R22.bought_outside", "R22.after_discharge"


def _on_days(days: int, *places: str) -> dict[str, str]:
    return {
        "claims": table(f"{CLAIM} | practitioner_id", *(
            rows(f"{place.lower()}{{n}} | p{{n}} | {place} | {{day}} | d", range(days))
            for place in places)),
        "providers": """provider_id | region_code
            A | 110101
            B | 110102
            C | 110103
            F | 320101""",
    }  # fmt: skip


def _hourly(*hours: int) -> dict[str, str]:
    return {"claims": table(f"{CLAIM} | practitioner_id | started_at", *(
        f"c{n} | p{n} | A | 2024-03-{1 + hour // 24:02d} | d"
        f" | 2024-03-{1 + hour // 24:02d} {hour % 24:02d}:30:00"
        for n, hour in enumerate(hours)))}  # fmt: skip


def _working(days: int, pieces: int, level: int) -> dict[str, str]:
    """Days of one practitioner with so many times a hundred minutes, beside a peer's short ones."""
    return {
        "claims": table(f"{CLAIM} | practitioner_id",
                        rows("c{n} | p{n} | A | {day} | d", range(days)),
                        rows("b{n} | q{n} | B | {day} | e", range(200), since="2024-01-01")),
        "claim_lines": table(
            f"{LINE} | quantity",
            rows(f"c{{n}} | 1 | x | {{day}} 09:00:00 | {pieces}", range(days)),
            rows("b{n} | 1 | x | {day} 09:00:00 | 1", range(200), since="2024-01-01"),
        ),
        "items": """item_code | kind | minutes
            x | service | 100""",
        "providers": f"""provider_id | kind | level
            A | nursing | {level}
            B | nursing | {level}""",
    }  # fmt: skip


def _in_bed(visits: int, kind: str, day: str = "2024-03-0{n}") -> dict[str, str]:
    lines = [f"v{n} | p | A | {day.format(n=n)} | {day.format(n=n)} | {kind}"
             for n in range(4, 4 + visits)]  # fmt: skip
    return {"claims": table(STAY, "s | p | B | 2024-03-01 | 2024-03-09 | inpatient", *lines)}


def _died(*days: int) -> dict[str, str]:
    return {
        "claims": f"""{STAY}
            c1 | p | A | 2024-03-01 | 2024-03-10 | inpatient""",
        "claim_lines": table(LINE, *(f"c1 | {day} | x | 2024-03-{day:02d} 09:00:00"
                                     for day in days)),
        "patients": """patient_id | died_on
            p | 2024-03-05""",
    }  # fmt: skip


def _born(birth: str, sex: str, ill: str) -> dict[str, str]:
    return {
        "claims": f"""{CLAIM} | diagnosis_code
            c1 | p | A | 2024-03-01 | {ill}""",
        "patients": f"""patient_id | sex | birth_date
            p | {sex} | {birth}""",
    }


def _childs_item(birth: str, sex: str) -> dict[str, str]:
    return _born(birth, sex, "P59.9") | {
        "claim_lines": f"""{LINE}
            c1 | 1 | x | 2024-03-01 09:00:00""",
        "items": """item_code | kind | age_max
            x | service | 12""",
    }


def _buses(days: int, step: int = 10, people: int = 9, ill: str = "I10",
           home: str = "320101") -> dict[str, str]:  # fmt: skip
    """Always other people of one place on some days, beside the daily visit of a local."""
    head = f"{CLAIM} | diagnosis_code"
    return {
        "claims": table(head, *(
            rows(f"c{n}p{{n}} | q{n}p{{n}} | A | 2024-03-01 | {ill}", range(people)).replace(
                "2024-03-01", str(day))
            for n, day in enumerate(_days(days, step))),
            rows("b{n} | l{n} | A | {day} | I10", range(150), since="2024-01-01")),
        "patients": table("patient_id | region_code", rows("l{n} | 110101", range(150)), *(
            rows(f"q{n}p{{n}} | {home}", range(people)) for n in range(days))),
        "providers": """provider_id | region_code
            A | 110101""",
    }  # fmt: skip


def _days(n: int, step: int) -> list[str]:
    return [row.split("|")[1] for row in rows("x|{day}", range(n), step=step).splitlines()]


def _account(n: int, *fen: int) -> dict[str, str]:
    """Persons who pay these sums on one day each, beside thirty of others."""
    return {"claims": table(
        f"{CLAIM} | account_amount | visit_kind",
        *(rows(f"{mark}{{n}} | p{{n}} | A | {{day}} | {one} | pharmacy", range(n))
          for mark, one in zip("cd", fen, strict=False)),
        rows("b{n} | q{n} | B | {day} | 1234 | pharmacy", range(90)),
    )}  # fmt: skip


def _left_by_the_fund(n: int, total: int) -> dict[str, str]:
    drawn = _account(n, 19_800)["claims"].splitlines()
    return {"claims": "\n".join([f"{drawn[0]} | total_amount",
                                 *(f"{row} | {total}" for row in drawn[1:])])}  # fmt: skip


def _pharmacies(n: int, day: str, kind: str = "pharmacy", level: int = 3) -> dict[str, str]:
    """Stays at A whose persons buy drugs at C on a day, beside ordinary ones at B."""
    stay = "2024-03-01 | 2024-03-09 | inpatient"
    return {
        "claims": table(STAY, rows(f"s{{n}} | p{{n}} | A | {stay}", range(n)),
                        rows(f"v{{n}} | p{{n}} | C | {day} | {day} | {kind}", range(n)),
                        rows(f"b{{n}} | q{{n}} | B | {stay}", range(40))),
        "providers": f"""provider_id | kind | level
            A | nursing | {level}
            B | nursing | {level}
            C | pharmacy | 3""",
    }  # fmt: skip


def _rush(payments: int, level: int, others: int = 40, months: int = 3) -> dict[str, str]:
    """Five payments a month, then many in June; at a peer forty, then its own."""
    head = f"{CLAIM} | account_amount"
    early = range(6 - months, 6)
    return {
        "claims": table(
            head,
            *(rows(f"a{m}{{n}} | p{m}{{n}} | A | 2024-{m:02d}-09 | 1234", range(5)) for m in early),
            rows("c{n} | q{n} | A | 2024-06-09 | 1234", range(payments)),
            *(rows(f"b{m}{{n}} | r{m}{{n}} | B | 2024-{m:02d}-09 | 1234", range(40))
              for m in range(1, 6)),
            rows("d{n} | s{n} | B | 2024-06-09 | 1234", range(others)),
        ),
        "providers": f"""provider_id | kind | level
            A | clinic | {level}
            B | clinic | {level}""",
    }  # fmt: skip


def _own_share(n: int, fen: int, others: int, level: int) -> dict[str, str]:
    """What patients pay of a hundred yuan of a stay, at A and at a peer."""
    stay = "2024-03-01 | 2024-03-04 | inpatient | K35"
    return {
        "claims": table(f"{STAY} | diagnosis_code | patient_amount",
                        rows(f"c{{n}} | p{{n}} | A | {stay} | {fen}", range(n)),
                        rows(f"b{{n}} | q{{n}} | B | {stay} | 3000", range(80)),
                        rows(f"d{{n}} | r{{n}} | B | {stay} | {fen}", range(others))),
        "providers": f"""provider_id | kind | level
            A | nursing | {level}
            B | nursing | {level}""",
    }  # fmt: skip


def _discharged(day: str, n: int = 6) -> dict[str, str]:
    return {"claims": table(
        STAY, rows("c{n} | p{n} | A | 2024-03-20 | 2024-03-25 | inpatient", range(n)),
        rows(f"v{{n}} | p{{n}} | A | {day} | {day} | outpatient", range(n)),
    )}  # fmt: skip


def _all(mark: str, n: int, days: int) -> str:
    return " ".join(sorted(f"{mark}{d}p{k}" for d in range(days) for k in range(n)))


HANDS: list[Case] = [
    case(_PLACES, "three places on each of three days", "a0 a1 a2 b0 b1 b2 c0 c1 c2",
         **_on_days(3, "A", "B", "C")),
    case(_PLACES, "two prefectures on three days", "a0 a1 a2 f0 f1 f2", **_on_days(3, "A", "F")),
    case(_PLACES, "a second place in the prefecture", "", **_on_days(3, "A", "B")),
    case(_PLACES, "two days may be journeys", "", **_on_days(2, "A", "F")),
    case(_CLOCK, "visits every four hours for two days", names(*range(13)),
         **_hourly(*range(8, 57, 4))),
    case(_CLOCK, "a rest of five hours in between", "",
         **_hourly(*range(8, 30, 4), *range(33, 57, 4))),
    case(_CLOCK, "a day and a half", "", **_hourly(*range(8, 45, 4))),
    case(_LONG, "six days of eight hundred minutes", names(*range(6), line=":1"),
         **_working(6, 8, 1)),
    case(_LONG, "four are few", "", **_working(4, 8, 0)),
    case(_LONG, "seven hundred minutes are a long day", "", **_working(6, 7, 0)),
    case(_BED, "two visits at another place during a stay", "v4 v5", **_in_bed(2, "outpatient")),
    case(_BED, "once: sent for an examination", "", **_in_bed(1, "outpatient")),
    case(_BED, "emergencies", "", **_in_bed(3, "emergency")),
    case(_BED, "on the day of discharge", "", **_in_bed(2, "outpatient", "2024-03-09")),
    case(_CHRONIC, "chronic benefits twice during a stay", "v4 v5", fen=(0, 14000, 14000),
         **_in_bed(2, "chronic")),
    case(_CHRONIC, "once: the supply of the month", "", **_in_bed(1, "chronic")),
    case(_DEAD, "two days after the death", "c1:7", fen=(0, 700, 700), **_died(4, 5, 7)),
    case(_DEAD, "the day after is grace", "", **_died(4, 6)),
    case(_AGE, "a girl of eight gives birth", "c1", **_born("2016-01-01", "F", "O80")),
    case(_AGE, "a woman of seventy gives birth", "c1", **_born("1954-01-01", "F", "O80")),
    case(_AGE, "a man of thirty as a newborn", "c1", **_born("1994-01-01", "M", "P59.9")),
    case(_AGE, "a newborn in its mother's name", "", **_born("1994-01-01", "F", "P59.9")),
    case(_AGE, "a newborn with the code of its birth", "", **_born("2024-02-01", "F", "O80")),
    case(_AGE, "an unknown birth date", "", **_born("1900-01-01", "F", "O80")),
    case(_OLD, "a child's item for a man with a newborn's illness", "c1:1",
         **_childs_item("1994-01-01", "M")),
    case(_OLD, "a newborn's item in its mother's name", "", **_childs_item("1994-01-01", "F")),
    case(_OLD, "an unknown birth date", "", **_childs_item("1900-01-01", "M")),
    case("R17.diagnosis_of_other_sex", "a man among the other diagnoses, and by his group",
         "c1 | c2", claims=f"""{STAY} | diagnosis_code | secondary_diagnoses | drg_code
            c1 | p | A | 2024-03-01 | 2024-03-04 | inpatient | I10 | E11/N80.1 | FR11
            c2 | p | A | 2024-05-01 | 2024-05-04 | inpatient | I10 | E11 | NC11
            c3 | p | A | 2024-07-01 | 2024-07-04 | inpatient | I10 | E11 | N11""",
         patients="""patient_id | sex
            p | M"""),
    case(_BUS, "nine others of one place on each of three days", _all("c", 9, 3), **_buses(3)),
    case(_BUS, "on two days", "", **_buses(2)),
    case(_BUS, "every week on the same day", "", **_buses(8, 7)),
    case(_BUS, "check-ups", "", **_buses(3, ill="Z00.0")),
    case(_BUS, "people of the place itself", "", **_buses(3, home="110101")),
    case(_BUS, "seven are few", "", **_buses(3, people=7)),
    case(_BELOW, "twelve payments of a hundred and ninety-eight yuan", names(*range(12)),
         **_account(12, 19_800)),
    case(_BELOW, "six yuan below", "", **_account(12, 19_400)),
    case(_BELOW, "below the first round sum", "", **_account(12, 9_800)),
    case(_BELOW, "nine are few", "", **_account(9, 19_800)),
    case(_BELOW, "what the fund left of a dear pack", "", **_left_by_the_fund(12, 39_600)),
    case(_BELOW, "more than half of the bill", names(*range(12)),
         **_left_by_the_fund(12, 39_500)),
    case(_ROUND, "two payments of a day that add up to a round sum",
         f"{names(*range(12))} {names(*range(12), mark='d')}", **_account(12, 3_766, 6_234)),
    case(_ROUND, "two that do not", "", **_account(12, 3_766, 6_235)),
    case(_RUSH, "two hundred payments in a month after five in each",
         names(*range(200)), **_rush(200, 3)),
    case(_RUSH, "twenty are little more", "", **_rush(20, 1)),
    case(_RUSH, "the month of a peer rises as well", "", **_rush(200, 0, others=800)),
    case(_RUSH, "the third month of a provider", "", **_rush(200, 2, months=2)),
    case(_OWN, "patients pay half of twelve stays, elsewhere three tenths", names(*range(12)),
         **_own_share(12, 5_000, 0, 3)),
    case(_OWN, "little more than elsewhere", "", **_own_share(12, 3_700, 0, 1)),
    case(_OWN, "nine are few", "", **_own_share(9, 5_000, 0, 1)),
    case(_OWN, "so do many patients of the peer", "", **_own_share(12, 5_000, 60, 0)),
    case(_OUTSIDE, "six inpatients buy at a pharmacy", names(*range(6), mark="s"),
         **_pharmacies(6, "2024-03-05")),
    case(_OUTSIDE, "four are few", "", **_pharmacies(4, "2024-03-05", level=1)),
    case(_OUTSIDE, "on the day of discharge", "", **_pharmacies(6, "2024-03-09", level=1)),
    case(_OUTSIDE, "a visit to another hospital", "",
         **_pharmacies(6, "2024-03-05", "outpatient", level=1)),
    case(_AFTER, "six dear visits in the week after", names(*range(6)),
         **_discharged("2024-03-31")),
    case(_AFTER, "two weeks later", "", **_discharged("2024-04-08")),
    case(_AFTER, "four are few", "", **_discharged("2024-03-31", 4)),
]  # fmt: skip
