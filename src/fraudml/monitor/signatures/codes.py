"""Slips of what: a code mapped wrongly, and the single line a keyboard completed by itself."""

import ibis
import ibis.expr.types as ir

from fraudml.claims.calendar import days_between
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.shared import Shared
from fraudml.monitor.signatures.entry import Signature, touched
from fraudml.monitor.signatures.tables import (
    item_norm,
    number,
    shared_with,
    with_ids,
    with_local,
)

_LINES = "claim_lines.item_code"


def _two_codes(at: Shared, values: Values) -> ir.Table:
    t = at.line.filter(at.line.amount_fen > 0)
    t = t.inner_join(at.local_line, ["claim_no", "line_no"])
    key = ("provider_no", "local_no")
    each = t.group_by(*key, "code_no").agg(
        lines_n=t.count(), price=t.unit_price_fen.median(), first_on=t.served_on.min(),
        last_on=t.served_on.max(),
        fund=t.fund_fen.sum().cast("float64") / t.amount_fen.sum().cast("float64"),
    )  # fmt: skip
    each = at.keep("signature-local-codes", lambda: each.inner_join(at.code, "code_no"))
    order = ibis.window(group_by=list(key), order_by=[each.lines_n.desc(), each.item_code])
    ranked = each.mutate(place=ibis.row_number().over(order)).drop("item_code")
    main = ranked.filter(ranked.place == 0)
    main = main.select(**{f"main_{n}": main[n] for n in main.columns if n != "place"})
    other = ranked.filter(ranked.place > 0)
    j = other.inner_join(main, [other[n] == main[f"main_{n}"] for n in key])
    j, (least, apart, more_fund) = number(
        at, j, values, "least_lines", "price_tolerance", "fund_tolerance"
    )
    near = (j.price - j.main_price).abs() <= apart * j.main_price
    j = j.filter(
        j.lines_n.cast("float64") >= least,
        near,
        j.fund <= j.main_fund + more_fund,
        j.first_on <= j.main_last_on,
        j.last_on >= j.main_first_on,
    )
    rows = with_ids(at, shared_with(t, j, *key, "code_no"))
    rows = rows.inner_join(at.local_code, "local_no")
    return touched(rows, key=("local_item_code", "item_code"), code="item_code", on="served_on")


_CODE = ("provider_no", "code_no", "local_no")


def _has_local(at: Shared, t: ir.Table) -> ir.Table:
    """Lines beside the number of their local code; 0 where they have none."""
    if not _local_came(at):
        return t.mutate(local_no=ibis.literal(0, "int64"))
    j = with_local(at, t)
    return j.mutate(local_no=(j.local_no + 1).coalesce(0))


def _conflicts(at: Shared) -> ir.Table:
    """Lines that conflict with a limit of sex, age or diagnosis, beside the kind of limit."""
    return at.keep("signature-conflicts", lambda: _conflicting(at))


def _conflicting(at: Shared) -> ir.Table:
    t = at.limited_line
    odd = (t.age > t.age_max).coalesce(False) | (t.age < t.age_min).coalesce(False)
    kind = ibis.cases((t.other_sex, "sex"), (odd, "age"), (t.other_diagnosis, "diagnosis"))
    t = t.mutate(conflict=kind)
    t = t.filter(t.conflict.notnull())
    if not _local_came(at):
        return t.mutate(local_no=ibis.literal(0, "int64"), local=ibis.literal("-"))
    j = _has_local(at, t)
    names = at.local_code
    names = names.select(name_no=names.local_no + 1, local="local_item_code")
    j = j.left_join(names, j.local_no == names.name_no).drop("name_no")
    return j.mutate(local=j.local.coalesce("-"))


def _billed_codes(at: Shared) -> ir.Table:
    """All lines of every provider, code and local code, counted: provider_no, ..., lines_n."""
    return at.keep("signature-billed-codes", lambda: _counted_codes(at))


def _counted_codes(at: Shared) -> ir.Table:
    t = _has_local(at, at.line.filter(at.line.amount_fen > 0))
    return t.group_by(*_CODE).agg(lines_n=t.count())


def _mapped_wrong(at: Shared, values: Values) -> ir.Table:
    t = _conflicts(at)
    hits = t.group_by(**{f"hit_{n}": t[n] for n in _CODE}).agg(
        hits_n=t.count(), persons_n=t.patient_no.nunique(), price=t.unit_price_fen.median(),
        by_sex=t.other_sex.cast("int64").sum(), has_local=(t.local != "-").any(),
    )  # fmt: skip
    b = _billed_codes(at)
    codes = b.left_join(hits, [b[n] == hits[f"hit_{n}"] for n in _CODE])
    codes = codes.drop(*(f"hit_{n}" for n in _CODE)).mutate(hits_n=codes.hits_n.coalesce(0))
    codes = at.keep("signature-conflict-codes", lambda: codes)
    j = _beside_others(at, codes, values)
    j = _beside_sexes(at, t, j)
    j, (least, persons, alone, share, few) = number(
        at, j, values, "least_lines", "least_persons", "share_of_conflicts", "share_of_expected",
        "share_of_others",
    )  # fmt: skip
    hits_n = j.hits_n.cast("float64")
    found = j.filter(
        hits_n >= least,
        j.persons_n.cast("float64") >= persons,
        hits_n >= alone * j.own_hits_n.cast("float64"),
        j.other_n.cast("float64") >= least,
        j.others_odd.cast("float64") <= few * j.others.cast("float64"),
        hits_n >= share * j.expected * j.lines_n.cast("float64"),
    )
    wrong = at.keep("signature-mapped-wrong", lambda: _own_cause(at, found, values))
    rows = shared_with(t, wrong, *_CODE)
    own = touched(rows, key=("item_code", "local"), code="item_code", on="served_on")
    return own.union(_all_uses(at, wrong)) if _local_came(at) else own


def _local_came(at: Shared) -> bool:
    return at.claims.assessed("claim_lines.local_item_code")


def _all_uses(at: Shared, wrong: ir.Table) -> ir.Table:
    """Every line of a local code that is mapped wrongly: those without a conflict are wrong too."""
    own = wrong.filter(wrong.local_no > 0).view()
    t = shared_with(_has_local(at, at.line.filter(at.line.amount_fen > 0)), own, *_CODE)
    names = at.local_code
    names = names.select(name_no=names.local_no + 1, local="local_item_code")
    t = with_ids(at, t.inner_join(names, t.local_no == names.name_no).drop("name_no"))
    return touched(t, key=("item_code", "local"), code="item_code", on="served_on")


def _beside_others(at: Shared, codes: ir.Table, values: Values) -> ir.Table:
    """Beside the provider's conflicts of all codes, and the providers where the item conflicts.

    Others are counted by head: one that invents lines of the item would speak for the whole fund.
    """
    c, d, e = codes.view(), codes.view(), codes.view()
    own = c.group_by(own_no=c.provider_no).agg(own_hits_n=c.hits_n.sum())
    item = d.group_by(all_item=d.code_no).agg(all_n=d.lines_n.sum())
    mine = e.group_by("provider_no", "code_no").agg(my_n=e.lines_n.sum(), my_hits=e.hits_n.sum())
    mine, (elsewhere,) = number(at, mine, values, "share_elsewhere")
    odd = mine.my_hits.cast("float64") > elsewhere * mine.my_n.cast("float64")
    mine = mine.select(
        my_no="provider_no", my_item="code_no", my_n="my_n", my_hits="my_hits",
        odd=odd.cast("int64"),
    )  # fmt: skip
    mine = at.keep("signature-items-of-providers", lambda: mine)
    f = mine.view()
    heads = f.group_by(head_item=f.my_item).agg(heads_n=f.count(), odd_n=f.odd.sum())
    hit = codes.filter(codes.hits_n > 0)
    j = hit.inner_join(own, hit.provider_no == own.own_no)
    j = j.inner_join(item, j.code_no == item.all_item)
    j = j.inner_join(mine, [j.provider_no == mine.my_no, j.code_no == mine.my_item])
    j = j.inner_join(heads, j.code_no == heads.head_item)
    j = j.mutate(other_n=j.all_n - j.my_n, others=j.heads_n - 1, others_odd=j.odd_n - j.odd)
    return j.drop("own_no", "all_item", "my_no", "my_item", "all_n", "head_item", "heads_n",
                  "odd_n", "odd")  # fmt: skip


def _beside_sexes(at: Shared, t: ir.Table, codes: ir.Table) -> ir.Table:
    """Beside the share of conflicts to expect if the code chose nobody: it is blind to persons.

    For a limit of sex the share of the provider's visits by persons of the conflicting sex; for
    other limits all of them, since the wrong item has another limit or none.
    """
    c = at.claim.filter(at.claim.sex.notnull())
    sexes = c.group_by(sex_provider=c.provider_no).agg(
        women=(c.sex == "F").cast("int64").sum(), visits=c.count()
    )
    wrong = t.filter(t.other_sex).select(*_CODE, "claim_no")
    people = c.select("sex", sex_claim=c.claim_no)
    whose = wrong.inner_join(people, wrong.claim_no == people.sex_claim)
    women = whose.group_by(**{f"w_{n}": whose[n] for n in _CODE}).agg(
        women_hits=(whose.sex == "F").cast("int64").sum()
    )
    j = codes.left_join(women, [codes[n] == women[f"w_{n}"] for n in _CODE])
    j = j.drop(*(f"w_{n}" for n in _CODE))
    j = j.left_join(sexes, j.provider_no == sexes.sex_provider).drop("sex_provider")
    female = j.women.cast("float64") / j.visits.cast("float64")
    blind = (j.women_hits > 0).coalesce(False).ifelse(female, 1.0 - female)
    of_sex = j.by_sex * 2 > j.hits_n
    return j.mutate(expected=of_sex.ifelse(blind.coalesce(1.0), 1.0)).drop(
        "women", "visits", "women_hits"
    )


def _own_cause(at: Shared, found: ir.Table, values: Values) -> ir.Table:
    """Those with a mark of the wrong code itself.

    Another item's price; or a local code of its own beside one that is mapped rightly.
    """
    norm = item_norm(at)
    j = found.inner_join(norm, found.code_no == norm.norm_no)
    j, (apart, elsewhere) = number(at, j, values, "price_apart", "share_elsewhere")
    ratio = j.price / j.norm_price_fen
    foreign = (ratio >= apart + 1.0) | (ratio * (apart + 1.0) <= 1.0)
    rest_n = (j.my_n - j.lines_n).cast("float64")
    rest_hits = (j.my_hits - j.hits_n).cast("float64")
    rightly = j.has_local & (rest_n > 0) & (rest_hits <= elsewhere * rest_n)
    return j.filter(foreign | rightly)


def _slip(at: Shared, values: Values) -> ir.Table:
    t = _conflicts(at)
    order = ibis.window(
        group_by=["provider_no", "code_no"], order_by=["served_on", "claim_no", "line_no"]
    )
    t = t.mutate(before=t.served_on.lag().over(order), later=t.served_on.lead().over(order))
    v, w = t.view(), t.view()
    by_item = v.group_by(i_p=v.provider_no, i_item=v.code_no).agg(item_hits=v.count())
    all_hits = w.group_by(p_no=w.provider_no).agg(hits_n=w.count())
    b = _billed_codes(at)
    billed = b.group_by(b_no=b.provider_no).agg(lines_n=b.lines_n.sum())
    odd = t.filter(t.conflict != "diagnosis")
    u = odd.view()
    by_person = u.group_by(person=u.patient_no).agg(person_hits=u.count())
    j = odd.inner_join(by_item, [odd.provider_no == by_item.i_p, odd.code_no == by_item.i_item])
    j = j.inner_join(all_hits, j.provider_no == all_hits.p_no)
    j = j.inner_join(billed, j.provider_no == billed.b_no)
    j = j.inner_join(by_person, j.patient_no == by_person.person)
    j, (of_item, of_person, share, apart) = number(
        at, j, values, "most_of_item", "most_of_person", "share_of_lines", "days_apart"
    )
    j = j.filter(
        (days_between(j.served_on, j.before).cast("float64") >= apart).coalesce(True),
        (days_between(j.later, j.served_on).cast("float64") >= apart).coalesce(True),
        j.item_hits.cast("float64") <= of_item,
        j.person_hits.cast("float64") <= of_person,
        j.hits_n.cast("float64") <= ibis.greatest(share * j.lines_n.cast("float64"), of_item),
    )
    return touched(j, key=("provider_id",), code="item_code", on="served_on")


_MAP_ASK = (
    (
        "Check this code in the table that maps your own codes to national ones, correct it, and "
        "send the lines again under the code of what was done."
    ),
    "请核对院内编码与国家编码对照表中的该编码，更正对照，并按实际项目重传相关明细。",
)
CODES: tuple[Signature, ...] = (
    Signature(
        id="D06.two_national_codes",
        cause="item",
        needs=(_LINES, "claim_lines.local_item_code"),
        thresholds=(
            ("least_lines", "count"), ("price_tolerance", "share"), ("fund_tolerance", "share"),
        ),
        explains=("T08", "T17", "R04.unbundled", "R10.outside_scope_charged", "R25.item_unknown"),
        repair="drop",
        words=("one local code stands for two national codes at the same time, at one price",
               "同一院内编码同期对应两个国家编码，价格相同"),
        ask=_MAP_ASK,
        twin=(("swapping bills a dearer code, or one of which the fund pays more; here price and "
              "the fund's share stay the same"),
              "串换会计入价格更高或基金支付比例更高的编码；此处价格与支付比例不变"),
        find=_two_codes,
    ),
    Signature(
        id="D07.code_mapped_wrong",
        cause="item",
        needs=(_LINES,),
        thresholds=(
            ("least_lines", "count"), ("least_persons", "count"), ("share_of_conflicts", "share"),
            ("share_of_expected", "share"), ("share_elsewhere", "share"), ("price_apart", "share"),
            ("share_of_others", "share"),
        ),
        explains=("T17", "R10.outside_scope_charged", "R10.other_diagnosis", "R05.level_too_low"),
        repair="drop",
        words=(("sex, age or diagnosis conflicts of one code at one provider, as often as if the "
               "code knew no persons, while the code conflicts nowhere else"),
               "某机构某一编码的性别、年龄或诊断冲突，冲突比例如同不分对象，而该编码在他处几无冲突"),
        ask=_MAP_ASK,
        twin=(("invented lines stand beside the code's true use, on several codes, at its own "
              "price; a wrong mapping turns all uses of one local code, at another's price"),
              ("虚构项目与真实使用并存、分散于多个编码且按该编码价格计费；对照错误则使同一院内编码全部"
              "错位、价格属另一项目")),
        find=_mapped_wrong,
    ),
    Signature(
        id="D08.autocomplete_slip",
        cause="claim",
        needs=(_LINES,),
        thresholds=(
            ("most_of_item", "count"), ("most_of_person", "count"), ("share_of_lines", "share"),
            ("days_apart", "days"),
        ),
        explains=("T17",),
        repair="drop",
        words=("a single line of an item that cannot be this person's, amid consistent claims",
               "个别明细项目与本人性别或年龄不符，其余数据一致，疑为录入联想滑误"),
        ask=("Look up what was done that day and correct the line, or confirm it with the papers.",
             "请查当日实际诊疗并更正该行，或以资料证明无误。"),
        twin=(("a lent card brings several impossible lines for one person, invented lines several "
              "of one item; a slip comes once"),
              "冒名就医在同一人名下多次出现，虚构项目在同一编码多次出现；滑误仅一次"),
        find=_slip,
    ),
)  # fmt: skip
