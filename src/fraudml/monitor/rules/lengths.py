"""Rules about how long stays last: all alike, or far longer than such patients stay elsewhere.

Illnesses decide how long people stay, and no two take the same time; a price per day or per stay
decides it for whoever writes stays that nobody needed. Compared is always the same group of main
diagnoses at other providers.
"""

import ibis
import ibis.expr.types as ir

from fraudml.claims.regions import pool_of
from fraudml.monitor.entry import NOTHING, UNNAMED, Part, Rule, beyond_expected, found
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.rates import (
    BILLED,
    OWN,
    PEERS,
    PRIOR,
    RATE,
    beside,
    beside_totals,
    expected_within,
    least_likely,
    unusual_of_each,
)
from fraudml.monitor.shared import Shared, prefixed

_GROUP = "diagnosis_group"
_LIKE = 10  # stays of others that a mean needs


def _lasting(at: Shared, values: Values) -> ir.Table:
    """Stays of a night or more that ended as planned and are no staged treatment."""
    t = at.stay.filter(at.stay.stay_days >= 1, at.stay.diagnosis_group.notnull())
    t = t.filter(~prefixed(t.diagnosis_code, values.codes("staged_diagnoses")))
    return t.filter(~t.disposition.isin(["died", "transferred", "against_advice"]).coalesce(False))


def _one_length(at: Shared, values: Values) -> ir.Table:
    """Stays of just the same number of nights, where a great part of a provider's are so long."""
    t = _lasting(at, values)
    t = t.filter(t.stay_days >= 2)  # a night is the shortest stay, and many have it
    n = t.group_by(*OWN, *PEERS, _GROUP).agg(n=t.count())
    own = t.group_by(*OWN, *PEERS, "stay_days", _GROUP).agg(hits=t.count())
    here = own.group_by(*OWN, *PEERS, "stay_days").agg(here_n=own.hits.sum())
    here = beside_totals(here, OWN, whole_n=here.here_n.sum()).mutate(on=at.as_of)
    share = values.number("share", here, "on") * here.whole_n.cast("float64")
    often = here.filter(
        here.here_n.cast("float64") >= values.number("least", here, "on"),
        here.here_n.cast("float64") >= share,
    )
    p = expected_within(often, own, n, "stay_days", _GROUP).mutate(on=at.as_of)
    low = least_likely(p.hits, values.number("tail_z", p, "on"))
    p = p.filter(low > values.number("times", p, "on") * p.expected)
    p = p.select(*OWN, "stay_days", beyond=1.0 - p.expected / p.hits.cast("float64"))
    rows = t.inner_join(p, [*OWN, "stay_days"])
    mid, fen = beyond_expected(rows.fund_amount_fen, rows.beyond)
    return found(rows, Part((*BILLED, "stay_days"), "one_length", NOTHING, mid, fen,
                            happened_on="visited_on", who=BILLED))  # fmt: skip


def _kept_longer(at: Shared, values: Values) -> ir.Table:
    """Stays far longer than the mean of such patients at others of the level, beyond peers.

    Such patients are those of the same group, which says how grave it was, or else of the illness.
    """
    t = _lasting(at, values)
    t = t.mutate(ill=t.drg_code.coalesce(t.diagnosis_group))
    like, own = ["ill", "level"], ["ill", "level", *OWN]
    n = t.group_by(*own).agg(n=t.count(), days=t.stay_days.sum())
    n = beside_totals(n, tuple(like), all_n=n.n.sum(), all_days=n.days.sum())
    n = n.filter(n.all_n - n.n >= _LIKE)
    usual = (n.all_days - n.days).cast("float64") / (n.all_n - n.n).cast("float64")
    n = n.select(*own, usual_days=usual)
    t = beside(t, n, tuple(own))
    t = t.filter(t.usual_days.notnull())
    beyond = t.stay_days.cast("float64") - t.usual_days
    far = t.stay_days.cast("float64") > t.usual_days * values.number("times_usual", t, "visited_on")
    far &= beyond >= values.number("days", t, "visited_on")
    # what is at issue are the days beyond
    paid = t.fund_amount_fen.cast("float64") * beyond / t.stay_days.cast("float64")
    t = t.mutate(fund_amount_fen=ibis.greatest(paid.round().cast("int64"), 0), far=far)
    return unusual_of_each(at, t, t.far, values, "kept_longer", _GROUP)


def _outsiders_alike(at: Shared, values: Values) -> ir.Table:
    """Stays of persons from elsewhere of just one length, which neither such stays of others nor
    the provider's own of people from here have: a journey with a bed that was sold.
    """
    t = _lasting(at, values)
    t = t.filter(t.patient_region.notnull(), t.provider_region.notnull())
    away = pool_of(t.patient_region) != pool_of(t.provider_region)
    t = t.mutate(away=away.cast("int64"))
    c = t.group_by(*OWN, *PEERS, _GROUP, "stay_days").agg(n=t.count(), away_n=t.away.sum())
    ill, place = (_GROUP,), (*OWN, _GROUP)
    c = beside_totals(c, (*ill, "stay_days"), such_n=c.n.sum())
    c = beside_totals(c, ill, all_n=c.n.sum())
    c = beside_totals(c, place, own_n=c.n.sum(), own_away_n=c.away_n.sum())
    others = (c.such_n - c.n + 0.5) / (c.all_n - c.own_n + 1.0)
    # few of one's own lean on those of others
    here = (c.n - c.away_n + PRIOR * others) / (c.own_n - c.own_away_n + PRIOR)
    usual = ibis.least(ibis.greatest(others, here), 1.0)
    # whole millionths: sums of any order agree
    c = c.mutate(expected_e6=(c.own_away_n.cast("float64") * usual * 1e6).round().cast("int64"))
    p = c.filter(c.away_n > 0).group_by(*OWN, *PEERS, "stay_days").agg(
        alike_n=lambda r: r.away_n.sum(), expected=lambda r: r.expected_e6.sum() / 1e6
    ).mutate(on=at.as_of)  # fmt: skip
    p = p.filter(
        p.alike_n.cast("float64") >= values.number("least", p, "on"),
        least_likely(p.alike_n, values.number("tail_z", p, "on"))
        > values.number("times", p, "on") * p.expected,
    )
    p = p.select(*OWN, "stay_days", beyond=1.0 - p.expected / p.alike_n.cast("float64"))
    rows = t.filter(t.away > 0).inner_join(p, [*OWN, "stay_days"])
    mid, fen = beyond_expected(rows.fund_amount_fen, rows.beyond)
    return found(rows, Part(("provider_id", "stay_days"), "outsiders_alike", NOTHING, mid, fen,
                            happened_on="visited_on", who=("provider_id",)))  # fmt: skip


_STAGED = ("staged treatment, by its diagnosis", "按疗程的治疗（按诊断）")
_LIKE_CASES = ("the same illnesses or groups at others of the level and kind",
               "真实病情（同诊断或病组、同级别、同类机构比较）")  # fmt: skip
_ENDED = ("deaths, transfers and discharges against advice", "死亡、转院和自动出院")
_FEW = ("few of them, by the lower limit of their number", "按数量下限判定，数量少的不列入")

LENGTHS: tuple[Rule, ...] = (
    Rule(
        id="R02.one_length", result_type="suspicious", grain="provider", stage="after",
        needs=("claims.diagnosis_code",),
        thresholds=(*RATE, ("share", "share"), ("staged_diagnoses", "codes")),
        clause="40(1)", no_clause=None,
        words=("a great part of stays lasts the same number of nights, whatever the illness",
               "大量住院不论病种天数完全相同，超过其他机构同类患者"),
        amount=("at most what the fund paid of the stays; in the middle, beyond the expected",
                "至多为相关住院基金支付额；中值为超出预期部分"),
        exceptions=(_STAGED, ("stays of one night", "仅一晚的住院"), _LIKE_CASES, _ENDED, _FEW),
        find=_one_length, of_house=True,
    ),
    Rule(
        id="R09.kept_longer", result_type="suspicious", grain="provider", stage="after",
        needs=("claims.diagnosis_code",),
        thresholds=(*RATE, ("times_usual", "ratio"), ("days", "days"),
                    ("staged_diagnoses", "codes")),
        clause="38(2)", no_clause=None,
        words=("stays last far longer than such patients stay elsewhere, more often than at peers",
               "住院天数远长于同类患者，频次高于同类"),
        amount=("at most the days beyond of what the fund paid; in the middle, beyond the expected",
                "至多为超出天数对应的基金支付额；中值为超出预期部分"),
        exceptions=(_STAGED, _LIKE_CASES, _ENDED, _FEW),
        find=_kept_longer,
    ),
    Rule(
        id="R23.outsiders_alike", result_type="suspicious", grain="provider", stage="after",
        needs=("claims.diagnosis_code", "patients.region_code", "providers.region_code"),
        thresholds=(*RATE, ("staged_diagnoses", "codes")), clause=None, no_clause=UNNAMED,
        words=(("people from elsewhere stay just as many nights as one another, unlike people from "
                "here and such patients of others"),
               "外地参保人住院天数整齐划一，与本地患者及他院同类患者均不同"),
        amount=("at most what the fund paid of the stays; in the middle, beyond the expected",
                "至多为相关住院基金支付额；中值为超出预期部分"),
        exceptions=(_STAGED, ("a programme of fixed length: people from here stay as long",
                              "固定疗程（本地患者亦同）"),
                    ("the usual length of the illness", "该病种的通常天数"), _ENDED, _FEW),
        find=_outsiders_alike,
    ),
)  # fmt: skip
