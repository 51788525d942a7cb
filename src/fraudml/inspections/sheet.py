"""The plan as people read it: one line for each provider to visit, for any spreadsheet."""

import csv
import io
import json
from collections.abc import Mapping
from typing import Any

from fraudml.artifacts import computed_in_spreadsheets

HEADS = (
    "序号 No.", "机构编号 provider_id", "机构名称 name", "统筹区 region", "类型 kind", "级别 level",
    "协议 contract", "入选方式 chosen", "入选概率 chance", "名次 rank",
)  # fmt: skip
_RUNNING = {True: "有效 running", False: "已终止或未开始 ended or not begun", None: ""}


def plan_sheet(
    plan: Mapping[str, Any], names: Mapping[str, str | None], ranks: Mapping[str, int | None]
) -> str:
    """plan.csv: who is visited, in the order of regions and kinds; heads alone before the draw.

    plan   content of plan.json; names, ranks: of the providers, as far as they are known
    Who was drawn by chance is no suspect for it: the rank says how high the list has it. A text
    that a spreadsheet would compute stands behind an apostrophe.
    """
    leaves = [(json.loads(unit["leaf"]), unit["chance"]) for unit in plan["units"]]
    leaves.sort(key=lambda one: (one[0][1] or "", one[0][2] or "", one[0][0]))
    text = io.StringIO()
    sheet = csv.writer(text, lineterminator="\r\n")
    sheet.writerow(HEADS)
    for number, (leaf, chance) in enumerate(leaves, start=1):
        who, region, kind, level, running, _, certain, _ = leaf
        how = "必查 certain" if certain else "抽取 drawn"
        row = (number, who, names.get(who), region, kind, level, _RUNNING[running], how,
               f"{chance / 10**9:.3f}", ranks.get(who))  # fmt: skip
        sheet.writerow([_plain(cell) for cell in row])
    return text.getvalue()


def _plain(cell: object) -> object:
    if isinstance(cell, str):
        line = " ".join(cell.split())
        return f"'{line}" if computed_in_spreadsheets(line) else line
    return "" if cell is None else cell
