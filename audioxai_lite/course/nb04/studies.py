"""Studies of attributions: against the truth, against what theory promises, and of ruined networks.
Notebook: 04.
"""

import time
from functools import partial

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from audioxai_lite import attribution
from audioxai_lite.course.classifiers import METHODS
from audioxai_lite.course.clips import background_clips, explained
from audioxai_lite.course.studies import settings, study
from audioxai_lite.evaluation import completeness, localisation, sanity, stability
from audioxai_lite.models import checkpoint
from audioxai_lite.models.cnn14 import Cnn14
from audioxai_lite.published import posthoc_audio
from audioxai_lite.sound import levels

LOCALISED = [
    "score",
    "value",
    "low",
    "high",
    "gain",
    "gain_low",
    "gain_high",
]  # as `localisation.table` has them


@study(
    "attribution",
    settings(data=["environment", "esc10"], model=["plain", "robust"], method=list(METHODS)),
    ["data", "model", "method", "sign", *LOCALISED, "clips", "seconds_per_clip"],
)
def attribution_cell(data: str, model: str, method: str) -> pd.DataFrame:
    """How well one attribution finds the sounds of `explained_clips`."""
    torch.set_num_threads(1)
    network = Cnn14(10)
    checkpoint.load(network, f"cnn14-{data}-{model}")
    values, truth, target = explained(data, network)
    background = background_clips(data)
    start = time.monotonic()
    found = METHODS[method](network, values, target, background)
    seconds = (time.monotonic() - start) / len(values)
    energy = localisation.controls(values)["energy"]
    tables = [
        localisation.table({method: part}, truth, over=energy).assign(sign=sign)
        for sign, part in {"signed": found, "absolute": found.abs()}.items()
    ]
    return (
        pd.concat(tables).drop(columns="method").assign(clips=len(values), seconds_per_clip=seconds)
    )


def _integrated_residual(
    steps: int, network: Cnn14, values: Tensor, target: Tensor, background: Tensor
) -> Tensor:
    found = attribution.integrated_gradients(network, values, target, steps=steps)
    return completeness.completeness(found, network, values, target).abs()


def _shap_residual(
    explain, network: Cnn14, values: Tensor, target: Tensor, background: Tensor
) -> Tensor:
    found = explain(network, values, target, background)
    return completeness.completeness(found, network, values, target, background).abs()


def _conserved(
    rule: str, network: Cnn14, values: Tensor, target: Tensor, background: Tensor
) -> Tensor:
    return completeness.conservation(
        attribution.lrp(network, values, target, rule), network, values, target
    )


def _surrogate_fit(
    cut, fill, network: Cnn14, values: Tensor, target: Tensor, background: Tensor
) -> Tensor:
    segments = cut(values)
    found = attribution.lime(network, values, target, segments, fill)
    return completeness.surrogate_fit(found, network, values, target, segments, fill)


# What theory promises of a map: (measure, how).
CHECKS = {
    **{
        f"integrated gradients, {steps} steps": ("off by", partial(_integrated_residual, steps))
        for steps in (50, 200, 800)
    },
    "Deep SHAP": ("off by", partial(_shap_residual, attribution.deep_shap)),
    "Deep SHAP, as published": (
        "off by",
        partial(_shap_residual, posthoc_audio.gradient_at_background),
    ),
    **{
        f"LRP, {rule}": ("conserved", partial(_conserved, rule))
        for rule in ("conserving", "epsilon")
    },
    **{
        f"LIME, {name}, {fill}": ("predicted", partial(_surrogate_fit, cut, level))
        for name, cut in {"superpixels": attribution.superpixels, "grid": attribution.grid}.items()
        for fill, level in {"mean": "mean", "floor": levels.FLOOR}.items()
    },
}


@study(
    "checks",
    settings(data=["environment", "esc10"], model=["plain", "robust"], check=list(CHECKS)),
    ["data", "model", "check", "measure", "value", "low", "high", "clips"],
)
def checks_cell(data: str, model: str, check: str) -> pd.DataFrame:
    """How nearly maps keep what theory promises, over ten of the clips: median, smallest and
    largest.
    """
    torch.set_num_threads(1)
    network = Cnn14(10)
    checkpoint.load(network, f"cnn14-{data}-{model}")
    values, _, target = explained(data, network)
    some = torch.linspace(0, len(values) - 1, 10).round().long()
    measure, how = CHECKS[check]
    found = how(network, values[some], target[some], background_clips(data)).double()
    row = {
        "measure": measure,
        "value": found.median().item(),
        "low": found.min().item(),
        "high": found.max().item(),
    }
    return pd.DataFrame([row | {"clips": len(some)}])


SANITY_METHODS = {
    name: METHODS[name] for name in ("saliency", "SmoothGrad", "GradientSHAP", "Grad-CAM", "LRP")
} | {
    "integrated gradients": lambda model, values, target, background: (
        attribution.integrated_gradients(model, values, target, steps=20)
    ),
    "energy": METHODS["energy"],
}


@study(
    "sanity",
    settings(model=["plain", "robust"], seed=[0, 1, 2], method=list(SANITY_METHODS)),
    ["model", "method", "seed", "layer", "score", "value", "low", "high", "clips"],
)
def sanity_cell(model: str, seed: int, method: str) -> pd.DataFrame:
    """What becomes of one method's maps of twenty test clips when the network is shuffled, layer by
    layer.
    """
    torch.set_num_threads(1)
    network, explain = Cnn14(10), SANITY_METHODS[method]
    checkpoint.load(network, f"cnn14-environment-{model}")
    values, truth, target = (x[::4] for x in explained("environment", network))
    background = background_clips("environment")
    intact = explain(network, values, target, background).abs()
    draws = np.random.default_rng(0).integers(len(values), size=(1000, len(values)))
    rows = []
    for layer, ruined in [("intact", network), *sanity.randomised(network, seed)]:
        found = explain(ruined, values, target, background).abs()
        scores = {
            "rank correlation": stability.rank_correlation(found, intact),
            "average precision": localisation.average_precision(found, truth),
        }
        for name, score in scores.items():
            clips = (
                score.nan_to_num(0.0).double().numpy()
            )  # an empty map has nothing in common with the intact one
            low, high = np.percentile(clips[draws].mean(axis=1), [2.5, 97.5])
            rows.append(
                {"layer": layer, "score": name, "value": clips.mean(), "low": low, "high": high}
            )
    return pd.DataFrame(rows).assign(clips=len(values))
