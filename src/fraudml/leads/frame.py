"""The frame every page of ours stands in: one file, no outside address, Chinese beside English."""

import base64
import hashlib
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@cache
def environment() -> Environment:
    """The templates of this room: everything is escaped, a missing value is an error."""
    return Environment(
        loader=PackageLoader("fraudml.leads", "templates"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def environment_of(package: str, words: Mapping[str, object]) -> Environment:
    """The same with the templates of another room before the frame's, and what they may name."""
    made = environment().overlay(
        loader=ChoiceLoader(
            [PackageLoader(package, "templates"), PackageLoader("fraudml.leads", "templates")]
        )
    )
    made.globals = {**made.globals, **words}
    return made


def page(
    title: str,
    body_html: str,
    *,
    script: str = "",
    home: str | None = None,
    wide: bool = False,
) -> str:
    """A whole HTML page with its style and script inside, fit for a file opened from a disk.

    title      plain text, escaped here
    body_html  trusted HTML: the caller has escaped what came from data. Write Chinese in
               ``<span class="zh">`` and English in ``<span class="en">`` and the reader can
               choose; classes to build with stand at the top of templates/frame.css
    script     trusted JavaScript of this page; runs after the body, allowed by its hash alone
    home       relative address of the list this page belongs to
    wide       the body may use the full width of the window

    The page's own policy lets the browser fetch nothing and run nothing but these scripts, so
    text that slipped through as markup could neither run nor reach outside.

    >>> "<h1>" in page("评估 <Evaluation>", "<h1>ok</h1>")
    True
    >>> "<Evaluation>" in page("评估 <Evaluation>", "")
    False
    """
    scripts = [source for source in (_asset("frame.js"), script) if source]
    template = environment().get_template("frame.html")
    return template.render(
        title=title,
        style=Markup(_asset("frame.css")),  # noqa: S704 (our own file)
        body=Markup(body_html),  # noqa: S704 (trusted by contract)
        scripts=[Markup(source) for source in scripts],  # noqa: S704 (ours)
        policy=_policy(scripts),
        home=home,
        wide=wide,
    )


def readable(text: str) -> str:
    """Text without control and direction marks, which could hide or reverse what is read.

    >>> readable("A\\x00\\u202eB")
    'AB'
    """
    return _CONTROL.sub("", text)


def _finalize(value: object) -> object:
    return readable(value) if type(value) is str else value


def _policy(scripts: list[str]) -> str:
    return (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
        f"base-uri 'none'; form-action 'none'; script-src {' '.join(map(_csp_hash, scripts))}"
    )


def _csp_hash(source: str) -> str:
    digest = hashlib.sha256(source.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


@cache
def _asset(name: str) -> str:
    return (files("fraudml.leads") / "templates" / name).read_text(encoding="utf-8").strip()
