"""The attack of *Explanations can be manipulated and geometry is to blame* (1906.07983), with the
parameters of its public code, as far as forks of it show them. Taught in notebook 10.
"""

import math

import numpy as np
import torch
from torch import Tensor, nn

from ..attribution.manipulation import without_denormals
from ..attribution.twice import Map, saliency_twice
from ..inputs import as_floats, as_numbers, check_like
from ..models import evaluating
from ..models.softened import sharpen, softened

STEPS, RATE = 1500, 2e-4  # of Adam; its inputs are standardised
MAP_WEIGHT, OUTPUT_WEIGHT = 1e11, 1e6
BETAS = (10.0, 100.0)


def loss(maps: Tensor, wanted: Tensor, before: Tensor, after: Tensor) -> Tensor:
    """The mean squared distance of the maps, each over its sum, and of the probabilities, weighed.

    Parameters
    ----------
    maps, wanted : Tensor, shape (batch, 1, frequency, time)
    before, after : Tensor, shape (batch, classes)
        Outputs.

    Returns
    -------
    Tensor, a scalar

    Source: 1906.07983, its loss; the weights of its code. Notebook: 10.

    Examples
    --------
    >>> map, outputs = torch.ones(1, 1, 2, 2), torch.zeros(1, 2)
    >>> loss(map, 3 * map, outputs, outputs).item()  # the same share of the sum everywhere
    0.0
    """
    maps, wanted, before, after = (
        as_numbers(each, "maps and outputs") for each in (maps, wanted, before, after)
    )
    shares = [
        each.abs() / each.abs().sum(dim=(1, 2, 3), keepdim=True).clamp(min=1e-12)
        for each in (maps, wanted)
    ]
    apart = (shares[0] - shares[1]).square().mean()
    moved = (after.softmax(dim=1) - before.softmax(dim=1)).square().mean()
    return MAP_WEIGHT * apart + OUTPUT_WEIGHT * moved


def manipulate(
    model: nn.Module,
    values: Tensor,
    wanted: Tensor,
    method: Map = saliency_twice,
    steps: int = STEPS,
) -> Tensor:
    """Change spectrograms until their explanation is the wanted one, without a limit but that of
    each clip's own range.

    Parameters
    ----------
    model : nn.Module
        With ReLUs as modules; β of the softened copy grows from 10 to 100.
    values : Tensor, shape (batch, 1, frequency, time)
        Their standard deviation is what the rate of 0.0002 a step counts in.
    wanted : Tensor, shape of the values
    method : callable, default `twice.saliency_twice`
    steps : int, default 1500
        500 in the source for integrated gradients.

    Raises
    ------
    ValueError
        If shapes do not fit, or the network has no ReLU to soften.

    Source: 1906.07983, section 2.1. Notebook: 10.

    Examples
    --------
    >>> model = nn.Sequential(nn.Flatten(), nn.Linear(32, 8), nn.ReLU(), nn.Linear(8, 3))
    >>> values, wanted = torch.randn(1, 1, 4, 8), torch.rand(1, 1, 4, 8)
    >>> change = manipulate(model, values, wanted, steps=5) - values
    >>> 0 < change.abs().max().item() < 0.01
    True
    """
    values = as_floats(values, "values", "batch, 1, frequency, time")
    wanted = as_floats(wanted, "wanted maps")
    check_like(wanted, "wanted maps", values, "the values")
    smooth = softened(model, BETAS[0]).requires_grad_(False)
    changed, spread = values.clone().requires_grad_(), values.std().item()
    lowest, highest = values.amin(dim=(1, 2, 3), keepdim=True), values.amax((1, 2, 3), keepdim=True)
    optimiser = torch.optim.Adam([changed], lr=RATE * spread)
    with evaluating(smooth), without_denormals(), torch.enable_grad():
        with torch.no_grad():
            before = smooth(values)
        classes = before.argmax(dim=1)
        for beta in np.geomspace(*BETAS, steps):
            sharpen(smooth, float(beta))
            maps = method(smooth, changed, classes)
            distance = loss(maps, wanted, before, smooth(changed))
            (changed.grad,) = torch.autograd.grad(distance, changed)
            optimiser.step()
            with torch.no_grad():
                changed.copy_(changed.clamp(lowest, highest))
    return changed.detach()


def noise_of(beta: float) -> float:
    """The standard deviation of SmoothGrad's noise that does what softplus with β does, in a
    network of one layer, in units of what arrives there.

    Source: 1906.07983, theorem 2 and what follows it. Notebook: 10.

    Examples
    --------
    >>> round(noise_of(10.0), 2)
    0.17
    """
    return math.log(2) * math.sqrt(2 * math.pi) / beta
