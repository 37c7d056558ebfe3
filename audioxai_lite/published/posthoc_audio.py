"""What the public code and tables of Pak & Teryokhina 2025 compute, where that differs from the
library. Taught in notebooks 03, 05, 06 and 09.
"""

import math
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from ..evaluation import conciseness, fidelity
from ..evaluation.chance import CELL, DRAWS, scores_beside_chance
from ..evaluation.ranking import DIRECTIONS as DIRECTIONS
from ..evaluation.statistics import with_intervals
from ..inputs import as_floats
from ..masks import rules
from ..sound.levels import check_length, peak_normalise, rms_normalise
from .posthoc_audio_methods import grad_cam as grad_cam
from .posthoc_audio_methods import gradient_at_background as gradient_at_background

SNR = 20 * math.log10(0.6 / 0.4)  # decibels: 0.6 of the clip and 0.4 of a noise of the same level


def mix(waveform: Tensor, noise: Tensor) -> Tensor:
    """Six tenths of a clip and four of a noise, both first brought to one level over their whole
    length; peak 1.

    By whole lengths the ratio is `SNR`. A bark in a silent clip is louder than that while it lasts,
    as `levels.active_level` tells. Shapes and errors as in `levels.mix`.

    Source: the public code of Pak & Teryokhina 2025. Notebook: 09.

    Examples
    --------
    >>> loud = torch.sin(torch.arange(16_000.0))[None]
    >>> mix(loud, loud / 64).equal(mix(loud, loud))  # whatever level the noise came at
    True
    """
    check_length(waveform, noise)
    return peak_normalise(0.6 * rms_normalise(waveform) + 0.4 * rms_normalise(noise))


def top_k(attribution: Tensor, share: float) -> Tensor:
    """1 where a clip's attribution is at or above its (1 - share) quantile, ties all in.

    On a map with many equal values, such as the positive part of a saliency map, that may be every
    bin. `masks.top_k` keeps to the share. Shapes and errors as there.

    Source: the public code of Pak & Teryokhina 2025. Notebook: 05, "The mask that does nothing".

    Examples
    --------
    >>> top_k(torch.tensor([[[[0.0, 0.0, 0.0, 3.0]]]]), 0.5).tolist()
    [[[[1.0, 1.0, 1.0, 1.0]]]]
    """
    rules.check_share(share)
    values = as_floats(attribution, "attributions", rules.AXES)
    # NumPy's does not sort, and takes an eighth of the time of torch's.
    limit = np.quantile(values.numpy(), np.float32(1 - share), axis=(1, 2, 3), keepdims=True)
    return (values >= torch.from_numpy(limit)).float()


def _of_positive(rule: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    return lambda attribution: rule(rules.positive_part(attribution))


# The 14 variants of the paper with the rules of the public code: name -> (published name, rule).
VARIANTS: dict[str, tuple[str, Callable[[Tensor], Tensor]]] = {
    "min–max": ("minmax", rules.min_max),
    "sigmoid": ("sigmoid", rules.sigmoid),
    "sign": ("bin", rules.sign),
    **{f"top {k} %": (f"topK_{k}", partial(top_k, share=k / 100)) for k in (5, 30, 50)},
    "min–max, positive": ("minmax_pos", rules.relative_to_largest),
    "sigmoid, positive": ("sigmoid_pos", _of_positive(rules.sigmoid)),
    **{
        f"threshold 0.{tau}": (f"pos_thresh_{tau}", partial(rules.threshold, tau=tau / 100))
        for tau in (25, 50, 75)
    },
    **{
        f"top {k} %, positive": (f"topK_{k}_pos", _of_positive(partial(top_k, share=k / 100)))
        for k in (5, 30, 50)
    },
}


def all_variants(attribution: Tensor) -> dict[str, Tensor]:
    """The attribution's mask under each of the 14 `VARIANTS`, by name. Notebook: 05.

    Examples
    --------
    >>> variants = all_variants(torch.tensor([[[[-1.0, 0.0, 2.0, 4.0]]]]))
    >>> len(variants), variants["threshold 0.50"].tolist()
    (14, [[[[0.0, 0.0, 1.0, 1.0]]]])
    """
    return {name: rule(attribution) for name, (_, rule) in VARIANTS.items()}


def complexity(masks: Tensor) -> Tensor:
    """As `conciseness.complexity`, but that a constant mask gets 0, the best there is. Its entropy
    is the largest there is.

    Source: the public code of Pak & Teryokhina 2025. Notebook: 06.

    Examples
    --------
    >>> everything = torch.ones(1, 1, 1, 4)
    >>> complexity(everything).item(), round(conciseness.complexity(everything).item(), 3)
    (0.0, 1.386)
    """
    values = as_floats(masks, "masks")
    constant = values.amax(dim=(-3, -2, -1)) == values.amin(dim=(-3, -2, -1))
    return torch.where(constant, 0.0, conciseness.complexity(values))


def interpretation_scores(heard: fidelity.Answers, masks: Tensor) -> dict[str, Tensor]:
    """The seven metrics of Pak & Teryokhina, clip by clip, each of shape (variants, batch): those
    of `fidelity.scores`, and SPS and COMP, `sparseness` and `complexity` of the masks that were
    asked about, (variants, batch, 1, frequency, time).

    Source: Pak & Teryokhina 2025, II.D; the means over clips are theirs. Notebook: 06.

    Examples
    --------
    >>> model = nn.Sequential(nn.Flatten(), nn.Linear(32, 3))
    >>> values, everything = torch.randn(2, 1, 4, 8), torch.ones(1, 2, 1, 4, 8)
    >>> scores = interpretation_scores(fidelity.answers(model, values, everything), everything)
    >>> scores["Fid-In"].tolist(), scores["COMP"].tolist()
    ([[1.0, 1.0]], [[0.0, 0.0]])
    """
    of_masks = {"SPS": conciseness.sparseness(masks), "COMP": complexity(masks)}
    return fidelity.scores(heard) | of_masks


def masks_by_clip(
    model: nn.Module,
    values: Tensor,
    masks: dict[str, Tensor],
    truth: Tensor | None = None,
    draws: int = DRAWS,
    cell: tuple[int, int] = CELL,
) -> pd.DataFrame:
    """The seven scores of masks, a row a clip and mask, beside controls of equal area.

    Parameters
    ----------
    model, values, draws, cell
        See `chance.scores_beside_chance`.
    masks : dict of name to Tensor, shape of `values`
        Of one map.
    truth : Tensor, shape of `values`, optional

    Returns
    -------
    DataFrame
        The columns of `chance.scores_beside_chance`, SPS, COMP and, with a truth, inside: the share
        of what is kept that lies in it (NaN where nothing is kept).

    Notebook: 06.

    Examples
    --------
    >>> model, values = nn.Sequential(nn.Flatten(), nn.Linear(32, 3)), torch.randn(2, 1, 4, 8)
    >>> everything = torch.ones_like(values)
    >>> rows = masks_by_clip(model, values, {"all": everything}, everything, draws=1)
    >>> rows[["mask", "clip", "Fid-In", "COMP", "inside"]].to_dict("list")
    {'mask': ['all', 'all'], 'clip': [0, 1], 'Fid-In': [1.0, 1.0], 'COMP': [0.0, 0.0], \
'inside': [1.0, 1.0]}
    """
    given = [as_floats(mask, "masks", rules.AXES) for mask in masks.values()]
    rows = scores_beside_chance(model, values, masks, draws, cell)
    stack = torch.stack(given, dim=1)  # as the rows, clip by clip
    rows["SPS"] = conciseness.sparseness(stack).flatten().numpy()
    rows["COMP"] = complexity(stack).flatten().numpy()
    if truth is not None:
        truth = as_floats(truth, "truths", rules.AXES)
        inside = (stack * truth[:, None]).sum(dim=(2, 3, 4)) / stack.sum(dim=(2, 3, 4))
        rows["inside"] = inside.flatten().numpy()
    return rows


def table(
    model: nn.Module,
    values: Tensor,
    masks: dict[str, Tensor],
    truth: Tensor | None = None,
    draws: int = DRAWS,
) -> pd.DataFrame:
    """The seven scores of masks, with intervals, beside what says how to read them: area, and masks
    that know nothing.

    Parameters
    ----------
    model, values, masks, truth, draws
        See `masks_by_clip`.

    Returns
    -------
    DataFrame
        One row a mask, means over clips of what `masks_by_clip` gives. The seven scores, and what
        they are over controls, as "AD over cells", have 95 % intervals.

    Notebook: 06.

    Examples
    --------
    >>> model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(32, 2))
    >>> values = torch.randn(3, 1, 4, 8)
    >>> rows = table(model, values, {"everything": torch.ones_like(values)}, draws=1)
    >>> rows.loc["everything", "Fid-In"].item()
    1.0
    """
    rows = masks_by_clip(model, values, masks, truth, draws)
    by_mask = rows.pivot(index="mask", columns="clip").loc[[*masks]]
    asked = [*DIRECTIONS, *(name for name in rows if " over " in name)]
    scores = {name: torch.tensor(by_mask[name].to_numpy(float)) for name in asked}
    others = rows.columns.drop(["mask", "clip", *asked])
    means = rows.groupby("mask")[[*others]].mean().loc[[*masks]]
    return with_intervals(scores, [*masks]).join(means)


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


def published_tables() -> pd.DataFrame:
    """The published means over ESC-50's fold 5: one row a feature ("Mel", "STFT"), method and mask,
    by our names.

    Source: the public tables of Pak & Teryokhina 2025; see data/reference. Notebook: 06.

    Examples
    --------
    >>> len(published_tables())  # two features, four methods, fourteen masks
    112
    """
    names = {theirs: ours for ours, (theirs, _) in VARIANTS.items()}
    rows = pd.read_csv(REFERENCE / "posthoc_audio_masks.csv")
    rows["mask"] = rows["mask"].map(names)
    return rows.set_index(["feature", "method", "mask"]).sort_index()
