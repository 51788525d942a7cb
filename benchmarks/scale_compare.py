"""Whether two routes found the same numbers: integers equal, floats to 1e-9."""

from pathlib import Path

import numpy as np
import pandas as pd

from scale_plan import COLUMNS, result


def differences(one: Path, other: Path) -> list[str]:
    """Results and columns in which two routes differ; empty where they are equal."""
    found = []
    for name in (*COLUMNS, "provider_peers"):
        key = f"{name.removesuffix('_peers')}_id"
        columns = list(COLUMNS[name.removesuffix("_peers")])
        a, b = (_sorted(result(out, name), key) for out in (one, other))
        if a[key].tolist() != b[key].tolist():
            found.append(f"{name}: {len(a):,} rows and {len(b):,}, or other ids")
            continue
        found += [f"{name}.{c}" for c in columns if not _equal(a[c], b[c])]
    return found


def _sorted(path: Path, key: str) -> pd.DataFrame:
    return pd.read_parquet(path).sort_values(key, ignore_index=True)


def _equal(a: pd.Series, b: pd.Series) -> bool:
    x, y = (series.astype("float64").to_numpy() for series in (a, b))
    return bool(np.allclose(x, y, rtol=1e-9, atol=1e-9, equal_nan=True))
