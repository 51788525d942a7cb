"""The scorecard: recall with its interval, false leads, routed errors; as numbers and as text."""

import math
from typing import Any

Row = dict[str, Any]
ORDERS = ("own", "fused", "amount", "random")
_ROUTED = 0.5  # of an error's claims must stand in requests for it to count as routed


def wilson(found: int, n: int, z: float = 1.96) -> list[float]:
    """A 95 % interval of a share, also near 0 and 1 (Wilson 1927)."""
    if not n:
        return [0.0, 1.0]
    p, q = found / n, z * z / n
    middle, half = p + q / 2, z * math.sqrt(p * (1 - p) / n + q / (4 * n))
    low, high = (middle - half) / (1 + q), (middle + half) / (1 + q)
    return [round(max(low, 0), 3), round(min(high, 1), 3)]


def scorecard(funds: list[Row]) -> Row:
    """Everything over all funds; recall at a budget of twice the carriers of the typology."""
    rows = [r | {"share": f["about"]["share"]} for f in funds for r in f["carriers"]]
    return {
        "by_typology": _group(rows, ("grain", "typology", "strength")),
        "by_mechanism": _group(rows, ("grain", "typology", "mechanism", "held_out", "strength")),
        "by_share": _group(rows, ("grain", "share", "strength", "held_out")),
        "lookalikes": _lookalikes(funds),
        "errors": _errors(funds),
        "verdicts_of_carriers": _verdicts(funds),
    }


def _group(rows: list[Row], by: tuple[str, ...]) -> list[Row]:
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(row[name] for name in by), []).append(row)
    return [
        dict(zip(by, name, strict=True)) | _recall(groups[name])
        for name in sorted(groups, key=lambda n: tuple(map(str, n)))
    ]


def _recall(rows: list[Row]) -> Row:
    n = len(rows)
    chance = sum(min(r["budget"] / max(r["entities"], 1), 1) for r in rows) / n
    figures: Row = {"carriers": n, "hit": round(sum(r["hit"] for r in rows) / n, 3)}
    for order in ("own", "fused", "amount"):
        if any(r[order] is None for r in rows):
            figures[order] = None
            continue
        found = sum(r[order] for r in rows)
        figures[order] = {"recall": round(found / n, 3), "interval_95": wilson(found, n)}
    return figures | {"random": {"recall": round(chance, 3)}}


def _lookalikes(funds: list[Row]) -> Row:
    out: Row = {}
    for grain in ("provider", "practitioner", "patient"):
        counted = [f["lookalikes"][grain] for f in funds if f["lookalikes"][grain]]
        if counted:
            total = {k: sum(c[k] for c in counted) for k in counted[0] if k != "by_name"}
            names: dict[str, int] = {}
            for one in counted:
                for name, n in one["by_name"].items():
                    names[name] = names.get(name, 0) + n
            out[grain] = total | {
                "share_of_lookalikes": _share(total["lookalikes_top"], total["lookalikes"]),
                "share_of_others": _share(total["others_top"], total["others"]),
                "listed_share_of_lookalikes": _share(
                    total["listed_lookalikes"], total["lookalikes"]
                ),
                "listed_share_of_others": _share(total["listed_others"], total["others"]),
                "by_name": names,
            }
    return out


def _share(part: int, whole: int) -> Row | None:
    if not whole:
        return None
    return {"share": round(part / whole, 4), "interval_95": wilson(part, whole)}


def _errors(funds: list[Row]) -> Row | None:
    rows = [e for f in funds for e in f["errors"]]
    if any(r["routed"] is None for r in rows):
        return None
    names = sorted({r["artefact"] for r in rows})
    by_name = {n: [r for r in rows if r["artefact"] == n] for n in names}
    return {
        "all": {"errors": len(rows), "routed": _share(_done(rows), len(rows))},
        "by_name": {
            n: {"errors": len(some), "routed": _share(_done(some), len(some))}
            for n, some in by_name.items()
        },
    }


def _done(errors: list[Row]) -> int:
    return sum(e["routed"] >= _ROUTED * e["claims"] for e in errors)


MANY, SOME = 10, 4  # carriers from which a share, or only light and dark, can be told from luck


def floors(card: Row, margin: float = 0.8) -> dict[str, float]:
    """The least recall a later version may have, of strong carriers and their own rules' list.

    A typology with ten carriers or more keeps its recall less a margin. With four to nine a share
    is luck, but a list that held three quarters of them and then under a quarter has lost its
    detector. All of a grain together, fewer carriers included, keep theirs less half the margin.
    """
    found: dict[str, float] = {}
    strong = [row for row in card["by_typology"] if row["strength"] == "strong"]
    for row in strong:
        recall, n = row["own"]["recall"], row["carriers"]
        name = f"{row['grain']}.{row['typology']}"
        if n >= MANY:
            found[name] = _down(recall * margin)
        elif n >= SOME and recall >= 0.75:
            found[name] = 0.25
    for grain in sorted({row["grain"] for row in strong}):
        found[grain] = _down(_pooled(strong, grain) * (1.0 + margin) / 2.0)
    return found


def below(card: Row, floor: dict[str, float]) -> dict[str, tuple[float | None, float]]:
    """What is found less often than its floor: name, recall (null: no carrier at all), floor."""
    strong = [row for row in card["by_typology"] if row["strength"] == "strong"]
    found: dict[str, float | None] = {
        f"{row['grain']}.{row['typology']}": row["own"]["recall"] for row in strong
    }
    found |= {row["grain"]: _pooled(strong, row["grain"]) for row in strong}
    return {
        name: (found.get(name), least)
        for name, least in floor.items()
        if (found.get(name) or 0.0) < least
    }


def _pooled(rows: list[Row], grain: str) -> float:
    mine = [row for row in rows if row["grain"] == grain]
    return sum(r["own"]["recall"] * r["carriers"] for r in mine) / sum(r["carriers"] for r in mine)


def _down(share: float) -> float:
    return math.floor(share * 20 + 1e-9) / 20


def _verdicts(funds: list[Row]) -> Row:
    out: Row = {}
    for f in funds:
        for grain, counts in f["verdicts"].items():
            for verdict, n in (counts or {}).items():
                place = out.setdefault(grain, {})
                place[verdict] = place.get(verdict, 0) + n
    return out


def tables(card: Row) -> str:
    """The scorecard as Markdown."""
    seeds = sorted({f["seed"] for f in card["funds"]})
    shares = sorted({f["share"] for f in card["funds"]})
    about = (
        f"{len(card['funds'])} funds, seeds {seeds[0]} to {seeds[-1]}, carrier shares {shares}. "
        "Recall at a budget of twice the typology's carriers, 95 % interval in brackets; random "
        "is its expectation.\n"
    )
    text = [
        "# What is found of what was planted",
        about,
        "## By typology and strength",
        _table(card["by_typology"], ("grain", "typology", "strength")),
        "## By mechanism: shown and held out",
        _table(card["by_mechanism"], ("grain", "typology", "mechanism", "held_out", "strength")),
        "## By prevalence",
        _table(card["by_share"], ("grain", "share", "strength", "held_out")),
        "## False leads: share of look-alikes and of other honest entities in the first 50",
        _plain(card["lookalikes"]),
        "## Data errors routed to corrections",
        _plain(card["errors"]),
        "## Verdicts of carriers among the leads, and how many leads name what was planted",
        _plain(card["verdicts_of_carriers"]),
    ]
    return "\n".join(text) + "\n"


def _table(rows: list[Row], by: tuple[str, ...]) -> str:
    head = [*by, "carriers", "hit at all", *ORDERS]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for row in rows:
        cells = [str(row[n]) for n in (*by, "carriers", "hit")] + [_cell(row[o]) for o in ORDERS]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _cell(figure: Row | None) -> str:
    if figure is None:
        return "not assessed"
    recall = f"{figure['recall']:.2f}"
    if "interval_95" not in figure:
        return recall
    low, high = figure["interval_95"]
    return f"{recall} [{low:.2f}, {high:.2f}]"


def _plain(content: Row | None) -> str:
    if not content:
        return "Not assessed: the stages that write this did not run.\n"
    return "\n".join(f"- {name}: {figures}" for name, figures in content.items()) + "\n"
