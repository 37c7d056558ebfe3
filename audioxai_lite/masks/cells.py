"""The patch grid: cells of several bands and frames, laid from the lowest band and the first frame.
Taught in notebook 05.
"""

import torch
from torch import Tensor

from ..inputs import as_floats, as_tensor
from .rules import AXES, check_mask


def cell_grid_shape(cell: tuple[int, int], shape: tuple[int, ...]) -> tuple[int, int]:
    """How many cells it takes to cover a spectrogram, along frequency and along time.

    Parameters
    ----------
    cell : (bands, frames)
    shape : tuple of int
        Ends with the number of bands and of frames.

    Raises
    ------
    ValueError
        If a cell has no bin.

    Examples
    --------
    >>> cell_grid_shape((8, 16), (1, 1, 64, 501))
    (8, 32)
    """
    if min(cell) < 1:
        raise ValueError(f"a cell has at least 1 band and 1 frame, not {cell[0]} and {cell[1]}")
    return -(-shape[-2] // cell[0]), -(-shape[-1] // cell[1])


def spread(cells: Tensor, cell: tuple[int, int], shape: tuple[int, ...]) -> Tensor:
    """Give every bin the value of the cell that it lies in.

    Parameters
    ----------
    cells : Tensor, shape (..., rows, columns)
        As many as `cell_grid_shape` says.
    cell : (bands, frames)
    shape : tuple of int
        Ends with the number of bands and of frames; the last cells may be cut off.

    Returns
    -------
    Tensor, shape (..., frequency, time)

    Examples
    --------
    >>> spread(torch.tensor([[0, 1]]), (1, 2), (1, 3)).tolist()
    [[0, 0, 1]]
    """
    cells = as_tensor(cells, "cells")
    bins = cells.repeat_interleave(cell[0], -2).repeat_interleave(cell[1], -1)
    return bins[..., : shape[-2], : shape[-1]]


def cell_numbers(cell: tuple[int, int], shape: tuple[int, ...]) -> Tensor:
    """The number of each bin's cell, counted from 0 along time first, shape (frequency, time).

    Parameters
    ----------
    cell, shape
        See `cell_grid_shape`.

    Examples
    --------
    >>> cell_numbers((1, 2), (2, 3)).tolist()
    [[0, 0, 1], [2, 2, 3]]
    """
    rows, columns = cell_grid_shape(cell, shape)
    return spread(torch.arange(rows * columns).reshape(rows, columns), cell, shape)


def pool_cells(attribution: Tensor, bands: int = 8, frames: int = 16) -> Tensor:
    """Give every cell of a coarser grid the mean of its bins; the shape stays.

    How fine a mask is decides as much as the method behind it: single bins break a network that
    cells do not.

    Parameters
    ----------
    attribution : Tensor, shape (batch, 1, frequency, time)
    bands, frames : int, default 8 and 16
        Of a cell; the last cells may be smaller.

    Raises
    ------
    ValueError
        If a cell has no bin.

    Notebook: 05.

    Examples
    --------
    >>> pool_cells(torch.tensor([[[[1.0, 3.0], [5.0, 7.0]]]]), bands=1, frames=2).tolist()
    [[[[2.0, 2.0], [6.0, 6.0]]]]
    """
    values, cell = as_floats(attribution, "attributions", AXES), (bands, frames)
    cell_grid_shape(cell, values.shape)
    means = torch.nn.functional.avg_pool2d(values, cell, ceil_mode=True, count_include_pad=False)
    return spread(means, cell, values.shape)


def random_like(mask: Tensor, cell: tuple[int, int] = (1, 1), seed: int = 0) -> Tensor:
    """Random bins, or random cells, of the same area as each clip's mask: what a mask has to beat.

    Parameters
    ----------
    mask : Tensor, shape (batch, 1, frequency, time)
        Soft masks count with their mean.
    cell : (bands, frames), default (1, 1)
        Single bins. Cells of the size of a mask's own patches are the fairer control; the last cell
        to be kept is kept in part, so that the area is that of the mask, to a bin.
    seed : int, default 0
        Clip n gets the same order whatever the other clips.

    Returns
    -------
    Tensor, shape of `mask`, values 0 or 1

    Notebook: 05.

    Examples
    --------
    >>> from audioxai_lite.masks.rules import top_k
    >>> random_like(top_k(torch.randn(3, 1, 4, 8), 0.25)).sum(dim=(1, 2, 3)).tolist()
    [8.0, 8.0, 8.0]
    """
    masks = as_floats(mask, "masks", AXES)
    check_mask(masks)
    numbers = cell_numbers(cell, masks.shape)
    controls = []
    for number, clip in enumerate(masks):
        generator = torch.Generator().manual_seed(1_000_003 * seed + number)
        rank = torch.randperm(int(numbers.max()) + 1, generator=generator)[numbers].flatten()
        controls.append(_first_bins(rank, int(clip.sum().round())).view_as(clip))
    return torch.stack(controls)


def _first_bins(rank: Tensor, count: int) -> Tensor:
    """Ones at so many bins of the cells that come first, the last cell from its first bin on."""
    ends = rank.bincount().cumsum(0)
    whole = int(torch.searchsorted(ends, count, right=True))
    chosen = (rank < whole).float()
    in_part = (rank == whole).nonzero()[: count - int(chosen.sum()), 0]
    chosen[in_part] = 1.0
    return chosen
