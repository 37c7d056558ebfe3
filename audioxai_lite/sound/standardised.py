"""A front end in standard deviations from what is usual, as detectors of faults take it. Taught in
notebook 07.
"""

from dataclasses import dataclass

from torch import Tensor, nn

from ..inputs import as_floats
from .spectrogram import LogStft, Spectrogram


@dataclass(frozen=True, eq=False)
class StandardisedSpectrogram(Spectrogram):
    """A `Spectrogram` whose values are (decibels - mean) / scale, band by band.

    Attributes
    ----------
    mean, scale : Tensor, shape (frequency, 1)
        In decibels. For the others see `Spectrogram`; `floor` is silence in these units.
    """

    mean: Tensor
    scale: Tensor

    def decibels(self) -> Tensor:
        """The values in decibels, shape (batch, 1, frequency, time)."""
        return self.values * self.scale + self.mean


class Standardised(nn.Module):
    """A feature in decibels, then each band in standard deviations from its mean: 0 is "as usual".

    Parameters
    ----------
    feature : LogStft or LogMel
    mean, scale : Tensor, shape (frequency,) or (frequency, 1)
        Of each band, in decibels; scales are above 0. A detector keeps its own: `detector.mean`
        and `detector.scale`.

    Called on a waveform (batch, samples) it returns a spectrogram whose values are what
    `Detector.standardise` makes of decibels, and whose floor, shape (frequency, 1), is silence.

    Raises
    ------
    ValueError
        If the feature is in power, there is not one mean and scale a band, or a scale is not
        above 0.

    Notebook: 07.

    Examples
    --------
    >>> import torch
    >>> from audioxai_lite.sound.spectrogram import LogMel
    >>> usual, hiss = LogMel(n_mels=32), torch.randn(1, 16_000)
    >>> decibels = usual(hiss).values
    >>> front_end = Standardised(usual, decibels.mean(dim=(0, 1, 3)), decibels.std(dim=(0, 1, 3)))
    >>> bool(front_end(hiss).values.mean().abs() < 1e-4)
    True
    >>> back = front_end.inverse(front_end(hiss))
    >>> torch.allclose(back, usual.inverse(usual(hiss)), atol=1e-3)
    True
    """

    mean: Tensor
    scale: Tensor

    def __init__(self, feature: LogStft, mean: Tensor, scale: Tensor):
        super().__init__()
        if feature.floor == 0:
            raise ValueError("decibels are standardised, not power: use LogStft or LogMel")
        bands = len(feature.frequencies)
        mean, scale = as_floats(mean, "means"), as_floats(scale, "scales")
        if mean.numel() != bands or scale.numel() != bands:
            numbers = f"{mean.numel()} and {scale.numel()}"
            raise ValueError(f"each of {bands} bands has a mean and a scale, not {numbers}")
        if not (scale > 0).all():
            raise ValueError(f"scales are above 0, not {scale.min():.3g}")
        self.feature = feature
        self.sample_rate, self.n_fft = feature.sample_rate, feature.n_fft
        self.hop_length = feature.hop_length
        self.register_buffer("mean", mean.reshape(bands, 1).clone(), persistent=False)
        self.register_buffer("scale", scale.reshape(bands, 1).clone(), persistent=False)

    @property
    def frequencies(self) -> Tensor:
        """Centre frequency of each band, in hertz."""
        return self.feature.frequencies

    @property
    def floor(self) -> Tensor:
        """Silence in standard deviations from the mean of each band, shape (frequency, 1)."""
        return (self.feature.floor - self.mean) / self.scale

    def forward(self, waveform: Tensor) -> StandardisedSpectrogram:
        spectrogram = self.feature(waveform)
        values = (spectrogram.values - self.mean) / self.scale
        fields = vars(spectrogram) | {"values": values, "floor": self.floor}
        return StandardisedSpectrogram(**fields, mean=self.mean, scale=self.scale)

    def inverse(
        self, spectrogram: StandardisedSpectrogram, griffin_lim_iterations: int | None = None
    ) -> Tensor:
        """From a spectrogram, masked or not, back to a waveform: see `PowerStft.inverse`."""
        decibels = Spectrogram(
            spectrogram.decibels(),
            spectrogram.phase,
            spectrogram.reference,
            self.feature.floor,
            spectrogram.samples,
        )
        return self.feature.inverse(decibels, griffin_lim_iterations)
