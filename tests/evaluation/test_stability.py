"""How much two maps agree, by hand."""

import pytest
import torch

from audioxai_lite.evaluation import stability


def test_rank_correlation_by_hand():
    first = torch.tensor([[[[1.0, 2.0, 3.0, 4.0]]], [[[1.0, 2.0, 3.0, 4.0]]]])
    second = torch.tensor([[[[1.0, 8.0, 27.0, 64.0]]], [[[4.0, 3.0, 2.0, 1.0]]]])
    assert torch.allclose(
        stability.rank_correlation(first, second), torch.tensor([1.0, -1.0], dtype=torch.float64)
    )
    assert stability.rank_correlation(first, 0 * first).isnan().all()
    with pytest.raises(ValueError, match="one shape"):
        stability.rank_correlation(first, second[:1])


def test_agreement_of_maps():
    first = torch.randn(3, 1, 12, 20, generator=torch.Generator().manual_seed(0))
    assert stability.top_overlap(first, 2 * first + 1).tolist() == [1, 1, 1]
    assert stability.top_overlap(first, -first, 0.5).tolist() == [0, 0, 0]
    other = torch.randn(200, 1, 12, 20, generator=torch.Generator().manual_seed(2))
    chance = stability.top_overlap(other, other.roll(1, dims=0), 0.2).mean()
    assert chance.item() == pytest.approx(0.2, abs=0.01)
    with pytest.raises(ValueError, match="one shape"):
        stability.top_overlap(first, first[:2])
