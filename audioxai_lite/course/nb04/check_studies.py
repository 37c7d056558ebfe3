"""What theory promises of maps, and what becomes of them when a network is ruined, over three
trainings. Notebook: 04.
"""

from collections.abc import Callable
from functools import partial

import pandas as pd
import torch
from torch import Tensor

from ... import attribution
from ...attribution.relevance import Rule
from ...attribution.segments import Fill
from ...audio_model import AudioModel
from ...evaluation import completeness, localisation, sanity, stability
from ...models.cnn14 import cnn14_for_predictions
from ...sound import levels
from ..classifiers import (
    KINDS,
    METHODS,
    SEEDS,
    Method,
    alone,
    classifier_model,
    load_classifier,
    lrp_of_classifier,
)
from ..clips import background_clips, explained
from ..studies import study, study_columns, study_settings

KEPT = {"R² near": 0.9, "R² far": 0.5}  # shares of the segments that stay


def _path_residual(network: AudioModel, values: Tensor, target: Tensor, steps: int) -> Tensor:
    signed = attribution.integrated_gradients(network, values, target, steps=steps)
    return completeness.completeness(signed, network, values, target).abs()


def _shap_residual(
    method: str, network: AudioModel, values: Tensor, target: Tensor, background: Tensor
) -> Tensor:
    signed = METHODS[method](network, values, target, background)
    return completeness.completeness(signed, network, values, target, background).abs()


def _conserved(network: AudioModel, values: Tensor, target: Tensor, rule: Rule) -> Tensor:
    relevance = lrp_of_classifier(network, values, target, rule)
    return completeness.conservation(relevance, network, values, target)


def _surrogate(
    network: AudioModel, values: Tensor, target: Tensor, cut: Callable[..., Tensor], fill: Fill
) -> dict[str, Tensor]:
    """R² of LIME's weights, near the clip and far from it."""
    segments = cut(values)
    fast = classifier_model(cnn14_for_predictions(network.network))
    weights = attribution.lime(fast, values, target, segments, fill)
    asked = (weights, fast, values, target, segments, fill)
    return {name: completeness.surrogate_r2(*asked, kept) for name, kept in KEPT.items()}


def _measured(
    check: str, network: AudioModel, values: Tensor, target: Tensor, background: Tensor
) -> dict[str, Tensor]:
    """What is measured of a check, a number a clip."""
    if check in LIME_CHECKS:
        return _surrogate(network, values, target, *LIME_CHECKS[check])
    measure, how = CHECKS[check]
    return {measure: how(network, values, target, background)}


# What theory promises of a map: what is measured, and how, a number a clip.
CHECKS: dict[str, tuple[str, Method]] = {
    **{
        f"integrated gradients, {steps} steps": ("off by", alone(_path_residual, steps=steps))
        for steps in (50, 200)
    },
    "Deep SHAP": ("off by", partial(_shap_residual, "Deep SHAP")),
    "Deep SHAP, as published": ("off by", partial(_shap_residual, "Deep SHAP, as published")),
    "LRP, conserving": ("conserved", alone(_conserved, rule="conserving")),
    "LRP, epsilon": ("conserved", alone(_conserved, rule="epsilon")),
}
LIME_CHECKS: dict[str, tuple[Callable[..., Tensor], Fill]] = {
    "LIME, superpixels, mean": (attribution.superpixels, "mean"),  # as published
    "LIME, grid, floor": (attribution.grid, levels.FLOOR),
}


@study(
    "checks",
    study_settings(
        data=["environment", "esc10"], model=[*KINDS], seed=[*SEEDS], check=[*CHECKS, *LIME_CHECKS]
    ),
    ["data", "model", "seed", "check", "measure", "clip", "value"],
)
def checks_cell(data: str, model: str, seed: int, check: str) -> pd.DataFrame:
    """How nearly maps keep what theory promises, for each of five clips."""
    torch.set_num_threads(1)
    network = load_classifier(data, model, seed=seed)
    values, _, target = explained(data, network)
    some = torch.linspace(0, len(values) - 1, 5).round().long()
    measured = _measured(check, network, values[some], target[some], background_clips(data))
    return pd.concat(
        pd.DataFrame({"measure": measure, "clip": some.numpy(), "value": kept.double().numpy()})
        for measure, kept in measured.items()
    )


SANITY_METHODS: dict[str, Method] = {
    name: METHODS[name] for name in ("saliency", "SmoothGrad", "GradientSHAP", "Grad-CAM", "LRP")
}
SANITY_METHODS["integrated gradients"] = alone(attribution.integrated_gradients, steps=20)
SANITY_METHODS["energy"] = METHODS["energy"]
BY_LAYER = ["model", "method", "layer"]
LEFT = ("rank correlation", "average precision", "empty")


@study(
    "sanity",
    study_settings(model=[*KINDS], seed=[*SEEDS], method=[*SANITY_METHODS]),
    [*BY_LAYER, "seed", "clips", *study_columns(*LEFT)],
    means_by=BY_LAYER,
)
def sanity_cell(model: str, seed: int, method: str) -> pd.DataFrame:
    """What becomes of one method's maps of twenty test clips when a network is shuffled, layer by
    layer; every training is shuffled in another way.

    An empty map has nothing in common with the intact one, and is counted.
    """
    torch.set_num_threads(1)
    network, explain = load_classifier("environment", model, seed=seed), SANITY_METHODS[method]
    values, truth, target = (part[::4] for part in explained("environment", network))
    background = background_clips("environment")
    intact = explain(network, values, target, background).abs()
    ruins = sanity.randomised(network.network, seed)
    tables = []
    for layer, ruined in [("intact", network.network), *ruins]:
        left = explain(classifier_model(ruined), values, target, background).abs()
        measured = (
            stability.rank_correlation(left, intact).nan_to_num(0.0),
            localisation.average_precision(left, truth),
            (left == 0).flatten(1).all(dim=1),
        )
        columns = {
            name: column.double().numpy() for name, column in zip(LEFT, measured, strict=True)
        }
        tables.append(pd.DataFrame({"layer": layer, "clip": range(len(values))} | columns))
    return pd.concat(tables)
