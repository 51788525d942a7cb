"""Patients who come together: seen at the same provider on the same day, again and again.

Pairs of visitors of one day at one provider are counted; a pair that met on four days is regular.
The work is bounded: days with more than 200 visitors say nothing about who came with whom and are
left out, and so is whoever has fewer than four days on which anybody could be met, because no pair
of theirs can reach four. Pairs are looked for on the days of few visitors first: see _candidates.
At most 199 pairs are looked at for each visit, whatever the fund's size.
Dialysis schedules and village screening days look the same: a legitimate cause to test.
"""

import ibis
import ibis.expr.types as ir

from fraudml.features.bases import Bases
from fraudml.features.days import provider_day, visitors
from fraudml.features.numbers import grouped, numbered

TOGETHER_DAYS = 4  # so many days seen together make a regular companion
_LEFT_OUT = 2  # of everybody's most crowded days, at first: fewer than TOGETHER_DAYS
CROWD = 200  # more visitors than this on one day: not a group


def accompanied(b: Bases) -> ir.Table:
    """One row per provider, day and patient who came with at least one regular companion.

    companions_n  regular companions who came on that day too; whether a companion is regular is
    counted over all providers
    """
    return b.keep("accompanied", lambda: _accompanied(b))


def _groups(b: Bases) -> ir.Table:
    """One row per provider and day that is neither solitary nor a crowd, with its number.

    Whole numbers in place of long keys: joins and counts of pairs are several times cheaper.
    """
    days = provider_day(b)
    groups = days.filter(days.patients_n.between(2, CROWD))
    sized = groups.select("provider_no", "admitted_on", "patients_n")
    at_most = b.claims.rows_in("claims") * b.dates_n
    return b.keep("visitor_groups", lambda: numbered(sized, "group_no", at_most=at_most))


def _met(b: Bases) -> ir.Table:
    """One row per patient and group that he or she was in."""
    joined = visitors(b).inner_join(_groups(b), ["provider_no", "admitted_on"])
    return joined.select("patient_no", "provider_no", "group_no", "patients_n")


def _members(b: Bases) -> ir.Table:
    met = _met(b).select("group_no", "patients_n", person_no="patient_no")
    return b.keep("members", lambda: members_of(met))


def members_of(met: ir.Table) -> ir.Table:
    """Whoever has days enough to have a regular companion, in each group: person_no, group_no.

    met    group_no, person_no, and patients_n of the group
    place  from 0 among the person's days, the most crowded first, in one order of days for all
    """
    order = [met.patients_n.desc(), met.group_no.desc()]
    days = ibis.window(group_by="person_no", order_by=order, preceding=None, following=None)
    placed = met.mutate(place=ibis.row_number().over(days), days_n=met.count().over(days))
    often = placed.filter(placed.days_n >= TOGETHER_DAYS)
    return often.select("group_no", "person_no", "place")


def _regular(b: Bases) -> ir.Table:
    members = _members(b)
    return b.keep("companions", lambda: _companions(members, _candidates(b, members)))


def _accompanied(b: Bases) -> ir.Table:
    together = _together(_members(b), _regular(b)).rename(patient_no="person_no")
    return together.inner_join(_groups(b), "group_no").select(
        "provider_no", "admitted_on", "patient_no", "companions_n"
    )


def regular_pairs(b: Bases) -> ir.Table:
    """One row per two patients of a date who met on four days: one_no < other_no, together_n."""
    pairs = _regular(b).rename(one_no="person_no")
    return pairs.filter(pairs.one_no < pairs.other_no)


def days_at(b: Bases) -> ir.Table:
    """One row per patient of a date and provider: days_n on which anybody could be met there.

    alike_e6  how likely two visitors of the provider, each on a day of its own choice, meet: the
    sum of squared shares of the days in all visitors, in millionths
    """
    met, groups = _met(b), _groups(b)
    n = groups.patients_n.cast("int64")
    size = groups.group_by("provider_no").agg(all_n=n.sum(), squares_n=(n * n).sum())
    whole = size.all_n.cast("float64") * size.all_n.cast("float64")
    alike = (size.squares_n.cast("float64") * 1e6 / whole).round().cast("int64")
    sized = size.mutate(alike_e6=alike).drop("all_n", "squares_n")
    own = grouped(met, "patient_id", "provider_id", days_n=met.count())
    return b.keep("days_at", lambda: own.inner_join(sized, "provider_no"))


def _candidates(b: Bases, members: ir.Table) -> ir.Table:
    """Pairs that may be regular, each once: person_no, other_no.

    The two most crowded days of everybody are left out, in one order of days for all. A day that
    two share comes among the first two of either only if fewer than two days that they share come
    before it; so they lose their first two shared days at most, and whoever shares four shares two
    of the days left. Those are far fewer pairs than all (Chaudhuri, Ganti and Kaushik 2006, prefix
    filter).
    """
    quiet = members.filter(members.place >= _LEFT_OUT).select("group_no", "person_no")
    other = quiet.view().select(other_group="group_no", other_no="person_no")
    met = quiet.inner_join(
        other,
        [quiet.group_no == other.other_group, quiet.person_no < other.other_no],
    )
    return b.keep("candidates", lambda: _days_of(met, TOGETHER_DAYS - _LEFT_OUT))


def _days_of(met: ir.Table, at_least: int) -> ir.Table:
    pairs = met.group_by("person_no", "other_no").agg(days_n=met.count())
    return pairs.filter(pairs.days_n >= at_least).drop("days_n")


def _companions(members: ir.Table, candidates: ir.Table) -> ir.Table:
    """Regular pairs, each in both directions: person_no, other_no, together_n days."""
    met = _together_days(members, candidates)
    days = met.group_by("person_no", "other_no").agg(together_n=met.count())
    pairs = days.filter(days.together_n >= TOGETHER_DAYS)
    back = pairs.select("together_n", person_no="other_no", other_no="person_no")
    return pairs.union(back.select(*pairs.columns))


def _together_days(members: ir.Table, pairs: ir.Table) -> ir.Table:
    """Each day on which both of a pair were in one group: group_no, person_no, other_no."""
    own = members.select("group_no", "person_no")
    here = own.inner_join(pairs, "person_no").select("group_no", "person_no", "other_no")
    present = members.view().select(group_no="group_no", other_no="person_no")
    return here.inner_join(present, ["group_no", "other_no"])


def _together(members: ir.Table, companions: ir.Table) -> ir.Table:
    """For each person and group, how many regular companions were in the group too."""
    both = _together_days(members, companions)
    return both.group_by("group_no", "person_no").agg(companions_n=both.count())
