"""Sparseness and complexity are the Gini index and the entropy."""

import numpy as np
import pytest
import torch

from audioxai_lite.evaluation import conciseness


@pytest.mark.parametrize("binary", [True, False])
def test_sparseness_and_complexity_are_gini_and_entropy(binary):
    generator = torch.Generator().manual_seed(0)
    values = torch.rand(4, 3, 1, 6, 7, generator=generator)
    values = (values > 0.7).float() if binary else values - 0.3
    sparse, complex_ = conciseness.sparseness(values), conciseness.complexity(values)
    assert sparse.shape == complex_.shape == (4, 3)
    for found, entropy, array in zip(
        sparse.flatten(),
        complex_.flatten(),
        values.reshape(12, 42).double().abs().numpy(),
        strict=True,
    ):
        pairs = np.abs(
            array[:, None] - array[None]
        ).sum()  # Gini: mean difference over twice the mean
        assert found.item() == pytest.approx(pairs / (2 * 42**2 * array.mean()), abs=1e-5)
        share = array[array > 0] / array.sum()
        assert entropy.item() == pytest.approx(-(share * np.log(share)).sum())
    constant = torch.full((1, 1, 6, 7), 0.3)
    assert conciseness.sparseness(constant).item() == pytest.approx(0, abs=1e-9)
    assert conciseness.complexity(constant).item() == pytest.approx(np.log(42))
    assert conciseness.complexity(0 * constant).isnan() and conciseness.sparseness(
        0 * constant
    ).item() == pytest.approx(0)


def test_masks_of_any_type_are_taken():
    mask = torch.tensor([[[[1.0, 1.0, 0.0, 0.0]]]])
    for given in (mask.bool(), mask.int(), mask.double(), mask.numpy(), mask.requires_grad_()):
        assert conciseness.sparseness(given).item() == pytest.approx(0.5, abs=1e-6)
        assert conciseness.complexity(given).item() == pytest.approx(np.log(2))
