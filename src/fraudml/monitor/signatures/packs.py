"""A slip of packs: the string that a till writes for what it cannot read."""

import ibis.expr.types as ir

from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.rules.goods import default_codes, packs
from fraudml.monitor.shared import Shared
from fraudml.monitor.signatures.entry import Signature, touched
from fraudml.monitor.signatures.tables import number, shared_with

_TILL = ("provider_id", "code")


def _default_code(at: Shared, values: Values) -> ir.Table:
    t = packs(at).semi_join(default_codes(at), "code")
    tills = t.group_by(*_TILL).agg(persons_n=t.patient_id.nunique(), items_n=t.code_no.nunique())
    tills, (persons, items) = number(at, tills, values, "least_persons", "least_items")
    tills = tills.filter(
        tills.persons_n.cast("float64") >= persons, tills.items_n.cast("float64") >= items
    )
    return touched(shared_with(t, tills, *_TILL), key=("code",), code="code", on="served_on")


PACK_CODES: tuple[Signature, ...] = (
    Signature(
        id="D16.default_trace_code",
        cause="item",
        needs=("claim_lines.trace_code",),
        thresholds=(("least_persons", "count"), ("least_items", "count")),
        explains=("R13.fewer_codes",),
        repair="trace_code",
        words=(("one traceability code stands for several items, and nobody is known to have "
                "bought it: the till's default for packs it cannot read"),
               "同一追溯码对应多个品种且无任何购进记录，疑为收银系统对无法识读包装填写的默认码"),
        ask=(("Say which packs were sold under this code and from whom they came, send their true "
              "codes, and set the till to leave the field empty where it reads none."),
             "请说明以该码销售的药品及其来源，补传真实追溯码，并将收银系统设为无法识读时留空。"),
        twin=(("whoever sells a pack again uses a code that was bought, of one item; a default is "
               "of no pack. That packs were sold unread is still asked about (R13.code_unknown)"),
              "重复销售所用为已购进的单一品种追溯码；默认码不属于任何包装。未扫码销售本身仍予核查"),
        find=_default_code,
    ),
)  # fmt: skip
