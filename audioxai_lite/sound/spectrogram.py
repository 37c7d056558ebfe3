"""From a waveform to what a model sees, and back to something that can be heard. Taught in notebook
01.

Three features, each with one step more: `PowerStft`, `LogStft` (in decibels), `LogMel` (mel bands
in decibels). Each is called on a waveform (batch, samples) and returns a `Spectrogram`, which
`inverse` turns back into a waveform.
"""

from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import librosa
import torch
import torchaudio
from torch import Tensor, nn

from audioxai_lite.sound.inversion import Inversion, refine_power
from audioxai_lite.sound.levels import TINY, apply_mask, decibels_to_power, power_to_decibels


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
    floor : float
        The value that stands for silence: 0 for power, the lowest decibel value otherwise.
    samples : int
        Length of the waveform.
    """

    values: Tensor
    phase: Tensor
    reference: Tensor
    floor: float
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
        >>> loud = LogStft()(torch.randn(1, 16_000))
        >>> loud.masked(torch.zeros_like(loud.values)).values.unique().tolist()  # nothing kept: the floor, not 0 dB
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

    Shapes
    ------ waveform (batch, samples) → values (batch, 1, n_fft // 2 + 1, 1 + samples // hop_length),
    power, at least 0.

    Source: Pak & Teryokhina 2025, section II.A. Notebook: 01.

    Examples
    --------
    >>> feature, sound = PowerStft(), torch.randn(1, 16_000)
    >>> spectrogram = feature(sound)
    >>> spectrogram.values.shape
    torch.Size([1, 1, 513, 51])
    >>> torch.allclose(feature.inverse(spectrogram), sound, atol=1e-4)  # with the saved phase
    True
    """

    window: Tensor
    floor = 0.0

    def __init__(self, sample_rate: int = 16_000, n_fft: int = 1024, hop_length: int = 320):
        super().__init__()
        if not 0 < hop_length <= n_fft // 2:
            raise ValueError(
                f"hop_length must lie between 1 and n_fft // 2 = {n_fft // 2}, not {hop_length}"
            )
        self.sample_rate, self.n_fft, self.hop_length = sample_rate, n_fft, hop_length
        self.register_buffer("window", torch.hann_window(n_fft), persistent=False)

    @property
    def frequencies(self) -> Tensor:
        """Centre frequency of each row, in hertz."""
        return torch.linspace(0, self.sample_rate / 2, self.n_fft // 2 + 1)

    def forward(self, waveform: Tensor) -> Spectrogram:
        if waveform.ndim != 2 or waveform.shape[-1] <= self.n_fft // 2:
            shape = tuple(waveform.shape)
            raise ValueError(
                f"a waveform has the shape (batch, samples) and over {self.n_fft // 2} samples, not {shape}"
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
        sizes: dict[str, Any] = {
            "n_fft": self.n_fft,
            "hop_length": self.hop_length,
            "win_length": self.n_fft,
        }
        magnitude = (
            power[:, 0].clamp(min=TINY).sqrt()
        )  # the slope of a root at zero is infinite, and spoils gradients
        if griffin_lim_iterations is None:
            spectrum = torch.polar(magnitude, spectrogram.phase[:, 0])
            return torch.istft(spectrum, **sizes, window=self.window, length=spectrogram.samples)
        return torchaudio.functional.griffinlim(
            magnitude,
            self.window,
            **sizes,
            power=1,
            n_iter=griffin_lim_iterations,
            momentum=0.99,
            length=spectrogram.samples,
            rand_init=False,
        )

    def _from_power(self, power: Tensor) -> tuple[Tensor, Tensor]:
        return power, power.new_ones(len(power), 1, 1, 1)


class LogStft(PowerStft):
    """Power spectrogram in decibels.

    Parameters
    ----------
    sample_rate, n_fft, hop_length
        See `PowerStft`.
    floor : float, default -100
        The lowest decibel value, relative to the reference: it stands for silence. -100 dB is a
        power of 1e-10 at reference 1.
    top_db : float, optional
        Raise everything more than `top_db` below each clip's maximum to that line, as librosa and
        torchaudio can. It cannot be undone: what was raised comes back as a noise bed. None (the
        default) clips nothing.
    reference : float or "max"
        The power that is 0 dB: a number (default 1.0), or each clip's maximum.

    Source: Pak & Teryokhina 2025, section II.A; reference settings in their public code. Notebook:
    01.

    Examples
    --------
    >>> LogStft(reference="max")(torch.randn(1, 16_000)).values.max().item()
    0.0
    """

    def __init__(
        self,
        sample_rate: int = 16_000,
        n_fft: int = 1024,
        hop_length: int = 320,
        floor: float = -100.0,
        top_db: float | None = None,
        reference: float | Literal["max"] = 1.0,
    ):
        super().__init__(sample_rate, n_fft, hop_length)
        if floor >= 0 or (top_db is not None and top_db <= 0):
            raise ValueError(
                f"floor must be below 0 dB and top_db above 0 dB, not {floor} and {top_db}"
            )
        if reference != "max" and not (isinstance(reference, int | float) and reference > 0):
            raise ValueError(f'reference is a power above 0, or "max", not {reference!r}')
        self.floor, self.top_db, self.reference = floor, top_db, reference

    def to_power(self, spectrogram: Spectrogram) -> Tensor:
        return decibels_to_power(spectrogram.values) * spectrogram.reference

    def _from_power(self, power: Tensor) -> tuple[Tensor, Tensor]:
        loudest = power.amax(dim=(-2, -1), keepdim=True)
        reference = (
            loudest.clamp(min=TINY)
            if self.reference == "max"
            else torch.full_like(loudest, self.reference)
        )
        decibels = power_to_decibels(power / reference, self.floor)
        if self.top_db is not None:
            decibels = torch.maximum(
                decibels, decibels.amax(dim=(-2, -1), keepdim=True) - self.top_db
            )
        return decibels, reference


class LogMel(LogStft):
    """Mel spectrogram in decibels: power summed in triangular bands that widen with frequency.

    Parameters
    ----------
    sample_rate, n_fft, hop_length, floor, top_db, reference
        See `LogStft`.
    n_mels : int, default 64
        Number of bands.
    f_min, f_max : float
        Lowest and highest frequency, in hertz; by default 50 and half the sample rate.
    inversion : "ours", "pseudo-inverse", "torchaudio" or "librosa"
        How the bands are undone, an under-determined problem with several usable answers:
        "pseudo-inverse" computes it once per filter bank, multiplies and clamps at zero;
        "ours" refines that start, see `refine_power`;
        "torchaudio" is its `InverseMelScale`, a least-squares solution clamped at zero;
        "librosa" is its `nnls`, non-negative least squares by L-BFGS, accurate and slow.

    Shapes
    ------ waveform (batch, samples) → values (batch, 1, n_mels, 1 + samples // hop_length),
    decibels, at least `floor`.

    Source: Pak & Teryokhina 2025, section II.A (HTK mel scale, no area normalisation, as in their
    code). Notebook: 01.

    Examples
    --------
    >>> feature = LogMel(sample_rate=16_000, n_mels=64)
    >>> feature(torch.randn(1, 16_000)).values.shape
    torch.Size([1, 1, 64, 51])
    """

    filters: Tensor
    pseudo_inverse: Tensor

    def __init__(
        self,
        sample_rate: int = 16_000,
        n_fft: int = 1024,
        hop_length: int = 320,
        n_mels: int = 64,
        f_min: float = 50.0,
        f_max: float | None = None,
        floor: float = -100.0,
        top_db: float | None = None,
        reference: float | Literal["max"] = 1.0,
        inversion: Inversion = "ours",
    ):
        super().__init__(sample_rate, n_fft, hop_length, floor, top_db, reference)
        if inversion not in get_args(Inversion):
            raise ValueError(
                f"inversion is one of {', '.join(get_args(Inversion))}, not {inversion!r}"
            )
        self.n_mels, self.f_min, self.inversion = n_mels, f_min, inversion
        self.f_max = sample_rate / 2 if f_max is None else f_max
        if not 0 <= f_min < self.f_max <= sample_rate / 2:
            raise ValueError(
                f"0 <= f_min < f_max <= {sample_rate / 2} Hz is needed, not {f_min} and {self.f_max}"
            )
        filters = torchaudio.functional.melscale_fbanks(
            n_fft // 2 + 1, f_min, self.f_max, n_mels, sample_rate
        )
        self.register_buffer("filters", filters.T.contiguous(), persistent=False)
        # A loose tolerance: bands that hardly differ would otherwise be separated by amplifying
        # noise.
        self.register_buffer(
            "pseudo_inverse", torch.linalg.pinv(self.filters, rtol=1e-3), persistent=False
        )

    @property
    def frequencies(self) -> Tensor:
        """Centre frequency of each band, in hertz."""
        return torch.from_numpy(
            librosa.mel_frequencies(self.n_mels + 2, fmin=self.f_min, fmax=self.f_max, htk=True)[
                1:-1
            ]
        )

    def to_mel(self, power: Tensor) -> Tensor:
        """Sum power in bands: (batch, 1, n_fft // 2 + 1, time) → (batch, 1, n_mels, time), power."""
        return self.filters @ power

    def to_power(self, spectrogram: Spectrogram) -> Tensor:
        mel = super().to_power(spectrogram)
        if self.inversion == "librosa":
            return torch.from_numpy(librosa.util.nnls(self.filters.numpy(), mel.numpy()))
        if self.inversion == "torchaudio":
            return self._torchaudio_inverse(mel)
        start = (self.pseudo_inverse @ mel).clamp(min=0)
        return (
            start if self.inversion == "pseudo-inverse" else refine_power(start, mel, self.filters)
        )

    def _torchaudio_inverse(self, mel: Tensor) -> Tensor:
        inverse = torchaudio.transforms.InverseMelScale(
            self.n_fft // 2 + 1, self.n_mels, self.sample_rate, self.f_min, self.f_max
        )
        try:
            return inverse(mel)
        except RuntimeError as error:
            remedy = f"use inversion='ours', or fewer than {self.n_mels} bands"
            raise ValueError(
                f"torchaudio cannot invert this filter bank ({error}); {remedy}"
            ) from error

    def _from_power(self, power: Tensor) -> tuple[Tensor, Tensor]:
        return super()._from_power(self.to_mel(power))
