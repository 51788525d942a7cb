"""Rules about contracts: settled without one, for whom has none, beyond what it is for."""

import ibis
import ibis.expr.types as ir

from fraudml.claims.calendar import OPEN_END, days_between
from fraudml.monitor.entry import NOTHING, UNNAMED, Part, Rule, beyond_expected, found
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.rates import RATE, least_likely, unusual
from fraudml.monitor.rules.goods import month_number
from fraudml.monitor.rules.phantom import bill
from fraudml.monitor.rules.signed import signed_by_registered
from fraudml.monitor.shared import Shared

_PAID = 0.5  # of the claims before a renewal that were paid before it: the last month's lag
_CLOSED = ("suspended", "closed", "since")


def _outside_contract(at: Shared, values: Values) -> ir.Table:
    t = at.claim.filter(at.claim.visit_kind != "emergency")
    early = (t.admitted_on < t.contracted_from).coalesce(False)
    late = t.admitted_on.delta(t.contracted_to, unit="day").cast("float64")
    late = (late > values.number("grace_days", t, "visited_on")).coalesce(False)
    t = t.mutate(early=early, late=late)
    renewed = at.keep("renewed_contracts", lambda: _renewed(at, t, values))
    t = t.left_join(renewed, "provider_no").drop("provider_no_right")
    t = t.filter((t.early & t.renewed.isnull()) | t.late)
    fen = t.fund_amount_fen
    return found(t, Part(("claim_id",), "outside_contract", fen, fen, fen,
                         happened_on="visited_on"))  # fmt: skip


def _renewed(at: Shared, t: ir.Table, values: Values) -> ir.Table:
    """Providers that went on for months at one pace before the register's date: it is a renewal's.

    Nobody settles for whom there is no contract. Who begins before it does so for days, or hands in
    later; who was paid all the time had one, and the register keeps the last.
    """
    t = t.filter(t.contracted_from.notnull())
    s = t.group_by("provider_no", "contracted_from", "level", "provider_kind").agg(
        early_n=t.early.cast("int64").sum(), n=t.count(), first_on=t.admitted_on.min(),
        last_on=t.admitted_on.max(), on=t.visited_on.max(),
        paid_n=(t.early & (t.settled_on < t.contracted_from)).cast("int64").sum(),
        months_n=month_number(t.settled_on).nunique(where=t.early),
    )  # fmt: skip
    before = days_between(s.contracted_from, s.first_on).cast("float64")
    after = ibis.greatest(days_between(s.last_on, s.contracted_from), 0).cast("float64") + 1.0
    pace, share = s.early_n.cast("float64") * after, (s.n - s.early_n).cast("float64") * before
    s = s.filter(
        s.months_n.cast("float64") >= values.number("renewed_months", s, "on"),
        # a month's settlements may fall behind the date
        s.paid_n.cast("float64") >= _PAID * s.early_n.cast("float64"),
        pace >= values.number("least_pace", s, "on") * share,
    )
    return s.select("provider_no", renewed=ibis.literal(True))


def _while_suspended(at: Shared, _values: Values) -> ir.Table:
    t = at.claim.filter(at.claim.visit_kind != "emergency")
    p = at.claims.table("contract_periods")
    p = p.filter(p.suspended_from <= at.as_of).select(
        "suspended_from", suspended=p.provider_id, only_department=p.department_code,
        suspended_to=p.suspended_to.coalesce(OPEN_END),
    )  # fmt: skip
    j = t.inner_join(
        p,
        [
            t.provider_id == p.suspended,
            t.admitted_on >= p.suspended_from,
            t.admitted_on <= p.suspended_to,
        ],
    )
    whole = j.only_department.isnull() | (j.only_department == j.department_code)
    j = j.filter(whole.coalesce(False))
    j = j.mutate(both_known_on=ibis.greatest(j.settled_on, j.suspended_from))
    fen = j.fund_amount_fen
    return found(j, Part(("claim_id",), "while_suspended", fen, fen, fen,
                         known_on="both_known_on", happened_on="visited_on"))  # fmt: skip


def _lines_of_suspended(at: Shared, _values: Values) -> ir.Table:
    """Lines of a suspended department on claims that name another one, or none."""
    p = at.claims.table("contract_periods")
    p = p.filter(p.suspended_from <= at.as_of, p.department_code.notnull())
    p = p.select("suspended_from", suspended=p.provider_id, closed=p.department_code,
                 suspended_to=p.suspended_to.coalesce(OPEN_END))  # fmt: skip
    t = at.claim.filter(at.claim.visit_kind != "emergency")
    t = t.select("claim_no", "claim_id", "provider_id", "admitted_on", header="department_code")
    t = t.inner_join(
        p,
        [
            t.provider_id == p.suspended,
            t.admitted_on >= p.suspended_from,
            t.admitted_on <= p.suspended_to,
        ],
    )
    t = t.filter((t.header != t.closed).coalesce(True))
    raw = at.claims.table("claim_lines").filter(lambda r: r.department_code.notnull())
    raw = raw.select("line_no", raw_id="claim_id", of="department_code")
    t = t.inner_join(raw, [t.claim_id == raw.raw_id, t.closed == raw.of])
    t = t.select("claim_no", "line_no", "suspended_from").distinct()
    rows = at.told(at.line.inner_join(t, ["claim_no", "line_no"]))
    rows = rows.mutate(both_known_on=ibis.greatest(rows.settled_on, rows.suspended_from))
    fen = ibis.greatest(rows.fund_fen, 0)
    return found(rows, Part(("claim_id",), "while_suspended", NOTHING, fen, fen,
                            known_on="both_known_on"))  # fmt: skip


def _of_closed(at: Shared, values: Values) -> ir.Table:
    """Claims of providers with a closed department: of its illnesses, by who also signs there.

    What belongs to a department is known from the year before and after it was closed: an illness
    of which it has most claims. Whoever took its patients over from elsewhere does not sign there.
    returns  claims beside closed, since, until, meanwhile (1 while it was closed) and elsewhere (1
             under another department)
    """
    t = at.claim.filter(at.claim.signed_no.notnull(), at.claim.visit_kind != "emergency")
    t = t.filter(t.department_code.notnull(), t.diagnosis_group.notnull())
    p = at.claims.table("contract_periods")
    p = p.filter(p.suspended_from <= at.as_of, p.department_code.notnull())
    p = p.group_by(suspended="provider_id", closed="department_code", since="suspended_from").agg(
        until=ibis.least(p.suspended_to.coalesce(OPEN_END).max(), at.as_of)
    )
    j = t.inner_join(p, t.provider_id == p.suspended)
    away = ibis.greatest(
        days_between(j.since, j.admitted_on), days_between(j.admitted_on, j.until), 0
    )
    j = j.filter(away.cast("float64") <= values.number("days", j, "since"))
    j = j.mutate(
        elsewhere=(j.department_code != j.closed).cast("int64"),
        meanwhile=j.admitted_on.between(j.since, j.until).cast("int64"),
    )
    usual = j.filter(j.meanwhile == 0)
    n = usual.group_by(*_CLOSED, "diagnosis_group").agg(
        n=usual.count(), others_n=usual.elsewhere.sum()
    )
    ill = n.filter(n.others_n * 2 < n.n).select(*_CLOSED, "diagnosis_group")
    own = usual.filter(usual.elsewhere == 0).select(*_CLOSED, "signed_no").distinct()
    j = j.semi_join(ill, [*_CLOSED, "diagnosis_group"])
    return j.semi_join(own, [*_CLOSED, "signed_no"])


def _carried_on(at: Shared, values: Values) -> ir.Table:
    """A closed department's illnesses, treated by its own practitioners under another's name."""
    j = at.keep("of_closed", lambda: _of_closed(at, values))
    m = j.group_by(*_CLOSED, "until", "level", "provider_kind").agg(
        n=(j.meanwhile * j.elsewhere).sum(), usual_n=((1 - j.meanwhile) * j.elsewhere).sum(),
        first=j.admitted_on.min(), last=j.admitted_on.max(),
    )  # fmt: skip
    closed_days = days_between(m.until, m.since) + 1
    days = ibis.greatest(days_between(m.last, m.first) + 1 - closed_days, 1)
    expected = m.usual_n.cast("float64") * closed_days.cast("float64") / days.cast("float64")
    m = m.filter(m.n > 0)
    m = m.filter(
        m.n.cast("float64") >= values.number("least", m, "since"),
        least_likely(m.n, values.number("tail_z", m, "since"))
        > values.number("times", m, "since") * expected,
    ).select(*_CLOSED, beyond=1.0 - expected / m.n.cast("float64"))
    rows = j.filter(j.meanwhile * j.elsewhere > 0).inner_join(m, list(_CLOSED))
    rows = rows.mutate(both_known_on=ibis.greatest(rows.settled_on, rows.since))
    mid, fen = beyond_expected(rows.fund_amount_fen, rows.beyond)
    return found(rows, Part(("provider_id", "closed", "since"), "carried_on", NOTHING, mid, fen,
                            known_on="both_known_on", happened_on="visited_on",
                            who=("provider_id",)))  # fmt: skip


def _closures(at: Shared) -> ir.Table:
    """Providers wholly suspended, or without a contract any more: closed_id, since, until."""
    p = at.claims.table("contract_periods")
    p = p.filter(p.suspended_from <= at.as_of, p.department_code.isnull())
    p = p.select(closed_id=p.provider_id, since=p.suspended_from,
                 until=p.suspended_to.coalesce(OPEN_END))  # fmt: skip
    ended = at.provider.filter(at.provider.contracted_to.notnull())
    ended = ended.select(closed_id=ended.known_provider, since=ended.contracted_to,
                         until=ibis.literal(OPEN_END))  # fmt: skip
    return p.union(ended)


def _signed_for_closed(at: Shared, values: Values) -> ir.Table:
    """Claims of a provider in the name of practitioners of one that may not settle meanwhile.

    They are not registered here and did not sign here before: whoever changed the employer is
    registered anew, and whoever also practised here did so before.
    """
    c = _closures(at)
    t = at.claim.filter(at.claim.signed_no.notnull())
    a = t.inner_join(c, [t.provider_id == c.closed_id, t.visited_on < c.since])
    before = days_between(a.since, a.visited_on).cast("float64")
    a = a.filter(before <= values.number("days", a, "visited_on"))
    own = a.group_by("closed_id", "since", "until", by="signed_no").agg(
        own_n=a.count(), level=ibis.null("int64"), provider_kind=ibis.null("string")
    )
    least = values.number("least", own, "since")
    own = own.filter(own.own_n.cast("float64") >= least).drop("level", "provider_kind", "own_n")
    j = t.inner_join(own, [t.signed_no == own.by, t.provider_id != own.closed_id])
    known = j.filter(j.visited_on < j.since).select("closed_id", "provider_no", "by").distinct()
    j = j.filter(j.visited_on >= j.since, j.visited_on <= j.until, j.visit_kind != "emergency")
    j = signed_by_registered(at, j.anti_join(known, ["closed_id", "provider_no", "by"]))
    j = j.filter(j.held.isnull())
    n = j.group_by("closed_id", "provider_no").agg(claims_n=j.count(), on=j.visited_on.max(),
                                                   level=j.level.max(),
                                                   provider_kind=j.provider_kind.max())  # fmt: skip
    n = n.filter(n.claims_n.cast("float64") >= values.number("least", n, "on"))
    rows = j.semi_join(n, ["closed_id", "provider_no"])
    fen = ibis.greatest(rows.fund_amount_fen, 0)
    return found(rows, Part(("provider_id", "closed_id"), "signed_for_closed", NOTHING, fen, fen,
                            happened_on="visited_on", who=("provider_id",)))  # fmt: skip


def _beyond_its_kind(at: Shared, values: Values) -> ir.Table:
    """What the provider has not got: stays without a bed, beds and exams at a pharmacy.

    A blood pressure taken at the counter is no exam of a hospital: more often than at peers.
    """
    b = bill(at).select("claim_no", "beds_n", "exams_n")
    t = at.claim.left_join(b, "claim_no").drop("claim_no_right")
    pharmacy = (t.provider_kind == "pharmacy").coalesce(False)
    care = t.inpatient | (t.beds_n.coalesce(0) > 0) | (t.exams_n.coalesce(0) > 0)
    bedless = t.inpatient & (t.stay_days >= 1) & (t.beds == 0).coalesce(False)
    return unusual(at, t, (pharmacy & care) | bedless, values, "beyond_its_kind")


CONTRACTS: tuple[Rule, ...] = (
    Rule(
        id="R20.outside_contract",
        result_type="violation",
        grain="provider",
        stage="before",
        needs=("providers.contracted_from",),
        thresholds=(("grace_days", "days"), ("renewed_months", "count"), ("least_pace", "share")),
        clause=None,
        no_clause=UNNAMED,
        words=(
            "a visit or stay begins before the provider's contract did, or after it ended",
            "协议生效前或终止后开始的就诊或住院",
        ),
        amount=("what the fund paid of the claim", "该结算单基金支付额"),
        exceptions=(
            ("a stay that began under the contract", "协议期内入院的住院"),
            ("emergencies", "急诊"),
            ("an end of contract not yet known by the as-of date", "截止日尚未知悉的协议终止"),
            (
                "months settled at one pace before the register's date: the day of a renewal",
                "登记日期前已按正常节奏结算数月（登记日期疑为续签日）",
            ),
        ),
        find=_outside_contract,
    ),
    Rule(
        id="R20.while_suspended",
        result_type="violation",
        grain="provider",
        stage="before",
        needs=("contract_periods.suspended_from",),
        thresholds=(),
        clause=None,
        no_clause=UNNAMED,
        words=(
            "a visit or stay begins while the provider, or its department, is suspended",
            "机构或科室中止协议期间开始的就诊或住院",
        ),
        amount=("what the fund paid of the claim", "该结算单基金支付额"),
        exceptions=(
            ("a stay that began before the suspension", "中止前入院的住院"),
            ("emergencies", "急诊"),
            ("other departments, where only one is suspended", "仅中止某科室时的其他科室"),
        ),
        find=_while_suspended,
    ),
    Rule(
        id="R20.lines_of_suspended", result_type="suspicious", grain="provider", stage="before",
        needs=("contract_periods.department_code", "claim_lines.department_code"), thresholds=(),
        clause=None, no_clause=UNNAMED,
        words=("lines of a suspended department stand on claims of another department",
               "被中止科室的收费明细以其他科室名义结算"),
        amount=("at most what the fund paid of the lines", "至多为相关行的基金支付额"),
        exceptions=(("a stay that began before the suspension", "中止前入院的住院"),
                    ("emergencies", "急诊")),
        find=_lines_of_suspended,
    ),
    Rule(
        id="R20.signed_for_closed", result_type="suspicious", grain="provider", stage="after",
        needs=("contract_periods.suspended_from", "claims.practitioner_id",
               "practitioners.practitioner_id"),
        thresholds=(("days", "days"), ("least", "count")), clause=None, no_clause=UNNAMED,
        words=(("practitioners of a provider that may not settle sign here meanwhile, who are not "
                "registered here"),
               "他院中止或终止协议期间，其医师未在本机构注册而以本机构名义结算"),
        amount=("at most what the fund paid of the claims", "至多为相关结算单基金支付额"),
        exceptions=(("practitioners who have changed the employer: registered here",
                     "已变更注册至本机构的医师"),
                    ("practitioners who also signed here before", "此前已在本机构执业的医师"),
                    ("emergencies", "急诊"), ("a few claims", "少量结算")),
        find=_signed_for_closed,
    ),
    Rule(
        id="R20.beyond_its_kind", result_type="suspicious", grain="provider", stage="before",
        needs=("providers.kind", "claim_lines.item_code", "items.kind"),
        thresholds=RATE, clause=None, no_clause=UNNAMED,
        words=("stays where there is no bed, or beds and exams at a pharmacy, beyond peers",
               "无床位机构结算住院，或药店结算床位费、检查费，频次高于同类"),
        amount=("at most what the fund paid of the claims", "至多为相关结算单基金支付额"),
        exceptions=(("providers whose kind or beds are not known", "机构类别或床位数未知"),
                    ("chronic prescriptions and services at a pharmacy",
                     "药店的门诊慢特病购药及服务项目"),
                    ("small checks that like pharmacies bill as well", "同类药店也有的小额检测")),
        find=_beyond_its_kind,
    ),
    Rule(
        id="R20.department_carried_on", result_type="suspicious", grain="provider", stage="after",
        needs=("contract_periods.department_code", "claims.department_code",
               "claims.practitioner_id", "claims.diagnosis_code"),
        thresholds=(*RATE, ("days", "days")), clause=None, no_clause=UNNAMED,
        words=("practitioners of a suspended department treat its illnesses under another's name",
               "被中止科室的医师以其他科室名义继续诊治该科室病种"),
        amount=("at most what the fund paid of the claims; in the middle, beyond what was before",
                "至多为相关结算单基金支付额；中值为超出此前水平部分"),
        exceptions=(("practitioners who treat the illnesses of the department they were put into",
                     "转入其他科室并诊治该科病种的医师"),
                    ("other practitioners who treat these illnesses", "其他科室医师接诊该病种"),
                    ("what stood under other departments before as well", "此前亦在其他科室诊治"),
                    ("emergencies", "急诊"), ("a few claims", "少量结算")),
        find=_carried_on,
    ),
)  # fmt: skip
