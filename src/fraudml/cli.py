"""The command line: parses, calls the stage, turns our errors into one line and an exit code."""

import gc
import logging
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated, Literal, NoReturn

import typer

from fraudml import __version__
from fraudml.errors import EngineError, FraudmlError, ParamsError
from fraudml.locks import only_run
from fraudml.log import Level, set_up, timed, where_it_failed
from fraudml.params import load_params
from fraudml.stages import STAGES, run_stage

_log = logging.getLogger(__name__)
_NEW_OBJECTS = 50_000
_SIGNALLED = 128  # what shells add to the number of a signal for an exit code
app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Finds, explains and fairly draws what a public medical-insurance fund should inspect. "
    "Run `dvc repro` for the whole pipeline; each stage is also a command.",
)

_HELP = {
    "simulate": "Make the demo fund and its answer key.",
    "grade": "Compare the lists with the demo fund's answer key.",
    "ingest": "Raw tables in, canonical parquet out; what cannot be read is set aside and counted.",
    "check": "What came in, what was set aside and why, and what cannot be assessed.",
    "monitor": "What the rules find, with their clause, down to the claim line.",
    "features": "How each provider, practitioner and patient behaves, beside its peers.",
    "labels": "What past inspections found: confirmed, cleared or unknown.",
    "train": "Fit baselines, isolation forest and, with enough outcomes, LightGBM.",
    "score": "Rank everybody as of the live date.",
    "explain": "Say how much each feature moved each listed entity.",
    "leads": "Write the audit lists: parquet, workbook, pages.",
    "draw": "Commit to the frame and draw the inspection plan from the public value.",
    "evaluate": "How good the lists were, from inspections alone, beside the baselines.",
    "track": "Record the run in MLflow.",
}

_Project = Annotated[
    Path, typer.Option("--project", "-C", help="The project folder, with params.yaml in it.")
]


def _in_full(folder: Path | None) -> Path | None:
    """A folder to write to; shells leave ~ alone in quotes and behind =."""
    if folder is not None and folder.parts[:1] and folder.parts[0].startswith("~"):
        raise ParamsError(f"{folder}: nobody replaces ~ here; write the path in full.")
    return folder


@contextmanager
def _interruptible() -> Iterator[None]:
    """Spark hears Ctrl-C in our place and says it in its own way, which Typer would take."""
    try:
        yield
    except KeyboardInterrupt:
        raise _StoppedError from None


def _stage_command(name: str) -> Callable[[Path], None]:
    def command(project: _Project = Path()) -> None:
        params = load_params(project / "params.yaml")
        started = time.monotonic()
        with only_run(project, name), timed(_log, f"stage {name}"), _interruptible():
            said = run_stage(name, params, project)
        typer.echo(f"{said}\n{name}: done in {time.monotonic() - started:.1f} s")

    command.__doc__ = _HELP[name]
    return command


for _name in STAGES:
    panel = "Demo fund" if _name in ("simulate", "grade") else "Stages, in the order of the data"
    app.command(_name, rich_help_panel=panel)(_stage_command(_name))


@app.command(rich_help_panel="Around the pipeline")
def adapt(
    name: Annotated[
        str,
        typer.Argument(help="Whose format: kaggle-provider-fraud, desynpuf, tuva, or mapped."),
    ],
    source: Annotated[Path, typer.Argument(help="Folder with the files as published.")],
    raw: Annotated[Path, typer.Argument(help="Contract folder to write.", callback=_in_full)],
    part: Annotated[
        str | None, typer.Option(help="Which part of the source, where it has several.")
    ] = None,
    field_map: Annotated[
        str | None,
        typer.Option("--map", help="For mapped: a field map, or the name of a shipped one."),
    ] = None,
    memory_gb: Annotated[
        float,
        typer.Option(
            min=0.25, max=1 << 20, help="For mapped: memory of the engine; the rest spills."
        ),
    ] = 2.0,
) -> None:
    """Turn somebody else's files into a folder that follows the data contract."""
    from fraudml.claims.adapters import adapt as run_adapter

    report = run_adapter(name, source, raw, part=part, field_map=field_map, memory_gb=memory_gb)
    typer.echo(f"Wrote {raw}: " + ", ".join(f"{n:,} {t}" for t, n in report["rows"].items()))
    typer.echo(f"Invented: {'; '.join(report['invented']) or 'nothing'}")
    for key, told in report.get("sources", {}).items():
        if lost := told["wrong_fields"] + told["undecodable"]:
            typer.echo(f"Unreadable: {lost:,} of {told['rows']:,} rows of {key}, passed on empty")
    if beyond := report["beyond_as_of"]:
        typer.echo(
            f"Dated more than a year beyond all others, so after time.as_of: {beyond:,} claims"
        )
    typer.echo(
        f'Next: set ingest.raw: {raw} and time.as_of: "{report["as_of"]}" in params.yaml '
        "(the date in quotes), then dvc repro"
    )


@app.command(rich_help_panel="Around the pipeline")
def reveal(
    lead_id: Annotated[str, typer.Argument(help="The 20-character id on the lead's page.")],
    project: _Project = Path(),
) -> None:
    """Whose pseudonym a lead carries; needs the key, and is put on record."""
    from fraudml.claims.pseudonyms import load_key
    from fraudml.leads.reveal import reveal_lead, same_key
    from fraudml.stages.workspace import Workspace

    params, at = load_params(project / "params.yaml"), Workspace(project)
    raw = at.raw(params.ingest.raw)
    key = load_key(raw, demo_raw=at.demo_raw, make=False)
    same_key(at.data("claims") / "manifest.json", key)
    grain, found = reveal_lead(
        raw, key, lead_id, leads=at.reports("leads"), record=at.data("reveals.jsonl")
    )
    typer.echo(f"{grain} {found}")


@app.command(rich_help_panel="Around the pipeline")
def where(
    is_demo: Annotated[
        bool, typer.Option("--is-demo", help="Say nothing; exit 0 if ingest.raw is the demo fund.")
    ] = False,
    project: _Project = Path(),
) -> None:
    """Where the results of the last run are, and how to open them."""
    from fraudml.stages.workspace import Workspace
    from fraudml.tracking import within, without_password

    params, at = load_params(project / "params.yaml"), Workspace(project)
    demo = at.raw(params.ingest.raw).resolve() == at.demo_raw.resolve()
    if is_demo:
        raise typer.Exit(0 if demo else 1)
    pages = [("What came in", at.reports("checks.html"))]
    pages += [("What rules found", at.reports("rules") / "index.html")]
    pages += [("Audit list", at.reports("leads") / "index.html")]
    pages += [("For correction", at.reports("corrections") / "index.html")]
    pages += [("Workbooks", at.reports("leads") / "provider.xlsx")]
    pages += [("How good it is", at.reports("evaluation.html"))]
    pages += [("Model cards", at.reports("cards"))]
    pages += [("Demo against its key", at.reports("grade.html"))] if demo else []
    pages += [("Inspection plan", at.reports("draw") / "plan.csv")]
    for title, path in pages:
        typer.echo(
            f"{title:<22}{path.resolve()}" + ("" if path.exists() else "  (not written yet)")
        )
    typer.echo(
        f"{'Verify the draw':<22}python {at.reports('draw') / 'verify_draw.py'} "
        f"{at.reports('draw')}"
    )
    store = without_password(within(params.track.uri, project))
    compare = f"MLFLOW_DISABLE_TELEMETRY=true mlflow ui --backend-store-uri {store}"
    if store.startswith(("http://", "https://")):  # a server shows its runs itself
        compare = store
    typer.echo(f"{'Compare runs':<22}{compare}")
    typer.echo(f"{'Figures':<22}dvc metrics show")


@app.command(rich_help_panel="Around the pipeline")
def knowledge(
    action: Annotated[Literal["check"], typer.Argument(help="What to do: check.")],
    folder: Annotated[
        Path | None,
        typer.Argument(help="Your own knowledge files; without it those of monitor.knowledge."),
    ] = None,
    project: _Project = Path(),
) -> None:
    """Say everything that is wrong with a knowledge base, and what to do about it."""
    from fraudml.stages.monitor import check_knowledge
    from fraudml.stages.workspace import Workspace

    params = load_params(project / "params.yaml")
    with only_run(project, "knowledge check", reads=True):
        faults = check_knowledge(params, Workspace(project), folder)
    for fault in faults:
        typer.echo(str(fault), err=True)
    if faults:
        raise ParamsError(
            f"{len(faults):,} fault{'' if len(faults) == 1 else 's'} in the knowledge base."
        )
    typer.echo("The knowledge base is valid.")


@app.command(rich_help_panel="Around the pipeline")
def promote(
    grain: Annotated[
        Literal["provider", "practitioner", "patient"], typer.Argument(help="Whose model.")
    ],
    force: Annotated[
        bool, typer.Option("--force", help="Overrule a refusal; the registry says so.")
    ] = False,
    project: _Project = Path(),
) -> None:
    """Make the newest model the champion, if the past does not speak against it."""
    from fraudml.stages.promote import promote_grain
    from fraudml.stages.workspace import Workspace

    params = load_params(project / "params.yaml")
    with only_run(project, "promote"):
        said = promote_grain(params, Workspace(project), grain, force=force)
    typer.echo(said)


@app.command(rich_help_panel="Around the pipeline")
def rules(
    action: Annotated[Literal["tune"], typer.Argument(help="What to do: tune.")],
    rule: Annotated[str, typer.Argument(help="A rule with a numeric threshold.")],
    threshold: Annotated[str, typer.Argument(help="The name of its threshold.")],
    as_of: Annotated[
        str | None, typer.Option(help="Outcomes known by this day; without it time.as_of.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Write a proposal there as files of a knowledge base.", callback=_in_full
        ),
    ] = None,
    project: _Project = Path(),
) -> None:
    """Say what other values of a threshold would have found, and what inspections confirmed."""
    from fraudml.asof import parse_date
    from fraudml.stages.monitor import tune_rule
    from fraudml.stages.workspace import Workspace

    params = load_params(project / "params.yaml")
    day = params.time.as_of if as_of is None else parse_date(as_of, name="--as-of")
    with only_run(project, "rules tune", reads=True):
        said = tune_rule(params, Workspace(project), rule, threshold, as_of=day, out=out)
    for line in said:
        typer.echo(line)


def _version(value: bool) -> None:
    if value:
        typer.echo(f"fraudml {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    log_level: Annotated[
        Level,
        typer.Option(
            envvar="FRAUDML_LOG", help="What to say on stderr: steps, rows and seconds; no cells."
        ),
    ] = "warning",
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    set_up(log_level)


def collect_seldom() -> None:
    """Look for garbage after many new objects: a query is a graph of very many that stay."""
    gc.set_threshold(_NEW_OBJECTS, 20, 20)


class _StoppedError(BaseException):
    """Somebody pressed Ctrl-C, or the system asks the run to end."""


@contextmanager
def _stoppable() -> Iterator[list[int]]:
    """Turn the signals that ask for an end into an exception, so that everything is tidied up.

    yields  the signals that came: libraries make errors of their own of the exception
    """
    came: list[int] = []

    def stop(number: int, frame: FrameType | None) -> NoReturn:
        came.append(number)
        raise _StoppedError

    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    heeded = [each for each in signals if signal.getsignal(each) is not signal.SIG_IGN]  # nohup
    before = {each: signal.signal(each, stop) for each in heeded}
    try:
        yield came
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def main() -> None:
    """Entry point: any error ends in one line on stderr and an exit code, our own with theirs."""
    collect_seldom()
    with _stoppable() as signals:
        try:
            app()
        except BaseException as error:
            if isinstance(error, SystemExit) and not error.code:
                raise
            if signals or isinstance(error, _StoppedError):
                number = signal.Signals(signals[0] if signals else signal.SIGINT)
                said = f"stopped ({number.name}). Earlier outputs are untouched; run it again."
                _end(error, said, _SIGNALLED + number)
            _report(error)


def _report(error: BaseException) -> NoReturn:
    """One line for what went wrong, and the exit code; an end that was meant goes on."""
    match error:
        case FraudmlError():
            _end(error, str(error), error.exit_code)
        case OSError():
            place = f"{error.filename}: " if error.filename else ""
            said = f"A file cannot be read or written ({place}{_reason(error)})"
            _end(error, f"{said}. Earlier outputs are untouched.", EngineError.exit_code)
        case MemoryError():
            said = "Python ran out of memory. Earlier outputs are untouched; use a larger machine."
            _end(error, said, EngineError.exit_code)
        case Exception():
            said = f"internal error ({type(error).__name__}). Earlier outputs are untouched. Run"
            _end(error, f"{said} again with --log-level debug to see where, and report it.", 1)
    raise error


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__


def _end(error: BaseException, said: str, code: int) -> NoReturn:
    """One line; a traceback without words where debug is on: words may quote somebody's row."""
    _log.debug("%s", "\n".join(where_it_failed(error)))
    typer.echo(f"fraudml: {' '.join(said.split())}", err=True)
    sys.exit(code)
