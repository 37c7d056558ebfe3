"""Studies of a detector's maps, and of how faithful they are. Notebook: 07."""

from collections.abc import Collection

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from ...datasets import Clip, machine
from ...evaluation import faithfulness, localisation
from ...models.autoencoder import Detector
from ...published import faithful_ad
from ...sound.spectrogram import LogMel
from ..clips import audible_faults, log_mel
from ..detectors import detector_maps_and_curves, detector_of, detector_test_clips, load_detector
from ..means import study_mean
from ..studies import study, study_columns, study_settings


@study(
    "detector_maps",
    study_settings(model=["AE", "MAE"], training_seed=[0, 1, 2]),
    [
        *("model", "training_seed", "method", "grid", "score"),
        *study_columns("value", "gain"),
        "clips",
    ],
)
def detector_maps_cell(
    model: str, training_seed: int, methods: Collection[str] = tuple(faithful_ad.METHODS)
) -> pd.DataFrame:
    """How well the maps of one detector's score find the faults of `machine`, bin by bin and frame
    by frame. A sample of the study asks some `methods` alone.
    """
    torch.set_num_threads(1)
    network = load_detector(model, training_seed)
    faulty, truth = audible_faults(machine.load("test", normal=0))
    decibels = log_mel(faulty)
    values = network.standardise(decibels).detach()
    maps, _ = detector_maps_and_curves(network, values, methods, torch.Generator())
    maps |= localisation.controls(decibels)
    frames = {name: attribution.mean(dim=2, keepdim=True) for name, attribution in maps.items()}
    sounding = truth.amax(dim=2, keepdim=True)
    tables = {
        "bins": localisation.table(maps, truth, over=maps["deviation"]),
        "frames": localisation.table(frames, sounding, over=frames["deviation"]),
    }
    return pd.concat(table.assign(grid=grid, clips=len(values)) for grid, table in tables.items())


SEGMENT = 50  # frames: one second, as published
SOME_PERCENTILES = (90, 95, 99)  # of those of the source, precision in time is measured at
OVER_CHANCE_AT = (95,)  # what costs most

Measured = list[tuple[dict, dict[str, np.ndarray]]]  # what, and its values clip by clip


@study(
    "faithfulness",
    study_settings(source=["machine"], training_seed=[0, 1, 2, 3, 4])
    + study_settings(source=["rain"], training_seed=[0, 1, 2]),
    ["source", "model", "training_seed", "map", "clips", "kind", "measure", "percentile"]
    + study_columns("value")
    + ["share", "chance"],
)
def detector_faithfulness_cell(source: str, training_seed: int) -> pd.DataFrame:
    """How faithful, and how precise in time, are the maps of an AE and an MAE: as published, and
    repaired.

    The detectors of `machine` come with the course for three seeds; all others are trained here.
    """
    torch.set_num_threads(1)
    test = detector_test_clips(source, training_seed)
    faulty, truth = audible_faults(test)
    fifty = list(test.table.query("target == 0")["name"][:50])
    decibels = {
        "faulty": log_mel(faulty),
        "twin": torch.cat([LogMel()(clip.twin).values for clip in faulty]),
        "normal": log_mel(test.select(target=0, name=fifty)),
    }
    annotated = _annotated_frames(faulty, truth.shape[-1])
    measured: dict[str, Measured] = {}
    for name in ("AE", "MAE"):
        network = detector_of(name, source, training_seed)
        clips = {key: network.standardise(values).detach() for key, values in decibels.items()}
        clips["change"] = (decibels["faulty"] - decibels["twin"]).abs()
        measured[name] = _measured(network, clips, truth, annotated)
    rows = []
    for name, pairs in measured.items():
        rows += [{"model": name} | what | study_mean(clips) for what, clips in pairs]
    for (what, masked), (_, plain) in zip(measured["MAE"], measured["AE"], strict=True):
        rows.append({"model": "MAE − AE"} | what | study_mean(masked, less=plain))
    kinds = np.array([clip.events[0].kind for clip in faulty])
    by_kind = {kind: kinds == kind for kind in np.unique(kinds)}
    rows += [
        {"model": name, "kind": kind} | what | study_mean({"value": clips["value"][chosen]})
        for name, pairs in measured.items()
        for kind, chosen in by_kind.items()
        for what, clips in pairs
        if what["measure"] == "average precision"
    ]
    return pd.DataFrame(rows).fillna({"kind": "all", "percentile": 0, "share": 0.0, "chance": 0.0})


def _annotated_frames(faulty: list[Clip], frames: int) -> Tensor:
    """Which frames lie inside each clip's event, of bool, (clips, frames)."""
    feature = LogMel()
    seconds = torch.arange(frames) * feature.hop_length / feature.sample_rate
    events = [clip.events[0] for clip in faulty]
    return torch.stack([(seconds >= event.start) & (seconds <= event.end) for event in events])


def _measured(
    network: Detector, clips: dict[str, Tensor], truth: Tensor, annotated: Tensor
) -> Measured:
    """Every measure of every map, of faulty clips and of normal ones."""
    generator, measured = torch.Generator().manual_seed(0), []
    for state in ("faulty", "normal"):
        values = clips[state]
        maps, curves = detector_maps_and_curves(network, values, faithful_ad.METHODS, generator)
        if state == "faulty":
            maps["the truth"] = clips["change"]
            curves["the truth"] = faithfulness.time_curve(clips["change"])
        for number, (name, curve) in enumerate(curves.items()):
            rows = _as_published(network, values, curve, annotated if state == "faulty" else None)
            if state == "faulty":
                ranked = {"frames": curve, "bins": maps[name]}
                rows += _over_chance(network, values, ranked, clips["twin"], seed=number)
                rows += _precise_in_time(curve, annotated)
                precision = localisation.average_precision(maps[name], truth).numpy()
                rows.append(({"measure": "average precision"}, {"value": precision}))
            measured += [({"map": name, "clips": state} | what, found) for what, found in rows]
    return measured


def _as_published(
    network: Detector, values: Tensor, curve: Tensor, annotated: Tensor | None
) -> Measured:
    """How far the score falls when frames, or segments, are replaced by what the network makes of
    them.
    """
    frames = _chosen(curve, faithfulness.PERCENTILES)
    segments = torch.stack([faithfulness.widen_to_segments(chosen, SEGMENT) for chosen in frames])
    ways = {"frames": frames, "segments": segments}
    if annotated is not None:
        ways["annotated segments"] = segments & faithfulness.widen_to_segments(annotated, SEGMENT)
    rows = []
    for way, chosen in ways.items():
        score, share = faithfulness.replace_and_score(network, values, chosen)
        rows += _by_percentile(way, faithfulness.PERCENTILES, value=score, share=share)
        means = {"value": score.mean(dim=0).numpy(), "share": share.mean(dim=0).numpy()}
        rows.append(({"measure": f"{way}, mean over percentiles"}, means))
    return rows


def _over_chance(
    network: Detector, values: Tensor, ranked: dict[str, Tensor], twin: Tensor, seed: int
) -> Measured:
    """The same of frames and bins, against as many at random, twenty draws for each map and clip;
    replaced by the clean twin, too.
    """
    rows = []
    for way, attribution in ranked.items():
        chosen = _chosen(attribution, OVER_CHANCE_AT)
        for suffix, replacement in {"": None, ", by the twin": twin}.items():
            score, share = faithfulness.replace_and_score(network, values, chosen, replacement)
            chance = faithfulness.chance_score(network, values, chosen, replacement, seed=seed)
            measures = {"value": score - chance, "share": share, "chance": chance}
            rows += _by_percentile(f"{way}{suffix}, over chance", OVER_CHANCE_AT, **measures)
            if replacement is None:
                measures = {"value": score, "over": chance}
                rows += _by_percentile(f"{way}, times chance", OVER_CHANCE_AT, **measures)
    return rows


def _precise_in_time(curve: Tensor, annotated: Tensor) -> Measured:
    """Precision, recall and F1 of segments against the annotated ones."""
    frames = zip(SOME_PERCENTILES, _chosen(curve, SOME_PERCENTILES), strict=True)
    return [
        ({"measure": f"{name}, {seconds}", "percentile": percentile}, {"value": score.numpy()})
        for percentile, chosen in frames
        for seconds, segment in {"1 s": SEGMENT, "0.3 s": 15}.items()
        for name, score in localisation.temporal_precision(chosen, annotated, segment).items()
    ]


def _chosen(attribution: Tensor, percentiles: tuple[int, ...]) -> Tensor:
    """What lies at or above each percentile of its clip, (percentiles, *shape of the map)."""
    return torch.stack(
        [faithfulness.top_percentile(attribution, percentile) for percentile in percentiles]
    )


def _by_percentile(measure: str, percentiles: tuple[int, ...], **measured: Tensor) -> Measured:
    """A row a percentile, of values of shape (percentiles, clips)."""
    rows = []
    for row, percentile in enumerate(percentiles):
        clips = {name: values[row].numpy() for name, values in measured.items()}
        rows.append(({"measure": measure, "percentile": percentile}, clips))
    return rows
