"""The explorer of notebook 05."""

from collections.abc import Callable

import ipywidgets
import matplotlib.pyplot as plt
import torch
from torch import nn

from audioxai_lite import masks
from audioxai_lite.course.explorers import choice_of_clips, image_widget, png_and_close
from audioxai_lite.datasets import Dataset
from audioxai_lite.display import figures, style
from audioxai_lite.display.players import players_html
from audioxai_lite.sound.spectrogram import LogMel

# How the mask explorer makes a mask of an attribution and a share; the sign and the soft rules need
# no share.
MASK_RULES = {
    "top k %": masks.top_k,
    "top k % of the positive part, as published": lambda found, share: masks.top_k(
        masks.positive_part(found), share, "published"
    ),
    "at least k % of the largest": masks.threshold,
    "sign": lambda found, share: masks.sign(found),
    "min–max": lambda found, share: masks.min_max(found),
    "sigmoid": lambda found, share: masks.sigmoid(found),
}


def mask_explorer(
    model: nn.Module, dataset: Dataset, methods: dict[str, Callable], feature: LogMel
) -> ipywidgets.Widget:
    """Choose a clip, a method, a rule and its k; see the mask, hear both parts, and ask the model
    about them.

    Parameters
    ----------
    model : nn.Module
        A classifier.
    dataset : Dataset
        Its classes are those of the model.
    methods : dict of name to callable (model, values, target) -> attribution
    feature : LogMel
        What the model was trained on.

    Notebook: 04, "Explore".

    Examples
    --------
    >>> from audioxai_lite import attribution
    >>> from audioxai_lite import datasets
    >>> from audioxai_lite.models.cnn14 import Cnn14
    >>> clips, model = datasets.load().select(fold=5, label=["dog", "rain"]), Cnn14(10).eval()
    >>> methods = {"saliency": attribution.saliency}
    >>> explorer = mask_explorer(model, clips, methods, LogMel())
    >>> explorer.children[3].value  # per cent of the bins
    10
    """
    wide = {"style": {"description_width": "70px"}, "layout": {"width": "400px"}}
    number = choice_of_clips(dataset, **wide)
    method = ipywidgets.Dropdown(options=list(methods), description="method", **wide)
    rule = ipywidgets.Dropdown(options=list(MASK_RULES), description="rule", **wide)
    share = ipywidgets.IntSlider(
        10, min=1, max=99, description="k (%)", continuous_update=False, **wide
    )
    smooth = ipywidgets.Checkbox(False, description="median filter, 3 × 3 bins", **wide)
    numbers, players, picture = ipywidgets.HTML(), ipywidgets.HTML(), image_widget()

    def update(_=None) -> None:
        clip = dataset[number.value]
        spectrogram = feature(clip.waveform)
        values = spectrogram.values
        with torch.no_grad():
            target = model(values).argmax(dim=1)
        mask = MASK_RULES[rule.value](
            methods[method.value](model, values, target), share.value / 100
        )
        mask = masks.smooth(mask) if smooth.value else mask
        kept, removed = masks.apply_mask(values, mask)
        with torch.no_grad():
            p = model(torch.cat([values, kept, removed])).softmax(dim=1)
        figure, axes = plt.subplots(1, 3, figsize=(13, 2.7), sharey=True)
        truth = clip.truth(feature)
        figures.spectrogram(axes[0], values, feature, "clip", truth=truth)
        figures.spectrogram(axes[1], mask, feature, "mask", (0, 1), truth, style.MASK_MAP)
        loudest = float(values.max())
        figures.spectrogram(axes[2], kept, feature, "kept", (loudest - 80, loudest), truth)
        for ax in axes[1:]:
            ax.label_outer()
        picture.value = png_and_close(figure)
        same = (
            "same class"
            if p[1].argmax() == p[0].argmax()
            else f"now {dataset.classes[int(p[1].argmax())]}"
        )
        numbers.value = (
            f"area {masks.area(mask).item():.1%}"
            f"{', <b>the same everywhere</b>' if masks.is_constant(mask) else ''}; "
            f"p({dataset.classes[int(target)]}) {p[0, target].item():.2f}, of what is kept {p[1, target].item():.2f} "
            f"({same}), of what is removed {p[2, target].item():.2f}"
        )
        sounds = {
            "clip": feature.inverse(spectrogram),
            "kept": feature.inverse(spectrogram.masked(mask)),
            "removed": feature.inverse(spectrogram.masked(1 - mask)),
        }
        players.value = players_html(sounds, clip.sample_rate)

    for control in (number, method, rule, share, smooth):
        control.observe(update, names="value")
    update()
    return ipywidgets.VBox([number, method, rule, share, smooth, numbers, picture, players])
