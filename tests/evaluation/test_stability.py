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


def test_what_a_map_says_nothing_of_shares_the_last_places():
    first, second = torch.zeros(1, 1, 64, 100), torch.zeros(1, 1, 64, 100)
    first.view(-1)[:120] = torch.arange(1.0, 121)
    second.view(-1)[-120:] = torch.arange(1.0, 121)
    chance = 200 / 6280  # of each of the equal bins to fill the 320 places
    expected = (240 * chance + 6160 * chance**2) / 320
    assert stability.top_overlap(first, second).item() == pytest.approx(expected)
    assert stability.top_overlap(first, first).item() == pytest.approx((120 + 200 * chance) / 320)
    nothing = torch.zeros_like(first)
    assert stability.top_overlap(nothing, nothing).item() == pytest.approx(0.05)
    assert stability.top_overlap(nothing, first).item() == pytest.approx(0.05)


def test_equal_parts_of_a_map_are_taken_in_order():
    parts = torch.arange(20.0).repeat_interleave(100).reshape(1, 1, 20, 100)  # as superpixels
    assert stability.top_overlap(parts, parts).item() == 1
    assert stability.top_overlap(parts, parts, 0.025).item() == 1  # half of the last part
    first_half = parts.clone()
    first_half[0, 0, -1, 50:] = 0
    assert stability.top_overlap(parts, first_half, 0.025).item() == 1
    second_half = parts.clone()
    second_half[0, 0, -1, :50] = 0
    assert stability.top_overlap(parts, second_half, 0.025).item() == 0


def test_maps_of_any_type_are_compared():
    first = torch.arange(20.0).reshape(1, 1, 4, 5)
    for given in (first.int(), first.double(), first.numpy(), first.clone().requires_grad_()):
        assert stability.rank_correlation(given, -first).item() == pytest.approx(-1)
        assert stability.top_overlap(given, first, 0.2).item() == 1
    chosen = first > 9
    assert stability.top_overlap(chosen, chosen.float(), 0.5).item() == 1
    with pytest.raises(ValueError, match="is none; raise it"):
        stability.top_overlap(first, first, 0.01)
