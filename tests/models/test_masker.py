"""The decoder of learned masks."""

import pytest
import torch

from audioxai_lite.models.masker import Masker

CHANNELS = (4, 8, 16)


def maps_of(batch=2, generator=None):
    sizes = [(16, 40), (8, 20), (4, 10)]
    generator = generator or torch.Generator().manual_seed(0)
    shapes = zip(CHANNELS, sizes, strict=True)
    return [torch.rand(batch, number, *size, generator=generator) for number, size in shapes]


def test_masks_have_the_shape_that_is_asked_and_start_out_keeping_most():
    torch.manual_seed(0)
    drawn = Masker(CHANNELS)(maps_of(), (32, 81)).sigmoid()
    assert drawn.shape == (2, 1, 32, 81)
    assert drawn.mean() > 0.7


def test_a_clip_does_not_depend_on_its_neighbours():
    masker, maps = Masker(CHANNELS).eval(), maps_of(3)
    together = masker(maps, (32, 80))
    for clip in range(3):
        alone = masker([each[clip : clip + 1] for each in maps], (32, 80))
        torch.testing.assert_close(alone, together[clip : clip + 1], atol=1e-5, rtol=1e-5)


def test_every_layer_reaches_the_mask():
    maps = [each.requires_grad_() for each in maps_of()]
    Masker(CHANNELS)(maps, (32, 80))[0, 0, 16, 40].backward()
    for each in maps:
        assert (each.grad[0] != 0).any() and not each.grad[1].any()


def test_the_decoder_of_the_courses_network_is_small():
    weights = sum(weight.numel() for weight in Masker((4, 8, 16, 64, 128, 256)).parameters())
    assert 4 * weights < 1.5e6  # bytes


def test_layers_are_as_many_as_the_decoder_was_made_for():
    with pytest.raises(ValueError, match="zip"):
        Masker(CHANNELS)(maps_of()[:2], (32, 80))
