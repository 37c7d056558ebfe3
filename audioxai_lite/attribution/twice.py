"""Attributions that can themselves be differentiated: what an attack on an explanation needs, and
what Captum and shap cut off. Taught in notebook 10.

Each takes a model, values (batch, 1, frequency, time) that require gradients and the classes
explained, (batch,), and gives maps of the shape of the values.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ..sound.levels import FLOOR

Map = Callable[[nn.Module, Tensor, Tensor], Tensor]


def slopes(model: nn.Module, values: Tensor, classes: Tensor) -> Tensor:
    """The signed gradient of each clip's class.

    Examples
    --------
    >>> values = torch.tensor([[[[2.0]]]], requires_grad=True)
    >>> class Cube(nn.Module):
    ...     def forward(self, x):
    ...         return x.flatten(1) ** 3
    >>> slope = slopes(Cube(), values, torch.tensor([0]))
    >>> slope.item(), torch.autograd.grad(slope.sum(), values)[0].item()  # 3 x² and 6 x
    (12.0, 12.0)
    """
    chosen = model(values).gather(1, classes[:, None])
    return torch.autograd.grad(chosen.sum(), values, create_graph=True)[0]


def saliency_twice(model: nn.Module, values: Tensor, classes: Tensor) -> Tensor:
    """The size of the gradient, as `attribution.saliency`.

    Examples
    --------
    >>> model = nn.Sequential(nn.Flatten(), nn.Linear(1, 1, bias=False))
    >>> model[1].weight.data = torch.tensor([[-3.0]])
    >>> values = torch.ones(1, 1, 1, 1, requires_grad=True)
    >>> saliency_twice(model, values, torch.tensor([0])).item()
    3.0
    """
    return slopes(model, values, classes).abs()


def gradient_times_input_twice(model: nn.Module, values: Tensor, classes: Tensor) -> Tensor:
    """The gradient times the distance from silence, as `attribution.gradient_times_input`.

    Examples
    --------
    >>> model = nn.Sequential(nn.Flatten(), nn.Linear(1, 1, bias=False))
    >>> model[1].weight.data = torch.tensor([[-3.0]])
    >>> values = torch.zeros(1, 1, 1, 1, requires_grad=True)
    >>> gradient_times_input_twice(model, values, torch.tensor([0])).item()  # 100 dB above silence
    -300.0
    """
    return slopes(model, values, classes) * (values - FLOOR)


def smoothgrad_twice(
    model: nn.Module,
    values: Tensor,
    classes: Tensor,
    samples: int = 5,
    sigma: float = 1.0,
    seed: int | None = 0,
) -> Tensor:
    """The mean size of the gradient over noisy copies, as `attribution.smoothgrad`; `sigma` in
    decibels. The draws are those of the seed, the same for every clip; without one they are fresh
    at each call, and an attack cannot fit itself to them.

    Examples
    --------
    >>> model = nn.Sequential(nn.Flatten(), nn.Linear(1, 1, bias=False))
    >>> model[1].weight.data = torch.tensor([[-3.0]])
    >>> values = torch.ones(1, 1, 1, 1, requires_grad=True)
    >>> smoothgrad_twice(model, values, torch.tensor([0])).item()  # the same slope everywhere
    3.0
    """
    generator = None if seed is None else torch.Generator().manual_seed(seed)
    noise = sigma * torch.randn((samples, *values.shape[1:]), generator=generator)
    copies = (values[:, None] + noise).flatten(0, 1)
    sizes = slopes(model, copies, classes.repeat_interleave(samples)).abs()
    return sizes.unflatten(0, (-1, samples)).mean(dim=1)


def integrated_gradients_twice(
    model: nn.Module, values: Tensor, classes: Tensor, steps: int = 10
) -> Tensor:
    """Gradients along the way from silence times its length, as `attribution.integrated_gradients`,
    at the middles of equal steps.

    Examples
    --------
    >>> model = nn.Sequential(nn.Flatten(), nn.Linear(1, 1, bias=False))
    >>> model[1].weight.data = torch.tensor([[-3.0]])
    >>> values = torch.zeros(1, 1, 1, 1, requires_grad=True)
    >>> integrated_gradients_twice(model, values, torch.tensor([0])).item()
    -300.0
    """
    middles = ((torch.arange(steps) + 0.5) / steps)[:, None, None, None]
    way = values - FLOOR
    points = (FLOOR + middles * way[:, None]).flatten(0, 1)
    sums = slopes(model, points, classes.repeat_interleave(steps))
    return way * sums.unflatten(0, (-1, steps)).mean(dim=1)


def grad_cam_twice(layer: str, time_axis: int) -> Map:
    """Grad-CAM of a layer, named as in `named_modules`, as `attribution.grad_cam`; the name serves
    copies of the model, softened ones too.

    Examples
    --------
    >>> model = nn.Sequential(nn.Conv2d(1, 1, 1), nn.Flatten(), nn.Linear(8, 2))
    >>> values = torch.randn(1, 1, 2, 4, requires_grad=True)
    >>> grad_cam_twice("0", time_axis=3)(model, values, torch.tensor([1])).requires_grad
    True
    """

    def cam(model: nn.Module, values: Tensor, classes: Tensor) -> Tensor:
        kept: list[Tensor] = []
        part = model.get_submodule(layer)
        handle = part.register_forward_hook(lambda module, given, output: kept.append(output))
        try:
            chosen = model(values).gather(1, classes[:, None])
        finally:
            handle.remove()
        (slope,) = torch.autograd.grad(chosen.sum(), kept[0], create_graph=True)
        cells = (slope.mean(dim=(2, 3), keepdim=True) * kept[0]).sum(dim=1, keepdim=True).relu()
        cells = cells if time_axis == 3 else cells.transpose(2, 3)
        return nn.functional.interpolate(
            cells, values.shape[2:], mode="bilinear", align_corners=False
        )

    return cam


def lrp_twice(network: nn.Module, prepare: Callable[[Tensor], Tensor] | None = None) -> Map:
    """Relevance propagation by the conserving rules of `attribution.lrp`, of this network whatever
    model it is asked about: its rules follow activations, and ReLUs need not be softened.

    Parameters
    ----------
    network : nn.Module
        Of layers that have rules.
    prepare : callable, optional
        From values to what the network takes: a first normalisation that has no rule.

    Examples
    --------
    >>> network = nn.Sequential(nn.Flatten(), nn.Linear(2, 1, bias=False))
    >>> network[1].weight.data = torch.tensor([[3.0, -1.0]])
    >>> values = torch.tensor([[[[1.0, 2.0]]]], requires_grad=True)
    >>> lrp_twice(network)(network, values, torch.tensor([0])).round(decimals=3).tolist()
    [[[[3.0, -2.0]]]]
    """

    def relevance(model: nn.Module, values: Tensor, classes: Tensor) -> Tensor:
        from .relevance_rules import composite

        inputs = values if prepare is None else prepare(values)
        with composite("conserving").context(network):
            outputs = network(inputs)
            start = outputs * nn.functional.one_hot(classes, outputs.shape[1])
            return torch.autograd.grad(outputs, inputs, start, create_graph=True)[0]

    return relevance
