"""The parts of a map that matter most, as boxes in time and frequency. Taught in notebook 14."""

from dataclasses import dataclass

import numpy as np
import scipy
import torch
from torch import Tensor

from ..inputs import as_floats
from .rules import top_k


@dataclass(frozen=True)
class Region:
    """A connected part of what a mask keeps.

    Attributes
    ----------
    rows, columns : (first, last)
        Both inside.
    share : float
        Of the positive attribution of the whole map.
    """

    rows: tuple[int, int]
    columns: tuple[int, int]
    share: float


def largest_regions(
    attribution: Tensor, count: int = 3, area: float = 0.05, join: tuple[int, int] = (3, 3)
) -> list[Region]:
    """The connected regions of the largest attribution that hold most of it.

    Parameters
    ----------
    attribution : Tensor, shape (1, 1, frequency, time)
    count : int, default 3
        At most as many; fewer where the map has fewer.
    area : float, default 0.05
        The share of the bins that are looked at.
    join : (bands, frames), default (3, 3)
        Bins this near to each other belong together.

    Returns
    -------
    list of Region, the largest share first

    Notebook: 14.

    Examples
    --------
    >>> found = torch.zeros(1, 1, 20, 20)
    >>> found[..., 2:4, 5:8], found[..., 15, 15] = 3.0, 1.0
    >>> largest_regions(found, area=0.02)[0]  # doctest: +ELLIPSIS
    Region(rows=(2, 3), columns=(5, 7), share=0.947...)
    """
    attribution = as_floats(attribution, "attributions", "1, 1, frequency, time")
    values = attribution[0, 0].double().clamp(min=0)
    total = float(values.sum())
    if total == 0:
        return []
    kept = (top_k(attribution, area)[0, 0].bool() & (values > 0)).numpy()
    joined = scipy.ndimage.binary_closing(np.pad(kept, 3), np.ones(join))[3:-3, 3:-3] | kept
    labels, _ = scipy.ndimage.label(joined, np.ones((3, 3)))
    found = []
    for number, box in enumerate(scipy.ndimage.find_objects(labels), 1):
        inside = torch.from_numpy((labels == number) & kept)
        rows, columns = ((part.start, part.stop - 1) for part in box)
        found.append(Region(rows, columns, float(values[inside].sum()) / total))
    return sorted(found, key=lambda region: -region.share)[:count]
