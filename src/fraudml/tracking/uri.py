"""The address of the MLflow store: of which project it is, and how it may be shown."""

import re
from pathlib import Path

_USER = re.compile(r"(?<=://)[^/?#]*@")
_FILE = re.compile(r"sqlite:///(?!/|:memory:)(?=.)")
_PASSWORD = re.compile(r"(?<=[?&]password=)[^&#]*", re.IGNORECASE)


def within(uri: str, project: Path) -> str:
    """The address with a database file of the project found from wherever the command is run.

    >>> within("sqlite:///mlflow.db", Path("/funds/north"))
    'sqlite:////funds/north/mlflow.db'
    >>> within("sqlite:////var/mlflow.db", Path("/funds/north"))
    'sqlite:////var/mlflow.db'
    """
    return _FILE.sub(lambda _: f"sqlite:///{project.as_posix()}/", uri) if project.parts else uri


def without_password(uri: str) -> str:
    """The address without who opens the store and with what.

    >>> without_password("postgresql://ann:s3@cret@db:5432/runs")
    'postgresql://db:5432/runs'
    >>> without_password("postgresql://db/runs?user=ann&password=s3cret")
    'postgresql://db/runs?user=ann&password=***'
    """
    return _PASSWORD.sub("***", _USER.sub("", uri))
