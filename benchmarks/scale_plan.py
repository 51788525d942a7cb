"""The nine kinds of table that every route computes, as columns of four results.

provider aggregates, practitioner-days, patient aggregates, distances to peers (provider_peers),
quantiles (..._p10, _median, _p90), rolling windows (..._week_...), readmission gaps
(quick_return_...), as-of prices (over_cap_fen), co-visits (accompanied_..., companions_...).
The names are those of the product's catalogue, where each is defined.
"""

from datetime import date, timedelta
from pathlib import Path

AS_OF = date(2025, 12, 31)
SINCE = AS_OF - timedelta(days=365)
RECENT_SINCE = AS_OF - timedelta(days=90)
MIN_PEERS = 8
SHRINK_PEERS = 10.0

COLUMNS: dict[str, tuple[str, ...]] = {
    "provider": (
        "claims_count_365d", "stays_count_365d", "fund_fen_365d", "fund_fen_90d", "total_fen_365d",
        "patients_count_365d", "fund_fen_per_claim_p10_365d", "fund_fen_per_claim_median_365d",
        "fund_fen_per_claim_p90_365d", "visits_per_week_max_count_365d",
        "busiest_week_to_median_365d", "quick_return_stays_count_365d", "over_cap_fen_365d",
        "accompanied_visits_count_365d",
    ),
    "practitioner": (
        "claims_count_365d", "fund_fen_365d", "patients_per_day_median_count_365d",
        "patients_per_day_max_count_365d", "active_days_365d",
    ),
    "patient": (
        "claims_count_365d", "stays_count_365d", "fund_fen_365d", "providers_count_365d",
        "accompanied_visits_count_365d", "companions_per_visit_max_count_365d",
    ),
}  # fmt: skip

# What a bare scan of the same columns touches: these are all that the nine kinds read.
READ: dict[str, tuple[str, ...]] = {
    "claims": (
        "claim_id", "patient_id", "provider_id", "practitioner_id", "visit_kind", "admitted_on",
        "discharged_on", "settled_on", "diagnosis_code", "total_amount_fen", "fund_amount_fen",
        "reverses_claim_id",
    ),
    "claim_lines": (
        "claim_id", "item_code", "served_at", "quantity", "unit_price_fen", "practitioner_id",
    ),
    "items": ("item_code", "valid_from", "valid_to", "price_cap_fen"),
    "providers": (
        "provider_id", "kind", "level", "region_code", "contracted_from", "contracted_to",
    ),
    "practitioners": ("practitioner_id", "registered_from", "registered_to"),
}  # fmt: skip

# Rates of so many claims each: their distances allow for chance (fraudml.features.peers).
RATES = tuple(f"fund_fen_per_claim_{name}_365d" for name in ("p10", "median", "p90"))
OVER = "claims_count_365d"

# Deviations are summed as whole numbers of these parts, so that no order of rows matters.
PRECISION = {"fen": 1, "count": 1_000, "ratio": 10_000}


def parts(claims: Path, table: str) -> str:
    """The files of one accepted table, as a pattern."""
    folder = claims / table
    return str(folder / "*.parquet" if folder.is_dir() else claims / f"{table}.parquet")


def precision_of(feature: str) -> int:
    """Into how many parts one unit of a feature is divided."""
    unit = "ratio" if "_to_" in feature else "fen" if "_fen" in feature else "count"
    return PRECISION[unit]


def result(out: Path, name: str) -> Path:
    """Where a route writes one of its four results."""
    return out / f"{name}.parquet"
