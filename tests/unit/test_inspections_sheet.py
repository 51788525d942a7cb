"""The plan that inspectors open: who, where, how chosen, and no formula."""

import csv
import io
import json
from datetime import date

from fraudml.inspections.draw import make_draw
from fraudml.inspections.frame import Unit
from fraudml.inspections.sheet import HEADS, plan_sheet
from fraudml.params import DrawParams

UNITS = [
    Unit("P1", "110102", "clinic", 1, True, 900_000_000, certain=True),
    Unit("P2", "110101", "hospital", None, False, 500_000_000),
    Unit("P3", None, None, None, None, None),
]


def rows(tmp_path, names, *, value="03 08 14"):
    params = DrawParams(providers=3, floor=0.1, public_value=value)
    make_draw(UNITS, params, date(2025, 12, 31), tmp_path)
    plan = json.loads((tmp_path / "plan.json").read_text())
    return list(csv.reader(io.StringIO(plan_sheet(plan, names, {"P1": 1, "P2": 7}))))


def test_the_plan_names_who_is_visited_where_and_how_each_was_chosen(tmp_path):
    head, *found = rows(tmp_path, {"P1": "瑞安诊所", "P2": "长春医院"})
    assert tuple(head) == HEADS
    assert found == [
        ["1", "P3", "", "", "", "", "", "抽取 drawn", "1.000", ""],
        ["2", "P2", "长春医院", "110101", "hospital", "", "已终止或未开始 ended or not begun",
         "抽取 drawn", "1.000", "7"],
        ["3", "P1", "瑞安诊所", "110102", "clinic", "1", "有效 running", "必查 certain", "1.000",
         "1"],
    ]  # fmt: skip


def test_a_name_is_never_a_formula_and_never_two_lines(tmp_path):
    found = rows(tmp_path, {"P1": "=1+1", "P2": "a\nb"})[1:]
    assert [row[2] for row in found] == ["", "a b", "'=1+1"]


def test_before_the_draw_the_plan_has_its_heads_alone(tmp_path):
    assert rows(tmp_path, {}, value="") == [list(HEADS)]
