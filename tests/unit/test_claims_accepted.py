"""Later stages find every table as ingest writes it, or one sentence that says it is not."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from feature_runs import engine
from fraudml.artifacts import write_json
from fraudml.claims.accepted import MANIFEST, Claims
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
