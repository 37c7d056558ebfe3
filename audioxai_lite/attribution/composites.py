"""Layer-wise relevance propagation for any network of known layers, with zennit's rules. Taught in
notebook 14.
"""

import copy

import torch
import zennit.types
from torch import Tensor, nn
from zennit.canonizers import SequentialMergeBatchNorm
from zennit.composites import LayerMapComposite
from zennit.rules import Epsilon, Norm, Pass, ZPlus

from .batches import Target, checked, explain_in_batches

# The rule of every type of layer, in zennit's order: the first that fits.
RULES = [
    (zennit.types.Activation, Pass()),
    (zennit.types.AvgPool, Norm()),
    (zennit.types.Convolution, ZPlus(zero_params="bias")),
    (zennit.types.Linear, Epsilon(epsilon=1e-6, zero_params="bias")),
]
WITH_RULE = tuple(kind for kind, _ in RULES)
# Relevance follows the gradient of these: to the winner of a maximum, to the place it came from.
PASSING_ON = (
    zennit.types.MaxPool,
    nn.Identity,
    nn.Flatten,
    nn.Unflatten,
    nn.Dropout,
    nn.Dropout1d,
    nn.Dropout2d,
)
MERGED = zennit.types.BatchNorm
LARGEST_LOSS = 0.05


def relevance(
    model: nn.Module,
    values: Tensor,
    target: Target,
    played: nn.Module | None = None,
    batch_size: int = 16,
) -> Tensor:
    """The output, handed back layer by layer to what made it, by a rule for each type of layer.

    α1β0 without biases for convolutions (zennit's `ZPlus`, which treats inputs of both signs alike,
    and so bears a signed first layer), ε for dense layers, in proportion for averages, to the
    winner for maxima; batch normalisations are merged into the layer before them.

    Parameters
    ----------
    model : nn.Module
        From values, or from waveforms where there is `played`, to outputs, (batch,) or (batch,
        classes). Every step of it is a module of a known type.
    values : Tensor, shape (batch, 1, frequency, time)
    target : int, one a clip, or None
    played : nn.Module, optional
        From gains to waveforms, `StftGains`, say. Relevance is found for the samples and handed on
        to the gains in proportion to what each contributes.
    batch_size : int, default 16

    Returns
    -------
    Tensor, shape of `values`, in the unit of the output

    Raises
    ------
    ValueError
        If there is no rule for a layer, a step between two layers is no module (a sum, a mean), a
        normalisation cannot be merged, or over a twentieth of the output is lost on the way.

    Source: Bach et al. 2015; Montavon et al. 2019, table 10.1; on the way to gains Vielhaben et al.
    2023 (2303.06365). Notebook: 14.

    Examples
    --------
    >>> network = nn.Sequential(nn.Flatten(), nn.Linear(2, 1, bias=False))
    >>> network[1].weight.data = torch.tensor([[3.0, -1.0]])
    >>> relevance(network, torch.tensor([[[[1.0, 2.0]]]]), 0).round(decimals=3)  # its output is 1
    tensor([[[[ 3., -2.]]]])
    """
    check_layers(model)
    asked = model if played is None else nn.Sequential(played, model)
    called, values, target = checked(asked, values, target, gradients=True)
    first = values[:1] if played is None else played(values[:1]).detach()
    check_steps(copy.deepcopy(model).eval(), first)

    def explain(x: Tensor, classes: Tensor | None) -> Tensor:
        inputs = x if played is None else played(x).detach()
        found = _propagated(copy.deepcopy(model), inputs, classes)
        if played is None:
            return found
        gains = x.requires_grad_()
        waveforms = played(gains)
        share = (found / (waveforms + 1e-12 * waveforms.sign())).nan_to_num().detach()
        return gains * torch.autograd.grad((waveforms * share).sum(), gains)[0]

    return explain_in_batches(explain, called, values, target, batch_size, "LRP")


def _propagated(model: nn.Module, inputs: Tensor, classes: Tensor | None) -> Tensor:
    """The relevance of the inputs; ValueError where it does not add up to the output."""
    with torch.no_grad():
        before = model(inputs)
    composite = LayerMapComposite(RULES, canonizers=[SequentialMergeBatchNorm()])
    with composite.context(model):
        outputs = model(inputs.requires_grad_())
        if not torch.allclose(outputs, before, rtol=1e-3, atol=1e-4 * before.abs().max().item()):
            raise ValueError(
                "a batch normalisation of this model does not follow the layer that it is merged "
                "into: LRP cannot be had, use a gradient method"
            )
        start = outputs.detach()
        if classes is not None:
            start = start * nn.functional.one_hot(classes, outputs.shape[1])
        (found,) = torch.autograd.grad(outputs, inputs, start)
    due = start.reshape(len(start), -1).sum(dim=1)
    total = found.reshape(len(found), -1).sum(dim=1)
    worst = ((total - due).abs() / due.abs().clamp(min=1e-6)).max().item()
    if worst > LARGEST_LOSS:
        raise ValueError(
            f"the relevance that arrives misses the output by {worst:.0%}: LRP would explain "
            "something else, use a gradient method"
        )
    return found


def check_layers(model: nn.Module) -> None:
    """ValueError for the first layer that has no rule.

    Examples
    --------
    >>> check_layers(nn.LSTM(2, 2))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    ValueError: LRP needs a rule for every layer, and there is none for LSTM: use a gradient method
    """
    before: nn.Module = nn.Identity()
    for layer in _leaves(model):
        merged = isinstance(layer, MERGED)
        if merged and not isinstance(before, zennit.types.Linear):
            raise ValueError(
                f"this {type(layer).__name__} follows no convolution or dense layer into which LRP "
                "could merge it: make it a part of the front end, or use a gradient method"
            )
        before = layer
        if not isinstance(layer, WITH_RULE + PASSING_ON + (MERGED,)):
            raise ValueError(
                "LRP needs a rule for every layer, and there is none for "
                f"{type(layer).__name__}: use a gradient method"
            )


def check_steps(model: nn.Module, inputs: Tensor) -> None:
    """ValueError unless every layer gets what another gave, in another shape at most, or through a
    ReLU: rules see modules only, and relevance would go astray in what lies between.

    Examples
    --------
    >>> class Skipping(nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.first, self.second = nn.Linear(2, 2), nn.Linear(2, 2)
    ...     def forward(self, x):
    ...         return self.second(x + self.first(x))
    >>> check_steps(Skipping(), torch.ones(1, 2))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    ValueError: before this Linear something happens that is no module (a sum, a mean, ...
    """
    known = [inputs]

    def look(module: nn.Module, arriving: tuple, given: Tensor) -> None:
        _check_known(arriving[0], known, f"before this {type(module).__name__}")
        known.append(given.detach().clone())

    handles = [layer.register_forward_hook(look) for layer in _leaves(model)]
    try:
        with torch.no_grad():
            outputs = model(inputs)
    finally:
        for handle in handles:
            handle.remove()
    _check_known(outputs, known, "after the last layer", part=True)


def _leaves(model: nn.Module) -> list[nn.Module]:
    return [layer for layer in model.modules() if not list(layer.children())]


def _check_known(values: Tensor, known: list[Tensor], place: str, part: bool = False) -> None:
    """ValueError unless these are the numbers of a tensor known, in any shape; or some of them."""
    numbers = values.detach().float().flatten().sort().values
    for tensor in known:
        for same in (tensor, tensor.relu()):
            if part and torch.isin(numbers, same.float().flatten()).all():
                return
            if same.numel() == numbers.numel() and torch.equal(
                same.float().flatten().sort().values, numbers
            ):
                return
    raise ValueError(
        f"{place} something happens that is no module (a sum, a mean, an activation other than "
        "ReLU): LRP would lead relevance astray there, use a gradient method"
    )
