"""Scores of every mask of every method, beside chance and beside the loudest bins. Notebook: 06."""

from collections.abc import Collection, Iterator, Sequence
from functools import partial

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from ... import masks
from ...audio_model import AudioModel
from ...evaluation import conciseness, localisation
from ...evaluation.chance import CELL, COMPARED
from ...models.cnn14 import cnn14_for_predictions
from ...published import posthoc_audio
from ..classifiers import (
    FEATURES,
    KINDS,
    METHODS,
    PERTURBING,
    SEEDS,
    SHAP_BACKGROUNDS,
    classifier_model,
    load_classifier,
)
from ..clips import background_clips, predicted_classes, scored_clips
from ..studies import study, study_columns, study_settings

BY_MASK = ["data", "model", "method", "grain", "mask"]
GAINS = [f"{score} over {control}" for control in ("cells", "energy") for score in COMPARED]
OF_MASK = [*posthoc_audio.DIRECTIONS, "area", "constant", "inside", *GAINS]
OF_MAP = ["sparseness", "complexity", "average precision"]
COLUMNS = [
    *(*BY_MASK, "seed", "clips", *study_columns(*posthoc_audio.DIRECTIONS)),
    *("area", "constant", "inside", *study_columns(*GAINS, "average precision")),
    *("sparseness", "complexity"),
]


def masks_in_study(attribution: Tensor) -> dict[str, Tensor]:
    """An attribution's 14 masks, and the three top-k masks that keep to their area. Notebook: 06.

    Examples
    --------
    >>> exact = masks_in_study(torch.rand(1, 1, 10, 10))["top 30 %, exact"]
    >>> round(exact.mean().item(), 2)
    0.3
    """
    return posthoc_audio.all_variants(attribution) | masks_of_equal_areas(attribution)


def masks_of_equal_areas(attribution: Tensor) -> dict[str, Tensor]:
    """The top 5, 30 and 50 % of an attribution, ties decided so that every clip keeps as much.

    Notebook: 06.

    Examples
    --------
    >>> list(masks_of_equal_areas(torch.rand(1, 1, 10, 10)))
    ['top 5 %, exact', 'top 30 %, exact', 'top 50 %, exact']
    """
    return {f"top {k} %, exact": masks.top_k(attribution, k / 100) for k in (5, 30, 50)}


@study(
    "interpretation",
    study_settings(data=["environment", "esc10"], model=[*KINDS], seed=[*SEEDS]),
    COLUMNS,
    means_by=BY_MASK,
)
def interpretation_cell(
    data: str,
    model: str,
    seed: int,
    methods: Collection[str] = tuple(METHODS),
    clips: Sequence[int] | None = None,
) -> pd.DataFrame:
    """Score the masks of every method on two test clips of each class, bin by bin; those of equal
    areas also of maps pooled to cells. Beside each mask of zeros and ones twenty draws of random
    cells, and the loudest bins, as many as it keeps.

    A sample of the study asks some `methods` and some of the `clips` alone; one does not depend on
    another.

    Under the method "none" masks that everybody should be compared with; under the mask "the map"
    what is measured of an attribution without cutting it.
    """
    torch.set_num_threads(1)
    some = slice(None) if clips is None else list(clips)
    values, truth = (None if part is None else part[some] for part in scored_clips(data))
    background = background_clips(data, count=SHAP_BACKGROUNDS)
    network = load_classifier(data, model, seed=seed)
    asked = classifier_model(cnn14_for_predictions(network.network))
    score = partial(_scored, asked.network, values, truth)
    tables = [score("none", _all_and_nothing(values, truth))]
    for method, found in _maps(methods, network, asked, values, background):
        tables.append(score(method, masks_in_study(found)))
        tables.append(score(method, masks_of_equal_areas(masks.pool_cells(found)), grain="cells"))
        tables.append(_of_map(found, truth).assign(method=method, grain="bins"))
    return _numbered(pd.concat(tables, ignore_index=True), clips)


# The paper's four methods, as published and as they should be.
STFT_METHODS = (
    *("saliency", "Grad-CAM", "Grad-CAM, as published"),
    *("Deep SHAP", "Deep SHAP, as published", "LIME, superpixels"),
)
STFT_CELL = (32, 20)  # bins and frames: as large a part of a clip as (8, 16) of its mel spectrogram


@study(
    "stft_interpretation",
    study_settings(data=["environment", "esc10"], seed=[*SEEDS]),
    [name for name in COLUMNS if name not in ("model", "grain")],
    means_by=["data", "method", "mask"],
)
def stft_interpretation_cell(
    data: str,
    seed: int,
    methods: Collection[str] = STFT_METHODS,
    clips: Sequence[int] | None = None,
) -> pd.DataFrame:
    """The same clips and controls on spectrograms in decibels without mel bands, the second input
    of posthoc-audio: the paper's four methods, its fourteen masks and the exact 30 %, by robust
    networks. A sample asks some of them alone.

    The rules for what it decides, fixed before the figures (2026-11-26), stand in notebook 06.
    """
    torch.set_num_threads(1)
    some = slice(None) if clips is None else list(clips)
    given = scored_clips(data, feature=FEATURES["stft"])
    values, truth = (None if part is None else part[some] for part in given)
    background = background_clips(data, SHAP_BACKGROUNDS, FEATURES["stft"])
    network = load_classifier(data, "robust", seed, "stft")
    asked = classifier_model(cnn14_for_predictions(network.network), feature="stft")
    score = partial(_scored, asked.network, values, truth, cell=STFT_CELL)
    tables = [score("none", _all_and_nothing(values, truth))]
    for method, found in _maps(methods, network, asked, values, background):
        exact = {"top 30 %, exact": masks.top_k(found, 0.3)}
        tables.append(score(method, posthoc_audio.all_variants(found) | exact))
        tables.append(_of_map(found, truth).assign(method=method))
    return _numbered(pd.concat(tables, ignore_index=True).drop(columns="grain"), clips)


def _numbered(table: pd.DataFrame, clips: Sequence[int] | None) -> pd.DataFrame:
    """Clips called by their numbers in the whole study."""
    return table if clips is None else table.assign(clip=np.take(clips, table["clip"]))


def _maps(
    methods: Collection[str],
    network: AudioModel,
    asked: AudioModel,
    values: Tensor,
    background: Tensor,
) -> Iterator[tuple[str, Tensor]]:
    """Every method's map; those that only ask for outputs get the copy that is quick to ask."""
    target = predicted_classes(asked.network, values)
    for method in methods:
        model = asked if method in PERTURBING else network
        yield method, METHODS[method](model, values, target, background)


def _all_and_nothing(values: Tensor, truth: Tensor | None) -> dict[str, Tensor]:
    """What every mask should be compared with: everything, nothing and, where known, the truth."""
    everything = torch.ones_like(values)
    by_name = {"all ones": everything, "all zeros": 0 * everything}
    return by_name if truth is None else by_name | {"the truth": truth}


def _scored(
    network: nn.Module,
    values: Tensor,
    truth: Tensor | None,
    method: str,
    by_name: dict[str, Tensor],
    grain: str = "bins",
    cell: tuple[int, int] = CELL,
) -> pd.DataFrame:
    """`OF_MASK` of masks, a row a clip and mask."""
    rows = posthoc_audio.masks_by_clip(network, values, by_name, truth, cell=cell)
    rows = rows.reindex(columns=["mask", "clip", *OF_MASK])
    return rows.assign(method=method, grain=grain)


def _of_map(attribution: Tensor, truth: Tensor | None) -> pd.DataFrame:
    """`OF_MAP` of maps, a row a clip; how well they find the truth, only where there is one."""
    columns = {
        "sparseness": conciseness.sparseness(attribution),
        "complexity": conciseness.complexity(attribution),
    }
    if truth is not None:
        columns["average precision"] = localisation.average_precision(attribution, truth)
    numbers = {name: column.double().numpy() for name, column in columns.items()}
    return pd.DataFrame({"mask": "the map", "clip": range(len(attribution))} | numbers)
