"""The explorer of notebook 01."""

import ipywidgets
from torch import Tensor

from audioxai_lite.course.explorers import image_widget, png_and_close
from audioxai_lite.display import figures
from audioxai_lite.display.players import players_html
from audioxai_lite.sound import quality
from audioxai_lite.sound.spectrogram import LogMel, LogStft, PowerStft

PHASES = {
    "saved phase": None,
    "Griffin-Lim, 1 iteration": 1,
    "Griffin-Lim, 8 iterations": 8,
    "Griffin-Lim, 32 iterations": 32,
}


def inversion_explorer(sounds: dict[str, Tensor], sample_rate: int) -> ipywidgets.Widget:
    """Choose a sound, a feature and a phase; see and hear what comes back.

    Parameters
    ----------
    sounds : dict of label to Tensor, shape (1, samples)
    sample_rate : int
        In hertz.

    Notebook: 01, "Explore".

    Examples
    --------
    >>> import torch
    >>> explorer = inversion_explorer({"noise": torch.randn(1, 16_000)}, 16_000)
    >>> explorer.children[3].value.startswith("SI-SDR")
    True
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
    numbers, players, picture = ipywidgets.HTML(), ipywidgets.HTML(), image_widget()
    view = LogStft(sample_rate)

    def update(_=None) -> None:
        original, chosen = sounds[sound.value], features[feature.value]
        back = chosen.inverse(chosen(original), PHASES[phase.value])
        pictures = {"original": view(original).values, "what comes back": view(back).values}
        picture.value = png_and_close(figures.spectrograms(pictures, view))
        si_sdr = quality.si_sdr(back, original).item()
        distance = quality.log_spectral_distance(back, original).item()
        numbers.value = f"SI-SDR {si_sdr:.1f} dB · log-spectral distance {distance:.1f} dB"
        players.value = players_html({"original": original, "what comes back": back}, sample_rate)

    for control in (sound, feature, phase):
        control.observe(update, names="value")
    update()
    return ipywidgets.VBox([sound, feature, phase, numbers, picture, players])
