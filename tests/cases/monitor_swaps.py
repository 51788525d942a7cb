"""Hit, near miss and exception of the rules about what was really given; money in fen."""

from monitor_cases import Case, case
from monitor_rates import LINE, STAY, names, rows, table

CLAIM = "claim_id | patient_id | provider_id | admitted_on"
ONE = f"""{CLAIM}
    c1 | p | A | 2024-03-01"""
STOCK = "provider_id | item_code | month | opening | purchased | closing"
DRUGS = """item_code | kind
    x | drug
    y | drug"""


def _swapped(left: int, price: int = 100) -> dict[str, str]:
    return {
        "claims": ONE, "items": DRUGS,
        "claim_lines": f"""{LINE} | quantity | unit_price | amount
            c1 | 1 | x | 2024-03-01 09:00:00 | 60 | 1000 | 60000
            c1 | 2 | y | 2024-03-01 09:00:00 | 5  | {price} | {5 * price}""",
        "stock_moves": f"""{STOCK}
            A | x | 2024-03-01 | 0 | 10 | 0
            A | y | 2024-03-01 | 0 | {left} | 0""",
    }  # fmt: skip


def _mapped(n: int, dear: str, cheap: str) -> dict[str, str]:
    return {
        "claims": table(CLAIM, rows("c{n} | p | A | {day}", range(n), since=dear, step=9),
                        rows("d{n} | p | A | {day}", range(n), since=cheap, step=9)),
        "claim_lines": table(
            f"{LINE} | local_item_code | amount",
            rows("c{n} | 1 | x | {day} 09:00:00 | L | 5000", range(n), since=dear, step=9),
            rows("d{n} | 1 | y | {day} 09:00:00 | L | 1000", range(n), since=cheap, step=9),
        ),
    }  # fmt: skip


def _pack(item: str, buyer: str, operator: str = "") -> dict[str, str]:
    return {
        "claims": ONE,
        "providers": f"""provider_id | operator_id
            A | of-chain
            B | {operator}""",
        "claim_lines": f"""{LINE} | trace_code
            c1 | 1 | x | 2024-03-01 09:00:00 | t1""",
        "trace_events": f"""trace_code | provider_id | event | happened_at | item_code
            t1 | {buyer} | purchased | 2024-02-01 09:00:00 | {item}""",
    }


def _given(days: int, kind: str = "outpatient") -> dict[str, str]:
    return {
        "claims": f"""{STAY}
            c1 | p | A | 2024-03-01 | 2024-03-01 | {kind}""",
        "claim_lines": f"""{LINE} | days_supply
            c1 | 1 | x | 2024-03-01 09:00:00 | {days}""",
        "items": DRUGS,
    }


def _scoped(others: str) -> dict[str, str]:
    claims = ["c1 | p | A | 2024-03-01"]
    lines = ["c1 | 1 | x | 2024-03-01 09:00:00 | A | 500"]
    for n, scope in enumerate(others):
        claims.append(f"b{n} | p | B{n} | 2024-03-01")
        lines.append(f"b{n} | 1 | x | 2024-03-01 09:00:00 | {scope} | 0")
    return {"claims": table(CLAIM, *claims),
            "claim_lines": table(f"{LINE} | scope | fund_amount", *lines)}  # fmt: skip


def _fetched(places: str, step: int) -> dict[str, str]:
    claims = rows("c{n} | p | {{}} | {day}", range(len(places)), step=step)
    lines = rows("c{n} | 1 | x | {day} 09:00:00 | 30", range(len(places)), step=step)
    return {
        "claims": table(CLAIM, *(row.format(at) for row, at in
                                 zip(claims.splitlines(), places, strict=True))),
        "claim_lines": table(f"{LINE} | days_supply", lines), "items": DRUGS,
    }  # fmt: skip


def _left_out(recorded: str) -> dict[str, str]:
    """A and four others settle ten of x; those named have it in the record that all keep."""
    houses = "ABCDE"
    kept = [
        row
        for at in houses
        for row in rows(f"{at} | i{{n}} | 2024-03-01 | 0 | 1 | 1", range(5)).splitlines()
    ]
    kept += [f"{at} | x | 2024-03-01 | 0 | 20 | 10" for at in recorded]
    return {
        "claims": table(CLAIM, *(f"c{at} | p{at} | {at} | 2024-03-10" for at in houses)),
        "claim_lines": table(f"{LINE} | quantity",
                             *(f"c{at} | 1 | x | 2024-03-10 09:00:00 | 10" for at in houses)),
        "items": DRUGS, "stock_moves": table(STOCK, *kept),
    }  # fmt: skip


def _shelf(items: int, quantity: int, day: str = "2024-03-10") -> dict[str, str]:
    return {
        "claims": f"""{CLAIM}
            c1 | p | A | {day}""",
        "claim_lines": f"""{LINE} | quantity
            c1 | 1 | x | {day} 09:00:00 | {quantity}""",
        "items": DRUGS,
        "stock_moves": table(STOCK, rows("A | i{n} | 2024-03-01 | 0 | 1 | 1", range(items))),
    }


_OTHER, _LOCAL, _PACK = "R08.other_item_purchased", "R08.local_code", "R08.other_pack"
_LONG, _SCOPE = "R09.supply_too_long", "R10.scope_unlike_others"
_HOARD, _MANY = "R12.hoarded", "R12.many_sources"
_BOUGHT, _NEVER = "R13.bought_by_another", "R14.never_stocked"

SWAPS: list[Case] = [
    case(_OTHER, "what is missing of one is left of a cheaper one", "c1:1", **_swapped(60)),
    case(_OTHER, "far more is left than is missing", "", **_swapped(600)),
    case(_OTHER, "what is left is dearer", "", **_swapped(60, 5000)),
    case(_LOCAL, "one code of its own under two national ones at once",
         names(*range(6), line=":1"), **_mapped(6, "2024-03-01", "2024-03-02")),
    case(_LOCAL, "mapped anew, one after the other", "",
         **_mapped(6, "2024-03-01", "2024-06-01")),
    case(_LOCAL, "four lines are a slip", "", **_mapped(4, "2024-03-01", "2024-03-02")),
    case(_PACK, "the pack is another item", "c1:1", **_pack("y", "A")),
    case(_PACK, "the pack is the item", "", **_pack("x", "A")),
    case(_LONG, "ninety days are too long by six", "c1:1", fen=(0, 47, 700), **_given(90)),
    case(_LONG, "twelve weeks are allowed", "", **_given(84)),
    case(_LONG, "drugs of a stay have no supply", "", **_given(90, "inpatient")),
    case(_SCOPE, "two others bill it as outside the scope", "c1:1", **_scoped("CC")),
    case(_SCOPE, "one other says little", "", **_scoped("C")),
    case(_SCOPE, "the others bill it inside the scope too", "", **_scoped("CAA")),
    case(_HOARD, "six months in twenty-five days", names(*range(6), line=":1"),
         **_fetched("ABABAB", 5)),
    case(_HOARD, "a month each month", "", **_fetched("ABABAB", 30)),
    case(_HOARD, "one provider answers for itself", "", **_fetched("AAAAAA", 5)),
    case(_MANY, "at a fourth place within the month", "c3:1", **_fetched("ABCD", 5)),
    case(_MANY, "three places", "", **_fetched("ABCA", 5)),
    case(_MANY, "four places in four months", "", **_fetched("ABCD", 31)),
    case(_BOUGHT, "another one bought it", "c1:1", **_pack("x", "B")),
    case(_BOUGHT, "its seller bought it", "", **_pack("x", "A")),
    case(_BOUGHT, "its chain bought it", "", **_pack("x", "B", "of-chain")),
    case(_BOUGHT, "another chain bought it", "c1:1", **_pack("x", "B", "of-other")),
    case(_NEVER, "settled and never in the record", "c1:1", **_shelf(5, 10)),
    case(_NEVER, "a record of four items is none", "", **_shelf(4, 10)),
    case(_NEVER, "nine pieces are few", "", **_shelf(5, 9)),
    case(_NEVER, "half of the others record it", "cA:1 | cB:1 | cC:1",
         **_left_out("DE")),
    case(_NEVER, "hardly anybody records it: herbs are weighed", "", **_left_out("E")),
    case(_NEVER, "before the record begins nothing is known", "", **_shelf(5, 10, "2024-02-20")),
]  # fmt: skip
