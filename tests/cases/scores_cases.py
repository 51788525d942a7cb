"""Small generated feature tables and outcomes for the tests of the scores room."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from fraudml.entities import GRAINS, GrainName
from fraudml.features.catalogue import features_of
from fraudml.features.rule_hits import pairs_of, share_feature
from fraudml.outcomes.labels import LABEL_SCHEMA
from fraudml.params import TrainParams

LIVE = date(2025, 12, 31)
CUTS = (date(2025, 6, 30), date(2025, 9, 30), LIVE)
PARAMS = TrainParams(
    seed=735, min_confirmed=15, forest_trees=20, bags=2, rounds=12, folds=3, repeats=2, trials=0
)


def entity(number: int) -> str:
    return f"P{number:04d}"


def tables(
    n: int = 120,
    dates: Sequence[date] = (LIVE,),
    *,
    grain: GrainName = "provider",
    carriers: Iterable[int] = range(12),
    paid_nothing: Iterable[int] = (),
) -> tuple[pa.Table, pa.Table]:
    """Features and peer distances: noise, with carriers far out on every directed feature.

    Rules found carriers alone.
    """
    rng = np.random.default_rng(7)
    columns = features_of(grain)
    ids, days = [], []
    raw, peer = [], []
    marked, silent = set(carriers), set(paid_nothing)
    for day in dates:
        for number in range(n):
            z = rng.normal(size=len(columns))
            if number in marked:
                z = z + 4.0 * np.array([f.direction for f in columns])
            ids.append(entity(number))
            days.append(day)
            peer.append(z)
            raw.append(10.0 + z)
    raw_matrix, peer_matrix = np.array(raw), np.array(peer)
    names = [f.name for f in columns]
    shares = np.random.default_rng(8)
    hit = np.array([i in {entity(s) for s in marked} for i in ids])
    for pair, _ in pairs_of(grain):  # on the lists of the rules: carriers alone
        place = names.index(share_feature(pair))
        raw_matrix[:, place] = np.where(hit, shares.uniform(0.01, 1.0, len(ids)), 0.0)
    amount = names.index("fund_fen_365d")
    raw_matrix[:, amount] = np.round(np.exp(rng.normal(18, 1, size=len(ids))))
    raw_matrix[[i in {entity(s) for s in silent} for i in ids], amount] = 0.0
    if "account_fen_365d" in names:
        raw_matrix[:, names.index("account_fen_365d")] = 0.0
    return _table(grain, names, ids, days, raw_matrix, {}), _table(
        grain,
        names,
        ids,
        days,
        peer_matrix,
        {
            "peer_group": [f"level {int(i[1:]) % 3}" for i in ids],
            "peers_n": pa.array([n // 3] * len(ids), pa.int64()),
            "widest_group": [("clinic", "hospital")[int(i[1:]) % 2] for i in ids],
        },
    )


def _table(
    grain: GrainName,
    names: list[str],
    ids: list[str],
    days: list[date],
    values: np.ndarray,
    more: dict[str, Any],
) -> pa.Table:
    key = GRAINS[grain].key
    return pa.table(
        {
            key: ids,
            "as_of": pa.array(days, pa.date32()),
            **more,
            **{name: pa.array(values[:, at]) for at, name in enumerate(names)},
        }
    )


def outcome(number: int, confirmed: bool | None, **changes: Any) -> dict[str, Any]:
    """One row of labels.parquet: visited and closed before the live date unless changed."""
    row: dict[str, Any] = {
        "grain": "provider",
        "entity_id": entity(number),
        "inspection_id": f"I{number:04d}",
        "as_of": LIVE,
        "label": None if confirmed is None else int(confirmed),
        "result": "confirmed" if confirmed else "legitimate",
        "visited_on": LIVE,
        "closed_on": LIVE,
        "arm": "risk",
        "form": "daily",
        "amount_confirmed_fen": 1_000_000 * (number + 1) if confirmed else None,
    }
    return dict.fromkeys(LABEL_SCHEMA.names) | row | changes


def labels(rows: Iterable[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=LABEL_SCHEMA)


def one_date(confirmed: int = 20, cleared: int = 30) -> pa.Table:
    """All outcomes closed on the live date: carriers 0.. confirmed, the next ones cleared."""
    return labels(
        [outcome(i, True) for i in range(confirmed)]
        + [outcome(i, False) for i in range(confirmed, confirmed + cleared)]
    )


def over_time(confirmed: int = 20, cleared: int = 30) -> pa.Table:
    """The same outcomes, half matched to the first cut and half to the second, closed in time."""
    rows = []
    for number in range(confirmed + cleared):
        first = number % 4 != 0
        as_of = CUTS[0] if first else CUTS[1]
        visited = as_of + timedelta(days=10)
        rows.append(
            outcome(
                number,
                number < confirmed,
                as_of=as_of,
                visited_on=visited,
                closed_on=visited + timedelta(days=30),
            )
        )
    return labels(rows)
