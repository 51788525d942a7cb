"""Raw folders drawn by Hypothesis: few rows a table, which meet, collide and break every rule.

A row is a number: what it says follows from the number alone, 0 is no row. So Hypothesis shrinks a
folder by taking rows away. How the cells are spelled follows from the place of the row, so that
equal rows need not look equal.
"""

import csv
import gzip
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import Random

from hypothesis import strategies as st

from fraudml.claims.contract_types import Column, Table
from fraudml.claims.schema import CONTRACT, TABLES
from parity.spellings import BIRTHS, DAYS, FEW, MONTHS, ODD, REFERRED, TIMES, YEARS

Cells = dict[str, str]
Raw = dict[str, list[list[str]]]  # file -> header and rows

_MOST = {"claims": 80, "claim_lines": 80, "providers": 8, "patients": 12, "practitioners": 24,
         "items": 20, "drg_groups": 12, "budgets": 20, "inspectors": 12, "contract_periods": 16,
         "stock_moves": 40}  # fmt: skip
_ELSE = 30
_DIFFERENT = 1_500  # rows of a table there are; low enough for some to be drawn twice
_IN_TWO = ("claims", "claim_lines")
_NO_TEXT = "\ue000"  # becomes two bytes that are no text in any encoding
_ALSO = {"2024-01-02 08:00:00": "2024-01-02 08:00:00.0", "yes": "Y", "no": "FALSE"}


@st.composite
def raw_folders(draw: st.DrawFn) -> Raw:
    """Every table of the contract as text by file; claims and others in two parts."""
    numbers = st.integers(0, _DIFFERENT)
    return _folder({t.name: draw(st.tuples(*[numbers] * _most(t))) for t in TABLES})


def some_folder(seed: int) -> Raw:
    """One such folder, the same for equal seeds."""
    rng = Random(seed)  # noqa: S311
    return _folder({t.name: [rng.randint(1, _DIFFERENT) for _ in range(_most(t))] for t in TABLES})


def _most(table: Table) -> int:
    return _MOST.get(table.name, _ELSE)


def _folder(drawn: Mapping[str, Sequence[int]]) -> Raw:
    folder: Raw = {}
    for name, numbers in drawn.items():
        slots = [(slot, number) for slot, number in enumerate(numbers) if number]
        if name not in _IN_TWO:
            folder[f"{name}.csv"] = _file(CONTRACT[name], slots)
            continue
        folder[f"{name}/a.csv"] = _file(CONTRACT[name], [s for s in slots if s[0] % 2])
        folder[f"{name}/b.csv.gz"] = _file(CONTRACT[name], [s for s in slots if not s[0] % 2])
    return folder


def write_raw(folder: Raw, raw: Path) -> Path:
    """The folder on disk."""
    for name, rows in folder.items():
        path = raw / name
        path.parent.mkdir(parents=True, exist_ok=True)
        stream = io.StringIO(newline="")
        csv.writer(stream, lineterminator="\n").writerows(rows)
        content = stream.getvalue().encode().replace(_NO_TEXT.encode(), b"\xff\xff")
        path.write_bytes(gzip.compress(content, mtime=0) if name.endswith(".gz") else content)
    return raw


def _file(table: Table, slots: list[tuple[int, int]]) -> list[list[str]]:
    """Header and rows, a sure one among them where the table may not be empty."""
    columns = [c.name for c in table.columns]
    rows = [[_SURE[table.name].get(name, "") for name in columns]] if table.required else []
    before: Cells = {}
    for slot, number in slots:
        rng = Random(f"{table.name}/{number}")  # noqa: S311 (rows, not secrets)
        cells = _cells(table, slot, rng)
        fate = rng.random()
        if fate < 0.03 and before:
            cells = before
        elif fate < 0.06 and before:
            cells |= {name: before[name] for name in table.key}
        rows.append(_broken(_spelled(table, cells, slot), rng))
        before = cells
    return [columns, *rows]


_SURE: dict[str, Cells] = {
    "providers": {"provider_id": "SURE", "contracted_from": "2020-01-01"},
    "patients": {"patient_id": "SURE", "birth_date": "1950-02-28", "sex": "F"},
    "claims": {
        "claim_id": "SURE", "patient_id": "SURE", "provider_id": "SURE", "visit_kind": "inpatient",
        "admitted_on": "2024-01-01", "discharged_on": "2024-01-03", "settled_on": "2024-01-04",
        "total_amount": "7", "fund_amount": "5", "patient_amount": "2",
    },
}  # fmt: skip


def _cells(table: Table, slot: int, rng: Random) -> Cells:
    """What a row says: all sound, or one or two cells odd. Its key follows from its slot."""
    cells = {c.name: _sound(c, rng) for c in table.columns}
    _SENSE.get(table.name, _as_drawn)(cells, rng)
    cells |= _own_key(table.name, slot)
    if rng.random() < (0.15 if table.name in _MOST else 0.3):
        for column in rng.sample(table.columns, rng.choice((1, 1, 2))):
            cells[column.name] = rng.choice(["", *ODD[column.kind], *ODD[column.kind]])
    return cells


def _own_key(table: str, slot: int) -> Cells:
    """What tells the row from the others of its table; elsewhere they rarely meet by chance."""
    months = {"month": MONTHS[slot % 5]}
    return {
        "providers": {"provider_id": f"H{slot + 1}"},
        "patients": {"patient_id": f"P{slot + 1}"},
        "claims": {"claim_id": f"C{slot + 1}"},
        "claim_lines": {"line_no": f"{slot + 1}"},
        "stock_moves": {
            **months,
            "item_code": f"I{slot // 5 % 2}",
            "provider_id": f"H{slot // 10 + 1}",
        },
        "budgets": {**months, "region_code": f"{slot // 5}"},
        "tips": {"tip_id": f"W{slot + 1}"},
        "inspections": {"inspection_id": f"V{slot + 1}"},
        "inspectors": {"inspector_id": f"N{slot + 1}"},
    }.get(table, {})


def _broken(row: list[str], rng: Random) -> list[str]:
    """The row with a field too few or too many, or with bytes that are no text; seldom."""
    fate = rng.random()
    if fate < 0.01:
        return row[:-1] if fate < 0.005 else [*row, "x"]
    if fate < 0.02:
        row[rng.randrange(len(row))] += _NO_TEXT
    return row


def _sound(column: Column, rng: Random) -> str:
    if column.nullable and rng.random() < 0.35:
        return ""
    if column.values:
        return rng.choice(column.values)
    if column.name in REFERRED:
        return rng.choice(REFERRED[column.name])
    return rng.choice(_SOUND[column.kind])


_SOUND = {
    "id": ["330100", "X1"],
    "text": ["阿莫西林", "box", "phone"],
    "date": DAYS,
    "month": MONTHS,
    "timestamp": TIMES,
    "money": FEW,
    "count": ["1", "2", "3", "4", "18", "60", "-1"],
    "number": ["1", "2", "2.5", "0.5", "10", "-1"],
    "flag": ["yes", "no"],
    "list": ["A|B", "H1|OP1", "J18", "I10|E11.9|A"],
}
ODD["month"] = ["2024-01-15", "2024-02-29", *ODD["date"]]


def _spelled(table: Table, cells: Cells, slot: int) -> list[str]:
    """The same cells in spellings that mean the same."""
    rng = Random(slot)  # noqa: S311
    return [_spelled_cell(c, cells[c.name], rng) for c in table.columns]


def _spelled_cell(column: Column, text: str, rng: Random) -> str:
    if rng.random() < 0.1:
        text = f" {text}\u3000"
    if column.kind == "money" and text in FEW and rng.random() < 0.3:
        return text + ("0" if "." in text else ".00")
    return _ALSO.get(text, text) if rng.random() < 0.3 else text


def _as_drawn(cells: Cells, rng: Random) -> None:
    """Nothing in the row hangs together."""


def _claim(cells: Cells, rng: Random) -> None:
    """Mostly in order: days after one another, amounts that add up, reversals that fit."""
    if rng.random() < 0.8:
        days = sorted(rng.choice(DAYS) for _ in range(3))
        cells.update(zip(("admitted_on", "discharged_on", "settled_on"), days, strict=True))
    fund, patient = rng.choice(("5", "7", "3.5")), rng.choice(("2", "0", "1.01"))
    if rng.random() < 0.7:
        total = f"{float(fund) + float(patient):.2f}"
        cells.update(total_amount=total, fund_amount=fund, patient_amount=patient)
    if rng.random() < 0.6:
        cells["account_amount"] = ""
    if rng.random() < 0.7:
        cells["reverses_claim_id"] = ""
    elif rng.random() < 0.8:
        for name in ("total_amount", "fund_amount", "patient_amount"):
            cells[name] = f"-{cells[name]}"
    if rng.random() < 0.6:
        cells["started_at"] = ""


def _line(cells: Cells, rng: Random) -> None:
    """Mostly quantity times price, at the end of one fen now and then."""
    quantity, price = float(cells["quantity"]), round(float(cells["unit_price"]) * 100)
    beside = rng.choice((0, 0, 0, 0, 1, -1, 2, -2, 1.5))
    cells["amount"] = f"{int(quantity * price + beside) / 100:.2f}"
    if rng.random() < 0.1:
        cells["unit_price"] = "0.03"
        cells["amount"] = rng.choice(("0.06", "0.07", "0.08", "0.09"))


def _item(cells: Cells, rng: Random) -> None:
    cells["valid_from"] = rng.choice(YEARS)
    if cells["valid_to"]:
        cells["valid_to"] = rng.choice([*YEARS, "2023-12-31", "9999-12-31"])


def _stock(cells: Cells, rng: Random) -> None:
    for name in ("opening", "closing"):
        cells[name] = rng.choice(("1", "1", "1.0000001", "1.00001", "2", "-1"))


def _provider(cells: Cells, rng: Random) -> None:
    for name in ("contracted_from", "contracted_to"):
        cells[name] = rng.choice(("", *YEARS, *DAYS))


def _patient(cells: Cells, rng: Random) -> None:
    cells["birth_date"] = rng.choice(("", *BIRTHS))
    if rng.random() < 0.5:
        cells["died_on"] = cells["known_on"] = ""


def _period(start: str, end: str) -> Callable[[Cells, Random], None]:
    def sense(cells: Cells, rng: Random) -> None:
        cells[start] = rng.choice([*YEARS, *DAYS])
        cells[end] = rng.choice(["", *YEARS, *DAYS, "9999-12-31"])
        if cells.get("department_code") and rng.random() < 0.7:
            cells["department_code"] = ""

    return sense


def _target(cells: Cells, rng: Random) -> None:
    ids = [*REFERRED["provider_id"], *REFERRED["patient_id"], "D1", "1.1E+17", "AE+00"]
    grains = {"provider": REFERRED["provider_id"], "patient": REFERRED["patient_id"]}
    likely = grains.get(cells["target_grain"], ids)
    cells["target_id"] = rng.choice(likely if rng.random() < 0.8 else ids)
    if cells.get("chance"):
        cells["chance"] = rng.choice(("1", "0.5", "1.0", "0", "-0", "1.0000001", "1e-9"))


_SENSE = {
    "claims": _claim,
    "claim_lines": _line,
    "items": _item,
    "drg_groups": _item,
    "stock_moves": _stock,
    "providers": _provider,
    "patients": _patient,
    "practitioners": _period("registered_from", "registered_to"),
    "enrolments": _period("enrolled_from", "enrolled_to"),
    "contract_periods": _period("suspended_from", "suspended_to"),
    "tips": _target,
    "inspections": _target,
}
