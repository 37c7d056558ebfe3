"""Classic detectors."""

import numpy as np
import pytest
from sklearn.covariance import LedoitWolf

from audioxai_lite import detection


def test_mel_statistics_by_hand(values):
    statistics = detection.mel_statistics(values.requires_grad_())
    array = values.detach().numpy()[:, 0]
    expected = np.concatenate([array.mean(axis=2), array.std(axis=2)], axis=1)
    assert statistics.shape == (5, 36) and np.allclose(statistics, expected, rtol=1e-5)
    assert np.isfinite(detection.mel_statistics(values[..., :1])).all()


def test_baselines_rank_an_outlier_first_whatever_the_unit():
    rng = np.random.default_rng(0)
    unit = 10.0 ** rng.integers(-3, 4, 12)
    train, test = rng.normal(size=(200, 12)), rng.normal(size=(40, 12))
    test[17] += 4
    plain, scaled = detection.fit_baselines(train), detection.fit_baselines(train * unit)
    assert list(plain) == [
        "isolation forest",
        "one-class SVM",
        "Mahalanobis (Ledoit–Wolf)",
        "Gaussian mixture",
    ]
    for name, score in plain.items():
        assert score(test).shape == (40,) and score(test).argmax() == 17, name
        assert np.array_equal(score(test), detection.fit_baselines(train, seed=0)[name](test)), name
        if name != "isolation forest":  # cuts at random places, which rounding moves
            assert np.allclose(scaled[name](test * unit), score(test), rtol=1e-6), name
    other = detection.fit_baselines(train, seed=1)["isolation forest"](test)
    assert not np.array_equal(other, plain["isolation forest"](test))
    centred = (test - train.mean(0)) / train.std(0)
    covariance = LedoitWolf().fit((train - train.mean(0)) / train.std(0)).covariance_
    expected = np.einsum("ij,jk,ik->i", centred, np.linalg.inv(covariance), centred)
    assert np.allclose(plain["Mahalanobis (Ledoit–Wolf)"](test), expected)


@pytest.mark.parametrize("statistics", [np.zeros(30), np.zeros((9, 4))])
def test_baselines_need_clips(statistics):
    with pytest.raises(ValueError, match="have the shape .10 clips or more"):
        detection.fit_baselines(statistics)
