"""The explorer of notebook 08."""

import ipywidgets
from torch import Tensor

from ... import counterfactuals
from ...datasets import Clip
from ...display import figures
from ...models.autoencoder import Detector
from ...sound.spectrogram import LogMel
from ..explorers import ExplorerView, explorer, wide_control


def counterfactual_explorer(
    generators: dict[str, counterfactuals.Generator],
    detector: Detector,
    ranges: Tensor,
    clips: list[Clip],
) -> ipywidgets.Widget:
    """Choose a clip, a generator and a target score; see and hear what becomes of the clip, and
    what was taken out. A generator of several concepts can be chosen once for each.

    Parameters
    ----------
    generators : dict of name to Generator
    detector : Detector
        The one that they explain.
    ranges : Tensor
        From `counterfactuals.target_ranges`.
    clips : list of Clip
        Faulty clips with twins.

    Notebook: 08, "Explore".

    Examples
    --------
    >>> import torch
    >>> from audioxai_lite import datasets
    >>> from audioxai_lite.models.autoencoder import Autoencoder
    >>> clips, detector = list(datasets.load("machine", normal=0, anomalous=2)), Autoencoder()
    >>> ranges = torch.tensor([[0.0, 1.0]] * len(counterfactuals.ALPHAS))
    >>> generators = {"untrained": counterfactuals.Generator()}
    >>> *_, text, picture, players = counterfactual_explorer(
    ...     generators, detector, ranges, clips
    ... ).children
    >>> "mean change 0.00 dB" in text.value
    True
    """
    kinds = [f"{number + 1}: {clip.events[0].kind}" for number, clip in enumerate(clips)]
    feature = LogMel(clips[0].sample_rate)
    concepts = {
        f"{name}, k = {k}" if generator.concepts > 1 else name: (generator, k)
        for name, generator in generators.items()
        for k in range(generator.concepts)
    }

    def draw(chosen: str, name: str, alpha: float) -> ExplorerView:
        clip, (generator, k) = clips[kinds.index(chosen)], concepts[name]
        values = feature(clip.waveform).values
        changed = counterfactuals.apply_generator(generator, detector, values, alpha, k)
        pictures = {
            "the clip": values,
            f"counterfactual, α = {alpha}": changed,
            "clean twin": feature(clip.twin).values,
        }
        low, high = ranges[counterfactuals.ALPHAS.index(alpha)].tolist()
        before, after = (counterfactuals.log_scores(detector, x).item() for x in (values, changed))
        heard = counterfactuals.to_sound(clip.waveform, changed - values, feature)
        sounds = {
            "the clip": clip.waveform,
            "counterfactual": heard,
            "what was taken out": clip.waveform - heard,
            "clean twin": clip.twin,
        }
        return ExplorerView(
            figures.spectrograms(pictures, feature, truth=clip.truth(feature)),
            f"log score {before:.2f} → {after:.2f}, wanted {low:.2f} to {high:.2f}; "
            f"mean change {(changed - values).abs().mean():.2f} dB",
            sounds,
            clip.sample_rate,
        )

    row, alphas = wide_control(80, 380), counterfactuals.ALPHAS
    controls = {
        "chosen": ipywidgets.Dropdown(options=kinds, description="clip", **row),
        "name": ipywidgets.Dropdown(options=list(concepts), description="generator", **row),
        "alpha": ipywidgets.SelectionSlider(options=alphas, description="target α", **row),
    }
    silent = [name for name in kinds if name.endswith("drop-out")][:1]  # beside the first clip
    few = {"chosen": silent, "alpha": (alphas[0], alphas[len(alphas) // 2])}
    return explorer(controls, draw, on_the_site=few)
