"""Features laid in blocks keep their values, their n and their own statistics."""

from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from feature_runs import engine
from fraudml.claims.accepted import Claims
from fraudml.features.bases import Bases
from fraudml.features.catalogue import features_of
from fraudml.features.peer_blocks import cells_of, in_blocks, statistics
from fraudml.features.peer_noise import rates
from tables import draw_claims

ENTRIES = features_of("provider")
OVER = rates(ENTRIES, [entry.name for entry in ENTRIES])
COUNTED = next(entry for entry in ENTRIES if entry.noise == "counted")
PLAIN = next(entry for entry in ENTRIES if entry.name not in {*OVER, COUNTED.per})
MEASURED = next(
    entry for entry in ENTRIES if entry.noise == "measured" and entry.per == COUNTED.per
)


def test_every_feature_stands_in_one_block_of_its_own_n_and_noise():
    laid = in_blocks(ENTRIES, OVER)
    placed = [entry.name for each in laid for members in each.blocks for entry in members]
    assert sorted(placed) == sorted(entry.name for entry in ENTRIES)
    for each in laid:
        assert {entry.name in OVER for members in each.blocks for entry in members} == {each.rates}
        if each.rates:
            assert all(len({(e.per, e.noise) for e in members}) == 1 for members in each.blocks)


def test_where_n_is_no_column_no_feature_is_a_rate():
    (plain,) = in_blocks([COUNTED, MEASURED], set())
    assert not plain.rates


def test_an_entity_s_cells_hold_its_values_beside_the_n_of_their_own_noise():
    entries = (PLAIN, COUNTED, MEASURED)
    values = {PLAIN.name: [7.0], COUNTED.name: [0.5], MEASURED.name: [None], COUNTED.per: [4.0]}
    places = {f"place_{level}": pa.array([level], pa.int32()) for level in range(3)}
    table = pa.table(places | {k: pa.array(v, pa.float64()) for k, v in values.items()})
    plain, of_rates = in_blocks(entries, {COUNTED.name, MEASURED.name})
    with engine() as opened:
        t = opened.table(table, "given")
        (alone,) = opened.rows(cells_of(t, plain), at_most=9).to_pylist()
        both = opened.rows(cells_of(t, of_rates).order_by("block"), at_most=9).to_pylist()
    assert (alone["v0"], alone["v1"], alone["place_2"]) == (7.0, None, 2)
    found = [(row["v0"], row["counted_n"], row["measured_n"]) for row in both]
    assert found == [(0.5, 4.0, None), (None, None, 4.0)]


@pytest.mark.parametrize("members_n", [40, 1_000_000])  # levels at once, and one after another
def test_statistics_are_those_of_each_feature_and_group_and_none_of_an_empty_group(
    tmp_path, members_n
):
    """More features than a block holds, so that two blocks of one kind lie side by side."""
    entries = [entry for entry in ENTRIES if entry.name not in OVER][:11]
    draw = np.random.default_rng(5)
    drawn = {entry.name: draw.integers(0, 1_000, 40) / 8 for entry in entries}
    group = np.arange(40, dtype=np.int32) % 3
    places = {f"place_{level}": group + np.int32(4 * level) for level in range(3)}
    table = pa.table({**places, **drawn})
    (plain,) = in_blocks(entries, set())
    with engine() as opened:
        claims = Claims(opened, draw_claims(tmp_path / "claims", claims="claim_id"))
        bases = Bases(opened, claims, (date(2024, 12, 31),))
        cells = opened.keep(cells_of(opened.table(table, "given"), plain), "cells")
        steps = opened.table(plain.steps(), "steps")
        found = statistics(
            bases, "provider", cells, plain, steps=steps, groups_n=12, members_n=members_n
        )
    for name, values in drawn.items():
        for number in (0, 1, 2, 4, 5, 6, 8, 9, 10):
            own = values[group == number % 4]
            assert found[name]["n"][number] == len(own)
            assert found[name]["centre"][number] == np.median(own)
            assert found[name]["middle"][number] == np.median(np.abs(own - np.median(own)))
        assert found[name]["n"][7] == 0 and np.isnan(found[name]["centre"][7])
