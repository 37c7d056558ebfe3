"""The explorer of notebook 05."""

from collections.abc import Callable

import ipywidgets
import matplotlib.pyplot as plt
import torch
from torch import Tensor, nn

from ... import masks
from ...datasets import Dataset
from ...display import figures, style
from ...published import posthoc_audio
from ...sound.spectrogram import LogMel
from ..clips import predicted_classes
from ..explorers import ExplorerView, choice_of_clips, explorer, slider, wide_control

# How the mask explorer makes a mask of an attribution and a share; the sign and the soft rules need
# no share.
MASK_RULES = {
    "top k %": masks.top_k,
    "top k % of the positive part, as published": lambda attribution, share: posthoc_audio.top_k(
        masks.positive_part(attribution), share
    ),
    "at least k % of the largest": masks.threshold,
    "sign": lambda attribution, share: masks.sign(attribution),
    "min–max": lambda attribution, share: masks.min_max(attribution),
    "sigmoid": lambda attribution, share: masks.sigmoid(attribution),
}
# What can be chosen where there is no kernel.
ON_THE_SITE = {
    "number": [0],
    "method": ["saliency", "Grad-CAM", "random"],
    "rule": list(MASK_RULES)[:2],
    "share": [2, 10, 30, 50],
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

    Notebook: 05, "Explore".

    Examples
    --------
    >>> from audioxai_lite import attribution
    >>> from audioxai_lite import datasets
    >>> from audioxai_lite.models.cnn14 import Cnn14
    >>> clips, model = datasets.load().select(fold=5, label=["dog", "rain"]), Cnn14(10).eval()
    >>> methods = {"saliency": attribution.saliency}
    >>> clip, method, rule, share, *_ = mask_explorer(model, clips, methods, LogMel()).children
    >>> share.value  # per cent of the bins
    10
    """

    def draw(number: int, method: str, rule: str, share: int, smooth: bool) -> ExplorerView:
        clip = dataset[number]
        spectrogram = feature(clip.waveform)
        values = spectrogram.values
        target = predicted_classes(model, values)
        mask = MASK_RULES[rule](methods[method](model, values, target), share / 100)
        mask = masks.smooth(mask) if smooth else mask
        kept, removed = masks.apply_mask(values, mask)
        with torch.no_grad():
            probabilities = model(torch.cat([values, kept, removed])).softmax(dim=1)
        sounds = {
            "clip": feature.inverse(spectrogram),
            "kept": feature.inverse(spectrogram.masked(mask)),
            "removed": feature.inverse(spectrogram.masked(1 - mask)),
        }
        figure = _figure(values, mask, kept, clip.truth(feature), feature)
        text = _text(mask, probabilities, dataset.classes)
        return ExplorerView(figure, text, sounds, clip.sample_rate)

    row = wide_control(70, 400)
    controls = {
        "number": choice_of_clips(dataset, **row),
        "method": ipywidgets.Dropdown(options=list(methods), description="method", **row),
        "rule": ipywidgets.Dropdown(options=list(MASK_RULES), description="rule", **row),
        "share": slider("k (%)", 10, 1, 99, **row),
        "smooth": ipywidgets.Checkbox(False, description="median filter, 3 × 3 bins", **row),
    }
    return explorer(controls, draw, ON_THE_SITE)


def _figure(values: Tensor, mask: Tensor, kept: Tensor, truth: Tensor | None, feature: LogMel):
    """The clip, its mask, and what the mask keeps."""
    loudest = float(values.max())
    figure, axes = plt.subplots(1, 3, figsize=(13, 2.7), sharey=True)
    figures.spectrogram(axes[0], values, feature, "clip", truth=truth)
    figures.spectrogram(axes[1], mask, feature, "mask", (0, 1), truth, style.MASK_MAP)
    figures.spectrogram(axes[2], kept, feature, "kept", (loudest - 80, loudest), truth)
    for ax in axes[1:]:
        ax.label_outer()
    return figure


def _text(mask: Tensor, probabilities: Tensor, classes: list[str]) -> str:
    """The area of a mask, and the probability of the clip's class: for the clip, for what is kept
    and for what is removed.
    """
    target, after = probabilities[:2].argmax(dim=1).tolist()
    clip, kept, removed = probabilities[:, target].tolist()
    constant = ", <b>the same everywhere</b>" if masks.is_constant_mask(mask) else ""
    answer = "same class" if after == target else f"now {classes[after]}"
    return (
        f"area {masks.area(mask).item():.1%}{constant}; p({classes[target]}) {clip:.2f}, "
        f"of what is kept {kept:.2f} ({answer}), of what is removed {removed:.2f}"
    )
