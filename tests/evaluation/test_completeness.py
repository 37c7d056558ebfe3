"""How well a surrogate predicts; completeness and conservation are tested with their methods."""

import numpy as np
import pytest
import torch
from sklearn.metrics import r2_score
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


def test_r2_minds_the_size_of_the_weights_and_how_near_the_clip_it_is_asked(values):
    segments = attribution.grid(values, 8, 16)
    weights = attribution.lime(Levels(), values, 1, segments, fill=-100.0, samples=200)

    def r2(weights, kept=0.5, model=Levels()):  # noqa: B008
        return completeness.surrogate_r2(weights, model, values, 1, segments, -100.0, kept)

    assert (r2(weights) > 0.98).all() and (r2(weights, kept=0.9) > 0.98).all()
    assert (r2(torch.zeros_like(weights)).abs() < 1e-9).all()  # as good as a constant
    # Three times too large: off by twice the spread, where a correlation would still be 1.
    assert (r2(3 * weights) < -2).all()

    class Sure(Levels):
        """Its answer falls only when much is gone: flat near the clip."""

        def forward(self, x):
            logit = 40 * (x[:, 0, :16].mean(dim=(1, 2)) + 72)
            return torch.stack([torch.zeros_like(logit), logit.clamp(max=4)], dim=1)

    far = attribution.lime(Sure(), values, 1, segments, fill=-100.0, samples=200)
    assert (r2(far, 0.5, Sure()) > r2(far, 0.95, Sure()) + 0.3).all()


@pytest.mark.parametrize("moves", [0.0, 1e-9])
def test_r2_says_nothing_of_an_answer_that_never_changes(values, moves):
    class Deaf(Levels):
        def forward(self, x):
            return torch.tensor([0.1, 0.7]) + moves * super().forward(x)

    segments = attribution.grid(values, 8, 16)
    for weights in (torch.zeros_like(values), torch.rand_like(values)):
        assert completeness.surrogate_r2(weights, Deaf(), values, 1, segments).isnan().all()


def test_r2_is_the_weighted_one_of_scikit_learn(values):
    segments = attribution.grid(values[:1], 8, 16)
    weights = 0.01 * torch.randn(16, generator=torch.Generator().manual_seed(1))
    found = completeness.surrogate_r2(weights[segments], Levels(), values[:1], 1, segments, -100.0)
    drawn = torch.rand(200, 16, generator=torch.Generator().manual_seed(0)) < 0.5
    copies = torch.where(drawn[:, segments[0, 0]], values[0], -100.0)[:, None]
    answer = Levels()(copies).softmax(dim=1)[:, 1].double().numpy()
    distance = 1 - drawn.double().mean(dim=1).sqrt().numpy()
    counts = np.exp(-(distance**2) / (2 * 0.25**2))
    predicted = drawn.double().numpy() @ weights.double().numpy()
    predicted += np.average(answer - predicted, weights=counts)
    assert found.item() == pytest.approx(
        r2_score(answer, predicted, sample_weight=counts), abs=1e-5
    )


def test_outputs_become_probabilities_as_the_caller_says(values):
    class Probabilities(Levels):
        def forward(self, x):
            return super().forward(x).softmax(dim=1)

    segments = attribution.grid(values, 8, 16)
    weights = attribution.lime(Levels(), values, 1, segments, fill=-100.0, samples=200)
    expected = completeness.surrogate_r2(weights, Levels(), values, 1, segments, -100.0)
    as_they_are = completeness.surrogate_r2(
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
