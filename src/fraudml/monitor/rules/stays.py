"""Rules about stays: cut in parts, or lived elsewhere."""

import ibis
import ibis.expr.types as ir

from fraudml.claims.calendar import days_between
from fraudml.monitor.entry import NOTHING, Part, Rule, beyond_expected, found
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.rates import PEERS, RATE, SIGNED, beside_excess
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
    """Chains of stays; money is at issue beyond what stays of the illness have at like providers.

    Who is taught to walk again, or lies in psychiatry, is settled by the month everywhere.
    """
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
    s = at.stay.select("claim_no", "signed_no", *PEERS, "diagnosis_group")
    t = t.inner_join(s, "claim_no")
    each = t.group_by(*SIGNED, *PEERS, "diagnosis_group").agg(
        n=t.count(), hits=t.again.cast("int64").sum()
    )
    each = at.keep("stays_cut", lambda: each)
    again = at.keep("stays_again", lambda: t.filter(t.parts_n > 0, t.again))
    return _parts(beside_excess(at, again, each, values, ("diagnosis_group",)))


def _parts(t: ir.Table) -> ir.Table:
    """One hit for each chain and practitioner who took the person in again.

    Whoever had the stay before may have meant it to be the only one: it is shown, and held
    against the own number where that is the same.
    """
    key, fen = ("first_claim", "practitioner_id"), t.fund_amount_fen
    mid, most = beyond_expected(fen, t.excess_share)
    again = found(t, Part(key, "part", NOTHING, mid, most, happened_on="visited_on"))
    same = t.practitioner_id.coalesce("") == t.with_before.coalesce("")
    first = t.filter(~(t.again_before & same))
    first = first.mutate(claim_id=first.claim_before, visited_on=first.in_before)
    before = Part(key, "part", NOTHING, NOTHING, first.fund_before, happened_on="visited_on")
    return again.union(found(first, before))


def _elsewhere(at: Shared, values: Values) -> ir.Table:
    """Stays with visits elsewhere; money is at issue beyond what like providers' days bring.

    Kin fetch the drugs of who cannot walk (article 17), an escort goes along to an examination: of
    one stay a visit proves little. Where the beds are empty, stay after stay has one.
    """
    rows = at.keep("seen_elsewhere", lambda: _seen_elsewhere(at, values))
    seen = rows.select(seen_stay="stay_id").distinct()
    t = at.stay.filter(at.stay.stay_days >= 2)
    t = t.left_join(seen, t.claim_id == seen.seen_stay)
    # the longer a stay the more happens: rates are those of the days in between
    each = t.group_by(*SIGNED, *PEERS).agg(
        n=(t.stay_days - 1).sum(), hits=t.seen_stay.notnull().cast("int64").sum()
    )
    each = at.keep("days_and_visits", lambda: each)
    s = at.stay.select(*SIGNED, of_stay="claim_id")
    rows = beside_excess(at, rows.inner_join(s, rows.stay_id == s.of_stay), each, values)
    mid, most = beyond_expected(rows.stay_fund, rows.excess_share)
    stay = found(
        rows.mutate(claim_id=rows.stay_id, patient=rows.patient_id),
        Part(("stay_id",), "stay", NOTHING, mid, most,
             known_on="both_settled_on", happened_on="admitted_on"),
    )  # fmt: skip
    visit = found(
        rows.mutate(claim_id=rows.visit_id),
        Part(("stay_id",), "visit_elsewhere", NOTHING, NOTHING, rows.visit_fund,
             known_on="both_settled_on", happened_on="visited_on"),
    )  # fmt: skip
    return stay.union(visit)


def _seen_elsewhere(at: Shared, values: Values) -> ir.Table:
    """Pairs of stays and visits elsewhere that can say that the bed was empty."""
    pairs = during_stay(at)
    pairs = pairs.filter(~pairs.visit_kind.isin(["emergency", "inpatient"]))
    # what the account alone pays at a pharmacy may be for the family: Order 735, article 17
    pairs = pairs.filter((pairs.visit_kind != "pharmacy") | (pairs.visit_fund > 0))
    if at.claims.assessed("items.unit"):
        standing = _standing_fees(at, values)
        pairs = pairs.anti_join(standing, pairs.visit_id == standing.claim_id)
    enough = pairs.group_by(seen_stay=pairs.stay_id, level=pairs.level,
                            provider_kind=pairs.provider_kind, since=pairs.admitted_on).agg(
        visits_n=pairs.count())  # fmt: skip
    wanted = values.number("visits", enough, "since")
    enough = enough.filter(enough.visits_n.cast("float64") >= wanted)
    return pairs.semi_join(enough, pairs.stay_id == enough.seen_stay)


def _standing_fees(at: Shared, values: Values) -> ir.Table:
    """Claims of nothing but fees by the year, which nobody has to come for: claim_id."""
    i = at.claims.table("items")
    yearly = i.filter(i.unit.isin(values.codes("units_of_a_year"))).select("item_code").distinct()
    yearly = at.code.semi_join(yearly, "item_code").select(yearly_no="code_no")
    t = at.line.filter(at.line.amount_fen > 0, ~at.line.inpatient)
    t = t.left_join(yearly, t.code_no == yearly.yearly_no)
    every = t.group_by("claim_no").agg(others_n=t.yearly_no.isnull().cast("int64").sum())
    every = every.filter(every.others_n == 0)
    return at.claim.semi_join(every, "claim_no").select("claim_id")


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
            *RATE,
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
            (
                "what the fund paid of the stays after the first, beyond what stays of the illness "
                "have at like providers; at most of all"
            ),
            "首次以后各次住院中超出同类机构同病种水平部分的基金支付额；上限为全部",
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
            (
                "no money of what is as frequent for the illness at like providers",
                "同病种频次未超出同类机构的不计金额",
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
        thresholds=(*RATE, ("visits", "count"), ("units_of_a_year", "codes")),
        clause="38(1)",
        no_clause=None,
        words=(
            "the person is seen at other places while the stay goes on",
            "住院期间在其他机构就诊或购药",
        ),
        amount=(
            (
                "what the fund paid of stays beyond what like providers have a day in bed; at most "
                "of all these stays and visits"
            ),
            "超出同类机构每住院日水平部分的住院基金支付额；上限为全部相关住院及院外就诊",
        ),
        exceptions=(
            ("the days of admission and discharge", "入院日和出院日"),
            ("days of a leave pass", "请假期间"),
            ("emergencies", "急诊"),
            (
                "stays elsewhere, which another rule holds against each other",
                "住院重叠由另一规则核查",
            ),
            (
                "drugs at a pharmacy that the account alone paid, fees by the year",
                "仅由个人账户支付的药店购药、按年收取的服务费",
            ),
            (
                "no money of providers that have it as often a day as others do: kin fetch drugs",
                "频次未超出同类机构的不计金额（家属代取药等）",
            ),
        ),
        find=_elsewhere,
    ),
)
