"""What is heard where gains are zero: from the power of a recording and its gains to a power.

Silence is not always the answer that a model knows best: a hole in time and frequency is a sound of
its own. Each function here takes power, (1, 1, frequency, time), and gains, (batch, 1, frequency,
time), and returns a power that broadcasts to the gains. Taught in notebook 14.
"""

import torch
from torch import Tensor
from torch.nn import functional

from ..inputs import as_numbers
from .levels import TINY


def mean_level(power: Tensor, gains: Tensor) -> Tensor:
    """The mean power of each band over the recording.

    Examples
    --------
    >>> mean_level(torch.tensor([[[[1.0, 3.0]]]]), torch.ones(1, 1, 1, 2)).tolist()
    [[[[2.0, 2.0]]]]
    """
    power = as_numbers(power, "power")
    return power.mean(dim=3, keepdim=True).expand_as(power)


def background_level(power: Tensor, gains: Tensor) -> Tensor:
    """The power that each band has in its quietest tenth: what sounds when nothing happens.

    Examples
    --------
    >>> power = torch.full((1, 1, 1, 100), 2.0)
    >>> power[..., 40:60] = 50.0  # an event
    >>> background_level(power, torch.ones(1, 1, 1, 100)).unique().tolist()
    [2.0]
    """
    power = as_numbers(power, "power")
    # Single frames of noise scatter widely, and their quietest tenth lies 10 dB too low.
    smooth = functional.avg_pool2d(power, (1, 15), 1, (0, 7), count_include_pad=False)
    return smooth.quantile(0.1, dim=3, keepdim=True).expand_as(power)


def inpainted(power: Tensor, gains: Tensor, bands: int = 9, frames: int = 15) -> Tensor:
    """The level of what is kept around each bin, in decibels, weighted by nearness.

    Where nothing is kept within reach, the background's level.

    Parameters
    ----------
    power, gains
        See above.
    bands, frames : int, odd, default 9 and 15
        How far the surroundings reach, in all.

    Examples
    --------
    >>> power, gains = torch.full((1, 1, 9, 31), 2.0), torch.ones(1, 1, 9, 31)
    >>> power[..., 15], gains[..., 15] = 50.0, 0.0  # a click that is taken away
    >>> inpainted(power, gains)[0, 0, 4, 15].round(decimals=3).item()
    2.0
    """
    power, gains = as_numbers(power, "power"), as_numbers(gains, "gains")
    window = torch.hann_window(bands + 2)[1:-1, None] * torch.hann_window(frames + 2)[None, 1:-1]
    weights, margins = window[None, None], (bands // 2, frames // 2)
    levels = power.clamp(min=TINY).log()
    total = functional.conv2d(gains, weights, padding=margins)
    around = functional.conv2d(gains * levels, weights, padding=margins) / total.clamp(min=1e-6)
    nothing = total < 1e-3 * weights.sum()
    return torch.where(nothing, background_level(power, gains), around.exp())
