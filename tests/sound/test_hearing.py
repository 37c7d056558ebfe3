"""Masking against textbook cases, by tones and noises made here."""

import math

import pytest
import torch

from audioxai_lite.sound import hearing

SECONDS = torch.arange(32_000) / 16_000
STEADY = slice(20, -20)  # frames away from both ends


def decibels(power):
    """Of sound pressure."""
    return 10 * power.log10() + hearing.FULL_SCALE


def tone(hertz, level=80.0, rate=16_000):
    amplitude = 10 ** ((level - hearing.FULL_SCALE) / 20)
    return amplitude * torch.sin(2 * math.pi * hertz * torch.arange(2 * rate) / rate)[None]


def noise(low, high, level=80.0, seed=0):
    """Of so many decibels between two frequencies, and nothing elsewhere."""
    white = torch.randn(1, 32_000, generator=torch.Generator().manual_seed(seed))
    spectrum, hertz = torch.fft.rfft(white), torch.arange(16_001) / 2
    narrow = torch.fft.irfft(spectrum * ((hertz >= low) & (hertz < high)))
    power = 10 ** ((level - hearing.FULL_SCALE) / 10)  # a sine of amplitude 1 has power 1
    return narrow * (power / (2 * narrow.square().mean())).sqrt()


def level_and_threshold(sound):
    """Of the loudest band, and which it is."""
    powers = hearing.band_powers(sound)[0, :, STEADY].mean(dim=1)
    threshold = hearing.masking_threshold(sound)[0, :, STEADY].mean(dim=1)
    band = int(powers.argmax())
    return decibels(powers[band]).item(), decibels(threshold[band]).item(), band


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100])
@pytest.mark.parametrize("hertz", [150.0, 1000.0, 3400.0])
def test_a_tone_has_its_level_in_its_band(hertz, rate):
    powers = hearing.band_powers(tone(hertz, 60.0, rate), rate)[0, :, STEADY].mean(dim=1)
    low, high = hearing.EDGES[int(powers.argmax())], hearing.EDGES[int(powers.argmax()) + 1]
    assert low <= hertz < high
    assert decibels(powers.sum()).item() == pytest.approx(60.0, abs=0.1)


def test_masking_by_a_tone_and_by_noise_is_as_measured():
    """Painter & Spanias 2000, "Perceptual coding of digital audio", section II.D: a tone of 1 kHz
    hides noise 24 dB below it, noise about 410 Hz a tone 4 dB below.
    """
    level, threshold, band = level_and_threshold(tone(1000.0))
    assert band == 8 and level - threshold == pytest.approx(24.0, abs=2.0)
    level, threshold, band = level_and_threshold(noise(400.0, 510.0))
    assert band == 4 and level - threshold == pytest.approx(4.0, abs=2.0)


@pytest.mark.parametrize("hertz", [350.0, 1000.0, 3000.0])
def test_masking_spreads_further_upwards(hertz):
    """By 10 dB a band, downwards by 25: Schroeder, Atal & Hall 1979."""
    threshold = decibels(hearing.masking_threshold(tone(hertz))[0, :, 50])
    band = int(hearing.band_powers(tone(hertz))[0, :, 50].argmax())
    upwards = threshold[band + 2 : band + 5].diff()
    assert torch.allclose(upwards, torch.full((2,), -10.0), atol=2)
    assert threshold[band - 2] - threshold[band - 1] < -15


def test_slopes_of_the_spread():
    far = hearing.spread_of_masking(torch.tensor([-9.0, -8.0, 0.0, 8.0, 9.0]))
    assert far[2].abs() < 0.1
    assert (far[1] - far[0]).item() == pytest.approx(25.0, abs=0.3)
    assert (far[4] - far[3]).item() == pytest.approx(-10.0, abs=0.3)


def test_silence_hides_what_is_below_the_threshold_in_quiet():
    silence = torch.zeros(1, 32_000)
    for hertz, standard in ((125.0, 22.1), (1000.0, 2.4), (4000.0, -5.4)):  # ISO 226:2003
        asked = torch.tensor([hertz])
        assert hearing.threshold_in_quiet(asked).item() == pytest.approx(standard)
        for more, heard in ((-9, False), (4, True)):  # a band is judged where it hears best
            ratio = hearing.noise_to_mask(tone(hertz, standard + more), silence)
            assert bool(ratio.max() > 0) is heard, (hertz, more)
    louder = hearing.masking_threshold(silence, full_scale=100.0)
    assert torch.allclose(10 * louder, hearing.masking_threshold(silence, full_scale=90.0))


def test_a_change_is_judged_where_it_lies():
    loud = noise(920.0, 1080.0)
    near, far = (tone(hertz, 65.0) for hertz in (1000.0, 250.0))
    assert hearing.noise_to_mask(near, loud)[..., STEADY].max() < 0
    ratio = hearing.noise_to_mask(far, loud)[0, :, 50]
    assert ratio.argmax() == 2 and ratio[2] > 20
    late = torch.cat([torch.zeros(1, 16_000), near[:, 16_000:]], dim=1)
    before = torch.cat([loud[:, :16_000], torch.zeros(1, 16_000)], dim=1)
    heard = (hearing.noise_to_mask(late, before) > 0).any(dim=1)[0]
    assert not heard[:62].any() and heard[64:].all()  # where the masker has ended


def test_tones_are_tones_and_noise_is_noise():
    for hertz in (250.0, 1000.0, 3000.0):
        band = int(hearing.band_powers(tone(hertz))[0, :, 50].argmax())
        assert hearing.tonality_of_bands(tone(hertz))[0, band, STEADY].min() > 0.9
    white = torch.randn(1, 32_000, generator=torch.Generator().manual_seed(1))
    assert hearing.tonality_of_bands(white)[..., STEADY].mean() < 0.05


def test_the_ratio_has_a_gradient_and_names_what_does_not_fit():
    change = (1e-3 * tone(500.0)).requires_grad_()
    hearing.noise_to_mask(change, tone(1000.0)).max().backward()
    assert change.grad.abs().sum() > 0
    with pytest.raises(ValueError, match=r"these are \(1, 100\) and \(1, 32000\)"):
        hearing.noise_to_mask(change[:, :100], tone(1000.0))


def test_ten_decibels_more_are_ten_decibels_more():
    loud, softer = noise(400.0, 4000.0, 80.0), noise(400.0, 4000.0, 70.0)
    steady = (..., slice(5, 20), STEADY)
    ratio = hearing.masking_threshold(loud)[steady] / hearing.masking_threshold(softer)[steady]
    assert torch.allclose(ratio, torch.full_like(ratio, 10.0), rtol=1e-3)
