"""Levels, mixtures and masks of decibels, each against a value that is known."""

import pytest
import torch

from audioxai_lite import masks
from audioxai_lite.published import posthoc_audio
from audioxai_lite.sound import levels
from audioxai_lite.sound.audio import AudioError
from audioxai_lite.sound.noises import NOISES
from audioxai_lite.sound.spectrogram import LogMel

RATE = 16_000


def draw(name, seed=0, seconds=4):
    return NOISES[name](seconds * RATE, RATE, torch.Generator().manual_seed(seed))


def test_level_of_a_bark_is_that_of_the_bark():
    bark = torch.zeros(2, RATE)
    bark[0, 3200:8000] = 0.5
    bark[1] = 0.5
    assert levels.active_level(bark, RATE).tolist() == [[pytest.approx(0.5)], [pytest.approx(0.5)]]
    faint = bark + 0.5 * 10 ** (-40 / 20)  # a ground of -40 dB is pause
    assert levels.active_level(faint, RATE)[0].item() == pytest.approx(0.505)
    with pytest.raises(AudioError, match="silent"):
        levels.active_level(torch.zeros(1, RATE), RATE)
    with pytest.raises(AudioError, match="20 ms"):
        levels.active_level(torch.ones(1, 100), RATE)


@pytest.mark.parametrize("snr", [-5.0, posthoc_audio.SNR, 30.0])
def test_mixture_has_the_ratio_that_was_asked_for(snr):
    clip = torch.zeros(1, 4 * RATE)
    clip[:, RATE : 2 * RATE] = torch.sin(torch.arange(RATE) / 5)
    noise = draw("white")
    mixed = levels.mix(clip, noise, snr, RATE)
    assert mixed.abs().max() == pytest.approx(clip.abs().max())
    gain = (mixed[:, : RATE // 2] / noise[:, : RATE // 2]).median()  # where the clip pauses
    left = mixed - gain * noise
    ratio = levels.active_level(left, RATE, 20.0) / levels.active_level(gain * noise, RATE)
    assert 20 * ratio.log10().item() == pytest.approx(snr, abs=0.1)
    assert torch.allclose(
        levels.mix(0.2 * clip, noise, snr, RATE), 0.2 * mixed, atol=1e-5
    )  # the level stays
    louder = levels.mix(clip, 7 * noise, snr, RATE)
    assert torch.allclose(louder, mixed, atol=1e-5)  # whatever level the noise came at
    with pytest.raises(AudioError, match="samples for .* of signal"):
        levels.mix(clip, noise[:, :-1], snr, RATE)


def test_masked_decibels_stay_or_fall_silent():
    values = LogMel()(0.1 * torch.randn(2, 8000, generator=torch.Generator().manual_seed(0))).values
    mask = torch.rand(values.shape, generator=torch.Generator().manual_seed(1))
    kept, removed = masks.apply_mask(values, mask)
    assert torch.allclose(kept, (values + 100) * mask - 100, atol=1e-4)
    assert torch.allclose(removed, (values + 100) * (1 - mask) - 100, atol=1e-4)
    whole, silent = masks.apply_mask(values, torch.ones(1))
    assert torch.equal(whole, values) and (silent == -100).all()
    kept, removed = masks.apply_mask(values, torch.zeros(1, 1, 1, 1), floor=-80.0)
    assert (kept == -80).all() and torch.equal(removed, values)


def test_masks_of_any_type_are_applied():
    values = torch.tensor([[[[-20.0, -30.0]]]])
    mask = torch.tensor([[[[1.0, 0.0]]]])
    for given in (mask.bool(), mask.int(), mask.double(), mask.numpy()):
        kept, removed = masks.apply_mask(values, given)
        assert kept.flatten().tolist() == [-20, -100] and kept.dtype == torch.float32
        assert removed.flatten().tolist() == [-100, -30]
    assert masks.apply_mask(values.int().numpy(), mask.bool())[0].flatten().tolist() == [-20, -100]
