"""Windows of clips, and what is said of each."""

import numpy as np
import pytest
import torch

from audioxai_lite.detection import windows


def test_windows_are_the_frames_that_they_name():
    values = torch.randn(3, 1, 5, 100)
    found = windows.windows_of(values)
    assert found.shape == (3, 5, 1, 5, 32)
    for number in range(5):
        assert torch.equal(found[:, number], values[..., 16 * number : 16 * number + 32])


@pytest.mark.parametrize(("frames", "step"), [(200, 16), (0, 16), (32, 0)])
def test_what_cannot_be_cut_is_refused(frames, step):
    with pytest.raises(ValueError, match="clips of 100 frames cannot be cut into windows"):
        windows.windows_of(torch.zeros(2, 1, 5, 100), frames, step)


def test_statistics_and_pooled_bins_are_means_of_what_they_say():
    cut = windows.windows_of(torch.randn(2, 1, 5, 96))
    statistics = windows.window_statistics(cut)
    assert statistics.shape == (2, 5, 10)
    one = cut[1, 3, 0].numpy()
    np.testing.assert_allclose(statistics[1, 3, :5], one.mean(axis=1), atol=1e-6)
    np.testing.assert_allclose(statistics[1, 3, 5:], one.std(axis=1), atol=1e-6)
    pooled = windows.pooled_bins(cut)
    assert pooled.shape == (2, 5, 80)
    np.testing.assert_allclose(pooled[1, 3, 16 * 2 + 5], one[2, 10:12].mean(), atol=1e-6)
    with pytest.raises(ValueError, match="5 columns do not divide 32 frames"):
        windows.pooled_bins(cut, columns=5)


def test_one_loud_window_makes_the_score_of_a_clip():
    features = np.zeros((2, 4, 3))
    features[1, 2] = 7.0
    found = windows.highest_of_windows(lambda x: x.sum(axis=1), features)
    assert found.tolist() == [0.0, 21.0]
