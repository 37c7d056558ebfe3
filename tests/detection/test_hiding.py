"""Errors of bins that were hidden."""

import numpy as np
import pytest
import torch
from stand_in_detectors import Copier, Smoother

from audioxai_lite import detection


@pytest.mark.parametrize(
    "shape, patch_size", [((16, 20), (4, 4)), ((18, 23), (4, 4)), ((2, 1, 7, 30), (3, 8))]
)
@pytest.mark.parametrize("ratio, passes", [(0.3, 4), (0.5, 2), (0.1, 10), (0.7, 2), (1 / 3, 3)])
def test_masks_hide_every_patch_once(shape, patch_size, ratio, passes):
    masks = detection.complementary_masks(
        shape, patch_size, ratio, torch.Generator().manual_seed(0)
    )
    assert masks.shape == (passes, 1, *shape[-2:])
    assert set(masks.unique().tolist()) == {0.0, 1.0}
    assert ((1 - masks).sum(dim=0) == 1).all()
    corners = masks[:, 0, :: patch_size[0], :: patch_size[1]]
    whole = corners.repeat_interleave(patch_size[0], 1).repeat_interleave(patch_size[1], 2)
    assert torch.equal(whole[:, : shape[-2], : shape[-1]], masks[:, 0])
    hidden = (corners == 0).sum(dim=(1, 2))
    assert hidden.max() - hidden.min() <= 1 and hidden.max() <= np.ceil(ratio * corners[0].numel())


def test_masks_are_random_and_repeatable():
    def masks(seed):
        return detection.complementary_masks(
            (64, 200), (4, 4), 0.3, torch.Generator().manual_seed(seed)
        )

    assert torch.equal(masks(1), masks(1))
    assert 0.1 < (masks(1)[0] * (1 - masks(2)[0])).mean() < 0.28  # chance: 3/16
    by_row = (1 - masks(1)[0, 0]).mean(dim=1)
    assert 0.05 < by_row.min() and by_row.max() < 0.5  # scattered, not one block


@pytest.mark.parametrize(
    "patch_size, ratio, words",
    [
        ((4, 4), 0.0, "between 0 and 1"),
        ((4, 4), 1.0, "between 0 and 1"),
        ((4, 4), float("nan"), "between 0 and 1"),
        ((4, 4), 0.01, "none of 30 patches"),
        ((0, 4), 0.3, "at least 1 band"),
        ((4, -1), 0.3, "at least 1 band"),
    ],
)
def test_bad_masks_are_refused(patch_size, ratio, words):
    with pytest.raises(ValueError, match=words):
        detection.complementary_masks((18, 23), patch_size, ratio, torch.Generator())


def test_masked_errors_come_from_hidden_cells_only(values):
    model = Copier()
    assert detection.unmasked_errors(model, values).max() == 0  # who copies looks perfect, unmasked
    visible = torch.ones_like(values)
    visible[..., :5, :] = 0
    assert model.errors(values, visible)[..., 5:, :].max() == 0
    assert torch.allclose(detection.masked_errors(model, values), values.square())
    assert torch.allclose(
        detection.masked_errors(model, values, ratio=0.6, repeats=3), values.square()
    )


def test_masked_errors_by_hand(values):
    model = Smoother().eval()
    generator = torch.Generator().manual_seed(7)
    expected = torch.zeros_like(values)
    for _ in range(3):
        for mask in detection.complementary_masks(values.shape, (4, 4), 0.4, generator):
            cells = (mask == 0).expand_as(values)
            expected[cells] += model.errors(values, mask[None])[cells] / 3
    assert torch.allclose(
        detection.masked_errors(model, values, 0.4, 3, seed=7), expected, rtol=1e-4, atol=1e-5
    )


def test_masked_errors_know_seed_patch_size_and_batches(values):
    model = Smoother()
    errors = detection.masked_errors(model, values)
    assert torch.equal(errors, detection.masked_errors(model, values, seed=0))
    assert not torch.allclose(errors, detection.masked_errors(model, values, seed=1))
    assert model.most == 5
    model.most = 0
    in_parts = detection.masked_errors(model, values, batch_size=2)
    assert model.most == 2 and torch.allclose(errors, in_parts)
    assert torch.allclose(
        errors[3:4], detection.masked_errors(model, values[3:4])
    )  # whatever else is in the batch
    model.patch_size = (6, 2)
    assert not torch.allclose(errors, detection.masked_errors(model, values))
    for wrong in ({"repeats": 0}, {"batch_size": 0}):
        with pytest.raises(ValueError, match="start from 1"):
            detection.masked_errors(model, values, **wrong)
