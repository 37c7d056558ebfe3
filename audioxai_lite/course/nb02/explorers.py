"""The explorer of notebook 02."""

from dataclasses import replace

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import Tensor

from audioxai_lite.course.explorers import image_widget, png_and_close
from audioxai_lite.detection.roc import alarms
from audioxai_lite.display import charts, figures
from audioxai_lite.display.players import players_html
from audioxai_lite.models.autoencoder import Detector, random_visible
from audioxai_lite.sound.spectrogram import LogMel


def masking_explorer(
    models: dict[str, Detector], waveform: Tensor, feature: LogMel
) -> ipywidgets.Widget:
    """Hide patches of a clip and let a network fill them in: choose the network, the patch size and
    the ratio.

    Parameters
    ----------
    models : dict of name to Detector
    waveform : Tensor, shape (1, samples)
    feature : LogMel
        What the networks were trained on.

    Notebook: 02, "Explore".

    Examples
    --------
    >>> from audioxai_lite.models.autoencoder import Autoencoder
    >>> explorer = masking_explorer({"AE": Autoencoder()}, torch.randn(1, 64_000), LogMel())
    >>> explorer.children[1].value  # bands and frames of a patch
    4
    """
    wide = {"style": {"description_width": "70px"}, "layout": {"width": "360px"}}
    name = ipywidgets.Dropdown(options=list(models), description="network", **wide)
    size = ipywidgets.SelectionSlider(
        options=[2, 4, 8, 16, 32], value=4, description="patch size", **wide
    )
    ratio = ipywidgets.FloatSlider(0.3, min=0.1, max=0.8, step=0.1, description="ratio", **wide)
    numbers, players, picture = ipywidgets.HTML(), ipywidgets.HTML(), image_widget()
    spectrogram = feature(waveform)
    original = feature.inverse(spectrogram)

    def update(_=None) -> None:
        values, model = spectrogram.values, models[name.value]
        generator = torch.Generator().manual_seed(0)
        visible = random_visible(values.shape, (size.value, size.value), ratio.value, generator)
        with torch.no_grad():
            guess = model.reconstruct(values, visible)
            error = model.errors(values, visible)[visible == 0].mean().item()
            usual = model.standardise(values).square()[visible == 0].mean().item()
        filled = torch.where(visible > 0, values, guess)
        pictures = {
            "clip": values,
            "what the network sees": values.where(visible > 0, torch.nan),
            "filled in": filled,
        }
        picture.value = png_and_close(figures.spectrograms(pictures, feature))
        numbers.value = (
            f"error of the hidden bins {error:.2f}; always guessing each band's mean: {usual:.2f}"
        )
        sounds = {
            "clip": original,
            "holes": feature.inverse(spectrogram.masked(visible)),
            "filled in": feature.inverse(replace(spectrogram, values=filled)),
        }
        players.value = players_html(sounds, feature.sample_rate)

    for control in (name, size, ratio):
        control.observe(update, names="value")
    update()
    return ipywidgets.VBox([name, size, ratio, numbers, picture, players])


def threshold_explorer(scores: dict[str, Tensor], labels) -> ipywidgets.Widget:
    """Move the alarm threshold of a detector; see what it catches, what it misses, and how many
    alarms are false.

    Parameters
    ----------
    scores : dict of name to Tensor, shape (clips,)
        Higher is more anomalous.
    labels : array, shape (clips,)
        0 for normal, 1 for anomalous.

    Notebook: 02, "Explore".

    Examples
    --------
    >>> explorer = threshold_explorer({"AE": torch.tensor([0.1, 0.2, 0.9])}, labels=[0, 0, 1])
    >>> "1 of 1 faults found" in explorer.children[2].value
    True
    """
    labels = np.asarray(labels)
    name = ipywidgets.Dropdown(options=list(scores), description="detector")
    slider = ipywidgets.IntSlider(
        95, min=0, max=100, description="percentile", layout={"width": "420px"}
    )
    numbers, picture = ipywidgets.HTML(), image_widget()

    def update(_=None) -> None:
        values = np.asarray(scores[name.value])
        threshold = float(np.percentile(values[labels == 0], slider.value))
        counts = alarms(values, labels, threshold)
        figure, ax = plt.subplots(figsize=(8, 3))
        charts.score_histogram(ax, values, labels, threshold)
        picture.value = png_and_close(figure)
        numbers.value = (
            f"alarm above {threshold:.2f}, the normal clips' {slider.value}th percentile: "
            f"{counts['found']} of {counts['faults']} faults found, {counts['false alarms']} false alarms; "
            f"precision {counts['precision']:.2f}, recall {counts['recall']:.2f}"
        )

    for control in (name, slider):
        control.observe(update, names="value")
    update()
    return ipywidgets.VBox([name, slider, numbers, picture])
