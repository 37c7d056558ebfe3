"""The explorer of notebook 07."""

from collections.abc import Callable

import ipywidgets
import matplotlib.pyplot as plt
import torch
from torch import Tensor

from ...datasets import Dataset
from ...display import figures, style
from ...evaluation import faithfulness
from ...models.autoencoder import Detector
from ...sound.spectrogram import LogMel
from ..detectors import score_model
from ..explorers import ExplorerView, choice_of_clips, explorer, slider, wide_control


def faithfulness_explorer(
    detectors: dict[str, Detector], dataset: Dataset, methods: dict[str, Callable], feature: LogMel
) -> ipywidgets.Widget:
    """Choose a clip, a map, a detector and how many frames are replaced; see the curve over time
    and what the score says, beside that of random frames.

    Parameters
    ----------
    detectors : dict of name to Detector
    dataset : Dataset
        Faulty clips.
    methods : dict of name to callable (model, standardised values) -> attribution
    feature : LogMel
        What the detectors were trained on.

    Notebook: 07, "Explore".

    Examples
    --------
    >>> from audioxai_lite import datasets
    >>> from audioxai_lite.models.autoencoder import Autoencoder
    >>> from audioxai_lite.published import faithful_ad
    >>> clips = datasets.load("machine", normal=0, anomalous=2)
    >>> clip, method, *_ = faithfulness_explorer(
    ...     {"AE": Autoencoder()}, clips, faithful_ad.METHODS, LogMel()
    ... ).children
    >>> method.options[:2]
    ('error map', 'saliency')
    """

    def draw(number: int, method: str, name: str, percentile: int) -> ExplorerView:
        clip, detector = dataset[number], detectors[name]
        values = feature(clip.waveform).values
        standardised = detector.standardise(values).detach()
        curve = faithfulness.time_curve(methods[method](score_model(detector), standardised).abs())
        chance = torch.rand(curve.shape, generator=torch.Generator().manual_seed(0))
        chosen = torch.stack([faithfulness.top_percentile(x, percentile) for x in (curve, chance)])
        score, share = faithfulness.replace_and_score(detector, standardised, chosen)
        return ExplorerView(
            _figure(values, clip.truth(feature), curve[0], chosen[0, 0], feature),
            f"{share[0, 0]:.0%} of the frames replaced: faithfulness {score[0, 0]:.2f}, "
            f"of random frames {score[1, 0]:.2f}",
            {"clip": clip.waveform},
            clip.sample_rate,
        )

    row = wide_control(80, 400)
    controls = {
        "number": choice_of_clips(dataset, **row),
        "method": ipywidgets.Dropdown(options=list(methods), description="map", **row),
        "name": ipywidgets.Dropdown(options=list(detectors), description="detector", **row),
        "percentile": slider("percentile", 95, 50, 99, **row),
    }
    few = ("error map", "saliency", "Grad-CAM")
    shown = {"number": (0, len(dataset) // 2), "percentile": (90, 95), "method": few}
    return explorer(controls, draw, on_the_site=shown)


def _figure(values: Tensor, truth: Tensor | None, curve: Tensor, chosen: Tensor, feature: LogMel):
    """The clip above its curve over time, on which the chosen frames are marked."""
    figure, axes = plt.subplots(2, 1, figsize=(9, 4.4), sharex=True, height_ratios=(2, 1))
    figures.spectrogram(axes[0], values, feature, "clip", truth=truth)
    seconds = torch.arange(len(curve)) * feature.hop_length / feature.sample_rate
    axes[1].plot(seconds, curve, color=style.COLOURS["energy"], linewidth=1)
    axes[1].plot(seconds[chosen], curve[chosen], ".", color=style.COLOURS["anomalous"])
    axes[1].set(xlabel="time (s)", ylabel="mean size\nover bands")
    axes[0].label_outer()
    return figure
