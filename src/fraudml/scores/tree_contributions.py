"""What each feature contributed to a model of trees: TreeSHAP, for everybody by tables.

LightGBM works a few rows out one by one. Where rows are many, what they share is worked out once:
what a leaf contributes depends on a row only through the answers at the splits of its path. So a
few leaves at a time are worked out for every answer that their splits can give, and a row looks its
answers up. Source of the idea: Nadel & Wettenstein 2025 (Woodelf); the values are those of Lundberg
et al. 2020, path-dependent, as LightGBM has them.

With d features on a path, shares z of the rows kept at each and o in {0, 1} for a condition met,
the part of feature j is the leaf's value times o_j - z_j times the integral over u in 0..1 of
prod_{k != j} (o_k u + z_k (1 - u)): Shapley's weights are that integral, and Gauss's rule of d / 2
points is exact for it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import lightgbm as lgb
import numpy as np

from fraudml.errors import StateError
from fraudml.scores.arrays import BoolArray, FloatArray, IntArray

MANY_ROWS = 1_000  # from here on the tables cost less than they save, whatever the model
_TABLE_SPLITS = 10  # of leaves that share a table: 2 ** 10 answers fit a core's cache
_MOST_SPLITS = (
    12  # of one leaf with a table of its own; a deeper one is worked out for the answers there are
)
_WORD = 40  # answers that a number takes beside those before it
_BLOCK = 8_192
_ZERO = 1e-35  # what LightGBM takes for zero
_AS_ZERO, _AS_NAN = 1, 2


@dataclass(frozen=True)
class _Tree:
    """One tree of LightGBM's text: splits as flat arrays, children below 0 are leaves ~child."""

    feature: IntArray
    threshold: FloatArray
    default_left: BoolArray
    missing: IntArray
    left: IntArray
    right: IntArray
    split_count: IntArray
    leaf_value: FloatArray
    leaf_count: IntArray

    @property
    def expected(self) -> float:
        """Its mean over the rows it was grown on."""
        if not len(self.feature):
            return float(self.leaf_value[0])
        return float((self.leaf_count / self.split_count[0] * self.leaf_value).sum())

    def goes_left(self, split: int, column: FloatArray) -> BoolArray:
        """(n,) which rows go left at a split, unknown values as the split has it."""
        threshold, default = self.threshold[split], self.default_left[split]
        if self.missing[split] == _AS_NAN:
            left = column <= threshold
            return np.asarray(left | np.isnan(column) if default else left)
        known = np.where(np.isnan(column), 0.0, column)
        left = known <= threshold
        if self.missing[split] == _AS_ZERO:
            left[np.abs(known) <= _ZERO] = default
        return np.asarray(left)


@dataclass(frozen=True)
class _Path:
    """How a leaf is reached.

    splits, sides  along the path, and whether it goes left there
    features       each once; asked (splits,) which of them a split asks for
    kept           (features,) share of the rows that meet the conditions on each
    """

    value: float
    splits: tuple[int, ...]
    sides: tuple[bool, ...]
    features: IntArray
    asked: IntArray
    kept: FloatArray

    def parts(self, left: BoolArray) -> FloatArray:
        """(features, m) what each feature contributes by way of this leaf; left (splits, m)."""
        met = np.ones((len(self.features), left.shape[1]), dtype=np.bool_)
        for answer, side, feature in zip(left, self.sides, self.asked, strict=True):
            met[feature] &= answer if side else ~answer
        first, kind = _kinds(met)
        there, kept = met[:, first].astype(np.float64), self.kept[:, None]
        found = self.value * (there - kept) * _of_others(there, kept)
        return found.take(kind, axis=1)


def _kinds(met: BoolArray) -> tuple[IntArray, IntArray]:
    """Places of one row of each kind, and which kind every row is; met (features, m)."""
    kind = np.zeros(met.shape[1], dtype=np.int64)
    first = kind
    for start in range(0, len(met), _WORD):
        for answer in met[start : start + _WORD]:
            kind = kind << 1 | answer
        _, first, kind = np.unique(kind, return_index=True, return_inverse=True)
    return first, kind


@cache
def _gauss(points: int) -> tuple[tuple[float, float], ...]:
    """Places in 0..1 and their weights: exact for polynomials below degree 2 * points."""
    places, weights = np.polynomial.legendre.leggauss(points)
    return tuple(zip(((places + 1.0) / 2.0).tolist(), (weights / 2.0).tolist(), strict=True))


def _of_others(met: FloatArray, kept: FloatArray) -> FloatArray:
    """(d, m) the integral of the product over all other features."""
    total = np.zeros(met.shape)
    for u, weight in _gauss((len(met) + 1) // 2):
        factor = met * u + kept * (1.0 - u)
        before, after = np.ones(met.shape), np.ones(met.shape)
        np.cumprod(factor[:-1], axis=0, out=before[1:])
        np.cumprod(factor[:0:-1], axis=0, out=after[-2::-1])
        total += weight * before * after
    return total


def contributions(text: str, matrix: FloatArray, *, threads: int = 0) -> FloatArray:
    """(n, columns + 1) exact parts of a LightGBM model's raw output, the base value last.

    matrix   (n, columns), nan where unknown
    threads  LightGBM's, 0 for all; changes no bit
    From MANY_ROWS on by tables, which is the same but for rounding (2e-13 at most where tried).
    """
    if len(matrix) < MANY_ROWS:
        model = lgb.Booster(model_str=text)
        said = model.predict(matrix, pred_contrib=True, num_threads=threads)
        return np.asarray(said, dtype=np.float64)
    return by_tables(text, matrix)


def by_tables(text: str, matrix: FloatArray) -> FloatArray:
    """The same of any number of rows, each worked out from its own values alone.

    StateError where the model has categorical splits or linear leaves, which none of ours has.
    """
    columns = np.ascontiguousarray(np.asarray(matrix, dtype=np.float64).T)
    parts = np.zeros((len(columns) + 1, len(matrix)))
    for tree in _trees(text):
        parts[-1] += tree.expected
        if len(tree.feature):
            _add(tree, columns, parts)
    return parts.T


def _add(tree: _Tree, columns: FloatArray, parts: FloatArray) -> None:
    """Add one tree's parts of all rows, a block that fits the cache at a time."""
    shared, deep = _bundles(tuple(_paths(tree)))
    tables = [_table(bundle) for bundle in shared]
    for start in range(0, columns.shape[1], _BLOCK):
        here = slice(start, start + _BLOCK)
        left = np.array(
            [
                tree.goes_left(split, columns[feature, here])
                for split, feature in enumerate(tree.feature)
            ]
        )
        answers = left.astype(np.uint16)
        for splits, features, table in tables:
            code = answers[splits[0]].copy()
            for split in splits[1:]:
                code <<= 1
                code |= answers[split]
            row = code.astype(np.intp)
            for feature, known in zip(features, table, strict=True):
                parts[feature, here] += known.take(row, mode="clip")
        for path in deep:
            for place, added in zip(
                path.features, path.parts(left[list(path.splits)]), strict=True
            ):
                parts[place, here] += added


def _table(bundle: Sequence[_Path]) -> tuple[tuple[int, ...], IntArray, FloatArray]:
    """Splits of some leaves, their features, and (features, 2 ** splits) parts for every answer."""
    splits = tuple(dict.fromkeys(split for path in bundle for split in path.splits))
    features = np.unique(np.concatenate([path.features for path in bundle]))
    answers = np.arange(1 << len(splits)) >> np.arange(len(splits))[::-1, None]
    left = (answers & 1).astype(np.bool_)
    table = np.zeros((len(features), left.shape[1]))
    for path in bundle:
        own = left[[splits.index(split) for split in path.splits]]
        table[np.searchsorted(features, path.features)] += path.parts(own)
    return splits, features, table


def _bundles(paths: Sequence[_Path]) -> tuple[list[list[_Path]], list[_Path]]:
    """Neighbouring leaves that share a table, and those too deep for one."""
    shared: list[list[_Path]] = []
    splits: set[int] = set()
    for path in paths:
        if len(path.splits) > _MOST_SPLITS:
            continue
        if not shared or len(splits | set(path.splits)) > _TABLE_SPLITS:
            shared.append([])
            splits = set()
        shared[-1].append(path)
        splits |= set(path.splits)
    return shared, [path for path in paths if len(path.splits) > _MOST_SPLITS]


def _paths(tree: _Tree) -> Iterator[_Path]:
    """Every leaf's path, neighbours one after the other."""
    waiting: list[tuple[int, tuple[tuple[int, bool, float], ...]]] = [(0, ())]
    while waiting:
        node, steps = waiting.pop()
        if node < 0:
            yield _path(tree, float(tree.leaf_value[~node]), steps)
            continue
        for child, side in ((int(tree.right[node]), False), (int(tree.left[node]), True)):
            count = tree.split_count[child] if child >= 0 else tree.leaf_count[~child]
            share = float(count / tree.split_count[node])
            waiting.append((child, (*steps, (node, side, share))))


def _path(tree: _Tree, value: float, steps: tuple[tuple[int, bool, float], ...]) -> _Path:
    splits, sides, shares = zip(*steps, strict=True)
    asked = tree.feature[list(splits)]
    features = np.unique(asked)
    kept = np.where(features[:, None] == asked, shares, 1.0).prod(axis=1)
    return _Path(value, splits, sides, features, np.searchsorted(features, asked), kept)


def _trees(text: str) -> Iterator[_Tree]:
    for block in text.split("\nTree=")[1:]:
        content = block.split("\n\n", maxsplit=1)[0].splitlines()[1:]
        yield _tree(dict(line.split("=", maxsplit=1) for line in content))


def _tree(said: dict[str, str]) -> _Tree:
    if said["num_cat"] != "0" or said.get("is_linear", "0") != "0":
        raise StateError(
            "A model with categorical splits or linear leaves cannot be explained: run the train "
            "stage again (dvc repro train)."
        )

    def whole(name: str) -> IntArray:
        return np.array(said.get(name, "").split(), dtype=np.int64)

    kind = whole("decision_type")
    return _Tree(
        feature=whole("split_feature"),
        threshold=np.array(said.get("threshold", "").split(), dtype=np.float64),
        default_left=(kind & 2) > 0,
        missing=(kind >> 2) & 3,
        left=whole("left_child"),
        right=whole("right_child"),
        split_count=whole("internal_count"),
        leaf_value=np.array(said["leaf_value"].split(), dtype=np.float64),
        leaf_count=whole("leaf_count"),
    )
