"""Rules about bodies: organs taken out twice, births too close, illnesses of another age."""

from collections.abc import Iterable

import ibis
import ibis.expr.types as ir

from fraudml.claims.calendar import days_between, years_between
from fraudml.monitor.entry import NOTHING, UNNAMED, Part, Rule, found
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.rates import RATE, unusual_of_each
from fraudml.monitor.shared import Shared, prefixed

_ORGANS = ("gallbladder", "uterus", "appendix")  # people have one, and it is taken out whole
_PAIRED = ("lens", "knee", "hip")  # replaced for good, one on each side
_SAME_STAY = 1  # day between two stays that may be one, carried on or settled in two parts


def _again(t: ir.Table, of: str, role: str, *, has: int = 1) -> ir.Table:
    """Stays of one person and organ beyond those it has; the others beside them, without money.

    A stay goes on, rather than happening again, where it begins by the day after another one's
    end, or where the one before ended with a transfer.
    """
    same = ibis.window(group_by=["patient_no", of], order_by=["admitted_on", "claim_id"])
    t = t.mutate(
        until=t.discharged_on.max().over(
            ibis.cumulative_window(
                group_by=["patient_no", of], order_by=["admitted_on", "claim_id"]
            )
        ),
        sent_on=(t.disposition == "transferred").coalesce(False),
    )
    apart = days_between(t.admitted_on, t.until.lag().over(same))
    goes_on = (apart <= _SAME_STAY) | t.sent_on.lag().over(same)
    t = t.mutate(one=(apart.isnull() | ~goes_on).cast("int64"))
    so_far = ibis.cumulative_window(
        group_by=["patient_no", of], order_by=["admitted_on", "claim_id"]
    )
    t = t.filter(t.one > 0).mutate(nth=t.one.sum().over(so_far))
    t = t.mutate(most=t.nth.max().over(ibis.window(group_by=["patient_no", of])))
    t = t.filter(t.most > has).mutate(again=lambda r: r.nth > has)
    fen = ibis.greatest(t.fund_amount_fen, 0)
    t = t.mutate(known_on=t.settled_on.max().over(ibis.window(group_by=["patient_no", of])))
    key = ("patient_id", of)
    return found(t, Part(key, role, NOTHING, t.again.ifelse(fen, 0), fen, known_on="known_on",
                         happened_on="visited_on"))  # fmt: skip


def _listed(name: ir.StringValue, words: Iterable[str]) -> ir.StringValue:
    """Which of these words a name holds; null where none."""
    held = ibis.null("string")
    for one in words:
        held = name.contains(one).ifelse(one, held)
    return held


def _organ_removed(at: Shared, values: Values) -> ir.Table:
    """The same organ removed again, by the procedure codes."""
    raw = at.claims.table("claims").select("claim_id", "procedure_codes")
    raw = raw.filter(raw.procedure_codes.length() > 0)
    raw = raw.select("claim_id", procedure=raw.procedure_codes.unnest())
    raw = raw.filter(prefixed(raw.procedure, values.codes("removals")))
    # of whole organs, which is all that is listed, the first two digits name the organ
    raw = raw.mutate(organ=raw.procedure.left(2)).select("claim_id", "organ").distinct()
    return _again(at.stay.inner_join(raw, "claim_id"), "organ", "removed")


def _group_of_removal(at: Shared, values: Values) -> ir.Table:
    """The same organ removed again, by the name of the group that the stay was paid by."""
    g = at.claims.table("drg_groups")
    g = g.select(
        "drg_code", organ=_listed(g.name, values.codes("organs")),
        others=_listed(g.name, values.codes("but_for")),
    )  # fmt: skip
    g = g.filter(g.organ.notnull(), g.others.isnull()).select("drg_code", "organ").distinct()
    return _again(at.stay.inner_join(g, "drg_code"), "organ", "removed")


def _operated(at: Shared, values: Values, organs: tuple[str, ...]) -> ir.Table:
    """Stays with an operation on one of these organs, by the group's name or the procedure.

    Parts of organs and groups that hold other operations as well say nothing.
    returns  claim_no, organ
    """
    stays = at.stay.select("claim_no", "claim_id", "drg_code")
    g = at.claims.table("drg_groups")
    but_for = at.knowledge.values("R17.removal_paid_twice").codes("but_for")
    g = g.mutate(others=_listed(g.name, but_for)).filter(lambda r: r.others.isnull())
    raw = at.claims.table("claims").select("claim_id", "procedure_codes")
    raw = raw.filter(raw.procedure_codes.length() > 0)
    raw = raw.select("claim_id", procedure=raw.procedure_codes.unnest())
    each = []
    for organ in organs:
        named = g.mutate(held=_listed(g.name, values.codes(f"{organ}_groups")))
        named = named.filter(named.held.notnull()).select("drg_code").distinct()
        done = raw.filter(prefixed(raw.procedure, values.codes(f"{organ}_removals")))
        t = stays.semi_join(named, "drg_code").union(stays.semi_join(done, "claim_id"))
        each.append(t.select("claim_no", organ=ibis.literal(organ)).distinct())
    return ibis.union(*each)


def _third_of_two(at: Shared, values: Values) -> ir.Table:
    """A third operation on what a person has two of and nobody operates on twice."""
    t = at.stay.inner_join(_operated(at, values, _PAIRED), "claim_no")
    return _again(t, "organ", "third", has=2)


def _removed(at: Shared, values: Values) -> ir.Table:
    """When a person lost an organ: patient_no, organ, gone_on, told_on."""
    t = at.stay.inner_join(_operated(at, values, _ORGANS), "claim_no")
    return t.group_by("patient_no", "organ").agg(
        gone_on=t.discharged_on.min(), told_on=t.settled_on.min()
    )


def _after_removal(at: Shared, values: Values) -> ir.Table:
    """Claims for an illness of an organ that the person lost months before, beyond peers."""
    t = at.claim.filter(at.claim.diagnosis_code.notnull())
    organ = ibis.null("string")
    for name in _ORGANS:
        ill = prefixed(t.diagnosis_code, values.codes(f"{name}_illnesses"))
        organ = ill.ifelse(ibis.literal(name), organ)
    t = t.mutate(organ=organ)
    t = t.filter(t.organ.notnull())
    gone = at.keep("organs_removed", lambda: _removed(at, values))
    t = t.left_join(gone, ["patient_no", "organ"]).drop("patient_no_right", "organ_right")
    since = days_between(t.admitted_on, t.gone_on).cast("float64")
    t = t.mutate(settled_on=ibis.greatest(t.settled_on, t.told_on.coalesce(t.settled_on)))
    late = (since > values.number("days", t, "visited_on")).coalesce(False)
    return unusual_of_each(at, t, late, values, "organ_gone", "organ")


def _births_too_close(at: Shared, values: Values) -> ir.Table:
    """Stays for a birth closer together than a pregnancy takes."""
    t = at.stay.filter(prefixed(at.stay.diagnosis_code, values.codes("births")))
    order = ibis.window(group_by="patient_no", order_by=["admitted_on", "claim_id"])
    t = t.mutate(
        gap=days_between(t.admitted_on, t.discharged_on.lag().over(order)),
        sent_on=(t.disposition.lag().over(order) == "transferred").coalesce(False),
        known_before=t.settled_on.lag().over(order), claim_before=t.claim_id.lag().over(order),
    )  # fmt: skip
    wanted = values.number("days", t, "admitted_on")
    t = t.filter(t.gap > _SAME_STAY, t.gap.cast("float64") < wanted, ~t.sent_on)
    t = t.mutate(known_on=ibis.greatest(t.settled_on, t.known_before))
    fen = ibis.greatest(t.fund_amount_fen, 0)
    return found(t, Part(("claim_before", "claim_id"), "born_again", NOTHING, fen, fen,
                         known_on="known_on", happened_on="visited_on"))  # fmt: skip


def _other_age(at: Shared, values: Values) -> ir.Table:
    """A main diagnosis that nobody of this age can have: a mother's, or a newborn's.

    A newborn is treated in the mother's name until it is insured, and bears the code of its own
    birth: women of an age to give birth, and children in their first year, are left out.
    """
    t = at.claim.filter(at.claim.birth_date.notnull(), at.claim.diagnosis_code.notnull())
    age = years_between(t.visited_on, t.birth_date)
    t = t.mutate(age=age.cast("float64"))
    t = t.filter(t.age >= 1.0, t.age <= values.number("longest_life", t, "visited_on"))
    young = t.age < values.number("youngest_mother", t, "visited_on")
    old = t.age > values.number("oldest_mother", t, "visited_on")
    mother = prefixed(t.diagnosis_code, values.codes("of_mothers")) & (young | old)
    newborn = prefixed(t.diagnosis_code, values.codes("of_newborns"))
    newborn &= t.age >= values.number("newborn_until", t, "visited_on")
    own = newborn & (young | old | (t.sex == "M").coalesce(False))
    t = t.filter(mother | own)
    fen = ibis.greatest(t.fund_amount_fen, 0)
    return found(t, Part(("claim_id",), "diagnosis_of_other_age", NOTHING, fen, fen,
                         happened_on="visited_on"))  # fmt: skip


_LATER = (
    "what the fund paid of the later stays; at most of all",
    "后续住院的基金支付额；上限为全部",
)
_PARTS = (
    ("a stay that goes on elsewhere or is settled in parts", "转院续住或分段结算的住院"),
    ("what was reversed and settled anew", "冲红后重新结算"),
)

BODIES: tuple[Rule, ...] = (
    Rule(
        id="R17.diagnosis_of_other_age", result_type="suspicious", grain="provider",
        stage="before", needs=("claims.diagnosis_code", "patients.birth_date"),
        thresholds=(("of_mothers", "codes"), ("of_newborns", "codes"),
                    ("youngest_mother", "count"), ("oldest_mother", "count"),
                    ("newborn_until", "count"), ("longest_life", "count")),
        clause=None, no_clause=UNNAMED,
        words=("a main diagnosis of mothers or of newborns for a person of another age",
               "主要诊断为孕产或新生儿疾病，与参保人年龄不符"),
        amount=("at most what the fund paid of the claims", "至多为相关结算单基金支付额"),
        exceptions=(("a newborn treated in the mother's name", "新生儿以母亲名义就医"),
                    ("a newborn with the code of its own birth", "新生儿误用母亲分娩编码"),
                    ("ages beyond any life: an unknown birth date",
                     "超出寿命的年龄（出生日期不详）")),
        find=_other_age,
    ),
    Rule(
        id="R17.organ_removed_twice", result_type="suspicious", grain="provider", stage="during",
        needs=("claims.procedure_codes",), thresholds=(("removals", "codes"),), clause=None,
        no_clause=UNNAMED,
        words=("an organ that a person has once is taken out again, by the procedure's code",
               "按手术操作编码，仅有一个的器官被再次切除"),
        amount=_LATER,
        exceptions=(*_PARTS, ("organs of which there are two, and parts of organs",
                              "成对器官及部分切除")),
        find=_organ_removed,
    ),
    Rule(
        id="R17.removal_paid_twice", result_type="suspicious", grain="provider", stage="during",
        needs=("claims.drg_code", "drg_groups.name"),
        thresholds=(("organs", "codes"), ("but_for", "codes")),
        clause=None, no_clause=UNNAMED,
        words=("a stay is paid as the removal of an organ that an earlier stay had removed",
               "病组为器官切除，而同一人此前住院已切除该器官"),
        amount=_LATER, exceptions=(*_PARTS, ("groups that hold other operations as well",
                                             "兼含其他手术的病组")),
        find=_group_of_removal,
    ),
    Rule(
        id="R17.births_too_close", result_type="suspicious", grain="provider", stage="during",
        needs=("claims.diagnosis_code",), thresholds=(("days", "days"), ("births", "codes")),
        clause=None, no_clause=UNNAMED,
        words=("a person gives birth again sooner than a pregnancy takes",
               "同一人两次分娩间隔短于孕期所需"),
        amount=("what the fund paid of the later stay; at most of that", "后一次住院的基金支付额"),
        exceptions=_PARTS, find=_births_too_close,
    ),
    Rule(
        id="R17.organ_is_gone", result_type="suspicious", grain="provider", stage="during",
        needs=("claims.diagnosis_code", "claims.drg_code", "drg_groups.name"),
        thresholds=(*RATE, ("days", "days"),
                    *((f"{organ}_{what}", "codes") for organ in _ORGANS
                      for what in ("groups", "removals", "illnesses"))),
        clause=None, no_clause=UNNAMED,
        words=("an organ is treated that the person lost months before, more often than at peers",
               "患者器官已切除数月后仍以该器官疾病结算，频次高于同类"),
        amount=("at most what the fund paid of the claims; in the middle, beyond the expected",
                "至多为相关结算单基金支付额；中值为超出预期部分"),
        exceptions=(("the first months, in which wounds are looked after under the old illness",
                     "术后数月内沿用原诊断的复查换药"),
                    ("illnesses that stay when the organ is gone: of ducts, of the cervix, cancers",
                     "切除后仍可发生的疾病（胆管、宫颈、肿瘤）"),
                    ("parts of organs, and groups that hold other operations",
                     "部分切除及兼含其他手术的病组"),
                    ("an old code carried on now and then, as often as at peers",
                     "同类机构亦有的沿用旧诊断")),
        find=_after_removal,
    ),
    Rule(
        id="R17.third_of_two", result_type="suspicious", grain="provider", stage="during",
        needs=("claims.drg_code", "drg_groups.name"),
        thresholds=tuple((f"{organ}_{what}", "codes") for organ in _PAIRED
                         for what in ("groups", "removals")),
        clause=None, no_clause=UNNAMED,
        words=("a third stay for the lens, knee or hip of which a person has two",
               "同一人第三次住院置换成对的晶状体、膝或髋关节"),
        amount=("what the fund paid from the third stay on; at most of all",
                "第三次起的基金支付额；上限为全部"),
        exceptions=(*_PARTS, ("one on each side, in two stays", "左右各一次"),
                    ("groups that hold other joints as well", "兼含其他关节的病组")),
        find=_third_of_two,
    ),
)  # fmt: skip
