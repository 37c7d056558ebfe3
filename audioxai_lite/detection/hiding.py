"""Errors of bins that a detector had to guess, for they were hidden from it. Notebook: 02."""

import math
from typing import Any

import torch
from torch import Tensor, nn

from ..inputs import as_floats
from ..masks.cells import cell_grid_shape, spread
from ..models import evaluating


def complementary_masks(
    shape: tuple[int, ...], patch_size: tuple[int, int], ratio: float, generator: torch.Generator
) -> Tensor:
    """Masks that hide random patches, every patch in exactly one of them.

    Parameters
    ----------
    shape : tuple of int
        Ends with the number of bands and of frames.
    patch_size : (rows, frames)
        The patches are laid from the lowest band and the first frame on; the last ones may be cut
        off.
    ratio : float in (0, 1)
        The largest share of the patches to hide at once. There are ceil(1 / ratio) masks, and all
        hide equally many patches, or one fewer: at 0.3 a quarter each.
    generator : torch.Generator

    Returns
    -------
    Tensor, shape (passes, 1, frequency, time), values 1 (visible) or 0 (hidden)

    Raises
    ------
    ValueError
        If the patch size is not positive, or the ratio is out of range or hides less than one
        patch.

    Notebook: 02, "Scoring as the constructive fix".

    Examples
    --------
    >>> generator = torch.Generator().manual_seed(0)
    >>> masks = complementary_masks((1, 1, 64, 200), (4, 4), 0.25, generator)
    >>> len(masks), (1 - masks).sum(dim=0).unique().tolist()  # each bin is hidden in one of four
    (4, [1.0])
    """
    if not 0 < ratio < 1:
        raise ValueError(f"the ratio of hidden patches lies between 0 and 1, not at {ratio}")
    rows, columns = cell_grid_shape(patch_size, shape)
    passes = math.ceil(1 / ratio)
    if passes > rows * columns:
        raise ValueError(f"a ratio of {ratio} hides none of {rows * columns} patches; raise it")
    hidden_in = torch.randperm(rows * columns, generator=generator).reshape(rows, columns) % passes
    visible = spread(hidden_in, patch_size, shape) != torch.arange(passes)[:, None, None, None]
    return visible.float()


def masked_errors(
    model: nn.Module,
    values: Tensor,
    ratio: float = 0.3,
    repeats: int = 2,
    seed: int = 0,
    batch_size: int = 64,
) -> Tensor:
    """Errors of bins that the model had to guess: each from the pass of `complementary_masks` in
    which it was hidden.

    A masked autoencoder learns to fill in what it cannot see; scored on unmasked input it does what
    it was never trained for, and may simply copy. The masks are the same for all clips, so that a
    clip's score does not depend on the batch it is in. No gradients.

    Parameters
    ----------
    model : nn.Module
        A detector; its `patch_size` is used.
    values : Tensor, shape (batch, 1, frequency, time)
        Decibels.
    ratio : float in (0, 1), default 0.3
        See `complementary_masks`.
    repeats : int, default 2
        Draws of masks to average over; the cost is repeats · ceil(1 / ratio) passes.
    seed : int, default 0
    batch_size : int, default 64
        Clips that pass through the model at once.

    Returns
    -------
    Tensor, shape (batch, 1, frequency, time), at least 0

    Raises
    ------
    ValueError
        If repeats or batch_size is below 1, or the masks cannot be made.

    Source: this course; the masks of He et al. 2022, "Masked autoencoders are scalable vision
    learners", made to cover the clip. Notebook: 02, "Scoring as the constructive fix".

    Examples
    --------
    >>> from audioxai_lite.models.autoencoder import Autoencoder
    >>> detector, values = Autoencoder(), torch.randn(2, 1, 64, 200)
    >>> errors = masked_errors(detector, values, repeats=1)
    >>> torch.allclose(errors[1:], masked_errors(detector, values[1:], repeats=1))  # clip by clip
    True
    """
    if min(repeats, batch_size) < 1:
        raise ValueError(f"repeats and batch_size start from 1, not {repeats} and {batch_size}")
    values = as_floats(values, "values", "batch, 1, frequency, time")
    detector: Any = model  # with `errors`, which not every module has
    generator = torch.Generator().manual_seed(seed)
    patches = (values.shape, detector.patch_size, ratio)
    draws = [complementary_masks(*patches, generator) for _ in range(repeats)]
    masks = torch.cat(draws)[:, None]  # (repeats · passes, 1, 1, frequency, time)
    with evaluating(model):
        parts: list[Any] = [
            sum((1 - mask) * detector.errors(part, mask) for mask in masks)
            for part in values.split(batch_size)
        ]
    return torch.cat(parts) / repeats
