"""The clips that the notebooks and the studies explain."""

from dataclasses import replace
from typing import cast

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from audioxai_lite import datasets
from audioxai_lite.datasets import Clip, Dataset, planted
from audioxai_lite.models.cnn14 import Cnn14
from audioxai_lite.sound.spectrogram import LogMel


def folds(test_fold: int) -> dict[str, list[int]]:
    """The fold before the test fold validates (the fifth before the first), the other three train."""
    validation = (test_fold - 2) % 5 + 1
    return {
        "train": [fold for fold in range(1, 6) if fold not in (test_fold, validation)],
        "validation": [validation],
    }


def explained_clips(data: str) -> Dataset:
    """Clips that no classifier has met, with a truth, by the classes of the classifiers.

    For "environment" its test fold. ESC-10's recordings come without a truth, so for "esc10" sounds
    of its fold 5, planted in faint rain, 20 to 30 dB below them, at the level of its clips.
    Notebook: 03.
    """
    if data == "environment":
        return datasets.load(data).select(fold=5)
    classes = datasets.load(data).classes
    splits = {
        split: planted.load("rain", split, 0, 250, seconds=5.0, snr=(20.0, 30.0))
        for split in planted.SPLITS
    }
    table = pd.concat(
        [dataset.table.assign(split=split) for split, dataset in splits.items()], ignore_index=True
    )
    table = table[table["planted_file"].str.contains("/5-")].sort_values(
        ["kind", "name"], ignore_index=True
    )
    table = table.assign(label=table["kind"], target=table["kind"].map(classes.index), fold=5)

    def make(row: pd.Series) -> Clip:
        clip = splits[row["split"]].make(
            pd.concat([row.drop("target"), pd.Series({"target": 1})])
        )  # anomalous there
        gain = 1 / clip.waveform.abs().max()
        named = {"label": row["label"], "target": int(row["target"]), "fold": 5}
        return replace(
            clip, waveform=clip.waveform * gain, twin=cast(Tensor, clip.twin) * gain, **named
        )

    return Dataset("planted in rain", classes, 16_000, table, make)


def background_clips(data: str, test_fold: int = 5, count: int = 100) -> Tensor:
    """Decibels of a hundred random training clips, or the first few of them: what a sound is
    compared with.

    Notebook: 03.
    """
    training_clips = datasets.load(data).select(fold=folds(test_fold)["train"])
    chosen = np.random.default_rng(0).choice(len(training_clips), 100, replace=False)[:count]
    return torch.cat(
        [LogMel()(training_clips[int(position)].waveform).values for position in chosen]
    )


def explained(data: str, network: Cnn14) -> tuple[Tensor, Tensor, Tensor]:
    """Of `explained_clips`: decibels, truths, and the classes to explain.

    On "environment" the classes are those predicted, and clips whose event lies below the
    background are left out. On "esc10" only clips serve whose planted sound the network names: it
    may as well name the rain. Notebook: 03.
    """
    clips, feature = explained_clips(data), LogMel()
    values, truth = log_mel(clips), torch.cat([clip.truth(feature) for clip in clips])
    with torch.no_grad():
        target = torch.cat([network(batch) for batch in values.split(64)]).argmax(dim=1)
    area = truth.mean(dim=(1, 2, 3))
    kept = (area > 0) & (area < 1)
    if data != "environment":
        kept &= target == torch.tensor(clips.table["target"].to_list())
    return values[kept], truth[kept], target[kept]


def scored_clips(data: str, test_fold: int = 5) -> tuple[Tensor, Tensor | None]:
    """Decibels of forty clips of a fold, four of each class, and their truths where they are known.
    Notebook: 05.
    """
    fold = datasets.load(data).select(fold=test_fold)
    chosen = fold.table.reset_index(drop=True).groupby("target").head(4).index
    clips = [fold[int(position)] for position in chosen]
    values = torch.cat([LogMel()(clip.waveform).values for clip in clips])
    return values, torch.cat([clip.truth(LogMel()) for clip in clips]) if clips[
        0
    ].twin is not None else None


def log_mel(dataset: Dataset) -> Tensor:
    """What the detectors of the course hear: log-mel spectrograms of all clips, (clips, 1, 64,
    time), in decibels.
    """
    feature = LogMel()
    return torch.cat([feature(clip.waveform).values for clip in dataset])
