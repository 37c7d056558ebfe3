"""The explorers of notebook 02."""

from dataclasses import replace

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import Tensor

from ...detection import alarms
from ...display import charts, figures
from ...models.autoencoder import Detector, random_visible
from ...sound.spectrogram import LogMel
from ..explorers import ExplorerView, explorer, wide_control


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
    >>> network, size, *_ = masking_explorer(
    ...     {"AE": Autoencoder()}, torch.randn(1, 64_000), LogMel()
    ... ).children
    >>> size.value  # bands and frames of a patch
    4
    """
    spectrogram, row = feature(waveform), wide_control(70, 360)
    values, original = spectrogram.values, feature.inverse(spectrogram)

    def draw(name: str, size: int, ratio: float) -> ExplorerView:
        model, generator = models[name], torch.Generator().manual_seed(0)
        visible = random_visible(values.shape, (size, size), ratio, generator)
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
        sounds = {
            "clip": original,
            "holes": feature.inverse(spectrogram.masked(visible)),
            "filled in": feature.inverse(replace(spectrogram, values=filled)),
        }
        text = f"error of the hidden bins {error:.2f}; always guessing each band's mean: "
        figure = figures.spectrograms(pictures, feature)
        return ExplorerView(figure, f"{text}{usual:.2f}", sounds, feature.sample_rate)

    sizes = [2, 4, 8, 16, 32]
    controls = {
        "name": ipywidgets.Dropdown(options=list(models), description="network", **row),
        "size": ipywidgets.SelectionSlider(options=sizes, value=4, description="patch size", **row),
        "ratio": ipywidgets.FloatSlider(0.3, min=0.1, max=0.8, description="ratio", **row),
    }
    return explorer(controls, draw, on_the_site={"size": (2, 4, 16), "ratio": (0.1, 0.3, 0.6)})


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
    >>> scores = {"AE": torch.tensor([0.1, 0.2, 0.9])}
    >>> *_, text, picture, players = threshold_explorer(scores, labels=[0, 0, 1]).children
    >>> "1 of 1 faults found" in text.value
    True
    """
    labels = np.asarray(labels)

    def draw(name: str, percentile: int) -> ExplorerView:
        values = np.asarray(scores[name])
        threshold = float(np.percentile(values[labels == 0], percentile))
        counts = alarms(values, labels, threshold)
        figure, ax = plt.subplots(figsize=(8, 3))
        charts.score_histogram(ax, values, labels, threshold)
        return ExplorerView(
            figure,
            f"alarm above {threshold:.2f}, the normal clips' {percentile}th percentile: "
            f"{counts['found']} of {counts['faults']} faults found, "
            f"{counts['false alarms']} false alarms; "
            f"precision {counts['precision']:.2f}, recall {counts['recall']:.2f}",
        )

    size = {"width": "420px"}
    controls = {
        "name": ipywidgets.Dropdown(options=list(scores), description="detector"),
        "percentile": ipywidgets.IntSlider(95, 0, 100, description="percentile", layout=size),
    }
    return explorer(controls, draw, on_the_site={"percentile": (50, 80, 90, 95, 99)})
