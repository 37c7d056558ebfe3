"""Clips, a classifier and a detector, small enough to be explained by every method."""

import pytest
import torch
from torch import nn

from audioxai_lite.audio_model import AudioModel
from audioxai_lite.detection.scores import mean_score
from audioxai_lite.models.autoencoder import Autoencoder, ReconstructionErrors
from audioxai_lite.models.cnn14 import Cnn14
from audioxai_lite.sound.spectrogram import LogMel

SHAPE = (1, 32, 64)
CLASSES = 4


@pytest.fixture(scope="session")
def values():
    return 10 * torch.randn(3, *SHAPE, generator=torch.Generator().manual_seed(0)) - 50


@pytest.fixture(scope="session")
def background():
    return 10 * torch.randn(12, *SHAPE, generator=torch.Generator().manual_seed(1)) - 60


@pytest.fixture(scope="session")
def classifier(background):
    """Untrained, but with the normalisations at home in the data, and a head that tells the classes
    apart.
    """
    torch.manual_seed(0)
    model = Cnn14(CLASSES, width=0.125, n_mels=32, frames=64)
    with torch.no_grad():
        model.train()
        for _ in range(30):
            model(torch.cat([background, background + 15, background - 30 * (background > -60)]))
        model.output.weight *= 30
    return model.eval()


@pytest.fixture(scope="session")
def score():
    torch.manual_seed(0)
    errors = ReconstructionErrors(Autoencoder(n_mels=32, frames=64)).eval()
    layer = [part for part in errors.detector.down.modules() if isinstance(part, nn.Conv2d)][-1]
    front_end = LogMel(n_mels=32)
    return AudioModel(errors, front_end, output=mean_score, layer=layer, time_axis=3)


class Small(nn.Module):
    """Every layer a module that all methods know; three logits."""

    def __init__(self):
        super().__init__()
        self.conv, self.relu = nn.Conv2d(1, 4, 3), nn.ReLU()
        self.pool, self.flat = nn.AvgPool2d((10, 6)), nn.Flatten()
        self.out = nn.Linear(4 * 3 * 10, 3)

    def forward(self, x):
        return self.out(self.flat(self.pool(self.relu(self.conv(x)))))


@pytest.fixture
def small():
    torch.manual_seed(0)
    return Small().eval()
