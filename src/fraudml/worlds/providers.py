"""Designated institutions of the demo fund: skewed sizes, and honest variation in every habit."""

import numpy as np

from fraudml.worlds.columns import Array, Columns, Rng, draw_by

KINDS = ("hospital", "clinic", "pharmacy", "nursing")
HOSPITAL, CLINIC, PHARMACY, NURSING = range(4)
REGIONS = np.array(
    ["110101", "110102", "110105", "110106", "110108", "110112", "110116", "110118"], dtype=object
)
_PLACES = ("东城", "西城", "朝阳", "丰台", "海淀", "通州", "怀柔", "密云")
REGION_SHARE = np.array([0.10, 0.12, 0.24, 0.16, 0.2, 0.11, 0.04, 0.03])
_KIND_SHARE = np.array([0.22, 0.30, 0.42, 0.06])
_LEVEL_SHARE = np.array([[0.0, 0.42, 0.38, 0.20], [0.6, 0.4, 0, 0], [1, 0, 0, 0], [0.5, 0.5, 0, 0]])
_SIZE = np.array([[2, 3, 11, 34], [1, 1.8, 1, 1], [1, 1, 1, 1], [0.7, 1, 1, 1]])
_PRIVATE = np.array([[1, 0.5, 0.22, 0.06], [0.8, 0.45, 1, 1], [0.93, 1, 1, 1], [0.7, 0.6, 1, 1]])
_BRAND = (
    "仁和",
    "康宁",
    "同济",
    "安泰",
    "惠民",
    "博爱",
    "和平",
    "长春",
    "益寿",
    "明德",
    "普济",
    "瑞安",
    "华康",
    "嘉和",
    "松柏",
)
_SUFFIX = (
    ("医院", "医院", "中心医院", "总医院"),
    ("诊所", "社区卫生服务站"),
    ("大药房",),
    ("护理院", "护养中心"),
)
HABITS = {
    "exams": 0.28,
    "drugs": 0.22,
    "services": 0.3,
    "stay": 0.14,
    "severity": 0.22,
    "readmit": 0.5,
    "price": 0.05,
    "stock": 0.6,
    "slips": 0.9,
    "cardless": 0.7,
}


def make_providers(rng: Rng, n: int) -> Columns:
    """n institutions. Sizes are lognormal within kind and level; ``habit_*`` has median 1."""
    kind = rng.permutation(_apportion(n))
    level = _levels(rng, kind)
    region = _regions(rng, kind, level)
    private = rng.random(n) < _PRIVATE[kind, level]
    size = _SIZE[kind, level] * rng.lognormal(0.0, np.where(kind == HOSPITAL, 0.6, 0.9))
    table = {
        "kind": kind,
        "level": level,
        "region": region,
        "private": private,
        "size": size,
        "name": _names(rng, kind, level, region),
        "beds": _beds(rng, kind, size),
        "operator": _operators(rng, kind, private),
        "opened": np.where(
            rng.random(n) < 0.05, rng.integers(60, 500, n), -rng.integers(200, 4000, n)
        ),
        "closed": np.where(rng.random(n) < 0.015, rng.integers(200, 700, n), 9999),
        "grace": np.zeros(n, dtype=np.int64),
        "stock_until": np.full(n, 10_000),
        "buyer": np.full(n, -1),
        "reversed": np.full(n, 0.009),
        "reversed_late": np.zeros(n, dtype=bool),
        "reversal_artefact": np.full(n, -1),
        "reversed_unlinked": np.zeros(n, dtype=bool),
        "terminals": 1 + np.minimum(rng.poisson(np.sqrt(size)), 30),
    }
    return table | {
        f"habit_{name}": rng.lognormal(0.0, spread, n) for name, spread in HABITS.items()
    }


def _apportion(n: int) -> Array:
    counts = np.floor(_KIND_SHARE * n).astype(int).clip(1)
    counts[PHARMACY] += n - counts.sum()
    return np.repeat(np.arange(4), counts)


def _levels(rng: Rng, kind: Array) -> Array:
    level = np.zeros(len(kind), dtype=np.int64)
    for k in range(4):
        here = np.flatnonzero(kind == k)
        even = (np.arange(len(here)) + rng.random()) / max(len(here), 1)
        level[here] = np.searchsorted(np.cumsum(_LEVEL_SHARE[k]), even, side="right").clip(0, 3)
    return level


def _regions(rng: Rng, kind: Array, level: Array) -> Array:
    """Large hospitals stand in the four central districts; each outer one has its own second."""
    region = draw_by(rng, REGION_SHARE, len(kind))
    third = np.flatnonzero((kind == HOSPITAL) & (level == 3))
    region[third] = draw_by(rng, REGION_SHARE[:5], len(third))
    for k in (HOSPITAL, CLINIC, PHARMACY):
        here = np.flatnonzero((kind == k) & (level != 3))
        region[here[: len(REGIONS)]] = np.arange(min(len(here), len(REGIONS)))
    return region


def _names(rng: Rng, kind: Array, level: Array, region: Array) -> Array:
    brand = rng.integers(len(_BRAND), size=len(kind))
    names, seen = [], dict[str, int]()
    for k, lv, r, b in zip(kind, level, region, brand, strict=True):
        suffix = _SUFFIX[k][min(int(lv), len(_SUFFIX[k]) - 1)]
        base = f"{_PLACES[r]}{_BRAND[b]}{suffix}"
        seen[base] = seen.get(base, 0) + 1
        names.append(base if seen[base] == 1 else f"{base}（{seen[base]}部）")
    return np.array(names, dtype=object)


def _beds(rng: Rng, kind: Array, size: Array) -> Array:
    beds = np.round(size * rng.uniform(16, 30, len(size)) / 5).astype(np.int64) * 5
    return np.where(np.isin(kind, (HOSPITAL, NURSING)), beds.clip(20), 0)


def _operators(rng: Rng, kind: Array, private: Array) -> Array:
    """Private clinics and pharmacies often belong to a chain; others have a legal owner each."""
    n = len(kind)
    chain = private & np.isin(kind, (CLINIC, PHARMACY)) & (rng.random(n) < 0.4)
    own = rng.permutation(n) + max(n // 15, 2)
    return np.where(chain, rng.integers(max(n // 15, 2), size=n), own)
