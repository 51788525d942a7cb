"""The schemes T01 to T25, and the legitimate explanations to test before anybody is accused."""

from dataclasses import dataclass

from fraudml.errors import StateError
from fraudml.leads.words import Words


@dataclass(frozen=True)
class Typology:
    """One scheme, in the words of the data contract."""

    code: str
    words: Words
    explanations: tuple[str, ...]  # keys of EXPLANATIONS, the likeliest first


EXPLANATIONS: dict[str, Words] = {
    "referral_centre": Words(
        "是否为转诊中心、专科中心或重症收治单位？",
        "Is it a referral, specialist or severe-case centre?",
    ),
    "sole_provider": Words(
        "是否为当地唯一提供该服务的机构？", "Is it the only provider of this service in the county?"
    ),
    "staged_treatment": Words(
        "是否为分期化疗、透析、康复等按疗程的治疗？",
        "Is it staged treatment: chemotherapy, dialysis, rehabilitation?",
    ),
    "epidemic": Words(
        "是否为流行病高发周或公共卫生事件期间？", "Does it fall into epidemic weeks?"
    ),
    "group_visit": Words(
        "是否为村居筛查日、体检日或家庭成员同行？",
        "Was it a village screening day, or a family visiting together?",
    ),
    "new_department": Words(
        "是否新开科室、新增床位或新近定点？", "Is there a new department, new beds, a new contract?"
    ),
    "branch_transfer": Words(
        "是否为同一举办主体院区之间的转院？",
        "Are these patients moved between branches of one operator?",
    ),
    "case_mix": Words("病例组合是否确有变化？", "Has the case mix truly changed?"),
    "transfer_units": Words(
        "是否为院区间调拨或计量单位换算？",
        "Is it a transfer between branches or a unit conversion?",
    ),
    "late_correction": Words(
        "是否为冲红、补传或更正滞后？", "Is it a reversal, late upload or late correction?"
    ),
    "shared_account": Words(
        "工号是否由多人共用，或为系统默认“未知医师”？",
        "Is the practitioner number shared, or the placeholder of an unknown doctor?",
    ),
    "code_mapping": Words(
        "是否为项目、诊断编码对照错误或录入滑误？",
        "Is it a code-mapping error or a slip of data entry?",
    ),
    "proxy_pickup": Words(
        "是否为家属依规代为取药或异地长期居住？",
        "Was it a permitted pick-up by family, or long residence elsewhere?",
    ),
}

_ANY = ("case_mix", "code_mapping", "late_correction")


def _typology(code: str, zh: str, en: str, *explanations: str) -> Typology:
    rest = tuple(key for key in _ANY if key not in explanations)
    return Typology(code, Words(zh, en), explanations + rest)


_ALL = (
    _typology("T01", "虚构医药服务项目", "phantom billing", "shared_account", "group_visit"),
    _typology("T02", "虚假住院", "fabricated inpatient stay", "epidemic", "group_visit"),
    _typology("T03", "高套病种编码", "upcoding", "referral_centre", "case_mix", "new_department"),
    _typology("T04", "分解项目收费", "unbundling", "staged_treatment", "code_mapping"),
    _typology(
        "T05", "重复收费、超标准收费", "duplicate or over-standard charging",
        "transfer_units", "late_correction", "code_mapping",
    ),
    _typology("T06", "分解住院", "split hospitalisation", "staged_treatment", "referral_centre",
              "branch_transfer"),
    _typology("T07", "挂床住院", "hang-bed stay", "staged_treatment", "sole_provider"),
    _typology(
        "T08", "串换药品、耗材、诊疗项目", "swapping of drugs, consumables, items",
        "transfer_units", "code_mapping",
    ),
    _typology(
        "T09", "过度诊疗、超量或重复开药", "over-treatment, excess or repeat prescribing",
        "staged_treatment", "referral_centre", "proxy_pickup",
    ),
    _typology("T10", "目录外纳入结算", "out-of-scope items charged to the fund", "code_mapping"),
    _typology("T11", "冒名就医", "impersonation, card abuse", "proxy_pickup", "group_visit"),
    _typology("T12", "转卖药品", "drug reselling", "proxy_pickup", "staged_treatment"),
    _typology("T13", "追溯码重复", "traceability-code reuse", "transfer_units", "late_correction"),
    _typology(
        "T14", "进销存不符", "purchase-sale-inventory mismatch", "transfer_units", "late_correction"
    ),
    _typology("T15", "结伴就医", "collusive visits", "group_visit", "staged_treatment"),
    _typology(
        "T16", "超负荷执业", "impossible day", "shared_account", "epidemic", "group_visit"
    ),
    _typology("T17", "性别年龄不符", "sex, age or anatomy conflict", "code_mapping"),
    _typology("T18", "重复享受待遇", "double benefit", "late_correction", "proxy_pickup"),
    _typology("T19", "死亡后结算", "service after death", "late_correction", "code_mapping"),
    _typology(
        "T20", "为非定点机构结算", "settlement for a non-designated unit",
        "transfer_units", "new_department",
    ),
    _typology("T21", "套现", "individual-account cash-out", "proxy_pickup", "group_visit"),
    _typology(
        "T22", "转嫁费用、推诿病人", "cost shifting, refusal of patients",
        "referral_centre", "branch_transfer", "case_mix",
    ),
    _typology("T23", "异地就医异常", "cross-region anomaly", "proxy_pickup", "referral_centre"),
    _typology("T24", "虚构参保", "sham enrolment", "late_correction"),
    _typology("T25", "未按规定传送数据", "data not kept or not sent", "late_correction"),
)  # fmt: skip
TYPOLOGIES: dict[str, Typology] = {entry.code: entry for entry in _ALL}


def typology(code: str) -> Typology:
    """The typology with this code; StateError where the contract has none such."""
    if code not in TYPOLOGIES:
        raise StateError(f"{code!r} is not a typology of the contract (T01 to T25).")
    return TYPOLOGIES[code]


def explanations_for(codes: tuple[str, ...]) -> tuple[tuple[str, Words], ...]:
    """What to ask first, for the typologies of one lead: each question once, in order.

    >>> [key for key, _ in explanations_for(("T06",))][:2]
    ['staged_treatment', 'referral_centre']
    """
    keys = dict.fromkeys(key for code in codes for key in typology(code).explanations)
    return tuple((key, EXPLANATIONS[key]) for key in keys or _ANY)
