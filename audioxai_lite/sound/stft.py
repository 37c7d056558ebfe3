"""The Fourier transform in short windows, and back: what every spectrogram of the course starts
from. Taught in notebook 01.
"""

from dataclasses import dataclass, replace
from typing import Any

import torch
import torchaudio
from torch import Tensor, nn

from ..inputs import check_finite
from .audio import as_waveform
from .levels import TINY, apply_mask, power_to_decibels


@dataclass(frozen=True, eq=False)
class Spectrogram:
    """What a feature returns: the values a model sees, and what it takes to get back to sound.

    Attributes
    ----------
    values : Tensor, shape (batch, 1, frequency, time)
        Power, or decibels relative to `reference`.
    phase : Tensor, shape (batch, 1, n_fft // 2 + 1, time)
        Of the Fourier transform, in radians.
    reference : Tensor, shape (batch, 1, 1, 1)
        The power that counts as 0 dB.
    floor : float, or Tensor that broadcasts to `values`
        The value that stands for silence: 0 for power, the lowest decibel value otherwise.
    samples : int
        Length of the waveform.
    """

    values: Tensor
    phase: Tensor
    reference: Tensor
    floor: float | Tensor
    samples: int

    def masked(self, mask: Tensor) -> "Spectrogram":
        """Keep what `mask` keeps and move the rest to silence: (values - floor) * mask + floor.

        Multiplying decibels themselves would do something else: 0 dB is loud, not silent.

        Parameters
        ----------
        mask : Tensor, values in [0, 1], broadcastable to `values`
            1 leaves a bin exactly as it is.

        Raises
        ------
        ValueError
            If the mask leaves [0, 1].

        Source: the public code of Pak & Teryokhina 2025. Notebook: 01, "Why multiplying decibels is
        wrong".

        Examples
        --------
        >>> from audioxai_lite.sound.spectrogram import LogStft
        >>> loud = LogStft()(torch.randn(1, 16_000))
        >>> nothing = loud.masked(torch.zeros_like(loud.values))
        >>> nothing.values.unique().tolist()  # the floor, not 0 dB
        [-100.0]
        """
        return replace(self, values=apply_mask(self.values, mask, self.floor)[0])

    def decibels(self) -> Tensor:
        """The values in decibels, shape (batch, 1, frequency, time), whichever the feature's own
        unit is.

        A power spectrogram is bounded at -100 dB; decibel values are returned as they are.
        """
        return power_to_decibels(self.values) if self.floor == 0 else self.values


class PowerStft(nn.Module):
    """Power spectrogram: squared magnitude of the short-time Fourier transform, Hann window,
    centred frames.

    Parameters
    ----------
    sample_rate : int, default 16000
        In hertz. Needed for axes only; the transform itself does not depend on it.
    n_fft : int, default 1024
        Window and transform length, in samples.
    hop_length : int, default 320
        Step between frames, in samples; at most n_fft // 2, or the frames would not cover the
        waveform evenly.

    Called on a waveform (batch, samples), a tensor or array of any type that `audio.as_waveform`
    takes, it returns values (batch, 1, n_fft // 2 + 1, 1 + samples // hop_length): power, at
    least 0.

    Source: Pak & Teryokhina 2025, section II.A. Notebook: 01.

    Examples
    --------
    >>> feature, sound = PowerStft(), torch.randn(1, 16_000)
    >>> torch.allclose(feature.inverse(feature(sound)), sound, atol=1e-4)  # with the saved phase
    True
    """

    window: Tensor
    floor = 0.0

    def __init__(self, sample_rate: int = 16_000, n_fft: int = 1024, hop_length: int = 320):
        super().__init__()
        if not 0 < hop_length <= n_fft // 2:
            raise ValueError(f"hop_length goes from 1 to n_fft // 2, not {hop_length} of {n_fft}")
        self.sample_rate, self.n_fft, self.hop_length = sample_rate, n_fft, hop_length
        self.register_buffer("window", torch.hann_window(n_fft), persistent=False)

    @property
    def frequencies(self) -> Tensor:
        """Centre frequency of each row, in hertz."""
        return torch.linspace(0, self.sample_rate / 2, self.n_fft // 2 + 1)

    def forward(self, waveform: Tensor) -> Spectrogram:
        waveform = as_waveform(waveform, self.window.dtype)
        check_finite(waveform, "waveforms")
        if waveform.ndim != 2 or waveform.shape[-1] <= self.n_fft // 2:
            raise ValueError(
                f"a waveform has the shape (batch, samples) and over {self.n_fft // 2} samples, "
                f"not {tuple(waveform.shape)}"
            )
        spectrum = torch.stft(
            waveform, self.n_fft, self.hop_length, window=self.window, return_complex=True
        )[:, None]
        values, reference = self._from_power(spectrum.real.square() + spectrum.imag.square())
        return Spectrogram(values, spectrum.angle(), reference, self.floor, waveform.shape[-1])

    def inverse(
        self, spectrogram: Spectrogram, griffin_lim_iterations: int | None = None
    ) -> Tensor:
        """From a spectrogram, masked or not, back to a waveform.

        Parameters
        ----------
        spectrogram : Spectrogram
            As `forward` returned it, its values changed perhaps.
        griffin_lim_iterations : int, optional
            Ignore the saved phase and estimate one with this many iterations of Griffin-Lim
            (momentum 0.99, starting from zero phase). By default the saved phase is used.

        Returns
        -------
        Tensor, shape (batch, samples)
        """
        return self.to_waveform(self.to_power(spectrogram), spectrogram, griffin_lim_iterations)

    def to_power(self, spectrogram: Spectrogram) -> Tensor:
        """Power of the Fourier transform, shape (batch, 1, n_fft // 2 + 1, time)."""
        return spectrogram.values

    def to_waveform(
        self, power: Tensor, spectrogram: Spectrogram, griffin_lim_iterations: int | None = None
    ) -> Tensor:
        """The last step of `inverse`: put a phase to the power, transform back, overlap and add."""
        sizes: dict[str, Any] = {"n_fft": self.n_fft, "hop_length": self.hop_length}
        # The slope of a root at zero is infinite, and spoils gradients.
        magnitude = power[:, 0].clamp(min=TINY).sqrt()
        if griffin_lim_iterations is None:
            spectrum = torch.polar(magnitude, spectrogram.phase[:, 0])
            return torch.istft(spectrum, **sizes, window=self.window, length=spectrogram.samples)
        return torchaudio.functional.griffinlim(
            magnitude,
            self.window,
            **sizes,
            win_length=self.n_fft,
            power=1,
            n_iter=griffin_lim_iterations,
            momentum=0.99,
            length=spectrogram.samples,
            rand_init=False,
        )

    def _from_power(self, power: Tensor) -> tuple[Tensor, Tensor]:
        return power, power.new_ones(len(power), 1, 1, 1)
