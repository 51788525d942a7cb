"""Stage grade: the demo fund's lists against its answer key."""

from fraudml.artifacts import Publication, read_json, read_parquet, write_json
from fraudml.claims.pseudonyms import load_key
from fraudml.entities import GRAIN_NAMES, GrainName
from fraudml.errors import StateError
from fraudml.evaluation.evaluate import summary
from fraudml.evaluation.grade import grade as figures_of
from fraudml.evaluation.report import grade_page
from fraudml.params import Params
from fraudml.stages.workspace import Workspace


def grade(params: Params, at: Workspace) -> str:
    """Compare the lists with the key; only a fund that was simulated has one."""
    key = load_key(at.demo_raw, demo_raw=at.demo_raw)
    manifest = read_json(at.data("claims") / "manifest.json", "key_fingerprint")
    if manifest["key_fingerprint"] != key.fingerprint():
        raise StateError(
            "The accepted claims are not the demo fund's: only the demo fund has an answer key. "
            "Set ingest.raw: data/synthetic/raw and run dvc repro."
        )
    scores = {grain: read_parquet(at.entity_table("scores", grain)) for grain in GRAIN_NAMES}

    leads = {grain: read_parquet(at.reports("leads") / f"{grain}.parquet") for grain in GRAIN_NAMES}

    def pseudonym(grain: GrainName, raw_id: str) -> str:
        return raw_id if grain == "provider" else key.pseudonym(grain, raw_id)

    with Publication() as out:
        figures = figures_of(at.demo_key, scores, pseudonym, params.grade, leads)
        page = grade_page(figures, ks=params.grade.k)
        out.file(at.reports("grade.html")).write_text(page, encoding="utf-8")
        write_json(out.file(at.metrics("grade")), summary(figures))
        write_json(out.file(at.reports("grade.json")), figures)
    return "\n".join(_line(grain, one) for grain, one in figures.items())


def _line(grain: str, one: dict[str, object]) -> str:
    return f"{grain}: {one['n_carriers']:,} carriers among {one['n_ranked']:,} ranked"
