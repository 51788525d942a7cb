"""Stage monitor: what the rules find, down to the claim line."""

from datetime import date
from pathlib import Path

from fraudml.artifacts import Publication, require, write_json
from fraudml.asof import walk_back
from fraudml.claims.accepted import Claims
from fraudml.currency import currency_of
from fraudml.engine import Engine, open_engine
from fraudml.errors import ParamsError
from fraudml.evaluation.rule_figures import base_rate, rule_figures
from fraudml.evaluation.rule_pages import write_rule_pages
from fraudml.evaluation.rule_tuning import (
    proposal,
    rule_of,
    sentences,
    trials,
    write_overlay,
)
from fraudml.monitor.by_typology import ORDER, by_typology
from fraudml.monitor.catalogue import ASKED, CITED
from fraudml.monitor.counts import write_counts
from fraudml.monitor.dates import SharedOfDates
from fraudml.monitor.hits import ask, item_codes, knowledge_for, write_hits
from fraudml.monitor.judged import Artefacts
from fraudml.monitor.knowledge.base import examine
from fraudml.monitor.knowledge.forms import Fault
from fraudml.monitor.signatures.find import find_artefacts
from fraudml.params import Params
from fraudml.stages.workspace import Workspace

_NAMED = 10  # rules that were not asked are named up to so many


def monitor(params: Params, at: Workspace) -> str:
    """Ask every rule of the catalogue as of the live date; say which could not be asked."""
    overlay, time = at.knowledge(params.monitor.knowledge), params.time
    dates = walk_back(time.as_of, step_months=time.step_months, count=time.dates)
    with Publication() as out, open_engine(params.engine, spill=at.spill) as engine:
        claims = Claims(engine, at.data("claims"))
        known = knowledge_for(engine, claims, overlay)
        folder = out.folder(at.data("monitor"))
        shared = SharedOfDates(engine, claims, known, time.as_of)
        live = ask(shared)
        report = write_hits(engine, live, folder)
        report |= {"artefacts": find_artefacts(shared, folder)}
        lists = by_typology(shared, live, Artefacts.read(engine, folder))
        engine.make_parquet(lists, folder / "by_typology.parquet", order_by=ORDER)
        figures = rule_figures(engine, claims, live.hits, live.rows, time.as_of)
        base = base_rate(engine, claims, time.as_of)
        currency = currency_of(params.ingest.currency)
        write_rule_pages(out.folder(at.reports("rules")), report, figures, base, known, currency)
        write_counts(shared, live, dates, folder)
        write_json(out.file(at.metrics("monitor")), report)
        early = _too_early(engine, claims, time.as_of)
    hits = sum(one["hits"] for one in report["rules"].values())
    return (
        f"{hits:,} hits of {len(report['rules']):,} rules as of {report['as_of']}; "
        + _silent(list(report["not_assessed"]))
        + early
    )


def _too_early(engine: Engine, claims: Claims, as_of: date) -> str:
    """What to do where every claim is of a later day: nothing that follows says why it is empty."""
    settled = claims.table("claims").settled_on
    first = engine.rows(settled.min().name("first").as_table(), at_most=1)["first"][0].as_py()
    if first is None or first <= as_of:
        return ""
    return (
        f"\nNo claim was settled by {as_of} (time.as_of), the first on {first}: set time.as_of to "
        "the day that the extract goes up to"
    )


def _silent(rules: list[str]) -> str:
    """Which rules could not be asked; of many how many, since a page says what each one lacks.

    >>> _silent([]), _silent(["R04.unbundled"])
    ('all assessed', 'not assessed for want of columns or codes: R04.unbundled')
    """
    if not rules:
        return "all assessed"
    if len(rules) > _NAMED:
        return (
            f"{len(rules)} not assessed for want of columns or codes: see reports/rules/index.html"
        )
    return f"not assessed for want of columns or codes: {', '.join(rules)}"


def check_knowledge(params: Params, at: Workspace, folder: Path | None) -> list[Fault]:
    """All that is wrong with the knowledge base; items are looked up where claims were accepted.

    folder  the overlay; None: the one of ``monitor.knowledge``
    """
    overlay = folder if folder is not None else at.knowledge(params.monitor.knowledge)
    codes = None
    if at.data("claims").is_dir():
        with open_engine(params.engine, spill=at.spill) as engine:
            codes = item_codes(engine, Claims(engine, at.data("claims")), overlay)
    return examine(ASKED, overlay, catalogue=codes, cited=CITED)[1]


def tune_rule(
    params: Params, at: Workspace, rule: str, threshold: str, *, as_of: date, out: Path | None
) -> list[str]:
    """What multiples of a threshold would have found by a date; changes nothing by itself.

    out  a folder without knowledge files that receives the proposal, where there is one
    """
    asked = rule_of(rule)
    if as_of > params.time.as_of:
        raise ParamsError(f"--as-of: {as_of} lies after time.as_of, {params.time.as_of}.")
    overlay = at.knowledge(params.monitor.knowledge)
    with open_engine(params.engine, spill=at.spill) as engine:
        claims = Claims(engine, require(at.data("claims")))
        known = knowledge_for(engine, claims, overlay)
        found = trials(engine, claims, known, asked, threshold, as_of)
    said, best = sentences(found, asked, threshold, as_of), proposal(found)
    if out is not None and best is not None:
        write_overlay(out, known, asked, threshold, best, as_of)
        said.append(f"Wrote {out}: set monitor.knowledge to it after deciding.")
    return said
