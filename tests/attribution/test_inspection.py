"""Relevance of samples in time and frequency: exact, and where it belongs."""

import pytest
import torch
from torch import nn

from audioxai_lite import attribution
from audioxai_lite.attribution.inspection import in_time_and_frequency
from audioxai_lite.models.digits import waveform_network
from audioxai_lite.sound.gains import StftGains
from audioxai_lite.sound.stft import PowerStft

GRID = PowerStft(8_000, 400, 100)


def tone(hertz, start, end, samples=8_000):
    time = torch.arange(samples) / 8_000
    return torch.sin(2 * torch.pi * hertz * time) * ((time >= start) & (time < end))


@pytest.mark.parametrize("rule", ["epsilon", "conserving"])
def test_it_is_what_lrp_finds_for_gains_and_keeps_the_sum(rule):
    torch.manual_seed(0)
    network = nn.Sequential(nn.Flatten(), *waveform_network()).eval()
    sounds = 0.1 * torch.randn(2, 8_000)
    values, target = sounds[:, None, None], torch.tensor([3, 1])
    relevance = attribution.lrp(network, values, target, rule)
    found = in_time_and_frequency(relevance, sounds, GRID)
    size = relevance.abs().sum(dim=(1, 2, 3))
    assert ((found.sum(dim=(1, 2, 3)) - relevance.sum(dim=(1, 2, 3))).abs() < 1e-5 * size).all()
    for number in range(2):
        played = StftGains(sounds[number, None], GRID)
        chosen = int(target[number])
        of_gains = attribution.lrp(network, played.ones, chosen, rule, played=played)
        largest = of_gains.abs().max()
        torch.testing.assert_close(
            found[number, None] / largest, of_gains / largest, atol=1e-3, rtol=0
        )


def test_relevance_lies_at_the_tone_that_caused_it_with_its_sign():
    low, high = tone(500, 0.2, 0.4), tone(2_000, 0.6, 0.8)
    sound = (low + high + 1e-3 * torch.randn(8_000))[None]
    slope = low - 0.5 * high  # of a detector that likes one tone and dislikes the other
    relevance = (sound * slope)[:, None, None]
    found = in_time_and_frequency(relevance, sound, GRID)[0, 0]
    by_band, by_frame = found.sum(dim=1), found.sum(dim=0)
    assert abs(GRID.frequencies[by_band.argmax()] - 500) <= 20
    assert abs(GRID.frequencies[by_band.argmin()] - 2_000) <= 20
    assert by_frame[18:30].min() > 0 > by_frame[50:62].max()
    assert by_frame[35:45].abs().max() < 0.05 * by_frame.max()


def test_silent_samples_may_have_no_relevance_and_shapes_must_fit():
    sound = torch.zeros(1, 4_000)
    sound[:, :2_000] = 0.1
    with pytest.raises(ValueError, match="relevance lies on silent samples"):
        in_time_and_frequency(torch.ones(1, 1, 1, 4_000), sound, GRID)
    with pytest.raises(ValueError, match=r"\(1, 1, 1, 4000\), not \(1, 1, 4000\)"):
        in_time_and_frequency(torch.ones(1, 1, 4_000), sound, GRID)
    silence = torch.zeros(1, 4_000)
    assert in_time_and_frequency(silence[:, None, None], silence, GRID).abs().max() == 0
