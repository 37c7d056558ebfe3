"""How sharply an explanation by gradients turns where the answer stays. Taught in notebook 10."""

import torch
from torch import Tensor, nn

from ..inputs import as_classes, as_floats
from ..models import evaluating


def level_set_curvature(
    model: nn.Module, values: Tensor, classes: Tensor, iterations: int = 15, seed: int = 0
) -> Tensor:
    """The largest curvature of the surface on which a clip's class keeps its output: how much the
    direction of the gradient can turn per unit of the way.

    It is the largest size of an eigenvalue of the second derivative along the surface, over the
    length of the gradient, by power iteration with Hessian-vector products.

    Parameters
    ----------
    model : nn.Module
        Differentiable twice: a `softened` one; of ReLUs it finds 0.
    values : Tensor, shape (batch, 1, frequency, time)
    classes : Tensor, shape (batch,)
    iterations : int, default 15
        It approaches from below.
    seed : int, default 0

    Returns
    -------
    Tensor, shape (batch,), per unit of the values
        0 where the gradient does not turn, also where there is none; infinite where one of 0 turns.

    Source: Dombrowski et al. 2019 (1906.07983), section 2.3. Notebook: 10.

    Examples
    --------
    >>> class Bowl(nn.Module):
    ...     def forward(self, x):
    ...         return x.flatten(1).square().sum(dim=1, keepdim=True)
    >>> level_set_curvature(Bowl(), torch.full((1, 1, 2, 2), 2.0), torch.tensor([0])).item()
    0.25
    """
    values = as_floats(values, "values", "batch, 1, frequency, time").clone().requires_grad_()
    with evaluating(model), torch.enable_grad():
        outputs = model(values)
        chosen = outputs.gather(1, as_classes(classes, *outputs.shape)[:, None])
        (gradient,) = torch.autograd.grad(chosen.sum(), values, create_graph=True)
        length = _lengths(gradient).detach()
        normal = gradient.detach() / torch.where(length > 0, length, 1.0)
        generator = torch.Generator().manual_seed(seed)
        along = torch.randn(values.shape, generator=generator)
        for _ in range(iterations):
            along = along - (along * normal).sum(dim=(1, 2, 3), keepdim=True) * normal
            size = _lengths(along)
            along = along / torch.where(size > 0, size, 1.0)
            (turned,) = torch.autograd.grad(
                gradient, values, along, retain_graph=True, materialize_grads=True
            )
            turned = turned - (turned * normal).sum(dim=(1, 2, 3), keepdim=True) * normal
            eigenvalue, along = _lengths(turned), turned
    return torch.where(eigenvalue > 0, eigenvalue / length, 0.0)[:, 0, 0, 0].detach()


def _lengths(values: Tensor) -> Tensor:
    return values.square().sum(dim=(1, 2, 3), keepdim=True).sqrt()
