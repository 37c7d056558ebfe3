"""Explorers for the notebooks: a few controls, a figure, a player. A static figure stands beside each for readers without a kernel."""

import io

import ipywidgets
import matplotlib.pyplot as plt
from torch import Tensor

from audioxai_lite import listen, metrics, plots
from audioxai_lite.features import LogMel, LogStft, PowerStft

PHASES = {"saved phase": None, "Griffin-Lim, 1 iteration": 1, "Griffin-Lim, 8 iterations": 8, "Griffin-Lim, 32 iterations": 32}


def figure_png(figure: plt.Figure) -> bytes:
    """A figure as PNG for an image widget; the figure is closed."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    plt.close(figure)
    return buffer.getvalue()


def inversion_explorer(sounds: dict[str, Tensor], sample_rate: int) -> ipywidgets.Widget:
    """Choose a sound, a feature and a phase; see and hear what comes back.

    Parameters
    ----------
    sounds : dict of label to Tensor, shape (1, samples)
    sample_rate : int
        In hertz.

    Notebook: 01, "Explore".
    """
    features = {
        "power STFT": PowerStft(sample_rate),
        "STFT in decibels": LogStft(sample_rate),
        "STFT in decibels, top_db = 40": LogStft(sample_rate, top_db=40.0),
        "mel, 64 bands": LogMel(sample_rate, n_mels=64),
        "mel, 128 bands": LogMel(sample_rate, n_mels=128),
    }
    wide = {"style": {"description_width": "70px"}, "layout": {"width": "360px"}}
    sound = ipywidgets.Dropdown(options=list(sounds), description="sound", **wide)
    feature = ipywidgets.Dropdown(options=list(features), description="feature", **wide)
    phase = ipywidgets.Dropdown(options=list(PHASES), description="phase", **wide)
    numbers, players, picture = ipywidgets.HTML(), ipywidgets.HTML(), ipywidgets.Image(format="png")
    view = LogStft(sample_rate)

    def update(_=None) -> None:
        original, chosen = sounds[sound.value], features[feature.value]
        back = chosen.inverse(chosen(original), PHASES[phase.value])
        figure = plots.spectrograms({"original": view(original).values, "what comes back": view(back).values}, view)
        picture.value = figure_png(figure)
        si_sdr = metrics.si_sdr(back, original).item()
        distance = metrics.log_spectral_distance(back, original).item()
        numbers.value = f"SI-SDR {si_sdr:.1f} dB · log-spectral distance {distance:.1f} dB"
        players.value = listen.players_html({"original": original, "what comes back": back}, sample_rate)

    for control in (sound, feature, phase):
        control.observe(update, names="value")
    update()
    return ipywidgets.VBox([sound, feature, phase, numbers, picture, players])
