"""The patch grid: masks and maps in cells of several bands and frames."""

import torch
from torch import Tensor

from audioxai_lite.masks.rules import _checked


def pool(attribution: Tensor, bands: int = 8, frames: int = 16) -> Tensor:
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
    >>> pool(torch.tensor([[[[1.0, 3.0], [5.0, 7.0]]]]), bands=1, frames=2).tolist()
    [[[[2.0, 2.0], [6.0, 6.0]]]]
    """
    if min(bands, frames) < 1:
        raise ValueError(f"a cell has at least 1 band and 1 frame, not {bands} and {frames}")
    values = _checked(attribution)
    rows, columns = values.shape[2:]
    cells = torch.nn.functional.avg_pool2d(
        values, (bands, frames), ceil_mode=True, count_include_pad=False
    )
    return cells.repeat_interleave(bands, 2).repeat_interleave(frames, 3)[:, :, :rows, :columns]


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
    rows, columns = mask.shape[2:]
    across = -(-columns // cell[1])
    which = (torch.arange(rows) // cell[0])[:, None] * across + torch.arange(columns) // cell[1]
    controls = []
    for number, clip in enumerate(mask):
        generator = torch.Generator().manual_seed(1_000_003 * seed + number)
        rank = torch.randperm(int(which.max()) + 1, generator=generator)[which].flatten()
        kept = rank.argsort(stable=True)[: int(clip.sum().round())]
        controls.append(torch.zeros(rows * columns).scatter(0, kept, 1.0).reshape(1, rows, columns))
    return torch.stack(controls)
