"""Segments of a spectrogram, and copies of a clip without some of them. Taught in notebook 03."""

from collections.abc import Iterator
from typing import Literal

import torch
from lime.wrappers.scikit_image import SegmentationAlgorithm
from skimage.color import gray2rgb
from torch import Tensor


def superpixels(values: Tensor, seed: int = 0) -> Tensor:
    """Segments of like level, as LIME finds them in images by default: quickshift, blind to what
    sound is.

    Parameters
    ----------
    values : Tensor, shape (batch, 1, frequency, time)
    seed : int, default 0
        Breaks ties.

    Returns
    -------
    Tensor of int, shape (batch, 1, frequency, time), from 0

    Source: lime 0.2's default for images, which Pak & Teryokhina 2025 use. Notebook: 03.

    Examples
    --------
    >>> superpixels(torch.randn(2, 1, 64, 100)).shape
    torch.Size([2, 1, 64, 100])
    """
    quickshift = SegmentationAlgorithm(
        "quickshift", kernel_size=4, max_dist=200, ratio=0.2, random_seed=seed
    )
    pictures = [gray2rgb(clip[0].double().numpy()) for clip in values]
    return torch.stack([torch.from_numpy(quickshift(picture)).long()[None] for picture in pictures])


def grid(values: Tensor, bands: int = 8, frames: int = 16) -> Tensor:
    """Rectangular segments of so many bands and frames, shape (batch, 1, frequency, time), numbered
    from 0.

    Source: the time-frequency grid of SLIME (Mishra et al. 2017). Notebook: 03.

    Examples
    --------
    >>> grid(torch.zeros(1, 1, 4, 8), bands=2, frames=4).unique().tolist()
    [0, 1, 2, 3]
    """
    rows = torch.arange(values.shape[2]) // bands
    columns = torch.arange(values.shape[3]) // frames
    return (rows[:, None] * (int(columns[-1]) + 1) + columns).expand(len(values), 1, -1, -1)


def perturb(
    values: Tensor, segments: Tensor, kept: Tensor, fill: Literal["mean"] | float = "mean"
) -> Tensor:
    """Copies of one clip in which some segments are kept and the others replaced.

    Parameters
    ----------
    values : Tensor, shape (1, 1, frequency, time)
    segments : Tensor of int, same shape
        The lowest number names the first column of `kept`, and so on.
    kept : Tensor, shape (copies, segments), of bool or of ones and zeros
    fill : "mean" or float, default "mean"
        What replaces a segment: its own mean, as in lime, or a level, such as -100 (silence, in
        decibels).

    Returns
    -------
    Tensor, shape (copies, 1, frequency, time)

    Raises
    ------
    ValueError
        If `kept` does not have a column for each segment.

    Notebook: 03.

    Examples
    --------
    >>> clip = torch.zeros(1, 1, 4, 8)
    >>> parts = grid(clip, bands=2, frames=4)
    >>> without_the_first = perturb(clip, parts, torch.tensor([[0, 1, 1, 1]]), fill=-100.0)
    >>> without_the_first[0, 0, :, 0].tolist()  # the first column: a part that is gone, and one that stayed
    [-100.0, -100.0, 0.0, 0.0]
    """
    mine, replaced = replaced_everywhere(values, segments, fill)
    if kept.shape[1:] != (int(mine.max()) + 1,):
        raise ValueError(
            f"kept has a column for each of {int(mine.max()) + 1} segments, not the shape {tuple(kept.shape)}"
        )
    return torch.where(kept[:, mine].bool(), values, replaced)


def replaced_everywhere(
    x: Tensor, segments: Tensor, fill: Literal["mean"] | float
) -> tuple[Tensor, Tensor]:
    """For one clip: each bin's segment, counted from 0, shape (1, frequency, time); and the clip
    with all replaced.
    """
    mine = torch.unique(segments, return_inverse=True)[1].reshape(x.shape[1:])
    if fill != "mean":
        return mine, torch.full_like(x, fill)
    sizes = mine.flatten().bincount()
    sums = torch.zeros(len(sizes), dtype=x.dtype).index_add_(0, mine.flatten(), x.flatten())
    return mine, (sums / sizes)[mine][None]


def one_by_one(segments: Tensor, values: Tensor) -> Iterator[Tensor]:
    if segments.shape != values.shape:
        raise ValueError(
            f"segments have the shape of the values, {tuple(values.shape)}, not {tuple(segments.shape)}"
        )
    return iter(segments)
