"""How sure a mean is: one bootstrap for every table of the course, intervals of shares, and what
many comparisons at once ask for.

Clips are drawn anew, with replacement, and so are trainings, where there are several. What is
measured of a value V stands in the columns V, "V low" and "V high". Taught in notebook 06.
"""

import math
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import scipy
from torch import Tensor

from ..inputs import as_array, as_whole


def bootstrap_draws(clips: int, resamples: int = 1000, seed: int = 0) -> np.ndarray:
    """The clips of each draw, shape (resamples, clips): so many whole numbers below `clips`.

    Examples
    --------
    >>> drawn = bootstrap_draws(3, resamples=2)  # some clips twice, others not at all
    >>> drawn.tolist()
    [[2, 1, 1], [0, 0, 0]]
    """
    if clips < 1:
        raise ValueError("there is no clip to draw from")
    return np.random.default_rng(seed).integers(clips, size=(resamples, clips))


def drawn_means(
    values: np.ndarray, resamples: int = 1000, seed: int = 0, of: Callable = np.nanmean
) -> np.ndarray:
    """The mean of every draw of trainings and clips, shape (resamples,).

    A draw takes some trainings and some clips, and every training of it has met every clip of it.
    Whether a result holds can fail on both: on other clips, and on a network trained anew. Three
    trainings are few: with them the part of the interval that is due to training comes out a fifth
    too narrow.

    Parameters
    ----------
    values : ndarray, shape (trainings, clips)
        A number for each training's answer to each clip. NaN is left out.
    resamples : int, default 1000
    seed : int, default 0
        The same draws for all values of as many trainings and clips: differences are paired.
    of : function of an array and axes, default the mean
        `np.nanmedian`, say.

    Source: Owen 2007, *The pigeonhole bootstrap* (0712.1111). Notebook: 06.

    Examples
    --------
    >>> drawn_means(np.array([[1.0, 3.0], [2.0, 4.0]]), resamples=3).tolist()
    [3.5, 3.0, 1.0]
    """
    values = as_array(values, "values")
    trainings, clips = values.shape
    clip = bootstrap_draws(clips, resamples, seed)
    if trainings == 1:
        return of(values[0, clip], axis=1)
    training = bootstrap_draws(trainings, resamples, seed + 1)
    return of(values[training[:, :, None], clip[:, None, :]], axis=(1, 2))


def interval(name: str, value: Any, drawn: np.ndarray) -> dict[str, Any]:
    """A value and the ends of its 95 % interval, under the names of their columns.

    Parameters
    ----------
    name : str
        Of the value.
    value : float or ndarray
        Of the sample itself.
    drawn : ndarray, shape (resamples, ...)
        The same of every draw. NaN is left out.

    Returns
    -------
    dict of name, "name low", "name high"

    Source: Efron & Tibshirani 1993, percentile bootstrap.

    Examples
    --------
    >>> interval("AD", 2.0, np.array([1.0, 2.0, 3.0]))["AD low"].round(2)
    np.float64(1.05)
    """
    low, high = np.nanpercentile(as_array(drawn, "drawn values"), [2.5, 97.5], axis=0)
    return {name: value, f"{name} low": low, f"{name} high": high}


def mean_interval(values: np.ndarray, of: Callable = np.nanmean) -> tuple[float, float, float]:
    """The mean over trainings and clips, or the median, and both ends of its 95 % interval.

    Parameters
    ----------
    values : ndarray or DataFrame, shape (trainings, clips)
        Hand in differences, for a paired interval: a clip's difficulty then cancels. NaN is left
        out.
    of : see `drawn_means`

    Notebook: 06.

    Examples
    --------
    >>> with_the_map, by_chance = np.array([[9.0, 4.0, 2.0]]), np.array([[8.0, 2.0, 1.0]])
    >>> tuple(round(end, 2) for end in mean_interval(with_the_map - by_chance))
    (1.33, 1.0, 2.0)
    """
    values = as_array(values, "values")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a draw may hold nothing but NaN
        low, high = np.nanpercentile(drawn_means(values, of=of), [2.5, 97.5])
    return float(of(values)), float(low), float(high)


def clear_side(values: np.ndarray) -> int:
    """On which side of 0 the whole 95 % interval of a mean lies: -1 below, 1 above, and 0 where it
    holds 0, so that the question is undecided.

    Parameters
    ----------
    values
        See `mean_interval`.

    Notebook: 06.

    Examples
    --------
    >>> clear_side(np.array([[2.0, 3.0, 4.0]])), clear_side(np.array([[-2.0, 1.0, 2.0]]))
    (1, 0)
    """
    return interval_side(mean_interval(values))


def interval_side(interval: Sequence[float]) -> int:
    """On which side of 0 an interval lies as a whole, given as (estimate, low, high): -1, 0 or 1.

    Notebook: 02.

    Examples
    --------
    >>> interval_side((0.3, 0.1, 0.5)), interval_side((0.3, -0.1, 0.5))
    (1, 0)
    """
    _, low, high = interval
    return int(low > 0) - int(high < 0)


def with_intervals(
    scores: dict[str, Tensor], names: Sequence[str], resamples: int = 1000, seed: int = 0
) -> pd.DataFrame:
    """The mean of every score, with its 95 % interval from a bootstrap over clips, and trainings.

    Parameters
    ----------
    scores : dict of name to Tensor, shape (variants, clips) or (variants, trainings, clips)
        From `fidelity.scores`, say. For a paired interval hand in differences, clip by clip. NaN of
        a clip is left out of the mean.
    names : sequence of str
        Of the variants.
    resamples : int, default 1000
    seed : int, default 0
        The same draws for every variant and score.

    Returns
    -------
    DataFrame
        One row a variant; for a score S the columns S, "S low" and "S high".

    Notebook: 06.

    Examples
    --------
    >>> import torch
    >>> table = with_intervals({"AD": torch.tensor([[10.0, 20.0, 30.0]])}, ["sign"])
    >>> table.round().loc["sign"].tolist()
    [20.0, 10.0, 30.0]
    """
    columns: dict[str, Any] = {}
    with warnings.catch_warnings():
        # A variant without any number has a mean of NaN.
        warnings.simplefilter("ignore", RuntimeWarning)
        for name, score in scores.items():
            values = as_array(score, "scores")
            values = values[:, None] if values.ndim == 2 else values
            drawn = np.stack([drawn_means(each, resamples, seed) for each in values], axis=1)
            columns |= interval(name, np.nanmean(values, axis=(1, 2)), drawn)
    return pd.DataFrame(columns, index=list(names))


def share_interval(successes: int, tries: int) -> tuple[float, float]:
    """The 95 % interval of a share: with a width even where all tries succeed, or none.

    Raises
    ------
    ValueError
        If there are no tries, or fewer than successes.

    Source: Wilson 1927. Notebook: 06.

    Examples
    --------
    >>> low, high = share_interval(20, 20)  # a bootstrap would say 1 to 1
    >>> round(low, 2), high
    (0.84, 1.0)
    """
    successes, tries = (int(as_whole(each, "successes and tries")) for each in (successes, tries))
    if not 0 <= successes <= tries or not tries:
        raise ValueError(f"of {tries} tries {successes} cannot have succeeded")
    found = scipy.stats.binomtest(successes, tries).proportion_ci(method="wilson")
    return float(found.low), float(found.high)


def paired_share_interval(first: np.ndarray, second: np.ndarray) -> tuple[float, float, float]:
    """The difference of two shares of successes on the same tries, and the lower and the upper end
    of its 95 % interval.

    A half is added to each of the four ways in which a pair of tries can end, so that the interval
    has a width where all tries succeed.

    Parameters
    ----------
    first, second : ndarray of 0 and 1, shape (tries,)

    Source: Agresti & Min 2005, *Simple improved confidence intervals for comparing matched
    proportions*. Notebook: 14.

    Examples
    --------
    >>> mean, low, high = paired_share_interval(np.ones(24), np.ones(24))
    >>> mean, round(low, 3), round(high, 3)
    (0.0, -0.075, 0.075)
    """
    first, second = both = as_array([first, second], "successes")
    if not both.size or not np.isin(both, (0, 1)).all():
        raise ValueError("successes are ones and zeros, of one try at least")
    tries = len(first) + 2
    gained = float(((first == 1) & (second == 0)).sum()) + 0.5
    lost = float(((first == 0) & (second == 1)).sum()) + 0.5
    middle = (gained - lost) / tries
    half = 1.96 * math.sqrt(gained + lost - (gained - lost) ** 2 / tries) / tries
    return float(np.mean(first - second)), middle - half, middle + half


def differs_from_zero(drawn: np.ndarray, level: float = 0.05) -> np.ndarray:
    """Which of many means differ from 0, if by chance alone no table in twenty may have a star.

    Of a hundred comparisons that hold nothing, five have an interval without 0. Holm's rule asks
    the surest of them for as much as if it had been picked from all, the next from the others.

    Parameters
    ----------
    drawn : ndarray, shape (resamples, comparisons)
        Means of every draw: of differences, so that 0 says "no difference". NaN, of what has no
        number, says nothing.
    level : float, default 0.05
        How likely one wrong star in the whole table may be.

    Returns
    -------
    ndarray of bool, shape (comparisons,)

    Raises
    ------
    ValueError
        If there are too few draws for the rule to say yes at all.

    Source: Holm 1979, *A simple sequentially rejective multiple test procedure*. Notebook: 06.

    Examples
    --------
    >>> drawn = np.random.default_rng(0).normal([0.0, 2.0, 9.0], size=(1000, 3))
    >>> (np.percentile(drawn, 2.5, axis=0) > 0).tolist()  # one by one
    [False, True, True]
    >>> differs_from_zero(drawn).tolist()  # together
    [False, False, True]
    """
    drawn = as_array(drawn, "drawn means")
    resamples, comparisons = drawn.shape
    needed = math.ceil(2 * comparisons / level)
    if resamples < needed:
        raise ValueError(
            f"{resamples:,} draws cannot tell {comparisons} comparisons from chance: take at least "
            f"{needed:,}"
        )
    beyond = np.minimum((~(drawn > 0)).sum(axis=0), (~(drawn < 0)).sum(axis=0))
    chance = 2 * (beyond + 1) / (resamples + 1)
    order = np.argsort(chance, kind="stable")
    asked = level / np.arange(comparisons, 0, -1)
    holds = np.logical_and.accumulate(chance[order] <= asked)
    found = np.zeros(comparisons, dtype=bool)
    found[order] = holds
    return found
