"""From counts to figures: each with its interval, ceiling and base rate, or the reason it has none.

Lists (cuts, repeats) are added up before dividing, so that a cut with many inspections weighs
more than one with few; amounts are per list. ``base`` is what a random order would expect,
``ceiling`` what the best order could reach with the outcomes there are.
"""

from typing import Any

import numpy as np

from fraudml.evaluation.bootstrap import interval, wilson
from fraudml.evaluation.metrics import FloatArray, ratio
from fraudml.evaluation.tally import Tallies, Tally

# Inspected in the first k, or confirmed (and cleared) in all: of fewer entities, no figure.
MIN_OUTCOMES = 5
PAIRED = ("precision@", "recall@", "yuan@", "average_precision", "auc")
_SAME = "no interval: every resample gives the same figure"
Figure = dict[str, Any]


def assess(tallies: Tallies, ks: tuple[int, ...], baselines: tuple[str, ...]) -> dict[str, Any]:
    """All figures of all models, and each model's paired difference to each baseline.

    returns {"models": {model: {measure: figure}}, "differences": {model: {baseline: {measure:
    figure}}}}; a figure holds value, low, high (95 % interval over entities) and, for models,
    ceiling, base, and the least and most that ties allow; value is None with a reason where
    outcomes are too few.
    """
    models = {model: _model(tallies, model, ks) for model in tallies.models}
    differences = {
        model: {
            other: _difference(tallies, model, other, ks)
            for other in baselines
            if other in tallies.models
        }
        for model in tallies.models
        if model not in baselines
    }
    return {"models": models, "differences": differences}


def _model(tallies: Tallies, model: str, ks: tuple[int, ...]) -> dict[str, Figure]:
    lists = _Lists(tallies, model)
    figures: dict[str, Figure] = {"lists": {"value": len(lists.tallies)}}
    for k in ks:
        figures |= lists.at(k)
    return figures | lists.whole()


def _difference(tallies: Tallies, model: str, other: str, ks: tuple[int, ...]) -> dict[str, Figure]:
    common = [
        place
        for place, pair in enumerate(zip(tallies.models[model], tallies.models[other], strict=True))
        if None not in pair
    ]
    if not common:
        return {}
    one, two = _Lists(tallies, model, common), _Lists(tallies, other, common)
    sides = []
    for side in (one, two):
        vectors: dict[str, tuple[FloatArray, str | None]] = side.vectors_whole()
        for k in ks:
            vectors |= side.vectors(k)
        sides.append(vectors)
    return {
        name: _figure(values - sides[1][name][0], reason or sides[1][name][1])
        for name, (values, reason) in sides[0].items()
        if name.startswith(PAIRED)
    }


class _Lists:
    """One model's lists, added up."""

    def __init__(self, tallies: Tallies, model: str, places: list[int] | None = None) -> None:
        chosen = range(len(tallies.totals)) if places is None else places
        pairs = [
            (tallies.totals[p], one)
            for p in chosen
            if (one := tallies.models[model][p]) is not None
        ]
        self.totals = [total for total, _ in pairs]
        self.tallies: list[Tally] = [one for _, one in pairs]
        self.own = tallies.own

    def _sum(self, name: str) -> FloatArray:
        return np.asarray(sum(getattr(total, name) for total in self.totals))

    def _top(self, k: int, name: str) -> FloatArray:
        return np.asarray(sum(getattr(one.at_k[k], name) for one in self.tallies))

    def vectors(self, k: int) -> dict[str, tuple[FloatArray, str | None]]:
        """Figures at k on the data and every resample, each with the reason it is too thin."""
        inspected, confirmed = self._top(k, "inspected"), self._top(k, "confirmed")
        precision = ratio(confirmed, inspected)
        few = self._too_few_inspected(k)
        found = self._too_few_confirmed()
        lift = ratio(precision, ratio(self._sum("confirmed"), self._sum("known")))
        amounts = None if self._sum("fen")[0] > 0 else "no confirmed amount is known"
        return {
            f"precision@{k}": (precision, few),
            f"recall@{k}": (ratio(confirmed, self._sum("confirmed")), found),
            f"yuan@{k}": (self._top(k, "fen") / 100 / max(1, len(self.totals)), amounts or found),
            f"lift@{k}": (lift, few or found),
        }

    def vectors_whole(self) -> dict[str, tuple[FloatArray, str | None]]:
        """Figures of the whole order among the inspected."""
        few = self._too_few_confirmed()
        cleared = (self._sum("known")[0] - self._sum("confirmed")[0]) * self.own
        both = few or _too_few(cleared, "cleared")
        weights = np.stack([t.confirmed for t in self.totals])
        each = np.stack([one.average_precision for one in self.tallies])
        mean = ratio((np.nan_to_num(each) * weights).sum(axis=0), weights.sum(axis=0))
        inside = [sum(t.won_within_size for t in self.tallies), self._pairs_within_size()]
        pairs = np.asarray(sum(t.pairs for t in self.tallies))
        return {
            "average_precision": (mean, few),
            "auc": (ratio(np.asarray(sum(t.won for t in self.tallies)), pairs), both),
            "auc_within_size": (ratio(np.asarray(inside[0]), np.asarray(inside[1])), both),
        }

    def _pairs_within_size(self) -> FloatArray:
        return np.asarray(sum(t.pairs_within_size for t in self.tallies))

    def _too_few_inspected(self, k: int) -> str | None:
        listed = self._top(k, "listed")[0]
        inspected = self._top(k, "inspected")[0]
        if inspected and inspected >= listed:
            return None
        return _too_few(inspected * self.own, f"inspected among the {listed:.0f} listed")

    def _too_few_confirmed(self) -> str | None:
        return _too_few(self._sum("confirmed")[0] * self.own, "confirmed")

    def at(self, k: int) -> dict[str, Figure]:
        """The figures at k."""
        vectors = self.vectors(k)
        limits = self._limits(k)
        figures = {
            name: _figure(values, reason) | limits.get(name, {})
            for name, (values, reason) in vectors.items()
        }
        confirmed = self._top(k, "confirmed")[0] * self.own
        _unvarying(figures[f"precision@{k}"], confirmed, self._top(k, "inspected")[0] * self.own)
        _unvarying(figures[f"recall@{k}"], confirmed, self._sum("confirmed")[0] * self.own)
        figures[f"precision@{k}"] |= self._coverage(k)
        for name, ends in self._ties(k).items():
            figures[name] |= ends
        return figures

    def whole(self) -> dict[str, Figure]:
        """The figures of the whole order."""
        prevalence = ratio(self._sum("confirmed"), self._sum("known"))[0]
        limits = {
            "average_precision": _limit(1.0, prevalence),
            "auc": _limit(1.0, 0.5),
            "auc_within_size": _limit(1.0, 0.5),
        }
        ends = self._ties_whole()
        return {
            name: _figure(values, reason) | limits[name] | ends[name]
            for name, (values, reason) in self.vectors_whole().items()
        }

    def _limits(self, k: int) -> dict[str, Figure]:
        pairs = list(zip(self.totals, self.tallies, strict=True))
        inspected = self._top(k, "inspected")[0]
        confirmed = self._sum("confirmed")[0]
        best = sum(min(t.confirmed[0], one.at_k[k].inspected[0]) for t, one in pairs)
        reachable = sum(min(t.confirmed[0], float(k)) for t in self.totals)
        by_chance = [min(1.0, k / t.entities) for t in self.totals]
        prevalence = ratio(self._sum("confirmed"), self._sum("known"))[0]
        expected = sum(s * t.confirmed[0] for s, t in zip(by_chance, self.totals, strict=True))
        yuan = sum(s * t.fen[0] for s, t in zip(by_chance, self.totals, strict=True)) / 100
        most = sum(t.best_fen[k] for t in self.totals) / 100
        top = _share(best, inspected)
        n = max(1, len(self.totals))
        return {
            f"precision@{k}": _limit(top, prevalence),
            f"recall@{k}": _limit(_share(reachable, confirmed), _share(expected, confirmed)),
            f"yuan@{k}": _limit(most / n, yuan / n),
            f"lift@{k}": _limit(_share(top, prevalence), 1.0),
        }

    def _coverage(self, k: int) -> Figure:
        listed, inspected = self._top(k, "listed")[0], self._top(k, "inspected")[0]
        confirmed = self._top(k, "confirmed")[0]
        return {
            "listed": _rounded(listed),
            "inspected": _rounded(inspected),
            "confirmed": _rounded(confirmed),
            "if_unknown_cleared": _rounded(_share(confirmed, listed)),
            "if_unknown_confirmed": _rounded(_share(confirmed + listed - inspected, listed)),
        }

    def _ties(self, k: int) -> dict[str, Figure]:
        """The least and the most each figure at k could be, ties at the cut broken otherwise."""
        known, all_confirmed = self._sum("known")[0], self._sum("confirmed")[0]
        prevalence = _share(all_confirmed, known)
        sides: dict[str, list[float | None]] = {}
        for side in (0, 1):
            tops = [one.ties[k][side] for one in self.tallies]
            confirmed = sum(top.confirmed for top in tops)
            precision = _share(confirmed, sum(top.inspected for top in tops))
            yuan = sum(top.fen for top in tops) / 100 / max(1, len(tops))
            found = {
                f"precision@{k}": precision,
                f"recall@{k}": _share(confirmed, all_confirmed),
                f"yuan@{k}": yuan,
                f"lift@{k}": _share(precision, prevalence),
            }
            for name, value in found.items():
                sides.setdefault(name, []).append(value)
        return {name: _tie(*values) for name, values in sides.items()}

    def _ties_whole(self) -> dict[str, Figure]:
        weights = np.array([total.confirmed[0] for total in self.totals])
        pairs = float(sum(one.pairs[0] for one in self.tallies))
        within = float(self._pairs_within_size()[0])
        sides: dict[str, list[float | None]] = {}
        for side in (0, 1):
            ends = [one.spread[side] for one in self.tallies]
            each = np.nan_to_num([end.average_precision for end in ends])
            found = {
                "average_precision": _share(float(each @ weights), float(weights.sum())),
                "auc": _share(sum(end.won for end in ends), pairs),
                "auc_within_size": _share(sum(end.won_within_size for end in ends), within),
            }
            for name, value in found.items():
                sides.setdefault(name, []).append(value)
        ties = {name: _tie(*values) for name, values in sides.items()}
        middle = np.nan_to_num([one.expected for one in self.tallies])
        expected = _share(float(middle @ weights), float(weights.sum()))
        ties["average_precision"]["tie_expected"] = _rounded(expected)
        return ties


def _figure(values: FloatArray, reason: str | None) -> Figure:
    value, low, high = (None, None, None) if reason else interval(values)
    figure: Figure = {"value": value, "low": low, "high": high}
    if reason:
        figure["reason"] = reason
    elif value is None:
        figure["reason"] = "cannot be computed from the outcomes there are"
    elif low is None:
        figure["reason"] = "no interval: too many resamples without an outcome"
    elif low == high:
        figure |= {"low": None, "high": None, "reason": _SAME}
    return figure


def _unvarying(figure: Figure, part: float, whole: float) -> None:
    """A share of none or all varies in no resample, and is not certain for that: Wilson's."""
    if figure["value"] in (0.0, 1.0) and figure.get("reason") == _SAME:
        low, high = wilson(part, whole)
        del figure["reason"]
        figure |= {"low": low, "high": high, "interval": "Wilson"}


def _limit(ceiling: float | None, base: float | None) -> Figure:
    return {"ceiling": _rounded(ceiling), "base": _rounded(base)}


def _tie(worst: float | None, best: float | None) -> Figure:
    return {"tie_worst": _rounded(worst), "tie_best": _rounded(best)}


def _too_few(n: float, what: str) -> str | None:
    return None if n >= MIN_OUTCOMES else f"only {n:.0f} {what}, fewer than {MIN_OUTCOMES}"


def _share(part: float | None, whole: float | None) -> float | None:
    return part / whole if part is not None and whole else None


def _rounded(value: float | None) -> float | None:
    return None if value is None or np.isnan(value) else round(float(value), 6)
