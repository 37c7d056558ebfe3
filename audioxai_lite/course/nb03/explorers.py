"""The explorer of notebook 03."""

from collections.abc import Callable

import ipywidgets
import matplotlib.pyplot as plt
import torch
from torch import nn

from audioxai_lite.course.explorers import choice_of_clips, image_widget, png_and_close
from audioxai_lite.datasets import Dataset
from audioxai_lite.display import figures
from audioxai_lite.display.players import players_html
from audioxai_lite.evaluation.localisation import average_precision
from audioxai_lite.sound.spectrogram import LogMel


def attribution_explorer(
    models: dict[str, nn.Module], dataset: Dataset, methods: dict[str, Callable], feature: LogMel
) -> ipywidgets.Widget:
    """Choose a clip, a method and a model; see the map of the predicted class beside the clip, and
    hear the clip.

    Parameters
    ----------
    models : dict of name to classifier
    dataset : Dataset
        Its classes are those of the models.
    methods : dict of name to callable (model, values, target) -> attribution
    feature : LogMel
        What the models were trained on.

    Notebook: 03, "Explore".

    Examples
    --------
    >>> from audioxai_lite import attribution
    >>> from audioxai_lite import datasets
    >>> from audioxai_lite.models.cnn14 import Cnn14
    >>> clips, model = datasets.load().select(fold=5, label=["dog", "rain"]), Cnn14(10).eval()
    >>> methods = {"saliency": attribution.saliency}
    >>> explorer = attribution_explorer({"untrained": model}, clips, methods, LogMel())
    >>> explorer.children[1].options
    ('saliency',)
    """
    wide = {"style": {"description_width": "70px"}, "layout": {"width": "360px"}}
    number = choice_of_clips(dataset, **wide)
    method = ipywidgets.Dropdown(options=list(methods), description="method", **wide)
    name = ipywidgets.Dropdown(options=list(models), description="model", **wide)
    numbers, players, picture = ipywidgets.HTML(), ipywidgets.HTML(), image_widget()

    def update(_=None) -> None:
        clip, model = dataset[number.value], models[name.value]
        values, truth = feature(clip.waveform).values, clip.truth(feature)
        with torch.no_grad():
            probability, target = model(values).softmax(dim=1)[0].max(dim=0)
        found = methods[method.value](model, values, target[None])
        figure, axes = plt.subplots(1, 2, figsize=(11, 2.9), sharey=True)
        figures.spectrogram(axes[0], values, feature, "clip", truth=truth)
        figures.attribution(axes[1], found, feature, method.value, truth)
        axes[1].label_outer()
        picture.value = png_and_close(figure)
        heard = dataset.classes[int(target)]
        numbers.value = (
            f"the {name.value} model hears {heard} with a probability of {probability:.2f}"
        )
        if truth is not None and 0 < truth.mean() < 1:
            score = average_precision(found, truth).item()
            numbers.value += (
                f"; average precision of the map {score:.2f}, of a random one {truth.mean():.2f}"
            )
        players.value = players_html({"clip": clip.waveform}, clip.sample_rate)

    for control in (number, method, name):
        control.observe(update, names="value")
    update()
    return ipywidgets.VBox([number, method, name, numbers, picture, players])
