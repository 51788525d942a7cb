"""The claims as they would read without the artefacts, and everybody's rank in them.

The question behind a verdict is counterfactual: would this still be a lead if the slip had not
happened? So the slips are undone, the features and the order computed once more.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from fraudml.artifacts import read_parquet
from fraudml.claims.accepted import Claims, Derived
from fraudml.engine import Engine
from fraudml.entities import GRAIN_NAMES, GrainName
from fraudml.features.build import build_features
from fraudml.monitor.judged import Artefacts
from fraudml.monitor.signatures.entry import Repair
from fraudml.params import FeaturesParams, ScoreParams
from fraudml.scores.score import score_grain


@dataclass(frozen=True)
class Repaired:
    """One grain in the repaired claims: ranks and feature values of the live date."""

    scores: pa.Table
    features: pa.Table


class RepairedClaims(Claims):
    """Accepted claims with the rows of every artefact dropped, or its column made unknown.

    derived  tables computed beside: rule_counts of the hits left without the artefacts
    """

    def __init__(
        self,
        engine: Engine,
        folder: Path,
        artefacts: Artefacts,
        derived: Mapping[str, Derived] | None = None,
    ) -> None:
        super().__init__(engine, folder, derived)
        self.artefacts = artefacts

    def table(self, name: str) -> ir.Table:
        """The repaired rows of one table; tables without slips as they are."""
        t = super().table(name)
        if name == "claims":
            return self._claims(t)
        if name == "claim_lines":
            return self._lines(t)
        if name == "providers":
            return self._providers(t)
        return self._patients(t) if name == "patients" else t

    def _claims(self, t: ir.Table) -> ir.Table:
        t = _dropped(t, self.artefacts.wrong("drop"))
        t = _without_practitioner(t, self.artefacts.wrong("practitioner"))
        columns: tuple[Repair, ...] = ("uploaded_at", "started_at")
        for column in columns:
            t = _blank(t, self.artefacts.wrong(column), "claim_id", "claim_id", (column,))
        return t

    def _lines(self, t: ir.Table) -> ir.Table:
        gone = self.artefacts.wrong("drop")
        t = _dropped(t, gone)
        single = gone.filter(gone.line_no.notnull())
        single = single.select(gone_claim=single.claim_id, gone_line=single.line_no).distinct()
        t = t.anti_join(single, [t.claim_id == single.gone_claim, t.line_no == single.gone_line])
        t = _without_practitioner(t, self.artefacts.wrong("practitioner"))
        return _without_code(t, self.artefacts.wrong("trace_code"))

    def _providers(self, t: ir.Table) -> ir.Table:
        """The care was given and to whom: only its number, whose contract had ended, is wrong."""
        ended = self.artefacts.wrong("contracted_to")
        return _blank(t, ended, "provider_id", "provider_id", ("contracted_to",))

    def _patients(self, t: ir.Table) -> ir.Table:
        died, born = self.artefacts.wrong("died_on"), self.artefacts.wrong("birth_date")
        t = _blank(t, died, "patient_id", "code", ("died_on", "known_on"))
        t = t.mutate(born_text=t.birth_date.cast("string"))
        return _blank(t, born, "born_text", "code", ("birth_date",)).drop("born_text")


def _dropped(t: ir.Table, gone: ir.Table) -> ir.Table:
    whole = gone.filter(gone.line_no.isnull())
    whole = whole.select(gone_claim=whole.claim_id).distinct()
    return t.anti_join(whole, t.claim_id == whole.gone_claim)


def _without_practitioner(t: ir.Table, marked: ir.Table) -> ir.Table:
    """The number is unknown where it is the artefact's own; other numbers on the claim stay."""
    m = marked.select(marked_claim=marked.claim_id, marked_id=marked.code).distinct()
    j = t.left_join(m, [t.claim_id == m.marked_claim, t.practitioner_id == m.marked_id])
    known = j.marked_id.isnull().ifelse(j.practitioner_id, ibis.null("string"))
    return j.mutate(practitioner_id=known).drop("marked_claim", "marked_id")


def _without_code(t: ir.Table, marked: ir.Table) -> ir.Table:
    """Lines whose codes are of no pack have none."""
    m = marked.select(marked_claim="claim_id", marked_line="line_no").distinct()
    j = t.left_join(m, [t.claim_id == m.marked_claim, t.line_no == m.marked_line])
    none = ibis.null(t.trace_code.type())
    codes = j.marked_claim.isnull().ifelse(j.trace_code, none)
    return j.mutate(trace_code=codes).drop("marked_claim", "marked_line")


def _blank(
    t: ir.Table, marked: ir.Table, key: str, marked_key: str, columns: tuple[str, ...]
) -> ir.Table:
    m = marked.select(marked_key=marked[marked_key]).distinct()
    j = t.left_join(m, t[key] == m.marked_key)
    unknown = {
        name: j.marked_key.isnull().ifelse(j[name], ibis.null(t[name].type())) for name in columns
    }
    return j.mutate(**unknown).drop("marked_key")


def repaired_world(
    engine: Engine,
    claims: RepairedClaims,
    models: Mapping[GrainName, Path],
    params: tuple[FeaturesParams, ScoreParams],
    *,
    as_of: date,
    scratch: Path,
) -> dict[GrainName, Repaired]:
    """Everybody's features and rank as of one date in the repaired claims, by the same models.

    One pass of the catalogue for one date: run only where a candidate has an artefact.
    scratch  an empty folder for the tables in between
    """
    build_features(engine, claims, (as_of,), params[0], scratch)
    world: dict[GrainName, Repaired] = {}
    for grain in GRAIN_NAMES:
        features = read_parquet(scratch / f"{grain}.parquet")
        peers = read_parquet(scratch / "peers" / f"{grain}.parquet")
        scores = score_grain(grain, features, peers, models[grain], params[1], live=as_of)
        world[grain] = Repaired(scores, features)
    return world
