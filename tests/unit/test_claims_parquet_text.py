"""What a parquet cell may hold, and what is said of one that may not."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fraudml.claims.parquet_text import parquet_batches
from fraudml.claims.schema import CONTRACT
from fraudml.claims.sources import Source
from fraudml.errors import ContractError

NOT_UTF8 = pa.Array.from_buffers(
    pa.string(), 1, [None, pa.py_buffer(b"\0\0\0\0\2\0\0\0"), pa.py_buffer(b"\xff\xfe")]
)
BAD = {
    "bytes that are no text": ("provider_id", NOT_UTF8, "provider_id holds cells that cannot"),
    "lists of lists": ("provider_id", pa.array([[["H1"]]]), "provider_id is a list, where one"),
    "binary": ("provider_id", pa.array([b"H1"]), "provider_id is binary"),
    "a number with a point": ("provider_id", pa.array([1.5]), "cannot keep an id"),
    "a record": ("provider_id", pa.array([{"a": 1}]), "provider_id is nested"),
    "a time with a zone": (
        "contracted_from", pa.array([0], pa.timestamp("s", tz="UTC")), "a time with a zone"
    ),
}  # fmt: skip


def batches(path: Path) -> list[dict[str, object]]:
    source = Source(path, path.name, ".parquet")
    read = parquet_batches(CONTRACT["providers"], source)
    return [row for _, batch in read for row in batch.to_pylist()]


@pytest.mark.parametrize("case", BAD)
def test_a_column_that_is_no_text_is_refused_by_its_name_in_one_line(tmp_path, case):
    name, cells, words = BAD[case]
    pq.write_table(pa.table({name: cells}), tmp_path / "t.parquet")
    with pytest.raises(ContractError, match=words) as refusal:
        batches(tmp_path / "t.parquet")
    assert str(refusal.value).startswith("t.parquet: ")
    assert len(str(refusal.value).splitlines()) == 1


@pytest.mark.parametrize("kept", [0, 4, 100, 400])
def test_a_truncated_file_is_refused_by_its_name(tmp_path, kept):
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"provider_id": ["H1"] * 100}), path)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(ContractError, match=r"t\.parquet: not a readable parquet file"):
        batches(path)
