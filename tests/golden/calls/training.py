"""Every public function of what was `audioxai_lite.training`, called on fixed inputs."""

import torch
from torch import nn

from audioxai_lite.models.training import evaluate, fit


def call_fit(keep):
    def loss(model, x, y, generator):
        return (model(x) - y).square().mean()

    x = torch.linspace(-1, 1, 64)[:, None]
    history = keep(
        fit(nn.Linear(1, 1), loss, (x, 2 * x), (x, 2 * x), learning_rate=0.1, progress=False)
    )
    keep(bool(history["validation_loss"].iloc[-1] < 0.01))


def call_evaluate(keep):
    def loss(model, x, generator):
        return (model(x) - x).square().mean()

    keep(evaluate(nn.Identity(), loss, (torch.randn(8, 3),)))
