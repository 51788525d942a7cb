"""What is known of one claim by an as-of date, apart from all other claims."""

from datetime import date, datetime, time

from parity.reference.arithmetic import Row, known, ten_thousandths
from parity.reference.fund import RECENT, YEAR, Fund, in_force
from parity.reference.lines import read_lines

KINDS = ("drug", "service", "consumable", "bed", "exam")


def live_claims(fund: Fund, as_of: date) -> list[Row]:
    """Claims settled in the 365 days up to the date and not cancelled by it, in order of time."""
    found = []
    for row in fund.table("claims"):
        cancelled = fund.reversed_on(row.claim_id)
        in_window = as_of - YEAR < row.settled_on <= as_of
        if row.reverses_claim_id is None and in_window and not (cancelled and cancelled <= as_of):
            found.append(_read(fund, row, as_of))
    return sorted(found, key=lambda c: (c.admitted_on, c.claim_id))


def _read(fund: Fund, row: Row, as_of: date) -> Row:
    c = Row(row)
    c.update(_header(c, as_of))
    c.update(_person(fund, c, as_of))
    c.update(_contract(fund, c, as_of))
    c.update(_group(fund, c))
    c.update(unregistered=_unregistered(fund, c))
    c.update(_lines(fund, c))
    return c


def _header(c: Row, as_of: date) -> dict:
    uploaded_on = c.uploaded_at and c.uploaded_at.date()
    return {
        "recent": c.settled_on > as_of - RECENT,
        "inpatient": c.visit_kind == "inpatient",
        "diagnosis_group": c.diagnosis_code and c.diagnosis_code[:3],
        "drg_family": c.drg_code and c.drg_code[:-1],
        "weight": ten_thousandths(c.drg_weight),
        "stay_days": (c.discharged_on - c.admitted_on).days,
        "settle_days": (c.settled_on - c.discharged_on).days,
        "uploaded_on": uploaded_on,
        "upload_days": uploaded_on and (uploaded_on - c.discharged_on).days,
        "weekend": c.admitted_on.isoweekday() in (6, 7),
        "started_at": _with_a_time(c.started_at),
        "started_second": _with_a_time(c.started_at),
        "secondary_n": None if c.secondary_diagnoses is None else len(c.secondary_diagnoses),
        "procedures_n": len(c.procedure_codes or []),
    }


def _with_a_time(started_at: datetime | None) -> datetime | None:
    second = started_at and started_at.replace(microsecond=0)
    return None if second is None or second.time() == time() else second


def _person(fund: Fund, c: Row, as_of: date) -> dict:
    person = fund.patients.get(c.patient_id) or Row(
        birth_date=None, sex=None, region_code=None, died_on=None, known_on=None
    )
    heard = person.known_on or person.died_on
    dead = heard is not None and heard <= as_of
    return {
        "sex": person.sex,
        "patient_region": person.region_code,
        "age_years": age_in_years(person.birth_date, c.admitted_on),
        "patient_dead": dead,
        "after_death": dead and person.died_on is not None and c.admitted_on > person.died_on,
    }


def age_in_years(born: date | None, day: date) -> int | None:
    """Birthdays seen by that day."""
    if born is None:
        return None
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def _contract(fund: Fund, c: Row, as_of: date) -> dict:
    """Beds, region and term of the provider, of which nothing is known before its contract."""
    p = fund.providers.get(c.provider_id)
    if p is None or (p.contracted_from is not None and p.contracted_from > as_of):
        return {"beds": None, "away": None, "outside_contract": None}
    ended = p.contracted_to is not None and p.contracted_to <= as_of
    outside = None
    if p.contracted_from is not None or ended:
        before = p.contracted_from is not None and c.admitted_on < p.contracted_from
        outside = before or (ended and c.admitted_on > p.contracted_to)
    both = c.patient_region is not None and p.region_code is not None
    return {
        "beds": p.beds,
        "away": _pool(c.patient_region) != _pool(p.region_code) if both else None,
        "outside_contract": outside,
    }


def _group(fund: Fund, c: Row) -> dict:
    day = min(c.discharged_on, c.settled_on)
    group = in_force(fund.drg_groups.get((c.drg_code,), []), day)
    return {"usual_days": group and ten_thousandths(group.usual_days)}


def _unregistered(fund: Fund, c: Row) -> bool | None:
    """Whether the practitioner named was not registered here when the visit began."""
    if c.practitioner_id is None or not fund.has("practitioners"):
        return None
    day = min(c.admitted_on, c.settled_on)
    here = fund.registrations.get((c.practitioner_id, c.provider_id), [])
    return not any(
        r.registered_from <= day and (r.registered_to is None or day <= r.registered_to)
        for r in here
    )


def _lines(fund: Fund, c: Row) -> dict:
    """What the lines of a claim say; unknown where a claim came without lines."""
    lines = read_lines(fund, c)
    kinds = known(line.kind for line in lines)
    codes = [line.item_code for line in lines]
    inside = {line.served_on for line in lines if not line.outside_stay}
    return {
        "lines": lines,
        "lines_n": len(lines) or None,
        "line_days_n": len(inside) if lines else None,
        "line_fen": sum(line.amount for line in lines) if lines else None,
        "drug_lines_n": kinds.count("drug") if kinds else None,
        "drug_fen": _billed(lines, "drug"),
        "exam_fen": _billed(lines, "exam"),
        "kind_fen": _billed(lines, *KINDS),
        "kinds_n": len(set(kinds)) or None,
        "first_item": min(codes, default=None),
        "last_item": max(codes, default=None),
    }


def _billed(lines: list[Row], *kinds: str) -> int | None:
    """Money of the lines of these kinds; unknown where the catalogue knows no line's kind."""
    told = [line for line in lines if line.kind is not None]
    return sum(line.amount for line in told if line.kind in kinds) if told else None


def _pool(region: str) -> str:
    """The prefecture, or the municipality, that pools the money of a division."""
    if len(region) != 6:
        return region
    return region[:2] if region[:2] in ("11", "12", "31", "50") else region[:4]
