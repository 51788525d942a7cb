"""The rules as a page: every entry of the catalogue with its thresholds, clause and exceptions."""

from fraudml.monitor.catalogue import ASKED, CITED, RULES
from fraudml.monitor.entry import Rule, Said
from fraudml.monitor.held import HELD_AGAINST
from fraudml.monitor.knowledge.base import Knowledge, load

_HEAD = """# Rules

Generated from `fraudml.monitor.catalogue` and `src/fraudml/monitor/knowledge/`; do not edit.

{count} rules. `fraudml monitor` asks them of all claims that stand as of `time.as_of`: settled by
then, no reversal and not reversed by then (`R21.taken_back` alone asks for those that were). A rule
whose needed columns did not come in is *not assessed* and named in `reports/metrics/monitor.json`.
A *violation* needs no further judgement once its rows are true; a *suspicious* hit does. *Before*,
*during* or *after* settlement is the earliest moment the rule can be asked. Amounts are whole fen
of what the fund paid: low, middle and high; the low one of a suspicious hit is 0. A clause is cited
only where it was in force on every day of the hit: from 2021-05-01 on.

## Your own knowledge base
`monitor.knowledge` in `params.yaml` names a folder with any of `sources.csv`, `thresholds.csv`,
`clauses.csv` and `items.csv`, with the columns of ours. A row takes the place of all rows of ours
with the same key (thresholds: rule, name, level and kind; clauses: clause; items: item code;
sources: source); other keys are added. Of the rows of a threshold the most particular one in force
that day holds: level and kind, then one of them, then neither. `items.csv` says what the table
`items` of the extract is silent about. Every row names its source. `fraudml knowledge check FOLDER`
says what is wrong, and where; `fraudml monitor` refuses a folder with a fault. DVC does not watch
the folder: after changing it run `dvc repro -f monitor`.
"""


def rules_markdown() -> str:
    """docs/rules.md: how the rules are asked, a table of all, then each by itself."""
    known = load(ASKED, cited=CITED)
    parts = [_HEAD.format(count=len(RULES)), "\n## All rules\n"]
    parts += ["| rule | typology | result | about | when | clause | reads | 中文 |"]
    parts += ["|---|---|---|---|---|---|---|---|"]
    parts += [_row(rule) for rule in RULES]
    parts += [section for rule in RULES for section in _section(rule, known)]
    return "\n".join(parts) + "\n"


def _row(rule: Rule) -> str:
    cells = (
        f"`{rule.id}`", rule.typology, rule.result_type, rule.grain, rule.stage,
        rule.clause or "–", *rule.words,
    )  # fmt: skip
    return "| " + " | ".join(cells) + " |"


def _section(rule: Rule, known: Knowledge) -> list[str]:
    parts = [f"\n## {rule.id}\n", f"{_both(rule.words)}\n"]
    parts.append("- Needs: " + (", ".join(f"`{n}`" for n in rule.needs) or "the required tables"))
    parts.append(f"- Amount: {_both(rule.amount)}")
    parts += [f"- Left out: {_both(one)}" for one in rule.exceptions]
    if rule.no_clause:
        parts.append(f"- No clause: {_both(rule.no_clause)}")
    own = [e for e in known.entries["thresholds"] if e["rule"] == rule.id]
    if own:
        parts += ["", "| threshold | value | unit | level | kind | from | to | source |"]
        parts += ["|---|---|---|---|---|---|---|---|"]
    for e in own:
        names = ("name", "value", "unit", "level", "kind", "valid_from", "valid_to", "source")
        cells = [str(e[name]).replace("|", " ") if e[name] is not None else "–" for name in names]
        parts.append("| " + " | ".join(cells) + " |")
    return parts


def _both(said: Said) -> str:
    return f"{said[0]} · {said[1]}"


def rule_pairs_csv() -> str:
    """features/rule_pairs.csv: what rules can find of each grain, and the clause they share.

    The article that a patient's rule cites is the patient's: no provider is held against it.
    """
    found: dict[tuple[str, str, str], set[str | None]] = {}
    for grain, about in HELD_AGAINST.items():
        for rule in RULES:
            if rule.grain in about:
                pair = (grain, rule.typology, rule.result_type)
                found.setdefault(pair, set()).add(
                    None
                    if "patient" in (rule.grain, grain) and rule.grain != grain
                    else rule.clause
                )
    rows = [(*pair, _shared(clauses)) for pair, clauses in sorted(found.items())]
    return (
        "\n".join(",".join(row) for row in (("grain", "typology", "result_type", "clause"), *rows))
        + "\n"
    )


def _shared(clauses: set[str | None]) -> str:
    (one,) = clauses if len(clauses) == 1 else (None,)
    return one or ""
