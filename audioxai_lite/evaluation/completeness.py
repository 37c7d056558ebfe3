"""Does a map keep what its method promises? Sums, conservation, and how well a surrogate predicts.
Taught in notebook 04.
"""

from typing import Literal

import torch
from torch import Tensor, nn

from audioxai_lite.attribution.batches import Target
from audioxai_lite.attribution.segments import perturb
from audioxai_lite.models import evaluating
from audioxai_lite.sound.levels import FLOOR


def completeness(
    attribution: Tensor,
    model: nn.Module,
    values: Tensor,
    target: Target = None,
    baseline: float | Tensor = FLOOR,
) -> Tensor:
    """How far the sum of an attribution is from the output for the clip less the mean output for
    the baseline.

    Parameters
    ----------
    attribution : Tensor, shape (batch, 1, frequency, time)
        From `integrated_gradients` or `deep_shap`.
    model, values, target
        Those that were explained.
    baseline : float, one clip, or background clips, shape (clips, 1, frequency, time)

    Returns
    -------
    Tensor, shape (batch,)
        Relative to that difference: 0 is complete.

    Notebook: 03.

    Examples
    --------
    >>> model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(32, 2))
    >>> values = torch.randn(3, 1, 4, 8)
    >>> [round(x, 3) for x in completeness(torch.zeros_like(values), model, values, 0).tolist()]  # all is missing
    [-1.0, -1.0, -1.0]
    """
    baseline = torch.as_tensor(baseline, dtype=values.dtype)
    baseline = baseline if baseline.ndim == 4 else baseline.expand(values[:1].shape)
    columns = torch.arange(len(values))
    with evaluating(model):
        for_clip = model(values)
        for_baseline = torch.cat([model(part) for part in baseline.split(16)]).mean(dim=0)
    due = for_clip - for_baseline
    if target is not None:
        due = due[columns, torch.as_tensor(target).expand(len(values))]
    return (attribution.sum(dim=(1, 2, 3)) - due) / due


def surrogate_fit(
    attribution: Tensor,
    model: nn.Module,
    values: Tensor,
    target: Target,
    segments: Tensor,
    fill: Literal["mean"] | float = "mean",
    samples: int = 200,
    batch_size: int = 16,
    seed: int = 0,
) -> Tensor:
    """How much of what the model does without random segments the weights of `lime` predict, on
    fresh draws.

    Parameters
    ----------
    attribution : Tensor, shape (batch, 1, frequency, time)
        From `lime`, with the same model, values, target, segments and fill.
    samples : int, default 200
        Fresh draws of a random half of the segments.
    batch_size : int, default 16
    seed : int, default 0

    Returns
    -------
    Tensor, shape (batch,), in [0, 1]
        The squared correlation of the sum of the kept weights with the model's probability; NaN
        where either is constant.

    Notebook: 03.

    Examples
    --------
    >>> from audioxai_lite.attribution import grid, lime
    >>> model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(32, 2))
    >>> values = torch.randn(1, 1, 4, 8)
    >>> parts = grid(values, bands=2, frames=4)
    >>> weights = lime(model, values, 0, parts, samples=50)
    >>> bool(surrogate_fit(weights, model, values, 0, parts) > 0.8)  # a nearly linear model: a good stand-in
    True
    """
    targets = torch.as_tensor(target).expand(len(values))
    fits = []
    for weights, clip, mine, its_class in zip(attribution, values, segments, targets, strict=True):
        numbers, positions = torch.unique(mine, return_inverse=True)
        sizes = positions.flatten().bincount()
        mean = (
            torch.zeros(len(numbers)).index_add_(0, positions.flatten(), weights.flatten()) / sizes
        )
        kept = (
            torch.rand(samples, len(numbers), generator=torch.Generator().manual_seed(seed)) < 0.5
        )
        with evaluating(model):
            outputs = [
                model(perturb(clip[None], mine[None], rows, fill))
                for rows in kept.split(batch_size)
            ]
        happened = torch.cat(outputs).softmax(dim=1)[:, its_class]
        fits.append(torch.corrcoef(torch.stack([kept.float() @ mean, happened]))[0, 1] ** 2)
    return torch.stack(fits)


def conservation(
    relevance: Tensor, model: nn.Module, values: Tensor, target: Target = None
) -> Tensor:
    """The sum of the relevance over the output, shape (batch,): at 1 nothing was lost or made up.
    Notebook: 03.

    Examples
    --------
    >>> model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(32, 2, bias=False))
    >>> values = torch.randn(3, 1, 4, 8)
    >>> relevance = model[1].weight[0].detach().reshape(1, 1, 4, 8) * values  # of a linear model: weight times input
    >>> torch.allclose(conservation(relevance, model, values, 0), torch.ones(3), atol=1e-4)
    True
    """
    with evaluating(model):
        output = model(values)
    if target is not None:
        output = output[torch.arange(len(values)), torch.as_tensor(target).expand(len(values))]
    return relevance.sum(dim=(1, 2, 3)) / output
