"""Networks as a stranger writes them, a forest and a black box, for notebook 14: small, with random
weights, and each with a habit that explanations stumble over.
"""

import numpy as np
import torch
import torchaudio
from torch import Tensor, nn

from ...audio_model import AudioModel
from ...sound.spectrogram import LogMel
from .networks import RATE


class Strange(nn.Module):
    """A network as a stranger writes it: the front end is inside, time comes first, activations are
    functions, and a dict of probabilities comes out.
    """

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.mel = torchaudio.transforms.MelSpectrogram(RATE, 1024, hop_length=256, n_mels=64)
        self.convolution = nn.Conv2d(1, 8, 5, 2)
        self.dense = nn.Linear(8, 3)

    def forward(self, waveforms: Tensor) -> dict[str, Tensor]:
        frames = (self.mel(waveforms) + 1e-6).log().transpose(1, 2)[:, None]
        found = nn.functional.relu(self.convolution(frames / 5 + 1)).amax(dim=(2, 3))
        return {"probs": self.dense(found).softmax(dim=1), "embedding": found}


def strange_model() -> AudioModel:
    """The stranger's network, told which of its outputs is the answer.

    Examples
    --------
    >>> strange_model().probabilities(torch.randn(1, 16_000)).sum().round(decimals=3)
    tensor(1.)
    """
    return AudioModel(Strange().eval(), sample_rate=RATE, output="probs")


class WaveformClassifier(nn.Module):
    """One-dimensional convolutions on samples; every step a module, used once."""

    def __init__(self):
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
            nn.Linear(16, 3),
        )

    def forward(self, waveforms: Tensor) -> Tensor:
        return self.layers(waveforms)


def waveform_model() -> AudioModel:
    """A network on samples.

    Examples
    --------
    >>> waveform_model().time_axis
    2
    """
    network = WaveformClassifier().eval()
    return AudioModel(
        network, sample_rate=RATE, answer="logits", layer=network.layers[5], time_axis=2
    )


class Recurrent(nn.Module):
    """A convolution, an LSTM, and an answer for each frame: (batch, 3, frames)."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.convolution = nn.Conv2d(1, 4, 3, padding=1)
        self.lstm = nn.LSTM(4 * 64, 16, batch_first=True)
        self.dense = nn.Linear(16, 3)

    def forward(self, decibels: Tensor) -> Tensor:
        found = torch.relu(self.convolution((decibels + 50) / 25))
        return self.dense(self.lstm(found.flatten(1, 2).transpose(1, 2))[0]).transpose(1, 2)


def recurrent_model() -> AudioModel:
    """A network of frames, reduced by their mean.

    Examples
    --------
    >>> recurrent_model().answer
    'logits'
    """
    network = Recurrent().eval()
    return AudioModel(
        network,
        LogMel(RATE, hop_length=160),
        answer="logits",
        reduce="mean",
        layer=network.convolution,
        time_axis=3,
    )


def black_box_model() -> AudioModel:
    """A function of NumPy arrays: how loud 2 kHz is beside everything else.

    Examples
    --------
    >>> black_box_model().has_gradients
    False
    """

    def brightness(waveforms: np.ndarray) -> np.ndarray:
        power = np.abs(np.fft.rfft(waveforms)) ** 2
        hertz = np.fft.rfftfreq(waveforms.shape[1], 1 / RATE)
        band = (hertz > 1_500) & (hertz < 2_500)
        return np.log10(1e-3 + power[:, band].sum(axis=1) / waveforms.shape[1])

    return AudioModel(brightness, sample_rate=RATE, numpy=True)


def forest_model(seed: int = 0) -> AudioModel:
    """scikit-learn's random forest on the mean level of 16 bands, trained to tell low tones from
    high ones.

    Examples
    --------
    >>> forest_model().classes
    ('low', 'high')
    """
    from sklearn.ensemble import RandomForestClassifier

    feature = LogMel(RATE, n_mels=16, hop_length=512)

    def levels(waveforms: Tensor) -> np.ndarray:
        return feature(torch.as_tensor(waveforms)).values.mean(dim=(1, 3)).numpy()

    random = np.random.default_rng(seed)
    time = np.arange(RATE) / RATE
    hertz = np.concatenate([random.uniform(200, 900, 100), random.uniform(1_500, 5_000, 100)])
    tones = np.sin(2 * np.pi * hertz[:, None] * time) * random.uniform(0.05, 0.5, (200, 1))
    noisy = torch.from_numpy(tones + random.normal(0, 0.01, tones.shape)).float()
    forest = RandomForestClassifier(100, random_state=seed)
    forest.fit(levels(noisy), np.repeat([0, 1], 100))
    return AudioModel(
        lambda waveforms: forest.predict_proba(levels(waveforms)),
        sample_rate=RATE,
        classes=("low", "high"),
        answer="probabilities",
        numpy=True,
    )
