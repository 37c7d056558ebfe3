"""Counterfactuals that need no generator. Taught in notebook 08."""

import numpy as np
import torch
from torch import Tensor, nn

from ..inputs import as_floats, plain
from ..masks.rules import AXES
from ..models import evaluating
from ..models.autoencoder import Detector
from .scores import peak_score


def nearest(clips: Tensor, normal: Tensor) -> Tensor:
    """Baseline: the normal clip nearest to each clip, by mean squared difference; shapes as
    `clips`. Notebook: 08.

    Examples
    --------
    >>> pool = torch.randn(5, 1, 64, 201)
    >>> torch.equal(nearest(pool[2:3] + 0.01, pool), pool[2:3])
    True
    """
    clips, normal = as_floats(clips, "clips"), as_floats(normal, "clips")
    return normal[torch.cdist(clips.flatten(1), normal.flatten(1)).argmin(dim=1)]


def optimise(
    detector: Detector,
    clips: Tensor,
    highest: float,
    weight: float = 6.0,
    sparsity: float = 0.4,
    steps: int = 150,
) -> Tensor:
    """Baseline: change the bins themselves, by gradient descent, until the score is at most
    `highest`.

    Parameters
    ----------
    detector : Detector
    clips : Tensor, shape (batch, 1, frequency, time)
        Decibels.
    highest : float
        Log score to reach, see `target_ranges`.
    weight, sparsity : float
        Of the score and of the mean size of the change, as for a generator.
    steps : int, default 150
        Of Adam, at a rate of 0.01 standard deviations: longer steps run far below `highest`.

    Returns
    -------
    Tensor, shape of `clips`, decibels
        Of each clip the step of lowest loss.

    Source: Wachter et al. 2017, "Counterfactual explanations without opening the black box".
    Notebook: 08.

    Examples
    --------
    >>> from audioxai_lite.counterfactuals.scores import log_scores
    >>> from audioxai_lite.models.autoencoder import Autoencoder
    >>> detector, clips = Autoencoder(), torch.randn(2, 1, 64, 201)
    >>> before = log_scores(detector, clips)
    >>> changed = optimise(detector, clips, highest=before.min().item() - 1, steps=5)
    >>> bool((log_scores(detector, changed) < before).all())
    True
    """
    highest = plain(highest)
    clips = as_floats(clips, "clips", AXES)
    x = detector.standardise(clips)
    change = torch.zeros_like(x, requires_grad=True)
    best, lowest = torch.zeros_like(x), torch.full((len(x),), torch.inf)
    optimiser = torch.optim.Adam([change], lr=0.01)
    for _ in range(steps):
        missed = (peak_score(detector, x + change) - highest).relu()
        losses = weight * missed + sparsity * change.abs().mean(dim=(1, 2, 3))
        better = losses.detach() < lowest
        best[better], lowest[better] = change.detach()[better], losses.detach()[better]
        # Not into the detector's weights.
        (change.grad,) = torch.autograd.grad(losses.sum(), change)
        optimiser.step()
    return clips + best * detector.scale


def inpaint(
    detector: Detector, filler: Detector, clips: Tensor, normal: Tensor, percentile: float = 99.9
) -> Tensor:
    """Baseline: hide where the smoothed error stands out from that of normal clips, and let a
    masked autoencoder fill.

    Parameters
    ----------
    detector : Detector
        Whose error map, smoothed over 5 bands by 9 frames, says where.
    filler : Detector
        Trained with holes, see `models.autoencoder.masked_loss`.
    clips, normal : Tensor, shape (batch, 1, frequency, time)
        Decibels.
    percentile : float, default 99.9
        Of the smoothed errors of normal clips; what lies above is filled.

    Returns
    -------
    Tensor, shape of `clips`, decibels

    Notebook: 08.

    Examples
    --------
    >>> from audioxai_lite.models.autoencoder import Autoencoder
    >>> detector, normal = Autoencoder(), torch.randn(8, 1, 64, 201)
    >>> clips = normal[:1].clone()
    >>> clips[..., 20:40, 50:80] += 20  # a fault
    >>> changed = inpaint(detector, detector, clips, normal, percentile=100)
    >>> bool((changed != clips)[..., 25:35, 60:70].all())
    True
    >>> torch.equal(changed[..., 100:], clips[..., 100:])
    True
    """
    clips, normal = (as_floats(each, "clips", AXES) for each in (clips, normal))

    def smoothed(values: Tensor) -> Tensor:
        return nn.functional.avg_pool2d(
            detector.errors(values), (5, 9), 1, (2, 4), count_include_pad=False
        )

    with evaluating(detector), evaluating(filler):
        usual = torch.cat([smoothed(part) for part in normal.split(64)])
        visible = (smoothed(clips) <= float(np.percentile(usual.numpy(), percentile))).float()
        return torch.where(visible == 1, clips, filler.reconstruct(clips, visible))
