"""Classic detectors on simple statistics: what a network has to beat. Taught in notebook 02."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from ..inputs import as_array, as_floats
from .directions import checked


def mel_statistics(values: Tensor) -> np.ndarray:
    """Mean, then standard deviation, over time of each band: (batch, 1, frequency, time) → (batch,
    2 · frequency).

    In the unit of `values`, decibels. Notebook: 02, "The simple baselines".

    Examples
    --------
    >>> mel_statistics(torch.tensor([[[[1.0, 3.0], [2.0, 2.0]]]])).tolist()  # of two bands
    [[2.0, 2.0, 1.0, 0.0]]
    """
    values = as_floats(values, "values", "batch, 1, frequency, time")
    statistics = [values.mean(dim=-1), values.std(dim=-1, correction=0)]
    return torch.cat(statistics, dim=-1).flatten(1).numpy(force=True)


def fit_baselines(
    train_statistics: np.ndarray, seed: int = 0
) -> dict[str, Callable[[np.ndarray], np.ndarray]]:
    """Four classic detectors from scikit-learn, at its default settings where nothing is said,
    fitted to normal clips.

    Parameters
    ----------
    train_statistics : ndarray, shape (clips, numbers)
        From `mel_statistics`, of at least 10 normal clips.
    seed : int, default 0
        For the isolation forest and the Gaussian mixture.

    Returns
    -------
    dict of callable, statistics (clips, numbers) -> scores (clips,)
        "isolation forest" (100 trees), "one-class SVM" (Gaussian kernel), "Mahalanobis
        (Ledoit–Wolf)" (squared distance with shrunk covariance), "Gaussian mixture" (4 components,
        diagonal). Higher is more anomalous.

    Raises
    ------
    ValueError
        If the shape is wrong, there are fewer than 10 clips, or a number is not finite.

    Source: Liu et al. 2008; Schölkopf et al. 2001; Ledoit & Wolf 2004. Notebook: 02, "The simple
    baselines".

    Examples
    --------
    >>> usual = np.random.default_rng(0).normal(size=(50, 8))
    >>> distance = fit_baselines(usual)["Mahalanobis (Ledoit–Wolf)"]
    >>> bool(distance(usual + 9).min() > distance(usual).max())
    True
    """
    train_statistics = as_array(train_statistics, "statistics")
    if train_statistics.ndim != 2 or len(train_statistics) < 10:
        shape = train_statistics.shape
        raise ValueError(f"statistics have the shape (10 clips or more, numbers), not {shape}")
    # Kernel width, shrinkage and the mixture's least variance treat all columns alike, so these
    # must be comparable.
    train_statistics = checked(train_statistics)
    from sklearn.covariance import LedoitWolf
    from sklearn.ensemble import IsolationForest
    from sklearn.mixture import GaussianMixture
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import OneClassSVM

    scaler = StandardScaler().fit(train_statistics)
    data = scaler.transform(train_statistics)
    forest, svm = IsolationForest(random_state=seed).fit(data), OneClassSVM().fit(data)
    covariance = LedoitWolf().fit(data)
    mixture = GaussianMixture(4, covariance_type="diag", random_state=seed).fit(data)

    def scale(statistics: np.ndarray) -> np.ndarray:
        return scaler.transform(checked(statistics))

    return {
        "isolation forest": lambda statistics: -forest.score_samples(scale(statistics)),
        "one-class SVM": lambda statistics: -svm.score_samples(scale(statistics)),
        "Mahalanobis (Ledoit–Wolf)": lambda statistics: covariance.mahalanobis(scale(statistics)),
        "Gaussian mixture": lambda statistics: -mixture.score_samples(scale(statistics)),
    }
