"""Hit, near miss and exception of the rules about packs and stock."""

from monitor_cases import Case, case

CLAIM = "claim_id | patient_id | provider_id | admitted_on"
TWO = f"""{CLAIM}
    c1 | p | A | 2024-03-01
    c2 | p | A | 2024-03-20"""
PACK = "claim_id | line_no | item_code | served_at | trace_code"
SOLD = f"""{PACK}
    c1 | 1 | x | 2024-03-01 09:00:00 | t1/t2
    c2 | 1 | x | 2024-03-20 09:00:00 | t1"""
EVENT = "trace_code | provider_id | event | happened_at"
STOCK = "provider_id | item_code | month | opening | purchased | closing"
LINE = "claim_id | line_no | item_code | served_at | quantity"

_TWICE, _PEOPLE, _EARLY = "R13.sold_twice", "R13.across_people", "R13.before_purchase"
_OVER = "R14.settled_over_stock"
_THREE = f"""{CLAIM}
    c1 | p | A | 2024-01-05
    c2 | p | A | 2024-02-05
    c3 | p | A | 2024-03-05"""

_FROM_ACCOUNT = f"""{CLAIM} | total_amount | fund_amount | patient_amount | account_amount
    c1 | p | A | 2024-03-01 | 100 | 0 | 100 | 100
    c2 | q | A | 2024-03-20 | 100 | 0 | 100 | 100"""
_DEFAULT = f"""{PACK}
    c1 | 1 | x | 2024-03-01 09:00:00 | t1
    c1 | 2 | y | 2024-03-01 09:00:00 | t1
    c2 | 1 | z | 2024-03-20 09:00:00 | t1"""

GOODS: list[Case] = [
    case(_TWICE, "a pack settled on two claims of one person", "c1:1 c2:1", fen=(700, 700, 1400),
         claims=TWO, claim_lines=SOLD),
    case(_TWICE, "a pack written twice on one claim is one sale", "", claims=TWO,
         claim_lines=f"""{PACK}
        c1 | 1 | x | 2024-03-01 09:00:00 | t1
        c1 | 2 | x | 2024-03-01 09:00:00 | t1"""),
    case(_TWICE, "a copy of the claim down to the moment is a duplicate claim", "",
         claims=f"""{CLAIM} | started_at | diagnosis_code
        c1 | p | A | 2024-03-01 | 2024-03-01 09:00:00 | I10
        c2 | p | A | 2024-03-01 | 2024-03-01 09:00:00 | I10""",
         claim_lines=SOLD.replace("03-20", "03-01")),
    case(_TWICE, "a pack that came back may be sold again", "", claims=TWO, claim_lines=SOLD,
         trace_events=f"""{EVENT}
        t1 | A | returned | 2024-03-10 09:00:00"""),
    case(_TWICE, "the first sale was reversed", "", claims=f"""{CLAIM} | reverses_claim_id
        c1 | p | A | 2024-03-01 |
        r1 | p | A | 2024-03-01 | c1
        c2 | p | A | 2024-03-20 |""", claim_lines=SOLD),
    case(_PEOPLE, "a pack settled for two persons", "c1:1 c2:1", fen=(700, 700, 1400),
         claims=TWO.replace("c2 | p", "c2 | q"), claim_lines=SOLD),
    case(_PEOPLE, "a sale that the account paid is insurance money", "c1:1 c2:1",
         fen=(1000, 1000, 2000), claims=_FROM_ACCOUNT, claim_lines=SOLD),
    case(_PEOPLE, "what the person paid in cash is not", "c1:1 c2:1", fen=(400, 400, 800),
         claims=_FROM_ACCOUNT.replace("100 | 100", "100 | 40"), claim_lines=SOLD),
    case(_PEOPLE, "a code of three items that nobody bought is a scanner's default", "",
         claims=TWO.replace("c2 | p", "c2 | q"), claim_lines=_DEFAULT),
    case(_PEOPLE, "a code of three items that was bought is a pack", "c1:1 c1:2 c2:1",
         claims=TWO.replace("c2 | p", "c2 | q"), claim_lines=_DEFAULT,
         trace_events=f"""{EVENT}
        t1 | A | purchased | 2024-02-10 09:00:00"""),
    case(_TWICE, "a default is sold to nobody twice", "", claims=TWO, claim_lines=_DEFAULT),
    case(_PEOPLE, "one person is another rule's affair", "", claims=TWO, claim_lines=SOLD),
    case(_PEOPLE, "a pack that came back may go to another person", "",
         claims=TWO.replace("c2 | p", "c2 | q"), claim_lines=SOLD, trace_events=f"""{EVENT}
        t1 | A | returned | 2024-03-10 09:00:00"""),
    case(_EARLY, "sold four days before it was bought", "c1:1", fen=(0, 700, 700), claims=TWO,
         claim_lines=f"""{PACK}
        c1 | 1 | x | 2024-03-01 09:00:00 | t1
        c2 | 1 | x | 2024-03-20 09:00:00 | t2""", trace_events=f"""{EVENT}
        t1 | A | purchased | 2024-03-05 09:00:00
        t2 | A | purchased | 2024-03-05 09:00:00"""),
    case(_EARLY, "three days late is a late record", "", claims=TWO, claim_lines=f"""{PACK}
        c1 | 1 | x | 2024-03-01 09:00:00 | t1""", trace_events=f"""{EVENT}
        t1 | A | purchased | 2024-03-04 09:00:00"""),
    case(_EARLY, "a pack of which no purchase is recorded says nothing", "", claims=TWO,
         claim_lines=f"""{PACK}
        c1 | 1 | x | 2024-03-01 09:00:00 | t1""", trace_events=f"""{EVENT}
        t2 | A | purchased | 2024-03-04 09:00:00"""),
    case(_OVER, "120 settled of 100 that left the shelf, in the months they rose", "c1:1 c2:1",
         fen=(0, 234, 1400), claims=_THREE, claim_lines=f"""{LINE}
        c1 | 1 | x | 2024-01-05 09:00:00 | 60
        c2 | 1 | x | 2024-02-05 09:00:00 | 60
        c3 | 1 | x | 2024-03-05 09:00:00 | 20""", stock_moves=f"""{STOCK}
        A | x | 2024-01-01 | 0  | 100 | 50
        A | x | 2024-02-01 | 50 | 50  | 50
        A | x | 2024-03-01 | 50 | 0   | 30"""),
    case(_OVER, "a line entered twice left the shelf once", "", claims=_THREE,
         claim_lines=f"""{LINE}
        c1 | 1 | x | 2024-01-05 09:00:00 | 50
        c1 | 2 | x | 2024-01-05 09:00:00 | 50
        c2 | 1 | x | 2024-02-05 09:00:00 | 50""", stock_moves=f"""{STOCK}
        A | x | 2024-01-01 | 0  | 100 | 50
        A | x | 2024-02-01 | 50 | 50  | 50"""),
    case(_OVER, "what shrinkage and rounding explain is no hit", "", claims=_THREE,
         claim_lines=f"""{LINE}
        c1 | 1 | x | 2024-01-05 09:00:00 | 57
        c2 | 1 | x | 2024-02-05 09:00:00 | 57""", stock_moves=f"""{STOCK}
        A | x | 2024-01-01 | 0  | 100 | 50
        A | x | 2024-02-01 | 50 | 50  | 50"""),
    case(_OVER, "one month settled ahead and made up for is no hit", "", claims=_THREE,
         claim_lines=f"""{LINE}
        c1 | 1 | x | 2024-01-05 09:00:00 | 40
        c2 | 1 | x | 2024-02-05 09:00:00 | 55""", stock_moves=f"""{STOCK}
        A | x | 2024-01-01 | 0  | 100 | 50
        A | x | 2024-02-01 | 50 | 50  | 55"""),
    case(_OVER, "ten pieces a box in every month is a unit of measure", "", claims=_THREE,
         claim_lines=f"""{LINE}
        c1 | 1 | x | 2024-01-05 09:00:00 | 100
        c2 | 1 | x | 2024-02-05 09:00:00 | 200
        c3 | 1 | x | 2024-03-05 09:00:00 | 50""", stock_moves=f"""{STOCK}
        A | x | 2024-01-01 | 0  | 20 | 10
        A | x | 2024-02-01 | 10 | 10 | 0
        A | x | 2024-03-01 | 0  | 5  | 0"""),
    case(_OVER, "an item without a stock record is not judged", "", claims=_THREE,
         claim_lines=f"""{LINE}
        c1 | 1 | y | 2024-01-05 09:00:00 | 100"""),
    case(_OVER, "what the stock record says too late does not exist yet", "", claims=_THREE,
         claim_lines=f"""{LINE}
        c1 | 1 | x | 2024-01-05 09:00:00 | 100""", stock_moves=f"""{STOCK} | known_on
        A | x | 2024-01-01 | 0 | 20 | 10 | 2025-01-01"""),
]  # fmt: skip
