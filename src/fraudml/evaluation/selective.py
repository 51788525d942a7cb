"""How well the lists did in the eyes of those drawn by chance, beside those chosen by hand.

Inspectors go where tips and habit point, so the share confirmed among all they visited says little
about a list. Where inspections carry the chance they were drawn with, each stands for 1/chance
entities, and the figures hold for the whole list; where none do, only bounds can be given. Every
inspection counts with its own result and chance here, not with the entity's most telling one.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from fraudml.entities import GRAINS, GrainName
from fraudml.errors import StateError
from fraudml.evaluation.bootstrap import interval
from fraudml.evaluation.design import (
    Estimate,
    Sample,
    amount,
    found_share,
    kish,
    multipliers,
    share,
    total,
)
from fraudml.evaluation.metrics import (
    FloatArray,
    average_precision,
    outcomes,
    ranked,
    ratio,
    share_inside,
)
from fraudml.evaluation.unknown import Prior, bounds_of, prior_of
from fraudml.params import EvaluateParams

MIN_EFFECTIVE = 5.0  # drawn in the first k, or confirmed among those drawn: fewer, no figure
_ODD = 3.0  # standard deviations by which those drawn may miss the number they stand for
Figure = dict[str, Any]
_FOLDS = (
    "清单只含被检查者，无全体名次 · outcomes could not be ordered in time, so the lists of the "
    "past hold the inspected alone: nobody knows who of the others would have stood in the first k"
)
_NO_CHANCE = (
    "没有检查带有入选概率 · no inspection after a list carries the chance it was drawn with"
)


def selective(
    grain: GrainName, backtest: pa.Table, labels: pa.Table, params: EvaluateParams
) -> dict[str, Any]:
    """Figures for the whole list from the inspections whose chance is known, and bounds without.

    backtest  data/backtest/GRAIN.parquet; labels: data/labels.parquet
    returns   assessed and reason; counts of the drawn; ``models``: by model ``average_precision``
    and by k ``precision`` (hajek, horvitz_thompson, difference), ``recall``, ``yuan`` and
    ``bounds``. Bounds need no chance and stand wherever whole lists do. Holds no id.
    """
    frame = _lists(grain, backtest)
    if frame.empty or not frame["scheme"].eq("walk_back").all():
        why = _FOLDS if len(frame) else "没有过去的清单 · there is no list of the past"
        return {"assessed": False, "reason": why, "models": {}}
    known = _inspections(grain, labels, frame)
    drawn = _drawn(known)
    about = _about(drawn, frame)
    reason = _NO_CHANCE if drawn.empty else _odd(about)
    models = {}
    for name, part in frame.groupby("model", sort=True):
        lists = {pd.Timestamp(str(cut)): one for cut, one in part.groupby("as_of", sort=True)}
        of_model = _Model(lists, known, drawn[drawn["as_of"].isin(list(lists))])
        models[str(name)] = of_model.figures(params, frame, reason)
    return {"assessed": reason is None, "reason": reason, **about, "models": models}


def _lists(grain: GrainName, backtest: pa.Table) -> pd.DataFrame:
    frame: pd.DataFrame = backtest.to_pandas()
    frame = frame.rename(columns={GRAINS[grain].key: "entity"})
    frame["as_of"] = pd.to_datetime(frame["as_of"])
    frame["label"] = frame["label"].astype("float64")
    return frame.sort_values(["model", "as_of", "entity"], kind="stable")


def _inspections(grain: GrainName, labels: pa.Table, frame: pd.DataFrame) -> pd.DataFrame:
    """Inspections closed after the list they are matched to, of entities that stand in it."""
    table: pd.DataFrame = labels.to_pandas()
    table = table[table["grain"].eq(grain) & table["as_of"].notna()].copy()
    table = table.rename(columns={"entity_id": "entity"})
    for name in ("as_of", "closed_on", "visited_on"):
        table[name] = pd.to_datetime(table[name])
    table["label"] = table["label"].astype("float64")
    table["fen"] = table["amount_confirmed_fen"].astype("float64")
    table["chance"] = table["chance"].astype("float64")
    listed = frame[["as_of", "entity"]].drop_duplicates()
    table = table[table["closed_on"].gt(table["as_of"])].merge(listed, on=["as_of", "entity"])
    return table.sort_values(["as_of", "entity", "visited_on", "inspection_id"], kind="stable")


def _drawn(known: pd.DataFrame) -> pd.DataFrame:
    """The first inspection of each entity in each draw; a draw is a list and a round.

    chance_of_result  the chance times the draw's share that came to a result: those without one
    are taken to be like the others of their draw, and the figures say what they could change.
    """
    drawn = known[known["chance"].notna()].copy()
    if ((drawn["chance"] <= 0) | (drawn["chance"] > 1)).any():
        raise StateError("A chance of inspection lies outside (0, 1]: correct inspections.")
    drawn["round"] = drawn["round_id"].fillna("")
    drawn = drawn.drop_duplicates(["as_of", "round", "entity"])
    codes = drawn.groupby(["as_of", "round"], sort=True).ngroup()
    drawn = drawn.assign(draw=codes.astype("int64"), weight=1.0 / drawn["chance"])
    resulted = drawn["weight"].where(drawn["label"].notna(), 0.0)
    answered = resulted.groupby(drawn["draw"]).sum() / drawn.groupby("draw")["weight"].sum()
    return drawn.assign(chance_of_result=drawn["chance"] * drawn["draw"].map(answered))


def _about(drawn: pd.DataFrame, frame: pd.DataFrame) -> dict[str, Any]:
    size = frame.drop_duplicates(["as_of", "entity"]).groupby("as_of").size()
    cuts = drawn.drop_duplicates("draw")["as_of"]
    chance = drawn["chance"].to_numpy(dtype=np.float64)
    spread = math.sqrt(float(((1 - chance) / chance**2).sum()))
    return {
        "draws": len(cuts),
        "drawn": len(drawn),
        "drawn_for_certain": int((chance >= 1.0).sum()),
        "drawn_without_result": int(drawn["label"].isna().sum()),
        "drawn_effective": round(kish(1.0 / chance), 6),
        "entities": int(size.reindex(cuts).sum()),
        "stands_for": round(float((1.0 / chance).sum()), 6),
        "stands_for_give_or_take": round(spread, 6),
    }


def _odd(about: Mapping[str, Any]) -> str | None:
    """Why the chances cannot be those of these lists: they would add up to their entities."""
    gap = abs(about["stands_for"] - about["entities"])
    if gap <= _ODD * about["stands_for_give_or_take"] + 1e-9:
        return None
    return (
        f"按概率推算代表 {about['stands_for']:,.0f} 个对象，清单有 {about['entities']:,} 个 · "
        f"those drawn stand for {about['stands_for']:,.0f} entities by their chances, the lists "
        f"hold {about['entities']:,}: the chances are not those of these lists"
    )


def _few(n: float, zh: str, en: str) -> str | None:
    if n >= MIN_EFFECTIVE:
        return None
    least = f"{MIN_EFFECTIVE:.0f}"
    return f"{zh}仅相当于 {n:.1f} 个，少于 {least} 个 · only {n:.1f} {en}, fewer than {least}"


@dataclass(frozen=True)
class _Model:
    """One model's lists by cut, all inspections after them, and those drawn with a chance."""

    lists: Mapping[pd.Timestamp, pd.DataFrame]
    known: pd.DataFrame
    drawn: pd.DataFrame

    def figures(self, params: EvaluateParams, frame: pd.DataFrame, reason: str | None) -> Figure:
        """By k, and average precision; every figure says so where it cannot be given."""
        paid = frame[frame["model"].eq("amount")].set_index(["as_of", "entity"])["score"]
        resulted = self.drawn[self.drawn["label"].notna()]
        at = {
            f"{k}": self._at(k, resulted, reason) | {"bounds": bounds_of(self.lists, paid, k)}
            for k in params.k
        }
        return {"at": at, "average_precision": self._precision(resulted, params, reason)}

    def _inside(self, part: pd.DataFrame, k: int) -> FloatArray:
        """(m,) how much of each inspected entity stands in the first k of its own list."""
        inside = np.zeros(len(part))
        for day, rows in part.reset_index(drop=True).groupby("as_of"):
            cut = pd.Timestamp(str(day))
            if cut not in self.lists:
                continue
            lst = self.lists[cut].set_index("entity")["score"]
            own = lst.reindex(rows["entity"]).to_numpy(dtype=np.float64)
            inside[rows.index] = share_inside(lst.to_numpy(dtype=np.float64), own, k)
        return inside

    def _at(self, k: int, drawn: pd.DataFrame, reason: str | None) -> Figure:
        sample, inside = _sample(drawn), self._inside(drawn, k)
        hit = inside * drawn["label"].to_numpy(dtype=np.float64)
        hajek = share(sample, hit, inside, size=float(self._places(k)[self._cuts(sample)].sum()))
        few = reason or _few(
            min(kish(sample.weight * inside), float(inside.sum())),
            f"前 {k} 名中抽中并有结果者",
            f"effectively drawn with a result in the first {k}",
        )
        confirmed = drawn["label"].to_numpy(dtype=np.float64)
        found = reason or _few(
            float(confirmed.sum()), "抽中者中查实", "confirmed among all those drawn"
        )
        hits = few or _few(float(hit.sum()), f"前 {k} 名中查实", f"confirmed in the first {k}")
        prior = self._prior(drawn, k)
        return {
            "drawn_inside": round(float(inside.sum()), 6),
            "precision": {
                "hajek": _figure(hajek, few) | ({} if few else self._silent(k)),
                **self._totals(sample, inside, hit, prior.share, few, k=k),
            },
            "recall": _figure(found_share(sample, inside, confirmed), found or few),
            "yuan": self._yuan(sample, inside, drawn, prior, hits, k=k),
        }

    def _silent(self, k: int) -> Figure:
        """The share were all those drawn without a result cleared, or all of them confirmed."""
        sample, inside = _sample(self.drawn, "chance"), self._inside(self.drawn, k)
        label = self.drawn["label"].to_numpy(dtype=np.float64)
        return {
            f"if_missing_{word}": round(
                share(sample, inside * np.nan_to_num(label, nan=value), inside).value, 6
            )
            for word, value in (("cleared", 0.0), ("confirmed", 1.0))
        }

    def _prior(self, drawn: pd.DataFrame, k: int) -> Prior:
        earlier = self.known[self.known["label"].notna()]
        return prior_of(earlier, self._inside(earlier, k), drawn["as_of"])

    def _totals(
        self,
        sample: Sample,
        inside: FloatArray,
        hit: FloatArray,
        guess: FloatArray,
        reason: str | None,
        *,
        k: int,
    ) -> Figure:
        places = self._places(k)
        known = float((guess[_firsts(sample)] * places[self._cuts(sample)]).sum())
        whole = float(places[self._cuts(sample)].sum())
        plain, apart = total(sample, hit), total(sample, hit - inside * guess, known=known)
        return {
            "horvitz_thompson": _figure(_scaled(plain, whole, most=1.0), reason),
            "difference": _figure(_scaled(apart, whole, most=1.0), reason),
        }

    def _yuan(
        self,
        sample: Sample,
        inside: FloatArray,
        drawn: pd.DataFrame,
        prior: Prior,
        reason: str | None,
        *,
        k: int,
    ) -> Figure:
        """Confirmed yuan per list were the whole of its first k inspected."""
        fen = np.nan_to_num(drawn["fen"].to_numpy(dtype=np.float64))
        fen = fen * drawn["label"].to_numpy(dtype=np.float64)
        places = self._places(k)[self._cuts(sample)]
        per_list = 100.0 * max(1, len(places))
        known = float((prior.fen[_firsts(sample)] * places).sum())
        standing = float((sample.weight * inside).sum())
        mean = float((sample.weight * inside * fen).sum()) / standing if standing else math.nan
        hajek = total(sample, inside * (fen - mean), known=mean * float(places.sum()))
        apart = total(sample, inside * (fen - prior.fen), known=known)
        return {
            "horvitz_thompson": _figure(_scaled(amount(sample, inside * fen), per_list), reason),
            "hajek": _figure(_scaled(hajek, per_list), reason),
            "difference": _figure(_scaled(apart, per_list), reason),
        }

    def _places(self, k: int) -> FloatArray:
        """By draw, how many places the first k of its list have."""
        sizes = {cut: min(k, len(one)) for cut, one in self.lists.items()}
        firsts = self.drawn.drop_duplicates("draw").set_index("draw")["as_of"]
        places = np.zeros(int(firsts.index.max()) + 1 if len(firsts) else 0)
        places[firsts.index] = [sizes[cut] for cut in firsts]
        return places

    @staticmethod
    def _cuts(sample: Sample) -> Any:
        return sample.draw[_firsts(sample)]

    def _precision(self, drawn: pd.DataFrame, params: EvaluateParams, reason: str | None) -> Figure:
        label = drawn["label"].to_numpy(dtype=np.float64)
        few = reason or _few(float(label.sum()), "抽中者中查实", "confirmed among all those drawn")
        if few:
            return _figure(Estimate(math.nan, math.nan, math.nan), few)
        sample = _sample(drawn)
        weights = multipliers(sample, resamples=params.bootstrap, seed=params.seed)
        above, whole = np.zeros(len(weights)), np.zeros(len(weights))
        rows = drawn.reset_index(drop=True)
        for _, part in rows.groupby("draw"):
            lst = self.lists[part["as_of"].iloc[0]].set_index("entity")["score"]
            score = lst.reindex(part["entity"]).to_numpy(dtype=np.float64)
            order = ranked(score, outcomes(part["label"].to_numpy(dtype=np.float64)))
            places = part.index.to_numpy()[order.order]
            hits = (weights[:, places] * order.sorted.confirmed).sum(axis=1)
            above += np.nan_to_num(average_precision(order, weights[:, places])) * hits
            whole += hits
        return _figure(Estimate(*(_number(one) for one in interval(ratio(above, whole)))), None)


def _sample(drawn: pd.DataFrame, chance: str = "chance_of_result") -> Sample:
    return Sample(drawn[chance].to_numpy(dtype=np.float64), drawn["draw"].to_numpy(dtype=np.int64))


def _firsts(sample: Sample) -> Any:
    """Where each draw first stands among the drawn."""
    return np.unique(sample.draw, return_index=True)[1]


def _scaled(one: Estimate, whole: float, *, most: float = math.inf) -> Estimate:
    if not whole:
        return Estimate(math.nan, math.nan, math.nan)
    low, high = max(0.0, one.low / whole), min(most, one.high / whole)
    return Estimate(one.value / whole, low, high, one.effective)


def _number(value: float | None) -> float:
    return math.nan if value is None else value


def _figure(one: Estimate, reason: str | None) -> Figure:
    shown = {"value": one.value, "low": one.low, "high": one.high}
    figure: Figure = {
        name: None if reason or math.isnan(value) else round(value, 6)
        for name, value in shown.items()
    }
    if not math.isnan(one.effective) and not math.isinf(one.effective):
        figure["effective"] = round(one.effective, 2)
    if reason or figure["value"] is None:
        figure["reason"] = reason or "无法由现有结果得出 · cannot be computed from these outcomes"
    elif figure["low"] is None:
        figure["reason"] = "无区间 · no interval: too few were drawn"
    return figure
