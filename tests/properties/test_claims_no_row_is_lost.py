"""Whatever the rows say, each is accepted or set aside, and none twice."""

from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fraudml.claims.ingest import ingest
from fraudml.claims.pseudonyms import PseudonymKey
from fraudml.engine import open_engine
from fraudml.params import EngineParams, IngestParams

KEY = PseudonymKey(b"k" * 32)
HEADER = (
    "claim_id,patient_id,provider_id,visit_kind,admitted_on,discharged_on,settled_on,"
    "total_amount,fund_amount,patient_amount"
)
SOUND = ("C1", "P1", "H1", "inpatient", "2024-01-01", "2024-01-02", "2024-01-03", "3", "2", "1")
CELLS = st.one_of(
    st.sampled_from(["", "C1", "C2", "P1", "P2", "H1", "H9", "inpatient", "2024-01-01", "7.25"]),
    st.text(alphabet="aé医 0-:.|'\t\U0001f3e5", max_size=6),
)
ROWS = st.lists(
    st.one_of(
        st.tuples(*(st.one_of(st.just(cell), CELLS) for cell in SOUND)),
        st.lists(CELLS, min_size=2, max_size=14).map(tuple),
    ),
    max_size=25,
)


def _quoted(row: tuple[str, ...]) -> str:
    return ",".join(f'"{cell}"' if "\t" in cell else cell for cell in row)


@pytest.mark.slow
@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(rows=ROWS)
def test_rows_in_are_rows_accepted_and_rows_set_aside(rows):
    with TemporaryDirectory() as name:
        raw = Path(name) / "raw"
        raw.mkdir()
        (raw / "providers.csv").write_text("provider_id\nH1\n")
        (raw / "patients.csv").write_text("patient_id\nP1\nP2\n")
        kept = ",".join(("SURE", *SOUND[1:]))
        lines = [HEADER, *(_quoted(row) for row in rows), kept]
        (raw / "claims.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        params = IngestParams(raw=str(raw), unknown_columns="refuse", currency="CNY", rules={})
        with open_engine(EngineParams(kind="duckdb", memory_gb=0.5, threads=1)) as engine:
            ingest(engine, params, KEY, raw.parent / "claims", raw.parent / "aside")
        accepted = pq.read_table(raw.parent / "claims" / "claims")
        aside = pq.read_table(raw.parent / "aside" / "claims.parquet")
    assert len(accepted) + len(aside) == len(rows) + 1
    assert len(set(accepted["claim_id"].to_pylist())) == len(accepted)
    numbers = Counter(aside["row_number"].to_pylist())
    assert set(numbers.values()) <= {1}
    assert set(numbers) <= set(range(1, len(rows) + 1))
    assert all(rules for rules in aside["rules"].to_pylist())
    expected = {n for n, row in enumerate(rows, start=1) if len(row) != len(SOUND)}
    lost = {
        n for n, r in zip(numbers, aside["rules"].to_pylist(), strict=True) if "fields:claims" in r
    }
    assert lost == expected
