"""All entities of one grain on one as-of date, as matrices, in an order no input can change."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from fraudml.entities import GRAINS, GrainName
from fraudml.errors import StateError
from fraudml.features.catalogue import features_of
from fraudml.features.entry import Feature
from fraudml.scores.arrays import BoolArray, FloatArray, IntArray

AMOUNT = "fund_fen_365d"
ACCOUNT = "account_fen_365d"  # insurance money as well: most pharmacies live on it alone
MONEY = (AMOUNT, ACCOUNT)
PEER_COLUMNS = ("peer_group", "peers_n", "widest_group")


@dataclass(frozen=True)
class Cohort:
    """Everybody of one grain as of one date.

    ids       (n,) in the order of their SHA-256, so that row order decides nothing
    raw       (n, f) own values, nan where not assessed
    peer      (n, f) robust distances to the peer group, nan where there is none
    groups    (n,) names of the peer groups; peers_n (n,) their sizes
    widest    (n,) the widest group that each could be compared with: of a provider its kind
    features  the f catalogue entries of the columns
    """

    grain: GrainName
    as_of: date
    ids: tuple[str, ...]
    raw: FloatArray
    peer: FloatArray
    groups: tuple[str, ...]
    peers_n: IntArray
    widest: tuple[str, ...]
    features: tuple[Feature, ...]

    def __len__(self) -> int:
        return len(self.ids)

    def column(self, name: str) -> int | None:
        """Where a feature stands, or None where the catalogue has none of that name."""
        names = [feature.name for feature in self.features]
        return names.index(name) if name in names else None

    def active(self) -> BoolArray:
        """(n,) who was paid anything in the window: only they can stand out or be learnt from.

        Everybody where the amount is not assessed at all.
        """
        paid = self.paid()
        return np.asarray(paid > 0) if np.any(paid > 0) else np.ones(len(self), dtype=bool)

    def paid(self) -> FloatArray:
        """(n,) fen that insurance paid, see claims/money.py; nan where the fund's is unknown."""
        fund, account = (self.column(name) for name in MONEY)
        if fund is None:
            return np.full(len(self), np.nan)
        paid = self.raw[:, fund]
        if account is None:
            return paid
        alone = (paid <= 0) & (self.raw[:, account] > 0)
        return np.asarray(np.where(alone, self.raw[:, account], paid), dtype=np.float64)

    def places(self) -> dict[str, int]:
        """The row of every id."""
        return {entity: row for row, entity in enumerate(self.ids)}


def hash_order(ids: Iterable[str]) -> list[str]:
    """The ids in the order of their SHA-256: how every tie in this room is broken.

    >>> hash_order(["a", "b", "c"])
    ['c', 'b', 'a']
    """
    return sorted(ids, key=lambda entity: hashlib.sha256(entity.encode()).digest())


def hash_prefix(ids: Iterable[str]) -> npt.NDArray[np.uint64]:
    """(n,) the first eight bytes of every id's SHA-256, which order as the whole does."""
    found = b"".join(hashlib.sha256(entity.encode()).digest()[:8] for entity in ids)
    return np.frombuffer(found, dtype=">u8").astype(np.uint64)


def cohorts(
    grain: GrainName, features: pa.Table, peers: pa.Table, dates: Iterable[date]
) -> dict[date, Cohort]:
    """The cohort of every date asked for that the tables hold; an empty grain has none.

    features, peers  data/features/GRAIN.parquet and data/features/peers/GRAIN.parquet
    Raises StateError where the two do not hold the same entities or lack a catalogue column.
    """
    columns = features_of(grain)
    for table, name in ((features, "features"), (peers, "peers")):
        check_columns(grain, name, table.column_names, columns)
    found = {}
    for day in sorted(set(dates)):
        cohort = _cohort(grain, columns, _on(features, day), _on(peers, day), day)
        if len(cohort):
            found[day] = cohort
    return found


def check_columns(
    grain: GrainName, name: str, found: Sequence[str], wanted: Sequence[Feature]
) -> None:
    """StateError where a table lacks a column of the catalogue."""
    missing = [feature.name for feature in wanted if feature.name not in found]
    missing += [one for one in PEER_COLUMNS if name == "peers" and one not in found]
    if missing:
        raise StateError(
            f"{name}/{grain}.parquet lacks {len(missing)} columns of the present code, first "
            f"{missing[0]}: run the features stage again (dvc repro features)."
        )


def aligned(
    grain: GrainName, columns: tuple[Feature, ...], own: pa.Table, peers: pa.Table, day: date
) -> Cohort:
    """A cohort of two tables with the same entities in the same order, kept in that order."""
    return Cohort(
        grain=grain,
        as_of=day,
        ids=tuple(own[GRAINS[grain].key].to_pylist()),
        raw=_matrix(own, columns),
        peer=_matrix(peers, columns),
        groups=_labels(peers["peer_group"]),
        peers_n=np.nan_to_num(_floats(peers["peers_n"])).astype(np.int64),
        widest=_labels(peers["widest_group"]),
        features=columns,
    )


def _on(table: pa.Table, day: date) -> pa.Table:
    return table.filter(pc.equal(table["as_of"], pa.scalar(day, pa.date32())))


def _cohort(
    grain: GrainName, columns: tuple[Feature, ...], own: pa.Table, peers: pa.Table, day: date
) -> Cohort:
    key = GRAINS[grain].key
    at = {entity: row for row, entity in enumerate(own[key].to_pylist())}
    peers_at = {entity: row for row, entity in enumerate(peers[key].to_pylist())}
    if at.keys() != peers_at.keys() or len(at) != len(own) or len(peers_at) != len(peers):
        raise StateError(
            f"features/{grain}.parquet and features/peers/{grain}.parquet do not hold the same "
            f"{grain}s once each as of {day}: run the features stage again (dvc repro features)."
        )
    ids = hash_order(at)
    rows = np.array([at[entity] for entity in ids], dtype=np.int64)
    peer_rows = np.array([peers_at[entity] for entity in ids], dtype=np.int64)
    sizes = _floats(peers["peers_n"])[peer_rows]
    return Cohort(
        grain=grain,
        as_of=day,
        ids=tuple(ids),
        raw=_matrix(own, columns, rows),
        peer=_matrix(peers, columns, peer_rows),
        groups=_labels(peers["peer_group"], peer_rows),
        peers_n=np.nan_to_num(sizes).astype(np.int64),
        widest=_labels(peers["widest_group"], peer_rows),
        features=columns,
    )


def _labels(column: pa.ChunkedArray, rows: IntArray | None = None) -> tuple[str, ...]:
    known = column.fill_null("")
    return tuple((known if rows is None else known.take(pa.array(rows))).to_pylist())


def _matrix(
    table: pa.Table, columns: tuple[Feature, ...], rows: IntArray | None = None
) -> FloatArray:
    matrix = np.empty((len(table), len(columns)))
    for place, feature in enumerate(columns):
        values = _floats(table[feature.name])
        matrix[:, place] = values if rows is None else values[rows]
    return matrix


def _floats(column: pa.ChunkedArray) -> FloatArray:
    values = column.cast(pa.float64()).to_numpy()
    return np.asarray(values, dtype=np.float64)


def share_below(score: FloatArray) -> FloatArray:
    """For each, the share of the others that score strictly less; ties share one value.

    A nan is nobody's other and stays nan.

    >>> share_below(np.array([3.0, 1.0, 1.0, 2.0, 9.0])).tolist()
    [0.75, 0.0, 0.0, 0.5, 1.0]
    """
    known = ~np.isnan(score)
    below = np.searchsorted(np.sort(score[known]), score, side="left")
    return np.asarray(np.where(known, below / max(1, known.sum() - 1), np.nan), dtype=np.float64)
