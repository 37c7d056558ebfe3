"""Every public function of what was `audioxai_lite.sanity`, called on fixed inputs."""

import torch

from audioxai_lite.evaluation.sanity import randomised
from audioxai_lite.evaluation.stability import rank_correlation


def call_randomised(keep):
    from audioxai_lite.models.cnn14 import Cnn14

    keep([name for name, copy_that_knows_less in keep(randomised(Cnn14(10)))][:3])


def call_rank_correlation(keep):
    found = torch.arange(12.0).reshape(1, 1, 3, 4)
    keep(
        (
            round(keep(rank_correlation(found, found**3)).item(), 3),
            round(keep(rank_correlation(found, -found)).item(), 3),
        )
    )
