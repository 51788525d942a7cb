"""The raw files of Kaggle's "Healthcare Provider Fraud Detection Analysis", zipped or not."""

import zipfile
from pathlib import Path
from typing import IO

import pandas as pd

from fraudml.errors import ContractError

PEOPLE = ("BeneID", "DOB", "DOD", "Gender", "State", "County")
PHYSICIANS = ("AttendingPhysician", "OperatingPhysician", "OtherPhysician")
DIAGNOSES = tuple(f"ClmDiagnosisCode_{n}" for n in range(1, 11))
PROCEDURES = tuple(f"ClmProcedureCode_{n}" for n in range(1, 7))
OUTPATIENT = (
    "BeneID",
    "ClaimID",
    "ClaimStartDt",
    "ClaimEndDt",
    "Provider",
    "InscClaimAmtReimbursed",
    "DeductibleAmtPaid",
    *PHYSICIANS,
    *DIAGNOSES,
    *PROCEDURES,
)
INPATIENT = (*OUTPATIENT, "AdmissionDt", "DischargeDt", "DiagnosisGroupCode")
LABELS = ("Provider", "PotentialFraud")


def read_table(
    source: Path, patterns: tuple[str, ...], columns: tuple[str, ...]
) -> pd.DataFrame | None:
    """The one file of these patterns as text, NA and empty as null; None where there is none.

    Raises ContractError for a file that cannot be read or lacks one of the columns, and where
    different files answer to the patterns.
    """
    found = sorted({path for pattern in patterns for path in source.glob(pattern)})
    if not found:
        return None
    if len(found) > 1:
        raise ContractError(
            f"{source}: {' and '.join(path.name for path in found)} hold the same table. Keep one."
        )
    path = found[0]
    table = _read(path)
    absent = [name for name in columns if name not in table.columns]
    if absent:
        raise ContractError(
            f"{path.name}: the column {absent[0]} is missing; found {', '.join(table.columns)}. "
            "Use the file as Kaggle publishes it."
        )
    return table[list(columns)]


def require_table(source: Path, pattern: str, columns: tuple[str, ...]) -> pd.DataFrame:
    """The same, refused with ContractError where there is no such file."""
    table = read_table(source, (f"{pattern}.csv", f"{pattern}.csv.zip"), columns)
    if table is None:
        raise ContractError(
            f"{source}: no {pattern}.csv or .csv.zip. Put the raw Kaggle files there, zipped or "
            "not."
        )
    return table


def _read(path: Path) -> pd.DataFrame:
    try:
        if path.suffix != ".zip":
            return _text(path)
        with zipfile.ZipFile(path) as archive:
            members = [name for name in archive.namelist() if name.endswith(".csv")]
            if len(members) != 1:
                raise ContractError(
                    f"{path.name}: holds {len(members)} CSV files instead of one. Use the file as "
                    "Kaggle publishes it."
                )
            with archive.open(members[0]) as stream:
                return _text(stream)
    except (zipfile.BadZipFile, EOFError, OSError):
        raise ContractError(f"{path.name}: damaged or not a zip file. Copy it again.") from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError):
        raise ContractError(f"{path.name}: not a readable CSV file. Copy it again.") from None


def _text(stream: Path | IO[bytes]) -> pd.DataFrame:
    return pd.read_csv(stream, dtype=str, keep_default_na=False, na_values=["NA", ""])
