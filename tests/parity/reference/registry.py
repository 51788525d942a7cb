"""Which function says what a feature of a grain means; its name is the feature's."""

from collections.abc import Callable

from parity.reference.arithmetic import Number
from parity.reference.subjects import Subject

Meaning = Callable[[Subject], Number | None]
MEANINGS: dict[tuple[str, str], Meaning] = {}


def means(*grains: str) -> Callable[[Meaning], Meaning]:
    """Register a function as the reference of the feature of its name, for these grains."""

    def register(function: Meaning) -> Meaning:
        for grain in grains:
            key = (grain, function.__name__)
            if key in MEANINGS:
                raise KeyError(f"{key} has two references")
            MEANINGS[key] = function
        return function

    return register
