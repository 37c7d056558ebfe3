"""Checks for the exercises of notebook 12: each says what is right, or what to look at."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from ...detection import compact, directions
from ..checks import answered_kind, answered_number, exercise, require

Answer = Callable[[np.ndarray, np.ndarray], np.ndarray]


def _array(answer: Callable, shape: tuple[int, ...], *arguments) -> np.ndarray:
    """What an answer gives, if it is an array of a shape."""
    found = answered_kind(answer, np.ndarray, *arguments)
    require(
        found.shape == shape,
        f"An ndarray of shape {shape} is expected, and yours has {found.shape}.",
    )
    require(bool(np.isfinite(found).all()), "Some of your numbers are not finite.")
    return found.astype(float)


def _of_directions(healthy: np.ndarray, features: np.ndarray) -> np.ndarray:
    return compact.mahalanobis(directions.unit(healthy))(directions.unit(features))


@exercise
def check_angular(answer: Answer) -> str:
    """Exercise 12.2: the squared Mahalanobis distance of directions.

    Examples
    --------
    >>> check_angular(lambda healthy, features: np.linalg.norm(features, axis=1))
    Not yet. Lengths count in your score. Scale every feature to length 1 first.
    """
    generator = np.random.default_rng(0)
    healthy = generator.normal([6, 1, 0, 0], [1, 1, 0.5, 2], size=(400, 4))
    features = generator.normal([6, 1, 0, 0], 2, size=(30, 4))
    score, longer = (_array(answer, (30,), healthy, each) for each in (features, 5 * features))
    require(
        bool(np.allclose(score, longer, rtol=1e-3)),
        "Lengths count in your score. Scale every feature to length 1 first.",
    )
    unit, towards = directions.unit(healthy), directions.unit(features)
    middle = unit.mean(axis=0)
    plain = np.linalg.norm(towards - middle, axis=1)
    require(
        not np.allclose(score, plain, rtol=1e-2) and not np.allclose(score, plain**2, rtol=1e-2),
        "That is the distance to the mean direction. Count it in standard deviations: multiply by "
        "the inverse of the covariance.",
    )
    nearest = 1 - (towards @ unit.T).max(axis=1)
    require(
        not np.allclose(score, nearest, atol=1e-3),
        "That is the cosine to the nearest healthy feature, the first of the three scores.",
    )
    each_alone = ((towards - middle) ** 2 / unit.var(axis=0)).sum(axis=1)
    require(
        not np.allclose(score, each_alone, rtol=1e-2),
        "You count every number by itself. Take the whole covariance, not the variances alone.",
    )
    from sklearn.covariance import LedoitWolf

    raw = LedoitWolf().fit(unit)
    known = [_of_directions(healthy, features), raw.mahalanobis(towards)]
    known.append(compact.angular_mahalanobis(healthy)(features))
    inverse = np.linalg.pinv(np.cov(unit.T))
    known.append(np.einsum("ni,ij,nj->n", towards - middle, inverse, towards - middle))
    require(
        not any(np.allclose(score, np.sqrt(each), rtol=0.05) for each in known),
        "Right but for the root: the squared distance is asked for.",
    )
    order = np.corrcoef(np.argsort(np.argsort(score)), np.argsort(np.argsort(known[0])))[0, 1]
    require(
        order > 0.9,
        f"Your score orders features otherwise (rank correlation {order:.2f}): take unit vectors, "
        "less the healthy mean, times the inverse of the covariance, times themselves.",
    )
    return (
        f"A feature of {longer[0]:.0f} stays one of {longer[0]:.0f} when it is five times as long."
    )


def quieter(windows: Tensor) -> Tensor:
    """A view: 2 dB softer.

    Examples
    --------
    >>> quieter(torch.zeros(1)).item()
    -2.0
    """
    return windows - 2


def later(windows: Tensor) -> Tensor:
    """A view: four frames later.

    Examples
    --------
    >>> later(torch.arange(6.0)).tolist()
    [2.0, 3.0, 4.0, 5.0, 0.0, 1.0]
    """
    return windows.roll(4, dims=-1)


def knocked(windows: Tensor) -> Tensor:
    """What looks like a view, and is a knock: two frames, 20 dB louder in every band.

    Examples
    --------
    >>> knocked(torch.zeros(16)).sum().item()
    40.0
    """
    made = windows.clone()
    made[..., 12:14] += 20
    return made


def grainy(windows: Tensor) -> Tensor:
    """A view: noise of 1 dB.

    Examples
    --------
    >>> bool(grainy(torch.zeros(500)).std() > 0.5)
    True
    """
    generator = torch.Generator().manual_seed(0)
    return windows + torch.randn(windows.shape, generator=generator)


VIEWS = (quieter, later, knocked, grainy)


@exercise
def check_leak(answer: Callable[[Sequence[Callable], Tensor, Callable], int]) -> str:
    """Exercise 12.1: the place of the view that makes an anomaly.

    Examples
    --------
    >>> check_leak(lambda views, windows, score: 0)
    Not yet. View 0 makes windows 1.1 times as unusual as before; another makes more.
    """
    generator = torch.Generator().manual_seed(0)
    loudness = torch.randn(200, 1, 1, 1, generator=generator) * 3 - 40
    windows = torch.randn(200, 1, 8, 32, generator=generator) * 3 + loudness
    distance = compact.mahalanobis(windows.mean(dim=3).flatten(1).numpy())

    def score(cut: Tensor) -> np.ndarray:
        loud = cut.amax(dim=3).flatten(1).numpy() - cut.mean(dim=3).flatten(1).numpy()
        return distance(cut.mean(dim=3).flatten(1).numpy()) + loud.max(axis=1) ** 2 / 20

    for order in ((0, 1, 2, 3), (3, 2, 0, 1)):
        views = [VIEWS[number] for number in order]
        place = round(answered_number(answer, views, windows, score))
        require(
            0 <= place < len(views), f"There are views 0 to {len(views) - 1}, and no view {place}."
        )
        raised = [score(view(windows)).mean() / score(windows).mean() for view in views]
        require(
            place == int(np.argmax(raised)),
            f"View {place} makes windows {raised[place]:.1f} times as unusual as before; another "
            "makes more.",
        )
    return "A network that is told to ignore a knock will ignore knocks."


@exercise
def check_constant(answer: Answer) -> str:
    """Exercise 12.3: features that lie close together on the sphere without any training.

    Examples
    --------
    >>> check_constant(lambda features, healthy: features)
    Not yet. Directions lie together by 0.08 (mean resultant length), and 0.9 is asked for.
    """
    generator = np.random.default_rng(0)
    healthy, features = generator.normal(size=(300, 6)), generator.normal(size=(40, 6)) * 2
    made, usual = (answered_kind(answer, np.ndarray, each, healthy) for each in (features, healthy))
    require(
        made.ndim == 2 and len(made) == 40,
        "An ndarray with a row for each feature is expected, (40, numbers), and yours has "
        f"{made.shape}.",
    )
    reached = directions.mean_resultant_length(usual)
    require(
        reached > 0.9,
        f"Directions lie together by {reached:.2f} (mean resultant length), and 0.9 is asked for.",
    )
    ways = [
        np.linalg.norm(of[:, None] - to[None], axis=2).ravel()
        for of, to in ((made, usual), (features, healthy))
    ]
    lost = "The features have lost what they knew"
    only = "Add something that is the same for all, and change nothing else."
    require(bool(made.std(axis=0).max() > 0), f"{lost}. {only}")
    require(
        np.corrcoef(*ways)[0, 1] > 0.99,
        "Your column is not the same for all: distances between windows have changed. Take a "
        "constant that depends on the healthy features only.",
    )
    apart = compact.mahalanobis(usual)(made), compact.mahalanobis(healthy)(features)
    alike = np.corrcoef(*apart)[0, 1]
    require(
        alike > 0.99, f"{lost}: distances correlate by {alike:.2f} with those of before. {only}"
    )
    return "As compact as any training makes them, and nothing was learned."
