"""RISE against sums written out, and on a model whose answer is known cell by cell."""

import pytest
import torch
from torch import nn

from audioxai_lite import attribution


class Weighted(nn.Module):
    """A sum of bins with weights of both signs, and a constant that says nothing."""

    def __init__(self, weights):
        super().__init__()
        self.weights = nn.Parameter(weights)

    def forward(self, x):
        return (x * self.weights).sum(dim=(1, 2, 3)) + 100.0


@pytest.fixture(scope="module")
def weighted():
    coarse = torch.randn(1, 1, 6, 6, generator=torch.Generator().manual_seed(0))
    return Weighted(nn.functional.interpolate(coarse, (24, 36), mode="bilinear"))


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_cells_that_matter_are_found_with_their_sign(weighted, sign):
    values = sign * torch.ones(1, 1, 24, 36)
    found = attribution.rise(weighted, values, cells=(6, 6), masks=3000, baseline=0.0)
    expected = sign * weighted.weights.detach()
    together = torch.stack([found.flatten(), expected.flatten()])
    assert torch.corrcoef(together)[0, 1] > 0.85


def test_the_map_is_the_difference_of_two_weighted_means(weighted):
    """Masks are seen through a model that keeps what it is asked."""
    seen = []

    class Keeping(nn.Module):
        def forward(self, x):
            seen.append(x.detach().clone())
            return weighted(x)

    values = torch.ones(1, 1, 24, 36)
    found = attribution.rise(Keeping(), values, masks=40, baseline=0.0, batch_size=40)
    masks = seen[-1]  # of ones and silence 0: what the model sees is the mask
    outputs = weighted(masks).detach()[:, None, None, None]
    kept = (outputs * masks).sum(dim=0) / masks.sum(dim=0)
    lost = (outputs * (1 - masks)).sum(dim=0) / (1 - masks).sum(dim=0)
    assert torch.allclose(found[0], kept - lost, rtol=1e-3, atol=1e-3)


def test_batches_and_seeds(weighted):
    values = torch.ones(1, 1, 24, 36)
    same, other = (
        attribution.rise(weighted, values, masks=60, baseline=0.0, seed=seed) for seed in (0, 1)
    )
    assert torch.equal(same, attribution.rise(weighted, values, masks=60, baseline=0.0))
    assert not torch.allclose(same, other)
    with pytest.raises(ValueError, match="between 0 and 1, not at 1"):
        attribution.rise(weighted, values, kept=1)
