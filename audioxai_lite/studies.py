"""The course's own studies at full size. `python -m audioxai_lite study NAME` runs one and writes it to data/results.

Each is a cell, the function that one setting of its grid calls, and the grid. The notebooks quote what they found.
"""

import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import filelock
import numpy as np
import pandas as pd
import torch
from torch import Tensor

from audioxai_lite import (
    attribution,
    audio,
    counterfactuals,
    datasets,
    detection,
    faithfulness,
    localisation,
    masks,
    metrics,
    robustness,
    sanity,
    training,
)
from audioxai_lite.datasets import Clip, Dataset, machine, noises, planted
from audioxai_lite.experiments import RESULTS, run_grid, write_results
from audioxai_lite.features import LogMel
from audioxai_lite.models import checkpoint
from audioxai_lite.models.autoencoder import (
    Autoencoder,
    DenseAutoencoder,
    Detector,
    masked_loss,
    reconstruction_loss,
)
from audioxai_lite.models.cnn14 import Cnn14, cross_entropy_loss, drop_cells, for_predictions, missingness_loss

SHIPPED_SEEDS = (0, 1, 2)  # of training, whose detectors come with the course
NETWORKS = {
    "AE": (Autoencoder, reconstruction_loss),
    "MAE": (Autoencoder, masked_loss),
    "dense AE": (DenseAutoencoder, reconstruction_loss),
}


def log_mel(dataset: Dataset) -> Tensor:
    """What the detectors of the course hear: log-mel spectrograms of all clips, (clips, 1, 64, time), in decibels."""
    feature = LogMel()
    return torch.cat([feature(clip.waveform).values for clip in dataset])


def trained(make, loss, train: Tensor, validation: Tensor, seed: int) -> Detector:
    """A detector by the recipe of notebook 02."""
    torch.manual_seed(seed)
    model = make()
    model.fit_scale(train)
    training.fit(model, loss, (train,), (validation,), seed=seed, progress=False)
    return model


def clip_scores(model: Detector, values: Tensor, masked: bool) -> dict[str, np.ndarray]:
    """Every way of the course to score clips, by name; those by complementary masks only when asked for."""
    ways = {"": detection.unmasked_errors} | ({", masked": detection.masked_errors} if masked else {})
    scores = {}
    for suffix, errors in ways.items():
        for name, score in {"mean": detection.mean_score, "95th percentile": detection.percentile_score}.items():
            scores[name + suffix] = detection.score_clips(model, values.split(64), score, errors).numpy()
    return scores


def _rows(table: pd.DataFrame, **columns) -> pd.DataFrame:
    """A table of `detection.roc_table` in the form of the results."""
    return (
        table.reset_index(names="kind")
        .rename(columns={"auc_low": "low", "auc_high": "high"})[["kind", "auc", "pauc", "low", "high"]]
        .assign(**columns)
    )


def _baselines(train: Tensor, values: Tensor, seed: int) -> dict[tuple[str, str], np.ndarray]:
    """Scores of the baselines by (model, score)."""
    statistics = detection.mel_statistics(values)
    fitted = detection.fit_baselines(detection.mel_statistics(train), seed)
    return {(name, "mel statistics"): score(statistics) for name, score in fitted.items()}


def detection_cell(data_seed: int, training_seed: int) -> pd.DataFrame:
    """Train all networks of notebook 02 on one draw of `machine`, and score its test clips in every way."""
    torch.set_num_threads(1)
    train = log_mel(machine.load("train", normal=400, anomalous=0, seed=data_seed))
    validation = log_mel(machine.load("validation", normal=100, anomalous=0, seed=data_seed))
    test = machine.load("test", seed=data_seed)
    values, labels, kinds = log_mel(test), test.table["target"].to_numpy(), test.table["kind"].to_numpy()
    scores = _baselines(train, values, training_seed)
    for name, (make, loss) in NETWORKS.items():
        model = trained(make, loss, train, validation, training_seed)
        mine = clip_scores(model, values, masked=name == "MAE")
        scores |= {(name, score): numbers for score, numbers in mine.items()}
        if data_seed == 0 and training_seed in SHIPPED_SEEDS:
            auc = {
                f"test AUC, {score}": round(
                    float(detection.roc_table(numbers, labels, resamples=1).loc["all", "auc"]), 4
                )
                for score, numbers in mine.items()
            }
            shipped = f"{name.lower().replace(' ', '-')}-machine-{training_seed}"
            checkpoint.save(model, shipped, "python -m audioxai_lite study detection", data_seed, auc)
    tables = [
        _rows(detection.roc_table(numbers, labels, kinds), model=model, score=score)
        for (model, score), numbers in scores.items()
    ]
    for score in ("mean", "95th percentile"):
        for masked in ("", ", masked"):
            pair = scores["AE", score], scores["MAE", score + masked]
            difference = detection.roc_difference(*pair, labels, kinds).to_frame().T
            tables.append(_rows(difference, model="AE − MAE", score=score + masked))
    return pd.concat(tables)


def masking_cell(patch_size: int, ratio: float, everywhere: bool, training_seed: int) -> pd.DataFrame:
    """Train one masked autoencoder of notebook 02 on square patches, and score the test clips of `machine`."""
    torch.set_num_threads(1)
    train = log_mel(machine.load("train", normal=400, anomalous=0))
    validation = log_mel(machine.load("validation", normal=100, anomalous=0))
    test = machine.load("test")
    make = partial(Autoencoder, patch_size=(patch_size, patch_size))
    loss = partial(masked_loss, ratio=ratio, everywhere=everywhere)
    model = trained(make, loss, train, validation, training_seed)
    scores = clip_scores(model, log_mel(test), masked=True)
    return pd.concat(
        _rows(detection.roc_table(numbers, test.table["target"]), score=score) for score, numbers in scores.items()
    )


def planted_cell(scene: str, training_seed: int) -> pd.DataFrame:
    """Train both autoencoders on real recordings of one scene, and find sounds planted in other recordings of it."""
    torch.set_num_threads(1)
    train = log_mel(planted.load(scene, "train", normal=400, anomalous=0, seed=training_seed))
    validation = log_mel(planted.load(scene, "validation", normal=100, anomalous=0, seed=training_seed))
    models = {name: trained(*NETWORKS[name], train, validation, training_seed) for name in ("AE", "MAE")}
    tables = []
    for snr in (0, 5, 10):
        test = planted.load(scene, "test", snr=(snr, snr), seed=training_seed)
        values, labels, recordings = log_mel(test), test.table["target"], test.table["src_file"]
        scores = _baselines(train, values, training_seed)
        for name, model in models.items():
            mine = clip_scores(model, values, masked=name == "MAE")
            scores |= {(name, score): numbers for score, numbers in mine.items()}
        tables += [
            _rows(detection.roc_table(numbers, labels, groups=recordings), snr=snr, model=model, score=score)
            for (model, score), numbers in scores.items()
        ]
    return pd.concat(tables)


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
    part = {name: dataset.select(fold=chosen) for name, chosen in folds.items()}
    part = {name: (log_mel(clips), torch.tensor(clips.table["target"].to_list())) for name, clips in part.items()}
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
    "Deep SHAP, as published": lambda model, values, target, background: attribution.gradient_at_background(
        model, values, target, background
    ),
    "LRP": lambda model, values, target, background: attribution.lrp(model, values, target),
    "LIME, superpixels": lambda model, values, target, background: attribution.lime(model, values, target),
    "LIME, grid": lambda model, values, target, background: attribution.lime(
        model, values, target, attribution.grid(values), fill=attribution.FLOOR
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
        return replace(clip, waveform=clip.waveform * gain, twin=clip.twin * gain, **named)

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
    return attribution.completeness(found, network, values, target).abs()


def _shap_residual(explain, network: Cnn14, values: Tensor, target: Tensor, background: Tensor) -> Tensor:
    found = explain(network, values, target, background)
    return attribution.completeness(found, network, values, target, background).abs()


def _conserved(rule: str, network: Cnn14, values: Tensor, target: Tensor, background: Tensor) -> Tensor:
    return attribution.conservation(attribution.lrp(network, values, target, rule), network, values, target)


def _surrogate_fit(cut, fill, network: Cnn14, values: Tensor, target: Tensor, background: Tensor) -> Tensor:
    segments = cut(values)
    found = attribution.lime(network, values, target, segments, fill)
    return attribution.surrogate_fit(found, network, values, target, segments, fill)


# What theory promises of a map: (measure, how).
CHECKS = {
    **{
        f"integrated gradients, {steps} steps": ("off by", partial(_integrated_residual, steps))
        for steps in (50, 200, 800)
    },
    "Deep SHAP": ("off by", partial(_shap_residual, attribution.deep_shap)),
    "Deep SHAP, as published": ("off by", partial(_shap_residual, attribution.gradient_at_background)),
    **{f"LRP, {rule}": ("conserved", partial(_conserved, rule)) for rule in ("conserving", "epsilon")},
    **{
        f"LIME, {name}, {fill}": ("predicted", partial(_surrogate_fit, cut, level))
        for name, cut in {"superpixels": attribution.superpixels, "grid": attribution.grid}.items()
        for fill, level in {"mean": "mean", "floor": attribution.FLOOR}.items()
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
            "rank correlation": sanity.rank_correlation(found, intact),
            "average precision": localisation.average_precision(found, truth),
        }
        for name, score in scores.items():
            clips = score.nan_to_num(0.0).double().numpy()  # an empty map has nothing in common with the intact one
            low, high = np.percentile(clips[draws].mean(axis=1), [2.5, 97.5])
            rows.append({"layer": layer, "score": name, "value": clips.mean(), "low": low, "high": high})
    return pd.DataFrame(rows).assign(clips=len(values))


# The six maps of 2601.12660 for a detector's score, with its parameters, on standardised values.
DETECTOR_METHODS = {
    "error map": attribution.error_map,
    "saliency": attribution.saliency,
    "SmoothGrad": attribution.smoothgrad,
    "integrated gradients": partial(attribution.integrated_gradients, baseline=0.0),
    "GradientSHAP": partial(attribution.gradient_shap, background=0.0),
    "Grad-CAM": attribution.grad_cam,
}


def detector_maps_cell(model: str, training_seed: int) -> pd.DataFrame:
    """How well the maps of one detector's score find the faults of `machine`, bin by bin and frame by frame."""
    torch.set_num_threads(1)
    network = NETWORKS[model][0]()
    checkpoint.load(network, f"{model.lower()}-machine-{training_seed}")
    faulty = machine.load("test", normal=0)
    feature = LogMel()
    decibels, truth = log_mel(faulty), torch.cat([clip.truth(feature) for clip in faulty])
    audible = truth.amax(dim=(1, 2, 3)) == 1
    decibels, truth = decibels[audible], truth[audible]
    values = network.standardise(decibels).detach()
    score = detection.Score(network)
    maps = {name: explain(score, values) for name, explain in DETECTOR_METHODS.items()}
    maps = {name: found.abs() for name, found in maps.items()}
    # What no network is needed for: how unusual each bin is for its band.
    maps |= localisation.controls(decibels) | {"deviation": values.square()}
    frames = {name: found.mean(dim=2, keepdim=True) for name, found in maps.items()}
    tables = {
        "bins": localisation.table(maps, truth, over=maps["deviation"]),
        "frames": localisation.table(frames, truth.amax(dim=2, keepdim=True), over=frames["deviation"]),
    }
    return pd.concat(table.assign(grid=grid, clips=len(values)) for grid, table in tables.items())


# Those of the paper whose masks are scored, and the controls: what the networks of every fold are asked.
PUBLISHED_METHODS = (
    "saliency", "Grad-CAM", "Grad-CAM, axes as published", "LIME, superpixels", "Deep SHAP", "Deep SHAP, as published",
    "random", "energy",
)  # fmt: skip


def scored_clips(data: str, test_fold: int = 5) -> tuple[Tensor, Tensor | None]:
    """Decibels of forty clips of a fold, four of each class, and their truths where they are known. Notebook: 05."""
    clips = datasets.load(data).select(fold=test_fold)
    chosen = clips.table.reset_index(drop=True).groupby("target").head(4).index
    clips = [clips[int(position)] for position in chosen]
    values = torch.cat([LogMel()(clip.waveform).values for clip in clips])
    return values, torch.cat([clip.truth(LogMel()) for clip in clips]) if clips[0].twin is not None else None


def scored_masks(found: Tensor) -> dict[str, Tensor]:
    """An attribution's 14 masks, and the three top-k masks that keep to their area. Notebook: 05."""
    return masks.all_variants(found) | {f"top {k} %, exact": masks.top_k(found, k / 100) for k in (5, 30, 50)}


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
                deletion, insertion = metrics.deletion_and_insertion(network, values, part, steps=10)
                table = metrics.table(network, values, scored_masks(part), truth).assign(
                    method=method,
                    grain=grain,
                    sparseness=metrics.sparseness(part).mean().item(),
                    complexity=metrics.complexity(part).mean().item(),
                    deletion=metrics.curve_area(deletion).mean().item(),
                    insertion=metrics.curve_area(insertion).mean().item(),
                )
                if truth is not None:
                    table["average precision"] = localisation.average_precision(part, truth).mean().item()
                tables.append(table.assign(model=kind))
        fixed = {"all ones": torch.ones_like(values), "all zeros": torch.zeros_like(values)}
        fixed |= {"the truth": truth} if truth is not None else {}
        tables.append(metrics.table(network, values, fixed, truth).assign(method="none", grain="bins", model=kind))
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


# What is asked under noise, with fewer samples than in notebook 03: the study "convergence" says what that costs.
LIME_SAMPLES, SHAP_BACKGROUNDS = 200, 20
NOISY_METHODS = ("saliency", "Grad-CAM", "LIME, superpixels", "Deep SHAP")
AS_PUBLISHED = ("Grad-CAM, axes as published", "Deep SHAP, as published")
BACKGROUNDS = {"environment": tuple(robustness.NOISES), "esc10": tuple(noises.FILES)}


def noisy_clips(data: str, test_fold: int, part: int) -> tuple[list[Clip], dict[str, Tensor]]:
    """One clip of each class of a fold, the `part`-th, and for each a background by name, (10, samples). Notebook: 07.

    For "environment" every clip gets its own synthesised ones; for "esc10" all get the three published recordings.
    """
    clips = datasets.load(data).select(fold=test_fold)
    number = clips.table.reset_index(drop=True).groupby("target").cumcount()
    chosen = [clips[int(position)] for position in number.index[number == part]]
    samples, rate = chosen[0].waveform.shape[-1], chosen[0].sample_rate
    if data == "esc10":
        recorded = noises.load(rate, samples / rate)
        return chosen, {clip.name: clip.waveform.expand(len(chosen), -1) for clip in recorded}
    sounds = {}
    for kind, (name, draw) in enumerate(robustness.NOISES.items()):
        seeds = [((kind * 10 + test_fold) * 10 + part) * 10 + position for position in range(len(chosen))]
        drawn = [draw(samples, rate, torch.Generator().manual_seed(seed)) for seed in seeds]
        sounds[name] = torch.cat(drawn)
    return chosen, sounds


def explained_in_noise(
    network: Cnn14, values: Tensor, target: Tensor, background: Tensor, seed: int, methods: tuple[str, ...]
) -> dict[str, Tensor]:
    """The attributions of `methods`, and the controls "random", drawn by `seed`, and "energy". Notebook: 07."""
    fast = for_predictions(network)
    special = {  # fewer samples, and less memory
        "LIME, superpixels": lambda x, t: attribution.lime(fast, x, t, samples=LIME_SAMPLES),
        "Deep SHAP": lambda x, t: attribution.deep_shap(network, x, t, background, batch_size=5),
        "Deep SHAP, as published": lambda x, t: attribution.gradient_at_background(network, x, t, background, 5),
    }
    found = {}
    for name in methods:
        explain = special.get(name, lambda x, t, usual=METHODS[name]: usual(network, x, t, background))
        parts = zip(values.split(5), target.split(5), strict=True)
        found[name] = torch.cat([explain(x, t) for x, t in parts])
    return found | localisation.controls(values, seed)


def robustness_cell(data: str, model: str, part: int, test_fold: int) -> pd.DataFrame:
    """Explain and score a clip of each class of a fold, clean and under the three backgrounds as published.

    One row a clip, background, method and mask; under the mask "none" what is measured of the attribution itself.
    """
    torch.set_num_threads(1)
    network = fold_classifier(data, test_fold, model)
    background = background_clips(data, test_fold, SHAP_BACKGROUNDS)
    clips, sounds = noisy_clips(data, test_fold, part)
    waveform = torch.cat([clip.waveform for clip in clips])
    truth = torch.cat([clip.truth(LogMel()) for clip in clips]) if clips[0].twin is not None else None
    heard = {"clean": waveform}
    if model == "robust":
        heard |= {name: robustness.mix_as_published(waveform, sound) for name, sound in sounds.items()}
    tables, clean = [], None
    for number, (name, waveform) in enumerate(heard.items()):
        values = LogMel()(waveform).values
        with torch.no_grad():
            target = network(values).argmax(dim=1)
        found = explained_in_noise(network, values, target, background, number, NOISY_METHODS + AS_PUBLISHED)
        clean = clean or (target, found)
        measured = _compared(clips, truth, clean, (target, found))
        for method, part_found in found.items():
            scored = _masks_scored(network, values, masks.all_variants(part_found))
            tables += [table.assign(background=name, method=method) for table in (measured[method], scored)]
        fixed = {"all ones": torch.ones_like(values)} | ({} if truth is None else {"the truth": truth})
        tables.append(_masks_scored(network, values, fixed).assign(background=name, method="none"))
    return pd.concat(tables)


def _compared(
    clips: list[Clip], truth: Tensor | None, clean: tuple[Tensor, dict], noisy: tuple[Tensor, dict]
) -> dict[str, pd.DataFrame]:
    """What becomes of predictions and maps in noise, clip by clip, by method."""
    (before, maps), (target, found) = clean, noisy
    equal = before == target
    shared = {
        "mask": "none",
        "clip": [clip.name for clip in clips],
        "accuracy": (target == torch.tensor([clip.target for clip in clips])).double(),
        "equal": equal.double(),
    }
    tables = {}
    for method, part in found.items():
        columns = dict(shared)
        agreements = {
            "rank correlation": sanity.rank_correlation(maps[method], part),
            "overlap": robustness.top_overlap(maps[method], part),
        }
        for name, value in agreements.items():
            columns |= {
                f"{name}, equal": value.where(equal, torch.nan),
                f"{name}, changed": value.where(~equal, torch.nan),
            }
        if truth is not None:
            columns["average precision"] = localisation.average_precision(part, truth)
        tables[method] = pd.DataFrame(columns)
    return tables


def _masks_scored(network: Cnn14, values: Tensor, given: dict[str, Tensor]) -> pd.DataFrame:
    """The scores of masks and of random cells of the same area, one row a mask and clip."""
    stack = torch.stack(list(given.values()))
    hard = ((stack == 0) | (stack == 1)).flatten(1).all(dim=1)
    columns = metrics.interpretation_scores(metrics.answers(network, values, stack), stack)
    columns |= {"area": stack.mean(dim=(2, 3, 4)), "constant": torch.stack([masks.is_constant(mask) for mask in stack])}
    drawn = torch.stack([masks.random_like(mask, (8, 16)) for mask in stack[hard]])
    chance = metrics.interpretation_scores(metrics.answers(network, values, drawn), drawn)
    for name in ("FF", "AD", "Fid-In"):
        columns[f"{name} random cells"] = torch.full_like(columns["FF"], torch.nan)
        columns[f"{name} random cells"][hard] = chance[name]
        columns[f"{name} over cells"] = columns[name] - columns[f"{name} random cells"]
    index = pd.MultiIndex.from_product([list(given), range(len(values))], names=["mask", "clip"])
    return pd.DataFrame({name: value.double().flatten() for name, value in columns.items()}, index).reset_index()


def with_means(table: pd.DataFrame, keys: list[str], resamples: int = 1000) -> pd.DataFrame:
    """Means over clips of every number that is not a key: over "all" folds with 95 % intervals, and fold by fold.

    The intervals come from a bootstrap over clips: they know nothing of how a network would have been trained anew. The
    folds tell that.
    """
    measured = table.select_dtypes("number").columns.drop([*keys, "clip", "part", "test_fold"], errors="ignore")
    folds = [*keys, "test_fold"]
    by_fold = [table.groupby(folds, sort=False)[measured].mean().reset_index()] if "test_fold" in table else []
    rows = []
    for key, group in table.groupby(keys, sort=False):
        scores = {
            name: torch.tensor(group[name].to_numpy(float))[None] for name in measured if group[name].notna().any()
        }
        found = metrics.with_intervals(scores, ["all"], resamples).iloc[0]
        rows.append(dict(zip(keys, key, strict=True)) | {"test_fold": "all", "clips": len(group)} | found.to_dict())
    return pd.concat([pd.DataFrame(rows), *by_fold], ignore_index=True)


SNRS = (-5.0, 0.0, 5.0, 10.0, 20.0, 30.0)  # decibels
CLEAN = np.inf


def _heard(waveform: Tensor, sound: Tensor, rate: int) -> dict[float, Tensor]:
    """Clips by themselves, and with a background at every ratio of `SNRS`."""
    return {CLEAN: waveform} | {snr: robustness.mix(waveform, sound, snr, rate) for snr in SNRS}


def stability_cell(data: str, background: str, part: int, test_fold: int) -> pd.DataFrame:
    """How far the maps of the robust classifier change as a background grows, for a clip of each class of a fold."""
    torch.set_num_threads(1)
    network = fold_classifier(data, test_fold, "robust")
    compared_with = background_clips(data, test_fold, SHAP_BACKGROUNDS)
    clips, sounds = noisy_clips(data, test_fold, part)
    truth = torch.cat([clip.truth(LogMel()) for clip in clips]) if clips[0].twin is not None else None
    heard = _heard(torch.cat([clip.waveform for clip in clips]), sounds[background], clips[0].sample_rate)
    tables, clean = [], None
    for number, (snr, waveform) in enumerate(heard.items()):
        values = LogMel()(waveform).values
        with torch.no_grad():
            target = network(values).argmax(dim=1)
        found = explained_in_noise(network, values, target, compared_with, number, NOISY_METHODS)
        clean = clean or (target, found)
        measured = _compared(clips, truth, clean, (target, found))
        tables += [table.drop(columns="mask").assign(snr=snr, method=name) for name, table in measured.items()]
    return pd.concat(tables)


def noisy_accuracy_cell(data: str, test_fold: int, model: str) -> pd.DataFrame:
    """What a classifier makes of all clips of a fold in every background at every level, and as published."""
    torch.set_num_threads(1)
    network = for_predictions(fold_classifier(data, test_fold, model))
    rows = []
    for part in range(8):
        clips, sounds = noisy_clips(data, test_fold, part)
        waveform, correct = torch.cat([clip.waveform for clip in clips]), [clip.target for clip in clips]
        for background, sound in sounds.items():
            heard = _heard(waveform, sound, clips[0].sample_rate)
            heard["as published"] = robustness.mix_as_published(waveform, sound)
            for snr, mixed in heard.items():
                with torch.no_grad():
                    named = network(LogMel()(mixed).values).argmax(dim=1)
                right = (named == torch.tensor(correct)).double()
                table = {"clip": [clip.name for clip in clips], "background": background, "snr": snr, "accuracy": right}
                rows.append(pd.DataFrame(table))
    return pd.concat(rows)


CONVERGENCE = {"LIME, superpixels": (50, 100, 200, 500, 1000), "Deep SHAP": (5, 10, 20, 50, 100)}


def convergence_cell(data: str, method: str) -> pd.DataFrame:
    """How near maps and scores with fewer samples or backgrounds come to those with a thousand, or a hundred.

    Twenty clips of the test fold, clean; of the largest number, another draw shows what chance alone does.
    """
    torch.set_num_threads(1)
    network = fold_classifier(data, 5, "robust")
    fast = for_predictions(network)
    values = torch.cat([LogMel()(clip.waveform).values for part in (0, 1) for clip in noisy_clips(data, 5, part)[0]])
    background = background_clips(data)
    with torch.no_grad():
        target = network(values).argmax(dim=1)

    def explain(count: int, seed: int) -> Tensor:
        if method == "Deep SHAP":  # without replacement, another hundred of them would be the same
            chosen = torch.randint(100, (count,), generator=torch.Generator().manual_seed(1))
            return attribution.deep_shap(network, values, target, background[chosen if seed else slice(count)])
        segments = attribution.superpixels(values)
        return attribution.lime(fast, values, target, segments, samples=count, seed=seed)

    *fewer, most = CONVERGENCE[method]
    reference, tables = explain(most, 0), []
    for count, seed in [*((count, 0) for count in fewer), (most, 0), (most, 1)]:
        found = reference if (count, seed) == (most, 0) else explain(count, seed)
        given = {name: masks.VARIANTS[name][1](found) for name in ("sign", "top 30 %")}
        scored = _masks_scored(network, values, given).pivot(index="clip", columns="mask", values=["AD", "Fid-In"])
        table = pd.DataFrame({f"{score}, {mask}": scored[score, mask] for score, mask in scored.columns})
        table["rank correlation"] = sanity.rank_correlation(found, reference)
        table["overlap"] = robustness.top_overlap(found, reference)
        tables.append(table.assign(count=count, draw=seed).reset_index())
    return pd.concat(tables)


def noisy_detectors_cell(training_seed: int, background: str) -> pd.DataFrame:
    """Can the detectors of `machine` still tell faults, and show where they are, when the hall grows louder?

    The detectors heard no such background in training. Levels are ratios over the whole clip, for machines do not
    pause, and nothing is scaled afterwards: a detector knows how loud its machine is. Maps are those of every other
    faulty clip.
    """
    torch.set_num_threads(1)
    test, feature = machine.load("test"), LogMel()
    labels = test.table["target"].to_numpy()
    faulty = [position for position, clip in enumerate(test) if clip.target and clip.truth(feature).amax() == 1]
    faulty = faulty[::2]
    truth = torch.cat([test[position].truth(feature) for position in faulty])
    waveform = torch.cat([clip.waveform for clip in test])
    samples, rate = waveform.shape[-1], test[0].sample_rate
    draw = robustness.NOISES[background]
    sound = torch.cat([draw(samples, rate, torch.Generator().manual_seed(seed)) for seed in range(len(test))])
    twins = torch.cat([test[position].twin for position in faulty])
    rows, usual = [], {}
    for snr in (CLEAN, *SNRS[1:]):
        noise = 0 if snr == CLEAN else audio.mix_at_snr(waveform, sound, snr) - waveform
        values = torch.cat([feature(part).values for part in (waveform + noise).split(32)])
        twin = feature(twins + (0 if snr == CLEAN else noise[faulty])).values
        for name in ("AE", "MAE"):
            network = NETWORKS[name][0]()
            checkpoint.load(network, f"{name.lower()}-machine-{training_seed}")
            for score, found in clip_scores(network, values, masked=False).items():
                auc = _rows(detection.roc_table(found, labels)).iloc[0]
                row = {"method": "none", "measure": f"AUC, {score}", "value": auc["auc"]}
                rows.append(row | {"model": name, "snr": snr, "low": auc["low"], "high": auc["high"]})
            clips, healthy = (network.standardise(part).detach() for part in (values[faulty], twin))
            explain, generator = detection.Score(network), torch.Generator().manual_seed(len(rows))
            maps = {m: DETECTOR_METHODS[m](explain, clips).abs() for m in ("error map", "integrated gradients")}
            maps |= {"deviation": clips.square(), "random": torch.rand(clips.shape, generator=generator)}
            maps |= {"the change": (clips - healthy).abs()}
            for method, found in maps.items():
                before = usual.setdefault((name, method), found)
                frames = faithfulness.top(faithfulness.time_curve(found), 95)[None]
                if method == "random":  # not a mean over bands
                    frames = faithfulness.top(torch.rand(frames.shape[1:], generator=generator), 95)[None]
                measured = {
                    "average precision": localisation.average_precision(found, truth),
                    "rank correlation": sanity.rank_correlation(before, found),
                    "overlap": robustness.top_overlap(before, found),
                    "faithfulness": faithfulness.replace_and_score(network, clips, frames)[0][0],
                    "faithfulness, by the twin": faithfulness.replace_and_score(network, clips, frames, healthy)[0][0],
                }
                for measure, value in measured.items():
                    row = {"model": name, "snr": snr, "method": method, "measure": measure}
                    rows.append(row | _summary({"value": value.double().numpy()}))
    return pd.DataFrame(rows)


SEGMENT = 50  # frames: one second, as published


def _faulty_and_normal(source: str, seed: int) -> tuple[Dataset, Dataset]:
    """The clips on which detectors are explained: a hundred with a fault and fifty without."""
    if source == "machine":
        test = machine.load("test")
    else:
        test = planted.load(source, "test", seed=seed)
    faulty = test.select(target=1)
    return faulty, test.select(target=0, name=list(test.table.query("target == 0")["name"][:50]))


def faithfulness_cell(source: str, training_seed: int) -> pd.DataFrame:
    """How faithful, and how precise in time, are the maps of an AE and an MAE: as published, and repaired.

    The detectors of `machine` come with the course for three seeds; all others are trained here.
    """
    torch.set_num_threads(1)
    feature = LogMel()
    faulty, normal = _faulty_and_normal(source, training_seed)
    truth = torch.cat([clip.truth(feature) for clip in faulty])
    audible = truth.amax(dim=(1, 2, 3)) == 1
    faulty = [clip for clip, heard in zip(faulty, audible, strict=True) if heard]
    truth, kinds = truth[audible], np.array([clip.events[0].kind for clip in faulty])
    decibels = {
        "faulty": torch.cat([feature(clip.waveform).values for clip in faulty]),
        "twin": torch.cat([feature(clip.twin).values for clip in faulty]),
        "normal": log_mel(normal),
    }
    seconds = torch.arange(truth.shape[-1]) * feature.hop_length / feature.sample_rate
    annotated = torch.stack([(seconds >= clip.events[0].start) & (seconds <= clip.events[0].end) for clip in faulty])
    rows, both = [], {}
    for name in ("AE", "MAE"):
        if source == "machine" and training_seed in SHIPPED_SEEDS:
            network = NETWORKS[name][0]()
            checkpoint.load(network, f"{name.lower()}-machine-{training_seed}")
        else:
            network = trained(*NETWORKS[name], *_detector_training_data(source, training_seed), training_seed)
        clips = {key: network.standardise(values).detach() for key, values in decibels.items()}
        clips["change"] = (decibels["faulty"] - decibels["twin"]).abs()
        measured = _faithful(network, clips, truth, annotated)
        rows += [{"model": name} | key | _summary(value) for key, value in measured]
        both[name] = measured
    for (key, ours), (_, theirs) in zip(both["MAE"], both["AE"], strict=True):
        rows.append({"model": "MAE − AE"} | key | _summary(ours, theirs))
    for name, measured in both.items():
        located = [(key, value["value"]) for key, value in measured if key["measure"] == "average precision"]
        for kind in np.unique(kinds):
            of_kind = kinds == kind
            rows += [{"model": name, "kind": kind} | key | _summary({"value": x[of_kind]}) for key, x in located]
    return pd.DataFrame(rows).fillna({"kind": "all", "percentile": 0, "share": 0.0, "chance": 0.0})


def _detector_training_data(source: str, seed: int) -> tuple[Tensor, Tensor]:
    """Normal clips to train and to validate a detector on: the draw of `machine` that the course ships, or a scene."""
    load = machine.load if source == "machine" else partial(planted.load, source, seed=seed)
    return log_mel(load(split="train", normal=400, anomalous=0)), log_mel(
        load(split="validation", normal=100, anomalous=0)
    )


def _faithful(network: Detector, clips: dict[str, Tensor], truth: Tensor, annotated: Tensor) -> list[tuple[dict, dict]]:
    """Every measure of every map, clip by clip: (what, {"value": ..., "share": ..., "chance": ...})."""
    score, found = detection.Score(network), []
    generator = torch.Generator().manual_seed(0)
    for state in ("faulty", "normal"):
        values = clips[state]
        maps = {name: explain(score, values).abs() for name, explain in DETECTOR_METHODS.items()}
        maps |= {"random": torch.rand(values.shape, generator=generator), "deviation": values.square()}
        curves = {name: faithfulness.time_curve(part) for name, part in maps.items()}
        curves["random"] = torch.rand(curves["random"].shape, generator=generator)  # not a mean over bands
        if state == "faulty":
            maps["the truth"] = clips["change"]
            curves["the truth"] = faithfulness.time_curve(clips["change"])
        for name, curve in curves.items():
            frames = torch.stack([faithfulness.top(curve, p) for p in faithfulness.PERCENTILES])
            wide = torch.stack([faithfulness.widen_to_segments(chosen, SEGMENT) for chosen in frames])
            ways = {"frames": frames, "segments": wide}
            if state == "faulty":
                ways["annotated segments"] = wide & faithfulness.widen_to_segments(annotated, SEGMENT)
            for way, chosen in ways.items():
                value, share = faithfulness.replace_and_score(network, values, chosen)
                for row, percentile in enumerate(faithfulness.PERCENTILES):
                    what = {"map": name, "clips": state, "measure": way, "percentile": percentile}
                    found.append((what, {"value": value[row].numpy(), "share": share[row].numpy()}))
                what = {"map": name, "clips": state, "measure": f"{way}, mean over percentiles"}
                found.append((what, {"value": value.mean(dim=0).numpy(), "share": share.mean(dim=0).numpy()}))
            if state == "normal":
                continue
            some = [90, 95, 99]
            bins = torch.stack([faithfulness.top(maps[name], p) for p in some])
            frames = frames[[faithfulness.PERCENTILES.index(p) for p in some]]
            for way, chosen in {"frames": frames, "bins": bins}.items():
                for with_what, usual in {"": None, ", by the twin": clips["twin"]}.items():
                    value, share = faithfulness.replace_and_score(network, values, chosen, usual)
                    chance = faithfulness.chance_score(network, values, chosen, usual, draws=2)
                    for row, percentile in enumerate(some):
                        what = {"map": name, "clips": state, "measure": f"{way}{with_what}, over chance"}
                        measured = {"value": value[row] - chance[row], "share": share[row], "chance": chance[row]}
                        what["percentile"] = percentile
                        found.append((what, {key: x.numpy() for key, x in measured.items()}))
                        if usual is None:
                            what = what | {"measure": f"{way}, times chance"}
                            measured = {"value": value[row], "over": chance[row]}
                            found.append((what, {key: x.numpy() for key, x in measured.items()}))
            for percentile in some:
                chosen = faithfulness.top(curve, percentile)
                for seconds, segment in {"1 s": SEGMENT, "0.3 s": 15}.items():
                    for part, x in faithfulness.temporal_precision(chosen, annotated, segment).items():
                        what = {"map": name, "clips": state, "measure": f"{part}, {seconds}", "percentile": percentile}
                        found.append((what, {"value": x.numpy()}))
            what = {"map": name, "clips": state, "measure": "average precision"}
            found.append((what, {"value": localisation.average_precision(maps[name], truth).numpy()}))
    return found


def _summary(measured: dict[str, np.ndarray], less: dict[str, np.ndarray] | None = None) -> dict[str, float]:
    """Means over clips, of the value with its 95 % interval from a bootstrap over clips.

    A value measured "over" something becomes the ratio of the two means; `less` is taken off, clip by clip the same.
    """
    clips = len(measured["value"])
    draws = np.vstack([np.arange(clips), np.random.default_rng(0).integers(clips, size=(1000, clips))])

    def means(of: dict[str, np.ndarray]) -> np.ndarray:
        value = of["value"][draws].mean(axis=1)
        return value / of["over"][draws].mean(axis=1).clip(1e-12) if "over" in of else value

    values = means(measured) - (means(less) if less is not None else 0)
    low, high = np.percentile(values[1:], [2.5, 97.5])
    others = {key: value.mean() for key, value in measured.items() if key in ("share", "chance") and less is None}
    return {"value": values[0], "low": low, "high": high} | others


# The generators of notebook 06: what is changed of the course's own recipe.
GENERATORS = {
    "generator": {},
    "without pairs": {"weights": counterfactuals.Weights(pair=0)},
    "one-sided, without pairs": {"weights": counterfactuals.Weights(pair=0), "two_sided": False},
    "score alone": {"weights": counterfactuals.Weights(pair=0, sparsity=0)},
    "additions only": {"kinds": ("gain", "texture", "paste")},
    "with cycle": {"weights": counterfactuals.Weights(cycle=1)},
    "with realism": {"weights": counterfactuals.Weights(realism=0.3)},
    "two concepts, weak": {"concepts": 2, "weights": counterfactuals.Weights(concept=0.03)},
    "two concepts, strong": {"concepts": 2, "weights": counterfactuals.Weights(concept=1)},
    "the source's losses": {
        "concepts": 2,
        "weights": counterfactuals.Weights(pair=0, cycle=1, realism=0.3, concept=1),
    },
}
SHIPPED_GENERATORS = ("without pairs", "one-sided, without pairs", "score alone", "two concepts, strong")  # of seed 0


def frozen_detectors(source: str, seed: int) -> tuple[Detector, Detector]:
    """The autoencoder that is explained, and the masked one that its explanations shall convince. Notebook: 06."""
    pair = []
    for name in ("AE", "MAE"):
        if source == "machine":
            pair.append(NETWORKS[name][0]())
            checkpoint.load(pair[-1], f"{name.lower()}-machine-{seed}")
        else:
            pair.append(trained(*NETWORKS[name], *_detector_training_data(source, seed), seed))
    return tuple(pair)


def repaired_clips(source: str, seed: int = 0) -> dict:
    """Test clips for counterfactuals: decibels of "clips", "twin" and "normal" clips, "truth", "kind", waveforms.

    The waveforms are called "sound", with the fault, and "healthy", without.

    Faulty clips whose truth is empty (a fault below the background) are left out. Notebook: 06.
    """
    test = machine.load("test") if source == "machine" else planted.load(source, "test", seed=seed)
    feature, faulty = LogMel(), list(test.select(target=1))
    truth = torch.cat([clip.truth(feature) for clip in faulty])
    faulty = [clip for clip, heard in zip(faulty, truth.amax(dim=(1, 2, 3)) == 1, strict=True) if heard]
    return {
        "clips": torch.cat([feature(clip.waveform).values for clip in faulty]),
        "twin": torch.cat([feature(clip.twin).values for clip in faulty]),
        "truth": truth[truth.amax(dim=(1, 2, 3)) == 1],
        "kind": np.array([clip.events[0].kind for clip in faulty]),
        "sound": torch.cat([clip.waveform for clip in faulty]),
        "healthy": torch.cat([clip.twin for clip in faulty]),
        "normal": log_mel(test.select(target=0)),
    }


def baseline_counterfactuals(detector: Detector, other: Detector, clips: Tensor, train: Tensor) -> dict[str, Tensor]:
    """What needs no generator: every baseline of notebook 06 by name, decibels. Notebook: 06."""
    highest = counterfactuals.target_ranges(detector, train)[0, 1].item()
    with torch.no_grad():
        rebuilt = detector.reconstruct(clips)
    return {
        "copy": clips,
        "nearest normal": counterfactuals.nearest(clips, train),
        "AE reconstruction": rebuilt,
        "optimised input": counterfactuals.optimise(detector, clips, highest),
        "MAE inpainting, 99 %": counterfactuals.inpaint(detector, other, clips, train, 99.0),
        "MAE inpainting, 99.9 %": counterfactuals.inpaint(detector, other, clips, train, 99.9),
    }


def counterfactual_cell(source: str, method: str, training_seed: int) -> pd.DataFrame:
    """Train one generator of `GENERATORS` and measure what it makes of clips with faults, and of normal ones.

    The one by the course's own recipe brings the baselines and the oracle with it.
    """
    torch.set_num_threads(1)
    train, validation = _detector_training_data(source, training_seed)
    detector, other = frozen_detectors(source, training_seed)
    given = repaired_clips(source, training_seed)
    start = time.monotonic()
    model, _ = counterfactuals.train_generator(
        detector, train, validation, seed=training_seed, progress=False, **GENERATORS[method]
    )
    seconds = time.monotonic() - start
    faulty, generator = given["clips"], model.generator
    made = {method: counterfactuals.apply(generator, detector, faulty)}
    if method == "generator":
        made |= baseline_counterfactuals(detector, other, faulty, train) | {"clean twin": given["twin"]}
    rows = []
    for name, changed in made.items():
        found = counterfactuals.measures(
            detector, other, faulty, changed, given["twin"], given["truth"], given["normal"]
        )
        for kind in ("all", *np.unique(given["kind"])):
            chosen = torch.from_numpy((given["kind"] == kind) | (kind == "all"))
            table = metrics.with_intervals({key: value[None, chosen] for key, value in found.items()}, [name]).iloc[0]
            rows += [
                {"name": name, "kind": kind, "measure": key, "value": table[key]}
                | {end: table[f"{key} {end}"] for end in ("low", "high")}
                for key in found
            ]
    more = {"seconds": seconds}
    more |= generator_facts(model, detector, given, counterfactuals.target_ranges(detector, train))
    rows += [{"name": method, "kind": "all", "measure": key, "value": value} for key, value in more.items()]
    shipped = source == "machine" and (method == "generator" or (method in SHIPPED_GENERATORS and not training_seed))
    if shipped:
        named = "generator" if method == "generator" else f"generator-{method.replace(' ', '-').replace(',', '')}"
        reached = {
            row["measure"]: round(float(row["value"]), 4)
            for row in rows
            if (row["name"], row["kind"]) == (method, "all") and "low" in row
        }
        command = "python -m audioxai_lite study counterfactuals"
        checkpoint.save(generator, f"{named}-machine-{training_seed}", command, 0, reached)
    return pd.DataFrame(rows)


def generator_facts(
    model: counterfactuals.WithCritics, detector: Detector, given: dict, ranges: Tensor
) -> dict[str, float]:
    """What is measured of a generator besides its counterfactuals: its dial, its way back, its concepts, its sound."""
    generator, faulty, normal = model.generator, given["clips"], given["normal"]
    facts = {}
    for alpha, (low, high) in zip(counterfactuals.ALPHAS, ranges.tolist(), strict=True):
        facts |= {f"target {alpha}, lowest": low, f"target {alpha}, highest": high}
        for name, clips in {"faulty": faulty, "normal": normal}.items():
            scores = counterfactuals.clip_scores(detector, counterfactuals.apply(generator, detector, clips, alpha))
            facts[f"median score at {alpha}, {name}"] = scores.median().item()
    repaired = counterfactuals.apply(generator, detector, faulty)
    unharmed = counterfactuals.apply(generator, detector, normal)
    facts["change of normal clips"] = (unharmed - normal).abs().mean().item()
    facts["way back"] = counterfactuals.way_back(generator, detector, faulty, ranges).mean().item()
    sound = LogMel()(counterfactuals.to_sound(given["sound"], repaired - faulty, LogMel())).values
    line = counterfactuals.clip_scores(detector, normal).quantile(0.95)
    facts["valid, by ear"] = (counterfactuals.clip_scores(detector, sound) < line).float().mean().item()
    facts["sound against spectrogram"] = (sound - repaired).abs().mean().item()
    if generator.concepts > 1:
        facts |= {
            key: value.nanmean().item()
            for key, value in counterfactuals.concept_measures(model, detector, faulty, normal).items()
        }
    return facts


def _grid(**values) -> list[dict]:
    """Every combination of the values, the first name changing slowest."""
    index = pd.MultiIndex.from_product(values.values(), names=values.keys())
    return index.to_frame(index=False).to_dict("records")


INTERPRETED = [  # as `metrics.table` has them, and what is measured of the attribution itself
    *(f"{name}{part}" for name in metrics.DIRECTIONS for part in ("", " low", " high")),
    *(f"{name} {control}" for control in ("random bins", "random cells") for name in ("FF", "AD", "Fid-In")),
    *(f"{name} over cells{part}" for name in ("FF", "AD", "Fid-In") for part in ("", " low", " high")),
    "area", "constant", "inside", "sparseness", "complexity", "deletion", "insertion", "average precision",
]  # fmt: skip
LOCALISED = ["score", "value", "low", "high", "gain", "gain_low", "gain_high"]  # as `localisation.table` has them


def _with_ends(*names: str) -> list[str]:
    """Columns of means and of the ends of their intervals."""
    return [f"{name}{part}" for name in names for part in ("", " low", " high")]


SCORED = ["model", "background", "method", "mask"]
MASK_SCORES = [
    *_with_ends(*metrics.DIRECTIONS), "area", "constant",
    *(f"{name} random cells" for name in ("FF", "AD", "Fid-In")),
    *_with_ends("FF over cells", "AD over cells", "Fid-In over cells"),
]  # fmt: skip
MAP_SCORES = _with_ends(
    "accuracy", "equal", "rank correlation, equal", "rank correlation, changed", "overlap, equal", "overlap, changed",
    "average precision",
)  # fmt: skip
CONVERGED = ("AD, sign", "AD, top 30 %", "Fid-In, sign", "Fid-In, top 30 %", "rank correlation", "overlap")
STABILITY = ["background", "snr", "method", "test_fold", "clips", *MAP_SCORES]

STUDIES = {
    "detection": (
        detection_cell,
        _grid(data_seed=[0, 1], training_seed=[0, 1, 2, 3, 4]),
        ["model", "training_seed", "data_seed", "score", "kind", "auc", "pauc", "low", "high"],
    ),
    "masking": (
        masking_cell,
        _grid(patch_size=[2, 4, 8, 16, 32], ratio=[0.3], everywhere=[False], training_seed=[0, 1, 2])
        + _grid(patch_size=[4], ratio=[0.15, 0.5, 0.75], everywhere=[False], training_seed=[0, 1, 2])
        + _grid(patch_size=[4], ratio=[0.3], everywhere=[True], training_seed=[0, 1, 2]),
        ["patch_size", "ratio", "everywhere", "training_seed", "score", "kind", "auc", "pauc", "low", "high"],
    ),
    "planted": (
        planted_cell,
        _grid(scene=["rain", "sea_waves"], training_seed=[0, 1, 2]),
        ["scene", "snr", "model", "training_seed", "score", "kind", "auc", "pauc", "low", "high"],
    ),
    "classifier": (
        classifier_cell,
        _grid(data=["environment", "esc10"], test_fold=[5, 1, 2, 3, 4]),
        ["data", "test_fold", "model", "input", "accuracy", "seconds"],
    ),
    "attribution": (
        attribution_cell,
        _grid(data=["environment", "esc10"], model=["plain", "robust"], method=list(METHODS)),
        ["data", "model", "method", "sign", *LOCALISED, "clips", "seconds_per_clip"],
    ),
    "checks": (
        checks_cell,
        _grid(data=["environment", "esc10"], model=["plain", "robust"], check=list(CHECKS)),
        ["data", "model", "check", "measure", "value", "low", "high", "clips"],
    ),
    "sanity": (
        sanity_cell,
        _grid(model=["plain", "robust"], seed=[0, 1, 2], method=list(SANITY_METHODS)),
        ["model", "method", "seed", "layer", "score", "value", "low", "high", "clips"],
    ),
    "interpretation": (
        interpretation_cell,
        _grid(data=["environment"], test_fold=[5, 1, 2]) + _grid(data=["esc10"], test_fold=[5]),
        ["data", "model", "test_fold", "method", "grain", "mask", *INTERPRETED, "clips"],
    ),
    "faithfulness": (
        faithfulness_cell,
        _grid(source=["machine"], training_seed=[0, 1, 2, 3, 4]) + _grid(source=["rain"], training_seed=[0, 1, 2]),
        [
            "source",
            "model",
            "training_seed",
            "map",
            "clips",
            "kind",
            "measure",
            "percentile",
            "value",
            "low",
            "high",
            "share",
            "chance",
        ],
    ),
    "counterfactuals": (
        counterfactual_cell,
        _grid(source=["machine"], method=list(GENERATORS), training_seed=[0, 1, 2])
        + _grid(source=["rain"], method=["generator"], training_seed=[0, 1, 2]),
        ["source", "method", "training_seed", "name", "kind", "measure", "value", "low", "high"],
    ),
    "robustness": (
        robustness_cell,
        _grid(data=["environment"], model=["robust", "plain"], part=[0, 1, 2, 3], test_fold=[5, 1, 2]),
        [*SCORED, "test_fold", "clips", *MASK_SCORES, *MAP_SCORES],
    ),
    "robustness_esc10": (
        robustness_cell,
        # All clips: a fold has eight of each class.
        _grid(data=["esc10"], model=["robust", "plain"], part=[0, 1, 2, 3, 4, 5, 6, 7], test_fold=[5, 1, 2, 3, 4]),
        [*SCORED, "test_fold", "clips", *MASK_SCORES, *MAP_SCORES],
    ),
    "stability": (
        stability_cell,
        _grid(data=["environment"], background=list(BACKGROUNDS["environment"]), part=[0, 1], test_fold=[5, 1, 2]),
        STABILITY,
    ),
    "stability_esc10": (
        stability_cell,
        _grid(data=["esc10"], background=list(BACKGROUNDS["esc10"]), part=[0], test_fold=[5, 1, 2, 3, 4]),
        STABILITY,
    ),
    "noisy_accuracy": (
        noisy_accuracy_cell,
        _grid(data=["environment"], test_fold=[5, 1, 2], model=["plain", "robust"])
        + _grid(data=["esc10"], test_fold=[5, 1, 2, 3, 4], model=["plain", "robust"]),
        ["data", "model", "background", "snr", "test_fold", "clips", *_with_ends("accuracy")],
    ),
    "convergence": (
        convergence_cell,
        _grid(data=["environment", "esc10"], method=list(CONVERGENCE)),
        ["data", "method", "count", "draw", "clips", *_with_ends(*CONVERGED)],
    ),
    "noisy_detectors": (
        noisy_detectors_cell,
        _grid(training_seed=[0, 1, 2], background=list(robustness.NOISES)),
        ["training_seed", "background", "snr", "model", "method", "measure", "value", "low", "high"],
    ),
    "detector_maps": (
        detector_maps_cell,
        _grid(model=["AE", "MAE"], training_seed=[0, 1, 2]),
        ["model", "training_seed", "method", "grid", *LOCALISED, "clips"],
    ),
}


# Of studies whose cells have a row a clip: what belongs together in what is written of them.
SUMMARIES = {
    "robustness": SCORED,
    "robustness_esc10": SCORED,
    "stability": ["background", "snr", "method"],
    "stability_esc10": ["background", "snr", "method"],
    "noisy_accuracy": ["data", "model", "background", "snr"],
    "convergence": ["data", "method", "count", "draw"],
}


def run(name: str, resume: bool = False) -> pd.DataFrame:
    """Run a study with joblib as the caller configured it, and write what it found to data/results.

    Parameters
    ----------
    name : one of `STUDIES`
    resume : bool, default False
        Go on with what a run that was stopped has left, instead of starting anew.

    Raises
    ------
    ValueError
        If there is no such study.
    """
    if name not in STUDIES:
        raise ValueError(f"there is no study {name!r}; there are {', '.join(STUDIES)}")
    cell, grid, columns = STUDIES[name]
    unfinished = RESULTS / f"{name}.unfinished"
    if not resume:
        shutil.rmtree(unfinished, ignore_errors=True)
    start = time.monotonic()
    table = run_grid(cell, grid, unfinished)
    if name in SUMMARIES:
        table = with_means(table, SUMMARIES[name])
    table = table.reindex(columns=columns)
    seeds = {key: sorted({setting[key] for setting in grid}) for key in grid[0] if key.endswith("seed")}
    write_results(name, table, f"python -m audioxai_lite study {name}", seeds, time.monotonic() - start)
    shutil.rmtree(unfinished)
    return table
