"""What several signatures start from, each computed once and kept beside the rules' tables."""

import ibis
import ibis.expr.types as ir

from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.shared import Shared


def number(at: Shared, t: ir.Table, values: Values, *names: str) -> tuple[ir.Table, list[ir.Value]]:
    """The table beside its provider's level and kind, and the thresholds that hold for each row."""
    p = at.claims.table("providers")
    own = p.select("level", own_id=p.provider_id, provider_kind=p.kind)
    bare = t.drop(*(name for name in ("level", "provider_kind") if name in t.columns))
    j = bare.left_join(own, bare.provider_id == own.own_id).drop("own_id")
    j = j.mutate(asked_on=ibis.date(at.as_of.year, at.as_of.month, at.as_of.day))
    return j, [values.number(name, j, "asked_on") for name in names]


def more(at: Shared, *columns: str) -> ir.Table:
    """Standing claims beside further columns of their own."""
    raw = at.claims.table("claims").select("claim_id", *columns).rename(more_id="claim_id")
    return at.claim.inner_join(raw, at.claim.claim_id == raw.more_id).drop("more_id")


def line(at: Shared) -> ir.Table:
    """Standing lines beside their ids, and what limits of sex, age and diagnosis say of them."""
    h = at.claim.select("claim_no", "claim_id", "patient_id", "provider_id", "settled_on")
    t = at.line.inner_join(h, "claim_no").inner_join(at.code, "code_no")
    t = t.left_join(at.limits("item_kind"), "item_no").drop("item_no_right")
    judged = at.limited_line.select(
        "age", "age_min", "age_max", "other_sex", "other_diagnosis",
        judged_claim="claim_no", judged_line="line_no",
    )  # fmt: skip
    j = t.left_join(judged, [t.claim_no == judged.judged_claim, t.line_no == judged.judged_line])
    j = j.drop("judged_claim", "judged_line")
    return j.mutate(**{n: j[n].coalesce(False) for n in ("other_sex", "other_diagnosis")})


def local_line(at: Shared) -> ir.Table:
    """Standing lines beside the provider's own code of the item; null where it has none."""
    if not at.claims.assessed("claim_lines.local_item_code"):
        return line(at).mutate(local_item_code=ibis.null("string"))
    raw = at.claims.table("claim_lines")
    own = raw.filter(raw.local_item_code.notnull()).select(
        "local_item_code", local_claim=raw.claim_id, local_line=raw.line_no
    )
    t = line(at)
    j = t.left_join(own, [t.claim_id == own.local_claim, t.line_no == own.local_line])
    return j.drop("local_claim", "local_line")


def item_norm(at: Shared) -> ir.Table:
    """What an item costs, and a line of it comes to, at the middle provider.

    returns  norm_item, norm_price_fen, norm_amount_fen, norm_quantity_e4, norm_providers_n
    One provider counts once, however much it bills: its own slip cannot move the middle.
    """
    return at.keep("signature-item-norm", lambda: _item_norm(at))


def _item_norm(at: Shared) -> ir.Table:
    t = line(at)
    t = t.filter(t.unit_price_fen > 0, t.amount_fen > 0)
    each = t.group_by("provider_id", "item_code").agg(
        price=t.unit_price_fen.median(),
        amount=t.amount_fen.median(),
        quantity_e4=t.quantity_e4.median(),
    )
    return each.group_by(norm_item=each.item_code).agg(
        norm_price_fen=each.price.median(),
        norm_amount_fen=each.amount.median(),
        norm_quantity_e4=each.quantity_e4.median(),
        norm_providers_n=each.count(),
    )


def normed(at: Shared) -> ir.Table:
    """Lines beside the item's norm, with the ratio of their price to it."""
    t = line(at)
    t = t.filter(t.unit_price_fen > 0, t.amount_fen > 0)
    n = item_norm(at)
    j = t.inner_join(n, t.item_code == n.norm_item)
    return j.mutate(price_ratio=j.unit_price_fen.cast("float64") / j.norm_price_fen)


def middle_where(value: ir.NumericValue, held: ir.BooleanValue) -> ir.FloatingScalar:
    """The median of the rows where this holds; null where it never does.

    Spark takes no condition within a median.
    """
    return held.ifelse(value, ibis.null(value.type())).median()


def signed_by(at: Shared) -> ir.Table:
    """One row per standing claim and practitioner named on it or on one of its lines."""
    return at.keep("signature-signed-by", lambda: _signed_by(at))


def _signed_by(at: Shared) -> ir.Table:
    c = at.claim.filter(at.claim.visit_kind != "pharmacy")
    named = c.filter(c.practitioner_id.notnull()).select("claim_id", "practitioner_id")
    if at.claims.assessed("claim_lines.practitioner_id"):
        raw = at.claims.table("claim_lines")
        lines = raw.filter(raw.practitioner_id.notnull()).select("claim_id", "practitioner_id")
        named = named.union(lines, distinct=True)
    h = c.select(
        "provider_id", "visited_on", "settled_on", "fund_amount_fen", "level", "provider_kind",
        signed_id=c.claim_id,
        # without a department the chapter of the diagnosis stands for the kind of work
        place=c.department_code.coalesce(ibis.literal("chapter ") + c.diagnosis_code.left(1)),
    )  # fmt: skip
    return named.inner_join(h, named.claim_id == h.signed_id).drop("signed_id")


def shared_with(t: ir.Table, wanted: ir.Table, *columns: str) -> ir.Table:
    """Rows of the first table whose columns stand together in the second."""
    named = wanted.select(**{f"wanted_{name}": wanted[name] for name in columns}).distinct()
    return t.semi_join(named, [t[name] == named[f"wanted_{name}"] for name in columns])
