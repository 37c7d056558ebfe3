"""One bootstrap for every table of the course."""

import warnings
from collections.abc import Sequence

import numpy as np
import pandas as pd
from torch import Tensor


def with_intervals(
    scores: dict[str, Tensor], names: Sequence[str], resamples: int = 1000, seed: int = 0
) -> pd.DataFrame:
    """The mean of every score over clips, with its 95 % interval from a bootstrap over clips.

    Parameters
    ----------
    scores : dict of name to Tensor, shape (variants, batch)
        From `interpretation_scores`. NaN of a clip is left out of the mean.
    names : sequence of str
        Of the variants.
    resamples : int, default 1000
    seed : int, default 0
        The same draws for every variant and score.

    Returns
    -------
    DataFrame
        One row a variant; for a score S the columns S, "S low" and "S high".

    Notebook: 05.

    Examples
    --------
    >>> import torch
    >>> with_intervals({"AD": torch.tensor([[10.0, 20.0, 30.0]])}, ["sign"]).round().loc["sign"].tolist()
    [20.0, 10.0, 30.0]
    """
    clips = next(iter(scores.values())).shape[1]
    draws = np.random.default_rng(seed).integers(clips, size=(resamples, clips))
    columns = {}
    for name, score in scores.items():
        values = score.double().numpy()
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", RuntimeWarning
            )  # a variant without any number has a mean of NaN
            means = np.nanmean(values[:, draws], axis=2)
            columns[name] = np.nanmean(values, axis=1)
            columns[f"{name} low"], columns[f"{name} high"] = np.nanpercentile(
                means, [2.5, 97.5], axis=1
            )
    return pd.DataFrame(columns, index=list(names))
