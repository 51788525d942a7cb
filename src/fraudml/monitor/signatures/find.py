"""Asks all signatures of the claims as of a date: artefacts, and the rows of each."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from fraudml.monitor.hits import ID_LETTERS
from fraudml.monitor.shared import Shared
from fraudml.monitor.signatures.catalogue import SIGNATURES
from fraudml.monitor.signatures.entry import ARTEFACT_COLUMNS, WRONG, Signature

_SCHEMA = pa.schema(
    [("artefact_id", pa.string()), ("claim_id", pa.string()), ("line_no", pa.int64()),
     ("role", pa.string()), ("signature", pa.string()), ("provider_id", pa.string()),
     ("code", pa.string()), ("known_on", pa.date32()), ("happened_on", pa.date32()),
     ("amount_fen", pa.int64())]
)  # fmt: skip
_ROWS = ("artefact_id", "claim_id", "line_no", "role")


def find_artefacts(
    at: Shared, out: Path, *, signatures: Iterable[Signature] = SIGNATURES
) -> dict[str, Any]:
    """Write out/artefacts.parquet and out/artefact_lines.parquet, sorted: equal rows, equal bytes.

    artefacts       one row per slip and provider: artefact_id, signature, as_of, known_on,
                    provider_id, code (which number, item, day or person), first_on, last_on,
                    claims_n, lines_n, amount_fen (what the fund paid of the wrong rows)
    artefact_lines  artefact_id, claim_id, line_no (null: the whole claim), role (wrong, beside)
    returns  the report: ``signatures`` {id: artefacts, providers, claims, lines, amount_fen} and
             ``not_assessed`` {id: the contract columns that are missing}
    """
    asked = list(signatures)
    missing = {one.id: at.claims.missing(one.needs) for one in asked}
    assessed = [one for one in asked if not missing[one.id]]
    rows = [at.engine.table(_SCHEMA.empty_table(), "signature-no-rows")]
    for one in assessed:
        rows.append(at.engine.keep(_rows(one, at), f"signature-rows-{one.id[:3]}"))
    every = ibis.union(*rows) if len(rows) > 1 else rows[0]
    artefacts = at.engine.keep(_artefacts(every, at), "signature-artefacts")
    at.engine.make_parquet(artefacts, out / "artefacts.parquet", order_by=("artefact_id",))
    at.engine.make_parquet(every.select(*_ROWS), out / "artefact_lines.parquet", order_by=_ROWS)
    return {
        "signatures": _counted(at, artefacts, assessed),
        "not_assessed": {name: list(lacks) for name, lacks in missing.items() if lacks},
    }


def _rows(one: Signature, at: Shared) -> ir.Table:
    t = one.find(at, at.knowledge.values(one.id)).select(*ARTEFACT_COLUMNS)
    named = ibis.literal(f"{one.id}|") + t.provider_id + ibis.literal("|") + t.cause_key
    t = t.mutate(artefact_id=named.hexdigest("sha256").left(ID_LETTERS))
    return t.group_by(*_ROWS).agg(
        signature=ibis.literal(one.id),
        provider_id=t.provider_id.max(),
        code=t.code.min(),
        known_on=t.known_on.max(),
        happened_on=t.happened_on.min(),
        amount_fen=t.amount_fen.max().coalesce(0),
    )


def _artefacts(rows: ir.Table, at: Shared) -> ir.Table:
    wrong = rows.role == WRONG
    t = rows.group_by("artefact_id", "signature", "provider_id").agg(
        known_on=rows.known_on.max(), code=rows.code.min(),
        first_on=rows.happened_on.min(where=wrong), last_on=rows.happened_on.max(where=wrong),
        claims_n=rows.claim_id.nunique(where=wrong), lines_n=rows.line_no.count(where=wrong),
        amount_fen=rows.amount_fen.sum(where=wrong).coalesce(0),
    )  # fmt: skip
    return t.select(
        "artefact_id", "signature", "known_on", "provider_id", "code", "first_on", "last_on",
        "claims_n", "lines_n", "amount_fen",
        as_of=at.as_of,
    )  # fmt: skip


def _counted(
    at: Shared, artefacts: ir.Table, signatures: list[Signature]
) -> dict[str, dict[str, Any]]:
    names = ("artefacts", "providers", "claims", "lines", "amount_fen")
    said: dict[str, dict[str, Any]] = {one.id: dict.fromkeys(names, 0) for one in signatures}
    counts = artefacts.group_by("signature").agg(
        artefacts=artefacts.count(), providers=artefacts.provider_id.nunique(),
        claims=artefacts.claims_n.sum(), lines=artefacts.lines_n.sum(),
        amount_fen=artefacts.amount_fen.sum(),
    )  # fmt: skip
    for row in at.engine.rows(counts, at_most=len(signatures) + 1).to_pylist():
        said[row.pop("signature")] |= row
    return said
