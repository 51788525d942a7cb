"""What a newcomer reads when opening a run: what it is, how good it was, where the rest is."""

import re

from fraudml.entities import GRAIN_NAMES, GrainName
from fraudml.tracking.figures import Figures
from fraudml.tracking.lock import FINGERPRINT
from fraudml.tracking.pipeline_run import PipelineRun


def describe_grain(grain: GrainName, figures: Figures) -> str:
    """The child run's description: the key figures as a table and the sentences of the stages."""
    said = [f"- {sentence}" for sentence in figures.sentences.get(grain, [])]
    return "\n".join([*_key_figures(grain, figures), "", *said])


def headline(grain: GrainName, figures: Figures) -> str:
    """The fused list's figures at the middle k in one line."""
    fused = [row for row in _key_figures(grain, figures) if row.startswith(("| model", "| fused"))]
    if len(fused) < 2:
        return f"no list of {grain}s could be compared with outcomes."
    names, values = ([cell.strip() for cell in row.split("|")[2:-1]] for row in fused)
    return "fused list: " + ", ".join(f"{n} {v}" for n, v in zip(names, values, strict=True))


def _key_figures(grain: GrainName, figures: Figures) -> list[str]:
    numbers = figures.numbers.get(grain, {})
    pattern = re.compile(r"((?:precision|yuan)_at_(\d+))/(\w+)")
    found = [match for name in numbers if (match := pattern.fullmatch(name))]
    if not found:
        return [f"No list of {grain}s could be compared with outcomes."]
    sizes = sorted({int(match[2]) for match in found})
    k = sizes[len(sizes) // 2]
    measures = sorted({match[1] for match in found if int(match[2]) == k})
    rows = [
        f"| {model} | " + " | ".join(_with_interval(numbers, f"{m}/{model}") for m in measures)
        for model in dict.fromkeys(match[3] for match in found)
    ]
    head = " | ".join(measure.replace("_at_", " at ") for measure in measures)
    return [f"| model | {head} |", "|---" * (len(measures) + 1) + "|", *(f"{r} |" for r in rows)]


def _with_interval(numbers: dict[str, float], name: str) -> str:
    if name not in numbers:
        return "not assessed"
    ends = [numbers.get(f"{name}.{end}") for end in ("low", "high")]
    shown = [f"{v:,.0f}" if abs(v) >= 100 else f"{v:.2f}" for v in ends if v is not None]
    value = numbers[name]
    middle = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}"
    return f"{middle} ({' to '.join(shown)})" if len(shown) == 2 else middle


def describe_run(run: PipelineRun, figures: Figures, fingerprint: str) -> str:
    """The parent run's description: what it is, how good it was, where everything else is."""
    raw = run.params.get("ingest", {}).get("raw", "unknown")
    as_of = run.params.get("time", {}).get("as_of", "unknown")
    state = f"`{run.commit[:12]}`" + (" with uncommitted changes" if run.dirty else "")
    tables = [
        part
        for grain in GRAIN_NAMES
        if grain in figures.numbers
        for part in (f"**{grain}**", "", *_key_figures(grain, figures), "")
    ]
    first = next((grain for grain in GRAIN_NAMES if grain in figures.numbers), GRAIN_NAMES[0])
    return _RUN.format(
        headline=f"**{first}** {headline(first, figures)}",
        raw=raw,
        as_of=as_of,
        state=state,
        tables="\n".join(tables),
        commit=run.commit[:12],
        tag=FINGERPRINT,
        fingerprint=fingerprint,
    )


def how_to_load(grain: GrainName, alias: str) -> str:
    """How to score a table with a registered model, for whoever has Python and nothing else."""
    return _LOAD.format(grain=grain, name=f"fraudml-{grain}", alias=alias)


_LOAD = """\
**To use it elsewhere** (the model brings its code; what it needs beside is in its \
`requirements.txt`):

```
export MLFLOW_TRACKING_URI=sqlite:///mlflow.db   # or the address of the server
mlflow artifacts download --artifact-uri models:/{name}@{alias} --dst-path model
pip install -r model/requirements.txt
```

```python
import mlflow, pandas
own = pandas.read_parquet("data/features/{grain}.parquet").query("as_of == as_of.max()")
keys = ["{grain}_id", "as_of"]
peers = pandas.read_parquet("data/features/peers/{grain}.parquet").set_index(keys)
table = own.join(peers.add_suffix("__peer_z"), on=keys)
table["widest_group"] = table["widest_group__peer_z"]
scores = mlflow.pyfunc.load_model("model").predict(table)
print(own[["{grain}_id"]].join(scores).sort_values("risk", ascending=False))
```

Any table with the columns of the model's schema will do (open a version): features, and beside \
each its distance to peers; and `widest_group`, of a provider its kind. One that was not assessed \
is null, not 0. `anomaly` and `risk` compare the rows with each other: score everybody at once. \
Loading reads text and JSON files with the \
code beside them and runs no pickle.
"""
_RUN = """\
{headline}

Ranked audit lists from the claims in `{raw}`, facts known by **{as_of}**, code {state}.

{tables}
Precision is the share confirmed and yuan the amount confirmed among the first k, with 95 % \
intervals, from past inspections alone. Read `fused` against `amount` (largest bills first), \
`amount_per_peer` and `random`; the paired differences in `evaluation.html` decide. A lead is a \
suspicion to be inspected, never a finding of fraud.

## Where to look
- **Artifacts**: `evaluation.html` (open this first), `plots/`, and every figure in `metrics/`.
- **Child runs**, one per grain: the figures to compare, the model card (`card/`) and the model. \
A figure is named `measure/model`; \
`.low` and `.high` are its interval, `fused.ceiling` the best any list could reach.
- **To compare**: tick runs in the list, then *Compare*; parameters that differ are marked. \
Compare child runs of one grain with each other.
- **Models**: `fraudml-provider`, `fraudml-practitioner`, `fraudml-patient`. Alias `challenger` \
is the newest version; `fraudml promote` compares it with `champion` on the same splits and says \
why in the model's description and tags.
- **DVC** holds the data and makes the results, MLflow only records them: \
`git checkout {commit}` and `dvc repro` give this run's files again. The tag `{tag}` stands in \
`reports/tracking.json` too: `{fingerprint}`. Same tag: same data, code and parameters.
"""
