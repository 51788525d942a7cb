"""Any bytes at all through the CSV reader, beside a slow reference; run by name, not in CI.

    pip install -e '.[fuzz]'
    python tests/fuzz/fuzz_csv_reader.py -max_total_time=600 [a folder that keeps what was found]

The first two bytes choose how the rest is handed over (plain or gzip, size of the blocks).
Options are those of libFuzzer; a disagreement ends the run and leaves the input in a file.
"""

import sys
import tempfile
from importlib import import_module
from pathlib import Path

SEEDS = (
    b"a,b\n1,2\n3,4\n",
    b'\xef\xbb\xbfclaim_id,patient_id\r\nC1,"x\r\ny"\r\n\r\nC2\r\n',
    b'a,b,c\r1,"2""3",4\r5,"6\r7,8,9\r',
    "项目,名称\n1,阿莫西林\n2,\ufffd\n".encode("gb18030", "replace"),
    b"a,b\n1\0,2\n\xff\xfe,3\n",
    b'a\n""\n\n" "\n1\n',
    b"a,a\n1,2,3\n1\n" + b"1,22\n" * 40,
    b"a,b\n" + b"1,22\n\n" * 90 + b'3,"' + b"x\n" * 150 + b'"\n' + b"1\n5,6\r" * 60,
)
BLOCKS = (200, 257, 400, 1024, 16 << 20)


def main() -> None:
    """Fuzz until the time given to libFuzzer is over."""
    import atheris

    with atheris.instrument_imports(include=["fraudml.claims"]):
        check = import_module("csv_reference").check
    folder = Path(tempfile.mkdtemp(prefix="fraudml-fuzz-"))
    for name in ("raw", "scratch", "seeds"):
        (folder / name).mkdir()
    seeds = folder / "seeds"
    for number, seed in enumerate(SEEDS):
        for how in range(2 * len(BLOCKS)):
            (seeds / f"{number}-{how}").write_bytes(bytes([how, 0]) + seed)
    work = Path(tempfile.mkdtemp(prefix="fraudml-fuzz-"))
    for name in ("raw", "scratch"):
        (work / name).mkdir()

    def one(data: bytes) -> None:
        if len(data) > 2:
            block = BLOCKS[data[0] % len(BLOCKS)]
            check(data[2:], work, block=block, packed=data[0] // len(BLOCKS) % 2 == 1)

    atheris.Setup([*sys.argv, str(seeds)], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
