"""Rules about people from elsewhere: where they crowd, what they cost, whether they were filed."""

import ibis
import ibis.expr.types as ir

from fraudml.claims.calendar import days_between
from fraudml.claims.regions import pool_of
from fraudml.monitor.entry import NOTHING, UNNAMED, Part, Rule, beyond_expected, found
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.rates import RATE, beside, least_likely, unusual
from fraudml.monitor.shared import Shared, prefixed

_OTHER = 0.2  # of a flow that comes for something else than a planned operation


def _foreign_flow(at: Shared, values: Values) -> ir.Table:
    """Persons from one other prefecture, beyond what comes to like providers nearby.

    Stays and visits apart. Of visits only persons who are seen nowhere else in the place count:
    whoever lives or works here goes to several providers. To the house that operates on lenses
    people come from far and in lists: a flow of hardly anything else is none.
    """
    t = at.claim.filter(at.claim.patient_region.notnull(), at.claim.provider_region.notnull())
    t = t.filter(t.visit_kind != "emergency")
    t = t.mutate(home=pool_of(t.patient_region), here=pool_of(t.provider_region))
    away = t.filter(t.home != t.here)
    places = away.group_by("patient_no", "here").agg(places_n=away.provider_no.nunique())
    away = away.inner_join(places, ["patient_no", "here"])
    away = away.filter(away.inpatient | (away.places_n == 1)).drop("places_n")
    over = _flows(at, t, away, values)
    rows = away.inner_join(
        over,
        [
            away.provider_no == over.flow_to,
            away.home == over.flow_from,
            away.inpatient == over.flow_in,
        ],
    )
    fen = ibis.greatest(rows.fund_amount_fen, 0)
    mid = (fen.cast("float64") * ibis.greatest(rows.excess, 0.0)).round().cast("int64")
    return found(rows, Part(("provider_id", "home", "inpatient"), "from_afar", NOTHING, mid, fen,
                            happened_on="visited_on", who=("provider_id",)))  # fmt: skip


def _flows(at: Shared, claims: ir.Table, away: ir.Table, values: Values) -> ir.Table:
    """Flows beyond what like providers of the place draw: flow_to, flow_from, flow_in, excess."""
    alike = ["here", "level", "provider_kind", "inpatient"]
    own = claims.group_by("provider_no", *alike).agg(own_n=claims.patient_no.nunique())
    own = own.mutate(place_n=own.own_n.sum().over(ibis.window(group_by=alike)))
    # a person counts once, however often he comes
    one = ["provider_no", "home", "inpatient"]
    planned = prefixed(away.diagnosis_code, values.codes("scheduled_diagnoses"))
    people = away.group_by(*one, "patient_no").agg(planned=planned.cast("int64").min())
    m = people.group_by(one).agg(here_n=people.count(), planned_n=people.planned.sum())
    m = m.inner_join(own, ["provider_no", "inpatient"])
    m = m.mutate(
        all_n=m.here_n.sum().over(ibis.window(group_by=["home", *alike])),
        on=at.as_of,
    )
    rate = ((m.all_n - m.here_n).cast("float64") + 0.5) / (
        (m.place_n - m.own_n).cast("float64") + 1.0
    )
    expected = m.own_n.cast("float64") * rate
    m = m.filter(
        m.place_n > m.own_n,
        m.planned_n.cast("float64") <= (1.0 - _OTHER) * m.here_n.cast("float64"),
        m.here_n.cast("float64") >= values.number("least", m, "on"),
        least_likely(m.here_n, values.number("tail_z", m, "on"))
        > values.number("times", m, "on") * expected,
    )
    return m.select(
        flow_to="provider_no",
        flow_from="home",
        flow_in="inpatient",
        excess=1.0 - expected / m.here_n.cast("float64"),
    )


def _dearer_outsiders(at: Shared, values: Values) -> ir.Table:
    """Stays of outsiders far dearer than the provider's own such stays of people from here.

    Outsiders may be graver ill, and cost more everywhere: beyond those of like providers.
    """
    t = at.stay.filter(at.stay.patient_region.notnull(), at.stay.provider_region.notnull())
    t = t.filter(t.total_amount_fen > 0).mutate(ill=t.drg_code.coalesce(t.diagnosis_group))
    away = pool_of(t.patient_region) != pool_of(t.provider_region)
    near = t.filter(~away)
    near = near.group_by("provider_no", "ill").agg(
        near_n=near.count(), near_fen=near.total_amount_fen.sum()
    )
    t = t.filter(away).inner_join(near, ["provider_no", "ill"])
    t = t.filter(t.near_n.cast("float64") >= values.number("people_from_here", t, "visited_on"))
    ratio = t.near_fen.cast("float64") / t.near_n.cast("float64") / t.total_amount_fen
    # what is at issue is the part beyond
    beyond = t.fund_amount_fen.cast("float64") * ibis.greatest(1.0 - ratio, 0.0)
    often = values.number("times_own", t, "visited_on")
    t = t.mutate(dear=ratio * often < 1.0, fund_amount_fen=beyond.round().cast("int64"))
    return unusual(at, t, t.dear, values, "dearer_than_here")


def _roaming(at: Shared, values: Values) -> ir.Table:
    """Stays of one person in several prefectures away from home within a short time."""
    t = at.stay.filter(at.stay.patient_region.notnull(), at.stay.provider_region.notnull())
    t = t.mutate(place=pool_of(t.provider_region))
    t = t.filter(t.place != pool_of(t.patient_region), t.fund_amount_fen > 0)
    o = t.view().select("patient_no", other_place="place", other_on="admitted_on")
    j = t.select("claim_no", "patient_no", "admitted_on").inner_join(o, "patient_no")
    before = days_between(j.admitted_on, j.other_on)
    j = j.filter(before >= 0).mutate(
        before=before.cast("float64"), level=ibis.null("int64"),
        provider_kind=ibis.null("string"),
    )  # fmt: skip
    j = j.filter(j.before <= values.number("days", j, "admitted_on"))
    n = j.group_by("patient_no", "level", "provider_kind", "claim_no").agg(
        places_n=j.other_place.nunique(), on=j.admitted_on.max()
    )
    n = n.filter(n.places_n.cast("float64") >= values.number("places", n, "on"))
    rows = t.semi_join(n, "patient_no")
    fen = rows.fund_amount_fen
    return found(rows, Part(("patient_id",), "away", NOTHING, fen, fen, happened_on="visited_on",
                            who=("patient_id",)))  # fmt: skip


def _from_elsewhere(at: Shared) -> ir.Table:
    """Stays of people from another prefecture of which it is said whether they were filed."""
    t = at.stay.filter(at.stay.referral_filed.notnull(), at.stay.fund_amount_fen > 0)
    t = t.filter(pool_of(t.patient_region) != pool_of(t.provider_region))
    whole = t.total_amount_fen.cast("float64").nullif(0.0)
    return t.mutate(paid_share=t.fund_amount_fen.cast("float64") / whole)


def _not_filed(at: Shared, values: Values) -> ir.Table:
    """Stays without a filing; at issue is what a lower rate would not have paid.

    Nobody has to file: whoever does not is paid less by some points (医保发〔2022〕22号). The usual
    rate is that of the filed at providers of the level, of all stays where none is filed.
    """
    t = _from_elsewhere(at)
    every = at.stay.filter(at.stay.fund_amount_fen > 0, at.stay.total_amount_fen > 0)
    every = every.group_by("level").agg(
        all_share=(every.fund_amount_fen.cast("float64") / every.total_amount_fen).median()
    )
    filed = t.filter(t.referral_filed).group_by("level").agg(usual_share=t.paid_share.median())
    t = beside(beside(t.filter(~t.referral_filed), every, ("level",)), filed, ("level",))
    t = t.filter(t.fund_amount_fen.cast("float64") >= values.number("least_fen", t, "visited_on"))
    usual = t.usual_share.coalesce(t.all_share) - values.number("lower_by", t, "visited_on")
    beyond = 1.0 - ibis.greatest(usual, 0.0) / t.paid_share
    mid, most = beyond_expected(t.fund_amount_fen, beyond)
    return found(t, Part(("claim_id",), "not_filed", NOTHING, mid, most,
                         happened_on="visited_on"))  # fmt: skip


def _often_not_filed(at: Shared, values: Values) -> ir.Table:
    t = _from_elsewhere(at)
    return unusual(at, t, ~t.referral_filed, values, "often_not_filed")


_FEN = ("at most what the fund paid of the claims", "至多为相关结算单基金支付额")
_FEW = ("providers with few such claims, by the lower limit of their number",
        "按数量下限判定，数量少的机构不列入")  # fmt: skip

OUTSIDERS: tuple[Rule, ...] = (
    Rule(
        id="R23.foreign_flow", result_type="suspicious", grain="provider", stage="after",
        needs=("patients.region_code", "providers.region_code"),
        thresholds=(*RATE, ("scheduled_diagnoses", "codes")), clause=None, no_clause=UNNAMED,
        words=("people from one other prefecture, far beyond what comes to like providers",
               "来自某一外地市的住院或就诊远超同类机构"),
        amount=_FEN,
        exceptions=(("referral centres: providers of the same level see the same flow",
                     "转诊中心（与同级机构比较）"),
                    ("visits of people who live here: seen at several providers",
                     "常住本地人员（在多家机构就诊）"),
                    ("planned operations that come in lists, by their diagnosis",
                     "成批安排的择期手术（按诊断）"), _FEW),
        find=_foreign_flow,
    ),
    Rule(
        id="R23.dearer_outsiders", result_type="suspicious", grain="provider", stage="after",
        needs=("claims.diagnosis_code", "patients.region_code", "providers.region_code"),
        thresholds=(*RATE, ("people_from_here", "count"), ("times_own", "ratio")), clause=None,
        no_clause=UNNAMED,
        words=("stays of people from elsewhere cost far more than such stays of people from here",
               "外地参保人住院费用远高于本院同病种本地患者，频次高于同类机构"),
        amount=("what the fund paid beyond a stay from here; in the middle, beyond the expected",
                "超出本地患者费用部分的基金支付额；中值为超出预期部分"),
        exceptions=(("outsiders who are graver ill: at like providers as well",
                     "外地患者病情较重（同类机构亦然）"),
                    ("illnesses of which hardly anybody from here is treated",
                     "本地患者过少的病种"), _FEW),
        find=_dearer_outsiders, of_house=True,
    ),
    Rule(
        id="R23.roaming", result_type="suspicious", grain="patient", stage="during",
        needs=("patients.region_code", "providers.region_code"),
        thresholds=(("places", "count"), ("days", "days")), clause=None, no_clause=UNNAMED,
        words=("a person lies in bed in several prefectures away from home within months",
               "同一人数月内在多个外地市住院"),
        amount=("at most what the fund paid of the stays away from home",
                "至多为外地住院的基金支付额"),
        exceptions=(("a second place: a referral, a better hospital", "第二地（转诊、异地求医）"),
                    ("visits without a stay", "非住院就诊")),
        find=_roaming,
    ),
    Rule(
        id="R23.not_filed",
        result_type="suspicious",
        grain="patient",
        stage="during",
        needs=("claims.referral_filed", "patients.region_code", "providers.region_code"),
        thresholds=(("least_fen", "fen"), ("lower_by", "share")),
        clause=None,
        no_clause=UNNAMED,
        words=("a stay in another prefecture without a filing", "异地住院未备案"),
        amount=(
            "what the fund paid beyond the lower rate of who does not file; at most of the claim",
            "超出未备案应降低支付比例部分的基金支付额；上限为该结算单基金支付额",
        ),
        exceptions=(
            ("emergencies and visits without a stay", "急诊及非住院就诊"),
            ("claims that do not say whether a filing was made", "未说明是否备案"),
            ("no money of what was paid at the lower rate", "已按降低比例支付的不计金额"),
        ),
        find=_not_filed,
    ),
    Rule(
        id="R23.often_not_filed",
        result_type="suspicious",
        grain="provider",
        stage="after",
        needs=("claims.referral_filed", "patients.region_code", "providers.region_code"),
        thresholds=RATE,
        clause=None,
        no_clause=UNNAMED,
        words=(
            "stays of people from elsewhere are not filed far more often than at like providers",
            "异地参保人住院未备案，频次高于同类机构",
        ),
        amount=_FEN,
        exceptions=(
            ("emergencies and visits without a stay", "急诊及非住院就诊"),
            ("claims that do not say whether a filing was made", "未说明是否备案"),
            _FEW,
        ),
        find=_often_not_filed,
        of_house=True,
    ),
)  # fmt: skip
