"""How far is a feature from those of healthy sounds? Scores that take the features of any encoder,
and what each number contributes. Taught in notebook 12.

Every function here is fitted to features of healthy windows, (windows, numbers), and gives a
function from features to scores, (windows,), higher where it is more unusual. All is computed with
double precision: features that lie close together have covariances that single precision loses.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from ..inputs import as_array, as_numbers
from .directions import checked, unit

Scorer = Callable[[np.ndarray], np.ndarray]


def cosine_to_nearest(healthy: np.ndarray, neighbours: int = 1) -> Scorer:
    """One less the mean cosine to the nearest healthy features; 0.5 for a feature without length.

    Parameters
    ----------
    healthy : ndarray, shape (windows, numbers)
    neighbours : int, default 1

    Source: Sun et al. 2022 (2204.06507), deep nearest neighbours; the kNN of Yousef et al. 2022.
    Notebook: 12.

    Examples
    --------
    >>> score = cosine_to_nearest(np.array([[1.0, 0.0], [0.0, 2.0]]))
    >>> score(np.array([[5.0, 0.0], [-1.0, 0.0]])).round(6).tolist()
    [0.0, 1.0]
    """
    from sklearn.neighbors import NearestNeighbors

    search = NearestNeighbors(n_neighbors=neighbours).fit(unit(checked(healthy)))

    def score(features: np.ndarray) -> np.ndarray:
        distance, _ = search.kneighbors(unit(checked(features)))
        return (distance**2 / 2).mean(axis=1)  # of unit vectors: one less the cosine

    return score


@dataclass(frozen=True)
class Mahalanobis:
    """The squared distance from the mean in units of the spread, in every direction.

    Attributes
    ----------
    mean : ndarray, shape (numbers,)
    precision : ndarray, shape (numbers, numbers)
        The inverse of the covariance, which was shrunk towards a sphere so that it exists.

    Called on features, (windows, numbers), it returns scores, (windows,), at least 0.
    """

    mean: np.ndarray
    precision: np.ndarray

    def __post_init__(self) -> None:
        mean, precision = as_array(self.mean, "means"), checked(self.precision)
        if not np.isfinite(mean).all() or precision.shape != 2 * mean.shape:
            raise ValueError("a distance has finite means, and as many rows and columns")
        object.__setattr__(self, "mean", mean)
        object.__setattr__(self, "precision", precision)

    def __call__(self, features: np.ndarray) -> np.ndarray:
        return self.contributions(features).sum(axis=1)

    def contributions(self, features: np.ndarray) -> np.ndarray:
        """What each number of a feature contributes to its score, (windows, numbers): its distance
        from the mean times the slope there, halved. They sum to the score exactly, and one is
        below 0 where the others make it look less unusual than the mean would be.

        Notebook: 12.

        Examples
        --------
        >>> score = Mahalanobis(np.zeros(2), np.array([[2.0, -1.0], [-1.0, 2.0]]))
        >>> score.contributions(np.array([[1.0, 1.0], [2.0, 0.5]])).tolist()
        [[1.0, 1.0], [7.0, -0.5]]
        """
        centred = checked(features) - self.mean
        return centred * (centred @ self.precision)


def mahalanobis(healthy: np.ndarray) -> Mahalanobis:
    """The Mahalanobis distance, squared, with a covariance shrunk by Ledoit and Wolf's rule.

    Numbers are scaled to a standard deviation of 1 first, so that the shrinkage treats them alike.

    Parameters
    ----------
    healthy : ndarray, shape (windows, numbers)

    Source: Ledoit & Wolf 2004. Notebook: 12.

    Examples
    --------
    >>> usual = np.random.default_rng(0).normal(size=(500, 3))
    >>> score = mahalanobis(usual)
    >>> bool(abs(score(usual).mean() - 3) < 0.1)  # as many as there are numbers
    True
    """
    healthy = checked(healthy)
    spread = healthy.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    from sklearn.covariance import LedoitWolf

    fitted = LedoitWolf().fit(healthy / spread)
    precision = fitted.precision_ / np.outer(spread, spread)
    return Mahalanobis(healthy.mean(axis=0), precision)


def angular_mahalanobis(healthy: np.ndarray) -> Scorer:
    """The Mahalanobis distance of directions: features are scaled to length 1, then projected on
    the plane that touches the sphere at the mean direction.

    The abstract of the source names an angular Mahalanobis distance and does not define it: this is
    our reading.

    Parameters
    ----------
    healthy : ndarray, shape (windows, numbers)

    Source: after Yousef et al. 2022 (2203.10344), abstract. Notebook: 12.

    Examples
    --------
    >>> usual = np.random.default_rng(0).normal([9, 0, 0], [3, 1, 1], size=(300, 3))
    >>> score = angular_mahalanobis(usual)
    >>> far, turned = np.array([[90.0, 0, 0]]), np.array([[9.0, 9.0, 0]])
    >>> bool(score(far)[0] < 1 < 20 < score(turned)[0])  # length does not count
    True
    """
    directions = unit(checked(healthy))
    middle = unit(directions.mean(axis=0, keepdims=True))[0]

    def on_plane(features: np.ndarray) -> np.ndarray:
        towards = unit(checked(features))
        return towards - (towards @ middle)[:, None] * middle

    inner = mahalanobis(on_plane(healthy))
    return lambda features: inner(on_plane(features))


def ensembled(scorers: Sequence[Scorer], healthy: Sequence[np.ndarray]) -> Callable:
    """Several scores as one: the mean of where each lies among the scores of healthy windows, in
    standard deviations of their logarithms.

    Parameters
    ----------
    scorers : sequence of Scorer
        Of layers, seeds or views: each with features of its own.
    healthy : sequence of ndarray, shape (windows, numbers)
        Those of each scorer.

    Returns
    -------
    callable, one array of features a scorer -> scores (windows,)

    Source: Yousef et al. 2022, abstract, names an ensembling of features; this is our reading.
    Notebook: 12.

    Examples
    --------
    >>> usual = np.abs(np.random.default_rng(0).normal(size=(200, 1))) + 1
    >>> both = ensembled([lambda x: x[:, 0], lambda x: 9 * x[:, 0]], [usual, usual])
    >>> one = ensembled([lambda x: x[:, 0]], [usual])
    >>> bool(np.allclose(both([usual, usual]), one([usual])))  # units do not count
    True
    """
    logs = [np.log(score(each) + 1e-12) for score, each in zip(scorers, healthy, strict=True)]
    scales = [(each.mean(), each.std() or 1.0) for each in logs]  # a constant score counts as 0

    def score(features: Sequence[np.ndarray]) -> np.ndarray:
        parts = zip(scorers, features, scales, strict=True)
        return np.mean(
            [(np.log(one(x) + 1e-12) - mean) / spread for one, x, (mean, spread) in parts], axis=0
        )

    return score


def nearest(healthy: np.ndarray, features: np.ndarray) -> np.ndarray:
    """Which healthy window lies nearest to each feature, (windows,): an explanation by example.

    Parameters
    ----------
    healthy, features : ndarray, shape (windows, numbers)
        Of any kind: pooled bins, or what an encoder gives.

    Notebook: 12.

    Examples
    --------
    >>> nearest(np.array([[0.0, 0.0], [5.0, 5.0]]), np.array([[4.0, 6.0]])).tolist()
    [1]
    """
    from sklearn.neighbors import NearestNeighbors

    search = NearestNeighbors(n_neighbors=1).fit(checked(healthy))
    return search.kneighbors(checked(features), return_distance=False)[:, 0]


class DistanceModel(nn.Module):
    """An encoder and the Mahalanobis distance of its features as one module, so that every method
    of attribution can explain the score.

    Parameters
    ----------
    encoder : nn.Module
        From values, (batch, 1, frequency, time), to features, (batch, numbers).
    distance : Mahalanobis
        Of those features.

    Called on values it returns scores, (batch,), in double precision.

    Notebook: 12.

    Examples
    --------
    >>> import torch
    >>> distance = Mahalanobis(np.zeros(2), np.eye(2))
    >>> DistanceModel(nn.Flatten(), distance)(torch.tensor([[[[3.0, 4.0]]]])).tolist()
    [25.0]
    """

    mean: Tensor
    precision: Tensor

    def __init__(self, encoder: nn.Module, distance: Mahalanobis):
        super().__init__()
        self.encoder = encoder
        self.register_buffer("mean", torch.from_numpy(distance.mean))
        self.register_buffer("precision", torch.from_numpy(distance.precision))

    def forward(self, values: Tensor) -> Tensor:
        centred = self.encoder(as_numbers(values, "values")).double() - self.mean
        return (centred * (centred @ self.precision)).sum(dim=1)
