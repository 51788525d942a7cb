"""Prices and who pays: whole fen throughout, total = fund + patient exactly."""

import numpy as np

from fraudml.worlds.columns import Array, Columns
from fraudml.worlds.fund import INPATIENT, Fund, schemes
from fraudml.worlds.providers import PHARMACY

_DIGITS = 10_000
_PAID_PERCENT = np.array([100, 88, 0, 88])  # by scope A, B, C, and C that is paid all the same


def set_prices(fund: Fund) -> None:
    """Every line without a price gets its provider's: a little under the cap, late at changes."""
    lines, rng = fund.lines, fund.rng("prices")
    provider = fund.visits["provider"][lines["visit"]]
    providers, items = len(fund.providers["kind"]), len(fund.catalogue.items["code"])
    lag = rng.integers(0, 25, providers) * (rng.random(providers) < 0.3)
    late = lines["day"] >= fund.window.change_day + lag[provider]
    discount = (0.93 * fund.providers["habit_price"]).clip(0.78, 1.0)[:, None]
    noise = rng.normal(0, 0.02, (providers, items))
    share = np.round((discount + noise).clip(0.7, 1.0) * _DIGITS).astype(np.int64)
    cap = fund.catalogue.cap_fen(lines["item"], late)
    usual = cap * share[provider, lines["item"]] // _DIGITS
    lines["price_fen"] = np.where(lines["price_fen"] == 0, usual.clip(1), lines["price_fen"])


def settle(fund: Fund) -> Columns:
    """Sums of each visit: total, fund, patient, account and what of the fund part is false.

    returns columns of fen, one row a visit; ``lines`` gain ``amount_fen``, ``fund_fen`` and
    ``false_fen``
    """
    lines, n = fund.lines, len(fund.visits["patient"])
    lines["amount_fen"] = lines["quantity"] * lines["price_fen"]
    percent = np.round(fund.catalogue.items["scope_share"][lines["item"]] * 100).astype(np.int64)
    percent = np.where(lines["scope"] >= 0, _PAID_PERCENT[lines["scope"]], percent)
    eligible = lines["amount_fen"] * percent // 100
    basis = sums(lines["visit"], eligible, n)
    rate, honest_rate = _rates(fund, basis)
    lines["fund_fen"] = eligible * rate[lines["visit"]] // _DIGITS
    honest = eligible * honest_rate[lines["visit"]] // _DIGITS
    lines["false_fen"] = _false(fund, honest)
    total = sums(lines["visit"], lines["amount_fen"], n)
    paid = sums(lines["visit"], lines["fund_fen"], n)
    return {
        "total_fen": total,
        "fund_fen": paid,
        "patient_fen": total - paid,
        "account_fen": _account(fund, total - paid),
    }


def sums(where: Array, amount: Array, n: int) -> Array:
    """Exact sums of whole numbers by row number."""
    out = np.zeros(n, dtype=np.int64)
    np.add.at(out, where, amount)
    return out


def _false(fund: Fund, honest_fen: Array) -> Array:
    """The fund's loss in each line: by itself, or because the whole visit is false."""
    lines, visits = fund.lines, fund.visits
    upcoded = (visits["drg"] != visits["true_drg"])[lines["visit"]]
    whole = (visits["plant"] >= 0)[lines["visit"]]
    part = np.floor(lines["fund_fen"] * lines["false"]).astype(np.int64)
    loss = np.floor(lines["fund_fen"] * visits["loss"][lines["visit"]]).astype(np.int64)
    of_visit = np.where(upcoded, lines["fund_fen"] - honest_fen, loss)
    return np.where(lines["plant"] >= 0, part, np.where(whole, of_visit, 0))


def _rates(fund: Fund, basis_fen: Array) -> tuple[Array, Array]:
    """The fund's share in 1/10000 of each visit, as settled and as it should have been."""
    visits = fund.visits
    employee = schemes(fund, visits) > 0
    level = fund.providers["level"][visits["provider"]]
    plain = np.array([8500, 8500, 7800, 7000])[level] - np.where(employee, 0, 2000)
    shop = fund.providers["kind"][visits["provider"]] == PHARMACY
    plain = np.where(shop, 7000 - np.where(employee, 0, 1500), plain)
    stay = visits["kind"] == INPATIENT
    bed = np.where(employee, 850, 700) - level * 40
    point = _point_fen(fund, basis_fen)
    weight = np.round(fund.catalogue.drgs["weight"] * _DIGITS).astype(np.int64)

    def by_weight(drg: Array) -> Array:
        pay = weight[drg] * point // _DIGITS * bed // 1000
        return np.where(stay, (pay * _DIGITS // basis_fen.clip(1)).clip(3000, 9500), plain)

    return by_weight(visits["drg"]), by_weight(visits["true_drg"])


def _point_fen(fund: Fund, basis_fen: Array) -> int:
    """The price of one weight point: eligible cost of all stays over all their true weights."""
    stay = fund.visits["kind"] == INPATIENT
    weight = np.round(fund.catalogue.drgs["weight"] * _DIGITS).astype(np.int64)
    weights = int(weight[fund.visits["true_drg"][stay]].sum())
    return int(basis_fen[stay].sum()) * _DIGITS // max(weights, 1)


def _account(fund: Fund, patient_fen: Array) -> Array:
    """What employees pay from their individual account, within the patient's part."""
    rng = fund.rng("account")
    uses = fund.patients["employee"][fund.visits["patient"]] & (rng.random(len(patient_fen)) < 0.7)
    part = rng.integers(3000, _DIGITS + 1, len(patient_fen))
    usual = np.where(uses, part, 0)
    told = fund.visits["account"]
    return patient_fen * np.where(told >= 0, told, usual) // _DIGITS
