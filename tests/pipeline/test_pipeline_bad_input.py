"""Bad input ends in one clear line and an exit code, or in quarantine with counts."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from project import ROOT, run, set_params

from fraudml.artifacts import digest, read_json
from fraudml.cli import main

TABLES = {
    "providers": "provider_id,kind,level,region_code\nH1,hospital,3,330100\nH2,clinic,1,330200\n",
    "patients": "patient_id,birth_date,sex,scheme\nP1,1950-02-28,F,resident\n"
    "P2,1960-01-01,M,employee\n",
    "claims": "claim_id,patient_id,provider_id,visit_kind,admitted_on,discharged_on,settled_on,"
    "total_amount,fund_amount,patient_amount\n"
    "C1,P1,H1,inpatient,2024-01-01,2024-01-03,2024-01-04,100.5,80,20.50\n"
    "C2,P2,H2,outpatient,2024-02-01,2024-02-01,2024-02-01,7,5,2\n",
}
OWN_KEY = "7f" * 32
PARAMS, CONTRACT, STATE = 3, 4, 6


@dataclass
class Done:
    """How a command ended and what it said."""

    returncode: int
    stdout: str
    stderr: str


Command = Callable[..., Done]


@pytest.fixture(scope="module")
def ingested(tmp_path_factory) -> Path:
    """A project whose raw folder holds three small tables, ingested once."""
    folder = tmp_path_factory.mktemp("ingested")
    (folder / "params.yaml").write_text((ROOT / "params.yaml").read_text(encoding="utf-8"))
    set_params(folder, {"ingest": {"raw": "raw"}, "engine": {"memory_gb": 0.5, "threads": 1}})
    (folder / "raw").mkdir()
    for name, text in TABLES.items():
        (folder / "raw" / f"{name}.csv").write_text(text, encoding="utf-8")
    done = run(folder, "fraudml", "ingest", FRAUDML_KEY=OWN_KEY)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def project(ingested, tmp_path) -> Path:
    """A copy of that project to spoil."""
    return Path(shutil.copytree(ingested, tmp_path / "project"))


@pytest.fixture
def fraudml(monkeypatch, capsys) -> Command:
    """The command line's own entry point, in a project's folder."""

    def command(folder: Path, *words: str) -> Done:
        monkeypatch.chdir(folder)
        monkeypatch.setenv("FRAUDML_KEY", OWN_KEY)
        monkeypatch.setattr("sys.argv", ["fraudml", *words])
        with pytest.raises(SystemExit) as end:
            main()
        said = capsys.readouterr()
        return Done(int(end.value.code or 0), said.out, said.err)

    return command


def rewrite(name: str, old: str, new: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / "raw" / f"{name}.csv"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return change


def params_line(block: str, name: str, value: object) -> Callable[[Path], None]:
    return lambda folder: set_params(folder, {block: {name: value}})


def remove(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / "raw" / f"{name}.csv").unlink()


def without_raw(folder: Path) -> None:
    (folder / "raw").rename(folder / "elsewhere")


def empty_file(folder: Path) -> None:
    (folder / "raw" / "patients.csv").write_bytes(b"")


def header_alone(folder: Path) -> None:
    (folder / "raw" / "patients.csv").write_text(TABLES["patients"].splitlines()[0] + "\n")


def broken_parquet(folder: Path) -> None:
    (folder / "raw" / "claims.csv").unlink()
    (folder / "raw" / "claims.parquet").write_bytes(b"PAR1 this is no parquet PAR1")


def not_yaml(folder: Path) -> None:
    (folder / "params.yaml").write_text("time: [1, 2", encoding="utf-8")


def without_params(folder: Path) -> None:
    (folder / "params.yaml").unlink()


def without_a_block(folder: Path) -> None:
    path = folder / "params.yaml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    del content["leads"]
    path.write_text(yaml.safe_dump(content), encoding="utf-8")


BAD: dict[str, tuple[Callable[[Path], None], int, str]] = {
    "raw folder missing": (without_raw, CONTRACT, "set ingest.raw"),
    "required table missing": (remove("patients"), CONTRACT, "required table patients is missing"),
    "column missing": (rewrite("claims", "settled_on", "setled_on"), CONTRACT, "settled_on"),
    "column unknown": (rewrite("patients", ",sex,", ",gender,"), CONTRACT, "'gender'"),
    "empty file": (empty_file, CONTRACT, "patients.csv"),
    "header alone": (header_alone, CONTRACT, "patients"),
    "unreadable parquet": (broken_parquet, CONTRACT, "claims.parquet"),
    "unknown parameter": (params_line("ingest", "currancy", "CNY"), PARAMS, "currency?"),
    "parameter of wrong type": (params_line("train", "bags", "many"), PARAMS, "train.bags"),
    "date that is none": (params_line("time", "as_of", "2025-13-31"), PARAMS, "time.as_of"),
    "date without quotes' sense": (params_line("time", "as_of", 20251231), PARAMS, "time.as_of"),
    "block missing": (without_a_block, PARAMS, "leads is missing"),
    "params that are not YAML": (not_yaml, PARAMS, "not YAML"),
    "params missing": (without_params, PARAMS, "params.yaml is missing"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_ends_in_one_line_and_leaves_what_was_there(project, fraudml, case):
    spoil, code, words = BAD[case]
    kept = ("data/claims", "data/quarantine", "reports/metrics/ingest.json")
    before = {path: digest(project / path) for path in kept}
    spoil(project)
    done = fraudml(project, "ingest")
    assert done.returncode == code, done.stderr
    assert done.stderr.startswith("fraudml: ")
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert words in done.stderr
    assert {path: digest(project / path) for path in kept} == before
    assert not [*project.rglob(".aside-*")]


def test_the_installed_command_ends_the_same_way(project):
    without_raw(project)
    done = run(project, "fraudml", "ingest", FRAUDML_KEY=OWN_KEY)
    assert (done.returncode, len(done.stderr.splitlines())) == (CONTRACT, 1)
    assert done.stderr.startswith("fraudml: ")


def test_a_stage_without_its_inputs_says_what_to_run(project, fraudml):
    done = fraudml(project, "train")
    assert done.returncode == STATE
    assert done.stderr.startswith("fraudml: ")
    assert "dvc repro" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_no_message_tells_the_number_of_a_person(project, fraudml):
    rewrite("claims", "C1,P1", "C1,330106195002280042")(project)
    rewrite("claims", "100.5", "a lot")(project)
    done = fraudml(project, "ingest")
    assert "330106195002280042" not in done.stdout + done.stderr


SET_ASIDE = {
    "duplicate key": (rewrite("claims", "C2,", "C1,"), 2, "claims"),
    "unknown provider": (rewrite("claims", "P2,H2", "P2,H9"), 1, "claims"),
    "unknown patient": (rewrite("claims", "P2,H2", "P9,H2"), 1, "claims"),
    "amount that is no number": (rewrite("claims", ",7,", ",seven,"), 1, "claims"),
}


@pytest.mark.parametrize("case", SET_ASIDE)
def test_rows_that_break_the_contract_are_set_aside_and_counted(project, fraudml, case):
    spoil, rows, table = SET_ASIDE[case]
    rewrite("claims", "C1,P1", "C0,P1,H1,inpatient,2024-01-01,2024-01-03,2024-01-04,9,7,2\nC1,P1")(
        project
    )
    spoil(project)
    done = fraudml(project, "ingest")
    assert done.returncode == 0, done.stderr
    counted = read_json(project / "reports/metrics/ingest.json")["tables"][table]
    assert counted["rows_in"] == 3
    assert counted["accepted"] + counted["quarantined_rows"] == 3
    assert counted["quarantined_rows"] == rows, counted
    assert sum(counted["quarantined"].values()) >= rows
    assert f"{rows} quarantined" in done.stdout
