"""Features of what was billed line by line: how much, when, for how much work."""

from parity.reference.arithmetic import added, grouped, known, mean, median, most, ratio, share
from parity.reference.registry import means
from parity.reference.subjects import Subject

CARE = ("provider", "practitioner")
provider = means("provider")


def _stays_with_lines(e: Subject) -> list:
    return [c for c in e.stays if c.lines]


@provider
def lines_per_claim_mean_365d(e: Subject):
    return mean(c.lines_n for c in e.claims)


@provider
def lines_per_stay_day_ratio_365d(e: Subject):
    stays = _stays_with_lines(e)
    return ratio(sum(c.lines_n for c in stays), sum(c.stay_days + 1 for c in stays))


@provider
def idle_stay_days_share_365d(e: Subject):
    stays = _stays_with_lines(e)
    busy = ratio(sum(c.line_days_n for c in stays), sum(c.stay_days + 1 for c in stays))
    return None if busy is None else 1.0 - busy


@means(*CARE)
def sparse_stays_share_365d(e: Subject):
    long = [c for c in _stays_with_lines(e) if c.stay_days >= 3]
    return share(c.lines_n < 2 * c.stay_days for c in long)


@provider
def no_treatment_stays_share_365d(e: Subject):
    return share(n == 0 for n in known(c.drug_lines_n for c in e.stays))


@provider
def one_kind_claims_share_365d(e: Subject):
    return share(n == 1 for n in known(c.kinds_n for c in e.claims))


@provider
def drug_fen_share_365d(e: Subject):
    return ratio(added(c.drug_fen for c in e.claims), added(c.kind_fen for c in e.claims))


@provider
def exam_fen_share_365d(e: Subject):
    return ratio(added(c.exam_fen for c in e.claims), added(c.kind_fen for c in e.claims))


@provider
def lines_without_claim_total_share_365d(e: Subject):
    return share(c.line_fen != c.total_amount for c in e.claims if c.lines)


@provider
def over_cap_lines_share_365d(e: Subject):
    return share(line.over_cap for line in e.lines)


@means(*CARE)
def over_cap_fen_365d(e: Subject):
    return sum(line.over_cap_fen for line in e.lines)


@provider
def outside_stay_lines_count_365d(e: Subject):
    return sum(line.outside_stay for line in e.lines)


@provider
def outside_stay_lines_share_365d(e: Subject):
    return share(line.outside_stay for line in e.lines)


def _again(e: Subject) -> list[list]:
    """Lines of one provider, patient, item, day and practitioner, where there are several."""
    keys = ("provider_id", "patient_id", "item_code", "served_on", "practitioner_id")
    return [lines for lines in grouped(e.lines, *keys).values() if len(lines) > 1]


@means("provider", "patient")
def duplicate_lines_count_365d(e: Subject):
    return sum(len(lines) - 1 for lines in _again(e))


@provider
def duplicate_lines_fen_365d(e: Subject):
    """All but an average line of each, in whole fen."""
    return sum(
        sum(line.amount for line in lines) * (len(lines) - 1) // len(lines) for lines in _again(e)
    )


def _days_of_work(e: Subject) -> list[int]:
    """Usual minutes of what was billed, per practitioner and day."""
    timed = [x for x in e.lines if x.minutes is not None and x.practitioner_id is not None]
    days = grouped(timed, "practitioner_id", "served_on").values()
    return [sum(line.minutes for line in lines) for lines in days]


@means(*CARE)
def impossible_days_count_365d(e: Subject):
    return sum(minutes > 24 * 60 for minutes in _days_of_work(e))


@means(*CARE)
def long_days_share_365d(e: Subject):
    return share(minutes > 12 * 60 for minutes in _days_of_work(e))


@provider
def practitioner_day_max_minutes_365d(e: Subject):
    return most(_days_of_work(e))


@means("practitioner")
def day_max_minutes_365d(e: Subject):
    return most(_days_of_work(e))


@means("practitioner")
def day_median_minutes_365d(e: Subject):
    return median(_days_of_work(e))
