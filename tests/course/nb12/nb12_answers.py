"""Right and wrong answers to the exercises of notebook 12."""

import numpy as np
from sklearn.covariance import LedoitWolf

from audioxai_lite.detection import compact, directions


def unit(features):
    return features / np.linalg.norm(features, axis=1, keepdims=True)


def angular(healthy, features):
    apart = unit(features) - unit(healthy).mean(axis=0)
    return (apart @ np.linalg.pinv(np.cov(unit(healthy).T)) * apart).sum(axis=1)


def leak(views, windows, score):
    return int(np.argmax([score(view(windows)).mean() for view in views]))


def with_constant(features, healthy):
    constant = 5 * np.linalg.norm(healthy, axis=1).mean()
    return np.concatenate([features, np.full((len(features), 1), constant)], axis=1)


RIGHT = {
    "check_angular": [
        angular,
        lambda healthy, features: compact.angular_mahalanobis(healthy)(features),
        lambda healthy, features: LedoitWolf().fit(unit(healthy)).mahalanobis(unit(features)),
    ],
    "check_leak": [
        leak,
        lambda views, windows, score: max(
            range(len(views)), key=lambda n: score(views[n](windows)).sum()
        ),
        lambda views, windows, score: int(
            np.argmax([(score(view(windows)) - score(windows)).mean() for view in views])
        ),
    ],
    "check_constant": [
        with_constant,
        directions.with_constant,
        lambda features, healthy: np.pad(features, ((0, 0), (0, 1)), constant_values=100.0),
    ],
}

WRONG = {
    "check_angular": [
        (lambda healthy, features: compact.mahalanobis(healthy)(features), "Lengths count"),
        (
            lambda healthy, features: np.linalg.norm(
                unit(features) - unit(healthy).mean(axis=0), axis=1
            ),
            "Count it in standard deviations",
        ),
        (
            lambda healthy, features: np.sqrt(
                LedoitWolf().fit(unit(healthy)).mahalanobis(unit(features))
            ),
            "Right but for the root",
        ),
        (lambda healthy, features: -angular(healthy, features), "orders features otherwise"),
        (
            lambda healthy, features: 1 - (unit(features) @ unit(healthy).T).max(axis=1),
            "cosine to the nearest",
        ),
        (
            lambda healthy, features: (
                (unit(features) - unit(healthy).mean(axis=0)) ** 2 / unit(healthy).var(axis=0)
            ).sum(axis=1),
            "not the variances alone",
        ),
        (lambda healthy, features: angular(healthy, features)[:3], "An ndarray of shape (30,)"),
    ],
    "check_leak": [
        (lambda views, windows, score: 0, "View 0 makes windows"),
        (lambda views, windows, score: 2, "View 2 makes windows"),
        (lambda views, windows, score: 4, "no view 4"),
        (
            lambda views, windows, score: int(
                np.argmin([score(view(windows)).mean() for view in views])
            ),
            "another makes more",
        ),
    ],
    "check_constant": [
        (lambda features, healthy: features, "0.9 is asked for"),
        (lambda features, healthy: np.full((len(features), 7), 5.0), "have lost what they knew"),
        (lambda features, healthy: features.sum(axis=1), "a row for each feature"),
        (lambda features, healthy: with_constant(features, features), "not the same for all"),
        (
            lambda features, healthy: np.concatenate(
                [features, 5 * np.linalg.norm(features, axis=1, keepdims=True)], axis=1
            ),
            "not the same for all",
        ),
        (
            lambda features, healthy: np.concatenate(
                [features, np.ones((len(features), 1))], axis=1
            ),
            "0.9 is asked for",
        ),
    ],
}
