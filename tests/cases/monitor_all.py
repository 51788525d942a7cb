"""All cases of all rules."""

from monitor_again import AGAIN
from monitor_apart import APART
from monitor_beyond import BEYOND
from monitor_brought import BROUGHT
from monitor_cards import CARDS
from monitor_cases import Case
from monitor_chapters import CHAPTERS, SESSIONS
from monitor_charges import CHARGES
from monitor_checked import CHECKED
from monitor_contracts import CONTRACTS
from monitor_counters import COUNTERS
from monitor_enrolled import ENROLLED
from monitor_fees import FEES
from monitor_goods import GOODS
from monitor_hands import HANDS
from monitor_interim import INTERIM
from monitor_local_codes import LOCAL_CODES
from monitor_often import OFTEN
from monitor_packs import PACKS
from monitor_people import PEOPLE
from monitor_rates import RATES
from monitor_rounds import ROUNDS
from monitor_shelves import SHELVES
from monitor_spread import SPREAD
from monitor_swaps import SWAPS
from monitor_taken_back import TAKEN_BACK
from monitor_turns import TURNS
from monitor_untreated import UNTREATED
from monitor_usual import USUAL

CASES: list[Case] = [
    *CHARGES, *PEOPLE, *GOODS, *RATES, *SWAPS, *CARDS, *BEYOND, *APART, *AGAIN, *SHELVES,
    *COUNTERS, *TURNS, *OFTEN, *CONTRACTS, *HANDS, *BROUGHT, *PACKS, *ROUNDS, *SPREAD, *INTERIM,
    *CHAPTERS, *SESSIONS, *UNTREATED, *FEES, *LOCAL_CODES, *ENROLLED, *TAKEN_BACK,
    *CHECKED, *USUAL,
]  # fmt: skip
