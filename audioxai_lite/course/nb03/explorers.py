"""The explorer of notebook 03."""

from collections.abc import Callable

import ipywidgets
import matplotlib.pyplot as plt
import torch
from torch import nn

from ...datasets import Dataset
from ...display import figures
from ...evaluation.localisation import average_precision
from ...sound.spectrogram import LogMel
from ..explorers import ExplorerView, choice_of_clips, explorer, wide_control


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
    >>> models = {"untrained": model}
    >>> clip, method, *_ = attribution_explorer(models, clips, methods, LogMel()).children
    >>> method.options
    ('saliency',)
    """

    def draw(number: int, method: str, name: str) -> ExplorerView:
        clip, model = dataset[number], models[name]
        values, truth = feature(clip.waveform).values, clip.truth(feature)
        with torch.no_grad():
            probability, target = model(values).softmax(dim=1)[0].max(dim=0)
        attribution = methods[method](model, values, target[None])
        figure, axes = plt.subplots(1, 2, figsize=(11, 2.9), sharey=True)
        figures.spectrogram(axes[0], values, feature, "clip", truth=truth)
        figures.attribution(axes[1], attribution, feature, method, truth)
        axes[1].label_outer()
        heard = dataset.classes[int(target)]
        text = f"the {name} model hears {heard} with a probability of {probability:.2f}"
        if truth is not None and 0 < truth.mean() < 1:
            score, chance = average_precision(attribution, truth).item(), truth.mean()
            text += f"; average precision of the map {score:.2f}, of a random one {chance:.2f}"
        return ExplorerView(figure, text, {"clip": clip.waveform}, clip.sample_rate)

    row = wide_control(70, 360)
    controls = {
        "number": choice_of_clips(dataset, **row),
        "method": ipywidgets.Dropdown(options=list(methods), description="method", **row),
        "name": ipywidgets.Dropdown(options=list(models), description="model", **row),
    }
    labels = list(dataset.table["label"])
    few = [labels.index(label) for label in ("dog", "crying_baby", "rain") if label in labels]
    quick = ("saliency", "integrated gradients", "Grad-CAM", "LRP", "random")
    return explorer(controls, draw, on_the_site={"number": few, "method": quick})
