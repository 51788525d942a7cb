"""A rule about money spread over many items: exams, drugs or treatments of a claim, taken together.

A house that adds a little of everything is above nobody for any one item. What the root of the
money of a whole chapter comes to is held against claims alike at other houses; a root, because few
dear claims would otherwise speak for all. A person counts once, however often they come.
"""

import ibis
import ibis.expr.types as ir

from fraudml.claims.calendar import years_between
from fraudml.claims.whole_numbers import square
from fraudml.monitor.entry import NOTHING, Part, Rule, found
from fraudml.monitor.items import class_code
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.rates import OWN, PEERS, beside, beside_totals
from fraudml.monitor.rules.goods import month_number
from fraudml.monitor.shared import Shared, prefixed

_KINDS = ("exam", "drug", "service")
_SESSION = "session"  # the therapies among the services; counted with them and by themselves
_SEEN = ("outpatient", "chronic", "emergency", "inpatient")
_CELL = ("visit_kind", "diagnosis_group", "days_band", "age_band", *PEERS)
_HOUSE = (*OWN, "chapter")
_LIKE, _HOUSES = 10, 3  # claims and houses beside one's own that a cell needs
_MONTH = 30  # days of supply up to which a drug counts whole
_E3 = 1_000.0  # sums of whole thousandths agree in any order
_SUMS = ("away", "spread", "fen", "expected")


def _chapters(at: Shared, values: Values) -> ir.Table:
    """The chapters of each billed code: code_no, chapter. The catalogue speaks before the code."""
    kinds = at.item.group_by("code_no").agg(item_kind=at.item.item_kind.max())
    c = at.code.left_join(kinds, "code_no").drop("code_no_right")
    drug = prefixed(c.item_code, values.codes("drug_codes")).ifelse("drug", ibis.null("string"))
    c = c.mutate(chapter=c.item_kind.coalesce(drug)).filter(lambda t: t.chapter.isin(_KINDS))
    therapy = prefixed(class_code(c.item_code), values.codes("session_codes")) & (
        c.chapter == "service"
    )
    sessions = c.filter(therapy).select("code_no", chapter=ibis.literal(_SESSION))
    return c.select("code_no", "chapter").union(sessions)


def _sums(at: Shared, codes: ir.Table) -> ir.Table:
    """What a claim bills of each chapter; of a drug for longer than a month, a month's part.

    Who fetches three months at once comes a third as often.
    """
    t = at.line.filter(at.line.amount_fen > 0).inner_join(codes, "code_no")
    long = ibis.greatest(t.days_supply.coalesce(_MONTH), _MONTH)
    of_month = (t.amount_fen.cast("float64") * _MONTH / long.cast("float64")).round()
    t = t.mutate(of_month=of_month.cast("int64"))
    return t.group_by("claim_no", "chapter").agg(fen=t.of_month.sum())


def _claims(at: Shared) -> ir.Table:
    """Visits and stays with what tells like ones apart, and the parts of illness and time."""
    t = at.claim.filter(at.claim.visit_kind.isin(_SEEN), at.claim.diagnosis_group.notnull())
    age, days = years_between(t.visited_on, t.birth_date), t.stay_days
    days_band = (days > 14).ifelse(3, (days > 9).ifelse(2, (days > 4).ifelse(1, 0)))
    return t.select(
        "claim_no", "patient_no", *OWN, *PEERS, "visit_kind", "diagnosis_group",
        days_band=t.inpatient.ifelse(days_band, -1).coalesce(-1),
        age_band=(age >= 65).ifelse(2, (age >= 15).ifelse(1, 0)).coalesce(-1),
        letter=t.diagnosis_code.left(1), month=month_number(t.visited_on), on=at.as_of,
    )  # fmt: skip


def _billed(at: Shared, values: Values) -> ir.Table:
    """Claims and chapters with what they bill: 0 too, where the house has such items to offer."""
    t = at.keep("chapter_claims", lambda: _claims(at))
    codes = at.keep("chapter_codes", lambda: _chapters(at, values))
    sums = at.keep("chapter_sums", lambda: _sums(at, codes))
    place = (*OWN, *PEERS, "visit_kind", "on")
    all_n = t.group_by(*place).agg(all_n=t.count())
    own = t.inner_join(sums, "claim_no").group_by(*OWN, "visit_kind", "chapter")
    own = own.agg(own_n=lambda r: r.count()).inner_join(all_n, [*OWN, "visit_kind"])
    share = values.number("share", own, "on")
    own = own.filter(own.own_n.cast("float64") >= share * own.all_n.cast("float64"))
    t = t.inner_join(own.select(*OWN, "visit_kind", "chapter"), [*OWN, "visit_kind"])
    t = t.left_join(sums, ["claim_no", "chapter"]).drop("claim_no_right", "chapter_right")
    root = (t.fen.coalesce(0).cast("float64").sqrt() * 10.0).round().cast("int64")
    return t.mutate(fen=t.fen.coalesce(0), root=root)


def _cells(t: ir.Table) -> ir.Table:
    """What like claims of others come to: mean (root and fen) and variance, where there are some.

    returns  one row per house, chapter and cell: their keys, others_root, others_fen, variance
    """
    each = t.group_by(*_HOUSE, *_CELL).agg(
        n=t.count(), fen=t.fen.sum(), roots=t.root.sum(), squares=(t.root * t.root).sum()
    )
    sums = {name: each[name].sum() for name in ("n", "fen", "roots", "squares")}
    each = beside_totals(
        each, ("chapter", *_CELL), houses_n=each.count(),
        **{f"all_{name}": total for name, total in sums.items()},
    )  # fmt: skip
    each = each.filter(each.all_n - each.n >= _LIKE, each.houses_n > _HOUSES)
    n = (each.all_n - each.n).cast("float64")
    mean, fen, squares = (
        (each[f"all_{name}"] - each[name]).cast("float64") / n
        for name in ("roots", "fen", "squares")
    )
    variance = ibis.greatest(squares - mean * mean, 0.0) * (1.0 + 1.0 / n)
    return each.select(*_HOUSE, *_CELL, others_root=mean, others_fen=fen, variance=variance)


def _cases(t: ir.Table) -> ir.Table:
    """Claims beside how far they lie from like ones; a person's add up to one."""
    t = beside(t, _cells(t), (*_HOUSE, *_CELL))
    t = t.filter(t.others_root.notnull())
    visits = t.group_by(*_HOUSE, "patient_no").agg(visits_n=t.count())
    t = t.inner_join(visits, [*_HOUSE, "patient_no"])
    once = _E3 / t.visits_n.cast("float64")
    return t.select(
        *_HOUSE, *PEERS, "on", "claim_no", "patient_no", "letter", "month", "fen",
        away=((t.root.cast("float64") - t.others_root) * once).round().cast("int64"),
        spread=(t.variance * once).round().cast("int64"),
        expected=t.others_fen.round().cast("int64"),
    )  # fmt: skip


def _houses(t: ir.Table) -> ir.Table:
    """One row per house and chapter: its sums, and what is left without its widest part of them.

    Parts are chapters of illnesses, which tell a special hospital, and months, which tell a slip.
    """
    persons = t.select(*_HOUSE, "patient_no").distinct()
    persons = persons.group_by(*_HOUSE).agg(persons_n=persons.count())
    h = t.group_by(*_HOUSE, *PEERS, "on").agg(
        **{name: t[name].sum() for name in _SUMS},
        above_fen=t.fen.sum(where=t.fen > t.expected).coalesce(0),
    )
    h = h.inner_join(persons, list(_HOUSE))
    for part in ("letter", "month"):
        p = t.group_by(*_HOUSE, part).agg(**{name: t[name].sum() for name in _SUMS})
        first = ibis.window(group_by=list(_HOUSE), order_by=[p.away.desc(), p[part]])
        p = p.mutate(place=ibis.row_number().over(first)).filter(lambda r: r.place == 0)
        p = p.select(*_HOUSE, **{f"{part}_{name}": p[name] for name in _SUMS})
        h = h.inner_join(p, list(_HOUSE))
        h = h.mutate(**{f"{part}_{name}": h[name] - h[f"{part}_{name}"] for name in _SUMS})
    return h


def _more(h: ir.Table, values: Values, front: str = "") -> ir.BooleanValue:
    """Whether these sums lie above like claims beyond chance, and by so many times their money."""
    spread = (h[f"{front}spread"].cast("float64") / _E3).sqrt()
    chance = values.number("tail_z", h, "on") * spread
    expected = values.number("times", h, "on") * h[f"{front}expected"].cast("float64")
    away = h[f"{front}away"].cast("float64") / _E3
    return (away > chance) & (h[f"{front}fen"].cast("float64") > expected)


def _beside_other_chapters(h: ir.Table) -> ir.Table:
    """Beside the house's money of the other chapters, and what like claims have of them.

    Sicker persons need more of everything.
    """
    kind = (h.chapter == _SESSION).ifelse("service", h.chapter)
    whole = h.chapter != _SESSION
    h = h.mutate(kind=kind)
    for keys, name in ((OWN, "all"), ((*OWN, "kind"), "kind")):
        h = beside_totals(h, keys, **{
            f"{name}_fen": h.fen.sum(where=whole).coalesce(0),
            f"{name}_expected": h.expected.sum(where=whole).coalesce(0),
        })  # fmt: skip
    return h.mutate(
        other_fen=h.all_fen - h.kind_fen, other_expected=h.all_expected - h.kind_expected
    )


def _apart(h: ir.Table, values: Values) -> ir.BooleanValue:
    """Whether a house lies beyond how far several others of its level and kind lie apart."""
    n = (h.houses_n - 1).cast("float64").nullif(0.0)
    mean = (h.means - h.mean).cast("float64") / n
    squares = (h.squares - square(h.mean)).cast("float64") / n
    wide = n / (n - 1.0).nullif(0.0)
    sd = (ibis.greatest(squares - mean * mean, 0.0) * wide).sqrt()
    far = h.mean.cast("float64") > mean + values.number("apart_z", h, "on") * sd
    return far & (h.houses_n.cast("float64") > values.number("users", h, "on"))


def _over(h: ir.Table, values: Values) -> ir.Table:
    """The houses and chapters with more: provider_no, chapter, beyond (of what is listed, 0..1)."""
    h = _beside_other_chapters(h)
    h = h.filter(h.persons_n.cast("float64") >= values.number("least", h, "on"))
    mean = (h.away.cast("float64") / h.persons_n.cast("float64")).round().cast("int64")
    h = h.mutate(mean=mean)
    h = beside_totals(
        h, ("chapter", *PEERS), houses_n=h.count(), means=h["mean"].sum(),
        squares=square(h["mean"]).sum(),
    )  # fmt: skip
    ratio = h.fen.cast("float64") / ibis.greatest(h.expected, 1).cast("float64")
    others = h.other_fen.cast("float64") / ibis.greatest(h.other_expected, 1).cast("float64")
    h = h.filter(
        _more(h, values), _more(h, values, "letter_"), _more(h, values, "month_"),
        ratio > values.number("times", h, "on") * others,
        _apart(h, values),
    )  # fmt: skip
    beyond = (h.fen - h.expected).cast("float64") / ibis.greatest(h.above_fen, 1).cast("float64")
    h = h.select(*_HOUSE, beyond=beyond)
    therapies = h.filter(h.chapter == _SESSION).select(*OWN)
    return h.anti_join(therapies, [h.provider_no == therapies.provider_no, h.chapter == "service"])


def _money_above_peers(at: Shared, values: Values) -> ir.Table:
    """Lines of a chapter on the claims above like ones, of houses that lie above on the whole."""
    t = at.keep("chapter_billed", lambda: _billed(at, values))
    t = at.keep("chapter_cases", lambda: _cases(t))
    h = at.keep("chapter_houses", lambda: _houses(t))
    over = at.keep("chapter_over", lambda: _over(h, values))
    rows = t.filter(t.fen > t.expected).inner_join(over, list(_HOUSE))
    # kept one after the other: the lines are many, and those of few claims are wanted
    rows = at.keep("chapter_rows", lambda: rows.select("claim_no", "chapter", "beyond"))
    few = at.keep("chapter_lines", lambda: at.line.filter(at.line.amount_fen > 0).semi_join(
        rows, "claim_no"))  # fmt: skip
    codes = at.keep("chapter_codes", lambda: _chapters(at, values))
    line = few.inner_join(codes, "code_no").inner_join(rows, ["claim_no", "chapter"])
    line = at.told(line)
    most = ibis.greatest(line.fund_fen, 0)
    mid = (most.cast("float64") * line.beyond).round()
    return found(line, Part(("provider_id", "chapter"), "above_like_claims", NOTHING, mid, most,
                            who=("provider_id",)))  # fmt: skip


CHAPTERS: tuple[Rule, ...] = (
    Rule(
        id="R09.money_above_peers", result_type="suspicious", grain="provider", stage="after",
        needs=("claim_lines.item_code", "items.kind", "claims.diagnosis_code"),
        thresholds=(("least", "count"), ("times", "ratio"), ("tail_z", "ratio"),
                    ("apart_z", "ratio"), ("users", "count"), ("share", "share"),
                    ("drug_codes", "codes"), ("session_codes", "codes")),
        clause="38(2)", no_clause=None,
        words=(("exams, drugs or treatments of a claim come to far more than for like claims "
                "elsewhere, however many items they are spread over"),
               "每次就诊的检查、药品或治疗费用合计远高于其他机构同类病例（不论分散于多少项目）"),
        amount=("what the fund paid beyond like claims elsewhere; at most of the lines listed",
                "超出其他机构同类病例部分的基金支付额；上限为相关明细"),
        exceptions=(
            ("like illness, age, visit and length of stay are compared, a person once",
             "按同病种、同年龄段、同就诊方式、同住院时长比较，每人计一次"),
            ("sicker persons, who cost as much more in the other chapters",
             "病情较重者（其他类别费用同样偏高）"),
            ("a special hospital or a day of screening: more for one chapter of illnesses alone",
             "专科机构、集中筛查（仅某一类疾病费用偏高）"),
            ("slips of a day or a batch: more in one month alone",
             "某一批次的数据差错（仅某一个月偏高）"),
            ("what hardly anybody else of the level and kind has to offer, a laboratory",
             "同级同类机构多不具备的检查或治疗条件"),
            ("drugs for several months at once", "长期处方"),
            ("few persons, and what lies within how far the others lie apart",
             "人数少，或在同类机构差异范围以内"),
        ),
        find=_money_above_peers, of_house=True,
    ),
)  # fmt: skip
