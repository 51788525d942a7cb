"""Rules about a card that lives several lives: another body elsewhere, or the ills of many."""

import ibis
import ibis.expr.types as ir

from fraudml.claims.calendar import years_between
from fraudml.monitor.entry import NOTHING, Part, Rule, found
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.rates import COUNTED, PRIOR, RATE, beside_totals, unusual, unusual_of_persons
from fraudml.monitor.rules.cards import of_other_sex
from fraudml.monitor.rules.persons import (
    asked_for_card,
    asked_places,
    unchecked_places,
    unchecked_rows,
)
from fraudml.monitor.rules.phantom import bill
from fraudml.monitor.shared import DIAGNOSIS_GROUP, Shared, prefixed

_BAND_YEARS, _OLDEST_BAND = 15, 5  # the last band begins at 75
_APART = 2  # bands between two bodies that nobody takes for each other: 15 years at least
_CELL = ("band", "male")
_LEAST_SHARE = 0.01  # of claims that are unchecked anywhere: nobody is always asked


def _second_life(at: Shared, values: Values) -> ir.Table:
    """Cards unchecked at one place whose illnesses there are those of another age or sex.

    Illnesses of any age are met at any age: only all of a place together, each once, say that
    somebody else is far likelier. Against persons of the holder's age and sex.
    """
    u = unchecked_places(at, values)
    ill = at.keep("illness_of", lambda: _illnesses(at))
    here = ill.semi_join(u, ["patient_no", "provider_no"])
    ratio = _likelier(here, ill)
    ratio = ratio.mutate(on=at.as_of, level=ibis.null("int64"), provider_kind=ibis.null("string"))
    over = ratio.filter(
        ratio.ratio_e6.cast("float64") / 1e6 > values.number("likelihood", ratio, "on").ln()
    )
    return unchecked_rows(at, over, "another_body")


def _illnesses(at: Shared) -> ir.Table:
    """Each illness of a person at a place once: patient_no, provider_no, band, male, illness."""
    t = asked_for_card(at)
    t = t.filter(t.sex.notnull(), t.birth_date.notnull(), t.diagnosis_group.notnull())
    t = t.mutate(age=years_between(at.as_of, t.birth_date))
    band = ibis.least(ibis.greatest(t.age, 0) // _BAND_YEARS, _OLDEST_BAND).cast("int64")
    return t.select(
        "patient_no", "provider_no", band=band, male=(t.sex == "M").cast("int64"),
        illness=t.diagnosis_group,
    ).distinct()  # fmt: skip


def _likelier(here: ir.Table, ill: ir.Table) -> ir.Table:
    """How much likelier the likeliest other body has these illnesses: patient_no, provider_no.

    returns  ratio_e6: the logarithm of the likelihood ratio, in millionths
    """
    persons = ill.select("patient_no", *_CELL).distinct()
    cells = persons.group_by(*_CELL).agg(persons_n=persons.count())
    seen = ill.select("patient_no", *_CELL, "illness").distinct()
    seen = seen.group_by(*_CELL, "illness").agg(ill_n=seen.count())
    others = cells.view().rename(other_band="band", other_male="male", other_n="persons_n")
    t = here.inner_join(cells, list(_CELL)).cross_join(others)
    t = t.filter((t.male != t.other_male) | ((t.band - t.other_band).abs() >= _APART))
    t = t.left_join(seen, [*_CELL, "illness"]).drop("band_right", "male_right", "illness_right")
    o = seen.view().rename(o_band="band", o_male="male", o_illness="illness", other_ill_n="ill_n")
    t = t.left_join(
        o, [t.other_band == o.o_band, t.other_male == o.o_male, t.illness == o.o_illness]
    )
    whole = seen.group_by(known="illness").agg(whole_ill_n=seen.ill_n.sum())
    t = t.inner_join(whole, t.illness == whole.known)
    t = t.cross_join(cells.agg(whole_n=cells.persons_n.sum()))
    own, other = _share(t, t.ill_n, t.persons_n), _share(t, t.other_ill_n, t.other_n)
    # whole millionths: sums of any order agree
    t = t.mutate(ratio_e6=((other.ln() - own.ln()) * 1e6).round().cast("int64"))
    each = t.group_by("patient_no", "provider_no", "other_band", "other_male").agg(
        ratio_e6=t.ratio_e6.sum()
    )
    return each.group_by("patient_no", "provider_no").agg(ratio_e6=each.ratio_e6.max())


def _share(t: ir.Table, ill_n: ir.Value, persons_n: ir.Value) -> ir.FloatingValue:
    """How many of a body have an illness, few persons drawn toward everybody."""
    fund = t.whole_ill_n.cast("float64") / t.whole_n.cast("float64")
    return (ill_n.coalesce(0).cast("float64") + PRIOR * fund) / (persons_n.cast("float64") + PRIOR)


def _named_nowhere_else(at: Shared, values: Values) -> ir.Table:
    """Cards used for a lasting illness, and unchecked, at the one place that knows of it.

    Many are treated for it at one place only, and some are never asked for the card: how usual
    both are, and so how much likelier another person is, is taken from all who have the illness.
    """
    t = at.keep("lasting_illness", lambda: _lasting(at, values))
    u = asked_places(at).mutate(n=lambda r: r.n.cast("float64"), hits=lambda r: r.hits)
    j = t.inner_join(u, ["patient_no", "provider_no"])
    # of whoever goes nowhere else nothing is known
    j = j.filter(
        j.visits_n.cast("float64") >= values.number("visits", j, "on"),
        j.rest_n.cast("float64") >= values.number("elsewhere", j, "on"),
    )
    j = j.mutate(alone=(j.places_n == 1).cast("int64"))
    j = beside_totals(j, ("illness",), all_n=j.count(), alone_n=j.alone.sum())
    usual = (j.alone_n - j.alone + 0.5) / (j.all_n - 1 + 1.0)
    asked = ibis.least(ibis.greatest(j.expected / j.n, _LEAST_SHARE), 1.0 - _LEAST_SHARE)
    seen = j.hits.cast("float64") / j.n
    never = j.n * ((1.0 - seen) / (1.0 - asked)).nullif(0.0).ln() * (1.0 - seen)
    ratio = j.n * seen * (seen / asked).nullif(0.0).ln() + never.coalesce(0.0)
    j = j.mutate(ratio=(seen > asked).ifelse(ratio.coalesce(0.0), 0.0) - usual.ln())
    over = j.filter(
        j.alone > 0,
        j.hits.cast("float64") >= values.number("least", j, "on"),
        j.ratio > values.number("likelihood", j, "on").ln(),
    ).select("patient_no", "provider_no", "illness")
    rows = asked_for_card(at).mutate(illness=lambda r: r.diagnosis_group)
    rows = rows.semi_join(over, ["patient_no", "provider_no", "illness"])
    fen = ibis.greatest(rows.fund_amount_fen, 0)
    return found(rows, Part(("patient_id", "provider_id", "illness"), "named_nowhere_else",
                            NOTHING, fen, fen, happened_on="visited_on",
                            who=("patient_id",)))  # fmt: skip


def _lasting(at: Shared, values: Values) -> ir.Table:
    """Persons and places of a lasting illness: illness, visits_n, places_n (that name it)."""
    listed = values.codes("lasting")
    c = at.claim.select("patient_no", "provider_no", "diagnosis_group", "secondary_diagnoses")
    others = c.filter(c.secondary_diagnoses.length() > 0)
    others = others.select("patient_no", "provider_no", code=others.secondary_diagnoses.unnest())
    others = others.select("patient_no", "provider_no", illness=others.code.left(DIAGNOSIS_GROUP))
    main = c.select("patient_no", "provider_no", illness="diagnosis_group")
    main = main.filter(prefixed(main.illness, listed))
    places = main.union(others.filter(prefixed(others.illness, listed))).distinct()
    places = places.group_by("patient_no", "illness").agg(places_n=places.count())
    t = main.group_by("patient_no", "provider_no", "illness").agg(visits_n=main.count())
    return t.inner_join(places, ["patient_no", "illness"])


def _of_a_day(at: Shared, values: Values) -> ir.Table:
    """Visits with drugs, beside whether the person is given some for so many illnesses that day.

    Whoever comes from afar sees two departments in one day. Each limit may be kept: only the sum
    of the illnesses is more than others of the age have.
    """
    t = at.keep("illnesses_of_a_day", lambda: _with_drugs(at))
    return t.mutate(many=t.ills_n.cast("float64") >= values.number("illnesses", t, "visited_on"))


def _with_drugs(at: Shared) -> ir.Table:
    """Visits with drugs: COUNTED, band (of age), ills_n (illnesses of the person that day)."""
    t = at.claim.filter(~at.claim.visit_kind.isin(["inpatient", "emergency"]))
    t = t.filter(t.diagnosis_group.notnull())
    b = bill(at)
    t = t.inner_join(b.filter(b.drugs_n > 0).select("claim_no"), "claim_no")
    age = years_between(at.as_of, t.birth_date)
    t = t.mutate(band=ibis.least(ibis.greatest(age, 0) // _BAND_YEARS, _OLDEST_BAND))
    day = t.group_by("patient_no", "visited_on").agg(ills_n=t.diagnosis_group.nunique())
    t = t.inner_join(day, ["patient_no", "visited_on"])
    return t.select(*COUNTED, "patient_no", "visit_kind", "band", "ills_n")


def _many_illnesses(at: Shared, values: Values) -> ir.Table:
    t = _of_a_day(at, values)
    return unusual(at, t, t.many, values, "many_illnesses", "visit_kind", "band")


def _person_many_illnesses(at: Shared, values: Values) -> ir.Table:
    t = _of_a_day(at, values)
    return unusual_of_persons(at, t, t.many, values, "many_illnesses", "visit_kind", "band")


def _other_body_again(at: Shared, values: Values) -> ir.Table:
    """Persons seen on several days, at several places, for what only the other sex can have.

    A house invents at the house; a card goes with whoever holds it.
    """
    t = of_other_sex(at)
    n = t.group_by("patient_no").agg(
        days_n=t.visited_on.nunique(), places_n=t.provider_no.nunique(), on=t.visited_on.max(),
        level=ibis.null("int64"), provider_kind=ibis.null("string"),
    )  # fmt: skip
    n = n.filter(
        n.days_n.cast("float64") >= values.number("days", n, "on"),
        n.places_n.cast("float64") >= values.number("places", n, "on"),
    )
    t = t.semi_join(n, "patient_no")
    fen = ibis.greatest(t.fund_amount_fen, 0)
    return found(t, Part(("patient_id",), "another_body", NOTHING, fen, fen,
                         happened_on="visited_on", who=("patient_id",)))  # fmt: skip


_SUMS = ("at most what the fund paid of the claims of these days; in the middle, beyond expected",
         "至多为这些日期结算单的基金支付额；中值为超出预期部分")  # fmt: skip
_TWO_ROOMS = ("two departments on the way of one journey", "一次出行就诊两个科室")
_AGE = ("as many illnesses as others of the age have", "同年龄人员亦常见的多病共存")
_FEW = ("a few times, by the lower limit of their number", "偶发（按数量下限判定）")
_DRUGS = ("claim_lines.item_code", "items.kind", "claims.diagnosis_code", "patients.birth_date")

LIVES: tuple[Rule, ...] = (
    Rule(
        id="R11.second_life", result_type="suspicious", grain="patient", stage="after",
        needs=("claims.identity_check", "claims.diagnosis_code", "patients.birth_date",
               "patients.sex"),
        thresholds=(*RATE, ("likelihood", "ratio")), clause="41(1)", no_clause=None,
        words=(("a card is used unchecked at one place, with illnesses of another age or sex: ask "
                "who came there"),
               "凭证在某一机构未经核验使用，且所患疾病更符合另一年龄或性别：请核实实际就诊人"),
        amount=("at most what the fund paid of the unchecked claims",
                "至多为未核验结算单的基金支付额"),
        exceptions=(("emergencies", "急诊"),
                    ("illnesses that persons of this age and sex have as well",
                     "同年龄同性别人员亦常见的疾病"),
                    ("places that check nobody", "该机构普遍不核验"),
                    ("persons who go nowhere else", "仅在一处就诊的人员")),
        find=_second_life,
    ),
    Rule(
        id="R12.many_illnesses", result_type="suspicious", grain="provider", stage="after",
        needs=_DRUGS, thresholds=(*RATE, ("illnesses", "count")), clause="38(5)", no_clause=None,
        words=("persons are given drugs for many illnesses on one day, more often than at peers",
               "同一人同日以多种疾病在多科室开药，频次高于同类"),
        amount=_SUMS, exceptions=(_TWO_ROOMS, _AGE, _FEW), find=_many_illnesses, of_house=True,
    ),
    Rule(
        id="R12.person_many_illnesses", result_type="suspicious", grain="patient", stage="after",
        needs=_DRUGS, thresholds=(*RATE, ("illnesses", "count")), clause="41(3)", no_clause=None,
        words=("a person is given drugs for many illnesses on one day, again and again",
               "同一人反复于同日以多种疾病在多科室开药"),
        amount=_SUMS, exceptions=(_TWO_ROOMS, _AGE, _FEW), find=_person_many_illnesses,
    ),
    Rule(
        id="R11.named_nowhere_else", result_type="suspicious", grain="patient", stage="after",
        needs=("claims.identity_check", "claims.diagnosis_code"),
        thresholds=(("lasting", "codes"), ("visits", "count"), ("elsewhere", "count"),
                    ("least", "count"), ("likelihood", "ratio")),
        clause="41(1)", no_clause=None,
        words=(("a card is used unchecked for a lasting illness at the one place that knows of it: "
                "ask who came there"),
               "终身性疾病仅见于一家机构且屡次未核验凭证，他处均无记载：请核实实际就诊人"),
        amount=("at most what the fund paid of the claims of the illness there",
                "至多为该机构该病种结算单的基金支付额"),
        exceptions=(("emergencies", "急诊"),
                    ("illnesses that many have treated at one place only: they weigh little",
                     "多数人仅在一处诊治的疾病（权重低）"),
                    ("places that check nobody, persons who are unchecked anywhere",
                     "普遍不核验的机构及在他处亦未核验的人员"),
                    ("persons who go nowhere else", "仅在一处就诊的人员")),
        find=_named_nowhere_else,
    ),
    Rule(
        id="R11.other_body_again", result_type="suspicious", grain="patient", stage="after",
        needs=("claims.diagnosis_code", "patients.sex"),
        thresholds=(("days", "count"), ("places", "count")), clause="41(1)", no_clause=None,
        words=(("a person is seen again and again, at several places, for what only the other sex "
                "has: ask who holds the card, or correct the sex in the register"),
               "同一人多次在多家机构以异性特有疾病就诊：请核实持卡人，或更正参保登记性别"),
        amount=("at most what the fund paid of these claims", "至多为相关结算单基金支付额"),
        exceptions=(("once or twice: a slip", "偶发（录入差错）"),
                    ("at one place only: ask the house", "仅在一家机构（核查该机构）"),
                    ("persons whose sex is not known", "性别未知的人员")),
        find=_other_body_again,
    ),
)  # fmt: skip
