"""Scores of every mask of every method, beside chance and beside the loudest bins. Notebook: 06."""

import pandas as pd
import torch
from torch import Tensor, nn

from ... import masks
from ...evaluation import conciseness, localisation
from ...evaluation.chance import COMPARED
from ...models.cnn14 import cnn14_for_predictions
from ...published import posthoc_audio
from ..classifiers import (
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
def interpretation_cell(data: str, model: str, seed: int) -> pd.DataFrame:
    """Score the masks of every method on two test clips of each class, bin by bin; those of equal
    areas also of maps pooled to cells. Beside each mask of zeros and ones twenty draws of random
    cells, and the loudest bins, as many as it keeps.

    Under the method "none" masks that everybody should be compared with; under the mask "the map"
    what is measured of an attribution without cutting it.
    """
    torch.set_num_threads(1)
    values, truth = scored_clips(data)
    background = background_clips(data, count=SHAP_BACKGROUNDS)
    network = load_classifier(data, model, seed=seed)
    asked = classifier_model(cnn14_for_predictions(network.network))
    target = predicted_classes(asked.network, values)
    everything = torch.ones_like(values)
    controls = {"all ones": everything, "all zeros": 0 * everything}
    controls |= {} if truth is None else {"the truth": truth}
    tables = [_scored("none", "bins", asked.network, values, controls, truth)]
    for method, explain in METHODS.items():
        model_asked = asked if method in PERTURBING else network
        found = explain(model_asked, values, target, background)
        by_bins, by_cells = masks_in_study(found), masks_of_equal_areas(masks.pool_cells(found))
        tables.append(_scored(method, "bins", asked.network, values, by_bins, truth))
        tables.append(_scored(method, "cells", asked.network, values, by_cells, truth))
        tables.append(_of_map(found, truth).assign(method=method, grain="bins"))
    return pd.concat(tables, ignore_index=True)


def _scored(
    method: str,
    grain: str,
    network: nn.Module,
    values: Tensor,
    by_name: dict[str, Tensor],
    truth: Tensor | None,
) -> pd.DataFrame:
    """`OF_MASK` of masks, a row a clip and mask."""
    rows = posthoc_audio.masks_by_clip(network, values, by_name, truth)
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
