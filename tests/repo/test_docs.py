"""What the pages say is what the code does, and no file speaks of the machine it was written on."""

import re
import subprocess
from pathlib import Path

import pytest
from reference import PAGES, ROOT

from fraudml.claims.schema import TABLES
from fraudml.entities import GRAINS
from fraudml.features.catalogue import FEATURES
from fraudml.leads.legitimate.catalogue import CIRCUMSTANCES
from fraudml.leads.typologies import TYPOLOGIES
from fraudml.monitor.catalogue import RULES
from fraudml.monitor.signatures.catalogue import SIGNATURES
from fraudml.quality.rules import CELL_RULES

WRITTEN = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_MAKE = re.compile(r"(?:^|`|&& )make ([a-z][a-z-]*)", re.MULTILINE)
_MACHINE = re.compile(r"(?:^|[^A-Za-z0-9_.])/(?:work|farm|root)/", re.MULTILINE)
_REGISTRY = re.compile(
    r"https?://\S+/simple(?:[/\s\"']|$)|pypi\.org|pythonhosted\.org|^\s*--(?:extra-)?index-url",
    re.MULTILINE,
)


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def files_of_the_repository() -> list[Path]:
    """Tracked files, and new ones that git does not ignore."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def places(pattern: re.Pattern[str]) -> list[str]:
    """file:line of every match in the text files of the repository."""
    found = []
    for path in files_of_the_repository():
        text = path.read_text(encoding="utf-8", errors="replace")
        found += [
            f"{shown(path)}:{text.count(chr(10), 0, m.end()) + 1}" for m in pattern.finditer(text)
        ]
    return found


@pytest.mark.parametrize("page", PAGES)
def test_a_reference_page_says_what_the_code_says(page: str) -> None:
    path = ROOT / page
    assert path.exists(), f"{page} is missing: run make docs"
    assert path.read_text(encoding="utf-8") == PAGES[page](), f"{page} is out of date: make docs"


@pytest.mark.parametrize("path", WRITTEN, ids=shown)
def test_every_relative_link_leads_to_a_file(path: Path) -> None:
    links = [link.split("#")[0] for link in _LINK.findall(path.read_text(encoding="utf-8"))]
    inside = [link for link in links if link and "://" not in link]
    assert [link for link in inside if not (path.parent / link).exists()] == []


@pytest.mark.parametrize("path", WRITTEN, ids=shown)
def test_every_make_command_on_a_page_is_a_target(path: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE))
    assert set(_MAKE.findall(path.read_text(encoding="utf-8"))) - targets == set()


def test_the_glossary_names_grains_and_typologies_as_the_code_does() -> None:
    glossary = (ROOT / "CONTEXT.md").read_text(encoding="utf-8")
    for grain in GRAINS.values():
        assert f"| {grain.name} | {grain.zh} |" in glossary
    for one in TYPOLOGIES.values():
        assert f"| {one.code} | {one.words.zh} | {one.words.en} |" in glossary


@pytest.mark.parametrize(
    ("what", "number"),
    [
        ("rules of all", len(RULES)),
        ("typologies, down to", len(TYPOLOGIES)),
        ("[signatures of data errors]", len(SIGNATURES)),
        ("legitimate circumstances", len(CIRCUMSTANCES)),
        ("features beside peers", len(FEATURES)),
        ("rules](docs/contract.md)", len(CELL_RULES) + sum(len(t.rules) for t in TABLES)),
    ],
)
def test_the_readme_counts_what_there_is(what: str, number: int) -> None:
    said = (ROOT / "README.md").read_text(encoding="utf-8")
    before = re.search(rf"(\d+) {re.escape(what)}", said)
    assert before and int(before[1]) == number, f"README: {number} {what}"


def test_no_file_names_a_place_on_one_machine() -> None:
    assert places(_MACHINE) == []


def test_no_file_names_a_package_registry() -> None:
    assert places(_REGISTRY) == []


def test_both_searches_find_what_they_look_for() -> None:
    assert _MACHINE.search("see /" + "root/notes")
    assert not _MACHINE.search("https://example.org/" + "work/x")
    assert _REGISTRY.search("--extra-" + "index-url x")
    assert _REGISTRY.search("https://mirror.example/" + "simple/")
