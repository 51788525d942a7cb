"""Medicine from one place while another's lasts, and stock that does not add up, drawn as text."""

from feature_runs import measured

HEAD = "claim_id | patient_id | provider_id | admitted_on"
LINES = "claim_id | item_code | served_at | days_supply"
LINE = f"{LINES}\nc1 | pill | 2024-03-01 09:00:00 | 1"


def test_t12_days_fetched_elsewhere_while_the_drug_lasts_overlap(tmp_path):
    """b gives 30 days on the 11th: 20 of them lie within the 30 days that a gave on the 1st."""
    texts = {
        "claims": f"""
            {HEAD}
            c1 | p1 | a | 2024-03-01
            c2 | p1 | b | 2024-03-11
            c3 | p1 | a | 2024-06-01
            c4 | p2 | a | 2024-03-01
            c5 | p2 | a | 2024-03-05""",
        "claim_lines": f"""
            {LINES}
            c1 | pill | 2024-03-01 09:00:00 | 30
            c2 | pill | 2024-03-11 09:00:00 | 30
            c3 | pill | 2024-06-01 09:00:00 | 20
            c4 | pill | 2024-03-01 09:00:00 | 30
            c5 | pill | 2024-03-05 09:00:00 | 30""",
    }
    one = "supply_overlap_across_providers_days_365d"
    assert measured(tmp_path / "1", "patient", one, **texts) == {"p1": 20, "p2": 0}
    other = "supply_overlap_elsewhere_days_share_365d"
    assert measured(tmp_path / "2", "provider", other, **texts) == {"a": 0.0, "b": 20 / 30}


def test_t12_two_fills_of_one_day_overlap_once_and_other_drugs_do_not(tmp_path):
    texts = {
        "claims": f"""
            {HEAD}
            c1 | p1 | a | 2024-03-01
            c2 | p1 | b | 2024-03-01
            c3 | p1 | c | 2024-03-02""",
        "claim_lines": f"""
            {LINES}
            c1 | pill  | 2024-03-01 09:00:00 | 30
            c2 | pill  | 2024-03-01 10:00:00 | 10
            c3 | drops | 2024-03-02 09:00:00 | 30""",
    }
    one = "supply_overlap_across_providers_days_365d"
    assert measured(tmp_path, "patient", one, **texts) == {"p1": 10}


def test_t14_a_month_that_opens_with_another_stock_than_the_last_closed_with_is_broken(tmp_path):
    names = ("broken_stock_items_share_365d", "growing_stock_items_share_365d")
    found = measured(
        tmp_path,
        "provider",
        *names,
        claims=f"""
            {HEAD}
            c1 | p1 | a | 2024-03-01
            c2 | p1 | b | 2024-03-01""",
        claim_lines=LINE,
        stock_moves="""
            provider_id | item_code | month      | opening | purchased | returned | closing
            a           | whole     | 2024-03-01 |      10 |        20 |        0 |      15
            a           | whole     | 2024-04-01 |      15 |        10 |        0 |       5
            a           | broken    | 2024-03-01 |      10 |        20 |        0 |      15
            a           | broken    | 2024-04-01 |      40 |         0 |        0 |      30
            b           | gap       | 2024-03-01 |      10 |         0 |        0 |       9
            b           | gap       | 2024-05-01 |      50 |        60 |        0 |     100""",
    )
    assert found == {"a": (0.5, 0.0), "b": (0.0, 1.0)}


def test_stock_that_was_not_known_by_then_breaks_no_book(tmp_path):
    found = measured(
        tmp_path,
        "provider",
        "broken_stock_items_share_365d",
        as_of="2024-04-30",
        claims=f"""
            {HEAD}
            c1 | p1 | a | 2024-03-01""",
        claim_lines=LINE,
        stock_moves="""
            provider_id | item_code | month      | opening | purchased | closing | known_on
            a           | pill      | 2024-03-01 |      10 |        20 |      15 |
            a           | pill      | 2024-04-01 |      40 |         0 |      30 | 2024-05-09""",
    )
    assert found == {"a": 0.0}
