"""A front end in standard deviations is `Detector.standardise` and back."""

import pytest
import torch

from audioxai_lite.datasets import machine
from audioxai_lite.models.autoencoder import Autoencoder
from audioxai_lite.sound.levels import apply_mask
from audioxai_lite.sound.spectrogram import LogMel, PowerStft
from audioxai_lite.sound.standardised import Standardised


@pytest.fixture(scope="module")
def clip():
    return machine.load(normal=0, anomalous=1)[0]


@pytest.fixture(scope="module")
def detector(clip):
    detector = Autoencoder()
    detector.fit_scale(LogMel()(clip.twin).values)
    return detector


@pytest.fixture(scope="module")
def front_end(detector):
    return Standardised(LogMel(), detector.mean, detector.scale)


def test_values_are_those_of_the_detector_to_the_last_bit(clip, detector, front_end):
    spectrogram = front_end(clip.waveform)
    assert torch.equal(spectrogram.values, detector.standardise(LogMel()(clip.waveform).values))
    flat = Standardised(LogMel(), detector.mean[:, 0].tolist(), detector.scale[:, 0].numpy())
    assert torch.equal(flat(clip.waveform).values, spectrogram.values)


def test_silence_and_masks_are_in_its_units(clip, detector, front_end):
    spectrogram = front_end(clip.waveform)
    silent = detector.standardise(torch.full_like(spectrogram.values, -100.0))
    mask = torch.zeros_like(spectrogram.values)
    assert torch.equal(spectrogram.masked(mask).values, silent)
    assert torch.equal(spectrogram.masked(mask + 1).values, spectrogram.values)
    kept, removed = apply_mask(spectrogram.values, mask, front_end.floor)
    assert torch.equal(kept, silent) and torch.equal(removed, spectrogram.values)
    mask[:, :, 20:] = 1
    in_decibels = apply_mask(LogMel()(clip.waveform).values, mask)[0]
    assert torch.allclose(spectrogram.masked(mask).decibels(), in_decibels, atol=1e-4)


def test_it_leads_back_through_its_feature(clip, front_end):
    spectrogram, feature = front_end(clip.waveform), LogMel()
    back = feature.inverse(feature(clip.waveform))
    assert torch.allclose(front_end.inverse(spectrogram), back, atol=1e-4)
    nothing = front_end.inverse(spectrogram.masked(torch.zeros_like(spectrogram.values)))
    assert nothing.abs().max() < 1e-3
    assert front_end.inverse(spectrogram, griffin_lim_iterations=2).shape == back.shape


def test_it_has_the_axes_of_its_feature_and_tells_the_truth(clip, front_end):
    feature = LogMel()
    for name in ("sample_rate", "n_fft", "hop_length"):
        assert getattr(front_end, name) == getattr(feature, name)
    assert torch.equal(front_end.frequencies, feature.frequencies)
    assert (clip.truth(front_end) == clip.truth(feature)).float().mean() > 0.999
    assert not front_end.state_dict()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Standardised(PowerStft(), torch.zeros(513), torch.ones(513)), "not power"),
        (lambda: Standardised(LogMel(), torch.zeros(80), torch.ones(80)), "each of 64 bands"),
        (lambda: Standardised(LogMel(), torch.zeros(64), torch.zeros(64)), "above 0"),
        (lambda: Standardised(LogMel(), torch.zeros(64), torch.full((64,), torch.nan)), "NaN"),
    ],
)
def test_bad_settings_are_explained(make, message):
    with pytest.raises(ValueError, match=message):
        make()
