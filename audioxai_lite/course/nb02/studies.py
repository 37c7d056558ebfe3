"""Studies of detectors: trained, and scored in every way. Notebook: 02."""

from functools import partial

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from ... import detection
from ...datasets import machine, planted
from ...detection import windows
from ...detection.compact import mahalanobis
from ...models import checkpoint
from ...models.autoencoder import Autoencoder, Detector, masked_loss
from ..clips import log_mel
from ..detectors import (
    FILES,
    NETWORKS,
    SHIPPED_SEEDS,
    detector_scores,
    detector_training_clips,
    trained_detector,
)
from ..results import CHECKPOINTS
from ..studies import study, study_settings

AREAS = ["auc", "pauc", "auc low", "auc high"]

Scores = dict[tuple[str, str], np.ndarray]  # of clips, by model and way to score


def _baseline_scores(train: Tensor, values: Tensor, seed: int) -> Scores:
    statistics = detection.mel_statistics(values)
    fitted = detection.fit_baselines(detection.mel_statistics(train), seed)
    return {(name, "mel statistics"): score(statistics) for name, score in fitted.items()}


def _detector_scores(name: str, model: Detector, values: Tensor) -> Scores:
    ways = detector_scores(model, values, masked=name == "MAE")
    return {(name, way): numbers for way, numbers in ways.items()}


def _ship(name: str, model: Detector, scores: Scores, labels: np.ndarray, seed: int) -> None:
    """Store a detector with the areas that its scores reach."""
    reached = {}
    for (_, way), numbers in scores.items():
        auc = detection.roc_table(numbers, labels, resamples=1).loc["all", "auc"]
        reached[f"test AUC, {way}"] = round(float(auc), 4)
    command = "python -m audioxai_lite study detection"
    checkpoint.save(model, f"{FILES[name]}-{seed}", command, 0, reached, CHECKPOINTS)


@study(
    "detection",
    study_settings(data_seed=[0, 1], training_seed=[0, 1, 2, 3, 4]),
    ["model", "training_seed", "data_seed", "score", "kind", *AREAS],
)
def detection_cell(data_seed: int, training_seed: int) -> pd.DataFrame:
    """Train all networks of notebook 02 on one draw of `machine`, and score its test clips in every
    way.
    """
    torch.set_num_threads(1)
    train = log_mel(machine.load("train", normal=400, anomalous=0, seed=data_seed))
    validation = log_mel(machine.load("validation", normal=100, anomalous=0, seed=data_seed))
    test = machine.load("test", seed=data_seed)
    labels, kinds = test.table["target"].to_numpy(), test.table["kind"].to_numpy()
    values = log_mel(test)
    scores = _baseline_scores(train, values, training_seed)
    for name, (make, loss) in NETWORKS.items():
        model = trained_detector(make, loss, train, validation, training_seed)
        found = _detector_scores(name, model, values)
        scores |= found
        if data_seed == 0 and training_seed in SHIPPED_SEEDS:
            _ship(name, model, found, labels, training_seed)
    tables = [
        detection.roc_table(numbers, labels, kinds).assign(model=scored, score=way)
        for (scored, way), numbers in scores.items()
    ]
    for way in ("mean", "95th percentile"):
        for masked in ("", ", masked"):
            pair = scores["AE", way], scores["MAE", way + masked]
            table = detection.roc_difference(*pair, labels, kinds).to_frame().T
            tables.append(table.assign(model="AE − MAE", score=way + masked))
    return pd.concat(tables).rename_axis("kind").reset_index()


@study(
    "masking",
    study_settings(
        patch_size=[2, 4, 8, 16, 32], ratio=[0.3], everywhere=[False], training_seed=[0, 1, 2]
    )
    + study_settings(
        patch_size=[4], ratio=[0.15, 0.5, 0.75], everywhere=[False], training_seed=[0, 1, 2]
    )
    + study_settings(patch_size=[4], ratio=[0.3], everywhere=[True], training_seed=[0, 1, 2]),
    ["patch_size", "ratio", "everywhere", "training_seed", "score", "kind", *AREAS],
)
def masking_cell(
    patch_size: int, ratio: float, everywhere: bool, training_seed: int
) -> pd.DataFrame:
    """Train one masked autoencoder of notebook 02 on square patches, and score the test clips of
    `machine`.
    """
    torch.set_num_threads(1)
    test = machine.load("test")
    make = partial(Autoencoder, patch_size=(patch_size, patch_size))
    loss = partial(masked_loss, ratio=ratio, everywhere=everywhere)
    model = trained_detector(
        make, loss, *detector_training_clips("machine", training_seed), training_seed
    )
    tables = [
        detection.roc_table(numbers, test.table["target"]).assign(score=way)
        for way, numbers in detector_scores(model, log_mel(test), masked=True).items()
    ]
    return pd.concat(tables).reset_index()


@study(
    "planted",
    study_settings(scene=["rain", "sea_waves"], training_seed=[0, 1, 2]),
    ["scene", "snr", "model", "training_seed", "score", "kind", *AREAS],
)
def planted_cell(scene: str, training_seed: int) -> pd.DataFrame:
    """Train both autoencoders on real recordings of one scene, and find sounds planted in other
    recordings of it.
    """
    torch.set_num_threads(1)
    clips = detector_training_clips(scene, training_seed)
    models = {
        name: trained_detector(*NETWORKS[name], *clips, training_seed) for name in ("AE", "MAE")
    }
    tables = []
    for snr in (0, 5, 10):
        test = planted.load(scene, "test", snr=(snr, snr), seed=training_seed)
        labels, recordings, values = test.table["target"], test.table["src_file"], log_mel(test)
        scores = _baseline_scores(clips[0], values, training_seed)
        for name, model in models.items():
            scores |= _detector_scores(name, model, values)
        for (name, way), numbers in scores.items():
            table = detection.roc_table(numbers, labels, groups=recordings)
            tables.append(table.assign(snr=snr, model=name, score=way))
    return pd.concat(tables).reset_index()


@study(
    "windowed_baselines",
    study_settings(source=["machine", *planted.SCENES], data_seed=[0, 1, 2]),
    ["source", "data_seed", "score", "kind", *AREAS],
)
def windowed_baselines_cell(source: str, data_seed: int) -> pd.DataFrame:
    """The Mahalanobis distance of simple numbers, of whole clips and of half-second windows, where
    the most unusual window makes the score of a clip; three draws of each source of sounds.

    The rule for "the simple baseline beats the networks", fixed on 2026-11-27 (a feasibility study
    on two draws was known): it does on a source where the area of windowed statistics is clearly
    above that of the autoencoder's 95th percentile, in every draw that both have.
    """
    torch.set_num_threads(1)
    if source == "machine":
        train = machine.load("train", normal=400, anomalous=0, seed=data_seed)
        test = machine.load("test", seed=data_seed)
    else:
        train = planted.load(source, "train", normal=400, anomalous=0, seed=data_seed)
        test = planted.load(source, "test", seed=data_seed)
    heard = log_mel(train), log_mel(test)
    usual, statistics = (detection.mel_statistics(values) for values in heard)
    found = {"mel statistics": mahalanobis(usual)(statistics)}
    cut = [windows.windows_of(values) for values in heard]
    ways = {
        "mel statistics, windows": windows.window_statistics,
        "pooled bins": windows.pooled_bins,
    }
    for name, measure in ways.items():
        healthy, tested = (measure(part) for part in cut)
        score = mahalanobis(healthy.reshape(-1, healthy.shape[2]))
        found[name] = windows.highest_of_windows(score, tested)
    labels, groups = test.table["target"].to_numpy(), None
    if source != "machine":
        groups = test.table["src_file"].to_numpy()
    kinds = test.table["kind"].to_numpy()
    return (
        pd.concat(
            detection.roc_table(numbers, labels, kinds, groups=groups).assign(score=name)
            for name, numbers in found.items()
        )
        .rename_axis("kind")
        .reset_index()
    )
