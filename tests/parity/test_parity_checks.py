"""Every check of ingest, on every engine, says what a slow ingest in plain Python says."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fraudml.engine import Engine, open_engine
from ingest_fund import ENGINE, FUND, add_like_first, fund
from ingest_parity import assert_ingest_parity
from test_claims_ingest import BROKEN_ROWS, REVERSALS, SUSPICIOUS_ROWS
