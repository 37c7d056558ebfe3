"""The models of the course."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """No gradients and no dropout inside; every module returns to its own mode afterwards."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for module, training in modes:
            module.training = training


@contextmanager
def channels_last(model: nn.Module) -> Iterator[None]:
    """Convolutions keep the channels of a bin side by side inside: nearly twice as fast for small networks.

    For predictions only: torch 2.11 computes some gradients wrongly in this layout. Afterwards all is as it was.
    """
    before = [(parameter, parameter.data) for parameter in model.parameters()]
    model.to(memory_format=torch.channels_last)
    try:
        yield
    finally:
        for parameter, data in before:
            parameter.data = data
