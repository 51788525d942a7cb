"""Rules about a card that lives two lives: its holder's, and that of another body elsewhere."""

import ibis
import ibis.expr.types as ir

from fraudml.claims.calendar import years_between
from fraudml.monitor.entry import Rule
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.rates import PRIOR, RATE
from fraudml.monitor.rules.persons import asked_for_card, unchecked_places, unchecked_rows
from fraudml.monitor.shared import Shared

_BAND_YEARS, _OLDEST_BAND = 15, 5  # the last band begins at 75
_APART = 2  # bands between two bodies that nobody takes for each other: 15 years at least
_CELL = ("band", "male")


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
)  # fmt: skip
