"""Studies of attributions: against the truth, against what theory promises, and of ruined networks.
Notebook: 04.
"""

import time
from collections.abc import Callable
from functools import partial

import pandas as pd
import torch
from torch import Tensor

from ... import attribution
from ...attribution.relevance import Rule
from ...audio_model import AudioModel
from ...evaluation import completeness, localisation, sanity, stability
from ...sound import levels
from ..classifiers import (
    METHODS,
    Method,
    alone,
    classifier_model,
    load_classifier,
    lrp_of_classifier,
)
from ..clips import background_clips, explained
from ..studies import study, study_columns, study_mean, study_settings


@study(
    "attribution",
    study_settings(data=["environment", "esc10"], model=["plain", "robust"], method=list(METHODS)),
    ["data", "model", "method", "sign", "score"]
    + study_columns("value", "gain")
    + ["clips", "seconds_per_clip"],
)
def checking_attributions_cell(data: str, model: str, method: str) -> pd.DataFrame:
    """How well one attribution finds the sounds of `explained_clips`."""
    torch.set_num_threads(1)
    network = load_classifier(data, model)
    values, truth, target = explained(data, network)
    background = background_clips(data)
    start = time.monotonic()
    signed = METHODS[method](network, values, target, background)
    seconds = (time.monotonic() - start) / len(values)
    energy = localisation.controls(values)["energy"]
    tables = [
        localisation.table({method: scored}, truth, over=energy).assign(sign=sign)
        for sign, scored in {"signed": signed, "absolute": signed.abs()}.items()
    ]
    table = pd.concat(tables).drop(columns="method")
    return table.assign(clips=len(values), seconds_per_clip=seconds)


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


def _surrogate_fit(
    network: AudioModel, values: Tensor, target: Tensor, cut: Callable, fill: str | float
) -> Tensor:
    segments = cut(values)
    weights = attribution.lime(network, values, target, segments, fill)
    return completeness.surrogate_fit(weights, network, values, target, segments, fill)


# What theory promises of a map: what is measured, and how, a number a clip.
CHECKS: dict[str, tuple[str, Method]] = {
    "integrated gradients, 50 steps": ("off by", alone(_path_residual, steps=50)),
    "integrated gradients, 200 steps": ("off by", alone(_path_residual, steps=200)),
    "integrated gradients, 800 steps": ("off by", alone(_path_residual, steps=800)),
    "Deep SHAP": ("off by", partial(_shap_residual, "Deep SHAP")),
    "Deep SHAP, as published": ("off by", partial(_shap_residual, "Deep SHAP, as published")),
    "LRP, conserving": ("conserved", alone(_conserved, rule="conserving")),
    "LRP, epsilon": ("conserved", alone(_conserved, rule="epsilon")),
    **{
        f"LIME, {name}, {fill}": ("predicted", alone(_surrogate_fit, cut=cut, fill=level))
        for name, cut in {"superpixels": attribution.superpixels, "grid": attribution.grid}.items()
        for fill, level in {"mean": "mean", "floor": levels.FLOOR}.items()
    },
}


@study(
    "checks",
    study_settings(data=["environment", "esc10"], model=["plain", "robust"], check=list(CHECKS)),
    ["data", "model", "check", "measure", *study_columns("value"), "clips"],
)
def checks_cell(data: str, model: str, check: str) -> pd.DataFrame:
    """How nearly maps keep what theory promises, over ten of the clips: median, smallest and
    largest.
    """
    torch.set_num_threads(1)
    network = load_classifier(data, model)
    values, _, target = explained(data, network)
    some = torch.linspace(0, len(values) - 1, 10).round().long()
    measure, how = CHECKS[check]
    kept = how(network, values[some], target[some], background_clips(data)).double()
    ends = zip(study_columns("value"), (kept.median(), kept.min(), kept.max()), strict=True)
    row = {name: number.item() for name, number in ends}
    return pd.DataFrame([{"measure": measure} | row | {"clips": len(some)}])


SANITY_METHODS: dict[str, Method] = {
    name: METHODS[name] for name in ("saliency", "SmoothGrad", "GradientSHAP", "Grad-CAM", "LRP")
}
SANITY_METHODS["integrated gradients"] = alone(attribution.integrated_gradients, steps=20)
SANITY_METHODS["energy"] = METHODS["energy"]


@study(
    "sanity",
    study_settings(model=["plain", "robust"], seed=[0, 1, 2], method=list(SANITY_METHODS)),
    ["model", "method", "seed", "layer", "score", *study_columns("value"), "clips"],
)
def sanity_cell(model: str, seed: int, method: str) -> pd.DataFrame:
    """What becomes of one method's maps of twenty test clips when the network is shuffled, layer by
    layer.
    """
    torch.set_num_threads(1)
    network, explain = load_classifier("environment", model), SANITY_METHODS[method]
    values, truth, target = (part[::4] for part in explained("environment", network))
    background = background_clips("environment")
    intact = explain(network, values, target, background).abs()
    rows = []
    ruins = sanity.randomised(network.network, seed)
    for layer, ruined in [("intact", network.network), *ruins]:
        left = explain(classifier_model(ruined), values, target, background).abs()
        scores = {
            "rank correlation": stability.rank_correlation(left, intact),
            "average precision": localisation.average_precision(left, truth),
        }
        for name, score in scores.items():
            # An empty map has nothing in common with the intact one.
            measured = score.nan_to_num(0.0).double().numpy()
            rows.append({"layer": layer, "score": name} | study_mean({"value": measured}))
    return pd.DataFrame(rows).assign(clips=len(values))
