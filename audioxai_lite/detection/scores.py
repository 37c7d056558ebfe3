"""From reconstruction errors to a score for each clip, and to alarms. Taught in notebook 02.

A higher score is always more anomalous. A detector is an `nn.Module` with a method `errors(values,
visible=None)`, the squared reconstruction errors in standardised units, shape (batch, 1, frequency,
time), of decibel values of the same shape; `visible`, ones and zeros, hides bins from its input.
"""

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..inputs import as_numbers, as_tensor, plain
from ..models import evaluating

ScoreFunction = Callable[[Tensor], Tensor]


Errors = Callable[[nn.Module, Tensor], Tensor]


def frame_errors(errors: Tensor) -> Tensor:
    """Mean error of each frame: (batch, 1, frequency, time) → (batch, time), in the unit of
    `errors`, differentiable.

    Raises ValueError when the shape is another. Notebook: 02.

    Examples
    --------
    >>> frame_errors(torch.tensor([[[[1.0, 3.0], [2.0, 5.0]]]])).tolist()
    [[1.5, 4.0]]
    """
    errors = as_numbers(errors, "errors", "batch, 1, frequency, time")
    return errors[:, 0].mean(dim=-2)


def mean_score(errors: Tensor) -> Tensor:
    """Mean squared error of each clip: (batch, 1, frequency, time) → (batch,), at least 0,
    differentiable.

    Source: *Toward Faithful Explanations in Acoustic Anomaly Detection* (2601.12660), its score.
    Notebook: 02.

    Examples
    --------
    >>> mean_score(torch.tensor([[[[1.0, 3.0], [2.0, 2.0]]]])).tolist()
    [2.0]
    """
    return frame_errors(errors).mean(dim=-1)


def percentile_score(errors: Tensor, percentile: float = 95.0) -> Tensor:
    """A percentile over time of the frame errors: an anomaly that sounds briefly is not averaged
    away.

    Parameters
    ----------
    errors : Tensor, shape (batch, 1, frequency, time)
    percentile : float in [0, 100], default 95
        At 95, what sounds in less than 5 % of the frames is ignored; 100 is the worst frame.

    Returns
    -------
    Tensor, shape (batch,), at least 0
        Differentiable, but its gradient reaches the one or two frames at the percentile only.

    Raises
    ------
    ValueError
        If the percentile or the shape is out of range.

    Notebook: 02, "Scoring as the constructive fix".

    Examples
    --------
    >>> errors = torch.zeros(1, 1, 64, 200)
    >>> errors[..., :20] = 1.0  # a tenth of the frames
    >>> percentile_score(errors).item(), round(mean_score(errors).item(), 2)
    (1.0, 0.1)
    """
    if not 0 <= percentile <= 100:
        raise ValueError(f"a percentile lies between 0 and 100, not at {percentile}")
    return torch.quantile(frame_errors(errors), percentile / 100, dim=-1)


def unmasked_errors(model: nn.Module, values: Tensor) -> Tensor:
    """The model's errors when it sees everything, shape as `values`: the source's way, for masked
    models too; differentiable.

    Examples
    --------
    >>> from audioxai_lite.models.autoencoder import Autoencoder
    >>> detector, values = Autoencoder(), torch.randn(2, 1, 64, 200)
    >>> rebuilt = detector.reconstruct(values)  # the same unit: its scale was not fitted
    >>> torch.allclose(unmasked_errors(detector, values), (rebuilt - values).square())
    True
    """
    detector: Any = model  # with `errors`, which not every module has
    return detector.errors(as_numbers(values, "values"))


def score_clips(
    model: nn.Module,
    batches: Iterable[Tensor],
    score: ScoreFunction = mean_score,
    errors: Errors = unmasked_errors,
) -> Tensor:
    """Scores of many clips, batch by batch: memory does not grow with their number.

    Parameters
    ----------
    model : nn.Module
        A detector.
    batches : iterable of Tensor, shape (batch, 1, frequency, time)
        Decibels. A generator that makes or reads clips when asked keeps memory flat.
    score : callable, errors (batch, 1, frequency, time) -> (batch,)
        `mean_score`, `percentile_score`, or one's own.
    errors : callable, (model, values) -> errors
        `unmasked_errors` or `masked_errors`; `functools.partial` sets their parameters.

    Returns
    -------
    Tensor, shape (clips,), float32
        Higher is more anomalous. No gradients.

    Raises
    ------
    ValueError
        If there is no batch at all.

    Notebook: 02.

    Examples
    --------
    >>> from audioxai_lite.models.autoencoder import Autoencoder
    >>> detector, values = Autoencoder(), torch.randn(2, 1, 64, 200)
    >>> one_by_one, together = (score_clips(detector, values.split(size)) for size in (1, 2))
    >>> torch.allclose(one_by_one, together)
    True
    """
    with evaluating(model):
        # Numbers, not tensors: small tensors kept between large ones that come and go would break
        # the heap into pieces too small to use again, and memory would grow with every batch.
        scores = [number for values in batches for number in score(errors(model, values)).tolist()]
    if not scores:
        raise ValueError("there is nothing to score: a generator serves once, make a new one")
    return torch.tensor(scores)


def alarms(scores, labels, threshold: float) -> dict[str, float]:
    """What a threshold catches: an alarm for every score above it.

    Parameters
    ----------
    scores : array or Tensor, shape (clips,)
    labels : array, shape (clips,)
        0 for normal, 1 for anomalous.
    threshold : float
        In the unit of the scores.

    Returns
    -------
    dict
        faults, found (faults with an alarm), "false alarms", precision (share of the alarms that
        are faults; NaN without any alarm) and recall (share of the faults found; NaN without any
        fault).

    Raises
    ------
    ValueError
        If shapes differ, a score or the threshold is not finite, or a label is neither 0 nor 1.

    Notebook: 02.

    Examples
    --------
    >>> alarms([0.1, 0.4, 0.9], [0, 0, 1], threshold=0.3)["recall"]
    1.0
    """
    threshold = plain(threshold)
    scores, labels = checked_scores(scores, labels)
    if not math.isfinite(threshold):
        raise ValueError(f"a threshold is a number, not {threshold}")
    alarm, fault = scores > threshold, labels == 1
    found, false_alarms = int((alarm & fault).sum()), int((alarm & ~fault).sum())
    faults, alarmed = int(fault.sum()), int(alarm.sum())
    return {
        "faults": faults,
        "found": found,
        "false alarms": false_alarms,
        "precision": found / alarmed if alarmed else math.nan,
        "recall": found / faults if faults else math.nan,
    }


def checked_scores(scores, labels) -> tuple[np.ndarray, np.ndarray]:
    """Scores and labels as arrays, one of each a clip, or ValueError: what is wrong with
    them.

    Examples
    --------
    >>> checked_scores([0.1, 0.9], ["normal", "anomalous"])
    Traceback (most recent call last):
        ...
    ValueError: labels are 0 (normal) and 1 (anomalous), not ['normal', 'anomalous']
    """
    scores = as_tensor(scores, "scores").detach().cpu().double().numpy()
    labels = np.asarray(labels)
    if scores.ndim != 1 or scores.shape != labels.shape:
        shapes = f"{scores.shape} and {labels.shape}"
        raise ValueError(f"scores and labels have one value a clip, not shapes {shapes}")
    wrong = (~np.isfinite(scores)).sum()
    if wrong:
        raise ValueError(f"{wrong} scores are NaN or infinite; check the clips behind them")
    others = [label for label in dict.fromkeys(labels.tolist()) if label not in (0, 1)]
    if others:
        raise ValueError(f"labels are 0 (normal) and 1 (anomalous), not {others[:3]}")
    return scores, labels.astype(int)
