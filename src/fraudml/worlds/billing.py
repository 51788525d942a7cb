"""The claims and their lines in the contract's columns, one parquet part a month."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fraudml.worlds.catalogue import CC, MCC
from fraudml.worlds.columns import Array, Columns, take
from fraudml.worlds.files import day, moment, numbered, text, whole, write_part, yuan
from fraudml.worlds.fund import (
    CARDS,
    INPATIENT,
    NO_DIAGNOSIS,
    NO_LINES,
    NO_PRACTITIONER,
    NO_START,
    PHARMACY_SALE,
    VISIT_KINDS,
    Fund,
    schemes,
)
from fraudml.worlds.providers import PHARMACY
from fraudml.worlds.settlement import Ledger
from fraudml.worlds.tables import patient_ids, practitioner_ids, provider_ids

_PARTS = ("total", "fund", "patient", "account")
_HOUSES = 7
_DISPOSITIONS = ("home", "transferred", "against_advice", "died", "other")


def claim_ids(rows: Array) -> pa.Array:
    """S000000001 and so on in order of settlement; a row below 0 is null."""
    return numbered("S", np.asarray(rows) + (np.asarray(rows) >= 0), 9)


def write_billing(fund: Fund, ledger: Ledger, codes: pa.Array, raw: Path) -> None:
    """claims/ and claim_lines/: a part for each month of settlement.

    codes  the traceability codes of each line of the ledger
    """
    month = fund.window.month(ledger.claims["settled"])
    detail = _detail(fund)
    claim_edges = np.searchsorted(month, np.arange(int(month[-1]) + 2))
    line_edges = np.searchsorted(ledger.lines["claim"], claim_edges)
    for m in range(len(claim_edges) - 1):
        rows = np.arange(claim_edges[m], claim_edges[m + 1])
        if not len(rows):
            continue
        here = np.arange(line_edges[m], line_edges[m + 1])
        visit = ledger.claims["visit"][ledger.lines["claim"][here]]
        here = here[(fund.visits["unsent"][visit] & NO_LINES) == 0]
        lines = _lines(fund, ledger.claims, take(ledger.lines, here), codes.take(pa.array(here)))
        write_part(raw / "claims", m + 1, _claims(fund, ledger.claims, rows, detail))
        write_part(raw / "claim_lines", m + 1, lines)


def _local(fund: Fund, provider: Array, part: Columns) -> pa.Array:
    """The provider's own code of each line, by the software house it buys from; none in shops."""
    items = len(fund.catalogue.items["code"])
    words = numbered("Y", np.arange(_HOUSES * items) * 17 + 1000, 5)
    number = (provider % _HOUSES) * items + np.where(
        part["local"] >= 0, part["local"], part["item"]
    )
    shop = fund.providers["kind"][provider] == PHARMACY
    return words.take(pa.array(number, pa.int32(), mask=shop))


def _detail(fund: Fund) -> Columns:
    """What a claim form says beside the money, by visit."""
    visits, rng = fund.visits, fund.rng("billing.detail")
    n, kind = len(visits["patient"]), visits["kind"]
    shop = kind == PHARMACY_SALE
    blank = rng.random(n) < np.where(shop, 0.6, 0.004)
    ending = np.where(rng.random(n) < 0.035, rng.integers(1, 3, n), 0)
    ending = np.where(visits["ending"] >= 0, visits["ending"], ending)
    ending = np.where(fund.patients["died"][visits["patient"]] == visits["discharged"], 3, ending)
    away = fund.patients["outside"][visits["patient"]] >= 0
    terminals = fund.providers["terminals"][visits["provider"]]
    unsent, filed = visits["unsent"], rng.random(n) < 0.8
    blank |= (unsent & NO_DIAGNOSIS) > 0
    filed = np.where(visits["referral"] >= 0, visits["referral"], filed)
    drawn = np.floor(rng.random(n) * terminals).astype(np.int64)
    unclear = (rng.random(n) < 0.01) | ((unsent & NO_START) > 0)
    return {
        "practitioner": np.where(unsent & NO_PRACTITIONER, -1, visits["practitioner"]),
        "scheme": schemes(fund, visits),
        "diagnosis": np.where(blank, -1, visits["diagnosis"]),
        "ending": np.where(kind == INPATIENT, ending, -1),
        "referral": np.where(away, filed, -1),
        "terminal": np.where(visits["terminal"] >= 0, visits["terminal"], drawn),
        "clock": np.where(unclear, -1, visits["minute"]),
        "extra": rng.integers(0, 1 << 30, n),
    }


def _secondary(fund: Fund, visit: Array, extra: Array) -> pa.Array:
    """Secondary diagnoses that bear out the severity of the DRG."""
    drg = fund.visits["drg"][visit]
    first = np.where(drg % 3 == 0, 0, np.where(drg % 3 == 1, 1, 2))
    major = text(MCC, extra % len(MCC))
    minor = text(CC, extra // 8 % len(CC))
    both = pc.binary_join_element_wise(major, minor, pa.scalar("|"))
    plain = pc.if_else(pa.array(extra % 5 == 0), pa.scalar("Z86.7"), pa.scalar(None, pa.string()))
    words = pc.if_else(pa.array(first == 0), both, pc.if_else(pa.array(first == 1), minor, plain))
    return pc.if_else(pa.array(drg >= 0), words, pa.scalar(None, pa.string()))


def _claims(fund: Fund, claims: Columns, rows: Array, detail: Columns) -> pa.Table:
    part = take(claims, rows)
    visit = part["visit"]
    v, d = take(fund.visits, visit), take(detail, visit)
    window, drgs = fund.window, fund.catalogue.drgs
    stay = v["drg"] >= 0
    return pa.table(
        {
            "claim_id": claim_ids(rows),
            "patient_id": patient_ids(v["patient"]),
            "provider_id": provider_ids(v["provider"]),
            "practitioner_id": practitioner_ids(d["practitioner"]),
            "visit_kind": text(VISIT_KINDS, v["kind"]),
            "admitted_on": day(window.date(v["admitted"])),
            "discharged_on": day(window.date(v["discharged"])),
            "settled_on": day(window.date(part["settled"])),
            "diagnosis_code": text(fund.catalogue.diagnoses["code"], d["diagnosis"]),
            "diagnosis_system": text(("ICD-10",), np.zeros(len(rows), dtype=np.int64)),
            "secondary_diagnoses": _secondary(fund, visit, d["extra"]),
            "procedure_codes": text(drgs["procedure"], np.where(stay, v["drg"], -1)),
            "drg_code": text(drgs["code"], v["drg"]),
            "drg_weight": pa.array(drgs["weight"][v["drg"]], mask=~stay),
            **{f"{n}_amount": yuan(part[f"{n}_fen"]) for n in _PARTS},
            "disposition": text(_DISPOSITIONS, d["ending"]),
            "identity_check": text(CARDS, v["card"]),
            "terminal_id": _terminals(v["provider"], d["terminal"]),
            "department_code": numbered("K", v["group"] + 1, 2),
            "scheme": text(("resident", "employee"), d["scheme"]),
            "started_at": pc.if_else(
                pa.array(d["clock"] >= 0), moment(window.date(v["admitted"]), d["clock"]), None
            ),
            "uploaded_at": moment(*_uploaded(fund, v, part)),
            "referral_filed": text(("false", "true"), d["referral"]),
            "reverses_claim_id": claim_ids(np.where(part["unlinked"], -1, part["reverses"])),
        }
    )


def _uploaded(fund: Fund, visits: Columns, part: Columns) -> tuple[Array, Array]:
    """A date and the minutes after it began; never before the visit ended."""
    stay = visits["kind"] == INPATIENT
    usual = np.where(stay, 15 * 60, visits["minute"]) + part["uploaded"]
    told = visits["sent_at"] >= 0
    date = fund.window.date(np.where(told, 0, visits["discharged"]))
    return date, np.where(told, visits["sent_at"], usual)


def _terminals(provider: Array, terminal: Array) -> pa.Array:
    place = numbered("M", provider + 1, 5)
    return pc.binary_join_element_wise(place, numbered("", terminal + 1, 2), pa.scalar("-"))


def _lines(fund: Fund, claims: Columns, part: Columns, codes: pa.Array) -> pa.Table:
    visit = claims["visit"][part["claim"]]
    items = fund.catalogue.items
    own = np.where(fund.visits["unsent"] & NO_PRACTITIONER, -1, fund.visits["practitioner"])
    scope = np.where(part["scope"] >= 0, part["scope"], items["scope_number"][part["item"]])
    return pa.table(
        {
            "claim_id": claim_ids(part["claim"]),
            "line_no": whole(part["line_no"]),
            "item_code": text(items["code"], part["item"]),
            "served_at": moment(fund.window.date(part["day"]), part["minute"]),
            "quantity": pa.array(part["quantity"].astype(np.float64)),
            "unit_price": yuan(part["price_fen"]),
            "amount": yuan(part["amount_fen"]),
            "scope": text(("A", "B", "C", "C"), scope),
            "fund_amount": yuan(part["fund_fen"]),
            "practitioner_id": practitioner_ids(own[visit]),
            "department_code": numbered("K", fund.visits["group"][visit] + 1, 2),
            "days_supply": whole(part["supply"], known=part["supply"] > 0),
            "local_item_code": _local(fund, fund.visits["provider"][visit], part),
            "trace_code": codes,
        }
    )
