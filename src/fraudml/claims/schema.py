"""The data contract as data: every table, column, type, key, reference and known-on date.

Source: contract.md. Names and meanings are public interface: add tables or optional columns,
never rename or repurpose one that stands here.
"""

from fraudml.claims.contract_types import Column, Table, key, may
from fraudml.entities import GRAIN_NAMES

TYPOLOGIES = tuple(f"T{number:02d}" for number in range(1, 26))
SCHEMES = ("employee", "resident")
RESULTS = ("confirmed", "partly", "data_error", "legitimate", "insufficient", "not_inspected")

_PROVIDER = "providers.provider_id"
_PATIENT = "patients.patient_id"
_CLAIM = "claims.claim_id"

PROVIDERS = Table(
    "providers",
    "one row per designated institution",
    "contracted_from",
    (
        key("provider_id"),
        may("name"),
        may("kind", "enum", values=("hospital", "clinic", "pharmacy", "nursing")),
        may("level", "count", values=("0", "1", "2", "3")),
        may("ownership", "enum", values=("public", "private")),
        may("region_code", "id"),
        may("beds", "count", unit="beds"),
        may("contracted_from", "date"),
        may("contracted_to", "date"),
        may("operator_id", "id", person="operator"),
    ),
    required=True,
)
PRACTITIONERS = Table(
    "practitioners",
    "one row per practitioner, provider and registration",
    "registered_from",
    (
        key("practitioner_id", person="practitioner"),
        key("provider_id", refers=_PROVIDER),
        key("registered_from", "date"),
        may("registered_to", "date"),
        may("specialty"),
        may("title"),
    ),
)
PATIENTS = Table(
    "patients",
    "one row per insured person",
    "always; died_on from known_on, or else from died_on",
    (
        key("patient_id", person="patient"),
        may("birth_date", "date"),
        may("sex", "enum", values=("F", "M")),
        may("scheme", "enum", values=SCHEMES),
        may("region_code", "id"),
        may("employer_id", "id"),
        may("died_on", "date"),
        may("known_on", "date"),
    ),
    required=True,
)
CLAIMS = Table(
    "claims",
    "one row per settlement",
    "settled_on",
    (
        key("claim_id"),
        Column("patient_id", "id", person="patient", refers=_PATIENT),
        Column("provider_id", "id", refers=_PROVIDER),
        may("practitioner_id", "id", person="practitioner"),
        Column(
            "visit_kind",
            "enum",
            values=("inpatient", "outpatient", "chronic", "emergency", "pharmacy"),
        ),
        Column("admitted_on", "date"),
        Column("discharged_on", "date"),
        Column("settled_on", "date"),
        may("diagnosis_code", "id"),
        may("diagnosis_system", "enum", values=("ICD-10", "ICD-9"), default="ICD-10"),
        may("secondary_diagnoses", "list"),
        may("procedure_codes", "list"),
        may("drg_code", "id"),
        may("drg_weight", "number", unit="weight"),
        Column("total_amount", "money"),
        Column("fund_amount", "money"),
        Column("patient_amount", "money"),
        may("account_amount", "money"),
        may(
            "disposition", "enum", values=("home", "transferred", "against_advice", "died", "other")
        ),
        may("identity_check", "enum", values=("card", "ecode", "face", "none")),
        may("terminal_id", "id"),
        may("department_code", "id"),
        may("scheme", "enum", values=SCHEMES),
        may("started_at", "timestamp"),
        may("uploaded_at", "timestamp"),
        may("referral_filed", "flag"),
        may("reverses_claim_id", "id"),
    ),
    required=True,
    in_parts=True,
)
CLAIM_LINES = Table(
    "claim_lines",
    "one row per billed line",
    "claims.settled_on",
    (
        key("claim_id", refers=_CLAIM),
        key("line_no", "count"),
        Column("item_code", "id"),
        Column("served_at", "timestamp"),
        Column("quantity", "number"),
        Column("unit_price", "money"),
        Column("amount", "money"),
        may("scope", "enum", values=("A", "B", "C")),
        may("fund_amount", "money"),
        may("practitioner_id", "id", person="practitioner"),
        may("department_code", "id"),
        may("days_supply", "count", unit="days"),
        may("local_item_code", "id"),
        may("trace_code", "list"),
    ),
    in_parts=True,
)
ITEMS = Table(
    "items",
    "one row per catalogue item and validity period",
    "valid_from",
    (
        key("item_code"),
        key("valid_from", "date"),
        may("valid_to", "date"),
        Column("name"),
        Column("kind", "enum", values=("drug", "service", "consumable", "bed", "exam")),
        Column("unit"),
        may("price_cap", "money"),
        may("sex_limit", "enum", values=("F", "M")),
        may("age_min", "count", unit="years"),
        may("age_max", "count", unit="years"),
        may("diagnosis_limit", "list"),
        may("level_min", "count"),
        may("max_daily_quantity", "number"),
        may("bundle_of", "list"),
        may("minutes", "count", unit="minutes"),
    ),
)
DRG_GROUPS = Table(
    "drg_groups",
    "one row per DRG group and validity period",
    "valid_from",
    (
        key("drg_code"),
        key("valid_from", "date"),
        may("valid_to", "date"),
        Column("name"),
        Column("weight", "number", unit="weight"),
        Column("usual_days", "number", unit="days"),
        may("diagnosis_prefixes", "list"),
    ),
)
STOCK_MOVES = Table(
    "stock_moves",
    "one row per provider, item and month",
    "known_on, or else the month's end",
    (
        key("provider_id", refers=_PROVIDER),
        key("item_code"),
        key("month", "month"),
        Column("opening", "number"),
        Column("purchased", "number"),
        Column("returned", "number"),
        Column("closing", "number"),
        may("known_on", "date"),
    ),
    in_parts=True,
)
TRACE_EVENTS = Table(
    "trace_events",
    "one row per traceability code, provider, event and time",
    "happened_at",
    (
        key("trace_code"),
        key("provider_id", refers=_PROVIDER),
        key("event", "enum", values=("purchased", "sold", "returned")),
        key("happened_at", "timestamp"),
        may("item_code", "id"),
    ),
    in_parts=True,
)
LEAVE_PASSES = Table(
    "leave_passes",
    "one row per leave from a stay",
    "claims.settled_on",
    (key("claim_id", refers=_CLAIM), key("left_at", "timestamp"), Column("back_at", "timestamp")),
    in_parts=True,
)
ENROLMENTS = Table(
    "enrolments",
    "one row per person, scheme, region and enrolment period",
    "enrolled_from",
    (
        key("patient_id", person="patient", refers=_PATIENT),
        key("scheme", "enum", values=SCHEMES),
        key("region_code"),
        key("enrolled_from", "date"),
        may("enrolled_to", "date"),
        may("employer_id", "id"),
    ),
)
CONTRACT_PERIODS = Table(
    "contract_periods",
    "one row per suspension or interruption of a provider's contract",
    "suspended_from",
    (
        key("provider_id", refers=_PROVIDER),
        key("suspended_from", "date"),
        may("suspended_to", "date"),
        may("department_code", "id"),
    ),
)
TIPS = Table(
    "tips",
    "one row per allegation of a whistle-blower report",
    "received_on",
    (
        key("tip_id"),
        Column("received_on", "date"),
        Column("target_grain", "enum", values=GRAIN_NAMES),
        Column("target_id", "id", person="target"),
        may("typology", "enum", values=TYPOLOGIES),
        Column("channel"),
    ),
    closed=True,
)
INSPECTIONS = Table(
    "inspections",
    "one row per inspection and what it found",
    "closed_on",
    (
        key("inspection_id"),
        Column("target_grain", "enum", values=GRAIN_NAMES),
        Column("target_id", "id", person="target"),
        Column(
            "form", "enum", values=("daily", "special", "unannounced", "cross", "key", "expert")
        ),
        Column("arm", "enum", values=("random", "risk", "clue", "credit")),
        may("chance", "number", unit="share"),
        may("round_id", "id"),
        Column("visited_on", "date"),
        may("closed_on", "date"),
        may("covers_from", "date"),
        may("covers_to", "date"),
        may("result", "enum", values=RESULTS),
        may("typology", "enum", values=TYPOLOGIES),
        may("amount_confirmed", "money"),
        may("amount_recovered", "money"),
        may("person_days", "number", unit="person-days"),
    ),
)
FINDINGS = Table(
    "findings",
    "one row per finding of an inspection",
    "inspections.closed_on",
    (
        key("inspection_id", refers="inspections.inspection_id"),
        key("finding_no", "count"),
        Column("typology", "enum", values=TYPOLOGIES),
        Column("result", "enum", values=RESULTS),
        may("amount_confirmed", "money"),
        may("amount_recovered", "money"),
    ),
)
INSPECTORS = Table(
    "inspectors",
    "one row per inspector",
    "always",
    (
        key("inspector_id", person="inspector"),
        Column("region_code", "id"),
        Column("skills", "list"),
        Column("days_available", "count", unit="days"),
        may("recused_from", "list", person="recusals"),
    ),
)
BUDGETS = Table(
    "budgets",
    "one row per region, scheme and month",
    "the month's first day",
    (
        key("region_code"),
        key("scheme", "enum", values=SCHEMES),
        key("month", "month"),
        Column("budget_amount", "money"),
        may("income_amount", "money"),
    ),
)

# Ingest goes through the tables in this order. A table stands after every table it refers to, and
# claims after the suspensions that they may fall into.
TABLES: tuple[Table, ...] = (
    PROVIDERS,
    PATIENTS,
    PRACTITIONERS,
    ITEMS,
    DRG_GROUPS,
    CONTRACT_PERIODS,
    CLAIMS,
    CLAIM_LINES,
    LEAVE_PASSES,
    STOCK_MOVES,
    TRACE_EVENTS,
    ENROLMENTS,
    TIPS,
    INSPECTIONS,
    FINDINGS,
    INSPECTORS,
    BUDGETS,
)
CONTRACT: dict[str, Table] = {table.name: table for table in TABLES}


def table(name: str) -> Table:
    """The contract of one table; KeyError where the contract has no such table."""
    return CONTRACT[name]
