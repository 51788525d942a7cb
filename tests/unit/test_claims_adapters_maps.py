"""The two shipped maps, on small hand-made files in both encodings, with dirty rows, to ingest."""

import pytest

from adapter_cases import accepted, rows, table
from fraudml.claims.adapters import adapt
from fraudml.errors import ContractError
from mapped_cases import source_of

HOSPITAL = "H1,某市医院,三级"
TOWN = "H2,=cmd(),一级"
LIST = (
    "清单流水号,定点医疗机构代码,定点医疗机构名称,医保结算等级,医保编号,姓名,性别,出生日期,医保类型,"
    "住院医疗类型,入院时间,入院科别,出院时间,出院科别,主要诊断代码,其他诊断代码,手术及操作代码,就诊日期,"
    "诊断代码,离院方式,主诊医师代码,结算结束日期,医疗收费总额,基金支付总额,个人自付,个人自费,个人账户支出\n"
    f"QD1,{HOSPITAL},0001,张三,男,1960年1月2日,职工基本医疗保险,1,2024-01-01 10:00:00,A03,"
    '2024/1/9,A04,J18.9,I10；E11.9,99.1,,,1,D11,20240110,"12,345.60",10000,2000.60,345,100\n'
    f"QD2,{HOSPITAL},0002,李四,女,19700305,390,,,,,,,,,2024/1/5,M0001,,,2024/1/5,100,80,20,0,\n"
    f"QD3,{TOWN},0001,张三,男,1960-01-02,公务员,1,2024-02-30,A03,2024/3/1,A03,J18.9,,,,,5,D12,"
    "20240302,12.34,10,1.34,1,\n"
    f"QD4,{TOWN},0003,王五,未知,1960-01-02,310,2,20240301,A03,20240302,A03,,,,,,4,D12,"
    "20240302,12.345,10,1.34,1,\n"
    f"QD5,{TOWN},0003\n"
    f"QD1,{HOSPITAL},0002,李四,女,19700305,390,,,,,,,,,2024/1/5,M0001,,,2024/1/6,100,80,20,0,\n"
)
SETTLED = """\
顺序号,个人编码,医院编码,药品费发生金额,检查费发生金额,治疗费发生金额,手术费发生金额,床位费发生金额,医用材料发生金额,其它发生金额,\
基本医疗保险统筹基金支付金额,基本医疗保险个人账户支付金额,住院开始时间,住院终止时间,交易时间,出院诊断病种名称,双笔退费标识
001,P1,H1,"1,000.50",200,,0,10,,5,900.5,3,2016/1/5,2016/1/9,2016/1/10,肺炎,
002,P2,H1,1e+05,0,0,0,0,0,0,1,,2016/1/5,2016/1/9,2016-01-10 08:00:00,肺炎,
003,P1,H2,100,,,,,,,,,20160201,20160203,20160204,,
"""
DETAILS = """\
顺序号,医院编码,三目统计项目,三目服务项目名称,三目医院服务项目名称,剂型,规格,单价,数量,拒付原因编码,拒付原因,费用发生时间
001,H1,1,阿莫西林,阿莫西林胶囊,胶囊,10,12.3456,3,,,2016/1/5 8:00
001,H1,1,床位费,床位费,,,30,4,17,超标准,2016/1/6
003,H2,1,床位费,床位费,,,30,x,,,2016/2/1
003,H2,1,床位费
002,H1,1,床位费,床位费,,,30,1,,,2016/1/6
"""


@pytest.fixture(params=["utf-8-sig", "gb18030"])
def encoding(request) -> str:
    return request.param


def test_the_settlement_list_becomes_claims_with_every_dirty_row_set_aside(tmp_path, encoding):
    source = source_of(tmp_path, 结算清单2024__csv=LIST.encode(encoding))
    report = adapt("mapped", source, tmp_path / "raw", field_map="settlement_list.zh.yaml")
    assert report["rows"] == {"providers": 2, "patients": 3, "practitioners": 2, "claims": 6}
    first = rows(tmp_path / "raw", "claims")[0]
    assert [first[c] for c in ("admitted_on", "discharged_on", "settled_on")] == [
        "2024-01-01",
        "2024-01-09",
        "2024-01-10",
    ]
    assert [first[c] for c in ("total_amount", "fund_amount", "patient_amount")] == [
        "12345.60",
        "10000",
        "2345.60",
    ]
    assert (first["secondary_diagnoses"], first["department_code"]) == ("I10|E11.9", "A04")
    assert (first["disposition"], first["practitioner_id"]) == ("home", "D11")
    taken = accepted(tmp_path / "raw", tmp_path)["tables"]
    assert (taken["claims"]["rows_in"], taken["claims"]["accepted"]) == (6, 1)
    assert taken["claims"]["quarantined"]["type:claims.admitted_on"] == 1
    assert taken["claims"]["quarantined"]["decimals:claims.total_amount"] == 1
    assert taken["claims"]["quarantined"]["missing:claims.claim_id"] == 1


def test_a_list_without_a_stay_is_a_chronic_visit_on_its_day(tmp_path):
    source = source_of(tmp_path, 结算清单__csv=LIST)
    adapt("mapped", source, tmp_path / "raw", field_map="settlement_list")
    visit = rows(tmp_path / "raw", "claims")[1]
    assert (visit["visit_kind"], visit["diagnosis_code"]) == ("chronic", "M0001")
    assert visit["admitted_on"] == visit["discharged_on"] == "2024-01-05"


def test_people_and_providers_of_the_list_are_told_once(tmp_path):
    source = source_of(tmp_path, 结算清单__csv=LIST)
    report = adapt("mapped", source, tmp_path / "raw", field_map="settlement_list")
    people, places = (table(tmp_path / "raw", t) for t in ("patients", "providers"))
    assert {p: (v["sex"], v["scheme"], v["birth_date"]) for p, v in people.items()} == {
        "0001": ("M", "employee", "1960-01-02"),
        "0002": ("F", "resident", "1970-03-05"),
        "0003": ("", "employee", "1960-01-02"),
    }
    assert places["H2"] == {"provider_id": "H2", "name": "=cmd()", "level": "1"}
    assert report["tables"]["patients"]["emptied"] == {"scheme": 1, "sex": 1}
    assert "settlements.姓名" in report["left_out"]
    assert "张三" not in (tmp_path / "raw" / "adapter.json").read_text(encoding="utf-8")


def test_fee_details_become_claims_and_lines_with_every_dirty_row_set_aside(tmp_path, encoding):
    source = source_of(
        tmp_path,
        df_train__csv=SETTLED.encode(encoding),
        fee_detail__csv=DETAILS.encode(encoding),
    )
    report = adapt("mapped", source, tmp_path / "raw", field_map="fee_detail.zh.yaml")
    assert report["rows"] == {"providers": 2, "patients": 2, "claims": 3, "claim_lines": 5}
    first = table(tmp_path / "raw", "claims")["001"]
    assert [first[c] for c in ("total_amount", "fund_amount", "patient_amount")] == [
        "1215.50",
        "900.5",
        "315.00",
    ]
    line, bed = rows(tmp_path / "raw", "claim_lines")[:2]
    assert [line[c] for c in ("line_no", "served_at", "unit_price", "amount")] == [
        "1",
        "2016-01-05 08:00:00",
        "12.35",
        "37.04",
    ]
    assert (bed["line_no"], bed["item_code"], bed["amount"]) == ("2", "床位费", "120.00")
    taken = accepted(tmp_path / "raw", tmp_path)["tables"]
    assert (taken["claims"]["rows_in"], taken["claims"]["accepted"]) == (3, 2)
    assert taken["claims"]["quarantined"]["type:claims.total_amount"] == 1
    assert (taken["claim_lines"]["rows_in"], taken["claim_lines"]["accepted"]) == (5, 2)


def test_a_refused_payment_becomes_no_inspection_and_is_counted(tmp_path):
    source = source_of(tmp_path, df_train__csv=SETTLED, fee_detail__csv=DETAILS)
    report = adapt("mapped", source, tmp_path / "raw", field_map="fee_detail")
    assert not (tmp_path / "raw" / "inspections.parquet").exists()
    assert "details.拒付原因 (1 cells filled)" in report["left_out"]
    assert any("becomes no inspection" in note for note in report["notes"])


def test_a_list_without_a_required_column_is_refused_by_the_maps_key(tmp_path):
    source = source_of(tmp_path, 结算清单__csv=LIST.replace("基金支付总额", "统筹支付"))
    with pytest.raises(ContractError, match=r"settlement_list\.zh\.yaml: tables\.claims\.columns"):
        adapt("mapped", source, tmp_path / "raw", field_map="settlement_list")
    assert not (tmp_path / "raw").exists()
