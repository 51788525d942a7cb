"""How each typology is carried out: mechanisms that rules were written for, and one held out.

A shown mechanism is one that rule authors have been told of. A held-out one is another way in
which real carriers do the same wrong, and which nobody who writes rules has seen; once it is told
to them it becomes a shown one, and the typology gets a new one. The table is ``mechanisms.csv``.
"""

from dataclasses import dataclass

from fraudml.entities import GRAIN_NAMES, GrainName
from fraudml.worlds.catalogue import file_rows
from fraudml.worlds.providers import KINDS


@dataclass(frozen=True)
class Mechanism:
    """One way of carrying out a typology.

    grains   which entities carry it
    kinds    at which kinds of provider it is done
    seen_in  how it can be seen in the contract's columns
    """

    name: str
    held_out: bool
    grains: tuple[GrainName, ...]
    kinds: tuple[int, ...]
    seen_in: str


def _read() -> dict[str, tuple[Mechanism, ...]]:
    found: dict[str, tuple[Mechanism, ...]] = {}
    for row in file_rows("mechanisms.csv"):
        grains, kinds = row["grains"].split("|"), row["kinds"].split("|")
        way = Mechanism(
            name=row["mechanism"],
            held_out=row["held_out"] == "yes",
            grains=tuple(g for g in GRAIN_NAMES if g in grains),
            kinds=tuple(KINDS.index(k) for k in kinds),
            seen_in=row["seen_in"],
        )
        found[row["typology"]] = (*found.get(row["typology"], ()), way)
    return found


MECHANISMS = _read()
TYPOLOGIES = tuple(MECHANISMS)
PERSONAL = tuple(t for t, ways in MECHANISMS.items() if ways[0].grains == ("patient",))
IN_BED = frozenset(("T02", "T03", "T06", "T07", "T17", "T22", "T23", "T24"))
IN_BED_TOO = frozenset(("every_bed_day",))  # of typologies that mostly need no bed


def mechanism_of(typology: str, name: str) -> Mechanism:
    """The entry of the table."""
    return next(m for m in MECHANISMS[typology] if m.name == name)
