"""What is left of the right answers when the bins that a map ranks highest are taken away: beside
other ranks, and with several things put in their place. Taught in notebook 11.

Values are (batch, 1, frequency, time), so that spectrograms and waveforms, one row of samples, are
handled alike.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from ..inputs import as_classes, as_floats, check_like, plain
from ..masks.rules import AXES, top_k
from ..models import evaluating


def right_without(
    network: nn.Module,
    values: Tensor,
    label: Tensor,
    masks: Tensor,
    replacement: Tensor | float,
    batch_size: int = 64,
) -> Tensor:
    """Which clips are still named rightly when the bins of masks are replaced.

    Parameters
    ----------
    network : nn.Module
        From values to outputs, (batch, classes).
    values : Tensor, shape (batch, 1, frequency, time)
    label : Tensor, shape (batch,)
    masks : Tensor, shape (batch, 1, frequency, time)
        1 where something is taken away, see `masks.top_k` and `equally_loud`.
    replacement : float, or Tensor, shape (batch, 1, frequency, time) or one that fits it
        What is put there: silence, `band_background`, `noise_in_bands`, `from_neighbours`.
    batch_size : int, default 64

    Returns
    -------
    Tensor of bool, shape (batch,)

    Source: the manipulation of Becker et al. 2018 (1807.03418), with more than zeros. Notebook: 11.

    Examples
    --------
    >>> loudest_row = nn.Sequential(nn.AvgPool2d((1, 2)), nn.Flatten())
    >>> values = torch.tensor([[[[3.0, 3.0], [1.0, 1.0]]]])
    >>> gone = torch.tensor([[[[1.0, 1.0], [0.0, 0.0]]]])
    >>> right_without(loudest_row, values, torch.tensor([0]), gone, 0.0).tolist()
    [False]
    """
    values, masks = as_floats(values, "values"), as_floats(masks, "masks")
    check_like(masks, "masks", values, "the values")
    changed = torch.where(masks > 0.5, as_floats(replacement, "replacements"), values)
    with evaluating(network):
        outputs = torch.cat([network(part) for part in changed.split(batch_size)])
    return outputs.argmax(dim=1) == as_classes(label, len(values), outputs.shape[1])


def right_curve(
    network: nn.Module,
    values: Tensor,
    label: Tensor,
    order: Tensor,
    shares: Sequence[float],
    replacement: Tensor | float,
) -> Tensor:
    """Which clips are still named rightly as more and more is taken away, what an order ranks
    highest first: bool, shape (shares, batch).

    Parameters
    ----------
    order : Tensor, shape of `values`
        A map, or anything else that ranks bins; of equal ones the first go first.
    shares : sequence of float, each in (0, 1)
    network, values, label, replacement
        See `right_without`.

    Notebook: 11.

    Examples
    --------
    >>> first_or_last = nn.Sequential(nn.Flatten(), nn.Linear(3, 2, bias=False))
    >>> first_or_last[1].weight.data = torch.tensor([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    >>> values = torch.tensor([[[[3.0, 0.0, 2.0]]]])
    >>> right_curve(first_or_last, values, 0, values, [0.33, 0.67], 0.0)[:, 0].tolist()
    [False, True]
    """
    masks = (top_k(order, share) for share in shares)
    found = [right_without(network, values, label, mask, replacement) for mask in masks]
    return torch.stack(found)


def equally_loud(masks: Tensor, loudness: Tensor, seed: int = 0, near: int = 40) -> Tensor:
    """Random masks of as many bins, which are as loud as those of other masks.

    Bins are sorted by loudness and cut into blocks; within each block the mask is shuffled.

    Parameters
    ----------
    masks, loudness : Tensor, shape (batch, 1, frequency, time)
    seed : int, default 0
    near : int, default 40
        Bins in a block.

    Returns
    -------
    Tensor, shape of `masks`

    Notebook: 11.

    Examples
    --------
    >>> loudness = torch.arange(80.0).reshape(1, 1, 8, 10)
    >>> masks = (loudness >= 60).float()
    >>> drawn = equally_loud(masks, loudness)
    >>> drawn.sum().item(), bool((loudness[drawn > 0] >= 40).all())
    (20.0, True)
    """
    masks, loudness = as_floats(masks, "masks"), as_floats(loudness, "loudness")
    check_like(loudness, "loudness", masks, "the masks")
    generator = torch.Generator().manual_seed(seed)
    rows, by_loudness = masks.flatten(1), loudness.flatten(1).argsort(dim=1)
    block = torch.arange(rows.shape[1]) // near
    shuffled = (block + torch.rand(rows.shape, generator=generator)).argsort(dim=1)
    moved = rows.gather(1, by_loudness).gather(1, shuffled)
    return torch.zeros_like(rows).scatter(1, by_loudness, moved).view_as(masks)


def band_background(values: Tensor, quantile: float = 0.15) -> Tensor:
    """What each band shows when little happens, a quantile of it over time: (batch, 1, frequency,
    1).

    Examples
    --------
    >>> band_background(torch.tensor([[[[5.0, 1.0, 1.0, 9.0]]]])).item()
    1.0
    """
    values = as_floats(values, "values", AXES)
    quantile = plain(quantile)
    if not 0 <= quantile <= 1:
        raise ValueError(f"a quantile lies between 0 and 1, not at {quantile}")
    return values.quantile(quantile, dim=3, keepdim=True)


def noise_in_bands(values: Tensor, seed: int = 0) -> Tensor:
    """Noise that has each band's own numbers, shuffled in time.

    Of waveforms, one row, that is white noise: there use `noise_of_same_spectrum`.

    Examples
    --------
    >>> noise_in_bands(torch.tensor([[[[1.0, 2.0, 3.0]]]])).sort().values.tolist()
    [[[[1.0, 2.0, 3.0]]]]
    """
    values = as_floats(values, "values", AXES)
    generator = torch.Generator().manual_seed(seed)
    return values.gather(3, torch.rand(values.shape, generator=generator).argsort(dim=3))


def noise_of_same_spectrum(values: Tensor, seed: int = 0) -> Tensor:
    """Noise of the spectrum that each row has over its whole length: the same magnitudes, phases
    drawn.

    Examples
    --------
    >>> sound = torch.randn(1, 1, 1, 512)
    >>> noise = noise_of_same_spectrum(sound)
    >>> torch.allclose(torch.fft.rfft(noise).abs(), torch.fft.rfft(sound).abs(), atol=1e-3)
    True
    """
    values = as_floats(values, "values", AXES)
    generator = torch.Generator().manual_seed(seed)
    spectrum = torch.fft.rfft(values)
    turn = 2 * torch.pi * torch.rand(spectrum.shape, generator=generator)
    turn[..., [0, -1]] = 0.0  # these are real numbers, of an even length both
    turned = spectrum * torch.polar(torch.ones(()), turn)
    return torch.fft.irfft(turned, n=values.shape[-1])


def from_neighbours(values: Tensor, masks: Tensor) -> Tensor:
    """What straight lines in time make of the bins that masks take away, from the nearest ones that
    stay in the same band; of a band that loses all, nothing is changed.

    Examples
    --------
    >>> values, masks = torch.tensor([[[[1.0, 9.0, 3.0]]]]), torch.tensor([[[[0.0, 1.0, 0.0]]]])
    >>> from_neighbours(values, masks).tolist()
    [[[[1.0, 2.0, 3.0]]]]
    """
    values, masks = (as_floats(values, "values", AXES), as_floats(masks, "masks"))
    check_like(masks, "masks", values, "the values")
    rows = values.reshape(-1, values.shape[3]).numpy().copy()
    time = np.arange(values.shape[3])
    for row, gone in zip(rows, masks.reshape(rows.shape).numpy() > 0.5, strict=True):
        if 0 < gone.sum() < len(gone):
            row[gone] = np.interp(time[gone], time[~gone], row[~gone])
    return torch.from_numpy(rows).view_as(values)
