"""Gains on a recording: ones are the recording, zeros are what is heard where nothing is kept.

A model on waveforms is explained by gains, on the bins of a Fourier transform, on mel bands, or on
the samples themselves: every map is then in time and frequency, and every mask is a sound. Taught
in notebook 14.
"""

from typing import Any

import torch
from torch import Tensor, nn

from ..inputs import as_numbers, check_finite
from .audio import AudioError, as_waveform
from .levels import power_to_decibels
from .stft import PowerStft, Spectrogram


class StftGains(nn.Module):
    """A recording under gains in time and frequency.

    Parameters
    ----------
    waveform : Tensor, shape (1, samples)
    grid : PowerStft or LogMel
        Its rows and frames are those of the gains. Mel bands share each bin of the transform by
        their triangles, scaled to sum to one, so that gains of one are the recording exactly.
    fill : callable, optional
        See `fills`: from the power spectrogram, and gains, (batch, 1, n_fft // 2 + 1, time), to the
        power of what is heard where gains are zero. By default silence.

    Called on gains, (batch, 1, frequency, time), in [0, 1], it returns waveforms, (batch, samples).

    Raises
    ------
    ValueError
        If the frames overlap by less than three quarters: cells would be heard outside their time.

    Source: near to the virtual inspection layers of Vielhaben et al. 2023 (2303.06365). Notebook:
    14.

    Examples
    --------
    >>> sound = torch.randn(1, 8_000)
    >>> played = StftGains(sound, PowerStft(16_000, hop_length=256))
    >>> torch.allclose(played(torch.ones(1, 1, 513, 32)), sound, atol=1e-5)
    True
    >>> played(torch.zeros(1, 1, 513, 32)).abs().max().item()
    0.0
    """

    def __init__(self, waveform: Tensor, grid: Any, fill: Any = None):
        super().__init__()
        if grid.hop_length > grid.n_fft // 4:
            raise ValueError(
                f"gains need frames that overlap by three quarters: hop_length of at most "
                f"{grid.n_fft // 4}, not {grid.hop_length}"
            )
        self.grid, self.fill = grid, fill
        self.stft = PowerStft(grid.sample_rate, grid.n_fft, grid.hop_length)
        with torch.no_grad():
            self.spectrogram: Spectrogram = self.stft(waveform)
        bands = getattr(grid, "filters", None)
        self.shares = None if bands is None else shares_of_bins(bands)

    @property
    def ones(self) -> Tensor:
        """The gains that are the recording, shape (1, 1, frequency, time)."""
        bins, frames = self.spectrogram.values.shape[2:]
        return torch.ones(1, 1, bins if self.shares is None else len(self.shares), frames)

    @property
    def energy(self) -> Tensor:
        """What is loud, in decibels, on the grid of the gains."""
        power = self.spectrogram.values
        return power_to_decibels(power if self.shares is None else self.shares @ power)

    def forward(self, gains: Tensor) -> Tensor:
        gains = as_numbers(gains, "gains", "batch, 1, frequency, time")
        spectrogram = self.spectrogram
        gains = gains if self.shares is None else self.shares.T @ gains
        amplitude = gains * spectrogram.values.sqrt()
        if self.fill is not None:
            amplitude = amplitude + (1 - gains) * self.fill(spectrogram.values, gains).sqrt()
        spectrum = torch.polar(torch.ones(()), spectrogram.phase) * amplitude
        return torch.istft(
            spectrum[:, 0],
            self.stft.n_fft,
            self.stft.hop_length,
            window=self.stft.window,
            length=spectrogram.samples,
        )


class SampleGains(nn.Module):
    """A recording under a gain for each sample: the grid of a network that knows no frequencies.

    Parameters
    ----------
    waveform : Tensor, shape (1, samples)

    Called on gains, (batch, 1, 1, samples), it returns waveforms, (batch, samples).

    Notebook: 14.

    Examples
    --------
    >>> played = SampleGains(torch.tensor([[0.5, -0.5]]))
    >>> played(torch.tensor([[[[1.0, 0.0]]]])).tolist()
    [[0.5, -0.0]]
    """

    def __init__(self, waveform: Tensor):
        super().__init__()
        self.waveform = as_waveform(waveform)
        check_finite(self.waveform, "waveforms")

    @property
    def ones(self) -> Tensor:
        """The gains that are the recording, shape (1, 1, 1, samples)."""
        return torch.ones(1, 1, 1, self.waveform.shape[-1])

    @property
    def energy(self) -> Tensor:
        """What is loud, in decibels, sample by sample."""
        return power_to_decibels(self.waveform.square())[None, None]

    def forward(self, gains: Tensor) -> Tensor:
        return as_numbers(gains, "gains", "batch, 1, frequency, time")[:, 0, 0] * self.waveform


class SampleGrid(nn.Module):
    """The axes of gains on samples: one row, a column a sample.

    Parameters
    ----------
    sample_rate : int
        In hertz.

    Examples
    --------
    >>> SampleGrid(16_000).hop_length
    1
    """

    n_fft, hop_length = 1, 1

    def __init__(self, sample_rate: int):
        super().__init__()
        self.sample_rate = sample_rate

    @property
    def frequencies(self) -> Tensor:
        """One row for all of them: half of the highest."""
        return torch.tensor([self.sample_rate / 4])


def shares_of_bins(filters: Tensor) -> Tensor:
    """How the bands share each bin, (bands, bins), every column of sum 1.

    Bins below the first band and above the last belong to these. AudioError if a band holds no bin.

    Notebook: 13.

    Examples
    --------
    >>> shares_of_bins(torch.tensor([[0.0, 1.0, 0.5, 0.0], [0.0, 0.0, 0.5, 0.0]])).tolist()
    [[1.0, 1.0, 0.5, 0.0], [0.0, 0.0, 0.5, 1.0]]
    """
    shares = as_numbers(filters, "filters").clone()
    covered = shares.sum(dim=0).nonzero()[:, 0]
    if len(covered) == 0 or (shares.sum(dim=1) == 0).any():
        raise AudioError(
            "waveform", "some mel bands hold no bin of the transform", "use fewer bands"
        )
    shares[0, : int(covered[0])] = 1
    shares[-1, int(covered[-1]) + 1 :] = 1
    return shares / shares.sum(dim=0)
