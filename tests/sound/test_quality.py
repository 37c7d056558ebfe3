"""How near an estimate comes to a sound: ratios, spectral distances and consistency, by hand."""

import numpy as np
import pytest
import torch

from audioxai_lite.sound import quality
from audioxai_lite.sound.spectrogram import LogMel


@pytest.fixture(scope="module")
def noise():
    return torch.randn(4, 16_000, generator=torch.Generator().manual_seed(0)) / 4


def orthogonal(noise):
    """Another noise, orthogonal to the first and as strong, so that ratios are known exactly."""
    other = noise.flip(-1).double()
    reference = noise.double()
    other = (
        other
        - (other * reference).sum(-1, keepdim=True)
        / reference.square().sum(-1, keepdim=True)
        * reference
    )
    return (other / other.norm(dim=-1, keepdim=True) * reference.norm(dim=-1, keepdim=True)).float()


@pytest.mark.parametrize("decibels", [-20.0, 0.0, 30.0])
def test_si_sdr_is_the_ratio_of_signal_to_error(noise, decibels):
    estimate = noise + 10 ** (-decibels / 20) * orthogonal(noise)
    assert torch.allclose(
        quality.si_sdr(estimate, noise), torch.full((4,), decibels, dtype=torch.float64), atol=1e-2
    )


def test_si_sdr_ignores_scale_and_knows_silence(noise):
    estimate = noise + 0.1 * orthogonal(noise)
    assert torch.allclose(
        quality.si_sdr(0.01 * estimate, noise), quality.si_sdr(estimate, noise), atol=1e-3
    )
    assert quality.si_sdr(noise, noise).min() > 200
    assert quality.si_sdr(noise, torch.zeros_like(noise)).isnan().all()


def test_si_sdr_sees_phase_and_log_spectral_distance_does_not(noise):
    flipped = torch.roll(noise, 512, dims=-1)
    assert quality.si_sdr(flipped, noise).max() < -10
    assert (quality.log_spectral_distance(-noise, noise) == 0).all()


def test_log_spectral_distance_of_a_gain_is_the_gain(noise):
    assert torch.allclose(
        quality.log_spectral_distance(0.5 * noise, noise), torch.full((4,), 6.0206), atol=1e-2
    )
    assert (quality.log_spectral_distance(noise, noise) == 0).all()


def test_log_spectral_distance_by_hand(noise):
    other = orthogonal(noise)
    window = np.hanning(1025)[:-1]

    def spectra(x):
        padded = np.pad(x.numpy(), 512, mode="reflect")
        frames = np.lib.stride_tricks.sliding_window_view(padded, 1024)[::256]
        return np.abs(np.fft.rfft(frames * window)) ** 2

    a, b = spectra(other[0]), spectra(noise[0])
    levels = [np.maximum(10 * np.log10(p / b.max()), -80) for p in (a, b)]
    expected = np.sqrt(((levels[0] - levels[1]) ** 2).mean(axis=1)).mean()
    assert quality.log_spectral_distance(other, noise)[0].item() == pytest.approx(
        expected, rel=1e-3
    )


@pytest.mark.parametrize("reference", [1.0, 4.0])
def test_mel_consistency_of_the_true_power_is_zero_and_of_a_gain_is_the_gain(noise, reference):
    feature = LogMel(reference=reference)
    spectrogram = feature(noise)
    power = (
        torch.stft(noise, 1024, 320, window=feature.window, return_complex=True)[:, None]
        .abs()
        .square()
    )
    relative, decibels = quality.mel_consistency(power, spectrogram, feature)
    assert relative.max() < 1e-4 and decibels.max() < 1e-2
    relative, decibels = quality.mel_consistency(2 * power, spectrogram, feature)
    assert torch.allclose(relative, torch.ones(4), atol=1e-3)
    assert torch.allclose(decibels, torch.full((4,), 3.0103), atol=1e-2)
