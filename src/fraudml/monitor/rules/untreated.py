"""A rule about complications that stand on a stay and for which nothing was done.

A secondary diagnosis that makes the group heavier has to leave something on the bill. What that is
nobody has to list: it is what like stays have far more often with the diagnosis than without it.
"""

import ibis
import ibis.expr.types as ir

from fraudml.monitor.entry import Rule
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.rates import COUNTED, OWN, RATE, beside, beside_totals, unusual_of_each
from fraudml.monitor.rules.codings import named_beside
from fraudml.monitor.rules.mix import BEYOND, FEW
from fraudml.monitor.rules.phantom import bill
from fraudml.monitor.shared import Shared

_LIKE = 10  # stays of others that a share needs
_MAIN = "diagnosis_group"
_E6 = 1_000_000.0  # shares in whole millionths: sums of any order agree
_ENDED = ("died", "transferred", "against_advice")


def _asked(at: Shared) -> ir.Table:
    """Grouped stays of a night or more that ended as planned, of known items alone."""
    t = at.stay.filter(at.stay[_MAIN].notnull(), at.stay.drg_weight > 0, at.stay.stay_days >= 1)
    t = t.filter(~t.disposition.isin(_ENDED).coalesce(False))
    known = bill(at).filter(lambda b: b.unknowns_n == 0)
    return t.semi_join(known, "claim_no").select(*COUNTED, _MAIN)


def _marks(at: Shared, stays: ir.Table, named: ir.Table, values: Values) -> ir.Table:
    """The items that show that a diagnosis is treated: second, code_no.

    A share of the stays with it have them, and so many times fewer of like stays without it: of
    the same main illnesses, in the same numbers.

    stays  as of ``_asked``
    named  those of ``named_beside`` among them
    """
    items = _items(at)
    n = stays.group_by(_MAIN).agg(all_n=stays.count())
    cell = beside(named.group_by("second", _MAIN).agg(n=named.count()), n, (_MAIN,))
    cell = cell.filter(cell.all_n - cell.n >= _LIKE)
    cell = beside_totals(cell, ("second",), named_n=cell.n.sum())
    cell = cell.filter(cell.named_n >= _LIKE)
    seen = named.inner_join(items, "claim_no").group_by("second", _MAIN, "code_no")
    seen = seen.agg(hits=lambda r: r.count())
    everywhere = stays.inner_join(items, "claim_no").group_by(_MAIN, "code_no")
    everywhere = everywhere.agg(all_hits=lambda r: r.count())
    # also illnesses at which the item never stands beside the diagnosis
    t = cell.inner_join(seen.select("second", "code_no").distinct(), "second")
    t = beside(t, seen, ("second", _MAIN, "code_no"))
    t = beside(t, everywhere, (_MAIN, "code_no"))
    t = t.mutate(hits=t.hits.coalesce(0), all_hits=t.all_hits.coalesce(0))
    without = (t.all_hits - t.hits).cast("float64") / (t.all_n - t.n).cast("float64")
    t = t.mutate(without_e6=(t.n.cast("float64") * without * _E6).round().cast("int64"))
    t = t.group_by("second", "code_no").agg(
        hits=t.hits.sum(), named_n=t.named_n.max(), without_e6=t.without_e6.sum()
    )
    t = t.mutate(on=at.as_of, level=ibis.null("int64"), provider_kind=ibis.null("string"))
    hits, without = t.hits.cast("float64"), t.without_e6.cast("float64") / _E6
    return t.filter(
        hits >= t.named_n.cast("float64") * values.number("mark_share", t, "on"),
        hits >= without * values.number("mark_times", t, "on"),
    ).select("second", "code_no")


def _items(at: Shared) -> ir.Table:
    """What stays were billed, each item once: claim_no, code_no."""
    t = at.line.filter(at.line.inpatient, at.line.amount_fen > 0)
    return at.keep("items_of_stays", lambda: t.select("claim_no", "code_no").distinct())


def _proven(at: Shared, named: ir.Table, marks: ir.Table, values: Values) -> ir.Table:
    """Stays with a diagnosis for which nearly all others' have some mark, and whether they do.

    returns  claim_no, second, done
    """
    named = named.semi_join(marks, "second")
    done = named.inner_join(_items(at), "claim_no").semi_join(marks, ["second", "code_no"])
    done = done.select("claim_no", "second").distinct().mutate(done=ibis.literal(True))
    t = beside(named, done, ("claim_no", "second"))
    t = t.mutate(done=t.done.coalesce(False), on=at.as_of)
    ill, own = (ibis.window(group_by=[*more, "second"]) for more in ((), OWN))
    done_n = t.done.cast("int64")
    t = t.mutate(
        others_n=t.count().over(ill) - t.count().over(own),
        others_done=done_n.sum().over(ill) - done_n.sum().over(own),
    )
    usual = t.others_done.cast("float64") / t.others_n.nullif(0).cast("float64")
    wanted = (t.others_n >= _LIKE) & (usual >= values.number("usual_share", t, "on"))
    # of the house that does least for it all others are asked; it and they stay each other's peers
    t = t.mutate(proves=wanted.coalesce(False)).mutate(proven=lambda r: r.proves.any().over(ill))
    t = t.filter(t.proven)
    return t.select("claim_no", "second", "done")


def _complication_untreated(at: Shared, values: Values) -> ir.Table:
    """Stays with a secondary diagnosis and nothing of what nearly all others have for it."""
    t = at.keep("stays_with_known_items", lambda: _asked(at))
    named = named_beside(at).semi_join(t, "claim_no")
    marks = at.keep("marks_of_diagnoses", lambda: _marks(at, t, named, values))
    n = at.keep("named_and_done", lambda: _proven(at, named, marks, values))
    # a stay counts once: for what nothing was done for, where there is such
    one = n.group_by("claim_no").agg(bare=n.second.min(where=~n.done), any_of=n.second.min())
    t = t.inner_join(one, "claim_no")
    t = t.mutate(second=t.bare.coalesce(t.any_of))
    return unusual_of_each(at, t, t.bare.notnull(), values, "complication_untreated", "second")


UNTREATED: tuple[Rule, ...] = (
    Rule(
        id="R03.complication_untreated", result_type="suspicious", grain="provider", stage="after",
        needs=("claims.secondary_diagnoses", "claims.drg_weight", "claims.diagnosis_code",
               "claim_lines.item_code", "items.kind"),
        thresholds=(*RATE, ("mark_share", "share"), ("mark_times", "ratio"),
                    ("usual_share", "share")),
        clause="38(7)", no_clause=None,
        words=("stays carry a complication and nothing of what others' stays have for it",
               "住院写有并发症或合并症，却没有其他机构对该病症普遍开展的任何项目"),
        amount=BEYOND,
        exceptions=(("diagnoses for which others need not do anything either",
                     "其他机构也并非普遍有相应项目的诊断"),
                    ("deaths, transfers, discharges against advice, and stays without a night",
                     "死亡、转院、自动出院及未过夜的住院"),
                    ("stays with items that the catalogue does not know", "含目录外未知项目的住院"),
                    FEW),
        find=_complication_untreated,
    ),
)  # fmt: skip
