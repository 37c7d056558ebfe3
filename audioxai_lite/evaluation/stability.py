"""How much two maps of one clip agree. Taught in notebooks 03 and 09."""

import torch
from scipy.stats import spearmanr
from torch import Tensor

from audioxai_lite.masks.rules import top_k


def top_overlap(first: Tensor, second: Tensor, share: float = 0.05) -> Tensor:
    """How many of the upper bins of one map are among the upper bins of the other: (batch,), from 0
    to 1.

    Both masks keep exactly `share` of a clip (see `masks.top_k`), so two random maps reach `share`.
    The order of all bins, most of which do not matter, is compared by `rank_correlation`. Notebook:
    07.

    Examples
    --------
    >>> found = torch.arange(100.0).reshape(1, 1, 10, 10)
    >>> top_overlap(found, 2 * found + 1).item(), top_overlap(found, -found).item()
    (1.0, 0.0)
    """
    if first.shape != second.shape:
        raise ValueError(
            f"two maps of one clip have one shape, not {tuple(first.shape)} and {tuple(second.shape)}"
        )
    masks = [top_k(m, share) for m in (first, second)]
    return (masks[0] * masks[1]).sum(dim=(1, 2, 3)) / masks[0].sum(dim=(1, 2, 3))


def rank_correlation(first: Tensor, second: Tensor) -> Tensor:
    """Spearman's rank correlation of two maps, bin by bin: (batch, 1, frequency, time) twice →
    (batch,), in [-1, 1].

    1: the same order of bins; 0: nothing in common. NaN where a map is constant. Raises ValueError
    when the shapes differ. Notebook: 03.

    Examples
    --------
    >>> found = torch.arange(12.0).reshape(1, 1, 3, 4)
    >>> round(rank_correlation(found, found**3).item(), 3), round(rank_correlation(found, -found).item(), 3)
    (1.0, -1.0)
    """
    if first.shape != second.shape:
        raise ValueError(
            f"both maps have one shape, not {tuple(first.shape)} and {tuple(second.shape)}"
        )
    pairs = zip(first.flatten(1).numpy(), second.flatten(1).numpy(), strict=True)
    return torch.tensor(
        [spearmanr(a, b).statistic if a.std() > 0 and b.std() > 0 else torch.nan for a, b in pairs]
    )
