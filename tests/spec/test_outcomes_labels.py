"""Outcomes: confirmed, cleared or unknown; known when closed; matched to the features before."""

from datetime import date

import pytest

from feature_runs import engine
from fraudml.claims.accepted import Claims
from fraudml.outcomes.labels import LABEL_SCHEMA, build_labels
from fraudml.params import LabelsParams
from tables import draw_claims

DATES = (date(2024, 3, 31), date(2024, 6, 30), date(2024, 12, 31))
CLAIMS = "patient_id | provider_id | admitted_on\n p1 | A | 2024-03-01"


def labels(tmp_path, text=None, horizon=100):
    texts = {"inspections": text} if text else {}
    folder = draw_claims(tmp_path / "claims", claims=CLAIMS, **texts)
    with engine() as opened:
        params = LabelsParams(horizon_days=horizon)
        return build_labels(opened, Claims(opened, folder), DATES, params)


@pytest.mark.parametrize(
    ("result", "label"),
    [
        ("confirmed", 1),
        ("partly", 1),
        ("legitimate", 0),
        ("data_error", 0),
        ("insufficient", None),
        ("not_inspected", None),
        ("", None),
    ],
)
def test_a_result_confirms_or_clears_and_everything_else_is_unknown(tmp_path, result, label):
    found = labels(tmp_path, f"""
        target_id | visited_on | closed_on  | result
        A         | 2024-07-01 | 2024-08-01 | {result}""")  # fmt: skip
    assert found["label"].to_pylist() == [label]


def test_an_inspection_counts_when_it_is_closed_by_the_live_date(tmp_path):
    found = labels(tmp_path, """
        inspection_id | target_id | visited_on | closed_on  | result
        on_the_day    | A         | 2024-07-01 | 2024-12-31 | confirmed
        a_day_late    | A         | 2024-07-01 | 2025-01-01 | confirmed
        open          | A         | 2024-07-01 |            | confirmed""")  # fmt: skip
    assert found["inspection_id"].to_pylist() == ["on_the_day"]


def test_features_are_those_of_the_newest_date_up_to_the_visit_and_within_the_horizon(tmp_path):
    found = labels(tmp_path, """
        inspection_id | target_id | visited_on | closed_on  | result
        before_all    | A         | 2024-03-30 | 2024-12-01 | confirmed
        same_day      | A         | 2024-06-30 | 2024-12-01 | confirmed
        horizon       | A         | 2024-10-08 | 2024-12-01 | confirmed
        too_long      | A         | 2024-10-09 | 2024-12-01 | confirmed""")  # fmt: skip
    matched = dict(zip(found["inspection_id"].to_pylist(), found["as_of"].to_pylist(), strict=True))
    assert matched == {
        "before_all": None,
        "same_day": DATES[1],
        "horizon": DATES[1],
        "too_long": None,
    }


def test_grain_chance_arm_and_amounts_are_carried_and_rows_are_sorted(tmp_path):
    found = labels(tmp_path, """
        inspection_id|target_grain|target_id|visited_on|closed_on|result|arm|chance|amount_confirmed
        i2 | provider | B | 2024-07-01 | 2024-08-01 |confirmed |random|0.25|900
        i1 | provider | A | 2024-07-01 | 2024-08-01 |legitimate|risk||
        i3 | patient  | p | 2024-07-01 | 2024-08-01 |partly|clue||50""")  # fmt: skip
    chosen = found.select(["grain", "entity_id", "arm", "chance", "amount_confirmed_fen"])
    assert [tuple(row.values()) for row in chosen.to_pylist()] == [
        ("patient", "p", "clue", None, 50),
        ("provider", "A", "risk", None, None),
        ("provider", "B", "random", 0.25, 900),
    ]


def test_without_inspections_there_are_no_labels_but_the_columns_stand(tmp_path):
    found = labels(tmp_path)
    assert len(found) == 0
    assert found.schema == LABEL_SCHEMA
