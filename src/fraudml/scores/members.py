"""A grain's entities as of one date, out of files of any size, a batch at a time."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from fraudml.artifacts import parquet_columns
from fraudml.entities import GRAINS, GrainName
from fraudml.errors import StateError
from fraudml.features.catalogue import features_of
from fraudml.features.entry import Feature
from fraudml.scores.cohort import MONEY, PEER_COLUMNS, Cohort, aligned, check_columns

BATCH_ROWS = 1 << 17


class Members(Protocol):
    """Everybody of one grain and date; every pass yields the same rows in the same order."""

    @property
    def grain(self) -> GrainName:
        """Which kind of entity."""
        ...

    @property
    def as_of(self) -> date:
        """As of which date."""
        ...

    def batches(self, features: Sequence[Feature]) -> Iterator[Cohort]:
        """Parts of the cohort with at least these features."""
        ...


@dataclass(frozen=True)
class InMemory:
    """A cohort that is there already: one batch."""

    cohort: Cohort

    @property
    def grain(self) -> GrainName:
        """The cohort's."""
        return self.cohort.grain

    @property
    def as_of(self) -> date:
        """The cohort's."""
        return self.cohort.as_of

    def batches(self, features: Sequence[Feature]) -> Iterator[Cohort]:
        """The whole cohort."""
        if len(self.cohort):
            yield self.cohort


@dataclass(frozen=True)
class InFiles:
    """data/features/GRAIN.parquet and data/features/peers/GRAIN.parquet, both in one order.

    rows  of a batch: what bounds memory, and nothing of the result
    Raises StateError where a column of the catalogue is missing or the files differ in their rows.
    """

    grain: GrainName
    as_of: date
    features: Path
    peers: Path
    rows: int = BATCH_ROWS

    def batches(self, features: Sequence[Feature]) -> Iterator[Cohort]:
        """The rows of the date, ``rows`` at a time, with these features alone."""
        key, names = GRAINS[self.grain].key, [feature.name for feature in features]
        for path, name in ((self.features, "features"), (self.peers, "peers")):
            check_columns(self.grain, name, parquet_columns(path), features_of(self.grain))
        own = self._stream(self.features, [key, "as_of", *names])
        peers = self._stream(self.peers, [key, "as_of", *PEER_COLUMNS, *names])
        while True:
            one, other = next(own, None), next(peers, None)
            if one is None and other is None:
                return
            if one is None or other is None or not one[key].equals(other[key]):
                raise StateError(
                    f"features/{self.grain}.parquet and features/peers/{self.grain}.parquet do not "
                    f"hold the same {self.grain}s in the same order as of {self.as_of}: run the "
                    "features stage again (dvc repro features)."
                )
            yield aligned(self.grain, tuple(features), one, other, self.as_of)

    def _stream(self, path: Path, columns: list[str]) -> Iterator[pa.Table]:
        waiting: list[pa.Table] = []
        for part in self._of_date(path, columns):
            waiting.append(part)
            while sum(map(len, waiting)) >= self.rows:
                joined = pa.concat_tables(waiting)
                yield joined.slice(0, self.rows).combine_chunks()
                waiting = [joined.slice(self.rows)]
        if sum(map(len, waiting)):
            yield pa.concat_tables(waiting).combine_chunks()

    def _of_date(self, path: Path, columns: list[str]) -> Iterator[pa.Table]:
        with pq.ParquetFile(path) as file:
            groups = [n for n in range(file.num_row_groups) if self._may_hold(file, n)]
            for batch in file.iter_batches(self.rows, row_groups=groups, columns=columns):
                same = pc.equal(batch["as_of"], pa.scalar(self.as_of, pa.date32()))
                if same.true_count:
                    all_same = same.true_count == len(batch)  # then nothing need be copied
                    yield pa.Table.from_batches([batch if all_same else batch.filter(same)])

    def _may_hold(self, file: pq.ParquetFile, group: int) -> bool:
        place = file.schema_arrow.get_field_index("as_of")
        known = file.metadata.row_group(group).column(place).statistics
        return known is None or not known.has_min_max or known.min <= self.as_of <= known.max


@dataclass(frozen=True)
class Without:
    """The same members as if some features of some of them were not assessed.

    taken  by entity the features that are unknown of it; what it was paid stays known, since who
           was paid nothing is not ranked
    """

    members: Members
    taken: Mapping[str, Collection[str]]

    @property
    def grain(self) -> GrainName:
        """The members'."""
        return self.members.grain

    @property
    def as_of(self) -> date:
        """The members'."""
        return self.members.as_of

    def batches(self, features: Sequence[Feature]) -> Iterator[Cohort]:
        """Their batches, in which the features taken are nan."""
        for batch in self.members.batches(features):
            places = batch.places() if self.taken else {}
            yield self._blank(batch, {i: places[i] for i in self.taken if i in places})

    def _blank(self, batch: Cohort, rows: Mapping[str, int]) -> Cohort:
        if not rows:
            return batch
        raw, peer = batch.raw.copy(), batch.peer.copy()
        for entity, row in rows.items():
            gone = [f.name in self.taken[entity] and f.name not in MONEY for f in batch.features]
            raw[row, gone] = peer[row, gone] = np.nan
        return replace(batch, raw=raw, peer=peer)


def peer_groups(grain: GrainName, peers: Path, live: date) -> Callable[[], pa.Table]:
    """How to read the peer group of everybody as of a date, where it is needed at all."""
    columns = [GRAINS[grain].key, "as_of", "peer_group"]
    return lambda: pq.read_table(peers, columns=columns, filters=[("as_of", "=", live)])
