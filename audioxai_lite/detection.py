"""From reconstruction errors to a detector: scores of clips and recordings, how good they are, and simple baselines.

A higher score is always more anomalous. A detector is an `nn.Module` with a method `errors(values, visible=None)`, the
squared reconstruction errors in standardised units, shape (batch, 1, frequency, time), of decibel values of the same
shape; `visible`, ones and zeros, hides bins from its input. Taught in notebook 02.
"""

import math
import os
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import soundfile
import torch
from sklearn.covariance import LedoitWolf
from sklearn.ensemble import IsolationForest
from sklearn.mixture import GaussianMixture
from sklearn.preprocessing import StandardScaler
from sklearn.svm import OneClassSVM
from torch import Tensor, nn

from audioxai_lite.models import evaluating
from audioxai_lite.sound.audio import AudioError
from audioxai_lite.sound.spectrogram import PowerStft

ScoreFunction = Callable[[Tensor], Tensor]
Errors = Callable[[nn.Module, Tensor], Tensor]


def frame_errors(errors: Tensor) -> Tensor:
    """Mean error of each frame: (batch, 1, frequency, time) → (batch, time), in the unit of `errors`, differentiable.

    Raises ValueError when the shape is another. Notebook: 02.

    Examples
    --------
    >>> frame_errors(torch.ones(2, 1, 64, 201)).shape
    torch.Size([2, 201])
    """
    if errors.ndim != 4 or errors.shape[1] != 1:
        raise ValueError(f"errors have the shape (batch, 1, frequency, time), not {tuple(errors.shape)}")
    return errors[:, 0].mean(dim=-2)


def mean_score(errors: Tensor) -> Tensor:
    """Mean squared error of each clip: (batch, 1, frequency, time) → (batch,), at least 0, differentiable.

    Source: *Toward Faithful Explanations in Acoustic Anomaly Detection* (2601.12660), its score. Notebook: 02.

    Examples
    --------
    >>> mean_score(torch.tensor([[[[1.0, 3.0], [2.0, 2.0]]]])).tolist()
    [2.0]
    """
    return frame_errors(errors).mean(dim=-1)


def percentile_score(errors: Tensor, percentile: float = 95.0) -> Tensor:
    """A percentile over time of the frame errors: an anomaly that sounds briefly is not averaged away.

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


def complementary_masks(
    shape: tuple[int, ...], patch_size: tuple[int, int], ratio: float, generator: torch.Generator
) -> Tensor:
    """Masks that hide random patches, every patch in exactly one of them.

    Parameters
    ----------
    shape : tuple of int
        Ends with the number of bands and of frames.
    patch_size : (rows, frames)
        The patches are laid from the lowest band and the first frame on; the last ones may be cut off.
    ratio : float in (0, 1)
        The largest share of the patches to hide at once. There are ceil(1 / ratio) masks, and all hide equally many
        patches, or one fewer: at 0.3 a quarter each.
    generator : torch.Generator

    Returns
    -------
    Tensor, shape (passes, 1, frequency, time), values 1 (visible) or 0 (hidden)

    Raises
    ------
    ValueError
        If the patch size is not positive, or the ratio is out of range or hides less than one patch.

    Notebook: 02, "Scoring as the constructive fix".

    Examples
    --------
    >>> masks = complementary_masks((1, 1, 64, 200), (4, 4), 0.25, torch.Generator().manual_seed(0))
    >>> len(masks), (1 - masks).sum(dim=0).unique().tolist()  # four, and each bin is hidden in one of them
    (4, [1.0])
    """
    frequency, time = shape[-2:]
    if not min(patch_size) >= 1:
        raise ValueError(f"a patch has at least 1 row and 1 frame, not {tuple(patch_size)}")
    if not 0 < ratio < 1:
        raise ValueError(f"the ratio of hidden patches lies between 0 and 1, both excluded, not at {ratio}")
    rows, columns = math.ceil(frequency / patch_size[0]), math.ceil(time / patch_size[1])
    passes = math.ceil(1 / ratio)
    if passes > rows * columns:
        raise ValueError(f"a ratio of {ratio} hides less than one of {rows * columns} patches; raise it")
    hidden_in = torch.randperm(rows * columns, generator=generator).reshape(rows, columns) % passes
    hidden_in = hidden_in.repeat_interleave(patch_size[0], dim=0).repeat_interleave(patch_size[1], dim=1)
    return (hidden_in[:frequency, :time] != torch.arange(passes)[:, None, None, None]).float()


class Score(nn.Module):
    """A detector's score as a network of its own, which can be explained: one number a clip, gradients enabled.

    Parameters
    ----------
    detector : Detector
        From `models.autoencoder`.
    score : callable, errors (batch, 1, frequency, time) -> (batch,)

    Its input is the *standardised* spectrogram, `detector.standardise(values)`: 0 is "as usual", a natural baseline.
    Source: the explained scalar of 2601.12660. Notebook: 03.

    Examples
    --------
    >>> from audioxai_lite.models.autoencoder import Autoencoder
    >>> detector = Autoencoder().eval()
    >>> values = torch.randn(2, 1, 64, 200)
    >>> Score(detector)(detector.standardise(values)).shape
    torch.Size([2])
    """

    def __init__(self, detector: nn.Module, score: ScoreFunction = mean_score):
        super().__init__()
        self.detector, self.score = detector, score

    def forward(self, standardised: Tensor) -> Tensor:
        return self.score((self.detector(standardised) - standardised).square())


def unmasked_errors(model: nn.Module, values: Tensor) -> Tensor:
    """The model's errors when it sees everything, shape as `values`: the source's way, for masked models too.

    Examples
    --------
    >>> from audioxai_lite.models.autoencoder import Autoencoder
    >>> detector, values = Autoencoder(), torch.randn(2, 1, 64, 200)
    >>> unmasked_errors(detector, values).shape
    torch.Size([2, 1, 64, 200])
    """
    detector: Any = model  # with `errors`, which not every module has
    return detector.errors(values)


def masked_errors(
    model: nn.Module, values: Tensor, ratio: float = 0.3, repeats: int = 2, seed: int = 0, batch_size: int = 64
) -> Tensor:
    """Errors of bins that the model had to guess: each from the pass of `complementary_masks` in which it was hidden.

    A masked autoencoder learns to fill in what it cannot see; scored on unmasked input it does what it was never
    trained for, and may simply copy. The masks are the same for all clips, so that a clip's score does not depend on
    the batch it is in. No gradients.

    Parameters
    ----------
    model : nn.Module
        A detector; its `patch_size` is used.
    values : Tensor, shape (batch, 1, frequency, time)
        Decibels.
    ratio : float in (0, 1), default 0.3
        See `complementary_masks`.
    repeats : int, default 2
        Draws of masks to average over; the cost is repeats · ceil(1 / ratio) passes.
    seed : int, default 0
    batch_size : int, default 64
        Clips that pass through the model at once.

    Returns
    -------
    Tensor, shape (batch, 1, frequency, time), at least 0

    Raises
    ------
    ValueError
        If repeats or batch_size is below 1, or the masks cannot be made.

    Source: this course; the masks of He et al. 2022, "Masked autoencoders are scalable vision learners", made to cover
    the clip. Notebook: 02, "Scoring as the constructive fix".

    Examples
    --------
    >>> from audioxai_lite.models.autoencoder import Autoencoder
    >>> masked_errors(Autoencoder(), torch.randn(2, 1, 64, 200), repeats=1).shape
    torch.Size([2, 1, 64, 200])
    """
    if min(repeats, batch_size) < 1:
        raise ValueError(f"repeats and batch_size start from 1, not {repeats} and {batch_size}")
    detector: Any = model  # with `errors`, which not every module has
    generator = torch.Generator().manual_seed(seed)
    draws = [complementary_masks(values.shape, detector.patch_size, ratio, generator) for _ in range(repeats)]
    masks = torch.cat(draws)[:, None]  # (repeats · passes, 1, 1, frequency, time)
    with evaluating(model):
        parts: list[Any] = [
            sum((1 - mask) * detector.errors(part, mask) for mask in masks) for part in values.split(batch_size)
        ]
    return torch.cat(parts) / repeats


def score_clips(
    model: nn.Module, batches: Iterable[Tensor], score: ScoreFunction = mean_score, errors: Errors = unmasked_errors
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
    >>> score_clips(detector, values.split(1)).shape
    torch.Size([2])
    """
    with evaluating(model):
        # Numbers, not tensors: small tensors kept between large ones that come and go would break the heap into pieces
        # too small to use again, and memory would grow with every batch.
        scores = [number for values in batches for number in score(errors(model, values)).tolist()]
    if not scores:
        raise ValueError("there is nothing to score; a generator can be used only once, make a new one")
    return torch.tensor(scores)


def roc_table(
    scores, labels, kinds=None, max_fpr: float = 0.1, resamples: int = 1000, seed: int = 0, groups=None
) -> pd.DataFrame:
    """Area under the ROC curve, whole and at low false-positive rates, with 95 % intervals, by kind of anomaly.

    Parameters
    ----------
    scores : array or Tensor, shape (clips,)
        Higher is more anomalous.
    labels : array, shape (clips,)
        0 for normal, 1 for anomalous.
    kinds : array of str, shape (clips,), optional
        The kind of each anomalous clip; what it says of normal clips is ignored.
    max_fpr : float in (0, 1], default 0.1
        False-positive rate up to which the partial area counts. It rests on that share of the normal clips only.
    resamples : int, default 1000
    seed : int, default 0
    groups : array, shape (clips,), optional
        What each clip was cut from, say. Clips of one group are drawn together, and a group stands for one observation.

    Returns
    -------
    DataFrame, index `kind`
        A row a kind in order of appearance, each against all normal clips, then "all". Columns: clips (anomalous ones),
        auc, auc_low, auc_high, pauc, pauc_low, pauc_high. 1 is perfect, 0.5 chance. The partial area is standardised
        after McClish, as scikit-learn and DCASE do: at `max_fpr` 0.1 it lies between 0.47 and 1. Intervals are
        percentiles of a bootstrap over clips, those of each kind drawn separately, or over groups: they do not cover
        another training, take what is drawn for independent, and shrink to a point when no clip is ranked wrongly.

    Raises
    ------
    ValueError
        If shapes differ, a score is not finite, a label is neither 0 nor 1, one of the two is missing, or `max_fpr` or
        `resamples` is out of range.

    Source: McClish 1989, "Analyzing a portion of the ROC curve"; Efron & Tibshirani 1993, percentile bootstrap.
    Notebook: 02.

    Examples
    --------
    >>> round(float(roc_table([0.1, 0.4, 0.3, 0.9], [0, 0, 1, 1], resamples=1).loc["all", "auc"]), 2)
    0.75
    """
    scores, labels, kinds = _one_value_a_clip(scores, labels, kinds, groups, max_fpr, resamples)
    counts = _draws(labels, kinds, groups, resamples, seed)
    rows = []
    for kind in [*dict.fromkeys(kinds[labels == 1]), "all"]:
        chosen = (labels == 0) | (kinds == kind) | (kind == "all")
        areas = _areas(scores[chosen], labels[chosen], counts[:, chosen], max_fpr)
        rows.append({"kind": str(kind), "clips": int(labels[chosen].sum())} | _with_intervals(areas))
    return pd.DataFrame(rows).set_index("kind").loc[lambda table: ~table.index.duplicated()]


def roc_difference(
    scores, others, labels, kinds=None, max_fpr: float = 0.1, resamples: int = 1000, seed: int = 0, groups=None
) -> pd.Series:
    """How much larger the area under the ROC curve is for `scores` than for `others`, on the same clips.

    A paired bootstrap: both detectors judge the same drawn clips, so that what makes a draw hard for both cancels out.
    Two intervals that overlap do not show that two detectors are equal; this one does show whether they differ.

    Parameters
    ----------
    scores, others : array or Tensor, shape (clips,)
    labels, kinds, max_fpr, resamples, seed, groups
        See `roc_table`.

    Returns
    -------
    Series
        The columns of a row of `roc_table`, of the difference over all anomalies.

    Raises
    ------
    ValueError
        As `roc_table`.

    Source: Efron & Tibshirani 1993, percentile bootstrap. Notebook: 02.

    Examples
    --------
    >>> labels, good, poor = [0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9], [0.1, 0.8, 0.2, 0.9]
    >>> float(roc_difference(good, poor, labels, resamples=1)["auc"])
    0.25
    """
    scores, labels, strata = _one_value_a_clip(scores, labels, kinds, groups, max_fpr, resamples)
    others = _one_value_a_clip(others, labels, kinds, groups, max_fpr, resamples)[0]
    counts = _draws(labels, strata, groups, resamples, seed)
    first, second = (_areas(values, labels, counts, max_fpr) for values in (scores, others))
    row = {"clips": int(labels.sum())} | _with_intervals({name: first[name] - second[name] for name in first})
    return pd.Series(row, name="all")


def roc_curve(scores, labels, resamples: int = 1000, seed: int = 0) -> pd.DataFrame:
    """The ROC curve with a 95 % band, at 101 false-positive rates from 0 to 1.

    Parameters
    ----------
    scores, labels, resamples, seed
        See `roc_table`.

    Returns
    -------
    DataFrame, index `false_positive_rate`
        Columns: true_positive_rate, low, high. The band holds at each false-positive rate by itself.

    Raises
    ------
    ValueError
        As `roc_table`.

    Source: Efron & Tibshirani 1993, percentile bootstrap. Notebook: 02.

    Examples
    --------
    >>> curve = roc_curve([0.1, 0.3, 0.2, 0.9], [0, 0, 1, 1], resamples=10)
    >>> curve["true_positive_rate"].loc[[0.0, 1.0]].tolist()  # without a false alarm half of the faults are found
    [0.5, 1.0]
    """
    scores, labels, kinds = _one_value_a_clip(scores, labels, None, None, 1.0, resamples)
    curves = _rates(scores, labels, _draws(labels, kinds, None, resamples, seed))
    grid = np.linspace(0, 1, 101)
    # At a vertical step `interp` takes the last of several points: the best rate that this false-positive rate allows.
    drawn = np.stack([np.interp(grid, *curve) for curve in zip(*curves, strict=True)])
    low, high = np.percentile(drawn[1:], [2.5, 97.5], axis=0)
    index = pd.Index(grid, name="false_positive_rate")
    return pd.DataFrame({"true_positive_rate": drawn[0], "low": low, "high": high}, index=index)


def _one_value_a_clip(scores, labels, kinds, groups, max_fpr, resamples) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores, labels and kinds as arrays, or what is wrong with them."""
    scores, labels = np.asarray(scores, float), np.asarray(labels)
    kinds = np.full(len(scores), "all") if kinds is None else np.asarray(kinds)
    shapes = [scores.shape, labels.shape, kinds.shape] + ([] if groups is None else [np.shape(groups)])
    if scores.ndim != 1 or len(set(shapes)) > 1:
        listed = ", ".join(map(str, shapes[:-1])) + f" and {shapes[-1]}"
        raise ValueError(f"scores, labels, kinds and groups have one value a clip, not shapes {listed}")
    if not np.isfinite(scores).all():
        raise ValueError(f"{(~np.isfinite(scores)).sum()} scores are NaN or infinite; check the clips behind them")
    if set(np.unique(labels)) != {0, 1}:
        raise ValueError(f"labels are 0 (normal) and 1 (anomalous), both present, not {np.unique(labels).tolist()}")
    if not (0 < max_fpr <= 1 and resamples >= 1):
        raise ValueError(f"max_fpr lies in (0, 1] and resamples starts from 1, not {max_fpr} and {resamples}")
    return scores, labels, np.where(labels == 0, "normal", kinds)


def _draws(labels: np.ndarray, kinds: np.ndarray, groups, resamples: int, seed: int) -> np.ndarray:
    """How often each clip is drawn, (1 + resamples, clips); the first row is the sample itself."""
    rng = np.random.default_rng(seed)
    counts = np.ones((1 + resamples, len(labels)), int)
    if groups is not None:
        names, member = np.unique(groups, return_inverse=True)
        counts[1:] = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), resamples)[:, member]
        return counts
    for kind in ["normal", *dict.fromkeys(kinds[labels == 1])]:
        mine = np.flatnonzero(kinds == kind)
        counts[1:, mine] = rng.multinomial(len(mine), np.full(len(mine), 1 / len(mine)), resamples)
    return counts


def _rates(scores: np.ndarray, labels: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """False- and true-positive rates of every draw, (draws, 1 + thresholds); NaN where a class was not drawn."""
    order = np.argsort(-scores, kind="stable")
    last_of_tie = np.diff(scores[order], append=-np.inf) != 0  # a threshold cannot separate equal scores
    rates = []
    for label in (0, 1):
        passed = (counts * (labels == label))[:, order].cumsum(axis=1)
        with np.errstate(invalid="ignore"):
            rates.append(np.pad(passed[:, last_of_tie] / passed[:, -1:], ((0, 0), (1, 0))))
    return rates[0], rates[1]


def _areas(scores: np.ndarray, labels: np.ndarray, counts: np.ndarray, max_fpr: float) -> dict[str, np.ndarray]:
    """Whole and partial area of every draw, each shape (1 + resamples,), NaN where a class was not drawn."""
    rates = _rates(scores, labels, counts)
    return {"auc": _standardised_area(*rates, 1.0), "pauc": _standardised_area(*rates, max_fpr)}


def _with_intervals(areas: dict[str, np.ndarray]) -> dict[str, float]:
    """The value of the sample itself and a 95 % interval from the draws, by name."""
    row: dict[str, float] = {}
    for name, area in areas.items():
        low, high = np.nanpercentile(area[1:], [2.5, 97.5])
        row |= {name: area[0], f"{name}_low": low, f"{name}_high": high}
    return row


def _standardised_area(false: np.ndarray, true: np.ndarray, limit: float) -> np.ndarray:
    """Area under each row's curve up to a false-positive rate, scaled so that chance is 0.5 and perfection 1."""
    run, rise = np.diff(false), np.diff(true)
    slope = np.divide(rise, run, out=np.zeros_like(rise), where=run > 0)
    width = (np.minimum(false[:, 1:], limit) - false[:, :-1]).clip(min=0)
    area = (width * (true[:, :-1] + slope * width / 2)).sum(axis=1)
    chance = limit**2 / 2
    return 0.5 * (1 + (area - chance) / (limit - chance))


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
        faults, found (faults with an alarm), "false alarms", precision (share of the alarms that are faults; NaN
        without any alarm) and recall (share of the faults found).

    Notebook: 02.

    Examples
    --------
    >>> alarms([0.1, 0.4, 0.9], [0, 0, 1], threshold=0.3)["recall"]
    1.0
    """
    alarm, fault = np.asarray(scores) > threshold, np.asarray(labels) == 1
    found, faults = int((alarm & fault).sum()), int(fault.sum())
    false_alarms = int((alarm & ~fault).sum())
    precision = found / (found + false_alarms) if found + false_alarms else math.nan
    rates = {"precision": precision, "recall": found / faults if faults else math.nan}
    return {"faults": faults, "found": found, "false alarms": false_alarms} | rates


def mel_statistics(values: Tensor) -> np.ndarray:
    """Mean, then standard deviation, over time of each band: (batch, 1, frequency, time) → (batch, 2 · frequency).

    In the unit of `values`, decibels. Notebook: 02, "The simple baselines".

    Examples
    --------
    >>> mel_statistics(torch.randn(5, 1, 64, 201)).shape
    (5, 128)
    """
    return torch.cat([values.mean(dim=-1), values.std(dim=-1, correction=0)], dim=-1).flatten(1).numpy(force=True)


def fit_baselines(train_statistics: np.ndarray, seed: int = 0) -> dict[str, Callable[[np.ndarray], np.ndarray]]:
    """Four classic detectors from scikit-learn, at its default settings where nothing is said, fitted to normal clips.

    Parameters
    ----------
    train_statistics : ndarray, shape (clips, numbers)
        From `mel_statistics`, of at least 10 normal clips.
    seed : int, default 0
        For the isolation forest and the Gaussian mixture.

    Returns
    -------
    dict of callable, statistics (clips, numbers) -> scores (clips,)
        "isolation forest" (100 trees), "one-class SVM" (Gaussian kernel), "Mahalanobis (Ledoit–Wolf)" (squared distance
        with shrunk covariance), "Gaussian mixture" (4 components, diagonal). Higher is more anomalous.

    Raises
    ------
    ValueError
        If the shape is wrong or there are fewer than 10 clips; scikit-learn's own when a number is not finite.

    Source: Liu et al. 2008; Schölkopf et al. 2001; Ledoit & Wolf 2004. Notebook: 02, "The simple baselines".

    Examples
    --------
    >>> usual = np.random.default_rng(0).normal(size=(50, 8))
    >>> distance = fit_baselines(usual)["Mahalanobis (Ledoit–Wolf)"]
    >>> bool(distance(usual + 9).min() > distance(usual).max())
    True
    """
    if train_statistics.ndim != 2 or len(train_statistics) < 10:
        shape = train_statistics.shape
        raise ValueError(f"statistics of at least 10 clips have the shape (clips, numbers), not {shape}")
    # Kernel width, shrinkage and the mixture's least variance treat all columns alike, so these must be comparable.
    scale = StandardScaler().fit(train_statistics).transform
    data = scale(train_statistics)
    forest, svm = IsolationForest(random_state=seed).fit(data), OneClassSVM().fit(data)
    covariance = LedoitWolf().fit(data)
    mixture = GaussianMixture(4, covariance_type="diag", random_state=seed).fit(data)
    return {
        "isolation forest": lambda statistics: -forest.score_samples(scale(statistics)),
        "one-class SVM": lambda statistics: -svm.score_samples(scale(statistics)),
        "Mahalanobis (Ledoit–Wolf)": lambda statistics: covariance.mahalanobis(scale(statistics)),
        "Gaussian mixture": lambda statistics: -mixture.score_samples(scale(statistics)),
    }


def stream_scores(
    model: nn.Module, feature: PowerStft, path_or_blocks, window_seconds: float, hop_seconds: float,
    batch_size: int = 16, score: ScoreFunction = mean_score, errors: Errors = unmasked_errors,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """Scores along a long recording that never lies in memory as a whole: those of its windows, cut out one by one.

    Parameters
    ----------
    model : nn.Module
        A detector.
    feature : LogStft or LogMel
        What the model was trained on.
    path_or_blocks : path, or iterable of array, shape (samples,), float
        A sound file, its channels averaged; or blocks of any lengths that follow each other, at the feature's rate.
    window_seconds, hop_seconds : float
        Length of a window and step between windows, 0 < hop <= window, both rounded to samples. The window should be
        as long as the training clips. What is left after the last whole window is not scored.
    batch_size : int, default 16
        Windows that pass through the model at once: memory grows with it, and with the length of the blocks.
    score, errors
        See `score_clips`.

    Returns
    -------
    start : Tensor, shape (windows,), float64
        Of each window, in seconds from the start of the recording.
    scores : Tensor, shape (windows,), float32
        Higher is more anomalous. No gradients.

    Raises
    ------
    AudioError
        If the file is missing, not audio, cut off (noticed in wav and flac) or at another rate than the feature's, the
        recording shorter than a window, or a block not finite, not float or not mono.
    ValueError
        If the lengths or the batch size are out of range.

    Notebook: 02.

    Examples
    --------
    >>> from audioxai_lite.sound.spectrogram import LogMel
    >>> from audioxai_lite.models.autoencoder import Autoencoder
    >>> seconds = (np.random.default_rng(0).normal(size=16_000) for second in range(6))
    >>> starts, scores = stream_scores(Autoencoder(), LogMel(), seconds, window_seconds=4.0, hop_seconds=1.0)
    >>> starts.tolist()
    [0.0, 1.0, 2.0]
    """
    rate = feature.sample_rate
    window, hop = round(window_seconds * rate), round(hop_seconds * rate)
    if not (1 <= hop <= window and batch_size >= 1):
        given = f"{hop_seconds} s, {window_seconds} s and {batch_size}"
        raise ValueError(f"0 < hop <= window and a batch of at least 1 are needed, not {given}")
    is_path = isinstance(path_or_blocks, str | os.PathLike)
    name = path_or_blocks if is_path else "recording"
    blocks = _file_blocks(path_or_blocks, rate) if is_path else path_or_blocks
    batches = map(lambda waveform: feature(waveform).values, _windows(blocks, window, hop, batch_size, rate, name))
    scores = score_clips(model, batches, score, errors)
    return torch.arange(len(scores), dtype=torch.float64) * hop / rate, scores


def _file_blocks(path: str | os.PathLike, sample_rate: int) -> Iterator[np.ndarray]:
    """A sound file second by second, its channels averaged."""
    if not os.path.isfile(path):
        raise AudioError(path, "there is no such file", "Check the name and the folder")
    try:
        with soundfile.SoundFile(path) as file:
            if file.samplerate != sample_rate:
                fault = f"its rate is {file.samplerate} Hz where {sample_rate} Hz is expected"
                raise AudioError(path, fault, f"Write it again at {sample_rate} Hz, or make the feature for its rate")
            frames = 0
            for block in file.blocks(sample_rate, dtype="float32", always_2d=True):
                frames += len(block)
                yield block.mean(axis=1)
            if frames < file.frames or re.search(r"\(should be \d+\)", file.extra_info):  # see audio.read
                raise AudioError(path, f"the file is cut off after {frames / sample_rate:.2f} s", "Copy it again")
    except (soundfile.LibsndfileError, RuntimeError) as error:
        fault = f"it cannot be decoded as audio ({getattr(error, 'error_string', error)})".replace(".)", ")")
        raise AudioError(path, fault, "Use an intact wav, flac or ogg file") from error


def _windows(blocks, window: int, hop: int, batch_size: int, rate: int, name) -> Iterator[Tensor]:
    """Windows cut from blocks that follow each other, in batches, shape (up to batch_size, window)."""
    rest, batch, received, windows = np.empty(0, np.float32), [], 0, 0
    for block in map(np.asarray, blocks):
        if block.ndim != 1 or not np.issubdtype(block.dtype, np.floating):
            remedy = "Pass mono blocks of shape (samples,) with values in [-1, 1]"
            raise AudioError(name, f"a block has the shape {block.shape} and type {block.dtype}", remedy)
        if not np.isfinite(block).all():
            second = (received + np.flatnonzero(~np.isfinite(block))[0]) / rate
            raise AudioError(name, f"it holds NaN or infinite samples at {second:.2f} s", "Export it as 16-bit wav")
        received += len(block)
        rest = np.concatenate([rest, block.astype(np.float32, copy=False)])
        while len(rest) >= window:
            batch.append(rest[:window].copy())  # a view would keep the whole block alive
            rest, windows = rest[hop:], windows + 1
            if len(batch) == batch_size:
                yield torch.from_numpy(np.stack(batch))
                batch = []
    if batch:
        yield torch.from_numpy(np.stack(batch))
    if not windows:
        fault = f"it lasts {received / rate:.2f} s, less than a window of {window / rate:.2f} s"
        raise AudioError(name, fault, "Use a longer recording or shorter windows")
