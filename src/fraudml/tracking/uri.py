"""The address of the MLflow store as it may be shown: passwords stay in params.yaml."""

import re

_USER = re.compile(r"(?<=://)[^/?#]*@")
_PASSWORD = re.compile(r"(?<=[?&]password=)[^&#]*", re.IGNORECASE)


def without_password(uri: str) -> str:
    """The address without who opens the store and with what.

    >>> without_password("postgresql://ann:s3@cret@db:5432/runs")
    'postgresql://db:5432/runs'
    >>> without_password("postgresql://db/runs?user=ann&password=s3cret")
    'postgresql://db/runs?user=ann&password=***'
    """
    return _PASSWORD.sub("***", _USER.sub("", uri))
