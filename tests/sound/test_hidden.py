"""Changes within a limit, whatever numbers they are made from."""

import pytest
import torch

from audioxai_lite.datasets import environment
from audioxai_lite.sound.hearing import noise_to_mask
from audioxai_lite.sound.hidden import loudness_limit, under_the_mask


@pytest.fixture(scope="module")
def sounds():
    """A dog, half a second of digital silence in it, a quiet clip, and a tone."""
    dog = environment.load().select(fold=5)[0].waveform[:, :32_000].clone()
    dog[:, 12_000:20_000] = 0
    quiet = torch.randn(1, 32_000, generator=torch.Generator().manual_seed(0)) / 1000
    tone = torch.sin(2 * torch.pi * 440 * torch.arange(32_000) / 16_000)[None] / 2
    return torch.cat([dog, quiet, tone])


@pytest.mark.parametrize("size", [0.1, 3.0, 100.0])
def test_a_hidden_change_lies_under_the_mask_in_every_band_and_frame(sounds, size):
    hidden = under_the_mask(sounds)
    generator = torch.Generator().manual_seed(1)
    free = size * torch.randn(hidden.start().shape, generator=generator)
    change = hidden.change(free, tight=True)
    ratio = noise_to_mask(change, sounds)
    assert ratio.max() < 0
    assert change.abs().amax(dim=1).min() > 0
    as_file = ((sounds + change) * 32_767).round() / 32_767
    assert noise_to_mask(as_file - sounds, sounds)[[0, 2]].max() < 0
    if size > 1:  # the room is used
        assert ratio.flatten(1).median(dim=1).values.min() > -20


def test_nothing_in_nothing_out_and_slopes_at_the_start(sounds):
    for limit in (under_the_mask(sounds), loudness_limit(sounds, 30.0)):
        free = limit.start().requires_grad_()
        change = limit.change(free)
        assert change.shape == sounds.shape and (change == 0).all()
        (slope,) = torch.autograd.grad((change * torch.randn_like(change)).sum(), free)
        assert slope.isfinite().all() and slope.abs().sum() > 0


def test_a_larger_margin_leaves_less_room(sounds):
    rooms = [under_the_mask(sounds, margin=margin).room for margin in (0.0, 20.0)]
    assert torch.allclose(rooms[0], 10 * rooms[1])


@pytest.mark.parametrize("ratio", [0.0, 30.0])
def test_a_limited_change_is_so_much_softer(sounds, ratio):
    limit = loudness_limit(sounds, ratio)
    loud, soft = (limit.change(size * torch.randn_like(sounds)) for size in (50.0, 0.01))
    found = 10 * (sounds.square().mean(dim=1) / loud.square().mean(dim=1)).log10()
    assert torch.allclose(found, torch.full((3,), ratio), atol=1e-3)
    assert (soft.square().mean(dim=1) < loud.square().mean(dim=1)).all()
