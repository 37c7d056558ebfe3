"""What L-MAC's public code computes, by another computation."""

import math

import numpy as np
import pytest
import torch

from audioxai_lite.evaluation.fidelity import Answers, scores
from audioxai_lite.published import lmac


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(0)


def test_the_published_loss_term_by_term(generator):
    kept, removed = (torch.randn(3, 5, generator=generator) for _ in range(2))
    named = torch.tensor([0, 4, 2])
    mask = torch.rand(3, 1, 4, 6, generator=generator)

    def entropy(logits):
        rows = logits.double().numpy()
        chances = np.exp(rows) / np.exp(rows).sum(axis=1, keepdims=True)
        return -np.log(chances[np.arange(3), named.numpy()]).mean()

    area = 0.4 * sum(each.mean().item() for each in mask)
    expected = 4 * entropy(kept) - 0.2 * entropy(removed) + area
    assert lmac.loss(kept, removed, named, mask).item() == pytest.approx(expected, rel=1e-5)
    bins = (mask > 0.7).float()
    chosen = torch.tensor([1.0, 0.0, 0.0])
    pull = 4 * torch.nn.functional.binary_cross_entropy(mask[:1], bins[:1]).item() / 3
    tuned = expected - 0.4 * mask[0].mean().item() + pull
    found = lmac.loss(kept, removed, named, mask, bins, chosen).item()
    assert found == pytest.approx(tuned, rel=1e-5)


def test_the_price_of_area_grows_with_the_batch():
    mask, unsure = torch.full((16, 1, 2, 2), 0.5), torch.zeros(16, 2)
    named = torch.zeros(16, dtype=torch.long)
    free = lmac.loss(unsure, unsure, named, 0 * mask)
    assert (lmac.loss(unsure, unsure, named, mask) - free).item() == pytest.approx(6.4 * 0.5)


def test_what_is_removed_has_no_lower_bound():
    mask, named = torch.zeros(1, 1, 2, 2), torch.tensor([0])
    costs = [
        lmac.loss(torch.zeros(1, 2), torch.tensor([[-wrong, 0.0]]), named, mask).item()
        for wrong in (10.0, 100.0, 1000.0)
    ]
    assert costs[0] > costs[1] > costs[2] and costs[2] < -100


def test_masks_multiply_the_logarithm_of_one_more_than_the_magnitude(generator):
    magnitude, mask = (torch.rand(1, 1, 3, 4, generator=generator) for _ in range(2))
    kept, removed = lmac.parts(magnitude.log1p(), mask)
    torch.testing.assert_close(kept, (1 + magnitude) ** mask - 1)
    torch.testing.assert_close(removed, (1 + magnitude) ** (1 - mask) - 1)


def test_fine_tuning_pulls_alike_clips_to_what_is_loud():
    loud = torch.tensor([[[[1.0, 0.4, 0.1]]], [[[1.0, 0.4, 0.1]]]])
    mask = torch.tensor([[[[0.9, 0.9, 0.9]]], [[[0.0, 0.0, 1.0]]]])
    bins, chosen = lmac.guided(loud, mask)
    assert bins[0].flatten().tolist() == [1.0, 1.0, 0.0]
    assert chosen.tolist() == [1.0, 0.0]


def test_two_softmaxes_hide_most_of_a_drop(generator):
    clean = torch.eye(50)[:1]
    half = torch.full((1, 50), 0.5 / 49)
    half[0, 0] = 0.5
    right = scores(Answers(clean, half[None], clean[None]))["AD"][0, 0].item()
    assert right == pytest.approx(50, abs=0.01)
    assert lmac.average_drop(clean, half).item() == pytest.approx(39.0, abs=0.5)
    gone = torch.eye(50)[1:2]
    assert lmac.average_drop(clean, gone).item() == pytest.approx(lmac.LARGEST_DROP, abs=0.01)
    assert math.isclose(lmac.LARGEST_DROP, 63.212, abs_tol=1e-3)
    for classes in (2, 10, 527):
        random = torch.randn(500, classes, generator=generator)
        pairs = (20 * random).softmax(dim=1), (20 * random.roll(1, dims=0)).softmax(dim=1)
        assert lmac.average_drop(*pairs).max() <= lmac.LARGEST_DROP + 1e-3
