"""Every public function of what was `audioxai_lite.faithfulness`, called on fixed inputs."""

import torch

from audioxai_lite.evaluation.faithfulness import (
    chance_score,
    replace_and_score,
    time_curve,
    top_percentile,
    widen_to_segments,
)
from audioxai_lite.evaluation.localisation import temporal_precision


def call_time_curve(keep):
    keep(keep(time_curve(torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]]))).tolist())


def call_top(keep):
    keep(keep(top_percentile(torch.tensor([[1.0, 2.0, 3.0, 4.0]]), 75)).tolist())


def call_widen_to_segments(keep):
    keep(keep(widen_to_segments(torch.tensor([[False, True, False, False, False]]), 2)).tolist())


def call_replace_and_score(keep):
    from audioxai_lite.models.autoencoder import Autoencoder

    clip, chosen = (torch.randn(1, 1, 64, 200), torch.arange(200)[None] < 20)
    score, share = keep(replace_and_score(Autoencoder(), clip, chosen))
    keep(round(share.item(), 2))


def call_chance_score(keep):
    from audioxai_lite.models.autoencoder import Autoencoder

    clip, everything = (torch.randn(1, 1, 64, 200), torch.ones(1, 200).bool())
    model = Autoencoder()
    chance = keep(chance_score(model, clip, everything, draws=2))
    keep(torch.allclose(chance, replace_and_score(model, clip, everything)[0]))


def call_temporal_precision(keep):
    chosen, annotated = (torch.tensor([[1, 1, 0, 0]]).bool(), torch.tensor([[1, 0, 0, 0]]).bool())
    found = keep(temporal_precision(chosen, annotated, segment=1))
    keep((found["precision"].item(), found["recall"].item()))
