"""A slip of who: nobody's number, which signs in many rooms or in place of a whole small house."""

import ibis
import ibis.expr.types as ir

from fraudml.claims.calendar import days_between
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.rates import PEERS, beside
from fraudml.monitor.shared import Shared
from fraudml.monitor.signatures.entry import Signature, touched
from fraudml.monitor.signatures.tables import number, shared_with, signed_by

_WHO = ("provider_id", "practitioner_id")


def _placeholder(at: Shared, values: Values) -> ir.Table:
    t = signed_by(at)
    places = t.group_by(*_WHO, "place").agg(place_n=t.count())
    spread = places.group_by(*_WHO).agg(
        places_n=places.place.count(), top_n=places.place_n.max(), claims_n=places.place_n.sum()
    )
    days = t.group_by(*_WHO, "visited_on").agg(day_n=t.count())
    daily = days.group_by(busy_provider=days.provider_id, busy_id=days.practitioner_id).agg(
        days_n=days.count(), first_on=days.visited_on.min(), last_on=days.visited_on.max()
    )
    own = spread.inner_join(
        daily,
        [spread.provider_id == daily.busy_provider, spread.practitioner_id == daily.busy_id],
    ).drop("busy_provider", "busy_id")
    own = own.mutate(per_day=own.claims_n.cast("float64") / own.days_n.cast("float64"))
    size = _usual_size(t)
    own = own.inner_join(
        size, [own.provider_id == size.size_at, own.practitioner_id == size.size_id]
    ).drop("size_at", "size_id")
    own = at.keep("signature-practitioners", lambda: own)
    found = _nobody(at, own, values).select(*_WHO)
    found = found.union(_in_place_of_all(at, days, own, values), distinct=True)
    return touched(shared_with(t, found, *_WHO), key=("practitioner_id",), code="practitioner_id")


def _usual_size(t: ir.Table) -> ir.Table:
    """How dear what each number signs is beside like visits: size_at, size_id, usual_size.

    Who signs all outpatients is not compared with colleagues' stays.
    """
    alike = ("visit_kind", *PEERS)
    like = t.group_by(alike).agg(like_fen=t.fund_amount_fen.median())
    t = beside(t, like, alike)
    t = t.mutate(size=t.fund_amount_fen.cast("float64") / t.like_fen.cast("float64").nullif(0.0))
    return t.group_by(size_at=t.provider_id, size_id=t.practitioner_id).agg(
        usual_size=t["size"].median().coalesce(1.0)
    )


def _nobody(at: Shared, own: ir.Table, values: Values) -> ir.Table:
    """Provider and number where the number does more than one person's kinds of work."""
    t, (claims, places, top) = number(
        at, own, values, "least_claims", "least_departments", "most_in_one_department"
    )
    t = t.filter(
        t.claims_n.cast("float64") >= claims,
        t.places_n.cast("float64") >= places,
        t.top_n.cast("float64") <= top * t.claims_n.cast("float64"),
    )
    middle = _colleagues(t, own.view())
    t = _registered(at, t.inner_join(middle, [t[n] == middle[f"of_{n}"] for n in _WHO]))
    t, (times, rest, volume, same, many, even) = number(
        at, t, values, "times_colleagues", "working_days", "times_volume", "amount_change",
        "departments_of_nobody", "most_of_nobody",
    )  # fmt: skip
    number_of_places = t.places_n.cast("float64")
    span = (days_between(t.last_on, t.first_on) + 1).cast("float64")
    crowded = t.per_day >= volume * t.usual_per_day
    broad = number_of_places >= times * t.usual_places
    tireless = t.days_n.cast("float64") >= rest * span
    evenly = t.top_n.cast("float64") <= even * t.claims_n.cast("float64")
    of_house = broad & evenly & (number_of_places >= many)
    nobody = t.unregistered.ifelse(broad | crowded, (broad & crowded & tireless) | of_house)
    return t.filter(t.colleagues_n >= 2, _plain(t, same), nobody, ~t.somebody)


def _plain(t: ir.Table, same: ir.Value) -> ir.BooleanValue:
    """Whether what is signed is as dear as what colleagues sign: a default selects nothing."""
    own, theirs = t.usual_size, t.colleagues_size
    return (own <= theirs * (same + 1.0)) & (own * (same + 1.0) >= theirs)


def _in_place_of_all(at: Shared, days: ir.Table, own: ir.Table, values: Values) -> ir.Table:
    """Provider and number that signs for the whole house from one day to another.

    A small house has no departments to tell. The number is in no register, its colleagues sign
    before and after and hardly between, and the house does no more than with them: who comes in
    their place is somebody, and stays.
    """
    t, (least,) = number(at, own, values, "least_of_span")
    t = t.filter(t.claims_n.cast("float64") >= least)
    asked = t.select(*(n for n in (*_WHO, "claims_n", "first_on", "last_on")))
    d = days.view().rename(d_at="provider_id", d_id="practitioner_id")
    j = asked.inner_join(d, asked.provider_id == d.d_at)
    j = j.mutate(before=j.visited_on < j.first_on, after=j.visited_on > j.last_on)
    each = j.group_by(*_WHO, "d_id", "claims_n", "first_on", "last_on").agg(
        all_n=j.day_n.sum(), out_n=j.day_n.sum(where=j.before | j.after).coalesce(0),
        from_on=j.visited_on.min(), until_on=j.visited_on.max(),
        back=(j.before.any() & j.after.any()).cast("int64"),
    )  # fmt: skip
    h = each.group_by(*_WHO, "claims_n", "first_on", "last_on").agg(
        out_n=each.out_n.sum(), in_n=each.all_n.sum() - each.out_n.sum(),
        back_n=each.back.sum(), from_on=each.from_on.min(), until_on=each.until_on.max(),
    )  # fmt: skip
    middle = _colleagues(h, own.view())
    h = h.inner_join(middle, [h[n] == middle[f"of_{n}"] for n in _WHO])
    h = h.inner_join(own.select(*_WHO, "usual_size"), list(_WHO))
    h, (share, more_pace, same) = number(
        at, _registered(at, h), values, "share_of_span", "pace_change", "amount_change"
    )
    span = (days_between(h.last_on, h.first_on) + 1).cast("float64")
    rest = (days_between(h.until_on, h.from_on) + 1).cast("float64") - span
    pace = h.in_n.cast("float64") * rest <= h.out_n.cast("float64") * span * (more_pace + 1.0)
    alone = h.claims_n.cast("float64") >= share * h.in_n.cast("float64")
    h = h.filter(h.back_n >= 2, alone, pace, h.unregistered, ~h.somebody, _plain(h, same))
    return h.select(*_WHO)


def _colleagues(t: ir.Table, own: ir.Table) -> ir.Table:
    """Beside each number the middle of its colleagues: without it, or it would be its own peer."""
    asked = t.select(**{f"of_{n}": t[n] for n in _WHO})
    other = own.inner_join(
        asked,
        [own.provider_id == asked.of_provider_id, own.practitioner_id != asked.of_practitioner_id],
    )
    return other.group_by("of_provider_id", "of_practitioner_id").agg(
        usual_places=other.places_n.median(),
        usual_per_day=other.per_day.median(),
        colleagues_size=other.usual_size.median(),
        colleagues_n=other.count(),
    )


def _registered(at: Shared, t: ir.Table) -> ir.Table:
    """Beside whether the number was ever registered at the provider; unknown counts as it was."""
    if not at.claims.has("practitioners"):
        no = ibis.literal(False)
        return t.mutate(unregistered=no, somebody=no)
    r = at.claims.table("practitioners")
    r = r.filter(r.registered_from <= at.as_of)
    known = r.select(known_at=r.provider_id, known_id=r.practitioner_id).distinct()
    anywhere = r.view().select(person="practitioner_id").distinct()
    j = t.left_join(known, [t.provider_id == known.known_at, t.practitioner_id == known.known_id])
    j = j.left_join(anywhere, j.practitioner_id == anywhere.person)
    here = j.known_id.notnull()
    # registered only elsewhere: a real person, whose licence may be lent
    return j.mutate(unregistered=~here, somebody=~here & j.person.notnull()).drop(
        "known_at", "known_id", "person"
    )


NUMBER_ASK = (
    (
        "Check which persons stand behind this number, give each practitioner their own, correct "
        "the table of staff, and send the claims of the period again with the true practitioner."
    ),
    "请核对该工号对应的实际人员，为每名医师建立独立工号，修正人员字典，并按实际医师更正重传相关结算单。",
)
PLACEHOLDERS: tuple[Signature, ...] = (
    Signature(
        id="D01.placeholder_practitioner",
        cause="practitioner",
        needs=("claims.practitioner_id",),
        thresholds=(
            ("least_claims", "count"), ("least_departments", "count"),
            ("times_colleagues", "ratio"), ("most_in_one_department", "share"),
            ("working_days", "share"), ("times_volume", "ratio"), ("amount_change", "share"),
            ("departments_of_nobody", "count"), ("most_of_nobody", "share"),
            ("least_of_span", "count"), ("share_of_span", "share"), ("pace_change", "share"),
        ),
        explains=("T16", "R01.unknown_number", "R25.practitioner_missing"),
        repair="practitioner",
        words=("one practitioner's number signs in many departments: a placeholder",
               "一个医师工号在多个科室签名，疑为系统占位工号"),
        ask=NUMBER_ASK,
        twin=(
            ("a practitioner with impossible days bills in their own department and is registered; "
            "a placeholder is unregistered or never rests, and works as the whole house does"),
            "超负荷执业的医师在本科室、且有注册；占位工号无注册或从不休息，科室分布与全院相同",
        ),
        find=_placeholder,
    ),
)  # fmt: skip
