"""One recording on the grid on which a model is explained. Taught in notebook 14."""

from typing import Any

import torch
from torch import Tensor, nn

from .models import evaluating
from .models.level import held, statistics_of
from .sound.gains import SampleGains, SampleGrid, StftGains
from .sound.stft import PowerStft


class Recording(nn.Module):
    """One recording on the grid on which a model is explained, as a module: values of the grid to
    outputs.

    Parameters
    ----------
    model : AudioModel
    waveform : Tensor, shape (1, samples)

    Attributes
    ----------
    values : Tensor, shape (1, 1, frequency, time)
        What the front end gives; gains of one for a model on waveforms.
    silence : float or Tensor that broadcasts
        The value that stands for silence, or for what `fill` puts in a sound's place.
    energy : Tensor, shape of `values`
        Decibels: what is loud, which a map has to beat.
    grid : PowerStft or another front end
        Knows the axes: `frequencies` in hertz, `hop_length` in samples.
    statistics : dict
        Of each `LevelNorm` of the network: held at those of the recording.
    """

    def __init__(self, model: Any, waveform: Tensor):
        super().__init__()
        self.model, self.waveform = model, waveform
        self.played: Any = None
        self.grid: Any = model.front_end or model.grid or PowerStft(model.sample_rate, 1024, 256)
        if model.front_end is None:
            on_samples = isinstance(self.grid, SampleGrid)
            self.played = (
                SampleGains(waveform) if on_samples else StftGains(waveform, self.grid, model.fill)
            )
            self.values, self.energy = self.played.ones, self.played.energy
            self.silence: float | Tensor = 0.0
        else:
            with torch.no_grad():
                self.spectrogram = self.grid(waveform)
            self.values = self.energy = self.spectrogram.values
            self.silence = self.spectrogram.floor if model.silence is None else model.silence
        self.statistics: dict = {}
        self.statistics = statistics_of(model.called, lambda: self.outputs(self.values))

    def forward(self, values: Tensor) -> Tensor:
        with held(self.statistics):
            return self.model(values if self.played is None else self.played(values))

    def outputs(self, values: Tensor, batch_size: int = 16) -> Tensor:
        """The outputs for values of this grid, in evaluation mode and without gradients."""
        with evaluating(self.model.called):
            return torch.cat([self(part) for part in values.split(batch_size)])

    def masked(self, mask: Tensor) -> Tensor:
        """The values with what a mask removes moved to silence, shape of the mask."""
        silence = torch.as_tensor(self.silence, dtype=torch.float32).expand_as(self.values)
        return torch.lerp(silence.expand_as(mask), self.values.expand_as(mask), mask)

    def sound(self, mask: Tensor) -> Tensor:
        """What a mask keeps, as a waveform (1, samples)."""
        with torch.no_grad():
            if self.played is not None:
                return self.played(mask)
            return self.grid.inverse(self.spectrogram.masked(mask))
