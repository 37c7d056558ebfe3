"""The course's one way to play sound in a notebook."""

from html import escape

import matplotlib.pyplot as plt
import numpy as np
import torch
from IPython.display import HTML, Audio, display
from torch import Tensor

from ..inputs import plain
from ..sound import audio
from ..sound.spectrogram import LogMel, PowerStft
from . import figures

PLAYER_RATE = 16_000  # the most, in hertz
PLAYER_SECONDS = 5.0  # the most


def compare(
    sounds: dict[str, Tensor],
    sample_rate: int,
    feature: PowerStft | None = None,
    truth: Tensor | None = None,
    pictures: bool = True,
) -> None:
    """Show the spectrogram of each sound, and a labelled player for each, side by side.

    All sounds share one gain, so that louder stays louder: the loudest peak of them all is set to
    0.9 of full scale.

    Parameters
    ----------
    sounds : dict of label to Tensor, shape (1, samples)
        Two to four sounds are easiest to compare.
    sample_rate : int
        In hertz. Above 16 kHz the players (not the data) are reduced to 16 kHz, to keep the
        notebook small. What is longer than 5 s is cut off in them.
    feature : LogStft or LogMel, optional
        Which spectrogram to show; `LogMel(sample_rate)` by default.
    truth : Tensor, shape (1, 1, frequency, time), optional
        Ground-truth mask on the grid of the feature, outlined.
    pictures : bool, default True
        False gives the players alone, where the ear should judge first.

    Notebook: every one, under "Listen".

    Examples
    --------
    >>> compare({"noise": torch.randn(1, 16_000)}, 16_000, pictures=False)
    <IPython.core.display.HTML object>
    """
    if pictures:
        feature = feature or LogMel(sample_rate)
        with torch.no_grad():
            values = {label: feature(sound).values for label, sound in sounds.items()}
        figures.spectrograms(values, feature, columns=len(sounds), truth=truth)
        plt.show()
    display(HTML(players_html(sounds, sample_rate)))


def players_html(sounds: dict[str, Tensor], sample_rate: int) -> str:
    """The players of `compare` alone, as HTML with the sound embedded.

    Examples
    --------
    >>> players_html({"noise": torch.randn(1, 16_000)}, 16_000).count("<audio")
    1
    """
    samples, rate = samples_to_play(sounds, sample_rate)
    items = []
    for label, played in samples.items():
        name = escape(label)
        player = Audio(played, rate=rate, normalize=False)._repr_html_()
        player = player.replace("<audio ", f'<audio aria-label="{name}" ')
        caption = f"<figcaption>{name}</figcaption>"
        items.append(f"<figure style='margin:0.5em'>{caption}{player}</figure>")
    return f"<div style='display:flex;flex-wrap:wrap'>{''.join(items)}</div>"


def samples_to_play(
    sounds: dict[str, Tensor], sample_rate: int
) -> tuple[dict[str, np.ndarray], int]:
    """What the players of `compare` play: short enough, under one gain, and its rate in hertz.

    Examples
    --------
    >>> noise = torch.randn(1, 44_100)
    >>> samples, rate = samples_to_play({"noise": noise, "fainter": noise / 10}, 44_100)
    >>> rate, len(samples["noise"]), bool(abs(samples["fainter"]).max() < 0.11)
    (16000, 16000, True)
    """
    sample_rate = plain(sample_rate)
    for label, sound in sounds.items():
        audio.check_samples(sound, label)
    sounds = {label: audio.as_waveform(sound).detach() for label, sound in sounds.items()}
    peak = max(float(sound.abs().max()) for sound in sounds.values())
    silent = all(audio.is_silent(sound).all() for sound in sounds.values())
    gain = 1.0 if silent else 0.9 / peak  # rounding is not sound
    rate, samples = min(sample_rate, PLAYER_RATE), {}
    for label, sound in sounds.items():
        short = sound[:, : round(PLAYER_SECONDS * sample_rate)]
        played = audio.resample(short, sample_rate, rate) * gain
        samples[label] = played.clamp(-1, 1)[0].numpy()
    return samples, rate
