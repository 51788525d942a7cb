"""A draw small enough to follow by hand; its bytes are what other people verify, so they stay."""

import hashlib
import json
from datetime import date

from fraudml.inspections.draw import make_draw
from fraudml.inspections.frame import Unit
from fraudml.inspections.verify_draw import draw, seed_of
from fraudml.params import DrawParams

HALF, ONE = 500_000_000, 1_000_000_000


def sha(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def test_four_equal_chances_in_two_blocks_are_two_duels_read_off_the_random_source():
    """Chances of 1/2: in each block of two exactly one is drawn; the first word decides it.

    Both left add up to 1, so the first of the order is drawn if word mod 1e9 < 1e9 - 5e8.
    """
    key = sha(b"by hand")
    words = sha(b"random|", key, (0).to_bytes(8, "big"))
    drawn = []
    for turn, block in enumerate([(0, 1), (2, 3)]):
        first, second = sorted(block, key=lambda i: sha(b"order|", key, i.to_bytes(8, "big")))
        word = int.from_bytes(words[8 * turn : 8 * turn + 8], "big")
        drawn.append(first if word % ONE < HALF else second)
    blocks = [("1", "clinic"), ("1", "clinic"), ("2", "clinic"), ("2", "clinic")]
    assert draw([HALF] * 4, blocks, key.hex()) == sorted(drawn)


def test_the_root_and_the_seed_of_three_providers_follow_from_the_documented_text(tmp_path):
    units = [
        Unit("C", "110102", "hospital", 3, True, None),
        Unit("A", "110101", "clinic", 1, True, 600_000_000),
        Unit("B", "110101", "诊所", None, None, 300_000_000),
    ]
    params = DrawParams(providers=1, floor=0.3, public_value="03 08 14")
    make_draw(units, params, date(2025, 12, 31), tmp_path)
    frame, plan, commitment = (
        json.loads((tmp_path / name).read_text())
        for name in ("frame.json", "plan.json", "commitment.json")
    )
    assert frame["leaves"] == [
        '["A","110101","clinic",1,true,600000000,false,720000000]',
        '["B","110101","诊所",null,null,300000000,false,180000000]',
        '["C","110102","hospital",3,true,null,false,100000000]',
    ]
    key = bytes.fromhex(frame["salt_key"])
    lines = [
        '["A","110101","clinic",1,true,600000000,false]',
        '["B","110101","诊所",null,null,300000000,false]',
        '["C","110102","hospital",3,true,null,false]',
    ]
    assert key == sha("\n".join(["fraudml-draw/1 salt key", "", *lines]).encode())
    hashes = []
    for name, leaf in zip("ABC", frame["leaves"], strict=True):
        inner = sha(bytes(b ^ 0x36 for b in key.ljust(64, b"\0")), b"salt\n", name.encode())
        salt = sha(bytes(b ^ 0x5C for b in key.ljust(64, b"\0")), inner)
        hashes.append(sha(b"\0", salt, leaf.encode()))
    root = sha(b"\1", sha(b"\1", hashes[0], hashes[1]), hashes[2]).hex()
    assert commitment["merkle_root"] == plan["merkle_root"] == root
    assert plan["seed"] == sha(f"fraudml-draw/1|{root}|03 08 14".encode()).hex()
    assert plan["seed"] == seed_of(root, "03 08 14")


def test_the_bytes_of_a_published_draw_stay_the_same(tmp_path):
    units = [
        Unit(
            f"P{i:02d}", f"11010{i % 2}", "clinic" if i % 3 else "hospital", 1, True, i * 40_000_000
        )
        for i in range(20)
    ]
    params = DrawParams(providers=5, floor=0.1, public_value="03 08 14")
    make_draw(units, params, date(2025, 12, 31), tmp_path)
    plan = json.loads((tmp_path / "plan.json").read_text())
    assert [unit["provider_id"] for unit in plan["units"]] == ["P11", "P12", "P14", "P15", "P17"]
    total = hashlib.sha256((tmp_path / "commitment.json").read_bytes())
    total.update((tmp_path / "plan.json").read_bytes())
    assert total.hexdigest() == "3fe715d98eba7ff69a31314f5ac0fbafea710051a4ef30f8e25b72219514988b"
