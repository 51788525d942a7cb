"""Stage ingest: raw tables to canonical ones."""

from collections.abc import Iterator
from typing import Any

from fraudml.artifacts import Publication, write_json
from fraudml.claims.consequences import Consequences
from fraudml.claims.ingest import ingest as ingest_tables
from fraudml.claims.lost_zeros import of_lost_zeros
from fraudml.claims.pseudonyms import load_key
from fraudml.engine import open_engine
from fraudml.params import Params
from fraudml.stages.workspace import Workspace


def ingest(params: Params, at: Workspace) -> str:
    """Accept what follows the contract, set aside and count what does not."""
    raw = at.raw(params.ingest.raw)
    key = load_key(raw, demo_raw=at.demo_raw)
    with Publication() as out, open_engine(params.engine, spill=at.spill) as engine:
        claims_out, quarantine_out = (
            out.folder(at.data("claims")),
            out.folder(at.data("quarantine")),
        )
        report = ingest_tables(
            engine,
            params.ingest.model_copy(update={"raw": str(raw)}),
            key,
            claims_out,
            quarantine_out,
            parts=at.parts,
        )
        write_json(out.file(at.metrics("ingest")), report)
    return "\n".join(_sentences(report, Consequences(params.ingest.rules)))


def _sentences(report: dict[str, Any], consequences: Consequences) -> Iterator[str]:
    for setting, said in consequences.beyond().items():
        yield f"ingest.rules: {setting} does not reach {said}"
    for name, one in report["tables"].items():
        yield (
            f"{name}: {one['rows_in']:,} rows in = {one['accepted']:,} accepted + "
            f"{one['quarantined_rows']:,} quarantined"
        )
        for word, rules in (("quarantined", one["quarantined"]), ("warned", one["warnings"])):
            for rule, rows in rules.items():
                missed = consequences.misses(rule)
                beyond = f" (beyond {missed} of ingest.rules)" if missed else ""
                yield f"  {rows:,} {word} by {rule}{beyond}"
        for said in of_lost_zeros(one["lost_zeros"]):
            yield f"  {said}"
    if report["passed_over"]:
        yield f"not read, since a name begins with _: {', '.join(report['passed_over'])}"
    if report["absent_tables"]:
        yield f"absent, so what needs them is not assessed: {', '.join(report['absent_tables'])}"
