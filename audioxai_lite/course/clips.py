"""The clips that the notebooks and the studies explain."""

from collections.abc import Iterable
from dataclasses import replace
from typing import cast

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from .. import datasets
from ..datasets import Clip, Dataset, planted
from ..models.cnn14 import Cnn14
from ..sound.spectrogram import LogMel, LogStft

MEL = LogMel()


def folds(test_fold: int) -> dict[str, list[int]]:
    """The fold before the test fold validates (the fifth before the first), the other three train.

    Examples
    --------
    >>> folds(1)
    {'train': [2, 3, 4], 'validation': [5]}
    """
    validation = (test_fold - 2) % 5 + 1
    training = [fold for fold in range(1, 6) if fold not in (test_fold, validation)]
    return {"train": training, "validation": [validation]}


def decibels(clips: Iterable[Clip], feature: LogStft) -> Tensor:
    """Spectrograms of all clips, (clips, 1, frequency, time), in decibels.

    Examples
    --------
    >>> from audioxai_lite.datasets import machine
    >>> decibels(machine.load("test", normal=1, anomalous=0), LogStft()).shape[2]  # bins
    513
    """
    return torch.cat([feature(clip.waveform).values for clip in clips])


def log_mel(clips: Iterable[Clip]) -> Tensor:
    """What most networks of the course hear: log-mel spectrograms of all clips, (clips, 1, 64,
    time), in decibels.

    Examples
    --------
    >>> from audioxai_lite.datasets import machine
    >>> (log_mel(machine.load("test", normal=1, anomalous=0)) >= -100).all().item()  # the floor
    True
    """
    return decibels(clips, MEL)


def labelled_clips(clips: Dataset, feature: LogStft = MEL) -> tuple[Tensor, Tensor]:
    """Decibels of all clips, and their classes, (clips,).

    Examples
    --------
    >>> labelled_clips(datasets.load("environment").select(fold=1, label="dog"))[1].unique()
    tensor([0])
    """
    return decibels(clips, feature), torch.tensor(clips.table["target"].to_list())


def truths(clips: Iterable[Clip], feature: LogStft = MEL) -> Tensor | None:
    """The ground-truth masks of clips, on the grid of `decibels`; None for clips without a twin.

    Examples
    --------
    >>> from audioxai_lite.datasets import machine
    >>> truths(machine.load("test", normal=0, anomalous=1)).unique().tolist()
    [0.0, 1.0]
    """
    clips = list(clips)
    if clips[0].twin is None:
        return None
    return torch.cat([cast(Tensor, clip.truth(feature)) for clip in clips])


def audible_truths(clips: Iterable[Clip], feature: LogStft = MEL) -> tuple[Tensor, Tensor]:
    """The truths of clips with a twin, and which of them say something: whether the event is louder
    than the background somewhere, and not everywhere, (clips,).

    Examples
    --------
    >>> from audioxai_lite.datasets import machine
    >>> audible_truths(machine.load("test", normal=0, anomalous=1))[1].tolist()
    [True]
    """
    truth = cast(Tensor, truths(clips, feature))
    area = truth.mean(dim=(1, 2, 3))
    return truth, (area > 0) & (area < 1)


def audible_faults(dataset: Dataset) -> tuple[list[Clip], Tensor]:
    """The clips with a fault that is louder than the background somewhere, and their truths.

    Notebook: 07.

    Examples
    --------
    >>> from audioxai_lite.datasets import machine
    >>> faulty, truth = audible_faults(machine.load("test", normal=3, anomalous=5))
    >>> len(faulty), truth.amax(dim=(1, 2, 3)).min().item()
    (5, 1.0)
    """
    faulty = list(dataset.select(target=1))
    truth = cast(Tensor, truths(faulty))
    audible = truth.amax(dim=(1, 2, 3)) == 1
    return [clip for clip, heard in zip(faulty, audible, strict=True) if heard], truth[audible]


def predicted_classes(network: Cnn14, values: Tensor) -> Tensor:
    """The class that a classifier names for each clip, (clips,); no gradients.

    Examples
    --------
    >>> predicted_classes(Cnn14(1).eval(), torch.zeros(3, 1, 64, 251)).tolist()  # there is only one
    [0, 0, 0]
    """
    with torch.no_grad():
        return torch.cat([network(batch) for batch in values.split(64)]).argmax(dim=1)


def explained_clips(data: str, snr: tuple[float, float] = (20.0, 30.0)) -> Dataset:
    """Clips that no classifier has met, with a truth, by the classes of the classifiers.

    For "environment" its test fold. ESC-10's recordings come without a truth, so for "esc10" sounds
    of its fold 5, planted in rain, 20 to 30 dB below them unless `snr` says otherwise, at the level
    of its clips. Notebook: 03.

    Examples
    --------
    >>> explained_clips("environment").table["fold"].unique().tolist()
    [5]
    """
    if data == "environment":
        return datasets.load(data).select(fold=5)
    classes = datasets.load(data).classes
    splits = {
        split: planted.load("rain", split, 0, 250, seconds=5.0, snr=snr) for split in planted.SPLITS
    }
    tables = [dataset.table.assign(split=split) for split, dataset in splits.items()]
    table = pd.concat(tables, ignore_index=True)
    table = table[table["planted_file"].str.contains("/5-")]
    table = table.sort_values(["kind", "name"], ignore_index=True)
    table = table.assign(label=table["kind"], target=table["kind"].map(classes.index), fold=5)

    def make(row: pd.Series) -> Clip:
        anomalous = pd.Series({"target": 1})  # as the planted data set calls every such clip
        clip = splits[row["split"]].make(pd.concat([row.drop("target"), anomalous]))
        gain = 1 / clip.waveform.abs().max()
        named = {"label": row["label"], "target": int(row["target"]), "fold": 5}
        twin = cast(Tensor, clip.twin) * gain
        return replace(clip, waveform=clip.waveform * gain, twin=twin, **named)

    return Dataset("planted in rain", classes, 16_000, table, make)


def background_clips(data: str, count: int = 100, feature: LogStft = MEL) -> Tensor:
    """Decibels of a hundred random training clips, or the first few of them: what a sound is
    compared with.

    Notebook: 03.

    Examples
    --------
    >>> two, three = (background_clips("environment", count=count) for count in (2, 3))
    >>> torch.equal(two, three[:2])
    True
    """
    training_clips = datasets.load(data).select(fold=folds(5)["train"])
    chosen = np.random.default_rng(0).choice(len(training_clips), 100, replace=False)
    return decibels((training_clips[int(position)] for position in chosen[:count]), feature)


def explained(data: str, network: Cnn14, feature: LogStft = MEL) -> tuple[Tensor, Tensor, Tensor]:
    """Of `explained_clips`: decibels, truths, and the classes to explain.

    On "environment" the classes are those predicted, and clips whose event lies below the
    background are left out. On "esc10" only clips serve whose planted sound the network names: it
    may as well name the rain. Notebook: 03.

    Examples
    --------
    >>> values, truth, target = explained("environment", Cnn14(10).eval())
    >>> 0 < truth.mean() < 1, len(values) == len(target)
    (tensor(True), True)
    """
    clips = explained_clips(data)
    values, (truth, kept) = decibels(clips, feature), audible_truths(clips, feature)
    target = predicted_classes(network, values)
    if data != "environment":
        kept &= target == torch.tensor(clips.table["target"].to_list())
    return values[kept], truth[kept], target[kept]


def clips_of_each_class(data: str, count: int) -> list[Clip]:
    """The first few test clips of each class.

    Examples
    --------
    >>> len(clips_of_each_class("environment", count=2))
    20
    """
    fold = datasets.load(data).select(fold=5)
    chosen = fold.table.reset_index(drop=True).groupby("target").head(count).index
    return [fold[int(position)] for position in chosen]


def scored_clips(data: str, count: int = 2, feature: LogStft = MEL) -> tuple[Tensor, Tensor | None]:
    """Decibels of the first test clips of each class, two if not said otherwise, and their truths
    where they are known.

    Notebook: 06.

    Examples
    --------
    >>> values, truth = scored_clips("environment")
    >>> len(values), len(truth)
    (20, 20)
    """
    clips = clips_of_each_class(data, count)
    return decibels(clips, feature), truths(clips, feature)


def noise_like(values: Tensor, seed: int) -> Tensor:
    """White noise for every clip, at the clip's mean power, in decibels of mel bands.

    Examples
    --------
    >>> values = torch.full((1, 1, 64, 251), -30.0)
    >>> power = 10 ** (noise_like(values, seed=0) / 10)
    >>> round(10 * power.mean().log10().item(), 3)
    -30.0
    """
    power = 10 ** (values / 10)
    generator = torch.Generator().manual_seed(seed)
    samples = (values.shape[3] - 1) * MEL.hop_length
    noise = MEL(0.1 * torch.randn(len(values), samples, generator=generator)).values
    wanted = power.mean(dim=(1, 2, 3), keepdim=True)
    return noise + 10 * (wanted / (10 ** (noise / 10)).mean(dim=(1, 2, 3), keepdim=True)).log10()
