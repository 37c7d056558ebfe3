"""The detectors of the course: how they are trained, where their weights lie, and how they are
scored.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from audioxai_lite import detection
from audioxai_lite.course.clips import log_mel
from audioxai_lite.datasets import machine, planted
from audioxai_lite.models import checkpoint, training
from audioxai_lite.models.autoencoder import (
    Autoencoder,
    DenseAutoencoder,
    Detector,
    masked_loss,
    reconstruction_loss,
)

SHIPPED_SEEDS = (0, 1, 2)  # of training, whose detectors come with the course


NETWORKS: dict[str, tuple[Callable[[], Detector], training.Loss]] = {
    "AE": (Autoencoder, reconstruction_loss),
    "MAE": (Autoencoder, masked_loss),
    "dense AE": (DenseAutoencoder, reconstruction_loss),
}


def trained(make, loss, train: Tensor, validation: Tensor, seed: int) -> Detector:
    """A detector by the recipe of notebook 02."""
    torch.manual_seed(seed)
    model = make()
    model.fit_scale(train)
    training.fit(model, loss, (train,), (validation,), seed=seed, progress=False)
    return model


def scores_by_way(model: Detector, values: Tensor, masked: bool) -> dict[str, np.ndarray]:
    """Every way of the course to score clips, by name; those by complementary masks only when asked
    for.
    """
    ways = {"": detection.unmasked_errors} | (
        {", masked": detection.masked_errors} if masked else {}
    )
    scores = {}
    for suffix, errors in ways.items():
        for name, score in {
            "mean": detection.mean_score,
            "95th percentile": detection.percentile_score,
        }.items():
            scores[name + suffix] = detection.score_clips(
                model, values.split(64), score, errors
            ).numpy()
    return scores


def auc_rows(table: pd.DataFrame, **columns) -> pd.DataFrame:
    """A table of `detection.roc_table` in the form of the results."""
    return (
        table.reset_index(names="kind")
        .rename(columns={"auc_low": "low", "auc_high": "high"})[
            ["kind", "auc", "pauc", "low", "high"]
        ]
        .assign(**columns)
    )


def detector_training_data(source: str, seed: int) -> tuple[Tensor, Tensor]:
    """Normal clips to train and to validate a detector on: the draw of `machine` that the course
    ships, or a scene.
    """
    load = machine.load if source == "machine" else partial(planted.load, source, seed=seed)
    return log_mel(load(split="train", normal=400, anomalous=0)), log_mel(
        load(split="validation", normal=100, anomalous=0)
    )


def frozen_detectors(source: str, seed: int) -> tuple[Detector, Detector]:
    """The autoencoder that is explained, and the masked one that its explanations shall convince.
    Notebook: 06.
    """
    pair = []
    for name in ("AE", "MAE"):
        if source == "machine":
            pair.append(NETWORKS[name][0]())
            checkpoint.load(pair[-1], f"{name.lower()}-machine-{seed}")
        else:
            pair.append(trained(*NETWORKS[name], *detector_training_data(source, seed), seed))
    return pair[0], pair[1]
