"""Features of half-second windows, learned or not, and the scores of clips that they give."""

from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor

from ... import detection
from ...detection import compact, windows
from ...models import checkpoint
from ...models.encoder import (
    FRAMES,
    OBJECTIVES,
    ROOM,
    Encoder,
    Trainee,
    simclr_loss_with_shifted,
    views,
)
from ...models.training import fit
from ..results import CHECKPOINTS

STEPS, BATCH = 200, 128
LAYERS = 2  # whose output is scored, too
STAND_INS = "SimCLR with stand-ins"  # windows moved over the bands, to be told apart as well
LOSSES = OBJECTIVES | {STAND_INS: simclr_loss_with_shifted}

Features = dict[
    str, np.ndarray
]  # by name: (windows, numbers) of training, (clips, windows, numbers)
SCORERS: dict[str, Callable[[np.ndarray], compact.Scorer]] = {
    "cosine": compact.cosine_to_nearest,
    "angular": compact.angular_mahalanobis,
    "Mahalanobis": compact.mahalanobis,
}


def trained_encoder(train: Tensor, objective: str, is_compact: bool, seed: int) -> Encoder:
    """An encoder trained for 200 steps on windows of clips, in evaluation mode.

    Parameters
    ----------
    train : Tensor, shape (clips, 1, 64, time)
        Decibels of clips that are taken for healthy.
    objective : one of `OBJECTIVES`, `STAND_INS` or "random"
        "random" is not trained.
    is_compact : bool
    seed : int

    Examples
    --------
    >>> clips = torch.randn(2, 1, 64, 100) - 50
    >>> encoder = trained_encoder(clips, "random", False, seed=0)
    >>> encoder.training, round(encoder.mean.mean().item())
    (False, -50)
    """
    torch.manual_seed(seed)
    encoder = Encoder(train.shape[2])
    encoder.fit_scale(train)
    if objective == "random":
        return encoder.eval()
    cut = windows.windows_of(train, FRAMES + ROOM, windows.STEP).flatten(0, 1)
    model = Trainee(encoder, is_compact)
    epochs = -(-STEPS * BATCH // len(cut))
    options = {"batch_size": BATCH, "learning_rate": 3e-3, "keep": "last", "progress": False}
    fit(model, LOSSES[objective], (cut.contiguous(),), None, epochs, seed=seed, **options)
    return model.encoder.eval()


def encoder_name(is_compact: bool) -> str:
    """What the weights of a shipped encoder are called.

    Examples
    --------
    >>> encoder_name(True)
    'encoder-simsiam-compact-machine-0'
    """
    return f"encoder-simsiam-{'compact' if is_compact else 'plain'}-machine-0"


def load_encoder(is_compact: bool) -> Encoder:
    """An encoder that comes with the course: SimSiam, on draw 0 of the machine, training 0.

    Examples
    --------
    >>> load_encoder(False).training
    False
    """
    encoder = Encoder()
    checkpoint.load(encoder, encoder_name(is_compact), CHECKPOINTS)
    return encoder.requires_grad_(False)


def encoded(encoder: Encoder, values: Tensor, layers: int | None = None) -> np.ndarray:
    """Features of all windows of clips, (clips, windows, numbers).

    Examples
    --------
    >>> encoded(Encoder().eval(), torch.randn(2, 1, 64, 100)).shape
    (2, 5, 64)
    """
    cut = windows.windows_of(values)
    found = [encoder.features(part.contiguous(), layers) for part in cut]
    return torch.stack(found).numpy()


def viewed(encoder: Encoder, values: Tensor, seed: int) -> np.ndarray:
    """Features of one view of every window of clips that leaves room for views, (clips, windows,
    numbers).

    Parameters
    ----------
    encoder : Encoder
    values : Tensor, shape (clips, 1, 64, time)
    seed : int
        Of the views, which are drawn as in training.

    Examples
    --------
    >>> viewed(Encoder().eval(), torch.randn(2, 1, 64, 104), seed=0).shape
    (2, 5, 64)
    """
    generator = torch.Generator().manual_seed(seed)
    cut = windows.windows_of(values, FRAMES + ROOM, windows.STEP)
    found = [encoder.features(views(part.contiguous(), generator)) for part in cut]
    return torch.stack(found).numpy()


def simple_features(values: Tensor) -> dict[str, np.ndarray]:
    """What no network is needed for: statistics of windows, and pooled bins.

    Examples
    --------
    >>> {name: each.shape for name, each in simple_features(torch.randn(1, 1, 64, 48)).items()}
    {'window statistics': (1, 2, 128), 'pooled bins': (1, 2, 1024)}
    """
    cut = windows.windows_of(values)
    return {
        "window statistics": windows.window_statistics(cut),
        "pooled bins": windows.pooled_bins(cut),
    }


def scored(
    healthy: np.ndarray, tested: np.ndarray, names: tuple[str, ...] = tuple(SCORERS)
) -> Iterator[tuple[str, np.ndarray]]:
    """Scores of clips, (clips,), by each scorer: those of their most unusual windows.

    Parameters
    ----------
    healthy, tested : ndarray, shape (clips, windows, numbers)
    names : of `SCORERS`

    Examples
    --------
    >>> usual = np.random.default_rng(0).normal(size=(20, 3, 4)) + 9
    >>> names, scores = zip(*scored(usual, usual[:2]))
    >>> names, scores[0].shape
    (('cosine', 'angular', 'Mahalanobis'), (2,))
    """
    flat = healthy.reshape(-1, healthy.shape[2])
    for name in names:
        yield name, windows.highest_of_windows(SCORERS[name](flat), tested)


def clip_statistics_scores(train: Tensor, values: Tensor) -> np.ndarray:
    """What notebook 02's baseline says of whole clips: the Mahalanobis distance of mel statistics.

    Examples
    --------
    >>> clips = torch.randn(30, 1, 64, 50)
    >>> clip_statistics_scores(clips, clips[:3]).shape
    (3,)
    """
    return compact.mahalanobis(detection.mel_statistics(train))(detection.mel_statistics(values))


def placements(scores: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Of each faulty clip the share of healthy ones that it is above, ties counting half: their
    mean is the area under the ROC curve.

    Parameters
    ----------
    scores : ndarray, shape (clips,)
    labels : ndarray of 0 and 1, shape (clips,)

    Source: Hanley & Hajian-Tilaki 1997. Notebook: 12.

    Examples
    --------
    >>> placements(np.array([1.0, 2.0, 3.0, 2.0]), np.array([0, 0, 1, 1])).tolist()
    [1.0, 0.75]
    """
    healthy, faulty = scores[labels == 0], scores[labels == 1]
    above = (faulty[:, None] > healthy).mean(axis=1)
    return above + (faulty[:, None] == healthy).mean(axis=1) / 2
