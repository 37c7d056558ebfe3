"""Networks as strangers write them, for tests of the door: small, seeded, and each with a habit
that explanations have stumbled over.
"""

import torch
from torch import nn

from audioxai_lite.course.nb14.strangers import Recurrent
from audioxai_lite.course.nb14.strangers import WaveformClassifier as Conv1dNet

__all__ = ["RATE", "Conv1dNet", "OwnLevel", "Recurrent", "Remembering", "burst"]

RATE = 16_000


def burst(hertz=2_000.0, start=0.25, seconds=0.5, length=0.1, seed=0):
    """A tone that sounds for a tenth of a second, over faint noise, (samples,)."""
    time = torch.arange(int(seconds * RATE)) / RATE
    inside = (time >= start * 1.0) & (time < start + length)
    noise = torch.randn(len(time), generator=torch.Generator().manual_seed(seed)) / 1000
    return torch.sin(2 * torch.pi * hertz * time) * inside * 0.5 + noise


class OwnLevel(nn.Module):
    """Normalises each recording, so that half as loud is the same, by functions of its own."""

    def __init__(self):
        super().__init__()
        self.inner = Conv1dNet()

    def forward(self, waveforms):
        centred = waveforms - waveforms.mean(dim=1, keepdim=True)
        return self.inner(centred / centred.std(dim=1, keepdim=True).clamp(min=1e-6))


class Remembering(nn.Module):
    """Adds what it heard last."""

    def __init__(self):
        super().__init__()
        self.inner, self.last = Conv1dNet(), None

    def reset(self):
        self.last = None

    def forward(self, waveforms):
        outputs = self.inner(waveforms)
        if self.last is not None and self.last.shape == outputs.shape:
            outputs = outputs + self.last
        self.last = outputs.detach()
        return outputs
