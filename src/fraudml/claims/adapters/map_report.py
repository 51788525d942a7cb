"""What a field map made up, worked out and left out, in words, for the adapter's report."""

from collections.abc import Iterator, Mapping

from fraudml.claims.adapters.field_map import Cell, FieldMap
from fraudml.claims.adapters.map_sources import StagedSource

Made = Mapping[str, Mapping[str, Cell]]  # the cells that were made, by table and column


def invented(field_map: FieldMap, made: Made) -> dict[str, str]:
    """What the map itself declares, every constant, and times of day that the source lacks."""
    found = {
        place: f"{cell.constant!r} for every row"
        for place, cell in _cells(made)
        if cell.constant is not None
    }
    found |= {
        place: "00:00:00 where the source gives the day alone"
        for place, cell in _cells(made)
        if place.endswith("_at") and any("h" not in pattern for pattern in cell.date)
    }
    found |= {
        place: f"{cell.if_blank!r} where nothing is written"
        for place, cell in _cells(made)
        if cell.if_blank is not None
    }
    places = {place for place, _ in _cells(made)}
    return found | {p: said for p, said in field_map.invented.items() if p in places}


def derived(field_map: FieldMap, made: Made) -> dict[str, str]:
    """Every column that is not one source cell as it stands."""
    found = {
        place: sentence
        for place, cell in _cells(made)
        if (sentence := "; ".join(_worked_out(cell)))
    }
    for name in made:
        table = field_map.tables[name]
        if table.one_row_per:
            found[name] = f"one row per {', '.join(table.one_row_per)} of {table.source}"
    return found


def _worked_out(cell: Cell) -> Iterator[str]:
    if cell.first_of:
        yield f"the first filled of {', '.join(cell.first_of)}"
    if cell.joined:
        yield f"{', '.join(cell.joined)} joined"
    if cell.sum:
        less = f" - {' - '.join(cell.minus)}" if cell.minus else ""
        yield f"{' + '.join(cell.sum)}{less}"
    if cell.product:
        yield f"{' x '.join(cell.product)}, to the fen"
    if cell.number_within:
        yield f"number of the row within {cell.number_within}, in the order of the files"
    if cell.values:
        others = ", all else empty" if cell.others == "blank" else ""
        yield ", ".join(f"{theirs} = {ours}" for theirs, ours in cell.values.items()) + others
    if cell.rounded:
        yield "rounded to the fen, half away from zero"
    if cell.take != "first":
        yield f"{cell.take} of the rows"


def left_out(
    field_map: FieldMap,
    staged: Mapping[str, StagedSource],
    filled: Mapping[str, Mapping[str, int]],
) -> list[str]:
    """The source columns that no table reads, with filled cells where the map asks for a count."""
    read = {(table.source, name) for table in field_map.tables.values() for name in table.reads()}
    names = []
    for key, source in staged.items():
        counts = {n: c for n, c in filled.get(key, {}).items() if (key, n) not in read}
        names += [f"{key}.{name} ({count:,} cells filled)" for name, count in counts.items()]
        names += [f"{key}.{name}" for name in sorted(source.left_out)]
    return names


def _cells(made: Made) -> Iterator[tuple[str, Cell]]:
    for name, cells in made.items():
        for column, cell in cells.items():
            yield f"{name}.{column}", cell
