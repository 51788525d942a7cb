"""Hit, near miss and exception of rules about too much for one person, lengths of stay and codes.

Illnesses, items and groups are those of one case alone: all cases stand in one fund, as peers.
"""

from monitor_cases import Case, case
from monitor_rates import CLAIM, LINE, STAY, names, rows, table

_PRICED = f"{LINE} | quantity | unit_price | amount"
_ILL = f"{STAY} | diagnosis_code"


def _stays(n: int, days: str, ill: str, others: str, more: str = "home", m: int = 60) -> str:
    """Stays of A from the first to a day, and of B to days that others names in turn."""
    ends = others.split()
    return table(
        f"{_ILL} | disposition",
        rows(f"c{{n}} | p{{n}} | A | 2024-03-01 | 2024-03-{days} | inpatient | {ill} | {more}",
             range(n)),
        *(f"b{k} | q{k} | B | 2024-03-01 | 2024-03-{ends[k % len(ends)]} | inpatient | {ill} | home"
          for k in range(m)),
    )  # fmt: skip


def _on_leave(*lines: str) -> dict[str, str]:
    """A stay of nine nights with a pass from the third to the seventh."""
    billed = [f"c | {n} | {item} | 2024-03-{day} 09:00:00"
              for n, (item, day) in enumerate((line.split() for line in lines), 1)]  # fmt: skip
    return {
        "claims": table(STAY, "c | p | A | 2024-03-01 | 2024-03-10 | inpatient"),
        "leave_passes": table("claim_id | left_at | back_at",
                              "c | 2024-03-03 10:00:00 | 2024-03-07 10:00:00"),
        "claim_lines": table(LINE, *billed),
        "items": """item_code | kind
            bed | bed
            x | drug""",
    }  # fmt: skip


def _out_at_night(*passes: str) -> dict[str, str]:
    """A stay of six nights with passes, each the day and hour of leaving and of coming back."""
    out = (" | ".join(f"2024-03-{at[:2]} {at[2:]}:00:00" for at in one.split()) for one in passes)
    return {
        "claims": table(STAY, "c | p | A | 2024-03-01 | 2024-03-07 | inpatient"),
        "leave_passes": table("claim_id | left_at | back_at", *(f"c | {one}" for one in out)),
    }


def _clocked(
    *lines: str, ill: str = "I10", kind: str = "inpatient", others: int = 1000
) -> dict[str, str]:
    """Lines of a stay of four nights, each an item, its quantity and price; B and C bill one."""
    billed = []
    for n, line in enumerate(lines, 1):
        item, quantity, price = line.split()
        billed.append(f"c | {n} | {item} | 2024-03-02 09:00:00 | {quantity} | {price}"
                      f" | {int(quantity) * int(price)}")  # fmt: skip
        billed += [f"{one} | {n} | {item} | 2024-03-01 09:00:00 | 1 | {others} | {others}"
                   for one in ("k", "l")]  # fmt: skip
    return {
        "claims": table(_ILL, f"c | p | A | 2024-03-01 | 2024-03-05 | {kind} | {ill}",
                        f"k | q | B | 2024-03-01 | 2024-03-02 | inpatient | {ill}",
                        f"l | r | C | 2024-03-01 | 2024-03-02 | inpatient | {ill}"),
        "claim_lines": table(_PRICED, *billed),
        "items": """item_code | kind | unit
            bed | bed | 床日
            00120100003 | service | 日
            00120100004 | service | 日
            hour | service | 小时""",
    }  # fmt: skip


def _asked(n: int, price: int, others: str = "1000 1000 1000", plain: int = 0) -> dict[str, str]:
    """Lines of A at a price, and plain ones, beside five of each of three others."""
    prices = [*(price for _ in range(n)), *(1000 for _ in range(plain))]
    claims = [rows("c{n} | p{n} | A | 2024-03-01", range(n + plain))]
    billed = [f"c{k} | 1 | x | 2024-03-01 09:00:00 | 1 | {fen} | {fen}"
              for k, fen in enumerate(prices)]  # fmt: skip
    for at, fen in zip("BCD", others.split(), strict=True):
        claims.append(rows(f"{at}{{n}} | {at}{{n}} | {at} | 2024-03-01", range(5)))
        billed.append(rows(f"{at}{{n}} | 1 | x | 2024-03-01 09:00:00 | 1 | {fen} | {fen}",
                           range(5)))  # fmt: skip
    return {"claims": table(CLAIM, *claims), "claim_lines": table(_PRICED, *billed)}


def _twice(
    n: int, clock: str = "1 10", kind: str = "service", peers: int = 0, apart: str = "",
    visit: str = "outpatient",
) -> dict[str, str]:  # fmt: skip
    """An item at nine o'clock and, of n persons of A and so many of B, at another hour or day."""
    line, _, hour = clock.partition(" ")
    day = apart or "01"
    claims = [rows(f"c{{n}} | p{{n}} | A | 2024-03-01 | {visit}", range(40)),
              rows(f"b{{n}} | q{{n}} | B | 2024-03-01 | {visit}", range(40))]  # fmt: skip
    billed = [rows("c{n} | 0 | x | 2024-03-01 09:00:00", range(40)),
              rows("b{n} | 0 | x | 2024-03-01 09:00:00", range(40))]  # fmt: skip
    for mark, who, at, some in (("c", "p", "A", n), ("b", "q", "B", peers)):
        again = f"d{mark}" if apart else mark
        if apart:
            claims.append(
                rows(f"{again}{{n}} | {who}{{n}} | {at} | 2024-03-{day} | {visit}", range(some))
            )
        billed.append(rows(f"{again}{{n}} | {line} | x | 2024-03-{day} {hour}:00:00", range(some)))
    return {"claims": table(f"{CLAIM} | visit_kind", *claims), "claim_lines": table(LINE, *billed),
            "items": f"""item_code | kind
            x | {kind}"""}  # fmt: skip


def _settled(n: int, fen: int = 5000, room: str = "K1") -> dict[str, str]:
    """Persons of A settled again on the day, beside forty of B settled once."""
    day = "2024-03-01"
    return {"claims": table(
        f"{CLAIM} | department_code | total_amount | fund_amount | patient_amount",
        rows(f"a{{n}} | p{{n}} | A | {day} | K1 | 4000 | 3000 | 1000", range(n)),
        rows(f"c{{n}} | p{{n}} | A | {day} | {room} | {fen} | 3000 | 1000", range(n)),
        rows(f"b{{n}} | q{{n}} | B | {day} | K1 | 4000 | 3000 | 1000", range(40)),
    )}  # fmt: skip


def _named(n: int, ill: str, others: int = 0) -> dict[str, str]:
    """Stays of A with malnutrition beside, sixty of B of which some have it."""
    stay = f"2024-03-01 | 2024-03-05 | inpatient | {ill}"
    return {"claims": table(
        f"{_ILL} | drg_weight | secondary_diagnoses",
        rows(f"c{{n}} | p{{n}} | A | {stay} | 1.2 | I10/E46.x", range(n)),
        rows(f"b{{n}} | q{{n}} | B | {stay} | 1.2 | I10/E46.x", range(others)),
        rows(f"b{{n}} | q{{n}} | B | {stay} | 1.2 | I10", range(others, 60)),
    )}  # fmt: skip


def _grouped(
    n: int, group: str, mine: str, others: str, fen: int = 1000, left: str = "home"
) -> dict[str, str]:
    """Stays of a group with one item at A and one at B and C, where it costs ten yuan."""
    stay = "2024-03-01 | 2024-03-05 | inpatient"
    claims = [rows(f"c{{n}} | p{{n}} | A | {stay} | {group} | {left}", range(n))]
    billed = [rows(f"c{{n}} | 1 | {mine} | 2024-03-01 09:00:00 | 1 | {fen} | {fen}", range(n))]
    for at in "BC":
        claims.append(rows(f"{at}{{n}} | {at}{{n}} | {at} | {stay} | {group} | home", range(20)))
        billed.append(rows(f"{at}{{n}} | 1 | {others} | 2024-03-01 09:00:00 | 1 | 1000 | 1000",
                           range(20)))  # fmt: skip
    return {"claims": table(f"{STAY} | drg_code | disposition", *claims),
            "claim_lines": table(_PRICED, *billed)}  # fmt: skip


def _weighed(n: int, fen: int, houses: str = "BCDE", *, level: int = 7) -> dict[str, str]:
    """Stays at A of a group nobody else has, of weight 2.4; a weight of one costs others ten yuan.

    level  one that no other case draws
    """
    stay = "2024-03-01 | 2024-03-05 | inpatient"
    claims = [rows(f"c{{n}} | p{{n}} | A | {stay} | ET1{level} | 2.4", range(n))]
    billed = [rows(f"c{{n}} | 1 | bed | 2024-03-01 09:00:00 | 1 | {fen} | {fen}", range(n))]
    for at in houses:
        claims.append(rows(f"{at}{{n}} | {at}{{n}} | {at} | {stay} | BT1{level} | 1.0", range(60)))
        billed.append(rows(f"{at}{{n}} | 1 | bed | 2024-03-01 09:00:00 | 1 | 1000 | 1000",
                           range(60)))  # fmt: skip
    return {
        "claims": table(f"{STAY} | drg_code | drg_weight", *claims),
        "claim_lines": table(_PRICED, *billed),
        "providers": table("provider_id | kind | level",
                           *(f"{at} | hospital | {level}" for at in f"A{houses}")),
    }  # fmt: skip


def _kinds(n: int, ill: str, others: str = "outpatient") -> dict[str, str]:
    return {"claims": table(
        f"{CLAIM} | visit_kind | diagnosis_code",
        rows(f"c{{n}} | p{{n}} | A | {{day}} | chronic | {ill}", range(n)),
        rows(f"b{{n}} | q{{n}} | B | {{day}} | {others} | {ill}", range(60)),
    )}  # fmt: skip


def bought(n: int, ill: str, dear: str, others: str = "") -> dict[str, str]:
    """Claims of A with the dearer of two goods of a class, those of B and C mostly with the plain.

    others  what B and C have instead
    """
    plain = dear[:-1] + "p"
    claims = [rows(f"c{{n}} | p{{n}} | A | 2024-03-01 | {ill}", range(n))]
    billed = [rows(f"c{{n}} | 1 | {dear} | 2024-03-01 09:00:00 | 1 | 2000 | 2000", range(n))]
    for at in "BC":
        claims.append(rows(f"{at}{{n}} | {at}{{n}} | {at} | 2024-03-01 | {ill}", range(20)))
        for item, some in ((dear, range(4)), (others or plain, range(4, 20))):
            fen = 2000 if item == dear else 1000
            billed.append(rows(f"{at}{{n}} | 1 | {item} | 2024-03-01 09:00:00 | 1 | {fen} | {fen}",
                               some))  # fmt: skip
    kind = {"C": "consumable", "X": "drug"}.get(dear[0], "exam")
    items = table("item_code | kind", f"{dear} | {kind}", f"{plain} | {kind}")
    return {"claims": table(f"{CLAIM} | diagnosis_code", *claims),
            "claim_lines": table(_PRICED, *billed), "items": items}  # fmt: skip


def _apart(
    n: int, ill: str, first: str = "01", whole: str = "", others: str = "b"
) -> dict[str, str]:
    """Stays with both parts of a bundle on days of their own, beside others with the bundle."""
    stay = f"2024-03-01 | 2024-03-05 | inpatient | {ill}"
    day = "2024-03-{} 09:00:00 | 1 | 1000 | 1000"
    claims = [rows(f"c{{n}} | p{{n}} | A | {stay}", range(n)),
              rows(f"b{{n}} | q{{n}} | B | {stay}", range(40))]  # fmt: skip
    billed = [rows(f"c{{n}} | 1 | pa | {day.format(first)}", range(n)),
              rows(f"c{{n}} | 2 | pb | {day.format('03')}", range(n)),
              rows("b{n} | 1 | w | 2024-03-01 09:00:00 | 1 | 1500 | 1500", range(40))]  # fmt: skip
    if whole:
        billed.append(rows("c{n} | 3 | w | 2024-03-02 09:00:00 | 1 | 1500 | 1500", range(n)))
    return {"claims": table(_ILL, *claims), "claim_lines": table(_PRICED, *billed),
            "items": """item_code | kind | bundle_of
            w | exam | pa/pb
            pa | exam |
            pb | exam |"""}  # fmt: skip


def _rotated(
    n: int, kind: str, level: int = 2, left: str = "home", then: str = "06", ill: str = "G61.1"
) -> dict[str, str]:
    """Stays at A that go on at C, beside eighty of B that do not."""
    return {
        "claims": table(
            f"{_ILL} | disposition",
            rows(f"c{{n}} | p{{n}} | A | 2024-03-01 | 2024-03-05 | inpatient | G61.0 | {left}",
                 range(n)),
            rows(f"d{{n}} | p{{n}} | C | 2024-03-{then} | 2024-03-20 | inpatient | {ill} | home",
                 range(n)),
            rows("b{n} | q{n} | B | {day} | 2024-06-20 | inpatient | G61.0 | home", range(80)),
        ),
        "providers": f"""provider_id | kind | level
            A | {kind} | 2
            B | {kind} | 2
            C | {kind} | {level}""",
    }  # fmt: skip


def _at_eight(
    n: int, kind: str, step: int = 8, peers: int = 0, beside: tuple[int, ...] = (), level: int = 0
) -> dict[str, str]:
    """Visits of A at eight in the evening every few days, beside mornings of A and B.

    beside  hours at which A sees as many, each on days of its own
    """
    seen = "2024-03-01 09:00:00"
    more = [f"{mark}{{n}} | t{mark}{{n}} | A | {{day}} | {{day}} {hour}:00:00"
            for mark, hour in zip("ef", beside, strict=False)]  # fmt: skip
    return {
        "claims": table(
            f"{CLAIM} | started_at",
            *(rows(one, range(n), since=f"2024-03-0{k + 2}", step=step)
              for k, one in enumerate(more)),
            rows("a{n} | o{n} | A | {day} | {day} 10:00:00", range(48)),
            rows("c{n} | p{n} | A | {day} | {day} 20:00:00", range(n), step=step),
            rows("b{n} | q{n} | B | {day} | {day} 10:00:00", range(200), since="2024-01-01"),
            rows("d{n} | r{n} | B | {day} | {day} 20:00:00", range(peers), since="2024-01-01"),
        ),
        "claim_lines": table(LINE, rows(f"a{{n}} | 1 | y | {seen}", range(48)),
                             *(rows(f"{mark}{{n}} | 1 | y | {seen}", range(n))
                               for mark in "cef"[: 1 + len(beside)]),
                             rows(f"b{{n}} | 1 | y | {seen}", range(200))),
        "items": """item_code | kind
            y | drug""",
        "providers": f"""provider_id | kind | level
            A | {kind} | {level}
            B | {kind} | {level}""",
    }  # fmt: skip


_LEAVE, _CLOCK, _DEAR = "R07.billed_on_leave", "R05.beyond_the_stay", "R05.dearer_than_others"
_LENGTH, _KEPT, _DAY = "R02.one_length", "R09.kept_longer", "R05.again_in_a_day"
_EXAM, _SPLIT, _FAVOURITE = "R09.exam_repeated", "R09.split_prescription", "R03.favourite_diagnosis"
_CHEAP, _OPERATION, _CHRONIC = (
    "R03.cheap_for_its_group",
    "R03.operation_not_billed",
    "R10.settled_as_chronic",
)
_GOODS, _APART, _ON = "R08.dearer_goods", "R04.parts_apart", "R06.goes_on_elsewhere"
_ODD, _NIGHTS = "R01.odd_hours", "R07.nights_on_leave"
_MIXED = "03 04 05 06 07 08 09 10 11 12"
_SIX = names(*range(6))

OFTEN: list[Case] = [
    case(_ODD, "six visits in the evening on scattered days", _SIX, **_at_eight(6, "clinic")),
    case(_ODD, "four are few", "", **_at_eight(4, "clinic")),
    case(_ODD, "a weekly evening clinic", "", **_at_eight(6, "hospital", step=7)),
    case(_ODD, "open on many evenings", "", **_at_eight(20, "hospital", step=2)),
    case(_ODD, "an evening of three hours, kept on three days in eight", "",
         **_at_eight(6, "nursing", beside=(19, 21), level=2)),
    case(_ODD, "two hours side by side on a quarter of the days",
         f"{_SIX} | {names(*range(6), mark='e')}",
         **_at_eight(6, "clinic", beside=(19,), level=2)),
    case(_ODD, "hours apart are no session",
         " | ".join(names(*range(6), mark=mark) for mark in "cef"),
         **_at_eight(6, "clinic", beside=(17, 23), level=3)),
    case(_ODD, "peers are open then as well", "", **_at_eight(6, "nursing", peers=100)),
    case(_LEAVE, "drugs on two days of a pass", "c:1 c:2", fen=(0, 1400, 1400),
         **_on_leave("x 04", "x 06")),
    case(_LEAVE, "on the days of leaving and coming back", "", **_on_leave("x 03", "x 07")),
    case(_LEAVE, "the bed is kept", "", **_on_leave("bed 04", "bed 05")),
    case(_LEAVE, "one day may be written wrong", "", **_on_leave("x 04", "x 08")),
    case(_NIGHTS, "four nights of six at home", "c", fen=(0, 4667, 7000),
         **_out_at_night("0117 0207", "0217 0307", "0317 0407", "0417 0507")),
    case(_NIGHTS, "half of the nights: a long weekend", "", **_out_at_night("0117 0409")),
    case(_NIGHTS, "out by day, every day", "",
         **_out_at_night("0109 0116", "0209 0216", "0309 0316", "0409 0416")),
    case(_CLOCK, "six days of a bed in a stay of five", "c:1", fen=(700, 700, 4200),
         **_clocked("bed 6 1000")),
    case(_CLOCK, "five days: the first and the last count", "", **_clocked("bed 5 1000")),
    case(_CLOCK, "two grades of nursing on every day", "c:1 c:2", fen=(3500, 3500, 7000),
         **_clocked("00120100003 5 1000", "00120100004 5 1000")),
    case(_CLOCK, "one grade after another", "",
         **_clocked("00120100003 2 1000", "00120100004 3 1000")),
    case(_CLOCK, "an hour more than five days have", "c:1", **_clocked("hour 121 1000")),
    case(_CLOCK, "as many hours as five days have", "", **_clocked("hour 120 1000")),
    case(_CLOCK, "a newborn has a bed of its own", "", **_clocked("bed 8 1000", ill="O80.0")),
    case(_CLOCK, "units of half a day", "", **_clocked("bed 10 500")),
    case(_CLOCK, "visits have no days", "", **_clocked("bed 6 1000", kind="outpatient")),
    case(_DEAR, "twice what three others ask", names(*range(12), line=":1"),
         fen=(0, 8400, 16800), **_asked(12, 2000)),
    case(_DEAR, "a quarter more", "", **_asked(12, 1250)),
    case(_DEAR, "nine lines are few", "", **_asked(9, 2000)),
    case(_DEAR, "others lie as far apart", "", **_asked(12, 3000, "500 1000 3000")),
    case(_DEAR, "a few sums written wrong", "", **_asked(5, 100_000, plain=7)),
    case(_LENGTH, "twelve stays of seven nights, where others stay two to eleven",
         names(*range(12)), claims=_stays(12, "08", "J40", _MIXED)),
    case(_LENGTH, "nine are few", "", claims=_stays(9, "08", "J42", _MIXED)),
    case(_LENGTH, "others stay as long with this illness", "",
         claims=_stays(12, "08", "J43", "08")),
    case(_LENGTH, "a night is what many have", "", claims=_stays(12, "02", "J44", _MIXED)),
    case(_LENGTH, "whoever dies chose no day", "",
         claims=_stays(12, "08", "J45", _MIXED, "died")),
    case(_KEPT, "twelve stays of nineteen nights where seven are usual", names(*range(12)),
         claims=_stays(12, "20", "J46", "08")),
    case(_KEPT, "twice as long is not far longer", "", claims=_stays(12, "15", "J47", "08")),
    case(_KEPT, "nine are few", "", claims=_stays(9, "20", "J60", "08")),
    case(_KEPT, "others have it too", "", claims=_stays(12, "20", "J61", "08 20")),
    case(_KEPT, "whoever dies did not go home", "",
         claims=_stays(12, "20", "J62", "08", "died")),
    case(_DAY, "a service at ten after that at nine, for eight", names(*range(8), line=":1"),
         **_twice(8)),
    case(_DAY, "four are few", "", **_twice(4)),
    case(_DAY, "others give it twice as well", "", **_twice(8, peers=12)),
    case(_DAY, "drugs are given as needed", "", **_twice(8, kind="drug")),
    case(_DAY, "two dialysers for a session, for eight", names(*range(8), line=":1"),
         **_twice(8, kind="consumable")),
    case(_DAY, "others need two as well", "", **_twice(8, kind="consumable", peers=12)),
    case(_DAY, "a stay takes what its operation needs", "",
         **_twice(8, kind="consumable", visit="inpatient")),
    case(_EXAM, "an exam again three days later, for eight", names(*range(8), mark="dc", line=":1"),
         **_twice(8, kind="exam", apart="04")),
    case(_EXAM, "four are few", "", **_twice(4, kind="exam", apart="04")),
    case(_EXAM, "after nine days it is a new one", "", **_twice(8, kind="exam", apart="10")),
    case(_EXAM, "others check it too", "", **_twice(8, kind="exam", peers=12, apart="04")),
    case(_EXAM, "a service is no exam", "", **_twice(8, apart="04")),
    case(_SPLIT, "eight visits settled in two claims", names(*range(8)), **_settled(8)),
    case(_SPLIT, "four are few", "", **_settled(4)),
    case(_SPLIT, "the same amount is a copy", "", **_settled(8, 4000)),
    case(_SPLIT, "another department", "", **_settled(8, room="K2")),
    case(_FAVOURITE, "twelve stays with malnutrition beside", names(*range(12)),
         **_named(12, "K30.0")),
    case(_FAVOURITE, "nine are few", "", **_named(9, "K31.0")),
    case(_FAVOURITE, "others name it for this illness too", "", **_named(12, "K35.1", 30)),
    case(_CHEAP, "six stays at three yuan where ten are usual", _SIX,
         **_grouped(6, "BR21", "bed", "bed", 300)),
    case(_CHEAP, "four yuan are not far less", "", **_grouped(6, "BR22", "bed", "bed", 400)),
    case(_CHEAP, "four are few", "", **_grouped(4, "BR23", "bed", "bed", 300)),
    case(_CHEAP, "who died cost less", "", **_grouped(6, "BR24", "bed", "bed", 300, "died")),
    case(_CHEAP, "a group nobody else has, at a third of what its weight comes to", _SIX,
         **_weighed(6, 800, level=7)),
    case(_CHEAP, "at half of it", "", **_weighed(6, 1200, level=8)),
    case(_CHEAP, "two other houses are no scale of weights", "",
         **_weighed(6, 800, "BC", level=9)),
    case(_OPERATION, "six stays of an operation that nobody billed", _SIX,
         **_grouped(6, "BB21", "bed", "0033x")),
    case(_OPERATION, "two are few", "", **_grouped(2, "BB22", "bed", "0033x")),
    case(_OPERATION, "it is billed", "", **_grouped(6, "BB23", "0033x", "0033x")),
    case(_OPERATION, "six of an operation among those billed by the nine digits of the norms", _SIX,
         **_grouped(6, "BB27", "bed", "330903001-")),
    case(_OPERATION, "cancer drugs are given, not cut", "", **_grouped(6, "RE19", "bed", "0033x")),
    case(_OPERATION, "a group without operations", "", **_grouped(6, "BR25", "bed", "0033x")),
    case(_CHRONIC, "twelve visits for what others settle as ordinary", names(*range(12)),
         **_kinds(12, "J33.9")),
    case(_CHRONIC, "nine are few", "", **_kinds(9, "J34.9")),
    case(_CHRONIC, "others settle it so too", "", **_kinds(12, "J35.9", "chronic")),
    case(_GOODS, "eight claims with the dearer stent", names(*range(8), line=":1"),
         **bought(8, "I20", "C0101d")),
    case(_GOODS, "eight with the dearer drug of a class", names(*range(8), line=":1"),
         **bought(8, "I21", "XC09CAd")),
    case(_GOODS, "four are few", "", **bought(4, "I22", "C0101d")),
    case(_GOODS, "others choose it for this illness too", "",
         **bought(8, "I23", "C0101d", "C0101d")),
    case(_APART, "six stays with the parts of a bundle on two days", _SIX, **_apart(6, "M80")),
    case(_APART, "four are few", "", **_apart(4, "M81")),
    case(_APART, "all parts on one day count elsewhere", "", **_apart(6, "M82", first="03")),
    case(_APART, "the bundle is billed as well", "", **_apart(6, "M83", whole="w")),
    case(_ON, "six stays go on in another house's bed",
         f"{_SIX} | {names(*range(6), mark='d')}", **_rotated(6, "hospital")),
    case(_ON, "two are few", "", **_rotated(2, "clinic")),
    case(_ON, "a declared transfer", "", **_rotated(6, "nursing", left="transferred")),
    case(_ON, "up to a higher level", "", **_rotated(6, "nursing", level=3)),
    case(_ON, "another illness", "", **_rotated(6, "nursing", ill="I63.9")),
    case(_ON, "a week later", "", **_rotated(6, "nursing", then="12")),
]  # fmt: skip
