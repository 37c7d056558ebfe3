"""Masks of different maps on equal terms: the same values, or as many bins. Taught in notebook 13.

A mask of zeros and ones is fair beside others that keep as many bins. A soft one is not: what it
keeps in part counts for its area and hides what is removed. Here every map gets the values of one
mask, in the map's own order: the largest value where the map is largest.
"""

import torch
from torch import Tensor

from ..inputs import as_floats, check_like
from ..masks.rules import AXES, check_mask


def in_order_of(attribution: Tensor, mask: Tensor) -> Tensor:
    """The values of a mask, laid out in the order of a map.

    Parameters
    ----------
    attribution, mask : Tensor, shape (batch, 1, frequency, time)

    Returns
    -------
    Tensor, shape (batch, 1, frequency, time)
        Clip by clip the same values as the mask's, hence the same area, sparseness and complexity.
        Of equal values in the map the first ones get the larger ones of the mask.

    Raises
    ------
    ValueError
        If the two do not have the same shape.

    Notebook: 13.

    Examples
    --------
    >>> in_order_of(torch.tensor([[[[3.0, 1.0, 2.0]]]]), torch.tensor([[[[0.0, 0.5, 1.0]]]]))
    tensor([[[[1.0000, 0.0000, 0.5000]]]])
    """
    attribution = as_floats(attribution, "attributions", AXES)
    mask = as_floats(mask, "masks", AXES)
    check_like(mask, "masks", attribution, "the attributions")
    order = attribution.flatten(1).argsort(dim=1, descending=True, stable=True)
    values = mask.flatten(1).sort(dim=1, descending=True).values
    return torch.empty_like(values).scatter(1, order, values).view_as(mask)


def hardened(mask: Tensor) -> Tensor:
    """Ones and zeros of the same area: as many of a soft mask's largest values become 1 as its sum
    says, rounded.

    Notebook: 13.

    Examples
    --------
    >>> hardened(torch.tensor([[[[0.9, 0.2, 0.7, 0.2]]]])).tolist()
    [[[[1.0, 0.0, 1.0, 0.0]]]]
    """
    mask = as_floats(mask, "masks", AXES)
    check_mask(mask)
    rows = mask.flatten(1)
    counts = rows.sum(dim=1, keepdim=True).round()
    places = torch.arange(rows.shape[1]).expand_as(rows)
    return in_order_of(mask, (places < counts).float().view_as(mask))
