"""The command is stopped before the command line is there to say so."""

import signal
import subprocess
import sys

import pytest

from fraudml.__main__ import main


class Stopped:
    """Finds the command line as somebody presses Ctrl-C."""

    def find_spec(self, name, path=None, target=None):
        if name == "fraudml.cli":
            signal.raise_signal(signal.SIGINT)


def test_ctrl_c_while_the_command_line_is_imported_ends_in_one_line(monkeypatch, capsys):
    monkeypatch.delitem(sys.modules, "fraudml.cli")
    monkeypatch.setattr(sys, "meta_path", [Stopped(), *sys.meta_path])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 130
    assert capsys.readouterr().err == (
        "fraudml: stopped (SIGINT). Nothing was begun; run it again.\n"
    )


def test_nothing_that_takes_time_is_imported_before_ctrl_c_is_heeded():
    code = "import sys, fraudml.__main__; print(*sorted(n for n in sys.modules if 'fraudml' in n))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["fraudml", "fraudml.__main__"]


def test_the_command_is_started_there(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["fraudml", "--version"])
    with pytest.raises(SystemExit) as end:
        main()
    assert not end.value.code
    assert capsys.readouterr().out.strip()
