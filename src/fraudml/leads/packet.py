"""One lead as a packet: everything its page shows, as plain values for other machines."""

from dataclasses import asdict
from datetime import date
from typing import Any

from fraudml.leads.explanations import tested
from fraudml.leads.lead import TOP, Lead
from fraudml.leads.legal import NOT_NAMED, Basis, quote
from fraudml.leads.papers import papers_for
from fraudml.leads.reasons import Panel, Reason
from fraudml.leads.rows import Evidence
from fraudml.leads.rule_hits import hits_row
from fraudml.leads.subjects import Subject
from fraudml.leads.typologies import EXPLANATIONS, explanations_for, typology
from fraudml.leads.words import Words

_VERDICT = Words(
    "数据差错判定：未评估（尚未检验是否为数据差错）。",
    "Verdict: not assessed (whether this is a data error is not yet tested).",
)


def packet(lead: Lead) -> dict[str, Any]:
    """The packet of one lead; a null means not assessed, texts come as {zh, en}."""
    score, amount = lead.score, lead.amount
    panel = lead.spoken_for
    return {
        "lead_id": lead.lead_id,
        "grain": lead.grain,
        "id": lead.entity_id,
        "as_of": lead.as_of.isoformat(),
        "currency": asdict(lead.currency),
        "subject": _subject(lead.subject),
        "rank": score["rank"],
        "scored_n": lead.scored_n,
        "source_rank": lead.source,
        "reasons_from": panel.source if panel else None,
        "typology": _typology(lead.typology),
        "amount_fen": amount[0],
        "amount_basis": amount[1],
        "amount_rule": _amount_rule(lead),
        "verdict": lead.verdict.name if lead.verdict else None,
        "verdict_note": (lead.verdict.words() if lead.verdict else _VERDICT).plain(),
        "data_error": lead.verdict.plain() if lead.verdict else None,
        **{
            name: score[name]
            for name in (
                "risk", "anomaly", "probability", "expected_recovery_fen", "p_value",
                "supervised_rank", "rules_rank", "distance_rank", "label_free_rank", "amount_rank",
                "peer_group", "peers_n",
            )
        },
        "reasons": [_reason(r, lead) | _evidence(r, lead) for r in lead.reasons],
        "told_instead": lead.instead.sentence().plain() if lead.instead else None,
        "rule_hits": [
            h.plain(lead.grain) | {"explained": lead.left_of(h).explained_n} for h in lead.hits
        ],
        "panels": [_panel(p, lead) for p in lead.panels],
        "ladder": lead.ladder.plain() if lead.ladder else None,
        "law": [_quote(clause) for clause in _clauses(lead)],
        "circumstances": lead.standing.plain() if lead.standing else None,
        "papers": [one.plain() for one in papers_for(_answered_for(lead))],
        "explanations": [_question(key, words, lead) for key, words in _questions(lead)],
        "not_assessed": [words.plain() for words in lead.unknown],
    }  # fmt: skip


def list_row(lead: Lead) -> dict[str, Any]:
    """The lead as one row of the list (columns.csv)."""
    score, subject = lead.score, lead.subject
    code = lead.typology
    words = typology(code).words if code else Words("", "")
    sentences = [_marked(r, lead) for r in lead.reasons]
    if lead.instead:
        sentences = [lead.instead.sentence()]
    legal, rule = _first_clause(lead), _amount_rule(lead)
    return {
        **{k: v for k, v in score.items() if k != "as_of"},
        **subject.plain(),
        "lead_id": lead.lead_id,
        "as_of": lead.as_of,
        "typology": code,
        "typology_zh": words.zh or None,
        "typology_en": words.en or None,
        "amount_fen": lead.amount[0],
        "amount_basis": lead.amount[1],
        "amount_rule": rule["rule_id"] if rule else None,
        "verdict": lead.verdict.name if lead.verdict else None,
        "rank_repaired": lead.verdict.rank_repaired if lead.verdict else None,
        "reasons_of_slips": _of_slips(lead),
        "source_rank": lead.source,
        **{f"reason_{n}_zh": s.zh for n, s in enumerate(sentences, start=1)},
        **{f"reason_{n}_en": s.en for n, s in enumerate(sentences, start=1)},
        "clause": legal.clause,
        "clause_note": f"{legal.note.zh} {legal.note.en}" if legal.note else None,
        **_accounted(lead),
        **hits_row(
            lead.hits,
            {one.rule_id: lead.left_of(one).explained_n for one in lead.hits},
            {one.rule_id: lead.left_of(one).left_fen for one in lead.hits},
        ),
    }


def _first_clause(lead: Lead) -> Basis:
    """Of the first reason that has one and stands; else of the first rule that speaks for it.

    Of a later reason the note says so: a clause beside the lead's typology reads as if it named it.
    """
    reasons = lead.standing_reasons or (() if lead.weighty else lead.reasons)
    later = next((r for r in reasons if lead.basis_of(r).clause), None)
    if later is not None and later.typology != lead.typology:
        return _of_later(later, lead)
    rules = (lead.instead,) if lead.instead else lead.weighty[:1]
    told = [lead.basis_of(r) for r in reasons] or [lead.basis_of(h) for h in rules]
    noted = [one for one in told if one.note and one.note != NOT_NAMED]
    first = next((one for one in told if one.clause), None)
    return first or (noted or [Basis(None, NOT_NAMED)])[0]


def _of_later(reason: Reason, lead: Lead) -> Basis:
    place, clause = lead.reasons.index(reason) + 1, lead.basis_of(reason).clause
    words = typology(reason.typology).words if reason.typology else Words("", "")
    return Basis(
        clause,
        Words(
            f"为第 {place} 条理由（{words.zh}）的条款，首要疑点无可引条款",
            f"of reason {place}, {words.en}: none is cited for what the lead is first about",
        ),
    )


def _amount_rule(lead: Lead) -> dict[str, Any] | None:
    """Whose amount is told, where it is that of a rule."""
    rule = lead.amount_rule
    if rule is None or lead.amount[1] != "largest_rule":
        return None
    return {"rule_id": rule.rule_id, "typology": rule.typology} | rule.words.plain()


def _of_slips(lead: Lead) -> int | None:
    """How many of the reasons shown a data error mostly brought about."""
    if lead.verdict is None:
        return None
    return sum(one.feature in lead.of_slips for one in lead.reasons)


def _accounted(lead: Lead) -> dict[str, Any]:
    """Circumstances that hold, and how many of the reasons one of them alone can bring about."""
    holding = {key: one for key, one in (lead.answers or {}).items() if one.holds}
    reasons = [r for r in lead.reasons if any(a.can_bring(r.feature) for a in holding.values())]
    return {
        "circumstances": "; ".join(holding) or None,
        "reasons_accounted": None if lead.answers is None else len(reasons),
        "rank_without": lead.standing.rank_without if lead.standing else None,
    }


def _questions(lead: Lead) -> list[tuple[str, Words]]:
    """What the lead's typologies ask, and what the claims are consistent with beside."""
    asked = dict(explanations_for(_codes(lead)))
    beside = {key: EXPLANATIONS[key] for key, one in (lead.answers or {}).items() if one.holds}
    return list((asked | beside).items())


def _question(key: str, words: Words, lead: Lead) -> dict[str, Any]:
    features = [reason.feature for reason in lead.reasons]
    status, note = tested(key, lead.verdict, lead.answers, features)
    return {
        "key": key,
        "question": words.plain(),
        "status": status,
        "note": note.plain(),
    }


def _subject(subject: Subject) -> dict[str, Any]:
    return {k: v.isoformat() if isinstance(v, date) else v for k, v in subject.plain().items()}


def _typology(code: str | None) -> dict[str, str] | None:
    return None if code is None else {"code": code} | typology(code).words.plain()


def _codes(lead: Lead) -> tuple[str, ...]:
    sums = [s for p in lead.panels for s in p.sums if s.contribution > 0 and s.reasons]
    codes = [lead.typology, *(r.typology for r in lead.reasons), *(s.typology for s in sums[:TOP])]
    return tuple(dict.fromkeys(code for code in codes if code))


def _answered_for(lead: Lead) -> tuple[str, ...]:
    """The typologies of the lead and of its reasons that stand: what a visit is about."""
    codes = [lead.typology, *(r.typology for r in lead.standing_reasons)]
    return tuple(dict.fromkeys(code for code in codes if code))


def _clauses(lead: Lead) -> tuple[str, ...]:
    found = [lead.basis_of(reason).clause for reason in lead.reasons]
    found += [lead.basis_of(hits).clause for hits in lead.hits]
    return tuple(dict.fromkeys(clause for clause in found if clause))


def _quote(clause: str) -> dict[str, Any]:
    found = quote(clause)
    return {"clause": clause, "title": found.title.plain(), "lines": list(found.lines)}


def _panel(panel: Panel, lead: Lead) -> dict[str, Any]:
    return {
        "model": panel.model,
        "source": panel.source,
        "base": panel.base,
        "output": panel.output,
        "typologies": [
            {
                "typology": _typology(s.typology),
                "contribution": s.contribution,
                "reasons": [_reason(r, lead) for r in s.reasons],
            }
            for s in panel.sums
        ],
        "context": [_reason(r, lead) for r in panel.context],
    }


def _reason(reason: Reason, lead: Lead) -> dict[str, Any]:
    legal = lead.basis_of(reason)
    return {
        "feature": reason.feature,
        "typology": _typology(reason.typology),
        "contribution": reason.contribution,
        "value": reason.value,
        "peer_median": reason.peer_median,
        "percentile": reason.percentile,
        "peers_n": reason.peers_n,
        "unit": reason.unit,
        "window_days": reason.window_days,
        "direction": reason.direction,
        "name": reason.words.plain(),
        "hits_n": lead.hits_n(reason),
        "rules": [words.plain() | {"hits": hits} for words, hits in lead.rules_of(reason)],
        "sentence": lead.sentence(reason).plain(),
        "without_slips": _without_slips(reason, lead),
        "clause": legal.clause,
        "clause_note": legal.note.plain() if legal.note else None,
    }


def _without_slips(reason: Reason, lead: Lead) -> dict[str, Any] | None:
    """What the reason is without the data errors; null where they do not touch it."""
    one = lead.moved.get(reason.feature)
    if one is None:
        return None
    return {"value": one.repaired, "mostly": one.mostly, "said": one.shown(one.repaired).plain()}


def _marked(reason: Reason, lead: Lead) -> Words:
    """The sentence of a reason in the list, where no page stands beside to say it is a slip's."""
    said, one = lead.sentence(reason), lead.moved.get(reason.feature)
    if one is None or not one.mostly:
        return said
    left = one.shown(one.repaired)
    return Words(
        f"{said.zh}◐ 主要来自数据差错，剔除后为 {left.zh}",
        f"{said.en} ◐ mostly data errors, without them {left.en}",
    )


def _evidence(reason: Reason, lead: Lead) -> dict[str, Any]:
    found = lead.behind.by_reason.get((lead.entity_id, reason.feature))
    return {"evidence": None if found is None else _rows(found)}


def _rows(found: Evidence) -> dict[str, Any]:
    shown = [row | {"served_on": _iso(row["served_on"])} for row in found.shown]
    return {"rows_n": found.rows_n, "amount_fen": found.amount_fen, "shown": shown}


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
