"""Rules about stays: cut in parts, or lived elsewhere."""

import ibis
import ibis.expr.types as ir

from fraudml.claims.calendar import days_between
from fraudml.monitor.entry import NOTHING, Part, Rule, found
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.rules.interim import settled_between
from fraudml.monitor.shared import Shared, prefixed

_CHAIN = ("patient_no", "provider_no", "chain")


def continued(at: Shared, values: Values) -> ir.Table:
    """The stays, and whether each goes on with the last one at its provider: again.

    between  whether the house only settled in between: then nothing was cut

    values  of R06.split_stay
    """
    return at.keep("continued_stays", lambda: _continued(at, values))


def _continued(at: Shared, values: Values) -> ir.Table:
    t = at.stay
    here = {"group_by": ["patient_no", "provider_no"], "order_by": ["admitted_on", "claim_no"]}
    before = ibis.window(**here)
    t = t.mutate(
        out_before=t.discharged_on.lag().over(before),
        group_before=t.diagnosis_group.lag().over(before),
        department_before=t.department_code.lag().over(before),
        left_as=t.disposition.lag().over(before),
    )
    gap = days_between(t.admitted_on, t.out_before)
    near = (gap >= 0) & (gap.cast("float64") <= values.number("gap_days", t, "admitted_on"))
    between = settled_between(at, values).select("claim_no", between=ibis.literal(True))
    t = t.left_join(between, "claim_no").drop("claim_no_right")
    department = (t.department_before == t.department_code).coalesce(True)
    staged = prefixed(t.diagnosis_code, values.codes("staged_diagnoses"))
    left = t.left_as.isin(["transferred", "against_advice"]).coalesce(False)
    again = near & (t.diagnosis_group == t.group_before) & department & ~staged & ~left
    t = t.mutate(between=t.between.coalesce(False))
    t = t.mutate(again=(again & ~t.between).coalesce(False))
    return t.select(
        "claim_no", "claim_id", "patient_id", "patient_no", "provider_id", "provider_no",
        "practitioner_id", "admitted_on", "visited_on", "settled_on", "fund_amount_fen", "again",
        "between",
    )  # fmt: skip


def _split_stays(at: Shared, values: Values) -> ir.Table:
    t = continued(at, values)
    here = {"group_by": ["patient_no", "provider_no"], "order_by": ["admitted_on", "claim_no"]}
    t = t.mutate(chain=(~t.again).cast("int64").sum().over(ibis.cumulative_window(**here)))
    chain = ibis.window(group_by=list(_CHAIN), order_by=["admitted_on", "claim_id"])
    t = t.mutate(
        parts_n=t.again.cast("int64").sum().over(ibis.window(group_by=list(_CHAIN))),
        first_claim=t.claim_id.first().over(chain), claim_before=t.claim_id.lag().over(chain),
        fund_before=t.fund_amount_fen.lag().over(chain),
        in_before=t.visited_on.lag().over(chain), again_before=t.again.lag().over(chain),
        with_before=t.practitioner_id.lag().over(chain),
    )  # fmt: skip
    return _parts(t.filter(t.parts_n > 0, t.again))


def _parts(t: ir.Table) -> ir.Table:
    """One hit for each chain and practitioner who took the person in again.

    Whoever had the stay before may have meant it to be the only one: it is shown, and held
    against the own number where that is the same.
    """
    key, fen = ("first_claim", "practitioner_id"), t.fund_amount_fen
    again = found(t, Part(key, "part", NOTHING, fen, fen, happened_on="visited_on"))
    same = t.practitioner_id.coalesce("") == t.with_before.coalesce("")
    first = t.filter(~(t.again_before & same))
    first = first.mutate(claim_id=first.claim_before, visited_on=first.in_before)
    before = Part(key, "part", NOTHING, NOTHING, first.fund_before, happened_on="visited_on")
    return again.union(found(first, before))


def _elsewhere(at: Shared, values: Values) -> ir.Table:
    pairs = during_stay(at)
    pairs = pairs.filter(~pairs.visit_kind.isin(["emergency", "inpatient"]))
    # what the account alone pays at a pharmacy may be for the family: Order 735, article 17
    pairs = pairs.filter((pairs.visit_kind != "pharmacy") | (pairs.visit_fund > 0))
    enough = pairs.group_by(seen_stay=pairs.stay_id, level=pairs.level,
                            provider_kind=pairs.provider_kind, since=pairs.admitted_on).agg(
        visits_n=pairs.count())  # fmt: skip
    wanted = values.number("visits", enough, "since")
    enough = enough.filter(enough.visits_n.cast("float64") >= wanted)
    rows = pairs.semi_join(enough, pairs.stay_id == enough.seen_stay)
    stay = found(
        rows.mutate(claim_id=rows.stay_id, patient=rows.patient_id),
        Part(("stay_id",), "stay", NOTHING, rows.stay_fund, rows.stay_fund,
             known_on="both_settled_on", happened_on="admitted_on"),
    )  # fmt: skip
    visit = found(
        rows.mutate(claim_id=rows.visit_id),
        Part(("stay_id",), "visit_elsewhere", NOTHING, NOTHING, rows.visit_fund,
             known_on="both_settled_on", happened_on="visited_on"),
    )  # fmt: skip
    return stay.union(visit)


def during_stay(at: Shared) -> ir.Table:
    """Pairs of a stay and a visit elsewhere on its inner days, computed once."""
    return at.keep("during_stay", lambda: _during_stay(at))


def _during_stay(at: Shared) -> ir.Table:
    """Pairs of a stay and a visit of the patient elsewhere, strictly inside it and not on leave."""
    t = at.claim
    s = t.filter(t.inpatient, t.stay_days >= 2)
    stay = s.select(
        "patient_id", "provider_id", "practitioner_id", "admitted_on", "discharged_on", "level",
        "provider_kind", stay_id=s.claim_id, stay_settled=s.settled_on, stay_fund=s.fund_amount_fen,
    )  # fmt: skip
    visit = t.select(
        "visit_kind", "visited_on", visitor=t.patient_id, visit_id=t.claim_id,
        elsewhere=t.provider_id, visit_settled=t.settled_on, visit_fund=t.fund_amount_fen,
    )  # fmt: skip
    j = stay.inner_join(
        visit,
        [
            stay.patient_id == visit.visitor,
            stay.provider_id != visit.elsewhere,
            visit.visited_on > stay.admitted_on,
            visit.visited_on < stay.discharged_on,
        ],
    )
    j = j.mutate(both_settled_on=ibis.greatest(j.stay_settled, j.visit_settled))
    j = j.drop("stay_settled", "visit_settled", "visitor")
    if not at.claims.has("leave_passes"):
        return j
    p = at.claims.table("leave_passes")
    leave = p.select(pass_claim=p.claim_id, away_from=p.left_at.date(), away_to=p.back_at.date())
    return j.anti_join(
        leave,
        [
            j.stay_id == leave.pass_claim,
            j.visited_on >= leave.away_from,
            j.visited_on <= leave.away_to,
        ],
    )


STAYS: tuple[Rule, ...] = (
    Rule(
        id="R06.split_stay",
        result_type="suspicious",
        grain="provider",
        stage="after",
        needs=("claims.diagnosis_code",),
        thresholds=(
            ("gap_days", "days"),
            ("staged_diagnoses", "codes"),
            ("settled_together", "count"),
            ("long_days", "days"),
        ),
        clause="38(1)",
        no_clause=None,
        words=(
            "stays of one person at one provider and department follow within days for one illness",
            "同一人在同一机构短期内以同类诊断、同科室连续住院",
        ),
        amount=(
            "what the fund paid of the stays after the first; at most of all",
            "首次以后各次住院的基金支付额；上限为全部",
        ),
        exceptions=(
            (
                "staged treatment, by its diagnosis: chemotherapy, dialysis and the like",
                "按疗程的治疗（化疗、透析等，按诊断）",
            ),
            ("another department", "科室不同"),
            ("a stay that ended by transfer or against advice", "因转院或自动出院结束的住院"),
            (
                "the end of a month at which most who lie there are settled and go on",
                "月末或年末对多数在院患者统一中途结算后续住",
            ),
            (
                "a stay of two months and more, settled in between, that goes on within a day",
                "住院满两个月后中途结算，当日或次日续住",
            ),
        ),
        find=_split_stays,
    ),
    Rule(
        id="R07.elsewhere_during_stay",
        result_type="suspicious",
        grain="provider",
        stage="after",
        needs=(),
        thresholds=(("visits", "count"),),
        clause="38(1)",
        no_clause=None,
        words=(
            "the person is seen at other places while the stay goes on",
            "住院期间在其他机构就诊或购药",
        ),
        amount=(
            "at most what the fund paid of the stay, and of the visits",
            "至多为该次住院及院外就诊的基金支付额",
        ),
        exceptions=(
            ("the days of admission and discharge", "入院日和出院日"),
            ("days of a leave pass", "请假期间"),
            ("emergencies", "急诊"),
            (
                "stays elsewhere, which another rule holds against each other",
                "住院重叠由另一规则核查",
            ),
        ),
        find=_elsewhere,
    ),
)
