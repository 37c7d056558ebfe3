"""LIME: a linear stand-in for the network near a clip. Taught in notebook 03."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from ..inputs import as_floats, plain
from ..models.calling import softmax
from .batches import Target, checked, explain_in_batches
from .segments import Fill, as_segments, numbered_and_replaced, outputs_without, superpixels

WIDTH = 0.25  # of lime's kernel, in cosine distance


def lime(
    model: nn.Module,
    values: Tensor,
    target: Target,
    segments: Tensor | None = None,
    fill: Fill = "mean",
    samples: int = 1000,
    batch_size: int = 10,
    seed: int = 0,
    link: Callable[[Tensor], Tensor] = softmax,
) -> Tensor:
    """How much each segment of a clip adds to the probability of the target, by a linear model of
    what happens without.

    Random halves of the segments are replaced, the model's probability is noted, and a ridge
    regression, weighted by likeness to the clip, gives each segment its coefficient. The draws, the
    weights and the regression are lime's own (`LimeBase`); the spectrograms are put together in
    batches.

    Parameters
    ----------
    model, values
        See `saliency`; a classifier.
    target : int or Tensor of shape (batch,)
    segments : Tensor of int, shape (batch, 1, frequency, time), optional
        From `superpixels` (the default) or `grid`.
    fill : "mean", float or Tensor that broadcasts to a clip, default "mean"
        What replaces a segment: its own mean, as lime does, or a level, such as -100 (silence, in
        decibels).
    samples : int, default 1000
    batch_size : int, default 10
    seed : int, default 0
    link : callable, default softmax over the classes
        How outputs, (batch, classes), become probabilities: `torch.sigmoid` where each class has a
        logit of its own, `torch.clone` where they are probabilities already.

    Returns
    -------
    Tensor, shape of `values`, each bin the coefficient of its segment

    Raises
    ------
    ValueError
        If the segments do not fit the values.

    Source: Ribeiro et al. 2016 (1602.04938), lime 0.2 `LimeImageExplainer`. Notebook: 03.

    Examples
    --------
    >>> from audioxai_lite.attribution.segments import grid
    >>> model = nn.Flatten()  # the class of a bin is as probable as the bin is loud
    >>> values = torch.tensor([[[[0.9, 0.1]]]])
    >>> parts = grid(values, bands=1, frames=1)
    >>> weights = lime(model, values, 0, parts, fill=0.0, samples=100, link=torch.clone)
    >>> (weights[0, 0, 0] > 0.5).tolist()  # the first class rests on the first bin
    [True, False]
    """
    samples = plain(samples)
    model, values, target = checked(model, values, target)
    segments = as_segments(superpixels(values, seed) if segments is None else segments, values)

    def explain(x: Tensor, classes: Tensor | None, its_segments: Tensor) -> Tensor:
        parts, replaced = numbered_and_replaced(x, its_segments[0], fill)
        random = np.random.RandomState(seed)
        kept = _drawn(random, samples, int(parts.max()) + 1)
        outputs = outputs_without(model, x, parts, replaced, torch.from_numpy(kept), batch_size)
        explained = outputs if classes is None else link(outputs)[:, classes[0]]
        return _weights(random, kept, explained.cpu().numpy()).to(x)[parts][None]

    return explain_in_batches(explain, model, values, target, 1, "LIME", seed, segments)


def lime_kernel(distances: np.ndarray) -> np.ndarray:
    """How much a sample counts in lime's regression, by its cosine distance from the whole clip.

    A sample that keeps a share s of the segments lies 1 - √s away. With a few segments, samples
    keep from few to all of them, and those near the clip count much more. Of 128 segments nearly
    every sample keeps about half: it weighs .5, as all others do, and the fit is not local.

    Examples
    --------
    >>> kept = np.array([1.0, 0.9, 0.5, 0.1])
    >>> lime_kernel(1 - np.sqrt(kept)).round(2).tolist()
    [1.0, 0.98, 0.5, 0.02]
    """
    distances = as_floats(distances, "distances").double().numpy()
    return np.sqrt(np.exp(-(distances**2) / WIDTH**2))


def _drawn(random: np.random.RandomState, samples: int, segments: int) -> np.ndarray:
    """Which segments each sample keeps, ones and zeros, as lime draws them: the first keeps all."""
    random.randint(0, high=1000)  # lime's explainer draws the segmentation's seed first
    kept = random.randint(0, 2, samples * segments).reshape(samples, segments)
    kept[0] = 1
    return kept


def _weights(random: np.random.RandomState, kept: np.ndarray, probabilities: np.ndarray) -> Tensor:
    """The coefficient of each segment in lime's ridge regression, shape (segments,)."""
    from lime.lime_base import LimeBase
    from sklearn.metrics import pairwise_distances

    base = LimeBase(lime_kernel, random_state=random)
    distances = pairwise_distances(kept, kept[:1], metric="cosine").ravel()
    labels = probabilities.astype(np.float64)[:, None]
    _, coefficients, *_ = base.explain_instance_with_data(kept, labels, distances, 0, kept.shape[1])
    weights = torch.zeros(kept.shape[1])
    for segment, weight in coefficients:
        weights[segment] = weight
    return weights
