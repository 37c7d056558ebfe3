"""One bootstrap for every table of the course: clips are drawn anew, with replacement.

What is measured of a value V stands in the columns V, "V low" and "V high".
"""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from torch import Tensor


def bootstrap_draws(clips: int, resamples: int = 1000, seed: int = 0) -> np.ndarray:
    """The clips of each draw, shape (resamples, clips): so many whole numbers below `clips`.

    Examples
    --------
    >>> drawn = bootstrap_draws(3, resamples=2)  # some clips twice, others not at all
    >>> drawn.tolist()
    [[2, 1, 1], [0, 0, 0]]
    """
    return np.random.default_rng(seed).integers(clips, size=(resamples, clips))


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
    low, high = np.nanpercentile(drawn, [2.5, 97.5], axis=0)
    return {name: value, f"{name} low": low, f"{name} high": high}


def with_intervals(
    scores: dict[str, Tensor], names: Sequence[str], resamples: int = 1000, seed: int = 0
) -> pd.DataFrame:
    """The mean of every score over clips, with its 95 % interval from a bootstrap over clips.

    Parameters
    ----------
    scores : dict of name to Tensor, shape (variants, batch)
        From `fidelity.scores`, say. NaN of a clip is left out of the mean.
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
    drawn = bootstrap_draws(next(iter(scores.values())).shape[1], resamples, seed)
    columns: dict[str, Any] = {}
    with warnings.catch_warnings():
        # A variant without any number has a mean of NaN.
        warnings.simplefilter("ignore", RuntimeWarning)
        for name, score in scores.items():
            values = score.detach().double().numpy()
            means = np.nanmean(values[:, drawn], axis=2)
            columns |= interval(name, np.nanmean(values, axis=1), means.T)
    return pd.DataFrame(columns, index=list(names))
