"""LRP: what it conserves, and of which networks."""

import numpy as np
import pytest
import torch
from torch import nn

from audioxai_lite import attribution
from audioxai_lite.evaluation import completeness
from audioxai_lite.models.cnn14 import cnn14_with_folded_norms, cnn14_with_split_norms


def test_lrp_conserves_and_epsilon_is_gradient_times_input(classifier, values):
    normalise, folded = cnn14_with_split_norms(classifier)
    normalised = normalise(values)
    with torch.no_grad():
        assert torch.allclose(folded(normalised), classifier(values), rtol=1e-3, atol=1e-3)
        whole = cnn14_with_folded_norms(classifier)
        assert torch.allclose(whole(values), classifier(values), rtol=1e-3, atol=1e-3)
    result = attribution.lrp(folded, normalised, 1)
    conserved = completeness.conservation(result, classifier, values, 1)
    assert torch.allclose(conserved, torch.ones(3), atol=0.1), conserved
    x = normalised.clone().requires_grad_()
    folded(x)[:, 1].sum().backward()
    product, epsilon = x.grad * x.detach(), attribution.lrp(folded, normalised, 1, rule="epsilon")
    assert np.corrcoef(product.flatten(), epsilon.flatten())[0, 1] > 0.999


def test_any_network_of_known_layers_is_explained():
    """Without biases and below a ReLU nothing is lost: the relevance is the logit."""
    torch.manual_seed(0)
    layers = [nn.Conv2d(1, 3, 3, bias=False), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()]
    model, values = nn.Sequential(*layers, nn.Linear(63, 2, bias=False)), torch.rand(2, 1, 8, 16)
    for rule in ("conserving", "epsilon"):
        relevance = attribution.lrp(model, values, [0, 1], rule)
        conserved = completeness.conservation(relevance, model, values, [0, 1])
        assert torch.allclose(conserved, torch.ones(2), atol=1e-3)


@pytest.mark.parametrize(
    ("last", "rule", "words"),
    [
        (nn.GELU(), "conserving", "none for GELU"),
        (nn.BatchNorm2d(1), "conserving", "none for BatchNorm2d .fold"),
        (nn.ReLU(), "conserve", 'rule is "conserving" or "epsilon"'),
    ],
)
def test_layers_and_rules_that_are_unknown_are_named(last, rule, words):
    model = nn.Sequential(nn.Conv2d(1, 1, 1), last, nn.Flatten())
    with pytest.raises(ValueError, match=words):
        attribution.lrp(model, torch.zeros(1, 1, 4, 4), 0, rule)
