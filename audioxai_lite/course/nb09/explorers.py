"""The explorer of notebook 09."""

from collections.abc import Callable

import ipywidgets
import matplotlib.pyplot as plt
import torch
from torch import Tensor, nn

from ...datasets import Dataset
from ...display import figures
from ...evaluation.localisation import average_precision
from ...evaluation.stability import top_overlap
from ...sound.levels import mix
from ...sound.spectrogram import LogMel
from ..explorers import ExplorerView, choice_of_clips, explorer, slider, wide_control


def noise_explorer(
    model: nn.Module,
    dataset: Dataset,
    noises: dict[str, Tensor],
    methods: dict[str, Callable],
    feature: LogMel,
) -> ipywidgets.Widget:
    """Choose a clip, a background, its level and a method; see and hear what is explained, with and
    without it.

    Parameters
    ----------
    model : classifier
        Of the classes of `dataset`.
    dataset : Dataset
    noises : dict of name to Tensor, shape (1, samples)
        As long as the clips.
    methods : dict of name to callable (model, values, target) -> attribution
    feature : LogMel
        What the model was trained on.

    Notebook: 09, "Explore".

    Examples
    --------
    >>> from audioxai_lite import attribution
    >>> from audioxai_lite import datasets
    >>> from audioxai_lite.models.cnn14 import Cnn14
    >>> clips, model = datasets.load().select(fold=5, label=["dog", "rain"]), Cnn14(10).eval()
    >>> methods = {"saliency": attribution.saliency}
    >>> noises = {"white": torch.randn(1, 80_000)}
    >>> clip, noise, snr, *_ = noise_explorer(model, clips, noises, methods, LogMel()).children
    >>> snr.value  # decibels
    10
    """

    def draw(number: int, noise: str, snr: int, method: str) -> ExplorerView:
        clip = dataset[number]
        mixed = mix(clip.waveform, noises[noise], snr, clip.sample_rate)
        sounds, truth = {"clean": clip.waveform, "noisy": mixed}, clip.truth(feature)
        figure, axes = plt.subplots(2, 2, figsize=(11, 5.2), sharex=True, sharey=True)
        targets, attributions = [], []
        for row, (state, sound) in zip(axes, sounds.items(), strict=True):
            values = feature(sound).values
            with torch.no_grad():
                probability, target = model(values).softmax(dim=1)[0].max(dim=0)
            attribution = methods[method](model, values, target[None])
            heard = f"{dataset.classes[int(target)]} ({probability:.2f})"
            title = f"{state}: the network hears {heard}"
            figures.spectrogram(row[0], values, feature, title, truth=truth)
            figures.attribution(row[1], attribution, feature, f"{method}, {state}", truth)
            targets.append(int(target))
            attributions.append(attribution)
        for ax in axes.flat:
            ax.label_outer()
        changed = "the same answer" if targets[0] == targets[1] else "another answer"
        shared = top_overlap(*attributions).item()
        text = f"{changed}; of the top 5 % of the map {shared:.0%} stay (of a random one 5 %)"
        if truth is not None and 0 < truth.mean() < 1:
            clean, noisy = (average_precision(x, truth).item() for x in attributions)
            text += f"; average precision {clean:.2f} clean, {noisy:.2f} noisy"
        return ExplorerView(figure, text, sounds, clip.sample_rate)

    row = wide_control(100, 420)
    controls = {
        "number": choice_of_clips(dataset, **row),
        "noise": ipywidgets.Dropdown(options=list(noises), description="background", **row),
        "snr": slider("SNR (dB)", 10, -5, 30, step=5, **row),
        "method": ipywidgets.Dropdown(options=list(methods), description="method", **row),
    }
    clips, few = (0, len(dataset) // 2), ("saliency", "LRP")
    return explorer(controls, draw, on_the_site={"number": clips, "snr": (-5, 10), "method": few})
