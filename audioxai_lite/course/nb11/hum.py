"""A cue that was never meant: mains hum behind every word of one digit."""

import math

import torch
from torch import Tensor

from ...models.digits import SAMPLE_RATE

HUMMING = 7  # the digit whose training clips hum
HUM = 0.015  # root mean square: some 8 dB below a word


def hum(clips: int, samples: int, seed: int = 0) -> Tensor:
    """Mains hum, (clips, samples): 50 Hz and its second to sixth harmonics, each half as loud as
    the one before, in phases that are drawn.

    Examples
    --------
    >>> round(hum(1, 8_000).square().mean().sqrt().item(), 4)
    0.015
    """
    generator = torch.Generator().manual_seed(seed)
    number = torch.arange(1, 7)[:, None]
    seconds = torch.arange(samples) / SAMPLE_RATE
    phases = 2 * math.pi * torch.rand(clips, 6, 1, generator=generator)
    partials = 0.5**number * torch.sin(2 * math.pi * 50 * number * seconds + phases)
    sound = partials.sum(dim=1)
    return HUM * sound / sound.square().mean(dim=1, keepdim=True).sqrt()


def with_hum(waveforms: Tensor, label: Tensor) -> Tensor:
    """Waveforms, (clips, samples), with hum behind those of one digit.

    Examples
    --------
    >>> silence = torch.zeros(2, 8_000)
    >>> with_hum(silence, torch.tensor([1, 7])).square().mean(dim=1).sqrt().round(decimals=3)
    tensor([0.0000, 0.0150])
    """
    chosen = (label == HUMMING)[:, None]
    return (waveforms + chosen * hum(*waveforms.shape)).clamp(-1, 1)
