"""Diagnoses in one form, however a house types them: n18.000 and N18000 are N18.000.

Rules, features and limits compare codes and their beginnings. What came in stays as it was in the
accepted tables; whoever reads them through ``Claims`` sees one form.
"""

import ibis
import ibis.expr.types as ir

ONE, MANY = "one code", "a list of codes"
COLUMNS: dict[str, dict[str, str]] = {
    "claims": {"diagnosis_code": ONE, "secondary_diagnoses": MANY},
    "items": {"diagnosis_limit": MANY},
    "drg_groups": {"diagnosis_prefixes": MANY},
}
_CATEGORY = 3  # a letter and two signs; the dot stands behind them


def in_one_form(name: str, t: ir.Table) -> ir.Table:
    """The rows of an accepted table, its codes of ICD-10 in upper case with the dot in its place.

    Codes that do not begin with a letter and a digit, and those of ICD-9, whose dot may stand
    elsewhere, stay as they are.
    """
    ours = (t.diagnosis_system != "ICD-9").coalesce(True) if name == "claims" else None
    changed = {}
    for column, form in COLUMNS.get(name, {}).items():
        value = t[column].map(_plain) if form == MANY else _plain(t[column])
        changed[column] = value if ours is None else ours.ifelse(value, t[column])
    return t.mutate(**changed) if changed else t


def _plain(code: ir.StringValue) -> ir.StringValue:
    bare = code.upper().replace(".", "")
    known = bare.substr(0, 1).between("A", "Z") & bare.substr(1, 1).between("0", "9")
    rest = bare.substr(_CATEGORY)
    dotted = (rest.length() > 0).ifelse(bare.substr(0, _CATEGORY) + "." + rest, bare)
    return ibis.ifelse(known, dotted, code)
