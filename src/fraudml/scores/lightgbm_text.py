"""Trees written in LightGBM's text format: one format, one explanation path, nothing executable.

Source: LightGBM model format v4 (src/io/gbdt_model_text.cpp, src/io/tree.cpp).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_NUMERICAL_DEFAULT_LEFT = 2


@dataclass(frozen=True)
class BinaryTree:
    """A tree as flat arrays, node 0 the root, children before and after in any order.

    left, right  (nodes,) children, -1 at a leaf; a row goes left where value <= threshold
    feature, threshold  (nodes,) of the splits; value (nodes,) of the leaves
    cover        (nodes,) training rows that reached the node, for TreeSHAP
    """

    left: npt.NDArray[np.int64]
    right: npt.NDArray[np.int64]
    feature: npt.NDArray[np.int64]
    threshold: npt.NDArray[np.float64]
    value: npt.NDArray[np.float64]
    cover: npt.NDArray[np.int64]


def write_trees(trees: Sequence[BinaryTree], names: Sequence[str]) -> str:
    """The text of a LightGBM model whose raw score is the sum of the trees' leaf values.

    A missing value counts as 0. Numbers are written so that they read back to the last bit.
    """
    blocks = [f"Tree={number}\n{_tree(tree)}\n\n\n" for number, tree in enumerate(trees)]
    head = "\n".join(
        (
            "tree",
            "version=v4",
            "num_class=1",
            "num_tree_per_iteration=1",
            "label_index=0",
            f"max_feature_idx={len(names) - 1}",
            "objective=regression",
            f"feature_names={' '.join(names)}",
            f"feature_infos={' '.join('[-1e+300:1e+300]' for _ in names)}",
            f"tree_sizes={' '.join(str(len(block)) for block in blocks)}",
        )
    )
    return f"{head}\n\n{''.join(blocks)}end of trees\n\nparameters:\n\nend of parameters\n"


def _tree(tree: BinaryTree) -> str:
    splits, leaves = _in_preorder(tree)
    split_no = {node: number for number, node in enumerate(splits)}
    leaf_no = {node: number for number, node in enumerate(leaves)}

    def child(node: int) -> int:
        return split_no[node] if node in split_no else -leaf_no[node] - 1

    rows: list[tuple[str, list[str]]] = [
        ("num_leaves", [str(len(leaves))]),
        ("num_cat", ["0"]),
        ("split_feature", [str(tree.feature[n]) for n in splits]),
        ("split_gain", ["0" for _ in splits]),
        ("threshold", [_exact(tree.threshold[n]) for n in splits]),
        ("decision_type", [str(_NUMERICAL_DEFAULT_LEFT) for _ in splits]),
        ("left_child", [str(child(int(tree.left[n]))) for n in splits]),
        ("right_child", [str(child(int(tree.right[n]))) for n in splits]),
        ("leaf_value", [_exact(tree.value[n]) for n in leaves]),
        ("leaf_weight", [str(tree.cover[n]) for n in leaves]),
        ("leaf_count", [str(tree.cover[n]) for n in leaves]),
        ("internal_value", ["0" for _ in splits]),
        ("internal_weight", [str(tree.cover[n]) for n in splits]),
        ("internal_count", [str(tree.cover[n]) for n in splits]),
        ("is_linear", ["0"]),
        ("shrinkage", ["1"]),
    ]
    return "\n".join(f"{name}={' '.join(values)}" for name, values in rows)


def _in_preorder(tree: BinaryTree) -> tuple[list[int], list[int]]:
    splits, leaves, waiting = [], [], [0]
    while waiting:
        node = waiting.pop()
        if tree.left[node] < 0:
            leaves.append(node)
        else:
            splits.append(node)
            waiting += [int(tree.right[node]), int(tree.left[node])]
    return splits, leaves


def _exact(number: float) -> str:
    return f"{number:.17g}"
