"""Nothing known after the as-of date moves a byte of features, peers or labels."""

from datetime import date
from pathlib import Path

import ibis
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from feature_fund import generated_fund
from feature_fund_later import changed_after
from feature_runs import build_folder, engine
from fraudml.artifacts import digest
from fraudml.claims.accepted import Claims
from fraudml.entities import PROVIDER
from fraudml.features.bases import Bases
from fraudml.features.build import make_grain
from fraudml.features.entry import Writer
from fraudml.features.families import FAMILIES, Family
from fraudml.outcomes.labels import build_labels
from fraudml.params import LabelsParams
from rule_counts_fund import generated_counts
from tables import write_claims

AS_OF = date(2024, 3, 31)
EARLIER = date(2023, 12, 31)
COUNTS = generated_counts(7, EARLIER, AS_OF)
FILES = [f"{part}{grain}.parquet" for part in ("", "peers/")
         for grain in ("provider", "practitioner", "patient")]  # fmt: skip

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def fund(tmp_path_factory) -> Path:
    return write_claims(tmp_path_factory.mktemp("fund") / "claims", generated_fund(7))


@pytest.fixture(scope="module")
def changed(tmp_path_factory) -> Path:
    tables = changed_after(generated_fund(7), AS_OF, seed=11)
    return write_claims(tmp_path_factory.mktemp("changed") / "claims", tables)


@pytest.fixture(scope="module")
def features(fund, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("features")
    build_folder(fund, out, EARLIER, AS_OF, counts=COUNTS)
    return out


def test_changing_what_is_known_later_changes_no_byte_of_features_or_peers(
    features, changed, tmp_path
):
    build_folder(changed, tmp_path, EARLIER, AS_OF, counts=COUNTS)
    assert {f: digest(tmp_path / f) for f in FILES} == {f: digest(features / f) for f in FILES}


def test_changing_what_is_known_later_changes_no_label(fund, changed):
    params = LabelsParams(horizon_days=365)
    with engine() as opened:
        before = build_labels(opened, Claims(opened, fund), (EARLIER, AS_OF), params)
        after = build_labels(opened, Claims(opened, changed), (EARLIER, AS_OF), params)
    assert len(before) > 10
    assert before.equals(after)


def test_a_feature_made_to_leak_on_purpose_is_caught(fund, changed, tmp_path, monkeypatch):
    def leaky(bases: Bases) -> ibis.Table:
        return bases.claim_once.cross_join(bases.dates)

    monkeypatch.setitem(FAMILIES, "leaky", Family("leaky", leaky))
    leak = Writer("provider", "leaky")("claims_ever_count", ("a", "b"), lambda t: t.count())
    with engine() as opened:
        for name, folder in (("fund", fund), ("changed", changed)):
            bases = Bases(opened, Claims(opened, folder), (AS_OF,))
            make_grain(bases, PROVIDER, (leak,), tmp_path / name)
    assert digest(tmp_path / "fund") != digest(tmp_path / "changed")


def test_all_dates_at_once_say_what_each_date_alone_says(fund, features, tmp_path):
    build_folder(fund, tmp_path, AS_OF, counts=generated_counts(7, AS_OF))
    for file in FILES:
        together = pq.read_table(features / file)
        at_one = together.filter(pc.equal(together["as_of"], pa.scalar(AS_OF)))
        assert at_one.to_pydict() == pq.read_table(tmp_path / file).to_pydict(), file


def test_the_number_of_threads_changes_no_byte(fund, features, tmp_path):
    split = tmp_path / "claims"
    split.mkdir()
    for path in fund.iterdir():
        if path.suffix == ".parquet":  # many row groups, so that threads really share the work
            pq.write_table(pq.read_table(path), split / path.name, row_group_size=100)
        else:
            (split / path.name).write_bytes(path.read_bytes())
    build_folder(split, tmp_path / "out", EARLIER, AS_OF, threads=4, counts=COUNTS)
    same = {f: digest(tmp_path / "out" / f) == digest(features / f) for f in FILES}
    assert same == dict.fromkeys(FILES, True)


def test_the_generated_fund_gives_every_feature_a_value_that_varies(features):
    silent = []
    for grain in ("provider", "practitioner", "patient"):
        table = pq.read_table(features / f"{grain}.parquet")
        silent += [
            f"{grain}.{name}"
            for name in table.column_names[2:]
            if len(set(table[name].to_pylist()) - {None}) < 2
        ]
    assert silent == []
