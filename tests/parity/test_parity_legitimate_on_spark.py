"""What claims say of legitimate explanations: equal on DuckDB and on Spark."""

import pytest
from engines import opened

from fraudml.claims.accepted import Claims
from fraudml.leads.legitimate.catalogue import answers
from legitimate_fund import AS_OF, HOLDS, NEARLY, legitimate_fund

ASKED = (
    ("provider", sorted(set().union(*HOLDS.values(), *NEARLY.values()))),
    ("practitioner", ["dE1", "dG1", "dS1"]),
    ("patient", ["S1p", "S2p", "G1g0"]),
)


@pytest.mark.slow
def test_every_answer_is_the_same_on_spark(spark, tmp_path):
    folder, made = legitimate_fund(tmp_path / "claims"), {}
    for kind in ("duckdb", "spark"):
        with opened(kind) as engine:
            claims = Claims(engine, folder)
            made[kind] = {
                grain: answers(engine, claims, ids, grain=grain, as_of=AS_OF)
                for grain, ids in ASKED
            }
    assert made["spark"] == made["duckdb"]
    assert made["duckdb"]["provider"]["E1"]["epidemic"].holds
