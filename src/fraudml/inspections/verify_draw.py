"""Checks an inspection draw: python verify_draw.py [FOLDER] [PUBLISHED_COMMITMENT]

Standard library only, Python 3.8 or later; nothing else of fraudml is needed. This file is also
the one implementation of the draw: fraudml imports what it draws with from here.

FOLDER (default: where this file lies) holds commitment.json and plan.json; an auditor's folder
holds frame.json as well. PUBLISHED_COMMITMENT is the copy of commitment.json that was published
before the public value was known. Anyone can check that the seed follows from the commitment and
the public value and that every drawn unit belongs to the committed frame; with frame.json the
chances and the draw itself are computed again. Exit code 0: everything agrees; 1: what does not.
Nobody but you can compare the public value with its source. How it is written is committed to as
public_form, in which # is a digit still to come: else whoever writes it could try spellings until
the draw is to his liking.

One line of the frame, a JSON array without spaces, sorted by provider_id:
    [provider_id, region_code, kind, level, running, risk, certain]
One leaf is that line with the chance appended. Risk and chance are whole billionths, null is
unknown. Leaf hash = SHA-256(0x00 | salt | leaf), node hash = SHA-256(0x01 | left | right),
tree as in RFC 6962. salt = HMAC-SHA-256(salt key, "salt" | provider_id).
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

VERSION = "fraudml-draw/1"
ONE = 10**9
"""A chance of 1, in billionths."""
LEAST_OPEN = 6
"""Digits of a form: of fewer one could try them all before committing."""
STATES = ("committed, not drawn", "drawn")
ALGORITHM = (
    "chance as risk squared, floor, cap 1; pivotal draw on whole billionths in blocks (region, "
    "kind), random source SHA-256(seed, counter), seed SHA-256(version|merkle_root|public_value)"
)


def line_of(values: Sequence[Any]) -> str:
    """The one way a frame line or a leaf is written."""
    return json.dumps(list(values), ensure_ascii=False, separators=(",", ":"))


def salt_key_of(lines: Sequence[str], secret: str) -> bytes:
    """The key of all salts: nobody can compute it without every line of the frame."""
    body = "\n".join([f"{VERSION} salt key", secret, *lines])
    return hashlib.sha256(body.encode()).digest()


def keyed_digest(salt_key: bytes, what: str, lines: Sequence[str]) -> str:
    """A digest that cannot be guessed at without the salt key."""
    return hmac.new(salt_key, "\n".join([what, *lines]).encode(), hashlib.sha256).hexdigest()


def salt_of(salt_key: bytes, provider_id: str) -> bytes:
    """The salt of one leaf; revealing it reveals no other."""
    return hmac.new(salt_key, f"salt\n{provider_id}".encode(), hashlib.sha256).digest()


def leaf_hash(salt: bytes, leaf: str) -> bytes:
    """What the tree is built on."""
    return hashlib.sha256(b"\0" + salt + leaf.encode()).digest()


def _parent(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


def merkle_levels(leaves: Sequence[bytes]) -> list[list[bytes]]:
    """All levels of the tree, leaves first; an odd node moves up as it is (RFC 6962)."""
    levels = [list(leaves)]
    while len(levels[-1]) > 1:
        below = levels[-1]
        above = [_parent(below[i], below[i + 1]) for i in range(0, len(below) - 1, 2)]
        levels.append(above + below[len(above) * 2 :])
    return levels


def merkle_path(levels: Sequence[Sequence[bytes]], index: int) -> list[bytes]:
    """The hashes beside the way from a leaf to the root."""
    sides = ((level, index >> depth ^ 1) for depth, level in enumerate(levels[:-1]))
    return [level[side] for level, side in sides if side < len(level)]


def root_from_path(start: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root a leaf hash and its path lead to; None if the path cannot be this index's."""
    rest, width = list(path), size if 0 <= index < size else 0
    while width > 1:
        if index ^ 1 < width:
            if not rest:
                return None
            other = rest.pop(0)
            start = _parent(other, start) if index & 1 else _parent(start, other)
        index, width = index >> 1, (width + 1) >> 1
    return None if rest or not width else start


def follows(public_value: str, form: str) -> bool:
    """Whether the value is written as was committed to: a digit for each #, all else alike."""
    pairs = list(zip(public_value, form))  # noqa: B905 (no strict= in Python 3.8)
    alike = all("0" <= got <= "9" if asked == "#" else got == asked for got, asked in pairs)
    return len(public_value) == len(form) and alike


def seed_of(root: str, public_value: str) -> str:
    """The seed of the draw: nobody can know it before the public value."""
    return hashlib.sha256(f"{VERSION}|{root}|{public_value}".encode()).hexdigest()


def floor_of(floor: str, n: int, size: int) -> int:
    """The least chance of anybody, in billionths: floor * n / N, rounded down.

    floor  "1/10" or "1": an exponent would make a number that no machine holds
    """
    return int(Fraction(*map(int, floor.split("/"))) * n * ONE / size)


def fair_chances(
    risks: Sequence[int | None], certain: Sequence[bool], n: int, floor: int
) -> list[int]:
    """Chances in billionths: as risk squared, at least ``floor``, at most 1, adding up to n.

    Units without a risk get the floor; certain units get 1. Exact: whole numbers only, what is
    left by rounding down goes to the largest remainders, ties to the earlier unit.
    """
    chances = [ONE if sure else 0 for sure in certain]
    weights = [(risk or 0) ** 2 for risk in risks]
    free = [i for i, sure in enumerate(certain) if not sure]
    left = n * ONE - sum(chances)
    while free:
        total = sum(weights[i] for i in free)
        if not total:
            weights, total = [1] * len(weights), len(free)
        over = [i for i in free if left * weights[i] > ONE * total]
        under = [i for i in free if left * weights[i] < floor * total]
        if not over and not under:
            _round_shares(chances, weights, free, left)
            break
        excess = sum(left * weights[i] - ONE * total for i in over)
        lack = sum(floor * total - left * weights[i] for i in under)
        fixed, value = (over, ONE) if excess >= lack else (under, floor)
        for i in fixed:
            chances[i] = value
        left -= value * len(fixed)
        free = sorted({*free} - {*fixed})
    return chances


def _round_shares(chances: list[int], weights: list[int], free: list[int], left: int) -> None:
    total = sum(weights[i] for i in free)
    for i in free:
        chances[i] = left * weights[i] // total
    missing = left - sum(chances[i] for i in free)
    by_remainder = sorted(free, key=lambda i: (-(left * weights[i] % total), i))
    for i in by_remainder[:missing]:
        chances[i] += 1


def _words(seed: bytes) -> Iterator[int]:
    for counter in itertools.count():
        block = hashlib.sha256(b"random|" + seed + counter.to_bytes(8, "big")).digest()
        yield from (int.from_bytes(block[at : at + 8], "big") for at in range(0, 32, 8))


def uniform_source(seed: bytes) -> Callable[[int], int]:
    """A function giving whole numbers below its argument (up to 2**64), all equally likely."""
    words = _words(seed)

    def below(bound: int) -> int:
        usable = 2**64 - 2**64 % bound
        return next(word for word in words if word < usable) % bound

    return below


def _duels(
    units: Sequence[int], left: list[int], below: Callable[[int], int], drawn: list[int]
) -> list[int]:
    """Let the units meet in order until all but one are decided; the undecided one, if any."""
    champion = -1
    for unit in units:
        if left[unit] == ONE:
            drawn.append(unit)
        elif left[unit] and champion < 0:
            champion = unit
        elif left[unit]:
            champion = _duel(champion, unit, left, below, drawn)
    return [champion] if champion >= 0 else []


def _duel(
    one: int, two: int, left: list[int], below: Callable[[int], int], drawn: list[int]
) -> int:
    both = left[one] + left[two]
    if both < ONE:
        winner, loser = (one, two) if below(both) < left[one] else (two, one)
        left[winner], left[loser] = both, 0
        return winner
    winner, loser = (one, two) if below(2 * ONE - both) < ONE - left[two] else (two, one)
    left[winner], left[loser] = ONE, both - ONE
    drawn.append(winner)
    return loser if left[loser] else -1


def draw(chances: Sequence[int], blocks: Sequence[tuple[str, str]], seed: str) -> list[int]:
    """The drawn positions, in order: exactly as many as the chances add up to.

    Pivotal method (Deville and Tille 1998): two units meet, one of them is decided, the other
    goes on with what is left, so every chance is kept exactly. Units meet inside their block
    (region, kind) first, in an order that follows from the seed; then the undecided of a region;
    then those of all regions: each block's and each region's count is within 1 of its expected
    value.
    """
    key = bytes.fromhex(seed)
    below = uniform_source(key)
    left = list(chances)
    drawn: list[int] = []
    members: dict[tuple[str, str], list[int]] = {}
    for i, block in enumerate(blocks):
        members.setdefault(block, []).append(i)
    undecided: dict[str, list[int]] = {}
    for block in sorted(members):
        meeting = sorted(members[block], key=lambda i: _order(key, i))
        undecided.setdefault(block[0], []).extend(_duels(meeting, left, below, drawn))
    regions = [i for r in sorted(undecided) for i in _duels(undecided[r], left, below, drawn)]
    _duels(regions, left, below, drawn)
    return sorted(drawn)


def _order(key: bytes, index: int) -> bytes:
    return hashlib.sha256(b"order|" + key + index.to_bytes(8, "big")).digest()


def blocks_of(leaves: Sequence[Sequence[Any]]) -> list[tuple[str, str]]:
    """The block (region, kind) of every unit; unknown is a block of its own."""
    return [(str(leaf[1] or ""), str(leaf[2] or "")) for leaf in leaves]


def commitment_of(leaves: Sequence[Any], salt_key: bytes, terms: dict[str, Any]) -> Any:
    """commitment.json for leaves in order; terms: as_of, asked, to_draw, floor, any public_form."""
    salted = [leaf_hash(salt_of(salt_key, leaf[0]), line_of(leaf)) for leaf in leaves]
    told = {name: terms[name] for name in ("as_of", "asked", "to_draw", "floor")}
    if terms.get("public_form"):
        told["public_form"] = terms["public_form"]
    frame = [line_of(sorted(told.items())), *(line_of(leaf[:7]) for leaf in leaves)]
    return {
        **told,
        "version": VERSION,
        "algorithm": ALGORITHM,
        "units": len(leaves),
        "certain": sum(bool(leaf[6]) for leaf in leaves),
        "merkle_root": merkle_levels(salted)[-1][0].hex(),
        "frame_digest": keyed_digest(salt_key, "frame", frame),
        "chances_digest": keyed_digest(salt_key, "chances", [str(leaf[7]) for leaf in leaves]),
    }


def plan_of(leaves: Sequence[Any], salt_key: bytes, commitment: Any, public_value: str) -> Any:
    """plan.json: what was drawn and what anyone needs to check it; nothing drawn without a value.

    Of units that were not drawn it holds hashes only. Expected counts are given as the whole
    numbers around them: an exact one would give away the chance of a unit alone in its block.
    """
    blocks = blocks_of(leaves)
    root = commitment["merkle_root"]
    seed = seed_of(root, public_value) if public_value else None
    drawn = draw([leaf[7] for leaf in leaves], blocks, seed) if seed else []
    return {
        "version": VERSION,
        "as_of": commitment["as_of"],
        "state": STATES[bool(seed)],
        "merkle_root": root,
        "public_value": public_value,
        "seed": seed,
        "units": _drawn_units(leaves, salt_key, drawn),
        "blocks": _block_counts(leaves, blocks, drawn) if seed else [],
    }


def _drawn_units(leaves: Sequence[Any], salt_key: bytes, drawn: list[int]) -> list[Any]:
    salts = [salt_of(salt_key, leaf[0]) for leaf in leaves]
    levels = merkle_levels([leaf_hash(salts[i], line_of(leaf)) for i, leaf in enumerate(leaves)])
    return [
        {
            "index": i,
            "provider_id": leaves[i][0],
            "chance": leaves[i][7],
            "leaf": line_of(leaves[i]),
            "salt": salts[i].hex(),
            "path": [node.hex() for node in merkle_path(levels, i)],
        }
        for i in drawn
    ]


def _block_counts(leaves: Sequence[Any], blocks: list[tuple[str, str]], drawn: list[int]) -> Any:
    size = Counter(blocks)
    expected: Counter[Any] = Counter()
    for i, block in enumerate(blocks):
        expected[block] += leaves[i][7]
    count = Counter(blocks[i] for i in drawn)
    return [
        {
            "region_code": block[0],
            "kind": block[1],
            "units": size[block],
            "expected_between": [expected[block] // ONE, -(-expected[block] // ONE)],
            "drawn": count[block],
        }
        for block in sorted(size)
    ]


def public_faults(commitment: Any, plan: Any) -> Iterator[str]:
    """What anyone can find wrong with a plan, given the commitment."""
    for name in ("version", "as_of", "merkle_root"):
        if plan[name] != commitment[name]:
            yield f"plan.json: {name} is not the committed one."
    if commitment["version"] != VERSION:
        yield f"commitment.json: version is not {VERSION}, which this file checks."
    if commitment["to_draw"] != min(commitment["asked"], commitment["units"]):
        yield "commitment.json: to_draw is neither the number asked for nor all units."
    value, seed, units = plan["public_value"], plan["seed"], plan["units"]
    yield from form_faults(value, commitment.get("public_form", ""))
    if plan["state"] != STATES[bool(value)]:
        yield f"plan.json: the state is not {STATES[bool(value)]!r}."
    if not value:
        if seed or units:
            yield "plan.json: something is drawn without a public value."
        return
    if seed != seed_of(commitment["merkle_root"], value):
        yield "plan.json: the seed does not follow from the committed root and the public value."
    places = [unit["index"] for unit in units]
    if len(units) != commitment["to_draw"] or places != sorted({*places}):
        yield (
            f"plan.json: not {commitment['to_draw']} different units are drawn, as committed, and "
            "listed in order."
        )
    names = [unit["provider_id"] for unit in units]
    if names != sorted({*names}):
        yield "plan.json: a provider is drawn twice, or not in the order of the frame."
    for unit in units:
        yield from _unit_faults(unit, commitment)
    yield from _block_faults(plan, commitment)


def form_faults(public_value: str, form: str) -> Iterator[str]:
    """What is wrong with how a public value is written, where that was committed to."""
    if form and form.count("#") < LEAST_OPEN:
        yield f"public_form: fewer than {LEAST_OPEN} digits (#) are still to come."
    if form and public_value and not follows(public_value, form):
        yield f"public_value: {public_value!r} is not written as committed to, {form!r}."


def _block_faults(plan: Any, commitment: Any) -> Iterator[str]:
    """The counts by block against the units that the plan lists."""
    blocks = plan["blocks"]
    told = {(b["region_code"], b["kind"]): b["drawn"] for b in blocks if b["drawn"]}
    counted = Counter(blocks_of([json.loads(unit["leaf"]) for unit in plan["units"]]))
    if told != counted or len({(b["region_code"], b["kind"]) for b in blocks}) != len(blocks):
        yield "plan.json: the blocks do not count the units that are drawn."
    if sum(b["units"] for b in blocks) != commitment["units"]:
        yield "plan.json: the blocks do not hold all units of the frame."
    for block in blocks:
        low, high = block["expected_between"]
        if not low <= block["drawn"] <= high:
            name = f"{block['region_code']} {block['kind']}"
            yield f"plan.json: block {name!r} is out of its bounds."


def _unit_faults(unit: Any, commitment: Any) -> Iterator[str]:
    leaf, name = json.loads(unit["leaf"]), unit["provider_id"]
    if leaf[0] != name or leaf[7] != unit["chance"]:
        yield f"plan.json: the provider or the chance of unit {name!r} is not the one in its leaf."
    salt = bytes.fromhex(unit["salt"])
    if len(salt) != hashlib.sha256().digest_size:
        yield f"plan.json: the salt of unit {name!r} is not 32 bytes."
    start = leaf_hash(salt, unit["leaf"])
    path = [bytes.fromhex(node) for node in unit["path"]]
    root = root_from_path(start, unit["index"], commitment["units"], path)
    if root is None or root.hex() != commitment["merkle_root"]:
        yield f"plan.json: unit {name!r} does not belong to the committed frame."


def replay_faults(commitment: Any, plan: Any, frame: Any) -> Iterator[str]:
    """What an auditor who holds the whole frame can find wrong."""
    leaves = [json.loads(leaf) for leaf in frame["leaves"]]
    salt_key = bytes.fromhex(frame["salt_key"])
    names = [leaf[0] for leaf in leaves]
    if not all(isinstance(n, int) for leaf in leaves for n in (leaf[5] or 0, leaf[7])):
        yield "frame.json: risks and chances are not whole billionths."
        return
    if names != sorted(set(names)):
        yield "frame.json: the units are not in order of provider_id, each once."
    again = commitment_of(leaves, salt_key, commitment)
    floor = floor_of(commitment["floor"], commitment["to_draw"], len(leaves))
    risks, sure = [leaf[5] for leaf in leaves], [leaf[6] for leaf in leaves]
    if fair_chances(risks, sure, commitment["to_draw"], floor) != [leaf[7] for leaf in leaves]:
        yield "frame.json: the chances do not follow from the risks, the floor and the number."
    yield from _differences("commitment.json", commitment, again)
    yield from _differences(
        "plan.json", plan, plan_of(leaves, salt_key, again, plan["public_value"])
    )


def _differences(name: str, found: Any, expected: Any) -> Iterator[str]:
    for key in sorted({*found, *expected}):
        if found.get(key) != expected.get(key):
            yield f"{name}: {key} is not what the frame gives."


def faults_of(folder: Path, published: Path | None = None) -> list[str]:
    """Everything that does not agree, in plain sentences; an empty list if all does."""
    try:
        commitment, plan = _read(folder / "commitment.json"), _read(folder / "plan.json")
        faults = list(public_faults(commitment, plan))
        if published and _read(published) != commitment:
            faults.append("commitment.json is not the one that was published.")
        if (folder / "frame.json").exists():
            faults.extend(replay_faults(commitment, plan, _read(folder / "frame.json")))
    except OSError as error:
        return [f"{error.filename} cannot be read: {error.strerror}."]
    except _NOT_OURS as error:
        return [f"A file is not as the draw writes it ({type(error).__name__}: {error})."]
    return faults


_COMPARED = "The commitment equals the published copy given. 承诺书与所给公布件一致。\n"
_NOT_COMPARED = (
    "NOT CHECKED: whether this is the commitment that was published before the public value was\n"
    "known. Give the published copy: python verify_draw.py FOLDER PUBLISHED_COMMITMENT\n"
    "未核对：承诺书是否为公开随机值产生之前公布的那一份；请以公布件作第二个参数再运行一次。\n"
)
_NO_FORM = (
    "NOT COMMITTED: how the public value is written; its spelling could be chosen after it was\n"
    "known. Set draw.public_form before the next commitment.\n"
    "未承诺：公开随机值的书写格式；得知其值后仍可挑选写法。请在下次承诺前设定 draw.public_form。\n"
)
_NOT_OURS = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=_once)
    except (RecursionError, ValueError) as error:
        raise ValueError(f"{path.name}: {error}") from None


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """An object; of a name given twice a reader would see one value and this file the other."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is there twice in one object")
    return found


def main(arguments: Sequence[str]) -> int:
    """Say what was checked and what does not agree; 0 or 1."""
    if {"-h", "--help"} & set(arguments):
        sys.stdout.write(__doc__ or "")
        return 0
    folder = Path(arguments[0]) if arguments else Path(__file__).resolve().parent
    faults = faults_of(folder, Path(arguments[1]) if len(arguments) > 1 else None)
    for fault in faults:
        sys.stdout.write(f"DOES NOT AGREE  {fault}\n")
    if not faults:
        plan = _read(folder / "plan.json")
        replayed = (folder / "frame.json").exists()
        sys.stdout.write(
            f"AGREES  {plan['state']}: {len(plan['units'])} units, seed {plan['seed']}; "
            f"{'the whole draw was computed again' if replayed else 'public check only'}.\n"
        )
        sys.stdout.write(_COMPARED if len(arguments) > 1 else _NOT_COMPARED)
        if plan["public_value"]:
            sys.stdout.write(f"Compare with its source 请与来源核对: {plan['public_value']!r}\n")
            form = _read(folder / "commitment.json").get("public_form")
            sys.stdout.write("" if form else _NO_FORM)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    sys.exit(main(sys.argv[1:]))
