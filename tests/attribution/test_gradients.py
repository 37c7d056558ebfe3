"""Gradient methods against Captum called by hand."""

import copy

import captum.attr
import numpy as np
import pytest
import torch
from torch import nn

from audioxai_lite import attribution
from audioxai_lite.evaluation import completeness
from audioxai_lite.models.autoencoder import Autoencoder
from audioxai_lite.models.cnn14 import Cnn14
from audioxai_lite.published import faithful_ad

SHAPE = (1, 32, 64)
CLASSES = 4


def test_error_map_is_what_the_score_is_the_mean_of(score, values):
    standardised = (values + 50) / 10
    result = faithful_ad.error_map(score, standardised)
    with torch.no_grad():
        assert torch.allclose(result.mean(dim=(1, 2, 3)), score(standardised), rtol=1e-5)
        detector = score.network.detector
        assert torch.allclose(
            result, detector.errors(standardised * detector.scale + detector.mean), atol=1e-4
        )


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize(
    "make", [lambda: Cnn14(CLASSES, n_mels=32, frames=64), lambda: Autoencoder(32, 64)]
)
def test_gradients_are_right(make, training):
    """Against finite differences in double precision: in another memory layout torch's own can be
    wrong.
    """
    torch.manual_seed(0)
    model = make().train(training)
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    x = torch.randn(4, *SHAPE).requires_grad_()
    model(x).square().mean().backward()
    direction, exact, step = torch.randn(x.shape), copy.deepcopy(model).double(), 1e-5
    with torch.no_grad():
        ahead, behind = (
            exact(x.double() + sign * step * direction).square().mean() for sign in (1, -1)
        )
    assert (x.grad * direction).sum().item() == pytest.approx(
        ((ahead - behind) / (2 * step)).item(), rel=0.02
    )


@pytest.mark.parametrize("absolute", [True, False])
def test_saliency_is_the_gradient(classifier, values, absolute):
    x = values.clone().requires_grad_()
    classifier(x)[:, 2].sum().backward()
    expected = x.grad.abs() if absolute else x.grad
    assert torch.allclose(
        attribution.saliency(classifier, values, 2, absolute=absolute),
        expected,
        rtol=1e-5,
        atol=1e-9,
    )


@pytest.mark.parametrize("absolute", [True, False])
def test_smoothgrad_is_captums(classifier, values, absolute):
    torch.manual_seed(3)
    expected = captum.attr.NoiseTunnel(captum.attr.Saliency(classifier)).attribute(
        values[:1].clone(), nt_type="smoothgrad", nt_samples=25, stdevs=2.0, target=1, abs=absolute
    )
    result = attribution.smoothgrad(
        classifier, values[:1], 1, absolute, sigma=2.0, batch_size=25, seed=3
    )
    assert torch.allclose(result, expected, rtol=1e-4, atol=1e-5 * expected.abs().max())


def test_integrated_gradients_are_captums_and_complete(classifier, values):
    expected = captum.attr.IntegratedGradients(classifier).attribute(
        values, baselines=-100.0, target=1, n_steps=50
    )
    result = attribution.integrated_gradients(classifier, values, 1)
    assert torch.allclose(result, expected, rtol=1e-4, atol=1e-5 * expected.abs().max())
    residuals = [
        completeness.completeness(
            attribution.integrated_gradients(classifier, values, 1, steps=steps),
            classifier,
            values,
            1,
        )
        for steps in (10, 600)
    ]
    assert residuals[1].abs().max() < 0.05 < 0.5 * residuals[0].abs().max(), residuals


def test_gradient_shap_is_captums(classifier, values, background):
    torch.manual_seed(5)
    np.random.seed(5)
    expected = captum.attr.GradientShap(classifier).attribute(
        values[:1], background, n_samples=25, stdevs=0.09, target=1
    )
    result = attribution.gradient_shap(classifier, values[:1], 1, background, seed=5)
    assert torch.allclose(result, expected, rtol=1e-4, atol=1e-5 * expected.abs().max())


def test_the_error_map_of_a_detector_in_double_precision_is_the_same(score, values):
    expected = faithful_ad.error_map(score, values / 50)
    result = faithful_ad.error_map(copy.deepcopy(score).double(), values.double().numpy() / 50)
    assert torch.allclose(result, expected, rtol=1e-4, atol=1e-5)
