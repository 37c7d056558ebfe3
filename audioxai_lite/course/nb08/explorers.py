"""The explorer of notebook 08."""

from typing import cast

import ipywidgets
from torch import Tensor

from audioxai_lite import counterfactuals
from audioxai_lite.course.explorers import image_widget, png_and_close
from audioxai_lite.datasets import Clip
from audioxai_lite.display import figures
from audioxai_lite.display.players import players_html
from audioxai_lite.models.autoencoder import Detector
from audioxai_lite.sound.spectrogram import LogMel


def counterfactual_explorer(
    generators: dict[str, counterfactuals.Generator],
    detector: Detector,
    ranges: Tensor,
    clips: list[Clip],
) -> ipywidgets.Widget:
    """Choose a clip, a generator and a target score; see and hear what becomes of the clip, and
    what was taken out.

    Parameters
    ----------
    generators : dict of name to Generator
    detector : Detector
        The one that they explain.
    ranges : Tensor
        From `counterfactuals.target_ranges`.
    clips : list of Clip
        Faulty clips with twins.

    Notebook: 06, "Explore".

    Examples
    --------
    >>> import torch
    >>> from audioxai_lite import datasets
    >>> from audioxai_lite.models.autoencoder import Autoencoder
    >>> clips, detector = list(datasets.load("machine", normal=0, anomalous=2)), Autoencoder()
    >>> ranges = torch.tensor([[0.0, 1.0]] * len(counterfactuals.ALPHAS))
    >>> explorer = counterfactual_explorer({"untrained": counterfactuals.Generator()}, detector, ranges, clips)
    >>> "mean change 0.00 dB" in explorer.children[4].value
    True
    """
    wide = {"style": {"description_width": "80px"}, "layout": {"width": "380px"}}
    kinds = [f"{number + 1}: {clip.events[0].kind}" for number, clip in enumerate(clips)]
    chosen = ipywidgets.Dropdown(options=kinds, description="clip", **wide)
    name = ipywidgets.Dropdown(options=list(generators), description="generator", **wide)
    alpha = ipywidgets.SelectionSlider(
        options=counterfactuals.ALPHAS, description="target α", **wide
    )
    concept = ipywidgets.IntSlider(0, 0, 1, description="concept k", **wide)
    numbers, picture, players = ipywidgets.HTML(), image_widget(), ipywidgets.HTML()
    feature = LogMel(clips[0].sample_rate)

    def update(_=None) -> None:
        clip, generator = clips[kinds.index(chosen.value)], generators[name.value]
        values, k = feature(clip.waveform).values, min(concept.value, generator.concepts - 1)
        changed = counterfactuals.apply(generator, detector, values, alpha.value, k)
        pictures = {"the clip": values, f"counterfactual, α = {alpha.value}": changed}
        pictures["clean twin"] = feature(clip.twin).values
        picture.value = png_and_close(
            figures.spectrograms(pictures, feature, truth=clip.truth(feature))
        )
        low, high = ranges[counterfactuals.ALPHAS.index(alpha.value)].tolist()
        before, after = (counterfactuals.log_scores(detector, x).item() for x in (values, changed))
        numbers.value = (
            f"log score {before:.2f} → {after:.2f}, wanted {low:.2f} to {high:.2f}; mean change "
            f"{(changed - values).abs().mean():.2f} dB; generator with {generator.concepts} concept(s), k = {k}"
        )
        heard = counterfactuals.to_sound(clip.waveform, changed - values, feature)
        sounds = {
            "the clip": clip.waveform,
            "counterfactual": heard,
            "what was taken out": clip.waveform - heard,
        }
        players.value = players_html(
            sounds | {"clean twin": cast(Tensor, clip.twin)}, clip.sample_rate
        )

    for control in (chosen, name, alpha, concept):
        control.observe(update, names="value")
    update()
    return ipywidgets.VBox([chosen, name, alpha, concept, numbers, picture, players])
