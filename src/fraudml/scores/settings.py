"""Hyper-parameters of the supervised model: the house's own, or what a search found better."""

from dataclasses import asdict, dataclass
from typing import Any

from fraudml.params import TrainParams
from fraudml.scores.bagged_pu import BaggedPU


@dataclass(frozen=True)
class Settings:
    """What ``train.trials`` may search; the defaults are the house's own.

    rounds_share  rounds of boosting as a share of ``train.rounds``
    """

    rounds_share: float = 1.0
    learning_rate: float = 0.03
    leaves: int = 7
    l2: float = 0.1
    averaged_leaves: int = 31
    negatives_per_confirmed: float = 3.0
    boosted_share: float = 0.5
    linear_share: float = 1 / 3

    def learner(self, params: TrainParams) -> BaggedPU:
        """The learner with these settings."""
        content: dict[str, Any] = asdict(self)
        rounds = max(1, round(params.rounds * content.pop("rounds_share")))
        return BaggedPU(params.bags, rounds, random_state=params.seed, **content)


HOUSE = Settings()
