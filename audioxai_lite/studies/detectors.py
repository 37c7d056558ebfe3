"""Studies of detectors: trained, scored (notebook 02), their maps (03), and how faithful those are (05)."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from audioxai_lite import attribution, detection
from audioxai_lite.datasets import Dataset, machine, planted
from audioxai_lite.evaluation import faithfulness, localisation
from audioxai_lite.models import checkpoint, training
from audioxai_lite.models.autoencoder import (
    Autoencoder,
    DenseAutoencoder,
    Detector,
    masked_loss,
    reconstruction_loss,
)
from audioxai_lite.sound.spectrogram import LogMel

SHIPPED_SEEDS = (0, 1, 2)  # of training, whose detectors come with the course
NETWORKS: dict[str, tuple[Callable[[], Detector], training.Loss]] = {
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


def scores_by_way(model: Detector, values: Tensor, masked: bool) -> dict[str, np.ndarray]:
    """Every way of the course to score clips, by name; those by complementary masks only when asked for."""
    ways = {"": detection.unmasked_errors} | ({", masked": detection.masked_errors} if masked else {})
    scores = {}
    for suffix, errors in ways.items():
        for name, score in {"mean": detection.mean_score, "95th percentile": detection.percentile_score}.items():
            scores[name + suffix] = detection.score_clips(model, values.split(64), score, errors).numpy()
    return scores


def auc_rows(table: pd.DataFrame, **columns) -> pd.DataFrame:
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
        mine = scores_by_way(model, values, masked=name == "MAE")
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
        auc_rows(detection.roc_table(numbers, labels, kinds), model=model, score=score)
        for (model, score), numbers in scores.items()
    ]
    for score in ("mean", "95th percentile"):
        for masked in ("", ", masked"):
            pair = scores["AE", score], scores["MAE", score + masked]
            difference = detection.roc_difference(*pair, labels, kinds).to_frame().T
            tables.append(auc_rows(difference, model="AE − MAE", score=score + masked))
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
    scores = scores_by_way(model, log_mel(test), masked=True)
    return pd.concat(
        auc_rows(detection.roc_table(numbers, test.table["target"]), score=score) for score, numbers in scores.items()
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
            mine = scores_by_way(model, values, masked=name == "MAE")
            scores |= {(name, score): numbers for score, numbers in mine.items()}
        tables += [
            auc_rows(detection.roc_table(numbers, labels, groups=recordings), snr=snr, model=model, score=score)
            for (model, score), numbers in scores.items()
        ]
    return pd.concat(tables)


# The six maps of 2601.12660 for a detector's score, with its parameters, on standardised values.
DETECTOR_METHODS: dict[str, Callable[..., Tensor]] = {
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
    anomalous, normal = _faulty_and_normal(source, training_seed)
    truth = torch.cat([clip.truth(feature) for clip in anomalous])
    audible = truth.amax(dim=(1, 2, 3)) == 1
    faulty = [clip for clip, heard in zip(anomalous, audible, strict=True) if heard]
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
            network = trained(*NETWORKS[name], *detector_training_data(source, training_seed), training_seed)
        clips = {key: network.standardise(values).detach() for key, values in decibels.items()}
        clips["change"] = (decibels["faulty"] - decibels["twin"]).abs()
        measured = _faithful(network, clips, truth, annotated)
        rows += [{"model": name} | key | summary(value) for key, value in measured]
        both[name] = measured
    for (key, ours), (_, theirs) in zip(both["MAE"], both["AE"], strict=True):
        rows.append({"model": "MAE − AE"} | key | summary(ours, theirs))
    for name, measured in both.items():
        located = [(key, value["value"]) for key, value in measured if key["measure"] == "average precision"]
        for kind in np.unique(kinds):
            of_kind = kinds == kind
            rows += [{"model": name, "kind": kind} | key | summary({"value": x[of_kind]}) for key, x in located]
    return pd.DataFrame(rows).fillna({"kind": "all", "percentile": 0, "share": 0.0, "chance": 0.0})


def detector_training_data(source: str, seed: int) -> tuple[Tensor, Tensor]:
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


def summary(measured: dict[str, np.ndarray], less: dict[str, np.ndarray] | None = None) -> dict[str, float]:
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
