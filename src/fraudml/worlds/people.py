"""Insured persons and practitioners of the demo fund."""

import numpy as np

from fraudml.worlds.catalogue import GROUPS
from fraudml.worlds.columns import Array, Columns, Rng, draw_by, spread, within
from fraudml.worlds.providers import HOSPITAL, PHARMACY, REGION_SHARE
from fraudml.worlds.window import Window

OUTSIDE = np.array(["130681", "120101", "371402"], dtype=object)
_AGE_LOW = np.array([0, 6, 18, 35, 50, 65, 80])
_AGE_SPAN = np.array([6, 12, 17, 15, 15, 15, 15])
_AGE_SHARE = np.array([0.06, 0.1, 0.2, 0.24, 0.21, 0.15, 0.04])
_AGE_CARE = np.array([1.2, 0.6, 0.55, 0.8, 1.25, 1.8, 2.1])
_AGE_CHRONIC = np.array([0, 0, 0.03, 0.14, 0.42, 0.66, 0.7])
_AGE_DEATH = np.array([0.0004, 0.0002, 0.0006, 0.0015, 0.006, 0.02, 0.07])
SPECIALTIES = (
    "呼吸内科",
    "心血管内科",
    "内分泌科",
    "消化内科",
    "骨科",
    "神经内科",
    "肿瘤科",
    "肾内科",
    "眼科",
    "妇产科",
    "泌尿外科",
    "精神科",
    "感染科",
    "口腔科",
    "康复医学科",
    "全科",
)


def make_patients(rng: Rng, n: int, window: Window, scale: float) -> Columns:
    """n insured persons; ``scale`` thins regular care in a fund with few lines a person."""
    band = draw_by(rng, _AGE_SHARE, n)
    age = _AGE_LOW[band] + rng.integers(_AGE_SPAN[band])
    year = int(str(window.last)[:4])
    born = np.array(year - age - 1, dtype="int64").astype(str).astype("datetime64[D]")
    frailty = rng.gamma(1.6, 1 / 1.6, n)
    care = frailty * _AGE_CARE[band]
    outside = rng.random(n) < 0.03
    chronic = rng.random(n) < _AGE_CHRONIC[band] * np.minimum(1.0, scale)
    dies = rng.random(n) < _AGE_DEATH[band] * frailty * window.days / 365
    return {
        "age": age,
        "born": born + rng.integers(365, size=n).astype("timedelta64[D]"),
        "female": rng.random(n) < 0.51,
        "employee": rng.random(n) < np.where((age >= 18), 0.62, 0.0),
        "region": draw_by(rng, REGION_SHARE, n),
        "outside": np.where(outside, rng.integers(len(OUTSIDE), size=n), -1),
        "employer": np.floor(rng.pareto(0.8, n) * 12).astype(np.int64).clip(0, n // 20),
        "care": care / care.mean(),
        "chronic": chronic,
        "loyal": rng.beta(4.0, 1.9, n),
        "untold": np.zeros(n, dtype=bool),
        "told": np.zeros(n, dtype=bool),
        "told_died": np.full(n, -1),
        "enrolled": np.zeros(n, dtype=bool),
        "default_birth": np.zeros(n, dtype=bool),
        "died": np.where(dies, rng.integers(window.days, size=n), window.days + 999),
    }


def make_practitioners(
    rng: Rng, providers: Columns, expected_claims: Array, months: int
) -> Columns:
    """Practitioners at each provider in a row; ``first`` and ``staff`` go into ``providers``.

    expected_claims  (providers,) how many claims each is thought to write in the window
    """
    per_head = np.where(providers["kind"] == PHARMACY, 90.0, 16.0) * months
    staff = np.ceil(expected_claims / per_head * rng.uniform(0.7, 1.4, len(per_head)))
    staff = staff.astype(np.int64).clip(np.where(providers["kind"] == HOSPITAL, 4, 1), 160)
    providers["staff"] = staff
    providers["first"] = np.cumsum(staff) - staff
    home, slot = spread(staff), within(staff)
    wide = np.where(staff[home] >= len(GROUPS), slot % len(GROUPS), len(GROUPS) - 1)
    n = len(home)
    return {
        "provider": home,
        "specialty": wide,
        "title": draw_by(rng, np.array([0.35, 0.35, 0.2, 0.1]), n),
        "since": -rng.integers(30, 4000, n),
        "left": np.where(rng.random(n) < 0.04, rng.integers(60, 700, n), -1),
        "second": _second_sites(rng, providers, home),
    }


def _second_sites(rng: Rng, providers: Columns, home: Array) -> Array:
    """The second registration of one practitioner in twelve, -1 for the others."""
    clinical = np.flatnonzero(providers["kind"] != PHARMACY)
    other = clinical[rng.integers(len(clinical), size=len(home))]
    has = (rng.random(len(home)) < 0.08) & (other != home) & np.isin(home, clinical)
    return np.where(has, other, -1)


def practitioner_of(rng: Rng, providers: Columns, provider: Array, group: Array) -> Array:
    """Who treats: within a provider each practitioner keeps to some diagnosis groups."""
    staff = providers["staff"][provider]
    lanes = np.minimum(staff, len(GROUPS))
    lane = group % lanes
    deep = (staff - 1 - lane) // lanes + 1
    slot = lane + lanes * np.floor(rng.random(len(provider)) ** 1.4 * deep).astype(np.int64)
    return np.asarray(providers["first"][provider] + slot)
