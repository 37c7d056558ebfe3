"""Does a map keep what its method promises? Sums, conservation, and how well a surrogate predicts.
Taught in notebook 04.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from ..attribution.batches import Target, as_clips, checked
from ..attribution.segments import (
    Fill,
    as_segments,
    numbered_and_replaced,
    outputs_without,
    segment_means,
)
from ..attribution.surrogates import lime_kernel
from ..inputs import as_floats, check_like
from ..models import evaluating
from ..models.calling import softmax
from ..sound.levels import FLOOR

STILL = 1e-6  # answers that change by less do not change: probabilities have seven digits


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
        Relative to that difference: 0 is complete; NaN where there is none.

    Notebook: 04.

    Examples
    --------
    >>> model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(32, 2))
    >>> values = torch.randn(3, 1, 4, 8)
    >>> completeness(torch.zeros_like(values), model, values, 0)  # all is missing
    tensor([-1., -1., -1.])
    """
    model, values, target = checked(model, values, target)
    baselines = as_clips(baseline, values, "baseline")
    with evaluating(model):
        for_clip = model(values)
        for_baseline = torch.cat([model(part) for part in baselines.split(16)]).mean(dim=0)
    due = _of_target(for_clip - for_baseline, target)
    return torch.where(due == 0, torch.nan, (_sums(attribution, values) - due) / due)


def surrogate_r2(
    attribution: Tensor,
    model: nn.Module,
    values: Tensor,
    target: Target,
    segments: Tensor,
    fill: Fill = "mean",
    kept: float = 0.5,
    samples: int = 200,
    batch_size: int = 16,
    seed: int = 0,
    link: Callable[[Tensor], Tensor] = softmax,
) -> Tensor:
    """How much of what the model does without random segments the weights of `lime` predict: near
    the clip, where most segments stay, or far from it.

    The weights must have the right size as well as the right order; where they predict worse than
    a constant, it is below 0. Only the constant is fitted to the fresh draws, since a map has none.
    Each draw counts as in lime's own fit.

    Parameters
    ----------
    attribution : Tensor, shape (batch, 1, frequency, time)
        From `lime`, with the same model, values, target, segments, fill and link.
    kept : float in (0, 1), default 0.5
        The chance of each segment to stay: half is where lime draws its samples.
    samples : int, default 200
        Fresh draws.
    batch_size : int, default 16
    seed : int, default 0
    link : callable, default softmax over the classes
        See `lime`.

    Returns
    -------
    Tensor, shape (batch,), 1 at most
        The weighted R²; NaN where the model's answer does not change by a millionth.

    Source: the loss that `lime` minimises (1602.04938, equation 2). Notebook: 04.

    Examples
    --------
    >>> from audioxai_lite.attribution import grid, lime
    >>> model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(32, 2))
    >>> values = torch.randn(1, 1, 4, 8)
    >>> parts = grid(values, bands=2, frames=4)
    >>> weights = lime(model, values, 0, parts, samples=50)
    >>> bool(surrogate_r2(weights, model, values, 0, parts) > 0.8)  # a nearly linear model
    True
    """
    attribution = as_floats(attribution, "attribution", "batch, 1, frequency, time")
    model, values, target = checked(model, values, target)
    check_like(attribution, "attributions", values, "the values")
    rows: Any = (attribution, values, as_segments(segments, values), target)
    fits = []
    for weights, clip, its_segments, its_class in zip(*rows, strict=True):
        parts, replaced = numbered_and_replaced(clip[None], its_segments, fill)
        weight = segment_means(weights, parts)
        generator = torch.Generator().manual_seed(seed)
        drawn = torch.rand(samples, len(weight), generator=generator) < kept
        with evaluating(model):
            outputs = outputs_without(model, clip[None], parts, replaced, drawn, batch_size)
        answer = link(outputs)[:, its_class].double()
        predicted = drawn.double() @ weight.double()
        distances = 1 - drawn.double().mean(dim=1).sqrt()
        counts = torch.from_numpy(lime_kernel(distances.numpy()))
        due, missed = _spread(answer, counts), _spread(answer - predicted, counts)
        fits.append(torch.where(due > STILL**2, 1 - missed / due, torch.nan))
    return torch.stack(fits)


def _spread(values: Tensor, counts: Tensor) -> Tensor:
    """The weighted mean square about the weighted mean."""
    mean = (counts * values).sum() / counts.sum()
    return (counts * (values - mean).square()).sum() / counts.sum()


def conservation(
    relevance: Tensor, model: nn.Module, values: Tensor, target: Target = None
) -> Tensor:
    """The sum of the relevance over the output, shape (batch,): at 1 nothing was lost or made up;
    NaN where the output is 0. Notebook: 04.

    Examples
    --------
    >>> model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(32, 2, bias=False))
    >>> values = torch.randn(3, 1, 4, 8)
    >>> relevance = model[1].weight[0].reshape(1, 1, 4, 8) * values  # of a linear model
    >>> torch.allclose(conservation(relevance, model, values, 0), torch.ones(3), atol=1e-4)
    True
    """
    model, values, target = checked(model, values, target)
    with evaluating(model):
        output = _of_target(model(values), target)
    return torch.where(output == 0, torch.nan, _sums(relevance, values) / output)


def _of_target(outputs: Tensor, target: Tensor | None) -> Tensor:
    """Each clip's output for its class, (batch,)."""
    if target is None:
        return outputs
    return outputs.gather(1, target[:, None])[:, 0]


def _sums(attribution: Tensor, values: Tensor) -> Tensor:
    """The sum of each map, (batch,)."""
    attribution = as_floats(attribution, "attribution", "batch, 1, frequency, time")
    check_like(attribution, "attributions", values, "the values")
    return attribution.to(values.device).sum(dim=(1, 2, 3))
