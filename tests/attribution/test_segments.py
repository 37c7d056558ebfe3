"""Segments, and copies of a clip without some of them."""

import numpy as np
import pytest
import torch

from audioxai_lite import attribution


def test_perturb_keeps_and_replaces(values):
    segments = attribution.grid(values[:1], 16, 32) + 5
    kept = torch.tensor([[1, 1, 1, 1], [0, 1, 0, 1]])
    whole, part = attribution.perturb(values[:1], segments, kept)
    assert torch.equal(whole, values[0])
    assert torch.equal(part[:, :, 32:], values[0, :, :, 32:])
    assert torch.allclose(part[0, :16, :32], values[0, 0, :16, :32].mean())
    assert (attribution.perturb(values[:1], segments, kept, -80.0)[1, :, :, :32] == -80).all()


def test_superpixels_and_grids_cover_the_clip(values):
    segments = attribution.superpixels(values)
    assert segments.shape == values.shape and segments.dtype == torch.int64
    assert all(set(clip.unique().tolist()) == set(range(clip.max() + 1)) for clip in segments)
    tiles = attribution.grid(values, 8, 16)
    assert tiles[0, 0, ::8, ::16].flatten().tolist() == list(range(16)) and torch.equal(
        tiles[0], tiles[2]
    )
    assert (tiles[0] == 5).sum() == 8 * 16


def test_masks_and_fills_of_every_type_are_taken(values):
    segments, kept = attribution.grid(values[:1], 16, 32), torch.tensor([[0, 1, 0, 1]])
    expected = attribution.perturb(values[:1], segments, kept, -80.0)
    for same in (kept.bool(), kept.double(), kept.numpy().astype(np.uint8)):
        result = attribution.perturb(
            values[:1].double().numpy(), segments.numpy(), same, torch.full((32, 1), -80.0)
        )
        assert torch.equal(result, expected)


@pytest.mark.parametrize(
    ("perturb", "words"),
    [
        (lambda v, s: attribution.perturb(v, s, torch.ones(2, 3)), "of 4 segments"),
        (lambda v, s: attribution.perturb(v, s[..., 1:], torch.ones(2, 4)), "shape of the values"),
        (lambda v, s: attribution.perturb(v, s, torch.ones(2, 4), torch.nan), "fill hold NaN"),
        (lambda v, s: attribution.perturb(v, s, torch.ones(2, 4), "median"), "not str"),
        (lambda v, s: attribution.superpixels(v * torch.nan), "NaN or infinity"),
    ],
)
def test_what_does_not_fit_is_explained(values, perturb, words):
    with pytest.raises(ValueError, match=words):
        perturb(values[:1], attribution.grid(values[:1], 16, 32))
