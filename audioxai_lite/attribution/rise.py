"""RISE: a black box is asked about random masks, and each bin gets the mean answer of those that
keep it. Taught in notebook 14.
"""

import torch
from torch import Tensor, nn

from ..inputs import plain
from ..sound.levels import FLOOR
from .batches import Target, as_one_clip, checked, explain_in_batches


def rise(
    model: nn.Module,
    values: Tensor,
    target: Target = None,
    cells: tuple[int, int] = (12, 12),
    kept: float = 0.5,
    masks: int = 500,
    baseline: float | Tensor = FLOOR,
    batch_size: int = 16,
    seed: int = 0,
) -> Tensor:
    """How much more the model answers when a bin is kept than when it is not, over random masks.

    Parameters
    ----------
    model, values, target
        See `saliency`.
    cells : (bands, frames), default (12, 12)
        Into how many cells the grid is cut. Masks are laid over it softly and at a random offset.
    kept : float, default 0.5
        The chance that a cell is kept.
    masks : int, default 500
        As many forward passes.
    baseline : float or Tensor that broadcasts to one clip, default -100 (silence, in decibels)
        What a mask that keeps nothing leaves.
    batch_size : int, default 16
    seed : int, default 0

    Returns
    -------
    Tensor, shape of `values`, in the unit of the output
        The mean of the outputs weighted by the mask, less that weighted by what it takes away.

    Source: Petsiuk et al. 2018 (1806.07421), section 3; the difference from the mean of what is
    taken away is ours: it takes out the constant, which says nothing. Notebook: 14.

    Examples
    --------
    >>> model = nn.Sequential(nn.AdaptiveMaxPool2d(1), nn.Flatten(0))  # the loudest bin
    >>> clip = torch.zeros(1, 1, 32, 32)
    >>> clip[..., 8:12, 20:24] = 1.0
    >>> found = rise(model, clip, cells=(8, 8), baseline=0.0)[0, 0]
    >>> row, column = divmod(int(found.argmax()), 32)
    >>> 6 <= row <= 13 and 18 <= column <= 25
    True
    """
    kept, masks, batch_size = plain(kept), plain(masks), plain(batch_size)
    cells = plain(cells[0]), plain(cells[1])
    if not 0 < kept < 1:
        raise ValueError(f"the chance that a cell is kept lies between 0 and 1, not at {kept}")
    model, values, target = checked(model, values, target)
    level = as_one_clip(baseline, values, "baseline")

    def explain(x: Tensor, classes: Tensor | None) -> Tensor:
        with_it, without, weights = torch.zeros_like(x), torch.zeros_like(x), torch.zeros_like(x)
        for first in range(0, masks, batch_size):
            drawn = _soft_masks(min(batch_size, masks - first), cells, x.shape[2:], kept).to(x)
            with torch.no_grad():
                outputs = model(torch.lerp(level, x.expand_as(drawn), drawn))
            chosen = outputs if classes is None else outputs[:, classes[0]]
            chosen = chosen[:, None, None, None]
            with_it += (chosen * drawn).sum(dim=0, keepdim=True)
            without += (chosen * (1 - drawn)).sum(dim=0, keepdim=True)
            weights += drawn.sum(dim=0, keepdim=True)
        return with_it / weights.clamp(min=1e-6) - without / (masks - weights).clamp(min=1e-6)

    return explain_in_batches(explain, model, values, target, 1, "RISE", seed)


def _soft_masks(number: int, cells: tuple[int, int], shape: torch.Size, kept: float) -> Tensor:
    """Random cells, up-sampled and moved by less than a cell, shape (number, 1, *shape)."""
    sizes = [-(-length // count) for length, count in zip(shape, cells, strict=True)]
    coarse = (torch.rand(number, 1, cells[0] + 1, cells[1] + 1) < kept).float()
    whole = [(count + 1) * size for count, size in zip(cells, sizes, strict=True)]
    soft = nn.functional.interpolate(coarse, whole, mode="bilinear", align_corners=False)
    down, right = (int(torch.randint(size, ())) for size in sizes)
    return soft[..., down : down + shape[0], right : right + shape[1]]
