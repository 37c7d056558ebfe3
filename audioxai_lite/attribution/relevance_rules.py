"""The rules of relevance propagation by type of layer, with zennit's. Taught in notebook 03.

In a file of its own, which `lrp` imports when it is called: zennit takes seconds to load.
"""

import zennit.types
from captum.attr._utils.custom_modules import Addition_Module
from torch import Tensor, nn
from zennit.canonizers import SequentialMergeBatchNorm
from zennit.composites import LayerMapComposite
from zennit.core import Hook, stabilize
from zennit.rules import Epsilon, Norm, Pass, ZPlus


class Shares(Hook):
    """The rule of a sum: each of its inputs gets what it contributed."""

    def forward(self, module: nn.Module, input: tuple, output: Tensor) -> None:
        self.stored_tensors["input"] = input

    def backward(self, module: nn.Module, grad_input: tuple, grad_output: tuple) -> tuple:
        inputs = self.stored_tensors["input"]
        share = grad_output[0] / stabilize(sum(inputs))
        return tuple(part * share for part in inputs)


# The rule of every type of layer, in zennit's order: the first that fits.
ALWAYS = [
    (zennit.types.Activation, Pass()),
    (zennit.types.AvgPool, Norm()),
    (Addition_Module, Shares()),
]
RULES: dict[str, list] = {
    "conserving": [
        *ALWAYS,
        (zennit.types.Convolution, ZPlus(zero_params="bias")),
        (zennit.types.Linear, Epsilon(epsilon=1e-6, zero_params="bias")),
    ],
    "epsilon": [*ALWAYS, (zennit.types.Linear, Epsilon(epsilon=1e-6))],
}
WITH_RULE = tuple(kind for kind, _ in RULES["conserving"])
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


def composite(rule: str) -> LayerMapComposite:
    """What hooks the rules into a network, batch normalisations merged, while it is used.

    Examples
    --------
    >>> len(composite("epsilon").layer_map)
    4
    """
    return LayerMapComposite(RULES[rule], canonizers=[SequentialMergeBatchNorm()])


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
    for layer in model.modules():
        if list(layer.children()):
            continue
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
