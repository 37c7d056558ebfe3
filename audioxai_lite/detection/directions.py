"""How features lie on the sphere of directions, and a control that draws them together without any
training. Taught in notebook 12.
"""

import numpy as np

from ..inputs import as_array


def checked(features: np.ndarray) -> np.ndarray:
    """Features with double precision; ValueError unless they are finite and a table.

    Examples
    --------
    >>> checked(np.array([[1, 2]])).tolist()
    [[1.0, 2.0]]
    """
    found = as_array(features, "features")
    if found.ndim != 2 or not np.isfinite(found).all():
        raise ValueError(
            f"features are finite and have the shape (windows, numbers), not {found.shape}"
        )
    return found


def unit(features: np.ndarray) -> np.ndarray:
    """Features scaled to length 1; what has no length stays as it is.

    Examples
    --------
    >>> unit(np.array([[3.0, 4.0], [0.0, 0.0]])).tolist()
    [[0.6, 0.8], [0.0, 0.0]]
    """
    features = checked(features)
    lengths = np.linalg.norm(features, axis=1, keepdims=True)
    return features / np.where(lengths > 0, lengths, 1.0)


def with_constant(features: np.ndarray, healthy: np.ndarray, times: float = 5.0) -> np.ndarray:
    """Features with one more number, which is always the same: a control.

    On the sphere such features lie close together, without any training. What they gain by it is
    not what training gave.

    Parameters
    ----------
    features, healthy : ndarray, shape (windows, numbers)
    times : float, default 5
        The constant, in mean lengths of healthy features.

    Notebook: 12.

    Examples
    --------
    >>> with_constant(np.array([[3.0, 4.0]]), np.array([[0.0, 2.0]])).tolist()
    [[3.0, 4.0, 10.0]]
    """
    features = checked(features)
    constant = times * np.linalg.norm(checked(healthy), axis=1).mean()
    return np.concatenate([features, np.full((len(features), 1), constant)], axis=1)


def mean_resultant_length(features: np.ndarray) -> float:
    """How close directions lie together: the length of the mean of unit vectors, 0 where they
    cancel, 1 where all are the same.

    Notebook: 12.

    Examples
    --------
    >>> mean_resultant_length(np.array([[1.0, 0.0], [0.0, 1.0]])).__round__(3)
    0.707
    """
    return float(np.linalg.norm(unit(checked(features)).mean(axis=0)))


def effective_rank(features: np.ndarray) -> float:
    """In how many directions features spread: the exponential of the entropy of the shares of
    variance along their main axes. As many as there are numbers for a ball, 1 for a line; NaN where
    all features are the same.

    Source: Roy & Vetterli 2007. Notebook: 12.

    Examples
    --------
    >>> ball = np.random.default_rng(0).normal(size=(5000, 4))
    >>> round(effective_rank(ball), 1), round(effective_rank(ball * [1, 0, 0, 0]), 1)
    (4.0, 1.0)
    """
    features = checked(features)
    variance = np.linalg.svd(features - features.mean(axis=0), compute_uv=False) ** 2
    if np.ptp(features, axis=0).max(initial=0) == 0:
        return float("nan")
    share = variance[variance > 0] / variance.sum()
    return float(np.exp(-(share * np.log(share)).sum()))
