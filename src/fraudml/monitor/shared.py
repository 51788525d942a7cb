"""The tables all rules start from: what was known by the as-of date, each computed once and kept.

Reversals are netted, money is whole fen, quantities are whole ten-thousandths. Long ids are kept
once and stand elsewhere as whole numbers (``claim_no``, ``patient_no``, ...): joins and groups of
20 million lines cost several times less. Numbers follow the order of the ids, so that they can
break ties; ``told`` puts the ids back when the rows are few.
"""

from collections.abc import Callable
from datetime import date

import ibis
import ibis.expr.types as ir

from fraudml.claims.accepted import Claims, reversed_claims
from fraudml.claims.calendar import days_between, years_between
from fraudml.engine import Engine
from fraudml.monitor.items import item_periods, item_rows
from fraudml.monitor.knowledge.base import Knowledge

SCALE = 10_000  # quantities are counted in ten-thousandths, as whole numbers
DAY = ("patient_no", "provider_no", "code_no", "served_on")  # one item, person and day
_OF_PROVIDER = {
    "level": "level", "provider_kind": "kind", "provider_region": "region_code", "beds": "beds",
}  # fmt: skip
DIAGNOSIS_GROUP = 3  # letters of a diagnosis code that make its group


def second_of_day(moment: ir.TimestampValue) -> ir.IntegerValue:
    """Whole seconds since midnight; Spark's own seconds have decimals."""
    second = moment.second().cast("float64").floor().cast("int32")
    return (moment.hour() * 3600 + moment.minute() * 60 + second).cast("int32")


def timed(t: ir.Table) -> ir.Table:
    """Claims with a time of day: a bare date, read as midnight, is none."""
    return t.filter(t.started_at.notnull(), second_of_day(t.started_at) > 0)


def prefixed(code: ir.StringValue, prefixes: tuple[str, ...]) -> ir.BooleanValue:
    """Whether a code begins with one of these; false where it is not known."""
    by_length: dict[int, list[str]] = {}  # one comparison for each length, not for each prefix
    for prefix in prefixes:
        by_length.setdefault(len(prefix), []).append(prefix)
    held: ir.BooleanValue = ibis.literal(False)
    for length, alike in by_length.items():
        held = held | code.left(length).isin(alike).coalesce(False)
    return held


class Shared:
    """What the rules share, as of one date: later settlements and later knowledge do not exist."""

    def __init__(self, engine: Engine, claims: Claims, knowledge: Knowledge, as_of: date) -> None:
        self.engine = engine
        self.claims = claims
        self.knowledge = knowledge
        self.day = as_of
        self.as_of: ir.DateScalar = ibis.date(as_of.year, as_of.month, as_of.day)
        self._kept: dict[str, ir.Table] = {}

    def keep(self, name: str, make: Callable[[], ir.Table]) -> ir.Table:
        """The table of this name, computed when first asked for and never again."""
        if name not in self._kept:
            self._kept[name] = self.compute(name, make())
        return self._kept[name]

    def compute(self, name: str, expr: ir.Table) -> ir.Table:
        """The table of this name, in place of one that was computed before."""
        return self.engine.keep(expr, f"monitor-{name}")

    @property
    def dated(self) -> tuple[str, ...]:
        """The names of the tables that could be computed anew as of another date: here none."""
        return ()

    def lasting(self, name: str, make: Callable[[], ir.Table]) -> ir.Table:
        """A table that no later date changes: made of ``every_claim`` and ``every_line`` alone."""
        return self.keep(name, make)

    def standing(self, t: ir.Table) -> ir.Table:
        """Rows of a lasting table that stand as of the date: here there are no others."""
        return t

    @property
    def every_claim(self) -> ir.Table:
        """All claims that may stand as of a date that will be asked for: here those of the one."""
        return self.claim

    @property
    def every_line(self) -> ir.Table:
        """All lines that may stand as of a date that will be asked for: here those of the one."""
        return self.line

    @property
    def claim(self) -> ir.Table:
        """One row per claim that stands: settled by the as-of date, no reversal, not reversed.

        Beside its provider's level, kind, region and contract, its patient's sex, birth, region
        and death as far as known by then, and ``signed_no``, the number of its practitioner.
        """
        return self.keep("claim", self._claim)

    @property
    def line(self) -> ir.Table:
        """One row per line of such a claim: whole numbers only, beside its item's period."""
        return self.keep("line", self._line)

    @property
    def code(self) -> ir.Table:
        """One row per item code that was billed: item_code, code_no."""
        return self.keep("code", self._code)

    @property
    def item(self) -> ir.Table:
        """One row per billed item and period in which its limits hold: see ``item_periods``."""
        return self.keep("item", lambda: item_periods(self.engine, self.claims, self.knowledge,
                                                      self.code))  # fmt: skip

    @property
    def practitioner(self) -> ir.Table:
        """One row per practitioner on claims or lines: practitioner_id, practitioner_no."""
        return self.keep("practitioner", self._practitioner)

    @property
    def provider(self) -> ir.Table:
        """One row per provider, with what was known of its contract by the as-of date."""
        return self.keep("provider", self._provider)

    @property
    def stay(self) -> ir.Table:
        """The claims that are stays."""
        return self.keep("stay", lambda: self.claim.filter(self.claim.inpatient))

    @property
    def local_code(self) -> ir.Table:
        """The providers' own item codes and their numbers: local_item_code, local_no."""
        return self.keep("local_code", self._local_code)

    @property
    def local_line(self) -> ir.Table:
        """The standing lines that carry a code of the provider's own: claim_no, line_no, local_no.

        Asked only where that column came in.
        """
        return self.keep("local_line", self._local_line)

    def told(self, lines: ir.Table) -> ir.Table:
        """Few lines beside the ids and days that their hit will name."""
        return self._named(lines, self.claim, "level", "provider_kind")

    def _named(self, lines: ir.Table, claims: ir.Table, *columns: str) -> ir.Table:
        """Lines beside the ids and these columns of their claims."""
        h = claims.select("claim_no", "claim_id", "patient_id", "provider_id", "settled_on",
                          *columns)  # fmt: skip
        t = lines.inner_join(h, "claim_no").left_join(self.code, "code_no")
        t = t.drop("code_no_right")
        p = self.practitioner
        return t.left_join(p, t.practitioner_no == p.practitioner_no).drop("practitioner_no_right")

    def _claim(self) -> ir.Table:
        t = self._settled(self.as_of)
        return self._as_known(t.filter(t.gone_on.isnull()).drop("gone_on"))

    def _settled(self, until: ir.DateValue) -> ir.Table:
        """Claims settled by a day, no reversals, beside their person and the day of their reversal.

        That day is ``gone_on``; null where none is settled by then.
        """
        table = self.claims.table("claims")
        seen = table.filter(table.settled_on <= until)
        gone = reversed_claims(seen).rename(gone_id="claim_id", gone_on="reversed_on")
        own = seen.filter(seen.reverses_claim_id.isnull())
        # numbered apart: sorting whole rows costs as much again as all the rest
        ids = own.select(numbered_id="claim_id").mutate(
            claim_no=numbered("numbered_id", kind="int64")
        )
        t = own.inner_join(ids, own.claim_id == ids.numbered_id)
        t = t.left_join(gone, t.claim_id == gone.gone_id)
        signed = self.practitioner.rename(signed_id="practitioner_id", signed_no="practitioner_no")
        t = t.left_join(signed, t.practitioner_id == signed.signed_id)
        t = t.select(**_header(t), claim_no=t.claim_no, signed_no=t.signed_no, gone_on=t.gone_on)
        patient = self._patient()
        return t.left_join(patient, t.patient_id == patient.person).drop("person")

    def _as_known(self, t: ir.Table) -> ir.Table:
        """Claims beside what was known of their provider; a death only where it was known."""
        p = self.provider
        t = t.left_join(p, t.provider_id == p.known_provider).drop("known_provider")
        known = t.death_known_on <= self.as_of
        return t.mutate(died_on=known.ifelse(t.died_on, ibis.null("date")))

    def _provider(self) -> ir.Table:
        """Also of whom only claims speak: what the register says holds from the contract on."""
        p = self.claims.table("providers")
        seen = self.claims.table("claims").select("provider_id")
        ids = p.select("provider_id").union(seen, distinct=True)
        ids = ids.select(known_provider=ids.provider_id, provider_no=numbered("provider_id"))
        t = ids.left_join(p, ids.known_provider == p.provider_id)
        known = t.contracted_from.isnull() | (t.contracted_from <= self.as_of)
        ended = (t.contracted_to <= self.as_of).ifelse(t.contracted_to, ibis.null("date"))
        return t.select(
            "known_provider", "provider_no",
            **{name: known.ifelse(t[column], None) for name, column in _OF_PROVIDER.items()},
            contracted_from=(t.contracted_from <= self.as_of).ifelse(
                t.contracted_from, ibis.null("date")
            ),
            contracted_to=known.ifelse(ended, ibis.null("date")),
        )  # fmt: skip

    def _patient(self) -> ir.Table:
        p = self.claims.table("patients")
        return p.select(
            person=p.patient_id, patient_no=numbered("patient_id"), birth_date=p.birth_date,
            sex=p.sex, patient_region=p.region_code, employer_id=p.employer_id,
            died_on=p.died_on, death_known_on=p.known_on.coalesce(p.died_on),
        )  # fmt: skip

    def _practitioner(self) -> ir.Table:
        named = self.claims.table("claims").select("practitioner_id")
        if self.claims.has("claim_lines"):
            named = named.union(self.claims.table("claim_lines").select("practitioner_id"))
        named = named.filter(named.practitioner_id.notnull()).distinct()
        return named.mutate(practitioner_no=numbered("practitioner_id"))

    def _code(self) -> ir.Table:
        codes = self.claims.table("claim_lines").select("item_code").distinct()
        return codes.mutate(code_no=numbered("item_code"))

    def _local_code(self) -> ir.Table:
        raw = self.claims.table("claim_lines")
        codes = raw.filter(raw.local_item_code.notnull()).select("local_item_code").distinct()
        return codes.mutate(local_no=numbered("local_item_code"))

    def _local_line(self) -> ir.Table:
        raw = self.claims.table("claim_lines")
        raw = raw.filter(raw.local_item_code.notnull())
        raw = raw.select("claim_id", "local_item_code", "line_no")
        t = raw.inner_join(self.claim.select("claim_id", "claim_no"), "claim_id")
        t = t.inner_join(self.local_code, "local_item_code")
        return t.select("claim_no", "line_no", "local_no")

    def _line(self) -> ir.Table:
        return self._lines_of(self.claim)

    def _lines_of(self, h: ir.Table, *columns: str) -> ir.Table:
        """The lines of these claims, with these columns of the claims."""
        p, c = self.practitioner, self.code
        whole = h.total_amount_fen.cast("float64").nullif(0.0)
        header = h.select(
            "claim_no", "patient_no", "provider_no", "inpatient", "settled_on", *columns,
            header_id="claim_id", header_no=h.inpatient.ifelse(ibis.null("int64"), h.signed_no),
            paid_share=h.fund_amount_fen.cast("float64") / whole,
            own_share=h.account_amount_fen.cast("float64").coalesce(0.0) / whole,
        )  # fmt: skip
        t = self.claims.table("claim_lines")
        t = t.inner_join(header, t.claim_id == header.header_id)
        t = t.inner_join(c, "item_code")
        t = t.left_join(p, "practitioner_id")
        t = t.select(*columns, **_line(t))
        t = t.mutate(valid_day=ibis.least(t.served_on, t.settled_on)).drop("settled_on")
        i = self.item.select("valid_from", "valid_before", "item_no", item_of="code_no")
        t = t.left_join(
            i, [t.code_no == i.item_of, t.valid_day >= i.valid_from, t.valid_day < i.valid_before]
        )
        return t.drop("item_of", "valid_from", "valid_before", "valid_day")

    def limits(self, *columns: str) -> ir.Table:
        """The item periods with these columns."""
        return self.item.select("item_no", *columns)

    @property
    def limited_line(self) -> ir.Table:
        """The lines that some limit of their item is broken by or has to be held against.

        Read once for all rules about limits; beside the ids and the person's sex and age.
        """
        return self.keep("limited_line", self._limited_line)

    def _limited_line(self) -> ir.Table:
        return self._judged(self.line, self.claim, "level", "provider_kind")

    def _judged(self, lines: ir.Table, claims: ir.Table, *columns: str) -> ir.Table:
        """Those of these lines that a limit speaks of, beside these columns of their claims."""
        i = self.limits(
            "price_cap_fen", "sex_limit", "age_min", "age_max", "level_min", "diagnosis_limit",
            "limited",
        )  # fmt: skip
        t = lines.filter(lines.amount_fen > 0).inner_join(i, "item_no")
        t = t.filter(t.limited | (t.unit_price_fen > t.price_cap_fen).coalesce(False))
        held_against = ("sex", "birth_date", "diagnosis_code", "secondary_diagnoses", "visit_kind")
        return _judged(self._named(t.drop("limited"), claims, *columns, *held_against))

    @property
    def repeated_line(self) -> ir.Table:
        """The lines of an item billed several times a day for a person, or beyond its maximum.

        Few: what asks for a day's lines starts from them. The day is that of one provider.
        """
        return self.keep("repeated_line", self._repeated_line)

    def _repeated_line(self) -> ir.Table:
        return repeated(self._with_maximum(self.line))

    def _with_maximum(self, lines: ir.Table) -> ir.Table:
        i = self.limits("max_daily_quantity", "item_kind")
        return lines.left_join(i, "item_no").drop("item_no_right")

    @property
    def bundle(self) -> ir.Table:
        """One row per item, day of validity and item already contained in it."""
        return self.keep("bundle", self._bundle)

    def _bundle(self) -> ir.Table:
        parts = [
            t.filter(t.bundle_of.length() > 0).select(
                "valid_from", "valid_before", whole_item=t.code, part_item=t.bundle_of.unnest()
            )
            for t in item_rows(self.engine, self.claims, self.knowledge)
        ]
        return ibis.union(*parts, distinct=True) if len(parts) > 1 else parts[0].distinct()


def repeated(t: ir.Table) -> ir.Table:
    """Lines of an item billed several times a day for a person, or beyond its daily maximum."""
    days = t.group_by(**{f"day_{name}": t[name] for name in DAY}).agg(
        lines_n=t.count(),
        beyond=(t.quantity_e4 > t.max_daily_quantity * SCALE).coalesce(False).any(),
    )
    several = days.filter((days.lines_n > 1) | days.beyond)
    return t.semi_join(several, [t[name] == several[f"day_{name}"] for name in DAY])


def numbered(*order: str, kind: str = "int32") -> ir.IntegerValue:
    """Whole numbers in place of long keys, in the order of columns that tell all rows apart.

    kind  int64 where there may be more than two thousand million: claims, never people or codes
    """
    return ibis.row_number().over(ibis.window(order_by=list(order))).cast(kind)


def _header(t: ir.Table) -> dict[str, ir.Value]:
    kept = (
        "claim_id", "patient_id", "provider_id", "practitioner_id", "visit_kind", "admitted_on",
        "discharged_on", "settled_on", "diagnosis_code", "secondary_diagnoses", "department_code",
        "disposition", "total_amount_fen", "fund_amount_fen", "patient_amount_fen",
        "account_amount_fen", "started_at", "referral_filed", "identity_check", "terminal_id",
        "scheme", "drg_code", "drg_weight",
    )  # fmt: skip
    return {name: t[name] for name in kept} | {
        "inpatient": t.visit_kind == "inpatient",
        "diagnosis_group": t.diagnosis_code.left(DIAGNOSIS_GROUP),
        "stay_days": days_between(t.discharged_on, t.admitted_on),
        "visited_on": ibis.least(t.admitted_on, t.settled_on),
    }


def _line(t: ir.Table) -> dict[str, ir.Value]:
    kept = (
        "claim_no", "line_no", "patient_no", "provider_no", "code_no", "unit_price_fen",
        "amount_fen", "inpatient", "settled_on",
    )  # fmt: skip
    fund = t.fund_amount_fen.coalesce((t.amount_fen * t.paid_share).round().cast("int64"))
    return {name: t[name] for name in kept} | {
        "served_on": t.served_at.date(),
        "second": second_of_day(t.served_at),
        "outside_scope": (t.scope == "C").coalesce(False),
        "charged": (t.fund_amount_fen > 0).coalesce(False),
        "traced": t.trace_code.notnull(),
        "quantity_e4": (t.quantity * SCALE).round().cast("int64"),
        "practitioner_no": t.practitioner_no.coalesce(t.header_no),
        "days_supply": t.days_supply.cast("int32"),
        "fund_fen": fund,
        # a sale at a counter: insurance money as well, and often all that pays it
        "sold_fen": fund + (t.amount_fen * t.own_share).round().cast("int64").coalesce(0),
    }  # fmt: skip


def barred(main: ir.StringValue, others: ir.ArrayValue) -> ir.StringValue:
    """The diagnoses of a claim in one text, each behind a bar; a bar alone where there is none."""
    more = others.join("|").coalesce("")
    return ibis.literal("|") + main.coalesce("") + (more != "").ifelse(ibis.literal("|") + more, "")


def _judged(t: ir.Table) -> ir.Table:
    """Lines held against the limits of their item."""
    t = t.mutate(diagnoses=barred(t.diagnosis_code, t.secondary_diagnoses))
    wanted = t.diagnosis_limit.filter(lambda code: t.diagnoses.contains(ibis.literal("|") + code))
    limited = (t.diagnosis_limit.length() > 0).coalesce(False) & (t.diagnoses != "|")
    aged = t.age_min.notnull() | t.age_max.notnull()
    return t.mutate(
        other_diagnosis=limited.ifelse(wanted.length() == 0, False),
        other_sex=(t.sex_limit != t.sex).coalesce(False),
        age=aged.ifelse(years_between(t.served_on, t.birth_date), ibis.null("int64")),
    ).drop("diagnoses", "diagnosis_code", "secondary_diagnoses", "diagnosis_limit", "sex",
           "sex_limit", "birth_date")  # fmt: skip
