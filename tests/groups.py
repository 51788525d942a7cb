"""The order in which groups of tests begin where several run side by side."""

# Groups that take longest, the longest first: begun last, one would be waited for by all.
LONGEST = (
    "spark",
    "complete",
    "tests/properties/test_monitor_leakage.py",
    "tests/benchmarks/test_typologies_floor.py",
    "tests/parity/test_parity_checks.py",
    "tests/pipeline/test_pipeline_leakage.py",
    "tests/parity/test_parity_features.py",
    "tests/faults/test_fault_cells.py",
    "tests/unit/test_claims_ingest.py",
    "tests/faults/test_fault_rows.py",
    "tests/properties/test_features_leakage.py",
    "tests/unit/test_claims_parts.py",
    "tests/spec/test_worlds_held_out.py",
    "tests/pipeline/test_pipeline_two_runs.py",
    "tests/spec/test_worlds_schemes.py",
    "tests/unit/test_claims_judge.py",
    "tests/unit/test_monitor_stage.py",
    "tests/unit/test_monitor_needs.py",
)
