"""Spectrograms and sounds to score."""

import numpy as np
import pytest
import torch

from audioxai_lite.sound.spectrogram import LogMel


@pytest.fixture
def values():
    return 10 * torch.randn(5, 1, 18, 23, generator=torch.Generator().manual_seed(0)) - 50


@pytest.fixture(scope="module")
def feature():
    return LogMel(n_mels=16)


@pytest.fixture(scope="module")
def recording():
    return np.random.default_rng(0).normal(0, 0.1, 100_000).astype(np.float32)
