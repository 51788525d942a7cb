"""The verifier accepts the real draw, on any Python, and names what was tampered with."""

import ast
import json
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from fraudml.errors import DrawError
from fraudml.inspections import verify_draw
from fraudml.inspections.draw import make_draw
from fraudml.inspections.frame import Unit
from fraudml.params import DrawParams


@pytest.fixture
def folder(tmp_path):
    kinds = ["hospital", "clinic", "pharmacy"]
    units = [
        Unit(f"P{i:03d}", f"1101{i % 4:02d}", kinds[i % 3], 1, True, i * 9_000_000)
        for i in range(50)
    ]
    params = DrawParams(providers=6, floor=0.1, public_value="03 08 14")
    make_draw(units, params, date(2025, 12, 31), tmp_path)
    return tmp_path


def run(folder: Path, *more: Path, python: str = sys.executable):
    command = [python, str(folder / "verify_draw.py"), str(folder), *map(str, more)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.returncode, done.stdout


def change(folder: Path, name: str, edit) -> None:
    content = json.loads((folder / name).read_text())
    edit(content)
    (folder / name).write_text(json.dumps(content))


def edit_leaf(position: int, value):
    def edit(frame):
        leaf = json.loads(frame["leaves"][20])
        leaf[position] = value
        frame["leaves"][20] = verify_draw.line_of(leaf)

    return edit


def undrawn(plan) -> int:
    return next(i for i in range(50) if i not in {u["index"] for u in plan["units"]})


def swap_a_unit(plan):
    plan["units"][0] |= {"index": undrawn(plan), "provider_id": "P999"}


def drop_and_count_less(plan):
    plan["units"].pop()


def move_a_count(blocks):
    """From one block to another, both within their bounds."""
    loose = [b for b in blocks if b["expected_between"][0] < b["expected_between"][1]]
    most = next(b for b in loose if b["drawn"] == b["expected_between"][1])
    least = next(b for b in loose if b["drawn"] == b["expected_between"][0])
    most["drawn"], least["drawn"] = most["drawn"] - 1, least["drawn"] + 1


def surely_visited(frame):
    for n in range(10):
        leaf = json.loads(frame["leaves"][n])
        leaf[6] = True
        frame["leaves"][n] = verify_draw.line_of(leaf)


def a_unit_twice(plan):
    """The same leaf at two places: what a frame with a provider in it twice would show."""
    first = plan["units"][0]
    plan["units"][1] = first | {"index": first["index"] + 1}


PUBLIC = {
    "a provider twice": ("plan.json", a_unit_twice, "a provider is drawn twice"),
    "a shorter salt": ("plan.json", lambda p: p["units"][0].update(salt="00"), "not 32 bytes"),
    "fewer than asked": ("commitment.json", lambda c: c.update(asked=9), "neither the number"),
    "a form after the value": (
        "commitment.json",
        lambda c: c.update(public_form="## ## ##!"),
        "not written as committed to",
    ),
    "a form that is no form": (
        "commitment.json",
        lambda c: c.update(public_form="03 08 14"),
        "still to come",
    ),
    "public value": ("plan.json", lambda p: p.update(public_value="03 08 15"), "seed"),
    "seed": ("plan.json", lambda p: p.update(seed="0" * 64), "seed"),
    "root of the plan": ("plan.json", lambda p: p.update(merkle_root="0" * 64), "merkle_root"),
    "as-of date": ("plan.json", lambda p: p.update(as_of="2025-09-30"), "as_of"),
    "dropped unit": ("plan.json", drop_and_count_less, "not 6 different units"),
    "added unit": ("plan.json", lambda p: p["units"].append(p["units"][0]), "not 6 different"),
    "swapped unit": ("plan.json", swap_a_unit, "unit 'P999' does not belong"),
    "leaf": (
        "plan.json",
        lambda p: p["units"][0].update(leaf=p["units"][0]["leaf"].replace("true", "false")),
        "does not belong",
    ),
    "path": ("plan.json", lambda p: p["units"][0]["path"].reverse(), "does not belong"),
    "short path": ("plan.json", lambda p: p["units"][0]["path"].pop(), "does not belong"),
    "salt": ("plan.json", lambda p: p["units"][0].update(salt="00" * 32), "does not belong"),
    "chance of a unit": ("plan.json", lambda p: p["units"][0].update(chance=1), "the chance of"),
    "block count": ("plan.json", lambda p: p["blocks"][0].update(drawn=9), "out of its bounds"),
    "state": ("plan.json", lambda p: p.update(state="drawn\nAGREES"), "the state is not 'drawn'"),
    "order of units": ("plan.json", lambda p: p["units"].reverse(), "listed in order"),
    "a drawn unit counted in another block": (
        "plan.json",
        lambda p: move_a_count(p["blocks"]),
        "do not count the units",
    ),
    "no blocks": ("plan.json", lambda p: p.update(blocks=[]), "do not count the units"),
    "a block twice": (
        "plan.json",
        lambda p: p["blocks"].append(p["blocks"][0]),
        "do not count the units",
    ),
    "units of a block": (
        "plan.json",
        lambda p: p["blocks"][0].update(units=99),
        "do not hold all units",
    ),
    "undrawn again": ("plan.json", lambda p: p.update(public_value=""), "without a public value"),
    "root": ("commitment.json", lambda c: c.update(merkle_root="0" * 64), "merkle_root"),
    "number": ("commitment.json", lambda c: c.update(to_draw=5), "not 5 different units"),
    "size": ("commitment.json", lambda c: c.update(units=400), "does not belong"),
    "version": ("commitment.json", lambda c: c.update(version="2"), "version"),
    "a list for a number": ("plan.json", lambda p: p.update(units=3), "not as the draw writes"),
    "a missing key": ("plan.json", lambda p: p.pop("seed"), "not as the draw writes"),
}

FRAME = {
    "risk": (edit_leaf(5, 1_000_000), "chances do not follow"),
    "chance": (edit_leaf(7, 1_000_000), "chances do not follow"),
    "region": (edit_leaf(1, "110199"), "frame_digest"),
    "name": (edit_leaf(0, "P019a"), "merkle_root"),
    "order": (lambda f: f["leaves"].reverse(), "not in order"),
    "dropped unit": (lambda f: f["leaves"].pop(20), "units is not"),
    "added unit": (lambda f: f["leaves"].append(f["leaves"][-1]), "each once"),
    "salt key": (lambda f: f.update(salt_key="00" * 32), "merkle_root"),
    "a risk that is no whole number": (edit_leaf(5, float("inf")), "not whole billionths"),
}


def test_the_real_draw_agrees_in_public_and_when_computed_again(folder):
    assert run(folder)[0] == 0
    assert "computed again" in run(folder)[1]
    (folder / "frame.json").unlink()
    code, said = run(folder)
    assert code == 0
    assert "public check only" in said


@pytest.mark.parametrize("what", PUBLIC)
def test_anyone_can_see_a_change_of_what_was_published(folder, what):
    name, edit, said = PUBLIC[what]
    (folder / "frame.json").unlink()
    change(folder, name, edit)
    faults = verify_draw.faults_of(folder)
    assert any(said in fault for fault in faults), faults


@pytest.mark.parametrize("what", FRAME)
def test_the_auditor_can_see_a_change_of_the_frame(folder, what):
    edit, said = FRAME[what]
    change(folder, "frame.json", edit)
    faults = verify_draw.faults_of(folder)
    assert any(said in fault for fault in faults), faults


@pytest.mark.parametrize("name", ["asked", "floor", "algorithm", "certain", "chances_digest"])
def test_the_auditor_can_see_a_change_of_the_terms(folder, name):
    change(folder, "commitment.json", lambda c: c.update({name: "1/5" if name == "floor" else 7}))
    assert verify_draw.faults_of(folder)


def test_the_auditor_sees_a_forged_draw_that_holds_together_in_public(folder):
    """Another member of the frame, with its true leaf, salt and path, in place of a drawn one."""
    frame = json.loads((folder / "frame.json").read_text())
    leaves = [json.loads(leaf) for leaf in frame["leaves"]]
    key = bytes.fromhex(frame["salt_key"])
    plan = json.loads((folder / "plan.json").read_text())
    block = plan["units"][0]["index"]
    same = next(
        i
        for i in range(50)
        if leaves[i][1:3] == leaves[block][1:3] and i not in {u["index"] for u in plan["units"]}
    )
    plan["units"][0] = verify_draw._drawn_units(leaves, key, [same])[0]
    plan["units"].sort(key=lambda unit: unit["index"])
    (folder / "plan.json").write_text(json.dumps(plan))
    assert "plan.json: units is not what the frame gives." in verify_draw.faults_of(folder)
    (folder / "frame.json").unlink()
    assert verify_draw.faults_of(folder) == []


def test_a_commitment_other_than_the_published_one_is_named(folder, tmp_path_factory):
    published = tmp_path_factory.mktemp("public") / "commitment.json"
    shutil.copy(folder / "commitment.json", published)
    assert run(folder, published)[0] == 0
    change(published.parent, "commitment.json", lambda c: c.update(merkle_root="0" * 64))
    code, said = run(folder, published)
    assert code == 1
    assert "not the one that was published" in said


def test_what_was_not_compared_with_the_published_commitment_is_said(folder):
    assert "NOT CHECKED: whether this is the commitment that was published" in run(folder)[1]
    assert "未核对" in run(folder)[1]
    said = run(folder, folder / "commitment.json")[1]
    assert "NOT CHECKED" not in said
    assert "equals the published copy given" in said


def test_the_reader_is_told_to_compare_the_value_and_that_its_spelling_was_free(folder):
    said = run(folder)[1]
    assert "Compare with its source" in said and "'03 08 14'" in said
    assert "NOT COMMITTED: how the public value is written" in said and "未承诺" in said


def test_a_value_written_as_was_committed_to_leaves_no_choice(folder):
    units = [Unit(f"P{i}", "110101", "clinic", 1, True, i * 9_000_000) for i in range(20)]
    form, value = "lottery: ## ## ##", "lottery: 03 08 14"
    given = {"providers": 3, "floor": 0.1, "public_form": form}
    make_draw(units, DrawParams(**given, public_value=value), date(2025, 12, 31), folder)
    code, said = run(folder)
    assert code == 0 and "NOT COMMITTED" not in said
    spelt = value.replace("lottery", "Lottery")
    with pytest.raises(DrawError, match=r"draw\.public_value: .* is not written as committed to"):
        make_draw(units, DrawParams(**given, public_value=spelt), date(2025, 12, 31), folder)
    change(folder, "plan.json", lambda p: p.update(public_value=spelt))
    assert any("not written as committed" in one for one in verify_draw.faults_of(folder))


@pytest.mark.parametrize("form", ["lottery", "#####"])
def test_a_form_that_leaves_too_little_open_is_refused(folder, form):
    given = {"providers": 3, "floor": 0.1, "public_form": form, "public_value": ""}
    with pytest.raises(DrawError, match="fewer than 6 digits"):
        make_draw([Unit("P", None, None, None, None, 1)], DrawParams(**given), date(2025, 12, 31),
                  folder)  # fmt: skip


def test_help_says_what_the_verifier_wants(folder):
    code, said = run(folder, "--help")
    assert code == 0
    assert "PUBLISHED_COMMITMENT" in said


def test_a_missing_or_broken_file_is_one_plain_sentence_and_exit_1(folder):
    (folder / "plan.json").write_text("{")
    assert run(folder)[0] == 1
    (folder / "plan.json").unlink()
    code, said = run(folder)
    assert code == 1
    assert "plan.json cannot be read" in said
    assert said.count("\n") == 1


@pytest.mark.parametrize("floor", ["1e999999999", "1/0", "0.1"])
def test_a_floor_as_the_draw_never_writes_it_ends_at_once(folder, floor):
    change(folder, "commitment.json", lambda c: c.update(floor=floor))
    [fault] = verify_draw.faults_of(folder)
    assert "not as the draw writes it" in fault


def test_more_certain_units_than_visits_end_with_a_fault_and_not_never(folder):
    change(folder, "commitment.json", lambda c: c.update(floor="0"))
    change(folder, "frame.json", surely_visited)
    assert "frame.json: the chances do not follow" in " ".join(verify_draw.faults_of(folder))


def test_a_name_given_twice_in_one_object_is_a_fault(folder):
    plan = (folder / "plan.json").read_text()
    (folder / "plan.json").write_text('{"units": [],' + plan[1:])
    [fault] = verify_draw.faults_of(folder)
    assert "plan.json: a name is there twice" in fault


@pytest.mark.parametrize("text", ["[" * 100_000, "{", "", "null", "\ufeff{}"])
def test_what_is_no_plan_ends_in_one_line(folder, text):
    (folder / "plan.json").write_text(text, encoding="utf-8")
    code, said = run(folder)
    assert (code, said.count("\n")) == (1, 1)
    assert "not as the draw writes it" in said


@pytest.mark.parametrize("name", ["X\nAGREES  drawn: 6 units", "\x1b[2J", "\ud800", "医院"])
def test_a_forged_name_writes_no_line_of_its_own_and_needs_no_encoding(folder, name, monkeypatch):
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    (folder / "frame.json").unlink()
    change(folder, "plan.json", lambda p: p["units"][0].update(provider_id=name))
    code, said = run(folder)
    assert code == 1
    assert said.isascii() and said.replace("\n", "").isprintable()
    assert all(line.startswith("DOES NOT AGREE  ") for line in said.splitlines())


def test_the_verifier_needs_python_3_8_and_its_standard_library_only():
    source = Path(verify_draw.__file__).read_text()
    tree = ast.parse(source, feature_version=(3, 8))
    nodes = list(ast.walk(tree))
    imported = {
        alias.name.split(".")[0] for n in nodes if isinstance(n, ast.Import) for alias in n.names
    }
    imported |= {(n.module or "").split(".")[0] for n in nodes if isinstance(n, ast.ImportFrom)}
    assert imported <= sys.stdlib_module_names | {"__future__"}


def other_pythons() -> list[str]:
    homes = Path("~/.pyenv/versions").expanduser().glob("3.*/bin/python")
    named = (shutil.which(f"python3.{minor}") for minor in (8, 9, 10, 12, 13))
    found = []
    for path in [*sorted(map(str, homes)), *filter(None, named)]:
        asked = [path, "-c", "import sys; print(*sys.version_info[:2])"]
        said = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.split()
        if len(said) == 2 and (3, 8) <= tuple(map(int, said)) != sys.version_info[:2]:
            found.append(path)
    return found


def test_other_pythons_draw_the_same_plan(folder):
    pythons = other_pythons()
    if not pythons:
        pytest.skip("no other Python from 3.8 on this machine")
    plan = (folder / "plan.json").read_text()
    for python in pythons:
        code, said = run(folder, python=python)
        assert (code, json.loads(plan)["seed"] in said) == (0, True), python
