"""Masks of different maps, on equal terms."""

import pytest
import torch

from audioxai_lite.evaluation.equal_area import hardened, in_order_of


@pytest.fixture
def pair():
    generator = torch.Generator().manual_seed(0)
    return [torch.randn(3, 1, 5, 7, generator=generator) for _ in range(2)]


def test_values_are_those_of_the_mask_and_the_order_is_that_of_the_map(pair):
    attribution, mask = pair[0], pair[1].sigmoid()
    laid = in_order_of(attribution, mask)
    for clip in range(3):
        values, ranks = laid[clip].flatten(), attribution[clip].flatten().argsort()
        assert torch.equal(values.sort().values, mask[clip].flatten().sort().values)
        assert (values[ranks].diff() >= 0).all()
    assert torch.equal(in_order_of(mask, mask), mask)


def test_numpy_and_whole_numbers_are_taken(pair):
    attribution, mask = pair[0], pair[1].sigmoid()
    found = in_order_of(attribution.double().numpy(), mask.double().numpy())
    torch.testing.assert_close(found, in_order_of(attribution, mask))
    assert in_order_of(torch.arange(4).reshape(1, 1, 2, 2), torch.ones(1, 1, 2, 2)).sum() == 4


def test_as_many_bins_are_kept_as_the_mask_weighs(pair):
    mask = pair[0].sigmoid()
    hard = hardened(mask)
    assert set(hard.unique().tolist()) == {0.0, 1.0}
    assert torch.equal(hard.sum(dim=(1, 2, 3)), mask.sum(dim=(1, 2, 3)).round())
    for clip in range(3):
        assert mask[clip][hard[clip] == 1].min() >= mask[clip][hard[clip] == 0].max()


def test_constant_masks_keep_their_share_and_other_shapes_are_refused():
    half = torch.full((1, 1, 2, 4), 0.5)
    assert hardened(half).sum() == 4
    assert hardened(torch.zeros(1, 1, 2, 4)).sum() == 0
    with pytest.raises(ValueError, match="masks have the shape of the attributions"):
        in_order_of(half, torch.ones(1, 1, 4, 2))
