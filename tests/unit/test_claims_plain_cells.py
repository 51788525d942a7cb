"""A cell that is called plain is read without its pattern as it would be with it."""

import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feature_runs import engine
from fraudml.claims.canonical import _READ
from fraudml.claims.plain_cells import PLAIN, bytes_of, is_plain

sys.path.insert(0, str(Path(__file__).parents[1] / "parity"))
from spellings import DAYS, FEW, ODD, TIMES

KINDS = sorted(PLAIN)
ALPHABET = {
    "id": "A1+E\n.", "date": "0123459-", "month": "0129-", "timestamp": "0123459-: .",
    "money": "019.-", "count": "019.-", "number": "019.-e",
}  # fmt: skip
GOOD = {"id": ["C1"], "date": DAYS, "month": DAYS, "timestamp": TIMES, "money": FEW,
        "count": ["1", "20"], "number": ["1", "2.5"]}  # fmt: skip


@pytest.fixture(scope="module")
def duckdb():
    with engine() as it:
        yield it


def spellings(kind: str) -> list[str]:
    """Odd and sound ones, and the sound ones with one byte more, less or another."""
    sound = GOOD[kind]
    touched = [
        text[:at] + byte + text[at + cut :]
        for text in sound[:2]
        for at in range(len(text) + 1)
        for byte in ["", *ALPHABET[kind]]
        for cut in (0, 1)
    ]
    odd = [text.strip() for text in ODD["date" if kind == "month" else kind]]
    return [text for text in (*sound, *odd, *touched) if text.strip() == text != ""]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_plain_means_the_same_without_its_pattern(duckdb, kind):
    cells = [text for text in spellings(kind) if is_plain(kind, pa.array([text]))]
    assert set(GOOD[kind]) <= set(cells)
    both = {"text": pa.array(cells), "yes": pa.repeat(True, len(cells)),
            "no": pa.repeat(False, len(cells))}  # fmt: skip
    rows = duckdb.table(pa.table(both), f"cells-{kind}")
    read = rows.select(
        fast=_READ[kind](rows.text, rows.yes), slow=_READ[kind](rows.text, rows.no), text="text"
    )
    for row in duckdb.rows(read, at_most=len(cells)).to_pylist():
        assert row["fast"] == row["slow"], row


@pytest.mark.parametrize("kind", KINDS)
def test_one_cell_that_is_not_plain_leaves_the_column_to_its_pattern(kind):
    odd = next(text for text in spellings(kind) if not is_plain(kind, pa.array([text])))
    sound = GOOD[kind] * 3
    assert is_plain(kind, pa.array([None, *sound, None]))
    for place in (0, 1, len(sound)):
        assert not is_plain(kind, pa.array([*sound[:place], odd, *sound[place:]]))


@pytest.mark.parametrize("kind", ["date", "timestamp"])
def test_the_last_of_many_thousand_rows_is_looked_at_too(kind):
    cells = GOOD[kind][:1] * 10_000
    assert is_plain(kind, pa.array(cells))
    assert not is_plain(kind, pa.array([*cells[:-1], cells[0][:-1] + "x"]))


@pytest.mark.parametrize("kind", KINDS)
def test_the_rows_cut_out_of_a_column_are_judged_alone(kind):
    cells = pa.array(["x+\n", *GOOD[kind], "x+\n"])
    assert is_plain(kind, cells.slice(1, len(GOOD[kind])))
    assert not is_plain(kind, cells)


@pytest.mark.parametrize("kind", KINDS)
def test_a_column_without_any_cell_is_plain(kind):
    assert is_plain(kind, pa.nulls(3, pa.string()))
    assert is_plain(kind, pa.array([], pa.string()))


@given(st.sampled_from(KINDS), st.data())
def test_a_column_is_as_plain_as_each_of_its_cells(kind, data):
    sound, odd = st.sampled_from(GOOD[kind]), st.text(ALPHABET[kind], min_size=1, max_size=5)
    cells = data.draw(st.lists(st.one_of(sound, odd, st.none()), max_size=6))
    each = [is_plain(kind, pa.array([cell], pa.string())) for cell in cells]
    assert is_plain(kind, pa.array(cells, pa.string())) == all(each)


def test_the_bytes_of_a_slice_begin_at_nothing():
    ends, content = bytes_of(pa.array(["ab", "c", None, "def"]).slice(1))
    assert ends.tolist() == [0, 1, 1, 4]
    assert content.tobytes() == b"cdef"
    assert content.dtype == np.uint8
