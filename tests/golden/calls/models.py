"""Every public function of what was `audioxai_lite.models`, called on fixed inputs."""

import torch
from torch import nn

from audioxai_lite.models import evaluating


def call_evaluating(keep):
    model = nn.Dropout()
    with keep(evaluating(model)):
        (model.training, torch.is_grad_enabled())
    keep(model.training)
