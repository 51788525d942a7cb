"""The data-quality report: the figures of every table, and what they leave unsaid."""

from collections.abc import Mapping
from typing import Any

from fraudml.claims.accepted import Claims
from fraudml.claims.contract_types import Table
from fraudml.claims.schema import CONTRACT, TABLES
from fraudml.engine import Engine
from fraudml.monitor.knowledge.base import Knowledge
from fraudml.params import CheckParams
from fraudml.quality.profile import profile
from fraudml.quality.providers import KINDS, Span, provider_breaks
from fraudml.quality.rules import rule_words
from fraudml.quality.silence import catalogue_features, monitoring_rules, rules_not_billed, silence
from fraudml.quality.volumes import COUNTED, by_month, months_of, volume, whole_months

Report = dict[str, Any]


def checks(
    engine: Engine,
    claims: Claims,
    ingest: Mapping[str, Any],
    params: CheckParams,
    knowledge: Knowledge,
) -> Report:
    """reports/checks.json: the whole report, JSON-able; its form stands in reports/README.md.

    ingest     the report of the ingest stage
    knowledge  what the rules know: which classes of items they look for
    """
    tables: dict[str, Report] = {}
    providers: dict[str, Report] = {}
    for name in (table.name for table in TABLES if claims.has(table.name)):
        table = CONTRACT[name]
        tables[name] = _table(engine, claims, table, ingest["tables"].get(name, {}))
        if name in COUNTED:
            tables[name]["volume"], found = _volume(engine, claims, table, params)
            providers |= {name: found} if found else {}
    asked = (*catalogue_features(), *monitoring_rules())
    return {
        "rows_in": ingest["rows_in"],
        "accepted": ingest["accepted"],
        "quarantined_rows": ingest["quarantined_rows"],
        "tables": tables,
        "absent_tables": [table.name for table in TABLES if not claims.has(table.name)],
        "providers": providers,
        "not_assessed": silence(claims, asked, rules_not_billed(claims, knowledge)),
        "jump": params.jump,
    }


def figures(report: Mapping[str, Any]) -> dict[str, Any]:
    """The few figures of reports/metrics/check.json, to compare runs by."""
    tables = report["tables"].values()
    months = [m for t in tables if t["volume"] for m in t["volume"]["months"]]
    return {
        "rows_in": report["rows_in"],
        "accepted_share": report["accepted"] / report["rows_in"] if report["rows_in"] else None,
        "quarantined_rows": report["quarantined_rows"],
        "warnings": sum(rule["rows"] for table in tables for rule in table["warnings"]),
        "absent_tables": len(report["absent_tables"]),
        "silent_features": report["not_assessed"]["kinds"]["feature"]["silent"],
        "silent_rules": report["not_assessed"]["kinds"]["rule"]["silent"],
        "odd_months": sum(odd_month(month) for month in months),
        "odd_providers": sum(one[kind] for one in report["providers"].values() for kind in KINDS),
    }


def odd_month(month: Mapping[str, Any]) -> bool:
    """Whether a month breaks with its neighbours; one delivered in part does not."""
    return bool(month["mean_mark"] or (month["mark"] and month["mark"] != "partial"))


def _table(engine: Engine, claims: Claims, table: Table, ingest: Mapping[str, Any]) -> Report:
    accepted = claims.rows_in(table.name)
    came = frozenset(c.name for c in table.columns if claims.assessed(f"{table.name}.{c.name}"))
    absent = [name for name in ingest.get("absent_columns", []) if name not in came]
    encodings: dict[str, int] = {}
    for encoding in ingest.get("encodings", {}).values():
        encodings[encoding] = encodings.get(encoding, 0) + 1
    return {
        "rows_in": ingest.get("rows_in", accepted),
        "accepted": accepted,
        "quarantined_rows": ingest.get("quarantined_rows", 0),
        "quarantined": _rules(table, ingest.get("quarantined", {})),
        "warnings": _rules(table, ingest.get("warnings", {})),
        "lost_zeros": dict(ingest.get("lost_zeros", {})),
        "files": encodings,
        "absent_columns": absent,
        "empty_columns": [
            c.name for c in table.columns if c.name not in came and c.name not in absent
        ],
        "dropped_columns": list(ingest.get("dropped_columns", [])),
        "columns": profile(
            engine, table, claims.table(table.name), accepted=accepted, came=came,
            counted_by=COUNTED[table.name].date if table.name in COUNTED else None,
        ),
        "volume": None,
    }  # fmt: skip


def _rules(table: Table, broken: Mapping[str, int]) -> list[dict[str, Any]]:
    """Rules with the rows that break them, the most broken first."""
    ordered = sorted(broken.items(), key=lambda one: (-one[1], one[0]))
    return [{"rule": rule, "rows": n} | rule_words(rule, table.name) for rule, n in ordered]


def _volume(
    engine: Engine, claims: Claims, table: Table, params: CheckParams
) -> tuple[Report, Report | None]:
    """A table's months, and its providers' breaks where its rows name a provider."""
    counted = COUNTED[table.name]
    money = bool(counted.money and claims.assessed(f"{table.name}.{counted.money}"))
    kept = by_month(engine, table, claims.table(table.name), money=money)
    said = volume(table.name, months_of(engine, kept), jump=params.jump)
    whole, empty = whole_months(said)
    if not whole or "provider_id" not in kept.columns:
        return said, None
    between = tuple(number for number in empty if whole[0] < number < whole[-1])
    found = provider_breaks(
        engine, table.name, kept, claims.table("providers"),
        Span(whole[0], whole[-1], between), jump=params.jump, listed=params.listed,
    )  # fmt: skip
    return said, found
