"""Every named fault of a raw folder alone in a small fund: refused in one line."""

import logging
import re
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from fault import EVERY_PERSON, PLANTED, make_fund
from spoilt import FAULTS, Spoilt, cases, told

from fraudml.cli import main
from fraudml.errors import ContractError

LONGEST_LINE = 1_000  # characters that anybody reads


@pytest.mark.parametrize("fault", cases(tuple(f for f in FAULTS if f.refuse)))
def test_a_fault_of_the_folder_is_refused_in_one_line(fault, tmp_path, capfd, caplog, sound):
    caplog.set_level(logging.DEBUG)
    spoilt = Spoilt(fault, tmp_path, sound[fault.tables])
    with pytest.raises(ContractError) as refusal:
        spoilt.run()
    said = str(refusal.value)
    assert fault.refuse in said
    assert said.isprintable()
    assert len(said) <= LONGEST_LINE
    spoilt.nothing_else_was_touched()
    spoilt.nobody_is_named(said, *capfd.readouterr(), caplog.text)


def test_there_are_enough_faults_and_no_two_of_one_name():
    assert len(FAULTS) >= 80
    assert [n for n, times in Counter(f.name for f in FAULTS).items() if times > 1] == []


def test_the_search_for_persons_finds_one_in_a_cell_a_text_and_a_name(tmp_path):
    for name in ("cell", "text", "name"):
        (tmp_path / name).mkdir()
    assert EVERY_PERSON not in told(tmp_path)
    pq.write_table(pa.table({"x": [[PLANTED]]}), tmp_path / "cell" / "a.parquet")
    (tmp_path / "text" / "a.json").write_text(PLANTED)
    (tmp_path / "name" / PLANTED).touch()
    assert all(EVERY_PERSON in told(tmp_path / name) for name in ("cell", "text", "name"))


ROOT = Path(__file__).parents[2]
ON_THE_COMMAND_LINE = (
    "a gzip file cut off",
    "a parquet footer overwritten",
    "a column twice",
    "a rounded id of a person",
    "a field too many",
    "a person twice who disagree",
    "a quantity of nearly ten milliards",
    "an unreadable row over several lines",
)


@pytest.mark.parametrize("name", ON_THE_COMMAND_LINE)
def test_the_command_ends_with_one_line_or_with_counts(name, tmp_path, monkeypatch, capfd, caplog):
    caplog.set_level(logging.DEBUG)
    [fault] = [one for one in FAULTS if one.name == name]
    fault.spoil(make_fund(tmp_path, fault.tables))
    params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    params["ingest"]["raw"] = "raw"
    params["engine"] |= {"memory_gb": 0.5, "threads": 1}
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(params, allow_unicode=True))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FRAUDML_KEY", "7f" * 32)
    monkeypatch.setattr("sys.argv", ["fraudml", "ingest"])
    with pytest.raises(SystemExit) as end:
        main()
    out, err = capfd.readouterr()
    assert EVERY_PERSON not in out + err + caplog.text
    if fault.refuse:
        assert end.value.code == ContractError.exit_code
        assert err.startswith("fraudml: ") and fault.refuse in err
        assert len(err.splitlines()) == 1 and out == ""
        assert not (tmp_path / "data" / "claims").exists()
        return
    assert (end.value.code or 0) == 0
    assert err == ""
    for table, rules in fault.quarantine.items():
        aside = fault.rows_aside.get(table, sum(rules.values()))
        assert re.search(
            rf"^{table}: \d+ rows in = \d+ accepted \+ {aside} quarantined$", out, re.M
        )
        assert all(f"  {rows} quarantined by {rule}\n" in out for rule, rows in rules.items())
