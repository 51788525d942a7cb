"""What the tables are made of that one stage hands to another, and whether a file is one of them.

Said here in words and not taken from the rooms that write them: a stage that reads a table would
depend on the code of the stage that makes it. A test holds the two together. A provider without an
id would leave the draw without a word, and one there twice count twice: neither is read.
"""

import sys
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

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


_LARGEST = sys.float_info.max
_ID = "(id)"  # the column that names the entities, of a table that has one
# By table the columns that no two rows share, in the order in which our own stages sort by them,
# and further ones that no row goes without. In the backtest evaluate looks for what is there twice.
ONCE: Mapping[str, str] = {
    "features": f"as_of {_ID}",
    "features/peers": f"as_of {_ID}",
    "labels": "grain entity_id inspection_id",
    "scores": f"as_of {_ID}",
    "attributions": f"as_of {_ID} model feature",
    "monitor/hits": "hit_id",
    "monitor/artefacts": "artefact_id",
    "monitor/assessed": "rule_id",
    "monitor/counts": "as_of grain entity_id window_days rule_id",
    "monitor/beyond": "as_of grain entity_id rule_id",
    "monitor/at_issue": "as_of grain entity_id",
}
FILLED: Mapping[str, str] = {
    "labels": "visited_on closed_on",
    "backtest": f"as_of {_ID} scheme repeat split model rank",
    "scores": "rank label_free_rank distance_rank amount_rank amount_per_peer_rank rules_rank risk",
    "attributions": "contribution",
    "monitor/hits": "rule_id typology result_type as_of known_on",
    "monitor/hit_lines": "hit_id role",
    "monitor/artefacts": "signature provider_id as_of",
    "monitor/artefact_lines": "artefact_id role",
    "monitor/assessed": "typology result_type grain",
    "monitor/counts": "typology result_type hits claims",
    "monitor/beyond": "typology result_type claims",
}
# Numbers that lie in 0..1; every other one of a table whose numbers are named is finite. Of
# features a number that is none counts as not assessed, as a null does.
SHARES: Mapping[str, str] = {
    "labels": "chance",
    "backtest": "chance",
    "scores": "anomaly probability p_value risk",
    "attributions": "percentile",
}


def checked(path: Path, table: str, key: str | None = None) -> Path:
    """The path itself; StateError unless the file has the columns of this table, in any order.

    key  the column that names the entities, of a table that has one
    What names a row is in every row and in no two, and a number is one; what is wrong is told by
    column and row.
    """
    _refuse_columns(path, table, key)
    once, filled = (
        tuple((key or _ID) if name == _ID else name for name in said.get(table, "").split())
        for said in (ONCE, FILLED)
    )
    changed = path.stat()
    version = changed.st_mtime_ns, changed.st_size
    fault = _fault_of_rows(path, once, filled, version) or _fault_of_numbers(path, table, version)
    if fault:
        raise _foreign(path, fault)
    return path


def of_day(table: pa.Table, day: date, path: Path) -> pa.Table:
    """The table itself; StateError where its rows are all of other days than the live one."""
    if len(table) and not pc.any(pc.equal(table["as_of"], pa.scalar(day))).as_py():
        raise StateError(
            f"{path} speaks of {table['as_of'][0].as_py()} and not of {day} (time.as_of): run the "
            "stages from monitor on again (dvc repro)."
        )
    return table


def of_fund(scores: pa.Table, register: pa.Table, path: Path) -> pa.Table:
    """The scores of providers; StateError where one of them is none of the accepted providers."""
    known = pc.is_in(scores["provider_id"], value_set=register["provider_id"].combine_chunks())
    if strange := len(scores) - (pc.sum(known).as_py() or 0):
        raise StateError(
            f"{path} ranks {strange:,} of {len(scores):,} providers that data/claims does not "
            "hold: it is of another fund or an earlier ingest. Run the stages from monitor on "
            "again (dvc repro)."
        )
    return scores


def _refuse_columns(path: Path, table: str, key: str | None) -> None:
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


@cache
def _fault_of_rows(
    path: Path, once: tuple[str, ...], filled: tuple[str, ...], _version: tuple[int, int]
) -> str | None:
    """The first row without what it must have, or with what another one has; None: no such.

    A stage asks several times of one file, and is answered from what it knows of this version.
    """
    with pq.ParquetFile(path) as file:
        for name in (*once, *filled):
            if row := _first_null(file, name):
                return f"its row {row:,} has no {name}"
        if not once or _rising(file, once):
            return None
    row = _first_repeated(pq.read_table(path, columns=list(once)))
    return f"its row {row:,} repeats the {', '.join(once)} of another" if row else None


@cache
def _fault_of_numbers(path: Path, table: str, _version: tuple[int, int]) -> str | None:
    """The first number that is none, or no share where it is one; None: no such."""
    shares = SHARES.get(table, "").split()
    named = [name for name, kind in TABLES[table].items() if kind == "numbers" and name != _REST]
    if not named:
        return None
    before = 0
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(columns=named):
            for name in named:
                low, high = (0.0, 1.0) if name in shares else (-_LARGEST, _LARGEST)
                cells = batch[name]
                sound = pc.and_(pc.greater_equal(cells, low), pc.less_equal(cells, high))
                found = int(pc.index(sound, pa.scalar(False)).as_py())
                if found >= 0:
                    wanted = "a share from 0 to 1" if name in shares else "a finite number"
                    row = before + found + 1
                    return f"its row {row:,} holds {cells[found].as_py()} in {name}, not {wanted}"
            before += len(batch)
    return None


def _first_null(file: pq.ParquetFile, name: str) -> int | None:
    """The number of the first row, from 1, whose cell is null; most files say that none is."""
    place = file.schema_arrow.get_field_index(name)
    before = 0
    for number in range(file.num_row_groups):
        group = file.metadata.row_group(number)
        told = group.column(place).statistics
        if told is None or not told.has_null_count or told.null_count:
            cells = file.read_row_group(number, columns=[name]).column(0)
            found = int(pc.index(pc.is_null(cells), pa.scalar(True)).as_py())
            if found >= 0:
                return before + found + 1
        before += group.num_rows
    return None


def _rising(file: pq.ParquetFile, keys: tuple[str, ...]) -> bool:
    """Whether every row stands behind the one before by these columns: then none is there twice."""
    last: pa.Table | None = None
    for batch in file.iter_batches(columns=list(keys)):
        rows = pa.Table.from_batches([batch])
        rows = rows if last is None else pa.concat_tables([last, rows])
        if not len(rows):
            continue
        rises = pa.repeat(False, len(rows) - 1)
        for name in reversed(keys):
            one, other = rows[name].slice(0, len(rows) - 1), rows[name].slice(1)
            rises = pc.or_(pc.less(one, other), pc.and_(pc.equal(one, other), rises))
        if not pc.all(rises, min_count=0).as_py():
            return False
        last = rows.slice(len(rows) - 1)
    return True


def _first_repeated(rows: pa.Table) -> int | None:
    """The number of a row, from 1, that another row before it equals; None where all differ."""
    keys = rows.column_names
    numbered = rows.append_column("(row)", pa.array(np.arange(1, len(rows) + 1)))
    counted = numbered.group_by(keys).aggregate([("(row)", "count"), ("(row)", "max")])
    twice = counted.filter(pc.greater(counted["(row)_count"], 1))
    found: int | None = pc.min(twice["(row)_max"]).as_py()
    return found


def _foreign(path: Path, said: str) -> StateError:
    return StateError(
        f"{path} was made by another version or another program: {said}. Run the stage that "
        "writes it again (dvc repro -f)."
    )
