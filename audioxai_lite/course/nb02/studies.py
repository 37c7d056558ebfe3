"""Studies of detectors: trained, and scored in every way. Notebook: 02."""

from functools import partial

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from audioxai_lite import detection
from audioxai_lite.course.clips import log_mel
from audioxai_lite.course.detectors import NETWORKS, SHIPPED_SEEDS, auc_rows, scores_by_way, trained
from audioxai_lite.course.studies import settings, study
from audioxai_lite.datasets import machine, planted
from audioxai_lite.models import checkpoint
from audioxai_lite.models.autoencoder import Autoencoder, masked_loss


def _baselines(train: Tensor, values: Tensor, seed: int) -> dict[tuple[str, str], np.ndarray]:
    """Scores of the baselines by (model, score)."""
    statistics = detection.mel_statistics(values)
    fitted = detection.fit_baselines(detection.mel_statistics(train), seed)
    return {(name, "mel statistics"): score(statistics) for name, score in fitted.items()}


@study(
    "detection",
    settings(data_seed=[0, 1], training_seed=[0, 1, 2, 3, 4]),
    ["model", "training_seed", "data_seed", "score", "kind", "auc", "pauc", "low", "high"],
)
def detection_cell(data_seed: int, training_seed: int) -> pd.DataFrame:
    """Train all networks of notebook 02 on one draw of `machine`, and score its test clips in every
    way.
    """
    torch.set_num_threads(1)
    train = log_mel(machine.load("train", normal=400, anomalous=0, seed=data_seed))
    validation = log_mel(machine.load("validation", normal=100, anomalous=0, seed=data_seed))
    test = machine.load("test", seed=data_seed)
    values, labels, kinds = (
        log_mel(test),
        test.table["target"].to_numpy(),
        test.table["kind"].to_numpy(),
    )
    scores = _baselines(train, values, training_seed)
    for name, (make, loss) in NETWORKS.items():
        model = trained(make, loss, train, validation, training_seed)
        mine = scores_by_way(model, values, masked=name == "MAE")
        scores |= {(name, score): numbers for score, numbers in mine.items()}
        if data_seed == 0 and training_seed in SHIPPED_SEEDS:
            auc = {
                f"test AUC, {score}": round(
                    float(detection.roc_table(numbers, labels, resamples=1).loc["all", "auc"]), 4
                )
                for score, numbers in mine.items()
            }
            shipped = f"{name.lower().replace(' ', '-')}-machine-{training_seed}"
            checkpoint.save(
                model, shipped, "python -m audioxai_lite study detection", data_seed, auc
            )
    tables = [
        auc_rows(detection.roc_table(numbers, labels, kinds), model=model, score=score)
        for (model, score), numbers in scores.items()
    ]
    for score in ("mean", "95th percentile"):
        for masked in ("", ", masked"):
            pair = scores["AE", score], scores["MAE", score + masked]
            difference = detection.roc_difference(*pair, labels, kinds).to_frame().T
            tables.append(auc_rows(difference, model="AE − MAE", score=score + masked))
    return pd.concat(tables)


@study(
    "masking",
    settings(patch_size=[2, 4, 8, 16, 32], ratio=[0.3], everywhere=[False], training_seed=[0, 1, 2])
    + settings(patch_size=[4], ratio=[0.15, 0.5, 0.75], everywhere=[False], training_seed=[0, 1, 2])
    + settings(patch_size=[4], ratio=[0.3], everywhere=[True], training_seed=[0, 1, 2]),
    [
        "patch_size",
        "ratio",
        "everywhere",
        "training_seed",
        "score",
        "kind",
        "auc",
        "pauc",
        "low",
        "high",
    ],
)
def masking_cell(
    patch_size: int, ratio: float, everywhere: bool, training_seed: int
) -> pd.DataFrame:
    """Train one masked autoencoder of notebook 02 on square patches, and score the test clips of
    `machine`.
    """
    torch.set_num_threads(1)
    train = log_mel(machine.load("train", normal=400, anomalous=0))
    validation = log_mel(machine.load("validation", normal=100, anomalous=0))
    test = machine.load("test")
    make = partial(Autoencoder, patch_size=(patch_size, patch_size))
    loss = partial(masked_loss, ratio=ratio, everywhere=everywhere)
    model = trained(make, loss, train, validation, training_seed)
    scores = scores_by_way(model, log_mel(test), masked=True)
    return pd.concat(
        auc_rows(detection.roc_table(numbers, test.table["target"]), score=score)
        for score, numbers in scores.items()
    )


@study(
    "planted",
    settings(scene=["rain", "sea_waves"], training_seed=[0, 1, 2]),
    ["scene", "snr", "model", "training_seed", "score", "kind", "auc", "pauc", "low", "high"],
)
def planted_cell(scene: str, training_seed: int) -> pd.DataFrame:
    """Train both autoencoders on real recordings of one scene, and find sounds planted in other
    recordings of it.
    """
    torch.set_num_threads(1)
    train = log_mel(planted.load(scene, "train", normal=400, anomalous=0, seed=training_seed))
    validation = log_mel(
        planted.load(scene, "validation", normal=100, anomalous=0, seed=training_seed)
    )
    models = {
        name: trained(*NETWORKS[name], train, validation, training_seed) for name in ("AE", "MAE")
    }
    tables = []
    for snr in (0, 5, 10):
        test = planted.load(scene, "test", snr=(snr, snr), seed=training_seed)
        values, labels, recordings = log_mel(test), test.table["target"], test.table["src_file"]
        scores = _baselines(train, values, training_seed)
        for name, model in models.items():
            mine = scores_by_way(model, values, masked=name == "MAE")
            scores |= {(name, score): numbers for score, numbers in mine.items()}
        tables += [
            auc_rows(
                detection.roc_table(numbers, labels, groups=recordings),
                snr=snr,
                model=model,
                score=score,
            )
            for (model, score), numbers in scores.items()
        ]
    return pd.concat(tables)
