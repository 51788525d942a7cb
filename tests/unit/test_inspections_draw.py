import json
from datetime import date

import pytest

from fraudml.errors import DrawError
from fraudml.inspections.draw import make_draw
from fraudml.inspections.frame import Unit
from fraudml.inspections.verify_draw import faults_of
from fraudml.params import DrawParams

AS_OF = date(2025, 12, 31)


def units(count: int, risk=lambda i: i * i % 1000 * 1_000_000) -> list[Unit]:
    kinds = ["hospital", "clinic", "pharmacy"]
    return [
        Unit(f"P{i:03d}", f"1101{i % 4:02d}", kinds[i % 3], 1, True, risk(i)) for i in range(count)
    ]


def drawn(tmp_path, given, *, providers=8, floor=0.1, value="03 08 14", secret=""):
    params = DrawParams(providers=providers, floor=floor, public_value=value)
    report = make_draw(given, params, AS_OF, tmp_path, secret=secret)
    return report, {p.name: p.read_bytes() for p in tmp_path.iterdir()}


def chosen(files) -> list[str]:
    return [unit["provider_id"] for unit in json.loads(files["plan.json"])["units"]]


def test_the_public_value_changes_the_draw_and_not_the_commitment(tmp_path):
    _, one = drawn(tmp_path, units(60), value="03 08 14")
    _, two = drawn(tmp_path, units(60), value="03 08 15")
    assert one["commitment.json"] == two["commitment.json"]
    assert one["frame.json"] == two["frame.json"]
    assert chosen(one) != chosen(two)


def test_a_blank_too_many_in_the_public_value_changes_nothing(tmp_path):
    assert (
        drawn(tmp_path, units(60), value="3 8")[1]
        == (drawn(tmp_path, units(60), value=" 3  8\n")[1])
    )


def test_without_a_public_value_the_commitment_stands_and_nothing_is_drawn(tmp_path):
    report, before = drawn(tmp_path, units(60), value="  ")
    assert (report["state"], report["drawn"]) == ("committed, not drawn", 0)
    assert chosen(before) == []
    assert faults_of(tmp_path) == []
    _, after = drawn(tmp_path, units(60))
    assert after["commitment.json"] == before["commitment.json"]


def test_the_commitment_holds_no_chance_no_provider_and_no_public_value(tmp_path):
    _, files = drawn(tmp_path, units(60))
    assert set(json.loads(files["commitment.json"])) == {
        "algorithm",
        "as_of",
        "asked",
        "certain",
        "chances_digest",
        "floor",
        "frame_digest",
        "merkle_root",
        "to_draw",
        "units",
        "version",
    }
    assert b"03 08 14" not in files["commitment.json"]


def test_the_plan_names_no_provider_that_was_not_drawn(tmp_path):
    _, files = drawn(tmp_path, units(60))
    text = files["plan.json"].decode()
    named = {unit.provider_id for unit in units(60) if unit.provider_id in text}
    assert named == set(chosen(files))


def test_everything_published_changes_with_the_risk_of_one_provider_or_the_secret(tmp_path):
    _, plain = drawn(tmp_path, units(60))
    _, secret = drawn(tmp_path, units(60), secret="s")
    changed = units(60)
    changed[5] = Unit("P005", "110101", "pharmacy", 1, True, 26_000_000)
    _, other = drawn(tmp_path, changed)
    for name in ("merkle_root", "frame_digest", "chances_digest"):
        values = {json.loads(files["commitment.json"])[name] for files in (plain, secret, other)}
        assert len(values) == 3


@pytest.mark.parametrize("count", [1, 7, 8])
def test_a_fund_with_no_more_providers_than_visits_has_all_of_them_visited(tmp_path, count):
    report, files = drawn(tmp_path, units(count), providers=8)
    assert (report["asked"], report["drawn"], report["least_chance"]) == (8, count, 1.0)
    assert len(chosen(files)) == count
    assert faults_of(tmp_path) == []


@pytest.mark.parametrize("risk", [0, None, 5])
def test_ties_and_unknown_risks_are_drawn_as_a_simple_random_sample(tmp_path, risk):
    report, _ = drawn(tmp_path, units(40, lambda _: risk))
    assert report["least_chance"] == report["largest_chance"] == 0.2
    assert faults_of(tmp_path) == []


def test_providers_of_unknown_region_and_kind_are_drawn_too(tmp_path):
    bare = [Unit(f"P{i:03d}", None, None, None, None, i) for i in range(20)]
    report, _ = drawn(tmp_path, bare)
    assert report["drawn"] == 8
    assert faults_of(tmp_path) == []


def test_a_certain_provider_is_always_drawn(tmp_path):
    given = units(40, lambda _: 5)
    given[7] = Unit("P007", "110103", "clinic", 1, True, 0, certain=True)
    for value in ("a", "b", "c"):
        report, files = drawn(tmp_path, given, value=value)
        assert "P007" in chosen(files)
        assert (report["certain"], report["drawn"]) == (1, 8)


def test_an_empty_frame_is_refused_with_what_to_do(tmp_path):
    with pytest.raises(DrawError, match=r"Check time\.as_of"):
        drawn(tmp_path, [])
