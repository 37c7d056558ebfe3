"""Rules that make masks, by hand, and what they must never do."""

import numpy as np
import pytest
import torch

from audioxai_lite import masks


@pytest.fixture
def attribution():
    return torch.randn(3, 1, 8, 10, generator=torch.Generator().manual_seed(0))


def test_rules_by_hand():
    attribution = torch.tensor([[[[-2.0, 0.0, 1.0, 2.0]]]])
    assert masks.min_max(attribution).flatten().tolist() == [0, 0.5, 0.75, 1]
    assert masks.relative_to_largest(attribution).flatten().tolist() == [0, 0, 0.5, 1]
    assert masks.sign(attribution).flatten().tolist() == [0, 0, 1, 1]
    assert masks.threshold(attribution, 0.5).flatten().tolist() == [0, 0, 1, 1]
    assert masks.threshold(attribution, 0.75).flatten().tolist() == [0, 0, 0, 1]
    for rule in (
        masks.min_max,
        masks.relative_to_largest,
        masks.sign,
        lambda values: masks.threshold(values, 0.25),
    ):
        assert rule(torch.zeros(1, 1, 2, 2)).sum() == 0


def test_a_sigmoid_of_small_numbers_is_a_volume_knob(attribution):
    assert (masks.sigmoid(1e-4 * attribution) - 0.5).abs().max() < 1e-4


@pytest.mark.parametrize("share", [0.05, 0.3, 0.5, 0.99])
def test_exact_area_is_exact_whatever_the_ties(attribution, share):
    for values in (
        attribution,
        attribution.clamp(min=0),
        torch.zeros_like(attribution),
        attribution.round(),
    ):
        kept = masks.top_k(values, share)
        assert (kept.sum(dim=(1, 2, 3)) == round(share * 80)).all()
        least = torch.where(kept > 0, values, np.inf).amin(dim=(2, 3))
        assert (least >= torch.where(kept == 0, values, -np.inf).amax(dim=(2, 3))).all()
    assert masks.top_k(torch.zeros(1, 1, 2, 4), 0.5).flatten().tolist() == [1, 1, 1, 1, 0, 0, 0, 0]


def test_smoothing_removes_single_bins_and_keeps_blocks():
    mask = torch.zeros(1, 1, 20, 20)
    mask[..., 3, 3], mask[..., 10:16, 10:16] = 1, 1
    smoothed = masks.smooth(mask)
    assert smoothed[..., 3, 3] == 0 and smoothed[..., 11:15, 11:15].all() and smoothed.sum() == 32
    assert torch.equal(masks.smooth(mask, 1), mask)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda a: masks.top_k(a, 0.0), "share lies between 0 and 1"),
        (lambda a: masks.top_k(a, 1.0), "share lies between 0 and 1"),
        (lambda a: masks.threshold(a, 0.0), "tau lies in"),
        (lambda a: masks.smooth(a, 4), "odd and positive, not 4"),
        (lambda a: masks.sign(a[0]), "shape"),
        (lambda a: masks.min_max(a * torch.nan), "NaN"),
        (lambda a: masks.apply_mask(a, 2 * torch.ones_like(a)), "lies in \\[0, 1\\]"),
    ],
)
def test_bad_input_is_told(attribution, call, words):
    with pytest.raises(ValueError, match=words):
        call(attribution)
