"""Scores of every mask of every method. Notebook: 06."""

import pandas as pd
import torch
from torch import Tensor

from ... import masks
from ...evaluation import conciseness, fidelity, localisation
from ...models.cnn14 import Cnn14, cnn14_for_predictions
from ...published import posthoc_audio
from ..classifiers import KINDS, METHODS, load_classifier
from ..clips import background_clips, predicted_classes, scored_clips
from ..studies import study, study_columns, study_settings

COMPARED = ("FF", "AD", "Fid-In")  # with masks that know nothing
INTERPRETED = [  # as `posthoc_audio.table` has them, and what is measured of the attribution itself
    *study_columns(*posthoc_audio.DIRECTIONS),
    *(f"{name} random {unit}" for unit in ("bins", "cells") for name in COMPARED),
    *study_columns(*(f"{name} over cells" for name in COMPARED)),
    *("area", "constant", "inside", "sparseness", "complexity", "deletion", "insertion"),
    "average precision",
]

# Those of the paper whose masks are scored, and the controls: what the networks of every fold are
# asked.
PUBLISHED_METHODS = (
    *("saliency", "Grad-CAM", "Grad-CAM, axes as published", "LIME, superpixels", "Deep SHAP"),
    *("Deep SHAP, as published", "random", "energy"),
)


def masks_in_study(attribution: Tensor) -> dict[str, Tensor]:
    """An attribution's 14 masks, and the three top-k masks that keep to their area. Notebook: 06.

    Examples
    --------
    >>> exact = masks_in_study(torch.rand(1, 1, 10, 10))["top 30 %, exact"]
    >>> round(exact.mean().item(), 2)
    0.3
    """
    exact = {f"top {k} %, exact": masks.top_k(attribution, k / 100) for k in (5, 30, 50)}
    return posthoc_audio.all_variants(attribution) | exact


@study(
    "interpretation",
    study_settings(data=["environment"], test_fold=[5, 1, 2])
    + study_settings(data=["esc10"], test_fold=[5]),
    ["data", "model", "test_fold", "method", "grain", "mask", *INTERPRETED, "clips"],
)
def interpretation_cell(data: str, test_fold: int) -> pd.DataFrame:
    """Score the masks of every method on both classifiers, bin by bin and pooled to cells; beside
    them the controls.

    The networks of fold 5 come with the course. Those of other folds are asked about the published
    methods only, bin by bin.
    """
    torch.set_num_threads(1)
    values, truth = scored_clips(data, test_fold)
    background, everything = background_clips(data, test_fold), test_fold == 5
    controls = {"all ones": torch.ones_like(values), "all zeros": torch.zeros_like(values)}
    if truth is not None:
        controls["the truth"] = truth
    tables = []
    for kind in KINDS:
        model = load_classifier(data, kind, test_fold)
        network, target = cnn14_for_predictions(model.network), predicted_classes(model, values)
        for method in METHODS if everything else PUBLISHED_METHODS:
            grains = {"bins": METHODS[method](model, values, target, background)}
            if everything:
                grains["cells"] = masks.pool_cells(grains["bins"])
            for grain, attribution in grains.items():
                table = _scored(network, values, attribution, truth)
                tables.append(table.assign(model=kind, method=method, grain=grain))
        table = posthoc_audio.table(network, values, controls, truth)
        tables.append(table.assign(model=kind, method="none", grain="bins"))
    return pd.concat(tables).rename_axis("mask").reset_index().assign(clips=len(values))


def _scored(
    network: Cnn14, values: Tensor, attribution: Tensor, truth: Tensor | None
) -> pd.DataFrame:
    """The scores of an attribution's masks, one a row, and its own, the same in every row."""
    deletion, insertion = fidelity.deletion_and_insertion(network, values, attribution, steps=10)
    own = {
        "sparseness": conciseness.sparseness(attribution),
        "complexity": conciseness.complexity(attribution),
        "deletion": fidelity.curve_area(deletion),
        "insertion": fidelity.curve_area(insertion),
    }
    if truth is not None:
        own["average precision"] = localisation.average_precision(attribution, truth)
    table = posthoc_audio.table(network, values, masks_in_study(attribution), truth)
    return table.assign(**{name: clips.mean().item() for name, clips in own.items()})
