"""The eight schemes, one module each: what a carrier does to its visits and to its lines."""

from collections.abc import Callable

from fraudml.worlds.fund import Fund
from fraudml.worlds.plans import Plant
from fraudml.worlds.schemes import (
    charging,
    hanging,
    impossible,
    phantom,
    reselling,
    splitting,
    swapping,
    upcoding,
)

Planter = Callable[[Fund, Plant], None]

ON_VISITS: dict[str, Planter] = {
    "T01": phantom.plant_visits,
    "T03": upcoding.plant_visits,
    "T06": splitting.plant_visits,
    "T07": hanging.plant_visits,
    "T12": reselling.plant_visits,
    "T16": impossible.plant_visits,
}
ON_LINES: dict[str, Planter] = {
    "T01": phantom.plant_lines,
    "T05": charging.plant_lines,
    "T08": swapping.plant_lines,
    "T12": reselling.plant_lines,
    "T16": impossible.plant_lines,
}
