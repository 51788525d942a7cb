"""What the model card says about groups, and what it keeps to itself."""

from datetime import date

import numpy as np
import pyarrow as pa

from fraudml.evaluation.card import SMALLER, groups_of, model_card
from fraudml.evaluation.size import size_artefact
from fraudml.scores.backtest import backtest_schema

N = 200
IDS = [f"P{i:03d}" for i in range(N)]
REPORT = {
    "live": "2025-12-31",
    "entities": N,
    "outcomes": 100,
    "confirmed": 50,
    "sentence": "LightGBM learnt.",
    "tuning": {"sentence": "No search."},
    "calibration": {"sentence": "Platt."},
    "amounts": {"sentence": "Log-linear."},
}


def scores() -> pa.Table:
    """P000 first; the amount in reverse."""
    ranks = list(range(1, N + 1))
    columns = {"provider_id": IDS, "rank": ranks, "amount_rank": ranks[::-1]}
    return pa.table(columns | {"label_free_rank": ranks, "supervised_rank": ranks})


def backtest(inspected: range) -> pa.Table:
    """Every second of the inspected confirmed, and ranked above the cleared."""
    rows = [
        {
            "provider_id": IDS[i],
            "as_of": date(2025, 6, 30),
            "scheme": "walk_back",
            "repeat": 0,
            "split": 0,
            "model": "fused",
            "score": 1.0 if i % 2 else 0.5,
            "rank": n + 1,
            "label": i % 2,
        }
        for n, i in enumerate(inspected)
    ]
    full = [dict.fromkeys(backtest_schema("provider").names) | row for row in rows]
    return pa.Table.from_pylist(full, schema=backtest_schema("provider"))


def groups(level, inspected=range(100), k=50):
    return groups_of("provider", scores(), backtest(inspected), {"level": level}, rule="fused", k=k)


def by_value(rows):
    return {row["value"]: row for row in rows}


def test_a_group_that_fills_the_list_beyond_chance_is_named():
    found = by_value(groups({e: "1" if i < 60 else "3" for i, e in enumerate(IDS)}))
    assert found["1"]["share"] == 0.3 and found["1"]["share_of_list"] == 1.0
    assert found["1"]["over"] and not found["3"]["over"]


def test_a_group_in_the_list_as_often_as_among_all_is_not_named():
    found = by_value(groups({e: str(i % 2) for i, e in enumerate(IDS)}))
    assert not any(row["over"] for row in found.values())


def test_of_many_groups_hardly_one_is_named_by_chance():
    """Forty lists that know nothing of twelve regions, of which before 8 named some region."""
    rng = np.random.default_rng(1)
    named = 0
    for _ in range(40):
        region = dict(zip(IDS, (f"r{i}" for i in rng.permutation(N) % 12), strict=True))
        named += any(row["over"] for row in groups(region))
    assert named <= 5


def test_figures_of_a_group_are_those_of_its_own_inspected():
    found = by_value(groups({e: "a" if i < 40 else "b" for i, e in enumerate(IDS)}))
    assert (found["a"]["inspected"], found["a"]["confirmed_share"]) == (40, 0.5)
    assert found["a"]["auc"] == 1.0
    assert found["a"]["confirmed_low"] < 0.5 < found["a"]["confirmed_high"]


def test_groups_of_fewer_than_eleven_are_put_together():
    level = {e: f"rare {i}" if i < 9 else "usual" for i, e in enumerate(IDS)}
    found = by_value(groups(level))
    assert set(found) == {SMALLER, "usual"} and found[SMALLER]["entities"] == 9


def test_fewer_than_eleven_inspected_show_no_share():
    found = by_value(groups(dict.fromkeys(IDS, "a"), inspected=range(10)))
    assert found["a"]["inspected"] is found["a"]["confirmed_share"] is found["a"]["auc"] is None


def test_who_is_in_no_register_is_a_group_of_its_own():
    assert set(by_value(groups(dict.fromkeys(IDS[:100], "1")))) == {"1", "?"}


def card(figures):
    table = groups({e: "1" if i < 60 else "3" for i, e in enumerate(IDS)})
    size = size_artefact({"provider": scores()}, (50,))["provider"]
    return model_card("provider", REPORT, figures, size, table, k=50)


def test_what_a_register_calls_a_group_stays_in_its_cell():
    table = groups({e: "a|b\n\u202e| c" if i < 60 else "d" * 500 for i, e in enumerate(IDS)})
    figures = {"assessed": False, "reason": "nobody was inspected"}
    made = model_card("provider", REPORT, figures, {}, table, k=50)
    assert "\n| level a/b / c | " in made
    assert f"\n| level {'d' * 59}… | " in made


def test_the_card_says_what_it_is_for_whom_and_what_not_for():
    text = card({"assessed": False, "reason": "nobody was inspected"})
    assert "Not assessed: nobody was inspected." in text
    assert "Rank correlation of the list with billing volume -1.00" in text
    assert "More often in the list than among all, beyond chance: level 1." in text
    assert "Finding anybody guilty" in text
    assert not any(entity in text for entity in IDS)


def test_figures_stand_with_their_intervals_beside_amount_and_random():
    one = {"average_precision": {"value": 0.5, "low": 0.4, "high": 0.6}}
    text = card({"assessed": True, "models": {"fused": one, "amount": one, "random": one}})
    assert "| average_precision | 0.50 (0.40 to 0.60) |" in text
    assert "| auc | not assessed | not assessed | not assessed |" in text


def selective_of(value):
    hajek = {"value": value, "low": 0.1, "high": 0.4}
    return {"fused": {"at": {"50": {"precision": {"hajek": hajek}}}}}


def test_the_weighted_precision_is_that_of_the_inspections_of_known_chance():
    one = {"average_precision": {"value": 0.5, "low": 0.4, "high": 0.6}}
    found = {"assessed": True, "reason": None, "models": selective_of(0.25)}
    text = card({"assessed": True, "models": {"fused": one}, "selective": found})
    assert "| precision_weighted@50 | 0.25 (0.10 to 0.40) |" in text


def test_where_no_chance_is_known_the_card_says_why_it_weights_nothing():
    one = {"average_precision": {"value": 0.5, "low": 0.4, "high": 0.6}}
    none = {"assessed": False, "reason": "没有概率 · no chance came in", "models": {}}
    text = card({"assessed": True, "models": {"fused": one, "amount": one}, "selective": none})
    assert "| precision_weighted@50 | not assessed | not assessed |" in text
    assert "precision_weighted: no chance came in." in text
