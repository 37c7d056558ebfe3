"""The detectors of the course: how they are trained, where their weights lie, how they are scored
and explained.
"""

from collections.abc import Callable, Collection
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn

from .. import detection
from ..audio_model import AudioModel
from ..datasets import Dataset, machine, planted
from ..detection.scores import ScoreFunction
from ..evaluation import faithfulness
from ..models import autoencoder, checkpoint, training
from ..models.autoencoder import Autoencoder, DenseAutoencoder, Detector
from ..published import faithful_ad
from ..sound.spectrogram import LogMel
from ..sound.standardised import Standardised
from .clips import log_mel
from .results import CHECKPOINTS

SHIPPED_SEEDS = (0, 1, 2)  # of training, whose detectors come with the course

# Each network with the loss that it learns from, and what its files in data/checkpoints are called
# before the seed.
NETWORKS: dict[str, tuple[Callable[[], Detector], training.Loss]] = {
    "AE": (Autoencoder, autoencoder.reconstruction_loss),
    "MAE": (Autoencoder, autoencoder.masked_loss),
    "dense AE": (DenseAutoencoder, autoencoder.reconstruction_loss),
}
FILES = {"AE": "ae-machine", "MAE": "mae-machine", "dense AE": "dense-ae-machine"}


def load_detector(name: str, seed: int) -> Detector:
    """A detector of `machine` that comes with the course, in evaluation mode.

    Parameters
    ----------
    name : "AE", "MAE" or "dense AE"
    seed : one of `SHIPPED_SEEDS`
        Of its training.

    Examples
    --------
    >>> load_detector("MAE", seed=1).training
    False
    """
    network = NETWORKS[name][0]()
    checkpoint.load(network, f"{FILES[name]}-{seed}", CHECKPOINTS)
    return network.requires_grad_(False)


def score_model(detector: Autoencoder, score: ScoreFunction = detection.mean_score) -> AudioModel:
    """A detector's score as a model that can be explained, on standardised clips: 0 is "as usual",
    a natural baseline.

    Parameters
    ----------
    detector : Autoencoder
    score : callable, errors (batch, 1, frequency, time) -> (batch,)

    Notebook: 07.

    Examples
    --------
    >>> detector, decibels = load_detector("AE", seed=0), torch.zeros(1, 1, 64, 200)
    >>> score = score_model(detector)(detector.standardise(decibels))
    >>> torch.equal(score, detection.mean_score(detector.errors(decibels)))
    True
    """
    encoder = [part for part in detector.down.modules() if isinstance(part, nn.Conv2d)]
    return AudioModel(
        autoencoder.ReconstructionErrors(detector),
        Standardised(LogMel(), detector.mean, detector.scale),
        output=score,
        answer="score",
        layer=encoder[-1],
        time_axis=3,
        silence=0.0,
    )


def trained_detector(make, loss, train: Tensor, validation: Tensor, seed: int) -> Detector:
    """A detector by the recipe of notebook 02.

    Parameters
    ----------
    make : callable () -> Detector
    loss : callable (model, values) -> Tensor
    train, validation : Tensor, shape (clips, 1, 64, time)
        Decibels of normal clips.
    seed : int
        Of the first weights and of the order of the clips.

    Examples
    --------
    >>> clips = torch.randn(8, 1, 64, 40) - 50
    >>> detector = trained_detector(*NETWORKS["dense AE"], clips, clips, seed=0)
    >>> round(detector.mean.mean().item())  # its zero is what is usual
    -50
    """
    torch.manual_seed(seed)
    model = make()
    model.fit_scale(train)
    training.fit(model, loss, (train,), (validation,), seed=seed, progress=False)
    return model


def detector_training_clips(source: str, seed: int) -> tuple[Tensor, Tensor]:
    """Decibels of normal clips to train and to validate a detector on.

    For "machine" the draw that the course ships, for "rain" or "sea_waves" one by the seed.

    Examples
    --------
    >>> detector_training_clips("tides", seed=0)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    ValueError: ...
    """
    load = machine.load if source == "machine" else partial(planted.load, source, seed=seed)
    train = load(split="train", normal=400, anomalous=0)
    return log_mel(train), log_mel(load(split="validation", normal=100, anomalous=0))


def detector_test_clips(source: str, seed: int) -> Dataset:
    """Normal and faulty clips that no detector has met; sources as in `detector_training_clips`.

    Examples
    --------
    >>> len(detector_test_clips("machine", seed=0))
    202
    """
    return machine.load("test") if source == "machine" else planted.load(source, "test", seed=seed)


def detector_of(name: str, source: str, seed: int) -> Detector:
    """The detector of a source of sounds: shipped with the course, or else trained here, for
    minutes. Notebook: 07.

    Examples
    --------
    >>> shipped = load_detector("AE", seed=0)
    >>> torch.equal(detector_of("AE", "machine", seed=0).mean, shipped.mean)
    True
    """
    if source == "machine" and seed in SHIPPED_SEEDS:
        return load_detector(name, seed)
    return trained_detector(*NETWORKS[name], *detector_training_clips(source, seed), seed)


def frozen_detectors(source: str, seed: int) -> tuple[Detector, Detector]:
    """The autoencoder that is explained, and the masked one that its explanations shall convince.
    Notebook: 08.

    Examples
    --------
    >>> [type(detector).__name__ for detector in frozen_detectors("machine", seed=0)]
    ['Autoencoder', 'Autoencoder']
    """
    return detector_of("AE", source, seed), detector_of("MAE", source, seed)


def detector_scores(model: Detector, values: Tensor, masked: bool) -> dict[str, np.ndarray]:
    """Every way of the course to score clips, by name; those by complementary masks only when asked
    for.

    Examples
    --------
    >>> list(detector_scores(Autoencoder(), torch.randn(1, 1, 64, 200), masked=False))
    ['mean', '95th percentile']
    """
    errors = {"": detection.unmasked_errors}
    if masked:
        errors[", masked"] = detection.masked_errors
    ways = {"mean": detection.mean_score, "95th percentile": detection.percentile_score}
    return {
        name + suffix: detection.score_clips(model, values.split(64), score, error).numpy()
        for suffix, error in errors.items()
        for name, score in ways.items()
    }


def detector_maps_and_curves(
    network: Detector, standardised: Tensor, methods: Collection[str], generator: torch.Generator
) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """What a detector's score is said to rest on, without signs: maps of bins, and their curves
    over time.

    Beside the methods stand two maps that know nothing of the network: "random", and "deviation",
    how unusual each bin is for its band. A random curve is drawn anew, for the mean of a random
    map over its bands is nearly the same everywhere.

    Parameters
    ----------
    network : Detector
    standardised : Tensor, shape (batch, 1, frequency, time)
        From `network.standardise`.
    methods : names of `faithful_ad.METHODS`
    generator : torch.Generator
        Of what is random.

    Returns
    -------
    maps : dict of Tensor, shape of `standardised`
    curves : dict of Tensor, shape (batch, time)

    Examples
    --------
    >>> clip, generator = torch.randn(1, 1, 64, 200), torch.Generator().manual_seed(0)
    >>> untrained = Autoencoder().eval()
    >>> maps, curves = detector_maps_and_curves(untrained, clip, ["error map"], generator)
    >>> list(maps), curves["random"].std().item() > curves["error map"].std().item()
    (['error map', 'random', 'deviation'], True)
    """
    score = score_model(network)
    maps = {name: faithful_ad.METHODS[name](score, standardised).abs() for name in methods}
    maps["random"] = torch.rand(standardised.shape, generator=generator)
    maps["deviation"] = standardised.square()
    curves = {name: faithfulness.time_curve(attribution) for name, attribution in maps.items()}
    curves["random"] = torch.rand(curves["random"].shape, generator=generator)
    return maps, curves
