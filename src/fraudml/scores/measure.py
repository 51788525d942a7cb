"""Three passes over a cohort in batches: who is in it, how each stands, what outcomes taught."""

import hashlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy.sparse import csr_array, vstack

from fraudml.entities import GrainName
from fraudml.errors import StateError
from fraudml.features.catalogue import features_of
from fraudml.features.entry import Feature
from fraudml.scores.amounts import predict_amounts
from fraudml.scores.arrays import BoolArray, FloatArray, IntArray
from fraudml.scores.baselines import amount_per_peer_score, amount_score
from fraudml.scores.boosted import ANOMALY, PEER, Supervised
from fraudml.scores.cohort import AMOUNT, MONEY, hash_prefix, share_below
from fraudml.scores.ground import Ground, Surveys
from fraudml.scores.labelfree import LabelFree
from fraudml.scores.members import Members
from fraudml.scores.model_io import Models
from fraudml.scores.rule_lists import Listed, listed, read_for_lists, shares


@dataclass(frozen=True)
class Everybody:
    """ids in the order the batches came; order: their places in the order of their hashes."""

    ids: pa.Array
    order: IntArray


@dataclass(frozen=True)
class Measured:
    """How everybody stands, each (n,) in the order of the hashes of the ids.

    label_free   forest, tail, neighbours; nan for who was paid nothing
    size         what was paid, None where that is no feature; amount: the same, unknown as least
    widest       a number for each one's widest peer group
    amount_if_confirmed  fen, nan where it cannot be predicted
    """

    label_free: tuple[FloatArray, ...]
    anomaly: FloatArray
    size: FloatArray | None
    widest: IntArray
    amount: FloatArray
    amount_per_peer: FloatArray
    rules: Listed
    amount_if_confirmed: FloatArray
    active: BoolArray


def survey(members: Members) -> tuple[Everybody, Ground]:
    """Who there is, and what the active teach; StateError where somebody stands there twice."""
    features = _needed(members.grain)
    surveys = Surveys.none(tuple(f.name for f in features if f.direction != 0))
    ids, hashes = [], []
    for batch in members.batches(features):
        ids.append(pa.array(batch.ids, pa.string()))
        hashes.append(hash_prefix(batch.ids))
        surveys = surveys.with_batch(batch, hashes[-1])
    names = pa.concat_arrays(ids) if ids else pa.array([], pa.string())
    known = np.concatenate(hashes) if hashes else np.empty(0, dtype=np.uint64)
    return Everybody(names, _order(names, known, members.grain)), surveys.ground()


def measure(members: Members, everybody: Everybody, ground: Ground, models: Models) -> Measured:
    """Every score that needs no outcome, and the baselines beside."""
    columns: list[list[FloatArray]] = []
    widest: list[pa.DictionaryArray] = []
    found: list[csr_array] = []
    for batch in members.batches(_needed(members.grain)):
        widest.append(pa.array(batch.widest, pa.string()).dictionary_encode())
        found.append(shares(batch))
        columns.append(
            [
                *ground.scores(batch, models.forest),
                batch.paid(),
                amount_score(batch),
                amount_per_peer_score(batch),
                predict_amounts(models.about["amounts"], batch),
            ]
        )
    forest, tail, near, size, amount, per_peer, confirmed = (
        np.concatenate(column)[everybody.order] for column in zip(*columns, strict=True)
    )
    paid = size > 0
    active = paid if paid.any() else np.ones(len(size), dtype=np.bool_)
    label_free = tuple(np.where(active, one, np.nan) for one in (forest, tail, near))
    has_size = AMOUNT in {feature.name for feature in features_of(members.grain)}
    return Measured(
        label_free,
        share_below(label_free[0]),
        size if has_size else None,
        _numbers(widest)[everybody.order],
        amount,
        per_peer,
        listed(csr_array(vstack(found))[everybody.order]),
        confirmed,
        active,
    )


def supervise(
    members: Members, everybody: Everybody, learnt: Supervised, seen: Measured
) -> FloatArray:
    """(n,) what the supervised model says, in the order of the hashes; nan for the inactive."""
    wanted = {name.removeprefix(PEER) for name in learnt.columns} - {ANOMALY}
    every = features_of(members.grain)
    features = tuple(f for f in every if f.name in {*wanted, *MONEY})
    anomaly = np.empty(len(seen.anomaly))
    anomaly[everybody.order] = seen.anomaly
    said, start = [], 0
    for batch in members.batches(features):
        part = anomaly[start : start + len(batch)]
        start += len(batch)
        said.append(learnt.score(LabelFree(batch, part, part, part, part)))
    score = np.concatenate(said)[everybody.order]
    return np.asarray(np.where(seen.active, score, np.nan), dtype=np.float64)


def _numbers(labels: list[pa.DictionaryArray]) -> IntArray:
    """One number for each label, the same in every batch."""
    whole = pa.chunked_array(labels).unify_dictionaries().combine_chunks()
    return np.asarray(whole.indices.to_numpy(), dtype=np.int64)


def _needed(grain: GrainName) -> tuple[Feature, ...]:
    """What is read of everybody: features with a suspicious side, amounts and lists of rules."""
    named = {*MONEY, *read_for_lists(grain)}
    return tuple(f for f in features_of(grain) if f.direction != 0 or f.name in named)


def _order(ids: pa.Array, hashes: npt.NDArray[np.uint64], grain: GrainName) -> IntArray:
    order = np.argsort(hashes, kind="stable")
    alike = np.flatnonzero(np.diff(hashes[order]) == 0)
    for place in _runs(alike):
        rows = [int(row) for row in order[place]]
        whole = {row: hashlib.sha256(ids[row].as_py().encode()).digest() for row in rows}
        if len(set(whole.values())) < len(rows):
            raise StateError(
                f"features/{grain}.parquet holds a {grain} twice on one as-of date: run the "
                "features stage again (dvc repro features)."
            )
        order[place] = sorted(rows, key=whole.__getitem__)
    return np.asarray(order, dtype=np.int64)


def _runs(alike: IntArray) -> list[slice]:
    """Stretches of equal hashes, from the places whose next is the same."""
    cut = np.split(alike, np.flatnonzero(np.diff(alike) > 1) + 1)
    return [slice(int(run[0]), int(run[-1]) + 2) for run in cut if len(run)]
