"""Hit, near miss and exception of the rules about codes of packs that are not there."""

from monitor_cases import Case, case
from monitor_rates import CLAIM, LINE, names, rows, table

_FEWER, _PAPER, _SCAN = "R13.fewer_codes", "R14.bought_on_paper", "R25.packs_not_scanned"
_UNKNOWN = "R13.code_unknown"
_DRUG = """item_code | kind
    y | drug"""
_TWO = "a{n}/b{n}"


def _sold(n: int, codes: str = "t{n}", fen: int = 2000, others: str = _TWO,
          own: str = _TWO) -> dict[str, str]:  # fmt: skip
    """Two packs a sale: n such of A beside three of its own kind, and sixty and one of B."""
    return {
        "claims": table(CLAIM, rows("c{n} | p{n} | A | {day}", range(n)),
                        rows("a{n} | o{n} | A | {day}", range(3)),
                        rows("b{n} | q{n} | B | {day}", range(61))),
        "claim_lines": table(
            f"{LINE} | quantity | unit_price | amount | trace_code",
            rows(f"c{{n}} | 1 | y | 2024-03-01 09:00:00 | 2 | {fen // 2} | {fen} | {codes}",
                 range(n)),
            rows(f"a{{n}} | 1 | y | 2024-03-01 09:00:00 | 2 | 1000 | 2000 | o{own}", range(3)),
            rows(f"b{{n}} | 1 | y | 2024-03-01 09:00:00 | 2 | 1000 | 2000 | q{others}", range(60)),
            f"b60 | 1 | y | 2024-03-01 09:00:00 | 2 | 1000 | 2000 | q{_TWO}"),
    }  # fmt: skip


def _bare(n: int, booked: int = 8, delivered: int = 0, others: str = "t{n}") -> dict[str, str]:
    """Packs that A sells without a code and its books have bought; B's are scanned."""
    came = rows("d{n} | A | y | purchased | 2024-03-01 08:00:00", range(delivered))
    return {
        "claims": table(CLAIM, rows("c{n} | p{n} | A | {day}", range(n)),
                        rows("b{n} | q{n} | B | {day}", range(60))),
        "claim_lines": table(
            f"{LINE} | trace_code", rows("c{n} | 1 | y | 2024-03-01 09:00:00 |", range(n)),
            rows(f"b{{n}} | 1 | y | 2024-03-01 09:00:00 | {others}", range(60))),
        "items": _DRUG,
        "stock_moves": f"""provider_id | item_code | month | purchased
            A | y | 2024-03-01 | {booked}
            A | y | 2023-03-01 | 50""",
        "trace_events": "\n".join(filter(None, (
            "trace_code | provider_id | item_code | event | happened_at",
            "t0 | B | y | purchased | 2024-02-01 08:00:00", came))),
    }  # fmt: skip


def _given_out(n: int, own: int = 0, others: int = 60) -> dict[str, str]:
    """Packs of A and of B, and how many of either a supplier is known to have given out."""
    came = [rows(f"{mark}{{n}} | {at} | purchased | 2024-02-01 08:00:00", range(k))
            for mark, at, k in (("t", "A", own), ("u", "B", others))]  # fmt: skip
    return {
        "claims": table(CLAIM, rows("c{n} | p{n} | A | {day}", range(n)),
                        rows("b{n} | q{n} | B | {day}", range(60))),
        "claim_lines": table(
            f"{LINE} | trace_code", rows("c{n} | 1 | y | 2024-03-01 09:00:00 | t{n}", range(n)),
            rows("b{n} | 1 | y | 2024-03-01 09:00:00 | u{n}", range(60))),
        "trace_events": "\n".join(filter(None, (
            "trace_code | provider_id | event | happened_at",
            "o | B | purchased | 2024-02-01 08:00:00", *came))),
    }  # fmt: skip


def _begun(n: int) -> dict[str, str]:
    """Nobody scans in February; from April on everybody does but A."""
    old, new = "2024-02-01 09:00:00", "2024-04-01 09:00:00"
    return {
        "claims": table(CLAIM, rows("a{n} | p{n} | A | {day}", range(60)),
                        rows("c{n} | p{n} | A | {day}", range(n)),
                        rows("b{n} | q{n} | B | {day}", range(120))),
        "claim_lines": table(
            f"{LINE} | trace_code", rows(f"a{{n}} | 1 | y | {old} |", range(60)),
            rows(f"c{{n}} | 1 | y | {new} |", range(n)),
            rows(f"b{{n}} | 1 | y | {old} |", range(60)),
            rows(f"b{{n}} | 1 | y | {new} | t{{n}}", range(60, 120))),
        "items": _DRUG,
    }  # fmt: skip


PACKS: list[Case] = [
    case(_FEWER, "six sales of two packs bear one code each", names(*range(6), line=":1"),
         **_sold(6)),
    case(_FEWER, "as many codes as packs", "", **_sold(6, "t{n}/u{n}")),
    case(_FEWER, "the price of one: half a pack is the unit", "", **_sold(6, fen=1000)),
    case(_FEWER, "others scan one of two as well", "", **_sold(6, others="{n}")),
    case(_FEWER, "an interface that never sends two codes", "", **_sold(6, own="{n}")),
    case(_FEWER, "four are few", "", **_sold(4)),
    case(_PAPER, "eight sold without a code, bought by the books, delivered by nobody",
         names(*range(8), line=":1"), **_bare(8)),
    case(_PAPER, "all delivered: the scanner missed them", "", **_bare(8, delivered=8)),
    case(_PAPER, "the books bought one only, and fifty a year before", "", **_bare(8, 1)),
    case(_PAPER, "nobody scans this item", "", **_bare(8, others="")),
    case(_PAPER, "four are few", "", **_bare(4)),
    case(_UNKNOWN, "eight codes that nobody gave out", names(*range(8), line=":1"),
         **_given_out(8)),
    case(_UNKNOWN, "given out to it", "", **_given_out(8, 8)),
    case(_UNKNOWN, "an item whose purchases nobody reports", "", **_given_out(8, others=0)),
    case(_UNKNOWN, "four may be misread", "", **_given_out(4)),
    case(_SCAN, "the months before anybody scanned neither count nor hide",
         names(*range(8), line=":1"), **_begun(8)),
]  # fmt: skip
