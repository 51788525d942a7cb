"""From visits to settlements: dates, reversals and corrections, numbers in order of settlement."""

from dataclasses import dataclass

import numpy as np

from fraudml.worlds.columns import Array, Columns, Rng, stack, take
from fraudml.worlds.fund import INPATIENT, Fund
from fraudml.worlds.money import sums

_CORRECTED = 0.6


@dataclass(frozen=True)
class Ledger:
    """All settlements known by the end of the window, sorted by settlement.

    claims  visit, settled (day), uploaded (minutes after discharge), total_fen, fund_fen,
            patient_fen, account_fen, sign (-1 a reversal), reverses (row here, -1 none),
            unlinked (whether a reversal does not say what it reverses)
    lines   claim (row), line_no, origin (line of the fund), and the columns of the fund's lines;
            amounts signed
    """

    claims: Columns
    lines: Columns

    def live(self) -> Array:
        """Rows that are neither a reversal nor reversed."""
        claims = self.claims
        live = claims["sign"] > 0
        live[claims["reverses"][claims["reverses"] >= 0]] = False
        return live


def make_ledger(fund: Fund, money: Columns) -> Ledger:
    """Every visit that has lines becomes a settlement; a few are reversed and settled again."""
    rng = fund.rng("settlement")
    billed = np.flatnonzero(
        sums(fund.lines["visit"], np.ones_like(fund.lines["visit"]), len(money["total_fen"])) > 0
    )
    first = _first(fund, money, rng, billed)
    back = _reversals(rng, fund, first)
    again = _corrections(rng, first, back)
    claims = stack(first, back, again)
    claims = _in_order(rng, claims, fund.window.days)
    return Ledger(claims, _lines(fund, claims))


def _first(fund: Fund, money: Columns, rng: Rng, billed: Array) -> Columns:
    visits = take(fund.visits, billed)
    n, stay = len(billed), visits["kind"] == INPATIENT
    wait = np.where(stay, 1 + rng.poisson(3.2, n), rng.choice([0, 0, 0, 0, 0, 0, 1, 2, 3], n))
    tardy = rng.random(n) < 0.008
    delay = np.where(tardy, rng.integers(8, 60, n), 0)
    fen = {name: column[billed] for name, column in money.items()}
    batches = [a.number for a in fund.artefacts if a.name == "batch_sent_twice"]
    again = np.isin(visits["artefact"], batches)  # settled in one go, when the batch comes again
    settled = visits["discharged"] + wait + delay + visits["delay"]
    return fen | {
        "visit": billed,
        "settled": np.where(again, visits["sent_at"] // 1440, settled),
        "uploaded": (delay + visits["delay"]) * 1440 + rng.integers(5, 300, n),
        "unlinked": np.zeros(n, dtype=bool),
        "artefact": np.full(n, -1),
        "sign": np.ones(n, dtype=np.int64),
        "reverses": np.full(n, -1),
        "row": np.arange(n),
    }


def _reversals(rng: Rng, fund: Fund, first: Columns) -> Columns:
    """Few, except at providers whose system reverses often, late, or without naming the claim."""
    places = fund.providers
    at = fund.visits["provider"][first["visit"]]
    rows = np.flatnonzero(rng.random(len(at)) < places["reversed"][at])
    at = at[rows]
    back = take(first, rows)
    for name in ("total_fen", "fund_fen", "patient_fen", "account_fen", "sign"):
        back[name] = -back[name]
    late = np.where(places["reversed_late"][at], rng.integers(60, 180, len(rows)), 0)
    back["settled"] = back["settled"] + rng.integers(1, 45, len(rows)) + late
    back["unlinked"] = places["reversed_unlinked"][at]
    back["artefact"] = places["reversal_artefact"][at]
    first["artefact"][rows] = places["reversal_artefact"][at]
    back["reverses"] = rows
    back["row"] = len(first["visit"]) + np.arange(len(rows))
    return back


def _corrections(rng: Rng, first: Columns, back: Columns) -> Columns:
    again = np.flatnonzero(rng.random(len(back["visit"])) < _CORRECTED)
    new = take(first, back["reverses"][again])
    new["settled"] = back["settled"][again] + rng.integers(0, 6, len(again))
    new["row"] = len(first["visit"]) + len(back["visit"]) + np.arange(len(again))
    return new


def _in_order(rng: Rng, claims: Columns, days: int) -> Columns:
    """Sorted by settlement; what is settled after the last day is not known yet."""
    claims = take(claims, claims["settled"] < days)
    claims = take(claims, np.lexsort((rng.permutation(len(claims["row"])), claims["settled"])))
    place = np.full(int(claims["row"].max()) + 1, -1)
    place[claims["row"]] = np.arange(len(claims["row"]))
    reverses = claims["reverses"]
    claims["reverses"] = np.where(reverses >= 0, place[reverses], -1)
    del claims["row"]
    return claims


def _lines(fund: Fund, claims: Columns) -> Columns:
    """The lines of each settlement in order of service, numbered from 1."""
    lines = fund.lines
    order = np.lexsort((lines["item"], lines["minute"], lines["day"], lines["visit"]))
    count = np.bincount(lines["visit"], minlength=len(fund.visits["patient"]))
    start = np.cumsum(count) - count
    of_claim = count[claims["visit"]]
    claim = np.repeat(np.arange(len(of_claim)), of_claim)
    number = np.arange(len(claim)) - np.repeat(np.cumsum(of_claim) - of_claim, of_claim)
    origin = order[start[claims["visit"]][claim] + number]
    out = take(lines, origin)
    sign = claims["sign"][claim]
    for name in ("quantity", "amount_fen", "fund_fen", "false_fen"):
        out[name] = out[name] * sign
    return out | {"claim": claim, "line_no": number + 1, "origin": origin}
