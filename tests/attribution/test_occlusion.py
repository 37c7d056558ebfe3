"""Occlusion against windows hidden by hand."""

import itertools

import pytest
import torch

from audioxai_lite import attribution


def test_occlusion_is_the_fall_of_the_output(classifier, values):
    result = attribution.occlusion(classifier, values[:1], 1, window=(16, 32), step=(16, 32))
    for row, column in itertools.product((0, 16), (0, 32)):
        hidden = values[:1].clone()
        hidden[..., row : row + 16, column : column + 32] = -100.0
        with torch.no_grad():
            fall = (classifier(values[:1]) - classifier(hidden))[0, 1]
        window = result[0, 0, row : row + 16, column : column + 32]
        assert torch.allclose(window, fall.expand_as(window), rtol=1e-3, atol=1e-4)


def test_windows_are_replaced_by_a_clip_too(classifier, values, background):
    result = attribution.occlusion(
        classifier, values[:1], 1, (32, 64), (32, 64), baseline=background[:1].numpy()
    )
    with torch.no_grad():
        fall = (classifier(values[:1]) - classifier(background[:1]))[0, 1]
    assert torch.allclose(result, fall.expand_as(result), rtol=1e-3, atol=1e-4)


def test_a_window_larger_than_the_clip_is_refused(classifier):
    with pytest.raises(ValueError, match="a window of 33 × 4 does not fit into 32 × 64 bins"):
        attribution.occlusion(classifier, torch.zeros(1, 1, 32, 64), 1, window=(33, 4))
