"""From a waveform to what a model sees, and back to something that can be heard. Taught in notebook
01.

Three features, each with one step more: `PowerStft`, `LogStft` (in decibels), `LogMel` (mel bands
in decibels). Each is called on a waveform (batch, samples) and returns a `Spectrogram`, which
`inverse` turns back into a waveform.
"""

from typing import get_args

import librosa
import torch
import torchaudio
from torch import Tensor

from .inversion import Inversion, clamped_power, librosa_power, refine_power, torchaudio_power
from .levels import FLOOR, decibels_to_power, power_to_decibels
from .stft import PowerStft, Spectrogram

__all__ = ["LogMel", "LogStft", "PowerStft", "Spectrogram"]


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
    reference : float, default 1.0
        The power that is 0 dB.

    Source: Pak & Teryokhina 2025, section II.A; reference settings in their public code. Notebook:
    01.

    Examples
    --------
    >>> tone = torch.sin(torch.arange(16_000.0))[None]
    >>> louder = LogStft()(10 * tone).values.max() - LogStft()(tone).values.max()
    >>> round(louder.item(), 3)  # ten times the amplitude
    20.0
    """

    def __init__(
        self,
        sample_rate: int = 16_000,
        n_fft: int = 1024,
        hop_length: int = 320,
        floor: float = FLOOR,
        top_db: float | None = None,
        reference: float = 1.0,
    ):
        super().__init__(sample_rate, n_fft, hop_length)
        if floor >= 0 or (top_db is not None and top_db <= 0):
            raise ValueError(f"floor lies below 0 dB, top_db above, not at {floor} and {top_db}")
        if not (isinstance(reference, int | float) and reference > 0):
            raise ValueError(f"reference is a power above 0, not {reference!r}")
        self.floor, self.top_db, self.reference = floor, top_db, reference

    def to_power(self, spectrogram: Spectrogram) -> Tensor:
        return decibels_to_power(spectrogram.values) * spectrogram.reference

    def _from_power(self, power: Tensor) -> tuple[Tensor, Tensor]:
        reference = power.new_full((len(power), 1, 1, 1), self.reference)
        decibels = power_to_decibels(power / reference, self.floor)
        if self.top_db is not None:
            loudest = decibels.amax(dim=(-2, -1), keepdim=True)
            decibels = torch.maximum(decibels, loudest - self.top_db)
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
        How the bands are undone, an under-determined problem with several usable answers: see
        `inversion.clamped_power` (of a pseudo-inverse computed once), `refine_power` (what is
        "ours", from that start), `torchaudio_power` and `librosa_power`.

    Called on a waveform (batch, samples), see `PowerStft`, it returns values (batch, 1, n_mels,
    1 + samples // hop_length): decibels, at least `floor`.

    Source: Pak & Teryokhina 2025, section II.A (HTK mel scale, no area normalisation, as in their
    code). Notebook: 01.

    Examples
    --------
    >>> feature = LogMel(sample_rate=16_000, n_mels=64)
    >>> tone = torch.sin(2 * torch.pi * 1_000 * torch.arange(16_000) / 16_000)[None]
    >>> loudest = feature(tone).values.mean(dim=3).argmax()
    >>> 950 < feature.frequencies[loudest] < 1_050
    tensor(True)
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
        floor: float = FLOOR,
        top_db: float | None = None,
        reference: float = 1.0,
        inversion: Inversion = "ours",
    ):
        super().__init__(sample_rate, n_fft, hop_length, floor, top_db, reference)
        if inversion not in get_args(Inversion):
            ways = ", ".join(get_args(Inversion))
            raise ValueError(f"inversion is one of {ways}, not {inversion!r}")
        self.n_mels, self.f_min, self.inversion = n_mels, f_min, inversion
        self.f_max = sample_rate / 2 if f_max is None else f_max
        if not 0 <= f_min < self.f_max <= sample_rate / 2:
            limits = f"0 <= f_min < f_max <= {sample_rate / 2} Hz is needed"
            raise ValueError(f"{limits}, not {f_min} and {self.f_max}")
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
        edges = librosa.mel_frequencies(self.n_mels + 2, fmin=self.f_min, fmax=self.f_max, htk=True)
        return torch.from_numpy(edges[1:-1])

    def to_mel(self, power: Tensor) -> Tensor:
        """Power in bands: (batch, 1, n_fft // 2 + 1, time) → (batch, 1, n_mels, time)."""
        return self.filters @ power

    def to_power(self, spectrogram: Spectrogram) -> Tensor:
        mel = super().to_power(spectrogram)
        if self.inversion == "librosa":
            return librosa_power(mel, self.filters)
        if self.inversion == "torchaudio":
            bins = self.n_fft // 2 + 1
            return torchaudio_power(mel, bins, self.sample_rate, self.f_min, self.f_max)
        start = clamped_power(mel, self.pseudo_inverse)
        if self.inversion == "pseudo-inverse":
            return start
        return refine_power(start, mel, self.filters)

    def _from_power(self, power: Tensor) -> tuple[Tensor, Tensor]:
        return super()._from_power(self.to_mel(power))
