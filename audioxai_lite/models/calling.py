"""A model as explanations call it: a copy of the values goes in, one number a clip or a class comes
out, whatever the network wants and gives. Taught in notebook 14.
"""

import dataclasses
from collections.abc import Callable, Mapping
from itertools import chain
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..inputs import as_tensor

Output = str | int | Callable[[Any], Tensor] | None


class Called(nn.Module):
    """A model whose outputs are float32, of shape (batch,) or (batch, classes), without NaN.

    The model gets a copy of the values, which it may change, in the floating type and on the device
    of its weights; outputs come back to the device of the values. Gradients pass. Wrapped twice is
    as good as once.

    Parameters
    ----------
    model : nn.Module
        Used as it is.
    output : str, int or callable, optional
        Which part of a dict, tuple or dataclass is the answer: a key, a position, the name of a
        field, or a function of the result.
    prepare : callable, optional
        From the values to what the model takes: other axes, three channels, another unit.
    reset : callable, optional
        Called before every call of a model that remembers the last one.

    Raises
    ------
    ValueError
        When called: if the result has parts and none is named, if it does not have the part, the
        shape or as many rows as there are clips, or if it holds NaN.

    Notebook: 14.

    Examples
    --------
    >>> class Loudness(nn.Module):
    ...     def forward(self, values):
    ...         return {"loudness": values.abs_().mean(dim=(1, 2, 3)), "frames": values}
    >>> values = torch.full((2, 1, 4, 8), -3.0)
    >>> Called(Loudness(), output="loudness")(values).tolist(), values.unique().tolist()
    ([3.0, 3.0], [-3.0])
    """

    def __init__(
        self,
        model: nn.Module,
        output: Output = None,
        prepare: Callable[[Tensor], Tensor] | None = None,
        reset: Callable[[], Any] | None = None,
    ):
        super().__init__()
        self.model, self.output, self.prepare, self.reset = model, output, prepare, reset

    def forward(self, values: Tensor) -> Tensor:
        values = as_tensor(values, "values")
        if self.reset is not None:
            self.reset()
        prepared = values if self.prepare is None else self.prepare(values)
        result = self.model(as_input(prepared, self.model))
        outputs = as_tensor(unpack(result, self.output), "outputs")
        if outputs.ndim not in (1, 2) or len(outputs) != len(values):
            raise ValueError(
                f"for {len(values)} clips the model gives outputs of shape {tuple(outputs.shape)}, "
                "not (batch,) or (batch, classes): pick or reduce them with output=a function, "
                "frames also with AudioModel(..., reduce=...)"
            )
        if outputs.isnan().any():
            raise ValueError("the model gives NaN here: look for a logarithm, root or 0/0")
        return outputs.to(values.device, torch.float32)


def as_input(values: Tensor, model: nn.Module) -> Tensor:
    """A copy of the values in the floating type and on the device of a model's weights.

    Examples
    --------
    >>> as_input(torch.zeros(1, 1, 4, 8), nn.Linear(8, 2).double()).dtype
    torch.float64
    """
    values = as_tensor(values, "values")
    weights = chain(model.parameters(), model.buffers())
    first = next((weight for weight in weights if weight.is_floating_point()), values)
    return values.to(first.device, first.dtype, copy=True)


def unpack(result: Any, output: Output = None) -> Any:
    """The part of a model's result that is its answer.

    Parameters
    ----------
    result
        What a model gives.
    output : str, int or callable, optional
        See `Called`. Without it the result must be a tensor or an array.

    Raises
    ------
    ValueError
        If there is no such part, or parts to choose from; the message names them.

    Examples
    --------
    >>> unpack({"logits": 3.0, "embedding": 5.0}, "logits")
    3.0
    >>> unpack({"logits": 3.0, "embedding": 5.0})  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    ValueError: the model gives a dict of 'logits', 'embedding': say which is the answer, output=...
    """
    whole = isinstance(result, Tensor | np.ndarray)
    if output is None and whole:
        return result
    if output is None:
        raise ValueError(
            f"the model gives {_described(result)}: say which is the answer, "
            "output=... in AudioModel or Called"
        )
    if callable(output):
        return output(result)
    try:
        if whole:
            raise KeyError(output)
        named = isinstance(output, str) and not isinstance(result, Mapping)
        return getattr(result, str(output)) if named else result[output]
    except (AttributeError, LookupError, TypeError):
        raise ValueError(
            f"the model gives {_described(result)} without a part {output!r}"
        ) from None


def _described(result: Any) -> str:
    """A result's type and parts, for messages."""
    name = type(result).__name__
    if isinstance(result, Mapping):
        return f"a {name} of {', '.join(map(repr, result))}"
    if dataclasses.is_dataclass(result):
        return f"a {name} of {', '.join(field.name for field in dataclasses.fields(result))}"
    if isinstance(result, tuple | list):
        return f"a {name} of {len(result)}, 0 to {len(result) - 1}"
    return f"a {name}"


def softmax(outputs: Tensor) -> Tensor:
    """Logits as probabilities of classes, (batch, classes), each row of sum 1.

    Raises
    ------
    ValueError
        If there is one class only: its probability would always be 1; or if outputs are not finite.

    Examples
    --------
    >>> softmax(torch.tensor([[0.0, 0.0]])).tolist()
    [[0.5, 0.5]]
    >>> softmax(torch.tensor([[7.0]]))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    ValueError: the softmax of one column is always 1: link=torch.sigmoid for a logit
    """
    outputs = as_tensor(outputs, "outputs")
    if outputs.shape[-1] == 1:
        raise ValueError("the softmax of one column is always 1: link=torch.sigmoid for a logit")
    probabilities = outputs.softmax(dim=-1)
    if probabilities.isnan().any():
        raise ValueError("outputs hold NaN or infinity: they have no softmax")
    return probabilities
