"""What docs/adapters.md shows runs as it stands there."""

import re
from pathlib import Path

import pytest

from adapter_cases import accepted, rows
from fraudml.claims.adapters import ADAPTERS, Adapter, adapt
from fraudml.claims.adapters.map_reader import shipped_maps

PAGE = (Path(__file__).parents[2] / "docs" / "adapters.md").read_text(encoding="utf-8")


def shown(language: str) -> str:
    blocks = re.findall(rf"```{language}\n(.*?)```", PAGE, flags=re.DOTALL)
    assert len(blocks) == 1
    return blocks[0]


def test_the_map_on_the_page_makes_a_folder_that_ingest_accepts(tmp_path):
    (tmp_path / "city.yaml").write_text(shown("yaml"), encoding="utf-8")
    source = tmp_path / "source"
    source.mkdir()
    (source / "settled_2024.csv").write_bytes(
        (
            "单号;个人编码;医院编码;性别;状态;就诊时间;结算时间;统筹;自付\n"
            "S1;17;H1;男;正常;2024/1/5;2024-01-05 09:30:00;5;100\n"
            "S2;18;H1;NULL;作废;20240106;2024-01-06 09:30:00;700;100\n"
        ).encode("gb18030")
    )
    report = adapt("mapped", source, tmp_path / "raw", field_map=str(tmp_path / "city.yaml"))
    assert report["tables"]["claims"] == {"source_rows": 2, "not_taken": 1, "written": 1}
    (claim,) = rows(tmp_path / "raw", "claims")
    assert (claim["patient_id"], claim["admitted_on"]) == ("00000017", "2024-01-05")
    assert (claim["total_amount"], claim["fund_amount"]) == ("1.05", "0.05")
    assert accepted(tmp_path / "raw", tmp_path)["quarantined_rows"] == 0


def test_the_adapter_on_the_page_makes_a_folder_that_ingest_accepts(tmp_path, monkeypatch):
    written: dict[str, object] = {}
    exec(compile(shown("python"), "docs/adapters.md", "exec"), written)  # noqa: S102
    monkeypatch.setitem(ADAPTERS, "visits", Adapter(written["convert"], ("all",)))
    source = tmp_path / "source"
    source.mkdir()
    (source / "visits.csv").write_text("no,who,where,day,paid\n1,P1,H1,2024-01-05,7.5\n")
    report = adapt("visits", source, tmp_path / "raw")
    assert (report["as_of"], report["rows"]["claims"]) == ("2024-01-05", 1)
    assert accepted(tmp_path / "raw", tmp_path)["quarantined_rows"] == 0


@pytest.mark.parametrize("name", [*ADAPTERS, "mapped", *shipped_maps()])
def test_every_adapter_and_every_shipped_map_stands_on_the_page(name):
    assert name in PAGE
