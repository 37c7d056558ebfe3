"""The classifiers of the course: how they are trained, where their weights lie, and what they are
asked.
"""

import time
from collections.abc import Iterator

import filelock
import torch

from audioxai_lite import attribution, datasets
from audioxai_lite.course.clips import folds, log_mel
from audioxai_lite.course.results import RESULTS
from audioxai_lite.evaluation import localisation
from audioxai_lite.models import checkpoint, training
from audioxai_lite.models.cnn14 import Cnn14, cross_entropy_loss, missingness_loss
from audioxai_lite.published import posthoc_audio
from audioxai_lite.sound import levels

EPOCHS = {"environment": 40, "esc10": 60}  # recordings take longer


def trained_classifiers(data: str, test_fold: int) -> Iterator[tuple[str, Cnn14, float]]:
    """The classifiers of notebook 03, plain and then robust to missingness, as they are shipped,
    with seconds taken.

    Both are one network, which goes on training: copy what is to stay.
    """
    dataset = datasets.load(data)
    selected = {name: dataset.select(fold=chosen) for name, chosen in folds(test_fold).items()}
    part = {
        name: (log_mel(clips), torch.tensor(clips.table["target"].to_list()))
        for name, clips in selected.items()
    }
    torch.manual_seed(0)
    model = Cnn14(len(dataset.classes))
    for kind, loss, peak in (
        ("plain", cross_entropy_loss, 2e-3),
        ("robust", missingness_loss, 1e-3),
    ):
        start = time.monotonic()
        training.fit(
            model,
            loss,
            part["train"],
            part["validation"],
            EPOCHS[data],
            learning_rate=peak,
            progress=False,
        )
        seconds = time.monotonic() - start
        model.load_state_dict(
            {key: value.half() for key, value in model.state_dict().items()}
        )  # as it is shipped
        yield kind, model, seconds


# Every attribution of a classifier. The noise is 5 dB: a twentieth of what lies between silence and
# full scale.
METHODS = {
    "saliency": lambda model, values, target, background: attribution.saliency(
        model, values, target, absolute=False
    ),
    "SmoothGrad": lambda model, values, target, background: attribution.smoothgrad(
        model, values, target, absolute=False, sigma=5.0
    ),
    "integrated gradients": lambda model, values, target, background: (
        attribution.integrated_gradients(model, values, target)
    ),
    "GradientSHAP": lambda model, values, target, background: attribution.gradient_shap(
        model, values, target, background, sigma=5.0
    ),
    "Grad-CAM": lambda model, values, target, background: attribution.grad_cam(
        model, values, target
    ),
    "Grad-CAM, axes as published": lambda model, values, target, background: attribution.grad_cam(
        model, values, target, as_published=True
    ),
    "occlusion": lambda model, values, target, background: attribution.occlusion(
        model, values, target
    ),
    "Deep SHAP": lambda model, values, target, background: attribution.deep_shap(
        model, values, target, background
    ),
    "Deep SHAP, as published": lambda model, values, target, background: (
        posthoc_audio.gradient_at_background(model, values, target, background)
    ),
    "LRP": lambda model, values, target, background: attribution.lrp(model, values, target),
    "LIME, superpixels": lambda model, values, target, background: attribution.lime(
        model, values, target
    ),
    "LIME, grid": lambda model, values, target, background: attribution.lime(
        model, values, target, attribution.grid(values), fill=levels.FLOOR
    ),
    "random": lambda model, values, target, background: localisation.controls(values)["random"],
    "energy": lambda model, values, target, background: localisation.controls(values)["energy"],
}


def shipped_classifiers(data: str) -> Iterator[tuple[str, Cnn14]]:
    for kind in ("plain", "robust"):
        network = Cnn14(10)
        checkpoint.load(network, f"cnn14-{data}-{kind}")
        yield kind, network


TRAINED = RESULTS.parent / "trained"  # networks of the folds that the course does not ship


def fold_classifier(data: str, test_fold: int, kind: str) -> Cnn14:
    """The "plain" or "robust" classifier of notebook 03 that has not met one fold.

    That of fold 5 comes with the course. Others are trained when first asked for, five minutes, and
    kept in data/trained; whoever asks meanwhile, waits.
    """
    network = Cnn14(10)
    if test_fold == 5:
        checkpoint.load(network, f"cnn14-{data}-{kind}")
        return network
    TRAINED.mkdir(parents=True, exist_ok=True)
    named = {kind: f"cnn14-{data}-{kind}-{test_fold}" for kind in ("plain", "robust")}
    with filelock.FileLock(TRAINED / f"{data}-{test_fold}.lock"):
        if not (TRAINED / f"{named['robust']}.json").exists():
            for trained_kind, model, _ in trained_classifiers(data, test_fold):
                command = "python -m audioxai_lite study robustness"
                checkpoint.save(model, named[trained_kind], command, None, {}, TRAINED, half=True)
    checkpoint.load(network, named[kind], TRAINED)
    return network
