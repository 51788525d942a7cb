"""Every named fault of a file's form or of rows alone in a small fund: every row accounted for."""

import pytest
from file_faults import FILE_FAULTS
from row_faults import ROW_FAULTS
from spoilt import cases

FAULTS = (*FILE_FAULTS, *ROW_FAULTS)


@pytest.mark.parametrize("fault", cases(tuple(f for f in FAULTS if not f.refuse)))
def test_a_fault_of_rows_is_counted_and_no_row_is_lost(fault, accounts):
    accounts.are_whole(fault)
