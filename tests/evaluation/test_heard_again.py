"""Masks as sounds, heard again."""

import pytest
import torch
from torch import nn

from audioxai_lite import AudioModel
from audioxai_lite.evaluation.heard_again import heard_again, kept_sound
from audioxai_lite.sound.quality import si_sdr
from audioxai_lite.sound.spectrogram import LogMel, LogStft


@pytest.fixture
def two_tones():
    seconds = torch.arange(16_000) / 16_000
    low, high = (0.3 * torch.sin(2 * torch.pi * hertz * seconds)[None] for hertz in (400, 4_000))
    return low, high


@pytest.mark.parametrize("front_end", [LogMel(), LogStft()])
@pytest.mark.parametrize("application", ["decibels", "amplitude"])
def test_a_mask_takes_a_tone_out_of_two(two_tones, front_end, application):
    low, high = two_tones
    frequencies = front_end.frequencies.float()
    mask = (frequencies < 1_500).float()[None, None, :, None].expand(-1, -1, -1, 51)
    kept = kept_sound(front_end, low + high, mask, application)
    assert kept.shape == low.shape
    inside = slice(1_024, -1_024)
    assert si_sdr(kept[:, inside], low[:, inside]).item() > 15
    assert si_sdr(low + high, low).item() < 1


def test_the_network_hears_the_sound_not_the_masked_spectrogram(two_tones):
    low, high = two_tones

    class Bands(nn.Module):
        def forward(self, values):
            parts = (values[:, :, :30], values[:, :, 30:])
            return torch.stack([part.amax(dim=(1, 2, 3)) for part in parts], dim=1)

    model = AudioModel(Bands(), LogMel(), answer="logits")
    mask = torch.ones(2, 1, 64, 51)
    mask[0, :, 30:], mask[1, :, :30] = 0, 0
    sounds = (low + high).expand(2, -1)
    for application in ("decibels", "amplitude"):
        again = heard_again(model, sounds, mask, application, batch_size=1)
        assert again.shape == (2, 2) and again.argmax(dim=1).tolist() == [0, 1]
    kept = kept_sound(model.front_end, sounds, mask, "amplitude")
    expected = model.probabilities(model.front_end(kept).values)
    torch.testing.assert_close(heard_again(model, sounds, mask, "amplitude"), expected)
