"""Background noises are drawn at one level and sound as they are described."""

import pytest
import torch

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
