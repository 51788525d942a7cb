"""Faults of whole rows: keys, references, order in time, and rows that contradict each other."""

from fault import (
    CATALOGUE,
    LINES,
    PLANTED,
    SMALL,
    VISITS,
    Fault,
    Spoil,
    add,
    append,
    aside,
    change,
    draw,
    every,
    put,
)
from file_faults import FIRST, HEAD, SECOND, in_parts

LINE = draw("claim_lines").splitlines(keepends=True)
DOCTORS = ("providers", "patients", "practitioners", "claims")
SUMS = {"claims": {"lines_do_not_add_up:claims": 1}}


def warned(
    name: str, table: str, rule: str, tables: tuple[str, ...] = SMALL, /, **cells: str
) -> Fault:
    """A further row that stays, with one warning."""
    return Fault(name, add(table, **cells), tables, warn={table: {f"{rule}:{table}": 1}})


def line_warned(name: str, rule: str, tables: tuple[str, ...] = LINES, /, **cells: str) -> Fault:
    """A further line of C1 that stays, with one warning beside that of its claim's sum."""
    warn = SUMS | {"claim_lines": {f"{rule}:claim_lines": 1}}
    return Fault(name, add("claim_lines", **cells), tables, warn=warn)


REVERSAL = {"claim_id": "X1", "settled_on": "2024-03-01", "reverses_claim_id": "C1",
            "total_amount": "-100.50", "fund_amount": "-80", "patient_amount": "-20.50",
            "account_amount": ""}  # fmt: skip


def reversal(name: str, /, *rules: str, **cells: str) -> Fault:
    """A further claim that reverses C1 but for these cells, and what is said of it."""
    warn = {"claims": {f"{rule}:claims": 1 for rule in rules}} if rules else {}
    return Fault(name, add("claims", **(REVERSAL | cells)), warn=warn)


def again(row: str, table: str = "claims", times: int = 1) -> Spoil:
    """The same row once more."""
    return append(table, row * times)


ROW_FAULTS = (
    # keys
    aside("no key", "claims", "missing:claims.claim_id", claim_id=""),
    aside("a key of blanks", "claims", "missing:claims.claim_id", claim_id=" \u3000"),
    aside("no key of a person", "patients", "missing:patients.patient_id", patient_id=""),
    aside("half a key missing", "claim_lines", "missing:claim_lines.line_no", LINES, line_no=""),
    Fault("a row twice", again(FIRST), quarantine={"claims": {"duplicate_row:claims": 1}}),
    Fault("a row three times", again(FIRST, times=2),
          quarantine={"claims": {"duplicate_row:claims": 2}}),
    Fault("a row twice but for blanks", again(FIRST.replace(",", " , ")),
          quarantine={"claims": {"duplicate_row:claims": 1}}),
    Fault("a row twice but for zeros of its amounts", again(FIRST.replace("100.5,", "100.50,")),
          quarantine={"claims": {"duplicate_row:claims": 1}}),
    Fault("two rows that disagree under one key", again(FIRST.replace(",80,", ",79,")),
          quarantine={"claims": {"duplicate_key:claims": 2}}, lost={"claims": 1}),
    Fault("two rows under keys that differ by blanks", again(
          SECOND.replace("C2,", "C2 ,").replace(",7,5,", ",6,4,")),
          quarantine={"claims": {"duplicate_key:claims": 2}}, lost={"claims": 1}),
    Fault("two equal rows and one that disagrees", every(again(FIRST),
          again(FIRST.replace(",80,", ",79,"))),
          quarantine={"claims": {"duplicate_key:claims": 3}}, lost={"claims": 1}),
    Fault("a key twice, one row unsound in itself", again(FIRST.replace("100.5,", "?,")),
          quarantine={"claims": {"type:claims.total_amount": 1}}),
    Fault("two keys that differ by capitals", again(FIRST.replace("C1,", "c1,"))),
    Fault("two keys that differ by leading zeros", again(FIRST.replace("C1,", "1,")
          + FIRST.replace("C1,", "01,"))),
    Fault("a row twice in two parts", in_parts("claims", HEAD + FIRST, HEAD + FIRST + SECOND),
          quarantine={"claims": {"duplicate_row:claims": 1}}),
    Fault("a key in two parts that disagree", in_parts("claims", HEAD + FIRST + SECOND,
          HEAD + FIRST.replace(",80,", ",79,")),
          quarantine={"claims": {"duplicate_key:claims": 2}}, lost={"claims": 1}),
    Fault("a person twice who disagree", add("patients", patient_id="PERSONP2"),
          quarantine={"patients": {"duplicate_key:patients": 2},
                      "claims": {"parent_quarantined": 1}},
          lost={"patients": 1, "claims": 1}),
    Fault("a provider twice", again(draw("providers").splitlines(keepends=True)[1], "providers"),
          quarantine={"providers": {"duplicate_row:providers": 1}}),
    Fault("a line twice", again(LINE[1], "claim_lines"), LINES,
          quarantine={"claim_lines": {"duplicate_row:claim_lines": 1}}),
    # references
    aside("a claim of an unknown person", "claims", "unknown:claims.patient_id",
          patient_id=PLANTED),
    aside("a claim of an unknown provider", "claims", "unknown:claims.provider_id",
          provider_id="H8"),
    Fault("a claim of an unknown person at an unknown provider", add("claims", patient_id=PLANTED,
          provider_id="H8"), quarantine={"claims": {"unknown:claims.patient_id": 1,
          "unknown:claims.provider_id": 1}}, rows_aside={"claims": 1}),
    aside("a claim without a person", "claims", "missing:claims.patient_id", patient_id=""),
    aside("a line of an unknown claim", "claim_lines", "unknown:claim_lines.claim_id", LINES,
          claim_id="C9"),
    aside("a finding of an unknown inspection", "findings", "unknown:findings.inspection_id",
          VISITS, inspection_id="V9"),
    aside("an inspection of an unknown provider", "inspections",
          "unknown_inspected_provider:inspections", VISITS, target_grain="provider",
          target_id="H9"),
    aside("a person under the grain of providers", "inspections",
          "unknown_inspected_provider:inspections", VISITS, target_grain="provider",
          target_id=PLANTED),
    Fault("a tip of a person under the grain of providers", add("tips", target_grain="provider",
          target_id=PLANTED), (*SMALL, "tips"), warn={"tips": {"unknown_target:tips": 1}}),
    Fault("a person set aside with the claims and lines", change("patients", "1950-02-28",
          "1950-02-30"), LINES,
          quarantine={"patients": {"type:patients.birth_date": 1},
                      "claims": {"parent_quarantined": 1},
                      "claim_lines": {"parent_quarantined": 2}},
          lost={"patients": 1, "claims": 1, "claim_lines": 2}),
    Fault("a provider set aside with all that follows", change("providers", "hospital", "barber"),
          (*LINES, "practitioners", "leave_passes", "contract_periods"),
          quarantine={"providers": {"value:providers.kind": 1},
                      "practitioners": {"parent_quarantined": 1},
                      "claims": {"parent_quarantined": 1},
                      "claim_lines": {"parent_quarantined": 2},
                      "leave_passes": {"parent_quarantined": 1},
                      "contract_periods": {"parent_quarantined": 1}},
          lost={"providers": 1, "practitioners": 1, "claims": 1, "claim_lines": 2,
                "leave_passes": 1, "contract_periods": 1}),
    Fault("a claim that nobody can read, and its lines", change("claims", "C1,", "C1,,,"), LINES,
          quarantine={"claims": {"fields:claims": 1},
                      "claim_lines": {"unknown:claim_lines.claim_id": 2}},
          lost={"claims": 1, "claim_lines": 2}),
    Fault("a claim twice that disagrees, and its lines", again(FIRST.replace(",80,", ",79,")),
          LINES, quarantine={"claims": {"duplicate_key:claims": 2},
                             "claim_lines": {"parent_quarantined": 2}},
          lost={"claims": 1, "claim_lines": 2}),
    Fault("a claim twice, and its lines", again(FIRST), LINES,
          quarantine={"claims": {"duplicate_row:claims": 1}}),
    Fault("a line unsound in itself of a claim set aside", every(change("claims", "100.5", "?"),
          add("claim_lines", quantity="two")), LINES,
          quarantine={"claims": {"type:claims.total_amount": 1},
                      "claim_lines": {"parent_quarantined": 2, "type:claim_lines.quantity": 1}},
          lost={"claims": 1, "claim_lines": 2}),
    # order in time
    aside("a discharge before the admission", "claims", "discharged_before_admitted:claims",
          discharged_on="2023-12-31"),
    warned("a settlement before the discharge", "claims", "settled_before_discharge",
           settled_on="2024-01-02"),
    Fault("a claim after death", every(change("patients", "resident,,", "resident,2023-12-31,")),
          warn={"claims": {"service_after_death:claims": 1}}, changed={"patients": 1}),
    warned("a claim before the contract", "claims", "service_outside_contract",
           admitted_on="2019-12-31", discharged_on="2020-01-01"),
    warned("a claim before birth", "claims", "service_before_birth", admitted_on="1949-01-01",
           provider_id="H2"),
    warned("a claim while the contract was suspended", "claims", "service_while_suspended",
           (*SMALL, "contract_periods"), admitted_on="2023-06-30"),
    warned("an unknown practitioner", "claims", "unknown_practitioner", DOCTORS),
    warned("a practitioner not registered that day", "claims",
           "practitioner_not_registered_then", DOCTORS, provider_id="H2",
           practitioner_id="PERSOND1"),
    warned("a death before birth", "patients", "died_before_birth", died_on="1940-01-01"),
    warned("a death known before it happened", "patients", "death_known_before_it_happened",
           died_on="2025-01-02", known_on="2025-01-01"),
    warned("a contract that ends before it begins", "providers", "contract_ends_before_it_begins",
           contracted_to="2019-01-01"),
    warned("registrations that overlap", "practitioners", "overlapping_registrations", DOCTORS,
           registered_from="2021-01-01"),
    warned("enrolments that overlap", "enrolments", "overlapping_enrolments",
           (*SMALL, "enrolments"), scheme="employee", enrolled_from="2022-01-01"),
    warned("suspensions that overlap", "contract_periods", "overlapping_suspensions",
           (*SMALL, "contract_periods"), suspended_from="2023-06-15"),
    Fault("a period of validity that overlaps", every(change("items", "I1,2020-01-01,,",
          "I1,2020-01-01,2024-12-31,"), add("items", item_code="I1", valid_from="2024-06-01")),
          CATALOGUE, warn={"items": {"overlapping_validity:items": 1}}, changed={"items": 1}),
    # amounts and reversals
    warned("a total that is not fund and patient", "claims", "total_is_not_fund_plus_patient",
           total_amount="101"),
    line_warned("a line that is not quantity times price", "amount_is_not_quantity_times_price",
                amount="3.50"),
    line_warned("a line served after the discharge", "served_outside_stay",
                served_at="2024-01-09 08:00:00"),
    line_warned("a line of an unknown item", "unknown_item", CATALOGUE, item_code="I8"),
    Fault("lines that do not add up", change("claim_lines", "97.50,97.50", "97.49,97.49"), LINES,
          warn=SUMS, changed={"claim_lines": 1}),
    reversal("a reversal that is right"),
    reversal("a reversal of an unknown claim", "reversal_of_unknown_claim",
             reverses_claim_id="C7"),
    reversal("a reversal before its claim", "reversal_before_its_claim",
             settled_on="2024-01-03"),
    reversal("a reversal of another visit", "reversal_of_another_visit", patient_id="PERSONP2"),
    reversal("a reversal of another amount", "reversal_of_another_amount",
             total_amount="-100.40", fund_amount="-79.90"),
    reversal("a reversal above zero", "positive_reversal", "reversal_of_another_amount",
             total_amount="100.50", fund_amount="80", patient_amount="20.50"),
    reversal("a claim that reverses itself", "reversal_of_another_amount", "reversal_of_reversal",
             reverses_claim_id="X1"),
    Fault("a claim reversed twice", add("claims", REVERSAL, REVERSAL | {"claim_id": "X2"}),
          warn={"claims": {"reversed_twice:claims": 2}}),
    Fault("a reversal of a claim set aside", every(change("claims", "100.5", "?"),
          add("claims", **REVERSAL)),
          quarantine={"claims": {"type:claims.total_amount": 1}},
          warn={"claims": {"reversal_of_unknown_claim:claims": 1}}, lost={"claims": 1}),
    # consequences that the fund has chosen
    Fault("a fault whose rule refuses", add("claims", total_amount="101"),
          rules={"total_is_not_fund_plus_patient": "refuse"},
          refuse="claims.csv: 1 rows break total_is_not_fund_plus_patient:claims, first at row 3"),
    Fault("a fault whose rule sets aside", add("claims", total_amount="101"),
          rules={"total_is_not_fund_plus_patient": "quarantine"},
          quarantine={"claims": {"total_is_not_fund_plus_patient:claims": 1}}),
    Fault("a cell whose rule only warns", add("patients", birth_date="1950-02-30"),
          rules={"type:patients.birth_date": "warn"},
          warn={"patients": {"type:patients.birth_date": 1}},
          accepts={"patients": [{"birth_date": None}]}),
    Fault("an unreadable row where these are refused", append("claims", f"{PLANTED},x\n"),
          rules={"fields:claims": "refuse"},
          refuse="claims.csv: 1 rows break fields:claims, first at row 3"),
    Fault("every row of a required table unsound", every(change("claims", "100.5", "?"),
          change("claims", ",7,", ",?,")), refuse="claims: none of its 2 rows can be accepted"),
    Fault("every row of an optional table unsound", put("claim_lines.csv",
          "".join(LINE).replace("2024-", "")),
          quarantine={"claim_lines": {"type:claim_lines.served_at": 3}}),
)  # fmt: skip
