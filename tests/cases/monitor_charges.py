"""Hit, near miss and exception of the rules about charges and limits; money in fen."""

from monitor_cases import Case, case

CLAIM = "claim_id | patient_id | provider_id | admitted_on"
ONE = f"""{CLAIM}
    c1 | p | A | 2024-03-01"""
STAY = f"""{CLAIM} | discharged_on | visit_kind
    c1 | p | A | 2024-03-01 | 2024-03-05 | inpatient"""
LINE = "claim_id | line_no | item_code | served_at"
SAME = "claim_id | patient_id | provider_id | admitted_on | started_at | diagnosis_code"

_TWICE = "R05.duplicate_claim"
_AGAIN = "R05.duplicate_line"
_CAP = "R05.price_above_cap"
_MAX = "R09.quantity_above_daily_maximum"
_BED = """item_code | kind | max_daily_quantity
        x | service | 1
        b | bed | 1"""

_SCOPE = "R10.beyond_scope"
_PAID = f"""{CLAIM} | total_amount | fund_amount
        c1 | p | A | 2024-03-01 | 1000 | 500"""
_BOTH = f"""{LINE} | scope | amount | fund_amount
        c1 | 1 | x | 2024-03-01 09:30:00 | A | {{inside}} |
        c1 | 2 | y | 2024-03-01 09:30:00 | C | {{outside}} |"""

CHARGES: list[Case] = [
    case(_TWICE, "the same visit settled again is a hit for all but the first", "c1 c2",
         fen=(7000, 7000, 7000), claims=f"""{SAME}
        c1 | p | A | 2024-03-01 | 2024-03-01 09:00:00 | I10
        c2 | p | A | 2024-03-01 | 2024-03-01 09:00:00 | I10"""),
    case(_TWICE, "a visit an hour later is another visit", "", claims=f"""{SAME}
        c1 | p | A | 2024-03-01 | 2024-03-01 09:00:00 | I10
        c2 | p | A | 2024-03-01 | 2024-03-01 10:00:00 | I10"""),
    case(_TWICE, "a claim that was reversed is not a second one", "",
         claims=f"""{SAME} | reverses_claim_id | total_amount
        c1 | p | A | 2024-03-01 | 2024-03-01 09:00:00 | I10 |    | 10000
        r1 | p | A | 2024-03-01 | 2024-03-01 09:00:00 | I10 | c1 | -10000
        c2 | p | A | 2024-03-01 | 2024-03-01 09:00:00 | I10 |    | 10000"""),
    case(_TWICE, "under two schemes it is one illness paid twice", "",
         claims=f"""{SAME} | scheme
        c1 | p | A | 2024-03-01 | 2024-03-01 09:00:00 | I10 | employee
        c2 | p | A | 2024-03-01 | 2024-03-01 09:00:00 | I10 | resident"""),
    case(_TWICE, "nor with a bare date, read as midnight", "", claims=f"""{SAME}
        c1 | p | A | 2024-03-01 | 2024-03-01 00:00:00 | I10
        c2 | p | A | 2024-03-01 | 2024-03-01 00:00:00 | I10"""),
    case(_TWICE, "without the moment of the visit nothing is compared", "", claims=f"""{CLAIM}
        c1 | p | A | 2024-03-01
        c2 | p | A | 2024-03-01"""),
    case(_AGAIN, "the same line at the same second is a hit", "c1:1 c1:2", fen=(700, 700, 700),
         claims=ONE, claim_lines=f"""{LINE}
        c1 | 1 | x | 2024-03-01 09:30:00
        c1 | 2 | x | 2024-03-01 09:30:00"""),
    case(_AGAIN, "across two claims of one visit too", "c1:1 c2:1", claims=f"""{CLAIM}
        c1 | p | A | 2024-03-01
        c2 | p | A | 2024-03-01""", claim_lines=f"""{LINE}
        c1 | 1 | x | 2024-03-01 09:30:00
        c2 | 1 | x | 2024-03-01 09:30:00"""),
    case(_AGAIN, "another second is another service", "", claims=ONE, claim_lines=f"""{LINE}
        c1 | 1 | x | 2024-03-01 09:30:00
        c1 | 2 | x | 2024-03-01 09:30:01"""),
    case(_AGAIN, "lines without a time of day are not compared", "", claims=ONE,
         claim_lines=f"""{LINE}
        c1 | 1 | x | 2024-03-01 00:00:00
        c1 | 2 | x | 2024-03-01 00:00:00"""),
    case(_AGAIN, "packs with codes of their own are told apart by them", "", claims=ONE,
         claim_lines=f"""{LINE} | trace_code
        c1 | 1 | x | 2024-03-01 09:30:00 | t1
        c1 | 2 | x | 2024-03-01 09:30:00 | t2"""),
    case(_CAP, "two fen above the cap is a hit, for the excess alone", "c1:1", fen=(14, 14, 7014),
         claims=ONE, claim_lines=f"""{LINE} | quantity | unit_price | amount
        c1 | 1 | x | 2024-03-01 09:30:00 | 10 | 1002 | 10020""",
         items="""item_code | kind | price_cap
        x | drug | 1000"""),
    case(_CAP, "a fen is rounding", "", claims=ONE, claim_lines=f"""{LINE} | unit_price
        c1 | 1 | x | 2024-03-01 09:30:00 | 1001""", items="""item_code | kind | price_cap
        x | drug | 1000"""),
    case(_CAP, "the cap of the day counts, not the one that came later", "c1:2", claims=ONE,
         claim_lines=f"""{LINE} | unit_price
        c1 | 1 | x | 2024-02-29 09:30:00 | 1500
        c1 | 2 | x | 2024-03-01 09:30:00 | 1500""",
         items="""item_code | kind | price_cap | valid_from
        x | drug | 1500 | 2020-01-01
        x | drug | 1000 | 2024-03-01"""),
    case("R04.unbundled", "a part beside the whole on one day is a hit", "c1:1 c1:2",
         fen=(700, 700, 700), claims=ONE, claim_lines=f"""{LINE}
        c1 | 1 | whole | 2024-03-01 09:30:00
        c1 | 2 | part  | 2024-03-01 09:40:00""", items="""item_code | kind | bundle_of
        whole | service | part/other
        part  | service |"""),
    case("R04.unbundled", "the part on the day before was needed by itself", "", claims=STAY,
         claim_lines=f"""{LINE}
        c1 | 1 | whole | 2024-03-02 09:30:00
        c1 | 2 | part  | 2024-03-01 09:40:00""", items="""item_code | kind | bundle_of
        whole | service | part"""),
    case("R04.unbundled", "a bundle that began later contains nothing yet", "", claims=ONE,
         claim_lines=f"""{LINE}
        c1 | 1 | whole | 2024-03-01 09:30:00
        c1 | 2 | part  | 2024-03-01 09:40:00""",
         items="""item_code | kind | bundle_of | valid_from
        whole | service |      | 2020-01-01
        whole | service | part | 2024-03-02"""),
    case("R10.outside_scope_charged", "the fund paid for scope C", "c1:1", fen=(300, 300, 300),
         claims=ONE, claim_lines=f"""{LINE} | scope | fund_amount
        c1 | 1 | x | 2024-03-01 09:30:00 | C | 300
        c1 | 2 | y | 2024-03-01 09:30:00 | B | 300"""),
    case("R10.outside_scope_charged", "the patient paid for scope C", "", claims=ONE,
         claim_lines=f"""{LINE} | scope | fund_amount
        c1 | 1 | x | 2024-03-01 09:30:00 | C | 0"""),
    case(_MAX, "one above the maximum of the day is a hit", "c1:1 c1:2", fen=(350, 350, 1400),
         claims=ONE, claim_lines=f"""{LINE} | quantity
        c1 | 1 | x | 2024-03-01 09:30:00 | 2
        c1 | 2 | x | 2024-03-01 15:30:00 | 2""", items="""item_code | kind | max_daily_quantity
        x | service | 3"""),
    case(_MAX, "a line entered twice is another rule's, and no second quantity", "", claims=ONE,
         claim_lines=f"""{LINE} | quantity
        c1 | 1 | x | 2024-03-01 09:30:00 | 2
        c1 | 2 | x | 2024-03-01 09:30:00 | 2""", items="""item_code | kind | max_daily_quantity
        x | service | 3"""),
    case(_MAX, "nor are the lines of a claim settled twice", "", claims=f"""{SAME}
        c1 | p | A | 2024-03-01 | 2024-03-01 09:00:00 | I10
        c2 | p | A | 2024-03-01 | 2024-03-01 09:00:00 | I10""", claim_lines=f"""{LINE} | quantity
        c1 | 1 | x | 2024-03-01 | 2
        c2 | 1 | x | 2024-03-01 | 2""", items="""item_code | kind | max_daily_quantity
        x | service | 3"""),
    case(_MAX, "the maximum itself is allowed", "", claims=ONE, claim_lines=f"""{LINE} | quantity
        c1 | 1 | x | 2024-03-01 09:30:00 | 3""", items="""item_code | kind | max_daily_quantity
        x | service | 3"""),
    case(_MAX, "a supply for several days is allowed its days", "", claims=ONE,
         claim_lines=f"""{LINE} | quantity | days_supply
        c1 | 1 | x | 2024-03-01 09:30:00 | 21 | 7""",
         items="""item_code | kind | max_daily_quantity
        x | drug | 3"""),
    case(_MAX, "a stay billed in one lump is allowed its days", "", claims=STAY,
         claim_lines=f"""{LINE} | quantity
        c1 | 1 | x | 2024-03-05 09:30:00 | 5""", items="""item_code | kind | max_daily_quantity
        x | service | 1"""),
    case(_MAX, "a lump beyond the days of the stay is a hit", "c1:1", claims=STAY,
         claim_lines=f"""{LINE} | quantity
        c1 | 1 | x | 2024-03-05 09:30:00 | 6""", items="""item_code | kind | max_daily_quantity
        x | service | 1"""),
    case(_MAX, "a stay billed by the day is held to the day", "c1:2", claims=STAY,
         claim_lines=f"""{LINE} | quantity
        c1 | 1 | x | 2024-03-01 09:30:00 | 1
        c1 | 2 | x | 2024-03-02 09:30:00 | 2""", items="""item_code | kind | max_daily_quantity
        x | service | 1"""),
    case(_MAX, "a stay billed every other day, bed and all, is allowed two days", "",
         claims=STAY, claim_lines=f"""{LINE} | quantity
        c1 | 1 | b | 2024-03-01 09:30:00 | 2
        c1 | 2 | x | 2024-03-01 09:30:00 | 2
        c1 | 3 | b | 2024-03-03 09:30:00 | 2
        c1 | 4 | x | 2024-03-03 09:30:00 | 2
        c1 | 5 | x | 2024-03-05 09:30:00 | 1""", items=_BED),
    case(_MAX, "a lump beyond the days to the next one is a hit", "c1:2", claims=STAY,
         claim_lines=f"""{LINE} | quantity
        c1 | 1 | b | 2024-03-01 09:30:00 | 3
        c1 | 2 | x | 2024-03-01 09:30:00 | 4
        c1 | 3 | b | 2024-03-04 09:30:00 | 2
        c1 | 4 | x | 2024-03-04 09:30:00 | 2""", items=_BED),
    case(_MAX, "days apart are no lumps where the bed is billed by the day", "c1:1 | c1:3",
         claims=STAY, claim_lines=f"""{LINE} | quantity
        c1 | 1 | x | 2024-03-01 09:30:00 | 2
        c1 | 2 | b | 2024-03-01 09:30:00 | 1
        c1 | 3 | x | 2024-03-04 09:30:00 | 2
        c1 | 4 | b | 2024-03-02 09:30:00 | 1
        c1 | 5 | b | 2024-03-03 09:30:00 | 1
        c1 | 6 | b | 2024-03-04 09:30:00 | 1""", items=_BED),
    case(_MAX, "units of a quarter, together as dear as one", "", claims=f"""{ONE}
        k1 | q1 | B | 2024-03-01
        k2 | q2 | C | 2024-03-01""", claim_lines=f"""{LINE} | quantity | unit_price | amount
        c1 | 1 | x | 2024-03-01 09:30:00 | 4 | 250 | 1000
        k1 | 1 | x | 2024-03-01 09:30:00 | 1 | 1000 | 1000
        k2 | 1 | x | 2024-03-01 09:30:00 | 1 | 1000 | 1000""",
         items="""item_code | kind | max_daily_quantity
        x | service | 1"""),
    case(_MAX, "beds are left out", "", claims=STAY, claim_lines=f"""{LINE} | quantity
        c1 | 1 | x | 2024-03-05 09:30:00 | 9""", items="""item_code | kind | max_daily_quantity
        x | bed | 1"""),
    case("R17.other_sex", "an item for women billed for a man", "c1:1", fen=(0, 700, 700),
         claims=ONE, patients="""patient_id | sex
        p | M""", claim_lines=f"""{LINE}
        c1 | 1 | x | 2024-03-01 09:30:00""", items="""item_code | kind | sex_limit
        x | service | F"""),
    case("R17.other_sex", "a sex that is not known conflicts with nothing", "", claims=ONE,
         claim_lines=f"""{LINE}
        c1 | 1 | x | 2024-03-01 09:30:00""", items="""item_code | kind | sex_limit
        x | service | F"""),
    case("R17.too_old", "a day after the thirteenth birthday is no longer twelve", "c1:1",
         claims=ONE, patients="""patient_id | birth_date
        p | 2011-02-28""", claim_lines=f"""{LINE}
        c1 | 1 | x | 2024-03-01 09:30:00""", items="""item_code | kind | age_max
        x | service | 12"""),
    case("R17.too_old", "the day before the thirteenth birthday is twelve", "", claims=ONE,
         patients="""patient_id | birth_date
        p | 2011-03-02""", claim_lines=f"""{LINE}
        c1 | 1 | x | 2024-03-01 09:30:00""", items="""item_code | kind | age_max
        x | service | 12"""),
    case("R17.too_young", "an item from eighteen on billed at seventeen", "c1:1", claims=ONE,
         patients="""patient_id | birth_date
        p | 2006-03-02""", claim_lines=f"""{LINE}
        c1 | 1 | x | 2024-03-01 09:30:00""", items="""item_code | kind | age_min
        x | service | 18"""),
    case("R17.too_young", "the eighteenth birthday is eighteen", "", claims=ONE,
         patients="""patient_id | birth_date
        p | 2006-03-01""", claim_lines=f"""{LINE}
        c1 | 1 | x | 2024-03-01 09:30:00""", items="""item_code | kind | age_min
        x | service | 18"""),
    case("R10.other_diagnosis", "none of the diagnoses is among those paid for", "c1:1",
         claims=f"""{CLAIM} | diagnosis_code | secondary_diagnoses
        c1 | p | A | 2024-03-01 | I10 | AC50/E11""", claim_lines=f"""{LINE}
        c1 | 1 | x | 2024-03-01 09:30:00""", items="""item_code | kind | diagnosis_limit
        x | drug | C50/C5"""),
    case("R10.other_diagnosis", "a secondary diagnosis fits", "",
         claims=f"""{CLAIM} | diagnosis_code | secondary_diagnoses
        c1 | p | A | 2024-03-01 | I10 | E11/C50.9""", claim_lines=f"""{LINE}
        c1 | 1 | x | 2024-03-01 09:30:00""", items="""item_code | kind | diagnosis_limit
        x | drug | C50"""),
    case("R10.other_diagnosis", "a claim without a diagnosis says nothing", "", claims=ONE,
         claim_lines=f"""{LINE}
        c1 | 1 | x | 2024-03-01 09:30:00""", items="""item_code | kind | diagnosis_limit
        x | drug | C50"""),
    case("R10.other_diagnosis", "another house saw the person for it half a year before", "",
         claims=f"""{CLAIM} | diagnosis_code
        c1 | p | A | 2024-03-01 | I10
        c2 | p | B | 2023-09-01 | C50.9""", claim_lines=f"""{LINE}
        c1 | 1 | x | 2024-03-01 09:30:00""", items="""item_code | kind | diagnosis_limit
        x | drug | C50"""),
    case("R10.other_diagnosis", "the house itself did, and another two years before", "c1:1",
         claims=f"""{CLAIM} | diagnosis_code
        c1 | p | A | 2024-03-01 | I10
        c2 | p | A | 2023-09-01 | C50.9
        c3 | p | B | 2022-02-01 | C50.9""", claim_lines=f"""{LINE}
        c1 | 1 | x | 2024-03-01 09:30:00""", items="""item_code | kind | diagnosis_limit
        x | drug | C50"""),
    case(_SCOPE, "the fund paid more than the lines inside its scope", "c1", fen=(300, 300, 500),
         claims=_PAID, claim_lines=_BOTH.format(inside=200, outside=800)),
    case(_SCOPE, "the lines inside the scope carry it", "",
         claims=_PAID, claim_lines=_BOTH.format(inside=450, outside=550)),
    case(_SCOPE, "lines are missing, and those may be inside", "",
         claims=_PAID, claim_lines=_BOTH.format(inside=200, outside=500)),
    case("R05.level_too_low", "an item of level 3 billed at level 2", "c1:1", claims=ONE,
         providers="""provider_id | level
        A | 2""", claim_lines=f"""{LINE}
        c1 | 1 | x | 2024-03-01 09:30:00""", items="""item_code | kind | level_min
        x | service | 3"""),
    case("R05.level_too_low", "the level itself is allowed", "", claims=ONE,
         providers="""provider_id | level
        A | 3""", claim_lines=f"""{LINE}
        c1 | 1 | x | 2024-03-01 09:30:00""", items="""item_code | kind | level_min
        x | service | 3"""),
    case("R05.level_too_low", "in an emergency any level may", "", claims=f"""{CLAIM} | visit_kind
        c1 | p | A | 2024-03-01 | emergency""", providers="""provider_id | level
        A | 2""", claim_lines=f"""{LINE}
        c1 | 1 | x | 2024-03-01 09:30:00""", items="""item_code | kind | level_min
        x | service | 3"""),
]  # fmt: skip
