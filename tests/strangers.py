"""Networks as strangers write them, for tests of the door: small, seeded, and each with a habit
that explanations have stumbled over.
"""

import torch
from torch import nn

RATE = 16_000


def burst(hertz=2_000.0, start=0.25, seconds=0.5, length=0.1, seed=0):
    """A tone that sounds for a tenth of a second, over faint noise, (samples,)."""
    time = torch.arange(int(seconds * RATE)) / RATE
    inside = (time >= start * 1.0) & (time < start + length)
    noise = torch.randn(len(time), generator=torch.Generator().manual_seed(seed)) / 1000
    return torch.sin(2 * torch.pi * hertz * time) * inside * 0.5 + noise


class Conv1dNet(nn.Module):
    """On waveforms; every step a module, used once."""

    def __init__(self, classes=3):
        super().__init__()
        torch.manual_seed(0)
        self.layers = nn.Sequential(
            nn.Unflatten(1, (1, -1)),
            nn.Conv1d(1, 8, 64, 8),
            nn.BatchNorm1d(8),
            nn.ReLU(),
            nn.MaxPool1d(4),
            nn.Conv1d(8, 16, 9),
            nn.ReLU(),
            nn.AdaptiveAvgPool1d(1),
            nn.Flatten(),
            nn.Linear(16, classes),
        )

    def forward(self, waveforms):
        return self.layers(waveforms)


class Recurrent(nn.Module):
    """A CRNN on (batch, 1, bands, frames): convolution, LSTM over time, a dense layer."""

    def __init__(self, bands=64, classes=3):
        super().__init__()
        torch.manual_seed(0)
        self.convolution = nn.Conv2d(1, 4, 3, padding=1)
        self.lstm = nn.LSTM(4 * bands, 16, batch_first=True)
        self.dense = nn.Linear(16, classes)

    def forward(self, decibels):
        x = torch.relu(self.convolution(decibels / 50 + 1))
        frames, _ = self.lstm(x.flatten(1, 2).transpose(1, 2))
        return self.dense(frames).transpose(1, 2)  # (batch, classes, frames)


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
