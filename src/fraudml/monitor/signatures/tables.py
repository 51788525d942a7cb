"""What several signatures start from, each computed once and kept beside the rules' tables."""

import ibis
import ibis.expr.types as ir

from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.shared import Shared


def number(at: Shared, t: ir.Table, values: Values, *names: str) -> tuple[ir.Table, list[ir.Value]]:
    """The table beside its provider's level and kind, and the thresholds that hold for each row.

    The provider stands in it as ``provider_no``, or else as ``provider_id``.
    """
    key, own_key = ("provider_no", "provider_no")
    if key not in t.columns:
        key, own_key = ("provider_id", "known_provider")
    p = at.provider
    own = p.select("level", "provider_kind", own_key=p[own_key])
    bare = t.drop(*(name for name in ("level", "provider_kind") if name in t.columns))
    j = bare.left_join(own, bare[key] == own.own_key).drop("own_key")
    j = j.mutate(asked_on=at.as_of)
    return j, [values.number(name, j, "asked_on") for name in names]


def more(at: Shared, *columns: str) -> ir.Table:
    """Standing claims beside further columns of their own."""
    raw = at.claims.table("claims").select("claim_id", *columns).rename(more_id="claim_id")
    return at.claim.inner_join(raw, at.claim.claim_id == raw.more_id).drop("more_id")


def with_local(at: Shared, t: ir.Table) -> ir.Table:
    """Lines beside the number of the provider's own code; null where a line has none."""
    own = at.local_line.rename(local_claim="claim_no", local_line="line_no")
    j = t.left_join(own, [t.claim_no == own.local_claim, t.line_no == own.local_line])
    return j.drop("local_claim", "local_line")


def with_ids(at: Shared, t: ir.Table) -> ir.Table:
    """Few lines beside the ids that a signature names; what stood for them stays."""
    names = ("claim_id", "patient_id", "provider_id", "settled_on", "item_code", "practitioner_id",
             "level", "provider_kind")  # fmt: skip
    return at.told(t.drop(*(name for name in names if name in t.columns)))


def item_norm(at: Shared) -> ir.Table:
    """What an item costs, and a line of it comes to, at the middle provider.

    returns  norm_no (its code), norm_price_fen, norm_amount_fen, norm_quantity_e4, norm_providers_n
    One provider counts once, however much it bills: its own slip cannot move the middle.
    """
    return at.keep("signature-item-norm", lambda: _item_norm(at))


def _item_norm(at: Shared) -> ir.Table:
    t = at.line.filter(at.line.unit_price_fen > 0, at.line.amount_fen > 0)
    each = t.group_by("provider_no", "code_no").agg(
        price=t.unit_price_fen.median(),
        amount=t.amount_fen.median(),
        quantity_e4=t.quantity_e4.median(),
    )
    return each.group_by(norm_no=each.code_no).agg(
        norm_price_fen=each.price.median(),
        norm_amount_fen=each.amount.median(),
        norm_quantity_e4=each.quantity_e4.median(),
        norm_providers_n=each.count(),
    )


def normed(at: Shared) -> ir.Table:
    """Lines beside the item's norm, with the ratio of their price to it."""
    t = at.line.filter(at.line.unit_price_fen > 0, at.line.amount_fen > 0)
    n = item_norm(at)
    j = t.inner_join(n, t.code_no == n.norm_no).drop("norm_no")
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
        "visit_kind", signed_id=c.claim_id,
        # without a department the chapter of the diagnosis stands for the kind of work
        place=c.department_code.coalesce(ibis.literal("chapter ") + c.diagnosis_code.left(1)),
    )  # fmt: skip
    return named.inner_join(h, named.claim_id == h.signed_id).drop("signed_id")


def shared_with(t: ir.Table, wanted: ir.Table, *columns: str) -> ir.Table:
    """Rows of the first table whose columns stand together in the second."""
    named = wanted.select(**{f"wanted_{name}": wanted[name] for name in columns}).distinct()
    return t.semi_join(named, [t[name] == named[f"wanted_{name}"] for name in columns])
