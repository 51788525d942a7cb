"""Which features moved each listed entity, exactly: the contributions add up to the score."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa

from fraudml.entities import GRAINS, GrainName
from fraudml.errors import StateError
from fraudml.params import ExplainParams
from fraudml.scores.arrays import FloatArray, IntArray
from fraudml.scores.boosted import ANOMALY, PEER
from fraudml.scores.cohort import Cohort, cohorts
from fraudml.scores.labelfree import look
from fraudml.scores.model_io import Models, read_models
from fraudml.scores.rule_lists import Named, rule_parts
from fraudml.scores.tail import tail_parts

BASE = "(base)"


def explain_grain(
    grain: GrainName,
    scores: pa.Table,
    features: pa.Table,
    peers: pa.Table,
    models_dir: Path,
    params: ExplainParams,
) -> pa.Table:
    """data/attributions/GRAIN.parquet: contributions of every feature, by entity and model.

    forest    parts of minus the normalised path length (2 ** sum is the forest's score)
    tail      parts of the one-sided distance to peers, the second label-free ranking
    rules     parts of the rules' score: 1 / place on the list of each typology
    lightgbm  parts of the supervised score; own value and distance to peers of one feature are
              one part, and "(anomaly)" is what the forest's share contributed
    The base value stands under "(base)"; parts of one entity and model sum to the score.
    """
    listed = scores.sort_by("rank").slice(0, params.listed)
    if not len(listed):
        return attributions_schema(grain).empty_table()
    live: date = listed["as_of"][0].as_py()
    cohort = cohorts(grain, features, peers, [live]).get(live)
    places = cohort.places() if cohort else {}
    ids = listed[GRAINS[grain].key].to_pylist()
    if cohort is None or not places.keys() >= {*ids}:
        raise StateError(
            f"scores/{grain}.parquet ranks {grain}s as of {live} whom features/{grain}.parquet "
            "does not hold: run the score stage again (dvc repro score)."
        )
    rows = np.array([places[entity] for entity in ids], dtype=np.int64)
    context = _Context(cohort, rows)
    tables = [
        context.table(model, names, parts)
        for model, (names, parts) in _parts(cohort, rows, read_models(models_dir)).items()
    ]
    return pa.concat_tables(tables)


def attributions_schema(grain: GrainName) -> pa.Schema:
    """The columns of data/attributions/GRAIN.parquet."""
    return pa.schema(
        [
            (GRAINS[grain].key, pa.string()),
            ("as_of", pa.date32()),
            ("model", pa.string()),
            ("feature", pa.string()),
            ("typology", pa.string()),
            ("value", pa.float64()),
            ("peer_median", pa.float64()),
            ("percentile", pa.float64()),
            ("peers_n", pa.int64()),
            ("contribution", pa.float64()),
        ]
    )


def _parts(cohort: Cohort, rows: IntArray, models: Models) -> dict[str, Named]:
    names, tail = tail_parts(cohort)
    kinds, hits = rule_parts(cohort, rows)
    parts: dict[str, Named] = {
        "forest": ((*models.forest.names, BASE), models.forest.contributions(cohort, rows)),
        "tail": ((*names, BASE), np.column_stack([tail[rows], np.zeros(len(rows))])),
        "rules": ((*kinds, BASE), np.column_stack([hits, np.zeros(len(rows))])),
    }
    if models.supervised is not None:
        seen = look(cohort, models.forest)
        columns = (*models.supervised.columns, BASE)
        parts["lightgbm"] = _by_feature(columns, models.supervised.contributions(seen, rows))
    return parts


def _by_feature(columns: Sequence[str], parts: FloatArray) -> Named:
    """Own value and distance to peers of one feature, added up."""
    features = [column.removeprefix(PEER) for column in columns]
    names = tuple(dict.fromkeys(features))
    total = np.zeros((len(parts), len(names)))
    for place, feature in enumerate(features):
        total[:, names.index(feature)] += parts[:, place]
    return names, total


class _Context:
    """How the listed entities stand among their peers, feature by feature, computed once each."""

    def __init__(self, cohort: Cohort, rows: IntArray) -> None:
        self._cohort = cohort
        self._rows = rows
        self._known: dict[str, tuple[FloatArray, FloatArray, FloatArray]] = {}
        group = np.unique(cohort.groups, return_inverse=True)[1]
        self._listed_and_members = [
            (np.flatnonzero(group[rows] == one), np.flatnonzero(group == one))
            for one in np.unique(group[rows])
        ]

    def table(self, model: str, names: Sequence[str], parts: FloatArray) -> pa.Table:
        """Entity by entity, one row for every name; parts (entities, names)."""
        cohort, rows = self._cohort, self._rows
        about = [self._about(name) for name in names]
        value, median, percentile = (
            np.column_stack(one).ravel() for one in zip(*about, strict=True)
        )
        places = [cohort.column(name) for name in names]
        typologies = [None if at is None else cohort.features[at].typology for at in places]
        entity = pa.array(np.repeat(np.arange(len(rows)), len(names)))
        feature = pa.array(np.tile(np.arange(len(names)), len(rows)))
        columns = [
            pa.array([cohort.ids[row] for row in rows], pa.string()).take(entity),
            pa.repeat(pa.scalar(cohort.as_of, pa.date32()), parts.size),
            pa.repeat(model, parts.size),
            pa.array(names, pa.string()).take(feature),
            pa.array(typologies, pa.string()).take(feature),
            *(pa.array(one, from_pandas=True) for one in (value, median, percentile)),
            pa.array(cohort.peers_n[rows]).take(entity),
            pa.array(parts.ravel(), from_pandas=True),
        ]
        return pa.table(columns, schema=attributions_schema(cohort.grain))

    def _about(self, name: str) -> tuple[FloatArray, FloatArray, FloatArray]:
        if name not in self._known:
            self._known[name] = self._among_peers(name)
        return self._known[name]

    def _among_peers(self, name: str) -> tuple[FloatArray, FloatArray, FloatArray]:
        unknown = np.full(len(self._rows), np.nan)
        at = self._cohort.column(name)
        if at is None or name in (BASE, ANOMALY):
            return unknown, unknown, unknown
        column = self._cohort.raw[:, at]
        value = column[self._rows]
        medians, percentiles = unknown.copy(), unknown.copy()
        for listed, members in self._listed_and_members:
            peers = column[members]
            known = np.sort(peers[~np.isnan(peers)])
            if not len(known):
                continue
            medians[listed] = np.median(known)
            below = np.searchsorted(known, value[listed], side="left")
            up_to = np.searchsorted(known, value[listed], side="right")
            percentiles[listed] = (below + 0.5 * (up_to - below)) / len(known)
        percentiles[np.isnan(value)] = np.nan
        return value, medians, percentiles
