"""ReLUs as softplus."""

import copy

import pytest
import torch
from torch import nn

from audioxai_lite.models.cnn14 import Cnn14
from audioxai_lite.models.softened import curvature_penalty, sharpen, softened


def test_sharp_softplus_answers_as_the_network_and_leaves_it_alone():
    torch.manual_seed(0)
    network, values = Cnn14(10).eval(), torch.randn(2, 1, 64, 251)
    before = copy.deepcopy(network.state_dict())
    smooth = softened(network, 1e4)
    with torch.no_grad():
        assert torch.allclose(smooth(values), network(values), atol=1e-3)
        sharpen(smooth, 0.1)
        assert (smooth(values) - network(values)).abs().max() > 1
    assert any(isinstance(module, nn.ReLU) for module in network.modules())
    assert not any(isinstance(module, nn.ReLU) for module in smooth.modules())
    assert all(torch.equal(before[name], each) for name, each in network.state_dict().items())


def test_softplus_has_the_slopes_that_a_relu_lacks():
    network = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 1))
    x = torch.randn(1, 3, requires_grad=True)
    for model, curved in ((network, False), (softened(network, 5.0), True)):
        (slope,) = torch.autograd.grad(model(x).sum(), x, create_graph=True)
        bent = torch.autograd.grad(slope.square().sum(), x, allow_unused=True)[0]
        assert (bent is not None and bool((bent != 0).any())) is curved


@pytest.mark.parametrize("beta", [0, -1.0])
def test_what_cannot_be_softened_is_named(beta):
    with pytest.raises(ValueError, match="beta is a number above 0"):
        softened(nn.Sequential(nn.ReLU()), beta)
    with pytest.raises(ValueError, match=r"no nn.ReLU to soften: ReLUs called as functions"):
        softened(nn.Linear(2, 2), 1.0)


def test_the_penalty_is_the_norm_of_the_second_derivative_whatever_the_scale():
    torch.manual_seed(0)
    model = softened(nn.Sequential(nn.Flatten(), nn.Linear(6, 9), nn.ReLU(), nn.Linear(9, 2)), 2.0)
    x = torch.randn(1, 1, 2, 3)

    def output(flat):
        return model(flat.view(1, 1, 2, 3))[0, 1]

    matrix = torch.autograd.functional.hessian(output, x.flatten())
    slope = torch.autograd.functional.jacobian(output, x.flatten())
    expected = matrix.square().sum() / slope.square().sum()
    many, classes = x.expand(4000, -1, -1, -1), torch.ones(4000).long()
    generator = torch.Generator().manual_seed(0)
    found = curvature_penalty(model, many, classes, generator)
    assert found.item() == pytest.approx(expected.item(), rel=0.1)
    model[3].weight.data *= 0.1  # smaller gradients are no flatter
    again = curvature_penalty(model, many, classes, torch.Generator().manual_seed(0))
    assert again.item() == pytest.approx(found.item(), rel=1e-3)
    found.backward()
    assert model[1].weight.grad.abs().sum() > 0
