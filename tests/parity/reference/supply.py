"""Features of medicine supplied beyond what could be used up."""

from parity.reference.arithmetic import Row, grouped, mean, most, ratio, share
from parity.reference.registry import means
from parity.reference.subjects import Seen, Subject

patient = means("patient")


def _drugs(e: Subject) -> list[Row]:
    """One row per drug the patient was supplied with for some days."""
    return e.seen.once("supply", _all_drugs).get((e.id,), [])


def _fills(seen: Seen) -> list[Row]:
    """One row per claim, drug and month that supplied somebody for some days."""
    fills = []
    keys = ("claim_id", "patient_id", "provider_id", "item_code", "month")
    for key, lines in grouped(seen.lines, *keys).items():
        days = sum(line.days_supply or 0 for line in lines)
        if days > 0:
            fill = Row(zip(keys, key, strict=True))
            fill.update(days=days, served_on=min(x.served_on for x in lines),
                        amount=sum(x.amount for x in lines))  # fmt: skip
            fills.append(fill)
    return fills


def _all_drugs(seen: Seen) -> dict[tuple, list[Row]]:
    fills = seen.once("fills", _fills)
    drugs = [_drug(*key, rows) for key, rows in grouped(fills, "patient_id", "item_code").items()]
    return grouped(drugs, "patient_id")


def _drug(who: str, code: str, fills: list[Row]) -> Row:
    """Supply of all fills but the largest, beyond the days from the first fill to the last."""
    supplied, largest = sum(x.days for x in fills), max(x.days for x in fills)
    days = [x.served_on for x in fills]
    return Row(
        patient_id=who, item_code=code, fills_n=len(fills), supply_days=supplied,
        over_days=max(supplied - largest - (max(days) - min(days)).days, 0),
        providers_n=len({x.provider_id for x in fills}), amount=sum(x.amount for x in fills),
    )  # fmt: skip


@patient
def oversupply_days_365d(e: Subject):
    return sum(x.over_days for x in _drugs(e))


@patient
def oversupply_max_days_365d(e: Subject):
    return most(x.over_days for x in _drugs(e))


@patient
def oversupply_across_providers_days_365d(e: Subject):
    return sum(x.over_days for x in _drugs(e) if x.providers_n > 1)


@patient
def providers_per_drug_max_count_365d(e: Subject):
    return most(x.providers_n for x in _drugs(e))


@patient
def fills_per_drug_max_count_365d(e: Subject):
    return most(x.fills_n for x in _drugs(e))


@patient
def supply_days_per_drug_mean_365d(e: Subject):
    return mean(x.supply_days for x in _drugs(e))


@patient
def supplied_drug_fen_365d(e: Subject):
    return sum(x.amount for x in _drugs(e))


def _oversupplied(e: Subject) -> set[str]:
    """Those of its patients with at least 60 days beyond use, of all drugs, from anywhere."""
    drugs = e.seen.once("supply", _all_drugs)
    return {
        who for (who,) in e.claims_by("patient_id")
        if sum(x.over_days for x in drugs.get((who,), [])) >= 60
    }  # fmt: skip


@means("provider", "practitioner")
def oversupplied_patients_share_365d(e: Subject):
    whose = _oversupplied(e)
    return share(who in whose for (who,) in e.claims_by("patient_id"))


@means("provider")
def oversupplied_patients_fund_share_365d(e: Subject):
    whose = _oversupplied(e)
    part = sum(c.fund_amount for c in e.claims if c.patient_id in whose)
    return ratio(part, sum(c.fund_amount for c in e.claims))


def _covered(seen: Seen) -> list[Row]:
    """Fills of one day at one provider, beside the days that another provider's still lasted."""
    found = []
    for _, fills in grouped(seen.once("fills", _fills), "patient_id", "item_code").items():
        same = grouped(fills, "served_on", "provider_id")
        days = {key: sum(x.days for x in rows) for key, rows in sorted(same.items())}
        for (on, where), supplied in days.items():
            left = [
                n - (on - other_on).days
                for (other_on, other), n in days.items()
                if other != where and (other_on, other) < (on, where)
            ]
            twice = max(0, min(supplied, max(left, default=0)))
            found.append(Row(patient_id=fills[0].patient_id, provider_id=where, days=supplied,
                             twice=twice))  # fmt: skip
    return found


def _own_cover(e: Subject) -> list[Row]:
    return [x for x in e.seen.once("covered", _covered) if x[e.key] == e.id]


@means("provider")
def supply_overlap_elsewhere_days_share_365d(e: Subject):
    own = _own_cover(e)
    return ratio(sum(x.twice for x in own), sum(x.days for x in own))


@patient
def supply_overlap_across_providers_days_365d(e: Subject):
    return sum(x.twice for x in _own_cover(e))
