"""Months that come in one after another: what was read is not read again, and nothing differs."""

import shutil
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import fraudml.claims.parts
from fraudml.claims.consequences import Consequences
from fraudml.errors import ContractError, ParamsError
from fraudml.stages.ingest import _sentences
from ingest_fund import FUND, Run, add_like_first, change, fund

MONTHS = ("claims/2024-01.csv", "claims/2024-02.csv")


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    return by_month(tmp_path)


def by_month(folder: Path) -> Path:
    """The fund with claims and lines as parts by month."""
    whole = fund(folder, *FUND)
    for name in ("claims", "claim_lines"):
        header, *rows = (whole / f"{name}.csv").read_text(encoding="utf-8").splitlines()
        (whole / name).mkdir()
        for month, claim in (("2024-01", "C1"), ("2024-02", "C2")):
            mine = [row for row in rows if row.startswith(claim)]
            (whole / name / f"{month}.csv").write_text("\n".join([header, *mine]) + "\n")
        (whole / f"{name}.csv").unlink()
    return whole


class Before(NamedTuple):
    """The first run of the fund, which many tests begin with: its parts, files and bytes."""

    parts: Path
    run: Run
    made: dict[str, bytes]


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Before:
    folder = tmp_path_factory.mktemp("first")
    run = Run(by_month(folder), parts=folder / "parts")
    return Before(folder / "parts", run, bytes_of(run))


@pytest.fixture
def parts(first: Before, tmp_path: Path) -> Path:
    """A copy of the parts that the first run made."""
    return Path(shutil.copytree(first.parts, tmp_path / "parts"))


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that were read, in order."""
    seen: list[str] = []
    open_file = fraudml.claims.parts.open_file

    def noting(table, source, *more, **others):
        seen.append(source.shown)
        return open_file(table, source, *more, **others)

    monkeypatch.setattr(fraudml.claims.parts, "open_file", noting)
    return seen


def bytes_of(run: Run) -> dict[str, bytes]:
    return {
        f"{folder.name}/{path.relative_to(folder)}": path.read_bytes()
        for folder in (run.claims, run.aside)
        for path in sorted(folder.rglob("*.*"))
    }


def test_a_second_run_reads_no_file_again_and_gives_the_same_bytes(raw, tmp_path, reads):
    first = bytes_of(Run(raw, parts=tmp_path / "parts"))
    assert set(MONTHS) <= set(reads)
    reads.clear()
    assert bytes_of(Run(raw, parts=tmp_path / "parts")) == first
    assert reads == []


def test_a_new_month_alone_is_read_and_the_result_is_that_of_a_full_run(raw, tmp_path, reads):
    held = {}
    for name in ("claims", "claim_lines"):
        path = raw / name / "2024-02.csv"
        held[path] = path.read_bytes()
        path.unlink()
    one = Run(raw, parts=tmp_path / "parts")
    january = one.files("claims")[0].read_bytes()
    assert len(one.files("claims")) == 1
    for path, content in held.items():
        path.write_bytes(content)
    reads.clear()
    two = Run(raw, parts=tmp_path / "parts")
    assert sorted(reads) == ["claim_lines/2024-02.csv", "claims/2024-02.csv"]
    assert january in [path.read_bytes() for path in two.files("claims")]
    after = bytes_of(two)
    assert bytes_of(Run(raw)) == after


def test_a_changed_month_is_read_again_and_the_result_is_that_of_a_full_run(raw, parts, reads):
    path = raw / "claims" / "2024-01.csv"
    path.write_text(path.read_text().replace("100.5,80", "100.5,81"))
    after = Run(raw, parts=parts)
    assert reads == ["claims/2024-01.csv"]
    assert after.warnings("claims") == {"total_is_not_fund_plus_patient:claims": 1}
    made = bytes_of(after)
    assert bytes_of(Run(raw)) == made


def test_a_row_that_came_before_in_another_month_is_set_aside_in_the_later_one(raw, tmp_path):
    january = raw / "claims" / "2024-01.csv"
    february = raw / "claims" / "2024-02.csv"
    february.write_text(february.read_text() + january.read_text().splitlines()[1] + "\n")
    run = Run(raw, parts=tmp_path / "parts")
    assert run.rules("claims") == {"duplicate_row:claims": 1}
    [row] = run.refused("claims")
    assert (row["source_file"], row["row_number"]) == ("claims/2024-02.csv", 2)
    assert row["detail"].startswith("claim_id=C1; patient_id=pt_")
    made = bytes_of(run)
    assert bytes_of(Run(raw)) == made


def test_a_month_that_unmasks_an_earlier_row_takes_it_out_of_the_earlier_part(raw, parts, first):
    """A later month may disagree with an earlier one: then neither row is trusted."""
    kept = {path.name for path in first.run.files("claims")}
    february = raw / "claims" / "2024-02.csv"
    disagrees = (raw / "claims" / "2024-01.csv").read_text().splitlines()[1].replace(",80,", ",79,")
    february.write_text(february.read_text() + disagrees + "\n")
    after = Run(raw, parts=parts)
    assert after.rules("claims") == {"duplicate_key:claims": 2}
    assert after.rules("claim_lines") == {"parent_quarantined": 2}
    assert not kept & {path.name for path in after.files("claims")}
    made = bytes_of(after)
    assert bytes_of(Run(raw)) == made


def test_parts_that_left_the_folder_are_forgotten(raw, parts):
    many = len(list(parts.iterdir()))
    for name in ("claims", "claim_lines"):
        (raw / name / "2024-02.csv").unlink()
    Run(raw, parts=parts)
    assert len(list(parts.iterdir())) == many - 2


def test_another_setting_of_a_rule_makes_its_table_anew_and_no_other(raw, parts, reads):
    Run(raw, parts=parts, rules={"type:patients.birth_date": "warn"})
    assert reads == ["patients.csv"]


def test_a_damaged_remainder_of_a_killed_run_is_made_anew(raw, tmp_path):
    made = bytes_of(Run(raw))
    first = Run(raw, parts=tmp_path / "parts")
    assert bytes_of(first) == made
    for entry in (tmp_path / "parts").iterdir():
        (entry / "facts.json").unlink(missing_ok=True)
    assert bytes_of(Run(raw, parts=tmp_path / "parts")) == made


@pytest.mark.parametrize("file", ["facts.json", "typed.parquet", "refused.parquet"])
@pytest.mark.parametrize("how", [lambda p: p.unlink(), lambda p: p.write_text("{")])
def test_a_part_of_which_something_is_lost_or_damaged_is_made_anew(raw, parts, first, file, how):
    for entry in parts.iterdir():
        how(entry / file)
    assert bytes_of(Run(raw, parts=parts)) == first.made


def test_what_somebody_changes_in_an_accepted_table_does_not_come_back(raw, tmp_path):
    """The accepted part is a link to the one that is kept; rows and footer are sound."""
    run = Run(raw, parts=tmp_path / "parts")
    made = bytes_of(run)
    part = run.files("claims")[0]
    table = pq.read_table(part)
    place = table.column_names.index("fund_amount_fen")
    pq.write_table(table.set_column(place, "fund_amount_fen", pa.array([1] * len(table))), part)
    assert bytes_of(Run(raw, parts=tmp_path / "parts")) == made


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    return fund(tmp_path, *FUND)


def test_a_cell_that_only_warns_is_null_and_its_row_stays(plain):
    add_like_first(plain, "patients", patient_id="P9", birth_date="1950-02-29")
    run = Run(plain, rules={"type:patients.birth_date": "warn"})
    assert run.report["quarantined_rows"] == 0
    assert run.warnings("patients") == {"type:patients.birth_date": 1}
    assert [row["birth_date"] for row in run.rows("patients")][-1] is None


def test_a_family_of_rules_is_set_at_once_and_a_single_rule_wins_over_it(plain):
    add_like_first(plain, "patients", patient_id="P9", birth_date="1950-02-29")
    rules = {"type": "refuse", "type:patients.birth_date": "quarantine"}
    assert Run(plain, rules=rules).rules("patients") == {"type:patients.birth_date": 1}
    with pytest.raises(ContractError, match=r"break type:patients.birth_date, first at row 3"):
        Run(plain, rules={"type": "refuse"})


def test_what_a_family_setting_does_not_reach_is_said_beside_the_rows_it_left_aside(plain):
    add_like_first(plain, "patients", patient_id="P9", birth_date="1950-02-29")
    add_like_first(plain, "claims", claim_id="X1", admitted_on="2024-02-30")
    rules = {"type": "warn", "type:claims.settled_on": "refuse"}
    run = Run(plain, rules=rules)
    assert run.warnings("patients") == {"type:patients.birth_date": 1}
    assert run.rules("claims") == {"type:claims.admitted_on": 1}
    chosen = Consequences(rules)
    said = "\n".join(_sentences(run.report, chosen))
    assert "ingest.rules: type: warn does not reach" in said
    assert "cannot be read, keyed or joined; use quarantine or refuse." in said
    beyond = "(beyond type: warn of ingest.rules)"
    assert f"1 quarantined by type:claims.admitted_on {beyond}" in said
    assert said.count(beyond) == 1
    assert chosen.misses("type:claims.settled_on") is None
    assert not Consequences({"decimals": "warn", "decimals:claims.total_amount": "refuse"}).misses(
        "decimals:claims.total_amount"
    )


def test_a_warning_may_be_made_to_refuse_or_to_set_aside(plain):
    add_like_first(plain, "claims", claim_id="X1", total_amount="101")
    rule = "total_is_not_fund_plus_patient:claims"
    run = Run(plain, rules={rule: "quarantine"})
    assert run.rules("claims") == {rule: 1}
    assert run.refused("claims")[0]["detail"].startswith("claim_id=X1")
    with pytest.raises(ContractError, match=f"claims.csv: 1 rows break {rule}, first at row 3"):
        Run(plain, rules={rule: "refuse"})


def test_a_claim_set_aside_for_its_lines_takes_them_along(plain):
    change(plain, "claim_lines", "97.50,97.50", "97.50,97.40")
    run = Run(plain, rules={"lines_do_not_add_up": "quarantine"})
    assert run.rules("claims") == {"lines_do_not_add_up:claims": 1}
    assert run.rules("claim_lines") == {"parent_quarantined": 2}


def test_a_rounded_id_may_be_set_aside_instead_of_refusing_the_folder(plain):
    change(plain, "claims", "C2,P2", "C2,3.30101E+17")
    run = Run(plain, rules={"rounded": "quarantine"})
    assert run.rules("claims") == {"rounded:claims.patient_id": 1}
    assert "3.30101E+17" not in run.refused("claims")[0]["detail"]


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        ({"sex_conflikt:claim_lines": "warn"}, "did you mean sex_conflict:claim_lines"),
        ({"sex_conflict:claim_lines": "quarantine"}, "evidence and are never set aside"),
        ({"service_after_death": "quarantine"}, "evidence and are never set aside"),
        ({"missing:claims.claim_id": "warn"}, "cannot be read, keyed or joined"),
        ({"unknown": "warn"}, "cannot be read, keyed or joined"),
        ({"parent_quarantined": "warn"}, "a row follows the one it belongs to"),
    ],
)
def test_a_consequence_that_cannot_be_is_refused_with_the_reason(plain, rules, says):
    with pytest.raises(ParamsError, match=says):
        Run(plain, rules=rules)


def test_without_links_between_files_the_parts_are_copied(raw, monkeypatch):
    made = bytes_of(Run(raw))

    def refuse(*_):
        raise OSError("no links here")

    monkeypatch.setattr("os.link", refuse)
    assert bytes_of(Run(raw)) == made
    shutil.rmtree(raw.parent / "claims1")
