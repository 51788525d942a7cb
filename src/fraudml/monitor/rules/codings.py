"""Rules about how a stay or visit is coded, held against what was done: the group, the illness.

A heavier group has to be earned by what the patient got. Groups are those of the Chinese DRG
catalogue, whose second letter says whether they are operations (A to J) or not.
"""

import ibis
import ibis.expr.types as ir

from fraudml.monitor.entry import NOTHING, Part, Rule, beyond_expected, found
from fraudml.monitor.items import class_code
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.rates import (
    BILLED,
    OWN,
    PEERS,
    RATE,
    beside,
    beside_totals,
    beyond_peers,
    counted,
    expected_within,
    least_likely,
    outlying,
    unusual_of_each,
)
from fraudml.monitor.rules.phantom import bill
from fraudml.monitor.shared import DIAGNOSIS_GROUP, Shared, prefixed

_GROUP = "diagnosis_group"
_LIKE = 10  # stays of others that a mean needs
_MANY_LIKE = 100  # and one over all groups
_FEW_HOUSES = 3  # at so many others at least: one house's own mix of groups is no scale
_SECOND = (*OWN, "second")


def named_beside(at: Shared) -> ir.Table:
    """One row per stay and group of secondary diagnoses (``second``), without the main one's."""
    return at.keep("secondary_diagnoses", lambda: _named(at))


def _named(at: Shared) -> ir.Table:
    t = at.stay.filter(at.stay.diagnosis_group.notnull(), at.stay.drg_weight > 0)
    t = t.select("claim_no", *OWN, *PEERS, _GROUP, other=t.secondary_diagnoses.unnest())
    t = t.mutate(second=t.other.left(DIAGNOSIS_GROUP)).drop("other")
    return t.filter(t.second.notnull(), t.second != t[_GROUP]).distinct()


def _favourite_diagnosis(at: Shared, values: Values) -> ir.Table:
    """Stays with a secondary diagnosis that others name far less often for the same illness."""
    named = named_beside(at)
    s = at.stay.filter(at.stay.diagnosis_group.notnull(), at.stay.drg_weight > 0)
    n = s.group_by(*OWN, *PEERS, _GROUP).agg(n=s.count())
    own = named.group_by(*OWN, *PEERS, _GROUP, "second").agg(hits=named.count())
    many = own.group_by(*OWN, *PEERS, "second").agg(here_n=own.hits.sum()).mutate(on=at.as_of)
    many = many.filter(many.here_n.cast("float64") >= values.number("least", many, "on"))
    p = expected_within(many, own, n, "second", _GROUP).mutate(on=at.as_of)
    low = least_likely(p.hits, values.number("tail_z", p, "on"))
    p = p.filter(
        low > values.number("times", p, "on") * p.expected,
        p.hits.cast("float64") >= p.n.cast("float64") * values.number("share", p, "on"),
    )
    p = p.select(*_SECOND, beyond=1.0 - p.expected / p.hits.cast("float64"))
    few = named.inner_join(p, list(_SECOND)).select("claim_no", "second", "beyond")
    rows = s.inner_join(few, "claim_no")
    mid, fen = beyond_expected(rows.fund_amount_fen, rows.beyond)
    return found(rows, Part((*BILLED, "second"), "favourite_diagnosis", NOTHING, mid, fen,
                            happened_on="visited_on", who=BILLED))  # fmt: skip


def _grouped(at: Shared) -> ir.Table:
    """Stays with a group and lines that ended as planned, beside what was billed in all."""
    t = at.stay.filter(at.stay.drg_code.notnull())
    t = t.filter(~t.disposition.isin(["died", "transferred", "against_advice"]).coalesce(False))
    return t.inner_join(bill(at).select("claim_no", "amount_fen"), "claim_no")


def _cheap_for_its_group(at: Shared, values: Values) -> ir.Table:
    """Stays whose lines come to far less than the mean of their group at others of the level.

    Of a group that others hardly have, less than its weight comes to at others' stays.
    """
    t = at.keep("grouped_stays", lambda: _grouped(at))
    like = ("drg_code", "level")
    n = t.group_by(*like, *OWN).agg(n=t.count(), fen=t.amount_fen.sum())
    n = beside_totals(n, like, all_n=n.n.sum(), all_fen=n.fen.sum())
    n = n.filter(n.all_n - n.n >= _LIKE)
    usual = (n.all_fen - n.fen).cast("float64") / (n.all_n - n.n).cast("float64")
    n = n.select(*like, *OWN, usual_fen=usual)
    t = beside(t, n, (*like, *OWN))
    t = beside(t, _a_weight(t), ("level", *OWN))
    by_weight = t.drg_weight.cast("float64") * t.weight_fen
    t = t.mutate(usual_fen=t.usual_fen.coalesce(by_weight)).filter(lambda r: r.usual_fen > 0)
    cheap = t.amount_fen.cast("float64") < t.usual_fen * values.number("low_share", t, "visited_on")
    return unusual_of_each(at, t, cheap, values, "cheap_for_its_group")


def _a_weight(t: ir.Table) -> ir.Table:
    """What a group's weight of one comes to at other providers of the level, by provider."""
    t = t.filter(t.drg_weight > 0)
    n = t.group_by("level", *OWN).agg(
        n=t.count(), fen=t.amount_fen.sum(), weight=t.drg_weight.cast("float64").sum()
    )
    n = beside_totals(n, ("level",), houses_n=n.count(), all_n=n.n.sum(), all_fen=n.fen.sum(),
                      all_w=n.weight.sum())  # fmt: skip
    n = n.filter(n.all_n - n.n >= _MANY_LIKE, n.houses_n > _FEW_HOUSES)
    fen = (n.all_fen - n.fen).cast("float64") / (n.all_w - n.weight)
    return n.select("level", *OWN, weight_fen=fen)


def _operation_not_billed(at: Shared, values: Values) -> ir.Table:
    """Stays in a group of operations on whose bill no operation stands, where others have one."""
    t = at.keep("grouped_stays", lambda: _grouped(at))
    t = t.filter(t.drg_code.substr(1, 1).isin(values.codes("operation_letters")))
    t = t.filter(~prefixed(t.drg_code, values.codes("but_for")))
    codes = at.code.filter(prefixed(class_code(at.code.item_code), values.codes("operation_codes")))
    cut = at.line.filter(at.line.inpatient, at.line.amount_fen > 0).semi_join(codes, "code_no")
    cut = cut.select("claim_no", cut=ibis.literal(True)).distinct()
    t = t.left_join(cut, "claim_no").drop("claim_no_right")
    return unusual_of_each(at, t, t.cut.isnull(), values, "operation_not_billed")


def _other_department(at: Shared, values: Values) -> ir.Table:
    """Stays whose main illness others hardly ever treat in the department that had the patient.

    Hardly ever: far less than that department's part of all their stays. A ward for everything has
    every illness, and one that nobody else has cannot be compared.
    """
    t = at.stay.filter(at.stay.department_code.notnull(), at.stay.diagnosis_group.notnull())
    t = t.filter(t.drg_weight > 0)
    cell = (_GROUP, "department_code")
    n = t.group_by(*OWN, *cell).agg(n=t.count())

    def of_others(*keys: str) -> ir.IntegerValue:
        whole, own = (ibis.window(group_by=[*more, *keys]) for more in ((), OWN))
        return n.n.sum().over(whole) - n.n.sum().over(own)

    n = n.mutate(there_n=of_others(*cell), ill_n=of_others(_GROUP),
                 room_n=of_others("department_code"), all_n=of_others())  # fmt: skip
    ill = n.ill_n.cast("float64")
    expected = ill * n.room_n.cast("float64") / ibis.greatest(n.all_n, 1).cast("float64")
    n = n.filter(n.ill_n >= 2 * _LIKE).select(*OWN, *cell, "there_n", expected=expected)
    t = t.inner_join(n, [*OWN, *cell])
    few = t.there_n.cast("float64") <= t.expected * values.number("share", t, "visited_on")
    return unusual_of_each(at, t, few & (t.expected >= 1.0), values, "other_department")


def _on_limited_drugs(at: Shared) -> ir.Table:
    """Claims outside stays in which the fund paid a drug that is for certain illnesses only.

    returns  claim_no, patient_no, code_no, item_no, lines_n (of the drug)
    """
    i = at.limits("item_kind", "diagnosis_limit")
    i = i.filter(i.item_kind == "drug", i.diagnosis_limit.length() > 0)
    t = at.line.filter(at.line.amount_fen > 0, at.line.fund_fen > 0, ~at.line.inpatient)
    t = t.filter(~t.outside_scope).inner_join(i, "item_no")
    return t.group_by("claim_no", "patient_no", "code_no", "item_no").agg(lines_n=t.count())


def _naming(at: Shared, wanted: ir.Table) -> ir.Table:
    """Claims of a person, with the drug or not, that name an illness a drug of theirs is for."""
    named = at.claim.semi_join(wanted, "patient_no").filter(lambda c: c.diagnosis_code.notnull())
    first = named.select("patient_no", "claim_no", code=named.diagnosis_code)
    more = named.select("patient_no", "claim_no", code=named.secondary_diagnoses.unnest())
    j = wanted.inner_join(first.union(more), "patient_no").filter(
        lambda r: r.code.left(r.illness.length()) == r.illness
    )
    return j.select("patient_no", "code_no", "claim_no").distinct()


def _illness_for_the_drug(at: Shared, values: Values) -> ir.Table:
    """Claims of persons whose illness stands on claims with its drug alone, or on none at all.

    Where no claim with the drug notes any illness, a shop is held against shops that note none.
    """
    who = ["patient_no", "code_no"]
    t = at.keep("on_limited_drugs", lambda: _on_limited_drugs(at))
    w = t.view().inner_join(at.limits("diagnosis_limit"), "item_no")
    wanted = w.select(*who, illness=w.diagnosis_limit.unnest()).distinct()
    alike = ibis.window(group_by=["patient_no", "illness"])
    treated = wanted.mutate(codes_n=wanted.count().over(alike))
    d = t.group_by(*who, "claim_no").agg(lines_n=t.lines_n.sum())
    d = d.inner_join(bill(at).select("claim_no", "drugs_n", "exams_n"), "claim_no")
    day = at.claim.select("claim_no", "visited_on", *PEERS, noted=at.claim.diagnosis_code.notnull())
    d = d.inner_join(day, "claim_no")
    d = d.mutate(beside_n=d.drugs_n + d.exams_n - d.lines_n).drop("drugs_n", "exams_n", "lines_n")
    j = _naming(at, wanted)
    n = d.group_by(*who).agg(drug_n=d.count(), beside_n=d.beside_n.sum(), noted=d.noted.max())
    for part in (
        treated.group_by(*who).agg(codes_n=treated.codes_n.max()),
        j.semi_join(d, ["claim_no", "code_no"]).select(*who, said=True).distinct(),
        j.anti_join(d, ["claim_no", "code_no"]).select(*who, apart=True).distinct(),
    ):
        n = n.left_join(part, who).drop("patient_no_right", "code_no_right")
    few = d.drop("beside_n", "noted").inner_join(n, who)
    often = few.drug_n.cast("float64") >= values.number("claims", few, "visited_on")
    few = few.filter(often, few.said.notnull() | ~few.noted).select(
        "claim_no", "code_no", said=few.said.notnull(),
        alone=few.apart.isnull() & (few.beside_n == 0) & (few.codes_n == 1),
    )  # fmt: skip
    few = few.group_by("claim_no").agg(
        said=few.said.max(), alone=few.alone.min(), drug_no=few.code_no.min()
    )
    rows = at.claim.inner_join(few, "claim_no")
    # a person's illness does not depend on the kind of house, whether it is noted does
    rows = rows.mutate(level=rows.said.ifelse(None, rows.level),
                       provider_kind=rows.said.ifelse(None, rows.provider_kind))  # fmt: skip
    # clotting factors and drugs of a transplant are all that their illness needs, for life
    counts = counted(rows, rows.alone, ("drug_no",))
    over = outlying(at, counts, values, ("drug_no",), middle=True)
    return beyond_peers(rows.filter(rows.alone), over, "illness_for_the_drug", several=True)


def _settled_as_chronic(at: Shared, values: Values) -> ir.Table:
    """Visits settled as chronic care for illnesses that others settle as ordinary visits."""
    t = at.claim.filter(at.claim.visit_kind.isin(["outpatient", "chronic"]))
    t = t.filter(t.diagnosis_group.notnull())
    as_chronic = t.visit_kind == "chronic"
    return unusual_of_each(at, t, as_chronic, values, "settled_as_chronic", _GROUP,
                           several=True)  # fmt: skip


def _other_payer(at: Shared, values: Values) -> ir.Table:
    """Claims for what work, traffic or a third person caused, by any of their diagnoses."""
    causes = values.codes("causes")
    t = at.claim.filter(at.claim.diagnosis_code.notnull())
    others = t.secondary_diagnoses.filter(lambda code: prefixed(code, causes))
    caused = prefixed(t.diagnosis_code, causes) | (others.length() > 0).coalesce(False)
    return unusual_of_each(at, t, caused, values, "other_payer", "visit_kind")


_BEYOND = ("at most what the fund paid of the claims; in the middle, beyond the expected",
           "至多为相关结算单基金支付额；中值为超出预期部分")  # fmt: skip
_LIKE_CASES = ("the same main diagnoses at others of the level and kind",
               "真实病例组合（同主要诊断、同级同类机构比较）")  # fmt: skip
_ENDED = ("deaths, transfers and discharges against advice", "死亡、转院和自动出院")
_FEW = ("few of them, by the lower limit of their number", "按数量下限判定，数量少的不列入")

CODINGS: tuple[Rule, ...] = (
    Rule(
        id="R03.favourite_diagnosis", result_type="suspicious", grain="provider", stage="after",
        needs=("claims.secondary_diagnoses", "claims.drg_weight", "claims.diagnosis_code"),
        thresholds=(*RATE, ("share", "share")), clause="38(7)", no_clause=None,
        words=("one secondary diagnosis stands on far more stays than others name it for",
               "某一次要诊断的使用频次远高于其他机构同类患者"),
        amount=_BEYOND,
        exceptions=(_LIKE_CASES, ("diagnoses on a small part of the stays", "占比很小的次要诊断"),
                    _FEW),
        find=_favourite_diagnosis, of_house=True,
    ),
    Rule(
        id="R03.cheap_for_its_group", result_type="suspicious", grain="provider", stage="after",
        needs=("claims.drg_code", "claim_lines.item_code"),
        thresholds=(*RATE, ("low_share", "share")), clause="38(7)", no_clause=None,
        words=("stays cost far less than their group does elsewhere, more often than at peers",
               "住院费用远低于所入病组的平均费用（低倍率病例），频次高于同类"),
        amount=_BEYOND,
        exceptions=(_ENDED, ("groups without a weight and with few stays at others of the level",
                             "无权重且同级其他机构例数很少的病组"), _FEW),
        find=_cheap_for_its_group,
    ),
    Rule(
        id="R03.operation_not_billed", result_type="suspicious", grain="provider", stage="during",
        needs=("claims.drg_code", "claim_lines.item_code"),
        thresholds=(*RATE, ("operation_letters", "codes"), ("operation_codes", "codes"),
                    ("but_for", "codes")),
        clause="38(7)", no_clause=None,
        words=("stays are grouped as operations and no operation is billed, beyond peers",
               "入手术类病组而无手术收费，频次高于同类"),
        amount=_BEYOND,
        exceptions=(_ENDED, ("stays without lines", "无明细的住院"),
                    ("cancer drugs, radiation and marrow, which are lettered as operations",
                     "放化疗、造血干细胞移植等病组"),
                    ("where operations are billed under other codes, peers do so too",
                     "当地手术另有编码（同类机构亦然）"), _FEW),
        find=_operation_not_billed, classed=("operation_codes",),
    ),
    Rule(
        id="R03.other_department", result_type="suspicious", grain="provider", stage="during",
        needs=("claims.department_code", "claims.diagnosis_code", "claims.drg_weight"),
        thresholds=(*RATE, ("share", "share")), clause="38(7)", no_clause=None,
        words=("the main illness of stays is one that others treat in other departments",
               "主要诊断与收治科室不符（其他机构极少由该科室收治），频次高于同类"),
        amount=_BEYOND,
        exceptions=(("illnesses that few others treat", "其他机构收治例数很少的病种"),
                    ("departments that others treat it in as well, and wards for everything",
                     "其他机构亦由该科室收治，或收治各类病种的综合科室"),
                    ("departments, or codes of them, that nobody else has",
                     "其他机构没有的科室或自编科室代码"), _FEW),
        find=_other_department,
    ),
    Rule(
        id="R10.illness_for_the_drug", result_type="suspicious", grain="provider",
        stage="after",
        needs=("claim_lines.item_code", "items.kind", "items.diagnosis_limit",
               "claims.diagnosis_code"),
        thresholds=(*RATE, ("claims", "count")), clause="38(6)", no_clause=None,
        words=("people have the illness a drug is paid for on the claims with it at most, no other",
               "限定支付药品的适应症至多出现在含该药的结算单，频次高于同类"),
        amount=_BEYOND,
        exceptions=(("the illness on any other claim of the person, anywhere",
                     "参保人在任何其他结算单有该病种"),
                    ("another drug or an exam beside it, or another drug for it at any time",
                     "相关结算单另有其他药品或检查，或另购同一适应症的其他药品"),
                    ("a drug that nobody else gives for long: one centre of a rare illness",
                     "其他机构无人长期使用的药品（罕见病定点中心）"),
                    ("shops that note no illness, as far as others that note none have the like",
                     "未记录诊断的药店：仅与同样未记录者比较"),
                    ("few claims of a person, or few such claims", "次数少的参保人或机构")),
        find=_illness_for_the_drug,
    ),
    Rule(
        id="R10.settled_as_chronic", result_type="suspicious", grain="provider", stage="during",
        needs=("claims.diagnosis_code",), thresholds=RATE, clause="38(6)", no_clause=None,
        words=("visits are settled as chronic care for illnesses that others settle as ordinary",
               "其他机构按普通门诊结算的病种，本机构按门诊慢特病结算"),
        amount=_BEYOND, exceptions=(_LIKE_CASES, _FEW), find=_settled_as_chronic,
    ),
    Rule(
        id="R10.other_payer", result_type="suspicious", grain="provider", stage="during",
        needs=("claims.diagnosis_code",), thresholds=(*RATE, ("causes", "codes")),
        clause="38(6)", no_clause=None,
        words=("claims name causes for which work insurance or a third person pays, beyond peers",
               "诊断提示应由工伤保险或第三人负担，由基金支付的频次高于同类"),
        amount=_BEYOND,
        exceptions=(("what peers settle too: nobody was liable", "同类机构亦有（无责任人）"), _FEW),
        find=_other_payer,
    ),
)  # fmt: skip
