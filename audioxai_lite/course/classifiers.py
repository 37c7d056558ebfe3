"""The classifiers of the course: how they are trained, where their weights lie, and what they are
asked.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import filelock
import torch
from torch import Tensor

from .. import attribution, datasets
from ..attribution.relevance import Rule
from ..audio_model import AudioModel
from ..evaluation import localisation
from ..models import checkpoint, training
from ..models.cnn14 import Cnn14, cnn14_with_split_norms, cross_entropy_loss, missingness_loss
from ..published import posthoc_audio
from ..sound import levels
from ..sound.spectrogram import LogMel
from .clips import folds, labelled_clips
from .results import CHECKPOINTS, TRAINED

KINDS = ("plain", "robust")  # the second also learned to answer from clips with holes
EPOCHS = {"environment": 40, "esc10": 60}  # recordings take longer


def trained_classifiers(data: str, test_fold: int) -> Iterator[tuple[str, Cnn14, float]]:
    """The classifiers of notebook 03, plain and then robust to missingness, as they are shipped,
    with seconds taken.

    Both are one network, which goes on training: copy what is to stay. Minutes each.

    Examples
    --------
    >>> next(trained_classifiers("tides", test_fold=5))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    ValueError: there is no data set 'tides'...
    """
    dataset = datasets.load(data)
    train, validation = (
        labelled_clips(dataset.select(fold=fold)) for fold in folds(test_fold).values()
    )
    torch.manual_seed(0)
    model, epochs = Cnn14(len(dataset.classes)), EPOCHS[data]
    losses = {"plain": (cross_entropy_loss, 2e-3), "robust": (missingness_loss, 1e-3)}
    for kind, (loss, rate) in losses.items():
        start = time.monotonic()
        training.fit(model, loss, train, validation, epochs, learning_rate=rate, progress=False)
        seconds = time.monotonic() - start
        halves = {key: value.half() for key, value in model.state_dict().items()}
        model.load_state_dict(halves)  # as it is shipped
        yield kind, model, seconds


def classifier_model(network: Cnn14, classes: Sequence[str] | None = None) -> AudioModel:
    """A Cnn14 of the course as a model that can be explained; its weights are frozen.

    Examples
    --------
    >>> classifier_model(Cnn14(10)).time_axis  # inside, time comes before frequency
    2
    """
    return AudioModel(
        network.eval().requires_grad_(False),
        LogMel(),
        classes=classes,
        answer="logits",
        layer=network.get_submodule("conv_block6.conv2"),
        time_axis=2,
    )


def load_classifier(data: str, kind: str, test_fold: int = 5) -> AudioModel:
    """The "plain" or "robust" classifier of notebook 03 that has not met one fold, in evaluation
    mode.

    That of fold 5 comes with the course. Others are trained when first asked for, five minutes, and
    kept in data/trained; whoever asks meanwhile, waits.

    Examples
    --------
    >>> load_classifier("environment", "robust").network.training
    False
    """
    network, name, folder = Cnn14(10), f"cnn14-{data}-{kind}", CHECKPOINTS
    if test_fold != 5:
        name, folder = f"{name}-{test_fold}", TRAINED
        _train_once(data, test_fold)
    checkpoint.load(network, name, folder)
    return classifier_model(network)


def _train_once(data: str, test_fold: int) -> None:
    """Train and keep the classifiers that have not met a fold, unless somebody did."""
    TRAINED.mkdir(parents=True, exist_ok=True)
    command = "python -m audioxai_lite study robustness"
    with filelock.FileLock(TRAINED / f"{data}-{test_fold}.lock"):
        if not (TRAINED / f"cnn14-{data}-robust-{test_fold}.json").exists():
            for kind, model, _ in trained_classifiers(data, test_fold):
                name = f"cnn14-{data}-{kind}-{test_fold}"
                checkpoint.save(model, name, command, None, {}, TRAINED, half=True)


Method = Callable[[AudioModel, Tensor, Tensor, Tensor], Tensor]  # model, values, target, background


def alone(explain: Callable[..., Tensor], **options) -> Method:
    """A method that compares with no other clips: it is handed a background, and ignores it.

    Examples
    --------
    >>> halved = alone(lambda model, values, target, times: times * values, times=0.5)
    >>> halved(None, torch.ones(2), 0, background=torch.zeros(3, 2))
    tensor([0.5000, 0.5000])
    """
    return lambda model, values, target, background: explain(model, values, target, **options)


def _lime_on_a_grid(model: AudioModel, values: Tensor, target: Tensor) -> Tensor:
    segments = attribution.grid(values)
    return attribution.lime(model, values, target, segments, fill=levels.FLOOR)


def _grad_cam(model: AudioModel, values: Tensor, target: Tensor) -> Tensor:
    return attribution.grad_cam(model, values, target, model.layer, model.time_axis)


def _grad_cam_as_published(model: AudioModel, values: Tensor, target: Tensor) -> Tensor:
    return posthoc_audio.grad_cam(model, values, target, model.layer)


def lrp_of_classifier(
    model: AudioModel, values: Tensor, target: Tensor, rule: Rule = "conserving"
) -> Tensor:
    """LRP of a Cnn14, its batch normalisations folded, the first counting as preprocessing.

    Examples
    --------
    >>> model, values = classifier_model(Cnn14(10)), torch.randn(1, 1, 64, 251)
    >>> (lrp_of_classifier(model, values, 3, "epsilon") != 0).any().item()
    True
    """
    normalise, folded = cnn14_with_split_norms(model.network)
    return attribution.lrp(folded, normalise(values), target, rule)


def _control(name: str, model: AudioModel, values: Tensor, target: Tensor) -> Tensor:
    return localisation.controls(values)[name]


NOISE = 5.0  # decibels: a twentieth of what lies between silence and full scale

# Every attribution of a classifier.
METHODS: dict[str, Method] = {
    "saliency": alone(attribution.saliency, absolute=False),
    "SmoothGrad": alone(attribution.smoothgrad, absolute=False, sigma=NOISE),
    "integrated gradients": alone(attribution.integrated_gradients),
    "GradientSHAP": partial(attribution.gradient_shap, sigma=NOISE),
    "Grad-CAM": alone(_grad_cam),
    "Grad-CAM, axes as published": alone(_grad_cam_as_published),
    "occlusion": alone(attribution.occlusion),
    "Deep SHAP": attribution.deep_shap,
    "Deep SHAP, as published": posthoc_audio.gradient_at_background,
    "LRP": alone(lrp_of_classifier),
    "LIME, superpixels": alone(attribution.lime),
    "LIME, grid": alone(_lime_on_a_grid),
    "random": alone(partial(_control, "random")),
    "energy": alone(partial(_control, "energy")),
}
