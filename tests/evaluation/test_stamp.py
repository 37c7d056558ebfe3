"""Whether a mask writes the class by itself."""

import pytest
import torch
from torch import nn

from audioxai_lite.evaluation.stamp import stamped


class Halves(nn.Module):
    """It names the louder of four columns."""

    def forward(self, values):
        return values.mean(dim=(1, 2)).unflatten(1, (4, -1)).mean(dim=2)


def columns(which, batch=1):
    mask = torch.zeros(batch, 1, 3, 8)
    mask[..., 2 * which : 2 * which + 2] = 1
    return mask


def test_an_outline_names_its_class_on_any_ground():
    noise = torch.full((2, 1, 3, 8), -30.0)
    masks = torch.cat([columns(1), columns(3)])
    named, probability = stamped(Halves(), masks, noise, torch.tensor([1, 3]))
    assert named.tolist() == [1, 1] and (probability > 0.99).all()
    named, _ = stamped(Halves(), masks, noise, torch.tensor([0, 3]))
    assert named.tolist() == [0, 1]


def test_a_mask_that_keeps_everything_is_no_stamp():
    ground = torch.full((1, 1, 3, 8), -30.0)
    ground[..., 2:4] = 0
    named, _ = stamped(Halves(), torch.ones_like(ground), ground, torch.tensor([0]))
    assert named.tolist() == [0]


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="grounds have the shape of the masks"):
        stamped(Halves(), columns(0), torch.zeros(1, 1, 3, 4), torch.tensor([0]))
    with pytest.raises(ValueError, match=r"a mask lies in \[0, 1\]"):
        stamped(Halves(), 2 * columns(0), torch.zeros(1, 1, 3, 8), torch.tensor([0]))
