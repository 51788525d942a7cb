"""Ids whose leading zeros a spreadsheet cut off are told from ids that nobody has."""

import pytest

from fraudml.claims.consequences import Consequences
from fraudml.errors import ContractError
from fraudml.stages.ingest import _sentences
from ingest_fund import Run, add_like_first, change, fund

HINT = "would be known by their provider_id with leading zeros, which a spreadsheet cuts off"


@pytest.fixture
def raw(tmp_path):
    """The second provider is called 007, its claim names it 7."""
    folder = fund(tmp_path, "providers", "patients", "items", "claims", "claim_lines")
    change(folder, "providers", "H2", "007")
    change(folder, "claims", "H2", "7")
    return folder


def test_rows_that_would_be_known_with_their_zeros_are_counted_and_told(raw):
    add_like_first(raw, "claims", claim_id="C8", provider_id="8")
    report = Run(raw).report
    one = report["tables"]["claims"]
    assert one["quarantined"] == {"unknown:claims.provider_id": 2}
    assert one["lost_zeros"] == {"provider_id": 1}
    said = [each.strip() for each in _sentences(report, Consequences()) if HINT in each]
    assert said[0].startswith("1 rows")
    assert report["tables"]["claim_lines"]["lost_zeros"] == {}  # they follow their claim


def test_zeros_too_many_are_the_same_slip_and_codes_of_the_catalogue_lose_them_too(raw):
    change(raw, "claims", ",7,", ",0007,")
    change(raw, "items", "I1", "0101")
    for _ in range(2):
        change(raw, "claim_lines", "I1", "101")
    tables = Run(raw).report["tables"]
    assert tables["claims"]["lost_zeros"] == {"provider_id": 1}
    assert tables["claim_lines"]["warnings"]["unknown_item:claim_lines"] == 1
    assert tables["claim_lines"]["lost_zeros"] == {"item_code": 2}  # of one the claim is set aside


def test_where_no_row_is_left_the_refusal_says_it(raw):
    change(raw, "providers", "H1", "0012")
    change(raw, "claims", "H1", "12")
    with pytest.raises(ContractError, match=f"none of its 2 rows .* 2 rows {HINT}"):
        Run(raw)
