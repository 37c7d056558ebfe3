"""What the public code and tables of Pak & Teryokhina 2025 compute, where that differs from the
library.
"""

import math
from collections.abc import Callable
from functools import partial
from pathlib import Path

import captum.attr
import pandas as pd
import torch
from torch import Tensor, nn

from audioxai_lite.attribution import cam
from audioxai_lite.attribution.batches import Target, as_clips, checked, explain_in_batches
from audioxai_lite.evaluation.conciseness import _zeros_and_ones, complexity, sparseness
from audioxai_lite.evaluation.fidelity import Answers, answers
from audioxai_lite.evaluation.statistics import with_intervals
from audioxai_lite.masks.cells import random_like
from audioxai_lite.masks.rules import (
    area,
    is_constant,
    min_max,
    positive_part,
    relative_to_largest,
    sigmoid,
    sign,
    threshold,
    top_k,
)
from audioxai_lite.sound.levels import _same_length, peak_normalise, rms_normalise

SNR = 20 * math.log10(0.6 / 0.4)  # decibels: 0.6 of the clip and 0.4 of a noise of the same level


def mix(waveform: Tensor, noise: Tensor) -> Tensor:
    """Six tenths of a clip and four of a noise, both first brought to one level over their whole
    length; peak 1.

    By whole lengths the ratio is `PUBLISHED_SNR`. A bark in a silent clip is louder than that while
    it lasts, as `active_level` tells. Shapes and errors as in `mix`.

    Source: the public code of Pak & Teryokhina 2025. Notebook: 07.

    Examples
    --------
    >>> tone, noise = torch.sin(torch.arange(16_000.0))[None], torch.randn(1, 16_000)
    >>> mix(tone, noise).shape
    torch.Size([1, 16000])
    """
    _same_length(waveform, noise)
    return peak_normalise(0.6 * rms_normalise(waveform) + 0.4 * rms_normalise(noise))


def _top(share: float, attribution: Tensor) -> Tensor:
    return top_k(attribution, share, "published")


def _of_positive(rule: Callable[[Tensor], Tensor], attribution: Tensor) -> Tensor:
    return rule(positive_part(attribution))


# The 14 variants of Pak & Teryokhina 2025 with the rules of the public code: name -> (published
# name, rule).
VARIANTS: dict[str, tuple[str, Callable[[Tensor], Tensor]]] = {
    "min–max": ("minmax", min_max),
    "sigmoid": ("sigmoid", sigmoid),
    "sign": ("bin", sign),
    **{f"top {k} %": (f"topK_{k}", partial(_top, k / 100)) for k in (5, 30, 50)},
    "min–max, positive": ("minmax_pos", relative_to_largest),
    "sigmoid, positive": ("sigmoid_pos", partial(_of_positive, sigmoid)),
    **{
        f"threshold 0.{tau}": (f"pos_thresh_{tau}", partial(threshold, tau=tau / 100))
        for tau in (25, 50, 75)
    },
    **{
        f"top {k} %, positive": (f"topK_{k}_pos", partial(_of_positive, partial(_top, k / 100)))
        for k in (5, 30, 50)
    },
}


def all_variants(attribution: Tensor) -> dict[str, Tensor]:
    """The attribution's mask under each of the 14 `VARIANTS`, by name. Notebook: 04.

    Examples
    --------
    >>> len(all_variants(torch.randn(2, 1, 4, 8)))
    14
    """
    return {name: rule(attribution) for name, (_, rule) in VARIANTS.items()}


# Name -> (whether higher is better, lowest, highest; None: ln of the number of bins). After 2025's
# tables.
DIRECTIONS: dict[str, tuple[bool, float, float | None]] = {
    "FF": (True, -1.0, 1.0),
    "AI": (True, 0.0, 100.0),
    "AD": (False, 0.0, 100.0),
    "AG": (True, 0.0, 100.0),
    "Fid-In": (True, 0.0, 1.0),
    "SPS": (True, 0.0, 1.0),
    "COMP": (False, 0.0, None),
}


def interpretation_scores(found: Answers, masks: Tensor, margin: float = 1e-6) -> dict[str, Tensor]:
    """The seven metrics of Pak & Teryokhina, clip by clip, each of shape (variants, batch).

    The class is the one predicted for the clean clip, of probability p:

    - FF: p less the class's probability for the removed part. How much the answer needs what was
      kept.
    - AI: 100 where the kept part is more probable than the clip, by more than `margin`, else 0.
    - AD: how much of p is lost on the kept part, in per cent; a gain counts as 0.
    - AG: how much of 1 - p is gained on the kept part, in per cent; a loss counts as 0.
    - Fid-In: 1 where the kept part is given the same class.
    - SPS, COMP: `sparseness` and `complexity` of the mask, as published.

    Parameters
    ----------
    found : Answers
    masks : Tensor, shape (variants, batch, 1, frequency, time)
        Those of `answers`.
    margin : float, default 1e-6
        What a probability may move by rounding.

    Source: Pak & Teryokhina 2025, II.D; the means over clips are theirs. Notebook: 05.

    Examples
    --------
    >>> model = nn.Sequential(nn.Flatten(), nn.Linear(32, 3))
    >>> values, everything = torch.randn(2, 1, 4, 8), torch.ones(1, 2, 1, 4, 8)
    >>> interpretation_scores(answers(model, values, everything), everything)["Fid-In"].tolist()
    [[1.0, 1.0]]
    """
    named = found.clean.argmax(dim=1)
    p = found.clean.gather(1, named[:, None])[:, 0].double()
    kept, removed = (
        part[:, torch.arange(len(p)), named].double() for part in (found.kept, found.removed)
    )
    return {
        "FF": p - removed,
        "AI": 100.0 * (kept > p + margin),
        "AD": 100 * (p - kept).clamp(min=0) / p,
        "AG": 100 * (kept - p).clamp(min=0) / (1 - p).clamp(min=1e-12),
        "Fid-In": (found.kept.argmax(dim=-1) == named).double(),
        "SPS": sparseness(masks),
        "COMP": complexity(masks, as_published=True),
    }


def table(
    model: nn.Module, values: Tensor, given: dict[str, Tensor], truth: Tensor | None = None
) -> pd.DataFrame:
    """The seven scores of masks, with intervals, beside what says how to read them: area, and masks
    that know nothing.

    Parameters
    ----------
    model, values
        See `answers`.
    given : dict of name to Tensor, shape of `values`
        Masks.
    truth : Tensor, shape of `values`, optional
        Ground truth.

    Returns
    -------
    DataFrame
        One row a mask. The columns of `with_intervals`; area; constant, the share of clips on which
        the mask is the same everywhere; with a truth, inside: the share of what is kept that lies
        in it. For masks of zeros and ones also FF, AD and Fid-In of "random bins" and "random
        cells" (8 bands by 16 frames) of the same area, and, as "AD over cells", the score less that
        of the cells, with its interval, clip by clip.

    Notebook: 05.

    Examples
    --------
    >>> model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(32, 2))
    >>> values = torch.randn(3, 1, 4, 8)
    >>> rows = table(model, values, {"everything": torch.ones_like(values)})
    >>> rows.loc["everything", "Fid-In"].item()
    1.0
    """
    stack = torch.stack(list(given.values()))
    scores = interpretation_scores(answers(model, values, stack), stack)
    found = with_intervals(scores, list(given))
    found["area"] = [area(mask).mean().item() for mask in stack]
    found["constant"] = [is_constant(mask).double().mean().item() for mask in stack]
    if truth is not None:
        found["inside"] = [
            ((mask * truth).sum(dim=(1, 2, 3)) / mask.sum(dim=(1, 2, 3))).nanmean().item()
            for mask in stack
        ]
    hard = [name for name, mask in given.items() if _zeros_and_ones(mask.flatten(1)).all()]
    if not hard:
        return found
    mine = torch.tensor([name in hard for name in given])
    for control, cell in {"random bins": (1, 1), "random cells": (8, 16)}.items():
        drawn = torch.stack([random_like(given[name], cell) for name in hard])
        chance = interpretation_scores(answers(model, values, drawn), drawn)
        for name in ("FF", "AD", "Fid-In"):
            found.loc[hard, f"{name} {control}"] = chance[name].mean(dim=1).numpy()
        if cell != (1, 1):
            gains = {
                f"{name} over cells": scores[name][mine] - chance[name]
                for name in ("FF", "AD", "Fid-In")
            }
            found = found.join(with_intervals(gains, hard))
    return found


REFERENCE = Path(__file__).parents[2] / "data" / "reference"


# The extremes over the 20 published tables of 14 masks: 4 methods; STFT clean, mel clean and in
# three backgrounds.
LIMITS = {
    "FF": (0.000926, 0.927128),
    "AI": (0.0, 40.0),
    "AD": (8.067, 98.489),
    "AG": (0.0, 20.3605),
    "Fid-In": (0.0025, 0.9325),
    "SPS": (0.000071, 0.999009),
    "COMP": (1.1695, 11.2953),
}


def tables() -> pd.DataFrame:
    """The tables means over ESC-50's fold 5: one row a feature ("Mel", "STFT"), method and mask, by
    our names.

    Source: the public tables of Pak & Teryokhina 2025; see data/reference. Notebook: 05.

    Examples
    --------
    >>> len(tables())  # two features, four methods, fourteen masks
    112
    """
    names = {theirs: ours for ours, (theirs, _) in VARIANTS.items()}
    table = pd.read_csv(REFERENCE / "posthoc_audio_masks.csv")
    return (
        table.assign(mask=table["mask"].map(names))
        .set_index(["feature", "method", "mask"])
        .sort_index()
    )


def grad_cam(
    model: nn.Module, values: Tensor, target: Target, layer: nn.Module, positive: bool = True
) -> Tensor:
    """For comparison only: Grad-CAM with the axes of the layer left as they are.

    The public code of Pak & Teryokhina 2025 lays the grid of a network that puts time first over
    the spectrogram without turning it: the map then has time where frequency should be.

    Parameters
    ----------
    model, values, target, layer, positive
        See `attribution.grad_cam`.

    Source: found by reading that code; their stored masks fit such a map. Notebook: 03.

    Examples
    --------
    >>> layer, values = nn.Conv2d(1, 1, 1), torch.randn(3, 1, 4, 8)
    >>> model = nn.Sequential(layer, nn.Flatten(), nn.Linear(32, 2))
    >>> turned = cam.grad_cam(model, values, 0, layer, time_axis=2, positive=False)
    >>> torch.equal(grad_cam(model, values, 0, layer, positive=False), turned)
    False
    """
    return cam.grad_cam(model, values, target, layer, time_axis=3, positive=positive)


def gradient_at_background(
    model: nn.Module,
    values: Tensor,
    target: Target,
    background: Tensor | float,
    batch_size: int = 10,
) -> Tensor:
    """For comparison only: what the public code of Pak & Teryokhina 2025 computes under the name
    Deep SHAP.

    There activations are called as functions, which DeepExplainer does not see, and its check is
    switched off. What is left is the gradient at each background clip, times the clip less that
    background, averaged. It sums to nothing in particular.

    Parameters
    ----------
    model, values, target, background, batch_size
        See `deep_shap`.

    Source: found by reading that code; what DeepExplainer makes of such a network is tested.
    Notebook: 03.

    Examples
    --------
    >>> model = nn.Sequential(nn.ReLU(), nn.Flatten())
    >>> usual = torch.tensor([[[[-1.0]]], [[[3.0]]]])  # where the gradient is 0 and 1
    >>> gradient_at_background(model, torch.tensor([[[[5.0]]]]), 0, usual)  # (0 + (5 - 3)) / 2
    tensor([[[[1.]]]])
    """
    model, values, target = checked(model, values, target, gradients=True)
    background = as_clips(background, values, "background")

    def explain(x: Tensor, classes: Tensor | None) -> Tensor:
        column = None if classes is None else int(classes[0])
        total = torch.zeros_like(x)
        for part in background.split(batch_size):
            gradient = captum.attr.Saliency(model).attribute(
                part.clone().requires_grad_(), target=column, abs=False
            )
            total += (gradient * (x - part)).sum(dim=0, keepdim=True)
        return total / len(background)

    return explain_in_batches(explain, model, values, target, 1, "gradient at the background")
