"""Explorers for the notebooks: a few controls, a figure, a player. The notebook has a static figure beside each."""

import ipywidgets
from matplotlib.figure import Figure
from torch import Tensor

from audioxai_lite import listen, metrics, plots
from audioxai_lite.datasets import Dataset
from audioxai_lite.features import LogMel, LogStft, PowerStft

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
    numbers, players, picture = ipywidgets.HTML(), ipywidgets.HTML(), _picture()
    view = LogStft(sample_rate)

    def update(_=None) -> None:
        original, chosen = sounds[sound.value], features[feature.value]
        back = chosen.inverse(chosen(original), PHASES[phase.value])
        pictures = {"original": view(original).values, "what comes back": view(back).values}
        picture.value = _png_and_close(plots.spectrograms(pictures, view))
        si_sdr = metrics.si_sdr(back, original).item()
        distance = metrics.log_spectral_distance(back, original).item()
        numbers.value = f"SI-SDR {si_sdr:.1f} dB · log-spectral distance {distance:.1f} dB"
        players.value = listen.players_html({"original": original, "what comes back": back}, sample_rate)

    for control in (sound, feature, phase):
        control.observe(update, names="value")
    update()
    return ipywidgets.VBox([sound, feature, phase, numbers, picture, players])


def anomaly_explorer(dataset: Dataset) -> ipywidgets.Widget:
    """Choose a kind of anomaly and a clip; see its spectrogram with the truth outlined, and hear it beside its twin.

    Parameters
    ----------
    dataset : Dataset
        From `datasets.machine`, with anomalous clips.

    Notebook: 00, "Explore".
    """
    by_kind = {
        kind: group.index.tolist()
        for kind, group in dataset.table[dataset.table.target == 1].groupby("kind", sort=False)
    }
    kind = ipywidgets.Dropdown(options=list(by_kind), description="kind")
    number = ipywidgets.IntSlider(0, 0, min(map(len, by_kind.values())) - 1, description="clip")
    picture, players = _picture(), ipywidgets.HTML()
    feature = LogMel(dataset.sample_rate)

    def update(_=None) -> None:
        clip = dataset[by_kind[kind.value][number.value]]
        sounds = {"with a fault": clip.waveform, "clean twin": clip.twin}
        pictures = {label: feature(sound).values for label, sound in sounds.items()}
        picture.value = _png_and_close(plots.spectrograms(pictures, feature, truth=clip.truth(feature)))
        players.value = listen.players_html(sounds, dataset.sample_rate)

    for control in (kind, number):
        control.observe(update, names="value")
    update()
    return ipywidgets.VBox([kind, number, picture, players])


def _picture() -> ipywidgets.Image:
    """An image widget at the figure's own size; a box would stretch it."""
    return ipywidgets.Image(format="png", layout={"width": "auto", "max_width": "100%", "align_self": "flex-start"})


def _png_and_close(figure: Figure) -> bytes:
    """For an image widget; a figure left open would be shown a second time, below the cell."""
    picture = plots.png(figure)
    plots.plt.close(figure)
    return picture
