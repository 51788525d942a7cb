"""The signatures as a page: each slip, the fraud that looks like it, and what tells them apart."""

from fraudml.monitor.catalogue import ASKED, CITED
from fraudml.monitor.entry import Said
from fraudml.monitor.knowledge.base import Knowledge, load
from fraudml.monitor.signatures.catalogue import SIGNATURES
from fraudml.monitor.signatures.entry import Signature

_HEAD = """# Data errors

Generated from `fraudml.monitor.signatures` and `src/fraudml/monitor/knowledge/`; do not edit.

{count} signatures, asked by `fraudml monitor` beside the rules. An artefact has one cause,
touches all rows that share it and selects nothing that pays; fraud selects. `fraudml leads` undoes
the artefacts, computes features and ranks once more, and takes from the lists whoever is then no
lead. A signature accounts for hits of the rules named with it and for no others. Every artefact
becomes a request in `reports/corrections/`, to the provider or, where the register of the insured
is at fault, to the agency itself. Thresholds can be put over by an
overlay, as those of rules ([rules.md](rules.md)).
"""


def signatures_markdown() -> str:
    """docs/data_errors.md: every signature with its twin, its thresholds and what is asked for."""
    known = load(ASKED, cited=CITED)
    parts = [_HEAD.format(count=len(SIGNATURES))]
    parts += [section for one in SIGNATURES for section in _section(one, known)]
    return "\n".join(parts) + "\n"


def _section(one: Signature, known: Knowledge) -> list[str]:
    parts = [f"\n## {one.id}\n", f"{_both(one.words)}\n"]
    parts.append("- Needs: " + ", ".join(f"`{need}`" for need in one.needs))
    parts.append(f"- Looks like fraud: {_both(one.twin)}")
    parts.append("- Accounts for: " + ", ".join(one.explains))
    parts.append(f"- Undone by: {_UNDONE.get(one.repair, f'`{one.repair}` made unknown')}")
    parts.append(f"- Asked of the {one.asked}: {_both(one.ask)}")
    parts += ["", "| threshold | value | unit | source |", "|---|---|---|---|"]
    own = [e for e in known.entries["thresholds"] if e["rule"] == one.id]
    names = ("name", "value", "unit", "source")
    parts += ["| " + " | ".join(str(e[n]).replace("|", " ") for n in names) + " |" for e in own]
    return parts


_UNDONE = {"drop": "its rows left out", "practitioner": "the number made unknown on its rows"}


def _both(said: Said) -> str:
    return f"{said[0]} · {said[1]}"
