"""Where every stage reads and writes, relative to the project folder."""

from dataclasses import dataclass
from pathlib import Path

from fraudml.entities import GRAINS, GrainName
from fraudml.errors import StateError
from fraudml.stages.tables import checked


@dataclass(frozen=True)
class Workspace:
    """The project folder and the names of everything the pipeline keeps in it."""

    root: Path

    def __post_init__(self) -> None:
        if not (self.root / "params.yaml").exists():
            raise StateError(
                f"{self.root} holds no params.yaml: run fraudml in the project's folder."
            )

    def raw(self, configured: str) -> Path:
        """The raw folder named by ``ingest.raw``, absolute or relative to the project."""
        return self.root / configured

    def knowledge(self, configured: str | None) -> Path | None:
        """The overlay folder named by ``monitor.knowledge``, or None where it is null."""
        return None if configured is None else self.root / configured

    @property
    def demo_raw(self) -> Path:
        """The demo fund's raw tables."""
        return self.root / "data" / "synthetic" / "raw"

    @property
    def demo_key(self) -> Path:
        """The demo fund's answer key; only ``grade`` asks for it."""
        return self.root / "data" / "synthetic" / "key"

    @property
    def spill(self) -> Path:
        """Where engines put what does not fit into memory."""
        return self.root / ".spill"

    @property
    def parts(self) -> Path:
        """Parts that ingest read before, by fingerprint; may be removed at any time."""
        return self.root / "data" / "parts"

    def data(self, name: str) -> Path:
        """A table or folder below data/."""
        return self.root / "data" / name

    def models(self, grain: str) -> Path:
        """The models of one grain."""
        return self.root / "models" / grain

    def reports(self, name: str) -> Path:
        """A file or folder below reports/."""
        return self.root / "reports" / name

    def metrics(self, stage: str) -> Path:
        """The figures one stage leaves for ``dvc metrics``."""
        return self.reports("metrics") / f"{stage}.json"

    def entity_table(self, kind: str, grain: GrainName) -> Path:
        """One grain's table of an earlier stage; StateError where there is none, or another."""
        return checked(self.data(kind) / f"{grain}.parquet", kind, GRAINS[grain].key)

    @property
    def labels(self) -> Path:
        """What inspections found, as stage labels wrote it."""
        return checked(self.data("labels.parquet"), "labels")

    def monitored(self, *names: str) -> Path:
        """The folder that stage monitor wrote, with these tables in it."""
        folder = self.data("monitor")
        for name in names:
            checked(folder / f"{name}.parquet", f"monitor/{name}")
        return folder
