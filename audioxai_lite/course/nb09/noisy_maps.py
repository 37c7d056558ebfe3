"""Clips in noise, what classifiers make of them, and how maps and masks change. Notebook: 09."""

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import pandas as pd
import torch
from torch import Tensor

from ... import attribution, datasets
from ...audio_model import AudioModel
from ...datasets import Clip, recordings
from ...evaluation import localisation, stability
from ...models.cnn14 import cnn14_for_predictions
from ...published import posthoc_audio
from ...sound.noises import NOISES
from ...sound.spectrogram import LogMel
from ..classifiers import METHODS
from ..clips import predicted_classes, truths

# What is asked under noise, with fewer samples than in notebook 03: the study "convergence" says
# what that costs.
LIME_SAMPLES, SHAP_BACKGROUNDS = 200, 20
NOISY_METHODS = ("saliency", "Grad-CAM", "LIME, superpixels", "Deep SHAP")
AS_PUBLISHED = ("Grad-CAM, as published", "Grad-CAM, axes as published", "Deep SHAP, as published")
AGREEMENTS = {"rank correlation": stability.rank_correlation, "overlap": stability.top_overlap}
BACKGROUNDS = {"environment": list(NOISES), "esc10": list(recordings.NOISES)}
CLEAN = math.inf  # decibels: the ratio of a clip by itself


def noisy_clips(data: str, part: int) -> tuple[list[Clip], dict[str, Tensor]]:
    """One test clip of each class, the `part`-th, and for each a background by name, (10,
    samples).

    For "environment" every clip gets its own synthesised ones; for "esc10" all get the three
    published recordings. Notebook: 09.

    Examples
    --------
    >>> clips, sounds = noisy_clips("environment", part=0)
    >>> len(clips), sorted(sounds) == sorted(NOISES)
    (10, True)
    """
    fold = datasets.load(data).select(fold=5)
    number = fold.table.reset_index(drop=True).groupby("target").cumcount()
    clips = [fold[int(position)] for position in number.index[number == part]]
    samples, rate = clips[0].waveform.shape[-1], clips[0].sample_rate
    if data == "esc10":
        recorded = recordings.noises(rate, samples / rate)
        return clips, {noise.name: noise.waveform.expand(len(clips), -1) for noise in recorded}
    sounds = {}
    for kind, (name, draw) in enumerate(NOISES.items()):
        first = ((kind * 10 + 5) * 10 + part) * 10
        seeds = range(first, first + len(clips))
        drawn = [draw(samples, rate, torch.Generator().manual_seed(seed)) for seed in seeds]
        sounds[name] = torch.cat(drawn)
    return clips, sounds


def explained_in_noise(
    model: AudioModel,
    values: Tensor,
    target: Tensor,
    background: Tensor,
    seed: int,
    methods: Sequence[str],
) -> dict[str, Tensor]:
    """The attributions of `methods`, and the controls "random", drawn by `seed`, and "energy".
    Notebook: 09.

    Examples
    --------
    >>> from audioxai_lite.course.classifiers import classifier_model
    >>> from audioxai_lite.models.cnn14 import Cnn14
    >>> model, values = classifier_model(Cnn14(10)), torch.randn(1, 1, 64, 251)
    >>> list(explained_in_noise(model, values, torch.tensor([3]), values, 0, ()))
    ['random', 'energy']
    """
    fast = cnn14_for_predictions(model.network)

    def explain(name: str, x: Tensor, t: Tensor) -> Tensor:
        if name == "LIME, superpixels":  # fewer samples
            return attribution.lime(fast, x, t, samples=LIME_SAMPLES)
        if name == "Deep SHAP":  # less memory
            return attribution.deep_shap(model, x, t, background, batch_size=5)
        if name == "Deep SHAP, as published":
            return posthoc_audio.gradient_at_background(model, x, t, background, batch_size=5)
        return METHODS[name](model, x, t, background)

    parts = list(zip(values.split(5), target.split(5), strict=True))
    maps = {name: torch.cat([explain(name, *part) for part in parts]) for name in methods}
    return maps | localisation.controls(values, seed)


class NoisyReading(NamedTuple):
    """What a network makes of clips: the classes named, (clips,), and maps of why, by method."""

    named: Tensor
    maps: dict[str, Tensor]


def noisy_readings(
    model: AudioModel, clips: list[Clip], heard: dict, background: Tensor, methods: Sequence[str]
) -> Iterator[tuple[Any, Tensor, dict[str, Tensor], dict[str, pd.DataFrame]]]:
    """What a network makes of clips, heard in one background after another, first in none.

    Parameters
    ----------
    heard : dict of name or ratio to Tensor, shape (clips, samples)
    background : Tensor
        Decibels of the clips that Deep SHAP compares with.
    methods : names of `METHODS`

    Yields
    ------
    name or ratio, decibels, maps, tables
        The maps as in `explained_in_noise`, the tables as in `compared_in_noise`, with what
        came first.

    Examples
    --------
    >>> from audioxai_lite.course.classifiers import classifier_model
    >>> from audioxai_lite.models.cnn14 import Cnn14
    >>> (clip, *_), _ = noisy_clips("environment", part=0)
    >>> heard, one_class = {"clean": clip.waveform}, classifier_model(Cnn14(1))
    >>> (one,) = noisy_readings(one_class, [clip], heard, clip.waveform, ())
    >>> name, decibels, maps, tables = one
    >>> name, list(maps), tables["random"]["equal"].to_list()
    ('clean', ['random', 'energy'], [1.0])
    """
    clean: NoisyReading | None = None
    truth = truths(clips)
    for seed, (name, waveform) in enumerate(heard.items()):
        values = LogMel()(waveform).values
        named = predicted_classes(model, values)
        maps = explained_in_noise(model, values, named, background, seed, methods)
        noisy = NoisyReading(named, maps)
        clean = clean or noisy
        yield name, values, maps, compared_in_noise(clips, truth, clean, noisy)


def compared_in_noise(
    clips: list[Clip], truth: Tensor | None, clean: NoisyReading, noisy: NoisyReading
) -> dict[str, pd.DataFrame]:
    """What becomes of predictions and maps in noise, a row a clip, by method.

    Examples
    --------
    >>> clips, _ = noisy_clips("environment", part=0)
    >>> same = NoisyReading(torch.zeros(10), {"random": torch.rand(10, 1, 64, 251)})
    >>> compared_in_noise(clips, None, same, same)["random"]["overlap, equal"].unique().tolist()
    [1.0]
    """
    equal = clean.named == noisy.named
    correct = torch.tensor([clip.target for clip in clips])
    shared = {
        "mask": "none",
        "clip": [clip.name for clip in clips],
        "accuracy": (noisy.named == correct).double(),
        "equal": equal.double(),
    }
    tables = {}
    for method, noisy_map in noisy.maps.items():
        columns, pair = dict(shared), (clean.maps[method], noisy_map)
        for name, agree in AGREEMENTS.items():
            agreement = agree(*pair)
            columns[f"{name}, equal"] = agreement.where(equal, torch.nan)
            columns[f"{name}, changed"] = agreement.where(~equal, torch.nan)
        if truth is not None:
            columns["average precision"] = localisation.average_precision(noisy_map, truth)
        tables[method] = pd.DataFrame(columns)
    return tables
