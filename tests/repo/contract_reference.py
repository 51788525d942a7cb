"""docs/contract.md: general rules from contract_template.md, tables and rules from the code."""

from collections.abc import Iterator
from pathlib import Path
from string import Template
from typing import get_args

from fraudml.claims.contract_types import Column, Kind, Table
from fraudml.claims.schema import TABLES
from fraudml.quality.rules import CELL_RULES
from fraudml.quality.words import TABLE_WORDS

TEMPLATE = Path(__file__).parent / "contract_template.md"

KINDS: dict[str, str] = {
    "id": "text that names something, never a number; what a spreadsheet rounded is refused",
    "text": "any text",
    "enum": "one of the allowed values, spelt as here",
    "date": "`YYYY-MM-DD`",
    "month": "a month, written as its first day",
    "timestamp": "`YYYY-MM-DD HH:MM:SS`, local time",
    "money": "yuan with at most two decimals; after ingest whole fen, and `_fen` ends its name",
    "count": "a whole number",
    "number": "a decimal number",
    "flag": "`true` or `false`; also yes/no, 1/0, y/n, t/f in any case",
    "list": "texts separated by `\\|`; in parquet also a list",
}

NOTES: dict[str, str] = {
    "providers.provider_id": "定点医药机构编码",
    "providers.level": "0 = unrated",
    "providers.region_code": "six-digit division",
    "providers.operator_id": "legal owner, links institutions",
    "patients.known_on": "of the death; `died_on` where absent",
    "claims.claim_id": "结算单号",
    "claims.discharged_on": "not before `admitted_on`",
    "claims.account_amount": "from the individual account, within `patient_amount`",
    "claims.started_at": "time of the visit",
    "claims.referral_filed": "cross-region filing",
    "claims.reverses_claim_id": "a reversal 冲红: amounts negative, cancels that claim",
    "claim_lines.scope": "C = outside the fund's scope",
    "claim_lines.local_item_code": "the provider's own code before mapping",
    "claim_lines.trace_code": "traceability code of the pack sold; several packs, several codes",
    "items.diagnosis_limit": "code prefixes",
    "items.bundle_of": "items already contained in this one",
    "items.minutes": "usual practitioner minutes",
    "inspections.chance": "inclusion probability; null if unknown",
    "inspectors.recused_from": "`provider_id` or `operator_id`",
}

AFTER: dict[str, str] = {
    "claim_lines": "Strongly wished: many features need it.",
    "tips": "Nothing about the reporter: any further column is refused, whatever "
    "`ingest.unknown_columns` says.",
    "inspections": "Labels: confirmed, partly → confirmed; legitimate, data_error → cleared; "
    "everything else unknown.",
}


def contract_markdown() -> str:
    """docs/contract.md as the code has it."""
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        types="\n".join(_types()),
        tables="\n\n".join(_table(table) for table in TABLES),
        cell_rules="\n".join(_cell_rules()),
    )


def _types() -> Iterator[str]:
    yield from ("| type | how it is written |", "|---|---|")
    yield from (f"| {kind} | {KINDS[kind]} |" for kind in get_args(Kind))


def _table(table: Table) -> str:
    """Heading, grain, columns and rules of one table."""
    need = "required" if table.required else "optional"
    lines = [
        f"### {table.name} {TABLE_WORDS[table.name].zh} ({need})",
        f"{table.grain[0].upper()}{table.grain[1:]}. Known on: {_known_on(table)}."
        + (f" {AFTER[table.name]}" if table.name in AFTER else ""),
        "",
        "| column | type | | allowed, refers to, unit | |",
        "|---|---|---|---|---|",
        *(_column(table, column) for column in table.columns),
    ]
    rules = getattr(table, "rules", ())
    if rules:
        lines += ["", "| rule | default | a row breaks it when | 中文 |", "|---|---|---|---|"]
        lines += [_rule(table, rule) for rule in rules]
    return "\n".join(lines)


def _known_on(table: Table) -> str:
    names = {c.name for c in table.columns}
    plain = table.known_on in names or "." in table.known_on
    return f"`{table.known_on}`" if plain else table.known_on


def _column(table: Table, column: Column) -> str:
    place = "key" if column.key else "optional" if column.nullable else "required"
    about = [" ".join(f"`{value}`" for value in column.values)] if column.values else []
    about += [f"refers to `{column.refers}`"] if column.refers else []
    about += [column.unit] if column.unit else []
    about += [f"null means `{column.default}`"] if column.default else []
    about += ["pseudonym after ingest"] if column.person else []
    note = NOTES.get(f"{table.name}.{column.name}", "")
    cells = (f"`{column.name}`", column.kind, place, "; ".join(about), note)
    return "| " + " | ".join(cells) + " |"


def _rule(table: Table, rule: object) -> str:
    name, consequence, en, zh = (getattr(rule, n) for n in ("name", "consequence", "en", "zh"))
    evidence = getattr(rule, "evidence", None)
    said = f"{en}; evidence of {evidence}, never set aside" if evidence else en
    return f"| `{name}:{table.name}` | {consequence} | {said} | {zh} |"


def _cell_rules() -> Iterator[str]:
    yield from ("| rule | default | a row breaks it when | 中文 |", "|---|---|---|---|")
    for rule in CELL_RULES:
        yield f"| `{rule.form}` | {rule.consequence} | {rule.en} | {rule.zh} |"
