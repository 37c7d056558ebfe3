"""Layer-wise relevance propagation. Taught in notebook 03."""

import copy
from typing import Literal, get_args

import captum.attr
from captum.attr._utils.custom_modules import Addition_Module
from captum.attr._utils.lrp_rules import Alpha1_Beta0_Rule, EpsilonRule
from torch import Tensor, nn

from .batches import Target, checked, explain_in_batches

Rule = Literal["conserving", "epsilon"]
WITH_RULE = (
    nn.Conv2d,
    nn.Linear,
    nn.AvgPool2d,
    nn.AdaptiveAvgPool2d,
    nn.MaxPool2d,
    nn.Flatten,
    Addition_Module,
)
PASSING_ON = (nn.ReLU, nn.Tanh, nn.Dropout)  # as Captum has it


def lrp(
    model: nn.Module,
    values: Tensor,
    target: Target,
    rule: Rule = "conserving",
    batch_size: int = 16,
) -> Tensor:
    """Layer-wise relevance propagation: the logit, handed back layer by layer to the bins that made
    it.

    Parameters
    ----------
    model : nn.Module
        Every layer a module, used once, of a type for which there is a rule. Batch normalisations
        have been folded into convolutions or count as preprocessing: `cnn14_with_split_norms`.
    values, target, batch_size
        See `saliency`.
    rule : "conserving" or "epsilon"
        "conserving": α1β0 without biases for convolutions, ε for dense layers: the relevance that
        arrives is the logit that set out, see `conservation`. "epsilon": ε everywhere, which for
        such networks is gradient × input.

    Returns
    -------
    Tensor, shape of `values`, in the unit of the output

    Raises
    ------
    ValueError
        If there is no rule for a layer, or the rule is unknown.

    Source: Bach et al. 2015; Montavon et al. 2019, rules; Captum's LRP. Notebook: 03.

    Examples
    --------
    >>> import torch
    >>> dense = nn.Linear(2, 1, bias=False)
    >>> dense.weight.data = torch.tensor([[3.0, 1.0]])
    >>> model, values = nn.Sequential(nn.Flatten(), dense), torch.tensor([[[[1.0, 2.0]]]])
    >>> lrp(model, values, 0)  # its logit is 5
    tensor([[[[3., 2.]]]])
    """
    if rule not in get_args(Rule):
        raise ValueError(f'rule is "conserving" or "epsilon", not {rule!r}')
    _check_layers(model)
    model, values, target = checked(model, values, target, gradients=True)

    def explain(x: Tensor, classes: Tensor | None) -> Tensor:
        ruled = _with_rules(model, rule)
        return captum.attr.LRP(ruled).attribute(x.requires_grad_(), target=classes)

    return explain_in_batches(explain, model, values, target, batch_size, "LRP")


def _check_layers(model: nn.Module) -> None:
    """ValueError for the first layer that has no rule."""
    for layer in model.modules():
        is_layer = not list(layer.children())
        if is_layer and type(layer) not in WITH_RULE + PASSING_ON:
            raise ValueError(
                f"LRP needs a rule for every layer, and there is none for {type(layer).__name__} "
                "(fold batch normalisations first): use a gradient method"
            )


def _with_rules(model: nn.Module, rule: str) -> nn.Module:
    """A copy whose layers know how to hand relevance back; Captum deletes the rules of a model
    after every call, and changes its weights.
    """
    model = copy.deepcopy(model)
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d) and rule == "conserving":
            layer.rule = Alpha1_Beta0_Rule(set_bias_to_zero=True)
        elif isinstance(layer, WITH_RULE):
            layer.rule = EpsilonRule()
    return model
