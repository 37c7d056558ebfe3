"""The wrong rule of notebook 04 is wrong where inputs are negative, and nowhere else."""

import torch
from torch import nn

from audioxai_lite import attribution
from audioxai_lite.course.nb04.clamped_rule import lrp_with_clamped_weights


def test_the_clamped_rule_is_right_for_inputs_that_are_not_negative():
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(1, 4, 3, bias=False), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 36, 2, bias=False)
    )
    first = torch.zeros(3, dtype=torch.long)
    positive = torch.rand(3, 1, 8, 8)
    right, wrong = (
        rule(network, positive, first) for rule in (attribution.lrp, lrp_with_clamped_weights)
    )
    assert torch.allclose(right, wrong, atol=1e-4 * right.abs().max().item())
    signed = torch.randn(3, 1, 8, 8)
    right, wrong = (
        rule(network, signed, first) for rule in (attribution.lrp, lrp_with_clamped_weights)
    )
    assert not torch.allclose(right, wrong, atol=0.1 * right.abs().max().item())
    logits = network(signed)[:, 0]
    assert torch.allclose(right.sum(dim=(1, 2, 3)), logits, rtol=1e-2, atol=1e-3)
