"""Rules about the mix of cases and items: heavier groups than the patients explain."""

import ibis
import ibis.expr.types as ir

from fraudml.claims.calendar import OPEN_END, years_between
from fraudml.monitor.entry import NOTHING, Part, Rule, beyond_expected, found
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.rates import (
    BILLED,
    OWN,
    PEERS,
    PRIOR,
    RATE,
    beside_totals,
    expected_within,
    least_likely,
    unusual_of_each,
)
from fraudml.monitor.shared import SCALE, Shared, prefixed

PRIOR_STAYS = 10.0  # stays of the expected weight that every provider is credited with
_E6 = 1_000_000.0  # a share in whole millionths
_FACTOR, _SQUARE = "decimal(19, 0)", "decimal(38, 0)"  # any 64 bits, and their product
_CELL = ("diagnosis_group", "age_band")
_SPLIT = ("family", "age_band", "level")  # a higher level has the graver cases


def _grouped(at: Shared) -> ir.Table:
    """The stays with a group and its weight, in cells of like patients."""
    t = at.stay.filter(at.stay.drg_weight > 0, at.stay.diagnosis_code.notnull())
    age = years_between(t.admitted_on, t.birth_date)
    band = (age >= 65).ifelse(3, (age >= 45).ifelse(2, (age >= 15).ifelse(1, 0)))
    return t.mutate(age_band=band.coalesce(-1))


def _above_case_mix(at: Shared, values: Values) -> ir.Table:
    """Weight of stays against what others code for patients alike."""
    return _heavier(_grouped(at), values, _CELL, OWN, at)


def _graver_split(at: Shared, values: Values) -> ir.Table:
    """Weight of stays against what others code within the same family of groups, by who coded.

    The last letter of a group says how grave the complications are (CHS-DRG: three letters for
    the family, the fourth for gravity), so what is compared is the choice of that letter.
    """
    t = _grouped(at)
    t = t.filter(t.drg_code.length() > 1)
    t = t.mutate(family=t.drg_code.left(t.drg_code.length() - 1))
    named = t.filter(t.practitioner_id.notnull())
    each = _heavier(named, values, _SPLIT, (*OWN, "practitioner_id"), at)
    return _heavier(t, values, _SPLIT, OWN, at).union(each)


def _heavier(
    t: ir.Table, values: Values, cell: tuple[str, ...], unit: tuple[str, ...], at: Shared
) -> ir.Table:
    """Stays heavier than expected of units whose weight exceeds that of other providers.

    Gamma-Poisson: (O + a) / (E + a), where a is the expected weight of some stays more; the lower
    limit comes from how much weights vary within the cells.
    """
    t = _beside_other_weights(t, cell)
    p = t.group_by(*unit, *PEERS).agg(
        stays_n=t.count(), weight=t.weight_e4.sum().cast("float64") / SCALE,
        expected=t.expected_e6.sum().cast("float64") / _E6,
        spread=t.spread_e6.sum().cast("float64") / _E6,
    )  # fmt: skip
    p = p.mutate(on=at.as_of)
    credit = PRIOR_STAYS * p.expected / p.stays_n.cast("float64")
    low = p.weight - values.number("tail_z", p, "on") * p.spread.sqrt()
    p = p.filter(
        p.stays_n.cast("float64") >= values.number("least", p, "on"),
        (low + credit) / (p.expected + credit) > values.number("times", p, "on"),
    )
    over = p.select(**{f"over_{name}": p[name] for name in unit})
    rows = t.inner_join(over, [t[name] == over[f"over_{name}"] for name in unit])
    weight, expected = rows.weight_e4.cast("float64") / SCALE, rows.expected_e6 / _E6
    rows = rows.mutate(beyond=1.0 - expected / weight).filter(weight > expected)
    fen = ibis.greatest(rows.fund_amount_fen, 0)
    mid = (fen.cast("float64") * rows.beyond).round().cast("int64")
    return found(rows, Part(BILLED, "heavier_than_expected", NOTHING, mid, fen,
                            happened_on="visited_on", who=BILLED))  # fmt: skip


def _beside_other_weights(t: ir.Table, cell: tuple[str, ...]) -> ir.Table:
    """Stays beside the mean weight of like ones of ten or more at other providers, its variance.

    All sums are of whole numbers, so that they agree in any order: a weight that is just the mean
    of the others is not above it by the last bit of a float. Squares of 64 bits would overflow.
    """
    t = t.mutate(weight_e4=(t.drg_weight * SCALE).round().cast("int64"))
    t = t.mutate(square_e8=t.weight_e4.cast(_FACTOR) * t.weight_e4.cast(_FACTOR))
    like, own = (ibis.window(group_by=[*more, *cell]) for more in ((), ("provider_no",)))
    t = t.mutate(
        others_n=t.count().over(like) - t.count().over(own),
        others_e4=t.weight_e4.sum().over(like) - t.weight_e4.sum().over(own),
        others_e8=t.square_e8.sum().over(like) - t.square_e8.sum().over(own),
    )
    t = t.filter(t.others_n >= 10)
    mean_e4 = t.others_e4.cast("float64") / t.others_n.cast("float64")
    squares_e8 = t.others_e8.cast("float64") / t.others_n.cast("float64")
    spread_e8 = ibis.greatest(squares_e8 - mean_e4 * mean_e4, 0.0)
    return t.mutate(
        expected_e6=(mean_e4 * (_E6 / SCALE)).round().cast("int64"),
        spread_e6=(spread_e8 / 100.0).round().cast(_SQUARE),
    )


def _drg(at: Shared) -> ir.Table:
    d = at.claims.table("drg_groups").filter(lambda t: t.valid_from <= at.as_of)
    return d.select(
        "valid_from", "usual_days", "diagnosis_prefixes", group="drg_code", usual_weight="weight",
        valid_to=d.valid_to.coalesce(OPEN_END),
    )  # fmt: skip


def _in_group(at: Shared) -> ir.Table:
    d, t = _drg(at), at.stay.filter(at.stay.drg_code.notnull())
    return t.inner_join(
        d,
        [
            t.drg_code == d.group,
            t.discharged_on >= d.valid_from,
            t.discharged_on <= d.valid_to,
        ],
    )


def _foreign_group(at: Shared, _values: Values) -> ir.Table:
    t = _in_group(at)
    t = t.filter(t.diagnosis_prefixes.length() > 0, t.diagnosis_code.notnull())
    fits = t.diagnosis_prefixes.filter(lambda code: t.diagnosis_code.left(code.length()) == code)
    t = t.filter(fits.length() == 0)
    fen = ibis.greatest(t.fund_amount_fen, 0)
    return found(t, Part(("claim_id",), "foreign_group", NOTHING, fen, fen,
                         happened_on="visited_on"))  # fmt: skip


def _light_stay(at: Shared, values: Values) -> ir.Table:
    """Stays far shorter than their group takes, at providers where it happens too often."""
    t = _in_group(at)
    staged = prefixed(t.diagnosis_code, values.codes("staged_diagnoses"))
    t = t.filter(t.usual_days > 0, ~t.disposition.isin(["died", "transferred", "against_advice"])
                 .coalesce(False), ~staged.coalesce(False))  # fmt: skip
    t = t.mutate(on=t.discharged_on)
    short = t.stay_days.cast("float64") < t.usual_days * values.number("short_share", t, "on")
    return unusual_of_each(at, t, short, values, "short_for_its_group")


def _more_diagnoses(at: Shared, values: Values) -> ir.Table:
    """Secondary diagnoses beyond those of like patients: each may lift the group."""
    t = at.stay.filter(at.stay.diagnosis_code.notnull())
    t = t.mutate(others_n=t.secondary_diagnoses.length().coalesce(0).cast("int64"))
    many = t.others_n.cast("float64") >= values.number("diagnoses", t, "visited_on")
    return unusual_of_each(at, t, many, values, "many_diagnoses", "diagnosis_group")


def item_mix(at: Shared) -> ir.Table:
    """One row per provider and item: lines, pieces and what the fund paid."""
    return at.keep("item_mix", lambda: _item_mix(at))


def _item_mix(at: Shared) -> ir.Table:
    t = at.line.filter(at.line.amount_fen > 0)
    return t.group_by("provider_no", "code_no", "inpatient").agg(
        lines_n=t.count(), pieces_e4=t.quantity_e4.sum(), item_no=t.item_no.max(),
        amount_fen=t.amount_fen.sum(),
    )  # fmt: skip


def usual_prices(at: Shared) -> ir.Table:
    """What one of an item usually costs: code_no, usual_fen, the middle of the providers' means."""
    return at.keep("usual_prices", lambda: _usual_prices(at))


def _usual_prices(at: Shared) -> ir.Table:
    m = item_mix(at)
    own = m.group_by("provider_no", "code_no").agg(
        pieces_e4=m.pieces_e4.sum(), amount_fen=m.amount_fen.sum()
    )
    own = own.filter(own.pieces_e4 > 0)
    mean = own.amount_fen.cast("float64") * SCALE / own.pieces_e4.cast("float64")
    own = own.mutate(mean_fen=mean.round())
    return own.group_by("code_no").agg(usual_fen=own.mean_fen.median())


def item_users(at: Shared) -> ir.Table:
    """``item_mix`` beside all lines of the provider, and how many others bill how much of it."""
    return at.keep("item_users", lambda: _item_users(at))


def _item_users(at: Shared) -> ir.Table:
    m = item_mix(at).inner_join(at.limits("item_kind"), "item_no")
    m = m.inner_join(at.provider.select("provider_no", *PEERS), "provider_no")
    m = beside_totals(m, ("provider_no", "inpatient"), all_lines_n=m.lines_n.sum())
    share = m.lines_n.cast("float64") / m.all_lines_n.cast("float64")
    m = m.mutate(rate_e6=(share * _E6).round().cast("int64"))  # whole: sums of any order agree
    m = beside_totals(
        m, ("code_no", "inpatient", *PEERS), users_n=m.count(),
        users_hits=m.lines_n.sum(), users_lines_n=m.all_lines_n.sum(),
        rates=m.rate_e6.sum(), squares=(m.rate_e6 * m.rate_e6).sum(),
    )  # fmt: skip
    return m.select(
        "provider_no", "code_no", "inpatient", "item_kind", *PEERS, "lines_n", "all_lines_n",
        "users_n", others_hits=m.users_hits - m.lines_n, others_n=m.users_lines_n - m.all_lines_n,
        **_apart(m),
    )  # fmt: skip


def items_above_peers(
    at: Shared, values: Values, kinds: tuple[str, ...], *, left_out: ir.Table | None = None
) -> ir.Table:
    """Lines of an item per line billed, against the other providers that bill it at all.

    left_out  claim_no and line_no of lines that other rules count; None: there are none
    """
    m = item_users(at).mutate(on=at.as_of)
    rate = (m.others_hits.cast("float64") + 0.5) / (m.others_n.cast("float64") + PRIOR)
    expected = m.all_lines_n.cast("float64") * rate
    z = values.number("tail_z", m, "on")
    low = least_likely(m.lines_n, z)
    # houses differ in what they do: beyond chance also beyond how far the users lie apart
    spread = m.all_lines_n.cast("float64") * (m.others_rate + z * m.others_sd)
    m = m.filter(
        m.item_kind.isin(kinds),
        m.users_n.cast("float64") > values.number("users", m, "on"),
        m.lines_n.cast("float64") >= values.number("least", m, "on"),
        low > values.number("times", m, "on") * expected,
        low > spread,
    ).mutate(expected=expected)
    m = _beside_illnesses(at, m)
    low = least_likely(m.lines_n, values.number("tail_z", m, "on"))
    m = m.filter(low > values.number("times", m, "on") * m.for_illnesses)
    most = ibis.greatest(m.expected, m.for_illnesses)
    over = m.select(
        by_no="provider_no", item="code_no", stays="inpatient",
        beyond=1.0 - most / m.lines_n.cast("float64"),
    )  # fmt: skip
    t = at.line.filter(at.line.amount_fen > 0)
    if left_out is not None:
        t = t.anti_join(left_out, ["claim_no", "line_no"])
    j = at.told(t.inner_join(
        over, [t.provider_no == over.by_no, t.code_no == over.item, t.inpatient == over.stays]
    ))  # fmt: skip
    mid, fen = beyond_expected(j.fund_fen, j.beyond)
    return found(j, Part((*BILLED, "item_code", "stays"), "above_peers", NOTHING, mid, fen,
                         who=BILLED))  # fmt: skip


def _beside_illnesses(at: Shared, m: ir.Table) -> ir.Table:
    """Items of providers beside the lines of them that others bill for the same illnesses.

    A house for eyes or minds has more of its own items than a general one for its patients' sake.
    An illness that nobody else has bears any item: half of its lines are expected to be of it.

    m  provider_no, code_no, inpatient and more; returned with ``for_illnesses``
    """
    parts = []
    for inpatient in (True, False):
        wanted = m.filter(m.inpatient == ibis.literal(inpatient))
        t = at.line.filter(at.line.amount_fen > 0, at.line.inpatient == ibis.literal(inpatient))
        ill = at.claim.select("claim_no", *PEERS, ill=at.claim.diagnosis_group.coalesce(""))
        t = t.select("claim_no", *OWN, "code_no").inner_join(ill, "claim_no")
        n = t.group_by(*OWN, *PEERS, "ill").agg(n=t.count())
        own = t.semi_join(wanted, "code_no").group_by(*OWN, *PEERS, "code_no", "ill")
        own = own.agg(hits=lambda r: r.count())
        e = expected_within(wanted, own, n, "code_no", "ill")
        parts.append(e.select(*OWN, "code_no", inpatient=ibis.literal(inpatient),
                              for_illnesses=e.expected))  # fmt: skip
    return m.inner_join(parts[0].union(parts[1]), [*OWN, "code_no", "inpatient"])


def _apart(m: ir.Table) -> dict[str, ir.Value]:
    """The mean rate of the other users of an item, and how far these lie apart."""
    n = (m.users_n - 1).cast("float64").nullif(0.0)
    mean = (m.rates - m.rate_e6).cast("float64") / n
    squares = (m.squares - m.rate_e6 * m.rate_e6).cast("float64") / n
    wide = n / (n - 1.0).nullif(0.0)
    sd = (ibis.greatest(squares - mean * mean, 0.0) * wide).sqrt()
    return {"others_rate": mean / _E6, "others_sd": (sd / _E6).coalesce(0.0)}


def _goods_above_peers(at: Shared, values: Values) -> ir.Table:
    return items_above_peers(at, values, ("drug", "consumable"))


_HEAVY = ("the part beyond the expected weight of what the fund paid; at most all",
          "超出预期权重部分的基金支付额；上限为全部")  # fmt: skip
BEYOND = ("what the fund paid of those beyond the expected; at most of all",
           "超出预期部分的基金支付额；上限为全部")  # fmt: skip
FEW = ("providers with few such rows, by the lower limit of their number",
        "按数量下限判定，数量少的机构不列入")  # fmt: skip
SAME_ILLS = ("what others bill for the same illnesses: a house for eyes, bones or minds",
             "其他机构对相同病种的使用量（眼科、骨科、精神等专科）")  # fmt: skip
ALONE = ("items that hardly anybody else of the level and kind bills: a new or single department",
          "同级同类机构几乎无人开展的项目（新设或独有科室）")  # fmt: skip
_DRG = "drg_groups.drg_code"
_LINES = "claim_lines.item_code"

MIX: tuple[Rule, ...] = (
    Rule(
        id="R03.weight_above_case_mix", result_type="suspicious", grain="provider", stage="after",
        needs=("claims.drg_weight", "claims.diagnosis_code", "patients.birth_date"),
        thresholds=RATE, clause="38(7)", no_clause=None,
        words=("stays are put into heavier groups than others code for patients alike",
               "病组权重高于其他机构对同类患者的编码"),
        amount=_HEAVY,
        exceptions=(("true case mix: the same diagnoses and ages elsewhere",
                     "真实病例组合（同诊断同年龄比较）"),
                    ("patients whom hardly anybody else treats", "其他机构极少收治的病种"), FEW),
        find=_above_case_mix, of_house=True,
    ),
    Rule(
        id="R03.graver_split", result_type="suspicious", grain="provider", stage="after",
        needs=("claims.drg_weight", "claims.drg_code", "claims.diagnosis_code",
               "patients.birth_date"),
        thresholds=RATE, clause="38(7)", no_clause=None,
        words=("stays are put into the graver splits of their family of groups, beyond others",
               "同一病组族内多取严重程度较高的细分组，超过其他机构"),
        amount=_HEAVY,
        exceptions=(("the same family, ages and level elsewhere: true gravity is compared",
                     "真实病情严重程度（同族病组、同年龄、同级别比较）"),
                    ("families that hardly anybody else treats", "其他机构极少收治的病组族"), FEW),
        find=_graver_split,
    ),
    Rule(
        id="R03.foreign_group", result_type="suspicious", grain="provider", stage="during",
        needs=("claims.drg_code", "claims.diagnosis_code", _DRG, "drg_groups.diagnosis_prefixes"),
        thresholds=(), clause="38(7)", no_clause=None,
        words=("the group of the stay does not admit its main diagnosis", "病组与主要诊断不符"),
        amount=("at most what the fund paid of the stay", "至多为该次住院基金支付额"),
        exceptions=(("groups without a list of diagnoses", "未列诊断范围的病组"),
                    ("groups of another period of validity", "其他有效期的病组")),
        find=_foreign_group,
    ),
    Rule(
        id="R03.short_for_its_group", result_type="suspicious", grain="provider", stage="after",
        needs=("claims.drg_code", _DRG, "drg_groups.usual_days"),
        thresholds=(*RATE, ("short_share", "share"), ("staged_diagnoses", "codes")),
        clause="38(7)", no_clause=None,
        words=("stays last far shorter than their group takes, more often than at peers",
               "住院天数远短于病组通常天数，频次高于同类"),
        amount=BEYOND,
        exceptions=(("deaths, transfers and discharges against advice", "死亡、转院和自动出院"),
                    ("a day of staged treatment, by its diagnosis: chemotherapy and the like",
                     "按疗程的治疗（化疗等，按诊断）的日间住院"),
                    FEW),
        find=_light_stay,
    ),
    Rule(
        id="R03.more_diagnoses", result_type="suspicious", grain="provider", stage="after",
        needs=("claims.secondary_diagnoses", "claims.drg_weight"),
        thresholds=(*RATE, ("diagnoses", "count")), clause="38(7)", no_clause=None,
        words=("stays carry many secondary diagnoses, more often than for patients alike",
               "次要诊断过多的住院占比高于同类患者"),
        amount=BEYOND,
        exceptions=(("true case mix: the same main diagnoses elsewhere",
                     "真实病例组合（同主要诊断比较）"), FEW),
        find=_more_diagnoses,
    ),
    Rule(
        id="R08.goods_above_peers", result_type="suspicious", grain="provider", stage="after",
        needs=(_LINES, "items.kind"), thresholds=(*RATE, ("users", "count")), clause="38(4)",
        no_clause=None,
        words=("a drug or consumable is billed far more often than at others who bill it",
               "某药品或耗材的结算频次远高于同样使用该项目的机构"),
        amount=BEYOND, exceptions=(ALONE, SAME_ILLS, FEW), find=_goods_above_peers,
    ),
)  # fmt: skip
