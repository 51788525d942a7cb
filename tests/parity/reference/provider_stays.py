"""Provider features of stays."""

from parity.reference.arithmetic import added, median, most, quantile, ratio, share
from parity.reference.common import soon
from parity.reference.registry import means
from parity.reference.subjects import Subject

provider = means("provider")


@provider
def stay_days_median_365d(e: Subject):
    return median(c.stay_days for c in e.stays)


@provider
def stay_days_p90_365d(e: Subject):
    return quantile((c.stay_days for c in e.stays), 0.9)


@provider
def stay_days_max_365d(e: Subject):
    return most(c.stay_days for c in e.stays)


@provider
def one_day_stays_share_365d(e: Subject):
    return share(c.stay_days <= 1 for c in e.stays)


@provider
def stay_days_per_bed_365d(e: Subject):
    return ratio(sum(c.stay_days for c in e.stays), most(c.beds for c in e.claims))


@provider
def any_return_stays_share_365d(e: Subject):
    return share(soon(c) for c in e.stays)


@provider
def month_return_stays_share_365d(e: Subject):
    return share(c.gap is not None and 8 <= c.gap <= 30 for c in e.stays)


@provider
def taken_over_stays_share_365d(e: Subject):
    gaps = (c.gap_elsewhere for c in e.stays)
    return share(gap is not None and 0 <= gap <= 3 for gap in gaps)


def _ended(e: Subject, how: str):
    told = [c for c in e.stays if c.disposition is not None]
    return share(c.disposition == how for c in told)


@provider
def died_claims_share_365d(e: Subject):
    return _ended(e, "died")


@provider
def against_advice_claims_share_365d(e: Subject):
    return _ended(e, "against_advice")


def _with_usual_days(e: Subject) -> list:
    return [c for c in e.claims if c.usual_days is not None]


@provider
def half_usual_stays_share_365d(e: Subject):
    return share(c.stay_days * 10_000 < c.usual_days / 2 for c in _with_usual_days(e))


@provider
def stay_to_usual_days_ratio_365d(e: Subject):
    grouped = _with_usual_days(e)
    days = sum(c.stay_days for c in grouped)
    return ratio(days * 10_000, added(c.usual_days for c in grouped))
