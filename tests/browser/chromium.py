"""Headless Chromium for tests: what a page becomes, and which addresses it asked for."""

import json
import os
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')


def find_chromium():
    """The browser; without one the test is skipped, and fails where CI=true."""
    for name in (os.environ.get("FRAUDML_CHROMIUM"), *_NAMES):
        if name and (found := shutil.which(name)):
            return found
    why = "no Chromium here: run .ci/browser.sh, or set FRAUDML_CHROMIUM"
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(why)
    pytest.skip(why)


class Browser:
    """One browser with a profile of its own, no network, and a window of a given size."""

    def __init__(self, folder: Path, *, width: int = 1400, height: int = 900) -> None:
        self._start = [
            find_chromium(), "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--disable-default-apps", "--disable-extensions", "--disable-dev-shm-usage",
            "--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={folder / 'profile'}",
            f"--window-size={width},{height}", "--virtual-time-budget=3000",
        ]  # fmt: skip
        self._folder = folder

    def run(self, address: str, *options: str) -> str:
        """Open the address; returns what the browser printed."""
        done = subprocess.run(
            [*self._start, *options, address], capture_output=True, timeout=120, check=True
        )
        return done.stdout.decode("utf-8")

    def dom(self, path: Path, view: str = "") -> str:
        """The page after its scripts ran; ``view`` is the part of the address after #."""
        return self.run(path.as_uri() + (f"#{view}" if view else ""), "--dump-dom")

    def measured(self, path: Path, script: str, view: str = "") -> dict:
        """What a probe finds in a copy of the page whose policy lets the probe run.

        script  JavaScript that fills the object ``found``
        """
        text = _POLICY.sub("", path.read_text(encoding="utf-8"))
        probe = (
            f"<script>const found = {{}};\n{script}\n"
            "document.documentElement.setAttribute('data-found', JSON.stringify(found));</script>"
        )
        copy = path.with_name("probe.html")
        copy.write_text(text.replace("</body>", probe + "</body>"), encoding="utf-8")
        try:
            return json.loads(root_of(self.dom(copy, view))["data-found"])
        finally:
            copy.unlink()

    def addresses(self, path: Path) -> set[str]:
        """The http and https addresses the page asked for; the browser's own are left aside."""
        log = self._folder / "net.json"
        self.run(path.as_uri(), "--dump-dom", f"--log-net-log={log}")
        asked = [
            event["params"]
            for event in json.loads(log.read_text(encoding="utf-8"))["events"]
            if "initiator" in event.get("params", {})
        ]
        return {
            one["url"]
            for one in asked
            if one["initiator"] != "not an origin" and one["url"].startswith("http")
        }


def root_of(dom: str) -> dict[str, str]:
    """The attributes of the page's root element."""
    found: list[dict[str, str]] = []

    class _Root(HTMLParser):
        def handle_starttag(self, tag, attrs):
            if tag == "html":
                found.append({name: value or "" for name, value in attrs})

    _Root().feed(dom)
    return found[0]


class Rows(HTMLParser):
    """The table rows of one grain's list that are shown, as their data attributes."""

    def __init__(self, dom: str, grain: str = "provider") -> None:
        super().__init__()
        self._grain, self._inside = grain, False
        self.shown: list[dict[str, str]] = []
        self.feed(dom)

    def handle_starttag(self, tag, attrs):
        """Collect rows inside the grain's section."""
        known = {name: value or "" for name, value in attrs}
        if tag == "section":
            self._inside = known.get("data-grain") == self._grain
        if tag == "tr" and self._inside and "data-rank" in known and "hidden" not in known:
            self.shown.append(known)
