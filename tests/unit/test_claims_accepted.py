"""Later stages find every table as ingest writes it, or one sentence that says it is not."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from feature_runs import engine
from fraudml.artifacts import write_json
from fraudml.claims.accepted import MANIFEST, Claims
from fraudml.claims.schema import CONTRACT
from fraudml.errors import StateError


def test_a_table_that_this_ingest_does_not_write_is_one_plain_sentence(tmp_path):
    tables = {"inspections": {"rows": 1, "columns_present": []}}
    write_json(tmp_path / MANIFEST, {"tables": tables})
    pq.write_table(pa.table({"inspection_id": ["V1"]}), tmp_path / "inspections.parquet")
    with (
        engine() as opened,
        pytest.raises(StateError, match="inspections has no column amount_confirmed_fen"),
    ):
        Claims(opened, tmp_path).table("inspections")


def with_parts(folder, *parts):
    """A table of tips in two parts of two rows, as ingest wrote it, and what is left of it."""
    names = [column.canonical for column in CONTRACT["tips"].columns]
    two = pa.table({name: pa.array([None, None], pa.string()) for name in names})
    write_json(folder / MANIFEST, {"tables": {"tips": {"rows": 4, "columns_present": []}}})
    (folder / "tips").mkdir()
    for part in parts:
        pq.write_table(two, folder / "tips" / f"{part}.parquet")


def test_a_table_of_which_a_part_is_lost_is_not_read_as_if_it_were_whole(tmp_path):
    with_parts(tmp_path, "a")
    with engine() as opened, pytest.raises(StateError, match="holds 2 rows, ingest wrote 4: a pa"):
        Claims(opened, tmp_path).table("tips")


def test_a_table_with_all_its_parts_is_read_and_a_damaged_one_refused(tmp_path):
    with_parts(tmp_path, "a", "b")
    with engine() as opened:
        claims = Claims(opened, tmp_path)
        assert opened.rows(claims.table("tips"), at_most=9).num_rows == 4
        (tmp_path / "tips" / "b.parquet").write_bytes(b"PAR1 nothing PAR1")
        with pytest.raises(StateError, match="tips cannot be read as parquet"):
            Claims(opened, tmp_path).table("tips")
