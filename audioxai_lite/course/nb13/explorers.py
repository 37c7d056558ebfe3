"""The explorer of notebook 13."""

import ipywidgets
import torch

from ...datasets import Clip
from ...display import figures
from ...evaluation.equal_area import hardened
from ...evaluation.heard_again import kept_sound
from ...evaluation.stamp import stamped
from ...masks import top_k
from ..clips import MEL, noise_like
from ..explorers import ExplorerView, explorer, slider, wide_control
from .losses import load_masker_of_loss
from .maskers import explained_model, load_masker, masks_of

LOSSES = ("ours", "kept alone", "drawn to what is loud")
FORMS = ("as drawn", "hard, as much", "hard, by the slider")


def mask_explorer(clips: list[Clip]) -> ipywidgets.Widget:
    """Choose a clip, the loss that a decoder was trained by, and how its mask is applied; see the
    mask, what the robust network makes of both parts and of the mask on noise, and listen.

    Parameters
    ----------
    clips : list of Clip

    Notebook: 13, "Explore".

    Examples
    --------
    >>> from audioxai_lite import datasets
    >>> clips = list(datasets.load("environment").select(fold=5))[:1]
    >>> *_, text, picture, players = mask_explorer(clips).children
    >>> text.value.startswith("keeps")
    True
    """
    titles = [f"{number}: {clip.label}" for number, clip in enumerate(clips)]
    model = explained_model("environment", "robust")

    def draw(chosen: str, loss: str, form: str, area: int) -> ExplorerView:
        clip = clips[titles.index(chosen)]
        ours = loss == LOSSES[0]
        masker = load_masker("environment", "robust") if ours else load_masker_of_loss(loss)
        values = MEL(clip.waveform).values
        mask = masks_of(masker, model, values)
        if form == FORMS[1]:
            mask = hardened(mask)
        elif form == FORMS[2]:
            mask = top_k(mask, area / 100)
        owner = model.outputs(values).argmax(dim=1)
        parts = [torch.lerp(torch.full_like(values, -100.0), values, m) for m in (mask, 1 - mask)]
        p = [model.probabilities(x)[0, owner].item() for x in (values, *parts)]
        stamp = stamped(model, mask, noise_like(values, 0), owner)[1].item()
        pictures = {"clip (dB)": values, "kept (dB)": parts[0], "removed (dB)": parts[1]}
        sounds = {"clip": clip.waveform, "kept": kept_sound(MEL, clip.waveform, mask)}
        sounds["removed"] = kept_sound(MEL, clip.waveform, 1 - mask)
        return ExplorerView(
            figures.spectrograms(pictures, MEL, truth=clip.truth(MEL), limits=(-100, 40)),
            f"keeps {mask.mean():.0%}; p of the class: clip {p[0]:.2f}, kept {p[1]:.2f}, removed "
            f"{p[2]:.2f}; the mask on noise {stamp:.2f}",
            sounds,
            clip.sample_rate,
        )

    row = wide_control(80, 320)
    controls = {
        "chosen": ipywidgets.Dropdown(options=titles, description="clip", **row),
        "loss": ipywidgets.Dropdown(options=LOSSES, description="trained by", **row),
        "form": ipywidgets.Dropdown(options=FORMS, description="applied", **row),
        "area": slider("area (%)", 10, 2, 60, **row),
    }
    return explorer(controls, draw, on_the_site={"chosen": titles[:2], "area": (10,)})
