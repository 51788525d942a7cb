"""From backtest tables to figures: what counts as a list, an outcome, and a reason for silence."""

import csv
import json
import re
from datetime import date

import pyarrow as pa
import pytest

from fraudml.artifacts import write_json
from fraudml.currency import currency_of
from fraudml.errors import StateError
from fraudml.evaluation.evaluate import curves, evaluate, summary
from fraudml.evaluation.plots import write_plot_files
from fraudml.evaluation.report import evaluation_page
from fraudml.evaluation.size import size_artefact
from fraudml.outcomes.labels import LABEL_SCHEMA
from fraudml.params import EvaluateParams

PARAMS = EvaluateParams(k=(5, 8), bootstrap=100, seed=1)
NO_PLATT = {"method": None}
TYPES = {
    "provider_id": pa.string(),
    "as_of": pa.date32(),
    "scheme": pa.string(),
    "repeat": pa.int64(),
    "split": pa.int64(),
    "model": pa.string(),
    "score": pa.float64(),
    "rank": pa.int64(),
    "label": pa.int8(),
    "amount_confirmed_fen": pa.int64(),
    "chance": pa.float64(),
    "arm": pa.string(),
}
LACKING = {
    "not_assessed": [
        {"grain": "provider", "feature": "pass_share_365d", "missing": ["leave_passes.left_at"]}
    ]
}
NO_LABELS = LABEL_SCHEMA.empty_table()
NO_DRIFT = {
    "features": {"assessed": False, "reason": "one date only", "compared": 0, "moved": 0,
                 "rows": []},
    "scores": {"assessed": False, "reason": "no lists", "rows": []},
    "random_arm": {"assessed": False, "drawn": 0, "without_result_or_chance": 0, "rows": []},
}  # fmt: skip
LIST_ERROR = {"assessed": False, "reason": "none of the 9 cleared was drawn at random"}
EMPTY = {"tables": {}, "absent_tables": []}


def listing(labels, scores, *, as_of="2025-06-30", scheme="walk_back", repeat=0, split=0, ids=None):
    """Backtest rows of one list: labels as text (1 confirmed, 0 cleared, . unknown), by model."""
    ids = ids or [f"P{n:02d}" for n in range(len(labels))]
    rows = []
    for model, score in scores.items():
        order = sorted(range(len(labels)), key=lambda n: -score[n])
        for n, mark in enumerate(labels):
            rows.append(
                {
                    "provider_id": ids[n],
                    "as_of": date.fromisoformat(as_of),
                    "scheme": scheme,
                    "repeat": repeat,
                    "split": split,
                    "model": model,
                    "score": float(score[n]),
                    "rank": order.index(n) + 1,
                    "label": None if mark == "." else int(mark),
                    "amount_confirmed_fen": 1000_00 if mark == "1" else None,
                    "chance": None,
                    "arm": None if mark == "." else "risk",
                }
            )
    return rows


def table(*lists):
    rows = [row for one in lists for row in one]
    return pa.Table.from_pylist(rows, schema=pa.schema(TYPES.items()))


def report(grain="provider", **more):
    return {grain: {"sentence": "Learnt from 9 outcomes.", "calibration": NO_PLATT, **more}}


def down(n):
    return list(range(n, 0, -1))


def run(*lists, params=PARAMS):
    return evaluate({"provider": table(*lists)}, report(), params, labels=NO_LABELS)["provider"]


def test_cuts_are_added_up_before_dividing_and_amounts_are_per_list():
    # first 5 of each cut: 3 of 4 inspected confirmed; 1 of 2 inspected confirmed -> 4 of 6
    found = run(
        listing("11.10..01.", {"fused": down(10)}, as_of="2025-03-31"),
        listing("1..0....11", {"fused": down(10)}, as_of="2025-06-30"),
    )
    at = found["models"]["fused"]
    assert at["precision@5"]["value"] == pytest.approx(4 / 6, abs=1e-6)
    assert (at["precision@5"]["inspected"], at["precision@5"]["listed"]) == (6, 10)
    assert at["recall@5"]["value"] == pytest.approx(4 / 7, abs=1e-6)
    assert at["yuan@5"]["value"] == pytest.approx(4 * 1000 / 2)
    assert (found["n_lists"], found["n_labelled"], found["n_confirmed"]) == (2, 10, 7)
    assert found["n_unknown"] == 10


def test_an_unknown_label_is_never_a_negative():
    labels = "1.1.1.1.1...0"
    at = run(listing(labels, {"fused": down(13)}))["models"]["fused"]
    assert at["precision@8"]["value"] is None  # 4 inspected of 8: too few, not 4 of 8
    cleared = run(listing(labels.replace(".", "0"), {"fused": down(13)}))["models"]["fused"]
    assert cleared["precision@8"]["value"] == 0.5
    assert at["recall@8"]["value"] == 0.8


def test_folds_pool_the_held_out_of_a_repeat_and_average_over_repeats():
    args = {"scheme": "folds", "as_of": "2025-12-31"}
    first, second = [f"A{n}" for n in range(5)], [f"B{n}" for n in range(5)]
    good = {"fused": [9, 7, 5, 3, 1]}
    fair = {"fused": [8, 6, 4, 2, 0]}
    found = run(
        listing("11100", good, repeat=0, split=0, ids=first, **args),
        listing("11000", fair, repeat=0, split=1, ids=second, **args),
        listing("00111", good, repeat=1, split=0, ids=first, **args),
        listing("00011", fair, repeat=1, split=1, ids=second, **args),
    )
    # repeat 1 in order 9..0: 1 1 1 1 1 0 0 0 0 0; repeat 2: 0 0 0 0 1 0 1 1 1 1
    at = found["models"]["fused"]
    assert (found["scheme"], found["n_lists"]) == ("folds", 2)
    assert at["precision@5"]["value"] == pytest.approx((5 + 1) / 10)
    assert at["auc"]["value"] == pytest.approx((25 + 4 * 0 + 1) / 50)


def test_the_sentence_of_train_is_passed_on():
    assert run(listing("1" * 6 + "0" * 6, {"fused": down(12)}))["sentence"].startswith("Learnt")


def test_an_empty_backtest_is_not_assessed_and_says_why():
    found = run()
    assert found["assessed"] is False
    assert "no list" in found["reason"]
    assert curves({"provider": table()}, report(), PARAMS) == {}


def test_lists_without_any_known_outcome_are_not_assessed_and_say_why():
    found = run(listing("......", {"fused": down(6)}))
    assert found["assessed"] is False
    assert "inspected" in found["reason"]
    assert (found["n_ranked"], found["n_unknown"]) == (6, 6)


def test_outcomes_without_a_confirmed_one_give_reasons_and_no_crash():
    at = run(listing("000000000000", {"fused": down(12), "amount": down(12)}))["models"]["fused"]
    assert at["precision@5"]["value"] == 0.0
    assert at["recall@5"]["reason"] == "only 0 confirmed, fewer than 5"
    assert at["auc"]["value"] is None


def test_a_model_that_no_common_list_compares_has_no_difference_and_no_crash():
    found = run(
        listing("111110000011", {"amount": down(12)}, as_of="2025-03-31"),
        listing("111110000011", {"fused": down(12)}, as_of="2025-06-30"),
    )
    assert found["differences"]["fused"]["amount"] == {}


def test_a_backtest_that_puts_the_lower_score_first_is_refused():
    rows = listing("10101", {"fused": down(5)})
    for row in rows:
        row["rank"] = 6 - row["rank"]
    with pytest.raises(StateError, match="lower score first"):
        run(rows)


def test_an_entity_twice_in_a_list_is_refused():
    rows = listing("10101", {"fused": down(5)})
    with pytest.raises(StateError, match="repeat an entity"):
        run(rows, rows[:1])


def test_two_runs_give_the_same_bytes(tmp_path):
    rows = listing("110100.0.1101", {"fused": down(13), "amount": [1, 3, 2] * 4 + [5]})
    for name in ("one", "two"):
        write_json(tmp_path / name, run(rows))
        rows = rows[::-1]
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_the_summary_keeps_values_only_under_names_that_mlflow_accepts():
    rows = listing("111110000011", {"fused": down(12), "amount": down(12)})
    figures = evaluate({"provider": table(rows)}, report(), PARAMS, labels=NO_LABELS)
    short = summary(figures)["provider"]
    assert short["fused"]["precision_at_5"] == 1.0
    assert "@" not in json.dumps(short)
    assert summary(evaluate({"provider": table()}, report(), PARAMS, labels=NO_LABELS)) == {}


def test_calibration_bins_compare_predicted_with_observed():
    labels = "0" * 20 + "1" * 20
    rows = listing(labels, {"lightgbm": [-2.0] * 20 + [2.0] * 20})
    drawn = curves(
        {"provider": table(rows)},
        report(calibration={"method": "platt", "slope": 1.0, "intercept": 0.0}),
        PARAMS,
    )["provider"]["calibration"]
    assert [(r["predicted"], r["observed"], r["n"]) for r in drawn] == [
        (0.119203, 0.0, 20),
        (0.880797, 1.0, 20),
    ]
    assert drawn[0]["high"] == pytest.approx(0.161125, abs=1e-6)  # Wilson: z2 / (n + z2)


def test_repeats_of_the_same_outcomes_are_no_more_outcomes():
    labels = "0" * 20 + "1" * 20
    given = {"lightgbm": [-2.0] * 20 + [2.0] * 20}
    folds = [listing(labels, given, scheme="folds", repeat=n) for n in range(2)]
    platt = report(calibration={"method": "platt", "slope": 1.0, "intercept": 0.0})
    drawn = curves({"provider": table(*folds)}, platt, PARAMS)["provider"]["calibration"]
    assert [row["n"] for row in drawn] == [20, 20]  # before: four bins of 20

    few = [listing("111....0000", {"fused": down(11)}, scheme="folds", repeat=n) for n in range(2)]
    found = run(*few)["models"]["fused"]
    assert found["average_precision"]["reason"] == "only 3 confirmed, fewer than 5"
    assert "only 3 inspected" in found["precision@5"]["reason"]

    all_five = [listing("11111......", {"fused": down(11)}, scheme="folds", repeat=n)
                for n in range(2)]  # fmt: skip
    one, two = (run(*all_five[:n])["models"]["fused"]["precision@5"] for n in (1, 2))
    assert (one["low"], two["low"]) == (0.565518, 0.565518)  # before: 0.72 with two repeats


def test_without_a_calibration_nothing_is_drawn():
    rows = listing("01" * 40, {"lightgbm": down(80)})
    drawn = curves({"provider": table(rows)}, report(), PARAMS)
    assert drawn["provider"]["calibration"] == []


def scores(rank, amount):
    n = len(rank)
    nothing = pa.nulls(n, pa.int64())
    return pa.table(
        {"rank": rank, "label_free_rank": rank, "supervised_rank": nothing, "amount_rank": amount}
    )


def test_a_list_that_is_the_order_of_size_correlates_fully_with_it():
    same = size_artefact({"provider": scores([1, 2, 3, 4], [1, 2, 3, 4])}, (2,))["provider"]
    assert {name: one for name, one in same["fused"].items() if name != "deciles"} == {
        "spearman": 1.0,
        "among_largest@2": 1.0,
        "among_largest_by_chance@2": 0.5,
    }
    assert same["supervised"] is None
    other = size_artefact({"provider": scores([4, 3, 2, 1], [1, 2, 3, 4])}, (2,))["provider"]
    assert (other["fused"]["spearman"], other["fused"]["among_largest@2"]) == (-1.0, 0.0)


def test_the_size_of_too_few_entities_is_not_assessed():
    assert size_artefact({"patient": scores([], [])}, (2,))["patient"]["fused"] is None


def whole_page(*lists, params=PARAMS, **more):
    backtests = {"provider": table(*lists)}
    figures = evaluate(backtests, report(), params, labels=NO_LABELS)
    counted = {
        "rows_in": 12,
        "accepted": 11,
        "quarantined_rows": 1,
        "quarantined": {"type:claims.total_amount": 1},
        "warnings": {},
    }
    return evaluation_page(
        figures,
        curves(backtests, report(), params),
        size_artefact({"provider": scores([1, 2, 3], [2, 1, 3])}, params.k),
        {"provider": NO_DRIFT},
        {"provider": LIST_ERROR},
        reports={
            "ingest": {"tables": {"claims": counted}, "absent_tables": ["tips"]},
            "features": LACKING,
        },
        ks=params.k,
        **more,
    )


MIXED = "11101.0011.0100"


def two_models():
    return listing(MIXED, {"fused": down(15), "amount": [3, 1, 2] * 5})


def test_amounts_are_called_what_the_fund_calls_them():
    assert "（元" in whole_page(two_models())
    html = whole_page(two_models(), currency=currency_of("USD"))
    assert "（USD" in html
    assert re.search("（元|yuan", html) is None


def test_a_baseline_that_found_nothing_stands_beside_as_nothing():
    mixed = "1" * 5 + "0" * 10
    html = whole_page(listing(mixed, {"fused": down(15), "amount": down(15)[::-1]}))
    assert "按金额 by amount 0.0%" in html


def test_the_page_fetches_nothing_from_outside():
    html = whole_page(two_models())
    for sign in ("http:", "https:", "@import", "url(", "<img", "<iframe", "xlink:href"):
        assert sign not in html, sign
    addresses = re.findall(r"""(?:href|src)=["']([^"']*)""", html)
    assert [a for a in addresses if not a.startswith(("#", "data:"))] == []


def test_neither_page_nor_figures_name_an_entity():
    html = whole_page(two_models())
    figures = json.dumps(run(two_models()))
    for n in range(15):
        assert f"P{n:02d}" not in html
        assert f"P{n:02d}" not in figures


def test_the_page_says_the_figure_its_interval_the_baseline_and_the_ceiling():
    html = whole_page(two_models())
    at = run(two_models())["models"]["fused"]["precision@5"]
    assert f"{100 * at['value']:.1f}%" in html
    for said in (
        "none of the 9 cleared",
        "one date only",
        "carries the chance",
        "95 % interval",
        "ranked by amount",
        "ceiling",
        "融合清单",
        "rows in",
        "隔离",
    ):
        assert said in html, said
    assert "pass_share_365d" in html
    assert "leave_passes.left_at" in html
    assert "type:claims.total_amount" in html


def test_the_page_says_what_selection_drift_and_the_list_error_leave_unknown():
    html = whole_page(two_models())
    for said in ("none of the 9 cleared", "one date only", "carries the chance", "no random arm"):
        assert said in html, said
    bounds = run(two_models())["selective"]["models"]["fused"]["at"]["5"]["bounds"]
    assert f"{100 * bounds['precision_low']:.1f}%" in html
    assert f"{100 * bounds['precision_high']:.1f}%" in html


def test_the_page_of_a_fund_without_outcomes_says_so():
    html = whole_page(listing("......", {"fused": down(6)}))
    assert "未评估" in html
    assert "Too few outcomes" in html
    assert "Too few outcomes" in whole_page()


def test_what_came_from_data_cannot_become_markup():
    figures = evaluate(
        {"provider": table(two_models())},
        report(sentence="<script>bad()</script>"),
        PARAMS,
        labels=NO_LABELS,
    )
    drawn = curves({"provider": table(two_models())}, report(), PARAMS)
    reports = {"ingest": EMPTY, "features": {"not_assessed": []}}
    html = evaluation_page(figures, drawn, {}, {}, {}, reports=reports, ks=PARAMS.k)
    assert "<script>bad" not in html


def test_plot_files_have_a_column_per_model_and_a_header_even_when_empty(tmp_path):
    write_plot_files(tmp_path, curves({"provider": table(two_models())}, report(), PARAMS))
    with (tmp_path / "precision_at_k_provider.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert {"k", "fused", "amount", "lightgbm"} <= rows[0].keys()
    assert rows[0]["lightgbm"] == ""
    assert rows[-1]["k"] == "15"
    assert float(rows[-1]["fused"]) == pytest.approx(7 / 13)  # the whole list: 7 of 13 inspected
    assert (tmp_path / "precision_at_k_patient.csv").read_text().startswith("k,fused")
