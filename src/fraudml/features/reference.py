"""The feature dictionary as a page: every entry as it is computed from, read and grounded."""

from fraudml.entities import GRAINS
from fraudml.features.catalogue import FEATURES, features_of, needs_of
from fraudml.features.entry import Feature

_HEAD = """# Features

Generated from `fraudml.features.catalogue`; do not edit.

{count} features. Money is whole fen, shares lie in 0..1. The window ends on the as-of date; a
claim counts from the day it was settled, and no longer from the day its reversal was. A feature
whose needed columns did not come in is *not assessed*: null, never zero. Direction: + more is
more suspicious, 0 context. *Over* names the feature that counts over how many a rate is taken: the
fewer, the wider its peers are allowed to differ by chance. The clause is the
article of State Council Order 735 that names the conduct; a dash where none does.
"""


def features_markdown() -> str:
    """docs/features.md: one table per grain, one row per feature."""
    parts = [_HEAD.format(count=len(FEATURES))]
    for grain in GRAINS.values():
        entries = features_of(grain.name)
        parts.append(f"\n## {grain.name.capitalize()} {grain.zh} ({len(entries)})\n")
        parts.append(
            "| feature | unit | over | reads | 中文 | typology | + | clause | known at | needs |"
        )
        parts.append("|---|---|---|---|---|---|---|---|---|---|")
        parts += [_row(entry) for entry in entries]
    return "\n".join(parts) + "\n"


def _row(entry: Feature) -> str:
    needs = ", ".join(f"`{need}`" for need in needs_of(entry)) or "–"
    sign = {1: "+", -1: "−", 0: "0"}[entry.direction]
    cells = (
        f"`{entry.name}`", entry.unit, f"`{entry.per}`" if entry.per else "–", entry.en, entry.zh,
        entry.typology or "–", sign,
        entry.clause or "–", f"`{entry.known_at}`", needs,
    )  # fmt: skip
    return "| " + " | ".join(cells) + " |"
