"""Facts about one claim or one line that do not depend on the as-of date: computed once.

All lines of a claim are known on the day the claim is settled, so whatever can be said about one
claim's lines is said here, before claims are multiplied by as-of dates.
"""

from collections.abc import Callable

import ibis
import ibis.expr.types as ir

from fraudml.claims.accepted import Claims
from fraudml.claims.calendar import days_between, years_between
from fraudml.claims.periods import valid_on
from fraudml.claims.whole_numbers import whole

Asked = Callable[..., bool]  # whether any of these columns is wanted
SCALE = 10_000  # weights and quantities are counted in ten-thousandths, as whole numbers


def scaled(column: ir.NumericValue) -> ir.IntegerValue:
    """A decimal number as whole ten-thousandths, so that sums are exact."""
    return (column * SCALE).round().cast("int64")


def claim_headers(claims: Claims, asked: Asked) -> ir.Table:
    """One row per claim that is not itself a reversal; reversed_on is null where none reverses it.

    What stands on the claim itself, no other table looked up: its keys and days, and of the rest
    what is asked for.
    """
    table = claims.table("claims")
    own = table.filter(table.reverses_claim_id.isnull())
    header = _header(own)
    chosen = {name: value for name, value in header.items() if name in _ALWAYS or asked(name)}
    return _with_reversal(own.select(**chosen), claims.reversed_claims())


def claim_facts(claims: Claims, lines: Callable[[], ir.Table | None], asked: Asked) -> ir.Table:
    """Claim headers beside the patient, the DRG group, the registration and the claim's lines.

    lines   makes the table of lines, or says that there is none
    asked   a table that has none of the columns asked for is not joined
    Facts of absent tables are null.
    """
    facts = claim_headers(claims, asked)
    if asked(*OF_PATIENT):
        facts = _with_patient(facts, claims.table("patients"))
    if asked("usual_days_e4"):
        facts = _with_drg(facts, claims)
    if asked("unregistered"):
        facts = _with_registration(facts, claims)
    return _with_lines(facts, lines()) if asked(*OF_LINES) else facts


_ALWAYS = ("claim_id", "patient_id", "provider_id", "practitioner_id", "admitted_on",
           "discharged_on", "settled_on", "drg_code")  # fmt: skip


def _header(t: ir.Table) -> dict[str, ir.Value]:
    kept = (
        "claim_id", "patient_id", "provider_id", "practitioner_id", "visit_kind", "admitted_on",
        "discharged_on", "settled_on", "diagnosis_code", "drg_code", "total_amount_fen",
        "fund_amount_fen", "patient_amount_fen", "account_amount_fen", "disposition",
        "identity_check", "terminal_id", "procedure_codes",
    )  # fmt: skip
    return {name: t[name] for name in kept} | {
        "inpatient": t.visit_kind == "inpatient",
        "diagnosis_group": t.diagnosis_code.left(3),
        "drg_family": t.drg_code.left(t.drg_code.length() - 1),
        "weight_e4": scaled(t.drg_weight),
        "stay_days": days_between(t.discharged_on, t.admitted_on),
        "settle_days": days_between(t.settled_on, t.discharged_on),
        "started_at": _time_of_visit(t.started_at),
        "uploaded_on": t.uploaded_at.date(),
        "upload_days": days_between(t.uploaded_at.date(), t.discharged_on),
        "weekend": t.admitted_on.day_of_week.index() >= 5,
        "secondary_n": t.secondary_diagnoses.length().cast("int64"),
        "procedures_n": t.procedure_codes.length().coalesce(0).cast("int64"),
        "round_amount": (t.total_amount_fen % 10_000 == 0) & (t.total_amount_fen != 0),
    }


def _time_of_visit(started_at: ir.TimestampValue) -> ir.TimestampValue:
    """To the second; a bare date, read as midnight, says nothing of the hour."""
    second = started_at.truncate("s")
    return (second == started_at.truncate("D")).ifelse(ibis.null("timestamp"), second)


def _with_reversal(facts: ir.Table, reversals: ir.Table) -> ir.Table:
    first = reversals.select("reversed_on", reversed_id=reversals.claim_id)
    joined = facts.left_join(first, facts.claim_id == first.reversed_id)
    return joined.drop("reversed_id")


OF_PATIENT = ("sex", "patient_region", "died_on", "death_known_on", "age_years")


def _with_patient(facts: ir.Table, patients: ir.Table) -> ir.Table:
    person = patients.select(
        person_id=patients.patient_id,
        birth_date=patients.birth_date,
        sex=patients.sex,
        patient_region=patients.region_code,
        died_on=patients.died_on,
        death_known_on=patients.known_on.coalesce(patients.died_on),
    )
    joined = facts.left_join(person, facts.patient_id == person.person_id)
    age = years_between(joined.admitted_on, joined.birth_date)
    return joined.mutate(age_years=age).drop("person_id", "birth_date")


def _with_drg(facts: ir.Table, claims: Claims) -> ir.Table:
    if not claims.has("drg_groups"):
        return facts.mutate(usual_days_e4=ibis.null("int64"))
    groups = valid_on(claims.table("drg_groups"), "drg_code")
    known = groups.select(
        group_code=groups.drg_code,
        valid_from=groups.valid_from,
        valid_before=groups.valid_before,
        usual_days_e4=scaled(groups.usual_days),
    )
    dated = facts.mutate(on=ibis.least(facts.discharged_on, facts.settled_on))
    joined = dated.left_join(
        known,
        [
            dated.drg_code == known.group_code,
            dated.on >= known.valid_from,
            dated.on < known.valid_before,
        ],
    )
    return joined.drop("on", "group_code", "valid_from", "valid_before")


def _with_registration(facts: ir.Table, claims: Claims) -> ir.Table:
    if not claims.has("practitioners"):
        return facts.mutate(unregistered=ibis.null("boolean"))
    table = claims.table("practitioners")
    r = table.select(
        "registered_from", "registered_to", registered_id=table.practitioner_id,
        registered_at=table.provider_id,
    )  # fmt: skip
    dated = facts.select(
        "practitioner_id", "provider_id", registered_claim=facts.claim_id,
        on=ibis.least(facts.admitted_on, facts.settled_on),
    )  # fmt: skip
    covered = dated.semi_join(
        r,
        [
            dated.practitioner_id == r.registered_id,
            dated.provider_id == r.registered_at,
            dated.on >= r.registered_from,
            r.registered_to.isnull() | (dated.on <= r.registered_to),
        ],
    ).select("registered_claim")
    joined = facts.left_join(covered, facts.claim_id == covered.registered_claim)
    missing = joined.registered_claim.isnull()
    return joined.mutate(
        unregistered=joined.practitioner_id.isnull().ifelse(ibis.null("boolean"), missing)
    ).drop("registered_claim")


_SUMMARY = {
    "lines_n": "int64", "line_days_n": "int64", "line_fen": "int64", "drug_lines_n": "int64",
    "drug_fen": "int64", "service_lines_n": "int64", "capped_lines_n": "int64",
    "over_cap_lines_n": "int64", "over_cap_fen": "int64", "outside_lines_n": "int64",
    "first_item": "string", "last_item": "string", "kinds_n": "int64", "exam_fen": "int64",
    "kind_fen": "int64",
}  # fmt: skip


OF_LINES = tuple(_SUMMARY)


def _with_lines(facts: ir.Table, lines: ir.Table | None) -> ir.Table:
    if lines is None:
        return facts.mutate(**{name: ibis.null(kind) for name, kind in _SUMMARY.items()})
    summary = line_summary(lines).rename(line_claim_id="claim_id")
    joined = facts.left_join(summary, facts.claim_id == summary.line_claim_id)
    return joined.drop("line_claim_id")


def line_summary(t: ir.Table) -> ir.Table:
    """One row per claim: how many lines, on how many days of it, of what, over the cap or not."""
    by_day = t.group_by("claim_id", "served_on").agg(
        lines_n=t.count(), line_fen=t.amount_fen.sum(),
        drug_lines_n=_count(t.kind == "drug"), drug_fen=_sum(t.amount_fen, t.kind == "drug"),
        exam_fen=_sum(t.amount_fen, t.kind == "exam"),
        kind_fen=_sum(t.amount_fen, t.kind.notnull()),
        service_lines_n=_count(t.kind == "service"),
        capped_lines_n=_count(t.price_cap_fen.notnull()), over_cap_lines_n=_count(t.over_cap),
        over_cap_fen=_sum(t.over_cap_fen, t.over_cap), outside_lines_n=_count(t.outside_stay),
        first_item=t.item_code.min(), last_item=t.item_code.max(),
        first_kind=t.kind.min(), last_kind=t.kind.max(),
    )  # fmt: skip
    d = by_day
    sums = {name: d[name].sum() for name in _SUMMARY if name in d.columns and name.endswith("_n")}
    fen = {name: d[name].sum() for name in _SUMMARY if name.endswith("_fen")}
    whole = d.group_by("claim_id").agg(
        line_days_n=_count(d.outside_lines_n == 0),
        first_item=d.first_item.min(), last_item=d.last_item.max(),
        first_kind=d.first_kind.min(), last_kind=d.last_kind.max(), **sums, **fen,
    )  # fmt: skip
    several = (whole.first_kind != whole.last_kind).cast("int64") + 1
    # Of lines whose items the catalogue does not know, no money is known to be for anything.
    by_kind = {
        name: whole.first_kind.notnull().ifelse(whole[name], ibis.null("int64"))
        for name in ("drug_fen", "exam_fen", "kind_fen")
    }
    return whole.mutate(kinds_n=several.cast("int64"), **by_kind).select("claim_id", *_SUMMARY)


def _count(condition: ir.BooleanColumn) -> ir.Value:
    return condition.cast("int64").sum()


def _sum(column: ir.Column, condition: ir.BooleanColumn) -> ir.Value:
    return condition.ifelse(column, 0).sum()


def line_facts(claims: Claims) -> ir.Table:
    """One row per line of a claim that is not a reversal, beside its catalogue item of that day.

    quantity_e4 counts ten-thousandths. over_cap: billed above the price cap in force;
    outside_stay: served before admission or after discharge. Null without the catalogue.
    """
    header = claims.table("claims")
    header = header.filter(header.reverses_claim_id.isnull())
    lines = claims.table("claim_lines")
    header = header.select(
        "patient_id", "provider_id", "admitted_on", "discharged_on", "settled_on",
        header_id=header.claim_id, header_practitioner=header.practitioner_id,
    )  # fmt: skip
    joined = lines.inner_join(header, lines.claim_id == header.header_id)
    given_by = joined.practitioner_id.coalesce(joined.header_practitioner)
    own = joined.select(
        "patient_id", "provider_id", practitioner_id=given_by, **line_columns(joined)
    )
    return judged_lines(own, claims)


def judged_lines(lines: ir.Table, claims: Claims) -> ir.Table:
    """Lines beside the catalogue item of their day, with what that says about them."""
    return _judged(_with_item(lines, claims))


def line_columns(t: ir.Table) -> dict[str, ir.Value]:
    """The columns of a line that was joined with its claim, but for who gave and who received."""
    kept = (
        "claim_id", "line_no", "item_code", "unit_price_fen", "amount_fen", "days_supply",
        "admitted_on", "discharged_on", "settled_on",
    )  # fmt: skip
    return {name: t[name] for name in kept} | {
        "served_on": t.served_at.date(),
        "quantity_e4": scaled(t.quantity),
    }


def _with_item(lines: ir.Table, claims: Claims) -> ir.Table:
    if not claims.has("items"):
        return lines.mutate(
            kind=ibis.null("string"),
            price_cap_fen=ibis.null("int64"),
            minutes=ibis.null("int64"),
        )
    periods = valid_on(claims.table("items"), "item_code")
    item = periods.select(
        "valid_from", "valid_before", "kind", "price_cap_fen", "minutes", code=periods.item_code
    )
    dated = lines.mutate(on=ibis.least(lines.served_on, lines.settled_on))
    joined = dated.left_join(
        item,
        [
            dated.item_code == item.code,
            dated.on >= item.valid_from,
            dated.on < item.valid_before,
        ],
    )
    return joined.drop("on", "code", "valid_from", "valid_before")


def _judged(t: ir.Table) -> ir.Table:
    over = t.unit_price_fen > t.price_cap_fen
    # as floats: of two slips, a price and a quantity, the product is no whole number of 64 bits
    quantity_e4 = t.quantity_e4.cast("float64")
    excess = (t.unit_price_fen - t.price_cap_fen).cast("float64") * quantity_e4
    return t.mutate(
        over_cap=over,
        over_cap_fen=over.ifelse(whole(excess / SCALE), 0),
        outside_stay=(t.served_on < t.admitted_on) | (t.served_on > t.discharged_on),
        minutes_total=whole(t.minutes.cast("float64") * quantity_e4 / SCALE),
    ).drop("admitted_on", "discharged_on")
