"""Scores of every mask of every method. Notebook: 06."""

import pandas as pd
import torch
from torch import Tensor

from audioxai_lite import masks
from audioxai_lite.course.classifiers import METHODS, shipped_classifiers, trained_classifiers
from audioxai_lite.course.clips import background_clips, scored_clips
from audioxai_lite.course.studies import settings, study
from audioxai_lite.evaluation import conciseness, fidelity, localisation
from audioxai_lite.published import posthoc_audio

INTERPRETED = [  # as `posthoc_audio.table` has them, and what is measured of the attribution itself
    *(f"{name}{part}" for name in posthoc_audio.DIRECTIONS for part in ("", " low", " high")),
    *(
        f"{name} {control}"
        for control in ("random bins", "random cells")
        for name in ("FF", "AD", "Fid-In")
    ),
    *(
        f"{name} over cells{part}"
        for name in ("FF", "AD", "Fid-In")
        for part in ("", " low", " high")
    ),
    "area",
    "constant",
    "inside",
    "sparseness",
    "complexity",
    "deletion",
    "insertion",
    "average precision",
]

# Those of the paper whose masks are scored, and the controls: what the networks of every fold are
# asked.
PUBLISHED_METHODS = (
    "saliency",
    "Grad-CAM",
    "Grad-CAM, axes as published",
    "LIME, superpixels",
    "Deep SHAP",
    "Deep SHAP, as published",
    "random",
    "energy",
)


def scored_masks(found: Tensor) -> dict[str, Tensor]:
    """An attribution's 14 masks, and the three top-k masks that keep to their area. Notebook: 05."""
    return posthoc_audio.all_variants(found) | {
        f"top {k} %, exact": masks.top_k(found, k / 100) for k in (5, 30, 50)
    }


@study(
    "interpretation",
    settings(data=["environment"], test_fold=[5, 1, 2]) + settings(data=["esc10"], test_fold=[5]),
    ["data", "model", "test_fold", "method", "grain", "mask", *INTERPRETED, "clips"],
)
def interpretation_cell(data: str, test_fold: int) -> pd.DataFrame:
    """Score the masks of every method on both classifiers, bin by bin and pooled to cells; beside
    them the controls.

    The networks tested on fold 5 are those that come with the course. Those of other folds are
    trained here, and asked about the published methods only, bin by bin.
    """
    torch.set_num_threads(1)
    values, truth = scored_clips(data, test_fold)
    background, shipped = background_clips(data, test_fold), test_fold == 5
    tables = []
    for kind, network, *_ in (
        shipped_classifiers(data) if shipped else trained_classifiers(data, test_fold)
    ):
        network.eval()
        with torch.no_grad():
            target = network(values).argmax(dim=1)
        for method in METHODS if shipped else PUBLISHED_METHODS:
            found = METHODS[method](network, values, target, background)
            for grain, part in (
                {"bins": found} | ({"cells": masks.pool(found)} if shipped else {})
            ).items():
                deletion, insertion = fidelity.deletion_and_insertion(
                    network, values, part, steps=10
                )
                table = posthoc_audio.table(network, values, scored_masks(part), truth).assign(
                    method=method,
                    grain=grain,
                    sparseness=conciseness.sparseness(part).mean().item(),
                    complexity=conciseness.complexity(part).mean().item(),
                    deletion=fidelity.curve_area(deletion).mean().item(),
                    insertion=fidelity.curve_area(insertion).mean().item(),
                )
                if truth is not None:
                    table["average precision"] = (
                        localisation.average_precision(part, truth).mean().item()
                    )
                tables.append(table.assign(model=kind))
        fixed = {"all ones": torch.ones_like(values), "all zeros": torch.zeros_like(values)}
        fixed |= {"the truth": truth} if truth is not None else {}
        tables.append(
            posthoc_audio.table(network, values, fixed, truth).assign(
                method="none", grain="bins", model=kind
            )
        )
    return pd.concat(tables).rename_axis("mask").reset_index().assign(clips=len(values))
