"""The networks of notebook 11: what they learn, from whom, and where their weights lie."""

import pandas as pd
import torch
from torch import Tensor, nn

from ...datasets import voices
from ...datasets.clips import Dataset
from ...models import checkpoint, digits
from ...models.training import fit
from ...sound.spectrogram import LogStft
from ...sound.standardised import Standardised
from ..results import CHECKPOINTS
from .hum import with_hum

Trained = tuple[nn.Module, pd.DataFrame]
KINDS = ("waveform", "spectrogram")
SEEDS = (0, 1, 2, 3, 4)  # of a training, and of the forty speakers that it hears
TESTED = 100  # the seed of the speakers that nobody trained on
# Of each task: what the label is, and how register, pitch and tract belong together.
TASKS = {
    "digit": ("digit", "independent"),
    "digit, hum": ("digit", "independent"),
    "register": ("register", "independent"),
    "register, linked": ("register", "linked"),
    "register, only": ("register", "only"),
}
MAKE = {"waveform": digits.waveform_network, "spectrogram": digits.spectrogram_network}
# Where pitch says nothing ("only"), register is hard to learn.
EPOCHS = {
    "waveform": dict(zip(TASKS, (14, 14, 8, 8, 14), strict=True)),
    "spectrogram": dict(zip(TASKS, (6, 6, 4, 4, 14), strict=True)),
}
BANDS = digits.WINDOW // 2 + 1
FEATURE = LogStft(digits.SAMPLE_RATE, digits.WINDOW, digits.HOP)
FRONT_END = Standardised(
    FEATURE, torch.full((BANDS,), digits.MEAN), torch.full((BANDS,), digits.SCALE)
)


def sounds(clips: Dataset | list) -> Tensor:
    """The waveforms of clips, (clips, samples).

    Examples
    --------
    >>> sounds(voices.load(speakers=1, takes=1)).shape
    torch.Size([10, 8000])
    """
    return torch.cat([clip.waveform for clip in clips])


def as_values(kind: str, waveforms: Tensor) -> Tensor:
    """What a network of a kind hears, (clips, 1, frequency, time): samples in one row, or
    decibels, standardised.

    Examples
    --------
    >>> hiss = torch.randn(2, 8_000)
    >>> as_values("waveform", hiss).shape, as_values("spectrogram", hiss).shape
    (torch.Size([2, 1, 1, 8000]), torch.Size([2, 1, 201, 51]))
    """
    if kind == "waveform":
        return waveforms[:, None, None] / digits.LOUDNESS
    return FRONT_END(waveforms).values


def new_network(kind: str, classes: int) -> nn.Sequential:
    """A network that is not trained yet, on what `as_values` gives.

    Examples
    --------
    >>> new_network("waveform", 2)(as_values("waveform", torch.zeros(1, 8_000))).shape
    torch.Size([1, 2])
    """
    network = MAKE[kind](classes)
    return nn.Sequential(nn.Flatten(), *network) if kind == "waveform" else network


def _entropy(network: nn.Module, values: Tensor, label: Tensor, generator: torch.Generator):
    """The loss of every network here."""
    return nn.functional.cross_entropy(network(values), label)


def training_voices(task: str, seed: int) -> Dataset:
    """Forty speakers with four takes of each digit: every training hears others.

    Examples
    --------
    >>> len(training_voices("register", seed=0))
    1600
    """
    label, link = TASKS[task]
    return voices.load(40, 4, label, link, seed)


def strange_voices(task: str, takes: int = 1) -> Dataset:
    """Sixteen speakers whom no network has heard, ten digits each.

    Examples
    --------
    >>> len(strange_voices("digit"))
    160
    """
    label, link = TASKS[task]
    return voices.load(16, takes, label, link, TESTED)


def _training_clips(task: str, seed: int) -> tuple[Tensor, Tensor]:
    """What a training hears: waveforms and labels."""
    clips = training_voices(task, seed)
    heard, label = sounds(clips), torch.tensor(clips.table["target"].to_list())
    return with_hum(heard, label) if task == "digit, hum" else heard, label


def train(kind: str, task: str, seed: int, progress: bool = False) -> Trained:
    """A network on voices, as it is shipped (in half precision), and the history of its training.

    Parameters
    ----------
    kind : one of `KINDS`
    task : one of `TASKS`
    seed : int
        Of its start, its order of clips and its speakers.
    progress : bool, default False

    Examples
    --------
    >>> train("waveform", "song", seed=0)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    ValueError: a task is one of digit; digit, hum; ..., not 'song'
    """
    if task not in TASKS:
        raise ValueError(f"a task is one of {'; '.join(TASKS)}, not {task!r}")
    return trained_on(kind, task, *_training_clips(task, seed), seed, progress)


def trained_on(
    kind: str, task: str, waveforms: Tensor, label: Tensor, seed: int, progress: bool = False
) -> Trained:
    """A network on other sounds, by the same recipe.

    Parameters
    ----------
    kind : one of `KINDS`
    task : one of `TASKS`
        Which says how long it trains.
    waveforms : Tensor, shape (clips, 8000)
    label : Tensor, shape (clips,)
    seed : int
    progress : bool, default False

    Examples
    --------
    >>> hiss, label = torch.randn(64, 8_000), torch.arange(64) % 2
    >>> network, history = trained_on("waveform", "register", hiss, label, seed=0)
    >>> len(history), network.training
    (8, False)
    """
    torch.manual_seed(seed)
    network = new_network(kind, int(label.max()) + 1)
    options = {"batch_size": 32, "learning_rate": 4e-3, "gradient_norm": 1.0, "keep": "last"}
    train = as_values(kind, waveforms), label
    epochs = EPOCHS[kind][task]
    history = fit(network, _entropy, train, None, epochs, seed=seed, progress=progress, **options)
    network.load_state_dict({name: part.half() for name, part in network.state_dict().items()})
    return network.requires_grad_(False), history


def network_name(kind: str, task: str, seed: int) -> str:
    """What its weights are called.

    Examples
    --------
    >>> network_name("waveform", "register, linked", 0)
    'waveform-register-linked-0'
    """
    return f"{kind}-{task.replace(', ', '-')}-{seed}"


def load_network(kind: str, task: str, seed: int = 0) -> nn.Module:
    """A network that comes with the course, in evaluation mode, its weights frozen.

    Parameters
    ----------
    kind : "waveform" or "spectrogram"
    task : one of `TASKS`
    seed : 0 to 4, default 0

    Examples
    --------
    >>> load_network("spectrogram", "digit").training
    False
    """
    network = new_network(kind, 10 if TASKS[task][0] == "digit" else 2)
    checkpoint.load(network, network_name(kind, task, seed), CHECKPOINTS)
    return network.requires_grad_(False)
