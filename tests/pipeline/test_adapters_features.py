"""An adapted folder goes through ingest and features as any other extract does."""

from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import yaml
from project import ROOT

from fraudml.artifacts import read_json
from fraudml.cli import main
from mapped_cases import source_of

DAYS = [f"2016/1/{day}" for day in range(1, 29)]
SETTLED = (
    "顺序号,个人编码,医院编码,药品费发生金额,检查费发生金额,治疗费发生金额,手术费发生金额,床位费发生金额,"
    "医用材料发生金额,其它发生金额,基本医疗保险统筹基金支付金额,住院开始时间,住院终止时间,交易时间\n"
    + "".join(
        f"S{n:03},P{n % 7},H{n % 3},{n}.10,0,0,0,20,0,,{n},{DAYS[n % 20]},{DAYS[n % 20 + 3]},"
        f"{DAYS[n % 20 + 4]}\n"
        for n in range(60)
    )
    + "S999,P1,H1,不详,0,0,0,20,0,,1,2016/1/1,2016/1/2,2016/1/3\n"
)
DETAILS = "顺序号,三目服务项目名称,单价,数量,拒付原因,费用发生时间\n" + "".join(
    f"S{n:03},床位费,20,1,,{DAYS[n % 20]}\nS{n:03},药{n % 5},{n}.10,1,,{DAYS[n % 20]} 8:00\n"
    for n in range(60)
)


def command(monkeypatch: pytest.MonkeyPatch, *words: str) -> None:
    monkeypatch.setattr("sys.argv", ["fraudml", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0, words


def project(folder: Path, raw: str, as_of: str) -> None:
    content: dict[str, Any] = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    content["time"] |= {"as_of": as_of, "dates": 1}
    content["ingest"]["raw"] = raw
    (folder / "params.yaml").write_text(yaml.safe_dump(content, allow_unicode=True))


def test_fee_details_in_gb18030_reach_the_features_with_their_amounts(tmp_path, monkeypatch):
    monkeypatch.setenv("FRAUDML_KEY", "7f" * 32)
    source = source_of(
        tmp_path, df_train__csv=SETTLED.encode("gb18030"), fee_detail__csv=DETAILS.encode("gb18030")
    )
    raw = tmp_path / "data" / "raw"
    command(monkeypatch, "adapt", "mapped", str(source), str(raw), "--map", "fee_detail.zh.yaml")
    as_of = read_json(raw / "adapter.json")["as_of"]
    assert as_of == "2016-01-24"
    project(tmp_path, str(raw), as_of)
    for stage in ("ingest", "monitor", "features"):
        command(monkeypatch, stage, "-C", str(tmp_path))
    taken = read_json(tmp_path / "reports" / "metrics" / "ingest.json")["tables"]
    assert (taken["claims"]["accepted"], taken["claims"]["quarantined_rows"]) == (60, 1)
    assert (taken["claim_lines"]["accepted"], taken["claim_lines"]["quarantined_rows"]) == (120, 0)
    features = pq.read_table(tmp_path / "data" / "features" / "provider.parquet")
    assert features.num_rows == 3
    assert pc.sum(features.column("fund_fen_365d")).as_py() == 100 * sum(range(60))
