"""Studies of a detector's maps, and of how faithful they are. Notebook: 07."""

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from audioxai_lite import detection
from audioxai_lite.course.clips import log_mel
from audioxai_lite.course.detectors import NETWORKS, SHIPPED_SEEDS, detector_training_data, trained
from audioxai_lite.course.studies import settings, study, summary
from audioxai_lite.datasets import Dataset, machine, planted
from audioxai_lite.evaluation import faithfulness, localisation
from audioxai_lite.models import checkpoint
from audioxai_lite.models.autoencoder import Detector
from audioxai_lite.published import faithful_ad
from audioxai_lite.sound.spectrogram import LogMel

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
    "detector_maps",
    settings(model=["AE", "MAE"], training_seed=[0, 1, 2]),
    ["model", "training_seed", "method", "grid", *LOCALISED, "clips"],
)
def detector_maps_cell(model: str, training_seed: int) -> pd.DataFrame:
    """How well the maps of one detector's score find the faults of `machine`, bin by bin and frame
    by frame.
    """
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
    maps = {name: explain(score, values) for name, explain in faithful_ad.METHODS.items()}
    maps = {name: found.abs() for name, found in maps.items()}
    # What no network is needed for: how unusual each bin is for its band.
    maps |= localisation.controls(decibels) | {"deviation": values.square()}
    frames = {name: found.mean(dim=2, keepdim=True) for name, found in maps.items()}
    tables = {
        "bins": localisation.table(maps, truth, over=maps["deviation"]),
        "frames": localisation.table(
            frames, truth.amax(dim=2, keepdim=True), over=frames["deviation"]
        ),
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


@study(
    "faithfulness",
    settings(source=["machine"], training_seed=[0, 1, 2, 3, 4])
    + settings(source=["rain"], training_seed=[0, 1, 2]),
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
)
def faithfulness_cell(source: str, training_seed: int) -> pd.DataFrame:
    """How faithful, and how precise in time, are the maps of an AE and an MAE: as published, and
    repaired.

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
    annotated = torch.stack(
        [(seconds >= clip.events[0].start) & (seconds <= clip.events[0].end) for clip in faulty]
    )
    rows, both = [], {}
    for name in ("AE", "MAE"):
        if source == "machine" and training_seed in SHIPPED_SEEDS:
            network = NETWORKS[name][0]()
            checkpoint.load(network, f"{name.lower()}-machine-{training_seed}")
        else:
            network = trained(
                *NETWORKS[name], *detector_training_data(source, training_seed), training_seed
            )
        clips = {key: network.standardise(values).detach() for key, values in decibels.items()}
        clips["change"] = (decibels["faulty"] - decibels["twin"]).abs()
        measured = _faithful(network, clips, truth, annotated)
        rows += [{"model": name} | key | summary(value) for key, value in measured]
        both[name] = measured
    for (key, ours), (_, theirs) in zip(both["MAE"], both["AE"], strict=True):
        rows.append({"model": "MAE − AE"} | key | summary(ours, theirs))
    for name, measured in both.items():
        located = [
            (key, value["value"])
            for key, value in measured
            if key["measure"] == "average precision"
        ]
        for kind in np.unique(kinds):
            of_kind = kinds == kind
            rows += [
                {"model": name, "kind": kind} | key | summary({"value": x[of_kind]})
                for key, x in located
            ]
    return pd.DataFrame(rows).fillna({"kind": "all", "percentile": 0, "share": 0.0, "chance": 0.0})


def _faithful(
    network: Detector, clips: dict[str, Tensor], truth: Tensor, annotated: Tensor
) -> list[tuple[dict, dict]]:
    """Every measure of every map, clip by clip: (what, {"value": ..., "share": ..., "chance":
    ...}).
    """
    score, found = detection.Score(network), []
    generator = torch.Generator().manual_seed(0)
    for state in ("faulty", "normal"):
        values = clips[state]
        maps = {name: explain(score, values).abs() for name, explain in faithful_ad.METHODS.items()}
        maps |= {
            "random": torch.rand(values.shape, generator=generator),
            "deviation": values.square(),
        }
        curves = {name: faithfulness.time_curve(part) for name, part in maps.items()}
        curves["random"] = torch.rand(
            curves["random"].shape, generator=generator
        )  # not a mean over bands
        if state == "faulty":
            maps["the truth"] = clips["change"]
            curves["the truth"] = faithfulness.time_curve(clips["change"])
        for name, curve in curves.items():
            frames = torch.stack([faithfulness.top(curve, p) for p in faithfulness.PERCENTILES])
            wide = torch.stack(
                [faithfulness.widen_to_segments(chosen, SEGMENT) for chosen in frames]
            )
            ways = {"frames": frames, "segments": wide}
            if state == "faulty":
                ways["annotated segments"] = wide & faithfulness.widen_to_segments(
                    annotated, SEGMENT
                )
            for way, chosen in ways.items():
                value, share = faithfulness.replace_and_score(network, values, chosen)
                for row, percentile in enumerate(faithfulness.PERCENTILES):
                    what = {"map": name, "clips": state, "measure": way, "percentile": percentile}
                    found.append((what, {"value": value[row].numpy(), "share": share[row].numpy()}))
                what = {"map": name, "clips": state, "measure": f"{way}, mean over percentiles"}
                found.append(
                    (what, {"value": value.mean(dim=0).numpy(), "share": share.mean(dim=0).numpy()})
                )
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
                        what = {
                            "map": name,
                            "clips": state,
                            "measure": f"{way}{with_what}, over chance",
                        }
                        measured = {
                            "value": value[row] - chance[row],
                            "share": share[row],
                            "chance": chance[row],
                        }
                        what["percentile"] = percentile
                        found.append((what, {key: x.numpy() for key, x in measured.items()}))
                        if usual is None:
                            what = what | {"measure": f"{way}, times chance"}
                            measured = {"value": value[row], "over": chance[row]}
                            found.append((what, {key: x.numpy() for key, x in measured.items()}))
            for percentile in some:
                chosen = faithfulness.top(curve, percentile)
                for seconds, segment in {"1 s": SEGMENT, "0.3 s": 15}.items():
                    for part, x in faithfulness.temporal_precision(
                        chosen, annotated, segment
                    ).items():
                        what = {
                            "map": name,
                            "clips": state,
                            "measure": f"{part}, {seconds}",
                            "percentile": percentile,
                        }
                        found.append((what, {"value": x.numpy()}))
            what = {"map": name, "clips": state, "measure": "average precision"}
            found.append(
                (what, {"value": localisation.average_precision(maps[name], truth).numpy()})
            )
    return found
