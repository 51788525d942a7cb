"""Every named fault of a cell alone in a small fund: every row accounted for."""

import pytest
from cell_faults import CELL_FAULTS
from spoilt import cases


@pytest.mark.parametrize("fault", cases(tuple(f for f in CELL_FAULTS if not f.refuse)))
def test_a_fault_of_a_cell_is_counted_and_no_row_is_lost(fault, accounts):
    accounts.are_whole(fault)
