"""Any bytes at all as one file of an adapter's source; run by name, not in CI.

    pip install -e '.[fuzz]'
    python tests/fuzz/fuzz_adapters.py -max_total_time=600 [a folder that keeps what was found]

The first byte chooses the file, the second how it is handed over: as it is, packed, or as
whatever the packed file's bytes become. The other files of the source stay sound.
"""

import csv
import io
import re
import shutil
import sys
import tempfile
import zipfile
from importlib import import_module
from pathlib import Path

ADAPTER = "kaggle-provider-fraud"
LONGEST_LINE = 1500
_CLAIM = (
    "BeneID,ClaimID,ClaimStartDt,ClaimEndDt,Provider,InscClaimAmtReimbursed,DeductibleAmtPaid,"
    "AttendingPhysician,OperatingPhysician,OtherPhysician,"
    + ",".join(f"ClmDiagnosisCode_{n}" for n in range(1, 11))
    + ","
    + ",".join(f"ClmProcedureCode_{n}" for n in range(1, 7))
)
_STAY = f"{_CLAIM},AdmissionDt,DischargeDt,DiagnosisGroupCode"
SOURCE = {
    "Train_Beneficiarydata-15": "BeneID,DOB,DOD,Gender,Race,State,County\n"
    "B1,1943-01-01,NA,1,1,39,230\nB2,1936-09-01,2009-02-01,2,1,5,7\n",
    "Train_Inpatientdata-15": f"{_STAY}\n"
    f"B1,C1,2009-04-12,2009-04-18,V1,1e+05,1068,D1,D2,NA,0389{',NA' * 15},"
    "2009-04-11,2009-04-18,1\n",
    "Train_Outpatientdata-15": f"{_CLAIM}\n"
    f"B2,C3,2009-01-05,2009-01-09,V3,30,0,D1,NA,D3,V5832{',NA' * 15}\n",
    "Train_labels_published": "Provider,PotentialFraud\nV1,Yes\nV3,No\nV9,No\n",
}


def check(data: bytes, work: Path) -> bool:
    """Adapt a source with one file made of ``data``; AssertionError where something is amiss."""
    from fraudml.claims.adapters import adapt
    from fraudml.errors import ContractError

    source, raw = work / "source", work / "raw"
    for folder in (source, raw):
        shutil.rmtree(folder, ignore_errors=True)
    source.mkdir()
    names = list(SOURCE)
    for name, text in SOURCE.items():
        (source / f"{name}.csv").write_text(text)
    _replace(source, names[data[0] % len(names)], data[1] % 3, data[2:])
    try:
        report = adapt(ADAPTER, source, raw)
    except ContractError as refusal:
        said = str(refusal)
        assert not re.search(r"[\r\n]", said) and len(said) < LONGEST_LINE, said
        assert not re.search(r"\d{6}", said.replace(str(work), "")), said
        assert not raw.exists()
        return False
    finally:
        left = {each.name for each in work.iterdir()} - {"source", "raw"}
        assert not left, left
    for name, rows in report["rows"].items():
        text = (raw / f"{name}.csv").read_text(encoding="utf-8")
        found = list(csv.reader(io.StringIO(text, newline="")))
        assert len(found) == rows + 1, (name, rows, len(found))
        assert {len(row) for row in found} == {len(found[0])}, name
    return True


def _replace(source: Path, name: str, how: int, content: bytes) -> None:
    plain, packed = source / f"{name}.csv", source / f"{name}.csv.zip"
    if how == 0:
        plain.write_bytes(content)
        return
    plain.unlink()
    packed.write_bytes(content if how == 2 else zipped(name, content))


def zipped(name: str, content: bytes) -> bytes:
    """A zip file of one member."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr(zipfile.ZipInfo(f"{name}.csv"), content)
    return whole.getvalue()


def main() -> None:
    """Fuzz until the time given to libFuzzer is over."""
    import atheris

    csv.field_size_limit(1 << 30)
    with atheris.instrument_imports(include=["fraudml.claims"]):
        import_module("fraudml.claims.adapters")
    work, seeds = (Path(tempfile.mkdtemp(prefix="fraudml-fuzz-")) for _ in range(2))
    for number, (name, text) in enumerate(SOURCE.items()):
        for how, content in enumerate((text.encode(), text.encode(), zipped(name, text.encode()))):
            (seeds / f"{number}-{how}").write_bytes(bytes([number, how]) + content)
    atheris.Setup([*sys.argv, str(seeds)], lambda data: len(data) > 2 and check(data, work))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
