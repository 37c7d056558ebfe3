"""Two small networks for one second of speech: one hears samples, the other sees a spectrogram.
Every step is a module, so that relevance can be handed back through it. Taught in notebook 11.
"""

from torch import nn

SAMPLE_RATE = 8_000  # hertz
WINDOW, HOP = 400, 160  # samples, of the spectrogram: 201 bands, 51 frames a second
MEAN, SCALE = -30.0, 20.0  # decibels, that spectrograms are standardised with
LOUDNESS = 0.03  # of full scale: waveforms are divided by what is usual in speech


def waveform_network(classes: int = 10) -> nn.Sequential:
    """A network from samples at 8 kHz, (batch, samples), to outputs (batch, classes), in the manner
    of AudioNet, at a five-hundredth of its size: four convolutions, the first over 4 ms.

    Source: Becker et al. 2018 (1807.03418), AudioNet; smaller here. Notebook: 11.

    Examples
    --------
    >>> import torch
    >>> network = waveform_network(2)
    >>> network(torch.zeros(3, 8_000)).shape
    torch.Size([3, 2])
    >>> sum(weight.numel() for weight in waveform_network().parameters())
    35130
    """
    return nn.Sequential(
        nn.Unflatten(1, (1, -1)),
        nn.Conv1d(1, 16, 33, stride=4, padding=16),
        nn.ReLU(),
        nn.MaxPool1d(2),
        nn.Conv1d(16, 32, 9, padding=4),
        nn.ReLU(),
        nn.MaxPool1d(4),
        nn.Conv1d(32, 48, 9, padding=4),
        nn.ReLU(),
        nn.MaxPool1d(5),
        nn.Conv1d(48, 64, 5, padding=2),
        nn.ReLU(),
        nn.MaxPool1d(2),
        nn.AdaptiveAvgPool1d(1),
        nn.Flatten(),
        nn.Linear(64, classes),
    )


def spectrogram_network(classes: int = 10) -> nn.Sequential:
    """A network from standardised decibels, (batch, 1, 201, 51), to outputs (batch, classes): four
    convolutions, which keep some of the order of frequencies and none of time.

    Source: Becker et al. 2018 (1807.03418), AlexNet on spectrograms; smaller here. Notebook: 11.

    Examples
    --------
    >>> import torch
    >>> spectrogram_network(2)(torch.zeros(3, 1, 201, 51)).shape
    torch.Size([3, 2])
    >>> sum(weight.numel() for weight in spectrogram_network().parameters())
    13282
    """
    layers: list[nn.Module] = []
    for into, out, pool in ((1, 8, (2, 2)), (8, 16, (2, 2)), (16, 24, (3, 2)), (24, 32, (3, 2))):
        layers += [nn.Conv2d(into, out, 3, padding=1), nn.ReLU(), nn.MaxPool2d(pool)]
    dense = [nn.AdaptiveAvgPool2d((5, 1)), nn.Flatten(), nn.Linear(5 * 32, classes)]
    return nn.Sequential(*layers, *dense)
