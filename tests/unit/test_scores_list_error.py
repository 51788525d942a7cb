"""Who may calibrate the list error, and what the score table holds where nobody may."""

from datetime import date

import numpy as np
import pyarrow as pa

from fraudml.evaluation.list_error import list_error_figures
from fraudml.outcomes.labels import LABEL_SCHEMA
from fraudml.scores.list_error import list_error, with_p_values

LIVE = date(2025, 12, 31)
N = 400


def scores():
    ids = [f"P{i:03d}" for i in range(N)]
    rank = np.arange(1, N + 1)
    return pa.table(
        {
            "provider_id": ids,
            "as_of": pa.array([LIVE] * N, pa.date32()),
            "p_value": pa.nulls(N, pa.float64()),
            "label_free_rank": rank,
        }
    )


def peers():
    return scores().select(["provider_id", "as_of"]).append_column("peer_group", [["a"] * N])


def labels(*rows):
    made = [
        dict.fromkeys(LABEL_SCHEMA.names)
        | {
            "grain": "provider",
            "entity_id": f"P{number:03d}",
            "inspection_id": f"I{number:03d}{arm}",
            "label": label,
            "arm": arm,
            "chance": chance,
            "closed_on": LIVE,
        }
        for number, label, arm, chance in rows
    ]
    return pa.Table.from_pylist(made, schema=LABEL_SCHEMA)


def drawn(number, label=0, chance=0.1):
    return number, label, "random", chance


def test_clean_ones_drawn_at_random_give_p_values_in_the_order_of_the_list():
    table, reason = with_p_values(
        "provider", scores(), peers, labels(*(drawn(i) for i in range(10, 400, 8)))
    )
    p = table["p_value"].to_numpy()
    assert reason is None
    assert p[0] == 1 / 50  # 49 clean ones, none of them first
    assert p[-1] == 1.0
    assert (np.diff(p) >= 0).all()
    assert table.schema == scores().schema


def test_clean_ones_of_clues_give_nulls_and_a_reason():
    rows = [(i, 0, "clue", None) for i in range(10, 400, 8)]
    table, reason = with_p_values("provider", scores(), peers, labels(*rows))
    assert table["p_value"].null_count == N
    assert "random arm" in str(reason)


def test_an_entity_once_confirmed_is_no_clean_one():
    rows = [drawn(i) for i in range(10, 400, 8)]
    found = list_error("provider", scores(), peers, labels(*rows, (10, 1, "clue", None)))
    assert found.calibrated == 48


def test_an_entity_that_left_the_list_does_not_count_and_one_of_two_visits_does():
    rows = [drawn(i) for i in range(10, 400, 8)]
    more = [drawn(999), (10, 0, "clue", None)]
    found = list_error("provider", scores(), peers, labels(*rows, *more))
    assert found.calibrated == 49


def test_an_empty_list_has_no_p_values():
    table, reason = with_p_values("provider", scores().slice(0, 0), peers, labels(drawn(1)))
    assert len(table) == 0
    assert str(reason).endswith("nobody was inspected and cleared")


def test_the_figures_of_the_page_ask_the_same_calibration():
    rows = [drawn(i) for i in range(10, 400, 8)]
    found = list_error_figures("provider", scores(), peers, labels(*rows))
    assert (found["assessed"], found["calibrated"], found["groups"]) == (True, 49, 1)
    assert list_error_figures("provider", scores(), peers, labels())["listed"] is None


def test_peer_groups_are_not_read_where_nobody_can_calibrate():
    def never():
        raise AssertionError("read for nothing")

    assert list_error("provider", scores(), never, labels((10, 0, "clue", None))).reason
