"""Arrays of the scores room, and an order of rows that no input can change."""

import hashlib

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


def content_order(*columns: FloatArray) -> IntArray:
    """Places of the rows in the order of a hash of what stands in them, all arrays of n rows.

    Rows alike may change places, which changes nothing: whoever samples or sums in this order
    depends on the content of a table alone, not on how it was sorted.
    """
    table = np.column_stack([np.asarray(c, dtype=np.float64) for c in columns]) + 0.0  # no -0.0
    digests = [hashlib.blake2b(row.tobytes(), digest_size=16).digest() for row in table]
    return np.array(sorted(range(len(table)), key=digests.__getitem__), dtype=np.int64)
