"""LIME: a linear stand-in for the network near a clip. Taught in notebook 03."""

from typing import Literal

import numpy as np
import torch
from lime.lime_base import LimeBase
from sklearn.metrics import pairwise_distances
from torch import Tensor, nn

from audioxai_lite.attribution.batches import Target, explain_in_batches
from audioxai_lite.attribution.segments import one_by_one, replaced_everywhere, superpixels


def lime(
    model: nn.Module,
    values: Tensor,
    target: Target = None,
    segments: Tensor | None = None,
    fill: Literal["mean"] | float = "mean",
    samples: int = 1000,
    batch_size: int = 10,
    seed: int = 0,
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
    fill : "mean" or float, default "mean"
        What replaces a segment: its own mean, as lime does, or a level, such as -100 (silence, in
        decibels).
    samples : int, default 1000
    batch_size : int, default 10
    seed : int, default 0

    Returns
    -------
    Tensor, shape of `values`, each bin the coefficient of its segment

    Raises
    ------
    ValueError
        If the model is not a classifier, or the segments do not fit the values.

    Source: Ribeiro et al. 2016 (1602.04938), lime 0.2 `LimeImageExplainer`. Notebook: 03.

    Examples
    --------
    >>> from audioxai_lite.attribution.segments import grid
    >>> model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(32, 2))
    >>> values = torch.randn(3, 1, 4, 8)
    >>> lime(model, values[:1], 0, grid(values[:1], 2, 4), samples=20).unique().numel()  # a weight for each part
    4
    """
    if target is None:
        raise ValueError(
            "LIME explains the probability of a class: name the target; a detector has none"
        )
    clips = one_by_one(superpixels(values, seed) if segments is None else segments, values)

    def explain(x, t):
        mine, replaced = replaced_everywhere(x, next(clips), fill)
        names = int(mine.max()) + 1
        random = np.random.RandomState(seed)
        random.randint(0, high=1000)  # lime's explainer draws the segmentation's seed first
        kept = random.randint(0, 2, samples * names).reshape(samples, names)
        kept[0] = 1
        probabilities = []
        with torch.no_grad():
            for rows in torch.from_numpy(kept).split(batch_size):
                probabilities.append(
                    model(torch.where(rows[:, mine].bool(), x, replaced)).softmax(dim=1)[:, t[0]]
                )
        probabilities = torch.cat(probabilities).numpy().astype(np.float64)[:, None]
        distances = pairwise_distances(kept, kept[:1], metric="cosine").ravel()
        base = LimeBase(lambda d: np.sqrt(np.exp(-(d**2) / 0.25**2)), random_state=random)
        _, coefficients, *_ = base.explain_instance_with_data(
            kept, probabilities, distances, 0, names
        )
        weights = torch.zeros(names, dtype=x.dtype)
        for name, weight in coefficients:
            weights[name] = weight
        return weights[mine][None]

    return explain_in_batches(explain, model, values, target, 1, "LIME")
