"""Players hold what is to be heard, at one gain."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from heard import RATE, Players, hiss, tone

from audioxai_lite import datasets
from audioxai_lite.display import players as display_players
from audioxai_lite.sound.spectrogram import LogMel, LogStft


@pytest.fixture(scope="module")
def clip():
    return datasets.load("machine", normal=0, anomalous=1)[0]


def test_players_hold_every_sound_under_one_gain():
    sounds = {"loud": tone(level=0.3), "quiet": 0.03 * hiss(), "silent": torch.zeros(1, 8_000)}
    players = Players(display_players.players_html(sounds, RATE))
    assert players.captions == players.labels == list(sounds)
    for (samples, rate), sound in zip(players.sounds, sounds.values(), strict=True):
        assert rate == RATE and samples.shape == sound[0].shape
        assert np.abs(samples - 3 * sound[0].numpy()).max() < 1e-4
    assert np.abs(players.sounds[0][0]).max() == pytest.approx(0.9, abs=1e-3)


@pytest.mark.parametrize("level", [1e-3, 0.5, 4.0])
def test_the_loudest_peak_is_at_nine_tenths_whatever_it_was(level):
    players = Players(
        display_players.players_html(
            {"first": tone(level=level / 10), "second": -tone(level=level)}, RATE
        )
    )
    peaks = [np.abs(samples).max() for samples, _ in players.sounds]
    assert peaks == pytest.approx([0.09, 0.9], abs=1e-3)
    assert players.sounds[1][0][:10] == pytest.approx(-10 * players.sounds[0][0][:10], abs=1e-3)


def test_labels_are_escaped():
    label = "</figcaption><script>alert('x')</script> \"Tom\" & <b>Jerry</b>"
    page = display_players.players_html({label: tone(), "plain": tone()}, RATE)
    players = Players(page)
    assert players.captions == players.labels == [label, "plain"]
    assert not {"script", "b"} & players.tags and "<script" not in page


def test_long_sounds_are_cut_at_five_seconds():
    sounds = {"long": tone(seconds=6), "short": tone(seconds=0.2)}
    players = Players(display_players.players_html(sounds, RATE))
    assert [len(samples) for samples, _ in players.sounds] == [80_000, 3_200]
    assert np.abs(players.sounds[0][0] - 1.8 * sounds["long"][0, :80_000].numpy()).max() < 1e-3


@pytest.mark.parametrize(
    ("rate", "heard"), [(44_100, 16_000), (22_050, 16_000), (16_000, 16_000), (8_000, 8_000)]
)
def test_high_rates_are_reduced_for_the_players(rate, heard):
    sound = tone(1_000, seconds=0.5, rate=rate)
    before = sound.clone()
    ((samples, player_rate),) = Players(display_players.players_html({"tone": sound}, rate)).sounds
    assert player_rate == heard and len(samples) == heard // 2
    spectrum = np.abs(np.fft.rfft(samples))
    assert spectrum.argmax() * 2 == 1_000 and np.abs(samples).max() == pytest.approx(0.9, abs=0.06)
    assert torch.equal(sound, before)


def test_a_sound_with_gradient_can_be_heard():
    assert (
        len(
            Players(display_players.players_html({"learned": tone().requires_grad_()}, RATE)).sounds
        )
        == 1
    )


def test_silence_can_be_heard():
    ((samples, _),) = Players(
        display_players.players_html({"nothing left": torch.zeros(1, 8_000)}, RATE)
    ).sounds
    assert len(samples) == 8_000 and not samples.any()


@pytest.mark.parametrize("feature", [None, LogStft()], ids=["default", "LogStft"])
def test_compare_shows_one_figure_and_one_row_of_players(monkeypatch, clip, feature):
    shown, displayed = [], []
    monkeypatch.setattr(plt, "show", lambda: shown.extend(plt.get_fignums()))
    monkeypatch.setattr(display_players, "display", displayed.append)
    sounds = {"with knock": clip.waveform, "twin": clip.twin}
    truth = clip.truth(feature or LogMel())
    display_players.compare(sounds, RATE, feature, truth=truth)
    assert len(shown) == 1
    *axes, _ = plt.figure(shown[0]).axes
    assert [ax.get_title() for ax in axes] == list(sounds) and [
        len(ax.collections) for ax in axes
    ] == [1, 1]
    for ax, sound in zip(axes, sounds.values(), strict=True):
        expected = (feature or LogMel())(sound).values[0, 0]
        assert torch.equal(torch.from_numpy(np.asarray(ax.images[0].get_array())), expected)
    (page,) = displayed
    players = Players(page.data)
    assert players.captions == list(sounds)
    seconds = min(5, clip.waveform.shape[1] / RATE)
    assert [len(samples) for samples, _ in players.sounds] == [round(seconds * RATE)] * 2
