"""Gains: ones are the recording, zeros are silence or a fill, and mel bands are exact."""

import pytest
import torch

from audioxai_lite import AudioModel, explain
from audioxai_lite.sound import fills
from audioxai_lite.sound.gains import SampleGains, SampleGrid, StftGains
from audioxai_lite.sound.spectrogram import LogMel
from audioxai_lite.sound.stft import PowerStft

RATE = 16_000


@pytest.fixture(scope="module")
def sound():
    return torch.randn(1, 12_345, generator=torch.Generator().manual_seed(0)) / 10


@pytest.mark.parametrize(
    "grid",
    [
        PowerStft(RATE, hop_length=256),
        PowerStft(RATE, 2048, 512),
        LogMel(RATE, n_mels=32, hop_length=256),
        LogMel(RATE, n_mels=64, hop_length=128, f_min=200, f_max=6_000),
    ],
    ids=["stft", "long", "mel", "narrow mel"],
)
@pytest.mark.parametrize("fill", [None, fills.mean_level, fills.background_level, fills.inpainted])
def test_ones_are_the_recording(sound, grid, fill):
    played = StftGains(sound, grid, fill)
    assert torch.allclose(played(played.ones), sound, atol=1e-5)
    assert played.energy.shape == played.ones.shape
    nothing = played(torch.zeros_like(played.ones))
    assert (nothing.abs().max() == 0) == (fill is None)
    two = torch.cat([played.ones, played.ones / 2])
    # Their spectra are equal to the bit; on some processors istft rounds two otherwise than one.
    assert torch.allclose(played(two)[:1], played(played.ones), atol=3e-7)


def test_a_band_turned_down_is_turned_down(sound):
    grid = PowerStft(RATE, hop_length=256)
    played = StftGains(sound, grid)
    gains = played.ones.clone()
    gains[:, :, 200:300] = 0
    before, after = (grid(x).values[0, 0, 210:290].mean() for x in (sound, played(gains)))
    outside = [grid(x).values[0, 0, 320:].mean() for x in (sound, played(gains))]
    assert after < 1e-3 * before and outside[0] == pytest.approx(outside[1].item(), rel=1e-2)


def test_frames_must_overlap(sound):
    with pytest.raises(ValueError, match="hop_length of at most 256, not 320"):
        StftGains(sound, PowerStft(RATE))


def test_too_many_bands_are_refused(sound):
    with pytest.raises(ValueError, match="hold no bin"):
        StftGains(sound, LogMel(RATE, n_fft=256, hop_length=64, n_mels=128))


def test_samples_are_a_grid(sound):
    """A gain a sample: integrated gradients of the energy are the squares of the samples."""

    class Energy(torch.nn.Module):
        def forward(self, waveforms):
            return waveforms.square().sum(dim=1)

    model = AudioModel(Energy(), sample_rate=RATE, grid=SampleGrid(RATE))
    explanation = explain(model, sound, "integrated gradients")
    assert explanation.map.shape == (1, 1, 1, 12_345)
    assert torch.allclose(explanation.map[0, 0], sound.square(), atol=1e-5)
    assert explanation.seconds[-1] == pytest.approx(12_344 / RATE)
    gains = torch.zeros(1, 1, 1, 12_345)
    gains[..., :100] = 1
    assert torch.equal(SampleGains(sound)(gains)[0, 100:], torch.zeros(12_245))


def test_fills_are_levels_of_the_recording():
    power = torch.rand(1, 1, 20, 200, generator=torch.Generator().manual_seed(0)) + 0.5
    power[..., 90:110] *= 1_000  # an event
    gains = torch.ones_like(power)
    gains[..., 85:115] = 0
    assert fills.background_level(power, gains).max() < 2
    assert fills.mean_level(power, gains).min() > 10
    around = fills.inpainted(power, gains, frames=41)
    assert around[..., 95:105].max() < 3 and around.shape == power.shape
    stationary = torch.distributions.Exponential(1.0).sample((1, 1, 50, 2_000))
    level = fills.background_level(stationary, torch.ones_like(stationary)).mean()
    assert 0.6 < level < 1  # of noise: near its mean, not 10 dB below
