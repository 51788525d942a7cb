"""Naive figures beside those of the drawn: worked out by hand, and a reason for every silence."""

from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from fraudml.errors import StateError
from fraudml.evaluation.selective import selective
from fraudml.outcomes.labels import LABEL_SCHEMA
from fraudml.params import EvaluateParams

PARAMS = EvaluateParams(k=(10,), bootstrap=100, seed=1)
CUT = date(2025, 6, 30)


def backtest(n=40, *, model="fused", score=None, label=None, scheme="walk_back", cut=CUT):
    """One list of P000, P001, ..., the first the most suspicious; and the amounts beside."""
    ids = [f"P{i:03d}" for i in range(n)]
    names = (model, "amount") if model != "amount" else (model,)
    rows = [
        {
            "provider_id": one,
            "as_of": cut,
            "scheme": scheme,
            "model": name,
            "score": float(n - i) if name != "amount" else 1000_00.0,
            "label": None if label is None else label[i],
            "amount_confirmed_fen": None,
        }
        for name in names
        for i, one in enumerate(ids)
    ]
    if score is not None:
        for i, row in enumerate(rows[:n]):
            row["score"] = float(score[i])
    return pa.Table.from_pylist(
        rows,
        schema=pa.schema(
            {
                "provider_id": pa.string(),
                "as_of": pa.date32(),
                "scheme": pa.string(),
                "model": pa.string(),
                "score": pa.float64(),
                "label": pa.int8(),
                "amount_confirmed_fen": pa.int64(),
            }
        ),
    )


def visit(number, label, chance, **more):
    row = dict.fromkeys(LABEL_SCHEMA.names) | {
        "grain": "provider",
        "entity_id": f"P{number:03d}",
        "inspection_id": f"I{number:03d}",
        "as_of": CUT,
        "label": label,
        "visited_on": date(2025, 7, 9),
        "closed_on": date(2025, 8, 1),
        "arm": "random" if chance else "clue",
        "chance": chance,
        "round_id": "R1",
        "amount_confirmed_fen": 200_00 if label else None,
    }
    return row | more


def labels(*rows):
    return pa.Table.from_pylist(list(rows), schema=LABEL_SCHEMA)


def every_second(confirmed, *, chance=0.5):
    """P000, P002, ... of forty drawn with the same chance; those in ``confirmed`` are."""
    return [visit(i, int(i in confirmed), chance) for i in range(0, 40, 2)]


def at(found, model="fused"):
    return found["models"][model]["at"]["10"]


def test_each_of_those_drawn_stands_for_as_many_as_its_chance_says():
    rows = every_second({0, 2, 4, 6, 20})  # of the first ten five were drawn, four confirmed
    found = selective("provider", backtest(), labels(*rows), PARAMS)
    assert (found["assessed"], found["drawn"], found["stands_for"]) == (True, 20, 40.0)
    precision = at(found)["precision"]
    assert precision["hajek"]["value"] == pytest.approx(4 / 5)
    assert precision["horvitz_thompson"]["value"] == pytest.approx(4 * 2 / 10)
    assert precision["hajek"]["low"] < 0.8 < precision["hajek"]["high"]
    assert at(found)["recall"]["value"] == pytest.approx(4 / 5)


def test_visits_without_a_chance_change_no_weighted_figure():
    drawn = every_second({0, 2, 4, 6, 20})
    clues = [visit(i, 1, None, inspection_id=f"C{i}") for i in (1, 3, 5, 7, 9)]
    alone = selective("provider", backtest(), labels(*drawn), PARAMS)
    beside = selective("provider", backtest(), labels(*drawn, *clues), PARAMS)
    assert at(beside)["precision"]["hajek"] == at(alone)["precision"]["hajek"]
    assert beside["drawn"] == alone["drawn"]


def test_an_entity_that_was_drawn_and_cleared_counts_as_cleared_whatever_a_clue_found_there():
    rows = [*every_second({0, 2, 4, 20, 22}), visit(6, 1, None, inspection_id="C")]
    found = selective("provider", backtest(), labels(*rows), PARAMS)
    assert at(found)["precision"]["hajek"]["value"] == pytest.approx(3 / 5)


def test_certain_units_stand_for_themselves_alone():
    certain = [visit(i, 1, 1.0) for i in range(6)]
    rest = [visit(i, 0, 0.5) for i in range(6, 40, 2)]
    found = selective("provider", backtest(), labels(*certain, *rest), PARAMS)
    assert found["drawn_for_certain"] == 6
    assert at(found)["precision"]["hajek"]["value"] == pytest.approx(6 / (6 + 2 * 2))


def test_without_any_chance_there_are_bounds_and_a_reason_and_no_figure():
    label = [1, 1, 0] + [None] * 37
    rows = [visit(i, one, None) for i, one in enumerate(label) if one is not None]
    found = selective("provider", backtest(label=label), labels(*rows), PARAMS)
    assert found["assessed"] is False
    assert "chance" in found["reason"]
    assert at(found)["precision"]["hajek"]["value"] is None
    assert at(found)["bounds"] == {
        "precision_low": 0.2,  # two of ten confirmed
        "precision_high": 0.9,  # all but the one cleared
        "yuan_low": 0.0,  # their amounts are unknown
        "yuan_high": 9 * 1000.0,  # nobody owes more than was paid
    }


def test_yuan_have_no_upper_bound_where_somebodys_payments_are_unknown():
    score = [-1.0 if i == 3 else 500_00.0 - i for i in range(12)]
    table = backtest(12, model="amount", score=score)
    found = selective("provider", table, labels(visit(0, 0, None)), PARAMS)
    assert at(found, "amount")["bounds"]["yuan_high"] is not None  # the unknown one stands last
    most = EvaluateParams(k=(12,), bootstrap=100, seed=1)
    found = selective("provider", table, labels(visit(0, 0, None)), most)
    assert found["models"]["amount"]["at"]["12"]["bounds"]["yuan_high"] is None


def test_too_few_drawn_in_the_first_k_are_not_assessed_and_counted_in_the_reason():
    rows = [visit(i, 0, 0.5) for i in (0, 1, 2, *range(11, 40, 2), 20, 30)]
    found = selective("provider", backtest(), labels(*rows), PARAMS)
    hajek = at(found)["precision"]["hajek"]
    assert hajek["value"] is None
    assert "3.0" in hajek["reason"]
    assert "少于" in hajek["reason"]


def test_one_heavy_weight_makes_many_drawn_too_few():
    rows = [visit(i, 0, 1.0) for i in range(9)] + [visit(9, 1, 0.03)]
    found = selective("provider", backtest(), labels(*rows), PARAMS)
    assert at(found)["precision"]["hajek"]["value"] is None


def test_chances_that_add_up_to_another_fund_are_refused():
    rows = every_second({0, 2, 4, 6, 20}, chance=0.9)  # stand for 22 of 40
    found = selective("provider", backtest(), labels(*rows), PARAMS)
    assert found["assessed"] is False
    assert "22" in found["reason"]
    assert at(found)["precision"]["hajek"]["value"] is None


def test_those_drawn_without_a_result_are_counted_and_bounded():
    rows = every_second({0, 2, 4, 6, 20, 22})
    rows[4]["label"] = None  # P008, in the first ten
    found = selective("provider", backtest(), labels(*rows), PARAMS)
    hajek = at(found)["precision"]["hajek"]
    assert found["drawn_without_result"] == 1
    assert hajek["value"] is None  # four with a result are too few
    rows.append(visit(1, 1, 0.5))
    hajek = at(selective("provider", backtest(), labels(*rows), PARAMS))["precision"]["hajek"]
    assert hajek["value"] == pytest.approx(5 / 5)
    assert (hajek["if_missing_cleared"], hajek["if_missing_confirmed"]) == pytest.approx((5 / 6, 1))


def test_folds_have_no_whole_list_to_speak_of():
    found = selective("provider", backtest(scheme="folds"), labels(visit(0, 1, 0.5)), PARAMS)
    assert (found["assessed"], found["models"]) == (False, {})
    assert "ordered in time" in found["reason"]


def test_an_inspection_closed_before_its_list_judges_nothing():
    rows = [{**one, "closed_on": CUT} for one in every_second({0, 2})]
    assert selective("provider", backtest(), labels(*rows), PARAMS)["assessed"] is False


@pytest.mark.parametrize("chance", [0.0, -0.1, 1.5])
def test_a_chance_outside_nought_to_one_is_refused(chance):
    rows = [{**visit(0, 1, 0.5), "chance": chance}]
    with pytest.raises(StateError, match="chance"):
        selective("provider", backtest(), labels(*rows), PARAMS)


def test_the_prediction_of_the_difference_estimate_knows_only_earlier_lists():
    before = date(2025, 3, 31)
    tables = pa.concat_tables([backtest(cut=before), backtest()])
    earlier = [
        visit(i, 1, None, as_of=before, closed_on=date(2025, 5, 1), inspection_id=f"E{i}")
        for i in range(9)
    ]
    late = [{**one, "closed_on": date(2025, 7, 1)} for one in earlier]  # not known by the cut
    rows = every_second({0, 2, 4, 6, 20})
    rows.append(visit(1, 1, 0.5))
    found = [
        at(selective("provider", tables, labels(*rows, *more), PARAMS))["precision"]["difference"]
        for more in (earlier, late)
    ]
    # six drawn stand for 12, one of them cleared: 10 m + 2 x 5 - 12 m = 10 - 2 m, over ten
    assert found[0]["value"] == pytest.approx((10 - 2 * 0.95) / 10)
    assert found[1]["value"] == pytest.approx((10 - 2 * 0.5) / 10)


def test_row_order_changes_nothing():
    rows = every_second({0, 2, 4, 6, 20})
    table = backtest()
    mixed = table.take(np.random.default_rng(1).permutation(len(table)))
    assert selective("provider", table, labels(*rows), PARAMS) == selective(
        "provider", mixed, labels(*rows[::-1]), PARAMS
    )
