"""Changes of a sound that stay within a limit whatever numbers they are made from: under what the
sound masks, or below a level. Taught in notebook 10.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from ..inputs import as_numbers, check_finite
from .audio import as_waveform
from .hearing import FRAME, FULL_SCALE, band_of_bins, masking_threshold, noise_to_mask
from .levels import TINY

MARGIN = 3.0  # decibels under the threshold
NEAR = (3, 3)  # bands and frames that a bin of the transform reaches
ROUNDS = 30  # of turning down bands, and as many of turning down frames


@dataclass
class UnderTheMask:
    """Changes that a sound hides: see `under_the_mask`.

    Attributes
    ----------
    waveform : Tensor, shape (batch, samples)
    sample_rate : int
    room : Tensor, shape (batch, bins, frames)
        The largest magnitude of every bin of the change's Fourier transform.
    margin : float
    """

    waveform: Tensor
    sample_rate: int
    room: Tensor
    margin: float

    def start(self) -> Tensor:
        """The free numbers of no change: zeros of shape (batch, 2, bins, frames)."""
        return torch.zeros(len(self.room), 2, *self.room.shape[1:])

    def change(self, free: Tensor, tight: bool = False) -> Tensor:
        """The change, (batch, samples), that free numbers make: real and imaginary parts, brought
        below a magnitude of 1 and laid into the room. With `tight` what still rises above the
        threshold less half the margin, since frames overlap, is turned down until nothing does:
        band by band, and where that does not help, since one band leaks into another, all bands.
        """
        free = as_numbers(free, "free numbers")
        inside = free / (1 + free.square().sum(dim=1, keepdim=True)).sqrt()
        gains, band = self.room, band_of_bins(self._length(), self.sample_rate)
        change = self._sound(inside, gains)
        if not tight:
            return change
        for turn in range(2 * ROUNDS):
            over = noise_to_mask(change, self.waveform, self.sample_rate) + self.margin / 2
            if over.max() <= 0:
                return change
            if turn >= ROUNDS:
                over = over.amax(dim=1, keepdim=True).expand_as(over)
            over = torch.nn.functional.max_pool2d(
                over.clamp(min=0)[:, None], NEAR, stride=1, padding=(NEAR[0] // 2, NEAR[1] // 2)
            )[:, 0]
            gains = gains * 10 ** (-(over + 0.1 * (over > 0)) / 20)[:, band]
            change = self._sound(inside, gains)
        return change

    def _sound(self, inside: Tensor, gains: Tensor) -> Tensor:
        length = self._length()
        spectrum = torch.complex(inside[:, 0] * gains, inside[:, 1] * gains)
        return torch.istft(
            *(spectrum, length, length // 2),
            window=torch.hann_window(length),
            length=self.waveform.shape[-1],
        )

    def _length(self) -> int:
        """Of the transform, in samples."""
        return 2 * (self.room.shape[1] - 1)


def under_the_mask(
    waveform: Tensor, sample_rate: int = 16_000, margin: float = MARGIN
) -> UnderTheMask:
    """Changes of a sound that stay so many decibels under its masking threshold.

    Parameters
    ----------
    waveform : Tensor, shape (batch, samples)
    sample_rate : int, default 16 000
    margin : float, default 3

    Notebook: 10.

    Examples
    --------
    >>> noise = torch.randn(1, 16_000, generator=torch.Generator().manual_seed(0)) / 10
    >>> hidden = under_the_mask(noise)
    >>> change = hidden.change(torch.randn_like(hidden.start()), tight=True)
    >>> noise_to_mask(change, noise).max().item() < 0
    True
    """
    waveform = as_waveform(waveform)
    length = 2 * round(FRAME * sample_rate / 2)
    band = band_of_bins(length, sample_rate)
    threshold = masking_threshold(waveform, sample_rate, FULL_SCALE) / band.bincount()[:, None]
    # A sine of amplitude 1 has a power of 1: see `hearing.band_powers`.
    window = torch.hann_window(length).square().sum()
    room = (threshold[:, band] * length * window / 4 * 10 ** (-margin / 10)).sqrt()
    return UnderTheMask(waveform, sample_rate, room, margin)


@dataclass
class LoudnessLimit:
    """Changes below a level: see `loudness_limit`.

    Attributes
    ----------
    size : Tensor, shape (batch, 1)
        Their largest root mean square.
    samples : int
    """

    size: Tensor
    samples: int

    def start(self) -> Tensor:
        """The free numbers of no change: zeros of shape (batch, samples)."""
        return torch.zeros(len(self.size), self.samples)

    def change(self, free: Tensor, tight: bool = False) -> Tensor:
        """The change, (batch, samples): the free numbers, their root mean square brought to 1 where
        it is larger, times the size. It is always tight.
        """
        free = as_numbers(free, "free numbers")
        return self.size * free / free.square().mean(dim=1, keepdim=True).clamp(min=1).sqrt()


def loudness_limit(waveform: Tensor, ratio: float) -> LoudnessLimit:
    """Changes so many decibels softer than each clip, at least, in their mean power.

    Examples
    --------
    >>> limit = loudness_limit(torch.ones(1, 4), 20.0)
    >>> limit.change(torch.full((1, 4), 7.0)).tolist()
    [[0.10000000149011612, 0.10000000149011612, 0.10000000149011612, 0.10000000149011612]]
    """
    waveform = as_waveform(waveform)
    check_finite(waveform, "waveforms")
    power = waveform.square().mean(dim=-1, keepdim=True).clamp(min=TINY)
    return LoudnessLimit(power.sqrt() * 10 ** (-ratio / 20), waveform.shape[-1])
