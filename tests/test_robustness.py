"""Background sounds, levels and the agreement of maps, each against a value that is known."""

import math

import pytest
import torch

from audioxai_lite.evaluation import stability
from audioxai_lite.published import posthoc_audio
from audioxai_lite.sound import levels
from audioxai_lite.sound.audio import AudioError
from audioxai_lite.sound.noises import NOISES
from audioxai_lite.sound.spectrogram import LogMel

RATE = 16_000


def draw(name, seed=0, seconds=4):
    return NOISES[name](seconds * RATE, RATE, torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("name", NOISES)
def test_noises_are_drawn_from_the_generator_at_one_level(name):
    sound = draw(name)
    assert sound.shape == (1, 4 * RATE) and sound.isfinite().all()
    assert sound.square().mean().sqrt() == pytest.approx(0.1, rel=1e-4)
    assert torch.equal(sound, draw(name)) and not torch.equal(sound, draw(name, seed=1))


def test_noises_sound_as_they_are_described():
    feature = LogMel()
    white, room, whinny = (feature(draw(name)).values[0, 0] for name in NOISES)
    power = {name: draw(name).square().reshape(-1, 800).mean(dim=1) for name in NOISES}
    assert power["white"].max() < 1.5 * power["white"].min()  # continuous
    assert power["whinny"].min() < 1e-6 < 1e-3 < power["whinny"].max()  # with silence between
    assert (power["room"].min() > 1e-3) and (power["room"].max() < 30 * power["room"].min())
    low, high = white[20:30].mean(), white[50:60].mean()
    assert (
        white.mean(dim=1)[10:].diff().abs() < 3
    ).all() and high > low  # wider bands hold more of it
    spectrum = torch.fft.rfft(draw("room")[0]).abs()
    assert spectrum[200] == spectrum[150:250].max()  # 50 Hz in 4 s
    assert room[:8].mean() > room[40:].mean() + 15
    loudest = whinny.amax(dim=1)
    assert feature.frequencies[loudest.argmax()] == pytest.approx(800, abs=500)


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
    with pytest.raises(AudioError, match="lengths differ"):
        levels.mix(clip, noise[:, :-1], snr, RATE)


def test_published_mixture_is_by_whole_lengths():
    assert posthoc_audio.SNR == pytest.approx(3.52, abs=0.01)
    bark, noise = torch.zeros(1, 4 * RATE), draw("white")
    bark[:, RATE : 2 * RATE] = torch.sin(torch.arange(RATE) / 5)
    mixed = posthoc_audio.mix(3 * bark, 5 * noise)
    assert mixed.abs().max() == pytest.approx(1)
    gain = (mixed[:, : RATE // 2] / noise[:, : RATE // 2]).median()
    left = mixed - gain * noise
    whole = 10 * (left.square().mean() / (gain * noise).square().mean()).log10()
    assert whole.item() == pytest.approx(posthoc_audio.SNR, abs=0.05)
    # The bark fills a quarter of the clip, so while it lasts it is 6 dB louder than that.
    louder = levels.mix(bark, noise, posthoc_audio.SNR + 20 * math.log10(2), RATE)
    assert torch.allclose(louder / louder.abs().max(), mixed, atol=0.02)
    with pytest.raises(AudioError, match="lengths differ"):
        posthoc_audio.mix(bark, noise[:, 1:])


def test_agreement_of_maps():
    first = torch.randn(3, 1, 12, 20, generator=torch.Generator().manual_seed(0))
    assert stability.top_overlap(first, 2 * first + 1).tolist() == [1, 1, 1]
    assert stability.top_overlap(first, -first, 0.5).tolist() == [0, 0, 0]
    other = torch.randn(200, 1, 12, 20, generator=torch.Generator().manual_seed(2))
    chance = stability.top_overlap(other, other.roll(1, dims=0), 0.2).mean()
    assert chance.item() == pytest.approx(0.2, abs=0.01)
    with pytest.raises(ValueError, match="one shape"):
        stability.top_overlap(first, first[:2])
