"""The small raw tables in the contract's columns: who, what can be billed, stock, oversight."""

from typing import Any

import numpy as np
import pyarrow as pa

from fraudml.worlds.catalogue import ITEM_KINDS
from fraudml.worlds.columns import Array, Columns
from fraudml.worlds.files import day, numbered, text, whole, yuan
from fraudml.worlds.fund import Fund
from fraudml.worlds.people import OUTSIDE, SPECIALTIES
from fraudml.worlds.providers import KINDS, REGIONS

_DEFAULT_BIRTH = np.datetime64("1900-01-01", "D")
_TITLES = ("住院医师", "主治医师", "副主任医师", "主任医师")


def provider_ids(rows: Array) -> pa.Array:
    """H00001 and so on; a row below 0 is null."""
    return numbered("H", np.asarray(rows) + (np.asarray(rows) >= 0), 5)


def practitioner_ids(rows: Array) -> pa.Array:
    """D and a number from 100,001 on; a row below 0 is null."""
    return numbered("D1", np.asarray(rows) + (np.asarray(rows) >= 0), 5)


def patient_ids(rows: Array) -> pa.Array:
    """P and a number from 1,000,001 on; a row below 0 is null."""
    return numbered("P1", np.asarray(rows) + (np.asarray(rows) >= 0), 6)


def operator_ids(rows: Array) -> pa.Array:
    """OP0001 and so on."""
    return numbered("OP", np.asarray(rows) + 1, 4)


ENTITY_IDS = {
    "provider": provider_ids,
    "practitioner": practitioner_ids,
    "patient": patient_ids,
}


def providers(fund: Fund) -> pa.Table:
    """One row per institution."""
    p = fund.providers
    n = len(p["kind"])
    return pa.table(
        {
            "provider_id": provider_ids(np.arange(n)),
            "name": text(p["name"]),
            "kind": text(KINDS, p["kind"]),
            "level": text(("0", "1", "2", "3"), p["level"]),
            "ownership": text(("public", "private"), p["private"].astype(int)),
            "region_code": text(REGIONS, p["region"]),
            "beds": whole(p["beds"], known=p["beds"] > 0),
            "contracted_from": day(fund.window.date(p["opened"])),
            "contracted_to": day(
                fund.window.date(p["closed"]), known=p["closed"] < fund.window.days
            ),
            "operator_id": operator_ids(p["operator"]),
        }
    )


def practitioners(fund: Fund) -> pa.Table:
    """One row per practitioner and registration."""
    d = fund.practitioners
    first = np.arange(len(d["provider"]))
    second = np.flatnonzero(d["second"] >= 0)
    who = np.concatenate([first, second])
    since = fund.window.date(d["since"][who])
    left = np.concatenate([np.full(len(first), -1), d["left"][second]])
    return pa.table(
        {
            "practitioner_id": practitioner_ids(who),
            "provider_id": provider_ids(np.concatenate([d["provider"], d["second"][second]])),
            "registered_from": day(since),
            "registered_to": day(fund.window.date(left), known=left >= 0),
            "specialty": text(SPECIALTIES, d["specialty"][who]),
            "title": text(_TITLES, d["title"][who]),
        }
    )


def patients(fund: Fund) -> pa.Table:
    """One row per insured person."""
    p, rng = fund.patients, fund.rng("patients.deaths")
    n, wrong = len(p["age"]), p["told_died"] >= 0
    day_died = np.where(wrong, p["told_died"], p["died"])
    died = (day_died < fund.window.days) & ~p["untold"]
    known = day_died + np.where(p["told"], 3, rng.integers(0, 40, n))
    told = died & (known < fund.window.days)
    codes = np.concatenate([REGIONS, OUTSIDE])
    region = np.where(p["outside"] >= 0, len(REGIONS) + p["outside"], p["region"])
    return pa.table(
        {
            "patient_id": patient_ids(np.arange(n)),
            "birth_date": day(
                np.where(p["default_birth"], _DEFAULT_BIRTH, p["born"]), known=rng.random(n) > 0.002
            ),
            "sex": text(("M", "F"), np.where(rng.random(n) < 0.001, -1, p["female"].astype(int))),
            "scheme": text(("resident", "employee"), p["employee"].astype(int)),
            "region_code": text(codes, region),
            "employer_id": numbered("E", np.where(p["employee"], p["employer"], -1), 5),
            "died_on": day(fund.window.date(day_died), known=told),
            "known_on": day(fund.window.date(known), known=told),
        }
    )


def enrolments(fund: Fund) -> pa.Table:
    """One row per person and period of insurance."""
    p, rng, window = fund.patients, fund.rng("enrolments"), fund.window
    n, extra = len(p["age"]), fund.enrolments
    born = (p["born"] - window.first).astype(np.int64)
    start = np.maximum(-rng.integers(200, 4000, n), born + 20)
    codes = np.concatenate([REGIONS, OUTSIDE])
    region = np.where(p["outside"] >= 0, len(REGIONS) + p["outside"], p["region"])
    who = np.array([e.patient for e in extra], dtype=np.int64)
    usual = p["employee"].astype(np.int64)
    stop = np.full(n, -1)
    for e in extra:  # the usual period gives way, unless the person is insured twice at once
        if not e.away:
            usual[e.patient] = 0
            last = e.start_day - 1
            stop[e.patient] = last if stop[e.patient] < 0 else min(last, stop[e.patient])
    where = np.array([(region[e.patient] + e.away) % len(codes) for e in extra], dtype=np.int64)
    begins = np.concatenate([start, np.array([e.start_day for e in extra], dtype=np.int64)])
    ends = np.concatenate([stop, np.array([e.stop_day for e in extra], dtype=np.int64)])
    employer = np.concatenate(
        [
            np.where(usual > 0, p["employer"], -1),
            np.array([e.employer for e in extra], dtype=np.int64),
        ]
    )
    kind = np.concatenate([usual, np.array([e.employee for e in extra], dtype=np.int64)])
    return pa.table(
        {
            "patient_id": patient_ids(np.concatenate([np.arange(n), who])),
            "scheme": text(("resident", "employee"), kind),
            "region_code": text(codes, np.concatenate([region, where])),
            "enrolled_from": day(window.date(begins)),
            "enrolled_to": day(window.date(ends), known=ends >= 0),
            "employer_id": numbered("E", employer, 5),
        }
    )


def contract_periods(fund: Fund) -> pa.Table:
    """One row per interrupted contract."""
    rows = sorted(fund.suspensions)
    first = np.array([s.first_day for s in rows], dtype=np.int64)
    last = np.array([s.last_day for s in rows], dtype=np.int64)
    group = np.array([s.group for s in rows], dtype=np.int64)
    return pa.table(
        {
            "provider_id": provider_ids(np.array([s.provider for s in rows], dtype=np.int64)),
            "suspended_from": day(fund.window.date(first)),
            "suspended_to": day(fund.window.date(last)),
            "department_code": numbered("K", np.where(group >= 0, group + 1, -1), 2),
        }
    )


def items(fund: Fund) -> pa.Table:
    """One row per item and validity period; a changed cap opens a second period."""
    t, window = fund.catalogue.items, fund.window
    n = len(t["code"])
    changed = np.flatnonzero(t["changes"])
    row = np.concatenate([np.arange(n), changed])
    later = np.arange(len(row)) >= n
    begin, change = window.day_of(np.datetime64("2021-05-01")), window.change_day
    ends = ~later & t["changes"][row]
    return pa.table(
        {
            "item_code": text(t["code"], row),
            "valid_from": day(window.date(np.where(later, change, begin))),
            "valid_to": day(window.date(np.full(len(row), change - 1)), known=ends),
            "name": text(t["name"], row),
            "kind": text(ITEM_KINDS, t["kind"][row]),
            "unit": text(t["unit"], row),
            "price_cap": yuan(np.where(later, t["new_cap_fen"][row], t["cap_fen"][row])),
            "sex_limit": text(t["sex"], row),
            "age_min": text(t["age_min"], row),
            "age_max": text(t["age_max"], row),
            "diagnosis_limit": text(t["dx_limit"], row),
            "level_min": whole(t["level_min"][row], known=t["level_min"][row] > 0),
            "max_daily_quantity": whole(t["max_daily"][row]),
            "bundle_of": text(t["bundle"], row),
            "minutes": whole(t["minutes"][row], known=t["minutes"][row] > 0),
        }
    )


def drg_groups(fund: Fund) -> pa.Table:
    """One row per DRG."""
    t = fund.catalogue.drgs
    n = len(t["code"])
    begin = fund.window.day_of(np.datetime64("2023-01-01"))
    return pa.table(
        {
            "drg_code": text(t["code"]),
            "valid_from": day(fund.window.date(np.full(n, begin))),
            "valid_to": pa.nulls(n, pa.date32()),
            "name": text(t["name"]),
            "weight": pa.array(t["weight"]),
            "usual_days": pa.array(t["days"]),
            "diagnosis_prefixes": text(t["prefixes"]),
        }
    )


def stock(fund: Fund, moves: Columns) -> pa.Table:
    """One row per provider, item and month."""
    return pa.table(
        {
            "provider_id": provider_ids(moves["provider"]),
            "item_code": text(fund.catalogue.items["code"], moves["item"]),
            "month": day(_month_start(fund, moves["month"])),
            **{n: whole(moves[n]) for n in ("opening", "purchased", "returned", "closing")},
        }
    )


def _month_start(fund: Fund, month: Array) -> Array:
    return np.asarray((fund.window.first.astype("datetime64[M]") + month).astype("datetime64[D]"))


def budgets(fund: Fund, rows: Columns) -> pa.Table:
    """One row per region, scheme and month."""
    return pa.table(
        {
            "region_code": text(REGIONS, rows["region"]),
            "scheme": text(("resident", "employee"), rows["employee"]),
            "month": day(_month_start(fund, rows["month"])),
            "budget_amount": yuan(rows["budget_fen"]),
            "income_amount": yuan(rows["income_fen"]),
        }
    )


def inspectors(fund: Fund, people: list[dict[str, Any]]) -> pa.Table:
    """One row per inspector."""
    owners = operator_ids(fund.providers["operator"]).to_pylist()
    ids = provider_ids(np.arange(len(owners))).to_pylist()
    avoided = [
        "|".join(owners[p] if by_owner else ids[p] for p, by_owner in i["avoids"]) for i in people
    ]
    return pa.table(
        {
            "inspector_id": numbered("I", np.arange(1, len(people) + 1), 4),
            "region_code": text(REGIONS, np.array([i["region"] for i in people])),
            "skills": pa.array(["|".join(i["skills"]) for i in people]),
            "days_available": whole(np.array([i["days"] for i in people])),
            "recused_from": text(np.array(avoided, dtype=object)),
        }
    )


def _targets(rows: list[dict[str, Any]]) -> pa.Array:
    ids = [ENTITY_IDS[r["grain"]](np.array([r["entity"]]))[0].as_py() for r in rows]
    return pa.array(ids, pa.string())


def tips(fund: Fund, rows: list[dict[str, Any]]) -> pa.Table:
    """One row per allegation."""
    return pa.table(
        {
            "tip_id": numbered("T", np.arange(1, len(rows) + 1), 5),
            "received_on": day(
                fund.window.date(np.array([r["day"] for r in rows], dtype=np.int64))
            ),
            "target_grain": pa.array([r["grain"] for r in rows], pa.string()),
            "target_id": _targets(rows),
            "typology": text([r["typology"] for r in rows]),
            "channel": pa.array([r["channel"] for r in rows], pa.string()),
        }
    )


def inspections(fund: Fund, rows: list[dict[str, Any]]) -> pa.Table:
    """One row per inspection; what is not closed by the end of the window has no result yet."""
    last = fund.window.days - 1
    rows = sorted(
        (r for r in rows if r["visited"] <= last),
        key=lambda r: (r["visited"], r["round"], r["grain"], r["entity"]),
    )
    closed = np.array([r["closed"] <= last for r in rows])

    def money(name: str) -> pa.Array:
        fen = np.array([r[name] or 0 for r in rows], dtype=np.int64)
        return yuan(fen, known=closed & np.array([r[name] is not None for r in rows]))

    def days(values: list[int], known: Array | None = None) -> pa.Array:
        return day(fund.window.date(np.array(values, dtype=np.int64)), known=known)

    return pa.table(
        {
            "inspection_id": numbered("V", np.arange(1, len(rows) + 1), 5),
            "target_grain": pa.array([r["grain"] for r in rows], pa.string()),
            "target_id": _targets(rows),
            "form": pa.array([r["form"] for r in rows], pa.string()),
            "arm": pa.array([r["arm"] for r in rows], pa.string()),
            "chance": pa.array([r["chance"] for r in rows], pa.float64()),
            "round_id": pa.array([f"R{r['round'] + 1}" for r in rows], pa.string()),
            "visited_on": days([r["visited"] for r in rows]),
            "closed_on": days([r["closed"] for r in rows], closed),
            "covers_from": days([r["covers"][0] for r in rows]),
            "covers_to": days([r["covers"][1] for r in rows]),
            "result": text([r["result"] if c else "" for r, c in zip(rows, closed, strict=True)]),
            "typology": text(
                [r["typology"] if c else "" for r, c in zip(rows, closed, strict=True)]
            ),
            "amount_confirmed": money("confirmed_fen"),
            "amount_recovered": money("recovered_fen"),
            "person_days": pa.array([r["person_days"] for r in rows], pa.float64()),
        }
    )
