"""The column ``p_value`` of the scores: filled where it can be kept, and otherwise a reason."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from fraudml.entities import GRAINS, GrainName
from fraudml.scores.arrays import IntArray
from fraudml.scores.conformal import Calibration, Conformal, conformal

Groups = Callable[[], pa.Table]
FALSE_SHARE = 0.2  # q: of the listed, the share of clean ones that a fund would bear
LENGTH = 50  # k: a list about as long as inspectors are handed


def list_error(grain: GrainName, scores: pa.Table, peers: Groups, labels: pa.Table) -> Conformal:
    """Conformal p-values of the live list, in its row order, or why there are none.

    scores  data/scores/GRAIN.parquet: the label-free rank is what is asked about, because outcomes
    took part in the fused one. peers: key and peer_group of everybody as of that date, asked for
    only where somebody can calibrate. labels: data/labels.parquet; calibration units are those of
    the random arm, cleared and never confirmed, at their place in today's list: clean then is taken
    for clean now.
    """
    key = GRAINS[grain].key
    score = -scores["label_free_rank"].cast(pa.float64()).to_numpy()
    clean = _cleared(grain, labels)
    rows = _places(scores[key], clean["entity_id"].tolist())
    clean = clean[rows >= 0]
    rows = rows[rows >= 0]
    chance = clean["chance"].to_numpy(dtype=np.float64, na_value=np.nan)
    drawn = clean["arm"].eq("random").to_numpy(dtype=bool)
    asked = bool((drawn & ~np.isnan(chance)).any())
    groups = _groups(key, scores, peers()) if asked else np.full(len(score), "", dtype=object)
    return conformal(
        score,
        groups,
        Calibration(score[rows], groups[rows], chance, drawn),
        share=FALSE_SHARE,
        k=LENGTH,
    )


def with_p_values(
    grain: GrainName, scores: pa.Table, peers: Groups, labels: pa.Table
) -> tuple[pa.Table, str | None]:
    """The scores with ``p_value`` filled where it is valid, and the reason where it nowhere is."""
    found = list_error(grain, scores, peers, labels)
    column = pa.array(found.p_value, pa.float64(), from_pandas=True)
    place = scores.schema.get_field_index("p_value")
    return scores.set_column(place, scores.schema.field(place), column), found.reason


def _places(ids: pa.ChunkedArray, wanted: list[str]) -> IntArray:
    """(w,) the row of each wanted id, -1 where it is not there; the ids may be very many."""
    listed = np.flatnonzero(pc.is_in(ids, value_set=pa.array(wanted, pa.string())).to_numpy())
    row = dict(zip(ids.take(pa.array(listed)).to_pylist(), listed.tolist(), strict=True))
    return np.array([row.get(one, -1) for one in wanted], dtype=np.int64)


def _groups(key: str, scores: pa.Table, peers: pa.Table) -> npt.NDArray[np.object_]:
    """The peer group of every row of the scores; those of no known group are one of their own."""
    if not len(scores):
        return np.empty(0, dtype=object)
    live = peers.filter(pc.equal(peers["as_of"], scores["as_of"][0]))
    at = pc.index_in(scores[key], value_set=live[key].combine_chunks())
    named = live["peer_group"].combine_chunks().dictionary_encode()
    codes = named.indices.fill_null(len(named.dictionary)).take(at.combine_chunks())
    names = np.array([*named.dictionary.to_pylist(), ""], dtype=object)
    found: npt.NDArray[np.object_] = names[codes.fill_null(len(named.dictionary)).to_numpy()]
    return found


def _cleared(grain: GrainName, labels: pa.Table) -> pd.DataFrame:
    """One row per entity cleared and never confirmed: its drawn inspection where it has one."""
    table: pd.DataFrame = labels.filter(pc.equal(labels["grain"], grain)).to_pandas()
    confirmed = set(table.loc[table["label"].eq(1), "entity_id"])
    clean = table[table["label"].eq(0) & ~table["entity_id"].isin(confirmed)]
    clean = clean.assign(drawn=clean["arm"].eq("random") & clean["chance"].notna())
    clean = clean.sort_values(
        ["drawn", "closed_on", "inspection_id"], ascending=[False, True, True], kind="stable"
    )
    return clean.drop_duplicates("entity_id")
