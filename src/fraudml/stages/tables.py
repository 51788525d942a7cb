"""What the tables are made of that one stage hands to another, and whether a file is one of them.

Said here in words and not taken from the rooms that write them: a stage that reads a table would
depend on the code of the stage that makes it. A test holds the two together.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

import pyarrow as pa

from fraudml.artifacts import parquet_fields
from fraudml.errors import StateError

_KINDS: dict[str, Callable[[pa.DataType], bool]] = {
    "text": lambda kind: pa.types.is_string(kind) or pa.types.is_large_string(kind),
    "day": pa.types.is_date32,
    "whole numbers": pa.types.is_integer,
    "numbers": pa.types.is_floating,
}
_REST = "*"  # every further column
_RANKS = (
    "rank", "supervised_rank", "label_free_rank", "distance_rank", "amount_rank",
    "amount_per_peer_rank", "rules_rank",
)  # fmt: skip


def _columns(*, text: str = "", day: str = "", whole: str = "", number: str = "") -> dict[str, str]:
    said = {"text": text, "day": day, "whole numbers": whole, "numbers": number}
    return {name: kind for kind, names in said.items() for name in names.split()}


# A table of entities has its grain's key beside these.
TABLES: Mapping[str, Mapping[str, str]] = {
    "features": _columns(day="as_of", number=_REST),
    "features/peers": _columns(
        day="as_of", text="peer_group widest_group", whole="peers_n", number=_REST
    ),
    "labels": _columns(
        text="grain entity_id inspection_id result arm form round_id typology",
        day="as_of visited_on closed_on",
        whole="label amount_confirmed_fen amount_recovered_fen",
        number="chance",
    ),
    "backtest": _columns(
        text="scheme model arm",
        day="as_of",
        whole="repeat split rank label amount_confirmed_fen",
        number="score chance",
    ),
    "scores": _columns(
        day="as_of",
        whole=f"expected_recovery_fen {' '.join(_RANKS)}",
        number="anomaly probability p_value risk",
    ),
    "attributions": _columns(
        text="model feature typology",
        day="as_of",
        whole="peers_n",
        number="value peer_median percentile contribution",
    ),
    "monitor/hits": _columns(
        text="hit_id rule_id typology result_type provider_id practitioner_id patient_id clause",
        day="as_of known_on",
        whole="amount_low_fen amount_fen amount_high_fen",
    ),
    "monitor/hit_lines": _columns(
        text="hit_id claim_id role", whole="line_no amount_low_fen amount_fen amount_high_fen"
    ),
    "monitor/artefacts": _columns(
        text="artefact_id signature provider_id code",
        day="known_on first_on last_on as_of",
        whole="claims_n lines_n amount_fen",
    ),
    "monitor/artefact_lines": _columns(text="artefact_id claim_id role", whole="line_no"),
    "monitor/assessed": _columns(text="rule_id typology result_type grain"),
    "monitor/counts": _columns(
        text="grain entity_id rule_id typology result_type",
        day="as_of",
        whole="window_days hits claims amount_fen",
    ),
    "monitor/beyond": _columns(
        text="grain entity_id rule_id typology result_type",
        day="as_of",
        whole="claims amount_fen expected_e6 beyond_fen",
    ),
    "monitor/at_issue": _columns(
        text="grain entity_id",
        day="as_of",
        whole="violation_fen suspicious_fen suspicious_high_fen",
    ),
}


def checked(path: Path, table: str, key: str | None = None) -> Path:
    """The path itself; StateError unless the file has the columns of this table, in any order.

    key  the column that names the entities, of a table that has one
    """
    wanted = {**({key: "text"} if key else {}), **TABLES[table]}
    rest = wanted.pop(_REST, None)
    found = parquet_fields(path)
    for name, kind in [*wanted.items(), *((n, rest) for n in found if n not in wanted)]:
        if name not in found:
            raise _foreign(path, f"it has no column {name}")
        if kind is None:
            raise _foreign(path, f"its column {name} is none of this table's")
        if not _KINDS[kind](found[name]):
            raise _foreign(path, f"its column {name} does not hold {kind}")
    return path


def _foreign(path: Path, said: str) -> StateError:
    return StateError(
        f"{path} was made by another version or another program: {said}. Run the stage that "
        "writes it again (dvc repro -f)."
    )
