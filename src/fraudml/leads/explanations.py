"""Legitimate explanations that the data can answer: a slip, or a circumstance of the claims."""

from collections.abc import Sequence
from typing import Literal

from fraudml.leads.data_error import Verdict
from fraudml.leads.legitimate.catalogue import CAN_BE_TESTED, Answers
from fraudml.leads.legitimate.entry import Answer
from fraudml.leads.words import Words

Status = Literal["explains", "consistent", "does_not_explain", "not_testable", "not_tested"]

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
        "无法检验：缺少所需字段或明细，请询问当事人",
        "not testable: the columns or rows it needs are not there: ask",
    ),
    "not_tested": Words("尚未检验：请询问当事人", "not yet tested: ask"),
}


def tested(
    key: str, verdict: Verdict | None, answers: Answers | None, features: Sequence[str] = ()
) -> tuple[Status, Words]:
    """What the claims say of one explanation, and the note beside it.

    answers   of the circumstances that can be tested; None where nobody asked
    features  of the reasons shown, in their order: which of them it can bring about is named

    >>> tested("proxy_pickup", None, None)[0], tested("shared_account", None, None)[0]
    ('not_tested', 'not_tested')
    >>> tested("epidemic", None, {})[0]
    'not_testable'
    """
    if answers is not None and key in answers:
        return _circumstance(answers[key], features)
    status: Status = "not_tested"
    if answers is not None and key in CAN_BE_TESTED:
        status = "not_testable"
    signs = SIGNS.get(key, ())
    if signs and verdict is not None:
        found = {row["signature"] for row in verdict.artefacts}
        if found.intersection(signs):
            status = "explains"
        elif verdict.assessed.intersection(signs):
            status = "does_not_explain"
        else:
            status = "not_testable"
    return status, _NOTES[status]


def _circumstance(answer: Answer, features: Sequence[str]) -> tuple[Status, Words]:
    if not answer.holds:
        zh, en = f"不相符：{answer.said.zh}", f"not so: {answer.said.en}"
        return "does_not_explain", Words(zh, en)
    zh, en = f"相符：{answer.said.zh}", f"consistent: {answer.said.en}"
    numbers = [str(n) for n, name in enumerate(features, start=1) if answer.can_bring(name)]
    if numbers:
        zh += f"；单凭此情形即可出现理由 {'、'.join(numbers)}"
        word = "reason" if len(numbers) == 1 else "reasons"
        en += f"; it alone can bring about {word} {', '.join(numbers)}"
    else:
        zh, en = f"{zh}；但不足以带来所列理由", f"{en}; it brings about none of the reasons shown"
    return "consistent", Words(zh, en)
