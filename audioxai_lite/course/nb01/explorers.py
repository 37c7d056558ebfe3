"""The explorer of notebook 01."""

import ipywidgets
from torch import Tensor

from ...display import figures
from ...sound import quality
from ...sound.spectrogram import LogMel, LogStft, PowerStft
from ..explorers import ExplorerView, explorer, wide_control

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
    >>> *_, text, picture, players = inversion_explorer(
    ...     {"noise": torch.randn(1, 16_000)}, 16_000
    ... ).children
    >>> text.value.startswith("SI-SDR")
    True
    """
    features = {
        "power STFT": PowerStft(sample_rate),
        "STFT in decibels": LogStft(sample_rate),
        "STFT in decibels, top_db = 40": LogStft(sample_rate, top_db=40.0),
        "mel, 64 bands": LogMel(sample_rate, n_mels=64),
        "mel, 128 bands": LogMel(sample_rate, n_mels=128),
    }
    view, size = LogStft(sample_rate), wide_control(70, 360)

    def draw(sound: str, feature: str, phase: str) -> ExplorerView:
        original = sounds[sound]
        back = features[feature].inverse(features[feature](original), PHASES[phase])
        pictures = {"original": view(original).values, "what comes back": view(back).values}
        si_sdr = quality.si_sdr(back, original).item()
        distance = quality.log_spectral_distance(back, original).item()
        return ExplorerView(
            figures.spectrograms(pictures, view),
            f"SI-SDR {si_sdr:.1f} dB · log-spectral distance {distance:.1f} dB",
            {"original": original, "what comes back": back},
            sample_rate,
        )

    controls = {
        "sound": ipywidgets.Dropdown(options=list(sounds), description="sound", **size),
        "feature": ipywidgets.Dropdown(options=list(features), description="feature", **size),
        "phase": ipywidgets.Dropdown(options=list(PHASES), description="phase", **size),
    }
    return explorer(controls, draw)
