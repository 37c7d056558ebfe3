"""Curvature of level sets, where it is known."""

import pytest
import torch
from torch import nn

from audioxai_lite.evaluation.curvature import level_set_curvature
from audioxai_lite.models.softened import softened


class Quadratic(nn.Module):
    """x' A x, of a diagonal A."""

    def __init__(self, diagonal):
        super().__init__()
        self.register_buffer("diagonal", torch.tensor(diagonal))

    def forward(self, x):
        return (self.diagonal * x.flatten(1).square()).sum(dim=1, keepdim=True)


@pytest.mark.parametrize("radius", [0.5, 4.0])
def test_a_sphere_is_as_curved_as_its_radius_says(radius):
    x = torch.randn(3, 1, 2, 4)
    x = radius * x / x.square().sum(dim=(1, 2, 3), keepdim=True).sqrt()
    found = level_set_curvature(Quadratic([1.0] * 8), x, torch.zeros(3).long())
    assert torch.allclose(found, torch.full((3,), 1 / radius), rtol=1e-3)


def test_only_the_curvature_along_the_level_set_counts():
    diagonal, x = [100.0, 3.0, 1.0, 1.0], torch.zeros(1, 1, 2, 2)
    x[0, 0, 0, 0] = 1.0  # the gradient points along the first axis: 200 long
    found = level_set_curvature(Quadratic(diagonal), x, torch.tensor([0]), iterations=40)
    assert found.item() == pytest.approx(2 * 3.0 / 200.0, rel=1e-2)


def test_it_is_the_largest_eigenvalue_of_the_whole_matrix():
    torch.manual_seed(0)
    model = softened(nn.Sequential(nn.Flatten(), nn.Linear(6, 9), nn.ReLU(), nn.Linear(9, 2)), 2.0)
    model, x, classes = model.double(), torch.randn(1, 1, 2, 3).double(), torch.tensor([1])
    matrix = torch.autograd.functional.hessian(
        lambda v: model(v.view(1, 1, 2, 3))[0, 1], x.flatten()
    )
    slope = torch.autograd.functional.jacobian(
        lambda v: model(v.view(1, 1, 2, 3))[0, 1], x.flatten()
    )
    normal = slope / slope.norm()
    along = torch.eye(6).double() - torch.outer(normal, normal)
    expected = torch.linalg.eigvalsh(along @ matrix @ along).abs().max() / slope.norm()
    single = model.float()
    found = level_set_curvature(single, x.float(), classes, iterations=200)
    assert found.item() == pytest.approx(expected.item(), rel=1e-3)


def test_relus_have_none():
    model = nn.Sequential(nn.Flatten(), nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))
    found = level_set_curvature(model, torch.randn(2, 1, 2, 2), torch.tensor([0, 1]))
    assert (found == 0).all()
