"""What an inspector asks to see at the door, by typology: the papers that settle the question.

Article 39 (2) of Order 735 names most of what a provider must keep, article 27 (3) lets the
inspectors ask for it; which of them decides a scheme is the house's judgement.
"""

from fraudml.leads.words import Words

PAPERS: dict[str, Words] = {
    "records": Words("病历、病程与护理记录", "medical, progress and nursing records"),
    "orders": Words("医嘱与处方原件", "orders and prescriptions"),
    "results": Words(
        "检查检验报告、原始影像与设备日志", "test reports, raw images and logs of the devices"
    ),
    "operations": Words("手术、麻醉记录与知情同意书", "operation and anaesthesia notes, consents"),
    "coding": Words("病案首页与编码依据", "front page of the case and what its codes rest on"),
    "bills": Words("费用明细清单、收费票据与会计凭证", "itemised bills, receipts and vouchers"),
    "prices": Words("收费标准与价格公示", "price lists and the tariff in force"),
    "stock": Words(
        "购进发票、随货同行单与出入库、盘点记录",
        "purchase invoices, delivery notes, stock movements and counts",
    ),
    "scans": Words("追溯码扫码记录与药盒实物", "scans of traceability codes, and the packs"),
    "identity": Words("人证核验记录与现场监控录像", "identity checks and camera footage"),
    "ward": Words(
        "床位登记、交接班、体温单与请假单", "bed register, handovers, charts and leave slips"
    ),
    "stays": Words("出入院登记与转院记录", "register of admissions, discharges and transfers"),
    "roster": Words("排班、考勤与执业注册", "rosters, attendance and registrations to practise"),
    "terminal": Words(
        "服务协议、科室设置与结算终端登记", "contract, departments and the settlement terminals"
    ),
    "filing": Words("转诊单与异地就医备案", "referrals and filings of care elsewhere"),
    "enrolment": Words(
        "参保登记、劳动合同与工资发放记录", "enrolment, labour contracts and wage payments"
    ),
    "death": Words("死亡证明与户籍、民政登记", "death certificate and civil registers"),
    "outside": Words("外购处方与患者自费票据", "prescriptions filled outside, own receipts"),
    "uploads": Words("数据上传日志与接口记录", "logs of uploads and of the interface"),
    "person": Words("向参保人员本人或家属核实", "what the insured person or the family says"),
}

_ASKED: dict[str, tuple[str, ...]] = {
    "T01": ("records", "orders", "results", "roster", "person"),
    "T02": ("stays", "ward", "records", "identity", "person"),
    "T03": ("coding", "records", "operations", "results"),
    "T04": ("bills", "prices", "orders", "results"),
    "T05": ("bills", "prices", "orders", "records"),
    "T06": ("stays", "records", "coding", "person"),
    "T07": ("ward", "records", "orders", "identity", "person"),
    "T08": ("stock", "orders", "bills", "scans"),
    "T09": ("records", "orders", "results"),
    "T10": ("bills", "orders", "records", "coding"),
    "T11": ("identity", "records", "person"),
    "T12": ("orders", "scans", "records", "person"),
    "T13": ("scans", "stock", "bills"),
    "T14": ("stock", "bills", "scans"),
    "T15": ("identity", "records", "roster", "person"),
    "T16": ("roster", "records", "results", "identity"),
    "T17": ("records", "orders", "results", "identity"),
    "T18": ("bills", "stays", "enrolment", "person"),
    "T19": ("death", "identity", "bills", "uploads"),
    "T20": ("terminal", "roster", "identity", "bills"),
    "T21": ("bills", "stock", "identity", "person"),
    "T22": ("outside", "records", "orders", "person"),
    "T23": ("filing", "stays", "identity", "records"),
    "T24": ("enrolment", "person"),
    "T25": ("uploads", "orders", "records", "scans"),
}


def papers_for(codes: tuple[str, ...]) -> tuple[Words, ...]:
    """What to ask to see for these typologies: each once, in order.

    >>> [one.en for one in papers_for(("T24", "T22"))][:2]
    ['enrolment, labour contracts and wage payments', 'what the insured person or the family says']
    """
    return tuple(PAPERS[key] for key in dict.fromkeys(k for code in codes for k in _ASKED[code]))
