"""In which practitioners and departments a provider's excess sits.

Excess is what the fund paid beyond what the same number of claims of each visit kind costs at the
provider's peers. It adds up: over practitioners, and over departments, to the provider's own. A
part of few claims is drawn toward nothing (credibility n / (n + k), Buhlmann 1967), and what is
taken from it stands in a row of its own, so that nobody is pointed at for a handful of claims.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from fraudml.claims.accepted import Claims
from fraudml.engine import Engine

WINDOW_DAYS = 365
CREDIBLE_CLAIMS = 10.0  # k: with as many claims, half of a part's excess is believed
SHOWN = 5  # parts named; the others are added up
_AT_MOST = 5_000_000  # providers times visit kinds
PARTS = ("practitioner_id", "department_code")
Sums = dict[str, tuple[int, int]]  # visit kind -> claims, fen


@dataclass(frozen=True)
class Rung:
    """One part of a provider's excess; ``part`` is None for claims that name nobody.

    kind     named, unnamed (no practitioner or department on the claim), others (all that are not
    shown) or spread (what few claims cannot pin on anybody)
    share    of the provider's excess; shares add to 1 and may lie outside 0..1, for parts below
    expectation offset others. None where the provider has no excess
    """

    kind: str
    part: str | None
    claims_n: int
    paid_fen: int
    excess_fen: int
    share: float | None


@dataclass(frozen=True)
class Ladder:
    """A provider's excess and its rungs by practitioner and by department."""

    paid_fen: int
    excess_fen: int
    rungs: Mapping[str, tuple[Rung, ...]]

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "paid_fen": self.paid_fen,
            "excess_fen": self.excess_fen,
            **{name: [asdict(rung) for rung in rungs] for name, rungs in self.rungs.items()},
        }


def ladders(
    engine: Engine,
    claims: Claims,
    ids: Sequence[str],
    groups: Mapping[str, str],
    *,
    as_of: date,
) -> dict[str, Ladder]:
    """The ladder of each listed provider with claims in the year before; others have none.

    groups  provider -> peer group, of all providers; expectation comes from the others of the
    group, and from all other providers where the group has no claim of that kind
    """
    standing = _year(claims, as_of)
    sums = _by_kind(engine, standing)
    found: dict[str, Ladder] = {}
    wanted = [one for one in ids if one in sums]
    usual = {one: _usual(one, sums, groups) for one in wanted}
    parts = {name: _parts(engine, claims, standing, name, wanted) for name in PARTS}
    for one in wanted:
        paid = sum(fen for _, fen in sums[one].values())
        excess = _excess(sums[one], usual[one])
        rungs = {
            name: rungs_of(parts[name][one], usual[one], excess)
            for name in PARTS
            if one in parts[name]
        }
        found[one] = Ladder(paid, excess, rungs)
    return found


def _year(claims: Claims, as_of: date) -> ir.Table:
    """Claims and reversals of the year, each with +1 or -1: what is reversed cancels."""
    t = claims.table("claims")
    first = ibis.literal(as_of) - ibis.interval(days=WINDOW_DAYS)
    t = t.filter(t.settled_on <= ibis.literal(as_of), t.settled_on > first.cast("date"))
    if claims.missing(("claims.reverses_claim_id",)):
        return t.mutate(one=ibis.literal(1, "int64"))
    return t.mutate(one=ibis.cases((t.reverses_claim_id.isnull(), 1), else_=-1).cast("int64"))


def _by_kind(engine: Engine, standing: ir.Table) -> dict[str, Sums]:
    t = standing.group_by("provider_id", "visit_kind").agg(
        n=standing.one.sum(), fen=standing.fund_amount_fen.sum()
    )
    sums: dict[str, Sums] = {}
    for row in engine.rows(t.order_by("provider_id", "visit_kind"), at_most=_AT_MOST).to_pylist():
        sums.setdefault(row["provider_id"], {})[row["visit_kind"]] = (row["n"], row["fen"] or 0)
    return sums


def _usual(
    provider: str, sums: Mapping[str, Sums], groups: Mapping[str, str]
) -> dict[str, tuple[int, int]]:
    """By visit kind: claims and fen of the others of the group, or of everybody else."""
    usual: dict[str, tuple[int, int]] = {}
    for kind in sums[provider]:
        others = [(one, s[kind]) for one, s in sums.items() if one != provider and kind in s]
        peers = [s for one, s in others if groups.get(one) == groups.get(provider)]
        chosen = peers if sum(n for n, _ in peers) > 0 else [s for _, s in others]
        usual[kind] = (sum(n for n, _ in chosen), sum(fen for _, fen in chosen))
    return usual


def _parts(
    engine: Engine, claims: Claims, standing: ir.Table, name: str, ids: Sequence[str]
) -> dict[str, dict[str | None, Sums]]:
    if not ids or claims.missing((f"claims.{name}",)):
        return {}
    listed = engine.table(pa.table({"provider_id": pa.array(ids)}), f"ladder_{name}")
    t = standing.semi_join(listed, "provider_id")
    keys = ("provider_id", name, "visit_kind")
    t = t.group_by(*keys).agg(n=t.one.sum(), fen=t.fund_amount_fen.sum())
    found: dict[str, dict[str | None, Sums]] = {}
    for row in engine.rows(t.order_by(*keys), at_most=_AT_MOST).to_pylist():
        part = found.setdefault(row["provider_id"], {}).setdefault(row[name], {})
        part[row["visit_kind"]] = (row["n"], row["fen"] or 0)
    return found


def rungs_of(
    parts: Mapping[str | None, Sums], usual: Mapping[str, tuple[int, int]], excess: int
) -> tuple[Rung, ...]:
    """The rungs of one provider, largest excess first; they add up to its ``excess`` exactly.

    parts  part -> visit kind -> claims, fen; usual: visit kind -> claims, fen of the peers
    """
    rows, spread = [], excess - sum(_excess(sums, usual) for sums in parts.values())
    for part, sums in parts.items():
        n, own = sum(n for n, _ in sums.values()), _excess(sums, usual)
        believed = own if part is None else round(own * n / (n + CREDIBLE_CLAIMS)) if n > 0 else 0
        spread += own - believed
        rows.append((part, n, sum(fen for _, fen in sums.values()), believed))
    named = sorted((r for r in rows if r[0] is not None), key=lambda r: (-r[3], str(r[0])))
    shown: list[tuple[str, str | None, int, int, int]] = [("named", *r) for r in named[:SHOWN]]
    shown += [("unnamed", *row) for row in rows if row[0] is None]
    rest = named[SHOWN:]
    if rest:
        n, paid, beyond = (sum(r[i] for r in rest) for i in (1, 2, 3))  # type: ignore[misc]
        shown.append(("others", None, n, paid, beyond))
    if spread:
        shown.append(("spread", None, 0, 0, spread))
    return tuple(Rung(*row, round(row[4] / excess, 6) if excess > 0 else None) for row in shown)


def _excess(sums: Sums, usual: Mapping[str, tuple[int, int]]) -> int:
    """Fen beyond expectation, kind by kind; a kind that no peer has is as expected."""
    total = 0
    for kind, (n, fen) in sums.items():
        others_n, others_fen = usual[kind]
        total += fen - (n * others_fen + others_n // 2) // others_n if others_n > 0 else 0
    return total
