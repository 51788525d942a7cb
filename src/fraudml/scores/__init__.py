"""Who stands out: baselines, label-free scores, learning from inspections, and one fused order.

The parts are scikit-learn estimators for any feature table; ``train`` and ``score`` use the same.
"""

from fraudml.scores.amounts import AmountModel
from fraudml.scores.bagged_pu import BaggedPU
from fraudml.scores.calibration import OutcomeCalibrator
from fraudml.scores.ensemble import LabelFreeEnsemble
from fraudml.scores.fusion import reciprocal_rank_fusion
from fraudml.scores.peer_transformer import PeerTransformer

__all__ = [
    "AmountModel",
    "BaggedPU",
    "LabelFreeEnsemble",
    "OutcomeCalibrator",
    "PeerTransformer",
    "reciprocal_rank_fusion",
]
