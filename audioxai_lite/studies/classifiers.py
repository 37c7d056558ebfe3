"""Studies of classifiers: training, attributions, what theory promises of them (notebook 03), and masks (05)."""

import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import cast

import filelock
import numpy as np
import pandas as pd
import torch
from torch import Tensor

from audioxai_lite import attribution, datasets, masks
from audioxai_lite.datasets import Clip, Dataset, planted
from audioxai_lite.evaluation import completeness, conciseness, fidelity, localisation, sanity, stability
from audioxai_lite.experiments import RESULTS
from audioxai_lite.models import checkpoint, training
from audioxai_lite.models.cnn14 import Cnn14, cross_entropy_loss, drop_cells, missingness_loss
from audioxai_lite.published import posthoc_audio
from audioxai_lite.sound import levels
from audioxai_lite.sound.spectrogram import LogMel
from audioxai_lite.studies.detectors import log_mel

EPOCHS = {"environment": 40, "esc10": 60}  # recordings take longer


def _folds(test_fold: int) -> dict[str, list[int]]:
    """The fold before the test fold validates (the fifth before the first), the other three train."""
    validation = (test_fold - 2) % 5 + 1
    return {"train": [fold for fold in range(1, 6) if fold not in (test_fold, validation)], "validation": [validation]}


def _trained_classifiers(data: str, test_fold: int) -> Iterator[tuple[str, Cnn14, float]]:
    """The classifiers of notebook 03, plain and then robust to missingness, as they are shipped, with seconds taken.

    Both are one network, which goes on training: copy what is to stay.
    """
    dataset, folds = datasets.load(data), _folds(test_fold)
    selected = {name: dataset.select(fold=chosen) for name, chosen in folds.items()}
    part = {name: (log_mel(clips), torch.tensor(clips.table["target"].to_list())) for name, clips in selected.items()}
    torch.manual_seed(0)
    model = Cnn14(len(dataset.classes))
    for kind, loss, peak in (("plain", cross_entropy_loss, 2e-3), ("robust", missingness_loss, 1e-3)):
        start = time.monotonic()
        training.fit(model, loss, part["train"], part["validation"], EPOCHS[data], learning_rate=peak, progress=False)
        seconds = time.monotonic() - start
        model.load_state_dict({key: value.half() for key, value in model.state_dict().items()})  # as it is shipped
        yield kind, model, seconds


def classifier_cell(data: str, test_fold: int) -> pd.DataFrame:
    """Train both classifiers of notebook 03 and test them on a fold kept apart."""
    torch.set_num_threads(1)
    clips = datasets.load(data).select(fold=test_fold)
    test, correct = log_mel(clips), torch.tensor(clips.table["target"].to_list())
    holes = drop_cells(test, torch.Generator().manual_seed(0))
    rows = []
    for kind, model, seconds in _trained_classifiers(data, test_fold):
        with torch.no_grad():
            accuracy = {
                name: (torch.cat([model(batch) for batch in clips.split(64)]).argmax(dim=1) == correct)
                .double()
                .mean()
                .item()
                for name, clips in {"whole": test, "cells dropped": holes}.items()
            }
        rows += [
            {"model": kind, "input": name, "accuracy": value, "seconds": seconds} for name, value in accuracy.items()
        ]
        if test_fold == 5:
            tested = {f"test accuracy, {name}": round(value, 4) for name, value in accuracy.items()}
            seed = 0 if data == "environment" else None
            name = f"cnn14-{data}-{kind}"
            checkpoint.save(model, name, "python -m audioxai_lite study classifier", seed, tested, half=True)
    return pd.DataFrame(rows)


# Every attribution of a classifier. The noise is 5 dB: a twentieth of what lies between silence and full scale.
METHODS = {
    "saliency": lambda model, values, target, background: attribution.saliency(model, values, target, absolute=False),
    "SmoothGrad": lambda model, values, target, background: attribution.smoothgrad(
        model, values, target, absolute=False, sigma=5.0
    ),
    "integrated gradients": lambda model, values, target, background: attribution.integrated_gradients(
        model, values, target
    ),
    "GradientSHAP": lambda model, values, target, background: attribution.gradient_shap(
        model, values, target, background, sigma=5.0
    ),
    "Grad-CAM": lambda model, values, target, background: attribution.grad_cam(model, values, target),
    "Grad-CAM, axes as published": lambda model, values, target, background: attribution.grad_cam(
        model, values, target, as_published=True
    ),
    "occlusion": lambda model, values, target, background: attribution.occlusion(model, values, target),
    "Deep SHAP": lambda model, values, target, background: attribution.deep_shap(model, values, target, background),
    "Deep SHAP, as published": lambda model, values, target, background: posthoc_audio.gradient_at_background(
        model, values, target, background
    ),
    "LRP": lambda model, values, target, background: attribution.lrp(model, values, target),
    "LIME, superpixels": lambda model, values, target, background: attribution.lime(model, values, target),
    "LIME, grid": lambda model, values, target, background: attribution.lime(
        model, values, target, attribution.grid(values), fill=levels.FLOOR
    ),
    "random": lambda model, values, target, background: localisation.controls(values)["random"],
    "energy": lambda model, values, target, background: localisation.controls(values)["energy"],
}


def explained_clips(data: str) -> Dataset:
    """Clips that no classifier has met, with a truth, by the classes of the classifiers.

    For "environment" its test fold. ESC-10's recordings come without a truth, so for "esc10" sounds of its fold 5,
    planted in faint rain, 20 to 30 dB below them, at the level of its clips. Notebook: 03.
    """
    if data == "environment":
        return datasets.load(data).select(fold=5)
    classes = datasets.load(data).classes
    splits = {split: planted.load("rain", split, 0, 250, seconds=5.0, snr=(20.0, 30.0)) for split in planted.SPLITS}
    table = pd.concat([dataset.table.assign(split=split) for split, dataset in splits.items()], ignore_index=True)
    table = table[table["planted_file"].str.contains("/5-")].sort_values(["kind", "name"], ignore_index=True)
    table = table.assign(label=table["kind"], target=table["kind"].map(classes.index), fold=5)

    def make(row: pd.Series) -> Clip:
        clip = splits[row["split"]].make(pd.concat([row.drop("target"), pd.Series({"target": 1})]))  # anomalous there
        gain = 1 / clip.waveform.abs().max()
        named = {"label": row["label"], "target": int(row["target"]), "fold": 5}
        return replace(clip, waveform=clip.waveform * gain, twin=cast(Tensor, clip.twin) * gain, **named)

    return Dataset("planted in rain", classes, 16_000, table, make)


def background_clips(data: str, test_fold: int = 5, count: int = 100) -> Tensor:
    """Decibels of a hundred random training clips, or the first few of them: what a sound is compared with.

    Notebook: 03.
    """
    training_clips = datasets.load(data).select(fold=_folds(test_fold)["train"])
    chosen = np.random.default_rng(0).choice(len(training_clips), 100, replace=False)[:count]
    return torch.cat([LogMel()(training_clips[int(position)].waveform).values for position in chosen])


def explained(data: str, network: Cnn14) -> tuple[Tensor, Tensor, Tensor]:
    """Of `explained_clips`: decibels, truths, and the classes to explain.

    On "environment" the classes are those predicted, and clips whose event lies below the background are left out. On
    "esc10" only clips serve whose planted sound the network names: it may as well name the rain. Notebook: 03.
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
    return pd.concat(tables).drop(columns="method").assign(clips=len(values), seconds_per_clip=seconds)


def _integrated_residual(steps: int, network: Cnn14, values: Tensor, target: Tensor, background: Tensor) -> Tensor:
    found = attribution.integrated_gradients(network, values, target, steps=steps)
    return completeness.completeness(found, network, values, target).abs()


def _shap_residual(explain, network: Cnn14, values: Tensor, target: Tensor, background: Tensor) -> Tensor:
    found = explain(network, values, target, background)
    return completeness.completeness(found, network, values, target, background).abs()


def _conserved(rule: str, network: Cnn14, values: Tensor, target: Tensor, background: Tensor) -> Tensor:
    return completeness.conservation(attribution.lrp(network, values, target, rule), network, values, target)


def _surrogate_fit(cut, fill, network: Cnn14, values: Tensor, target: Tensor, background: Tensor) -> Tensor:
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
    "Deep SHAP, as published": ("off by", partial(_shap_residual, posthoc_audio.gradient_at_background)),
    **{f"LRP, {rule}": ("conserved", partial(_conserved, rule)) for rule in ("conserving", "epsilon")},
    **{
        f"LIME, {name}, {fill}": ("predicted", partial(_surrogate_fit, cut, level))
        for name, cut in {"superpixels": attribution.superpixels, "grid": attribution.grid}.items()
        for fill, level in {"mean": "mean", "floor": levels.FLOOR}.items()
    },
}


def checks_cell(data: str, model: str, check: str) -> pd.DataFrame:
    """How nearly maps keep what theory promises, over ten of the clips: median, smallest and largest."""
    torch.set_num_threads(1)
    network = Cnn14(10)
    checkpoint.load(network, f"cnn14-{data}-{model}")
    values, _, target = explained(data, network)
    some = torch.linspace(0, len(values) - 1, 10).round().long()
    measure, how = CHECKS[check]
    found = how(network, values[some], target[some], background_clips(data)).double()
    row = {"measure": measure, "value": found.median().item(), "low": found.min().item(), "high": found.max().item()}
    return pd.DataFrame([row | {"clips": len(some)}])


SANITY_METHODS = {name: METHODS[name] for name in ("saliency", "SmoothGrad", "GradientSHAP", "Grad-CAM", "LRP")} | {
    "integrated gradients": lambda model, values, target, background: attribution.integrated_gradients(
        model, values, target, steps=20
    ),
    "energy": METHODS["energy"],
}


def sanity_cell(model: str, seed: int, method: str) -> pd.DataFrame:
    """What becomes of one method's maps of twenty test clips when the network is shuffled, layer by layer."""
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
            clips = score.nan_to_num(0.0).double().numpy()  # an empty map has nothing in common with the intact one
            low, high = np.percentile(clips[draws].mean(axis=1), [2.5, 97.5])
            rows.append({"layer": layer, "score": name, "value": clips.mean(), "low": low, "high": high})
    return pd.DataFrame(rows).assign(clips=len(values))


# Those of the paper whose masks are scored, and the controls: what the networks of every fold are asked.
PUBLISHED_METHODS = (
    "saliency", "Grad-CAM", "Grad-CAM, axes as published", "LIME, superpixels", "Deep SHAP", "Deep SHAP, as published",
    "random", "energy",
)  # fmt: skip


def scored_clips(data: str, test_fold: int = 5) -> tuple[Tensor, Tensor | None]:
    """Decibels of forty clips of a fold, four of each class, and their truths where they are known. Notebook: 05."""
    fold = datasets.load(data).select(fold=test_fold)
    chosen = fold.table.reset_index(drop=True).groupby("target").head(4).index
    clips = [fold[int(position)] for position in chosen]
    values = torch.cat([LogMel()(clip.waveform).values for clip in clips])
    return values, torch.cat([clip.truth(LogMel()) for clip in clips]) if clips[0].twin is not None else None


def scored_masks(found: Tensor) -> dict[str, Tensor]:
    """An attribution's 14 masks, and the three top-k masks that keep to their area. Notebook: 05."""
    return posthoc_audio.all_variants(found) | {f"top {k} %, exact": masks.top_k(found, k / 100) for k in (5, 30, 50)}


def interpretation_cell(data: str, test_fold: int) -> pd.DataFrame:
    """Score the masks of every method on both classifiers, bin by bin and pooled to cells; beside them the controls.

    The networks tested on fold 5 are those that come with the course. Those of other folds are trained here, and asked
    about the published methods only, bin by bin.
    """
    torch.set_num_threads(1)
    values, truth = scored_clips(data, test_fold)
    background, shipped = background_clips(data, test_fold), test_fold == 5
    tables = []
    for kind, network, *_ in _shipped_classifiers(data) if shipped else _trained_classifiers(data, test_fold):
        network.eval()
        with torch.no_grad():
            target = network(values).argmax(dim=1)
        for method in METHODS if shipped else PUBLISHED_METHODS:
            found = METHODS[method](network, values, target, background)
            for grain, part in ({"bins": found} | ({"cells": masks.pool(found)} if shipped else {})).items():
                deletion, insertion = fidelity.deletion_and_insertion(network, values, part, steps=10)
                table = posthoc_audio.table(network, values, scored_masks(part), truth).assign(
                    method=method,
                    grain=grain,
                    sparseness=conciseness.sparseness(part).mean().item(),
                    complexity=conciseness.complexity(part).mean().item(),
                    deletion=fidelity.curve_area(deletion).mean().item(),
                    insertion=fidelity.curve_area(insertion).mean().item(),
                )
                if truth is not None:
                    table["average precision"] = localisation.average_precision(part, truth).mean().item()
                tables.append(table.assign(model=kind))
        fixed = {"all ones": torch.ones_like(values), "all zeros": torch.zeros_like(values)}
        fixed |= {"the truth": truth} if truth is not None else {}
        tables.append(
            posthoc_audio.table(network, values, fixed, truth).assign(method="none", grain="bins", model=kind)
        )
    return pd.concat(tables).rename_axis("mask").reset_index().assign(clips=len(values))


def _shipped_classifiers(data: str) -> Iterator[tuple[str, Cnn14]]:
    for kind in ("plain", "robust"):
        network = Cnn14(10)
        checkpoint.load(network, f"cnn14-{data}-{kind}")
        yield kind, network


TRAINED = RESULTS.parent / "trained"  # networks of the folds that the course does not ship


def fold_classifier(data: str, test_fold: int, kind: str) -> Cnn14:
    """The "plain" or "robust" classifier of notebook 03 that has not met one fold.

    That of fold 5 comes with the course. Others are trained when first asked for, five minutes, and kept in
    data/trained; whoever asks meanwhile, waits.
    """
    network = Cnn14(10)
    if test_fold == 5:
        checkpoint.load(network, f"cnn14-{data}-{kind}")
        return network
    TRAINED.mkdir(parents=True, exist_ok=True)
    named = {kind: f"cnn14-{data}-{kind}-{test_fold}" for kind in ("plain", "robust")}
    with filelock.FileLock(TRAINED / f"{data}-{test_fold}.lock"):
        if not (TRAINED / f"{named['robust']}.json").exists():
            for trained_kind, model, _ in _trained_classifiers(data, test_fold):
                command = "python -m audioxai_lite study robustness"
                checkpoint.save(model, named[trained_kind], command, None, {}, TRAINED, half=True)
    checkpoint.load(network, named[kind], TRAINED)
    return network
