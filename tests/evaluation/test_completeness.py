"""How well a surrogate predicts; completeness and conservation are tested with their methods."""

import pytest
import torch
from torch import nn

from audioxai_lite import attribution
from audioxai_lite.evaluation import completeness


@pytest.fixture
def values():
    return 10 * torch.randn(3, 1, 32, 64, generator=torch.Generator().manual_seed(0)) - 50


class Levels(nn.Module):
    """Its probability of class 1 is nearly linear in the levels of the first rows, and knows
    nothing of the others.
    """

    def forward(self, x):
        logit = (x[:, 0, :16].mean(dim=(1, 2)) + 60) / 400
        return torch.stack([torch.zeros_like(logit), logit], dim=1)


def test_surrogate_fit_tells_a_linear_model_from_a_wrong_one(values):
    segments = attribution.grid(values, 8, 16)
    weights = attribution.lime(Levels(), values, 1, segments, fill=-100.0, samples=200)
    fit = completeness.surrogate_fit(weights, Levels(), values, 1, segments, -100.0)
    assert fit.shape == (3,) and (fit > 0.99).all()
    wrong = weights.flip(2)  # the weights of rows that the model does not use
    assert (completeness.surrogate_fit(wrong, Levels(), values, 1, segments, -100.0) < 0.2).all()
    part = completeness.surrogate_fit(
        weights * (segments % 2), Levels(), values, 1, segments, -100.0
    )
    assert ((part > 0.1) & (part < 0.9)).all()


def test_outputs_become_probabilities_as_the_caller_says(values):
    class Probabilities(Levels):
        def forward(self, x):
            return super().forward(x).softmax(dim=1)

    segments = attribution.grid(values, 8, 16)
    weights = attribution.lime(Levels(), values, 1, segments, fill=-100.0, samples=200)
    expected = completeness.surrogate_fit(weights, Levels(), values, 1, segments, -100.0)
    as_they_are = completeness.surrogate_fit(
        weights, Probabilities(), values, 1, segments, -100.0, link=torch.clone
    )
    assert torch.allclose(expected, as_they_are)


def test_references_and_attributions_are_checked(values):
    attribution_, model = torch.zeros_like(values), Levels()
    with pytest.raises(ValueError, match="baseline hold NaN"):
        completeness.completeness(attribution_, model, values, 1, torch.nan)
    with pytest.raises(ValueError, match="attribution hold NaN"):
        completeness.conservation(attribution_ * torch.nan, model, values, 1)
    with pytest.raises(ValueError, match="target lies between 0 and 1"):
        completeness.conservation(attribution_, model, values, -1)
    carrying = attribution_.clone().requires_grad_()
    assert (completeness.completeness(carrying, model, values, 1) == -1).all()
