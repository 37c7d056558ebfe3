"""Deep SHAP against shap's own and known values, and Shapley values against their definition."""

import itertools
import math

import numpy as np
import pytest
import shap
import torch
from torch import nn

from audioxai_lite import attribution
from audioxai_lite.attribution.shapley import _OneOutput
from audioxai_lite.evaluation import completeness
from audioxai_lite.published import posthoc_audio

SHAPE = (1, 32, 64)


def test_deep_shap_is_additive_and_does_not_depend_on_the_batch(classifier, values, background):
    result = attribution.deep_shap(classifier, values, 1, background)
    with torch.no_grad():
        due = classifier(values)[:, 1] - classifier(background)[:, 1].mean()
    assert torch.allclose(result.sum(dim=(1, 2, 3)), due, atol=1e-4 * due.abs().max())
    assert completeness.completeness(result, classifier, values, 1, background).abs().max() < 1e-3
    other = attribution.deep_shap(classifier, values[:1], 1, background, batch_size=5)
    assert torch.allclose(other, result[:1], rtol=1e-3, atol=1e-4 * result.abs().max())


def test_deep_shap_is_shaps(classifier, values, background):
    one = _OneOutput(classifier, 1)
    expected = shap.DeepExplainer(one, background).shap_values(values[:1], check_additivity=True)
    result = attribution.deep_shap(classifier, values[:1], 1, background)
    assert np.allclose(
        result.numpy().ravel(), expected.ravel(), rtol=1e-3, atol=1e-4 * np.abs(expected).max()
    )


def test_deep_shap_is_exact_for_a_sum(background, values):
    """Each bin enters through its own activation: the Shapley value is known."""

    class Sum(nn.Module):
        def __init__(self):
            super().__init__()
            self.relu = nn.ReLU()

        def forward(self, x):
            return self.relu(x + 50).flatten(1).sum(dim=1, keepdim=True)

    result = attribution.deep_shap(Sum(), values, 0, background)
    expected = (values + 50).relu() - (background + 50).relu().mean(dim=0)
    assert torch.allclose(result, expected, atol=1e-3)


def test_what_is_published_as_deep_shap_is_the_gradient_at_the_background(
    classifier, values, background
):
    x = background.clone().requires_grad_()
    classifier(x)[:, 1].sum().backward()
    expected = (x.grad * (values[:1] - background)).mean(dim=0)
    result = posthoc_audio.gradient_at_background(classifier, values[:1], 1, background)[0]
    assert torch.allclose(result, expected, rtol=1e-3, atol=1e-5 * expected.abs().max())
    classifier.zero_grad(set_to_none=True)


def test_activations_called_as_functions_leave_deep_explainer_that_gradient(values, background):
    class Functional(torch.nn.Module):
        """As in the public code: no activation is a module."""

        def __init__(self):
            super().__init__()
            torch.manual_seed(0)
            self.first, self.last = torch.nn.Linear(values[0].numel(), 8), torch.nn.Linear(8, 2)

        def forward(self, x):
            return self.last(torch.relu(self.first(x.flatten(1) / 100)))

    model = Functional()
    theirs = shap.DeepExplainer(model, background).shap_values(values[:1], check_additivity=False)[
        ..., 1
    ]
    ours = posthoc_audio.gradient_at_background(model, values[:1], 1, background)
    assert np.allclose(theirs, ours.numpy(), rtol=1e-3, atol=1e-6)
    hooked = attribution.deep_shap(
        torch.nn.Sequential(torch.nn.Flatten(), Scale(), model.first, torch.nn.ReLU(), model.last),
        values[:1],
        1,
        background,
    )
    assert not np.allclose(theirs, hooked.numpy(), rtol=0.05, atol=1e-4)


class Scale(torch.nn.Module):
    def forward(self, x):
        return x / 100


def values_by_enumeration(worth, players):
    """The definition: the mean, over all orders, of what a player adds to those who came before."""
    total = dict.fromkeys(range(players), 0.0)
    for order in itertools.permutations(range(players)):
        for place, player in enumerate(order):
            total[player] += worth(order[: place + 1]) - worth(order[:place])
    return {player: value / math.factorial(players) for player, value in total.items()}


@pytest.mark.parametrize("fill", ["mean", -100.0])
def test_shapley_values_are_those_of_all_orders(classifier, values, fill):
    segments = attribution.grid(values, 16, 32)  # four of them
    result = attribution.shapley(classifier, values, 1, segments, fill)
    for clip, mine, found in zip(values, segments, result, strict=True):
        means = {
            n: clip[mine == n].mean() if fill == "mean" else torch.tensor(fill) for n in range(4)
        }

        def worth(present, clip=clip, mine=mine, means=means):
            mixed = clip.clone()
            for n in set(range(4)) - set(present):
                mixed[mine == n] = means[n]
            with torch.no_grad():
                return classifier(mixed[None])[0, 1].item()

        for n, value in values_by_enumeration(worth, 4).items():
            assert torch.allclose(found[mine == n], torch.tensor(value), rtol=1e-4, atol=1e-4)
        shares = torch.stack([found[mine == n][0] for n in range(4)])
        assert shares.sum().item() == pytest.approx(worth(range(4)) - worth(()), rel=1e-4, abs=1e-4)


def test_shapley_values_by_random_orders_come_near(classifier, score, values):
    segments = attribution.grid(values, 8, 32)  # eight of them
    exact = attribution.shapley(classifier, values[:1], 1, segments[:1], "mean")
    errors = [
        (
            attribution.shapley(classifier, values[:1], 1, segments[:1], "mean", permutations=n)
            - exact
        )
        .abs()
        .max()
        for n in (2, 200)
    ]
    assert 0 < errors[1] < 0.3 * errors[0] and errors[1] < 0.2 * exact.abs().max()
    detected = attribution.shapley(score, (values + 50) / 10, None, segments, fill=0.0)
    with torch.no_grad():
        due = score((values + 50) / 10) - score(torch.zeros(1, *SHAPE))
    assert torch.allclose(detected[:, 0, ::8, ::32].sum(dim=(1, 2)), due, rtol=1e-3)


class Scaled(nn.Module):
    """Outputs as small or as squashed as one likes, and a ReLU that is a module or not."""

    def __init__(self, activation, scale=1.0, last=None):
        super().__init__()
        torch.manual_seed(0)
        self.conv, self.out = nn.Conv2d(1, 4, 3), nn.Linear(4, 3)
        self.activation, self.scale, self.last = activation, scale, last or nn.Identity()

    def forward(self, x):
        pooled = self.activation(self.conv((x + 55) / 10)).mean(dim=(2, 3))
        return self.last(self.scale * self.out(pooled))


@pytest.mark.parametrize("scale", [1000.0, 1.0, 0.001])
def test_the_sum_is_checked_whatever_the_size_of_the_outputs(values, background, scale):
    result = attribution.deep_shap(Scaled(nn.ReLU(), scale), values, 1, background)
    whole = attribution.deep_shap(Scaled(nn.ReLU()), values, 1, background)
    assert torch.allclose(result / scale, whole, rtol=1e-3, atol=1e-5 * whole.abs().max())
    with pytest.raises(ValueError, match="DeepExplainer does not see"):
        attribution.deep_shap(Scaled(torch.relu, scale), values, 1, background)


def test_a_softmax_at_the_end_is_noticed(values, background):
    model = Scaled(nn.ReLU(), 1.0, lambda logits: logits.softmax(dim=1))
    with pytest.raises(ValueError, match="softmax"):
        attribution.deep_shap(model, values, 1, background)


class Published(nn.Module):
    """An activation called as a function, as in the public code."""

    def forward(self, x):
        return torch.relu(x + 50).mean(dim=(2, 3)) ** 2


@pytest.mark.parametrize(
    ("explain", "words"),
    [
        (lambda c, s, v, b: attribution.deep_shap(c, v, 1, b[..., 1:]), "background clips have"),
        (lambda c, s, v, b: attribution.deep_shap(c, v, 1, b[:0]), "background clips have"),
        (lambda c, s, v, b: attribution.deep_shap(c, v, 1, None), "not NoneType"),
        (lambda c, s, v, b: attribution.deep_shap(s, v, None, b), "DeepExplainer does not see"),
        (
            lambda c, s, v, b: attribution.deep_shap(Published(), v, 0, b),
            "DeepExplainer does not see",
        ),
        (
            lambda c, s, v, b: attribution.shapley(c, v, 1, attribution.grid(v, 4, 16)),
            "32 segments have 4294967296",
        ),
        (lambda c, s, v, b: attribution.shapley(c, v, 1, v[:1].long()), "segments have the shape"),
    ],
)
def test_what_does_not_fit_is_explained(classifier, score, values, background, explain, words):
    with pytest.raises(ValueError, match=words):
        explain(classifier, score, values, background)
