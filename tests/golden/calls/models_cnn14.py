"""Every public function of what was `audioxai_lite.models.cnn14`, called on fixed inputs."""

import torch
from torch import nn

from audioxai_lite.models.cnn14 import (
    Cnn14,
    cnn14_for_predictions,
    cnn14_from_panns,
    cnn14_with_folded_norms,
    cross_entropy_loss,
    drop_cells,
    missingness_loss,
)


def call_Cnn14(keep):
    keep(keep(Cnn14(classes=10))(torch.randn(2, 1, 64, 251)).shape)


def call_with_folded_norms(keep):
    model, values = (Cnn14(10).eval(), torch.randn(1, 1, 64, 251))
    keep(torch.allclose(keep(cnn14_with_folded_norms(model))(values), model(values), atol=0.0001))


def call_for_predictions(keep):
    model, values = (Cnn14(10).eval(), torch.randn(1, 1, 64, 251))
    keep(torch.allclose(keep(cnn14_for_predictions(model))(values), model(values), atol=0.0001))


def call_from_panns(keep):
    published = {
        key.replace("output.", "fc_audioset."): value
        for key, value in Cnn14(527).state_dict().items()
    }
    model = Cnn14(10)
    keep(model.load_state_dict(keep(cnn14_from_panns(published, model))))


def call_cross_entropy_loss(keep):
    model, target = (nn.Flatten(), torch.tensor([1]))
    keep(
        keep(
            cross_entropy_loss(
                model.eval(), torch.tensor([[[[0.0, 9.0]]]]), target, torch.Generator()
            )
        ).item()
        < 0.001
    )


def call_missingness_loss(keep):
    model, target = (Cnn14(10), torch.tensor([3, 5]))
    keep(
        keep(
            missingness_loss(model, torch.randn(2, 1, 64, 251), target, torch.Generator())
        ).backward()
    )
    keep(model.output.weight.grad.abs().sum().item() > 0)


def call_drop_cells(keep):
    dropped = keep(drop_cells(torch.zeros(1, 1, 64, 100), torch.Generator().manual_seed(0)))
    keep(sorted(dropped.unique().tolist()))
