"""The column ``p_value`` of the scores: filled where it can be kept, and otherwise a reason."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from fraudml.entities import GRAINS, GrainName
from fraudml.scores.conformal import Calibration, Conformal, conformal

FALSE_SHARE = 0.2  # q: of the listed, the share of clean ones that a fund would bear
LENGTH = 50  # k: a list about as long as inspectors are handed


def list_error(grain: GrainName, scores: pa.Table, peers: pa.Table, labels: pa.Table) -> Conformal:
    """Conformal p-values of the live list, in its row order, or why there are none.

    scores  data/scores/GRAIN.parquet: the label-free rank is what is asked about, because outcomes
    took part in the fused one. peers: data/features/peers/GRAIN.parquet. labels:
    data/labels.parquet; calibration units are those of the random arm, cleared and never
    confirmed, at their place in today's list: clean then is taken for clean now.
    """
    key = GRAINS[grain].key
    ids = scores[key].to_pylist()
    score = -scores["label_free_rank"].cast(pa.float64()).to_numpy()
    groups = _groups(key, scores, peers)
    clean = _cleared(grain, labels)
    places = pd.Series(np.arange(len(ids)), index=ids).reindex(clean["entity_id"])
    listed = places.notna().to_numpy()
    rows = places[listed].to_numpy(dtype=np.int64)
    return conformal(
        score,
        groups,
        Calibration(
            score[rows],
            [groups[row] for row in rows],
            clean["chance"].to_numpy(dtype=np.float64, na_value=np.nan)[listed],
            clean["arm"].eq("random").to_numpy(dtype=bool)[listed],
        ),
        share=FALSE_SHARE,
        k=LENGTH,
    )


def with_p_values(
    grain: GrainName, scores: pa.Table, peers: pa.Table, labels: pa.Table
) -> tuple[pa.Table, str | None]:
    """The scores with ``p_value`` filled where it is valid, and the reason where it nowhere is."""
    found = list_error(grain, scores, peers, labels)
    column = pa.array(found.p_value, pa.float64(), from_pandas=True)
    place = scores.schema.get_field_index("p_value")
    return scores.set_column(place, scores.schema.field(place), column), found.reason


def _groups(key: str, scores: pa.Table, peers: pa.Table) -> list[str]:
    """The peer group of every row of the scores; those of no known group are one of their own."""
    if not len(scores):
        return []
    live = peers.filter(pc.equal(peers["as_of"], scores["as_of"][0]))
    names = dict(zip(live[key].to_pylist(), live["peer_group"].to_pylist(), strict=True))
    return [names.get(one) or "" for one in scores[key].to_pylist()]


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
