"""Segments of a spectrogram, and copies of a clip without some of them. Taught in notebook 03."""

from typing import Any, Literal

import torch
from torch import Tensor, nn

from ..inputs import as_floats, as_tensor, as_whole, check_like, plain
from ..masks.cells import cell_numbers
from .batches import as_one_clip

Fill = Literal["mean"] | float | Tensor


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
    >>> clip = torch.zeros(1, 1, 64, 100)
    >>> clip[..., 50:] = -80.0  # silent in its second half
    >>> first, second = superpixels(clip)[0, 0].split(50, dim=1)
    >>> set(first.unique().tolist()) & set(second.unique().tolist())  # no segment in both halves
    set()
    """
    values = as_floats(values, "values", "batch, 1, frequency, time").cpu()
    from lime.wrappers.scikit_image import SegmentationAlgorithm
    from skimage.color import gray2rgb

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
    values = as_floats(values, "values", "batch, 1, frequency, time")
    return cell_numbers((bands, frames), values.shape).expand(len(values), 1, -1, -1)


def perturb(values: Tensor, segments: Tensor, kept: Tensor, fill: Fill = "mean") -> Tensor:
    """Copies of one clip in which some segments are kept and the others replaced.

    Parameters
    ----------
    values : Tensor, shape (1, 1, frequency, time)
    segments : Tensor of int, same shape
        The lowest number names the first column of `kept`, and so on.
    kept : Tensor, shape (copies, segments), of bool or of ones and zeros
    fill : "mean", float or Tensor that broadcasts to the clip, default "mean"
        What replaces a segment: its own mean, as in lime, or a level, such as -100 (silence, in
        decibels).

    Returns
    -------
    Tensor, shape (copies, 1, frequency, time)

    Raises
    ------
    ValueError
        If the segments do not have the shape of the values, or `kept` does not have a column for
        each of them.

    Notebook: 03.

    Examples
    --------
    >>> clip = torch.zeros(1, 1, 4, 8)
    >>> parts = grid(clip, bands=2, frames=4)
    >>> without_the_first = perturb(clip, parts, torch.tensor([[0, 1, 1, 1]]), fill=-100.0)
    >>> without_the_first[0, 0, :, 0].tolist()  # one part is gone, one stayed
    [-100.0, -100.0, 0.0, 0.0]
    """
    values = as_floats(values, "values", "1, 1, frequency, time")
    parts, replaced = numbered_and_replaced(values, as_segments(segments, values)[0], fill)
    kept = _ones_and_zeros(kept)
    count, shape = int(parts.max()) + 1, tuple(kept.shape)
    if shape[1:] != (count,):
        raise ValueError(f"kept has a column for each of {count} segments, not the shape {shape}")
    return torch.where(kept.to(values.device).bool()[:, parts], values, replaced)


def as_segments(segments: Any, values: Tensor) -> Tensor:
    """Segments as a tensor beside the values; ValueError if they have another shape.

    Examples
    --------
    >>> as_segments([[[[0, 1]]]], torch.zeros(1, 1, 1, 2)).tolist()
    [[[[0, 1]]]]
    """
    values = as_tensor(values, "values")
    segments = as_whole(segments, "segments").to(values.device)
    check_like(segments, "segments", values, "the values")
    return segments


def numbered_and_replaced(clip: Tensor, segments: Tensor, fill: Fill) -> tuple[Tensor, Tensor]:
    """Each bin's segment, counted from 0, shape (1, frequency, time); and the clip, shape (1, 1,
    frequency, time), with every segment replaced.

    Examples
    --------
    >>> clip = torch.tensor([[[[1.0, 3.0, 8.0]]]])
    >>> numbered_and_replaced(clip, torch.tensor([[[5, 5, 9]]]), "mean")
    (tensor([[[0, 0, 1]]]), tensor([[[[2., 2., 8.]]]]))
    """
    clip, segments = as_floats(clip, "values"), as_whole(segments, "segments")
    parts = torch.unique(segments, return_inverse=True)[1].reshape(clip.shape[1:])
    if isinstance(fill, str) and fill == "mean":
        return parts, segment_means(clip, parts)[parts][None]
    return parts, as_one_clip(fill, clip, "fill")


def segment_means(values: Tensor, parts: Tensor) -> Tensor:
    """The mean of the values in each segment, counted from 0: shape (segments,).

    Examples
    --------
    >>> segment_means(torch.tensor([1.0, 3.0, 8.0]), torch.tensor([0, 0, 1])).tolist()
    [2.0, 8.0]
    """
    values, parts = as_floats(values, "values"), as_whole(parts, "segments")
    sizes = parts.flatten().bincount()
    sums = torch.zeros(len(sizes), dtype=values.dtype, device=values.device)
    return sums.index_add_(0, parts.flatten(), values.flatten()) / sizes


def outputs_without(
    model: nn.Module, clip: Tensor, parts: Tensor, replaced: Tensor, kept: Tensor, batch_size: int
) -> Tensor:
    """A model's outputs for copies of a clip that keep some segments, (copies,) or (copies,
    classes).

    Parameters
    ----------
    model : nn.Module
    clip : Tensor, shape (1, 1, frequency, time)
    parts, replaced
        From `numbered_and_replaced`.
    kept : Tensor, shape (copies, segments), of ones and zeros
    batch_size : int

    Examples
    --------
    >>> clip, parts = torch.tensor([[[[1.0, 2.0]]]]), torch.tensor([[[0, 1]]])
    >>> outputs_without(nn.Flatten(), clip, parts, 0 * clip, torch.tensor([[1, 0], [0, 1]]), 2)
    tensor([[1., 0.],
            [0., 2.]])
    """
    batch_size = plain(batch_size)
    clip, replaced = as_floats(clip, "values"), as_floats(replaced, "values")
    parts, kept = as_whole(parts, "segments"), _ones_and_zeros(kept)
    kept = kept.to(clip.device).bool()
    with torch.no_grad():
        batches = kept.split(batch_size)
        return torch.cat([model(torch.where(rows[:, parts], clip, replaced)) for rows in batches])


def _ones_and_zeros(kept: Any) -> Tensor:
    """What is kept as a tensor of ones and zeros of any type."""
    kept = as_tensor(kept, "kept")
    if not ((kept == 0) | (kept == 1)).all():
        raise ValueError("what is kept is bool, or ones and zeros")
    return kept
