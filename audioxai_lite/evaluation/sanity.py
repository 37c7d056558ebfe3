"""Does an attribution depend on the model at all? Taught in notebook 04."""

import copy
from collections.abc import Iterator

import torch
from torch import nn


def randomised(model: nn.Module, seed: int = 0) -> Iterator[tuple[str, nn.Module]]:
    """Copies of a model that know less and less: its layers are shuffled one after another, from
    the output down.

    The entries of every weight and bias change places, so that sizes stay and what was learned
    goes. The running means and variances of batch normalisations stay: they describe the data.
    An attribution that looks the same afterwards does not explain what the model has learned.

    Parameters
    ----------
    model : nn.Module
        Left as it is. Its top-level parts that have weights are the steps.
    seed : int, default 0

    Yields
    ------
    (str, nn.Module)
        The part shuffled last, and a copy of the model in which it and all parts after it are
        shuffled.

    Source: Adebayo et al. 2018, *Sanity checks for saliency maps* (1810.03292), who draw new
    weights instead. Notebook: 04.

    Examples
    --------
    >>> from audioxai_lite.models.cnn14 import Cnn14
    >>> [name for name, copy_that_knows_less in randomised(Cnn14(10))][:3]
    ['output', 'fc1', 'conv_block6']
    """
    model = copy.deepcopy(model)
    generator = torch.Generator().manual_seed(seed)
    for name, part in reversed(list(model.named_children())):
        weights = list(part.parameters())
        for weight in weights:
            order = torch.randperm(weight.numel(), generator=generator)
            weight.data = weight.data.flatten()[order].view_as(weight)
        if weights:
            yield name, copy.deepcopy(model)
