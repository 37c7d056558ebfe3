"""The explorer of notebook 09."""

from collections.abc import Callable

import ipywidgets
import matplotlib.pyplot as plt
import torch
from torch import Tensor, nn

from audioxai_lite.course.explorers import choice_of_clips, image_widget, png_and_close
from audioxai_lite.datasets import Dataset
from audioxai_lite.display import figures
from audioxai_lite.display.players import players_html
from audioxai_lite.evaluation.localisation import average_precision
from audioxai_lite.evaluation.stability import top_overlap
from audioxai_lite.sound.levels import mix
from audioxai_lite.sound.spectrogram import LogMel


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

    Notebook: 07, "Explore".

    Examples
    --------
    >>> from audioxai_lite import attribution
    >>> from audioxai_lite import datasets
    >>> from audioxai_lite.models.cnn14 import Cnn14
    >>> clips, model = datasets.load().select(fold=5, label=["dog", "rain"]), Cnn14(10).eval()
    >>> methods = {"saliency": attribution.saliency}
    >>> explorer = noise_explorer(model, clips, {"white": torch.randn(1, 80_000)}, methods, LogMel())
    >>> explorer.children[2].value  # decibels
    10
    """
    wide = {"style": {"description_width": "100px"}, "layout": {"width": "420px"}}
    number = choice_of_clips(dataset, **wide)
    noise = ipywidgets.Dropdown(options=list(noises), description="background", **wide)
    snr = ipywidgets.IntSlider(
        10, -5, 30, 5, description="SNR (dB)", continuous_update=False, **wide
    )
    method = ipywidgets.Dropdown(options=list(methods), description="method", **wide)
    numbers, players, picture = ipywidgets.HTML(), ipywidgets.HTML(), image_widget()

    def explain(sound: Tensor) -> tuple[Tensor, Tensor, str, int]:
        values = feature(sound).values
        with torch.no_grad():
            probability, target = model(values).softmax(dim=1)[0].max(dim=0)
        heard = f"{dataset.classes[int(target)]} ({probability:.2f})"
        return values, methods[method.value](model, values, target[None]), heard, int(target)

    def update(_=None) -> None:
        clip = dataset[number.value]
        mixed = mix(clip.waveform, noises[noise.value], snr.value, clip.sample_rate)
        truth, before, after = clip.truth(feature), explain(clip.waveform), explain(mixed)
        figure, axes = plt.subplots(2, 2, figsize=(11, 5.2), sharex=True, sharey=True)
        for row, (values, found, heard, _), state in zip(
            axes, (before, after), ("clean", "noisy"), strict=True
        ):
            figures.spectrogram(
                row[0], values, feature, f"{state}: the network hears {heard}", truth=truth
            )
            figures.attribution(row[1], found, feature, f"{method.value}, {state}", truth)
        for ax in axes.flat:
            ax.label_outer()
        picture.value = png_and_close(figure)
        shared = top_overlap(before[1], after[1]).item()
        changed = "the same answer" if before[3] == after[3] else "another answer"
        numbers.value = (
            f"{changed}; of the top 5 % of the map {shared:.0%} stay (of a random one 5 %)"
        )
        if truth is not None and 0 < truth.mean() < 1:
            scores = [average_precision(found, truth).item() for _, found, *_ in (before, after)]
            numbers.value += f"; average precision {scores[0]:.2f} clean, {scores[1]:.2f} noisy"
        players.value = players_html({"clean": clip.waveform, "noisy": mixed}, clip.sample_rate)

    for control in (number, noise, snr, method):
        control.observe(update, names="value")
    update()
    return ipywidgets.VBox([number, noise, snr, method, numbers, picture, players])
