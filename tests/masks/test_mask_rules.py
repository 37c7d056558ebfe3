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


RULES = {
    "positive_part": masks.positive_part,
    "min_max": masks.min_max,
    "relative_to_largest": masks.relative_to_largest,
    "sigmoid": masks.sigmoid,
    "sign": masks.sign,
    "threshold": lambda values: masks.threshold(values, 0.5),
    "top_k": lambda values: masks.top_k(values, 0.3),
    "area": masks.area,
    "is_constant_mask": masks.is_constant_mask,
    "smooth": masks.smooth,
}
TYPES = {
    "int": lambda values: values.long(),
    "float64": lambda values: values.double(),
    "half": lambda values: values.half(),
    "NumPy": lambda values: values.double().numpy(),
    "list": lambda values: values.tolist(),
    "with gradients": lambda values: values.clone().requires_grad_(),
}


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("name", RULES)
def test_numbers_of_any_type_are_taken(attribution, name, kind):
    whole = attribution.mul(3).round()
    expected = RULES[name](whole)
    mask = RULES[name](TYPES[kind](whole))
    assert mask.dtype == expected.dtype and not mask.requires_grad
    assert torch.equal(mask, expected)


@pytest.mark.parametrize("name", RULES)
def test_bool_counts_as_ones_and_zeros(attribution, name):
    chosen = attribution > 0
    assert torch.equal(RULES[name](chosen), RULES[name](chosen.float()))


def test_the_area_of_a_bool_mask_is_its_share():
    assert masks.area(torch.tensor([[[[True, False, False, True]]]])).tolist() == [0.5]


def test_a_mask_is_constant_or_not():
    both = torch.stack([torch.full((1, 2, 2), 0.5), torch.eye(2)[None]])
    assert masks.is_constant_mask(both).tolist() == [True, False]
