"""Attributions that can be differentiated, against those of Captum and zennit, and their slopes
against finite differences in double precision.
"""

from functools import partial

import pytest
import torch
from torch import nn

from audioxai_lite import attribution
from audioxai_lite.attribution import twice
from audioxai_lite.models.softened import softened


def network():
    torch.manual_seed(1)
    return nn.Sequential(
        nn.Conv2d(1, 3, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(3, 4, 3, padding=1),
        nn.ReLU(),
        nn.AvgPool2d(2),
        nn.Flatten(),
        nn.Linear(4 * 2 * 3, 5),
    ).eval()


VALUES = torch.randn(2, 1, 4, 6, generator=torch.Generator().manual_seed(2))  # of both signs
CLASSES = torch.tensor([3, 0])
WAYS = {
    "saliency": (twice.saliency_twice, attribution.saliency),
    "gradient × input": (twice.gradient_times_input_twice, attribution.gradient_times_input),
    "integrated gradients": (
        partial(twice.integrated_gradients_twice, steps=400),
        partial(attribution.integrated_gradients, steps=400),
    ),
    "SmoothGrad": (
        partial(twice.smoothgrad_twice, samples=4000, sigma=0.5),
        partial(attribution.smoothgrad, samples=4000, sigma=0.5),
    ),
}
LOOSE = {"SmoothGrad": 0.1, "integrated gradients": 0.02}


@pytest.mark.parametrize("method", WAYS)
def test_they_are_the_course_s_own(method):
    model = network()
    way, known = WAYS[method]
    maps = way(model, VALUES.clone().requires_grad_(), CLASSES)
    expected = known(model, VALUES, CLASSES)
    tolerance = LOOSE.get(method, 1e-4) * expected.abs().max()
    assert torch.allclose(maps, expected, atol=tolerance.item())


def test_grad_cam_and_lrp_are_the_course_s_own():
    model = network()
    cam = twice.grad_cam_twice("2", time_axis=3)(model, VALUES.clone().requires_grad_(), CLASSES)
    assert torch.allclose(cam, attribution.grad_cam(model, VALUES, CLASSES, model[2], 3), atol=1e-5)
    turned = twice.grad_cam_twice("2", time_axis=2)(model, VALUES.clone().requires_grad_(), CLASSES)
    assert torch.allclose(
        turned, attribution.grad_cam(model, VALUES, CLASSES, model[2], 2), atol=1e-5
    )
    relevance = twice.lrp_twice(model)(model, VALUES.clone().requires_grad_(), CLASSES)
    assert torch.allclose(relevance, attribution.lrp(model, VALUES, CLASSES), atol=1e-5)


@pytest.mark.parametrize(
    "method", ["saliency", "gradient × input", "SmoothGrad", "integrated gradients", "cam", "lrp"]
)
def test_slopes_of_maps_are_those_of_finite_differences(method):
    sharp = network().double()
    model = sharp if method == "lrp" else softened(sharp, 3.0)
    ways = {
        "saliency": twice.saliency_twice,
        "gradient × input": twice.gradient_times_input_twice,
        "SmoothGrad": partial(twice.smoothgrad_twice, samples=3, sigma=0.5),
        "integrated gradients": partial(twice.integrated_gradients_twice, steps=3),
        "cam": twice.grad_cam_twice("2", time_axis=3),
        "lrp": twice.lrp_twice(sharp),
    }
    generator = torch.Generator().manual_seed(3)
    weights, way = (torch.randn(VALUES.shape, generator=generator).double() for _ in range(2))

    def weighted(values):
        values = values.double().requires_grad_()
        return (ways[method](model, values, CLASSES) * weights).sum(), values

    total, values = weighted(VALUES.clone())
    (slope,) = torch.autograd.grad(total, values)
    step = 1e-5
    ahead, behind = (weighted(VALUES.double() + s * step * way)[0] for s in (1, -1))
    expected = (ahead - behind) / (2 * step)
    assert (slope * way).sum().item() == pytest.approx(expected.item(), rel=1e-3, abs=1e-6)


def test_fresh_draws_differ_and_seeded_ones_do_not():
    model, values = network(), VALUES.clone().requires_grad_()
    seeded = [twice.smoothgrad_twice(model, values, CLASSES, sigma=1.0) for _ in range(2)]
    fresh = [twice.smoothgrad_twice(model, values, CLASSES, sigma=1.0, seed=None) for _ in range(2)]
    assert torch.equal(*seeded) and not torch.equal(*fresh)
