"""Any bytes at all as one file of an adapter's source; run by name, not in CI.

    pip install -e '.[fuzz]'
    python tests/fuzz/fuzz_adapters.py -max_total_time=600 [a folder that keeps what was found]

The first byte chooses the file among those of all adapters, the second how it is handed over: as
it is, packed, or as whatever the packed file's bytes become. The source's other files stay sound.
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
from typing import Any

from adapter_sources import sources

LONGEST_LINE = 1500


class Fuzzed:
    """Each file of every adapter's source, one of them replaced by other bytes at a time."""

    def __init__(self, work: Path) -> None:
        self.work = work
        self.sources = sources()
        self.files = [(name, file) for name, files in self.sources.items() for file in files]

    def check(self, data: bytes) -> bool:
        """Adapt a source with a file made of ``data``; AssertionError where something is amiss."""
        from fraudml.errors import ContractError, ParamsError

        adapter, file = self.files[data[0] % len(self.files)]
        source, raw = self.work / "source", self.work / "raw"
        for folder in (source, raw):
            shutil.rmtree(folder, ignore_errors=True)
        source.mkdir()
        for name, text in self.sources[adapter].items():
            (source / name).write_text(text, encoding="utf-8")
        _replace(source / file, data[1] % 3, data[2:])
        try:
            report = self._adapt(adapter, source, raw)
        except (ContractError, ParamsError) as refusal:
            said = str(refusal).replace(str(self.work), "")
            assert not re.search(r"[\r\n]", said) and len(said) < LONGEST_LINE, said
            assert file.endswith(".yaml") or not re.search(r"\d{6}", said), said
            assert not raw.exists()
            return False
        finally:
            left = {each.name for each in self.work.iterdir()} - {"source", "raw"}
            assert not left, left
        for name, rows in report["rows"].items():
            assert _rows(raw, name) == rows, name
        return True

    def _adapt(self, adapter: str, source: Path, raw: Path) -> dict[str, Any]:
        from fraudml.claims.adapters import adapt

        if adapter != "mapped":
            return adapt(adapter, source, raw)
        return adapt(adapter, source, raw, field_map=str(source / "small.yaml"))


def _rows(raw: Path, name: str) -> int:
    """The rows of a table that was written; every one has as many cells as the header."""
    if (raw / f"{name}.parquet").is_file():
        import pyarrow.parquet as pq

        return int(pq.read_metadata(raw / f"{name}.parquet").num_rows)
    text = (raw / f"{name}.csv").read_text(encoding="utf-8")
    found = list(csv.reader(io.StringIO(text, newline="")))
    assert {len(row) for row in found} == {len(found[0])}, name
    return len(found) - 1


def _replace(plain: Path, how: int, content: bytes) -> None:
    if how == 0 or plain.suffix != ".csv":
        plain.write_bytes(content)
        return
    plain.unlink()
    packed = plain.with_name(f"{plain.name}.zip")
    packed.write_bytes(content if how == 2 else zipped(plain.name, content))


def zipped(name: str, content: bytes) -> bytes:
    """A zip file of one member."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name), content)
    return whole.getvalue()


def main() -> None:
    """Fuzz until the time given to libFuzzer is over."""
    import atheris

    csv.field_size_limit(1 << 30)
    with atheris.instrument_imports(include=["fraudml.claims"]):
        import_module("fraudml.claims.adapters")
    work, seeds = (Path(tempfile.mkdtemp(prefix="fraudml-fuzz-")) for _ in range(2))
    fuzzed = Fuzzed(work)
    for number, (adapter, file) in enumerate(fuzzed.files):
        text = fuzzed.sources[adapter][file].encode()
        for how, content in enumerate((text, text, zipped(file, text))):
            (seeds / f"{number}-{how}").write_bytes(bytes([number, how]) + content)
    atheris.Setup([*sys.argv, str(seeds)], lambda data: len(data) > 2 and fuzzed.check(data))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
