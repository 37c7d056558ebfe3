"""Layer-wise relevance propagation for any network of known layers, with zennit's rules. Taught in
notebook 03.
"""

import copy
from typing import Literal, get_args

import torch
from torch import Tensor, nn

from ..inputs import as_floats
from ..models.calling import Called, as_input
from .batches import Target, checked, explain_in_batches

Rule = Literal["conserving", "epsilon"]


def lrp(
    model: nn.Module,
    values: Tensor,
    target: Target,
    rule: Rule = "conserving",
    batch_size: int = 16,
    played: nn.Module | None = None,
) -> Tensor:
    """Layer-wise relevance propagation: the output, handed back layer by layer to what made it.

    Parameters
    ----------
    model : nn.Module
        From values, or from waveforms where there is `played`, to outputs, (batch,) or (batch,
        classes). Every step of it is a module of a known type. Batch normalisations are merged into
        the layer before them; one that comes first counts as preprocessing, see
        `cnn14_with_split_norms`.
    values : Tensor, shape (batch, 1, frequency, time)
    target : int, one a clip, or None
    rule : "conserving" or "epsilon"
        "conserving": α1β0 without biases for convolutions, ε without for dense layers: the
        relevance that arrives is the output that set out, see `conservation`. α1β0 is zennit's
        `ZPlus`: inputs of both signs count, positive ones by positive weights and negative ones by
        negative weights. What reaches a unit for which no input speaks, because its bias alone
        keeps it awake, is lost. "epsilon": ε everywhere, with biases: for networks of ReLUs that is
        gradient × input. For either, averages and sums hand on in proportion, maxima to the winner.
    batch_size : int, default 16
    played : nn.Module, optional
        From gains to waveforms, `StftGains`, say. Relevance is found for the samples and handed on
        to the gains in proportion to what each contributes.

    Returns
    -------
    Tensor, shape of `values`, in the unit of the output

    Raises
    ------
    ValueError
        If there is no rule for a layer, or no such rule; a step between two layers is no module (a
        sum, a mean); or a normalisation cannot be merged.

    Source: Bach et al. 2015; Montavon et al. 2019, table 10.1; on the way to gains Vielhaben et al.
    2023 (2303.06365). Notebook: 03, for models of your own 14.

    Examples
    --------
    >>> network = nn.Sequential(nn.Flatten(), nn.Linear(2, 1, bias=False))
    >>> network[1].weight.data = torch.tensor([[3.0, -1.0]])
    >>> lrp(network, torch.tensor([[[[1.0, 2.0]]]]), 0).round(decimals=3)  # its output is 1
    tensor([[[[ 3., -2.]]]])
    """
    if rule not in get_args(Rule):
        raise ValueError(f'rule is "conserving" or "epsilon", not {rule!r}')
    from .relevance_rules import check_layers

    check_layers(model)
    inner = Called(model)
    asked = inner if played is None else nn.Sequential(played, inner)
    asked, values, target = checked(asked, values, target, gradients=True)
    first = values[:1] if played is None else played(values[:1]).detach()
    check_steps(copy.deepcopy(inner).eval(), first)

    def explain(x: Tensor, classes: Tensor | None) -> Tensor:
        inputs = x if played is None else played(x).detach()
        found = _propagated(copy.deepcopy(inner), inputs, classes, rule)
        if played is None:
            return found
        gains = x.requires_grad_()
        waveforms = played(gains)
        share = (found / (waveforms + 1e-12 * waveforms.sign())).nan_to_num().detach()
        return gains * torch.autograd.grad((waveforms * share).sum(), gains)[0]

    return explain_in_batches(explain, asked, values, target, batch_size, "LRP")


def _propagated(model: nn.Module, inputs: Tensor, classes: Tensor | None, rule: str) -> Tensor:
    """The relevance of the inputs, for a network that may be changed."""
    from .relevance_rules import composite

    with torch.no_grad():
        before = model(inputs)
    with composite(rule).context(model):
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
    return found


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
    inputs = as_floats(inputs, "values")
    known = [as_input(inputs, model)]

    def look(module: nn.Module, arriving: tuple, given: Tensor) -> None:
        for values in arriving:
            _check_known(values, known, f"before this {type(module).__name__}")
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
    for tensor in reversed(known):  # most often it is the last
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
