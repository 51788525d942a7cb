"""Legitimate explanations that the data can answer: those that would be an artefact."""

from typing import Literal

from fraudml.leads.data_error import Verdict
from fraudml.leads.words import Words

Status = Literal["explains", "does_not_explain", "not_testable", "not_tested"]

# Which signatures would have found it, had this been the explanation.
SIGNS: dict[str, tuple[str, ...]] = {
    "shared_account": ("D01.placeholder_practitioner", "D02.head_for_department"),
    "code_mapping": ("D06.two_national_codes", "D07.code_mapped_wrong", "D08.autocomplete_slip"),
    "transfer_units": ("D09.unit_jump",),
    "late_correction": ("D11.unlinked_reversal", "D12.batch_sent_twice", "D13.bulk_upload"),
}
_NOTES: dict[Status, Words] = {
    "explains": Words(
        "部分成立：发现此类差错并已转更正请求；其余部分仍待说明",
        "in part: such a slip was found and goes to the provider; the rest is still open",
    ),
    "does_not_explain": Words(
        "不成立：数据中未见此类迹象", "does not explain: the data show no such slip"
    ),
    "not_testable": Words(
        "无法检验：缺少所需字段，请询问当事人",
        "not testable: its columns did not come in: ask",
    ),
    "not_tested": Words("尚未检验：请询问当事人", "not yet tested: ask"),
}


def tested(key: str, verdict: Verdict | None) -> tuple[Status, Words]:
    """What the gate's answer says of one explanation, and the note beside it.

    >>> tested("epidemic", None)[0], tested("shared_account", None)[0]
    ('not_tested', 'not_tested')
    """
    signs = SIGNS.get(key, ())
    status: Status = "not_tested"
    if signs and verdict is not None:
        found = {row["signature"] for row in verdict.artefacts}
        if found.intersection(signs):
            status = "explains"
        elif verdict.assessed.intersection(signs):
            status = "does_not_explain"
        else:
            status = "not_testable"
    return status, _NOTES[status]
